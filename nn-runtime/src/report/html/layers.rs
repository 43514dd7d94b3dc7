//! Histograms of weights, gradients and outputs of layers over the epochs, one small picture each; knows what was seen, no network.

use std::fmt::{Result, Write};
use std::string::String;
use std::vec::Vec;

use super::section;
use super::words::{Escaped, grouped, number};
use crate::report::{InspectedEpoch, InspectedKind, InspectedPart, Inspection};

/// Ridges of a picture: more epochs are thinned.
const RIDGES: usize = 10;
const WIDTH: f64 = 240.0;
const LEFT: f64 = 26.0;
const RIGHT: f64 = 234.0;
/// From ridge to ridge, and how high the highest is.
const STEP: f64 = 11.0;
const RISE: f64 = 30.0;

pub(super) fn layers(out: &mut String, seen: &Inspection) -> Result {
    section(out, "Layers", |out| {
        for warning in &seen.warnings {
            writeln!(out, "<p class=\"bad\">{}</p>", Escaped(warning))?;
        }
        if seen.warnings.is_empty() {
            writeln!(out, "<p>No gradient vanishes or explodes, and no layer is dead or saturated.</p>")?;
        }
        let rows = grouped(seen.rows);
        writeln!(
            out,
            "<p class=\"soft\">Each ridge is a histogram at the end of an epoch, the first epoch at the top. Gradients and outputs are those \
             for the first {rows} training rows.</p>"
        )?;
        for (kind, title) in [
            (InspectedKind::Weights, "Weights"),
            (InspectedKind::Gradients, "Gradients"),
            (InspectedKind::Outputs, "Outputs of layers"),
        ] {
            let parts: Vec<&InspectedPart> = seen.parts.iter().filter(|part| part.kind == kind).collect();
            if parts.is_empty() {
                continue;
            }
            writeln!(out, "<h3>{title}</h3><div class=\"small\">")?;
            for part in parts {
                picture(out, part)?;
            }
            writeln!(out, "</div>")?;
        }
        Ok(())
    })
}

fn picture(out: &mut String, part: &InspectedPart) -> Result {
    let shown = thinned(&part.epochs);
    let Some(last) = shown.last() else { return Ok(()) };
    let low = shown.iter().map(|epoch| epoch.low).fold(f64::INFINITY, f64::min);
    let high = shown.iter().map(|epoch| epoch.high).fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = if low < high { (low, high) } else { (low - 0.5, low + 0.5) };
    let height = RISE + STEP * shown.len() as f64 + 16.0;
    let colour = match part.kind {
        InspectedKind::Weights => 0,
        InspectedKind::Gradients => 1,
        InspectedKind::Outputs => 2,
    };
    let name = Escaped(&part.name);
    writeln!(
        out,
        "<figure><h3>{name}</h3><svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{name}\">"
    )?;
    // A share is as high in each ridge, however many bins the range of the epoch has on this axis.
    let dense = |epoch: &InspectedEpoch, count: u64| count as f64 / (epoch.high - epoch.low).max((high - low) / 30.0);
    let most = shown
        .iter()
        .flat_map(|epoch| epoch.counts.iter().map(move |count| dense(epoch, *count)))
        .fold(f64::MIN_POSITIVE, f64::max);
    for (place, epoch) in shown.iter().enumerate() {
        let base = RISE + STEP * (place + 1) as f64 - 4.0;
        let x = |value: f64| LEFT + (value - low) / (high - low) * (RIGHT - LEFT);
        let width = (epoch.high - epoch.low).max((high - low) / 30.0) / epoch.counts.len() as f64;
        let mut path = std::format!("M{:.1} {base:.1}", x(epoch.low));
        for (bin, count) in epoch.counts.iter().enumerate() {
            // The square root lets small shares be seen.
            let up = base - RISE * libm::sqrt(dense(epoch, *count) / most);
            write!(path, "L{:.1} {up:.1}", x(epoch.low + (bin as f64 + 0.5) * width))?;
        }
        write!(path, "L{:.1} {base:.1}Z", x(epoch.low + width * epoch.counts.len() as f64))?;
        let rms = number(epoch.rms);
        writeln!(
            out,
            r#"<path class="ridge k{colour}" d="{path}"><title>epoch {}: root of the mean square {rms}</title></path>"#,
            epoch.epoch
        )?;
        writeln!(out, r#"<text x="{}" y="{base:.1}" text-anchor="end">{}</text>"#, LEFT - 5.0, epoch.epoch)?;
    }
    let bottom = height - 3.0;
    writeln!(out, r#"<text x="{LEFT}" y="{bottom}">{}</text>"#, number(low))?;
    writeln!(out, r#"<text x="{RIGHT}" y="{bottom}" text-anchor="end">{}</text>"#, number(high))?;
    let lost = if last.not_finite > 0 { std::format!("; {} not finite", last.not_finite) } else { String::new() };
    writeln!(out, "</svg><figcaption>root of the mean square {}{lost}</figcaption></figure>", number(last.rms))
}

/// The first and the last epoch, and some between.
fn thinned(epochs: &[InspectedEpoch]) -> Vec<&InspectedEpoch> {
    match epochs.len() {
        few if few <= RIDGES => epochs.iter().collect(),
        many => (0..RIDGES).map(|place| &epochs[place * (many - 1) / (RIDGES - 1)]).collect(),
    }
}
