//! What generated methods call: predictions, losses and gradients of a network, for any number of rows.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! use nn_runtime::{Network, Rows, network::predict_rows};
//!
//! /// The sum of all outputs of any network.
//! fn total<N: Network<Real = f32>>(net: &N, inputs: &[f32]) -> Result<f32, nn_runtime::Error> {
//!     let rows = inputs.len() / N::PROGRAM.inputs;
//!     let mut outputs = vec![0.0; rows * N::PROGRAM.outputs];
//!     predict_rows(N::PROGRAM, net.weights(), Rows::new(inputs, N::PROGRAM.inputs), &mut outputs)?;
//!     Ok(outputs.iter().sum())
//! }
//!
//! let net = Net::new(1);
//! assert_eq!(total(&net, &[0.0, 1.0, 1.0, 0.0])?, net.predict(&[0.0, 1.0])[0] + net.predict(&[1.0, 0.0])[0]);
//! # Ok::<(), nn_runtime::Error>(())
//! ```

#[cfg(feature = "alloc")]
mod loss;

use crate::batch::Rows;
use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::params;
#[cfg(feature = "train")]
use crate::program::Entry;
use crate::program::{Arena, Network, Prediction, Program};
use crate::real::Real;
use crate::step::check_ids;
#[cfg(feature = "alloc")]
use crate::storage::Heap;
use crate::team::Team;
#[cfg(feature = "alloc")]
use alloc::{vec, vec::Vec};

#[cfg(feature = "alloc")]
pub use loss::{Gradients, evaluate, figures_of, loss_and_gradients, loss_of};

/// Scratch values that a prediction takes from the stack: 16 KiB of f64.
const STACK: usize = 2048;

/// New weights for `seed`.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::network::initial;
/// let weights = initial(Net::PROGRAM, 1);
/// assert_eq!(Net::with_weights(weights)?.predict(&[1.0, 2.0]), Net::new(1).predict(&[1.0, 2.0]));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[cfg(feature = "alloc")]
pub fn initial<T: Real>(program: &Program<T>, seed: u64) -> Heap<T> {
    let mut weights = Heap::zeros(program.weights);
    params::initialise(program, weights.as_mut(), seed);
    weights
}

/// A network of a training as it is now: what `make` makes of its weights. For generated code only.
///
/// # Panics
/// If `training` is no training, or has no such network: generated code says which there are.
#[cfg(feature = "alloc")]
#[doc(hidden)]
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
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # use nn_runtime::network::check_weights;
/// assert!(check_weights(Net::PROGRAM, &[0.0; 3]).is_ok());
/// assert!(check_weights(Net::PROGRAM, &[0.0; 4]).is_err());
/// ```
///
/// # Errors
/// [`Error::BufferLength`].
pub fn check_weights<T: Real>(program: &Program<T>, weights: &[T]) -> Result<(), Error> {
    let (expected, found) = (program.weights, weights.len());
    if expected == found { Ok(()) } else { Err(Error::BufferLength { buffer: "weights", expected, found }) }
}

/// Overwrites `outputs` with the predictions for whole rows of `inputs`, with scratch memory of the caller: at least
/// `program.predict_arena.values(1)` values; more let more rows go at once. Inputs of an embedding must be ids.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Network, network::predict_with};
/// let (net, mut outputs) = (Net::new(1), [0.0; 2]);
/// let mut arena = vec![0.0; Net::PROGRAM.predict_arena.values(1)];
/// predict_with(Net::PROGRAM, net.weights(), &[0.0, 1.0, 1.0, 0.0], &mut outputs, &mut arena);
/// assert_eq!(outputs[1..], net.predict(&[1.0, 0.0]));
/// ```
pub fn predict_with<T: Real>(program: &Program<T>, weights: &[T], inputs: &[T], outputs: &mut [T], arena: &mut [T]) {
    let beside = rows_beside(program, inputs.len() / program.inputs, arena.len());
    let (first, rest) = inputs.split_at(beside * program.inputs);
    let (first_outputs, rest_outputs) = outputs.split_at_mut(beside * program.outputs);
    if let Some(many) = program.many {
        predict_by(many, program, weights, first, first_outputs, arena);
    }
    let behind = Prediction { arena: program.predict_arena, run: program.predict };
    predict_by(behind, program, weights, rest, rest_outputs, arena);
}

/// How many of so many rows are predicted side by side, with so much scratch memory: whole blocks of them, and what is left over if it
/// fills at least half a block. The other lanes of a block would compute nothing.
fn rows_beside<T>(program: &Program<T>, rows: usize, values: usize) -> usize {
    match program.many {
        Some(Prediction { arena, .. }) if arena.rows_in(values) > 0 => {
            let rest = rows % arena.block;
            if 2 * rest < arena.block { rows - rest } else { rows }
        }
        _ => 0,
    }
}

