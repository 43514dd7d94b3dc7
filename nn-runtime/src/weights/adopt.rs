//! From the tensors of a file, in anybody's convention, to those of a network: which is which, what is wrong, and the values.
//!
//! Knows no layer, no format and no place in memory.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::check_finite;
use super::convention::{Convention, Slot, Term, plain, says_nothing, ways};
use super::error::WeightsFault;
use super::file::Header;
use super::mismatch::{Lonely, Mismatch, Misshapen};
use super::origin::{Origin, Renamed, dotted, is_within, rename};

/// What was taken from a file.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-adopted-{}.safetensors", std::process::id()));
/// use nn_runtime::{program::Purpose, weights::{Convention, Origin, Slot, Stored}};
/// Net::new(1).save(&path)?;
/// let slot = |name: &str, shape, purpose| Slot { name: name.into(), shape, purpose };
/// let slots = [slot("dense_1.weight", vec![2, 1], Purpose::KERNEL), slot("dense_1.bias", vec![1], Purpose::BIAS)];
/// let adopted = Stored::open(&path)?.adopt("Net", &slots, &Origin::of(""))?;
/// assert_eq!(adopted.convention, Convention::Nn);
/// assert_eq!(adopted.values[1], Some(vec![0.0]));
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adopted {
    /// The convention that the file was read by.
    pub convention: Convention,
    /// For each place its values in row-major logical order; `None` for those that keep what they have.
    pub values: Vec<Option<Vec<f64>>>,
}

/// A file as it was read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) header: &'a Header,
    pub(super) bytes: &'a [u8],
    /// Whether this program has written it for a network.
    pub(super) ours: bool,
}

/// The values for the slots of a network.
///
/// # Errors
/// All that is wrong with names, shapes and types; or that more than one convention fits.
pub(super) fn adopt(
    source: Source<'_>,
    network: &str,
    slots: &[Slot],
    origin: &Origin<'_>,
) -> Result<Adopted, WeightsFault> {
    let conventions = match origin.convention {
        Some(convention) => vec![convention],
        None if source.ours => vec![Convention::Nn],
        None => Convention::ALL.to_vec(),
    };
    let renamed = rename(source.header.tensors.keys(), origin.map);
    let reader = Reader { source, renamed, slots, renew: origin.renew };
    let (mut fitting, mut failed) = (Vec::new(), Vec::new());
    for convention in conventions {
        match reader.plan(network, convention) {
            Ok(plan) => fitting.push(Adopted { convention, values: reader.values(&plan)? }),
            Err(mismatch) => failed.push(mismatch),
        }
    }
    let Some(first) = fitting.pop() else {
        // The one that comes closest says most.
        let closest = failed.into_iter().min_by_key(Mismatch::count).unwrap_or_default();
        return Err(WeightsFault::Mismatch(closest));
    };
    let differing = |other: &Adopted| {
        let pairs = slots.iter().zip(first.values.iter().zip(&other.values));
        pairs.filter(|(_, (a, b))| a != b).map(|(slot, _)| slot.name.clone()).collect::<Vec<_>>()
    };
    match fitting.iter().map(differing).find(|names| !names.is_empty()) {
        Some(tensors) => Err(WeightsFault::Ambiguous { tensors }),
        None => Ok(fitting.into_iter().next().unwrap_or(first)),
    }
}

/// Where the values of a slot come from: tensors of the file and the terms that they are; `None` if it keeps its own.
type Parts<'a> = Option<Vec<(&'a str, Term)>>;

struct Reader<'a> {
    source: Source<'a>,
    renamed: Renamed,
    slots: &'a [Slot],
    renew: &'a [&'a str],
}

