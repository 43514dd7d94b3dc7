//! Results as text for people; knows reports only.

use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use crate::data::counted;
use crate::report::{Confusion, Evaluation, Figures, Inspection, Report};

/// The end of a training.
pub(super) fn trained(report: &Report, matrix: bool, written: &[(&'static str, PathBuf)]) -> String {
    let mut text = ended(report);
    let splits: Vec<(&str, &Evaluation)> = report.last.iter().collect();
    text += &std::format!("\n{}", table(&figures_table(&splits), 1));
    if let (true, Some((name, split))) = (matrix, splits.last())
        && let Some(confusion) = &split.confusion
    {
        text += &matrix_of(confusion, std::format!("{name}: {}", counted(split.rows, "row", "rows")));
    }
    let files: Vec<Vec<String>> =
        written.iter().map(|(what, path)| std::vec![what.to_string(), path.display().to_string()]).collect();
    let width = files.iter().map(|file| file[0].len()).max().unwrap_or(0);
    text.push('\n');
    for file in files {
        text += &std::format!("{:width$}  {}\n", file[0], file[1]);
    }
    text
}

fn ended(report: &Report) -> String {
    let done = report.epochs.len();
    let how = match report.ended {
        "early stop" => std::format!("stopped early after {done} of {} epochs", report.settings.epochs),
        "limited" => std::format!("stopped at its limit, after {} of {} epochs", done, report.settings.epochs),
        "interrupted" => std::format!("stopped by Ctrl-C after {done} of {} epochs", report.settings.epochs),
        "not finite" => std::format!("stopped after {done} of {} epochs", report.settings.epochs),
        _ => std::format!("trained for {}", counted(done, "epoch", "epochs")),
    };
    let kept = match (report.averaged_epochs, report.best_epoch) {
        (Some(epochs), _) => std::format!("the mean of the weights of {} is kept", counted(epochs, "epoch", "epochs")),
        (None, 0) => "no epoch was finished".to_string(),
        (None, best) => std::format!("the weights of epoch {best} are kept ({})", report.chosen_by),
    };
    std::format!("{}: {how} in {}; {kept}\n", report.network.name, seconds(report.times.training))
}

/// What is likely to be wrong in the layers.
pub(super) fn warnings(seen: &Inspection) -> String {
    let lines: String = seen.warnings.iter().map(|warning| std::format!("warning: {warning}\n")).collect();
    if lines.is_empty() {
        "\nno gradient vanishes or explodes, and no layer is dead or saturated\n".into()
    } else {
        std::format!("\n{lines}")
    }
}

/// The end of an evaluation.
pub(super) fn evaluated(path: &Path, evaluation: &Evaluation, dropped: usize, matrix: bool) -> String {
    let mut text = path.display().to_string();
    if dropped > 0 {
        text += &std::format!(": {} with a missing cell left out", counted(dropped, "row", "rows"));
    }
    text += &std::format!("\n\n{}", table(&figures_table(&[("all", evaluation)]), 1));
    match &evaluation.confusion {
        Some(confusion) if matrix => text + &matrix_of(confusion, counted(evaluation.rows, "row", "rows")),
        _ => text,
    }
}

fn figures_table(splits: &[(&str, &Evaluation)]) -> Vec<Vec<String>> {
    let mut head = std::vec![String::new(), "rows".into(), "loss".into()];
    if let Some((_, split)) = splits.first() {
        head.extend(split.figures.metrics.iter().map(|(name, _)| name.clone()));
    }
    let mut rows = std::vec![head];
    for (name, Evaluation { rows: count, figures, .. }) in splits {
        let mut row = std::vec![name.to_string(), count.to_string(), number(figures.loss)];
        row.extend(figures.metrics.iter().map(|(_, value)| number(*value)));
        rows.push(row);
    }
    rows
}

fn matrix_of(confusion: &Confusion, title: String) -> String {
    let mut rows = std::vec![std::iter::once(title).chain(confusion.labels.iter().cloned()).collect::<Vec<_>>()];
    for (label, counts) in confusion.labels.iter().zip(&confusion.counts) {
        rows.push(std::iter::once(label.clone()).chain(counts.iter().map(u64::to_string)).collect());
    }
    std::format!("\nconfusion: actual class on the left, predicted class above\n{}", table(&rows, 1))
}

/// Columns side by side, the first `left` of them to the left, the others to the right.
pub(super) fn table(rows: &[Vec<String>], left: usize) -> String {
    let length = |cell: &String| cell.chars().count();
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|column| rows.iter().map(|row| length(&row[column])).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            text +=
                &if column < left { std::format!("{gap}{cell:<width$}") } else { std::format!("{gap}{cell:>width$}") };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// `loss 0.1234  accuracy 0.9583`
pub(super) fn figures(figures: &Figures) -> String {
    let loss = std::format!("loss {}", number(figures.loss));
    if figures.metrics.is_empty() { loss } else { loss + "  " + &metrics(&figures.metrics) }
}

/// `accuracy 0.9583  f1 0.9580`
pub(super) fn metrics(metrics: &[(String, f64)]) -> String {
    let each: Vec<String> = metrics.iter().map(|(name, value)| std::format!("{name} {}", number(*value))).collect();
    each.join("  ")
}

/// A figure with four digits behind the point, or where those would not tell enough, in scientific notation.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() || (1e-2..1e5).contains(&value.abs()) {
        return std::format!("{value:.4}");
    }
    std::format!("{value:.3e}")
}

fn seconds(seconds: f64) -> String {
    match seconds {
        shortest if shortest < 1.0 => std::format!("{:.0} ms", shortest * 1e3),
        short if short < 60.0 => std::format!("{short:.1} s"),
        long => std::format!("{} min {:.0} s", (long / 60.0) as u64, long % 60.0),
    }
}
