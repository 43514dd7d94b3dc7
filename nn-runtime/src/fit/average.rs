//! Averages of weights over steps and over epochs, and the running statistics that belong to them; knows no data but rows.

use alloc::vec::Vec;

use super::worker::Source;
use super::{Run, Settings};
use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::program::Program;
use crate::real::Real;
use crate::recipe::{Ema, Swa};
use crate::rng::{SHUFFLE, Stream};
use crate::step;
use crate::team::Team;

impl<T> Run<T> {
    /// The moving average of the weights, in physical order, if [`Settings::ema`] asks for one and a step was done.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::fit::{Run, Settings, fit};
    /// use nn_runtime::{Network, Rows, Targets, trainer::Ema};
    /// let (mut net, mut run) = (Net::new(1), Run::default());
    /// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
    /// let settings = Settings { ema: Some(Ema { decay: 0.9, warmup: false }), ..Settings::of(Net::PROGRAM) };
    /// fit(Net::PROGRAM, &settings, &mut run, net.weights_mut(), rows, 3, &mut ())?;
    /// let average = run.averaged().expect("it was asked for");
    /// assert!(average.len() == net.weights().len() && average != net.weights());
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn averaged(&self) -> Option<&[T]> {
        (!self.ema.is_empty()).then_some(&self.ema)
    }

    /// The mean of the weights of some epochs, in physical order, and of how many, if [`Settings::swa`] asks for it and there was one.
    /// Running statistics in it are means too: see [`recompute_state`].
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::fit::{Run, Settings, fit};
    /// use nn_runtime::{Network, Rows, Targets, trainer::Swa};
    /// let (mut net, mut run) = (Net::new(1), Run::default());
    /// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
    /// let settings = Settings { swa: Some(Swa { from: 2, every: 1, lr: None }), ..Settings::of(Net::PROGRAM) };
    /// fit(Net::PROGRAM, &settings, &mut run, net.weights_mut(), rows, 4, &mut ())?;
    /// // Epochs 2, 3 and 4.
    /// assert_eq!(run.mean().map(|(weights, epochs)| (weights.len(), epochs)), Some((3, 3)));
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn mean(&self) -> Option<(&[T], usize)> {
        (self.swa_epochs > 0).then_some((&self.swa, self.swa_epochs))
    }
}

impl<T: Real> Run<T> {
    /// Room for the averages. The moving one begins with the weights as they are.
    pub(super) fn begin_averages(&mut self, settings: &Settings<'_>, weights: &[T]) {
        if settings.ema.is_some() && self.ema.is_empty() {
            self.ema = weights.to_vec();
        }
        if settings.swa.is_some() {
            self.swa.resize(weights.len(), T::ZERO);
        }
    }

    /// Takes the weights after a step into the moving average.
    pub(super) fn average_step(&mut self, Ema { decay, warmup }: Ema, weights: &[T]) {
        let steps = self.steps as f64;
        let decay = if warmup { decay.min((1.0 + steps) / (10.0 + steps)) } else { decay };
        let incoming = T::from_f64(1.0 - decay);
        for (average, &weight) in self.ema.iter_mut().zip(weights) {
            *average += incoming * (weight - *average);
        }
    }

    /// Takes the weights after an epoch into the mean, if they count.
    pub(super) fn average_epoch(&mut self, swa: Swa, weights: &[T]) {
        if !swa.counts(self.epochs) {
            return;
        }
        self.swa_epochs += 1;
        let part = T::from_f64(1.0 / self.swa_epochs as f64);
        for (mean, &weight) in self.swa.iter_mut().zip(weights) {
            *mean += part * (weight - *mean);
        }
    }
}

impl Swa {
    /// Whether the weights after this epoch count.
    fn counts(self, epoch: usize) -> bool {
        epoch >= self.from && (epoch - self.from).is_multiple_of(self.every.max(1))
    }
}

