//! How fast this core is at this moment: a tile of a matrix product whose operands stay in the first cache.
//!
//! The product is `[12, 128] x [128, 32]`: 22 KiB. It needs loads, stores and the front end, as real kernels do, so that it is slowed by
//! what slows them; a loop of multiply-adds in registers would not notice a neighbour on the same core. The vector instructions are
//! written out, so that no flag of the compiler changes what is measured.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use crate::clock::{Cost, Start};
use crate::statistics::median;

/// Rows of the tile.
const ROWS: usize = 12;
/// Columns of the tile.
const COLUMNS: usize = 32;
/// Products of each of its sums.
const DEPTH: usize = 128;
/// Floating-point operations of a tile.
const OPERATIONS: f64 = (2 * ROWS * COLUMNS * DEPTH) as f64;
/// How long one measurement takes, about; the median of [`MEASUREMENTS`] counts.
const SPAN: Duration = Duration::from_micros(200);
/// How many of them there are.
const MEASUREMENTS: usize = 5;

/// The operands: columns of the left one, rows of the right one.
struct Operands {
    left: [[f32; ROWS]; DEPTH],
    right: [[f32; COLUMNS]; DEPTH],
    sums: [[f32; COLUMNS]; ROWS],
}

/// `sums += left^T right`.
type Tile = fn(&mut Operands);

/// The instructions of the tile on this machine.
#[derive(Clone, Copy, Debug)]
pub struct Calibrator {
    /// Their name.
    pub instructions: &'static str,
    tile: Tile,
}

impl Calibrator {
    /// With the widest instructions that this machine has.
    pub fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Calibrator { instructions: "AVX-512", tile: wide::avx512 };
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Calibrator { instructions: "AVX2 and FMA", tile: wide::avx2 };
            }
        }
        Calibrator { instructions: "those of the target", tile: plain }
    }

    /// Operations per second of so many threads now, in about a millisecond: of one by its processor time, of more by that on the wall.
    /// While one is measured, no other thread of this process may compute.
    pub fn speed(&self, threads: usize) -> f64 {
        if threads <= 1 {
            return self.thread(|cost| cost.processor);
        }
        let together = Barrier::new(threads);
        thread::scope(|scope| {
            let each = (0..threads).map(|_| {
                scope.spawn(|| {
                    together.wait();
                    self.thread(|cost| cost.wall)
                })
            });
            let each: Vec<_> = each.collect();
            each.into_iter().map(|thread| thread.join().expect("a tile does not panic")).sum()
        })
    }

    /// Operations per second of this thread, by the part of the cost that counts.
    fn thread(&self, part: impl Fn(Cost) -> Duration) -> f64 {
        let mut operands = Operands::new();
        let mut time = |tiles: u32| {
            let start = Start::now();
            for _ in 0..tiles {
                (self.tile)(black_box(&mut operands));
            }
            part(start.cost())
        };
        let mut tiles = 16;
        while time(tiles) < SPAN / 2 {
            tiles *= 2;
        }
        let rates = (0..MEASUREMENTS).map(|_| f64::from(tiles) * OPERATIONS / time(tiles).as_secs_f64());
        median(rates).expect("there are measurements")
    }
}

impl Default for Calibrator {
    fn default() -> Self {
        Self::new()
    }
}

impl Operands {
    /// Small numbers of both signs, so that the sums neither grow without end nor become too small to be normal.
    fn new() -> Box<Self> {
        let value = |at: usize| if at.is_multiple_of(2) { 0.25 } else { -0.25 };
        let left = std::array::from_fn(|depth| std::array::from_fn(|row| value(depth + row)));
        let right = std::array::from_fn(|depth| std::array::from_fn(|column| value(depth / 2 + column)));
        Box::new(Operands { left, right, sums: [[1.0; COLUMNS]; ROWS] })
    }
}

