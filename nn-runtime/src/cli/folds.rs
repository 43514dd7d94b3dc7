//! Cross-validation from the command line: a folder for each fold, and what all of them came to; knows no training.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::args::Train;
use super::commands::{self, Job, One, json, write};
use super::summary::{number, table};
use super::{AnyProgram, Failure};
use crate::recipe::Folds;
use crate::report::{CrossValidation, Spread};
use crate::session::{self, Ended, SessionError, Watch};

/// How many folds there are, if there is more than one training: as the command line says, or else the text.
pub(super) fn asked(train: &Train, network: AnyProgram) -> Option<usize> {
    let stated = network.recipe().and_then(|recipe| recipe.split.folds).map(|folds| folds.count);
    train.folds.or(stated).filter(|count| *count > 1)
}

/// Trains once for each fold. What is done is written down after each, so that `--resume` goes on behind it.
pub(super) fn train(
    job: &Job<'_>,
    count: usize,
    train: &Train,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let path = job.folder.join("folds.json");
    let mut summary = known(&path, job, count).filter(|_| train.checkpoints.resume);
    let mut last = None;
    commands::watched(train, err, |watch| {
        for held in 0..count {
            if let Some(one) = fold(&job.of_fold(count, held), Folds { count, held }, &mut summary, watch)? {
                write(&path, &json(&summary)?)?;
                let is_last = !matches!(one.ended, Ended::Finished | Ended::Early);
                last = Some(one);
                if is_last {
                    break;
                }
            }
        }
        Ok::<(), SessionError>(())
    })??;
    let text = match (&summary, train.json) {
        (Some(summary), true) => json(summary)?,
        (Some(summary), false) => told(summary, count, &path),
        (None, _) => String::new(),
    };
    out.write_all(text.as_bytes()).map_err(Failure::Output)?;
    last.map_or(Ok(()), |One { ended, report, .. }| commands::finite(&ended, &report))
}

/// What an earlier run of the same trainings has done.
fn known(path: &Path, job: &Job<'_>, count: usize) -> Option<CrossValidation> {
    let done: CrossValidation = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let recipe = job.network.recipe()?;
    let data = job.overrides.data.clone().or_else(|| recipe.data.map(|data| data.path.into()))?;
    let settings = session::planned(recipe, &job.overrides.of_fold(count, 0));
    done.goes_on(job.network.name(), &data.display().to_string(), &settings).then_some(done)
}

/// Trains on one fold and adds it to the summary; nothing if that has it already.
fn fold(
    job: &Job<'_>,
    Folds { count, held }: Folds,
    summary: &mut Option<CrossValidation>,
    watch: &mut dyn Watch,
) -> Result<Option<One>, SessionError> {
    if summary.as_ref().is_some_and(|summary| held < summary.folds.len()) {
        watch.on_note(&std::format!("fold {} of {count} is done already", held + 1));
        return Ok(None);
    }
    watch.on_note(&std::format!("fold {} of {count}", held + 1));
    let one = job.run(watch)?;
    match summary {
        Some(summary) => summary.go_on(&one.report),
        None => *summary = CrossValidation::begin(&one.report),
    }
    Ok(Some(one))
}

/// The figures of each fold, mean and deviation.
fn told(summary: &CrossValidation, count: usize, path: &Path) -> String {
    let done = summary.folds.len();
    let mut text = std::format!("{}: {done} of {count} folds\n\n", summary.network);
    let names = |spread: &Spread| -> Vec<String> {
        let metrics = spread.mean.metrics.iter().map(|(name, _)| name.clone());
        std::iter::once("loss".into()).chain(metrics).collect()
    };
    let mut rows = std::vec![
        ["".to_string(), "rows".into(), "best epoch".into()]
            .into_iter()
            .chain(names(&summary.validation))
            .collect::<Vec<_>>()
    ];
    let cells = |figures: &crate::report::Figures| -> Vec<String> {
        let metrics = figures.metrics.iter().map(|(_, value)| number(*value));
        std::iter::once(number(figures.loss)).chain(metrics).collect()
    };
    for fold in &summary.folds {
        let head = [std::format!("fold {}", fold.fold), fold.rows.to_string(), fold.best_epoch.to_string()];
        rows.push(head.into_iter().chain(cells(&fold.validation)).collect());
    }
    let mut spread = |what: &str, spread: &Spread| {
        for (name, figures) in [("mean", &spread.mean), ("deviation", &spread.deviation)] {
            let head = [std::format!("{name}{what}"), String::new(), String::new()];
            rows.push(head.into_iter().chain(cells(figures)).collect());
        }
    };
    spread("", &summary.validation);
    if let Some(test) = &summary.test {
        spread(", test rows", test);
    }
    text += &table(&rows, 1);
    let folder = path.parent().unwrap_or(path).join("fold-1");
    text + &std::format!(
        "\nfigures  {}\nweights  {} and its neighbours; `--folds 1` trains one network on all of these rows\n",
        path.display(),
        folder.display()
    )
}
