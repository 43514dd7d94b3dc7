//! Which settings each trial has: combinations, or numbers at random that depend on the seed and the number of the trial alone.

use nn_compiler::recipe::search::{Search, Strategy, Values, Varied};

/// The trials of random strategies where the text does not say how many.
const TRIALS: usize = 20;
/// How often a trial is drawn again because there is one like it.
const ATTEMPTS: u64 = 1000;

/// A value for each thing that is varied.
pub(crate) type Chosen = Vec<f64>;

/// The settings of each trial; no two are the same.
pub(crate) fn trials(search: &Search) -> Vec<Chosen> {
    let varied = &search.varied;
    let wanted = match search.strategy {
        Strategy::Grid => search.trials.unwrap_or(usize::MAX),
        Strategy::Random | Strategy::Halving { .. } => search.trials.unwrap_or(TRIALS),
    };
    let size = varied.iter().try_fold(1_usize, |size, varied| size.checked_mul(varied.values.count()?));
    if size.is_some_and(|size| search.strategy == Strategy::Grid || size <= wanted) {
        return grid(varied, wanted);
    }
    let mut trials: Vec<Chosen> = Vec::new();
    for trial in 0..wanted as u64 {
        let draw = |attempt: u64| drawn(varied, search.seed, trial, attempt);
        // Whole numbers of a narrow range may be used up.
        let Some(chosen) = (0..ATTEMPTS).map(draw).find(|chosen| !trials.contains(chosen)) else { break };
        trials.push(chosen);
    }
    trials
}

/// The first combinations of listed values; the last thing changes fastest.
fn grid(varied: &[Varied], most: usize) -> Vec<Chosen> {
    let mut trials: Vec<Chosen> = vec![Vec::new()];
    for Varied { values, .. } in varied {
        let Values::Listed(values) = values else { continue };
        let longer = |chosen: &Chosen| values.iter().map(|value| [&chosen[..], &[*value]].concat()).collect::<Vec<_>>();
        trials = trials.iter().flat_map(longer).collect();
    }
    trials.truncate(most);
    trials
}

/// The settings of a trial at an attempt.
fn drawn(varied: &[Varied], seed: u64, trial: u64, attempt: u64) -> Chosen {
    let place = |index: usize| (trial * ATTEMPTS + attempt) * varied.len() as u64 + index as u64;
    varied.iter().enumerate().map(|(index, varied)| value(&varied.values, unit(seed, place(index)))).collect()
}

/// What a number from 0 to 1 stands for.
fn value(values: &Values, unit: f64) -> f64 {
    match values {
        Values::Listed(values) => values[((unit * values.len() as f64) as usize).min(values.len() - 1)],
        // Each whole number has as much room as the others.
        Values::Uniform { low, high, whole: true } => (low + (unit * (high - low + 1.0)).floor()).min(*high),
        Values::Uniform { low, high, .. } => short(low + unit * (high - low)).clamp(*low, *high),
        Values::Log { low, high, whole } => {
            let x = (low.ln() + unit * (high.ln() - low.ln())).exp();
            (if *whole { x.round() } else { short(x) }).clamp(*low, *high)
        }
    }
}

/// Four digits: people copy the numbers, and no search is finer.
fn short(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

/// A number from 0 to 1 that only `seed` and `place` decide: `SplitMix64` (Steele, Lea and Flood 2014) of both.
fn unit(seed: u64, place: u64) -> f64 {
    let mixed = mix(mix(seed).wrapping_add(place.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use nn_compiler::recipe::Monitor;
    use nn_compiler::recipe::search::What;

    use super::*;

    fn search(strategy: Strategy, trials: Option<usize>, values: Vec<Values>) -> Search {
        let varied =
            |(index, values)| Varied { name: format!("v{index}"), what: What::Constant, values, text: String::new() };
        Search {
            network: "N".to_owned(),
            varied: values.into_iter().enumerate().map(varied).collect(),
            strategy,
            trials,
            seed: 7,
            monitor: Monitor { name: "loss".to_owned(), larger: false },
            epochs: None,
            parallel: None,
        }
    }

    #[test]
    fn a_grid_has_every_combination_once() {
        let values = vec![Values::Listed(vec![1.0, 2.0]), Values::Listed(vec![3.0, 4.0, 5.0])];
        let all = trials(&search(Strategy::Grid, None, values.clone()));
        assert_eq!(all.len(), 6);
        assert_eq!(all[..2], [vec![1.0, 3.0], vec![1.0, 4.0]]);
        assert_eq!(trials(&search(Strategy::Grid, Some(4), values)), all[..4]);
    }

    #[test]
    fn numbers_at_random_stay_in_their_ranges_and_fill_them() {
        let values = vec![
            Values::Log { low: 1e-4, high: 1.0, whole: false },
            Values::Uniform { low: -1.0, high: 1.0, whole: false },
            Values::Uniform { low: 1.0, high: 3.0, whole: true },
            Values::Log { low: 8.0, high: 256.0, whole: true },
        ];
        let all = trials(&search(Strategy::Random, Some(1000), values));
        assert_eq!(all.len(), 1000);
        let part = |index: usize, holds: fn(f64) -> bool| all.iter().filter(|chosen| holds(chosen[index])).count();
        assert!((450..550).contains(&part(0, |x| x < 1e-2)), "half of the orders of magnitude");
        assert!((450..550).contains(&part(1, |x| x < 0.0)));
        for whole in [1.0, 2.0, 3.0] {
            assert!((280..390).contains(&all.iter().filter(|chosen| chosen[2] == whole).count()), "{whole}");
        }
        assert!(all.iter().all(|chosen| chosen[3].fract() == 0.0 && (8.0..=256.0).contains(&chosen[3])));
        assert!(all.iter().all(|chosen| (1e-4..=1.0).contains(&chosen[0]) && (-1.0..=1.0).contains(&chosen[1])));
    }

    #[test]
    fn more_trials_begin_with_the_same_ones_and_none_comes_twice() {
        let values = || vec![Values::Listed((0..10).map(f64::from).collect()), Values::Listed(vec![0.0, 1.0])];
        let few = trials(&search(Strategy::Random, Some(5), values()));
        let more = trials(&search(Strategy::Random, Some(15), values()));
        assert_eq!(few, more[..5]);
        assert!(more.iter().enumerate().all(|(index, chosen)| !more[..index].contains(chosen)));
        // A space with no more places than trials is tried as a whole.
        assert_eq!(trials(&search(Strategy::Random, Some(50), values())).len(), 20);
        let narrow = vec![Values::Uniform { low: 1.0, high: 4.0, whole: true }];
        assert_eq!(trials(&search(Strategy::Random, Some(50), narrow)).len(), 4);
    }
}
