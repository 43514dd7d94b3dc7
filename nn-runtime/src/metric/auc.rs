//! The areas under the ROC curve, from the ranks of the outputs, and under precision over recall.

use alloc::vec::Vec;

/// The area for outputs and whether each row is of the class, by Mann and Whitney's statistic with mean ranks for ties
/// (Hanley and McNeil 1982). NaN without rows of both kinds, or with an output that is NaN. Sorts `rows`.
pub(super) fn area(rows: &mut [(f64, bool)]) -> f64 {
    if rows.iter().any(|(output, _)| output.is_nan()) {
        return f64::NAN;
    }
    // `+ 0.0` makes one zero of the two, which the total order tells apart.
    rows.iter_mut().for_each(|(output, _)| *output += 0.0);
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let positives = rows.iter().filter(|(_, positive)| *positive).count() as f64;
    let negatives = rows.len() as f64 - positives;
    let mut ranks = 0.0;
    let mut below = 0.0;
    for ties in rows.chunk_by(|a, b| a.0 == b.0) {
        let size = ties.len() as f64;
        let mean_rank = below + (size + 1.0) / 2.0;
        ranks += mean_rank * ties.iter().filter(|(_, positive)| *positive).count() as f64;
        below += size;
    }
    (ranks - positives * (positives + 1.0) / 2.0) / (positives * negatives)
}

/// The sum over thresholds, from the highest on, of precision times what recall gains there. NaN without rows of the class, or with an
/// output that is NaN. Sorts `rows`.
pub(super) fn average_precision(rows: &mut [(f64, bool)]) -> f64 {
    if rows.iter().any(|(output, _)| output.is_nan()) {
        return f64::NAN;
    }
    rows.iter_mut().for_each(|(output, _)| *output += 0.0);
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let positives = rows.iter().filter(|(_, positive)| *positive).count() as f64;
    let (mut hits, mut taken, mut area) = (0.0, 0.0, 0.0);
    for ties in rows.chunk_by(|a, b| a.0 == b.0) {
        let found = ties.iter().filter(|(_, positive)| *positive).count() as f64;
        hits += found;
        taken += ties.len() as f64;
        area += found * hits / taken;
    }
    area / positives
}

/// The mean area over the classes that are neither in all rows nor in none, each against the rest. `outputs` has one column for each
/// class.
pub(super) fn one_against_rest(
    outputs: &[f64],
    targets: &[usize],
    classes: usize,
    area: fn(&mut [(f64, bool)]) -> f64,
) -> f64 {
    let mut rows: Vec<(f64, bool)> = Vec::with_capacity(targets.len());
    let (mut sum, mut count) = (0.0, 0.0);
    for class in 0..classes {
        rows.clear();
        rows.extend(outputs.chunks_exact(classes).zip(targets).map(|(row, &target)| (row[class], target == class)));
        let of_class = targets.iter().filter(|&&target| target == class).count();
        if of_class > 0 && of_class < targets.len() {
            sum += area(&mut rows);
            count += 1.0;
        }
    }
    sum / count
}
