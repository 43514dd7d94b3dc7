//! Pictures of what a trained network is and does: filters, feature maps, samples, reconstructions; knows no file format.

use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::error::SessionError;
use super::evaluate::encodings;
use super::inputs::outputs;
use crate::data::{self, Demand};
use crate::network::entry_outputs;
use crate::params;
use crate::picture::grid::{bytes, grid, range};
use crate::program::{Entry, Program};
use crate::real::Real;
use crate::report::Image;
use crate::rng::{SAMPLES, Stream};
use crate::weights::Stored;

/// Which rows or inputs a picture is of, and how many stand in a row.
///
/// ```
/// use nn_runtime::session::Tiles;
/// // Two rows of eight pictures.
/// let tiles = Tiles { count: 16, columns: 8 };
/// assert_eq!(tiles.count.div_ceil(tiles.columns), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Tiles {
    /// How many, at most.
    pub count: usize,
    /// How many in a row.
    pub columns: usize,
}

/// A network with trained weights, to be drawn.
///
/// ```
/// nn_runtime::network! { network Digits < input(6, 6, 1), conv(4, 3), relu, flatten, dense(2, softmax) > }
/// use nn_runtime::{session::Artist, weights::Stored};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-artist-{}.safetensors", std::process::id()));
/// Digits::new(1).save(&path)?;
/// let stored = Stored::open(&path)?;
/// let filters = Artist::new(Digits::PROGRAM, &stored)?.filters(2)?;
/// assert_eq!(filters.bytes.len(), filters.height * filters.width);
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
pub struct Artist<'a, T: 'static> {
    program: &'static Program<T>,
    stored: &'a Stored,
    weights: Vec<T>,
}

impl<'a, T: Real> Artist<'a, T> {
    /// With these weights.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # nn_runtime::network! { network Wide < dense(3->1) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-artnew-{}.safetensors", std::process::id()));
    /// use nn_runtime::{session::Artist, weights::Stored};
    /// Net::new(1).save(&path)?;
    /// let stored = Stored::open(&path)?;
    /// assert!(Artist::new(Net::PROGRAM, &stored).is_ok());
    /// assert!(Artist::new(Wide::PROGRAM, &stored).is_err());
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If they are not those of `program`.
    pub fn new(program: &'static Program<T>, stored: &'a Stored) -> Result<Self, SessionError> {
        let mut weights = std::vec![T::ZERO; program.weights];
        stored.copy_to(program, &mut weights)?;
        Ok(Self { program, stored, weights })
    }

    /// The filters of the first layer that sees the picture: of a convolution, else of a dense layer. Each by itself goes from black for
    /// its largest weight below 0 over grey for 0 to white for as much above 0.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-filters-{}.safetensors", std::process::id()));
    /// use nn_runtime::{session::Artist, weights::Stored};
    /// Net::new(1).save(&path)?;
    /// let stored = Stored::open(&path)?;
    /// // Two numbers are no picture.
    /// let error = Artist::new(Net::PROGRAM, &stored)?.filters(8).unwrap_err();
    /// assert!(error.to_string().starts_with("`Net` cannot be drawn so: no layer of it has filters"));
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn filters(&self, columns: usize) -> Result<Image, SessionError> {
        let trained = params::iter(self.program, &self.weights).filter(params::Param::trained);
        for param in trained {
            let (size, count) = match *param.shape() {
                [height, width, channels, filters] => ((height, width, channels), filters),
                [values, units] if values == self.program.inputs => match pixels(self.program.input) {
                    Some(size) => (size, units),
                    None => continue,
                },
                _ => continue,
            };
            let values: Vec<f64> = param.values().map(Real::to_f64).collect();
            let of = |filter: usize| values.iter().skip(filter).step_by(count).copied().collect::<Vec<f64>>();
            let tiles = (0..count).flat_map(|filter| {
                let values = of(filter);
                let most = values.iter().fold(f64::MIN_POSITIVE, |most, value| most.max(value.abs()));
                planes(&values, size, (-most, most))
            });
            return Ok(grid(&tiles.collect::<Vec<_>>(), columns));
        }
        Err(self.cannot("no layer of it has filters: neither a convolution over places nor a dense layer on a picture"))
    }

