//! The statements of graphs: names, tensors, noise; and the loops that `scan` writes.

use std::cell::RefCell;
use std::rc::Rc;

use nn_grammar::ast::{Expr, ExprKind, Graph, Name, Scan, Statement, StatementKind, TensorRole, Type};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::chain::{Builder, Scope};
use super::expr::what_is;
use super::flow::{Held, Meaning, Template, Tensor};
use super::value::{describe, value};
use crate::init::Init;
use crate::ir::Yielded;
use crate::layers::{self, TensorSpec};
use crate::model::{Given, Loop, StepKind, Wire};
use crate::signature::{Args, Argument, Kind, Value};
use crate::words;

/// A piece of state of a scan.
struct State {
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
    states: Vec<State>,
    emits: Vec<(Meaning, Span)>,
}

impl Builder<'_> {
    /// What a graph yields. Its names end with it.
    pub(super) fn graph(&mut self, graph: &Graph, scope: &mut Scope) -> Meaning {
        let saved = (scope.env.clone(), scope.names.clone());
        for statement in &graph.statements {
            if self.is_exhausted() {
                break;
            }
            self.statement(statement, scope, None);
        }
        let result = match &graph.result {
            Some(result) => self.expr(result, scope),
            None => {
                let message = "the body yields nothing";
                let help = "end it with an expression without `;`";
                self.mistake(Diagnostic::new(Code::MissingResult, graph.span, message).help(help))
            }
        };
        (scope.env, scope.names) = saved;
        result
    }

    fn statement(&mut self, statement: &Statement, scope: &mut Scope, stepping: Option<&mut Stepping>) {
        match (&statement.kind, stepping) {
            (StatementKind::Let { names, value }, _) => self.let_names(names, value, scope),
            (StatementKind::Tensor { role: TensorRole::State, name, kind, value }, Some(stepping)) => {
                self.state_of_scan(name, kind.as_ref(), value, scope, stepping);
            }
            (StatementKind::Tensor { role, name, kind, value }, _) => {
                self.tensor(*role, name, kind.as_ref(), value, statement.span, scope);
            }
            (StatementKind::Next { name, value }, Some(stepping)) => self.next_of_scan(name, value, scope, stepping),
            (StatementKind::Next { name, value }, None) => self.next(name, value, scope),
            (StatementKind::Emit(value), Some(stepping)) => {
                let meaning = self.expr(value, scope);
                stepping.emits.push((meaning, value.span));
            }
            (StatementKind::Emit(_), None) => {
                let message = "`emit` stands in a `scan` only";
                self.report(Diagnostic::new(Code::MisplacedStatement, statement.span, message));
            }
            (StatementKind::Sample { name, distribution }, _) => self.sample(name, distribution, scope),
            (StatementKind::Dim { name, most }, _) => {
                if let Some(most) = self.extent(most, scope, &format!("`{}`", name.text)) {
                    scope.bind(&name.text, Meaning::Fixed(Value::Dim(most)));
                }
            }
            (StatementKind::Entry { name, .. }, _) => {
                let message = "`entry` is not supported here";
                self.report(Diagnostic::new(Code::Reserved, name.span, message));
            }
        }
    }

    fn let_names(&mut self, names: &[Name], value: &Expr, scope: &mut Scope) {
        let [name] = names else { return self.let_parts(names, value, scope) };
        let meaning = match self.expr(value, scope) {
            // A layer that waits has its parameters under its name.
            Meaning::Layer(template)
                if template.tensors.borrow().is_none() && template.scope.prefix == scope.prefix =>
            {
                let within = template.scope.within(format!("{}{}.", scope.prefix, name.text));
                let (stage, depth, tensors) = (template.stage.clone(), template.depth, RefCell::new(None));
                Meaning::Layer(Rc::new(Template { stage, scope: within, depth, tensors }))
            }
            other => other,
        };
        scope.bind(&name.text, meaning);
    }

    fn let_parts(&mut self, names: &[Name], value: &Expr, scope: &mut Scope) {
        let meaning = self.expr(value, scope);
        match meaning {
            Meaning::Parts(parts) if parts.len() == names.len() => {
                for (name, (_, part)) in names.iter().zip(parts) {
                    scope.bind(&name.text, part);
                }
                return;
            }
            Meaning::Hidden => {}
            Meaning::Parts(parts) => {
                let message = format!("{} are named, and there are {} values", names.len(), parts.len());
                self.report(Diagnostic::new(Code::OperandCount, value.span, message));
            }
            other => {
                let message = format!("{} are named, and this is {}", names.len(), what_is(&other));
                self.report(Diagnostic::new(Code::OperandCount, value.span, message));
            }
        }
        names.iter().for_each(|name| scope.bind(&name.text, Meaning::Hidden));
    }

    /// The extents of a type; none if one of them is a mistake.
    pub(super) fn extents(&mut self, kind: &Type, scope: &Scope, what: &str) -> Option<Vec<usize>> {
        kind.extents.iter().map(|extent| self.extent(extent, scope, what)).collect()
    }

    /// `param w: [4, 3] = normal(0.02);`, `const k: [3] = [1, 2, 1];`, `state s: [4] = zeros;`
    fn tensor(
        &mut self,
        role: TensorRole,
        name: &Name,
        kind: Option<&Type>,
        value: &Expr,
        span: Span,
        scope: &mut Scope,
    ) {
        let what = format!("an extent of `{}`", name.text);
        let shape = match kind {
            Some(kind) => self.extents(kind, scope, &what),
            None => Some(Vec::new()),
        };
        let meaning = match (role, shape) {
            (_, None) => Meaning::Hidden,
            (TensorRole::Const, Some(shape)) => self.constant(name, kind.is_some(), shape, value, scope),
            (_, Some(shape)) => self.trained(role, name, shape, value, span, scope),
        };
        scope.bind(&name.text, meaning);
    }

    fn trained(
        &mut self,
        role: TensorRole,
        name: &Name,
        shape: Vec<usize>,
        value: &Expr,
        span: Span,
        scope: &mut Scope,
    ) -> Meaning {
        let Some(init) = self.init(value, scope, &name.text) else { return Meaning::Hidden };
        let spec = TensorSpec { trained: role == TensorRole::Param, ..TensorSpec::parameter("", shape.clone(), init) };
        let path = format!("{}{}", scope.prefix, name.text);
        if let Err(diagnostic) = self.measure(std::slice::from_ref(&spec), &shape, &name.text, span) {
            return self.mistake(diagnostic);
        }
        let Some(tensors) = self.take_tensors(vec![spec], &path, &name.text, span) else { return Meaning::Hidden };
        let wire = self.body.push(StepKind::Tensor(tensors.start), shape.clone());
        Meaning::Tensor(self.held(wire, shape, &format!("`{}`", name.text), name.span))
    }

    /// How a tensor begins: an initialiser, or a number.
    fn init(&mut self, expr: &Expr, scope: &mut Scope, name: &str) -> Option<Init> {
        if let ExprKind::Number(_) | ExprKind::Negate(_) | ExprKind::Binary(..) = &expr.kind {
            return match self.expr(expr, scope) {
                Meaning::Number(x) => Some(Init::Constant(x)),
                Meaning::Hidden => None,
                other => {
                    let message = format!("`{name}` begins as an initialiser or a number, not as {}", what_is(&other));
                    self.report(Diagnostic::new(Code::WrongKind, expr.span, message));
                    None
                }
            };
        }
        match value(expr, Kind::Init, &scope.env, &format!("`{name}`")) {
            Ok(Value::Init(init)) => Some(init),
            Ok(_) => None,
            Err(diagnostics) => {
                self.report_all(diagnostics);
                None
            }
        }
    }

    fn held(&self, wire: Wire, shape: Vec<usize>, what: &str, span: Span) -> Tensor {
        let held = Some(Held { wire, depth: self.frames.len() });
        Tensor { held, shape, from: (what.to_owned(), span), head: None, ids: None, mask: None }
    }

    fn constant(&mut self, name: &Name, stated: bool, shape: Vec<usize>, value: &Expr, scope: &mut Scope) -> Meaning {
        let mut numbers = Vec::new();
        let Some(found) = self.list(value, scope, &mut numbers) else { return Meaning::Hidden };
        let count: usize = shape.iter().fold(1, |all: usize, n| all.saturating_mul(*n));
        if found.is_empty() && !stated {
            return Meaning::Number(numbers[0]);
        }
        let (numbers, shape) = match (&found[..], stated) {
            ([], true) if count <= 1 << 16 => (vec![numbers[0]; count], shape),
            (_, true) if numbers.len() == count => (numbers, shape),
            (_, true) => {
                let (stated, found) = (words::shape(&shape), words::count(numbers.len(), "number"));
                let message =
                    format!("`{}` is stated as {stated}, which are {count} values, and has {found}", name.text);
                return self.mistake(Diagnostic::new(Code::WidthMismatch, value.span, message));
            }
            (_, false) => (numbers, found),
        };
        let wire = self.body.push(StepKind::Numbers(numbers), shape.clone());
        Meaning::Tensor(self.held(wire, shape, &format!("`{}`", name.text), name.span))
    }

    /// The numbers of a list of lists in row-major order, and its shape.
    fn list(&mut self, expr: &Expr, scope: &mut Scope, into: &mut Vec<f64>) -> Option<Vec<usize>> {
        let ExprKind::List(items) = &expr.kind else {
            return match self.expr(expr, scope) {
                Meaning::Number(x) => {
                    into.push(x);
                    Some(Vec::new())
                }
                Meaning::Hidden => None,
                other => {
                    let message = format!("a constant consists of numbers, not of {}", what_is(&other));
                    self.report(Diagnostic::new(Code::WrongKind, expr.span, message));
                    None
                }
            };
        };
        let mut inner: Option<Vec<usize>> = None;
        for item in items {
            let shape = self.list(item, scope, into)?;
            match &inner {
                Some(known) if *known != shape => {
                    let message = "the lists of a constant have different lengths";
                    self.report(Diagnostic::new(Code::WidthMismatch, item.span, message));
                    return None;
                }
                _ => inner = Some(shape),
            }
        }
        let Some(inner) = inner else {
            self.report(Diagnostic::new(Code::WrongKind, expr.span, "a constant has at least one number"));
            return None;
        };
        Some([&[items.len()], &inner[..]].concat())
    }

    /// `next s = …;` of a state of the network.
    fn next(&mut self, name: &Name, value: &Expr, scope: &mut Scope) {
        let Some(tensor) = self.operand(value, scope) else { return };
        let state = match scope.names.get(&name.text) {
            Some(Meaning::Tensor(Tensor { held: Some(held), .. })) if held.depth == self.frames.len() => Some(*held),
            Some(Meaning::Hidden) => return,
            _ => None,
        };
        let index = state.and_then(|held| match self.body.step(held.wire).kind {
            StepKind::Tensor(index) if !self.tensors[index].spec.trained => Some(index),
            _ => None,
        });
        let Some(index) = index else {
            let message = format!("there is no state `{}`", name.text);
            let help = format!("declare it: `state {}: [4] = zeros;`", name.text);
            return self.report(Diagnostic::new(Code::UnknownName, name.span, message).help(help));
        };
        let shape = self.tensors[index].spec.shape.clone();
        if self.same_shape(&tensor, &shape, name, value.span)
            && let Some(held) = tensor.held
        {
            let wire = self.here(held);
            self.body.push(StepKind::Next(index, wire), shape);
        }
    }

    fn same_shape(&mut self, tensor: &Tensor, shape: &[usize], name: &Name, span: Span) -> bool {
        if tensor.shape == shape {
            return true;
        }
        let (is, was) = (words::shape(&tensor.shape), words::shape(shape));
        let message = format!("`{}` is {was}, and its next value is {is}", name.text);
        self.report(Diagnostic::new(Code::WidthMismatch, span, message).also(name.span, format!("is {was}")));
        false
    }

    /// `sample eps ~ normal[20];`
    fn sample(&mut self, name: &Name, distribution: &Expr, scope: &mut Scope) {
        let meaning = self.sampled(name, distribution, scope).map_or(Meaning::Hidden, Meaning::Tensor);
        scope.bind(&name.text, meaning);
    }

    fn sampled(&mut self, name: &Name, expr: &Expr, scope: &mut Scope) -> Option<Tensor> {
        let (base, extents) = match &expr.kind {
            ExprKind::Index(base, extents) => (&**base, &extents[..]),
            _ => (expr, &[][..]),
        };
        let what = format!("an extent of `{}`", name.text);
        let shape: Vec<usize> =
            extents.iter().map(|extent| self.extent(extent, scope, &what)).collect::<Option<_>>()?;
        let (init, noise) = match value(base, Kind::Init, &scope.env, &format!("`{}`", name.text)) {
            Ok(Value::Init(Init::Normal { mean, std })) => ((mean, std), "normal"),
            Ok(Value::Init(Init::Uniform { low, high })) => ((low, high), "uniform"),
            Ok(_) => {
                let message = format!("`sample` draws from `normal` or `uniform`, not from {}", describe(base));
                self.report(Diagnostic::new(Code::UnknownChoice, base.span, message));
                return None;
            }
            Err(diagnostics) => {
                self.report_all(diagnostics);
                return None;
            }
        };
        // Its place in the batch is that of any value that is computed for each example.
        let example = self.an_example()?;
        let layer = layers::find("noise").expect("`sample` stands for it");
        let argument = |value| Argument { value, span: Some(expr.span) };
        let noise = if noise == "normal" { "normal" } else { "uniform" };
        let values = vec![
            argument(Value::Choice(noise)),
            argument(Value::Real(init.0)),
            argument(Value::Real(init.1)),
            argument(Value::Dims(shape.clone())),
        ];
        let args = Args { signature: &layer.signature, values, span: expr.span };
        let mut flow = self.flow(&example);
        self.apply(layer, args, format!("sample {}", name.text), &[], scope, &mut flow);
        flow.tensor(self.frames.len(), name.span)
    }

    /// Some value that is computed for each example.
    fn an_example(&mut self) -> Option<Tensor> {
        let (shape, wire) = self.input.clone()?;
        let held = Some(Held { wire, depth: 0 });
        Some(Tensor { held, shape, from: ("the input".to_owned(), Span::default()), head: None, ids: None, mask: None })
    }

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

    fn state_of_scan(
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

    fn next_of_scan(&mut self, name: &Name, value: &Expr, scope: &mut Scope, stepping: &mut Stepping) {
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
