//! Batches as they come from the user: rows of inputs and their targets, borrowed and never copied.
//!
//! ```
//! use nn_runtime::{Rows, Targets};
//! // Rows as arrays, or all values one behind the other.
//! let (arrays, flat) = (Rows::from(&[[1.0, 2.0], [3.0, 4.0]]), Rows::new(&[1.0, 2.0, 3.0, 4.0], 2));
//! assert_eq!((arrays.values, arrays.width), (flat.values, flat.width));
//! // Whole numbers are class ids.
//! assert!(matches!(Targets::<f32>::from(&[0, 2]), Targets::Classes([0, 2])));
//! ```

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::error::Error;
use crate::real::Real;

/// Rows of inputs: `values.len() / width` rows, one after the other.
///
/// ```
/// use nn_runtime::Rows;
/// let rows = Rows::from(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// assert_eq!((rows.values.len(), rows.width), (6, 2));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, T> {
    /// All values, row by row.
    pub values: &'a [T],
    /// Values in a row.
    pub width: usize,
    /// How much each row counts in the loss, as [`Rows::weighted`] says; empty: all the same.
    pub sample_weights: &'a [f64],
}

impl<'a, T> Rows<'a, T> {
    /// Rows of `width` values in one flat slice.
    ///
    /// ```
    /// # use nn_runtime::Rows;
    /// let rows = Rows::new(&[1.0, 2.0, 3.0, 4.0], 2);
    /// assert_eq!(rows.check(2)?, 2);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub const fn new(values: &'a [T], width: usize) -> Self {
        Rows { values, width, sample_weights: &[] }
    }

    /// The same rows, each of which counts in the loss as much as its weight says: the loss is `sum w_i loss_i / sum w_i`, so that a row
    /// of weight 2 is as good as two. Metrics count all rows alike, and predictions do not look at weights.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1, sigmoid) > }
    /// use nn_runtime::{Rows, Trainer};
    /// # let mut net = Net::new(1);
    /// let (inputs, answers) = ([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 0, 1]);
    /// // As sure of the last row as of both others together.
    /// let rows = Rows::from(&inputs).weighted(&[1.0, 1.0, 2.0]);
    /// Trainer::new(&mut net).fit(rows, &answers, 10)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub const fn weighted(self, sample_weights: &'a [f64]) -> Self {
        Rows { sample_weights, ..self }
    }

    /// How much all rows count in the loss together: as many as they are, if they all count the same.
    #[cfg(feature = "alloc")]
    pub(crate) fn counted(&self) -> f64 {
        if self.sample_weights.is_empty() {
            (self.values.len() / self.width.max(1)) as f64
        } else {
            self.sample_weights.iter().sum()
        }
    }

    /// The number of rows, if the rows have the `inputs` values that a network takes and there is at least one.
    ///
    /// ```
    /// # use nn_runtime::Rows;
    /// let rows = Rows::from(&[[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(rows.check(2)?, 2);
    /// assert!(rows.check(3).is_err());
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InputWidth`] and [`Error::NoRows`]; for weights that are not as many as the rows, or none, [`Error::SampleWeights`] and
    /// [`Error::SampleWeight`].
    pub fn check(&self, inputs: usize) -> Result<usize, Error> {
        if self.width != inputs || inputs == 0 || !self.values.len().is_multiple_of(inputs) {
            return Err(Error::InputWidth { expected: inputs, width: self.width, values: self.values.len() });
        }
        if self.values.is_empty() {
            return Err(Error::NoRows);
        }
        let (rows, found) = (self.values.len() / inputs, self.sample_weights.len());
        if found != 0 && found != rows {
            return Err(Error::SampleWeights { rows, found });
        }
        match self.sample_weights.iter().zip(0..).find(|(weight, _)| !(**weight >= 0.0 && weight.is_finite())) {
            Some((&weight, row)) => Err(Error::SampleWeight { row, weight }),
            None => Ok(rows),
        }
    }
}

impl<'a, T, const N: usize> From<&'a [[T; N]]> for Rows<'a, T> {
    fn from(rows: &'a [[T; N]]) -> Self {
        Rows::new(rows.as_flattened(), N)
    }
}

impl<'a, T, const N: usize, const M: usize> From<&'a [[T; N]; M]> for Rows<'a, T> {
    fn from(rows: &'a [[T; N]; M]) -> Self {
        Rows::new(rows.as_flattened(), N)
    }
}

#[cfg(feature = "alloc")]
impl<'a, T, const N: usize> From<&'a Vec<[T; N]>> for Rows<'a, T> {
    fn from(rows: &'a Vec<[T; N]>) -> Self {
        Rows::new(rows.as_flattened(), N)
    }
}

/// What the outputs of a batch should be.
///
/// ```
/// use nn_runtime::Targets;
/// // Whole numbers are classes, others are values.
/// assert!(matches!(Targets::<f32>::from(&[2, 0, 1]), Targets::Classes([2, 0, 1])));
/// assert!(matches!(Targets::from(&[[0.5_f32], [1.5]]), Targets::Values([0.5, 1.5])));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a, T> {
    /// A class id for each row; for outputs of several axes, one for each position before the last axis.
    Classes(&'a [usize]),
    /// A value for each output, row by row.
    Values(&'a [T]),
}

impl<'a, T> Targets<'a, T> {
    /// How many targets there are.
    ///
    /// ```
    /// # use nn_runtime::Targets;
    /// assert_eq!(Targets::from(&[[0.5_f32, 1.0], [1.5, 2.0]]).len(), 4);
    /// ```
    pub const fn len(&self) -> usize {
        match self {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.len(),
        }
    }

    /// Whether there are none.
    ///
    /// ```
    /// # use nn_runtime::Targets;
    /// assert!(Targets::<f32>::Classes(&[]).is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The targets that belong to the `rows` from row `start` on, of which each has `each` targets.
    ///
    /// ```
    /// # use nn_runtime::Targets;
    /// // Two values each: the second and the third of three rows.
    /// let targets = Targets::Values(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).slice(1, 2, 2);
    /// assert!(matches!(targets, Targets::Values([2.0, 3.0, 4.0, 5.0])));
    /// ```
    pub fn slice(&self, start: usize, rows: usize, each: usize) -> Targets<'a, T> {
        let place = start * each..(start + rows) * each;
        match *self {
            Targets::Classes(classes) => Targets::Classes(&classes[place]),
            Targets::Values(values) => Targets::Values(&values[place]),
        }
    }
}

