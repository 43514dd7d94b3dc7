//! `nnc weights diff`: where two files of weights differ; knows no network.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use nn_runtime::weights::{Dtype, Stored};
use serde::Serialize;

use super::{number, open};
use crate::failure::{self, Failure};
use crate::words;

/// Compares two files: tensors that only one has, other shapes and types, largest differences; ends with 1 if they differ
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One file
    a: PathBuf,
    /// The other; safetensors and .npz can be compared with each other
    b: PathBuf,
    /// Print the differences as JSON
    #[arg(long)]
    json: bool,
}

/// How a tensor of this name differs.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "difference")]
enum Difference {
    /// Only the first file has it.
    OnlyInA {
        shape: Vec<usize>,
    },
    /// Only the second file has it.
    OnlyInB {
        shape: Vec<usize>,
    },
    Shape {
        a: Vec<usize>,
        b: Vec<usize>,
    },
    /// Types that are not read, or other types with the same values.
    Type {
        a: &'static str,
        b: &'static str,
    },
    Values {
        /// The largest difference; none where one value is no number and the other is one.
        largest: Option<f64>,
        /// Where, in the shape.
        at: Vec<usize>,
        a: Option<f64>,
        b: Option<f64>,
        /// How many values differ.
        count: usize,
        /// Of so many.
        of: usize,
    },
}

#[derive(Serialize)]
struct Row {
    name: String,
    #[serde(flatten)]
    difference: Difference,
}

/// Type and shape of a tensor in either file.
type Found<'a> = [Option<(Dtype, &'a [usize])>; 2];

pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let (a, b) = (open(&arguments.a)?, open(&arguments.b)?);
    let mut names: BTreeMap<&str, Found<'_>> = BTreeMap::new();
    for (number, stored) in [&a, &b].into_iter().enumerate() {
        for (name, dtype, shape) in stored.tensors() {
            names.entry(name).or_default()[number] = Some((dtype, shape));
        }
    }
    let total = names.len();
    let row = |(name, found): (&str, Found<'_>)| {
        Some(Row { name: name.to_owned(), difference: difference(name, found, &a, &b)? })
    };
    let rows: Vec<Row> = names.into_iter().filter_map(row).collect();
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &rows).map_err(|error| Failure::Output(error.into()))?;
        writeln!(out)?;
    } else {
        out.write_all(text(&rows, total).as_bytes())?;
    }
    out.flush()?;
    if rows.is_empty() { Ok(()) } else { Err(Failure::Said(failure::WRONG)) }
}

fn difference(name: &str, found: Found<'_>, a: &Stored, b: &Stored) -> Option<Difference> {
    let ((type_a, shape_a), (type_b, shape_b)) = match found {
        [Some(a), Some(b)] => (a, b),
        [Some((_, shape)), None] => return Some(Difference::OnlyInA { shape: shape.to_vec() }),
        [None, Some((_, shape))] => return Some(Difference::OnlyInB { shape: shape.to_vec() }),
        [None, None] => return None,
    };
    if shape_a != shape_b {
        return Some(Difference::Shape { a: shape_a.to_vec(), b: shape_b.to_vec() });
    }
    let types = (type_a != type_b).then_some(Difference::Type { a: type_a.name(), b: type_b.name() });
    match (a.numbers(name), b.numbers(name)) {
        (Some(a), Some(b)) => values(shape_a, &a, &b).or(types),
        // Values of types that are not read are the same where their bytes are.
        _ => types.or_else(|| {
            let same = a.array(name) == b.array(name);
            (!same).then_some(Difference::Type { a: type_a.name(), b: type_b.name() })
        }),
    }
}

fn values(shape: &[usize], a: &[f64], b: &[f64]) -> Option<Difference> {
    // A value that is no number differs from one that is by more than any number says.
    let apart = |(a, b): (&f64, &f64)| match (a - b).abs() {
        _ if a == b || (a.is_nan() && b.is_nan()) => 0.0,
        difference if difference.is_nan() => f64::INFINITY,
        difference => difference,
    };
    let pairs = || a.iter().zip(b);
    let count = pairs().filter(|pair| apart(*pair) > 0.0).count();
    let (at, largest) =
        pairs().map(apart).enumerate().reduce(|most, next| if next.1 > most.1 { next } else { most })?;
    let finite = |x: f64| x.is_finite().then_some(x);
    (count > 0).then(|| Difference::Values {
        largest: finite(largest),
        at: index(shape, at),
        a: finite(a[at]),
        b: finite(b[at]),
        count,
        of: a.len(),
    })
}

fn index(shape: &[usize], mut at: usize) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (place, extent) in index.iter_mut().zip(shape).rev() {
        *place = at % extent;
        at /= extent;
    }
    index
}

fn text(rows: &[Row], total: usize) -> String {
    if rows.is_empty() {
        return format!("the same: {}\n", words::count(total, "tensor"));
    }
    let shown = |x: &Option<f64>| x.map_or("not finite".to_owned(), number);
    let line = |row: &Row| {
        let how = match &row.difference {
            Difference::OnlyInA { shape } => format!("only in the first file: {shape:?}"),
            Difference::OnlyInB { shape } => format!("only in the second file: {shape:?}"),
            Difference::Shape { a, b } => format!("shape {a:?} and {b:?}"),
            Difference::Type { a, b } if a == b => format!("other values of type {a}"),
            Difference::Type { a, b } => format!("type {a} and {b}, the same values"),
            Difference::Values { largest, at, a, b, count, of } => {
                let (count, of) = (words::grouped(*count as u64), words::grouped(*of as u64));
                let (largest, a, b) = (shown(largest), shown(a), shown(b));
                format!("{count} of {of} values, at most by {largest}: {a} and {b} at {at:?}")
            }
        };
        vec![row.name.clone(), how]
    };
    let table: Vec<Vec<String>> = rows.iter().map(line).collect();
    format!("{}{} of {} differ\n", words::table(&table, 2), rows.len(), words::count(total, "tensor"))
}
