//! What training makes of the inputs of a row when it puts a batch together: flips, shifts, rotations and crops of images, noise. Knows
//! no batch and no file.
//!
//! Only rows that are trained on are changed; those that are validated, tested or predicted stay as they are. What is drawn for a row
//! depends on the seed, the step, and the place of the row in its batch, and on nothing else.
//!
//! ```
//! # nn_runtime::network! { network Net < input(4, 4, 1), conv(2, 3), relu, flatten, dense(2, softmax) > }
//! use nn_runtime::{Augment, Trainer};
//! # let (images, kinds) = ([[[[0.5_f32]; 4]; 4]; 6], [0, 1, 0, 1, 0, 1]);
//! # let images: Vec<[f32; 16]> = images.iter().map(|image| std::array::from_fn(|at| image[at / 4][at % 4][0])).collect();
//! let mut net = Net::new(1);
//! let history = Trainer::new(&mut net).augment(&[Augment::flip(), Augment::shift(1)]).fit(&images, &kinds, 3)?;
//! assert_eq!(history.epochs.len(), 3);
//! # Ok::<(), nn_runtime::Error>(())
//! ```

#[cfg(feature = "alloc")]
mod apply;
mod image;
#[cfg(feature = "alloc")]
mod noise;

use crate::error::Error;
use crate::program::Program;
use image::Image;

/// One entry of the list `augment …;`: a change, and the input that it is about.
///
/// ```
/// # nn_runtime::network! { network Net < input(4, 4, 1), conv(2, 3), relu, flatten, dense(2, softmax) > }
/// use nn_runtime::{Augment, augment::Fill};
/// let changes = [Augment::flip().with_probability(0.25), Augment::crop(4).with_pad(1).with_fill(Fill::Reflect)];
/// for change in &changes {
///     change.check(Net::PROGRAM)?;
/// }
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augment {
    /// What is done.
    pub change: Change,
    /// The values of a row that it is done to; none: the only input of the network.
    pub part: Option<Part>,
}

/// What is done to the inputs of a row.
///
/// ```
/// use nn_runtime::{Augment, augment::Change};
/// assert!(matches!(Augment::noise(0.1).change, Change::Noise { deviation: 0.1 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// An image is mirrored.
    Flip {
        /// Which way.
        direction: Direction,
        /// How likely it is.
        probability: f64,
    },
    /// An image moves by whole pixels.
    Shift {
        /// The most pixels each way: rows and columns.
        pixels: [usize; 2],
        /// What comes in from outside.
        fill: Fill,
    },
    /// An image is turned about its middle, with bilinear interpolation.
    Rotate {
        /// The most degrees each way.
        degrees: f64,
        /// What comes in from outside.
        fill: Fill,
    },
    /// A window anywhere in an image becomes the image, with bilinear interpolation if it has another size.
    Crop {
        /// Rows and columns of the window.
        size: [usize; 2],
        /// Rows and columns that are first added on each side.
        pad: [usize; 2],
        /// What stands there.
        fill: Fill,
    },
    /// A number from the normal distribution is added to each value. Steps of zeros at the end of a series, which is what examples lack,
    /// stay so.
    Noise {
        /// Its standard deviation.
        deviation: f64,
    },
}

/// Which way an image is mirrored.
///
/// ```
/// use nn_runtime::{Augment, augment::{Change, Direction}};
/// let change = Augment::flip_vertically().change;
/// assert_eq!(change, Change::Flip { direction: Direction::Vertical, probability: 0.5 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Left becomes right.
    Horizontal,
    /// Top becomes bottom.
    Vertical,
}

/// What stands where an image has nothing.
///
/// ```
/// use nn_runtime::{Augment, augment::{Change, Fill}};
/// let change = Augment::shift(2).with_fill(Fill::Edge).change;
/// assert_eq!(change, Change::Shift { pixels: [2, 2], fill: Fill::Edge });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// 0
    Zero,
    /// The nearest pixel of the image.
    Edge,
    /// The image mirrored at its edge, which does not stand twice.
    Reflect,
}