impl<'a, T: Real> From<&'a [usize]> for Targets<'a, T> {
    fn from(classes: &'a [usize]) -> Self {
        Targets::Classes(classes)
    }
}

impl<'a, T: Real, const M: usize> From<&'a [usize; M]> for Targets<'a, T> {
    fn from(classes: &'a [usize; M]) -> Self {
        Targets::Classes(classes)
    }
}

#[cfg(feature = "alloc")]
impl<'a, T: Real> From<&'a Vec<usize>> for Targets<'a, T> {
    fn from(classes: &'a Vec<usize>) -> Self {
        Targets::Classes(classes)
    }
}

impl<'a, T: Real, const N: usize> From<&'a [[usize; N]]> for Targets<'a, T> {
    fn from(rows: &'a [[usize; N]]) -> Self {
        Targets::Classes(rows.as_flattened())
    }
}

impl<'a, T: Real, const N: usize, const M: usize> From<&'a [[usize; N]; M]> for Targets<'a, T> {
    fn from(rows: &'a [[usize; N]; M]) -> Self {
        Targets::Classes(rows.as_flattened())
    }
}

#[cfg(feature = "alloc")]
impl<'a, T: Real, const N: usize> From<&'a Vec<[usize; N]>> for Targets<'a, T> {
    fn from(rows: &'a Vec<[usize; N]>) -> Self {
        Targets::Classes(rows.as_flattened())
    }
}

impl<'a, T: Real> From<&'a [T]> for Targets<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Targets::Values(values)
    }
}

impl<'a, T: Real, const M: usize> From<&'a [T; M]> for Targets<'a, T> {
    fn from(values: &'a [T; M]) -> Self {
        Targets::Values(values)
    }
}

#[cfg(feature = "alloc")]
impl<'a, T: Real> From<&'a Vec<T>> for Targets<'a, T> {
    fn from(values: &'a Vec<T>) -> Self {
        Targets::Values(values)
    }
}

