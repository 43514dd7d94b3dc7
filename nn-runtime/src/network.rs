//! What generated methods call: predictions, losses and gradients of a network, for any number of rows.

use crate::batch::Rows;
#[cfg(feature = "alloc")]
use crate::batch::Targets;
use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::loss::{Case, Loss, stated::Stated};
#[cfg(feature = "alloc")]
use crate::math::max;
#[cfg(feature = "alloc")]
use crate::params::{self, Param};
#[cfg(feature = "train")]
use crate::program::Entry;
#[cfg(feature = "alloc")]
use crate::program::Head;
use crate::program::{Network, Program};
use crate::real::Real;
use crate::step::check_ids;
#[cfg(feature = "alloc")]
use crate::step::{self, Buffers, Moment};
#[cfg(feature = "alloc")]
use crate::storage::Heap;
use crate::team::Team;
#[cfg(feature = "alloc")]
use alloc::{vec, vec::Vec};

/// Rows that figures are computed of at once.
#[cfg(feature = "alloc")]
const FIGURES: usize = 64;

/// Scratch values that a prediction takes from the stack: 16 KiB of f64.
const STACK: usize = 2048;

/// New weights for `seed`.
#[cfg(feature = "alloc")]
pub fn initial<T: Real>(program: &Program<T>, seed: u64) -> Heap<T> {
    let mut weights = Heap::zeros(program.weights);
    params::initialise(program, weights.as_mut(), seed);
    weights
}

/// A network of a training as it is now: what `make` makes of its weights.
///
/// # Panics
/// If `training` is no training, or has no such network: generated code says which there are.
#[cfg(feature = "alloc")]
pub fn role<N: Network, M>(training: &N, number: usize, make: impl FnOnce(Heap<N::Real>) -> M) -> M {
    let role = N::PROGRAM.training.and_then(|training| training.roles.get(number));
    let own = role.map(|role| params::of_role(N::PROGRAM, training.weights(), role));
    match own {
        Some(Ok(weights)) => make(weights),
        _ => panic!("`{}` has no network {number}", N::PROGRAM.name),
    }
}

/// Whether a buffer can hold the weights of a network.
///
/// # Errors
/// [`Error::BufferLength`].
pub fn check_weights<T: Real>(program: &Program<T>, weights: &[T]) -> Result<(), Error> {
    let (expected, found) = (program.weights, weights.len());
    if expected == found { Ok(()) } else { Err(Error::BufferLength { buffer: "weights", expected, found }) }
}

/// Overwrites `outputs` with the predictions for whole rows of `inputs`, with scratch memory of the caller: at least
/// `program.predict_arena.values(1)` values; more let more rows go at once. Inputs of an embedding must be ids.
pub fn predict_with<T: Real>(program: &Program<T>, weights: &[T], inputs: &[T], outputs: &mut [T], arena: &mut [T]) {
    let rows = inputs.len() / program.inputs;
    let spare = arena.len().saturating_sub(program.predict_arena.fixed);
    let most = program.predict_arena.rows_at_once(T::BYTES);
    let block = spare.checked_div(program.predict_arena.per_row).unwrap_or(most).clamp(1, rows.max(1));
    let blocks = inputs.chunks(block * program.inputs).zip(outputs.chunks_mut(block * program.outputs));
    for (input, output) in blocks {
        let rows = input.len() / program.inputs;
        (program.predict)(weights, input, output, &mut arena[..program.predict_arena.values(rows)], &Team::ALONE);
    }
}

/// Overwrites `outputs` with the predictions for `inputs`. Scratch memory comes from the stack if 16 KiB are enough, else from a
/// buffer that each thread keeps.
///
/// # Errors
/// [`Error::InputWidth`], [`Error::OutputLength`] and [`Error::IdOutOfVocabulary`]. Without an allocator also
/// [`Error::BufferLength`] for a network whose scratch memory does not fit on the stack. No rows are no error.
pub fn predict_rows<T: Real>(
    program: &Program<T>,
    weights: &[T],
    inputs: Rows<'_, T>,
    outputs: &mut [T],
) -> Result<(), Error> {
    let rows = match inputs.check(program.inputs) {
        Err(Error::NoRows) => 0,
        other => other?,
    };
    let (expected, found) = (rows * program.outputs, outputs.len());
    if expected != found {
        return Err(Error::OutputLength { expected, found });
    }
    check_ids(program, inputs.values)?;
    with_arena(arena_values(program, rows), |arena| predict_with(program, weights, inputs.values, outputs, arena))
}

