//! The combinators: `residual < … >` adds its input to the result of its chain, `repeat(n) < … >` writes its chain n times.

use nn_grammar::ast::Call;
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;

use super::MOST_STAGES;
use super::chain::{Builder, Flow, Known, Scope};
use crate::model::Stage;
use crate::signature::{Kind, Param, Signature};
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
    pub(super) fn residual(&mut self, call: &Call, scope: &mut Scope<'_>, flow: &mut Flow) -> Vec<Stage> {
        let path = scope.path("residual");
        let args = self.combinator_args(&RESIDUAL, call, scope.env, flow);
        let (Some(chain), Some(_)) = (self.chain_of(call, flow), args) else { return Vec::new() };
        let before = flow.shape.clone();
        let mut inner = Scope::new(format!("{path}."), scope.env);
        let stages = self.chain(chain, &mut inner, flow);
        // Where the chain itself says what its input is, that is the input of the network.
        let entered = match (&before, &self.input) {
            (Known::NotYet, Some(input)) => Known::Shape(input.clone()),
            _ => before,
        };
        if let (Known::Shape(from), Known::Shape(to)) = (&entered, &flow.shape)
            && from != to
        {
            let help = match (from.split_last(), to.split_last()) {
                (Some((width, outer)), Some((_, same))) if outer == same => {
                    format!("end its chain in `dense({width})`")
                }
                _ => format!("let its chain yield {}", words::shape(from)),
            };
            let (from, to) = (words::shape(from), words::shape(to));
            let message = format!("`residual` adds its input {from} to the result of its chain, which is {to}");
            self.report(
                Diagnostic::new(Code::ResidualShape, chain.span, message)
                    .label(format!("takes {from}, yields {to}"))
                    .help(help),
            );
        }
        flow.leave(&printer::call(call), call.span);
        vec![Stage::Residual { path, stages }]
    }

    pub(super) fn repeat(&mut self, call: &Call, scope: &mut Scope<'_>, flow: &mut Flow) -> Vec<Stage> {
        let path = scope.path("repeat");
        let args = self.combinator_args(&REPEAT, call, scope.env, flow);
        let (Some(chain), Some(args)) = (self.chain_of(call, flow), args) else { return Vec::new() };
        let times = args.dim("n");
        if times > MOST_STAGES {
            let message = format!("`repeat` takes at most {MOST_STAGES} repetitions, not {times}");
            self.report(Diagnostic::new(Code::TooLarge, args.span_of("n"), message).label("too many"));
            flow.shape = Known::Hidden;
            return Vec::new();
        }
        let before = flow.shape.clone();
        let mut stages = Vec::new();
        for time in 1..=times {
            let mistakes = self.sink.diagnostics.len();
            if time > 1 {
                self.notes.push(format!("in repetition {time} of `repeat({times})`"));
            }
            let mut inner = Scope::new(format!("{path}.{time}."), scope.env);
            stages.extend(self.chain(chain, &mut inner, flow));
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
        stages
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
