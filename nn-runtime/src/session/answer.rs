//! What the outputs of a network say in the words of the data: labels, probabilities, values in their units; knows no file.

use std::string::{String, ToString};
use std::vec::Vec;

use crate::data::{Column, Fitted};
use crate::program::Head;

/// One thing that is said about a row.
///
/// ```
/// # nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-cell-{}.safetensors", std::process::id()));
/// # let mut net = Kinds::new(1);
/// # net.set_param("dense_1.bias", &[0.0, 9.0])?;
/// # net.save(&path)?;
/// # let predictor = Kinds::predictor(&path)?;
/// let answer = predictor.predict(&[0.0, 0.0])?;
/// use nn_runtime::session::Cell;
/// for (title, cell) in answer.titles().iter().zip(answer.cells()) {
///     match cell {
///         Cell::Label(label) => println!("{title}: {label}"),
///         Cell::Number(number) => println!("{title}: {number:.2}"),
///     }
/// }
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A label.
    Label(String),
    /// A probability, a score or a value.
    Number(f64),
}

/// How outputs become answers.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) head: Head,
    /// From which output on a single one says class 1.
    pub(super) threshold: f64,
    pub(super) outputs: usize,
}

impl Answers {
    /// What each cell of an answer is called.
    pub(super) fn titles(&self, y: &[Column]) -> Vec<String> {
        let mut titles = Vec::new();
        if let [Column { fitted: Fitted::Labels { categories } | Fitted::OneHot { categories }, .. }] = y {
            titles.push("prediction".to_string());
            let prefix = if self.head == Head::Linear { "output" } else { "probability" };
            if self.outputs == 1 && self.head == Head::Linear {
                titles.push(prefix.into());
            } else {
                titles.extend(categories.iter().map(|category| std::format!("{prefix}_{category}")));
            }
            return titles;
        }
        for column in y {
            let title = if y.len() == 1 { "prediction".into() } else { std::format!("prediction_{}", column.title()) };
            match &column.fitted {
                Fitted::OneHot { categories } => {
                    titles.extend(categories.iter().map(|category| std::format!("{title}_{category}")));
                }
                Fitted::Labels { .. } if self.is_choice(y) => titles.push(title),
                Fitted::Labels { .. } => titles.extend([title, std::format!("output_{}", column.title())]),
                Fitted::Number
                | Fitted::Standardize { .. }
                | Fitted::Normalize { .. }
                | Fitted::MinMax { .. }
                | Fitted::Scale { .. } => titles.push(title),
            }
        }
        titles
    }

    /// Whether each column of labels has an output for each of its classes, not one for two of them.
    fn is_choice(&self, y: &[Column]) -> bool {
        let classes = |column: &Column| match &column.fitted {
            Fitted::Labels { categories } => categories.len(),
            other => other.width(),
        };
        y.len() > 1 && self.outputs > y.len() && y.iter().map(classes).sum::<usize>() == self.outputs
    }

    /// The answer of one row of outputs.
    pub(super) fn answer(&self, y: &[Column], outputs: &[f64]) -> Vec<Cell> {
        match (y, outputs) {
            ([Column { fitted: Fitted::Labels { categories }, .. }], [output]) => self.one_of_two(categories, *output),
            ([Column { fitted: Fitted::Labels { categories } | Fitted::OneHot { categories }, .. }], _) => {
                self.one_of_many(categories, outputs)
            }
            _ => self.values(y, outputs),
        }
    }

    fn one_of_two(&self, categories: &[String], output: f64) -> Vec<Cell> {
        let label = Cell::Label(categories[usize::from(output >= self.threshold)].clone());
        if self.head == Head::Linear {
            return std::vec![label, Cell::Number(output)];
        }
        let output = self.probability(output);
        std::vec![label, Cell::Number(1.0 - output), Cell::Number(output)]
    }

    fn one_of_many(&self, categories: &[String], outputs: &[f64]) -> Vec<Cell> {
        let mut best = 0;
        for (class, output) in outputs.iter().enumerate() {
            if *output > outputs[best] {
                best = class;
            }
        }
        let mut cells = std::vec![Cell::Label(categories[best].clone())];
        cells.extend(outputs.iter().map(|output| Cell::Number(self.probability(*output))));
        cells
    }

