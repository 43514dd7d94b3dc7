//! What becomes of the rows of a batch when it is put together: changes, and mixtures of two rows. Knows how to draw them, and no shard.

use super::Settings;
use super::worker::{Chosen, Source};
use crate::augment::Augment;
use crate::batch::Targets;
use crate::error::Error;
use crate::loss::Loss;
use crate::program::Program;
use crate::real::Real;
use crate::rng::{MIXUP, Stream};

/// The changes of one batch.
#[derive(Clone, Copy)]
pub(super) struct Fresh<'a> {
    augment: &'a [Augment],
    mix: Option<Mix>,
    /// The rows of the whole batch.
    all: Chosen<'a>,
    /// The seed and the step.
    step: Stream,
}

/// How the rows of a batch are mixed (Zhang, Cissé, Dauphin and Lopez-Paz 2018, "mixup: Beyond Empirical Risk Minimization", section 2):
/// each with the one that stands so many places behind it, which is another permutation of the batch at each step.
#[derive(Clone, Copy)]
struct Mix {
    alpha: f64,
    behind: usize,
}

impl<'a> Fresh<'a> {
    /// The changes of batch `number`; none if the settings ask for none.
    pub(super) fn of(settings: &Settings<'a>, number: u64, all: Chosen<'a>) -> Option<Self> {
        let Settings { augment, mixup, seed, .. } = *settings;
        let step = Stream { seed, stream: MIXUP, step: number as u32 };
        let mix = mixup.filter(|_| all.len() > 1).map(|alpha| {
            let word = Stream { stream: MIXUP + 1, ..step }.word(0);
            Mix { alpha, behind: 1 + ((u64::from(word) * (all.len() as u64 - 1)) >> 32) as usize }
        });
        (mix.is_some() || !augment.is_empty()).then_some(Self { augment, mix, all, step })
    }

    /// Whether rows are mixed, so that targets are values.
    pub(super) fn mixes(&self) -> bool {
        self.mix.is_some()
    }

    /// The row at a place of the batch, changed, into `out`.
    pub(super) fn row<T: Real>(&self, source: &Source<'_, T>, place: usize, out: &mut [T], spare: &mut [T]) {
        out.copy_from_slice(source.inputs_of(self.all.row(place), 1));
        for (index, augment) in self.augment.iter().enumerate() {
            augment.apply(source.program, out, spare, (index, self.step), place as u64);
        }
    }

    /// The row that the one at `place` is mixed with, by its place, and the share of the first.
    pub(super) fn partner(&self, place: usize) -> Option<(usize, f64)> {
        let Mix { alpha, behind } = self.mix?;
        Some(((place + behind) % self.all.len(), share(alpha, self.step, place as u64)))
    }

    /// The targets of the row at a place.
    pub(super) fn targets<'s, T: Real>(&self, source: &'s Source<'_, T>, place: usize) -> Targets<'s, T> {
        source.targets_of(self.all.row(place), 1)
    }

    /// How much the row at a place counts in the loss: of two that are mixed, each as much as its share.
    pub(super) fn sample_weight<T: Real>(&self, source: &Source<'_, T>, place: usize) -> f64 {
        self.shared(place, |place| source.sample_weight(self.all.row(place)))
    }

    /// What of a mixture is the sum of what its rows have, each as much as its share.
    fn shared(&self, place: usize, of: impl Fn(usize) -> f64) -> f64 {
        match self.partner(place) {
            Some((partner, share)) => share * of(place) + (1.0 - share) * of(partner),
            None => of(place),
        }
    }

    /// The divisor of the loss over the whole batch: of mixed classes with weights, each counts as much as its share.
    pub(super) fn divisor<T: Real>(&self, source: &Source<'_, T>) -> f64 {
        if !self.mixes() {
            return source.divisor(self.all);
        }
        let weighs = matches!(source.loss, Loss::CrossEntropy { class_weights, .. } if !class_weights.is_empty());
        let by_class = weighs && matches!(source.targets, Targets::Classes(_));
        let of = |place: usize| {
            let classes = |place: usize| source.unweighted_divisor(self.all.row(place));
            let one = if by_class { self.shared(place, classes) } else { classes(place) };
            self.sample_weight(source, place) * one
        };
        (0..self.all.len()).map(of).sum()
    }
}

