//! From chains to steps: every use of a layer gets its arguments, its operands and output shape, its path and its tensors.

use std::collections::BTreeMap;
use std::ops::Range;

use nn_grammar::ast::{Block, Call, Chain, Stage as Written};
use nn_grammar::diagnostic::{Code, Diagnostic, Label};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::args::{bind, bind_call};
pub(super) use super::flow::{Flow, Known, Scope};
use super::flow::{Held, Meaning, Tensor};
use super::mistakes::{depends_on_use, diagnose, misplaced, not_a_stage, unknown_input, unknown_layer};
use super::value::Env;
use super::{MOST_CHAINS, MOST_STAGES, MOST_VALUES, Sink};
use crate::layers::{self, Incoming, Layer, Mask, Role, TensorSpec};
use crate::model::{self, Body, Given, StepKind, Use, Wire};
use crate::signature::{Args, Kind, Param, Value};
use crate::words;

/// The words that work on a chain of their own; all others are layers or blocks.
pub(super) const COMBINATORS: [&str; 6] =
    ["residual", "repeat", "frozen", "checkpoint", "time_distributed", "bidirectional"];

/// A network in the making.
pub(super) struct Builder<'a> {
    pub(super) blocks: &'a BTreeMap<&'a str, &'a Block>,
    pub(super) sink: &'a mut Sink,
    pub(super) tensors: Vec<model::Tensor>,
    pub(super) vocabulary: Option<usize>,
    /// The shape of one input and its value, once a stage has said it.
    pub(super) input: Option<(Vec<usize>, Wire)>,
    /// What has been built so far: of the network, or of the loop that is being built.
    pub(super) body: Body,
    /// The loops around what is being built, the outermost first.
    pub(super) frames: Vec<Frame>,
    /// The tensors that a layer with a name has from its first use, while it is used again.
    pub(super) again: Option<Range<usize>>,
    /// Whether a layer from outside a repetition has got its tensors inside of it.
    pub(super) shared_inside: bool,
    /// Stages so far, with blocks and repetitions written out.
    pub(super) stages: usize,
    /// Stages that have been looked at, those of repetitions that had to be written out after all included.
    visits: usize,
    /// Values in all tensors so far.
    pub(super) values: u128,
    /// Where repetitions have led to, for messages.
    pub(super) notes: Vec<String>,
    /// Chains within chains, those of blocks included.
    depth: usize,
    /// The uses of blocks that have led here, with the names of the blocks.
    pub(super) blocks_in_use: Vec<(String, Span)>,
}

/// A loop in the making.
#[derive(Default)]
pub(super) struct Frame {
    /// The body around it, as far as it is built.
    pub(super) around: Body,
    /// The values of that body which this loop sees whole.
    pub(super) outer: Vec<Wire>,
    /// What they are in the loop.
    seen: BTreeMap<Wire, Wire>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(blocks: &'a BTreeMap<&'a str, &'a Block>, sink: &'a mut Sink) -> Self {
        Self {
            blocks,
            sink,
            tensors: Vec::new(),
            vocabulary: None,
            input: None,
            body: Body::default(),
            frames: Vec::new(),
            again: None,
            shared_inside: false,
            stages: 0,
            visits: 0,
            values: 0,
            notes: Vec::new(),
            depth: 0,
            blocks_in_use: Vec::new(),
        }
    }

    /// Begins the body of a loop.
    pub(super) fn begin_loop(&mut self) {
        let around = std::mem::take(&mut self.body);
        self.frames.push(Frame { around, ..Frame::default() });
    }

    /// Ends the body of a loop: the body, and what it sees of the body around it.
    pub(super) fn end_loop(&mut self) -> (Body, Vec<Wire>) {
        let frame = self.frames.pop().expect("a loop has been begun");
        (std::mem::replace(&mut self.body, frame.around), frame.outer)
    }

    /// Goes back to the body around a loop, for something that belongs there.
    pub(super) fn pause_loop(&mut self) -> (Frame, Body) {
        let mut frame = self.frames.pop().expect("a loop has been begun");
        let body = std::mem::replace(&mut self.body, std::mem::take(&mut frame.around));
        (frame, body)
    }

    /// Goes on with a loop.
    pub(super) fn resume_loop(&mut self, (mut frame, body): (Frame, Body)) {
        frame.around = std::mem::replace(&mut self.body, body);
        self.frames.push(frame);
    }

