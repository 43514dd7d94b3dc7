//! What was measured, and what it says: the JSON of a run.

use serde_json::{Value, json};

use crate::agreement::Parting;
use crate::protocol::Mode;
use crate::rounds::Pace;
use crate::statistics::{Ratio, Sample, kept, median, ratio};
use crate::task::Task;

/// A run: all that was measured by one command.
#[derive(Clone, Debug)]
pub struct Report {
    /// Machine, versions and date; see [`crate::machine::facts`].
    pub facts: Vec<(&'static str, String)>,
    /// How long everything took.
    pub pace: Pace,
    /// What was measured.
    pub measurements: Vec<Measurement>,
}

/// A task in one mode on some threads: ours first, then the peers.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// The task.
    pub task: &'static Task,
    /// What was timed.
    pub mode: Mode,
    /// On how many threads.
    pub threads: usize,
    /// All who were asked.
    pub results: Vec<Outcome>,
}

/// What one contestant came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// The library and its version; empty if it did not take part.
    pub version: String,
    /// Its first losses.
    pub losses: Vec<f64>,
    /// Its times, or why there are none.
    pub verdict: Verdict,
}

/// Whether a contestant was timed.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It was, once a round.
    Timed(Vec<Sample>),
    /// It computes something else.
    Parts(Parting),
    /// It takes no part, for this reason.
    Absent(String),
}

impl Outcome {
    /// All its samples; none if it was not timed.
    pub fn samples(&self) -> &[Sample] {
        match &self.verdict {
            Verdict::Timed(samples) => samples,
            _ => &[],
        }
    }

    /// Seconds of a step: the median of what is kept.
    pub fn seconds(&self) -> Option<f64> {
        median(kept(self.samples()).map(|sample| sample.seconds))
    }
}

impl Measurement {
    /// Ours.
    pub fn ours(&self) -> &Outcome {
        &self.results[0]
    }

    /// The fastest peer that computes the same.
    pub fn best_peer(&self) -> Option<&Outcome> {
        let timed = self.results[1..].iter().filter_map(|peer| Some((peer, peer.seconds()?)));
        timed.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(peer, _)| peer)
    }

    /// Our time by that of a peer.
    pub fn ratio(&self, peer: &Outcome) -> Option<Ratio> {
        ratio(self.ours().samples(), peer.samples())
    }

    /// Which part of the calibrator's speed a contestant reaches: the median over what is kept.
    pub fn efficiency(&self, outcome: &Outcome) -> Option<f64> {
        median(kept(outcome.samples()).map(|sample| sample.efficiency(self.operations())))
    }

    /// Floating-point operations of a step.
    pub fn operations(&self) -> f64 {
        match self.mode {
            Mode::Train => self.task.step_operations() as f64,
            Mode::Infer => self.task.example_operations() as f64,
        }
    }

    /// How many samples were taken, and how many of them dropped.
    pub fn dropped(&self) -> (usize, usize) {
        let all = || self.results.iter().map(Outcome::samples);
        let taken = all().map(<[Sample]>::len).sum();
        (taken, taken - all().map(|samples| kept(samples).count()).sum::<usize>())
    }

    fn json(&self) -> Value {
        let results: Vec<Value> = self.results.iter().map(|outcome| self.outcome_json(outcome)).collect();
        let best = self.best_peer();
        json!({
            "task": self.task.name,
            "mode": self.mode.to_string(),
            "threads": self.threads,
            "operations": self.operations(),
            "best_peer": best.map(|peer| &peer.name),
            "ratio": best.and_then(|peer| self.ratio(peer)).map(|ratio| ratio.median),
            "results": results,
        })
    }

    fn outcome_json(&self, outcome: &Outcome) -> Value {
        let why = match &outcome.verdict {
            Verdict::Timed(_) => None,
            Verdict::Parts(parting) => Some(parting.to_string()),
            Verdict::Absent(why) => Some(why.clone()),
        };
        let samples: Vec<Value> =
            outcome.samples().iter().map(|sample| json!([sample.seconds, sample.before, sample.behind])).collect();
        let ratio = self.ratio(outcome);
        json!({
            "name": outcome.name,
            "version": outcome.version,
            "losses": outcome.losses,
            "not_timed": why,
            "seconds": outcome.seconds(),
            "efficiency": self.efficiency(outcome),
            "kept": kept(outcome.samples()).count(),
            "ours_by_this": ratio.map(|ratio| ratio.median),
            "ours_by_this_rounds": ratio.map(|ratio| ratio.rounds),
            "samples_seconds_speed_before_speed_behind": samples,
        })
    }
}

impl Report {
    /// All of it.
    pub fn json(&self) -> Value {
        let facts: serde_json::Map<String, Value> =
            self.facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.as_str().into())).collect();
        json!({
            "facts": facts,
            "rounds": self.pace.rounds,
            "milliseconds": self.pace.milliseconds,
            "measurements": self.measurements.iter().map(Measurement::json).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Measurement, Outcome, Pace, Report, Verdict};
    use crate::agreement::Parting;
    use crate::protocol::Mode;
    use crate::statistics::Sample;
    use crate::task::Task;

    fn outcome(name: &str, verdict: Verdict) -> Outcome {
        Outcome { name: name.to_owned(), version: format!("{name}-1"), losses: vec![2.5], verdict }
    }

    /// Ours takes 1 ms, `slow` 4 and `fast` 2; `other` computes something else, `none` is not there.
    pub(crate) fn report() -> Report {
        let timed = |milliseconds: f64| {
            let steady = Sample { seconds: milliseconds / 1e3, before: 1e12, behind: 1e12 };
            Verdict::Timed(vec![steady, Sample { before: 5e11, ..steady }, steady])
        };
        let results = vec![
            outcome("ours", timed(1.0)),
            outcome("slow", timed(4.0)),
            outcome("other", Verdict::Parts(Parting::Step { step: 2, ours: 2.0, theirs: 3.0 })),
            outcome("fast", timed(2.0)),
            outcome("none", Verdict::Absent("it is not installed".to_owned())),
        ];
        let task = Task::named("mlp").expect("a task");
        let measurement = Measurement { task, mode: Mode::Train, threads: 1, results };
        let pace = Pace { rounds: 3, milliseconds: 40 };
        Report { facts: vec![("date", "today".to_owned())], pace, measurements: vec![measurement] }
    }

    #[test]
    fn ours_is_compared_with_the_best_peer() {
        let report = report();
        let measurement = &report.measurements[0];
        let best = measurement.best_peer().expect("a peer");
        assert_eq!(best.name, "fast");
        let ratio = measurement.ratio(best).expect("rounds");
        assert_eq!((ratio.median, ratio.rounds), (0.5, 2));
        assert_eq!(measurement.dropped(), (9, 3));
        let efficiency = measurement.efficiency(measurement.ours()).expect("samples");
        assert!((efficiency - 0.411).abs() < 1e-3, "0.411 GFLOP in a millisecond at 1000 GFLOP/s: {efficiency}");
    }

    #[test]
    fn who_computes_something_else_has_no_ratio() {
        let json = report().json();
        let results = &json["measurements"][0]["results"];
        assert_eq!(results[2]["not_timed"], "loss 3.000000 beside our 2.000000 at step 2");
        assert!(results[2]["ours_by_this"].is_null() && results[4]["seconds"].is_null());
        assert_eq!(results[1]["ours_by_this"], 0.25);
        assert_eq!(json["measurements"][0]["best_peer"], "fast");
    }
}
