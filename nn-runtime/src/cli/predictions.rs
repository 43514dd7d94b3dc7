//! Answers as CSV or as lines of JSON; knows no network.

use std::fmt::{Display, LowerExp};
use std::io::{self, Write};
use std::string::{String, ToString};

use serde_json::{Map, Number, Value};

use super::Failure;
use crate::data::Precision;
use crate::session::{Cell, Predictions, Predictor};

/// Writes each row with its answer behind it; `failed` tells what an error of `out` means.
pub(super) fn write_csv(
    predictor: &Predictor,
    mut rows: Predictions<'_>,
    out: &mut dyn Write,
    failed: &dyn Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let failed = |error: csv::Error| {
        failed(match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(std::format!("{other:?}")),
        })
    };
    let (titles, precision) = (predictor.titles(), predictor.precision());
    let mut csv = csv::WriterBuilder::new().delimiter(predictor.separator()).from_writer(out);
    if let Some(header) = rows.header() {
        csv.write_record(header.iter().chain(&titles)).map_err(&failed)?;
    }
    while let Some(batch) = rows.batch()? {
        for predicted in &batch {
            let answer = predicted.answer.iter().map(|cell| text(cell, precision));
            csv.write_record(predicted.row.iter().cloned().chain(answer)).map_err(&failed)?;
        }
        csv.flush().map_err(|error| failed(error.into()))?;
    }
    Ok(())
}

/// Writes the answers alone, one object for each row.
pub(super) fn write_json(
    predictor: &Predictor,
    mut rows: Predictions<'_>,
    out: &mut dyn Write,
    failed: &dyn Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let (titles, precision) = (predictor.titles(), predictor.precision());
    while let Some(batch) = rows.batch()? {
        for predicted in &batch {
            let cells = titles.iter().zip(&predicted.answer);
            let object: Map<String, Value> =
                cells.map(|(title, cell)| (title.clone(), value(cell, precision))).collect();
            writeln!(out, "{}", Value::Object(object)).map_err(failed)?;
        }
        out.flush().map_err(failed)?;
    }
    Ok(())
}

fn text(cell: &Cell, precision: Precision) -> String {
    match (cell, precision) {
        (Cell::Label(label), _) => label.clone(),
        // With the digits that the network computes in, not with those of a number that was made longer.
        (Cell::Number(number), Precision::F32) => digits(*number, &(*number as f32)),
        (Cell::Number(number), Precision::F64) => digits(*number, number),
    }
}

/// The shortest digits that mean `rounded`, without rows of zeros.
fn digits(number: f64, rounded: &(impl Display + LowerExp)) -> String {
    if number == 0.0 || (1e-4..1e15).contains(&number.abs()) {
        rounded.to_string()
    } else {
        std::format!("{rounded:e}")
    }
}

fn value(cell: &Cell, precision: Precision) -> Value {
    match cell {
        Cell::Label(label) => Value::String(label.clone()),
        Cell::Number(_) => {
            text(cell, precision).parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
    }
}