/// A number from the Beta distribution with both parameters `alpha`: `(1 + s / sqrt(1 + 1 / q^2)) / 2` with the sign `s` of
/// `q = sqrt(u^(-1/alpha) - 1) cos(2 pi v)` (Devroye 1996, "Random variate generation in one line of code", by the way of Student's t).
fn share(alpha: f64, step: Stream, place: u64) -> f64 {
    let [u, v, ..] = step.block(place);
    // Neither is 0.
    let unit = |word: u32| (f64::from(word) + 1.0) / 4_294_967_296.0;
    let radius = libm::expm1(-libm::log(unit(u)) / alpha);
    let cos = libm::cos(core::f64::consts::TAU * unit(v));
    let size = 1.0 / libm::sqrt(1.0 + 1.0 / (radius * cos * cos));
    0.5 * (1.0 + if cos < 0.0 { -size } else { size })
}

/// Whether the rows of a network can be changed and mixed as these settings say.
///
/// # Errors
/// What [`Augment::check`] complains about, and [`Error::Mixup`].
pub(super) fn check<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    targets: Targets<'_, T>,
) -> Result<(), Error> {
    settings.augment.iter().try_for_each(|augment| augment.check(program))?;
    if settings.mixup.is_none() {
        return Ok(());
    }
    let classes = matches!(targets, Targets::Classes(_));
    let compares = program.objective.is_some_and(|objective| objective.targets > 0);
    let why = match settings.setup.loss {
        _ if program.training.is_some() => "it has steps, whose losses are no means over targets",
        _ if !program.ids.is_empty() => "the network reads ids, and between two of them is none",
        Loss::Hinge => "`hinge` knows two targets, and none between them",
        Loss::Objective if classes && compares => {
            "its loss is an expression that reads class ids, and between two of them is none"
        }
        Loss::Custom(_) if classes => "its loss is a function of class ids, and between two of them is none",
        _ => return Ok(()),
    };
    Err(Error::Mixup { why })
}

#[cfg(test)]
mod tests {
    use super::share;
    use crate::rng::{MIXUP, Stream};

    #[test]
    fn shares_are_those_of_the_beta_distribution() {
        for alpha in [0.2, 0.5, 1.0, 2.0, 8.0] {
            let n = 60_000;
            let of = |place: u64| share(alpha, Stream { seed: 4, stream: MIXUP, step: 1 }, place);
            let moment = |power: i32| (0..n).map(|place| (of(place) - 0.5).powi(power)).sum::<f64>() / n as f64;
            // About the mean 1/2: variance 1 / (4 (2 a + 1)), fourth moment 3 / (16 (2 a + 1) (2 a + 3)).
            let wide = 2.0 * alpha + 1.0;
            assert!(moment(1).abs() < 0.006, "{alpha}: {}", moment(1));
            assert!((moment(2) * 4.0 * wide - 1.0).abs() < 0.02, "{alpha}: {}", moment(2));
            assert!((moment(4) * 16.0 * wide * (wide + 2.0) / 3.0 - 1.0).abs() < 0.03, "{alpha}: {}", moment(4));
            assert!((0..n).all(|place| (0.0..=1.0).contains(&of(place))));
        }
        // Of 1 it is the uniform distribution.
        let below = (0..60_000).filter(|place| share(1.0, Stream { seed: 5, stream: MIXUP, step: 2 }, *place) < 0.3);
        assert!((below.count() as f64 / 60_000.0 - 0.3).abs() < 0.01);
        // Of nearly 0, nearly always one of both rows.
        let extreme = (0..1000).map(|place| share(1e-4, Stream { seed: 6, stream: MIXUP, step: 3 }, place));
        let between = extreme.filter(|share| !(share.is_finite() && share.min(1.0 - share) < 0.01));
        assert!(between.count() < 10);
    }
}
