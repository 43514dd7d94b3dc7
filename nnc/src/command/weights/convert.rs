//! `nnc weights convert`: weights in another format, under other names, by another convention; knows texts only as lists of tensors.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use nn_compiler::Compiled;
use nn_compiler::layers::purpose as compiled;
use nn_compiler::model::{Precision, Tensor};
use nn_runtime::program::{CellPart, Direction, Projected, Purpose};
use nn_runtime::weights::{
    self, Adopted, Array, Convention, Dtype, Exported, Origin, Slot, Stored, WeightsError, WeightsFault, export,
    is_archive, renamed,
};

use super::{open, wrong};
use crate::command::train::named;
use crate::constants::Sets;
use crate::failure::Failure;
use crate::source::Source;
use crate::words;

/// Writes weights in another format, chosen by the end of the file: .npz is an archive of numpy, all else safetensors
#[derive(Debug, clap::Args)]
#[command(
    after_help = "With --text, names and axes go from one convention to another, each tensor is checked against the network, and \
    values become those of its precision.\nWithout, values stay as they are: only the format and, with --map, names change."
)]
pub(super) struct Arguments {
    /// The file to read
    input: PathBuf,
    /// The file to write
    output: PathBuf,
    /// The .nn file with the network whose weights they are
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    #[command(flatten)]
    sets: Sets,
    /// Which network, if the text has several
    #[arg(long, value_name = "NAME", requires = "text")]
    network: Option<String>,
    /// Whose names and axes the file has [default: the only ones that fit]
    #[arg(long, value_name = "WHOSE", requires = "text")]
    from: Option<Whose>,
    /// Whose names and axes it gets [default: nn]
    #[arg(long, value_name = "WHOSE", requires = "text")]
    to: Option<Whose>,
    /// Other names for a tensor, a layer or the front of a name, as "fc1 -> dense_1"; to `_` leaves out. With --from nn the map is for the
    /// names that are written, else for those that are read
    #[arg(long, value_name = "A -> B", value_parser = entry)]
    map: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Whose {
    Nn,
    Pytorch,
    Keras,
}

impl From<Whose> for Convention {
    fn from(whose: Whose) -> Self {
        match whose {
            Whose::Nn => Self::Nn,
            Whose::Pytorch => Self::PyTorch,
            Whose::Keras => Self::Keras,
        }
    }
}

fn entry(text: &str) -> Result<(String, String), String> {
    let (from, to) = text.split_once("->").ok_or("expected two names with `->` between them")?;
    let from = from.trim();
    if from.is_empty() {
        Err("expected a name before `->`".to_owned())
    } else {
        Ok((from.to_owned(), to.trim().to_owned()))
    }
}

pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let stored = open(&arguments.input)?;
    let map: Vec<(&str, &str)> = arguments.map.iter().map(|(from, to)| (&**from, &**to)).collect();
    let converted = match &arguments.text {
        None => by_format(&stored, arguments, &map)?,
        Some(text) => {
            let source = Source::read(text, &arguments.sets.set)?;
            let networks = source.compile()?;
            by_text(&stored, arguments, chosen(&networks, arguments.network.as_deref())?, &map)?
        }
    };
    let Converted { arrays, network, encodings, notes } = converted;
    let count = arrays.len();
    weights::write(&arguments.output, arrays, network.as_deref(), encodings.as_deref()).map_err(wrong)?;
    writeln!(out, "{}: {}{notes}", arguments.output.display(), words::count(count, "tensor"))?;
    Ok(())
}

/// What is to be written.
struct Converted {
    arrays: Vec<Array>,
    network: Option<String>,
    encodings: Option<String>,
    /// What is worth saying.
    notes: String,
}

