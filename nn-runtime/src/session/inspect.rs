//! Looks into the layers of a network after each epoch, and says what is likely to be wrong; knows no page and no terminal.

use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec::Vec;

use super::inputs::Part;
use crate::batch::Rows;
use crate::error::Error;
use crate::loss::Loss;
use crate::network::{entry_outputs, loss_and_gradients};
use crate::params;
use crate::program::{Entry, Program, Shaped};
use crate::real::Real;
use crate::report::{InspectedEpoch, InspectedKind, InspectedPart, Inspection};

/// The name of the function that the compiler adds on request (`nn_compiler::inspect`).
const EACH_LAYER: &str = "each_layer";
/// Rows that are looked at: enough for histograms, and few beside an epoch.
const ROWS: usize = 256;
/// Gradients whose root of the mean square is less have no effect in 32 bits, or so much less than those of the last layer.
const VANISHED: f64 = 1e-8;
const FADED: f64 = 1e-3;
/// Gradients whose root of the mean square is more throw the weights about.
const EXPLODED: f64 = 1e2;
/// The part of units that are dead, or of values that are saturated, from which on it is told.
const MANY: f64 = 0.25;
const SATURATED: f64 = 0.5;

/// Looks on from epoch to epoch.
pub(super) struct Inspector<T: 'static> {
    program: &'static Program<T>,
    loss: Loss<'static>,
    seen: Inspection,
    /// Of the last epoch, by layer: units, and those that are dead; values, and those that are saturated.
    dead: BTreeMap<&'static str, (usize, usize)>,
    saturated: BTreeMap<&'static str, (usize, usize)>,
}

impl<T: Real> Inspector<T> {
    pub(super) fn new(program: &'static Program<T>, loss: Loss<'static>) -> Self {
        Self { program, loss, seen: Inspection::default(), dead: BTreeMap::new(), saturated: BTreeMap::new() }
    }

    /// Looks at weights, and at gradients and outputs for the first training rows.
    pub(super) fn look(&mut self, epoch: usize, weights: &[T], train: &Part<T>) -> Result<(), Error> {
        let rows = train.rows.min(ROWS);
        self.seen.rows = rows;
        let inputs = &train.inputs[..rows * self.program.inputs];
        let targets = train.targets();
        let targets = targets.slice(0, rows, targets.len().checked_div(train.rows).unwrap_or(0));
        let rows_of = Rows::new(inputs, self.program.inputs).weighted(train.sample_weights_of(rows));
        let gradients = match loss_and_gradients(self.program, weights, rows_of, targets, self.loss) {
            Ok(gradients) => Some(gradients.physical),
            // The training tells more about it.
            Err(Error::NotFinite { .. }) => None,
            Err(error) => return Err(error),
        };
        for (kind, values) in
            [(InspectedKind::Weights, Some(weights)), (InspectedKind::Gradients, gradients.as_deref())]
        {
            for param in params::iter(self.program, values.unwrap_or_default()).filter(params::Param::trained) {
                let numbers: Vec<f64> = param.values().map(Real::to_f64).collect();
                self.add(&param.name().to_string(), kind, InspectedEpoch::of(epoch, numbers.iter().copied()));
            }
        }
        if let Some(entry) = self.program.entries.iter().find(|entry| entry.name.trim_end_matches('_') == EACH_LAYER) {
            self.outputs(epoch, entry, &entry_outputs(entry, weights, inputs));
        }
        Ok(())
    }

    fn outputs(&mut self, epoch: usize, entry: &Entry<T>, outputs: &[T]) {
        let mut first = 0;
        for layer in entry.results {
            let values = layer.values();
            let of_layer = outputs.chunks_exact(entry.outputs).flat_map(|row| &row[first..first + values]);
            self.add(
                layer.name,
                InspectedKind::Outputs,
                InspectedEpoch::of(epoch, of_layer.clone().map(|y| y.to_f64())),
            );
            match kind(layer.name) {
                "relu" => drop(self.dead.insert(layer.name, dead(layer, of_layer))),
                "sigmoid" | "tanh" => {
                    let low = if kind(layer.name) == "tanh" { -1.0 } else { 0.0 };
                    let ends = |y: &&T| y.to_f64() - low < 0.01 * (1.0 - low) || 1.0 - y.to_f64() < 0.01 * (1.0 - low);
                    let count = of_layer.clone().count();
                    self.saturated.insert(layer.name, (count, of_layer.filter(ends).count()));
                }
                _ => {}
            }
            first += values;
        }
    }

    fn add(&mut self, name: &str, kind: InspectedKind, epoch: InspectedEpoch) {
        match self.seen.parts.iter_mut().find(|part| part.kind == kind && part.name == name) {
            Some(part) => part.epochs.push(epoch),
            None => self.seen.parts.push(InspectedPart { name: name.to_string(), kind, epochs: std::vec![epoch] }),
        }
    }

