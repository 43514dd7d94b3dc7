//! Takes outputs and targets batch by batch and gives named figures in the end.

use alloc::{format, string::String, vec, vec::Vec};

use super::moments::{self, Column};
use super::{Confusion, Metric, auc};
use crate::batch::Targets;
use crate::real::Real;

/// A figure and its name.
///
/// ```
/// # use nn_runtime::{Metric, Targets, metric::Scores};
/// let mut scores = Scores::new(&[Metric::TopK(2)], 3);
/// scores.add(&[0.5, 0.3, 0.2], Targets::Classes(&[1]));
/// let score = &scores.scores()[0];
/// assert_eq!((score.name.as_str(), score.value), ("top_2", 1.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The name of the metric in the language; `top_3` for `top_k(3)`.
    pub name: String,
    /// The figure.
    pub value: f64,
}

/// Gathers what the asked metrics need; give it all rows of a split, then read it.
///
/// ```
/// use nn_runtime::{Metric, Targets, metric::Scores};
/// let mut scores = Scores::new(&[Metric::Accuracy, Metric::Confusion], 2);
/// scores.add(&[0.9, 0.1, 0.3, 0.7], Targets::Classes(&[0, 0]));
/// scores.add(&[0.2, 0.8], Targets::Classes(&[1]));
/// assert_eq!(scores.scores()[0].value, 2.0 / 3.0);
/// assert_eq!(scores.confusion().map(|confusion| confusion.count(0, 1)), Some(1));
/// ```
#[derive(Clone, Debug)]
pub struct Scores {
    metrics: Vec<Metric>,
    width: usize,
    threshold: f64,
    confusion: Confusion,
    /// For each top-k metric at its place: rows whose class was among the largest.
    hits: Vec<u64>,
    rows: u64,
    /// For the ROC curve: all outputs, and the class of each row.
    outputs: Vec<f64>,
    classes: Vec<usize>,
    /// For metrics that compare numbers; else none.
    columns: Vec<Column>,
    /// For the correlation of ranks: output and target of all rows, by output.
    pairs: Vec<Vec<(f64, f64)>>,
}

impl Scores {
    /// Gathers `metrics` of outputs with `width` values (on the last axis).
    ///
    /// ```
    /// # use nn_runtime::{Metric, Targets, metric::Scores};
    /// let mut scores = Scores::new(&[Metric::Accuracy, Metric::F1], 3);
    /// scores.add(&[0.7, 0.2, 0.1], Targets::Classes(&[0]));
    /// assert_eq!(scores.scores().len(), 2);
    /// ```
    pub fn new(metrics: &[Metric], width: usize) -> Self {
        let by_class = metrics.iter().any(|metric| !metric.compares_numbers());
        let by_value = metrics.iter().any(Metric::compares_numbers);
        Scores {
            metrics: metrics.into(),
            width,
            threshold: 0.5,
            confusion: Confusion::new(if by_class { width.max(2) } else { 0 }),
            hits: vec![0; metrics.len()],
            rows: 0,
            outputs: Vec::new(),
            classes: Vec::new(),
            columns: vec![Column::default(); if by_value { width } else { 0 }],
            pairs: vec![Vec::new(); if metrics.contains(&Metric::Spearman) { width } else { 0 }],
        }
    }

    /// From which output on a network with one output says class 1: [`Loss::threshold`](crate::Loss::threshold). 0.5 at first.
    ///
    /// ```
    /// # use nn_runtime::{Metric, Targets, metric::Scores};
    /// let mut scores = Scores::new(&[Metric::Accuracy], 1).threshold(0.0);
    /// scores.add(&[-0.2, 0.2], Targets::Classes(&[0, 1]));
    /// assert_eq!(scores.scores()[0].value, 1.0);
    /// ```
    pub fn threshold(self, threshold: f64) -> Self {
        Scores { threshold, ..self }
    }

    /// Takes some more rows of `outputs` and their targets, which must be as many.
    ///
    /// ```
    /// # use nn_runtime::{Metric, Targets, metric::Scores};
    /// let mut scores = Scores::new(&[Metric::Mae], 2);
    /// scores.add(&[1.0, 1.0], Targets::Values(&[1.0, 2.0]));
    /// scores.add(&[3.0, 3.0], Targets::Values(&[3.0, 6.0]));
    /// assert_eq!(scores.scores()[0].value, 1.0);
    /// ```
    pub fn add<T: Real>(&mut self, outputs: &[T], targets: Targets<'_, T>) {
        for (row, output) in outputs.chunks_exact(self.width).enumerate() {
            self.rows += 1;
            if self.confusion.classes() > 0 {
                self.add_class(output, self.class_of(row, targets));
            }
            self.add_values(row, output, targets);
        }
    }

    /// The class of a row of targets: its id, or its largest value.
    fn class_of<T: Real>(&self, row: usize, targets: Targets<'_, T>) -> usize {
        match targets {
            Targets::Classes(classes) => classes[row],
            // A target is 0 or 1, or -1 or 1 for hinge, whatever the threshold of outputs.
            Targets::Values(values) => answer(&values[row * self.width..(row + 1) * self.width], 0.5),
        }
    }

