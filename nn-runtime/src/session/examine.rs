//! A closer look at rows with trained weights, in the words of the data: what a report shows beside figures; knows no page.

use std::string::{String, ToString};
use std::vec::Vec;

use super::answer::{Answers, Cell};
use super::evaluate::Judge;
use super::inputs::{Part, outputs};
use crate::batch::{Rows, Targets};
use crate::data::{Column, Encodings, Files, Fitted};
use crate::error::Error;
use crate::metric::roc;
use crate::network::loss_of;
use crate::program::Head;
use crate::real::Real;
use crate::report::{Examined, Example, Image, Pairs, RocCurve, Shown};

/// Rows that are looked at: enough for curves, and soon done.
const ROWS: usize = 10_000;
/// Of a curve, of pairs, and rows with large losses.
const CURVE: usize = 200;
const PAIRS: usize = 2000;
const WORST: usize = 12;
/// Outputs that are shown each by itself; more are shown together.
const ALONE: usize = 4;
/// Cells of an example, and letters of a text.
const CELLS: usize = 16;
const LETTERS: usize = 200;

/// What there is to see in a part.
struct Look<'a, T: 'static> {
    judge: &'a Judge<T>,
    encodings: &'a Encodings,
    part: &'a Part<T>,
    rows: usize,
    /// Targets of a row.
    each: usize,
    outputs: Vec<T>,
}

/// Looks at the last of these splits that has rows: to train, to validate, to test.
pub(super) fn examine_last<T: Real>(
    judge: &Judge<T>,
    weights: &[T],
    encodings: &Encodings,
    [train, validation, test]: [&Part<T>; 3],
) -> Result<Examined, Error> {
    let splits = [("test", test), ("validation", validation)];
    let (split, part) = splits.into_iter().find(|(_, part)| part.rows > 0).unwrap_or(("train", train));
    examine(judge, weights, encodings, split, part)
}

/// Looks at the rows of `part`, which is the split of this name.
fn examine<T: Real>(
    judge: &Judge<T>,
    weights: &[T],
    encodings: &Encodings,
    split: &'static str,
    part: &Part<T>,
) -> Result<Examined, Error> {
    let program = judge.program;
    let rows = part.rows.min(ROWS);
    let outputs = outputs(program, weights, &part.inputs[..rows * program.inputs], judge.threads)?;
    let each = part.targets().len().checked_div(part.rows).unwrap_or(0);
    let look = Look { judge, encodings, part, rows, each, outputs };
    let (roc, pairs) = (look.curves(), look.pairs());
    Ok(Examined { split, rows: part.rows, looked_at: rows, roc, pairs, worst: look.worst() })
}

