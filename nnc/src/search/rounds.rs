//! How many trials run for how many epochs: all of them for all epochs, or fewer and fewer for more and more; knows no trial.

use nn_compiler::recipe::search::Strategy;

/// Some trials with so many epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    /// How many trials.
    pub(crate) trials: usize,
    /// The epochs that each has behind it in the end, those of the rounds before included.
    pub(crate) epochs: usize,
}

/// The rounds of a search.
///
/// Successive halving (Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
/// Algorithm 1, with `eta` in place of 2 as in Li et al. 2018): of `n` trials round `k` has `n / eta^k`, each with
/// `epochs / eta^(last - k)` epochs, so that all rounds cost about the same.
pub(crate) fn rounds(strategy: Strategy, trials: usize, epochs: usize) -> Vec<Round> {
    let Strategy::Halving { eta, min_epochs } = strategy else { return vec![Round { trials, epochs }] };
    // The first round has at least `min_epochs`, the last at least one trial.
    let mut last = 0;
    let mut share = eta;
    while share <= trials && epochs / share >= min_epochs.max(1) {
        last += 1;
        share = share.saturating_mul(eta);
    }
    let power = |exponent: u32| eta.saturating_pow(exponent);
    (0..=last).map(|round| Round { trials: trials / power(round), epochs: epochs / power(last - round) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halving(eta: usize, min_epochs: usize, trials: usize, epochs: usize) -> Vec<(usize, usize)> {
        let rounds = rounds(Strategy::Halving { eta, min_epochs }, trials, epochs);
        rounds.iter().map(|round| (round.trials, round.epochs)).collect()
    }

    #[test]
    fn each_round_has_fewer_trials_with_more_epochs() {
        assert_eq!(halving(3, 1, 27, 81), [(27, 3), (9, 9), (3, 27), (1, 81)]);
        assert_eq!(halving(2, 1, 20, 100), [(20, 6), (10, 12), (5, 25), (2, 50), (1, 100)]);
        assert_eq!(halving(3, 10, 27, 81), [(27, 27), (9, 81)]);
        assert_eq!(halving(3, 1, 2, 81), [(2, 81)]);
        assert_eq!(halving(3, 1, 27, 2), [(27, 2)]);
    }

    #[test]
    fn other_strategies_have_one_round() {
        assert_eq!(rounds(Strategy::Random, 20, 100), [Round { trials: 20, epochs: 100 }]);
    }
}
