//! An answer to one example: cells by their titles, and how they are written as CSV and JSON; knows no network.

use std::fmt::{Display, LowerExp};
use std::io::Write;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::answer::Cell;
use crate::data::{Precision, put_cell};

/// What a network says to one example. As JSON it is an object of its titles.
///
/// ```
/// nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-answer-{}.safetensors", std::process::id()));
/// Kinds::new(1).save(&path)?;
/// let answer = Kinds::predictor(&path)?.predict(&[0.5, 1.0])?;
/// // These weights have no data beside them, so that classes are numbers.
/// assert_eq!(answer.titles(), ["prediction", "probability_0", "probability_1"]);
/// assert!(answer.label() == Some("0") || answer.label() == Some("1"));
/// assert!(answer.number("probability_0").is_some_and(|part| part < 1.0));
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    titles: Arc<[String]>,
    cells: Vec<Cell>,
    precision: Precision,
}

impl Answer {
    /// `cells` by `titles`, with the digits of `precision`.
    pub(super) fn new(titles: &Arc<[String]>, cells: Vec<Cell>, precision: Precision) -> Self {
        Self { titles: Arc::clone(titles), cells, precision }
    }

    /// The title of each cell.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-atitles-{}.safetensors", std::process::id()));
    /// # let mut net = Kinds::new(1);
    /// # net.set_param("dense_1.bias", &[0.0, 9.0])?;
    /// # net.save(&path)?;
    /// # let predictor = Kinds::predictor(&path)?;
    /// let answer = predictor.predict(&[0.0, 0.0])?;
    /// assert_eq!(answer.titles()[0], "prediction");
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn titles(&self) -> &[String] {
        &self.titles
    }

    /// All that is said.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-acells-{}.safetensors", std::process::id()));
    /// # let mut net = Kinds::new(1);
    /// # net.set_param("dense_1.bias", &[0.0, 9.0])?;
    /// # net.save(&path)?;
    /// # let predictor = Kinds::predictor(&path)?;
    /// let answer = predictor.predict(&[0.0, 0.0])?;
    /// assert_eq!(answer.cells().len(), answer.titles().len());
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The cell of this title.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-aget-{}.safetensors", std::process::id()));
    /// # let mut net = Kinds::new(1);
    /// # net.set_param("dense_1.bias", &[0.0, 9.0])?;
    /// # net.save(&path)?;
    /// # let predictor = Kinds::predictor(&path)?;
    /// let answer = predictor.predict(&[0.0, 0.0])?;
    /// assert_eq!(answer.get("prediction"), answer.cells().first());
    /// assert_eq!(answer.get("weather"), None);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, title: &str) -> Option<&Cell> {
        self.titles.iter().position(|known| known == title).map(|at| &self.cells[at])
    }

    /// The class, if the answer begins with one.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-alabel-{}.safetensors", std::process::id()));
    /// # let mut net = Kinds::new(1);
    /// # net.set_param("dense_1.bias", &[0.0, 9.0])?;
    /// # net.save(&path)?;
    /// # let predictor = Kinds::predictor(&path)?;
    /// let answer = predictor.predict(&[0.0, 0.0])?;
    /// assert_eq!(answer.label(), Some("1"));
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn label(&self) -> Option<&str> {
        match self.cells.first() {
            Some(Cell::Label(label)) => Some(label),
            _ => None,
        }
    }

    /// The number of this title: a probability, a score or a value.
    ///
    /// ```
    /// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-anumber-{}.safetensors", std::process::id()));
    /// # let mut net = Kinds::new(1);
    /// # net.set_param("dense_1.bias", &[0.0, 9.0])?;
    /// # net.save(&path)?;
    /// # let predictor = Kinds::predictor(&path)?;
    /// let answer = predictor.predict(&[0.0, 0.0])?;
    /// assert!(answer.number("probability_1").is_some_and(|part| part > 0.99));
    /// assert_eq!(answer.number("prediction"), None);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn number(&self, title: &str) -> Option<f64> {
        match self.get(title) {
            Some(Cell::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn told(&self) -> Told<'_> {
        Told { titles: &self.titles, cells: &self.cells, precision: self.precision }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told().serialize(serializer)
    }
}

/// An answer that is only there to be written.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) titles: &'a [String],
    pub(super) cells: &'a [Cell],
    pub(super) precision: Precision,
}

impl Told<'_> {
    /// Puts the answer behind `out` as an object of JSON.
    pub(super) fn put_json(self, out: &mut Vec<u8>) {
        // A vector takes all that is written, and the keys are strings.
        let _ = serde_json::to_writer(out, &self);
    }

    /// Puts the cells behind `out` as those of CSV.
    pub(super) fn put_csv(self, separator: u8, out: &mut Vec<u8>) {
        for (number, cell) in self.cells.iter().enumerate() {
            if number > 0 {
                out.push(separator);
            }
            match (cell, self.precision) {
                (Cell::Label(label), _) => put_cell(label, separator, out),
                // With the digits that the network computes in, not with those of a number that was made longer.
                (Cell::Number(number), Precision::F32) => put_digits(*number, &(*number as f32), out),
                (Cell::Number(number), Precision::F64) => put_digits(*number, number, out),
            }
        }
    }
}

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.cells.len()))?;
        for (title, cell) in self.titles.iter().zip(self.cells) {
            match (cell, self.precision) {
                (Cell::Label(label), _) => map.serialize_entry(title, label)?,
                (Cell::Number(number), Precision::F32) => map.serialize_entry(title, &(*number as f32))?,
                (Cell::Number(number), Precision::F64) => map.serialize_entry(title, number)?,
            }
        }
        map.end()
    }
}

/// The shortest digits that mean `rounded`, without rows of zeros.
fn put_digits(number: f64, rounded: &(impl Display + LowerExp), out: &mut Vec<u8>) {
    // A vector takes all that is written.
    let _ = if number == 0.0 || (1e-4..1e15).contains(&number.abs()) {
        write!(out, "{rounded}")
    } else {
        write!(out, "{rounded:e}")
    };
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    #[test]
    fn numbers_have_the_digits_of_the_network_and_labels_their_quotes() {
        let titles: Arc<[String]> = ["prediction", "a", "b", "c", "d"].map(ToString::to_string).into();
        let numbers = [0.1f32, 1e-5, 0.0, f32::NAN].map(|x| Cell::Number(f64::from(x)));
        let cells: Vec<Cell> = [Cell::Label("x, \"y\"".into())].into_iter().chain(numbers).collect();
        let answer = Answer::new(&titles, cells, Precision::F32);
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        answer.told().put_csv(b',', &mut csv);
        answer.told().put_json(&mut json);
        assert_eq!(String::from_utf8(csv).unwrap(), "\"x, \"\"y\"\"\",0.1,1e-5,0,NaN");
        assert_eq!(
            String::from_utf8(json).unwrap(),
            r#"{"prediction":"x, \"y\"","a":0.1,"b":0.00001,"c":0.0,"d":null}"#
        );
        assert_eq!(
            (answer.label(), answer.number("c"), answer.number("prediction")),
            (Some("x, \"y\""), Some(0.0), None)
        );
    }
}
