//! Values that were predicted beside what they should be, and what is left between them; knows pairs of numbers.

use std::fmt::{Result, Write};
use std::string::String;
use std::vec::Vec;

use super::chart::{Chart, Drawn, Series};
use super::classes::looked_at;
use super::section;
use super::words::number;
use crate::report::{Examined, Pairs};

/// Columns of a histogram.
const COLUMNS: usize = 30;

pub(super) fn values(out: &mut String, examined: &Examined) -> Result {
    if examined.pairs.iter().all(|pairs| pairs.points.is_empty()) {
        return Ok(());
    }
    section(out, "Values", |out| {
        writeln!(out, "<p class=\"soft\">{} In the units of the data.</p><div class=\"charts\">", looked_at(examined))?;
        for pairs in &examined.pairs {
            against(pairs).write(out)?;
            residuals(pairs).write(out)?;
            spread(pairs).write(out)?;
        }
        writeln!(out, "</div>")
    })
}

fn dots(points: Vec<(f64, f64)>) -> Vec<Series> {
    Vec::from([Series { name: String::new(), points, drawn: Drawn::Dots }])
}

fn against(pairs: &Pairs) -> Chart<'_> {
    let all = pairs.points.iter().flat_map(|(target, value)| [*target, *value]).filter(|value| value.is_finite());
    let (low, high) =
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let range = if low < high { (low, high) } else { (low.min(0.0), low.max(0.0) + 1.0) };
    let caption = "On the line, what is predicted is what is.".into();
    let chart = Chart::new(&pairs.name, "actual", "predicted", dots(pairs.points.clone()));
    Chart { range: range.0.is_finite().then_some(range), diagonal: true, caption, ..chart }
}

fn residuals(pairs: &Pairs) -> Chart<'_> {
    let points = pairs.points.iter().map(|(target, value)| (*value, target - value)).collect();
    let mean =
        pairs.points.iter().map(|(target, value)| target - value).sum::<f64>() / pairs.points.len().max(1) as f64;
    let caption = std::format!("Actual less predicted; mean {}.", number(mean));
    Chart { caption, ..Chart::new("residuals", "predicted", "residual", dots(points)) }
}

fn spread(pairs: &Pairs) -> Chart<'_> {
    let residuals: Vec<f64> =
        pairs.points.iter().map(|(target, value)| target - value).filter(|x| x.is_finite()).collect();
    let (low, high) =
        residuals.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
    let width = if high > low { (high - low) / COLUMNS as f64 } else { 1.0 };
    let mut counts = [0_usize; COLUMNS];
    for residual in &residuals {
        counts[(((residual - low) / width) as usize).min(COLUMNS - 1)] += 1;
    }
    let points = counts.iter().enumerate().map(|(place, count)| (low + (place as f64 + 0.5) * width, *count as f64));
    let series = Vec::from([Series { name: String::new(), points: points.collect(), drawn: Drawn::Columns }]);
    Chart { from_zero: true, ..Chart::new("how often which residual", "residual", "rows", series) }
}
