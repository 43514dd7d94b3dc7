//! Losses and gradients of a network, for any number of rows.

use alloc::{vec, vec::Vec};

use super::predict_rows;
use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::loss::{Case, Loss, stated::Stated};
use crate::math::max;
use crate::params::{self, Param};
use crate::program::{Head, Program};
use crate::real::Real;
use crate::step::{self, Buffers, Moment};
use crate::team::Team;

/// Rows that figures are computed of at once.
const FIGURES: usize = 64;

/// The loss of a batch and the gradients of all parameters.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::Loss;
/// let net = Net::new(1);
/// let found = net.loss_and_gradients(&[[0.5, 2.0]], &[[0.0]], Loss::Mse)?;
/// // The derivative of `(w x + b - t)^2` with respect to `b`.
/// let [output] = net.predict(&[0.5, 2.0]);
/// assert_eq!(found.of("dense_1.bias")?, [2.0 * output]);
/// for param in found.iter() {
///     println!("{} {:?}", param.name(), param.to_vec());
/// }
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gradients<T: 'static> {
    /// The loss, penalties of the layers included.
    pub loss: T,
    /// The gradients in physical order: as the front part of the weights.
    pub physical: Vec<T>,
    program: &'static Program<T>,
}

impl<T: Real> Gradients<T> {
    /// The gradients by logical name, in the order of [`params::iter`].
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Loss;
    /// let found = Net::new(1).loss_and_gradients(&[[0.5, 2.0]], &[[0.0]], Loss::Mse)?;
    /// let names: Vec<String> = found.iter().map(|param| param.name().to_string()).collect();
    /// assert_eq!(names, ["dense_1.weight", "dense_1.bias"]);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Param<'_, T>> {
        params::iter(self.program, &self.physical)
    }

    /// The gradient of the parameter `name` in row-major logical order.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Loss;
    /// let found = Net::new(1).loss_and_gradients(&[[0.5, 2.0]], &[[0.0]], Loss::Mse)?;
    /// assert_eq!(found.of("dense_1.weight")?.len(), 2);
    /// assert!(found.of("dense_7.weight").is_err());
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownParameter`].
    pub fn of(&self, name: &str) -> Result<Vec<T>, Error> {
        params::find(self.program, &self.physical, name).map(|param| param.to_vec())
    }
}

/// The loss of a batch in training, and its gradients. Noise layers draw as in the first step of a training with seed 0.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Loss, Network, Rows, Targets, network::loss_and_gradients};
/// let net = Net::new(1);
/// let rows = Rows::from(&[[0.5, 2.0], [1.0, 0.0]]);
/// let found = loss_and_gradients(Net::PROGRAM, net.weights(), rows, Targets::from(&[[0.0], [1.0]]), Loss::Mae)?;
/// assert!(found.loss > 0.0);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
///
/// # Errors
/// What [`Rows::check`] and [`Loss::check`] complain about, [`Error::IdOutOfVocabulary`], and [`Error::NotFinite`] for a loss that is
/// finite in f64, but not in `T`.
pub fn loss_and_gradients<T: Real>(
    program: &'static Program<T>,
    weights: &[T],
    inputs: Rows<'_, T>,
    targets: Targets<'_, T>,
    loss: Loss<'_>,
) -> Result<Gradients<T>, Error> {
    let rows = step::check(program, &loss, inputs, targets)?;
    let zeros = |values| vec![T::ZERO; values];
    let mut physical = zeros(program.parameters);
    let (mut part, mut state) = (zeros(step::part_values(program, rows)), zeros(step::state_values(program)));
    let mut scratch = zeros(step::scratch_values(program, rows));
    let mut buffers = Buffers {
        gradients: &mut physical,
        part: &mut part,
        state: &mut state,
        scratch: &mut scratch,
        optimizer: &mut [],
    };
    let value = step::batch_gradients(program, &loss, (0, 1), weights, (inputs, targets), &mut buffers, &Team::ALONE)?;
    let penalty = step::penalise(program, Default::default(), weights, &mut physical);
    let loss = T::from_f64(value + penalty);
    if (value + penalty).is_finite() && !loss.is_finite() {
        let outside = Moment { seed: 0, epoch: 0, step: 0, learning_rate: 0.0 };
        return Err(step::not_finite(program, outside, loss.to_f64(), &physical));
    }
    Ok(Gradients { loss, physical, program })
}

/// The loss of the predictions for any number of rows, without penalties.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Loss, Network, Rows, Targets, network::evaluate};
/// let mut net = Net::new(1);
/// net.set_param("dense_1.weight", &[1.0, 0.0])?;
/// let rows = Rows::from(&[[1.0, 5.0], [2.0, 5.0]]);
/// let loss = evaluate(Net::PROGRAM, net.weights(), rows, Targets::from(&[[0.0], [2.0]]), Loss::Mae)?;
/// assert_eq!(loss, (1.0 + 0.0) / 2.0);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
///
/// # Errors
/// What [`Rows::check`] and [`Loss::check`] complain about, and [`Error::IdOutOfVocabulary`].
pub fn evaluate<T: Real>(
    program: &Program<T>,
    weights: &[T],
    inputs: Rows<'_, T>,
    targets: Targets<'_, T>,
    loss: Loss<'_>,
) -> Result<f64, Error> {
    let rows = step::check(program, &loss, inputs, targets)?;
    let mut output = vec![T::ZERO; rows * program.outputs];
    predict_rows(program, weights, inputs, &mut output)?;
    Ok(loss_of(program, inputs, &output, targets, loss))
}

/// The means over all rows of what the text states as expressions: the loss, as much as each row counts, then the metrics; `None` if it
/// states none. Rows and targets must have passed [`Rows::check`] and
/// [`Loss::check`].
///
/// ```
/// nn_runtime::network! {
///     network Net(x: [2]) < dense(1) >
///     train Net {
///         minimize mean((output - y) * (output - y)) with adam;
///         metric off = mean(abs(output - y));
///     }
/// }
/// use nn_runtime::{Rows, Targets, network::figures_of};
/// // Two outputs, and what they should have been.
/// let inputs = Rows::new(&[0.0; 4], 2);
/// let figures = figures_of(Net::PROGRAM, inputs, &[1.0, 3.0], Targets::Values(&[2.0, 0.0]));
/// assert_eq!(figures, Some(vec![5.0, 2.0]));
/// ```
pub fn figures_of<T: Real>(
    program: &Program<T>,
    inputs: Rows<'_, T>,
    output: &[T],
    targets: Targets<'_, T>,
) -> Option<Vec<f64>> {
    let objective = program.objective?;
    let rows = output.len() / program.outputs;
    let mut sums = vec![0.0; objective.width()];
    let mut scratch = vec![T::ZERO; objective.scratch_values(rows.min(FIGURES))];
    for start in (0..rows).step_by(FIGURES) {
        let count = FIGURES.min(rows - start);
        let stated = Stated {
            objective,
            inputs: &inputs.values[start * program.inputs..(start + count) * program.inputs],
            output: &output[start * program.outputs..(start + count) * program.outputs],
            outputs: program.outputs,
            targets: targets.slice(start, count, targets.len() / rows),
            sample_weights: step::part_of(inputs.sample_weights, start, count),
        };
        stated.add_figures(&mut sums, &mut scratch);
    }
    let divisor = step::divisor(program, &Loss::Objective, rows, targets, inputs.sample_weights);
    let loss = if divisor == 0.0 { 0.0 } else { sums[0] / divisor };
    Some(core::iter::once(loss).chain(sums[1..].iter().map(|sum| sum / rows as f64)).collect())
}

