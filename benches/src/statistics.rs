//! What many noisy samples say: which are dropped, medians, and ratios of what ran side by side.

/// How much the speed of the machine may change while a sample is taken, or between two that are compared.
pub const STEADY: f64 = 0.1;

/// One contestant in one round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Seconds of a step.
    pub seconds: f64,
    /// What the calibrator did before it, in operations per second.
    pub before: f64,
    /// What it did behind it.
    pub behind: f64,
}

impl Sample {
    /// Whether the machine was as fast before as behind.
    pub fn steady(&self) -> bool {
        near(self.before, self.behind)
    }

    /// How fast the machine was.
    pub fn speed(&self) -> f64 {
        f64::midpoint(self.before, self.behind)
    }

    /// Which part of the calibrator's speed `operations` in a step are.
    pub fn efficiency(&self, operations: f64) -> f64 {
        operations / self.seconds / self.speed()
    }

    /// Whether both are steady, and the machine was as fast for one as for the other.
    fn comparable(&self, other: &Sample) -> bool {
        self.steady() && other.steady() && near(self.speed(), other.speed())
    }
}

/// Whether two speeds differ by at most [`STEADY`] of the larger.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= STEADY * a.max(b)
}

/// The middle of some numbers, the mean of the two in the middle; `None` of none.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[half]),
        _ => Some(f64::midpoint(values[half - 1], values[half])),
    }
}

/// The steady samples; the others are dropped.
pub fn kept(samples: &[Sample]) -> impl Iterator<Item = &Sample> {
    samples.iter().filter(|sample| sample.steady())
}

/// The ratio of two contestants, round by round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The median of ours by theirs.
    pub median: f64,
    /// Over how many rounds.
    pub rounds: usize,
}

/// The median over all rounds of the time of `ours` by that of `theirs`. Rounds in which the speed of the machine changed are left out.
pub fn ratio(ours: &[Sample], theirs: &[Sample]) -> Option<Ratio> {
    let pairs = ours.iter().zip(theirs).filter(|(ours, theirs)| ours.comparable(theirs));
    let ratios: Vec<f64> = pairs.map(|(ours, theirs)| ours.seconds / theirs.seconds).collect();
    let rounds = ratios.len();
    median(ratios).map(|median| Ratio { median, rounds })
}

#[cfg(test)]
mod tests {
    use super::{Ratio, Sample, kept, median, ratio};

    fn sample(seconds: f64, before: f64, behind: f64) -> Sample {
        Sample { seconds, before, behind }
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0]), Some(3.0));
        assert_eq!(median([9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn samples_of_a_changing_machine_are_dropped() {
        let samples = [sample(1.0, 100.0, 91.0), sample(9.0, 100.0, 89.0), sample(9.0, 60.0, 100.0)];
        assert_eq!(kept(&samples).map(|sample| sample.seconds).collect::<Vec<_>>(), [1.0]);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        // In the second round the machine was slower for both; in the third for one of them, in the fourth within one.
        let ours =
            [sample(1.0, 100.0, 100.0), sample(3.0, 60.0, 60.0), sample(9.0, 60.0, 60.0), sample(9.0, 60.0, 99.0)];
        let theirs =
            [sample(2.0, 100.0, 100.0), sample(4.0, 60.0, 60.0), sample(1.0, 99.0, 99.0), sample(1.0, 80.0, 80.0)];
        assert_eq!(ratio(&ours, &theirs), Some(Ratio { median: 0.625, rounds: 2 }));
        assert_eq!(ratio(&ours[2..], &theirs[2..]), None);
    }

    #[test]
    fn efficiency_is_a_part_of_the_calibrator() {
        assert_eq!(sample(0.5, 90.0, 110.0).efficiency(25.0), 0.5);
    }
}