/// Some values of a row.
///
/// ```
/// nn_runtime::network! {
///     network Net(image: [4, 4, 1], age: [1]) { concat(image |> flatten, age) |> dense(1) }
///     train Net { minimize mse with adam; augment flip(input = image); }
/// }
/// let part = Net::PROGRAM.recipe.and_then(|recipe| recipe.control.augment[0].part).expect("one of two inputs");
/// assert_eq!((part.first, part.shape), (0, &[4, 4, 1][..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where they begin.
    pub first: usize,
    /// Their shape; that of an image is `[height, width, channels]`.
    pub shape: &'static [usize],
}

impl Augment {
    const fn of_all(change: Change) -> Self {
        Self { change, part: None }
    }

    /// Half of all images are mirrored, left to right.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// assert_eq!(Augment::flip().name(), "flip");
    /// ```
    pub const fn flip() -> Self {
        Self::of_all(Change::Flip { direction: Direction::Horizontal, probability: 0.5 })
    }

    /// Half of all images are mirrored, top to bottom.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// assert_eq!(Augment::flip_vertically().name(), "flip");
    /// ```
    pub const fn flip_vertically() -> Self {
        Self::of_all(Change::Flip { direction: Direction::Vertical, probability: 0.5 })
    }

    /// Images move by up to so many pixels each way.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// assert_eq!(Augment::shift(2).name(), "shift");
    /// ```
    pub const fn shift(pixels: usize) -> Self {
        Self::of_all(Change::Shift { pixels: [pixels; 2], fill: Fill::Zero })
    }

    /// Images are turned by up to so many degrees each way.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// assert_eq!(Augment::rotate(15.0).name(), "rotate");
    /// ```
    pub const fn rotate(degrees: f64) -> Self {
        Self::of_all(Change::Rotate { degrees, fill: Fill::Zero })
    }

    /// A window of so many rows and columns, anywhere in an image, becomes the image.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// assert_eq!(Augment::crop(24).name(), "crop");
    /// ```
    pub const fn crop(size: usize) -> Self {
        Self::of_all(Change::Crop { size: [size; 2], pad: [0; 2], fill: Fill::Zero })
    }

    /// Normal noise of this standard deviation is added to each value.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// assert_eq!(Augment::noise(0.1).name(), "noise");
    /// ```
    pub const fn noise(deviation: f64) -> Self {
        Self::of_all(Change::Noise { deviation })
    }

    /// With another probability of a flip.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// assert_eq!(Augment::flip().with_probability(0.5), Augment::flip());
    /// ```
    pub const fn with_probability(mut self, likely: f64) -> Self {
        if let Change::Flip { probability, .. } = &mut self.change {
            *probability = likely;
        }
        self
    }

    /// With something else that comes in from outside of an image.
    ///
    /// ```
    /// # use nn_runtime::augment::{Augment, Fill};
    /// assert_eq!(Augment::shift(2).with_fill(Fill::Zero), Augment::shift(2));
    /// ```
    pub const fn with_fill(mut self, filled: Fill) -> Self {
        if let Change::Shift { fill, .. } | Change::Rotate { fill, .. } | Change::Crop { fill, .. } = &mut self.change {
            *fill = filled;
        }
        self
    }

    /// With so many rows and columns around an image before it is cropped.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// // 28 pixels each way become 32, of which 28 are taken from anywhere.
    /// let change = Augment::crop(28).with_pad(2);
    /// assert_ne!(change, Augment::crop(28));
    /// ```
    pub const fn with_pad(mut self, pixels: usize) -> Self {
        if let Change::Crop { pad, .. } = &mut self.change {
            *pad = [pixels; 2];
        }
        self
    }

