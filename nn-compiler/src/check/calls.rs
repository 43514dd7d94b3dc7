//! Calls in expressions: of layers and blocks with what they work on, and of layers with a name, which share their parameters.

use std::rc::Rc;

use nn_grammar::ast::{Arg, Call, Stage};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;

use super::args::bind;
use super::chain::{Builder, Flow, Scope};
use super::expr::what_is;
use super::flow::{Meaning, Template, Tensor};
use super::gradient::GRADIENT;
use super::mistakes::unknown_layer;
use crate::layers::{self, Layer};
use crate::words;

/// Values that a layer works on, behind the first, with its names for them.
type Operands = Vec<(&'static str, Tensor)>;

impl Builder<'_> {
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
        let made = self.shared.get(&template.number).cloned();
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
                self.shared.insert(template.number, taken);
            }
        }
    }

    /// A call: of a layer or block with what it works on, or without, as a layer that waits for it.
    pub(super) fn call_in_expr(&mut self, call: &Call, scope: &mut Scope) -> Meaning {
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
        if name == GRADIENT && block.is_none() {
            return self.gradient(call, scope);
        }
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
        let mut others: Operands = Vec::new();
        for (number, tensor) in flows.iter().enumerate().skip(1) {
            others.push((names.get(number).copied().unwrap_or(names[names.len() - 1]), tensor.clone()));
        }
        let Some((named, settings)) = self.named_operands(names, rest, scope) else { return Meaning::Hidden };
        others.extend(named);
        let mut flow = self.flow(&flows[0]);
        let call = Call { args: settings, ..call.clone() };
        self.call_with(&call, &others, scope, &mut flow);
        self.meaning(flow, call.span)
    }

    /// The values among arguments that have the name of an operand behind the first, and the other arguments.
    pub(super) fn named_operands(
        &mut self,
        names: &[&'static str],
        args: &[Arg],
        scope: &mut Scope,
    ) -> Option<(Operands, Vec<Arg>)> {
        let (mut operands, mut settings) = (Vec::new(), Vec::new());
        for arg in args {
            let named = arg.name.as_ref().and_then(|name| names.iter().skip(1).find(|known| **known == name.text));
            match named {
                Some(operand) => operands.push((*operand, self.operand(&arg.value, scope)?)),
                None => settings.push(arg.clone()),
            }
        }
        Some((operands, settings))
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

    pub(super) fn layer_with(
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
        let others: Operands = rest.iter().enumerate().map(named).collect();
        if let (Stage::Chain(_), [_, ..]) = (&template.stage, &others[..]) {
            let message = format!("`{}` is a chain, and a chain works on one value", call.name.text);
            return self.mistake(Diagnostic::new(Code::OperandCount, call.span, message));
        }
        let mut flow = self.flow(first);
        self.apply_template(template, &others, &mut flow);
        self.meaning(flow, call.span)
    }
}
