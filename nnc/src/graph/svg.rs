//! A graph as an SVG picture without outside resources; knows colours, no networks.
//!
//! Colours are attributes, which a style sheet around the picture may replace by the classes `nn-…`: so the same picture is right
//! in a dark page.

use std::fmt::{self, Write};

use super::layout::{Layout, Way, layout};
use super::{Graph, Kind};

/// Around the picture.
const MARGIN: f64 = 16.0;
/// Of the title.
const TITLE: f64 = 26.0;

/// The picture of a graph.
pub(crate) fn svg(title: &str, graph: &Graph) -> String {
    let laid = layout(graph);
    let wide = (8.4 * title.chars().count() as f64).max(laid.width);
    let (width, height) = (wide + 2.0 * MARGIN, laid.height + TITLE + 2.0 * MARGIN);
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = page(&mut text, title, (width, height), graph, &laid, (wide - laid.width) / 2.0);
    text
}

fn page(
    out: &mut String,
    title: &str,
    (width, height): (f64, f64),
    graph: &Graph,
    laid: &Layout,
    aside: f64,
) -> fmt::Result {
    let size = format!(r#"width="{width:.0}" height="{height:.0}""#);
    let font = r##"font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="11" fill="#1f2328""##;
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="nn-graph" {size} viewBox="0 0 {width:.0} {height:.0}" role="img" {font}>"#
    )?;
    writeln!(out, "<title>{}</title>", escaped(title))?;
    writeln!(out, r##"<rect class="nn-page" {size} fill="#ffffff"/>"##)?;
    let middle = width / 2.0;
    writeln!(
        out,
        r#"<text class="nn-text" x="{middle:.1}" y="{:.1}" text-anchor="middle" font-size="14" font-weight="bold">{}</text>"#,
        MARGIN + 12.0,
        escaped(title)
    )?;
    writeln!(out, r#"<g transform="translate({:.1} {:.1})">"#, MARGIN + aside, MARGIN + TITLE)?;
    draw(out, graph, laid)?;
    writeln!(out, "</g>\n</svg>")
}

/// Boxes, then what is in them, lines, and words last, which nothing covers.
fn draw(out: &mut String, graph: &Graph, laid: &Layout) -> fmt::Result {
    for (one, placed) in graph.boxes.iter().zip(&laid.boxes) {
        let ((x, y), (width, height)) = (placed.at, placed.size);
        let (class, fill, edge) = colours(one.kind);
        let round = if one.kind == Kind::Port { 15.0 } else { 5.0 };
        writeln!(
            out,
            r#"<rect class="nn-box {class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="{round}" fill="{fill}" stroke="{edge}"/>"#
        )?;
        let middle = x + width / 2.0;
        writeln!(
            out,
            r#"<text class="nn-text" x="{middle:.1}" y="{:.1}" text-anchor="middle" font-size="13">{}</text>"#,
            y + 18.0,
            escaped(&one.title)
        )?;
        if !one.note.is_empty() {
            writeln!(
                out,
                r##"<text class="nn-note" x="{middle:.1}" y="{:.1}" text-anchor="middle" fill="#59636e">{}</text>"##,
                y + 34.0,
                escaped(&one.note)
            )?;
        }
        if let (Some(inner), Some((right, down, laid))) = (&one.inner, &placed.inner) {
            writeln!(out, r#"<g transform="translate({:.1} {:.1})">"#, x + right, y + down)?;
            draw(out, inner, laid)?;
            writeln!(out, "</g>")?;
        }
    }
    for way in &laid.ways {
        line(out, way)?;
    }
    for (x, y, word) in &laid.words {
        writeln!(out, r##"<text class="nn-note" x="{x:.1}" y="{y:.1}" fill="#59636e">{}</text>"##, escaped(word))?;
    }
    Ok(())
}

/// A line with the tip of an arrow; where it goes aside, it swings from and to the vertical.
fn line(out: &mut String, way: &Way) -> fmt::Result {
    let (Some(&(x, y)), Some(&(end, bottom))) = (way.first(), way.last()) else { return Ok(()) };
    let mut path = format!("M{x:.1} {y:.1}");
    for pair in way.windows(2) {
        let ((x, y), (to, mut down)) = (pair[0], pair[1]);
        if down == bottom {
            // The tip covers the rest.
            down -= 5.0;
        }
        if (x - to).abs() < 0.05 {
            write!(path, "V{down:.1}")?;
        } else {
            let half = (y + down) / 2.0;
            write!(path, "C{x:.1} {half:.1} {to:.1} {half:.1} {to:.1} {down:.1}")?;
        }
    }
    writeln!(out, r##"<path class="nn-line" d="{path}" fill="none" stroke="#6e7781" stroke-width="1.3"/>"##)?;
    let tip =
        format!("M{:.1} {:.1}L{end:.1} {bottom:.1}L{:.1} {:.1}Z", end - 4.0, bottom - 7.0, end + 4.0, bottom - 7.0);
    writeln!(out, r##"<path class="nn-tip" d="{tip}" fill="#6e7781"/>"##)
}

/// Class, inside and edge of a box.
fn colours(kind: Kind) -> (&'static str, &'static str, &'static str) {
    match kind {
        Kind::Port => ("nn-port", "#e7f3ec", "#2f855a"),
        Kind::Trained => ("nn-trained", "#e3effb", "#0072b2"),
        Kind::Plain => ("nn-plain", "#f6f8fa", "#8c959f"),
        Kind::Join => ("nn-join", "#fdf1e3", "#b85c00"),
        Kind::Tensor => ("nn-tensor", "#f3ecfb", "#7d4fb5"),
        Kind::Loop => ("nn-loop", "#fbfcfd", "#57606a"),
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
