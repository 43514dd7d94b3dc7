//! Uses of blocks: parameters get values, the body takes the place of the use; a block that leads back to itself is refused.

use std::collections::{BTreeMap, BTreeSet};

use nn_grammar::ast::{Arg, Block, Body, Call, Chain, Expr, ExprKind, Graph, Input, Name, Stage as Written};
use nn_grammar::ast::{StatementKind, Type};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::Sink;
use super::args::{duplicate, positional_after_named};
use super::chain::{Builder, COMBINATORS, Flow, Known, Scope};
use super::expr::what_is;
use super::flow::{Meaning, Tensor};
use super::mistakes::{not_a_stage, unknown_layer};
use super::value::{Env, value};
use crate::layers;
use crate::signature::{Kind, Range, Value};
use crate::words;

/// The kinds that a parameter of a block can have.
const KINDS: [(&str, Kind); 5] = [
    ("dim", Kind::Dim),
    ("real", Kind::Real(Range::ANY)),
    ("bool", Kind::Bool),
    ("activation", Kind::Activation),
    ("init", Kind::Init),
];

fn kind_of(name: &str) -> Option<Kind> {
    KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

impl Builder<'_> {
    /// A block as a stage: it works on what flows.
    pub(super) fn block(&mut self, block: &Block, call: &Call, scope: &mut Scope, flow: &mut Flow) {
        if let Some(chain) = &call.chain {
            let message = format!("the block `{}` takes no chain", block.name.text);
            self.report(Diagnostic::new(Code::UnexpectedChain, chain.span, message).label("not expected here"));
        }
        self.block_with(block, call, &[], scope, flow);
    }

    /// A block on what flows and on other values.
    pub(super) fn block_with(
        &mut self,
        block: &Block,
        call: &Call,
        others: &[(&'static str, Tensor)],
        scope: &mut Scope,
        flow: &mut Flow,
    ) {
        let prefix = match self.networks.contains(&block.name.text) {
            // A network in a training: its tensors have its name there before theirs.
            true => scope.prefix.clone(),
            false => format!("{}.", scope.path(&block.name.text)),
        };
        if !is_sound(block) {
            return flow.hide();
        }
        match bind_block(block, call, &scope.env, &self.sink.constants) {
            Ok(env) => {
                let mut inner = Scope::new(prefix, &env);
                self.blocks_in_use.push((block.name.text.clone(), call.span));
                match &block.body {
                    Body::Chain(_) if !others.is_empty() => self.wrong_count(block, call, others.len() + 1, flow),
                    Body::Chain(chain) => self.chain(chain, &mut inner, flow),
                    Body::Graph(graph) => {
                        if self.bind_inputs(block, call, others, &mut inner, flow) && self.enters(graph.span) {
                            let meaning = self.graph(graph, &mut inner);
                            self.leaves();
                            self.leave_block(meaning, call, flow);
                        } else {
                            flow.hide();
                        }
                    }
                }
                self.blocks_in_use.pop();
            }
            Err(diagnostics) => {
                self.report_all(diagnostics);
                flow.hide();
            }
        }
    }

    fn wrong_count(&mut self, block: &Block, call: &Call, given: usize, flow: &mut Flow) {
        let (name, takes) = (&block.name.text, words::count(block.inputs.len().max(1), "value"));
        let message = format!("the block `{name}` works on {takes}, not on {given}");
        self.report(Diagnostic::new(Code::OperandCount, call.span, message).also(block.name.span, "the block"));
        flow.hide();
    }

    /// Gives the inputs of a block their values; extents that are names take what arrives.
    fn bind_inputs(
        &mut self,
        block: &Block,
        call: &Call,
        others: &[(&'static str, Tensor)],
        inner: &mut Scope,
        flow: &mut Flow,
    ) -> bool {
        if block.inputs.len() != others.len() + 1 {
            self.wrong_count(block, call, others.len() + 1, flow);
            return false;
        }
        let first = match (&flow.shape, &block.inputs[0].kind) {
            // The first stage of a network may be a block that states its input.
            (Known::NotYet, Some(kind)) => match self.extents(kind, inner, "an extent") {
                Some(shape) => {
                    self.enter(&shape, flow);
                    flow.shape = Known::Shape(shape);
                    flow.tensor(self.frames.len(), call.span)
                }
                None => return false,
            },
            (Known::NotYet, None) => {
                let message = format!("`{}` stands first, and nothing says what one input looks like", block.name.text);
                let help = "begin with `input(4)`";
                self.report(Diagnostic::new(Code::UnknownInput, call.span, message).help(help));
                return false;
            }
            _ => flow.tensor(self.frames.len(), call.span),
        };
        let Some(first) = first else { return false };
        let all: Vec<Tensor> = [first].into_iter().chain(others.iter().map(|(_, tensor)| tensor.clone())).collect();
        let mut fits = true;
        for (input, tensor) in block.inputs.iter().zip(all) {
            if let Some(kind) = &input.kind {
                fits &= self.matches(block, input, kind, &tensor, call, inner);
            }
            inner.bind(&input.name.text, Meaning::Tensor(tensor));
        }
        fits
    }

    /// Whether a value is what an input of a block says; names that mean nothing yet become its extents.
    fn matches(
        &mut self,
        block: &Block,
        input: &Input,
        kind: &Type,
        tensor: &Tensor,
        call: &Call,
        inner: &mut Scope,
    ) -> bool {
        let (name, is) = (&block.name.text, words::shape(&tensor.shape));
        let complain = |builder: &mut Self, takes: String| {
            let message = format!("the block `{name}` takes {takes} as `{}`, and is given {is}", input.name.text);
            builder.report(Diagnostic::new(Code::WidthMismatch, call.span, message).also(kind.span, "stated here"));
            false
        };
        if kind.classes.is_none() && kind.extents.len() != tensor.shape.len() {
            return complain(self, words::count(kind.extents.len(), "axis"));
        }
        for (extent, actual) in kind.extents.iter().zip(&tensor.shape) {
            if let ExprKind::Name(free) = &extent.kind
                && !inner.env.contains_key(free)
            {
                inner.bind(free, Meaning::Fixed(Value::Dim(*actual)));
                continue;
            }
            match self.extent(extent, inner, &format!("an extent of `{}`", input.name.text)) {
                Some(stated) if stated != *actual => {
                    return complain(self, format!("an axis of {stated}"));
                }
                Some(_) => {}
                None => return false,
            }
        }
        true
    }

    /// What a block with a graph yields is what flows on.
    fn leave_block(&mut self, meaning: Meaning, call: &Call, flow: &mut Flow) {
        let text = printer::call(call);
        match meaning {
            Meaning::Tensor(tensor) => {
                *flow = Flow { from: Some((format!("`{text}`"), call.span)), ..self.flow(&tensor) };
            }
            Meaning::Parts(parts) => {
                flow.hide();
                flow.parts = Some(parts);
            }
            Meaning::Number(x) => {
                let tensor = self.number(x, call.span);
                *flow = self.flow(&tensor);
            }
            Meaning::Hidden => flow.hide(),
            other => {
                let message = format!("a block yields a tensor, and this one yields {}", what_is(&other));
                self.report(Diagnostic::new(Code::WrongKind, call.span, message));
                flow.hide();
            }
        }
    }
}

/// Whether the declaration of a block has no mistake that its uses would only repeat.
fn is_sound(block: &Block) -> bool {
    let inputs_of_chain = matches!(block.body, Body::Chain(_)) && !block.inputs.is_empty();
    !inputs_of_chain
        && block.params.iter().enumerate().all(|(index, param)| {
            let twice = block.params[..index].iter().any(|earlier| earlier.name.text == param.name.text);
            kind_of(&param.kind.text).is_some() && !twice
        })
}

/// The value of each parameter of a block at a use of it, beside the constants, which parameters of the same name hide.
fn bind_block(block: &Block, call: &Call, env: &Env, constants: &Env) -> Result<Env, Vec<Diagnostic>> {
    let mut stated: BTreeMap<&str, (&Expr, Span)> = BTreeMap::new();
    let mut diagnostics = Vec::new();
    let name = &block.name.text;
    let mut named: Option<&Arg> = None;
    for (position, arg) in call.args.iter().enumerate() {
        if let (None, Some(first)) = (&arg.name, named) {
            diagnostics.push(positional_after_named(arg, first));
            continue;
        }
        named = named.or(arg.name.is_some().then_some(arg));
        let param = match &arg.name {
            Some(written) => block.params.iter().find(|param| param.name.text == written.text).ok_or_else(|| {
                let known: Vec<&str> = block.params.iter().map(|param| param.name.text.as_str()).collect();
                let message = format!("the block `{name}` has no parameter `{}`", written.text);
                Diagnostic::new(Code::UnknownArgument, written.span, message)
                    .also(block.name.span, "the block")
                    .maybe_help(words::suggestion(&written.text, &known, "parameters"))
            }),
            None => block.params.get(position).ok_or_else(|| {
                let message = format!("the block `{name}` takes {}", words::count(block.params.len(), "argument"));
                Diagnostic::new(Code::TooManyArguments, arg.value.span, message)
                    .label("one too many")
                    .also(block.name.span, "the block")
            }),
        };
        let span = arg.name.as_ref().map_or(arg.value.span, |name| name.span);
        match param.map(|param| (&param.name.text, stated.insert(&param.name.text, (&arg.value, span)))) {
            Ok((_, None)) => {}
            Ok((name, Some((_, earlier)))) => diagnostics.push(duplicate(name, span, earlier)),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    // An argument of a misspelt name is not missing as well.
    let misspelt = diagnostics.iter().any(|known| known.code == Code::UnknownArgument);
    let mut bound = constants.clone();
    for param in &block.params {
        let Some(kind) = kind_of(&param.kind.text) else { continue };
        let what = format!("`{}` of the block `{name}`", param.name.text);
        let result = match (stated.get(param.name.text.as_str()), &param.default) {
            (Some((expr, _)), _) => value(expr, kind, env, &what).map_err(|mut mistakes| {
                if let [mistake] = &mut mistakes[..] {
                    let label = format!("declared as `{}`", param.kind.text);
                    *mistake = mistake.clone().also(param.name.span.to(param.kind.span), label);
                }
                mistakes
            }),
            // A default may use the parameters before it.
            (None, Some(default)) => value(default, kind, &bound, &what),
            (None, None) if misspelt => continue,
            (None, None) => {
                let message = format!("the block `{name}` needs `{}`", param.name.text);
                Err(vec![
                    Diagnostic::new(Code::MissingArgument, call.span, message)
                        .label(format!("`{}` is not stated", param.name.text))
                        .also(param.name.span, "declared without a default"),
                ])
            }
        };
        match result {
            Ok(value) => {
                bound.insert(param.name.text.clone(), value);
            }
            Err(more) => diagnostics.extend(more),
        }
    }
    if diagnostics.is_empty() { Ok(bound) } else { Err(diagnostics) }
}

/// Checks what can be said of a block without a use of it: its parameters, and that what it calls exists.
pub(super) fn check_declaration(block: &Block, blocks: &BTreeMap<&str, &Block>, sink: &mut Sink) {
    for (index, param) in block.params.iter().enumerate() {
        if let Some(earlier) = block.params[..index].iter().find(|earlier| earlier.name.text == param.name.text) {
            let message = format!("the block `{}` has two parameters `{}`", block.name.text, param.name.text);
            sink.report(
                Diagnostic::new(Code::DuplicateParameter, param.name.span, message)
                    .label("declared again")
                    .also(earlier.name.span, "first declared here"),
            );
        }
        if kind_of(&param.kind.text).is_none() {
            let known = KINDS.map(|(name, _)| name);
            let message = format!("there is no kind of parameter `{}`", param.kind.text);
            // They are few, and a guess such as `init` for `int` would mislead.
            sink.report(
                Diagnostic::new(Code::UnknownKind, param.kind.span, message)
                    .help(format!("the kinds are {}", words::list(&known))),
            );
        }
    }
    let Body::Chain(chain) = &block.body else { return };
    if let Some(input) = block.inputs.first() {
        sink.report(inputs_of_a_chain(block, input, chain));
    }
    for call in calls(chain) {
        let name = call.name.text.as_str();
        if !blocks.contains_key(name) && !COMBINATORS.contains(&name) && layers::find(name).is_none() {
            let parameter = block.params.iter().any(|param| param.name.text == name);
            let constant = !parameter && sink.constants.contains_key(name);
            sink.report(match parameter || constant {
                true => not_a_stage(call, constant),
                false => unknown_layer(call, blocks),
            });
        }
    }
}

/// Nothing in a chain could use the inputs that a block names.
fn inputs_of_a_chain(block: &Block, input: &Input, chain: &Chain) -> Diagnostic {
    let (name, input_name) = (&block.name.text, &input.name.text);
    let message = format!("the block `{name}` names its inputs, but a chain works on what flows through it");
    Diagnostic::new(Code::UnexpectedChain, chain.span, message)
        .label("no stage can use a name")
        .also(input.name.span, "named here")
        .help(format!("leave `({input_name})` out, or write a body with `{{ }}`, as in `{{ {input_name} |> relu }}`"))
}

/// A block on the path that is being followed.
struct Step<'p> {
    block: &'p Block,
    /// Where the block before it uses it.
    from: Option<&'p Name>,
    /// Its calls that have not been followed yet.
    calls: std::vec::IntoIter<&'p Name>,
}

impl<'p> Step<'p> {
    fn into(block: &'p Block, from: Option<&'p Name>) -> Self {
        Self { block, from, calls: mentioned(&block.body).into_iter() }
    }
}

/// Reports each block that leads back to itself; `true` if there is one, since then no chain can be written out.
///
/// A depth-first search that does not recurse, since a text can have any number of blocks.
pub(super) fn check_recursion(blocks: &BTreeMap<&str, &Block>, sink: &mut Sink) -> bool {
    let mut in_order: Vec<&Block> = blocks.values().copied().collect();
    in_order.sort_by_key(|block| block.span.lo);
    let (mut entered, mut left, mut reported) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for start in in_order {
        let mut path =
            if entered.insert(start.name.text.as_str()) { vec![Step::into(start, None)] } else { Vec::new() };
        while let Some(step) = path.last_mut() {
            let Some(call) = step.calls.next() else {
                left.insert(step.block.name.text.as_str());
                path.pop();
                continue;
            };
            let Some(next) = blocks.get(call.text.as_str()) else { continue };
            let name = next.name.text.as_str();
            if entered.insert(name) {
                path.push(Step::into(next, Some(call)));
            } else if !left.contains(name) {
                let cycle: Vec<&Step<'_>> = path.iter().skip_while(|step| step.block.name.text != name).collect();
                if cycle.iter().all(|step| reported.insert(step.block.name.text.as_str())) {
                    let between: Vec<&Name> = cycle.iter().skip(1).filter_map(|step| step.from).collect();
                    sink.report(recursion(&next.name, &between, call));
                }
            }
        }
    }
    !reported.is_empty()
}

/// The block uses those of `before`, one the other, and the last of them uses it again in `last`.
fn recursion(block: &Name, before: &[&Name], last: &Name) -> Diagnostic {
    let name = &block.text;
    let route: Vec<String> = before.iter().map(|name| format!("`{}`, which uses ", name.text)).collect();
    let message = match before {
        [] => format!("the block `{name}` uses itself"),
        _ => format!("the block `{name}` uses {}`{name}` again", route.concat()),
    };
    let mut diagnostic = Diagnostic::new(Code::RecursiveBlock, last.span, message)
        .label("this leads back to it")
        .also(block.span, "the block");
    for name in before {
        diagnostic = diagnostic.also(name.span, format!("uses `{}`", name.text));
    }
    diagnostic.help("a network is finite: use `repeat(n) < … >` for repetitions")
}

/// The names of all that a body calls or mentions as a layer.
fn mentioned(body: &Body) -> Vec<&Name> {
    let mut found = Vec::new();
    match body {
        Body::Chain(chain) => found.extend(calls(chain).into_iter().map(|call| &call.name)),
        Body::Graph(graph) => in_graph(graph, &mut found),
    }
    found
}

fn in_graph<'p>(graph: &'p Graph, found: &mut Vec<&'p Name>) {
    for statement in &graph.statements {
        match &statement.kind {
            StatementKind::Let { value, .. }
            | StatementKind::Tensor { value, .. }
            | StatementKind::Next { value, .. }
            | StatementKind::Emit(value)
            | StatementKind::Entry { value, .. } => in_expr(value, found),
            StatementKind::Sample { .. } | StatementKind::Dim { .. } => {}
        }
    }
    graph.result.iter().for_each(|result| in_expr(result, found));
}

fn in_expr<'p>(expr: &'p Expr, found: &mut Vec<&'p Name>) {
    match &expr.kind {
        ExprKind::Call(call) => {
            found.push(&call.name);
            call.args.iter().for_each(|arg| in_expr(&arg.value, found));
        }
        ExprKind::Pipe(left, stage) => {
            in_expr(left, found);
            match &**stage {
                Written::Call(call) => {
                    found.push(&call.name);
                    found.extend(call.chain.iter().flat_map(calls).map(|call| &call.name));
                }
                Written::Chain(chain) => found.extend(calls(chain).into_iter().map(|call| &call.name)),
            }
        }
        ExprKind::Chain(chain) => found.extend(calls(chain).into_iter().map(|call| &call.name)),
        ExprKind::Negate(inner) | ExprKind::Field(inner, _) => in_expr(inner, found),
        ExprKind::Binary(_, left, right) | ExprKind::Arrow(left, right) | ExprKind::Range(left, right) => {
            in_expr(left, found);
            in_expr(right, found);
        }
        ExprKind::Index(base, items) => {
            in_expr(base, found);
            items.iter().for_each(|item| in_expr(item, found));
        }
        ExprKind::Open(low, high) => low.iter().chain(high).for_each(|end| in_expr(end, found)),
        ExprKind::List(items) => items.iter().for_each(|item| in_expr(item, found)),
        ExprKind::Tuple(parts) => parts.iter().for_each(|part| in_expr(&part.value, found)),
        ExprKind::If(choice) => {
            in_expr(&choice.condition, found);
            in_graph(&choice.then, found);
            in_graph(&choice.otherwise, found);
        }
        ExprKind::Scan(scan) => {
            scan.sequences.iter().for_each(|(_, sequence)| in_expr(sequence, found));
            in_graph(&scan.body, found);
        }
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => {}
    }
}

/// All calls of a chain, those of inner chains included.
fn calls(chain: &Chain) -> Vec<&Call> {
    let mut found = Vec::new();
    for stage in &chain.stages {
        match stage {
            Written::Call(call) => {
                found.push(call);
                found.extend(call.chain.iter().flat_map(calls));
            }
            Written::Chain(inner) => found.extend(calls(inner)),
        }
    }
    found
}
