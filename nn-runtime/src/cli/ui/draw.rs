//! Draws the full-screen view; knows its state and no training.

use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Chart, Dataset, Gauge, GraphType, Paragraph, Row, Table};

use super::board::Board;
use crate::cli::summary::number;

/// Told apart by people who do not see some colours, and visible on dark and on light.
const FIRST: Color = Color::Blue;
const SECOND: Color = Color::Yellow;

/// The whole screen.
pub(super) fn draw(frame: &mut Frame<'_>, board: &Board) {
    let [head, middle, bar, table, note, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Min(8),
        Constraint::Length(3),
        Constraint::Length(9),
        Constraint::Length(u16::from(!board.note.is_empty())),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    heading(frame, head, board);
    let [left, right] = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(middle);
    losses(frame, left, board);
    metric(frame, right, board);
    progress(frame, bar, board);
    epochs(frame, table, board);
    frame.render_widget(Paragraph::new(Line::from(board.note.clone())), note);
    keys(frame, foot, board);
}

fn heading(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let name = Span::styled(board.network.clone(), Style::new().add_modifier(Modifier::BOLD));
    let first = Line::from(Vec::from([name, Span::raw(std::format!("  {}", board.about))]));
    let memory = board.memory.map_or_else(String::new, |bytes| std::format!("  memory {} MiB", bytes >> 20));
    let best = match board.best {
        0 => "no epoch finished yet".to_string(),
        best => std::format!("best epoch {best}"),
    };
    let second = std::format!("loss {}  learning rate {}  {best}{memory}", number(board.loss), number(board.rate));
    frame.render_widget(Paragraph::new(Vec::from([first, Line::from(second)])), area);
}

/// A name, a colour and points.
type Curve<'a> = (&'a str, Color, Vec<(f64, f64)>);

/// Curves over the epochs.
fn chart(frame: &mut Frame<'_>, area: Rect, title: String, epochs: usize, curves: &[Curve<'_>]) {
    let values = || curves.iter().flat_map(|(_, _, points)| points).map(|(_, y)| *y).filter(|y| y.is_finite());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let (low, high) = match (low, high) {
        (low, high) if low > high => (0.0, 1.0),
        (low, high) if low == high => (low - 0.5, high + 0.5),
        both => both,
    };
    let sets = curves.iter().map(|(name, colour, points)| {
        let set = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line);
        set.name(name.to_string()).style(Style::new().fg(*colour)).data(points)
    });
    let end = epochs.max(1) as f64;
    let x = Axis::default().bounds([0.0, end]).labels(Vec::from(["0".to_string(), std::format!("epoch {epochs}")]));
    let y = Axis::default().bounds([low, high]).labels([low, (low + high) / 2.0, high].map(number).to_vec());
    let chart = Chart::new(sets.collect()).block(Block::bordered().title(title)).x_axis(x).y_axis(y);
    frame.render_widget(chart, area);
}

fn losses(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let scaled = |points: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
        let scale = |(x, y): (f64, f64)| if board.logarithmic { (x, y.log10()) } else { (x, y) };
        points.into_iter().map(scale).filter(|(_, y)| y.is_finite()).collect()
    };
    let title = if board.logarithmic { "loss (log10)" } else { "loss" };
    let validates = board.list.last().is_some_and(|epoch| epoch.validation.is_some());
    let name = if validates { "validation" } else { "training rows" };
    let curves = [
        ("steps", FIRST, scaled(board.curve.clone())),
        (name, SECOND, scaled(board.over(|figures| Some(figures.loss)))),
    ];
    chart(frame, area, title.into(), board.epochs, &curves);
}

fn metric(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let names = board.metrics();
    match names.get(board.metric) {
        Some(name) => {
            let points =
                board.over(|figures| figures.metrics.iter().find(|(known, _)| known == name).map(|pair| pair.1));
            let count = if names.len() > 1 {
                std::format!(" ({} of {})", board.metric + 1, names.len())
            } else {
                String::new()
            };
            chart(frame, area, std::format!("{name}{count}"), board.epochs, &[(name, SECOND, points)]);
        }
        None => {
            let rates: Vec<(f64, f64)> =
                board.list.iter().map(|epoch| (epoch.epoch as f64, epoch.learning_rate)).collect();
            chart(frame, area, "learning rate".into(), board.epochs, &[("learning rate", SECOND, rates)]);
        }
    }
}

fn progress(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let steps = board.steps.max(1) as u64;
    let (epoch, step) = match board.done {
        0 => (0, 0),
        done => ((done - 1) / steps + 1, (done - 1) % steps + 1),
    };
    let left = board.left().map_or_else(|| "?".to_string(), time);
    let title = std::format!("epoch {epoch} of {}, step {step} of {steps}", board.epochs);
    let label = std::format!("{:.0} %  {} gone, {left} left", 100.0 * board.part(), time(board.elapsed()));
    let gauge = Gauge::default().block(Block::bordered().title(title)).ratio(board.part()).label(label);
    frame.render_widget(gauge.gauge_style(Style::new().fg(FIRST)), area);
}

/// The last epochs, the newest first.
fn epochs(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let metrics = board.metrics();
    let mut titles = Vec::from(["epoch", "steps loss", "loss"]);
    titles.extend(metrics.iter().copied());
    titles.extend(["learning rate", "seconds"]);
    let rows = board.list.iter().rev().take(area.height.saturating_sub(3).into()).map(|epoch| {
        let mark = if epoch.epoch == board.best { "*" } else { "" };
        let figures = Board::judged(epoch);
        let mut cells = Vec::from([std::format!("{}{mark}", epoch.epoch), number(epoch.step_loss)]);
        cells.push(figures.map_or_else(String::new, |figures| number(figures.loss)));
        cells.extend(figures.into_iter().flat_map(|figures| figures.metrics.iter().map(|(_, value)| number(*value))));
        cells.extend([number(epoch.learning_rate), std::format!("{:.1}", epoch.seconds)]);
        Row::new(cells)
    });
    let widths = titles.iter().map(|title| Constraint::Length((title.chars().count().max(12)) as u16));
    let table = Table::new(rows.collect::<Vec<_>>(), widths.collect::<Vec<_>>())
        .header(Row::new(titles.clone()).style(Style::new().add_modifier(Modifier::BOLD)))
        .block(Block::bordered().title("last epochs (* the best so far)"));
    frame.render_widget(table, area);
}

fn keys(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let text = if board.stops() {
        "stopping: the best weights are kept".to_string()
    } else {
        let pause = if board.is_paused() { "PAUSED, p go on" } else { "p pause" };
        std::format!("q stop and keep the best weights   {pause}   m next metric   l logarithmic loss")
    };
    frame.render_widget(Paragraph::new(text).style(Style::new().add_modifier(Modifier::REVERSED)), area);
}

/// `1:02:03`, or `2:03`.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { std::format!("{hours}:{minutes:02}:{seconds:02}") } else { std::format!("{minutes}:{seconds:02}") }
}