/// The loss of outputs that were predicted for `inputs`, without penalties. Rows and targets must have passed [`Rows::check`] and
/// [`Loss::check`].
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Loss, Rows, Targets, network::loss_of};
/// let rows = Rows::new(&[0.5_f32, 2.0, 1.0, 0.0], 2);
/// let loss = loss_of(Net::PROGRAM, rows, &[1.0, 2.0], Targets::Values(&[0.0, 0.0]), Loss::Mse);
/// assert_eq!(loss, (1.0 + 4.0) / 2.0);
/// ```
pub fn loss_of<T: Real>(
    program: &Program<T>,
    inputs: Rows<'_, T>,
    output: &[T],
    targets: Targets<'_, T>,
    loss: Loss<'_>,
) -> f64 {
    if loss == Loss::Objective {
        return figures_of(program, inputs, output, targets).map_or(f64::NAN, |figures| figures[0]);
    }
    let (rows, width) = (output.len() / program.outputs, step::width(program));
    let sample_weights = inputs.sample_weights;
    let divisor = step::divisor(program, &loss, rows, targets, sample_weights);
    let fused = loss.fuses_with(program.head);
    let logits: Vec<T> = if fused { output.iter().map(|&y| logit(program.head, y)).collect() } else { Vec::new() };
    let case = Case { head: program.head, width, logits: &logits, output, targets, sample_weights, divisor };
    loss.evaluate(&case, &mut vec![T::ZERO; output.len()])
}

/// A logit that the head maps to the output `y`. Probabilities that were rounded to 0 or 1 stand for the nearest that are not.
fn logit<T: Real>(head: Head, y: T) -> T {
    let p = y.to_f64();
    T::from_f64(match head {
        Head::Linear | Head::LogSoftmax => p,
        Head::Softmax => libm::log(max(p, 1e-38)),
        Head::Sigmoid => {
            let p = p.clamp(1e-38, 1.0 - 6e-8);
            libm::log(p) - libm::log1p(-p)
        }
    })
}
