//! Putting layers behind what flows: operands, masks, shapes, tensors and their sizes.

use std::ops::Range;

use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::MOST_VALUES;
use super::chain::{Builder, Flow, Known, Scope};
use super::flow::{Held, Tensor};
use super::mistakes::{diagnose, misplaced, unknown_input};
use crate::layers::{self, Incoming, Layer, Mask, Operands, Role, TensorSpec};
use crate::model::{self, Given, StepKind, Use, Wire};
use crate::signature::{Args, Kind, Param, Value};
use crate::words;

impl Builder<'_> {
    /// Puts a layer with its arguments and further operands behind what flows, then its activation.
    pub(super) fn apply(
        &mut self,
        layer: &'static Layer,
        args: Args,
        text: String,
        others: &[(&'static str, Tensor)],
        scope: &mut Scope,
        flow: &mut Flow,
    ) {
        let activation = activation_of(&args).cloned();
        self.place(layer, args, text.clone(), others, scope, flow);
        if let Some(args) = activation {
            let layer = layers::find(args.signature.name).expect("an activation is a layer");
            self.place(layer, args, text, &[], scope, flow);
        }
    }

    /// Puts a layer behind what flows so far.
    fn place(
        &mut self,
        layer: &'static Layer,
        mut args: Args,
        text: String,
        others: &[(&'static str, Tensor)],
        scope: &mut Scope,
        flow: &mut Flow,
    ) {
        let path = scope.path(layer.signature.name);
        let quoted = format!("`{text}`");
        let mut others = others.to_vec();
        self.add_mask(layer, &mut others, flow);
        if layer.role == Role::Ids {
            infer_vocabulary(&mut args, flow);
        }
        let shapes: Vec<(&'static str, &[usize])> =
            others.iter().map(|(name, tensor)| (*name, &tensor.shape[..])).collect();
        let next = self.shapes(layer, &args, &shapes, &quoted, flow);
        flow.head = match layer.role {
            Role::Head(head) => Some((head, args.span)),
            _ => None,
        };
        // A mask travels beside ids as beside numbers.
        let passes_on = matches!(layer.role, Role::Input | Role::Mask);
        flow.first &= passes_on;
        flow.ids = flow.ids.filter(|_| passes_on);
        let from = flow.from.replace((quoted, args.span));
        let Some((input, output)) = next else { return flow.hide() };
        let from = from.as_ref().map_or("the input", |(from, _)| from);
        let specs = (layer.tensors)(&args, &Incoming { shape: &input, others: &shapes, from });
        if let Err(diagnostic) = self.measure(&specs, &output, &text, args.span) {
            self.report(diagnostic);
            return flow.hide();
        }
        let Some(tensors) = self.take_tensors(specs, &path, &text, args.span) else { return flow.hide() };
        let held: Option<Vec<Held>> = others.iter().map(|(_, tensor)| tensor.held).collect();
        // Behind a mistake shapes go on, values do not.
        let wire = flow.wire.zip(held).map(|(wire, held)| {
            let first = (layer.operands.names[0], wire);
            let rest: Vec<(&'static str, Wire)> =
                others.iter().zip(held).map(|((name, _), held)| (*name, self.here(held))).collect();
            let operands = [first].into_iter().chain(rest).collect();
            let shape = output.clone();
            let layer =
                Use { layer, args, path, text, operands, input: input.clone(), output: output.clone(), tensors };
            self.body.push(StepKind::Layer(Box::new(layer)), shape)
        });
        if layer.role == Role::Mask {
            // What it yields travels beside what it is made of.
            flow.mask = wire.map(|wire| Held { wire, depth: self.frames.len() });
            flow.shape = Known::Shape(input);
            return;
        }
        flow.mask = mask_behind(layer, (&input, flow.mask), &others, &output);
        flow.shape = Known::Shape(output);
        flow.wire = wire;
    }

    /// Gives a layer that takes a mask the one that travels beside its keys or, without such, beside what flows.
    fn add_mask(&mut self, layer: &Layer, others: &mut Vec<(&'static str, Tensor)>, flow: &Flow) {
        let takes = layer.operands.names.iter().skip(1).any(|name| *name == "mask");
        let given = others.iter().any(|(name, _)| *name == "mask");
        let (mask, steps) = match (others.iter().find(|(name, _)| *name == "key"), &flow.shape) {
            (Some((_, key)), _) => (key.mask, key.shape.first()),
            (None, Known::Shape(shape)) => (flow.mask, shape.first()),
            (None, Known::NotYet | Known::Hidden) => return,
        };
        if let (true, false, Some(mask), Some(steps)) = (takes, given, mask, steps) {
            let from = ("the mask".to_owned(), Span::default());
            let tensor = Tensor { held: Some(mask), shape: vec![*steps], from, head: None, ids: None, mask: None };
            others.push(("mask", tensor));
        }
    }

    /// New tensors; or, where a layer with a name is used again, those that it has.
    pub(super) fn take_tensors(
        &mut self,
        specs: Vec<TensorSpec>,
        path: &str,
        text: &str,
        span: Span,
    ) -> Option<Range<usize>> {
        let count = specs.len();
        let Some(again) = &mut self.again else {
            let first = self.tensors.len();
            let tensor = |spec: TensorSpec| {
                let name = if spec.name.is_empty() { path.to_owned() } else { format!("{path}.{}", spec.name) };
                model::Tensor { name, spec, copies: Vec::new(), frozen: false }
            };
            self.tensors.extend(specs.into_iter().map(tensor));
            return Some(first..self.tensors.len());
        };
        let taken = again.start..again.start + count;
        again.start = taken.end;
        let known = self.tensors.get(taken.clone()).unwrap_or_default();
        let other = known.iter().zip(&specs).find(|(known, spec)| known.spec.shape != spec.shape);
        let Some((known, spec)) = other else { return Some(taken) };
        let (now, before) = (words::shape(&spec.shape), words::shape(&known.spec.shape));
        let message = format!("`{text}` needs `{}` {now} here, but has {before} from its first use", known.name);
        self.report(
            Diagnostic::new(Code::WidthMismatch, span, message)
                .label("used again with another input")
                .help("a layer with a name has one set of parameters: give it the same shape, or write a second layer"),
        );
        None
    }

    /// Says what the input of the network is.
    pub(super) fn enter(&mut self, shape: &[usize], flow: &mut Flow) {
        let wire = self.body.push(StepKind::Given(Given::Port(0)), shape.to_vec());
        self.input = Some((shape.to_vec(), wire));
        flow.wire = Some(wire);
    }

    /// Input and output shape of a layer at this place.
    fn shapes(
        &mut self,
        layer: &Layer,
        args: &Args,
        others: &[(&'static str, &[usize])],
        text: &str,
        flow: &mut Flow,
    ) -> Option<(Vec<usize>, Vec<usize>)> {
        if let Some(diagnostic) = misplaced(layer, args, text, flow) {
            self.report(diagnostic);
            return None;
        }
        let stated = (layer.input)(args);
        let input = match (&flow.shape, stated) {
            (Known::Shape(shape), _) => shape.clone(),
            (Known::NotYet, Some(stated)) => stated,
            (Known::Hidden, Some(stated)) => stated,
            (Known::Hidden, None) => return None,
            (Known::NotYet, None) => {
                self.report(unknown_input(layer, args, text));
                return None;
            }
        };
        if flow.shape == Known::NotYet {
            self.enter(&input, flow);
        }
        if let (Role::Ids, Some(classes), (Some(vocabulary), _)) = (layer.role, flow.ids, id_width(layer, args))
            && classes > vocabulary
        {
            let message = format!("{text} has a vector for {vocabulary} ids, but there are {classes} classes");
            let span = args.span_of("width");
            self.report(Diagnostic::new(Code::WidthMismatch, span, message).help("leave the number out, or state it"));
            return None;
        }
        if layer.role == Role::Ids && flow.ids.is_none() {
            self.vocabulary = args.flow("width").0;
        }
        let from = flow.from.as_ref().map_or("the input", |(from, _)| from);
        match (layer.output)(args, &Incoming { shape: &input, others, from }) {
            Ok(output) => Some((input, output)),
            Err(complaint) => {
                self.report(diagnose(&complaint, args, &input, flow));
                // What follows is judged as if this layer had been given what it states.
                let stated = (layer.input)(args).filter(|stated| *stated != input)?;
                let output = (layer.output)(args, &Incoming { shape: &stated, others, from }).ok()?;
                flow.wire = None;
                Some((stated, output))
            }
        }
    }

    /// Adds up what a use needs; too much is refused before anything is allocated.
    pub(super) fn measure(
        &mut self,
        specs: &[TensorSpec],
        output: &[usize],
        text: &str,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let product = |extents: &[usize]| extents.iter().fold(1u128, |all, n| all.saturating_mul(*n as u128));
        let weights = specs.iter().map(|spec| product(&spec.shape)).fold(0, u128::saturating_add);
        if self.again.is_none() {
            self.values = self.values.saturating_add(weights);
        }
        let limit = format!("the limit is {MOST_VALUES} values, {} in f32", words::bytes(MOST_VALUES * 4));
        let too_large =
            |what: String| Err(Diagnostic::new(Code::TooLarge, span, what).label("too large").note(limit.clone()));
        if weights > MOST_VALUES {
            let size = words::bytes(weights.saturating_mul(4));
            let tensor = |spec: &TensorSpec| format!("`{}` {}", spec.name, words::shape(&spec.shape));
            let mut tensors: Vec<String> = specs.iter().take(3).map(tensor).collect();
            if specs.len() > tensors.len() {
                tensors.push(format!("{} more", specs.len() - tensors.len()));
            }
            return too_large(format!("`{text}` needs {weights} weights, {size} in f32"))
                .map_err(|diagnostic| diagnostic.note(format!("its tensors are {}", tensors.join(" and "))));
        }
        if product(output) > MOST_VALUES {
            let size = words::bytes(product(output).saturating_mul(4));
            return too_large(format!("one output of `{text}` has {} values, {size} in f32", product(output)));
        }
        if self.values > MOST_VALUES {
            let size = words::bytes(self.values.saturating_mul(4));
            return too_large(format!("with `{text}` the network has {} weights, {size} in f32", self.values));
        }
        Ok(())
    }
}

fn activation_of(args: &Args) -> Option<&Args> {
    let is_one = |param: &Param| param.name == "activation" && param.kind == Kind::Activation;
    let declared = args.signature.params.iter().any(is_one);
    if declared { args.activation("activation") } else { None }
}

/// The ids and the width that a layer of ids states.
fn id_width(layer: &Layer, args: &Args) -> (Option<usize>, usize) {
    if layer.role == Role::Ids { args.flow("width") } else { (None, 0) }
}

/// The mask that goes on beside the output: that of the first operand or, where a layer joins several, of another, if its
/// steps are those of the output.
fn mask_behind(
    layer: &Layer,
    first: (&[usize], Option<Held>),
    others: &[(&'static str, Tensor)],
    output: &[usize],
) -> Option<Held> {
    let stays = |shape: &[usize]| shape.len() == output.len() && shape.first() == output.first();
    let joins = layer.operands.names == Operands::TWO.names;
    let further = others.iter().filter(|_| joins).map(|(_, tensor)| (&tensor.shape[..], tensor.mask));
    match layer.mask {
        Mask::Drops => None,
        // Ids of steps get an axis behind them.
        _ if layer.role == Role::Ids => first.1,
        Mask::KeepsWithAxes => first.1.filter(|_| stays(first.0)),
        Mask::Keeps => std::iter::once(first).chain(further).find_map(|(shape, mask)| mask.filter(|_| stays(shape))),
    }
}

/// `embedding(8)` of ids that are declared has a vector for each class.
fn infer_vocabulary(args: &mut Args, flow: &Flow) {
    let index = args.signature.params.iter().position(|param| param.name == "width").unwrap_or(0);
    if let (Value::Flow(None, width), Some(classes)) = (&args.values[index].value, flow.ids) {
        args.values[index].value = Value::Flow(Some(classes), *width);
    }
}
