//! `target T = copy(Q, every = 200);`, `target T = ema(Q, 0.995);`: networks that follow another one.

use nn_grammar::ast::{Call, ClauseKind, Expr, ExprKind, Name, Train};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::super::args::bind;
use super::super::chain::Builder;
use crate::model::{Follows, Role};
use crate::signature::{Kind, Param, Preset, Range, Signature};
use crate::words;

static COPY: Signature = Signature {
    name: "copy",
    doc: "The same weights, taken over now and then.",
    params: &[Param::optional("every", Kind::Dim, Preset::Dim(1), "batches from one time to the next")],
};
static EMA: Signature = Signature {
    name: "ema",
    doc: "The exponential moving average of the weights: `decay * average + (1 - decay) * weights` after each batch.",
    params: &[
        Param::required("decay", Kind::Real(Range::BELOW_ONE), "the part of the average that is kept"),
        Param::optional("every", Kind::Dim, Preset::Dim(1), "batches from one time to the next"),
    ],
};

/// A network that follows another one.
pub(super) struct Follower<'t> {
    pub(super) name: &'t Name,
    /// The one that it follows, by number.
    pub(super) leader: usize,
    every: usize,
    decay: f64,
}

impl Follower<'_> {
    pub(super) fn follows(&self, roles: &[Role]) -> Follows {
        Follows { first: roles[self.leader].tensors.start, every: self.every, decay: self.decay }
    }
}

/// Those of a section; `None` if one of them is a mistake.
pub(super) fn written<'t>(section: &'t Train, roles: &[Role], builder: &mut Builder<'_>) -> Option<Vec<Follower<'t>>> {
    let mut found = Vec::new();
    for clause in section.clauses.iter().filter(|clause| clause.keyword.text == "target") {
        let args = match &clause.kind {
            ClauseKind::Settings { parenthesized: false, args } if !args.is_empty() => args,
            _ => {
                builder.report(malformed(clause.span));
                return None;
            }
        };
        for arg in args {
            let (Some(name), ExprKind::Call(call)) = (&arg.name, &arg.value.kind) else {
                builder.report(malformed(arg.value.span));
                return None;
            };
            if roles.iter().any(|role| role.name == name.text) {
                let message = format!("two networks are called `{}`", name.text);
                builder.report(Diagnostic::new(Code::DuplicateItem, name.span, message));
                return None;
            }
            found.push(follower(name, call, roles, builder)?);
        }
    }
    Some(found)
}

fn malformed(span: Span) -> Diagnostic {
    Diagnostic::new(Code::MalformedClause, span, "`target` is not written in this way")
        .help("write `target T = copy(Q, every = 200);` or `target T = ema(Q, 0.995);`")
}

fn follower<'t>(name: &'t Name, call: &Call, roles: &[Role], builder: &mut Builder<'_>) -> Option<Follower<'t>> {
    let signature = match call.name.text.as_str() {
        "copy" => &COPY,
        "ema" => &EMA,
        other => {
            let message = format!("a target is a `copy` or an `ema`, not `{other}`");
            builder.report(Diagnostic::new(Code::UnknownChoice, call.name.span, message));
            return None;
        }
    };
    let leader = match call.args.first() {
        Some(arg) if arg.name.is_none() => network(&arg.value, roles, builder)?,
        _ => {
            builder.report(malformed(call.span));
            return None;
        }
    };
    match bind(signature, &call.args[1..], call.span, &builder.sink.constants) {
        Ok(args) => {
            let decay = if call.name.text == "ema" { args.real("decay") } else { 0.0 };
            Some(Follower { name, leader, every: args.dim("every"), decay })
        }
        Err(diagnostics) => {
            builder.report_all(diagnostics);
            None
        }
    }
}

/// The network that an argument names, by number.
fn network(expr: &Expr, roles: &[Role], builder: &mut Builder<'_>) -> Option<usize> {
    let name = if let ExprKind::Name(name) = &expr.kind { name.as_str() } else { "" };
    let found = roles.iter().position(|role| role.name == name);
    if found.is_none() {
        let known: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
        let message = format!("there is no network `{name}` to follow");
        builder.report(
            Diagnostic::new(Code::UnknownNetwork, expr.span, message)
                .maybe_help(words::suggestion(name, &known, "networks")),
        );
    }
    found
}
