//! The confusion matrix, and the averages over classes that follow from it.

use alloc::{vec, vec::Vec};

/// How often each class is taken for each.
///
/// ```
/// use nn_runtime::{Metric, Targets, metric::Scores};
/// let mut scores = Scores::new(&[Metric::Confusion], 2);
/// scores.add(&[0.9, 0.1, 0.3, 0.7, 0.2, 0.8], Targets::Classes(&[0, 0, 1]));
/// for counts in scores.confusion().into_iter().flat_map(|confusion| confusion.rows()) {
///     println!("{counts:?}");
/// }
/// # let confusion = scores.confusion().expect("it was asked for");
/// # assert_eq!(confusion.rows().collect::<Vec<_>>(), [[1, 1], [0, 1]]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<u64>,
    /// Rows whose target is none of the classes, such as an id of 5 for one output: no answer to them is right.
    strangers: u64,
}

impl Confusion {
    pub(super) fn new(classes: usize) -> Self {
        Confusion { classes, counts: vec![0; classes * classes], strangers: 0 }
    }

    pub(super) fn add(&mut self, target: usize, answer: usize) {
        if target < self.classes {
            self.counts[target * self.classes + answer] += 1;
        } else {
            self.strangers += 1;
        }
    }

    /// How many classes there are.
    ///
    /// ```
    /// # use nn_runtime::{Metric, Targets, metric::Scores};
    /// # let mut scores = Scores::new(&[Metric::Confusion], 2);
    /// # scores.add(&[0.9, 0.1, 0.3, 0.7, 0.2, 0.8], Targets::Classes(&[0, 0, 1]));
    /// assert_eq!(scores.confusion().map(|confusion| confusion.classes()), Some(2));
    /// ```
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Rows of class `target` that were taken for `answer`.
    ///
    /// ```
    /// # use nn_runtime::{Metric, Targets, metric::Scores};
    /// # let mut scores = Scores::new(&[Metric::Confusion], 2);
    /// # scores.add(&[0.9, 0.1, 0.3, 0.7, 0.2, 0.8], Targets::Classes(&[0, 0, 1]));
    /// // Two rows of class 0, one of which was taken for 1.
    /// assert_eq!(scores.confusion().map(|confusion| confusion.count(0, 1)), Some(1));
    /// ```
    pub fn count(&self, target: usize, answer: usize) -> u64 {
        self.counts[target * self.classes + answer]
    }

    /// The counts of each class of targets, by answer.
    ///
    /// ```
    /// # use nn_runtime::{Metric, Targets, metric::Scores};
    /// # let mut scores = Scores::new(&[Metric::Confusion], 2);
    /// # scores.add(&[0.9, 0.1, 0.3, 0.7, 0.2, 0.8], Targets::Classes(&[0, 0, 1]));
    /// let confusion = scores.confusion().expect("it was asked for");
    /// assert_eq!(confusion.rows().collect::<Vec<_>>(), [[1, 1], [0, 1]]);
    /// ```
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks_exact(self.classes)
    }

    fn right(&self, class: usize) -> f64 {
        self.count(class, class) as f64
    }

    fn targets(&self, class: usize) -> f64 {
        (0..self.classes).map(|answer| self.count(class, answer)).sum::<u64>() as f64
    }

    fn answers(&self, class: usize) -> f64 {
        (0..self.classes).map(|target| self.count(target, class)).sum::<u64>() as f64
    }

    pub(super) fn accuracy(&self) -> f64 {
        self.all_right() / self.all()
    }

    pub(super) fn precision(&self) -> f64 {
        self.mean(|class| (self.right(class), self.answers(class)))
    }

    pub(super) fn recall(&self) -> f64 {
        self.mean(|class| (self.right(class), self.targets(class)))
    }

    /// `2 p r / (p + r) = 2 right / (targets + answers)`.
    pub(super) fn f1(&self) -> f64 {
        self.mean(|class| (2.0 * self.right(class), self.targets(class) + self.answers(class)))
    }

    /// `(1 + b^2) right / (b^2 targets + answers)`
    pub(super) fn f_beta(&self, beta: f64) -> f64 {
        let square = beta * beta;
        self.mean(|class| ((1.0 + square) * self.right(class), square * self.targets(class) + self.answers(class)))
    }

    pub(super) fn mean_iou(&self) -> f64 {
        self.mean(|class| {
            let right = self.right(class);
            (right, self.targets(class) + self.answers(class) - right)
        })
    }

    /// `(n right - sum t a) / sqrt((n^2 - sum t^2) (n^2 - sum a^2))` of the counts `t` of targets and `a` of answers of each class.
    pub(super) fn mcc(&self) -> f64 {
        let (right, rows) = (self.all_right(), self.all());
        let sum = |of: &dyn Fn(usize) -> f64| (0..self.classes).map(of).sum::<f64>();
        let both = sum(&|class| self.targets(class) * self.answers(class));
        let targets = rows * rows - sum(&|class| self.targets(class) * self.targets(class));
        let answers = rows * rows - sum(&|class| self.answers(class) * self.answers(class));
        let scale = libm::sqrt(targets * answers);
        if scale == 0.0 { 0.0 } else { (rows * right - both) / scale }
    }

    pub(super) fn kappa(&self) -> f64 {
        let rows = self.all();
        let chance = (0..self.classes).map(|class| self.targets(class) * self.answers(class)).sum::<f64>() / rows;
        if chance == rows { 0.0 } else { (self.all_right() - chance) / (rows - chance) }
    }

    fn all_right(&self) -> f64 {
        (0..self.classes).map(|class| self.right(class)).sum()
    }

    fn all(&self) -> f64 {
        (self.counts.iter().sum::<u64>() + self.strangers) as f64
    }

    /// The mean of quotients over the classes that occur.
    fn mean(&self, quotient: impl Fn(usize) -> (f64, f64)) -> f64 {
        let (mut sum, mut classes) = (0.0, 0.0);
        for class in (0..self.classes).filter(|&class| self.targets(class) + self.answers(class) > 0.0) {
            let (part, whole) = quotient(class);
            sum += if whole == 0.0 { 0.0 } else { part / whole };
            classes += 1.0;
        }
        sum / classes
    }
}
