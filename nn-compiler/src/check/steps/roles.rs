//! The networks of a training: the names that steps call them by, their tensors, and which of these a step changes.

use std::collections::BTreeSet;
use std::rc::Rc;

use nn_grammar::ast::{
    self, Arg, Block, Body, Call, Expr, ExprKind, Graph, Input, Name, Stage, StatementKind, Train, Type,
};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::super::Sink;
use super::super::chain::{Builder, Scope};
use super::super::flow::{Held, Meaning, Template, Tensor};
use super::follow;
use crate::model::{Given, Network, Port, Precision, Role, StepKind};
use crate::words;

/// The networks of a training.
pub(super) struct Roles {
    pub(super) roles: Vec<Role>,
}

/// Each network as a block, which steps can use.
pub(super) fn blocks(section: &Train, written: &[&ast::Network], sink: &mut Sink) -> Option<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut complete = true;
    for role in &section.roles {
        let name = &role.network;
        match written.iter().find(|network| network.name.text == name.text) {
            Some(network) if !network.dims.is_empty() => {
                let message = format!("`{}` has inputs of any length, which steps cannot call", name.text);
                sink.report(
                    Diagnostic::new(Code::WrongKind, name.span, message).also(network.name.span, "the network"),
                );
                complete = false;
            }
            Some(network) => {
                if blocks.iter().all(|known| known.name.text != name.text) {
                    blocks.push(block(network));
                }
            }
            None => {
                let known: Vec<&str> = written.iter().map(|network| network.name.text.as_str()).collect();
                sink.report(
                    Diagnostic::new(
                        Code::UnknownNetwork,
                        name.span,
                        format!("there is no network `{}` to train", name.text),
                    )
                    .maybe_help(words::suggestion(&name.text, &known, "networks")),
                );
                complete = false;
            }
        }
    }
    complete.then_some(blocks)
}

/// A network as a block: what only a network has is left out.
fn block(network: &ast::Network) -> Block {
    let (inputs, body) = match (&network.body, &network.inputs[..]) {
        (Body::Graph(graph), inputs) => {
            let statements = graph.statements.iter().filter(|part| !matches!(part.kind, StatementKind::Entry { .. }));
            (inputs.to_vec(), Body::Graph(Graph { statements: statements.cloned().collect(), ..graph.clone() }))
        }
        (Body::Chain(chain), _) => {
            let opens = matches!(chain.stages.first(), Some(Stage::Call(call)) if call.name.text == "input");
            let mut chain = chain.clone();
            chain.stages.drain(..usize::from(opens));
            (Vec::new(), Body::Chain(chain))
        }
    };
    Block { docs: Vec::new(), name: network.name.clone(), params: Vec::new(), inputs, body, span: network.span }
}

/// The calls in an expression, from left to right.
pub(super) fn calls<'e>(expr: &'e Expr, into: &mut Vec<&'e Call>) {
    match &expr.kind {
        ExprKind::Call(call) => {
            into.push(call);
            call.args.iter().for_each(|arg| calls(&arg.value, into));
        }
        ExprKind::Arrow(a, b) | ExprKind::Range(a, b) | ExprKind::Binary(_, a, b) => {
            calls(a, into);
            calls(b, into);
        }
        ExprKind::Negate(inner) | ExprKind::Field(inner, _) | ExprKind::Pipe(inner, _) | ExprKind::Index(inner, _) => {
            calls(inner, into);
        }
        ExprKind::List(items) => items.iter().for_each(|item| calls(item, into)),
        ExprKind::Tuple(parts) => parts.iter().for_each(|part| calls(&part.value, into)),
        ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Name(_)
        | ExprKind::Open(..)
        | ExprKind::Chain(_)
        | ExprKind::If(_)
        | ExprKind::Scan(_) => {}
    }
}

/// An input called `name` that is what a port is.
pub(super) fn input(name: &str, port: &Port, span: Span) -> Input {
    let whole = |n: &usize| Expr { kind: ExprKind::Number(ast::Number { digits: n.to_string(), unit: None }), span };
    let kind =
        Type { classes: port.classes.as_ref().map(whole), extents: port.shape.iter().map(whole).collect(), span };
    Input { name: Name { text: name.to_owned(), span }, kind: Some(kind) }
}

