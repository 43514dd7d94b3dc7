//! The statements of graphs: names, tensors, noise; and the loops that `scan` writes.

use std::rc::Rc;

use nn_grammar::ast::{Expr, ExprKind, Graph, Name, Statement, StatementKind, TensorRole, Type};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::chain::{Builder, Scope};
use super::expr::what_is;
use super::flow::{Held, Meaning, Template, Tensor};
use super::scan::Stepping;
use super::value::{describe, value};
use crate::init::Init;
use crate::layers::{self, TensorSpec};
use crate::model::{StepKind, Wire};
use crate::signature::{Args, Argument, Kind, Value};
use crate::words;

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

    pub(super) fn statement(&mut self, statement: &Statement, scope: &mut Scope, stepping: Option<&mut Stepping>) {
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
            (StatementKind::Entry { name, inputs, value }, _) => self.entry(name, inputs, value, scope),
        }
    }

    fn let_names(&mut self, names: &[Name], value: &Expr, scope: &mut Scope) {
        let [name] = names else { return self.let_parts(names, value, scope) };
        let meaning = match self.expr(value, scope) {
            // A layer that waits has its parameters under its name.
            Meaning::Layer(template)
                if !self.shared.contains_key(&template.number) && template.scope.prefix == scope.prefix =>
            {
                let within = template.scope.within(format!("{}{}.", scope.prefix, name.text));
                let (stage, depth, number) = (template.stage.clone(), template.depth, template.number);
                Meaning::Layer(Rc::new(Template { stage, scope: within, depth, number }))
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
    pub(super) fn tensor(
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
    pub(super) fn init(&mut self, expr: &Expr, scope: &mut Scope, name: &str) -> Option<Init> {
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

    pub(super) fn held(&self, wire: Wire, shape: Vec<usize>, what: &str, span: Span) -> Tensor {
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
    pub(super) fn list(&mut self, expr: &Expr, scope: &mut Scope, into: &mut Vec<f64>) -> Option<Vec<usize>> {
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
    pub(super) fn next(&mut self, name: &Name, value: &Expr, scope: &mut Scope) {
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
        if self.body.steps.iter().any(|step| matches!(step.kind, StepKind::Next(known, _) if known == index)) {
            let message = format!("`{}` gets two next values", name.text);
            return self.report(Diagnostic::new(Code::DuplicateArgument, name.span, message).label("the second"));
        }
        let shape = self.tensors[index].spec.shape.clone();
        if self.same_shape(&tensor, &shape, name, value.span)
            && let Some(held) = tensor.held
        {
            let wire = self.here(held);
            self.body.push(StepKind::Next(index, wire), shape);
        }
    }

    pub(super) fn same_shape(&mut self, tensor: &Tensor, shape: &[usize], name: &Name, span: Span) -> bool {
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
}
