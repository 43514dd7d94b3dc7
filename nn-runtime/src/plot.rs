//! Curves as an SVG picture that needs no font and no program; knows numbers only.
//!
//! ```
//! use nn_runtime::plot::{Curve, svg};
//! let loss = Curve { name: "training", values: vec![1.0, 0.5, 0.25] };
//! let picture = svg("loss", &[loss]);
//! assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
//! ```

mod range;

use std::fmt::{Result, Write};
use std::string::{String, ToString};
use std::vec::Vec;

pub use range::range;

/// A named curve: one value for each epoch, or whatever else is counted. Values that are not finite leave a gap.
///
/// ```
/// use nn_runtime::plot::{Curve, svg};
/// let train = Curve { name: "training", values: vec![1.0, 0.5, 0.25] };
/// let validation = Curve { name: "validation", values: vec![1.1, 0.7, 0.6] };
/// assert!(svg("Iris", &[train, validation]).contains("validation"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What the legend says.
    pub name: &'static str,
    /// From the first epoch on, which is 1.
    pub values: Vec<f64>,
}

/// Of the picture, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
/// Of the plane of the curves.
const LEFT: f64 = 72.0;
const TOP: f64 = 44.0;
const RIGHT: f64 = 700.0;
const BOTTOM: f64 = 370.0;
/// Told apart by people who do not see some colours (Okabe and Ito 2008).
const COLORS: [&str; 3] = ["#0072b2", "#d55e00", "#009e73"];

/// Draws the curves over the epochs. The loss axis is logarithmic where the values are positive and span more than a factor of 50.
///
/// ```
/// # use nn_runtime::plot::{Curve, svg};
/// let picture = svg("loss", &[Curve { name: "training", values: vec![1.0, 0.5, 0.25] }]);
/// assert!(picture.starts_with("<svg"));
/// ```
pub fn svg(title: &str, curves: &[Curve]) -> String {
    let epochs = curves.iter().map(|curve| curve.values.len()).max().unwrap_or(0);
    let axis = Axis::of(curves);
    picture(title, &Plane { names: ("epoch", axis.name()), axis, epochs }, curves)
}

/// Draws curves of anything over what is counted from 1 on, with the names of the axes: `("episode", "return")`. The upright axis has 0 on it.
///
/// ```
/// # use nn_runtime::plot::{Curve, lines};
/// let returns = Curve { name: "agent", values: vec![9.0, 12.0, 200.0] };
/// let picture = lines("CartPole", ("episode", "return"), &[returns]);
/// assert!(picture.contains("episode") && picture.contains("return"));
/// ```
pub fn lines(title: &str, names: (&str, &str), curves: &[Curve]) -> String {
    let epochs = curves.iter().map(|curve| curve.values.len()).max().unwrap_or(0);
    let values = curves.iter().flat_map(|curve| &curve.values).copied();
    let axis = Axis::around(values.chain([0.0]));
    picture(title, &Plane { axis, epochs, names }, curves)
}

fn picture(title: &str, plane: &Plane<'_>, curves: &[Curve]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = draw(&mut text, title, plane, curves);
    text
}

/// Where values are in the picture.
struct Plane<'a> {
    axis: Axis,
    epochs: usize,
    /// Of the axes: of what is counted, and of the values.
    names: (&'a str, &'a str),
}

impl Plane<'_> {
    fn x(&self, epoch: usize) -> f64 {
        let part = (epoch as f64 - 1.0) / (self.epochs.max(2) - 1) as f64;
        LEFT + part * (RIGHT - LEFT)
    }

    fn y(&self, loss: f64) -> f64 {
        BOTTOM - self.axis.place(loss) * (BOTTOM - TOP)
    }
}