impl Roles {
    /// Gives each network of a section its name and its tensors; then those that only follow another one.
    pub(super) fn bind(
        section: &Train,
        known: &[Network],
        builder: &mut Builder<'_>,
        scope: &mut Scope,
    ) -> Option<Self> {
        let mut roles: Vec<Role> = Vec::new();
        for role in &section.roles {
            let name = role.name.as_ref().unwrap_or(&role.network);
            if roles.iter().any(|known| known.name == name.text) {
                let message = format!("two networks are called `{}`", name.text);
                builder.report(
                    Diagnostic::new(Code::DuplicateItem, name.span, message)
                        .help("give one of them another name: `for A = Net, B = Net`"),
                );
                return None;
            }
            // Its own mistakes have been reported.
            let network = known.iter().find(|network| network.name == role.network.text)?;
            roles.push(declare(name, network, builder, scope)?);
        }
        for follower in follow::written(section, &roles, builder)? {
            let network = known.iter().find(|network| network.name == roles[follower.leader].network)?;
            let mut role = declare(follower.name, network, builder, scope)?;
            for tensor in &mut builder.tensors[role.tensors.clone()] {
                tensor.spec.trained = false;
            }
            role.follows = Some(follower.follows(&roles));
            roles.push(role);
        }
        Some(Self { roles })
    }

    /// That of all networks: a training has one.
    pub(super) fn precision(&self, known: &[Network]) -> Precision {
        let double = |role: &Role| known.iter().any(|n| n.name == role.network && n.precision == Precision::F64);
        if self.roles.iter().any(double) { Precision::F64 } else { Precision::F32 }
    }

    pub(super) fn public(&self, written: &[&ast::Network]) -> bool {
        self.roles.iter().any(|role| written.iter().any(|network| network.public && network.name.text == role.network))
    }

    /// The parameters that a step changes: those of the networks, layers and tensors that it names, or else all.
    pub(super) fn over(
        &self,
        names: &[Name],
        tensors: &[crate::model::Tensor],
        sink: &mut Sink,
    ) -> Option<BTreeSet<usize>> {
        let trained = |index: &usize| tensors[*index].spec.trained;
        if names.is_empty() {
            return Some((0..tensors.len()).filter(trained).collect());
        }
        let mut over = BTreeSet::new();
        let mut complete = true;
        for name in names {
            let under = |tensor: &str| {
                tensor.strip_prefix(&*name.text).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let found: Vec<usize> =
                (0..tensors.len()).filter(|index| under(&tensors[*index].name)).filter(trained).collect();
            if found.is_empty() {
                let known: Vec<&str> = self.roles.iter().map(|role| role.name.as_str()).collect();
                let message = format!("nothing that is trained is called `{}`", name.text);
                sink.report(
                    Diagnostic::new(Code::UnknownName, name.span, message)
                        .maybe_help(words::suggestion(&name.text, &known, "networks")),
                );
                complete = false;
            }
            over.extend(found);
        }
        complete.then_some(over)
    }
}

/// Gives a network its name, and its tensors by using it once in a body that nobody keeps.
fn declare(name: &Name, network: &Network, builder: &mut Builder<'_>, scope: &mut Scope) -> Option<Role> {
    let call = Call {
        name: Name { text: network.name.clone(), span: name.span },
        args: Vec::new(),
        chain: None,
        span: name.span,
    };
    builder.templates += 1;
    let template = Template {
        stage: Stage::Call(call),
        scope: Scope::new(format!("{}.", name.text), &builder.sink.constants),
        depth: 0,
        number: builder.templates,
    };
    scope.bind(&name.text, Meaning::Layer(Rc::new(template)));
    let around = std::mem::take(&mut builder.body);
    let mut inner = scope.clone();
    let mut args = Vec::new();
    for (number, port) in network.inputs.iter().enumerate() {
        let wire = builder.body.push(StepKind::Given(Given::Port(number)), port.shape.clone());
        let held = Some(Held { wire, depth: 0 });
        let from = (format!("`{}`", port.name), name.span);
        let tensor = Tensor { held, shape: port.shape.clone(), from, head: None, ids: port.classes, mask: None };
        // No name of the text has a space.
        let input = format!("input {number}");
        inner.bind(&input, Meaning::Tensor(tensor));
        args.push(Arg { name: None, value: Expr { kind: ExprKind::Name(input), span: name.span } });
    }
    let first = builder.tensors.len();
    let call = Call { name: name.clone(), args, chain: None, span: name.span };
    let meaning = builder.call_in_expr(&call, &mut inner);
    builder.body = around;
    if matches!(meaning, Meaning::Hidden) {
        return None;
    }
    let tensors = first..builder.tensors.len();
    Some(Role { name: name.text.clone(), network: network.name.clone(), tensors, follows: None })
}
