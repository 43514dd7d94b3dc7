//! Which rows of a table make one example: one, a window, or a sequence; knows row numbers and encoded rows, no file.

use std::ops::Range;
use std::string::{String, ToString};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::examples::{Answers, Examples};
use super::fault::Fault;
use super::split::by_position;
use super::table::Cells;
use crate::recipe::{self, Split};

/// The most values that all examples of a table may hold: 2 GiB while they are f64.
pub(crate) const MOST_VALUES: usize = 1 << 28;

/// What of a table makes one example, as it travels with the weights: [`recipe::Grouping`].
///
/// ```
/// use nn_runtime::{data::Grouping, recipe};
/// let windows = recipe::Grouping::Windows { window: 48, horizon: 1, stride: 1 };
/// assert_eq!(Grouping::from(windows), Grouping::Windows { window: 48, horizon: 1, stride: 1 });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// Each row by itself.
    #[default]
    Rows,
    /// Some rows are the input, those behind them the target.
    Windows {
        /// Rows of the input.
        window: usize,
        /// Rows of the target.
        horizon: usize,
        /// Rows from the beginning of an example to that of the next.
        stride: usize,
    },
    /// Rows that follow each other with the same cell in a column.
    Sequences {
        /// The name of that column.
        column: String,
        /// Rows of the input; those that a sequence lacks are zeros.
        length: usize,
    },
}

/// The rows of one example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Those of its input.
    pub(crate) x: Range<usize>,
    /// Those of its target.
    pub(crate) y: Range<usize>,
}

impl From<recipe::Grouping> for Grouping {
    fn from(grouping: recipe::Grouping) -> Self {
        match grouping {
            recipe::Grouping::Rows => Self::Rows,
            recipe::Grouping::Windows { window, horizon, stride } => Self::Windows { window, horizon, stride },
            recipe::Grouping::Sequences { column, length } => Self::Sequences { column: column.to_string(), length },
        }
    }
}

impl Grouping {
    /// Rows of an input, with those that are added to it.
    pub(crate) fn input_rows(&self) -> usize {
        match self {
            Self::Rows => 1,
            Self::Windows { window, .. } => *window,
            Self::Sequences { length, .. } => *length,
        }
    }

    /// Rows of a target.
    pub(crate) fn target_rows(&self) -> usize {
        if let Self::Windows { horizon, .. } = self { *horizon } else { 1 }
    }

    /// The column that tells sequences apart.
    pub(crate) fn column(&self) -> Option<&str> {
        if let Self::Sequences { column, .. } = self { Some(column) } else { None }
    }
}

/// Windows of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    pub(crate) window: usize,
    pub(crate) horizon: usize,
    pub(crate) stride: usize,
}

