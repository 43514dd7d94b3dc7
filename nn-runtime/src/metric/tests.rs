//! The metrics on small tables; the numbers are those of scikit-learn's functions of the same names (macro averages).

use alloc::vec::Vec;

use super::{Metric, Scores};
use crate::batch::Targets;

fn figures(metrics: &[Metric], width: usize, outputs: &[f64], targets: Targets<'_, f64>) -> Vec<f64> {
    let mut scores = Scores::new(metrics, width);
    scores.add(outputs, targets);
    scores.scores().into_iter().map(|score| score.value).collect()
}

fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
    }
}

/// Answers 0, 1, 1, 2, 0 to targets 0, 1, 2, 2, 1.
const OUTPUTS: [f64; 15] = [0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.1, 0.5, 0.4, 0.2, 0.2, 0.6, 0.6, 0.3, 0.1];
const CLASSES: [usize; 5] = [0, 1, 2, 2, 1];

#[test]
fn figures_of_three_classes() {
    let metrics = [Metric::Accuracy, Metric::TopK(2), Metric::Precision, Metric::Recall, Metric::F1, Metric::RocAuc];
    let found = figures(&metrics, 3, &OUTPUTS, Targets::Classes(&CLASSES));
    // Areas: class 0: 4 of 4 pairs; class 1: 5 of 6; class 2: 6 of 6.
    let area = (1.0 + 5.0 / 6.0 + 1.0) / 3.0;
    let f1 = (2.0 / 3.0 + 0.5 + 2.0 / 3.0) / 3.0;
    assert_near(&found, &[0.6, 1.0, 2.0 / 3.0, 2.0 / 3.0, f1, area]);
}

#[test]
fn one_hot_targets_say_the_same_as_ids() {
    let one_hot: Vec<f64> = CLASSES.iter().flat_map(|&c| (0..3).map(move |i| f64::from(u8::from(c == i)))).collect();
    let metrics = [Metric::Accuracy, Metric::F1, Metric::RocAuc, Metric::TopK(1)];
    assert_eq!(
        figures(&metrics, 3, &OUTPUTS, Targets::Values(&one_hot)),
        figures(&metrics, 3, &OUTPUTS, Targets::Classes(&CLASSES))
    );
}

#[test]
fn one_output_is_divided_at_its_threshold() {
    let outputs = [0.5, 0.4, 0.9, 0.1];
    let found = figures(&[Metric::Accuracy], 1, &outputs, Targets::Classes(&[1, 1, 1, 0]));
    assert_near(&found, &[0.75]);
    let mut scores = Scores::new(&[Metric::Accuracy], 1).threshold(0.0);
    scores.add(&[-0.1, 0.1], Targets::Values(&[-1.0, 1.0]));
    assert_near(&[scores.scores()[0].value], &[1.0]);
}

#[test]
fn ties_count_half_in_the_area() {
    let found = figures(&[Metric::RocAuc], 1, &[0.5, 0.5, 0.2, 0.5], Targets::Classes(&[1, 0, 0, 1]));
    // Each positive: a tie and a win over two negatives.
    assert_near(&found, &[0.75]);
    assert!(figures(&[Metric::RocAuc], 1, &[0.5, 0.6], Targets::Classes(&[1, 1]))[0].is_nan());
}

#[test]
fn figures_of_values() {
    let metrics = [Metric::Mae, Metric::Rmse, Metric::R2];
    let found = figures(&metrics, 1, &[2.5, 0.0, 2.0, 8.0], Targets::Values(&[3.0, -0.5, 2.0, 7.0]));
    assert_near(&found, &[0.5, 0.375_f64.sqrt(), 0.9486081370449679]);
}