/// Overwrites `outputs` with the predictions for `inputs`, as [`predict_rows`]; one row takes the shortest way.
///
/// # Errors
/// Those of [`predict_rows`].
#[inline]
pub fn predict_into<N: Network, const I: usize, const O: usize>(
    net: &N,
    inputs: &[[N::Real; I]],
    outputs: &mut [[N::Real; O]],
) -> Result<(), Error> {
    if let (Some(predict_row), [input], [output]) = (N::PREDICT_ROW, inputs, &mut *outputs) {
        check_ids(N::PROGRAM, input)?;
        predict_row(net.weights(), input, output);
        return Ok(());
    }
    predict_rows(N::PROGRAM, net.weights(), Rows::from(inputs), outputs.as_flattened_mut())
}

/// The output for one input.
///
/// If a number that should be an id is none, the output is NaN; [`predict_rows`] tells which.
#[cfg(feature = "alloc")]
#[inline]
pub fn predict<N: Network, const I: usize, const O: usize>(net: &N, input: &[N::Real; I]) -> [N::Real; O] {
    // Everything but the weights is a constant here, so nothing is left of questions and divisions by the time it is compiled.
    let program = N::PROGRAM;
    let mut output = [N::Real::ZERO; O];
    let known = check_ids(program, input).is_ok();
    let predicted = match N::PREDICT_ROW {
        Some(predict_row) => {
            predict_row(net.weights(), input, &mut output);
            Ok(())
        }
        None => with_arena(program.predict_arena.values(1), |arena| {
            (program.predict)(net.weights(), input, &mut output, arena, &Team::ALONE);
        }),
    };
    if !known || predicted.is_err() {
        output.fill(N::Real::from_f64(f64::NAN));
    }
    output
}

/// The outputs for any number of inputs; the same bits as [`predict`] gives for each.
#[cfg(feature = "alloc")]
pub fn predict_batch<N: Network, const I: usize, const O: usize>(
    net: &N,
    inputs: &[[N::Real; I]],
) -> Vec<[N::Real; O]> {
    let mut outputs = vec![[N::Real::ZERO; O]; inputs.len()];
    if predict_rows(N::PROGRAM, net.weights(), Rows::from(inputs), outputs.as_flattened_mut()).is_err() {
        // Some row has a bad id: row by row, so that only that one becomes NaN.
        for (output, input) in outputs.iter_mut().zip(inputs) {
            *output = predict(net, input);
        }
    }
    outputs
}

/// The output of a further function of the network, by number, for one input.
///
/// If a number that should be an id is none, the output is NaN.
#[cfg(feature = "alloc")]
pub fn entry<N: Network, const I: usize, const O: usize>(net: &N, number: usize, input: &[N::Real; I]) -> [N::Real; O] {
    let mut output = [[N::Real::ZERO; O]];
    entry_rows(net, number, core::slice::from_ref(input), &mut output);
    output[0]
}

/// The outputs of a further function for any number of inputs; the same bits as [`entry`] gives for each.
#[cfg(feature = "alloc")]
pub fn entry_batch<N: Network, const I: usize, const O: usize>(
    net: &N,
    number: usize,
    inputs: &[[N::Real; I]],
) -> Vec<[N::Real; O]> {
    let mut outputs = vec![[N::Real::ZERO; O]; inputs.len()];
    entry_rows(net, number, inputs, &mut outputs);
    outputs
}

/// The outputs of a further function of a network for whole rows of `inputs`: `rows * entry.outputs` values.
#[cfg(feature = "train")]
pub(crate) fn entry_outputs<T: Real>(entry: &Entry<T>, weights: &[T], inputs: &[T]) -> Vec<T> {
    let rows = inputs.len() / entry.inputs;
    let block = entry.arena.rows_at_once(T::BYTES);
    let mut outputs = vec![T::ZERO; rows * entry.outputs];
    let mut arena = vec![T::ZERO; entry.arena.values(rows.min(block))];
    for (input, output) in inputs.chunks(block * entry.inputs).zip(outputs.chunks_mut(block * entry.outputs)) {
        let arena = &mut arena[..entry.arena.values(input.len() / entry.inputs)];
        (entry.run)(weights, input, output, arena, &Team::ALONE);
    }
    outputs
}

#[cfg(feature = "alloc")]
fn entry_rows<N: Network, const I: usize, const O: usize>(
    net: &N,
    number: usize,
    inputs: &[[N::Real; I]],
    outputs: &mut [[N::Real; O]],
) {
    let entry = &N::PROGRAM.entries[number];
    let block = entry.arena.rows_at_once(N::Real::BYTES);
    let mut arena = vec![N::Real::ZERO; entry.arena.values(inputs.len().min(block))];
    for (input, output) in inputs.chunks(block).zip(outputs.chunks_mut(block)) {
        let arena = &mut arena[..entry.arena.values(input.len())];
        (entry.run)(net.weights(), input.as_flattened(), output.as_flattened_mut(), arena, &Team::ALONE);
    }
}

