//! From a chain to stages: every use of a layer gets its arguments, its input and output shape, its path and its tensors.

use std::collections::BTreeMap;

use nn_grammar::ast::{Block, Call, Chain, Stage as Written};
use nn_grammar::diagnostic::{Code, Diagnostic, Label};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::args::{bind, bind_call};
use super::mistakes::{depends_on_use, diagnose, misplaced, not_a_stage, unknown_input, unknown_layer};
use super::value::Env;
use super::{MOST_CHAINS, MOST_STAGES, MOST_VALUES, Sink};
use crate::layers::{self, Head, Incoming, Layer, Role, TensorSpec};
use crate::model::{Body, Given, StepKind, Tensor, Use, Wire};
use crate::signature::Args;
use crate::words;

/// The words that work on a chain of their own; all others are layers or blocks.
pub(super) const COMBINATORS: [&str; 2] = ["residual", "repeat"];

/// A network in the making.
pub(super) struct Builder<'a> {
    pub(super) blocks: &'a BTreeMap<&'a str, &'a Block>,
    pub(super) sink: &'a mut Sink,
    pub(super) tensors: Vec<Tensor>,
    pub(super) vocabulary: Option<usize>,
    /// The shape of one input and its value, once a stage has said it.
    pub(super) input: Option<(Vec<usize>, Wire)>,
    /// What has been built so far: of the network, or of the loop that is being built.
    pub(super) body: Body,
    /// Stages so far, with blocks and repetitions written out.
    pub(super) stages: usize,
    /// Values in all tensors so far.
    pub(super) values: u128,
    /// Where repetitions have led to, for messages.
    pub(super) notes: Vec<String>,
    /// Chains within chains, those of blocks included.
    depth: usize,
    /// The uses of blocks that have led here, with the names of the blocks.
    pub(super) blocks_in_use: Vec<(String, Span)>,
}

/// What flows from stage to stage.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) shape: Known,
    /// The value itself, where its shape is known and no mistake hides it.
    pub(super) wire: Option<Wire>,
    /// What yields it, in words and place.
    pub(super) from: Option<(String, Span)>,
    /// What the last stage was, where a head may not follow a head.
    pub(super) head: Option<(Head, Span)>,
    /// Whether no stage but `input` has been passed.
    pub(super) first: bool,
}

/// What is known of a shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    /// Nothing has said it yet.
    NotYet,
    /// It is this.
    Shape(Vec<usize>),
    /// A mistake that has been reported hides it.
    Hidden,
}

/// Where a chain stands: its names and what its parameters stand for.
pub(super) struct Scope<'e> {
    pub(super) prefix: String,
    pub(super) env: &'e Env,
    counts: BTreeMap<String, usize>,
}

impl<'e> Scope<'e> {
    pub(super) fn new(prefix: String, env: &'e Env) -> Self {
        Self { prefix, env, counts: BTreeMap::new() }
    }

    /// `dense_2`, with the path of the scope before it.
    pub(super) fn path(&mut self, name: &str) -> String {
        let count = self.counts.entry(name.to_owned()).or_insert(0);
        *count += 1;
        format!("{}{name}_{count}", self.prefix)
    }
}