#[test]
fn batches_add_up() {
    let metrics = [Metric::Accuracy, Metric::RocAuc, Metric::Confusion];
    let mut scores = Scores::new(&metrics, 3);
    scores.add(&OUTPUTS[..6], Targets::Classes(&CLASSES[..2]));
    scores.add(&OUTPUTS[6..], Targets::Classes(&CLASSES[2..]));
    let parts: Vec<f64> = scores.scores().into_iter().map(|score| score.value).collect();
    assert_eq!(parts, figures(&metrics, 3, &OUTPUTS, Targets::Classes(&CLASSES)));
    let confusion = scores.confusion().expect("it was asked for");
    assert_eq!(confusion.rows().collect::<Vec<_>>(), [[1, 0, 0], [1, 1, 0], [0, 1, 1]]);
}

#[test]
fn targets_that_are_no_class_are_never_right() {
    let metrics = [Metric::Accuracy, Metric::TopK(3)];
    assert_near(&figures(&metrics, 3, &OUTPUTS[..6], Targets::Classes(&[0, 7])), &[0.5, 0.5]);
}

#[test]
fn every_position_of_a_row_counts() {
    // Two rows of two positions: the same answers as four rows of one.
    let metrics = [Metric::Accuracy, Metric::TopK(2), Metric::Confusion];
    let mut scores = Scores::new(&metrics, 3);
    scores.add(&OUTPUTS[..12], Targets::Classes(&CLASSES[..4]));
    let found: Vec<f64> = scores.scores().into_iter().map(|score| score.value).collect();
    assert_near(&found, &[0.75, 1.0]);
    let confusion = scores.confusion().expect("it was asked for");
    assert_eq!(confusion.rows().collect::<Vec<_>>(), [[1, 0, 0], [0, 1, 0], [0, 1, 1]]);
}

#[test]
fn further_figures_of_classes() {
    let metrics =
        [Metric::FBeta(2.0), Metric::FBeta(1.0), Metric::Mcc, Metric::Kappa, Metric::MeanIou, Metric::AveragePrecision];
    let found = figures(&metrics, 3, &OUTPUTS, Targets::Classes(&CLASSES));
    let [f2, f1, kappa] = [0.6296296296296297, 11.0 / 18.0, 7.0 / 17.0];
    assert_near(&found, &[f2, f1, 0.4375, kappa, 4.0 / 9.0, 0.9444444444444443]);
    let names = Scores::new(&[Metric::FBeta(0.5)], 3).scores();
    assert_eq!(names[0].name, "f_0.5");
    let ties = figures(&[Metric::AveragePrecision], 1, &[0.5, 0.5, 0.2, 0.5, 0.9], Targets::Classes(&[1, 0, 0, 1, 0]));
    assert_near(&ties, &[0.5]);
    // All of one class, and taken for it: nothing to be better than.
    let same = figures(&[Metric::Mcc, Metric::Kappa], 2, &[0.9, 0.1, 0.8, 0.2], Targets::Classes(&[0, 0]));
    assert_near(&same, &[0.0, 0.0]);
}

#[test]
fn correlations_of_values() {
    let metrics = [Metric::ExplainedVariance, Metric::Pearson, Metric::Spearman, Metric::Concordance];
    let (outputs, targets) = ([2.5, 0.0, 2.0, 8.0, 2.0], [3.0, -0.5, 2.0, 7.0, 2.5]);
    let expected = [0.9419795221843004, 0.9794958214236801, 0.9746794344808963, 0.9733028222730737];
    assert_near(&figures(&metrics, 1, &outputs, Targets::Values(&targets)), &expected);
    // Two outputs: the mean of both, here of the same one twice.
    let twice = |values: [f64; 5]| -> Vec<f64> { values.into_iter().flat_map(|value| [value, value]).collect() };
    assert_near(&figures(&metrics, 2, &twice(outputs), Targets::Values(&twice(targets))), &expected);
    let flat = figures(&metrics, 1, &[1.0, 1.0], Targets::Values(&[2.0, 2.0]));
    assert_near(&flat, &[1.0, 0.0, 0.0, 0.0]);
}