    /// Of a network with several inputs: which values of a row it is about.
    ///
    /// ```
    /// # use nn_runtime::augment::{Augment, Part};
    /// // Ten numbers stand before the picture.
    /// let part = Part { first: 10, shape: &[8, 8, 1] };
    /// assert_eq!(Augment::flip().of(part).part, Some(part));
    /// ```
    pub const fn of(mut self, part: Part) -> Self {
        self.part = Some(part);
        self
    }

    /// Its name in the language.
    ///
    /// ```
    /// # use nn_runtime::Augment;
    /// assert_eq!(Augment::noise(0.1).name(), "noise");
    /// ```
    pub const fn name(&self) -> &'static str {
        match self.change {
            Change::Flip { .. } => "flip",
            Change::Shift { .. } => "shift",
            Change::Rotate { .. } => "rotate",
            Change::Crop { .. } => "crop",
            Change::Noise { .. } => "noise",
        }
    }

    /// The values of a row that it is about. The targets of a training of several networks lie in its rows, and stay as they are.
    fn part<T>(&self, program: &Program<T>) -> (usize, usize, &'static [usize]) {
        match self.part {
            Some(Part { first, shape }) => (first, shape.iter().product(), shape),
            None => (0, program.inputs - program.training.map_or(0, |training| training.targets), program.input),
        }
    }

    /// Whether it can be done to the inputs of a network.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(4->1) > }
    /// # use nn_runtime::Augment;
    /// assert!(Augment::noise(0.1).check(Net::PROGRAM).is_ok());
    /// // Four numbers are no image.
    /// assert!(Augment::flip().check(Net::PROGRAM).is_err());
    /// ```
    ///
    /// # Errors
    /// [`Error::Augment`] if they are no image, or ids, and [`Error::Setting`] for a number that makes no sense.
    pub fn check<T>(&self, program: &Program<T>) -> Result<(), Error> {
        let (first, values, shape) = self.part(program);
        let refused = |why| Err(Error::Augment { change: self.name(), shape, why });
        if first.saturating_add(values) > program.inputs {
            return refused("a row of the network has fewer values");
        }
        if program.ids.iter().any(|ids| ids.first < first + values && first < ids.places().end) {
            return refused("these are ids, which nothing can be done to");
        }
        if let Change::Noise { deviation } = self.change {
            return within("the deviation of `noise`", deviation, deviation > 0.0 && deviation.is_finite(), "above 0");
        }
        let Some(Image { height, width, .. }) = Image::of(shape) else {
            return refused("an image is [height, width, channels]");
        };
        match self.change {
            Change::Flip { probability, .. } => {
                let fits = (0.0..=1.0).contains(&probability);
                within("the probability of `flip`", probability, fits, "from 0 to 1")
            }
            Change::Shift { pixels: [rows, columns], .. } => {
                let most = rows.max(columns);
                within("`shift`", most as f64, rows < height && columns < width, "less than the image is large")
            }
            Change::Rotate { degrees, .. } => {
                within("`rotate`", degrees, degrees > 0.0 && degrees <= 180.0, "above 0 and at most 180")
            }
            Change::Crop { size: [rows, columns], pad: [above, beside], fill } => {
                let most = above.max(beside) as f64;
                // A mirror shows what is behind it once.
                if fill == Fill::Reflect && !(above < height && beside < width) {
                    return within("the `pad` of `crop`", most, false, "less than the image is large");
                }
                let room = |extent: usize, pad: usize| extent.saturating_add(pad.saturating_mul(2));
                let fits = rows > 0 && columns > 0 && rows <= room(height, above) && columns <= room(width, beside);
                within("`crop`", rows.max(columns) as f64, fits, "from 1 to what the image has with its `pad`")
            }
            Change::Noise { .. } => Ok(()),
        }
    }
}

fn within(name: &'static str, value: f64, fits: bool, expected: &'static str) -> Result<(), Error> {
    if fits { Ok(()) } else { Err(Error::Setting { name, value, expected }) }
}