impl<T: Real> Look<'_, T> {
    fn output(&self, row: usize) -> &[T] {
        let width = self.judge.program.outputs;
        &self.outputs[row * width..(row + 1) * width]
    }

    fn head(&self) -> Head {
        self.judge.program.head
    }

    /// The curves of classes, each against the rest; of one output, or of outputs that are 0 or 1, the curve of 1.
    fn curves(&self) -> Vec<RocCurve> {
        let width = self.judge.program.outputs;
        let stated = self.judge.program.stated().is_some();
        match (self.part.targets(), self.encodings.classes()) {
            (Targets::Classes(classes), Some(labels)) if self.each == 1 && !stated => {
                let of = |class: usize, output: usize| {
                    let rows = (0..self.rows).map(|row| (self.output(row)[output].to_f64(), classes[row] == class));
                    self.curve(labels[class].clone(), rows.collect())
                };
                match width {
                    1 if labels.len() == 2 => std::vec![of(1, 0)],
                    _ if width == labels.len() => (0..width).map(|class| of(class, class)).collect(),
                    _ => Vec::new(),
                }
            }
            (Targets::Values(values), _) if self.each == width => self.curves_of_values(values, width),
            _ => Vec::new(),
        }
    }

    fn curves_of_values(&self, values: &[T], width: usize) -> Vec<RocCurve> {
        let values = &values[..self.rows * width];
        let is_probability = matches!(self.head(), Head::Sigmoid | Head::Softmax);
        if !is_probability || !values.iter().all(|value| *value == T::ZERO || *value == T::ONE) {
            return Vec::new();
        }
        let pairs: Vec<(f64, bool)> =
            self.outputs.iter().zip(values).map(|(output, target)| (output.to_f64(), *target == T::ONE)).collect();
        let names = self.names();
        if width > 1 && (width > CELLS || names.len() != width) {
            return std::vec![self.curve("all outputs".to_string(), pairs)];
        }
        let of = |output: usize| pairs.iter().skip(output).step_by(width).copied().collect();
        names.into_iter().enumerate().map(|(output, name)| self.curve(name, of(output))).collect()
    }

    fn curve(&self, name: String, rows: Vec<(f64, bool)>) -> RocCurve {
        let (points, area) = roc::curve(rows, CURVE);
        RocCurve { name, area, points }
    }

    /// A name for each output that is told apart.
    fn names(&self) -> Vec<String> {
        let named = |column: &Column| match &column.fitted {
            Fitted::OneHot { categories } => categories.clone(),
            _ => std::vec![column.title()],
        };
        self.encodings.targets().iter().flat_map(named).collect()
    }

    /// For values, what should be and what is, in the units of the data.
    fn pairs(&self) -> Vec<Pairs> {
        let width = self.judge.program.outputs;
        let Targets::Values(values) = self.part.targets() else { return Vec::new() };
        let columns = self.encodings.targets();
        let plain = columns.iter().all(|column| column.fitted.categories().is_none());
        if self.each != width || self.head() != Head::Linear && self.head() != Head::Sigmoid || !plain || width == 0 {
            return Vec::new();
        }
        if !self.curves_of_values(values, width).is_empty() {
            return Vec::new();
        }
        let alone = columns.len() == width && width <= ALONE;
        let pair = |place: usize| {
            let fitted = columns.get(place % width.min(columns.len())).map(|column| &column.fitted);
            let decoded = |value: T| fitted.map_or(value.to_f64(), |fitted| fitted.decode(value.to_f64()));
            (decoded(values[place]), decoded(self.outputs[place]))
        };
        let spread = |places: Vec<usize>| -> Vec<(f64, f64)> {
            let shown = places.len().min(PAIRS);
            (0..shown).map(|number| pair(places[number * places.len() / shown])).collect()
        };
        if !alone {
            let all = (0..self.rows * width).collect();
            return std::vec![Pairs { name: "all outputs".to_string(), points: spread(all) }];
        }
        let of = |(output, column): (usize, &Column)| Pairs {
            name: column.title(),
            points: spread((0..self.rows).map(|row| row * width + output).collect()),
        };
        columns.iter().enumerate().map(of).collect()
    }

    /// The rows with the largest losses.
    fn worst(&self) -> Vec<Example> {
        let program = self.judge.program;
        let loss = |row: usize| {
            let inputs = &self.part.inputs[row * program.inputs..(row + 1) * program.inputs];
            let target = self.part.targets().slice(row, 1, self.each);
            loss_of(program, Rows::new(inputs, program.inputs), self.output(row), target, self.judge.loss)
        };
        let mut losses: Vec<(f64, usize)> = (0..self.rows).map(|row| (loss(row), row)).collect();
        // What is no number is worst; of equals, the first row comes first.
        let key = |loss: f64| if loss.is_nan() { f64::INFINITY } else { loss };
        losses.sort_by(|a, b| key(b.0).total_cmp(&key(a.0)).then(a.1.cmp(&b.1)));
        let columns = (self.encodings.inputs(), self.encodings.targets());
        losses.into_iter().take(WORST).map(|(loss, row)| self.example(row, loss, &columns)).collect()
    }

    fn example(&self, row: usize, loss: f64, (x, y): &(Vec<Column>, Vec<Column>)) -> Example {
        let program = self.judge.program;
        let inputs = &self.part.inputs[row * program.inputs..(row + 1) * program.inputs];
        let (target, prediction) = match self.encodings {
            Encodings::Text(_) => self.characters(row, y),
            _ => (self.target(row, y), self.prediction(row, y)),
        };
        Example { row, loss, input: self.input(inputs, x), target, prediction }
    }

    fn target(&self, row: usize, y: &[Column]) -> String {
        let Some(first) = y.first() else { return String::new() };
        match self.part.targets().slice(row, 1, self.each) {
            Targets::Classes(ids) => {
                let name = |(column, id): (&Column, &usize)| {
                    let categories = column.fitted.categories().unwrap_or_default();
                    categories.get(*id).cloned().unwrap_or_else(|| id.to_string())
                };
                let columns = y.iter().chain(std::iter::repeat(first));
                some(columns.zip(ids).map(name).collect())
            }
            Targets::Values(values) => some(cells(y, values)),
        }
    }

    fn prediction(&self, row: usize, y: &[Column]) -> String {
        let output: Vec<f64> = self.output(row).iter().map(|value| value.to_f64()).collect();
        let stated = self.judge.program.stated().is_some();
        let wide: usize = y.iter().map(|column| column.fitted.categories().map_or(1, <[String]>::len)).sum();
        if stated || y.is_empty() || (wide != output.len() && !(y.len() == 1 && output.len() == 1)) {
            return some(output.into_iter().map(figure).collect());
        }
        let threshold = self.judge.loss.threshold();
        let answers = Answers { head: self.head(), threshold, outputs: output.len() };
        let cells = answers.answer(y, &output);
        match (&cells[..], y) {
            ([Cell::Label(label), numbers @ ..], [_]) => {
                let best = numbers.iter().filter_map(|cell| if let Cell::Number(x) = cell { Some(*x) } else { None });
                let best = best.fold(f64::NEG_INFINITY, f64::max);
                std::format!("{label} ({})", figure(best))
            }
            _ => some(
                cells
                    .into_iter()
                    .map(|cell| match cell {
                        Cell::Label(label) => label,
                        Cell::Number(x) => figure(x),
                    })
                    .collect(),
            ),
        }
    }

    /// What characters should come next, and which are thought most likely.
    fn characters(&self, row: usize, y: &[Column]) -> (String, String) {
        let categories = y.first().and_then(|column| column.fitted.categories()).unwrap_or_default();
        let letter = |id: usize| categories.get(id).cloned().unwrap_or_default();
        let target = match self.part.targets().slice(row, 1, self.each) {
            Targets::Classes(ids) => ids.iter().map(|id| letter(*id)).collect(),
            Targets::Values(_) => String::new(),
        };
        let most =
            |scores: &[T]| (0..scores.len()).fold(0, |best, id| if scores[id] > scores[best] { id } else { best });
        let output = self.output(row).chunks(categories.len().max(1));
        (short(target), short(output.map(|scores| letter(most(scores))).collect()))
    }

    fn input(&self, inputs: &[T], x: &[Column]) -> Shown {
        if let Encodings::Text(_) = self.encodings {
            let letters = x.iter().zip(inputs).map(|(column, id)| {
                let categories = column.fitted.categories().unwrap_or_default();
                categories.get(id.to_f64() as usize).cloned().unwrap_or_default()
            });
            return Shown::Text(short(letters.collect()));
        }
        if let Some((height, width, channels)) = self.picture() {
            let decoded = |(place, value): (usize, &T)| {
                let column = x.get(place).or(x.first());
                column.map_or(value.to_f64(), |column| column.fitted.decode(value.to_f64()))
            };
            let values: Vec<f64> = inputs.iter().enumerate().map(decoded).collect();
            return Shown::Image(Image { width, height, channels, bytes: bytes(&values) });
        }
        let names = x.iter().map(Column::title);
        let mut shown: Vec<(String, String)> = names.zip(cells(x, inputs)).collect();
        let more = shown.len().saturating_sub(CELLS);
        shown.truncate(CELLS);
        if more > 0 {
            shown.push(("…".to_string(), std::format!("and {more} more")));
        }
        Shown::Cells(shown)
    }

    /// Height, width and channels, if inputs are pictures.
    fn picture(&self) -> Option<(usize, usize, usize)> {
        let is_image = match self.encodings {
            Encodings::Arrays(arrays) => matches!(arrays.files, Files::Idx(_) | Files::Images(_)),
            Encodings::Table(_) | Encodings::Text(_) => false,
        };
        let large = |height: usize, width: usize| height >= 4 && width >= 4;
        match *self.judge.program.input {
            [height, width, channels @ (1 | 3)] if large(height, width) => Some((height, width, channels)),
            [height, width] if is_image && large(height, width) => Some((height, width, 1)),
            [values] if is_image => {
                let side = values.isqrt();
                (side * side == values && side >= 4).then_some((side, side, 1))
            }
            _ => None,
        }
    }
}