/// Overwrites `outputs` with what a function predicts, for as many rows at once as there is scratch memory for.
fn predict_by<T: Real>(
    Prediction { arena: size, run }: Prediction<T>,
    program: &Program<T>,
    weights: &[T],
    inputs: &[T],
    outputs: &mut [T],
    arena: &mut [T],
) {
    let most = inputs.len() / program.inputs;
    let rows = size.rows_in(arena.len()).clamp(1, most.next_multiple_of(size.block).max(1));
    for (input, output) in inputs.chunks(rows * program.inputs).zip(outputs.chunks_mut(rows * program.outputs)) {
        let values = size.values(input.len() / program.inputs);
        run(weights, input, output, &mut arena[..values], &Team::ALONE);
    }
}

/// Overwrites `outputs` with the predictions for `inputs`. Scratch memory comes from the stack if 16 KiB are enough, else from a
/// buffer that each thread keeps.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Network, Rows, network::predict_rows};
/// let (net, mut outputs) = (Net::new(1), [0.0; 2]);
/// predict_rows(Net::PROGRAM, net.weights(), Rows::new(&[0.0, 1.0, 1.0, 0.0], 2), &mut outputs)?;
/// assert_eq!(outputs[1..], net.predict(&[1.0, 0.0]));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
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
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::network::predict_into;
/// let (net, mut outputs) = (Net::new(1), [[0.0]; 2]);
/// predict_into(&net, &[[0.0, 1.0], [1.0, 0.0]], &mut outputs)?;
/// assert_eq!(outputs[1], net.predict(&[1.0, 0.0]));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
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
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::network::predict;
/// let net = Net::new(1);
/// assert_eq!(predict(&net, &[0.0, 1.0]), net.predict(&[0.0, 1.0]));
/// ```
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
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::network::predict_batch;
/// let net = Net::new(1);
/// let outputs = predict_batch(&net, &[[0.0, 1.0], [1.0, 0.0]]);
/// assert_eq!(outputs[1], net.predict(&[1.0, 0.0]));
/// ```
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
///
/// ```
/// # nn_runtime::network! {
/// #     network Coder(x: [3]) {
/// #         let decoder = dense(3);
/// #         entry decode(z: [2]) = decoder(z);
/// #         x |> dense(2, tanh) |> decoder
/// #     }
/// # }
/// use nn_runtime::network::entry;
/// // `entry decode(z: [2]) = …;` is the first of its text.
/// let net = Coder::new(1);
/// let decoded: [f32; 3] = entry(&net, 0, &[0.5, -0.5]);
/// assert_eq!(decoded, net.decode(&[0.5, -0.5]));
/// ```
#[cfg(feature = "alloc")]
pub fn entry<N: Network, const I: usize, const O: usize>(net: &N, number: usize, input: &[N::Real; I]) -> [N::Real; O] {
    let mut output = [[N::Real::ZERO; O]];
    entry_rows(net, number, core::slice::from_ref(input), &mut output);
    output[0]
}

/// The outputs of a further function for any number of inputs; the same bits as [`entry`] gives for each.
///
/// ```
/// # nn_runtime::network! {
/// #     network Coder(x: [3]) {
/// #         let decoder = dense(3);
/// #         entry decode(z: [2]) = decoder(z);
/// #         x |> dense(2, tanh) |> decoder
/// #     }
/// # }
/// use nn_runtime::network::entry_batch;
/// let net = Coder::new(1);
/// let decoded: Vec<[f32; 3]> = entry_batch(&net, 0, &[[0.5, -0.5], [0.0, 0.0]]);
/// assert_eq!(decoded, net.decode_batch(&[[0.5, -0.5], [0.0, 0.0]]));
/// ```
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
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::ndarray::array;
/// let net = Net::new(1);
/// let outputs = nn_runtime::network::predict_array(&net, array![[0.0, 1.0], [1.0, 0.0]].view())?;
/// assert_eq!(outputs.shape(), [2, 1]);
/// assert_eq!(outputs[[1, 0]], net.predict(&[1.0, 0.0])[0]);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
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
    let wanted = |size: Arena| size.values(rows.min(size.rows_at_once(T::BYTES)));
    let many = program.many.filter(|many| 2 * rows >= many.arena.block).map_or(0, |many| wanted(many.arena));
    let all = wanted(program.predict_arena).max(many);
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