    /// What each layer makes of a row, if it makes maps of it: the name of the layer and a map for each channel, all from the least to
    /// the greatest value of the layer.
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Line < dense(1->1) >
    /// #     train Line {
    /// #         data csv("line.csv") { x = column("x"); y = column("y"); }
    /// #         split train = 0.6, validation = 0.2, test = 0.2;
    /// #         minimize mse with adam(lr = 0.05);
    /// #         batch 4; epochs 5; seed 1; metric mae;
    /// #     }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-features-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// # let path = folder.join("weights.safetensors");
    /// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    /// use nn_runtime::{session::Artist, weights::Stored};
    /// let stored = Stored::open(&path)?;
    /// // A program that tells what its layers yield is compiled for it.
    /// let error = Artist::new(Line::PROGRAM, &stored)?.features(&data, 0, 4).unwrap_err();
    /// assert!(error.to_string().contains("`nnc draw features` compiles one that does"));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the data is wrong or has no such row, or no layer makes maps.
    pub fn features(&self, path: &Path, row: usize, columns: usize) -> Result<Vec<(String, Image)>, SessionError> {
        let each_layer = self.program.entries.iter().find(|entry| entry.name.trim_end_matches('_') == "each_layer");
        let each_layer = each_layer.ok_or_else(|| {
            self.cannot("its program does not tell what its layers yield: `nnc draw features` compiles one that does")
        })?;
        let (rows, inputs) = self.inputs(path)?;
        if row >= rows {
            return Err(
                self.cannot(&std::format!("there is no row {row}: {} has {rows} rows, counted from 0", path.display()))
            );
        }
        let input = &inputs[row * self.program.inputs..(row + 1) * self.program.inputs];
        let outputs: Vec<f64> = entry_outputs(each_layer, &self.weights, input).into_iter().map(Real::to_f64).collect();
        let (mut first, mut maps) = (0, Vec::new());
        for layer in each_layer.results {
            let values = &outputs[first..first + layer.values()];
            first += layer.values();
            if let [height, width, channels] = *layer.shape
                && height > 1
                && width > 1
            {
                let (low, high) = range_of(values);
                let tiles: Vec<Image> = (0..channels)
                    .map(|channel| {
                        let map: Vec<f64> = values.iter().skip(channel).step_by(channels).copied().collect();
                        Image { width, height, channels: 1, bytes: bytes(&map, (low, high)) }
                    })
                    .collect();
                maps.push((layer.name.to_string(), grid(&tiles, columns)));
            }
        }
        if maps.is_empty() {
            return Err(self.cannot("no layer of it yields maps: values of the shape [height, width, channels]"));
        }
        Ok(maps)
    }

    /// What the network, or one of its further functions, makes of standard normal numbers.
    ///
    /// ```
    /// nn_runtime::network! { network Dreams < dense(2->16, sigmoid) > }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-samples-{}.safetensors", std::process::id()));
    /// use nn_runtime::{session::{Artist, Tiles}, weights::Stored};
    /// Dreams::new(1).save(&path)?;
    /// let stored = Stored::open(&path)?;
    /// let artist = Artist::new(Dreams::PROGRAM, &stored)?;
    /// let tiles = Tiles { count: 6, columns: 3 };
    /// // The same seed draws the same pictures.
    /// assert_eq!(artist.samples(None, 7, tiles)?, artist.samples(None, 7, tiles)?);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If there is no such function, or it yields no pictures.
    pub fn samples(&self, entry: Option<&str>, seed: u64, tiles: Tiles) -> Result<Image, SessionError> {
        let entry = entry.map(|name| self.entry(name)).transpose()?;
        let inputs = entry.map_or(self.program.inputs, |entry| entry.inputs);
        if entry.is_none() && !self.program.ids.is_empty() {
            return Err(
                self.cannot("it reads ids, which no normal numbers are; --entry chooses a function that reads numbers")
            );
        }
        let stream = Stream { seed, stream: SAMPLES, step: 0 };
        let noise: Vec<T> = (0..tiles.count * inputs).map(|place| T::from_f64(stream.normal(place as u64))).collect();
        let (values, size) = match entry {
            Some(entry) => {
                let shape = entry.results.first().map_or(&[][..], |first| first.shape);
                (entry_outputs(entry, &self.weights, &noise), pixels(shape))
            }
            None => (outputs(self.program, &self.weights, &noise, 1)?, pixels(self.program.output)),
        };
        let size = size.ok_or_else(|| {
            self.cannot("what it yields is no picture: [height, width], with 1 or 3 channels, or a square")
        })?;
        let each = values.len() / tiles.count;
        let pixels: Vec<f64> =
            values.chunks(each).flat_map(|row| &row[..area(size)]).map(|value| value.to_f64()).collect();
        let range = range(&pixels);
        let images: Vec<Image> = pixels.chunks(area(size)).map(|values| image(values, size, range)).collect();
        Ok(grid(&images, tiles.columns))
    }