/// The bytes of pixels: numbers from 0 to 1 or from 0 to 255 as they are, any others from their least to their greatest.
fn bytes(values: &[f64]) -> Vec<u8> {
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let (low, high) = match (low, high) {
        // What is decoded from rounded numbers may be a little less than 0.
        (low, high) if low >= -0.01 && high <= 1.01 => (0.0, 1.0),
        (low, high) if low >= -1.01 && high <= 1.01 => (-1.0, 1.0),
        (low, high) if low >= -0.6 && high <= 255.6 => (0.0, 255.0),
        (low, high) if low < high => (low, high),
        _ => (0.0, 1.0),
    };
    values.iter().map(|value| ((value - low) / (high - low) * 255.0).round() as u8).collect()
}

/// Values in the words of their columns.
fn cells<T: Real>(columns: &[Column], values: &[T]) -> Vec<String> {
    let mut shown = Vec::new();
    let mut values = values.iter().map(|value| value.to_f64());
    // Rows of a window repeat their columns.
    for column in columns.iter().cycle().take(values.len()) {
        let of: Vec<f64> = values.by_ref().take(column.fitted.width()).collect();
        let Some(first) = of.first() else { break };
        shown.push(match &column.fitted {
            Fitted::OneHot { categories } => {
                let at = of.iter().position(|value| *value > 0.5);
                at.and_then(|at| categories.get(at)).cloned().unwrap_or_default()
            }
            Fitted::Labels { categories } => {
                categories.get(first.round() as usize).cloned().unwrap_or_else(|| figure(*first))
            }
            fitted => figure(decoded(fitted, *first)),
        });
    }
    shown
}

