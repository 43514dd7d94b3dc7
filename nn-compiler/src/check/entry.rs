//! `entry decode(z: [20]) = …;`: further public functions of a network, which share its parameters.

use std::collections::BTreeMap;

use nn_grammar::ast::{Expr, Input, Name};
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::chain::{Builder, Scope};
use super::flow::{Held, Meaning, Tensor};
use crate::model::{Body, Entry, StepKind};
use crate::words;

/// The methods that every network has.
const METHODS: [&str; 14] = [
    "new",
    "in_memory",
    "with_weights",
    "reset",
    "params",
    "set_param",
    "predict",
    "predict_into",
    "predict_batch",
    "predict_array",
    "loss_and_gradients",
    "load",
    "save",
    "from_rng",
];

impl Builder<'_> {
    /// Elaborates an entry as a body of its own: it sees layers with names and declared tensors, and none of the values before it.
    pub(super) fn entry(&mut self, name: &Name, inputs: &[Input], value: &Expr, scope: &Scope) {
        if !self.frames.is_empty() || !self.blocks_in_use.is_empty() {
            let message = "`entry` stands in the body of a network, not in a block or a `scan`";
            return self.report(Diagnostic::new(Code::MisplacedStatement, name.span, message));
        }
        if !self.is_free(name) {
            return;
        }
        let around = std::mem::take(&mut self.body);
        let mut inner = scope.within(format!("{}.", name.text));
        inner.names = self.without_values(&scope.names, &around);
        let known = (self.input.take(), self.vocabulary);
        let ports = self.ports(inputs, &mut inner);
        let meaning = self.expr(value, &mut inner);
        let outputs = ports.is_some().then(|| self.outputs(meaning, value.span)).flatten();
        (self.input, self.vocabulary) = known;
        let body = std::mem::replace(&mut self.body, around);
        if let (Some(inputs), Some(outputs)) = (ports, outputs) {
            let name = name.text.clone();
            let entry =
                Entry { name, inputs, output: outputs.shape, outputs: outputs.ports, body, result: outputs.result };
            self.entries.push(entry);
        }
    }

    /// Whether a function can be called so; a mistake is reported.
    fn is_free(&mut self, name: &Name) -> bool {
        let text = name.text.as_str();
        let taken = self.entries.iter().any(|entry| entry.name == text);
        let why = if taken {
            "the network has an `entry` of this name already".to_owned()
        } else if METHODS.contains(&text) {
            "every network has a function of this name".to_owned()
        } else if words::is_kept_by_rust(text) {
            "Rust keeps this word for itself".to_owned()
        } else if text.chars().any(char::is_uppercase) {
            "functions of Rust are named in snake_case".to_owned()
        } else {
            return true;
        };
        let message = format!("an `entry` cannot be called `{text}`: {why}");
        self.report(Diagnostic::new(Code::BadName, name.span, message).help("choose another name"));
        false
    }

    /// What names mean in an entry: values of the network are of an example that is not there.
    fn without_values(&mut self, names: &BTreeMap<String, Meaning>, around: &Body) -> BTreeMap<String, Meaning> {
        let mut kept = BTreeMap::new();
        for (name, meaning) in names {
            let meaning = match meaning {
                Meaning::Tensor(tensor) => match tensor.held.map(|held| &around.step(held.wire).kind) {
                    Some(StepKind::Tensor(index)) => {
                        let wire = self.body.push(StepKind::Tensor(*index), tensor.shape.clone());
                        Meaning::Tensor(Tensor { held: Some(Held { wire, depth: 0 }), ..tensor.clone() })
                    }
                    Some(StepKind::Numbers(numbers)) => {
                        let wire = self.body.push(StepKind::Numbers(numbers.clone()), tensor.shape.clone());
                        Meaning::Tensor(Tensor { held: Some(Held { wire, depth: 0 }), ..tensor.clone() })
                    }
                    _ => continue,
                },
                Meaning::Parts(_) => continue,
                other => other.clone(),
            };
            kept.insert(name.clone(), meaning);
        }
        kept
    }
}
