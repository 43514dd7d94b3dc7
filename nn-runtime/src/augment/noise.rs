//! Normal noise on the values of a row; knows no image.

use crate::real::Real;
use crate::rng::Stream;

/// Adds numbers from the normal distribution, each from an element of its own: rows begin at whole blocks of the generator.
pub(super) fn add<T: Real>(row: &mut [T], shape: &[usize], deviation: f64, stream: Stream, place: u64) {
    let blocks = row.len().div_ceil(4) as u64;
    let count = present(row, shape);
    for (block, values) in row[..count].chunks_mut(4).enumerate() {
        let drawn = stream.normals(place * blocks + block as u64);
        for (value, drawn) in values.iter_mut().zip(drawn) {
            *value += T::from_f64(deviation * drawn);
        }
    }
}

/// Values up to the last step of a series that an example has: those that it lacks are steps of zeros behind it.
fn present<T: Real>(row: &[T], shape: &[usize]) -> usize {
    let [_, width] = *shape else { return row.len() };
    let steps = row.chunks_exact(width.max(1));
    let lacks = steps.rev().take_while(|step| step.iter().all(|value| *value == T::ZERO)).count();
    row.len() - lacks * width
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::add;
    use crate::rng::{AUGMENT, Stream};

    const STREAM: Stream = Stream { seed: 3, stream: AUGMENT, step: 5 };

    #[test]
    fn noise_has_its_deviation_and_each_row_has_its_own() {
        let rows: Vec<Vec<f64>> = (0..2000)
            .map(|place| {
                let mut row = vec![1.0; 7];
                add(&mut row, &[7], 0.5, STREAM, place);
                row
            })
            .collect();
        let all: Vec<f64> = rows.iter().flatten().map(|value| value - 1.0).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let variance = all.iter().map(|value| value * value).sum::<f64>() / all.len() as f64;
        assert!(mean.abs() < 0.02 && (variance - 0.25).abs() < 0.01, "{mean}, {variance}");
        assert_ne!(rows[0], rows[1]);
        assert!(rows[0].iter().zip(&rows[1]).all(|(a, b)| a != b));
    }

    #[test]
    fn steps_that_an_example_lacks_stay_zeros() {
        let before = [0.0_f32, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0];
        let mut row = before;
        add(&mut row, &[4, 2], 1.0, STREAM, 0);
        assert!(row.iter().zip(before).take(4).all(|(after, before)| *after != before), "{row:?}");
        assert_eq!(row[4..], [0.0; 4]);
        // Black pixels are no steps.
        let mut image = [0.0_f32; 8];
        add(&mut image, &[4, 2, 1], 1.0, STREAM, 0);
        assert!(image.iter().all(|value| *value != 0.0));
    }
}