/// Computes the running statistics of `weights` anew: the mean over all batches of what each comes to, as PyTorch's `update_bn` does.
/// Weights without statistics stay as they are.
///
/// A statistic is taken for a running mean `keep * before + (1 - keep) * batch`; `keep` is found by asking twice.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->3), batch_norm, dense(1) > }
/// use nn_runtime::fit::{Settings, recompute_state};
/// use nn_runtime::{Network, Rows, Targets};
/// let mut net = Net::new(1);
/// let rows = (Rows::from(&[[5.0, 1.0], [7.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
/// recompute_state(Net::PROGRAM, &Settings::of(Net::PROGRAM), net.weights_mut(), rows)?;
/// // They began at 0, and are now the means of these rows.
/// let means = net.params().find(|param| param.name() == "batch_norm_1.mean").expect("it has some").to_vec();
/// assert!(means.iter().all(|mean| *mean != 0.0));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
///
/// # Errors
/// What [`Rows::check`](crate::Rows::check) and [`Loss::check`](crate::Loss::check) complain about, and [`Error::IdOutOfVocabulary`].
pub fn recompute_state<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    weights: &mut [T],
    (inputs, targets): (Rows<'_, T>, Targets<'_, T>),
) -> Result<(), Error> {
    let rows = step::check(program, &settings.setup.loss, inputs, targets)?;
    let values = step::state_values(program);
    if values == 0 {
        return Ok(());
    }
    let source = Source { program, loss: settings.setup.loss, inputs, targets };
    let mut order: Vec<usize> = (0..rows).collect();
    Stream { seed: settings.seed, stream: SHUFFLE, step: 0 }.shuffle(&mut order);
    let mut pass = Pass::new(&source, settings);
    let mut old = alloc::vec![T::ZERO; values];
    step::read_state(program, weights, &mut old);
    let mut filled = old.clone();
    let mut asked = |weights: &mut [T], before: T, chosen: &[usize], state: &mut [T]| {
        filled.fill(before);
        step::write_state(program, weights, &filled);
        pass.run(weights, chosen, state);
    };
    let (mut zero, mut one, mut sums) = (alloc::vec![T::ZERO; values], old.clone(), alloc::vec![0.0; values]);
    let batches = order.chunks(settings.batch.min(rows));
    let count = batches.len() as f64;
    for (index, chosen) in batches.enumerate() {
        asked(weights, T::ZERO, chosen, &mut zero);
        if index == 0 {
            asked(weights, T::ONE, chosen, &mut one);
            one.iter_mut().zip(&zero).for_each(|(one, &zero)| *one -= zero);
        }
        sums.iter_mut().zip(&zero).for_each(|(sum, zero)| *sum += zero.to_f64());
    }
    for ((old, sum), keep) in old.iter_mut().zip(sums).zip(one) {
        let comes_in = 1.0 - keep.to_f64();
        if comes_in > 1e-6 {
            *old = T::from_f64(sum / count / comes_in);
        }
    }
    step::write_state(program, weights, &old);
    Ok(())
}

/// The memory of forward passes.
struct Pass<'a, T: 'static> {
    source: &'a Source<'a, T>,
    seed: u64,
    inputs: Vec<T>,
    logits: Vec<T>,
    arena: Vec<T>,
}

impl<'a, T: Real> Pass<'a, T> {
    fn new(source: &'a Source<'a, T>, settings: &Settings<'_>) -> Self {
        Self { source, seed: settings.seed, inputs: Vec::new(), logits: Vec::new(), arena: Vec::new() }
    }

    /// Overwrites `state` with what the statistics of `weights` become behind these rows.
    fn run(&mut self, weights: &[T], rows: &[usize], state: &mut [T]) {
        let program = self.source.program;
        self.inputs.clear();
        rows.iter().for_each(|row| self.inputs.extend_from_slice(self.source.inputs_of(*row, 1)));
        self.logits.resize(rows.len() * program.outputs, T::ZERO);
        self.arena.resize(program.train_arena.values(rows.len()).max(self.arena.len()), T::ZERO);
        let draws = step::draws(self.seed, 0, 0);
        let arena = &mut self.arena[..program.train_arena.values(rows.len())];
        (program.forward)(weights, &self.inputs, &mut self.logits, state, arena, draws, &Team::ALONE);
    }
}
