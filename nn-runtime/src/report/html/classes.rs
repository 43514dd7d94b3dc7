//! Classes: the confusion matrix, ROC curves, and figures for each class; knows reports.

use std::fmt::{Result, Write};
use std::string::String;
use std::vec::Vec;

use super::chart::{COLOURS, Chart, Series};
use super::section;
use super::words::{Escaped, grouped, number};
use crate::report::{Confusion, Examined, Report, RocCurve};

/// More classes than this make no matrix that can be read.
const MATRIX: usize = 40;

pub(super) fn classes(out: &mut String, report: &Report, examined: Option<&Examined>) -> Result {
    // The split that was looked at last tells most.
    let confusion = report.last.iter().filter_map(|(name, split)| Some((name, split.confusion.as_ref()?))).last();
    if let Some((split, confusion)) = confusion {
        section(out, "Classes", |out| {
            writeln!(out, "<p class=\"soft\">All {split} rows.</p>")?;
            matrix(out, confusion)?;
            table(out, confusion)
        })?;
    }
    match examined {
        Some(examined) => section(out, "ROC curves", |out| roc(out, examined)),
        None => Ok(()),
    }
}

fn matrix(out: &mut String, confusion: &Confusion) -> Result {
    let Confusion { labels, counts } = confusion;
    if labels.len() > MATRIX {
        return writeln!(
            out,
            "<p class=\"soft\">A confusion matrix of {} classes is in report.json.</p>",
            labels.len()
        );
    }
    writeln!(out, "<h3>Confusion: actual class on the left, predicted class above</h3>")?;
    write!(out, "<div class=\"wide\"><table class=\"matrix\"><thead><tr><th></th>")?;
    for label in labels {
        write!(out, "<th scope=\"col\">{}</th>", Escaped(label))?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for (label, row) in labels.iter().zip(counts) {
        write!(out, "<tr><th scope=\"row\">{}</th>", Escaped(label))?;
        let all: u64 = row.iter().sum();
        for count in row {
            let part = if all == 0 { 0.0 } else { *count as f64 / all as f64 };
            let deep = if part > 0.55 { " class=\"deep\"" } else { "" };
            let shown = part.sqrt();
            write!(
                out,
                "<td{deep} style=\"--p:{shown:.2}\" title=\"{:.1} % of this class\">{count}</td>",
                100.0 * part
            )?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// A class in figures. A quotient of nothing is 0, as in scikit-learn.
struct Row {
    precision: f64,
    recall: f64,
    f1: f64,
    support: u64,
}

fn row(counts: &[Vec<u64>], class: usize) -> Row {
    let right = counts[class][class] as f64;
    let support: u64 = counts[class].iter().sum();
    let answers: u64 = counts.iter().map(|row| row[class]).sum();
    let part = |of: f64, whole: f64| if whole == 0.0 { 0.0 } else { of / whole };
    let (precision, recall) = (part(right, answers as f64), part(right, support as f64));
    Row { precision, recall, f1: part(2.0 * right, support as f64 + answers as f64), support }
}

fn table(out: &mut String, confusion: &Confusion) -> Result {
    let rows: Vec<Row> = (0..confusion.labels.len()).map(|class| row(&confusion.counts, class)).collect();
    writeln!(
        out,
        "<h3>Each class</h3><div class=\"wide\"><table><thead><tr><th>class</th><th>precision</th><th>recall</th><th>F1</th><th>support</th></tr></thead><tbody>"
    )?;
    let line = |out: &mut String, name: &str, of: &Row| {
        let cells = [of.precision, of.recall, of.f1].map(|value| std::format!("<td>{value:.4}</td>")).concat();
        writeln!(out, "<tr><td>{}</td>{cells}<td>{}</td></tr>", Escaped(name), grouped(of.support as usize))
    };
    for (label, of) in confusion.labels.iter().zip(&rows) {
        line(out, label, of)?;
    }
    let support: u64 = rows.iter().map(|row| row.support).sum();
    let mean = |value: fn(&Row) -> f64, weight: &dyn Fn(&Row) -> f64| {
        let whole: f64 = rows.iter().map(weight).sum();
        rows.iter().map(|row| value(row) * weight(row)).sum::<f64>() / whole.max(f64::MIN_POSITIVE)
    };
    let means = |weight: &dyn Fn(&Row) -> f64| Row {
        precision: mean(|row| row.precision, weight),
        recall: mean(|row| row.recall, weight),
        f1: mean(|row| row.f1, weight),
        support,
    };
    line(out, "mean over classes", &means(&|_| 1.0))?;
    line(out, "mean over rows", &means(&|row| row.support as f64))?;
    writeln!(out, "</tbody></table></div>")
}

fn roc(out: &mut String, examined: &Examined) -> Result {
    let mut curves: Vec<&RocCurve> = examined.roc.iter().filter(|curve| !curve.points.is_empty()).collect();
    if curves.is_empty() {
        return Ok(());
    }
    curves.sort_by(|a, b| a.area.total_cmp(&b.area));
    let all = curves.len();
    let areas: f64 = curves.iter().map(|curve| curve.area).sum();
    curves.truncate(COLOURS);
    let name =
        |curve: &&RocCurve| Series::line(std::format!("{}: {:.4}", curve.name, curve.area), curve.points.clone());
    let series: Vec<Series> = curves.iter().map(name).collect();
    let mut caption = match all {
        1 => std::format!("{}: area under the curve {:.4}.", curves[0].name, curves[0].area),
        _ => std::format!(
            "One class against the rest, with the area under the curve; mean area {:.4}.",
            areas / all as f64
        ),
    };
    if all > curves.len() {
        caption += &std::format!(" The {} smallest of {all} areas are drawn.", curves.len());
    }
    let chart = Chart {
        range: Some((0.0, 1.0)),
        diagonal: true,
        caption,
        ..Chart::new("ROC", "part of the others that is taken for the class", "part of the class that is found", series)
    };
    writeln!(out, "<p class=\"soft\">{}</p><div class=\"charts\">", looked_at(examined))?;
    chart.write(out)?;
    if all > 1 {
        writeln!(
            out,
            "<figure><h3>Area under the curve</h3><div class=\"wide\"><table><thead><tr><th>class</th><th>area</th></tr></thead><tbody>"
        )?;
        for curve in &examined.roc {
            writeln!(out, "<tr><td>{}</td><td>{}</td></tr>", Escaped(&curve.name), number(curve.area))?;
        }
        writeln!(out, "</tbody></table></div></figure>")?;
    }
    writeln!(out, "</div>")
}

/// Which rows a closer look was taken at.
pub(super) fn looked_at(examined: &Examined) -> String {
    let Examined { split, rows, looked_at, .. } = examined;
    if looked_at == rows {
        std::format!("All {} {split} rows.", grouped(*rows))
    } else {
        std::format!("The first {} of {} {split} rows.", grouped(*looked_at), grouped(*rows))
    }
}