    /// Rows of the data with what the network makes of them below each.
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Line < dense(1->1) >
    /// #     train Line {
    /// #         data csv("line.csv") { x = column("x"); y = column("y"); }
    /// #         split train = 0.6, validation = 0.2, test = 0.2;
    /// #         minimize mse with adam(lr = 0.05);
    /// #         batch 4; epochs 5; seed 1; metric mae;
    /// #     }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-reconstructions-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// # let path = folder.join("weights.safetensors");
    /// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    /// use nn_runtime::{session::{Artist, Tiles}, weights::Stored};
    /// let stored = Stored::open(&path)?;
    /// // One number is no picture.
    /// let error = Artist::new(Line::PROGRAM, &stored)?.reconstructions(&data, Tiles { count: 8, columns: 8 }).unwrap_err();
    /// assert_eq!(error.to_string(), "`Line` cannot be drawn so: what it reads is no picture");
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the data is wrong, inputs are no pictures, or no output has their size.
    pub fn reconstructions(&self, path: &Path, tiles: Tiles) -> Result<Image, SessionError> {
        let size = pixels(self.program.input).ok_or_else(|| self.cannot("what it reads is no picture"))?;
        let mut first = 0;
        let port = self.program.ports.iter().find(|port| {
            let fits = port.values == self.program.inputs;
            first += if fits { 0 } else { port.values };
            fits
        });
        if port.is_none() {
            return Err(self.cannot("no output of it has as many values as its input, so it reconstructs nothing"));
        }
        let (rows, inputs) = self.inputs(path)?;
        let count = tiles.count.min(rows);
        let inputs = &inputs[..count * self.program.inputs];
        let outputs = outputs(self.program, &self.weights, inputs, 1)?;
        let number = |value: &T| value.to_f64();
        let made = outputs.chunks(self.program.outputs).flat_map(|row| &row[first..first + self.program.inputs]);
        let (given, made): (Vec<f64>, Vec<f64>) = (inputs.iter().map(number).collect(), made.map(number).collect());
        // The pixels that are there say what is black and what is white.
        let range = range(&given);
        let drawn = |values: &[f64]| -> Vec<Image> {
            values.chunks(area(size)).map(|values| image(values, size, range)).collect()
        };
        let (given, made) = (drawn(&given), drawn(&made));
        let columns = tiles.columns.min(count.max(1));
        let blank = Image { bytes: std::vec![160; area(size)], ..image(&std::vec![0.0; area(size)], size, range) };
        // A row of inputs, then what is made of them.
        let mut all = Vec::new();
        for (given, made) in given.chunks(columns).zip(made.chunks(columns)) {
            for part in [given, made] {
                all.extend(part.iter().cloned());
                all.extend(std::iter::repeat_n(blank.clone(), columns - part.len()));
            }
        }
        Ok(grid(&all, columns))
    }

    fn entry(&self, name: &str) -> Result<&'static Entry<T>, SessionError> {
        self.program.entries.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.program.entries.iter().map(|entry| entry.name).collect();
            let known =
                if known.is_empty() { "it has none".to_string() } else { std::format!("it has {}", known.join(", ")) };
            self.cannot(&std::format!("it has no entry `{name}`; {known}"))
        })
    }

    /// All rows of some data, encoded as those of the training.
    fn inputs(&self, path: &Path) -> Result<(usize, Vec<T>), SessionError> {
        let (examples, _) = data::reload::<T>(path, &encodings(self.stored)?, &Demand::of(self.program))?;
        Ok((examples.rows, examples.inputs))
    }

    fn cannot(&self, why: &str) -> SessionError {
        SessionError::NotDrawn { network: self.program.name.into(), why: why.into() }
    }
}

/// Height, width and channels of a picture of this shape.
fn pixels(shape: &[usize]) -> Option<(usize, usize, usize)> {
    match *shape {
        [height, width, channels @ (1 | 3)] => Some((height, width, channels)),
        [height, width] if height > 1 && width > 1 => Some((height, width, 1)),
        [1, values] | [values] => {
            let side = values.isqrt();
            (side > 1 && side * side == values).then_some((side, side, 1))
        }
        _ => None,
    }
}

const fn area((height, width, channels): (usize, usize, usize)) -> usize {
    height * width * channels
}

fn image(values: &[f64], (height, width, channels): (usize, usize, usize), range: (f64, f64)) -> Image {
    Image { width, height, channels, bytes: bytes(values, range) }
}

/// A picture of 1 or 3 channels, or one for each channel.
fn planes(values: &[f64], size: (usize, usize, usize), range: (f64, f64)) -> Vec<Image> {
    let (height, width, channels) = size;
    if matches!(channels, 1 | 3) {
        return std::vec![image(values, size, range)];
    }
    let plane = |channel: usize| values.iter().skip(channel).step_by(channels).copied().collect::<Vec<f64>>();
    (0..channels).map(|channel| image(&plane(channel), (height, width, 1), range)).collect()
}

/// The least and the greatest value, or something around the only one.
fn range_of(values: &[f64]) -> (f64, f64) {
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
    if low < high { (low, high) } else { (low.min(0.0), low.max(0.0) + 1.0) }
}
