//! Random numbers by counter: each value is a function of seed, stream, step and position; there is no state to carry.
//!
//! These rules are fixed for ever, because saved results depend on them.
//!
//! - The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//!   The key is the seed: low word, high word.
//! - The counter is `[block low, block high, step, stream]`. Element `i` of a stream is word `i % 4` of block `i / 4`.
//! - Uniform: `(word >> 8) * 2^-24`, in `[0, 1)`, for both element types, so that both take the same decisions.
//! - Normal: Box and Muller (1958) on the word pairs (0, 1) and (2, 3) of a block, with `u1 = ((w0 >> 8) + 1) * 2^-24`,
//!   `u2 = (w1 >> 8) * 2^-24`, `r = sqrt(-2 ln u1)`: the even element is `r cos(2 pi u2)`, the odd one `r sin(2 pi u2)`;
//!   computed in f64, then rounded.
//! - Streams: [`INIT`] + index of the tensor, each copy counted (step 0; redraw `a` of a truncated normal is the same element at step `a`);
//!   [`NOISE`] + noise layer (step = training step from 1, element = (row in the batch) * width + column);
//!   [`SHUFFLE`] (step = epoch from 1); [`SPLIT`] + part (step 0); [`AUGMENT`] + place in the list (step = training step from 1, block =
//!   row in the batch; for noise, each row has as many blocks as its values take); [`MIXUP`] (step likewise, block = row in the batch) and
//!   [`MIXUP`] + 1 (block 0).
//! - Shuffles: Fisher and Yates from the end (Knuth, TAOCP vol. 2, algorithm P). Position `i` swaps with
//!   `j = (word * (i + 1)) >> 32`, where the word is element `n - 1 - i` of the stream.
//!
//! ```
//! use nn_runtime::rng::{SHUFFLE, Stream};
//! let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
//! // A number depends on where it is asked for, not on what was asked for before.
//! let last = stream.uniform(1000);
//! assert_eq!(stream.uniform(0), Stream { seed: 42, stream: SHUFFLE, step: 1 }.uniform(0));
//! assert_eq!(stream.uniform(1000), last);
//! ```

use core::f64::consts::TAU;

use crate::real::Real;

/// The first stream of initial values.
pub const INIT: u32 = 0x0100_0000;
/// The first stream of noise layers.
pub const NOISE: u32 = 0x0200_0000;
/// The stream of the order of rows in an epoch.
pub const SHUFFLE: u32 = 0x0300_0000;
/// The first stream of the division of rows.
pub const SPLIT: u32 = 0x0400_0000;
/// The first stream of changes of rows.
pub const AUGMENT: u32 = 0x0600_0000;
/// The first stream of mixing rows with others.
pub const MIXUP: u32 = 0x0700_0000;
/// The stream of random inputs that pictures are made of.
#[cfg(feature = "images")]
pub(crate) const SAMPLES: u32 = 0x0500_0000;

/// `2^-24`: the distance between neighbouring uniform numbers.
const UNIT: f64 = 1.0 / 16_777_216.0;

/// Ten rounds of Philox4x32: four words from a counter and a key.
///
/// ```
/// use nn_runtime::rng::philox;
/// // The known answer of its authors.
/// assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
/// ```
#[inline(always)]
pub const fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    let mut round = 0;
    while round < 10 {
        let p0 = c0 as u64 * 0xD251_1F53;
        let p1 = c2 as u64 * 0xCD9E_8D57;
        (c0, c1, c2, c3) = ((p1 >> 32) as u32 ^ c1 ^ k0, p1 as u32, (p0 >> 32) as u32 ^ c3 ^ k1, p0 as u32);
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
        round += 1;
    }
    [c0, c1, c2, c3]
}

/// One stream of words at one step.
///
/// ```
/// use nn_runtime::rng::{SHUFFLE, Stream};
/// let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
/// // Any element, in any order: there is no state.
/// assert_eq!(stream.uniform(1000), stream.uniform(1000));
/// assert!((0.0..1.0).contains(&stream.uniform(1001)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// The seed of all random numbers of a run.
    pub seed: u64,
    /// Which stream; see the rules of this module.
    pub stream: u32,
    /// Which step, epoch or redraw.
    pub step: u32,
}

impl Stream {
    /// Four words: elements `4 * block` to `4 * block + 3`.
    ///
    /// ```
    /// # use nn_runtime::rng::{SHUFFLE, Stream};
    /// # let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
    /// assert_eq!(stream.block(5)[2], stream.word(4 * 5 + 2));
    /// ```
    #[inline(always)]
    pub const fn block(self, block: u64) -> [u32; 4] {
        let counter = [block as u32, (block >> 32) as u32, self.step, self.stream];
        philox(counter, [self.seed as u32, (self.seed >> 32) as u32])
    }

