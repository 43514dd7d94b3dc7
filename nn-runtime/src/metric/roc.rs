//! The points of the ROC curve; knows outputs and classes only.

use alloc::vec::Vec;

use super::auc;

/// The ROC curve of `rows` (output, whether the row is of the class): the part of the other rows and the part of the rows of the class
/// that have at least a certain output, from (0, 0) to (1, 1), with the area under it. Equal outputs make one step. At most `most + 1`
/// points. Empty, with an area of NaN, without rows of both kinds or with an output that is NaN.
pub(crate) fn curve(mut rows: Vec<(f64, bool)>, most: usize) -> (Vec<(f64, f64)>, f64) {
    let area = auc::area(&mut rows);
    if area.is_nan() {
        return (Vec::new(), f64::NAN);
    }
    let positives = rows.iter().filter(|(_, positive)| *positive).count();
    let negatives = rows.len() - positives;
    let mut points = Vec::from([(0.0, 0.0)]);
    let (mut others, mut found) = (0, 0);
    // They are sorted by output; the curve begins with the largest.
    rows.reverse();
    for ties in rows.chunk_by(|a, b| a.0 == b.0) {
        let hits = ties.iter().filter(|(_, positive)| *positive).count();
        found += hits;
        others += ties.len() - hits;
        points.push((others as f64 / negatives as f64, found as f64 / positives as f64));
    }
    (thinned(points, most), area)
}

/// Every so many points, the first and the last among them.
fn thinned(points: Vec<(f64, f64)>, most: usize) -> Vec<(f64, f64)> {
    let last = points.len() - 1;
    let most = most.max(1);
    if last <= most { points } else { (0..=most).map(|place| points[place * last / most]).collect() }
}

#[cfg(test)]
mod tests {
    use super::curve;
    use alloc::vec;

    #[test]
    fn the_steps_are_those_of_the_textbook() {
        let rows = vec![(0.1, false), (0.4, true), (0.35, false), (0.8, true), (0.4, false)];
        let (points, area) = curve(rows, 100);
        assert_eq!(points, [(0.0, 0.0), (0.0, 0.5), (1.0 / 3.0, 1.0), (2.0 / 3.0, 1.0), (1.0, 1.0)]);
        let trapezia: f64 = points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[1].1 + pair[0].1) / 2.0).sum();
        assert!((area - trapezia).abs() < 1e-12, "{area} and {trapezia}");
    }

    #[test]
    fn one_kind_of_rows_has_no_curve_and_many_points_are_thinned() {
        let (points, area) = curve(vec![(0.5, true); 3], 10);
        assert!(points.is_empty() && area.is_nan());
        let rows = (0..1000).map(|i| (f64::from(i), i % 3 == 0)).collect();
        let (points, _) = curve(rows, 20);
        assert_eq!((points.len(), points[0], points[20]), (21, (0.0, 0.0), (1.0, 1.0)));
    }
}
