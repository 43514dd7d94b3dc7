//! How cells become numbers, as fitted on the training rows, and numbers cells again; knows no file and no network.

use std::string::String;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::table::{Cells, MISSING};
use crate::recipe::Encoding;

/// An [`Encoding`] with what the training rows taught it.
///
/// ```
/// use nn_runtime::data::Fitted;
/// let fitted = Fitted::MinMax { least: 0.0, greatest: 200.0, low: -1.0, high: 1.0 };
/// assert_eq!([0.0, 100.0, 200.0].map(|x| fitted.encode(x)), [-1.0, 0.0, 1.0]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fitted {
    /// The number itself.
    Number,
    /// `(x - mean) / deviation`
    Standardize {
        /// The mean of the training rows.
        mean: f64,
        /// Their standard deviation, divisor n; 0 for a constant column, whose values become 0.
        deviation: f64,
    },
    /// `(x - mean) / deviation` with numbers of their own for each channel: each value of the last axis.
    Normalize {
        /// Mean and deviation of each channel in turn; a deviation of 0 as for `Standardize`.
        channels: Vec<(f64, f64)>,
    },
    /// From `least..greatest` to `low..high`.
    MinMax {
        /// The smallest training value.
        least: f64,
        /// The largest training value.
        greatest: f64,
        /// Its image; a constant column becomes `low`.
        low: f64,
        /// The image of the largest.
        high: f64,
    },
    /// `x * factor + offset`
    Scale {
        /// What each number is multiplied by.
        factor: f64,
        /// What is added then.
        offset: f64,
    },
    /// 1 for the category at hand, 0 for the others.
    OneHot {
        /// The categories of the training rows.
        categories: Vec<String>,
    },
    /// The index of the category.
    Labels {
        /// The categories of the training rows.
        categories: Vec<String>,
    },
}

impl Fitted {
    /// Learns from the training `rows` of `cells`.
    pub(crate) fn fit(encoding: Encoding, cells: &Cells, rows: &[usize]) -> Self {
        match (encoding, cells) {
            (Encoding::Number, _) => Self::Number,
            (Encoding::Scale { factor, offset }, _) => Self::Scale { factor, offset },
            (Encoding::OneHot, Cells::Categories { .. }) => Self::OneHot { categories: categories(cells, rows) },
            (Encoding::Labels, Cells::Categories { .. }) => Self::Labels { categories: categories(cells, rows) },
            (Encoding::Standardize, Cells::Numbers(values)) => {
                let n = rows.len() as f64;
                let mean = rows.iter().map(|row| values[*row]).sum::<f64>() / n;
                let variance = rows.iter().map(|row| (values[*row] - mean).powi(2)).sum::<f64>() / n;
                let constant = rows.iter().all(|row| values[*row] == values[rows[0]]);
                Self::Standardize { mean, deviation: if constant { 0.0 } else { variance.sqrt() } }
            }
            (Encoding::MinMax { low, high }, Cells::Numbers(values)) => {
                let least = rows.iter().map(|row| values[*row]).fold(f64::INFINITY, f64::min);
                let greatest = rows.iter().map(|row| values[*row]).fold(f64::NEG_INFINITY, f64::max);
                Self::MinMax { least, greatest, low, high }
            }
            // A table is read by its encodings: numbers for the numeric ones, categories for the others.
            (
                Encoding::OneHot
                | Encoding::Labels
                | Encoding::Standardize
                | Encoding::Normalize { .. }
                | Encoding::MinMax { .. },
                _,
            ) => Self::Number,
        }
    }

