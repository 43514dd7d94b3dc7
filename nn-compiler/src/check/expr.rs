//! Expressions of graphs: arithmetic, calls, pipes, slices, choices. What is known when the text is compiled is computed here;
//! everything else becomes steps.

use std::rc::Rc;

use nn_grammar::ast::{Arg, BinaryOp, Call, Expr, ExprKind, Name, Stage};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::chain::{Builder, Flow, Scope};
use super::flow::{Held, Meaning, Template, Tensor};
use super::value::{describe, value};
use crate::layers::{self};
use crate::model::StepKind;
use crate::signature::{Args, Kind, Value};
use crate::words;

impl Builder<'_> {
    /// What an expression stands for; a mistake is reported, and hides it.
    pub(super) fn expr(&mut self, expr: &Expr, scope: &mut Scope) -> Meaning {
        if !self.enters(expr.span) {
            return Meaning::Hidden;
        }
        let meaning = self.expr_of(expr, scope);
        self.leaves();
        meaning
    }

    fn expr_of(&mut self, expr: &Expr, scope: &mut Scope) -> Meaning {
        match &expr.kind {
            ExprKind::Number(number) if number.unit.is_none() => {
                Meaning::Number(number.digits.replace('_', "").parse().unwrap_or(f64::NAN))
            }
            ExprKind::Name(name) => self.name(name, expr, scope),
            ExprKind::Call(call) => self.call_in_expr(call, scope),
            ExprKind::Negate(inner) => match self.expr(inner, scope) {
                Meaning::Number(x) => Meaning::Number(-x),
                Meaning::Tensor(x) => {
                    self.combine("multiply", [Meaning::Tensor(x), Meaning::Number(-1.0)], expr, scope)
                }
                Meaning::Hidden => Meaning::Hidden,
                other => self.no_number(&other, inner),
            },
            ExprKind::Binary(op, left, right) => {
                let sides = [self.expr(left, scope), self.expr(right, scope)];
                self.binary(*op, sides, [left, right], expr, scope)
            }
            ExprKind::Index(base, items) => match self.expr(base, scope) {
                Meaning::Tensor(x) => self.slice(x, items, expr, scope),
                Meaning::Hidden => Meaning::Hidden,
                other => self.no_tensor(&other, base),
            },
            ExprKind::Field(base, name) => match self.expr(base, scope) {
                Meaning::Parts(parts) => self.field(&parts, name),
                Meaning::Hidden => Meaning::Hidden,
                other => {
                    let message = format!("{} has no parts", what_is(&other));
                    self.mistake(Diagnostic::new(Code::WrongKind, base.span, message))
                }
            },
            ExprKind::Pipe(left, stage) => match self.expr(left, scope) {
                Meaning::Tensor(x) => self.pipe(&x, stage, expr.span, scope),
                Meaning::Hidden => Meaning::Hidden,
                other => self.no_tensor(&other, left),
            },
            ExprKind::Chain(chain) => self.template(Stage::Chain(chain.clone()), scope),
            ExprKind::If(choice) => match self.expr(&choice.condition, scope) {
                Meaning::Fixed(Value::Bool(true)) => self.graph(&choice.then, scope),
                Meaning::Fixed(Value::Bool(false)) => self.graph(&choice.otherwise, scope),
                Meaning::Hidden => Meaning::Hidden,
                other => {
                    let message =
                        format!("a condition is known when the text is compiled, and this is {}", what_is(&other));
                    let help = "compare parameters of the block, as in `if stride == 1`; for values of tensors multiply with a comparison";
                    self.mistake(Diagnostic::new(Code::WrongKind, choice.condition.span, message).help(help))
                }
            },
            ExprKind::Scan(scan) => self.scan(scan, expr.span, scope),
            ExprKind::Tuple(parts) => {
                for (number, name) in
                    parts.iter().enumerate().filter_map(|(number, arg)| Some((number, arg.name.as_ref()?)))
                {
                    let known = |arg: &&Arg| arg.name.as_ref().is_some_and(|known| known.text == name.text);
                    if let Some(Arg { name: Some(earlier), .. }) = parts[..number].iter().find(known) {
                        let message = format!("two values are called `{}`", name.text);
                        let diagnostic =
                            Diagnostic::new(Code::DuplicateArgument, name.span, message).label("the second");
                        self.report(diagnostic.also(earlier.span, "the first"));
                        return Meaning::Hidden;
                    }
                }
                let part = |arg: &Arg| Some((arg.name.as_ref()?.text.clone(), self.expr(&arg.value, scope)));
                Meaning::Parts(parts.iter().filter_map(part).collect())
            }
            ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Arrow(..)
            | ExprKind::Range(..)
            | ExprKind::Open(..)
            | ExprKind::List(_) => {
                let message = format!("{} is no value here", describe(expr));
                self.mistake(Diagnostic::new(Code::WrongKind, expr.span, message).label("expected a value"))
            }
        }
    }

    /// Reports a mistake that hides a value.
    pub(super) fn mistake(&mut self, diagnostic: Diagnostic) -> Meaning {
        self.report(diagnostic);
        Meaning::Hidden
    }

    fn no_tensor(&mut self, meaning: &Meaning, expr: &Expr) -> Meaning {
        let message = format!("a tensor is needed here, and this is {}", what_is(meaning));
        self.mistake(Diagnostic::new(Code::WrongKind, expr.span, message).label("expected a tensor"))
    }

    fn no_number(&mut self, meaning: &Meaning, expr: &Expr) -> Meaning {
        let message = format!("a number or a tensor is needed here, and this is {}", what_is(meaning));
        self.mistake(Diagnostic::new(Code::WrongKind, expr.span, message).label("expected a number or a tensor"))
    }

    pub(super) fn name(&mut self, name: &str, expr: &Expr, scope: &mut Scope) -> Meaning {
        if let Some(meaning) = scope.names.get(name) {
            return meaning.clone();
        }
        match (scope.env.get(name), name) {
            (Some(Value::Dim(n)), _) => return Meaning::Number(*n as f64),
            (Some(Value::Real(x)), _) => return Meaning::Number(*x),
            (Some(value), _) => return Meaning::Fixed(value.clone()),
            (None, "true" | "false") => return Meaning::Fixed(Value::Bool(name == "true")),
            _ => {}
        }
        if layers::find(name).is_some() || self.blocks.contains_key(name) {
            let name = Name { text: name.to_owned(), span: expr.span };
            return self.template(Stage::Call(Call { name, args: Vec::new(), chain: None, span: expr.span }), scope);
        }
        let known: Vec<&str> = scope.names.keys().chain(scope.env.keys()).map(String::as_str).collect();
        let message = format!("nothing is called `{name}` here");
        let help = match words::nearest(name, known.iter().copied()) {
            Some(word) => Some(format!("did you mean `{word}`?")),
            None if known.is_empty() => None,
            None => Some(format!("the names are {}", words::list(&known))),
        };
        self.mistake(Diagnostic::new(Code::UnknownName, expr.span, message).maybe_help(help))
    }

    pub(super) fn template(&mut self, stage: Stage, scope: &Scope) -> Meaning {
        let (scope, depth, number) = (scope.clone(), self.frames.len(), self.templates);
        self.templates += 1;
        Meaning::Layer(Rc::new(Template { stage, scope, depth, number }))
    }

    /// Leads a value through a stage.
    fn pipe(&mut self, x: &Tensor, stage: &Stage, span: Span, scope: &mut Scope) -> Meaning {
        let mut flow = self.flow(x);
        match stage {
            Stage::Call(call) => self.call(call, scope, &mut flow),
            Stage::Chain(chain) => {
                let path = scope.path("chain");
                self.chain(chain, &mut scope.within(format!("{path}.")), &mut flow);
            }
        }
        self.meaning(flow, span)
    }

    /// What has come out of stages.
    pub(super) fn meaning(&self, mut flow: Flow, span: Span) -> Meaning {
        if let Some(parts) = flow.parts.take() {
            return Meaning::Parts(parts);
        }
        flow.tensor(self.frames.len(), span).map_or(Meaning::Hidden, Meaning::Tensor)
    }

    /// A value to work on; a number is one too.
    pub(super) fn operand(&mut self, expr: &Expr, scope: &mut Scope) -> Option<Tensor> {
        match self.expr(expr, scope) {
            Meaning::Tensor(tensor) => Some(tensor),
            Meaning::Number(x) => Some(self.number(x, expr.span)),
            Meaning::Hidden => None,
            other => {
                self.no_number(&other, expr);
                None
            }
        }
    }

    /// A number as a value of the body.
    pub(super) fn number(&mut self, x: f64, span: Span) -> Tensor {
        let wire = self.body.push(StepKind::Numbers(vec![x]), Vec::new());
        let from = (format!("the number {x}"), span);
        let held = Some(Held { wire, depth: self.frames.len() });
        Tensor { held, shape: Vec::new(), from, head: None, ids: None, mask: None }
    }

    /// Whether an expression is computed rather than known when the text is compiled; judged by its form.
    pub(super) fn is_tensor(&self, expr: &Expr, scope: &Scope) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => {
                matches!(scope.names.get(name), Some(Meaning::Tensor(_) | Meaning::Hidden | Meaning::Parts(_)))
            }
            ExprKind::Call(call) => match scope.names.get(&call.name.text) {
                Some(Meaning::Layer(_)) => true,
                Some(_) => false,
                None => call.args.iter().any(|arg| self.is_tensor(&arg.value, scope)),
            },
            ExprKind::Negate(inner) | ExprKind::Index(inner, _) | ExprKind::Field(inner, _) => {
                self.is_tensor(inner, scope)
            }
            ExprKind::Binary(_, left, right) => self.is_tensor(left, scope) || self.is_tensor(right, scope),
            ExprKind::Pipe(..) | ExprKind::Scan(_) => true,
            ExprKind::If(choice) => {
                let result =
                    |graph: &nn_grammar::ast::Graph| graph.result.as_ref().is_some_and(|it| self.is_tensor(it, scope));
                result(&choice.then) || result(&choice.otherwise)
            }
            ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Arrow(..)
            | ExprKind::Range(..)
            | ExprKind::Open(..)
            | ExprKind::List(_)
            | ExprKind::Chain(_)
            | ExprKind::Tuple(_) => false,
        }
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        [left, right]: [Meaning; 2],
        [left_expr, right_expr]: [&Expr; 2],
        expr: &Expr,
        scope: &mut Scope,
    ) -> Meaning {
        for (meaning, expr) in [(&left, left_expr), (&right, right_expr)] {
            match meaning {
                Meaning::Hidden => return Meaning::Hidden,
                Meaning::Tensor(_) | Meaning::Number(_) => {}
                Meaning::Fixed(Value::Bool(_)) if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) => {}
                other => return self.no_number(other, expr),
            }
        }
        match (&left, &right) {
            (Meaning::Number(a), Meaning::Number(b)) => self.numbers(op, *a, *b, expr),
            (Meaning::Fixed(a), Meaning::Fixed(b)) => Meaning::Fixed(Value::Bool((a == b) == (op == BinaryOp::Equal))),
            (Meaning::Fixed(_), other) | (other, Meaning::Fixed(_)) => {
                let message = format!("`true` and `false` are compared with each other, not with {}", what_is(other));
                self.mistake(Diagnostic::new(Code::WrongKind, expr.span, message))
            }
            _ => match op {
                BinaryOp::Add => self.combine("add", [left, right], expr, scope),
                BinaryOp::Sub => self.combine("subtract", [left, right], expr, scope),
                BinaryOp::Mul => self.combine("multiply", [left, right], expr, scope),
                BinaryOp::Div => self.combine("divide", [left, right], expr, scope),
                BinaryOp::MatMul => self.combine("matmul", [left, right], expr, scope),
                BinaryOp::Greater => self.combine("greater", [left, right], expr, scope),
                BinaryOp::GreaterEqual => self.combine("greater_equal", [left, right], expr, scope),
                BinaryOp::Less => self.combine("greater", [right, left], expr, scope),
                BinaryOp::LessEqual => self.combine("greater_equal", [right, left], expr, scope),
                BinaryOp::Equal => self.combine("equal", [left, right], expr, scope),
                BinaryOp::NotEqual => {
                    let equal = self.combine("equal", [left, right], expr, scope);
                    self.combine("subtract", [Meaning::Number(1.0), equal], expr, scope)
                }
            },
        }
    }

    /// Arithmetic on numbers that are known when the text is compiled.
    fn numbers(&mut self, op: BinaryOp, a: f64, b: f64, expr: &Expr) -> Meaning {
        let truth = |holds: bool| Meaning::Fixed(Value::Bool(holds));
        let result = match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            BinaryOp::Div => a / b,
            BinaryOp::Equal => return truth(a == b),
            BinaryOp::NotEqual => return truth(a != b),
            BinaryOp::Less => return truth(a < b),
            BinaryOp::LessEqual => return truth(a <= b),
            BinaryOp::Greater => return truth(a > b),
            BinaryOp::GreaterEqual => return truth(a >= b),
            BinaryOp::MatMul => {
                let message = "`@` multiplies matrices, and both sides are numbers";
                return self.mistake(Diagnostic::new(Code::WrongKind, expr.span, message).help("write `*`"));
            }
        };
        if result.is_finite() {
            return Meaning::Number(result);
        }
        let reason = if b == 0.0 { "division by 0" } else { "the result is too large" };
        let message = format!("the number has no value: {reason}");
        self.mistake(Diagnostic::new(Code::BadArithmetic, expr.span, message))
    }

    /// Two values through a layer that an operator stands for.
    fn combine(&mut self, name: &str, sides: [Meaning; 2], expr: &Expr, scope: &mut Scope) -> Meaning {
        if !self.counts(expr.span) {
            return Meaning::Hidden;
        }
        let mut tensors = Vec::new();
        for side in sides {
            tensors.push(match side {
                Meaning::Tensor(tensor) => tensor,
                Meaning::Number(x) => self.number(x, expr.span),
                _ => return Meaning::Hidden,
            });
        }
        let mut flow = self.flow(&tensors[0]);
        let layer = layers::find(name).expect("operators stand for layers that exist");
        let args = Args { signature: &layer.signature, values: Vec::new(), span: expr.span };
        let others = [(layer.operands.names[1], tensors[1].clone())];
        self.apply(layer, args, printer::expr(expr), &others, scope, &mut flow);
        self.meaning(flow, expr.span)
    }

    pub(super) fn field(&mut self, parts: &[(String, Meaning)], name: &Name) -> Meaning {
        if let Some((_, part)) = parts.iter().find(|(known, _)| *known == name.text) {
            return part.clone();
        }
        let known: Vec<&str> = parts.iter().map(|(known, _)| known.as_str()).collect();
        let message = format!("there is no part `{}`", name.text);
        let help = words::suggestion(&name.text, &known, "parts");
        self.mistake(Diagnostic::new(Code::UnknownName, name.span, message).maybe_help(help))
    }

    /// A number that is known when the text is compiled and stands for an extent.
    pub(super) fn extent(&mut self, expr: &Expr, scope: &Scope, what: &str) -> Option<usize> {
        match value(expr, Kind::Dim, &scope.env, what) {
            Ok(Value::Dim(n)) => Some(n),
            Ok(_) => None,
            Err(diagnostics) => {
                let unknown = match &expr.kind {
                    ExprKind::Name(name) if what.starts_with("an extent") && !scope.env.contains_key(name) => {
                        Some(name)
                    }
                    _ => None,
                };
                for diagnostic in diagnostics {
                    // An extent that may differ from example to example says so in the head of the network.
                    self.report(match unknown {
                        Some(name) => {
                            diagnostic.help(format!("write a number, or declare `dim {name} <= 8` behind the inputs"))
                        }
                        None => diagnostic,
                    });
                }
                None
            }
        }
    }
}

/// What a meaning is, in words.
pub(super) fn what_is(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Tensor(tensor) => format!("a tensor {}", words::shape(&tensor.shape)),
        Meaning::Number(x) => format!("the number {x}"),
        Meaning::Fixed(Value::Bool(_)) => "`true` or `false`".to_owned(),
        Meaning::Fixed(Value::Activation(_)) => "an activation".to_owned(),
        Meaning::Fixed(Value::Init(_)) => "an initialiser".to_owned(),
        Meaning::Fixed(_) => "a setting".to_owned(),
        Meaning::Layer(_) => "a layer that waits for its input".to_owned(),
        Meaning::Parts(_) => "several values with names".to_owned(),
        Meaning::Hidden => "unknown".to_owned(),
    }
}