fn chosen<'a>(networks: &'a [Compiled], name: Option<&str>) -> Result<&'a Compiled, Failure> {
    match (name, networks) {
        (Some(name), _) => named(networks, name),
        (None, [only]) => Ok(only),
        (None, several) => Err(Failure::Usage(format!(
            "the text has several networks: choose one with --network ({})",
            several.iter().map(|compiled| &*compiled.network.name).collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// The same tensors, perhaps under other names.
fn by_format(stored: &Stored, arguments: &Arguments, map: &[(&str, &str)]) -> Result<Converted, Failure> {
    let names: Vec<String> = stored.tensors().map(|(name, ..)| name.to_owned()).collect();
    let new = of_file(stored, renamed(&names, map))?;
    let (mut arrays, mut widened) = (Vec::new(), false);
    for (name, new) in names.iter().zip(new) {
        let (Some(array), Some(new)) = (stored.array(name), new) else { continue };
        let widen = is_archive(&arguments.output) && array.dtype == Dtype::BF16;
        widened |= widen;
        arrays.push(match stored.numbers(name).filter(|_| widen) {
            Some(values) => Array::of(new, Dtype::F32, array.shape, &values),
            None => Array { name: new, ..array },
        });
    }
    // What is known of the weights of a network is not known of tensors with other names or types.
    let known = map.is_empty() && !widened;
    let keep = |text: Option<&str>| text.filter(|_| known).map(str::to_owned);
    let notes = if widened { "; numpy has no BF16: those are F32 now, with the same values" } else { "" };
    Ok(Converted {
        arrays,
        network: keep(stored.network()),
        encodings: keep(stored.encodings()),
        notes: notes.to_owned(),
    })
}

/// The tensors of a network, from one convention to another.
fn by_text(
    stored: &Stored,
    arguments: &Arguments,
    compiled: &Compiled,
    map: &[(&str, &str)],
) -> Result<Converted, Failure> {
    let network = &compiled.network;
    let slots: Vec<Slot> = network.tensors.iter().flat_map(slots).collect();
    let (from, to) = (arguments.from.map(Convention::from), arguments.to.map_or(Convention::Nn, Convention::from));
    let outward = from == Some(Convention::Nn);
    let origin = Origin { convention: from, map: if outward { &[] } else { map }, ..Origin::of("") };
    let Adopted { convention, values } = stored.adopt(&network.name, &slots, &origin).map_err(wrong)?;
    let values: Vec<Vec<f64>> = values.into_iter().flatten().collect();
    let dtype = if network.precision == Precision::F64 { Dtype::F64 } else { Dtype::F32 };
    let mut tensors = export(&slots, &values, to);
    if outward && !map.is_empty() {
        let names: Vec<String> = tensors.iter().map(|tensor| tensor.name.clone()).collect();
        let new = of_file(stored, renamed(&names, map))?;
        let slashed = |name: String| if to == Convention::Keras { name.replace('.', "/") } else { name };
        tensors = tensors
            .into_iter()
            .zip(new)
            .filter_map(|(tensor, new)| Some(Exported { name: slashed(new?), ..tensor }))
            .collect();
    }
    let arrays = tensors.into_iter().map(|tensor| array(tensor, dtype)).collect::<Result<_, _>>()?;
    let ours = to == Convention::Nn && (map.is_empty() || !outward);
    Ok(Converted {
        arrays,
        network: ours.then(|| network.name.clone()),
        encodings: stored.encodings().filter(|_| ours).map(str::to_owned),
        notes: format!(" of `{}`, from {convention} to {to}", network.name),
    })
}

fn of_file<T>(stored: &Stored, done: Result<T, WeightsFault>) -> Result<T, Failure> {
    done.map_err(|fault| wrong(WeightsError { file: stored.file().to_owned(), fault: Box::new(fault) }))
}

/// A tensor to be written; what is finite as `f64` may be too large for `f32`.
fn array(tensor: Exported, dtype: Dtype) -> Result<Array, Failure> {
    let Exported { name, shape, values } = tensor;
    match values.iter().find(|value| dtype == Dtype::F32 && !(**value as f32).is_finite()) {
        Some(value) => {
            Err(Failure::Wrong(format!("`{name}`: {value} is too large for f32, in which the network computes")))
        }
        None => Ok(Array::of(name, dtype, shape, &values)),
    }
}

/// The places of a tensor: one for each copy of a repetition.
fn slots(tensor: &Tensor) -> Vec<Slot> {
    let copies: usize = tensor.copies.iter().product();
    let name = |copy: usize| {
        let mut name = String::new();
        let mut inner = copies;
        for (number, part) in tensor.name.split('*').enumerate() {
            if let Some(extent) = number.checked_sub(1).and_then(|star| tensor.copies.get(star)) {
                inner /= extent;
                name += &(copy / inner % extent + 1).to_string();
            }
            name += part;
        }
        name
    };
    let slot =
        |copy| Slot { name: name(copy), shape: tensor.spec.shape.clone(), purpose: purpose(tensor.spec.purpose) };
    (0..copies).map(slot).collect()
}

/// What a tensor is for, in the words of the runtime: neither crate knows the other.
fn purpose(purpose: compiled::Purpose) -> Purpose {
    match purpose {
        compiled::Purpose::Own => Purpose::Own,
        compiled::Purpose::Kernel { from, into } => Purpose::Kernel { from, into },
        compiled::Purpose::Depthwise { multiplier } => Purpose::Depthwise { multiplier },
        compiled::Purpose::Pointwise { axes } => Purpose::Pointwise { axes },
        compiled::Purpose::Bias { into } => Purpose::Bias { into },
        compiled::Purpose::Table => Purpose::Table,
        compiled::Purpose::Scale => Purpose::Scale,
        compiled::Purpose::Shift => Purpose::Shift,
        compiled::Purpose::Mean => Purpose::Mean,
        compiled::Purpose::Variance => Purpose::Variance,
        compiled::Purpose::Slope => Purpose::Slope,
        compiled::Purpose::Recurrent { part, gates, layer, direction } => Purpose::Recurrent {
            part: match part {
                compiled::CellPart::Input => CellPart::Input,
                compiled::CellPart::State => CellPart::State,
                compiled::CellPart::Bias => CellPart::Bias,
                compiled::CellPart::StateBias => CellPart::StateBias,
            },
            gates,
            layer,
            direction: match direction {
                compiled::Direction::Only => Direction::Only,
                compiled::Direction::Forward => Direction::Forward,
                compiled::Direction::Backward => Direction::Backward,
            },
        },
        compiled::Purpose::Projection { of, heads, packed } => Purpose::Projection {
            of: match of {
                compiled::Projected::Query => Projected::Query,
                compiled::Projected::Key => Projected::Key,
                compiled::Projected::Value => Projected::Value,
                compiled::Projected::Output => Projected::Output,
            },
            heads,
            packed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The slots of the only network of a text.
    fn of(text: &str) -> Vec<Slot> {
        let program = nn_grammar::text::parse(text).expect("a text");
        let compiled = nn_compiler::compile(&program).expect("a network");
        compiled[0].network.tensors.iter().flat_map(slots).collect()
    }

    /// The channels that the rows and the columns of the last matrix stand for.
    #[track_caller]
    fn channels(chain: &str, from: usize, into: usize) {
        let kernels: Vec<Purpose> = of(&format!("network N < {chain} >"))
            .into_iter()
            .map(|slot| slot.purpose)
            .filter(|purpose| matches!(purpose, Purpose::Kernel { .. }))
            .collect();
        assert_eq!(kernels.last(), Some(&Purpose::Kernel { from, into }), "{chain}");
    }

    #[test]
    fn grids_have_channels_and_sequences_have_none() {
        channels("input(4, 4, 3), flatten, dense(2)", 3, 1);
        channels("input(4, 4, 3), max_pool(2), relu, flatten, tanh, dropout(0.1), dense(2, sigmoid)", 3, 1);
        channels("input(8, 3), conv(5, 3), batch_norm, relu, flatten, dense(2)", 5, 1);
        channels("input(8, 3), flatten, dense(2)", 1, 1);
        channels("input(8), embedding(9->4), flatten, dense(2)", 1, 1);
        channels("input(8, 3), lstm(4, returns = every), flatten, dense(2)", 1, 1);
        channels("input(4, 4, 3), global_avg_pool, dense(2)", 1, 1);
        channels("input(4, 4, 3), flatten, dense(8), dense(2)", 1, 1);
        channels("dense(3->24, relu), reshape(2, 3, 4)", 1, 4);
        channels("dense(3->24), reshape(6, 4), max_pool(2)", 1, 4);
        channels("dense(3->24), reshape(6, 4)", 1, 1);
    }

    #[test]
    fn copies_have_names_of_their_own() {
        let slots = of("network N < dense(2->2), repeat(2) < repeat(3) < residual < dense(2) > > > >");
        let names: Vec<&str> = slots.iter().map(|slot| &*slot.name).filter(|name| name.ends_with("weight")).collect();
        let last = "repeat_1.2.repeat_1.3.residual_1.dense_1.weight";
        assert_eq!((names.len(), names[1], names[6]), (7, "repeat_1.1.repeat_1.1.residual_1.dense_1.weight", last));
    }
}