    /// One word.
    ///
    /// ```
    /// # use nn_runtime::rng::{SHUFFLE, Stream};
    /// # let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
    /// assert_ne!(stream.word(0), stream.word(1));
    /// ```
    #[inline(always)]
    pub const fn word(self, element: u64) -> u32 {
        let [w0, w1, w2, w3] = self.block(element / 4);
        // Choices instead of an index, so that a loop over elements becomes vector instructions.
        let first = if element.is_multiple_of(2) { w0 } else { w1 };
        let second = if element.is_multiple_of(2) { w2 } else { w3 };
        if element % 4 < 2 { first } else { second }
    }

    /// A uniform number in `[0, 1)`.
    ///
    /// ```
    /// # use nn_runtime::rng::{SHUFFLE, Stream};
    /// # let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
    /// assert!((0..100).all(|element| (0.0..1.0).contains(&stream.uniform(element))));
    /// ```
    #[inline(always)]
    pub const fn uniform(self, element: u64) -> f64 {
        (self.word(element) >> 8) as f64 * UNIT
    }

    /// A number from the normal distribution with mean 0 and standard deviation 1.
    ///
    /// ```
    /// # use nn_runtime::rng::{SHUFFLE, Stream};
    /// # let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
    /// let mean = (0..10_000).map(|element| stream.normal(element)).sum::<f64>() / 10_000.0;
    /// assert!(mean.abs() < 0.05);
    /// ```
    #[inline]
    pub fn normal(self, element: u64) -> f64 {
        let words = self.block(element / 4);
        let pair = (element as usize % 4) / 2 * 2;
        let u1 = (f64::from(words[pair] >> 8) + 1.0) * UNIT;
        let angle = TAU * (f64::from(words[pair + 1] >> 8) * UNIT);
        let turn = if element.is_multiple_of(2) { libm::cos(angle) } else { libm::sin(angle) };
        libm::sqrt(-2.0 * libm::log(u1)) * turn
    }

    /// Four of these: elements `4 * block` to `4 * block + 3`.
    ///
    /// ```
    /// # use nn_runtime::rng::{SHUFFLE, Stream};
    /// # let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
    /// assert_eq!(stream.normals(3)[1], stream.normal(4 * 3 + 1));
    /// ```
    pub fn normals(self, block: u64) -> [f64; 4] {
        let words = self.block(block);
        let pair = |first: usize| {
            let u1 = (f64::from(words[first] >> 8) + 1.0) * UNIT;
            let (sin, cos) = libm::sincos(TAU * (f64::from(words[first + 1] >> 8) * UNIT));
            let radius = libm::sqrt(-2.0 * libm::log(u1));
            (radius * cos, radius * sin)
        };
        let ((a, b), (c, d)) = (pair(0), pair(2));
        [a, b, c, d]
    }

    /// Shuffles anything with `len` places that two of can be swapped.
    ///
    /// ```
    /// # use nn_runtime::rng::{SHUFFLE, Stream};
    /// # let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
    /// let (mut names, mut ages) = (["a", "b", "c"], [1, 2, 3]);
    /// stream.shuffle_with(3, |i, j| {
    ///     names.swap(i, j);
    ///     ages.swap(i, j);
    /// });
    /// assert!(names.iter().zip(ages).all(|pair| [(&"a", 1), (&"b", 2), (&"c", 3)].contains(&pair)));
    /// ```
    pub fn shuffle_with(self, len: usize, mut swap: impl FnMut(usize, usize)) {
        for i in (1..len).rev() {
            let word = u64::from(self.word((len - 1 - i) as u64));
            // 32 bits times a place below 2^32 fit in 64 bits; larger batches of rows do not fit in memory.
            swap(i, ((word * (i as u64 + 1)) >> 32) as usize);
        }
    }

    /// Shuffles a slice in place.
    ///
    /// ```
    /// # use nn_runtime::rng::{SHUFFLE, Stream};
    /// # let stream = Stream { seed: 42, stream: SHUFFLE, step: 1 };
    /// let mut cards: Vec<u32> = (0..52).collect();
    /// stream.shuffle(&mut cards);
    /// assert!(!cards.is_sorted());
    /// ```
    pub fn shuffle<I>(self, items: &mut [I]) {
        self.shuffle_with(items.len(), |i, j| items.swap(i, j));
    }
}

