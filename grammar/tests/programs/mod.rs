//! Random programs: every construct of the language, of small depth.

use nn_grammar::ast::*;
use nn_grammar::span::Span;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Names that are words of the language, of Rust, or units, and names that are nothing else.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z][a-z0-9_]{0,5}",
        1 => "[A-Z][A-Za-z0-9]{0,5}",
        1 => "_[a-z0-9_]{1,3}",
        1 => prop::sample::select(vec!["größe", "網路", "data", "with", "network", "block", "train", "pub", "memory", "minimize", "file"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["B", "KiB", "true", "fn", "self", "let", "state", "use", "crate", "e5", "doc"])
            .prop_map(str::to_owned),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    word().prop_map(named)
}

fn named(text: String) -> Name {
    Name { text, span: Span::default() }
}

fn number() -> impl Strategy<Value = ExprKind> {
    let digits = r"[0-9][0-9_]{0,3}(\.[0-9][0-9_]{0,2})?([eE][+-]?[0-9]{1,2})?";
    let unit = prop::sample::select(vec![Unit::B, Unit::KiB, Unit::MiB, Unit::GiB]);
    (digits, option::weighted(0.2, unit)).prop_map(|(digits, unit)| ExprKind::Number(Number { digits, unit }))
}

fn string() -> impl Strategy<Value = ExprKind> {
    let c = prop_oneof![
        8 => prop::char::range(' ', '~'),
        1 => prop::sample::select(vec!['\n', '\r', '\t', '\\', '"', '\0', '\u{7f}', '\u{202e}', 'ß', '🦀', '\'']),
    ];
    vec(c, 0..8).prop_map(|chars| ExprKind::Text(chars.into_iter().collect()))
}

fn at(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

pub(crate) fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![number(), string(), word().prop_map(ExprKind::Name)].prop_map(at);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let pair = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        let op = prop::sample::select(vec![BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div]);
        prop_oneof![
            pair.clone().prop_map(|(left, right)| ExprKind::Arrow(left, right)),
            pair.clone().prop_map(|(left, right)| ExprKind::Range(left, right)),
            (op, pair).prop_map(|(op, (left, right))| ExprKind::Binary(op, left, right)),
            inner.clone().prop_map(|inner| ExprKind::Negate(Box::new(inner))),
            vec(inner.clone(), 0..4).prop_map(ExprKind::List),
            (inner.clone(), vec(inner.clone(), 1..3)).prop_map(|(base, row)| ExprKind::Index(Box::new(base), row)),
            (name(), vec(arg_of(inner), 0..4)).prop_map(|(name, args)| ExprKind::Call(call(name, args, None))),
        ]
        .prop_map(at)
    })
}

fn call(name: Name, args: Vec<Arg>, chain: Option<Chain>) -> Call {
    Call { name, args, chain, span: Span::default() }
}

fn arg_of(value: impl Strategy<Value = Expr>) -> impl Strategy<Value = Arg> {
    (option::weighted(0.4, name()), value).prop_map(|(name, value)| Arg { name, value })
}

fn args() -> impl Strategy<Value = Vec<Arg>> {
    vec(arg_of(expr()), 0..4)
}

fn plain_call() -> impl Strategy<Value = Call> {
    (name(), args()).prop_map(|(name, args)| call(name, args, None))
}

pub(crate) fn chain() -> impl Strategy<Value = Chain> {
    let stage = plain_call().prop_map(Stage::Call);
    let chain = vec(stage, 0..5).prop_map(|stages| Chain { stages, span: Span::default() });
    chain.prop_recursive(4, 24, 4, |inner| {
        let stage = prop_oneof![
            2 => (name(), args(), option::of(inner.clone()))
                .prop_map(|(name, args, chain)| Stage::Call(call(name, args, chain))),
            1 => inner.prop_map(Stage::Chain),
        ];
        vec(stage, 0..5).prop_map(|stages| Chain { stages, span: Span::default() })
    })
}

fn docs() -> impl Strategy<Value = Vec<String>> {
    let line = "[ -~äß]{0,20}".prop_map(|line: String| line.trim_end().to_owned());
    prop_oneof![3 => Just(Vec::new()), 1 => vec(line, 1..3)]
}

fn network() -> impl Strategy<Value = Item> {
    let relation = prop::sample::select(vec![Relation::Is, Relation::AtMost]);
    let setting = (name(), relation, expr()).prop_map(|(name, relation, value)| Setting { name, relation, value });
    (docs(), any::<bool>(), name(), vec(setting, 0..3), chain()).prop_map(|(docs, public, name, settings, body)| {
        Item::Network(Network { docs, public, name, settings, body, span: Span::default() })
    })
}

fn block() -> impl Strategy<Value = Item> {
    let param = (name(), name(), option::of(expr())).prop_map(|(name, kind, default)| Param { name, kind, default });
    (docs(), name(), vec(param, 0..3), chain())
        .prop_map(|(docs, name, params, body)| Item::Block(Block { docs, name, params, body, span: Span::default() }))
}

/// The words that no clause can start with.
const NO_CLAUSE: [&str; 14] = [
    "use", "rule", "let", "param", "state", "const", "entry", "scan", "step", "every", "learn", "sample", "data",
    "minimize",
];

fn clause() -> impl Strategy<Value = Clause> {
    let field = (name(), expr()).prop_map(|(name, value)| Field { name, value });
    let data = (plain_call(), vec(field, 0..4)).prop_map(|(source, fields)| ClauseKind::Data { source, fields });
    let minimize = (plain_call(), plain_call()).prop_map(|(loss, optimizer)| ClauseKind::Minimize { loss, optimizer });
    let settings =
        (any::<bool>(), args()).prop_map(|(parenthesized, args)| ClauseKind::Settings { parenthesized, args });
    let keyword = word().prop_filter("a word that is not reserved", |word| !NO_CLAUSE.contains(&word.as_str()));
    let fixed = |keyword: &'static str| move |kind| (keyword.to_owned(), kind);
    prop_oneof![
        1 => data.prop_map(fixed("data")),
        1 => minimize.prop_map(fixed("minimize")),
        3 => (keyword, prop_oneof![3 => settings, 1 => expr().prop_map(ClauseKind::AtMost)]),
    ]
    .prop_map(|(keyword, kind)| Clause { keyword: named(keyword), kind, span: Span::default() })
}

fn train() -> impl Strategy<Value = Item> {
    (docs(), name(), vec(clause(), 0..6))
        .prop_map(|(docs, network, clauses)| Item::Train(Train { docs, network, clauses, span: Span::default() }))
}

/// A whole program.
pub(crate) fn program() -> impl Strategy<Value = Program> {
    vec(prop_oneof![network(), block(), train()], 0..4).prop_map(|items| Program { items })
}