impl<'a, T: Real, const N: usize> From<&'a [[T; N]]> for Targets<'a, T> {
    fn from(rows: &'a [[T; N]]) -> Self {
        Targets::Values(rows.as_flattened())
    }
}

impl<'a, T: Real, const N: usize, const M: usize> From<&'a [[T; N]; M]> for Targets<'a, T> {
    fn from(rows: &'a [[T; N]; M]) -> Self {
        Targets::Values(rows.as_flattened())
    }
}

#[cfg(feature = "alloc")]
impl<'a, T: Real, const N: usize> From<&'a Vec<[T; N]>> for Targets<'a, T> {
    fn from(rows: &'a Vec<[T; N]>) -> Self {
        Targets::Values(rows.as_flattened())
    }
}

#[cfg(feature = "ndarray")]
mod array {
    //! Views of `ndarray`, without a copy.

    use super::{Error, Real, Rows, Targets};
    use ndarray::ArrayView2;

    fn flat<T>(view: ArrayView2<'_, T>) -> Result<&[T], Error> {
        let (shape, strides) = (view.dim().into(), [view.strides()[0], view.strides()[1]]);
        view.to_slice().ok_or(Error::NotContiguous { shape, strides })
    }

    impl<'a, T> TryFrom<ArrayView2<'a, T>> for Rows<'a, T> {
        type Error = Error;

        fn try_from(view: ArrayView2<'a, T>) -> Result<Self, Error> {
            let width = view.ncols();
            Ok(Rows::new(flat(view)?, width))
        }
    }

    impl<'a, T: Real> TryFrom<ArrayView2<'a, T>> for Targets<'a, T> {
        type Error = Error;

        fn try_from(view: ArrayView2<'a, T>) -> Result<Self, Error> {
            flat(view).map(Targets::Values)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_and_refused() {
        let rows = |values: usize, width| Rows::new(&[0.0_f32; 12][..values], width).check(4);
        assert_eq!(rows(12, 4), Ok(3));
        assert_eq!(rows(0, 4), Err(Error::NoRows));
        assert_eq!(rows(12, 3), Err(Error::InputWidth { expected: 4, width: 3, values: 12 }));
        assert_eq!(rows(10, 4), Err(Error::InputWidth { expected: 4, width: 4, values: 10 }));
        let weighted = |weights| Rows::new(&[0.0_f32; 12], 4).weighted(weights).check(4);
        assert_eq!(weighted(&[1.0, 0.0, 0.5]), Ok(3));
        assert_eq!(weighted(&[1.0, 1.0]), Err(Error::SampleWeights { rows: 3, found: 2 }));
        assert_eq!(weighted(&[1.0, 1.0, -0.5]), Err(Error::SampleWeight { row: 2, weight: -0.5 }));
        assert!(matches!(weighted(&[f64::NAN, 1.0, 1.0]), Err(Error::SampleWeight { row: 0, .. })));
    }

    #[test]
    fn targets_come_from_ids_values_and_rows() {
        assert!(matches!(Targets::<f32>::from(&[1, 2]), Targets::Classes([1, 2])));
        assert!(matches!(Targets::<f32>::from(&[[1, 2], [3, 4]]), Targets::Classes([1, 2, 3, 4])));
        assert!(matches!(Targets::from(&[1.0_f32, 2.0]), Targets::Values([_, _])));
        assert!(matches!(Targets::from(&[[1.0_f64, 2.0], [3.0, 4.0]]), Targets::Values([_, _, _, _])));
        let positions = Targets::<f32>::from(&[0, 1, 2, 3]).slice(1, 1, 2);
        assert!(matches!(positions, Targets::Classes([2, 3])));
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn views_are_taken_without_a_copy_or_refused() {
        let array = ndarray::Array2::<f32>::zeros((4, 3));
        let rows = Rows::try_from(array.view()).expect("it is in standard layout");
        assert_eq!((rows.width, rows.values.as_ptr()), (3, array.as_ptr()));
        assert_eq!(
            Rows::try_from(array.t()).expect_err("it is transposed"),
            Error::NotContiguous { shape: [3, 4], strides: [1, 3] }
        );
        assert!(Targets::try_from(array.view()).is_ok());
    }
}