/// The outputs for the rows of a matrix, which is not copied.
///
/// # Errors
/// What [`predict_rows`] complains about, and views whose rows do not lie one behind the other.
#[cfg(feature = "ndarray")]
pub fn predict_array<N: Network>(
    net: &N,
    inputs: ndarray::ArrayView2<'_, N::Real>,
) -> Result<ndarray::Array2<N::Real>, Error> {
    let mut outputs = ndarray::Array2::from_elem((inputs.nrows(), N::PROGRAM.outputs), N::Real::ZERO);
    let flat = outputs.as_slice_mut().expect("a new array lies in one piece");
    predict_rows(N::PROGRAM, net.weights(), Rows::try_from(inputs)?, flat)?;
    Ok(outputs)
}

/// Scratch values for `rows`: for a whole block, or for as many rows as the stack has room for without an allocator.
fn arena_values<T: Real>(program: &Program<T>, rows: usize) -> usize {
    let all = program.predict_arena.values(rows.min(program.predict_arena.rows_at_once(T::BYTES)));
    let least = program.predict_arena.values(1);
    if cfg!(feature = "alloc") || all <= STACK || least > STACK { all.max(least) } else { STACK }
}

/// Calls `body` with `values` values of scratch memory that may hold anything.
#[inline]
fn with_arena<T: Real>(values: usize, body: impl FnOnce(&mut [T])) -> Result<(), Error> {
    match values {
        0..=64 => on_stack::<T, 64>(values, body),
        65..=512 => on_stack::<T, 512>(values, body),
        513..=STACK => on_stack::<T, STACK>(values, body),
        _ => off_stack(values, body)?,
    }
    Ok(())
}

// Not inlined: otherwise the caller's frame holds the arrays of all sizes at once.
#[inline(never)]
fn on_stack<T: Real, const N: usize>(values: usize, body: impl FnOnce(&mut [T])) {
    body(&mut [T::ZERO; N][..values]);
}

#[cfg(feature = "std")]
fn off_stack<T: Real>(values: usize, body: impl FnOnce(&mut [T])) -> Result<(), Error> {
    // The buffer is taken, not borrowed, so that a prediction within a prediction finds an empty one instead of a panic.
    let mut scratch = T::scratch().take();
    if scratch.len() < values {
        scratch.resize(values, T::ZERO);
    }
    body(&mut scratch[..values]);
    T::scratch().set(scratch);
    Ok(())
}

#[cfg(all(feature = "alloc", not(feature = "std")))]
fn off_stack<T: Real>(values: usize, body: impl FnOnce(&mut [T])) -> Result<(), Error> {
    body(&mut vec![T::ZERO; values]);
    Ok(())
}

#[cfg(not(feature = "alloc"))]
fn off_stack<T: Real>(values: usize, _: impl FnOnce(&mut [T])) -> Result<(), Error> {
    Err(Error::BufferLength { buffer: "arena", expected: values, found: STACK })
}

/// The loss of a batch and the gradients of all parameters.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
pub struct Gradients<T: 'static> {
    /// The loss, penalties of the layers included.
    pub loss: T,
    /// The gradients in physical order: as the front part of the weights.
    pub physical: Vec<T>,
    program: &'static Program<T>,
}

#[cfg(feature = "alloc")]
impl<T: Real> Gradients<T> {
    /// The gradients by logical name, in the order of [`params::iter`].
    pub fn iter(&self) -> impl Iterator<Item = Param<'_, T>> {
        params::iter(self.program, &self.physical)
    }

    /// The gradient of the parameter `name` in row-major logical order.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`].
    pub fn of(&self, name: &str) -> Result<Vec<T>, Error> {
        params::find(self.program, &self.physical, name).map(|param| param.to_vec())
    }
}

/// The loss of a batch in training, and its gradients. Noise layers draw as in the first step of a training with seed 0.
///
/// # Errors
/// What [`step::check`] complains about, and [`Error::NotFinite`] for a loss that is finite in f64, but not in `T`.
#[cfg(feature = "alloc")]
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
/// # Errors
/// What [`step::check`] complains about.
#[cfg(feature = "alloc")]
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
/// states none. Rows and targets must have passed [`step::check`].
#[cfg(feature = "alloc")]
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

/// The loss of outputs that were predicted for `inputs`, without penalties. Rows and targets must have passed [`step::check`].
#[cfg(feature = "alloc")]
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
#[cfg(feature = "alloc")]
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
