//! Means, variances and correlations of outputs and targets, row by row; knows one output at a time.

use alloc::vec::Vec;

/// Sums over the errors and targets of one output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    absolute: f64,
    squared: f64,
    count: f64,
    target: Moments,
    output: Moments,
    error: Moments,
    /// The sum of products of the distances of outputs and targets from their means.
    joint: f64,
}

/// A mean, and the sum of squared distances from it (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    mean: f64,
    spread: f64,
}

impl Moments {
    /// Takes the value that makes them `count`; gives its distance from the mean before.
    fn add(&mut self, value: f64, count: f64) -> f64 {
        let before = value - self.mean;
        self.mean += before / count;
        self.spread += before * (value - self.mean);
        before
    }
}

impl Column {
    pub(super) fn add(&mut self, output: f64, target: f64) {
        let error = target - output;
        self.absolute += error.abs();
        self.squared += error * error;
        self.count += 1.0;
        self.error.add(error, self.count);
        self.output.add(output, self.count);
        let before = self.target.add(target, self.count);
        self.joint += before * (output - self.output.mean);
    }

    pub(super) fn mae(&self) -> f64 {
        self.absolute / self.count
    }

    pub(super) fn mse(&self) -> f64 {
        self.squared / self.count
    }

    pub(super) fn r2(&self) -> f64 {
        explained(self.squared, self.target.spread)
    }

    pub(super) fn explained_variance(&self) -> f64 {
        explained(self.error.spread, self.target.spread)
    }

    pub(super) fn pearson(&self) -> f64 {
        let scale = libm::sqrt(self.output.spread * self.target.spread);
        if scale == 0.0 { 0.0 } else { self.joint / scale }
    }

    /// `2 cov / (var y + var t + (mean y - mean t)^2)`
    pub(super) fn concordance(&self) -> f64 {
        let apart = self.output.mean - self.target.mean;
        let whole = self.output.spread + self.target.spread + self.count * apart * apart;
        if whole == 0.0 { 1.0 } else { 2.0 * self.joint / whole }
    }
}

/// The part of a spread that is explained; of none, all if nothing is left, else nothing.
fn explained(left: f64, spread: f64) -> f64 {
    match (spread == 0.0, left == 0.0) {
        (false, _) => 1.0 - left / spread,
        (true, met) => f64::from(u8::from(met)),
    }
}

/// The correlation of the ranks of outputs and targets; ties have their mean rank.
pub(super) fn spearman(pairs: &[(f64, f64)]) -> f64 {
    let outputs = ranks(pairs.iter().map(|pair| pair.0));
    let targets = ranks(pairs.iter().map(|pair| pair.1));
    let mut column = Column::default();
    outputs.into_iter().zip(targets).for_each(|(output, target)| column.add(output, target));
    column.pearson()
}

fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    // `+ 0.0` makes one zero of the two, which the total order tells apart.
    let mut sorted: Vec<(f64, usize)> = values.enumerate().map(|(row, value)| (value + 0.0, row)).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = alloc::vec![0.0; sorted.len()];
    let mut below = 0.0;
    for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
        let size = ties.len() as f64;
        ties.iter().for_each(|(_, row)| ranks[*row] = below + (size + 1.0) / 2.0);
        below += size;
    }
    ranks
}