    fn add_class<T: Real>(&mut self, output: &[T], class: usize) {
        self.confusion.add(class, answer(output, self.threshold));
        let (metrics, hits) = (&self.metrics, &mut self.hits);
        for (metric, hits) in metrics.iter().zip(hits) {
            if let Metric::TopK(k) = *metric {
                *hits += u64::from(place(output, class, self.threshold) < k);
            }
        }
        if metrics.iter().any(|metric| matches!(metric, Metric::RocAuc | Metric::AveragePrecision)) {
            self.outputs.extend(output.iter().map(|y| y.to_f64()));
            self.classes.push(class);
        }
    }

    fn add_values<T: Real>(&mut self, row: usize, output: &[T], targets: Targets<'_, T>) {
        for (i, (column, y)) in self.columns.iter_mut().zip(output).enumerate() {
            let target = match targets {
                Targets::Values(values) => values[row * self.width + i].to_f64(),
                Targets::Classes(classes) if self.width == 1 => classes[row] as f64,
                Targets::Classes(classes) => f64::from(u8::from(classes[row] == i)),
            };
            column.add(y.to_f64(), target);
            if let Some(pairs) = self.pairs.get_mut(i) {
                pairs.push((y.to_f64(), target));
            }
        }
    }

    /// The figures, in the order of the metrics; the confusion matrix is not one.
    ///
    /// ```
    /// # use nn_runtime::{Metric, Targets, metric::Scores};
    /// let mut scores = Scores::new(&[Metric::Accuracy, Metric::Mae], 1);
    /// scores.add(&[0.75, 0.25], Targets::Classes(&[1, 0]));
    /// let figures: Vec<(String, f64)> = scores.scores().into_iter().map(|score| (score.name, score.value)).collect();
    /// assert_eq!(figures, [("accuracy".into(), 1.0), ("mae".into(), 0.25)]);
    /// ```
    pub fn scores(&self) -> Vec<Score> {
        let pairs = self.metrics.iter().zip(&self.hits);
        pairs
            .filter(|(metric, _)| **metric != Metric::Confusion)
            .map(|(metric, hits)| self.score(*metric, *hits))
            .collect()
    }

    fn score(&self, metric: Metric, hits: u64) -> Score {
        let name = match metric {
            Metric::TopK(k) => format!("top_{k}"),
            Metric::FBeta(beta) => format!("f_{beta}"),
            other => other.name().into(),
        };
        let mean = |figure: fn(&Column) -> f64| self.columns.iter().map(figure).sum::<f64>() / self.width as f64;
        let value = match metric {
            Metric::Accuracy => self.confusion.accuracy(),
            Metric::TopK(_) => hits as f64 / self.rows as f64,
            Metric::Precision => self.confusion.precision(),
            Metric::Recall => self.confusion.recall(),
            Metric::F1 => self.confusion.f1(),
            Metric::FBeta(beta) => self.confusion.f_beta(beta),
            Metric::Mcc => self.confusion.mcc(),
            Metric::Kappa => self.confusion.kappa(),
            Metric::MeanIou => self.confusion.mean_iou(),
            Metric::AveragePrecision => self.area(auc::average_precision),
            Metric::RocAuc => self.area(auc::area),
            Metric::Confusion => f64::NAN,
            Metric::Mae => mean(Column::mae),
            Metric::Rmse => libm::sqrt(mean(Column::mse)),
            Metric::R2 => mean(Column::r2),
            Metric::ExplainedVariance => mean(Column::explained_variance),
            Metric::Pearson => mean(Column::pearson),
            Metric::Concordance => mean(Column::concordance),
            Metric::Spearman => {
                self.pairs.iter().map(|pairs| moments::spearman(pairs)).sum::<f64>() / self.width as f64
            }
        };
        Score { name, value }
    }

    /// An area of one output, or the mean over classes, each against the rest.
    fn area(&self, of: fn(&mut [(f64, bool)]) -> f64) -> f64 {
        if self.width > 1 {
            return auc::one_against_rest(&self.outputs, &self.classes, self.width, of);
        }
        let rows = self.outputs.iter().zip(&self.classes);
        of(&mut rows.map(|(&output, &class)| (output, class == 1)).collect::<Vec<_>>())
    }

    /// How often each class is taken for each, if it was asked for.
    ///
    /// ```
    /// # use nn_runtime::{Metric, Targets, metric::Scores};
    /// let scores = Scores::new(&[Metric::Accuracy], 2);
    /// assert!(scores.confusion().is_none());
    /// ```
    pub fn confusion(&self) -> Option<&Confusion> {
        self.metrics.contains(&Metric::Confusion).then_some(&self.confusion)
    }
}

/// The class that a row of values says.
fn answer<T: Real>(values: &[T], threshold: f64) -> usize {
    if let [value] = values {
        return usize::from(value.to_f64() >= threshold);
    }
    let mut best = 0;
    for (class, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = class;
        }
    }
    best
}

/// How many classes come before `class` in a row of outputs; of equals, the first comes first.
fn place<T: Real>(output: &[T], class: usize, threshold: f64) -> usize {
    if output.len() == 1 {
        return usize::from(answer(output, threshold) != class);
    }
    let Some(&own) = output.get(class) else { return output.len() };
    output.iter().enumerate().filter(|&(other, value)| *value > own || (*value == own && other < class)).count()
}