    fn values(&self, y: &[Column], outputs: &[f64]) -> Vec<Cell> {
        let mut cells = Vec::new();
        let choice = self.is_choice(y);
        let mut outputs = outputs.iter().copied();
        for column in y {
            if let (true, Fitted::Labels { categories }) = (choice, &column.fitted) {
                let scores: Vec<f64> = outputs.by_ref().take(categories.len()).collect();
                cells.extend(self.one_of_many(categories, &scores).into_iter().take(1));
                continue;
            }
            for output in outputs.by_ref().take(column.fitted.width()) {
                if let Fitted::Labels { categories } = &column.fitted {
                    cells.push(Cell::Label(categories[usize::from(output >= self.threshold)].clone()));
                }
                cells.push(Cell::Number(column.fitted.decode(output)));
            }
        }
        cells
    }

    fn probability(&self, output: f64) -> f64 {
        if self.head == Head::LogSoftmax { libm::exp(output) } else { output }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Cell};
    use crate::data::{Column, Fitted};
    use crate::program::Head;
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn column(name: &str, fitted: Fitted) -> Column {
        Column { index: 0, name: Some(name.into()), fitted }
    }

    fn labels(categories: &[&str]) -> Fitted {
        Fitted::Labels { categories: categories.iter().map(ToString::to_string).collect() }
    }

    /// Titles and cells side by side.
    fn said(head: Head, threshold: f64, y: &[Column], outputs: &[f64]) -> Vec<String> {
        let answers = Answers { head, threshold, outputs: outputs.len() };
        let cells = answers.answer(y, outputs);
        let titles = answers.titles(y);
        assert_eq!(titles.len(), cells.len());
        let pairs = titles.iter().zip(cells);
        pairs
            .map(|(title, cell)| match cell {
                Cell::Label(label) => std::format!("{title} {label}"),
                Cell::Number(number) => std::format!("{title} {number}"),
            })
            .collect()
    }

    #[test]
    fn one_output_tells_two_classes_apart() {
        let y = [column("kind", labels(&["no", "yes"]))];
        assert_eq!(
            said(Head::Sigmoid, 0.5, &y, &[0.75]),
            ["prediction yes", "probability_no 0.25", "probability_yes 0.75"]
        );
        assert_eq!(said(Head::Linear, 0.0, &y, &[-0.5]), ["prediction no", "output -0.5"]);
    }

    #[test]
    fn the_largest_of_several_outputs_is_the_class() {
        let y = [column("kind", labels(&["a", "b"]))];
        assert_eq!(
            said(Head::LogSoftmax, 0.5, &y, &[0.0, f64::NEG_INFINITY]),
            ["prediction a", "probability_a 1", "probability_b 0"]
        );
        assert_eq!(said(Head::Linear, 0.0, &y, &[1.0, 3.0]), ["prediction b", "output_a 1", "output_b 3"]);
        let one_hot = [column("kind", Fitted::OneHot { categories: ["a", "b"].map(String::from).into() })];
        assert_eq!(
            said(Head::Softmax, 0.5, &one_hot, &[0.25, 0.75]),
            ["prediction b", "probability_a 0.25", "probability_b 0.75"]
        );
    }

    #[test]
    fn each_row_ahead_has_its_class() {
        let y = [column("kind_1", labels(&["a", "b", "c"])), column("kind_2", labels(&["a", "b", "c"]))];
        let outputs = [0.25, 0.5, 0.25, 0.0, 0.25, 0.75];
        assert_eq!(said(Head::Softmax, 0.5, &y, &outputs), ["prediction_kind_1 b", "prediction_kind_2 c"]);
    }

    #[test]
    fn values_come_back_in_their_units() {
        let scaled = Fitted::Standardize { mean: 10.0, deviation: 2.0 };
        assert_eq!(said(Head::Linear, 0.5, &[column("a", scaled.clone())], &[1.5]), ["prediction 13"]);
        let y = [column("a", scaled), column("b", Fitted::Number), column("c", labels(&["no", "yes"]))];
        assert_eq!(
            said(Head::Linear, 0.5, &y, &[1.5, 7.0, 0.5]),
            ["prediction_a 13", "prediction_b 7", "prediction_c yes", "output_c 0.5"]
        );
    }
}
