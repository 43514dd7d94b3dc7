//! Small charts as SVG: lines, dots and columns over two axes; knows numbers and names only.

use std::fmt::{Result, Write};
use std::string::String;
use std::vec::Vec;

use super::words::{Escaped, number};
use crate::plot::{self, Axis};

/// How many colours there are.
pub(super) const COLOURS: usize = 8;

/// What is drawn of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drawn {
    /// A line from point to point; a point that is not finite is a gap.
    Line,
    /// A dot for each.
    Dots,
    /// A column from 0 for each, as wide as the way to the next.
    Columns,
}

/// Points with a name.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) drawn: Drawn,
}

impl Series {
    pub(super) fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, drawn: Drawn::Line }
    }
}

/// A chart with its axes.
pub(super) struct Chart<'a> {
    /// What stands above it.
    pub(super) title: &'a str,
    /// What stands at the axes.
    pub(super) x: &'a str,
    pub(super) y: &'a str,
    pub(super) series: Vec<Series>,
    /// Where both axes begin and end, if that is not as the points say.
    pub(super) range: Option<(f64, f64)>,
    /// Whether the axis to the right counts epochs.
    pub(super) epochs: bool,
    /// A vertical line with a name.
    pub(super) mark: Option<(f64, &'a str)>,
    /// Whether a line is drawn where both are equal.
    pub(super) diagonal: bool,
    /// Whether the axis upwards begins at 0, or is logarithmic where values span much.
    pub(super) from_zero: bool,
    /// What stands below.
    pub(super) caption: String,
}

impl<'a> Chart<'a> {
    pub(super) fn new(title: &'a str, x: &'a str, y: &'a str, series: Vec<Series>) -> Self {
        let caption = String::new();
        Self { title, x, y, series, range: None, epochs: false, mark: None, diagonal: false, from_zero: false, caption }
    }

    /// Writes it as a figure of the page.
    pub(super) fn write(&self, out: &mut String) -> Result {
        let plane = Plane::of(self);
        writeln!(out, "<figure><h3>{}</h3>", Escaped(self.title))?;
        let label = Escaped(self.title);
        writeln!(out, r#"<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">"#)?;
        plane.axes(out, self)?;
        for (number, series) in self.series.iter().enumerate() {
            plane.series(out, series, number % COLOURS)?;
        }
        writeln!(out, "</svg>")?;
        if self.series.len() > 1 {
            self.legend(out)?;
        }
        if !self.caption.is_empty() {
            writeln!(out, "<figcaption>{}</figcaption>", Escaped(&self.caption))?;
        }
        writeln!(out, "</figure>")
    }

    fn legend(&self, out: &mut String) -> Result {
        write!(out, "<ul class=\"legend\">")?;
        for (place, series) in self.series.iter().enumerate() {
            write!(out, "<li><i class=\"b{}\"></i>{}</li>", place % COLOURS, Escaped(&series.name))?;
        }
        writeln!(out, "</ul>")
    }
}

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 408.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 226.0;

/// Where points are in the picture.
struct Plane {
    x: Axis,
    y: Axis,
}

impl Plane {
    fn of(chart: &Chart<'_>) -> Self {
        let points = || chart.series.iter().flat_map(|series| &series.points).copied();
        if let Some((low, high)) = chart.range {
            return Self { x: Axis::between(low, high), y: Axis::between(low, high) };
        }
        let x = if chart.epochs {
            Axis::between(1.0, points().map(|(x, _)| x).fold(2.0, f64::max))
        } else {
            Axis::around(points().map(|(x, _)| x))
        };
        let y = if chart.from_zero {
            Axis::of_losses(points().map(|(_, y)| y))
        } else {
            Axis::around(points().map(|(_, y)| y))
        };
        Self { x, y }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (LEFT + self.x.place(x) * (RIGHT - LEFT), BOTTOM - self.y.place(y) * (BOTTOM - TOP))
    }

