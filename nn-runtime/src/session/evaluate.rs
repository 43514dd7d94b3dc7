//! Loss, metrics and confusion matrix of some rows; knows no file but the one to evaluate.

use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::error::SessionError;
use super::inputs::Part;
use crate::data::{self, Demand, Encodings};
use crate::error::Error;
use crate::fit::Settings;
use crate::loss::Loss;
use crate::metric::{Metric, Scores};
use crate::network::{figures_of, loss_of};
use crate::profile::{self, Section};
use crate::program::Program;
use crate::real::Real;
use crate::report::{Confusion, Evaluation, Figures};
use crate::step;
use crate::weights::Stored;

/// Evaluates the weights of `stored` on all rows of the file at `path`; also the rows that were left out for a missing cell.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-evaluate-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # let path = folder.join("weights.safetensors");
/// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
/// use nn_runtime::session::evaluate;
/// use nn_runtime::weights::Stored;
/// let (evaluation, left_out) = evaluate(Line::PROGRAM, &Stored::open(&path)?, &data, 1)?;
/// assert_eq!((evaluation.rows, left_out), (20, 0));
/// assert!(evaluation.figures.find("mae").is_some());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the weights are not those of `program`, have no encodings, or the data is wrong.
pub fn evaluate<T: Real>(
    program: &'static Program<T>,
    stored: &Stored,
    path: &Path,
    threads: usize,
) -> Result<(Evaluation, usize), SessionError> {
    let mut weights = std::vec![T::ZERO; program.weights];
    stored.copy_to(program, &mut weights)?;
    let encodings = encodings(stored)?;
    let (examples, dropped) = data::reload::<T>(path, &encodings, &Demand::of(program))?;
    let loss = Settings::of(program).setup.loss;
    let metrics = program.recipe.map_or(&[][..], |recipe| recipe.metrics);
    let judge = Judge { program, loss, metrics, threads };
    Ok((judge.evaluation(&weights, &Part::of(program, examples), encodings.classes())?, dropped))
}

/// The encodings beside some weights.
pub(super) fn encodings(stored: &Stored) -> Result<Encodings, SessionError> {
    let file = || stored.file().to_string();
    let json = stored.encodings().ok_or_else(|| SessionError::NoEncodings { file: file() })?;
    Encodings::from_json(json).map_err(|why| SessionError::Encodings { file: file(), why })
}

/// How rows are judged.
pub(super) struct Judge<T: 'static> {
    pub(super) program: &'static Program<T>,
    pub(super) loss: Loss<'static>,
    pub(super) metrics: &'static [Metric],
    pub(super) threads: usize,
}

impl<T: Real> Judge<T> {
    /// The figures of a part, with the confusion matrix if its targets are classes.
    pub(super) fn evaluation(
        &self,
        weights: &[T],
        part: &Part<T>,
        labels: Option<&[String]>,
    ) -> Result<Evaluation, Error> {
        let mut metrics = self.metrics.to_vec();
        // Labels that an expression compares with something need not be classes that the outputs tell apart.
        let labels = labels.filter(|_| self.program.stated().is_none() || !metrics.is_empty());
        if labels.is_some() && !metrics.contains(&Metric::Confusion) {
            metrics.push(Metric::Confusion);
        }
        let (figures, scores) = self.judge(weights, part, &metrics)?;
        let confusion = labels.zip(scores.confusion()).map(|(labels, confusion)| Confusion {
            labels: labels.to_vec(),
            counts: confusion.rows().map(<[u64]>::to_vec).collect(),
        });
        Ok(Evaluation { rows: part.rows, figures, confusion })
    }

    fn judge(&self, weights: &[T], part: &Part<T>, metrics: &[Metric]) -> Result<(Figures, Scores), Error> {
        let (program, targets) = (self.program, part.targets());
        step::check(program, &self.loss, part.rows_of(program), targets)?;
        let outputs = part.outputs(program, weights, self.threads)?;
        Ok(profile::timed(Section::Metrics, || self.scores(part, &outputs, metrics)))
    }

    /// What outputs come to.
    fn scores(&self, part: &Part<T>, outputs: &[T], metrics: &[Metric]) -> (Figures, Scores) {
        let (program, targets) = (self.program, part.targets());
        let rows = part.rows_of(program);
        let loss = loss_of(program, rows, outputs, targets, self.loss);
        let mut scores = Scores::new(metrics, step::width(program)).threshold(self.loss.threshold());
        // What an expression compares need not have the shape of the outputs.
        if !metrics.is_empty() {
            scores.add(outputs, targets);
        }
        let mut metrics: Vec<(String, f64)> =
            scores.scores().into_iter().map(|score| (score.name, score.value)).collect();
        if let (Some(objective), Some(stated)) = (program.objective, figures_of(program, rows, outputs, targets)) {
            metrics.extend(objective.metrics.iter().map(|name| String::from(*name)).zip(stated.into_iter().skip(1)));
        }
        if program.training.is_some() {
            let means = (0..program.outputs).map(|at| mean(outputs.iter().skip(at).step_by(program.outputs)));
            metrics.extend(program.ports.iter().map(|port| String::from(port.name)).zip(means));
        }
        (Figures { loss, metrics }, scores)
    }
}

fn mean<'v, T: Real>(values: impl ExactSizeIterator<Item = &'v T>) -> f64 {
    let count = values.len() as f64;
    values.map(|value| value.to_f64()).sum::<f64>() / count
}

/// The loss and metrics of a part.
pub(super) fn figures<T: Real>(judge: &Judge<T>, weights: &[T], part: &Part<T>) -> Result<Figures, Error> {
    // The matrix is only shown in the end.
    let metrics: Vec<Metric> = judge.metrics.iter().copied().filter(|metric| *metric != Metric::Confusion).collect();
    Ok(judge.judge(weights, part, &metrics)?.0)
}
