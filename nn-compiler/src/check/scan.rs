//! `scan xt in x { state …; next …; emit …; }`: a loop over the entries of sequences.

use nn_grammar::ast::{Expr, ExprKind, Name, Scan, Type};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::chain::{Builder, Scope};
use super::expr::what_is;
use super::flow::{Held, Meaning, Tensor};
use crate::ir::Yielded;
use crate::model::{Given, Loop, StepKind, Wire};
use crate::words;

/// A piece of state of a scan.
pub(super) struct State {
    name: Name,
    shape: Vec<usize>,
    /// What the first step finds, in the body around the loop.
    initial: Option<Wire>,
    /// Its new value, once it is stated.
    next: Option<(Tensor, Span)>,
}

/// What a graph that is the body of a scan has said so far.
#[derive(Default)]
pub(super) struct Stepping {
    pub(super) states: Vec<State>,
    pub(super) emits: Vec<(Meaning, Span)>,
}

impl Builder<'_> {
    /// `scan xt in x { … }`: what is emitted at each step, or what the last step leaves.
    pub(super) fn scan(&mut self, scan: &Scan, span: Span, scope: &mut Scope) -> Meaning {
        let mut sequences: Vec<(&Name, Tensor)> = Vec::new();
        for (name, expr) in &scan.sequences {
            match self.expr(expr, scope) {
                Meaning::Tensor(tensor) if !tensor.shape.is_empty() => sequences.push((name, tensor)),
                Meaning::Hidden => return Meaning::Hidden,
                other => {
                    let message = format!("`scan` goes through a sequence `[t, …]`, not through {}", what_is(&other));
                    return self.mistake(Diagnostic::new(Code::WrongRank, expr.span, message));
                }
            }
        }
        let Some((_, first)) = sequences.first() else { return Meaning::Hidden };
        let steps = first.shape[0];
        if let Some((name, other)) = sequences.iter().find(|(_, tensor)| tensor.shape[0] != steps) {
            let message = format!(
                "the sequences of a `scan` are as long as each other, but one has {steps} steps and another {}",
                other.shape[0]
            );
            return self.mistake(Diagnostic::new(Code::WidthMismatch, name.span, message));
        }
        let path = scope.path("scan");
        let wires: Vec<Option<Wire>> =
            sequences.iter().map(|(_, tensor)| tensor.held.map(|held| self.here(held))).collect();
        let mut inner = scope.within(format!("{path}."));
        self.begin_loop();
        for (number, (name, tensor)) in sequences.iter().enumerate() {
            let shape = tensor.shape[1..].to_vec();
            let wire = self.body.push(StepKind::Given(Given::Element(number)), shape.clone());
            let element = self.held(wire, shape, &format!("`{}`", name.text), name.span);
            inner.bind(&name.text, Meaning::Tensor(Tensor { ids: tensor.ids, ..element }));
        }
        let mut stepping = Stepping::default();
        for statement in &scan.body.statements {
            self.statement(statement, &mut inner, Some(&mut stepping));
        }
        if let Some(result) = &scan.body.result {
            let message = "a `scan` yields what it emits";
            let help = "write `emit …;`";
            self.report(Diagnostic::new(Code::MisplacedStatement, result.span, message).help(help));
        }
        self.finish_scan(stepping, wires, steps, path, span)
    }

    pub(super) fn state_of_scan(
        &mut self,
        name: &Name,
        kind: Option<&Type>,
        value: &Expr,
        scope: &mut Scope,
        stepping: &mut Stepping,
    ) {
        let shape = kind.map(|kind| self.extents(kind, scope, &format!("an extent of `{}`", name.text)));
        // What a state begins with belongs to the body around the loop.
        let paused = self.pause_loop();
        let initial = self.initial(name, shape, value, scope);
        self.resume_loop(paused);
        let Some(initial) = initial else {
            return scope.bind(&name.text, Meaning::Hidden);
        };
        let number = stepping.states.len();
        let wire = self.body.push(StepKind::Given(Given::Carried(number)), initial.shape.clone());
        let tensor = self.held(wire, initial.shape.clone(), &format!("`{}`", name.text), name.span);
        let around = initial.held.map(|held| held.wire);
        stepping.states.push(State { name: name.clone(), shape: initial.shape, initial: around, next: None });
        scope.bind(&name.text, Meaning::Tensor(tensor));
    }

    /// What a state begins with, as a value of the body that is being built.
    fn initial(
        &mut self,
        name: &Name,
        shape: Option<Option<Vec<usize>>>,
        value: &Expr,
        scope: &mut Scope,
    ) -> Option<Tensor> {
        let fill = match &value.kind {
            ExprKind::Name(word) if word == "zeros" => Some(0.0),
            ExprKind::Name(word) if word == "ones" => Some(1.0),
            _ => None,
        };
        let meaning = match fill {
            Some(x) => Meaning::Number(x),
            None => self.expr(value, scope),
        };
        match (meaning, shape) {
            (_, Some(None)) | (Meaning::Hidden, _) => None,
            (Meaning::Number(x), shape) => {
                let shape = shape.flatten().unwrap_or_default();
                let wire = self.body.push(StepKind::Numbers(vec![x]), shape.clone());
                Some(self.held(wire, shape, &format!("`{}`", name.text), name.span))
            }
            (Meaning::Tensor(tensor), shape) => {
                if tensor.held.is_some_and(|held| held.depth > self.frames.len()) {
                    let message =
                        format!("`{}` begins before the first step, and this is computed in a step", name.text);
                    self.report(Diagnostic::new(Code::MisplacedStatement, value.span, message));
                    return None;
                }
                if let Some(Some(shape)) = &shape
                    && *shape != tensor.shape
                {
                    let (stated, is) = (words::shape(shape), words::shape(&tensor.shape));
                    let message = format!("`{}` is stated as {stated}, and begins as {is}", name.text);
                    self.report(Diagnostic::new(Code::WidthMismatch, value.span, message));
                    return None;
                }
                let wire = tensor.held.map(|held| self.here(held));
                let held = wire.map(|wire| Held { wire, depth: self.frames.len() });
                Some(Tensor { held, ..tensor })
            }
            (other, _) => {
                let message = format!("`{}` begins as numbers or a tensor, not as {}", name.text, what_is(&other));
                self.report(Diagnostic::new(Code::WrongKind, value.span, message));
                None
            }
        }
    }

    pub(super) fn next_of_scan(&mut self, name: &Name, value: &Expr, scope: &mut Scope, stepping: &mut Stepping) {
        let Some(tensor) = self.operand(value, scope) else { return scope.bind(&name.text, Meaning::Hidden) };
        let Some(number) = stepping.states.iter().position(|state| state.name.text == name.text) else {
            if matches!(scope.names.get(&name.text), Some(Meaning::Hidden)) {
                return;
            }
            let message = format!("the `scan` has no state `{}`", name.text);
            let help = format!("declare it in the `scan`: `state {}: [4] = zeros;`", name.text);
            return self.report(Diagnostic::new(Code::UnknownName, name.span, message).help(help));
        };
        let shape = stepping.states[number].shape.clone();
        if let Some((_, earlier)) = &stepping.states[number].next {
            let message = format!("`{}` gets two next values", name.text);
            let diagnostic = Diagnostic::new(Code::DuplicateArgument, name.span, message).also(*earlier, "the first");
            return self.report(diagnostic);
        }
        if self.same_shape(&tensor, &shape, name, value.span) {
            stepping.states[number].next = Some((tensor.clone(), name.span));
            // From here on its name stands for the new value.
            scope.bind(&name.text, Meaning::Tensor(tensor));
        }
    }

    fn finish_scan(
        &mut self,
        stepping: Stepping,
        sequences: Vec<Option<Wire>>,
        steps: usize,
        path: String,
        span: Span,
    ) -> Meaning {
        let mut parts: Vec<(String, Tensor)> = Vec::new();
        let mut hidden = false;
        let several = stepping.emits.len() > 1;
        for (meaning, at) in stepping.emits {
            match meaning {
                Meaning::Tensor(tensor) => parts.push((String::new(), tensor)),
                Meaning::Number(x) => parts.push((String::new(), self.number(x, at))),
                Meaning::Parts(named) => {
                    for (name, part) in named {
                        match part {
                            Meaning::Tensor(tensor) => parts.push((name, tensor)),
                            _ => hidden = true,
                        }
                    }
                }
                Meaning::Hidden => hidden = true,
                other => {
                    let message = format!("a `scan` emits tensors, not {}", what_is(&other));
                    self.report(Diagnostic::new(Code::WrongKind, at, message));
                    hidden = true;
                }
            }
        }
        if several {
            let message = "a `scan` has one `emit`";
            let help = "emit several values with names, as in `emit (h = h, c = c);`";
            self.report(Diagnostic::new(Code::DuplicateArgument, span, message).help(help));
            hidden = true;
        }
        let mut next: Vec<Option<Wire>> = Vec::new();
        for state in &stepping.states {
            match &state.next {
                Some((tensor, _)) => next.push(tensor.held.map(|held| self.here(held))),
                None => {
                    let name = &state.name.text;
                    let message = format!("the state `{name}` never gets a next value");
                    let help = format!("write `next {name} = …;`");
                    self.report(Diagnostic::new(Code::MissingArgument, state.name.span, message).help(help));
                    hidden = true;
                }
            }
        }
        let emits: Vec<Option<Wire>> = parts.iter().map(|(_, part)| part.held.map(|held| self.here(held))).collect();
        let (body, outer) = self.end_loop();
        if parts.is_empty() && stepping.states.is_empty() && !hidden {
            let message = "the `scan` emits nothing and has no state";
            return self.mistake(Diagnostic::new(Code::MissingResult, span, message).help("write `emit …;`"));
        }
        let all = |wires: Vec<Option<Wire>>| wires.into_iter().collect::<Option<Vec<Wire>>>();
        let initial = stepping.states.iter().map(|state| state.initial).collect();
        let (Some(sequences), Some(initial), Some(next), Some(emits), false) =
            (all(sequences), all(initial), all(next), all(emits), hidden)
        else {
            return Meaning::Hidden;
        };
        let inner = Loop {
            path,
            steps,
            recompute: false,
            reverse: false,
            stacked: 0..0,
            sequences,
            initial,
            outer,
            body,
            next,
            emits,
        };
        let inner = self.body.push(StepKind::Loop(Box::new(inner)), Vec::new());
        let mut yielded: Vec<(String, Meaning)> = Vec::new();
        for (number, (name, part)) in parts.into_iter().enumerate() {
            let shape = [&[steps], &part.shape[..]].concat();
            let wire = self.body.push(StepKind::Yielded(inner, Yielded::Emitted(number)), shape.clone());
            yielded.push((name, Meaning::Tensor(self.held(wire, shape, "the `scan`", span))));
        }
        if yielded.is_empty() {
            for (number, state) in stepping.states.iter().enumerate() {
                let shape = state.shape.clone();
                let wire = self.body.push(StepKind::Yielded(inner, Yielded::Left(number)), shape.clone());
                yielded.push((state.name.text.clone(), Meaning::Tensor(self.held(wire, shape, "the `scan`", span))));
            }
        }
        match <[(String, Meaning); 1]>::try_from(yielded) {
            Ok([(_, only)]) => only,
            Err(yielded) => Meaning::Parts(yielded),
        }
    }
}