    fn axes(&self, out: &mut String, chart: &Chart<'_>) -> Result {
        for value in self.y.ticks() {
            let y = BOTTOM - self.y.place(value) * (BOTTOM - TOP);
            writeln!(out, r#"<path class="grid" d="M{LEFT} {y:.1}H{RIGHT}"/>"#)?;
            writeln!(
                out,
                r#"<text x="{}" y="{:.1}" text-anchor="end">{}</text>"#,
                LEFT - 6.0,
                y + 4.0,
                plot::number(value)
            )?;
        }
        for value in self.x.ticks().into_iter().filter(|value| !chart.epochs || value.fract() == 0.0) {
            let x = LEFT + self.x.place(value) * (RIGHT - LEFT);
            writeln!(out, r#"<path class="axis" d="M{x:.1} {BOTTOM}v4"/>"#)?;
            writeln!(
                out,
                r#"<text x="{x:.1}" y="{}" text-anchor="middle">{}</text>"#,
                BOTTOM + 16.0,
                plot::number(value)
            )?;
        }
        writeln!(out, r#"<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>"#)?;
        let (x, y) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
        writeln!(out, r#"<text x="{x}" y="{}" text-anchor="middle">{}</text>"#, BOTTOM + 36.0, Escaped(chart.x))?;
        let name = Escaped(chart.y);
        let log = if self.y.is_logarithmic() { " (logarithmic)" } else { "" };
        writeln!(out, r#"<text transform="translate(13 {y}) rotate(-90)" text-anchor="middle">{name}{log}</text>"#)?;
        if chart.diagonal {
            let (low, high) = (self.x.low().max(self.y.low()), self.x.high().min(self.y.high()));
            let ((x, y), (to, up)) = (self.at((low, low)), self.at((high, high)));
            writeln!(out, r#"<path class="mark" d="M{x:.1} {y:.1}L{to:.1} {up:.1}"/>"#)?;
        }
        if let Some((value, name)) = chart.mark {
            let x = LEFT + self.x.place(value) * (RIGHT - LEFT);
            // The words stand on the side where there is more room.
            let (anchor, gap) = if x > (LEFT + RIGHT) / 2.0 { ("end", -4.0) } else { ("start", 4.0) };
            writeln!(out, r#"<path class="mark" d="M{x:.1} {TOP}V{BOTTOM}"/>"#)?;
            writeln!(
                out,
                r#"<text x="{:.1}" y="{}" text-anchor="{anchor}">{}</text>"#,
                x + gap,
                BOTTOM - 6.0,
                Escaped(name)
            )?;
        }
        Ok(())
    }

    fn series(&self, out: &mut String, series: &Series, colour: usize) -> Result {
        let placed: Vec<(f64, f64)> = series.points.iter().map(|point| self.at(*point)).collect();
        let is_there = |point: &(f64, f64)| point.0.is_finite() && point.1.is_finite();
        match series.drawn {
            Drawn::Line => {
                let mut path = String::new();
                for run in placed.split(|point| !is_there(point)).filter(|run| !run.is_empty()) {
                    for (place, (x, y)) in run.iter().enumerate() {
                        write!(path, "{}{x:.1} {y:.1}", if place == 0 { "M" } else { "L" })?;
                    }
                    if run.len() == 1 {
                        path.push_str("h.1");
                    }
                }
                writeln!(out, r#"<path class="line k{colour}" style="fill:none" d="{path}"/>"#)?;
                // A few points can be touched to read them.
                if placed.len() > 200 {
                    return Ok(());
                }
                for ((x, y), (at, value)) in placed.iter().zip(&series.points).filter(|(point, _)| is_there(point)) {
                    let name = Escaped(&series.name);
                    let (at, value) = (number(*at), number(*value));
                    writeln!(
                        out,
                        r#"<circle cx="{x:.1}" cy="{y:.1}" r="5" fill="transparent"><title>{name}: {at}, {value}</title></circle>"#
                    )?;
                }
                Ok(())
            }
            Drawn::Dots => {
                // One path of dots is a tenth of as many circles.
                let mut path = String::new();
                for (x, y) in placed.iter().filter(|point| is_there(point)) {
                    write!(path, "M{x:.1} {y:.1}h0")?;
                }
                writeln!(
                    out,
                    r#"<path class="k{colour}" style="fill:none;stroke-width:3.4;stroke-linecap:round;stroke-opacity:.5" d="{path}"/>"#
                )
            }
            Drawn::Columns => self.columns(out, series, colour),
        }
    }

    fn columns(&self, out: &mut String, series: &Series, colour: usize) -> Result {
        let step = series.points.windows(2).map(|pair| pair[1].0 - pair[0].0).next().unwrap_or(1.0);
        let mut path = String::new();
        for (x, y) in &series.points {
            let ((left, top), (right, bottom)) = (self.at((*x - step / 2.0, *y)), self.at((*x + step / 2.0, 0.0)));
            if *y > 0.0 && top.is_finite() {
                write!(path, "M{left:.1} {bottom:.1}V{top:.1}H{right:.1}V{bottom:.1}Z")?;
            }
        }
        writeln!(out, r#"<path class="k{colour}" style="stroke:none;fill-opacity:.75" d="{path}"/>"#)
    }
}
