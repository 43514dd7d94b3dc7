//! Expressions of graphs: arithmetic, calls, pipes, slices, choices. What is known when the text is compiled is computed here;
//! everything else becomes steps.

use std::cell::RefCell;
use std::rc::Rc;

use nn_grammar::ast::{Arg, BinaryOp, Call, Expr, ExprKind, Name, Stage};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::args::bind;
use super::chain::{Builder, Flow, Known, Scope};
use super::flow::{Held, Meaning, Template, Tensor};
use super::mistakes::unknown_layer;
use super::value::{describe, value};
use crate::layers::{self, Layer};
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

    fn name(&mut self, name: &str, expr: &Expr, scope: &mut Scope) -> Meaning {
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

    fn template(&mut self, stage: Stage, scope: &Scope) -> Meaning {
        let (scope, depth, tensors) = (scope.clone(), self.frames.len(), RefCell::new(None));
        Meaning::Layer(Rc::new(Template { stage, scope, depth, tensors }))
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

    /// A stage that is a layer with a name.
    pub(super) fn stage_by_name(&mut self, template: &Rc<Template>, call: &Call, flow: &mut Flow) {
        if let Some(argument) = call.args.first() {
            let message = format!("`{}` is a layer with its arguments already, and takes no more", call.name.text);
            self.report(Diagnostic::new(Code::TooManyArguments, argument.value.span, message).label("not expected"));
            return flow.hide();
        }
        self.apply_template(template, &[], flow);
    }

    /// Applies a layer with a name: the first time it gets its tensors, from then on it has them.
    fn apply_template(&mut self, template: &Rc<Template>, others: &[(&'static str, Tensor)], flow: &mut Flow) {
        let made = template.tensors.borrow().clone();
        let first = self.tensors.len();
        let around = match &made {
            Some(tensors) => self.again.replace(tensors.clone()),
            None => {
                self.shared_inside |= template.depth < self.frames.len();
                self.again.clone()
            }
        };
        let begins = self.again.as_ref().map(|again| again.start);
        let mut scope = template.scope.within(template.scope.prefix.clone());
        match &template.stage {
            Stage::Call(call) if others.is_empty() => self.call(call, &mut scope, flow),
            Stage::Call(call) => self.call_with(call, others, &mut scope, flow),
            Stage::Chain(chain) => self.chain(chain, &mut scope, flow),
        }
        match made {
            Some(tensors) => {
                // Inside of another layer that is used again, these tensors are part of its own.
                self.again =
                    around.map(|around| if around.start == tensors.start { tensors.end..around.end } else { around });
            }
            None => {
                let taken = match (begins, &self.again) {
                    (Some(begins), Some(again)) => begins..again.start,
                    _ => first..self.tensors.len(),
                };
                *template.tensors.borrow_mut() = Some(taken);
            }
        }
    }

    /// A call: of a layer or block with what it works on, or without, as a layer that waits for it.
    fn call_in_expr(&mut self, call: &Call, scope: &mut Scope) -> Meaning {
        let name = call.name.text.as_str();
        if let Some(meaning) = scope.names.get(name).cloned() {
            return match meaning {
                Meaning::Layer(template) => self.call_template(&template, call, scope),
                Meaning::Hidden => Meaning::Hidden,
                other => {
                    let message = format!("`{name}` is {}, and cannot be called", what_is(&other));
                    self.mistake(Diagnostic::new(Code::WrongKind, call.name.span, message))
                }
            };
        }
        let (layer, block) = (layers::find(name), self.blocks.get(name).copied());
        let (required, names): (usize, &[&'static str]) = match (layer, block) {
            (Some(layer), _) => (layer.operands.required, layer.operands.names),
            (None, Some(block)) => (block.inputs.len().max(1), &["x"]),
            (None, None) => return self.mistake(unknown_layer(call, self.blocks)),
        };
        let positional = call.args.iter().take_while(|arg| arg.name.is_none());
        let tensors = positional.clone().take_while(|arg| self.is_tensor(&arg.value, scope)).count();
        // Where a layer works on several values, numbers may be among them: `maximum(0, x)`.
        let any = required > 1 && positional.clone().take(required).any(|arg| self.is_tensor(&arg.value, scope));
        let operands = if any { tensors.max(required.min(positional.count())) } else { tensors };
        if operands == 0 {
            return self.template(Stage::Call(call.clone()), scope);
        }
        let (values, rest) = call.args.split_at(operands);
        let mut flows = Vec::new();
        for arg in values {
            match self.operand(&arg.value, scope) {
                Some(tensor) => flows.push(tensor),
                None => return Meaning::Hidden,
            }
        }
        let mut others: Vec<(&'static str, Tensor)> = Vec::new();
        for (number, tensor) in flows.iter().enumerate().skip(1) {
            others.push((names.get(number).copied().unwrap_or(names[names.len() - 1]), tensor.clone()));
        }
        // Operands may also be given by name.
        let mut settings = Vec::new();
        for arg in rest {
            let named = arg.name.as_ref().and_then(|name| names.iter().skip(1).find(|known| **known == name.text));
            match named {
                Some(operand) => match self.operand(&arg.value, scope) {
                    Some(tensor) => others.push((operand, tensor)),
                    None => return Meaning::Hidden,
                },
                None => settings.push(arg.clone()),
            }
        }
        let mut flow = self.flow(&flows[0]);
        let call = Call { args: settings, ..call.clone() };
        self.call_with(&call, &others, scope, &mut flow);
        self.meaning(flow, call.span)
    }

    /// A call of a layer or block, without its operands, on what flows and others.
    fn call_with(&mut self, call: &Call, others: &[(&'static str, Tensor)], scope: &mut Scope, flow: &mut Flow) {
        let name = call.name.text.as_str();
        if !self.counts(call.name.span) {
            return flow.hide();
        }
        match (layers::find(name), self.blocks.get(name).copied()) {
            (Some(layer), _) => self.layer_with(layer, call, others, scope, flow),
            (None, Some(block)) => self.block_with(block, call, others, scope, flow),
            (None, None) => {
                self.report(unknown_layer(call, self.blocks));
                flow.hide();
            }
        }
    }

    fn layer_with(
        &mut self,
        layer: &'static Layer,
        call: &Call,
        others: &[(&'static str, Tensor)],
        scope: &mut Scope,
        flow: &mut Flow,
    ) {
        let (names, given) = (layer.operands.names, others.len() + 1);
        let fits = given >= layer.operands.required && (layer.operands.more || given <= names.len());
        if !fits {
            let takes = match (layer.operands.required, layer.operands.more) {
                (least, true) => format!("{least} values or more"),
                (least, false) if least < names.len() => format!("{least} to {} values", names.len()),
                (least, false) => words::count(least, "value"),
            };
            let name = layer.signature.name;
            let message = format!("`{name}` works on {takes}, not on {given}");
            self.report(Diagnostic::new(Code::OperandCount, call.span, message));
            return flow.hide();
        }
        match bind(&layer.signature, &call.args, call.span, &scope.env) {
            Ok(args) => self.apply(layer, args, printer::call(call), others, scope, flow),
            Err(diagnostics) => {
                self.report_all(diagnostics);
                flow.hide();
            }
        }
    }

    fn call_template(&mut self, template: &Rc<Template>, call: &Call, scope: &mut Scope) -> Meaning {
        let mut operands = Vec::new();
        for arg in &call.args {
            match self.operand(&arg.value, scope) {
                Some(tensor) => operands.push(tensor),
                None => return Meaning::Hidden,
            }
        }
        let Some((first, rest)) = operands.split_first() else {
            let message = format!("`{}` needs what it works on", call.name.text);
            let help = format!("write `{}(x)`", call.name.text);
            return self.mistake(Diagnostic::new(Code::OperandCount, call.span, message).help(help));
        };
        let names = match &template.stage {
            Stage::Call(inner) => layers::find(&inner.name.text).map_or(&["x"][..], |layer| layer.operands.names),
            Stage::Chain(_) => &["x"][..],
        };
        let named = |(number, tensor): (usize, &Tensor)| {
            (names.get(number + 1).copied().unwrap_or(names[names.len() - 1]), tensor.clone())
        };
        let others: Vec<(&'static str, Tensor)> = rest.iter().enumerate().map(named).collect();
        if let (Stage::Chain(_), [_, ..]) = (&template.stage, &others[..]) {
            let message = format!("`{}` is a chain, and a chain works on one value", call.name.text);
            return self.mistake(Diagnostic::new(Code::OperandCount, call.span, message));
        }
        let mut flow = self.flow(first);
        self.apply_template(template, &others, &mut flow);
        self.meaning(flow, call.span)
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
    fn is_tensor(&self, expr: &Expr, scope: &Scope) -> bool {
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
        let mask = tensors[0].mask.or(tensors[1].mask);
        let mut flow = self.flow(&tensors[0]);
        flow.mask = mask;
        let layer = layers::find(name).expect("operators stand for layers that exist");
        let args = Args { signature: &layer.signature, values: Vec::new(), span: expr.span };
        let others = [(layer.operands.names[1], tensors[1].clone())];
        self.apply(layer, args, printer::expr(expr), &others, scope, &mut flow);
        self.meaning(flow, expr.span)
    }

    fn field(&mut self, parts: &[(String, Meaning)], name: &Name) -> Meaning {
        if let Some((_, part)) = parts.iter().find(|(known, _)| *known == name.text) {
            return part.clone();
        }
        let known: Vec<&str> = parts.iter().map(|(known, _)| known.as_str()).collect();
        let message = format!("there is no part `{}`", name.text);
        let help = words::suggestion(&name.text, &known, "parts");
        self.mistake(Diagnostic::new(Code::UnknownName, name.span, message).maybe_help(help))
    }

    /// `x[0..16]`, `x[.., -1]`: one item for each of the first axes.
    fn slice(&mut self, x: Tensor, items: &[Expr], expr: &Expr, scope: &mut Scope) -> Meaning {
        if items.len() > x.shape.len() {
            let shape = words::shape(&x.shape);
            let message =
                format!("{} positions are given, and {shape} has {}", items.len(), words::count(x.shape.len(), "axis"));
            return self.mistake(Diagnostic::new(Code::WrongRank, expr.span, message));
        }
        let mut flow = self.flow(&x);
        let mut axis = 0;
        for item in items {
            let Known::Shape(shape) = &flow.shape else { return Meaning::Hidden };
            let extent = shape[axis];
            let (start, end, single) = match &item.kind {
                ExprKind::Range(low, high) => {
                    (self.position(low, extent, scope), self.position(high, extent, scope), false)
                }
                ExprKind::Open(low, high) => {
                    let low = low.as_ref().map_or(Some(0), |low| self.position(low, extent, scope));
                    let high = high.as_ref().map_or(Some(extent), |high| self.position(high, extent, scope));
                    (low, high, false)
                }
                _ => {
                    let position = self.position(item, extent, scope);
                    (position, position.map(|position| position + 1), true)
                }
            };
            let (Some(start), Some(end)) = (start, end) else { return Meaning::Hidden };
            if start >= end || end > extent {
                let what = if single { format!("entry {start}") } else { format!("entries {start} to {end}") };
                let message = format!("there are no {what} on an axis of {extent}");
                let message = if single { message.replace("are no", "is no") } else { message };
                return self.mistake(Diagnostic::new(Code::OutOfRange, item.span, message));
            }
            if single || end - start < extent {
                self.part(axis, (start, end - start), single, item.span, scope, &mut flow);
            }
            axis += usize::from(!single);
        }
        self.meaning(flow, expr.span)
    }

    /// A position on an axis; negative ones count from its end.
    fn position(&mut self, expr: &Expr, extent: usize, scope: &mut Scope) -> Option<usize> {
        match self.expr(expr, scope) {
            Meaning::Number(x) if x.fract() == 0.0 && x.abs() <= 9e15 => {
                let position = if x < 0.0 { extent as f64 + x } else { x };
                if position >= 0.0 {
                    return Some(position as usize);
                }
                let message = format!("there is no entry {x} on an axis of {extent}");
                self.report(Diagnostic::new(Code::OutOfRange, expr.span, message));
            }
            Meaning::Hidden => {}
            other => {
                let message = format!("a position is a whole number, not {}", what_is(&other));
                self.report(Diagnostic::new(Code::WrongKind, expr.span, message));
            }
        }
        None
    }

    fn part(
        &mut self,
        axis: usize,
        (start, count): (usize, usize),
        single: bool,
        span: Span,
        scope: &mut Scope,
        flow: &mut Flow,
    ) {
        let layer = layers::find("part").expect("slices stand for it");
        let value = |value| crate::signature::Argument { value, span: Some(span) };
        let values = vec![
            value(Value::Whole(axis as u64)),
            value(Value::Whole(start as u64)),
            value(Value::Dim(count)),
            value(Value::Bool(!single)),
        ];
        let args = Args { signature: &layer.signature, values, span };
        let end = start + count;
        let text = if single {
            format!("part [{start}] of axis {axis}")
        } else {
            format!("part [{start}..{end}] of axis {axis}")
        };
        self.apply(layer, args, text, &[], scope, flow);
    }

    /// A number that is known when the text is compiled and stands for an extent.
    pub(super) fn extent(&mut self, expr: &Expr, scope: &Scope, what: &str) -> Option<usize> {
        match value(expr, Kind::Dim, &scope.env, what) {
            Ok(Value::Dim(n)) => Some(n),
            Ok(_) => None,
            Err(diagnostics) => {
                self.report_all(diagnostics);
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
