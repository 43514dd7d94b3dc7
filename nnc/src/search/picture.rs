//! A search as a picture: the score of each trial in their order, and of each setting how the score goes with its values; knows no folder.

use nn_compiler::recipe::search::{Search, Values};
use plotters::coord::Shift;
use plotters::coord::ranged1d::AsRangedCoord;
use plotters::prelude::*;

use super::record::Done;
use crate::failure::Failure;

/// The size of a panel, in pixels.
const PANEL: (u32, u32) = (420, 300);
const POINT: RGBColor = RGBColor(31, 119, 180);
const BEST: RGBColor = RGBColor(214, 39, 40);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A point for each trial: its place and its score.
struct Points {
    title: String,
    axis: String,
    points: Vec<(f64, f64)>,
    logarithmic: bool,
    /// Whether a line shows the best so far.
    progress: bool,
}

/// The picture as SVG; `ranked` has the best first.
pub(super) fn svg(search: &Search, ranked: &[&Done]) -> Result<String, Failure> {
    let panels = panels(search, ranked);
    let columns = panels.len().min(2) as u32;
    let rows = (panels.len() as u32).div_ceil(columns);
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (PANEL.0 * columns, PANEL.1 * rows)).into_drawing_area();
        let drawn = root.fill(&WHITE).map_err(|error| error.to_string()).and_then(|()| {
            let areas = root.split_evenly((rows as usize, columns as usize));
            panels.iter().zip(&areas).try_for_each(|(panel, area)| draw(panel, search, area))
        });
        let drawn = drawn.and_then(|()| root.present().map_err(|error| error.to_string()));
        drawn.map_err(|error| Failure::Fault(format!("the picture cannot be drawn: {error}")))?;
    }
    Ok(text)
}

fn panels(search: &Search, ranked: &[&Done]) -> Vec<Points> {
    let scored: Vec<(&Done, f64)> = ranked.iter().filter_map(|done| Some((*done, done.score?))).collect();
    let mut panels = vec![Points {
        title: format!("{}: {} of each trial", search.network, search.monitor.name),
        axis: "trial".to_owned(),
        points: scored.iter().map(|(done, score)| ((done.trial + 1) as f64, *score)).collect(),
        logarithmic: false,
        progress: true,
    }];
    for (index, varied) in search.varied.iter().enumerate() {
        let value = |done: &Done| done.settings.get(index).and_then(|(_, value)| value.parse().ok());
        let points: Vec<(f64, f64)> = scored.iter().filter_map(|(done, score)| Some((value(done)?, *score))).collect();
        // Values over several orders of magnitude would lie on each other.
        let (low, high) = bounds(points.iter().map(|(x, _)| *x));
        let logarithmic = low > 0.0 && (matches!(varied.values, Values::Log { .. }) || high / low >= 50.0);
        let title = format!("{} by {}", search.monitor.name, varied.name);
        panels.push(Points { title, axis: varied.name.clone(), points, logarithmic, progress: false });
    }
    panels
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// A little more than the bounds, so that no point lies on the frame.
fn wider((low, high): (f64, f64)) -> (f64, f64) {
    let room = if high > low { (high - low) * 0.06 } else { low.abs().max(1.0) * 0.1 };
    (low - room, high + room)
}

fn draw(panel: &Points, search: &Search, area: &Area<'_>) -> Result<(), String> {
    let (low, high) = bounds(panel.points.iter().map(|(x, _)| *x));
    if panel.logarithmic {
        let room = (high / low).powf(0.06).max(1.1);
        drawn(panel, search, area, (low / room..high * room).log_scale())
    } else {
        let (low, high) = wider((low, high));
        drawn(panel, search, area, low..high)
    }
}

fn drawn<X>(panel: &Points, search: &Search, area: &Area<'_>, x: X) -> Result<(), String>
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: plotters::coord::ranged1d::ValueFormatter<f64>,
{
    let (low, high) = wider(bounds(panel.points.iter().map(|(_, score)| *score)));
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(x, low..high)
        .map_err(|error| error.to_string())?;
    chart
        .configure_mesh()
        .x_desc(&panel.axis)
        .y_desc(&search.monitor.name)
        .x_labels(7)
        .y_labels(6)
        .x_label_formatter(&|x| number(*x))
        .y_label_formatter(&|y| number(*y))
        .light_line_style(WHITE.mix(0.0))
        .label_style(("sans-serif", 11))
        .draw()
        .map_err(|error| error.to_string())?;
    if panel.progress {
        let line = LineSeries::new(progress(panel, search.monitor.larger), BEST.mix(0.6));
        chart.draw_series(line).map_err(|error| error.to_string())?;
    }
    // The best is the first; it is drawn last, so that no other covers it.
    for (index, point) in panel.points.iter().enumerate().rev() {
        let (colour, size) = if index == 0 { (BEST.mix(1.0), 5) } else { (POINT.mix(0.7), 4) };
        let circle = std::iter::once(Circle::new(*point, size, colour.filled()));
        chart.draw_series(circle).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The best score up to each trial.
fn progress(panel: &Points, larger: bool) -> Vec<(f64, f64)> {
    let mut points = panel.points.clone();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut best = points.first().map_or(0.0, |point| point.1);
    for point in &mut points {
        best = if larger { best.max(point.1) } else { best.min(point.1) };
        point.1 = best;
    }
    points
}

/// A number at an axis.
fn number(x: f64) -> String {
    if x != 0.0 && !(1e-3..1e5).contains(&x.abs()) {
        return format!("{x:.0e}");
    }
    let text = format!("{x:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
