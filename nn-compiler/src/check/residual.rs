//! The combinators: `residual < … >` adds its input to the result of its chain, `repeat(n) < … >` writes its chain n times.

use nn_grammar::ast::{Call, Chain};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;

use super::chain::{Builder, Flow, Known, Scope};
use super::{MOST_STAGES, MOST_VALUES};
use crate::ir::Yielded;
use crate::layers::add;
use crate::model::{Given, Loop, StepKind, Use};
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

impl Builder<'_> {
    pub(super) fn residual(&mut self, call: &Call, scope: &mut Scope<'_>, flow: &mut Flow) {
        let path = scope.path("residual");
        let args = self.combinator_args(&RESIDUAL, call, scope.env, flow);
        let (Some(chain), Some(args)) = (self.chain_of(call, flow), args) else { return };
        let before = (flow.shape.clone(), flow.wire);
        let mut inner = Scope::new(format!("{path}."), scope.env);
        self.chain(chain, &mut inner, flow);
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

    pub(super) fn repeat(&mut self, call: &Call, scope: &mut Scope<'_>, flow: &mut Flow) {
        let path = scope.path("repeat");
        let args = self.combinator_args(&REPEAT, call, scope.env, flow);
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
    fn repeat_as_loop(&mut self, chain: &Chain, times: usize, path: &str, scope: &Scope<'_>, flow: &mut Flow) -> bool {
        let (Known::Shape(shape), Some(wire)) = (flow.shape.clone(), flow.wire) else { return false };
        let before = (flow.clone(), self.tensors.len(), self.stages, self.values, self.sink.diagnostics.len());
        let around = std::mem::take(&mut self.body);
        flow.wire = Some(self.body.push(StepKind::Given(Given::Carried(0)), shape.clone()));
        self.chain(chain, &mut Scope::new(format!("{path}.*."), scope.env), flow);
        let body = std::mem::replace(&mut self.body, around);
        let (_, first, _, values, mistakes) = before;
        let keeps = flow.shape == Known::Shape(shape.clone()) && flow.head.is_none();
        let all = (self.values - values).saturating_mul(times as u128).saturating_add(values);
        match flow.wire {
            Some(end) if keeps && all <= MOST_VALUES && self.sink.diagnostics.len() == mistakes => {
                self.values = all;
                for tensor in &mut self.tensors[first..] {
                    tensor.copies.insert(0, times);
                }
                let stacked = first..self.tensors.len();
                let (initial, next) = (vec![wire], vec![end]);
                let (sequences, outer, emits) = (Vec::new(), Vec::new(), Vec::new());
                let (path, reverse) = (path.to_owned(), false);
                let inner = Loop { path, steps: times, reverse, stacked, sequences, initial, outer, body, next, emits };
                let inner = self.body.push(StepKind::Loop(Box::new(inner)), Vec::new());
                flow.wire = Some(self.body.push(StepKind::Yielded(inner, Yielded::Left(0)), shape));
                true
            }
            _ => {
                (*flow, self.stages, self.values) = (before.0, before.2, values);
                self.tensors.truncate(first);
                self.sink.diagnostics.truncate(mistakes);
                false
            }
        }
    }

    fn repeat_written_out(&mut self, chain: &Chain, times: usize, path: &str, scope: &Scope<'_>, flow: &mut Flow) {
        let before = flow.shape.clone();
        for time in 1..=times {
            let mistakes = self.sink.diagnostics.len();
            if time > 1 {
                self.notes.push(format!("in repetition {time} of `repeat({times})`"));
            }
            let mut inner = Scope::new(format!("{path}.{time}."), scope.env);
            self.chain(chain, &mut inner, flow);
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
