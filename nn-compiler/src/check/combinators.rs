//! The combinators, which work on chains: `residual`, `repeat`, `frozen`, `checkpoint`, `time_distributed`, `bidirectional`, and joins of branches.

use nn_grammar::ast::{Call, Chain, Stage as Written};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::args::bind;
use super::chain::{Builder, Flow, Known, Scope};
use super::flow::{Held, Tensor};
use super::{MOST_STAGES, MOST_VALUES};
use crate::ir::Yielded;
use crate::layers::{self, Layer, Role, add, part};
use crate::model::{Body, Given, Loop, Step, StepKind, Use, Wire};
use crate::signature::{Args, Kind, Param, Signature};
use crate::words;

static RESIDUAL: Signature = Signature {
    name: "residual",
    doc: "`y = x + f(x)` for the chain `f`, which must keep the shape. Source: He et al., Deep Residual Learning (2015), eq. 1.",
    params: &[],
};

static REPEAT: Signature = Signature {
    name: "repeat",
    doc: "Its chain, n times, each time with parameters of its own.",
    params: &[Param::required("n", Kind::Dim, "how many times")],
};

static FROZEN: Signature =
    Signature { name: "frozen", doc: "Its chain, whose parameters keep their initial or loaded values.", params: &[] };

static CHECKPOINT: Signature = Signature {
    name: "checkpoint",
    doc: "Its chain, of which training keeps only the input: the backward pass computes the rest once more. Less memory, more time. \
          Source: Chen et al., Training Deep Nets with Sublinear Memory Cost (2016).",
    params: &[],
};

static TIME_DISTRIBUTED: Signature = Signature {
    name: "time_distributed",
    doc: "Its chain, applied to each entry of the first axis with the same parameters: `[t, …]` becomes `[t, …]`.",
    params: &[],
};

static BIDIRECTIONAL: Signature = Signature {
    name: "bidirectional",
    doc: "Its chain on a sequence, and once more, with parameters of its own, on the reversed one; both results side by side \
          on the last axis. Source: Schuster and Paliwal, Bidirectional Recurrent Neural Networks (1997).",
    params: &[],
};