/// A number in the unit of its column. What is left of 0 by rounding is 0.
fn decoded(fitted: &Fitted, value: f64) -> f64 {
    let (number, next) = (fitted.decode(value), fitted.decode(value + 1.0));
    if number.abs() < 1e-6 * (next - number).abs() { 0.0 } else { number }
}

/// Some things as one text: not more of them than can be read.
fn some(mut list: Vec<String>) -> String {
    let more = list.len().saturating_sub(CELLS / 2);
    list.truncate(CELLS / 2);
    if more > 0 {
        list.push(std::format!("… ({more} more)"));
    }
    list.join(", ")
}

fn short(text: String) -> String {
    if text.chars().count() <= LETTERS { text } else { text.chars().take(LETTERS).chain(['…']).collect() }
}

/// A number with about four digits.
fn figure(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    if !(1e-3..1e6).contains(&size) {
        return std::format!("{value:.3e}");
    }
    let digits = (3 - size.log10().floor() as i32).clamp(0, 6) as usize;
    let text = std::format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{bytes, figure, some};
    use std::string::ToString;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 1.0, 0.123_456, 1234.56, -5.5, 1e-9].map(figure),
            ["0", "1", "0.1235", "1235", "-5.5", "1.000e-9"]
        );
        assert_eq!(some((0..20).map(|n| n.to_string()).collect()), "0, 1, 2, 3, 4, 5, 6, 7, … (12 more)");
    }

    #[test]
    fn pixels_keep_their_scale() {
        assert_eq!(bytes(&[0.0, 1.0, 0.5]), [0, 255, 128]);
        assert_eq!(bytes(&[0.0, 255.0, 7.0]), [0, 255, 7]);
        assert_eq!(bytes(&[-2.0, 2.0]), [0, 255]);
        assert_eq!(bytes(&[7.0, 7.0]), [7, 7]);
    }
}
