//! The losses of a learning rate range test as an SVG picture, with its two suggestions; knows numbers only.

use std::fmt::{Result, Write};
use std::string::String;
use std::vec::Vec;

use super::{Axis, BOTTOM, COLORS, Curve, HEIGHT, LEFT, RIGHT, TOP, WIDTH, escaped, number, path};
use crate::fit::{RangePoint, RangeReport};

/// Draws the losses over the rates, which are on a logarithmic axis.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Trainer, plot, trainer::RangeTest};
/// # let mut net = Net::new(1);
/// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// let report = Trainer::new(&mut net).find_learning_rate(&inputs, &targets, &RangeTest::default())?;
/// assert!(plot::range("Net", &report).starts_with("<svg"));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
pub fn range(title: &str, report: &RangeReport) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = draw(&mut text, title, report);
    text
}

/// Where values are in the picture.
struct Plane {
    loss: Axis,
    /// Logarithms of the first and the last rate.
    rates: (f64, f64),
}

impl Plane {
    fn x(&self, rate: f64) -> f64 {
        let (first, last) = self.rates;
        LEFT + (rate.log10() - first) / (last - first).max(1e-9) * (RIGHT - LEFT)
    }

    fn y(&self, loss: f64) -> f64 {
        // The single losses may leave the plane, which is as high as the smoothed ones.
        (BOTTOM - self.loss.place(loss) * (BOTTOM - TOP)).clamp(TOP - 4.0, BOTTOM + 4.0)
    }
}

fn draw(out: &mut String, title: &str, report: &RangeReport) -> Result {
    let points = &report.points;
    let smoothed = points.iter().map(|point| point.smoothed).collect();
    let loss = Axis::of(&[Curve { name: "smoothed", values: smoothed }]);
    let ends = points.first().zip(points.last()).map_or((1.0, 10.0), |(first, last)| (first.rate, last.rate));
    let plane = Plane { loss, rates: (ends.0.log10(), ends.1.log10()) };
    let size = std::format!(r#"width="{WIDTH}" height="{HEIGHT}""#);
    let font = r##"font-family="sans-serif" font-size="12" fill="#333""##;
    writeln!(out, r#"<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {HEIGHT}" {font}>"#)?;
    writeln!(out, r##"<rect {size} fill="#fff"/>"##)?;
    writeln!(out, r#"<text x="{LEFT}" y="26" font-size="15">{}</text>"#, escaped(title))?;
    axes(out, &plane)?;
    curve(out, &plane, points, |point| point.loss, ("#bbb", 1.0))?;
    curve(out, &plane, points, |point| point.smoothed, (COLORS[0], 2.0))?;
    mark(out, &plane, points, ("steepest", report.steepest, COLORS[1], 14.0))?;
    mark(out, &plane, points, ("valley", report.valley, COLORS[2], 32.0))?;
    writeln!(out, "</svg>")
}

/// A line through the whole plane at a rate, and its name `down` from the top.
fn mark(
    out: &mut String,
    plane: &Plane,
    points: &[RangePoint],
    (name, rate, color, down): (&str, Option<f64>, &str, f64),
) -> Result {
    let Some(rate) = rate else { return Ok(()) };
    let (x, y) = (plane.x(rate), TOP + down);
    writeln!(out, r#"<path d="M{x:.1} {TOP}V{BOTTOM}" stroke="{color}" stroke-width="1.5" stroke-dasharray="5 4"/>"#)?;
    if let Some(point) = points.iter().find(|point| point.rate == rate) {
        writeln!(out, r#"<circle cx="{x:.1}" cy="{:.1}" r="4.5" fill="{color}"/>"#, plane.y(point.smoothed))?;
    }
    // Beside the line, on the side that has room.
    let (place, anchor) = if x > (LEFT + RIGHT) / 2.0 { (x - 6.0, "end") } else { (x + 6.0, "start") };
    writeln!(out, r#"<text x="{place:.1}" y="{y}" text-anchor="{anchor}" fill="{color}">{name} {rate:.2e}</text>"#)
}

fn curve(
    out: &mut String,
    plane: &Plane,
    points: &[RangePoint],
    of: impl Fn(&RangePoint) -> f64,
    (color, width): (&str, f64),
) -> Result {
    let places: Vec<(f64, f64)> = points.iter().map(|point| (plane.x(point.rate), plane.y(of(point)))).collect();
    let ends = r#"stroke-linejoin="round" stroke-linecap="round""#;
    writeln!(out, r#"<path d="{}" fill="none" stroke="{color}" stroke-width="{width}" {ends}/>"#, path(&places))
}

fn axes(out: &mut String, plane: &Plane) -> Result {
    for loss in plane.loss.ticks() {
        let (y, label) = (plane.y(loss), number(loss));
        writeln!(out, r##"<path d="M{LEFT} {y:.1}H{RIGHT}" stroke="#ddd"/>"##)?;
        writeln!(out, r#"<text x="{}" y="{:.1}" text-anchor="end">{label}</text>"#, LEFT - 8.0, y + 4.0)?;
    }
    let (first, last) = ((plane.rates.0 - 1e-9).ceil() as i32, (plane.rates.1 + 1e-9).floor() as i32);
    for power in first..=last {
        let x = plane.x(10_f64.powi(power));
        writeln!(out, r##"<path d="M{x:.1} {BOTTOM}v5" stroke="#999"/>"##)?;
        writeln!(out, r#"<text x="{x:.1}" y="{}" text-anchor="middle">1e{power}</text>"#, BOTTOM + 20.0)?;
    }
    writeln!(out, r##"<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="#999"/>"##)?;
    let (x, y) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
    writeln!(out, r#"<text x="{x}" y="{}" text-anchor="middle">learning rate</text>"#, BOTTOM + 40.0)?;
    let name = plane.loss.name();
    writeln!(out, r#"<text transform="translate(18 {y}) rotate(-90)" text-anchor="middle">{name}</text>"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_of_any_length_are_drawn() {
        for count in [0, 1, 2, 30] {
            let point = |at: i32| RangePoint { rate: 1e-7 * 2_f64.powi(at), loss: 1.0, smoothed: f64::from(30 - at) };
            let points: Vec<RangePoint> = (0..count).map(point).collect();
            let mark = points.last().map(|point| point.rate);
            let report = RangeReport { points, steepest: mark, valley: mark, exploded: false };
            let picture = range("a < b", &report);
            assert!(picture.ends_with("</svg>\n") && picture.contains("a &lt; b"), "{picture}");
            assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
            assert_eq!(picture.matches("stroke-dasharray").count(), if count > 0 { 2 } else { 0 });
        }
    }
}
