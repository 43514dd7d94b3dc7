//! `nnc weights ls`: the tensors of a file and what their values are like; knows no network.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::{number, open};
use crate::failure::Failure;
use crate::words;

/// Lists the tensors of a file: shape, type, least and largest value, mean, standard deviation, what is not finite
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file
    file: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listing {
    /// The network that the file names.
    network: Option<String>,
    /// Whether the encodings of its data are in the file.
    encodings: bool,
    tensors: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    shape: Vec<usize>,
    dtype: &'static str,
    /// None for types that are not read.
    statistics: Option<Statistics>,
}

/// Of the finite values; of none, nothing can be said.
#[derive(Debug, PartialEq, Serialize)]
struct Statistics {
    min: Option<f64>,
    max: Option<f64>,
    mean: Option<f64>,
    /// Of all values, not of a sample.
    std: Option<f64>,
    nan: usize,
    infinite: usize,
}

pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let stored = open(&arguments.file)?;
    let row = |(name, dtype, shape): (&str, nn_runtime::weights::Dtype, &[usize])| Row {
        name: name.to_owned(),
        shape: shape.to_vec(),
        dtype: dtype.name(),
        statistics: stored.numbers(name).map(|values| statistics(&values)),
    };
    let tensors: Vec<Row> = stored.tensors().map(row).collect();
    let listing =
        Listing { network: stored.network().map(str::to_owned), encodings: stored.encodings().is_some(), tensors };
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &listing).map_err(|error| Failure::Output(error.into()))?;
        return Ok(writeln!(out)?);
    }
    Ok(out.write_all(text(&listing).as_bytes())?)
}

fn statistics(values: &[f64]) -> Statistics {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let count = finite().count() as f64;
    let some = |value: f64| (count > 0.0).then_some(value);
    let mean = finite().sum::<f64>() / count;
    Statistics {
        min: some(finite().fold(f64::INFINITY, f64::min)),
        max: some(finite().fold(f64::NEG_INFINITY, f64::max)),
        mean: some(mean),
        std: some((finite().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()),
        nan: values.iter().filter(|value| value.is_nan()).count(),
        infinite: values.iter().filter(|value| value.is_infinite()).count(),
    }
}

fn text(listing: &Listing) -> String {
    let head = ["tensor", "shape", "type", "min", "max", "mean", "std", "NaN", "inf"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for row in &listing.tensors {
        let mut cells = vec![row.name.clone(), format!("{:?}", row.shape), row.dtype.to_owned()];
        match &row.statistics {
            Some(Statistics { min, max, mean, std, nan, infinite }) => {
                cells.extend([min, max, mean, std].map(|value| value.map_or("-".to_owned(), number)));
                cells.extend([nan, infinite].map(|count| words::grouped(*count as u64)));
            }
            None => cells.push("not read".to_owned()),
        }
        table.push(cells);
    }
    let values: usize = listing.tensors.iter().map(|row| row.shape.iter().product::<usize>()).sum();
    let total = format!("{}, {}", words::count(listing.tensors.len(), "tensor"), words::count(values, "value"));
    let whose = match (&listing.network, listing.encodings) {
        (Some(network), true) => format!("; weights of `{network}`, with the encodings of its data"),
        (Some(network), false) => format!("; weights of `{network}`"),
        (None, _) => String::new(),
    };
    format!("{}{total}{whose}\n", words::table(&table, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_counted_apart() {
        let found = statistics(&[1.0, f64::NAN, 3.0, f64::INFINITY, f64::NEG_INFINITY]);
        let wanted =
            Statistics { min: Some(1.0), max: Some(3.0), mean: Some(2.0), std: Some(1.0), nan: 1, infinite: 2 };
        assert_eq!(found, wanted);
        let none = statistics(&[f64::NAN]);
        assert_eq!((none.min, none.mean, none.nan), (None, None, 1));
    }
}