fn draw(out: &mut String, title: &str, plane: &Plane<'_>, curves: &[Curve]) -> Result {
    let size = std::format!(r#"width="{WIDTH}" height="{HEIGHT}""#);
    let font = r##"font-family="sans-serif" font-size="12" fill="#333""##;
    writeln!(out, r#"<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {HEIGHT}" {font}>"#)?;
    writeln!(out, r##"<rect {size} fill="#fff"/>"##)?;
    writeln!(out, r#"<text x="{LEFT}" y="26" font-size="15">{}</text>"#, escaped(title))?;
    axes(out, plane)?;
    for (place, (curve, color)) in curves.iter().zip(COLORS.iter().cycle()).enumerate() {
        let points: Vec<(f64, f64)> =
            (1..).zip(&curve.values).map(|(epoch, loss)| (plane.x(epoch), plane.y(*loss))).collect();
        let ends = r#"stroke-linejoin="round" stroke-linecap="round""#;
        writeln!(out, r#"<path d="{}" fill="none" stroke="{color}" stroke-width="1.8" {ends}/>"#, path(&points))?;
        // The legend is above the plane, where no curve passes.
        let x = RIGHT - 100.0 * (curves.len() - place) as f64;
        writeln!(out, r#"<path d="M{x} 22h22" stroke="{color}" stroke-width="3"/>"#)?;
        writeln!(out, r#"<text x="{}" y="26">{}</text>"#, x + 28.0, escaped(curve.name))?;
    }
    writeln!(out, "</svg>")
}

fn axes(out: &mut String, plane: &Plane<'_>) -> Result {
    for loss in plane.axis.ticks() {
        let (y, label) = (plane.y(loss), number(loss));
        writeln!(out, r##"<path d="M{LEFT} {y:.1}H{RIGHT}" stroke="#ddd"/>"##)?;
        writeln!(out, r#"<text x="{}" y="{:.1}" text-anchor="end">{label}</text>"#, LEFT - 8.0, y + 4.0)?;
    }
    for epoch in epoch_ticks(plane.epochs) {
        let x = plane.x(epoch);
        writeln!(out, r##"<path d="M{x:.1} {BOTTOM}v5" stroke="#999"/>"##)?;
        writeln!(out, r#"<text x="{x:.1}" y="{}" text-anchor="middle">{epoch}</text>"#, BOTTOM + 20.0)?;
    }
    writeln!(out, r##"<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="#999"/>"##)?;
    let (x, y) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
    writeln!(out, r#"<text x="{x}" y="{}" text-anchor="middle">{}</text>"#, BOTTOM + 40.0, escaped(plane.names.0))?;
    let name = escaped(plane.names.1);
    writeln!(out, r#"<text transform="translate(18 {y}) rotate(-90)" text-anchor="middle">{name}</text>"#)
}

/// Lines from point to point; a single point is a short one.
fn path(points: &[(f64, f64)]) -> String {
    let mut text = String::new();
    for run in points.split(|(_, y)| !y.is_finite()) {
        if let [(x, y)] = run {
            let _ = write!(text, "M{:.1} {y:.1}h6", x - 3.0);
            continue;
        }
        for (place, (x, y)) in run.iter().enumerate() {
            let _ = write!(text, "{}{x:.1} {y:.1}", if place == 0 { "M" } else { "L" });
        }
    }
    text
}

/// An axis with round ticks.
pub(crate) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Axis {
    fn of(curves: &[Curve]) -> Self {
        Self::of_losses(curves.iter().flat_map(|curve| &curve.values).copied())
    }

    /// From one number to another.
    pub(crate) const fn between(low: f64, high: f64) -> Self {
        Self { low, high, logarithmic: false }
    }

    /// From the least to the greatest of some values, of which those that are not finite do not count.
    pub(crate) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(values);
        match (low, high) {
            (low, high) if low > high => Self::between(0.0, 1.0),
            (low, high) if low == high => Self::between(low - 0.5, high + 0.5),
            (low, high) => Self::between(low, high),
        }
    }

    /// From 0 to the greatest of some values; logarithmic where they are positive and span more than a factor of 50.
    pub(crate) fn of_losses(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(values);
        if low > high {
            return Self { low: 0.0, high: 1.0, logarithmic: false };
        }
        if low > 0.0 && high / low > 50.0 {
            return Self { low, high, logarithmic: true };
        }
        // Losses end at 0: an axis that begins there does not make a small change look large.
        let low = if low >= 0.0 { 0.0 } else { low };
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, logarithmic: false }
    }

    pub(crate) const fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    pub(crate) const fn low(&self) -> f64 {
        self.low
    }

    pub(crate) const fn high(&self) -> f64 {
        self.high
    }

    fn name(&self) -> &'static str {
        if self.logarithmic { "loss (logarithmic)" } else { "loss" }
    }

    /// From 0 at the bottom to 1 at the top; NaN for what is not on the axis.
    pub(crate) fn place(&self, loss: f64) -> f64 {
        let scale = |x: f64| if self.logarithmic { x.ln() } else { x };
        (scale(loss) - scale(self.low)) / (scale(self.high) - scale(self.low))
    }

    pub(crate) fn ticks(&self) -> Vec<f64> {
        if !self.logarithmic {
            let step = round_step((self.high - self.low) / 5.0);
            let first = (self.low / step).ceil() as i64;
            return (first..).map(|i| i as f64 * step).take_while(|tick| *tick <= self.high * (1.0 + 1e-9)).collect();
        }
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        // Many decades: a tick for some of them. Few: 1, 2 and 5 of each.
        let every = (last - first) / 8 + 1;
        let digits: &[f64] = if last - first <= 3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let decades = (first..=last).step_by(every.unsigned_abs() as usize);
        let ticks = decades.flat_map(|decade| digits.iter().map(move |digit| digit * 10_f64.powi(decade)));
        ticks.filter(|tick| *tick >= self.low * 0.999 && *tick <= self.high * 1.001).collect()
    }
}

/// The least and the greatest of the finite values.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// 1, 2 or 5 times a power of ten, not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|round| *round >= step * 0.999).unwrap_or(step)
}

fn epoch_ticks(epochs: usize) -> Vec<usize> {
    let step = round_step((epochs as f64 / 8.0).max(1.0)) as usize;
    let mut ticks: Vec<usize> = (step..=epochs).step_by(step.max(1)).collect();
    if step > 1 && epochs > 0 {
        ticks.insert(0, 1);
    }
    ticks
}

/// A tick in words.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    // Enough digits for the step, without the zeros that add nothing; short enough for the room beside an axis.
    let trimmed = |digits: &str| digits.trim_end_matches('0').trim_end_matches('.').to_string();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        let text = std::format!("{value:.3e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return std::format!("{}e{exponent}", trimmed(digits));
    }
    trimmed(&std::format!("{value:.6}"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{Axis, Curve, epoch_ticks, lines, number, svg};
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn ticks_are_round_numbers() {
        let axis = Axis { low: 0.0, high: 1.1, logarithmic: false };
        assert_eq!(axis.ticks().into_iter().map(number).collect::<Vec<_>>(), ["0", "0.5", "1"]);
        assert_eq!([1.5e-4, 3.0 * 1e-4, 0.002, 2e6].map(number), ["1.5e-4", "3e-4", "0.002", "2e6"]);
        let axis = Axis { low: 0.003, high: 2.0, logarithmic: true };
        let ticks: Vec<_> = axis.ticks().into_iter().map(number).collect();
        assert_eq!(ticks, ["0.01", "0.1", "1"]);
        assert_eq!(epoch_ticks(5), [1, 2, 3, 4, 5]);
        assert_eq!(epoch_ticks(100), [1, 20, 40, 60, 80, 100]);
    }

    #[test]
    fn curves_without_values_and_with_gaps_are_drawn() {
        for values in [vec![], vec![1.0], vec![f64::NAN; 3], vec![0.5, f64::INFINITY, 0.25], vec![0.0; 2]] {
            let picture = svg("a < b", &[Curve { name: "train", values }]);
            assert!(picture.ends_with("</svg>\n") && picture.contains("a &lt; b"), "{picture}");
            assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
        }
    }
    #[test]
    fn curves_of_anything_stand_on_zero() {
        let returns = Curve { name: "return", values: vec![9.0, 30.0, 500.0] };
        let picture = lines("Returns", ("episode", "reward & more"), &[returns]);
        assert!(picture.contains(">episode<") && picture.contains(">reward &amp; more<"), "{picture}");
        assert!(picture.contains(">0<") && picture.contains(">100<") && !picture.contains("loss"), "{picture}");
    }
}