    /// Its name in the language.
    ///
    /// ```
    /// use nn_runtime::data::Fitted;
    /// assert_eq!(Fitted::Standardize { mean: 0.0, deviation: 1.0 }.name(), "standardize");
    /// ```
    pub fn name(&self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Standardize { .. } => "standardize",
            Self::Normalize { .. } => "normalize",
            Self::MinMax { .. } => "min_max",
            Self::Scale { .. } => "scaled",
            Self::OneHot { .. } => "one_hot",
            Self::Labels { .. } => "labels",
        }
    }

    /// The categories, if it has any.
    ///
    /// ```
    /// use nn_runtime::data::Fitted;
    /// let fitted = Fitted::OneHot { categories: vec!["cat".into(), "dog".into()] };
    /// assert_eq!(fitted.categories().map(<[String]>::len), Some(2));
    /// assert_eq!(Fitted::Number.categories(), None);
    /// ```
    pub fn categories(&self) -> Option<&[String]> {
        match self {
            Self::OneHot { categories } | Self::Labels { categories } => Some(categories),
            Self::Number
            | Self::Standardize { .. }
            | Self::Normalize { .. }
            | Self::MinMax { .. }
            | Self::Scale { .. } => None,
        }
    }

    /// How many values a cell becomes.
    ///
    /// ```
    /// use nn_runtime::data::Fitted;
    /// let categories = vec!["cat".into(), "dog".into()];
    /// assert_eq!(Fitted::OneHot { categories: categories.clone() }.width(), 2);
    /// assert_eq!(Fitted::Labels { categories }.width(), 1);
    /// ```
    pub fn width(&self) -> usize {
        match self {
            Self::OneHot { categories } => categories.len(),
            Self::Number
            | Self::Standardize { .. }
            | Self::Normalize { .. }
            | Self::MinMax { .. }
            | Self::Scale { .. }
            | Self::Labels { .. } => 1,
        }
    }

    /// What is done with the value at a place of an array: that of its channel.
    ///
    /// ```
    /// use nn_runtime::data::Fitted;
    /// let fitted = Fitted::Normalize { channels: vec![(0.5, 0.25), (0.0, 1.0)] };
    /// // The third value is again of the first channel.
    /// assert_eq!(fitted.of(2), Fitted::Standardize { mean: 0.5, deviation: 0.25 });
    /// ```
    pub fn of(&self, place: usize) -> Self {
        match self {
            Self::Normalize { channels } => {
                let (mean, deviation) = channels[place % channels.len()];
                Self::Standardize { mean, deviation }
            }
            other => other.clone(),
        }
    }

    /// How many values of an array stand side by side that are not treated alike: the channels of `normalize`, else 1.
    ///
    /// ```
    /// use nn_runtime::data::Fitted;
    /// assert_eq!(Fitted::Normalize { channels: vec![(0.5, 0.25), (0.0, 1.0)] }.period(), 2);
    /// assert_eq!(Fitted::Number.period(), 1);
    /// ```
    pub fn period(&self) -> usize {
        if let Self::Normalize { channels } = self { channels.len() } else { 1 }
    }

    /// What the number `x` becomes; in an array with channels, that of the first: see [`Fitted::of`].
    ///
    /// ```
    /// use nn_runtime::data::Fitted;
    /// assert_eq!(Fitted::Standardize { mean: 40.0, deviation: 10.0 }.encode(55.0), 1.5);
    /// // A column that was constant in training says nothing.
    /// assert_eq!(Fitted::Standardize { mean: 40.0, deviation: 0.0 }.encode(55.0), 0.0);
    /// ```
    pub fn encode(&self, x: f64) -> f64 {
        match *self {
            Self::Normalize { .. } => self.of(0).encode(x),
            Self::Standardize { deviation: 0.0, .. } => 0.0,
            Self::Standardize { mean, deviation } => (x - mean) / deviation,
            Self::MinMax { least, greatest, low, .. } if least == greatest => low,
            Self::MinMax { least, greatest, low, high } => low + (x - least) / (greatest - least) * (high - low),
            Self::Scale { factor, offset } => x * factor + offset,
            Self::Number | Self::OneHot { .. } | Self::Labels { .. } => x,
        }
    }

    /// The number that becomes `value`: an output in the unit of its column; in an array with channels, that of the first.
    ///
    /// ```
    /// use nn_runtime::data::Fitted;
    /// let fitted = Fitted::Standardize { mean: 40.0, deviation: 10.0 };
    /// assert_eq!(fitted.decode(fitted.encode(55.0)), 55.0);
    /// ```
    pub fn decode(&self, value: f64) -> f64 {
        match *self {
            Self::Normalize { .. } => self.of(0).decode(value),
            Self::Standardize { mean, deviation } => value * deviation + mean,
            Self::MinMax { least, low, high, .. } if low == high => least,
            Self::MinMax { least, greatest, low, high } => least + (value - low) / (high - low) * (greatest - least),
            Self::Scale { factor, offset } => (value - offset) / factor,
            Self::Number | Self::OneHot { .. } | Self::Labels { .. } => value,
        }
    }
}