impl Builder<'_> {
    pub(super) fn residual(&mut self, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        let path = scope.path("residual");
        let args = self.combinator_args(&RESIDUAL, call, &scope.env, flow);
        let (Some(chain), Some(args)) = (self.chain_of(call, flow), args) else { return };
        let before = (flow.shape.clone(), flow.wire);
        self.chain(chain, &mut scope.within(format!("{path}.")), flow);
        // Where the chain itself says what its input is, that is the input of the network.
        let (entered, wire) = match (before, &self.input) {
            ((Known::NotYet, _), Some((input, wire))) => (Known::Shape(input.clone()), Some(*wire)),
            (before, _) => before,
        };
        if let (Known::Shape(from), Known::Shape(to)) = (&entered, &flow.shape) {
            if from == to {
                let sum = |(x, y)| {
                    let layer = &add::ADD;
                    let args = Args { signature: &layer.signature, values: Vec::new(), span: args.span };
                    let operands = vec![("a", x), ("b", y)];
                    let (input, output, text) = (from.clone(), to.clone(), "residual".to_owned());
                    let sum = Use { layer, args, path, text, operands, input, output, tensors: 0..0 };
                    self.body.push(StepKind::Layer(Box::new(sum)), to.clone())
                };
                flow.wire = wire.zip(flow.wire).map(sum);
            } else {
                self.report(residual_shape(chain, from, to));
            }
        }
        flow.leave(&printer::call(call), call.span);
    }

    pub(super) fn repeat(&mut self, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        let path = scope.path("repeat");
        let args = self.combinator_args(&REPEAT, call, &scope.env, flow);
        let (Some(chain), Some(args)) = (self.chain_of(call, flow), args) else { return };
        let times = args.dim("n");
        if times > MOST_STAGES {
            let message = format!("`repeat` takes at most {MOST_STAGES} repetitions, not {times}");
            self.report(Diagnostic::new(Code::TooLarge, args.span_of("n"), message).label("too many"));
            return flow.hide();
        }
        if times == 1 || !self.repeat_as_loop(chain, times, &path, scope, flow) {
            self.repeat_written_out(chain, times, &path, scope, flow);
        }
    }

    /// Builds a loop whose body is the chain, if the chain keeps the shape; else leaves all as it was.
    fn repeat_as_loop(&mut self, chain: &Chain, times: usize, path: &str, scope: &Scope, flow: &mut Flow) -> bool {
        let (Known::Shape(shape), Some(wire)) = (flow.shape.clone(), flow.wire) else { return false };
        let before = (flow.clone(), self.tensors.len(), self.again.clone(), self.stages, self.values);
        let known = self.shared.clone();
        let mistakes = self.sink.diagnostics.len();
        let shared = std::mem::take(&mut self.shared_inside);
        self.begin_loop();
        flow.wire = Some(self.body.push(StepKind::Given(Given::Carried(0)), shape.clone()));
        self.chain(chain, &mut scope.within(format!("{path}.*.")), flow);
        let (body, outer) = self.end_loop();
        let shared_here = std::mem::replace(&mut self.shared_inside, shared);
        let (flow_before, tensors, again, stages, values) = before;
        let first = again.as_ref().map_or(tensors, |again| again.start);
        let end = self.again.as_ref().map_or(self.tensors.len(), |again| again.start);
        let hidden = flow.shape == Known::Hidden;
        let keeps = flow.shape == Known::Shape(shape.clone()) && flow.head.is_none() && !shared_here;
        let all = (self.values - values).saturating_mul(times as u128).saturating_add(values);
        match flow.wire {
            Some(last) if keeps && all <= MOST_VALUES && self.sink.diagnostics.len() == mistakes => {
                self.values = all;
                self.stages = stages.saturating_add((self.stages - stages).saturating_mul(times));
                for tensor in &mut self.tensors[tensors..] {
                    tensor.copies.insert(0, times);
                }
                let inner = Loop {
                    path: path.to_owned(),
                    steps: times,
                    recompute: false,
                    reverse: false,
                    stacked: first..end,
                    sequences: Vec::new(),
                    initial: vec![wire],
                    outer,
                    body,
                    next: vec![last],
                    emits: Vec::new(),
                };
                let inner = self.body.push(StepKind::Loop(Box::new(inner)), Vec::new());
                flow.wire = Some(self.body.push(StepKind::Yielded(inner, Yielded::Left(0)), shape));
                flow.mask = flow_before.mask.filter(|_| flow.mask.is_some());
                if self.is_exhausted() {
                    self.too_many_stages(chain.span);
                    flow.hide();
                }
                true
            }
            _ => {
                (*flow, self.again, self.values, self.shared) = (flow_before, again, values, known);
                // A network that is too large stays so.
                if !self.is_exhausted() {
                    self.stages = stages;
                }
                self.tensors.truncate(tensors);
                // The first repetition, written out, would only tell the same again, and so would all that stand in it.
                let mistaken = hidden || self.sink.diagnostics.len() > mistakes;
                if mistaken || self.is_exhausted() {
                    flow.hide();
                    return true;
                }
                false
            }
        }
    }

    fn repeat_written_out(&mut self, chain: &Chain, times: usize, path: &str, scope: &Scope, flow: &mut Flow) {
        let before = flow.shape.clone();
        for time in 1..=times {
            let mistakes = self.sink.diagnostics.len();
            if time > 1 {
                self.notes.push(format!("in repetition {time} of `repeat({times})`"));
            }
            self.chain(chain, &mut scope.within(format!("{path}.{time}.")), flow);
            if time > 1 {
                self.notes.pop();
            }
            // Behind a mistake, a second repetition could only tell the same again.
            if self.is_exhausted() || (flow.shape == Known::Hidden && self.sink.diagnostics.len() == mistakes) {
                break;
            }
            if self.sink.diagnostics.len() > mistakes {
                if let (2.., Known::Shape(shape)) = (time, &before) {
                    self.explain_repetition(mistakes, shape);
                }
                break;
            }
        }
    }

    /// What the first repetition was given, a later one was not: to the mistakes from `first` on, that is the help.
    fn explain_repetition(&mut self, first: usize, given: &[usize]) {
        let shape = words::shape(given);
        for mistake in self.sink.diagnostics[first..].iter_mut().filter(|mistake| mistake.code == Code::WidthMismatch) {
            mistake.help =
                Some(format!("a repetition takes what the one before it yields: let the chain yield {shape} again"));
        }
    }

    pub(super) fn frozen(&mut self, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        let path = scope.path("frozen");
        let args = self.combinator_args(&FROZEN, call, &scope.env, flow);
        let (Some(chain), Some(_)) = (self.chain_of(call, flow), args) else { return };
        let first = self.tensors.len();
        self.chain(chain, &mut scope.within(format!("{path}.")), flow);
        self.tensors[first..].iter_mut().for_each(|tensor| tensor.spec.trained = false);
    }

    pub(super) fn checkpoint(&mut self, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        let path = scope.path("checkpoint");
        let args = self.combinator_args(&CHECKPOINT, call, &scope.env, flow);
        let (Some(chain), Some(_)) = (self.chain_of(call, flow), args) else { return };
        if flow.shape == Known::NotYet {
            let message = "`checkpoint` stands first, and nothing says what one input looks like";
            let diagnostic = Diagnostic::new(Code::UnknownInput, call.span, message);
            self.report(diagnostic.help("begin with `input(4)`, or put the first layer before it"));
            return flow.hide();
        }
        // A loop of one step, which sees the input whole.
        let entered = flow.wire.map(|wire| Held { wire, depth: self.frames.len() });
        self.begin_loop();
        flow.wire = entered.map(|held| self.here(held));
        self.chain(chain, &mut scope.within(format!("{path}.")), flow);
        let (body, outer) = self.end_loop();
        let (Known::Shape(shape), Some(last)) = (flow.shape.clone(), flow.wire) else { return flow.hide() };
        let inner = Loop {
            path: path.clone(),
            steps: 1,
            recompute: true,
            reverse: false,
            stacked: 0..0,
            sequences: Vec::new(),
            initial: Vec::new(),
            outer,
            body,
            next: Vec::new(),
            emits: vec![last],
        };
        let inner = self.body.push(StepKind::Loop(Box::new(inner)), Vec::new());
        let stacked = [&[1], &shape[..]].concat();
        let emitted = self.body.push(StepKind::Yielded(inner, Yielded::Emitted(0)), stacked.clone());
        let only = Use {
            layer: &part::PART,
            args: part::entry(0, 0, call.span),
            path,
            text: "checkpoint".to_owned(),
            operands: vec![("x", emitted)],
            input: stacked,
            output: shape.clone(),
            tensors: 0..0,
        };
        flow.wire = Some(self.body.push(StepKind::Layer(Box::new(only)), shape));
        flow.mask = flow.mask.filter(|mask| mask.depth <= self.frames.len());
        flow.leave(&printer::call(call), call.span);
    }

    pub(super) fn time_distributed(&mut self, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        let path = scope.path("time_distributed");
        let args = self.combinator_args(&TIME_DISTRIBUTED, call, &scope.env, flow);
        let (Some(chain), Some(_)) = (self.chain_of(call, flow), args) else { return };
        let Some((steps, element)) = self.steps_of(call, flow) else { return flow.hide() };
        let (sequence, mask) = (flow.wire, flow.mask);
        self.begin_loop();
        flow.shape = Known::Shape(element.clone());
        flow.wire = sequence.map(|_| self.body.push(StepKind::Given(Given::Element(0)), element));
        self.chain(chain, &mut scope.within(format!("{path}.")), flow);
        let (mut body, outer) = self.end_loop();
        let Known::Shape(shape) = flow.shape.clone() else { return };
        let shape = [&[steps], &shape[..]].concat();
        let head = flow.wire.and_then(|last| take_head(&mut body, last));
        let last = head.as_ref().map_or(flow.wire, |head| Some(head.operands[0].1));
        flow.wire = sequence.zip(last).map(|(sequence, emitted)| {
            let inner = Loop {
                path,
                steps,
                recompute: false,
                reverse: false,
                stacked: 0..0,
                sequences: vec![sequence],
                initial: Vec::new(),
                outer,
                body,
                next: Vec::new(),
                emits: vec![emitted],
            };
            let inner = self.body.push(StepKind::Loop(Box::new(inner)), Vec::new());
            let logits = self.body.push(StepKind::Yielded(inner, Yielded::Emitted(0)), shape.clone());
            let Some(head) = head else { return logits };
            let operands = vec![(head.operands[0].0, logits)];
            let head = Use { operands, input: shape.clone(), output: shape.clone(), ..head };
            self.body.push(StepKind::Layer(Box::new(head)), shape.clone())
        });
        flow.shape = Known::Shape(shape);
        flow.mask = mask;
        flow.leave(&printer::call(call), call.span);
    }

    /// The steps of a sequence that flows, and the shape of one; a mistake is reported.
    fn steps_of(&mut self, call: &Call, flow: &Flow) -> Option<(usize, Vec<usize>)> {
        let name = &call.name.text;
        let diagnostic = match &flow.shape {
            Known::Shape(shape) if shape.len() > 1 => return Some((shape[0], shape[1..].to_vec())),
            Known::Shape(shape) => {
                let message = format!("`{name}` works on a sequence `[t, …]`, not on {}", words::shape(shape));
                Diagnostic::new(Code::WrongRank, call.span, message).label("there are no steps to go through")
            }
            Known::NotYet => {
                let message = format!("`{name}` stands first, and nothing says what one input looks like");
                Diagnostic::new(Code::UnknownInput, call.span, message)
                    .help("begin with `input(20, 4)`: steps, then values")
            }
            Known::Hidden => return None,
        };
        self.report(diagnostic);
        None
    }

    pub(super) fn bidirectional(&mut self, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        let path = scope.path("bidirectional");
        let args = self.combinator_args(&BIDIRECTIONAL, call, &scope.env, flow);
        let (Some(chain), Some(_)) = (self.chain_of(call, flow), args) else { return };
        let Some((steps, _)) = self.steps_of(call, flow) else { return flow.hide() };
        let span = call.span;
        let mut inner = scope.within(format!("{path}.backward."));
        let mut backward = flow.clone();
        self.reverse(&mut backward, span, &mut inner);
        if let Some(mask) = flow.mask {
            let wire = self.here(mask);
            let mut mask = Flow { wire: Some(wire), shape: Known::Shape(vec![steps]), mask: None, ..backward.clone() };
            self.reverse(&mut mask, span, &mut inner);
            backward.mask = mask.wire.map(|wire| Held { wire, depth: self.frames.len() });
        }
        self.chain(chain, &mut scope.within(format!("{path}.forward.")), flow);
        let mistakes = self.sink.diagnostics.len();
        self.chain(chain, &mut inner, &mut backward);
        // The second pass could only tell the same mistakes again.
        self.sink.diagnostics.truncate(mistakes);
        if matches!(&backward.shape, Known::Shape(shape) if shape.len() > 1 && shape[0] == steps) {
            self.reverse(&mut backward, span, &mut inner);
        }
        let Some(other) = backward.tensor(self.frames.len(), span) else { return flow.hide() };
        self.named_layer("concat", &[("b", other)], span, &mut scope.within(format!("{path}.")), flow);
        flow.leave(&printer::call(call), span);
    }

    fn reverse(&mut self, flow: &mut Flow, span: Span, scope: &mut Scope) {
        self.named_layer("reverse", &[], span, scope, flow);
    }

    /// Applies a layer of this name with its default arguments.
    pub(super) fn named_layer(
        &mut self,
        name: &str,
        others: &[(&'static str, Tensor)],
        span: Span,
        scope: &mut Scope,
        flow: &mut Flow,
    ) {
        let layer = layers::find(name).expect("the checker names layers that exist");
        let args = bind(&layer.signature, &[], span, &scope.env).expect("all its arguments have defaults");
        self.apply(layer, args, name.to_owned(), others, scope, flow);
    }

    /// `concat < <a>, <b> >`: what flows goes through each chain, and the results are joined.
    pub(super) fn branches(&mut self, layer: &'static Layer, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        let Some(chain) = self.chain_of(call, flow) else { return };
        let args = match bind(&layer.signature, &call.args, call.span, &scope.env) {
            Ok(args) => args,
            Err(diagnostics) => {
                self.report_all(diagnostics);
                return flow.hide();
            }
        };
        let name = &call.name.text;
        if chain.stages.len() < 2 {
            let message = format!("`{name}` joins two chains or more");
            let help = format!(
                "write `{name} < < dense(4) >, < dense(4) > >`; an empty chain `< identity >` passes its input on"
            );
            self.report(Diagnostic::new(Code::OperandCount, chain.span, message).help(help));
            return flow.hide();
        }
        let path = scope.path(name);
        let entered = flow.clone();
        let mut results: Vec<Option<Tensor>> = Vec::new();
        for (number, stage) in chain.stages.iter().enumerate() {
            let mut branch = entered.clone();
            if let (Known::NotYet, Some((input, wire))) = (&branch.shape, &self.input) {
                (branch.shape, branch.wire) = (Known::Shape(input.clone()), Some(*wire));
            }
            let mut inner = scope.within(format!("{path}.{}.", number + 1));
            match stage {
                Written::Chain(chain) => self.chain(chain, &mut inner, &mut branch),
                Written::Call(call) => self.call(call, &mut inner, &mut branch),
            }
            if number == 0 {
                *flow = branch.clone();
            }
            results.push(branch.tensor(self.frames.len(), call.span));
        }
        let Some(others) = results.into_iter().skip(1).collect::<Option<Vec<Tensor>>>() else { return flow.hide() };
        let names = layer.operands.names;
        let named = |(number, tensor): (usize, Tensor)| (names[(number + 1).min(names.len() - 1)], tensor);
        let others: Vec<(&'static str, Tensor)> = others.into_iter().enumerate().map(named).collect();
        self.apply(layer, args, printer::call(call), &others, scope, flow);
        flow.mask = entered.mask.filter(|_| flow.mask.is_some());
    }
}

fn residual_shape(chain: &Chain, from: &[usize], to: &[usize]) -> Diagnostic {
    let help = match (from.split_last(), to.split_last()) {
        (Some((width, outer)), Some((_, same))) if outer == same => format!("end its chain in `dense({width})`"),
        _ => format!("let its chain yield {}", words::shape(from)),
    };
    let (from, to) = (words::shape(from), words::shape(to));
    let message = format!("`residual` adds its input {from} to the result of its chain, which is {to}");
    Diagnostic::new(Code::ResidualShape, chain.span, message).label(format!("takes {from}, yields {to}")).help(help)
}

/// Takes the head off the end of a body that yields `last`. A head works along the last axis and on each value of the others alike, so
/// that it may as well stand behind a loop over those, where losses find it.
fn take_head(body: &mut Body, last: Wire) -> Option<Use> {
    let at_end = last.0 + 1 == body.steps.len();
    let Some(Step { kind: StepKind::Layer(end), .. }) = body.steps.last().filter(|_| at_end) else { return None };
    if !matches!(end.layer.role, Role::Head(_)) || end.operands.len() != 1 {
        return None;
    }
    let head = Use::clone(end);
    body.steps.pop();
    Some(head)
}