impl Flow {
    pub(super) fn start() -> Self {
        Self { shape: Known::NotYet, wire: None, from: None, head: None, first: true }
    }
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
            stages: 0,
            values: 0,
            notes: Vec::new(),
            depth: 0,
            blocks_in_use: Vec::new(),
        }
    }

    /// Leads what flows through the stages of a chain.
    pub(super) fn chain(&mut self, chain: &Chain, scope: &mut Scope<'_>, flow: &mut Flow) {
        if self.depth == MOST_CHAINS {
            let message = format!("more than {MOST_CHAINS} chains stand within each other once blocks are written out");
            let mut diagnostic = Diagnostic::new(Code::TooDeep, chain.span, message).label("too deep here");
            if let Some((name, span)) = self.blocks_in_use.first() {
                diagnostic = diagnostic.also(*span, format!("`{name}` is used here"));
            }
            self.report(diagnostic);
            return flow.hide();
        }
        self.depth += 1;
        self.stages_of(chain, scope, flow);
        self.depth -= 1;
    }

    fn stages_of(&mut self, chain: &Chain, scope: &mut Scope<'_>, flow: &mut Flow) {
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

    fn call(&mut self, call: &Call, scope: &mut Scope<'_>, flow: &mut Flow) {
        let name = call.name.text.as_str();
        self.stages += 1;
        if self.is_exhausted() {
            let message =
                format!("the network has more than {MOST_STAGES} stages once blocks and repetitions are written out");
            self.report(Diagnostic::new(Code::TooLarge, call.name.span, message).label("one too many"));
            return flow.hide();
        }
        match name {
            "residual" => self.residual(call, scope, flow),
            "repeat" => self.repeat(call, scope, flow),
            _ => match (layers::find(name), self.blocks.get(name).copied()) {
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
    fn layer(&mut self, layer: &'static Layer, call: &Call, scope: &mut Scope<'_>, flow: &mut Flow) {
        let text = printer::call(call);
        let args = match bind_call(&layer.signature, call, scope.env) {
            Ok(args) => args,
            Err(diagnostics) => {
                self.report_all(diagnostics);
                flow.first = false;
                return flow.hide();
            }
        };
        let activation = activation_of(&args).cloned();
        self.place(layer, args, text.clone(), scope, flow);
        if let Some(args) = activation {
            let layer = layers::find(args.signature.name).expect("an activation is a layer");
            self.place(layer, args, text, scope, flow);
        }
    }

    /// Puts a layer behind what flows so far.
    fn place(&mut self, layer: &'static Layer, args: Args, text: String, scope: &mut Scope<'_>, flow: &mut Flow) {
        let path = scope.path(layer.signature.name);
        let quoted = format!("`{text}`");
        let next = self.shapes(layer, &args, &quoted, flow);
        flow.head = match layer.role {
            Role::Head(head) => Some((head, args.span)),
            _ => None,
        };
        flow.first &= layer.role == Role::Input;
        flow.from = Some((quoted, args.span));
        let Some((input, output)) = next else { return flow.hide() };
        let first = self.tensors.len();
        let specs = (layer.tensors)(&args, &Incoming { shape: &input, others: &[], from: &text });
        if let Err(diagnostic) = self.measure(&specs, &output, &text, args.span) {
            self.report(diagnostic);
            return flow.hide();
        }
        flow.shape = Known::Shape(output.clone());
        let tensor = |spec: TensorSpec| Tensor { name: format!("{path}.{}", spec.name), spec, copies: Vec::new() };
        self.tensors.extend(specs.into_iter().map(tensor));
        let tensors = first..self.tensors.len();
        // Behind a mistake shapes go on, values do not.
        flow.wire = flow.wire.map(|wire| {
            let operands = vec![(layer.operands.names[0], wire)];
            let shape = output.clone();
            let layer = Use { layer, args, path, text, operands, input, output, tensors };
            self.body.push(StepKind::Layer(Box::new(layer)), shape)
        });
    }

    /// Says what the input of the network is.
    fn enter(&mut self, shape: &[usize], flow: &mut Flow) {
        let wire = self.body.push(StepKind::Given(Given::Port(0)), shape.to_vec());
        self.input = Some((shape.to_vec(), wire));
        flow.wire = Some(wire);
    }

    /// Input and output shape of a layer at this place.
    fn shapes(&mut self, layer: &Layer, args: &Args, text: &str, flow: &mut Flow) -> Option<(Vec<usize>, Vec<usize>)> {
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
        if layer.role == Role::Ids {
            self.vocabulary = args.flow("width").0;
        }
        let from = flow.from.as_ref().map_or("the input", |(from, _)| from);
        match (layer.output)(args, &Incoming { shape: &input, others: &[], from }) {
            Ok(output) => Some((input, output)),
            Err(complaint) => {
                self.report(diagnose(&complaint, args, &input, flow));
                // What follows is judged as if this layer had been given what it states.
                let stated = (layer.input)(args).filter(|stated| *stated != input)?;
                let output = (layer.output)(args, &Incoming { shape: &stated, others: &[], from }).ok()?;
                Some((stated, output))
            }
        }
    }

    /// Adds up what a use needs; too much is refused before anything is allocated.
    fn measure(&mut self, specs: &[TensorSpec], output: &[usize], text: &str, span: Span) -> Result<(), Diagnostic> {
        let product = |extents: &[usize]| extents.iter().fold(1u128, |all, n| all.saturating_mul(*n as u128));
        let weights = specs.iter().map(|spec| product(&spec.shape)).fold(0, u128::saturating_add);
        self.values = self.values.saturating_add(weights);
        let limit = format!("the limit is {MOST_VALUES} values, {} in f32", words::bytes(MOST_VALUES * 4));
        let too_large =
            |what: String| Err(Diagnostic::new(Code::TooLarge, span, what).label("too large").note(limit.clone()));
        if weights > MOST_VALUES {
            let size = words::bytes(weights.saturating_mul(4));
            let tensor = |spec: &TensorSpec| format!("`{}` {}", spec.name, words::shape(&spec.shape));
            let tensors: Vec<String> = specs.iter().map(tensor).collect();
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

impl Flow {
    /// Says that a mistake, which has been reported, hides what flows from here on.
    pub(super) fn hide(&mut self) {
        (self.shape, self.wire) = (Known::Hidden, None);
    }

    /// Says that a combinator as a whole, of whatever kind its last stage is, yields what flows now.
    pub(super) fn leave(&mut self, text: &str, span: Span) {
        self.from = Some((format!("`{text}`"), span));
        self.head = None;
    }
}

fn activation_of(args: &Args) -> Option<&Args> {
    let declared = args.signature.params.iter().any(|param| param.name == "activation");
    if declared { args.activation("activation") } else { None }
}
