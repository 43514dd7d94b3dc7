//! Whether a loss, what a network ends in, and targets fit together.

use super::Loss;
use crate::batch::Targets;
use crate::error::Error;
use crate::program::{Head, Objective};
use crate::real::Real;

impl Loss<'_> {
    /// Whether [`Loss::Objective`] can be computed: `expected` values for each row, unless the loss compares with nothing.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::{Error, Loss, Targets};
    /// // Its text states no loss.
    /// assert_eq!(Loss::check_stated(Net::PROGRAM.objective, 1, Targets::from(&[[1.0]])), Err(Error::NoObjective));
    /// ```
    ///
    /// # Errors
    /// [`Error::NoObjective`] and [`Error::TargetCount`].
    pub fn check_stated<T: Real>(
        objective: Option<&Objective<T>>,
        rows: usize,
        targets: Targets<'_, T>,
    ) -> Result<(), Error> {
        let Some(objective) = objective else { return Err(Error::NoObjective) };
        let expected = rows * objective.targets;
        match targets {
            _ if objective.targets == 0 => Ok(()),
            targets if targets.len() != expected => {
                Err(Error::TargetCount { what: "values", rows, expected, found: targets.len() })
            }
            Targets::Values(values) => Loss::Objective.check_values(values),
            Targets::Classes(_) => Ok(()),
        }
    }

    /// Whether this loss can be computed for a network that ends in `head`, with `outputs` values in an output, `width` of them on the
    /// last axis, and these targets of `rows` rows.
    ///
    /// ```
    /// use nn_runtime::{Error, Loss, Targets, program::Head};
    /// let loss = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    /// let ids = Targets::<f32>::from(&[0, 3]);
    /// assert_eq!(loss.check(Head::Softmax, 2, 4, 4, ids), Ok(()));
    /// assert!(matches!(loss.check(Head::Linear, 2, 4, 4, ids), Err(Error::LossHead { .. })));
    /// assert!(matches!(loss.check(Head::Softmax, 2, 3, 3, ids), Err(Error::ClassOutOfRange { class: 3, .. })));
    /// ```
    ///
    /// # Errors
    /// [`Error::LossHead`], [`Error::ClassWeights`], [`Error::Setting`], [`Error::TargetKind`], [`Error::TargetCount`],
    /// [`Error::ClassOutOfRange`] and [`Error::TargetRange`].
    pub fn check<T: Real>(
        &self,
        head: Head,
        rows: usize,
        outputs: usize,
        width: usize,
        targets: Targets<'_, T>,
    ) -> Result<(), Error> {
        if *self == Loss::Output {
            let (what, expected, found) = ("values", 0, targets.len());
            return if found == 0 { Ok(()) } else { Err(Error::TargetCount { what, rows, expected, found }) };
        }
        self.check_head(head)?;
        self.check_settings(width)?;
        self.check_kind(width, targets)?;
        let (what, expected) = match targets {
            Targets::Classes(_) => ("class ids", rows * outputs / width),
            Targets::Values(_) => ("values", rows * outputs),
        };
        if targets.len() != expected {
            return Err(Error::TargetCount { what, rows, expected, found: targets.len() });
        }
        match targets {
            Targets::Classes(ids) => self.check_classes(ids, width),
            Targets::Values(values) => self.check_values(values),
        }
    }

    fn check_head(&self, head: Head) -> Result<(), Error> {
        let expected = match self {
            Loss::CrossEntropy { .. } | Loss::KlDivergence if !self.fuses_with(head) => "softmax or log_softmax",
            Loss::BinaryCrossEntropy if head == Head::LogSoftmax => "sigmoid, or outputs between 0 and 1",
            _ => return Ok(()),
        };
        Err(Error::LossHead { loss: self.name(), expected, head: head.name() })
    }

    fn check_settings(&self, width: usize) -> Result<(), Error> {
        match *self {
            Loss::Huber { delta } if !(delta > 0.0 && delta.is_finite()) => {
                Err(Error::Setting { name: "delta of huber", value: delta, expected: "above 0" })
            }
            Loss::CrossEntropy { label_smoothing: value, .. } if !(0.0..=1.0).contains(&value) => {
                Err(Error::Setting { name: "label_smoothing", value, expected: "from 0 to 1" })
            }
            Loss::CrossEntropy { class_weights, .. } if !class_weights.is_empty() => {
                if class_weights.len() != width {
                    return Err(Error::ClassWeights { weights: class_weights.len(), classes: width });
                }
                match class_weights.iter().find(|&&weight| !(weight >= 0.0 && weight.is_finite())) {
                    Some(&value) => Err(Error::Setting { name: "a class weight", value, expected: "0 or more" }),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn check_kind<T>(&self, width: usize, targets: Targets<'_, T>) -> Result<(), Error> {
        let by_class = match self {
            Loss::CrossEntropy { .. } | Loss::Hinge | Loss::Custom(_) => true,
            Loss::KlDivergence | Loss::Cosine => false,
            _ => width == 1,
        };
        match targets {
            Targets::Classes(_) if !by_class => {
                Err(Error::TargetKind { loss: self.name(), found: "class ids", expected: "a value for each output" })
            }
            _ => Ok(()),
        }
    }

    fn check_classes(&self, ids: &[usize], width: usize) -> Result<(), Error> {
        let classes = match self {
            Loss::CrossEntropy { .. } => width,
            Loss::Hinge | Loss::BinaryCrossEntropy => width.max(2),
            // With one output, ids are numbers and every number will do.
            _ => return Ok(()),
        };
        match ids.iter().enumerate().find(|&(_, &id)| id >= classes) {
            Some((index, &class)) => Err(Error::ClassOutOfRange { index, class, classes }),
            None => Ok(()),
        }
    }

    fn check_values<T: Real>(&self, values: &[T]) -> Result<(), Error> {
        let wrong = match self {
            Loss::BinaryCrossEntropy => first_not(values, "values from 0 to 1", |t| (0.0..=1.0).contains(&t)),
            Loss::CrossEntropy { .. } | Loss::KlDivergence => {
                first_not(values, "probabilities", |t| t >= 0.0 && t.is_finite())
            }
            Loss::Hinge => first_not(values, "-1 or 1", |t| t == -1.0 || t == 1.0),
            Loss::Poisson => first_not(values, "counts, 0 or more", |t| t >= 0.0 && t.is_finite()),
            _ if T::are_finite(values) => None,
            _ => first_not(values, "finite values", f64::is_finite),
        };
        wrong.map_or(Ok(()), |(index, value, expected)| {
            Err(Error::TargetRange { loss: self.name(), index, value, expected })
        })
    }
}

/// Values that are looked at together, without a branch between them.
const TOGETHER: usize = 256;

/// The first value that does not fit, with its place, and what was expected.
fn first_not<T: Real>(
    values: &[T],
    expected: &'static str,
    fits: impl Fn(f64) -> bool,
) -> Option<(usize, f64, &'static str)> {
    let all_fit = |values: &[T]| values.iter().fold(true, |all, value| all & fits(value.to_f64()));
    let piece = values.chunks(TOGETHER).position(|piece| !all_fit(piece))?;
    let mut rest = values.iter().map(|value| value.to_f64()).enumerate().skip(piece * TOGETHER);
    rest.find(|&(_, value)| !fits(value)).map(|(index, value)| (index, value, expected))
}

impl Head {
    /// Its name in the language; `linear` for nothing.
    ///
    /// ```
    /// use nn_runtime::program::Head;
    /// assert_eq!(Head::LogSoftmax.name(), "log_softmax");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Head::Linear => "linear",
            Head::Softmax => "softmax",
            Head::LogSoftmax => "log_softmax",
            Head::Sigmoid => "sigmoid",
        }
    }
}