impl Windows {
    /// The windows that lie in `rows` with their targets.
    ///
    /// # Errors
    /// If there is none; `part` says of which part of how many rows.
    pub(crate) fn within(
        self,
        rows: Range<usize>,
        part: Option<(&'static str, f64, usize)>,
    ) -> Result<Vec<Member>, Fault> {
        let Self { window, horizon, stride } = self;
        let needs = window.saturating_add(horizon);
        if rows.len() < needs {
            return Err(Fault::ShortPart { part, rows: rows.len(), window, horizon });
        }
        let begins = (rows.start..=rows.end - needs).step_by(stride.max(1));
        Ok(begins.map(|at| Member { x: at..at + window, y: at + window..at + needs }).collect())
    }

    /// The windows of the three parts of `rows` rows, and the rows that are trained on. The parts lie one behind the other, and no
    /// window reaches into another part, so that what is validated and tested on is unseen.
    ///
    /// # Errors
    /// If a part with a fraction above 0 has no whole window.
    pub(crate) fn parts(self, rows: usize, how: Split) -> Result<([Vec<Member>; 3], Range<usize>), Fault> {
        let ranges = by_position(rows, how);
        let train = ranges[0].clone();
        let mut parts = [const { Vec::new() }; 3];
        let named = [("train", how.train), ("validation", how.validation), ("test", how.test)];
        for ((part, range), (name, fraction)) in parts.iter_mut().zip(ranges).zip(named) {
            if fraction > 0.0 {
                *part = self.within(range, Some((name, fraction, rows)))?;
            }
        }
        Ok((parts, train))
    }
}

/// The sequences of a table whose ids are `cells`: runs of rows with the same id. Each target is that of the first row.
///
/// # Errors
/// The first row of a sequence of more than `length` rows, and what is wrong with it.
pub(crate) fn sequences(cells: &Cells, column: &str, length: usize) -> Result<Vec<Member>, (usize, Fault)> {
    let Cells::Categories { names, ids } = cells else { return Ok(Vec::new()) };
    let mut begin = 0;
    let mut found = Vec::new();
    for run in ids.chunk_by(|a, b| a == b) {
        if run.len() > length {
            let (column, id) = (column.to_string(), names[run[0] as usize].clone());
            return Err((begin, Fault::LongSequence { column, id, rows: run.len(), length }));
        }
        found.push(Member { x: begin..begin + run.len(), y: begin..begin + 1 });
        begin += run.len();
    }
    Ok(found)
}

/// Rows of a table as numbers, and how wide they are.
pub(crate) struct Encoded {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    /// Values of a row of `x` and of `y`.
    pub(crate) widths: [usize; 2],
    /// Whether `y` is class ids.
    pub(crate) classes: bool,
}

impl Encoded {
    /// The examples that are `members`, with `rows` rows in each input; `padding` says what stands at the places of those that it lacks.
    ///
    /// # Errors
    /// If they would take too much memory.
    pub(crate) fn gather(
        &self,
        members: &[Member],
        rows: usize,
        padding: &dyn Fn(usize) -> f64,
    ) -> Result<Examples<f64>, Fault> {
        let [wide, targets] = self.widths;
        let of_target = members.first().map_or(0, |member| member.y.len());
        let each = rows.saturating_mul(wide).saturating_add(of_target.saturating_mul(targets));
        let values = each.saturating_mul(members.len());
        if values > MOST_VALUES {
            return Err(Fault::TooManyValues { examples: members.len(), rows, values });
        }
        let mut inputs = Vec::with_capacity(members.len() * rows * wide);
        let mut answers = Vec::with_capacity(members.len() * of_target * targets);
        for Member { x, y } in members {
            inputs.extend_from_slice(&self.x[x.start * wide..x.end * wide]);
            inputs.extend((x.len() * wide..rows * wide).map(padding));
            answers.extend_from_slice(&self.y[y.start * targets..y.end * targets]);
        }
        let targets = if self.classes {
            Answers::Classes(answers.into_iter().map(|class| class as usize).collect())
        } else {
            Answers::Values(answers)
        };
        Ok(Examples { rows: members.len(), inputs, targets, sample_weights: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoded, Member, Windows, sequences};
    use crate::data::Answers;
    use crate::data::table::Cells;
    use crate::recipe::Split;
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    const HALVES: Split =
        Split { train: 0.5, validation: 0.25, test: 0.25, stratify: false, shuffle: true, folds: None };

    #[test]
    fn windows_stay_in_their_part() {
        let windows = Windows { window: 3, horizon: 1, stride: 2 };
        let (parts, train) = windows.parts(20, HALVES).unwrap();
        let begins = |part: &[Member]| part.iter().map(|member| member.x.start).collect::<Vec<_>>();
        assert_eq!(parts.each_ref().map(|part| begins(part)), [vec![0, 2, 4, 6], vec![10], vec![15]]);
        assert_eq!((parts[0][3].x.clone(), parts[0][3].y.clone(), train), (6..9, 9..10, 0..10));
        let error = windows.parts(12, HALVES).unwrap_err().to_string();
        assert_eq!(
            error,
            "validation = 0.25 of 12 rows is 3, and one example takes 4: a window of 3 and a horizon of 1"
        );
        assert_eq!(
            windows.within(0..2, None).unwrap_err().to_string(),
            "2 rows, and one example takes 4: a window of 3 and a horizon of 1"
        );
    }

    #[test]
    fn sequences_are_padded_with_zeros() {
        let names = ["a", "b"].map(ToString::to_string).to_vec();
        let cells = Cells::Categories { names, ids: vec![0, 0, 1, 1, 1, 0] };
        let members = sequences(&cells, "id", 3).unwrap();
        assert_eq!(members.iter().map(|member| member.x.clone()).collect::<Vec<_>>(), [0..2, 2..5, 5..6]);
        let encoded = Encoded {
            x: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            y: vec![0.0, 9.0, 1.0, 9.0, 9.0, 2.0],
            widths: [1, 1],
            classes: true,
        };
        let examples = encoded.gather(&members, 3, &|_| 0.0).unwrap();
        assert_eq!(examples.inputs, [1.0, 2.0, 0.0, 3.0, 4.0, 5.0, 6.0, 0.0, 0.0]);
        assert_eq!(examples.targets, Answers::Classes(vec![0, 1, 2]));
        let (row, fault) = sequences(&cells, "id", 2).unwrap_err();
        assert_eq!((row, fault.to_string()), (2, "sequence `b` of column `id` has 3 rows, and `length` is 2".into()));
    }

    #[test]
    fn what_does_not_fit_in_memory_is_refused() {
        let members: Vec<Member> = (0..1000).map(|at| Member { x: at..at + 1, y: at..at + 1 }).collect();
        let encoded = Encoded { x: vec![0.0; 1000], y: vec![0.0; 1000], widths: [1, 1], classes: false };
        assert_eq!(
            encoded.gather(&members, 1 << 20, &|_| 0.0).unwrap_err().to_string(),
            "1000 examples of 1048576 rows are 1048577000 values, more than the 268435456 that are held in memory; take a larger `stride`, or fewer rows"
        );
    }
}