    /// What was seen, with warnings about the last epoch.
    pub(super) fn finish(mut self) -> Inspection {
        let mut warnings = gradient_warnings(&self.seen.parts);
        let rows = self.seen.rows;
        for (name, (units, dead)) in &self.dead {
            if *dead as f64 > MANY * *units as f64 {
                warnings.push(std::format!(
                    "{name}: {dead} of {units} units are dead, they yield 0 for all of {rows} rows and learn nothing; a lower learning rate, \
                     `leaky_relu` or another initialisation may help"
                ));
            }
        }
        for (name, (values, ends)) in &self.saturated {
            // Where a network ends, this is what it is trained for.
            let is_last =
                self.program.entries.iter().any(|entry| entry.results.last().is_some_and(|last| last.name == *name));
            if *ends as f64 > SATURATED * *values as f64 && !is_last {
                let part = 100.0 * *ends as f64 / *values as f64;
                warnings.push(std::format!(
                    "{name}: {part:.0} % of its values are saturated, where its slope is close to 0; smaller weights, normalised inputs or a \
                     lower learning rate may help"
                ));
            }
        }
        self.seen.warnings = warnings;
        self.seen
    }
}

/// `relu` for `residual_1.relu_2`.
fn kind(path: &str) -> &str {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.trim_end_matches(|letter: char| letter.is_ascii_digit()).trim_end_matches('_')
}

/// Units, on the last axis of a layer, and those that yield nothing but 0.
fn dead<'a, T: Real>(layer: &Shaped, values: impl Iterator<Item = &'a T>) -> (usize, usize) {
    let units = layer.shape.last().copied().unwrap_or(1).max(1);
    let mut alive = std::vec![false; units];
    for (place, value) in values.enumerate() {
        alive[place % units] |= *value != T::ZERO;
    }
    (units, alive.iter().filter(|alive| !**alive).count())
}

/// What the gradients of weights say at the end.
fn gradient_warnings(parts: &[InspectedPart]) -> Vec<String> {
    let is_weight = |part: &&InspectedPart| part.kind == InspectedKind::Gradients && part.name.ends_with("weight");
    let last: Vec<(&str, &InspectedEpoch)> =
        parts.iter().filter(is_weight).filter_map(|part| Some((&*part.name, part.epochs.last()?))).collect();
    let mut warnings = Vec::new();
    let end = last.last().map_or(0.0, |(_, epoch)| epoch.rms);
    for (name, epoch) in &last {
        let rms = epoch.rms;
        if epoch.not_finite > 0 || rms > EXPLODED {
            warnings.push(std::format!(
                "{name}: its gradient explodes (root of the mean square {rms:.1e}); a lower learning rate or `clip_norm` may help"
            ));
        } else if rms < VANISHED || rms < FADED * end {
            warnings.push(std::format!(
                "{name}: its gradient vanishes (root of the mean square {rms:.1e}, of the last layer {end:.1e}); normalisation, `residual`, \
                 `relu` or another initialisation may help"
            ));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::{InspectedEpoch, InspectedKind, InspectedPart, Shaped, dead, gradient_warnings, kind};
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    fn part(name: &str, size: f64) -> InspectedPart {
        let epoch = InspectedEpoch::of(1, [size, -size].into_iter());
        InspectedPart { name: name.to_string(), kind: InspectedKind::Gradients, epochs: vec![epoch] }
    }

    #[test]
    fn gradients_that_vanish_or_explode_are_told() {
        let told = |sizes: [f64; 3]| -> Vec<bool> {
            let names = ["dense_1.weight", "dense_2.weight", "dense_3.weight"];
            let parts: Vec<InspectedPart> = names.iter().zip(sizes).map(|(name, size)| part(name, size)).collect();
            let warnings = gradient_warnings(&parts);
            names.map(|name| warnings.iter().any(|warning| warning.starts_with(name))).to_vec()
        };
        assert_eq!(told([1e-3, 1e-2, 1e-1]), [false, false, false]);
        assert_eq!(told([5e-5, 1e-2, 1e-1]), [true, false, false]);
        assert_eq!(told([1e-9, 1e-9, 1e-9]), [true, true, true]);
        assert_eq!(told([1.0, 1e3, 1.0]), [false, true, false]);
        assert_eq!(told([f64::NAN, 1.0, 1.0]), [true, false, false]);
    }

    #[test]
    fn a_unit_is_dead_if_it_yields_0_for_all_rows() {
        let layer = Shaped { name: "relu_1", shape: &[2, 3] };
        // Two rows of two places of three units, of which the second never lives.
        let values = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0_f32];
        assert_eq!(dead(&layer, values.iter()), (3, 1));
        assert_eq!(
            [kind("relu_1"), kind("a_1.leaky_relu_12"), kind("repeat_1.*.tanh_2")],
            ["relu", "leaky_relu", "tanh"]
        );
    }
}