    /// A value in the body that is being built; a loop sees values of the bodies around it whole.
    pub(super) fn here(&mut self, held: Held) -> Wire {
        (held.depth + 1..=self.frames.len()).fold(held.wire, |wire, depth| {
            if let Some(seen) = self.frames[depth - 1].seen.get(&wire) {
                return *seen;
            }
            let shape = self.frames[depth - 1].around.step(wire).shape.clone();
            let number = self.frames[depth - 1].outer.len();
            self.frames[depth - 1].outer.push(wire);
            let kind = StepKind::Given(Given::Outer(number));
            let body = if depth == self.frames.len() { &mut self.body } else { &mut self.frames[depth].around };
            let seen = body.push(kind, shape);
            self.frames[depth - 1].seen.insert(wire, seen);
            seen
        })
    }

    /// What a value is as what flows.
    pub(super) fn flow(&mut self, tensor: &Tensor) -> Flow {
        Flow {
            shape: Known::Shape(tensor.shape.clone()),
            wire: tensor.held.map(|held| self.here(held)),
            from: Some(tensor.from.clone()),
            head: tensor.head,
            first: false,
            ids: tensor.ids,
            mask: tensor.mask,
            parts: None,
        }
    }

    /// Leads what flows through the stages of a chain.
    pub(super) fn chain(&mut self, chain: &Chain, scope: &mut Scope, flow: &mut Flow) {
        if !self.enters(chain.span) {
            return flow.hide();
        }
        self.stages_of(chain, scope, flow);
        self.depth -= 1;
    }

    /// Goes one level deeper, unless it is too deep already, which is reported.
    pub(super) fn enters(&mut self, span: Span) -> bool {
        if self.depth == MOST_CHAINS {
            let message = format!("more than {MOST_CHAINS} chains stand within each other once blocks are written out");
            let mut diagnostic = Diagnostic::new(Code::TooDeep, span, message).label("too deep here");
            if let Some((name, span)) = self.blocks_in_use.first() {
                diagnostic = diagnostic.also(*span, format!("`{name}` is used here"));
            }
            self.report(diagnostic);
            return false;
        }
        self.depth += 1;
        true
    }

    /// Comes back from a deeper level.
    pub(super) fn leaves(&mut self) {
        self.depth -= 1;
    }

