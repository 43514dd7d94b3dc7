//! Random `scan`s: sequences, states, what a step does, what is emitted or left.

use super::generator::{Maker, Scope};
use super::probe::{Known, Names, written_shape};

/// A piece of state of a loop.
struct State {
    name: String,
    shape: Vec<usize>,
    initial: String,
}

impl Maker {
    /// Adds a statement that names what a loop yields, if one is found that is taken.
    pub(super) fn loop_statement(&mut self, scope: &mut Scope, depth: usize) {
        for _ in 0..4 {
            let Some((head, elements)) = self.sequences(scope) else { return };
            let states = self.states(scope, &elements);
            let mut inner = scope.clone();
            inner.statements.clear();
            // A layer from outside is taken as it is; its declaration is not the loop's.
            inner.names.extend(elements);
            for state in &states {
                inner.names.insert(state.name.clone(), Known { shape: state.shape.clone(), classes: None });
            }
            for _ in 0..self.dice.between(0, 3) {
                self.statement(&mut inner, depth);
            }
            if self.keep_loop(scope, &head, &states, &mut inner) {
                return;
            }
        }
    }

    /// `scan v8 in v3, v9 in v4`, and what each step finds.
    fn sequences(&mut self, scope: &Scope) -> Option<(String, Names)> {
        let (first, known) = scope.any(&mut self.dice);
        let steps = *known.shape.first().filter(|_| known.classes.is_none())?;
        let mut chosen = vec![(first, known)];
        let other = scope.any(&mut self.dice);
        if self.dice.chance(40) && other.1.classes.is_none() && other.1.shape.first() == Some(&steps) {
            chosen.push(other);
        }
        let mut elements = Names::new();
        let mut heads = Vec::new();
        for (sequence, known) in chosen {
            let name = self.name();
            heads.push(format!("{name} in {sequence}"));
            elements.insert(name, Known { shape: known.shape[1..].to_vec(), classes: None });
        }
        Some((format!("scan {}", heads.join(", ")), elements))
    }

    fn states(&mut self, scope: &Scope, elements: &Names) -> Vec<State> {
        let count = self.dice.between(1, 2);
        let mut states = Vec::new();
        for _ in 0..count {
            let shapes: Vec<Vec<usize>> = elements.values().map(|known| known.shape.clone()).collect();
            let shape = match self.dice.below(4) {
                0 => Vec::new(),
                1 => self.shape(2),
                _ => self.dice.pick(&shapes).clone(),
            };
            let outside = scope.of_shape(&mut self.dice, &shape).filter(|name| scope.names[name].classes.is_none());
            let initial = match (self.dice.below(3), outside) {
                (0, Some(name)) => name,
                (1, _) => "0.5".to_owned(),
                _ => "zeros".to_owned(),
            };
            states.push(State { name: self.name(), shape, initial });
        }
        states
    }

    /// Finishes the loop and adds it, if it is taken.
    fn keep_loop(&mut self, scope: &mut Scope, head: &str, states: &[State], inner: &mut Scope) -> bool {
        let mut nexts = Vec::new();
        for state in states {
            let next = self.next_value(inner, state);
            nexts.push(format!("next {} = {next};", state.name));
        }
        let declared: Vec<String> = states
            .iter()
            .map(|state| format!("state {}: {} = {};", state.name, written_shape(&state.shape), state.initial))
            .collect();
        let (first, second) = (inner.any(&mut self.dice).0, inner.any(&mut self.dice).0);
        let (emit, parts) = match self.dice.below(6) {
            0 | 1 => (format!("emit (a = {first}, b = {second});"), 2),
            2 if states.len() == 1 => (String::new(), 1),
            _ => (format!("emit {first};"), 1),
        };
        let body = [declared, inner.statements.clone(), nexts, vec![emit]].concat().join(" ");
        let text = format!("{head} {{ {body} }}");
        let names: Vec<String> = (0..parts).map(|_| self.name()).collect();
        let pattern = if parts == 1 { names[0].clone() } else { format!("({})", names.join(", ")) };
        let statement = format!("let {pattern} = {text};");
        let before: Vec<String> = scope.layers.iter().map(|(_, declaration)| declaration.clone()).collect();
        let before = format!("{} {statement}", before.join(" "));
        let shapes: Option<Vec<Vec<usize>>> = names.iter().map(|name| self.taken(scope, &before, name)).collect();
        let Some(shapes) = shapes else { return false };
        scope.statements.push(statement);
        scope.names.extend(names.into_iter().zip(shapes.into_iter().map(|shape| Known { shape, classes: None })));
        true
    }

    /// The new value of a state: an expression of its shape.
    fn next_value(&mut self, inner: &mut Scope, state: &State) -> String {
        let name = &state.name;
        for _ in 0..8 {
            let (other, known) = inner.any(&mut self.dice);
            if known.classes.is_some() {
                continue;
            }
            let expr = match self.dice.below(5) {
                0 => format!("tanh({name} + {other})"),
                1 => format!("0.5 * {name} + {other}"),
                2 => format!("{name} * {other} |> tanh"),
                3 => other,
                _ => match state.shape.last() {
                    Some(width) => format!("({name} + {other}) |> dense({width}, tanh)"),
                    None => format!("maximum({name}, {other})"),
                },
            };
            if self.taken(inner, "", &expr).as_ref() == Some(&state.shape) {
                return expr;
            }
        }
        format!("0.5 * {name} + 0.1")
    }
}
