//! Random chains: layers of the table, activations, blocks and combinators, whatever takes the shape at hand.

use nn_compiler::layers::{LAYERS, Layer, Role};

use super::arguments::{activation, arguments, call};
use super::generator::{Maker, Scope};
use super::probe::{Known, written_shape};

/// How often a stage is drawn again when it is refused.
const TRIES: usize = 12;

impl Maker {
    /// So many stages behind a value, at most, and the shape behind them. There is at least one.
    pub(super) fn stages(&mut self, from: &Known, count: usize, depth: usize) -> (String, Vec<usize>) {
        let (mut known, mut stages) = (from.clone(), Vec::new());
        for _ in 0..count {
            if let Some((stage, shape)) = self.stage(&known, depth) {
                stages.push(stage);
                known = Known { shape, classes: None };
            }
        }
        if stages.is_empty() {
            stages.push("tanh".to_owned());
        }
        (stages.join(", "), known.shape)
    }

    /// A stage that takes this value, and what it yields.
    pub(super) fn stage(&mut self, known: &Known, depth: usize) -> Option<(String, Vec<usize>)> {
        let mut scope = Scope::default();
        scope.names.insert("c1".to_owned(), known.clone());
        for _ in 0..TRIES {
            let Some(stage) = self.stage_to_try(known, depth) else { continue };
            if let Some(shape) = self.taken(&scope, "", &format!("c1 |> {stage}")) {
                return Some((stage, shape));
            }
        }
        None
    }

    fn stage_to_try(&mut self, known: &Known, depth: usize) -> Option<String> {
        match self.dice.below(10) {
            0..=5 => Some(self.layer_stage(known)),
            6 => Some(activation(&mut self.dice)),
            7 => self.block_stage(),
            _ if depth > 0 => self.combinator(known, depth - 1),
            _ => None,
        }
    }

    /// A layer that can do with what flows.
    fn layer_stage(&mut self, known: &Known) -> String {
        let fits = |layer: &&Layer| {
            let role = if known.classes.is_some() { layer.role == Role::Ids } else { layer.role != Role::Input };
            role && layer.operands.required == 1
        };
        let layers: Vec<&Layer> = LAYERS.iter().copied().filter(fits).collect();
        let layer = *self.dice.pick(&layers);
        call(layer.signature.name, &arguments(&mut self.dice, layer.signature.params, &known.shape))
    }

    /// A use of one of the blocks.
    pub(super) fn block_stage(&mut self) -> Option<String> {
        if self.blocks.is_empty() {
            return None;
        }
        let name = self.dice.pick(&self.blocks).clone();
        let width = self.dice.between(1, 4);
        Some(match self.dice.below(4) {
            0 => format!("{name}({width}, k = 2)"),
            1 => format!("{name}({width}, p = 0.5, act = sigmoid)"),
            2 => format!("{name}(c = {width})"),
            _ => format!("{name}({width})"),
        })
    }

    fn combinator(&mut self, known: &Known, depth: usize) -> Option<String> {
        let count = self.dice.between(1, 3);
        let name = *self.dice.pick(&[
            "residual",
            "repeat",
            "repeat",
            "frozen",
            "checkpoint",
            "time_distributed",
            "bidirectional",
        ]);
        let entered = match name {
            "time_distributed" if known.shape.len() > 1 => Known { shape: known.shape[1..].to_vec(), classes: None },
            "time_distributed" => return None,
            _ => known.clone(),
        };
        let (mut chain, shape) = self.stages(&entered, count, depth);
        if name == "residual" || (name == "repeat" && self.dice.chance(70)) {
            // The chain has to come back to the shape that it began with.
            if shape != entered.shape {
                let same_axes = shape.len() == entered.shape.len();
                let back = if same_axes { format!("dense({})", entered.shape.last()?) } else { self.back(&entered) };
                chain = format!("{chain}, {back}");
            }
        }
        Some(match name {
            "repeat" => format!("repeat({}) < {chain} >", self.dice.between(1, 3)),
            _ => format!("{name} < {chain} >"),
        })
    }

    /// Stages that lead to a shape from wherever.
    fn back(&self, known: &Known) -> String {
        let values: usize = known.shape.iter().product();
        format!("flatten, dense({values}), reshape({})", written_shape(&known.shape).trim_matches(['[', ']']))
    }
}