impl Reader<'_> {
    /// What each slot is made of, or all that is wrong.
    fn plan(&self, network: &str, convention: Convention) -> Result<Vec<Parts<'_>>, Mismatch> {
        let mut wrong = Mismatch {
            network: network.into(),
            convention: Some(convention),
            twice: self.renamed.twice.clone(),
            unmapped: self.renamed.unused.clone(),
            ..Mismatch::default()
        };
        let known = |name: &&str| self.slots.iter().any(|slot| is_within(&slot.name, name));
        wrong.unknown = self.renew.iter().filter(|name| !known(name)).map(|name| (*name).to_owned()).collect();
        let parts: Vec<Parts<'_>> = self.slots.iter().map(|slot| self.parts(slot, convention, &mut wrong)).collect();
        let used: Vec<&str> = parts.iter().flatten().flatten().map(|(file, _)| *file).collect();
        self.find_extra(&used, &mut wrong);
        if wrong.count() == 0 { Ok(parts) } else { Err(wrong) }
    }

    fn renews(&self, name: &str) -> bool {
        self.renew.iter().any(|renewed| is_within(name, renewed))
    }

    fn parts(&self, slot: &Slot, convention: Convention, wrong: &mut Mismatch) -> Parts<'_> {
        if self.renews(&slot.name) {
            return None;
        }
        let (layer, _) = slot.parts();
        let ways = ways(slot, convention);
        let sought = ways.first().and_then(|way| way.first()).map(|term| join(layer, &term.name));
        let found = ways.into_iter().find_map(|way| {
            way.into_iter().map(|term| Some((self.find(layer, &term, convention)?, term))).collect::<Option<Vec<_>>>()
        });
        let Some(parts) = found else {
            let other = sought.filter(|sought| *sought != slot.name);
            wrong.missing.push(Lonely { name: slot.name.clone(), shape: slot.shape.clone(), other });
            return Some(Vec::new());
        };
        for (file, term) in &parts {
            let entry = &self.source.header.tensors[*file];
            let unreadable = ((*file).to_owned(), entry.dtype.name());
            // Of a tensor that several are made of it is said once.
            if !term.fits(&entry.shape) {
                let (found, expected) = (entry.shape.clone(), term.shape.clone());
                push_new(&mut wrong.misshapen, Misshapen { name: (*file).to_owned(), found, expected });
            } else if !entry.dtype.is_float() {
                push_new(&mut wrong.unreadable, unreadable);
            }
        }
        Some(parts)
    }

    /// The tensor of the file that is a term of a layer.
    fn find(&self, layer: &str, term: &Term, convention: Convention) -> Option<&str> {
        let names = &self.renamed.names;
        if let Some(file) = names.get(&join(layer, &term.name)) {
            return Some(file);
        }
        if layer.is_empty() {
            return None;
        }
        let front = join(layer, "");
        let below = names.range(front.clone()..).take_while(|(name, _)| name.starts_with(&front));
        let short = plain(&term.name, convention);
        below
            .map(|(name, file)| (plain(&name[front.len()..], convention), file))
            .find(|(name, _)| *name == short)
            .map(|(_, file)| &**file)
    }

    fn find_extra(&self, used: &[&str], wrong: &mut Mismatch) {
        for (name, file) in &self.renamed.names {
            if used.contains(&&**file) || self.renews(name) || says_nothing(name) {
                continue;
            }
            let (shape, other) = (self.source.header.tensors[file].shape.clone(), Some(name.clone()));
            let other = other.filter(|name| *name != dotted(file));
            wrong.extra.push(Lonely { name: file.clone(), shape, other });
        }
    }

    /// The values of each slot: the sum of its parts.
    fn values(&self, plan: &[Parts<'_>]) -> Result<Vec<Option<Vec<f64>>>, WeightsFault> {
        let sum = |(slot, parts): (&Slot, &Parts<'_>)| {
            let Some(parts) = parts else { return Ok(None) };
            let mut sum = vec![0.0; slot.len()];
            for (file, term) in parts {
                let entry = &self.source.header.tensors[*file];
                let values = entry.dtype.numbers(&self.source.bytes[entry.place.clone()]).unwrap_or_default();
                check_finite(file, &entry.shape, &values)?;
                for (at, value) in sum.iter_mut().enumerate() {
                    *value += (term.place)(at).map_or(0.0, |place| values[place]);
                }
            }
            Ok(Some(sum))
        };
        self.slots.iter().zip(plan).map(sum).collect()
    }
}

/// Adds an item that is not there yet.
fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// A name within a layer; without a layer, the name alone.
pub(super) fn join(layer: &str, name: &str) -> String {
    if layer.is_empty() { name.to_owned() } else { [layer, ".", name].concat() }
}

/// A tensor by itself, in whatever convention: its name, its shape and its values in row-major order.
///
/// ```
/// use nn_runtime::weights::Exported;
/// let bias = Exported { name: "dense_1/bias".into(), shape: vec![2], values: vec![0.5, -0.5] };
/// assert_eq!(bias.shape.iter().product::<usize>(), bias.values.len());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// `dense_1.weight`, or with `/` in place of `.` as Keras has it.
    pub name: String,
    /// The shape.
    pub shape: Vec<usize>,
    /// The values.
    pub values: Vec<f64>,
}

/// The tensors of a network as another program names and lays them out; `values` are those of the slots, in row-major logical order.
/// Of tensors that the other program adds up, all but the first are 0.
///
/// ```
/// use nn_runtime::{program::Purpose, weights::{Convention, Slot, export}};
/// let slot = Slot { name: "dense_1.weight".into(), shape: vec![2, 3], purpose: Purpose::KERNEL };
/// let values = [vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]];
/// // PyTorch has the outputs in front.
/// let [weight] = &export(&[slot], &values, Convention::PyTorch)[..] else { panic!("it is one") };
/// assert_eq!((weight.name.as_str(), &weight.shape[..]), ("dense_1.weight", &[3, 2][..]));
/// assert_eq!(weight.values, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// ```
pub fn export(slots: &[Slot], values: &[Vec<f64>], convention: Convention) -> Vec<Exported> {
    let mut tensors: Vec<Exported> = Vec::new();
    for (slot, values) in slots.iter().zip(values) {
        let (layer, _) = slot.parts();
        let mut written = vec![false; values.len()];
        for term in ways(slot, convention).swap_remove(0) {
            let name = join(layer, &term.name);
            let at = tensors.iter().position(|tensor| tensor.name == name).unwrap_or_else(|| {
                tensors.push(Exported { name, shape: term.shape.clone(), values: vec![0.0; term.len()] });
                tensors.len() - 1
            });
            for (number, value) in values.iter().enumerate() {
                if let Some(place) = (term.place)(number).filter(|_| !written[number]) {
                    tensors[at].values[place] = *value;
                    written[number] = true;
                }
            }
        }
    }
    if convention == Convention::Keras {
        tensors.iter_mut().for_each(|tensor| tensor.name = tensor.name.replace('.', "/"));
    }
    tensors
}