/// The random numbers of one training step, as noise layers see them.
///
/// ```
/// use nn_runtime::Draws;
/// let whole = Draws { seed: 7, step: 3, row: 0 };
/// let later = Draws { seed: 7, step: 3, row: 32 };
/// // A row draws the same wherever the rows at hand begin.
/// assert_eq!(whole.uniform::<f32>(1, 5, 32 * 5 + 2), later.uniform::<f32>(1, 5, 2));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    /// The seed of the run.
    pub seed: u64,
    /// The training step, from 1.
    pub step: u32,
    /// The place in the batch of the first row at hand.
    pub row: u64,
}

impl Draws {
    /// A uniform number in `[0, 1)` for `element` (`row * width + column`, rows counted from the first at hand) of noise layer `stream`.
    ///
    /// ```
    /// use nn_runtime::Draws;
    /// let draws = Draws { seed: 1, step: 1, row: 0 };
    /// let (a, b): (f32, f32) = (draws.uniform(0, 4, 0), draws.uniform(0, 4, 1));
    /// assert!((0.0..1.0).contains(&a) && (0.0..1.0).contains(&b) && a != b);
    /// ```
    #[inline(always)]
    pub fn uniform<T: Real>(&self, stream: u32, width: usize, element: usize) -> T {
        T::from_f64(self.stream(stream).uniform(self.element(width, element)))
    }

    /// A standard normal number for `element`, likewise.
    ///
    /// ```
    /// use nn_runtime::Draws;
    /// let draws = Draws { seed: 1, step: 1, row: 0 };
    /// let mean = (0..10_000).map(|at| draws.normal::<f64>(0, 1, at)).sum::<f64>() / 10_000.0;
    /// assert!(mean.abs() < 0.05);
    /// ```
    #[inline]
    pub fn normal<T: Real>(&self, stream: u32, width: usize, element: usize) -> T {
        T::from_f64(self.stream(stream).normal(self.element(width, element)))
    }

    #[inline(always)]
    fn stream(&self, stream: u32) -> Stream {
        Stream { seed: self.seed, stream: NOISE + stream, step: self.step }
    }

    #[inline(always)]
    fn element(&self, width: usize, element: usize) -> u64 {
        self.row * width as u64 + element as u64
    }
}

/// Draws a seed from any generator of the `rand` crate.
///
/// ```
/// use nn_runtime::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
/// use nn_runtime::rng::seed_from;
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
/// assert_ne!(seed_from(&mut rng), seed_from(&mut rng));
/// ```
#[cfg(feature = "rand")]
pub fn seed_from(rng: &mut impl rand::Rng) -> u64 {
    rng.next_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of `Random123/tests/kat_vectors` for philox4x32-10.
    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn a_row_draws_the_same_wherever_its_shard_begins() {
        let whole = Draws { seed: 7, step: 3, row: 0 };
        let later = Draws { seed: 7, step: 3, row: 32 };
        assert_eq!(whole.uniform::<f32>(1, 5, 32 * 5 + 2), later.uniform::<f32>(1, 5, 2));
        assert_eq!(whole.normal::<f64>(1, 5, 32 * 5 + 3), later.normal::<f64>(1, 5, 3));
    }

    #[test]
    fn normals_have_mean_0_and_variance_1() {
        let stream = Stream { seed: 1, stream: INIT, step: 0 };
        let n = 40_000_u32;
        let (sum, squares) =
            (0..n).map(|i| stream.normal(u64::from(i))).fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        assert!((sum / f64::from(n)).abs() < 0.02);
        assert!((squares / f64::from(n) - 1.0).abs() < 0.03);
    }

    #[test]
    fn four_normals_are_those_of_their_elements() {
        let stream = Stream { seed: 1, stream: AUGMENT, step: 9 };
        for block in 0..1000 {
            let single: [f64; 4] = core::array::from_fn(|i| stream.normal(4 * block + i as u64));
            assert_eq!(stream.normals(block), single);
        }
    }

    #[test]
    fn a_shuffle_is_a_permutation_that_the_seed_decides() {
        let stream = Stream { seed: 5, stream: SHUFFLE, step: 1 };
        let mut once: [usize; 10] = core::array::from_fn(|i| i);
        let mut again = once;
        stream.shuffle(&mut once);
        stream.shuffle(&mut again);
        assert_eq!(once, again);
        let mut sorted = once;
        sorted.sort_unstable();
        assert_eq!(sorted, core::array::from_fn(|i| i));
        assert_ne!(sorted, once);
    }
}
