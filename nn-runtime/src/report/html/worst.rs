//! The rows with the largest losses, with what the network was given; knows examples, no data.

use std::fmt::{Result, Write};
use std::string::String;

use super::classes::looked_at;
use super::section;
use super::words::{Escaped, grouped, number};
use crate::report::{Examined, Example, Image, Shown};

pub(super) fn worst(out: &mut String, examined: &Examined) -> Result {
    if examined.worst.is_empty() {
        return Ok(());
    }
    section(out, "Worst examples", |out| {
        let rows = looked_at(examined);
        writeln!(
            out,
            "<p class=\"soft\">{rows} Those with the largest losses; rows are counted from 0 within the split.</p>"
        )?;
        let pictures = examined.worst.iter().all(|example| matches!(example.input, Shown::Image(_)));
        writeln!(out, "<div class=\"worst{}\">", if pictures { "" } else { " text" })?;
        for one in &examined.worst {
            example(out, one)?;
        }
        writeln!(out, "</div>")
    })
}

fn example(out: &mut String, example: &Example) -> Result {
    let Example { row, loss, input, target, prediction } = example;
    writeln!(out, "<figure>")?;
    if let Shown::Image(image) = input {
        picture(out, image, *row)?;
    }
    write!(out, "<dl class=\"said\">")?;
    // Losses that compare with nothing have no targets.
    if !target.is_empty() {
        write!(out, "<dt>target</dt><dd>{}</dd>", Escaped(target))?;
    }
    write!(out, "<dt>predicted</dt><dd>{}</dd>", Escaped(prediction))?;
    writeln!(out, "<dt>loss</dt><dd>{}</dd><dt>row</dt><dd>{}</dd></dl>", number(*loss), grouped(*row))?;
    match input {
        Shown::Image(_) => {}
        Shown::Text(text) => writeln!(out, "<dl><dt>input</dt><dd>{}</dd></dl>", Escaped(text))?,
        Shown::Cells(cells) => {
            write!(out, "<dl>")?;
            for (name, value) in cells {
                write!(out, "<dt>{}</dt><dd>{}</dd>", Escaped(name), Escaped(value))?;
            }
            writeln!(out, "</dl>")?;
        }
    }
    writeln!(out, "</figure>")
}

#[cfg(feature = "images")]
fn picture(out: &mut String, image: &Image, row: usize) -> Result {
    let Some(address) = super::picture::address(image) else { return Ok(()) };
    writeln!(out, "<img alt=\"the input of row {row}\" src=\"{address}\">")
}

/// Without the feature `images` nothing writes PNG.
#[cfg(not(feature = "images"))]
fn picture(out: &mut String, image: &Image, _row: usize) -> Result {
    let Image { width, height, .. } = image;
    writeln!(out, "<p class=\"soft\">a picture of {width} x {height}</p>")
}
