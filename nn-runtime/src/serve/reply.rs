//! From the body of a request to the body of its answer; knows no HTTP beyond the status of a refusal.

use std::string::{String, ToString};
use std::time::Instant;
use std::vec::Vec;

use axum::http::StatusCode;
use serde_json::Value;

use super::Limits;
use super::refusal::Refusal;
use crate::session::{Answer, Predictor};

/// How examples were given, and so how their answers are.
enum Shape {
    /// One example: its answer.
    One,
    /// A list: the list of the answers.
    List,
    /// An object with `rows`: an object with `answers`.
    Rows,
}

impl Shape {
    /// Where the example of this number stands in the body.
    fn place(&self, number: usize) -> String {
        match self {
            Self::One => String::new(),
            Self::List => std::format!("[{number}]"),
            Self::Rows => std::format!("rows[{number}]"),
        }
    }
}

/// The answer to `body`. The work ends at the `deadline`, when nobody waits for it any more.
pub(super) fn reply(
    predictor: &Predictor,
    limits: &Limits,
    body: &[u8],
    deadline: Instant,
) -> Result<Vec<u8>, Refusal> {
    let value: Value = serde_json::from_slice(body).map_err(|error| Refusal::of_json(&error))?;
    let (shape, examples) = examples(&value)?;
    if examples.len() > limits.rows {
        let message = std::format!("{} rows, and a request has at most {}", examples.len(), limits.rows);
        let field = if matches!(shape, Shape::Rows) { "rows" } else { "" };
        return Err(Refusal::of_field(StatusCode::PAYLOAD_TOO_LARGE, field, message));
    }
    let mut answers = Vec::with_capacity(examples.len());
    for (piece, rows) in examples.chunks(predictor.at_once()).enumerate() {
        if Instant::now() >= deadline {
            return Err(Refusal::busy("the answer takes too long"));
        }
        let mut inputs = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let encoded = predictor.encode_value(row, &mut inputs);
            let place = || shape.place(piece * predictor.at_once() + number);
            encoded.map_err(|error| Refusal::of_example(&error.within(&place())))?;
        }
        // Other requests have the other threads.
        let predicted = predictor.answers_to(&inputs, 1);
        let failed = |error: crate::session::SessionError| Refusal::new(StatusCode::BAD_REQUEST, error.to_string());
        answers.extend(predicted.map_err(failed)?);
    }
    written(&shape, &answers)
}

/// What is to be answered.
fn examples(value: &Value) -> Result<(Shape, &[Value]), Refusal> {
    match value {
        Value::Array(rows) => Ok((Shape::List, rows)),
        Value::Object(object) => match object.get("rows") {
            Some(Value::Array(rows)) => Ok((Shape::Rows, rows)),
            _ => Ok((Shape::One, std::slice::from_ref(value))),
        },
        Value::String(_) => Ok((Shape::One, std::slice::from_ref(value))),
        Value::Null | Value::Bool(_) | Value::Number(_) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "expected an object, a list of examples, or an object whose `rows` are such a list",
        )),
    }
}

fn written(shape: &Shape, answers: &[Answer]) -> Result<Vec<u8>, Refusal> {
    #[derive(serde::Serialize)]
    struct Rows<'a> {
        answers: &'a [Answer],
    }
    let body = match (shape, answers) {
        (Shape::One, [answer]) => serde_json::to_vec(answer),
        (Shape::Rows, answers) => serde_json::to_vec(&Rows { answers }),
        (Shape::One | Shape::List, answers) => serde_json::to_vec(answers),
    };
    body.map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}
