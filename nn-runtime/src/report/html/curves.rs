//! Loss, metrics and learning rate over the epochs; knows reports.

use std::fmt::Result;
use std::string::String;
use std::vec::Vec;

use super::chart::{Chart, Series};
use super::section;
use crate::report::{EpochReport, Figures, Report};

pub(super) fn curves(out: &mut String, report: &Report) -> Result {
    if report.epochs.is_empty() {
        return Ok(());
    }
    section(out, "Curves", |out| {
        out.push_str("<div class=\"charts\">\n");
        losses(report).write(out)?;
        for name in metrics(report) {
            metric(report, &name).write(out)?;
        }
        let rates = over(report, |epoch| Some(epoch.learning_rate));
        let mut rate = Chart::new("learning rate", "epoch", "rate", Vec::from([Series::line("learning rate", rates)]));
        (rate.epochs, rate.from_zero) = (true, true);
        rate.write(out)?;
        out.push_str("</div>\n");
        Ok(())
    })
}

fn over(report: &Report, value: impl Fn(&EpochReport) -> Option<f64>) -> Vec<(f64, f64)> {
    report.epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, value(epoch)?))).collect()
}

/// Series of epochs that have any values.
fn series(list: [(&str, Vec<(f64, f64)>); 3]) -> Vec<Series> {
    let there = list.into_iter().filter(|(_, points)| !points.is_empty());
    there.map(|(name, points)| Series::line(name, points)).collect()
}

fn losses(report: &Report) -> Chart<'static> {
    let all = series([
        ("steps (with noise and penalties)", over(report, |epoch| Some(epoch.step_loss))),
        ("training rows", over(report, |epoch| Some(epoch.train.as_ref()?.loss))),
        ("validation rows", over(report, |epoch| Some(epoch.validation.as_ref()?.loss))),
    ]);
    let mark = (report.best_epoch > 0).then_some((report.best_epoch as f64, "kept"));
    Chart { epochs: true, mark, from_zero: true, ..Chart::new("loss", "epoch", "loss", all) }
}

/// The names of the metrics of the epochs.
fn metrics(report: &Report) -> Vec<String> {
    let figures = report.epochs.first().and_then(|epoch| epoch.validation.as_ref().or(epoch.train.as_ref()));
    figures.map(|figures| figures.metrics.iter().map(|(name, _)| name.clone()).collect()).unwrap_or_default()
}

fn metric<'a>(report: &Report, name: &'a str) -> Chart<'a> {
    let of = |figures: &Figures| figures.metrics.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    let all = series([
        ("training rows", over(report, |epoch| of(epoch.train.as_ref()?))),
        ("validation rows", over(report, |epoch| of(epoch.validation.as_ref()?))),
        ("", Vec::new()),
    ]);
    let mark = (report.best_epoch > 0).then_some((report.best_epoch as f64, "kept"));
    Chart { epochs: true, mark, ..Chart::new(name, "epoch", name, all) }
}
