//! Raw rows in, answers out, some rows at a time; knows no terminal and no output file.

use std::boxed::Box;
use std::io::Read;
use std::ops::Range;
use std::string::{String, ToString};
use std::vec::Vec;

use super::answer::{Answers, Cell};
use super::error::SessionError;
use super::evaluate::encodings;
use super::inputs::{outputs, rounded};
use crate::data::{Column, Demand, Encodings, Fitted, Precision, Queries};
use crate::error::Error;
use crate::fit::Settings;
use crate::program::{Port, Program};
use crate::real::Real;
use crate::step;
use crate::weights::Stored;

/// Rows that are read, predicted and given at once.
const BATCH: usize = 1024;

/// From encoded inputs to outputs, whatever the precision between.
type Outputs = dyn Fn(&[f64]) -> Result<Vec<f64>, Error>;

/// A trained network that takes raw rows and answers in the words of its data.
pub struct Predictor {
    encodings: Encodings,
    /// The target columns, those of each row that is answered at once.
    targets: Vec<Column>,
    demand: Demand<'static>,
    answers: Answers,
    /// Which outputs answer: all, or for a text those of the last place that stand for characters.
    answering: Range<usize>,
    outputs: Box<Outputs>,
}

impl Predictor {
    /// A network with the weights of `stored`. `threads`: 0 for as many as the machine has; the answers do not depend on it.
    ///
    /// # Errors
    /// If the weights are not those of `program`, or have no encodings.
    pub fn new<T: Real>(program: &'static Program<T>, stored: &Stored, threads: usize) -> Result<Self, SessionError> {
        let mut weights = std::vec![T::ZERO; program.weights];
        stored.copy_to(program, &mut weights)?;
        let threshold = Settings::of(program).setup.loss.threshold();
        let answers = Answers { head: program.head, threshold, outputs: program.outputs };
        let outputs = move |inputs: &[f64]| {
            let outputs = outputs(program, &weights, &rounded(inputs), threads)?;
            Ok(outputs.into_iter().map(Real::to_f64).collect())
        };
        let encodings = encodings(stored)?;
        let targets = encodings.targets();
        // What a loss of the text compares with need not be what the network yields.
        let apart = program.stated().is_some()
            && !matches!(encodings, Encodings::Text(_))
            && !are_answers(&targets, program.outputs);
        let targets = if apart { columns_of(program.ports) } else { targets };
        let answering = match &encodings {
            Encodings::Text(text) => {
                let last = program.outputs - step::width(program);
                last..program.outputs.min(last + text.characters.len())
            }
            _ => 0..program.outputs,
        };
        Ok(Self { encodings, targets, demand: Demand::of(program), answers, answering, outputs: Box::new(outputs) })
    }

    /// What each cell of an answer is called: `prediction`, then `probability_` and each class, `output_` and each class where the
    /// outputs are no probabilities, or `prediction_` and each target where there are several.
    pub fn titles(&self) -> Vec<String> {
        self.answers.titles(&self.targets)
    }

    /// What the network computes in, and so how many digits of its numbers mean something.
    pub fn precision(&self) -> Precision {
        self.demand.precision
    }

    /// The byte between the cells of the training file.
    pub fn separator(&self) -> u8 {
        self.encodings.separator()
    }

    /// Reads rows from `source`, whose name in messages is `file`. They may lack the target columns.
    ///
    /// # Errors
    /// If it cannot be read, is empty, or lacks an input column.
    pub fn read(&self, file: String, source: Box<dyn Read>) -> Result<Predictions<'_>, SessionError> {
        let queries = Queries::new(file, source, &self.encodings, &self.demand)?;
        Ok(Predictions { queries, predictor: self })
    }
}

/// Whether target columns say what each of some outputs means.
fn are_answers(targets: &[Column], outputs: usize) -> bool {
    match targets {
        [Column { fitted: Fitted::Labels { categories } | Fitted::OneHot { categories }, .. }] => {
            categories.len() == outputs || (categories.len(), outputs) == (2, 1)
        }
        _ => targets.iter().map(|column| column.fitted.width()).sum::<usize>() == outputs,
    }
}

/// Columns of numbers, one for each output: `mu_1`, `mu_2`; without a number if it is alone.
fn columns_of(ports: &[Port]) -> Vec<Column> {
    let columns = ports.iter().flat_map(|port| {
        (1..=port.values).map(|number| match port.values {
            1 => port.name.to_string(),
            _ => std::format!("{}_{number}", port.name),
        })
    });
    columns.enumerate().map(|(index, title)| Column { name: Some(title), index, fitted: Fitted::Number }).collect()
}

/// The answers to the rows of one file.
pub struct Predictions<'p> {
    queries: Queries<'p>,
    predictor: &'p Predictor,
}

/// A row and the answer to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// The row as it stands in the file.
    pub row: Vec<String>,
    /// The answer, as [`Predictor::titles`] names its cells.
    pub answer: Vec<Cell>,
}

impl Predictions<'_> {
    /// The names of the columns, if the file has a header.
    pub fn header(&self) -> Option<&[String]> {
        self.queries.header()
    }

    /// The next answers; none after the last.
    ///
    /// # Errors
    /// If a row is wrong, or there is none at all.
    pub fn batch(&mut self) -> Result<Option<Vec<Predicted>>, SessionError> {
        let Some(batch) = self.queries.batch(BATCH)? else { return Ok(None) };
        let Predictor { answers, answering, outputs, targets, .. } = self.predictor;
        let outputs = outputs(&batch.inputs)?;
        let rows = batch.rows.iter().zip(outputs.chunks_exact(answers.outputs));
        let predicted = rows.map(|(row, outputs)| Predicted {
            row: row.iter().map(Into::into).collect(),
            answer: answers.answer(targets, &outputs[answering.clone()]),
        });
        Ok(Some(predicted.collect()))
    }
}
