//! What was seen in the layers of a network while it was trained: histograms over the epochs, and warnings; knows no element type.

use std::string::String;
use std::vec::Vec;

use serde::Serialize;

/// What was seen in the layers.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-inspect-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// let overrides = Overrides { inspect: true, ..overrides };
/// let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let seen = trained.inspection.expect("it was asked for");
/// for part in &seen.parts {
///     println!("{} {:?}: {:?}", part.name, part.kind, part.epochs.last().map(|epoch| epoch.rms));
/// }
/// assert_eq!(seen.parts[0].epochs.len(), 5);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inspection {
    /// How many training rows gradients and outputs are of: the first ones.
    pub rows: usize,
    /// Weights, gradients and outputs by name, in the order of the network.
    pub parts: Vec<InspectedPart>,
    /// What is likely to be wrong, in sentences.
    pub warnings: Vec<String>,
}

/// A tensor over the epochs.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-inspectedpart-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # let overrides = Overrides { inspect: true, ..overrides };
/// let seen = train(Line::PROGRAM, &overrides, &mut Quiet)?.inspection.expect("it was asked for");
/// assert_eq!((seen.parts[0].name.as_str(), seen.parts[0].epochs.len()), ("dense_1.weight", 5));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InspectedPart {
    /// `dense_1.weight`, or for outputs `relu_1`.
    pub name: String,
    /// What its values are.
    pub kind: InspectedKind,
    /// Each epoch.
    pub epochs: Vec<InspectedEpoch>,
}

/// What the values of a part are.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-inspectedkind-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # use nn_runtime::report::InspectedKind;
/// # let overrides = Overrides { inspect: true, ..overrides };
/// let seen = train(Line::PROGRAM, &overrides, &mut Quiet)?.inspection.expect("it was asked for");
/// let gradients = seen.parts.iter().filter(|part| part.kind == InspectedKind::Gradients);
/// assert_eq!(gradients.count(), 2);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectedKind {
    /// Parameters at the end of the epoch.
    Weights,
    /// Gradients of the loss with respect to them.
    Gradients,
    /// What a layer yields.
    Outputs,
}

/// The values of a part at the end of an epoch. Those that are not finite are only counted.
///
/// ```
/// use nn_runtime::report::InspectedEpoch;
/// let seen = InspectedEpoch::of(3, [0.0, 1.0, 1.0].into_iter());
/// assert_eq!((seen.epoch, seen.counts.iter().sum::<u64>()), (3, 3));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InspectedEpoch {
    /// From 1.
    pub epoch: usize,
    /// The least and the greatest value; 0 if there is none.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// How many values lie in each of as many equal parts from `low` to `high`.
    pub counts: Vec<u64>,
    /// The root of their mean square.
    pub rms: f64,
    /// Values that are not finite.
    pub not_finite: u64,
}

/// Parts of a histogram.
const BINS: usize = 30;

impl InspectedEpoch {
    /// Counts values.
    ///
    /// ```
    /// use nn_runtime::report::InspectedEpoch;
    /// let seen = InspectedEpoch::of(1, [-3.0, 3.0, f64::NAN].into_iter());
    /// assert_eq!((seen.low, seen.high, seen.rms, seen.not_finite), (-3.0, 3.0, 3.0, 1));
    /// ```
    pub fn of(epoch: usize, values: impl Iterator<Item = f64> + Clone) -> Self {
        let finite = || values.clone().filter(|value| value.is_finite());
        let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let mut counts = std::vec![0; BINS];
        let (mut squares, mut count) = (0.0, 0_u64);
        for value in finite() {
            let place = if high > low { (value - low) / (high - low) * BINS as f64 } else { 0.0 };
            counts[(place as usize).min(BINS - 1)] += 1;
            squares += value * value;
            count += 1;
        }
        let not_finite = values.clone().count() as u64 - count;
        Self { epoch, low, high, counts, rms: libm::sqrt(squares / count.max(1) as f64), not_finite }
    }
}

#[cfg(test)]
mod tests {
    use super::InspectedEpoch;

    #[test]
    fn each_value_is_counted_once() {
        let seen = InspectedEpoch::of(1, [-3.0, 0.0, 3.0, 3.0, f64::NAN].into_iter());
        assert_eq!((seen.low, seen.high, seen.not_finite), (-3.0, 3.0, 1));
        assert_eq!((seen.counts[0], seen.counts[15], seen.counts[29]), (1, 1, 2));
        assert!((seen.rms - (27.0_f64 / 4.0).sqrt()).abs() < 1e-12);
        let same = InspectedEpoch::of(1, [2.0; 4].into_iter());
        assert_eq!((same.counts[0], same.counts.iter().sum::<u64>()), (4, 4));
        assert_eq!(InspectedEpoch::of(1, std::iter::empty()).counts.iter().sum::<u64>(), 0);
    }
}