/// The categories of some rows: sorted as numbers if all of them are, else by name; a missing cell comes last.
fn categories(cells: &Cells, rows: &[usize]) -> Vec<String> {
    let Cells::Categories { names, ids } = cells else { return Vec::new() };
    let mut seen = std::vec![false; names.len()];
    for row in rows {
        seen[ids[*row] as usize] = true;
    }
    let mut found: Vec<String> =
        names.iter().zip(seen).filter(|(_, seen)| *seen).map(|(name, _)| name.clone()).collect();
    let number = |name: &str| name.parse().ok().filter(|x: &f64| x.is_finite());
    let numbers = found.iter().all(|name| name == MISSING || number(name).is_some());
    let key = |name: &str| if numbers { number(name).unwrap_or(f64::INFINITY) } else { 0.0 };
    found.sort_unstable_by(|a, b| {
        let by_number = key(a).total_cmp(&key(b));
        (a == MISSING).cmp(&(b == MISSING)).then(by_number).then_with(|| a.cmp(b))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::{Cells, Fitted};
    use crate::recipe::Encoding;
    use std::string::{String, ToString};
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn statistics_come_from_the_given_rows_and_go_back() {
        let cells = Cells::Numbers(vec![1.0, 3.0, 1000.0]);
        let fitted = Fitted::fit(Encoding::Standardize, &cells, &[0, 1]);
        assert_eq!(fitted, Fitted::Standardize { mean: 2.0, deviation: 1.0 });
        assert_eq!((fitted.encode(3.0), fitted.decode(1.0)), (1.0, 3.0));
        let fitted = Fitted::fit(Encoding::MinMax { low: -1.0, high: 1.0 }, &cells, &[0, 1]);
        assert_eq!((fitted.encode(1.0), fitted.encode(2.0), fitted.encode(3.0)), (-1.0, 0.0, 1.0));
        assert_eq!(fitted.decode(0.0), 2.0);
    }

    #[test]
    fn each_channel_has_its_own_mean_and_deviation() {
        let fitted = Fitted::Normalize { channels: vec![(1.0, 2.0), (10.0, 0.0)] };
        let of = |place: usize, x: f64| (fitted.of(place).encode(x), fitted.of(place).decode(x));
        assert_eq!((of(0, 5.0), of(2, 5.0)), ((2.0, 11.0), (2.0, 11.0)));
        assert_eq!((of(1, 5.0), of(3, 7.0)), ((0.0, 10.0), (0.0, 10.0)));
        assert_eq!((fitted.period(), Fitted::Number.period()), (2, 1));
        let json = serde_json::to_string(&fitted).unwrap();
        assert_eq!(json, r#"{"normalize":{"channels":[[1.0,2.0],[10.0,0.0]]}}"#);
        assert_eq!(serde_json::from_str::<Fitted>(&json).unwrap(), fitted);
    }

    #[test]
    fn a_constant_column_becomes_0_or_low() {
        let cells = Cells::Numbers(vec![0.1, 0.1, 0.1]);
        assert_eq!(Fitted::fit(Encoding::Standardize, &cells, &[0, 1, 2]).encode(5.0), 0.0);
        assert_eq!(Fitted::fit(Encoding::MinMax { low: 0.25, high: 1.0 }, &cells, &[0, 1, 2]).encode(5.0), 0.25);
    }

    #[test]
    fn categories_are_sorted_as_numbers_if_they_are_and_missing_ones_come_last() {
        let sorted = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let ids = (0..names.len() as u32).collect();
            let rows: Vec<usize> = (0..names.len()).collect();
            let fitted = Fitted::fit(Encoding::Labels, &Cells::Categories { names, ids }, &rows);
            fitted.categories().map(<[String]>::to_vec).unwrap_or_default()
        };
        assert_eq!(sorted(&["10", "?", "2", "-1"]), ["-1", "2", "10", "?"]);
        assert_eq!(sorted(&["b", "10", "2", "a"]), ["10", "2", "a", "b"]);
    }
}
