//! From chains to steps: every use of a layer gets its arguments, its operands and output shape, its path and its tensors.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use nn_grammar::ast::{Block, Call, Chain, Stage as Written};
use nn_grammar::diagnostic::{Code, Diagnostic, Label};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::args::{bind, bind_call};
pub(super) use super::flow::{Flow, Known, Scope};
use super::flow::{Meaning, Tensor};
use super::frames::Frame;
use super::mistakes::{depends_on_use, not_a_stage, unknown_layer};
use super::value::Env;
use super::{MOST_CHAINS, MOST_STAGES, Sink};
use crate::layers::{self, Layer};
use crate::model::{self, Body, Wire};
use crate::signature::Args;

/// The words that work on a chain of their own; all others are layers or blocks.
pub(super) const COMBINATORS: [&str; 6] =
    ["residual", "repeat", "frozen", "checkpoint", "time_distributed", "bidirectional"];

/// A network in the making.
pub(super) struct Builder<'a> {
    pub(super) blocks: &'a BTreeMap<&'a str, &'a Block>,
    pub(super) sink: &'a mut Sink,
    /// Which of the blocks are the networks of a training.
    pub(super) networks: BTreeSet<String>,
    pub(super) tensors: Vec<model::Tensor>,
    pub(super) vocabulary: Option<usize>,
    /// The shape of one input and its value, once a stage has said it.
    pub(super) input: Option<(Vec<usize>, Wire)>,
    /// What has been built so far: of the network, or of the loop that is being built.
    pub(super) body: Body,
    /// The loops around what is being built, the outermost first.
    pub(super) frames: Vec<Frame>,
    /// Extents that may differ from example to example.
    pub(super) lengths: BTreeSet<String>,
    /// Further functions of the network.
    pub(super) entries: Vec<model::Entry>,
    /// How many layers have a name so far.
    pub(super) templates: usize,
    /// The tensors of each layer with a name that has been used, by its number.
    pub(super) shared: BTreeMap<usize, Range<usize>>,
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

impl<'a> Builder<'a> {
    pub(super) fn new(blocks: &'a BTreeMap<&'a str, &'a Block>, sink: &'a mut Sink) -> Self {
        Self {
            blocks,
            sink,
            networks: BTreeSet::new(),
            tensors: Vec::new(),
            vocabulary: None,
            input: None,
            body: Body::default(),
            frames: Vec::new(),
            lengths: BTreeSet::new(),
            entries: Vec::new(),
            templates: 0,
            shared: BTreeMap::new(),
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
        if self.visits > 5 * MOST_STAGES {
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
                self.report(not_a_stage(call, false));
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
                (Some(layer), _) => match self.named_operands(layer.operands.names, &call.args, scope) {
                    Some((others, _)) if others.is_empty() => self.layer(layer, call, scope, flow),
                    Some((others, args)) => {
                        self.layer_with(layer, &Call { args, ..call.clone() }, &others, scope, flow);
                    }
                    None => flow.hide(),
                },
                (None, Some(block)) => self.block(block, call, scope, flow),
                (None, None) => {
                    let constant = self.sink.constants.contains_key(name);
                    let number = scope.env.contains_key(name);
                    self.report(if number { not_a_stage(call, constant) } else { unknown_layer(call, self.blocks) });
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
