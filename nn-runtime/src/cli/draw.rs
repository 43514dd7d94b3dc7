//! The command `draw`: pictures of a trained network as PNG files; knows arguments and files, no pixels.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::string::String;

use super::args::{Draw, Drawing};
use super::commands::{of_weights, tested, unwritable};
use super::{AnyProgram, Failure};
use crate::atomic;
use crate::picture;
use crate::program::Program;
use crate::real::Real;
use crate::report::Image;
use crate::session::{Artist, SessionError, Tiles};
use crate::weights::Stored;

/// Draws what is asked for; the paths of the files go to `out`.
pub(super) fn draw(networks: &[AnyProgram], asked: &Draw, out: &mut dyn Write) -> Result<(), Failure> {
    let stored = Stored::open(&asked.weights)?;
    match of_weights(networks, asked.network.as_deref(), &stored)? {
        AnyProgram::F32(program) => draw_one(program, &stored, asked, out),
        #[cfg(feature = "double")]
        AnyProgram::F64(program) => draw_one(program, &stored, asked, out),
    }
}

fn draw_one<T: Real>(
    program: &'static Program<T>,
    stored: &Stored,
    asked: &Draw,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let artist = Artist::new(program, stored)?;
    let columns = asked.columns.unwrap_or(8);
    let tiles = |count: usize| Tiles { count: asked.count.unwrap_or(count), columns };
    let image = match asked.what {
        Drawing::Filters => artist.filters(columns)?,
        Drawing::Samples => artist.samples(asked.entry.as_deref(), asked.seed, tiles(64))?,
        Drawing::Reconstructions => artist.reconstructions(&data(program, asked)?, tiles(16))?,
        Drawing::Features => {
            for (layer, maps) in artist.features(&data(program, asked)?, asked.row, columns)? {
                write(&beside(&asked.output, &layer), &maps, out)?;
            }
            return Ok(());
        }
    };
    write(&asked.output, &image, out)
}

/// The data that is named, or that the text says.
fn data<T>(program: &Program<T>, asked: &Draw) -> Result<PathBuf, SessionError> {
    let of_text = || program.recipe.and_then(|recipe| recipe.data).map(|data| tested(&data));
    let found = asked.data.clone().or_else(of_text);
    found.ok_or_else(|| SessionError::NoData { network: program.name.into() })
}

fn write(path: &Path, image: &Image, out: &mut dyn Write) -> Result<(), Failure> {
    let failed = |error: std::io::Error| unwritable(path, &error);
    let bytes = picture::png(image).map_err(std::io::Error::other).map_err(failed)?;
    atomic::write(path, &bytes).map_err(failed)?;
    writeln!(out, "{}", path.display()).map_err(Failure::Output)
}

/// `maps.png` becomes `maps-conv_1.png`. A `*` in the name of a layer stands for all steps of a loop.
fn beside(path: &Path, layer: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let end = path.extension().map_or_else(|| String::from("png"), |end| end.to_string_lossy().into_owned());
    path.with_file_name(std::format!("{stem}-{}.{end}", layer.replace('*', "all")))
}

#[cfg(test)]
mod tests {
    use super::beside;
    use std::path::Path;

    #[test]
    fn each_layer_has_a_file_of_its_own() {
        assert_eq!(beside(Path::new("a/maps.png"), "conv_1"), Path::new("a/maps-conv_1.png"));
        assert_eq!(beside(Path::new("maps"), "repeat_1.*.conv_1"), Path::new("maps-repeat_1.all.conv_1.png"));
    }
}