    fn stages_of(&mut self, chain: &Chain, scope: &mut Scope, flow: &mut Flow) {
        if chain.stages.is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyChain, chain.span, "the chain is empty")
                    .help("write at least one stage, as in `< dense(4->3) >`"),
            );
            flow.hide();
        }
        for stage in &chain.stages {
            if self.is_exhausted() {
                break;
            }
            match stage {
                Written::Call(call) => self.call(call, scope, flow),
                Written::Chain(inner) => {
                    let message = "a chain stands where a stage is expected";
                    self.report(
                        Diagnostic::new(Code::UnexpectedChain, inner.span, message)
                            .help("leave its `<` and `>` out, or give it to a combinator such as `residual < … >`"),
                    );
                    flow.hide();
                }
            }
        }
    }

    /// Whether the network has more stages than it may: then nothing of it is followed any further.
    pub(super) fn is_exhausted(&self) -> bool {
        self.stages > MOST_STAGES
    }

    /// Counts a stage; `false`, with a report, if it is one too many.
    pub(super) fn counts(&mut self, span: Span) -> bool {
        self.stages += 1;
        self.visits += 1;
        // Repetitions that change the shape are tried before they are written out; within each other, that adds up.
        if self.visits > 30 * MOST_STAGES {
            self.stages = MOST_STAGES + 1;
        }
        if self.is_exhausted() {
            self.too_many_stages(span);
        }
        !self.is_exhausted()
    }

    pub(super) fn too_many_stages(&mut self, span: Span) {
        let message =
            format!("the network has more than {MOST_STAGES} stages once blocks and repetitions are written out");
        self.report(Diagnostic::new(Code::TooLarge, span, message).label("one too many"));
    }

    /// A stage that is a call.
    pub(super) fn call(&mut self, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        let name = call.name.text.as_str();
        if !self.counts(call.name.span) {
            return flow.hide();
        }
        match (name, scope.names.get(name).cloned()) {
            (_, Some(Meaning::Layer(template))) => self.stage_by_name(&template, call, flow),
            (_, Some(Meaning::Hidden)) => flow.hide(),
            (_, Some(_)) => {
                self.report(not_a_stage(call));
                flow.hide();
            }
            ("residual", _) => self.residual(call, scope, flow),
            ("repeat", _) => self.repeat(call, scope, flow),
            ("frozen", _) => self.frozen(call, scope, flow),
            ("checkpoint", _) => self.checkpoint(call, scope, flow),
            ("time_distributed", _) => self.time_distributed(call, scope, flow),
            ("bidirectional", _) => self.bidirectional(call, scope, flow),
            _ => match (layers::find(name), self.blocks.get(name).copied()) {
                (Some(layer), _) if layer.operands.more && call.chain.is_some() => {
                    self.branches(layer, call, scope, flow);
                }
                (Some(layer), _) => self.layer(layer, call, scope, flow),
                (None, Some(block)) => self.block(block, call, scope, flow),
                (None, None) => {
                    let parameter = scope.env.contains_key(name);
                    self.report(if parameter { not_a_stage(call) } else { unknown_layer(call, self.blocks) });
                    flow.hide();
                }
            },
        }
    }

    pub(super) fn report(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.notes.extend(self.notes.iter().cloned());
        if depends_on_use(diagnostic.code) {
            // Of many, the outermost, which the user wrote last, and the innermost tell enough.
            let last = self.blocks_in_use.len().saturating_sub(1);
            let ends = self.blocks_in_use.iter().enumerate().filter(|(index, _)| [0, last].contains(index));
            let label = |(_, (name, span)): (usize, &(String, Span))| Label {
                span: *span,
                text: format!("`{name}` is used here"),
            };
            diagnostic.secondary.extend(ends.map(label));
        }
        self.sink.report(diagnostic);
    }

    pub(super) fn report_all(&mut self, diagnostics: Vec<Diagnostic>) {
        for diagnostic in diagnostics {
            self.report(diagnostic);
        }
    }

    /// The chain of a combinator, which must have one.
    pub(super) fn chain_of<'c>(&mut self, call: &'c Call, flow: &mut Flow) -> Option<&'c Chain> {
        if call.chain.is_none() {
            let name = &call.name.text;
            self.report(
                Diagnostic::new(Code::MissingChain, call.span, format!("`{name}` needs the chain that it works on"))
                    .help(format!("write `{name} < dense(16, relu) >`")),
            );
            flow.hide();
        }
        call.chain.as_ref()
    }

    /// A use of a layer, and of the activation among its arguments as a stage behind it.
    fn layer(&mut self, layer: &'static Layer, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        if layer.operands.required > 1 {
            let (name, count) = (layer.signature.name, layer.operands.required);
            let message = format!("`{name}` works on {count} values, and only one flows here");
            let mut diagnostic = Diagnostic::new(Code::OperandCount, call.span, message);
            if layer.operands.more {
                diagnostic = diagnostic.help(format!("give it chains, as in `{name} < < dense(4) >, < dense(4) > >`"));
            } else {
                diagnostic =
                    diagnostic.help(format!("call it with both, as in `{name}(a, b)`, in a body with `{{ }}`"));
            }
            self.report(diagnostic);
            return flow.hide();
        }
        match bind_call(&layer.signature, call, &scope.env) {
            Ok(args) => self.apply(layer, args, printer::call(call), &[], scope, flow),
            Err(diagnostics) => {
                self.report_all(diagnostics);
                flow.first = false;
                flow.hide();
            }
        }
    }

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
        let keeps = match layer.mask {
            Mask::Keeps => true,
            Mask::Drops => false,
            Mask::KeepsWithAxes => output.len() == input.len(),
        };
        flow.mask = flow.mask.filter(|_| keeps);
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
                model::Tensor { name, spec, copies: Vec::new() }
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

    /// The arguments of a combinator.
    pub(super) fn combinator_args(
        &mut self,
        signature: &'static crate::signature::Signature,
        call: &Call,
        env: &Env,
        flow: &mut Flow,
    ) -> Option<Args> {
        match bind(signature, &call.args, call.name.span, env) {
            Ok(args) => Some(args),
            Err(diagnostics) => {
                self.report_all(diagnostics);
                flow.hide();
                None
            }
        }
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

/// `embedding(8)` of ids that are declared has a vector for each class.
fn infer_vocabulary(args: &mut Args, flow: &Flow) {
    let index = args.signature.params.iter().position(|param| param.name == "width").unwrap_or(0);
    if let (Value::Flow(None, width), Some(classes)) = (&args.values[index].value, flow.ids) {
        args.values[index].value = Value::Flow(Some(classes), *width);
    }
}