/// For machines without the instructions below.
fn plain(operands: &mut Operands) {
    const WIDTH: usize = 8;
    const HEIGHT: usize = 4;
    let Operands { left, right, sums } = operands;
    for (band, rows) in sums.chunks_exact_mut(HEIGHT).enumerate() {
        for column in (0..COLUMNS).step_by(WIDTH) {
            let mut tile = [[0.0f32; WIDTH]; HEIGHT];
            for (left, right) in left.iter().zip(right.iter()) {
                for (tile, left) in tile.iter_mut().zip(&left[band * HEIGHT..]) {
                    for (tile, right) in tile.iter_mut().zip(&right[column..]) {
                        *tile += left * right;
                    }
                }
            }
            for (row, tile) in rows.iter_mut().zip(tile) {
                row[column..].iter_mut().zip(tile).for_each(|(sum, tile)| *sum += tile);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector instructions by name, so that flags of the compiler cannot change the tile; each block says why it is sound"
)]
mod wide {
    //! The tile in vector instructions. Loads and stores take pointers; all of them stay within one row of `COLUMNS` values.

    use std::arch::x86_64::{
        _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
        _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
    };

    use super::{COLUMNS, Operands, ROWS};

    /// The whole tile in 24 registers of 16 values. Only for machines with AVX-512F.
    pub(super) fn avx512(operands: &mut Operands) {
        // SAFETY: `Calibrator::new` takes this function only where the machine has AVX-512F.
        unsafe { avx512_tile(operands) }
    }

    #[target_feature(enable = "avx512f")]
    fn avx512_tile(operands: &mut Operands) {
        const { assert!(COLUMNS == 32) };
        let Operands { left, right, sums } = operands;
        let mut tile = [[_mm512_setzero_ps(); 2]; ROWS];
        for (left, right) in left.iter().zip(right.iter()) {
            // SAFETY: a row has 32 values; 16 are read from its begin and from its middle.
            let right = unsafe { [_mm512_loadu_ps(right.as_ptr()), _mm512_loadu_ps(right.as_ptr().add(16))] };
            for (tile, &left) in tile.iter_mut().zip(left) {
                let left = _mm512_set1_ps(left);
                tile[0] = _mm512_fmadd_ps(left, right[0], tile[0]);
                tile[1] = _mm512_fmadd_ps(left, right[1], tile[1]);
            }
        }
        for (row, tile) in sums.iter_mut().zip(tile) {
            for (half, tile) in row.chunks_exact_mut(16).zip(tile) {
                // SAFETY: the half has 16 values, which are read and written.
                unsafe { _mm512_storeu_ps(half.as_mut_ptr(), _mm512_add_ps(_mm512_loadu_ps(half.as_ptr()), tile)) };
            }
        }
    }

    /// The tile in four parts of 6 x 16, each in 12 registers of 8 values. Only for machines with AVX2 and FMA.
    pub(super) fn avx2(operands: &mut Operands) {
        for band in 0..ROWS / 6 {
            for column in [0, 16] {
                // SAFETY: `Calibrator::new` takes this function only where the machine has AVX2 and FMA.
                unsafe { avx2_part(operands, band, column) };
            }
        }
    }

    #[target_feature(enable = "avx2,fma")]
    fn avx2_part(operands: &mut Operands, band: usize, column: usize) {
        let Operands { left, right, sums } = operands;
        let mut tile = [[_mm256_setzero_ps(); 2]; 6];
        for (left, right) in left.iter().zip(right.iter()) {
            let right = &right[column..][..16];
            // SAFETY: the slice has 16 values; 8 are read from its begin and from its middle.
            let right = unsafe { [_mm256_loadu_ps(right.as_ptr()), _mm256_loadu_ps(right.as_ptr().add(8))] };
            for (tile, &left) in tile.iter_mut().zip(&left[6 * band..]) {
                let left = _mm256_set1_ps(left);
                tile[0] = _mm256_fmadd_ps(left, right[0], tile[0]);
                tile[1] = _mm256_fmadd_ps(left, right[1], tile[1]);
            }
        }
        for (row, tile) in sums[6 * band..].iter_mut().zip(tile) {
            for (part, tile) in row[column..][..16].chunks_exact_mut(8).zip(tile) {
                // SAFETY: the part has 8 values, which are read and written.
                unsafe { _mm256_storeu_ps(part.as_mut_ptr(), _mm256_add_ps(_mm256_loadu_ps(part.as_ptr()), tile)) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, Calibrator, DEPTH, Operands, ROWS, plain};

    /// The sums by definition, on numbers whose sums are exact.
    fn expected(operands: &Operands) -> Vec<f32> {
        let sum = |row: usize, column: usize| {
            let products = (0..DEPTH).map(|k| operands.left[k][row] * operands.right[k][column]);
            operands.sums[row][column] + products.sum::<f32>()
        };
        (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))).map(|(r, c)| sum(r, c)).collect()
    }

    fn operands() -> Box<Operands> {
        let mut operands = Operands::new();
        for (at, value) in operands.left.iter_mut().flatten().enumerate() {
            *value = (at % 7) as f32;
        }
        for (at, value) in operands.right.iter_mut().flatten().enumerate() {
            *value = (at % 5) as f32;
        }
        operands
    }

    #[test]
    fn a_tile_is_a_product() {
        let mut tiles: Vec<super::Tile> = vec![plain, Calibrator::new().tile];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            tiles.push(super::wide::avx2);
        }
        for tile in tiles {
            let mut operands = operands();
            let expected = expected(&operands);
            tile(&mut operands);
            assert_eq!(operands.sums.as_flattened(), expected);
        }
    }
}
