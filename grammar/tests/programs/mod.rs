//! Random programs: every construct of the language, of small depth.

use nn_grammar::ast::*;
use nn_grammar::span::Span;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Words that name no value: as names they can be read in some places only.
const NO_NAME: [&str; 13] =
    ["if", "else", "scan", "let", "param", "const", "state", "emit", "sample", "entry", "dim", "in", "with"];

/// Names that are words of the language, of Rust, or units, and names that are nothing else.
fn word() -> impl Strategy<Value = String> {
    any_word().prop_filter("a word that can be a name anywhere", |word| !NO_NAME.contains(&word.as_str()))
}

fn any_word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z][a-z0-9_]{0,5}",
        1 => "[A-Z][A-Za-z0-9]{0,5}",
        1 => "_[a-z0-9_]{1,3}",
        1 => prop::sample::select(vec!["größe", "網路", "data", "network", "block", "train", "pub", "memory", "minimize", "file"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["B", "KiB", "true", "fn", "self", "use", "crate", "e5", "doc", "class", "step", "pub"])
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

/// Any expression.
pub(crate) fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![number(), string(), word().prop_map(ExprKind::Name)].prop_map(at).boxed();
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            6 => operation(inner.clone()),
            4 => bracketed(inner.clone()),
            1 => (inner.clone(), stage(inner.clone()))
                .prop_map(|(base, stage)| ExprKind::Pipe(Box::new(base), Box::new(stage))),
            1 => flat_chain(inner.clone()).prop_map(ExprKind::Chain),
            1 => (inner.clone(), graph(inner.clone()), graph(inner.clone())).prop_map(|(condition, then, otherwise)| {
                ExprKind::If(Box::new(If { condition, then, otherwise }))
            }),
            1 => (vec((name(), inner.clone()), 1..3), graph(inner))
                .prop_map(|(sequences, body)| ExprKind::Scan(Box::new(Scan { sequences, body }))),
        ]
        .prop_map(at)
    })
}

/// Expressions that operators make of `inner`.
fn operation(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    use BinaryOp::{Add, Div, Equal, Greater, GreaterEqual, Less, LessEqual, MatMul, Mul, NotEqual, Sub};
    let pair = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
    let ops = vec![Add, Sub, Mul, Div, MatMul, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual];
    prop_oneof![
        1 => pair.clone().prop_map(|(left, right)| ExprKind::Arrow(left, right)),
        1 => pair.clone().prop_map(|(left, right)| ExprKind::Range(left, right)),
        4 => (prop::sample::select(ops), pair).prop_map(|(op, (left, right))| ExprKind::Binary(op, left, right)),
        1 => inner.clone().prop_map(|inner| ExprKind::Negate(Box::new(inner))),
        1 => (inner, name()).prop_map(|(base, part)| ExprKind::Field(Box::new(base), part)),
    ]
}

/// Expressions with `inner` in brackets.
fn bracketed(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = ExprKind> {
    let end = option::of(inner.clone().prop_map(Box::new));
    let open = (any::<bool>(), end)
        .prop_map(|(first, end)| at(if first { ExprKind::Open(end, None) } else { ExprKind::Open(None, end) }));
    let entry = prop_oneof![3 => inner.clone(), 1 => open];
    let part = (name(), inner.clone()).prop_map(|(name, value)| Arg { name: Some(name), value });
    prop_oneof![
        vec(inner.clone(), 0..4).prop_map(ExprKind::List),
        (inner.clone(), vec(entry, 1..3)).prop_map(|(base, row)| ExprKind::Index(Box::new(base), row)),
        vec(part, 1..3).prop_map(ExprKind::Tuple),
        (name(), vec(arg_of(inner), 0..4)).prop_map(|(name, args)| ExprKind::Call(call(name, args, None))),
    ]
}

/// A chain of calls without chains of their own.
fn flat_chain(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Chain> {
    let stage = (name(), vec(arg_of(inner), 0..2)).prop_map(|(name, args)| Stage::Call(call(name, args, None)));
    vec(stage, 0..3).prop_map(|stages| Chain { stages, span: Span::default() })
}

/// What can stand behind `|>`.
fn stage(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Stage> {
    let called = (name(), vec(arg_of(inner.clone()), 0..2), option::weighted(0.3, flat_chain(inner.clone())));
    prop_oneof![
        3 => called.prop_map(|(name, args, chain)| Stage::Call(call(name, args, chain))),
        1 => flat_chain(inner).prop_map(Stage::Chain),
    ]
}

/// A graph of `inner`.
fn graph(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Graph> {
    let result = option::weighted(0.8, inner.clone().prop_map(Box::new));
    (vec(statement(inner), 0..3), result).prop_map(|(statements, result)| Graph {
        statements,
        result,
        span: Span::default(),
    })
}

fn statement(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Statement> {
    let role = prop::sample::select(vec![TensorRole::Param, TensorRole::Const, TensorRole::State]);
    let tensor = (role, name(), option::of(kind(inner.clone())), inner.clone());
    let names = prop_oneof![2 => vec(name(), 1..2), 1 => vec(name(), 2..4)];
    prop_oneof![
        3 => (names, inner.clone()).prop_map(|(names, value)| StatementKind::Let { names, value }),
        2 => tensor.prop_map(|(role, name, kind, value)| StatementKind::Tensor { role, name, kind, value }),
        1 => (name(), inner.clone()).prop_map(|(name, value)| StatementKind::Next { name, value }),
        1 => inner.clone().prop_map(StatementKind::Emit),
        1 => (name(), inner.clone())
            .prop_map(|(name, distribution)| StatementKind::Sample { name, distribution }),
        1 => (name(), vec(input(inner.clone()), 1..3), inner.clone())
            .prop_map(|(name, inputs, value)| StatementKind::Entry { name, inputs, value }),
        1 => (name(), inner).prop_map(|(name, most)| StatementKind::Dim { name, most }),
    ]
    .prop_map(|kind| Statement { kind, span: Span::default() })
}

fn kind(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Type> {
    (option::weighted(0.3, inner.clone()), vec(inner, 0..3)).prop_map(|(classes, extents)| Type {
        classes,
        extents,
        span: Span::default(),
    })
}

fn input(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Input> {
    (name(), option::of(kind(inner))).prop_map(|(name, kind)| Input { name, kind })
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

/// What a network or a block computes.
fn body() -> impl Strategy<Value = Body> {
    prop_oneof![chain().prop_map(Body::Chain), graph(expr().boxed()).prop_map(Body::Graph)]
}

fn network() -> impl Strategy<Value = Item> {
    let relation = prop::sample::select(vec![Relation::Is, Relation::AtMost]);
    let setting = (name(), relation, expr()).prop_map(|(name, relation, value)| Setting { name, relation, value });
    let input = (name(), kind(expr().boxed())).prop_map(|(name, kind)| Input { name, kind: Some(kind) });
    let dims = vec((name(), expr()), 0..2);
    (docs(), any::<bool>(), name(), (vec(input, 0..3), dims, vec(setting, 0..3)), body()).prop_map(
        |(docs, public, name, (inputs, dims, settings), body)| {
            Item::Network(Network { docs, public, name, inputs, dims, settings, body, span: Span::default() })
        },
    )
}

fn block() -> impl Strategy<Value = Item> {
    let param = (name(), name(), option::of(expr())).prop_map(|(name, kind, default)| Param { name, kind, default });
    (docs(), name(), vec(param, 0..3), vec(input(expr().boxed()), 0..3), body()).prop_map(
        |(docs, name, params, inputs, body)| {
            Item::Block(Block { docs, name, params, inputs, body, span: Span::default() })
        },
    )
}

fn use_file() -> impl Strategy<Value = Item> {
    "[a-z \"/.]{1,8}".prop_map(|path| Item::Use(Use { path, path_span: Span::default(), span: Span::default() }))
}

/// The words that no clause of settings can start with.
const NO_CLAUSE: [&str; 7] = ["rule", "learn", "data", "minimize", "step", "every", "at"];

/// The words that a statement starts with.
const STATEMENTS: [&str; 8] = ["let", "param", "const", "state", "emit", "sample", "entry", "dim"];

/// A clause that has no others in it.
fn plain_clause() -> BoxedStrategy<Clause> {
    let field = (name(), expr()).prop_map(|(name, value)| Field { name, value });
    let data = (plain_call(), vec(field, 0..4)).prop_map(|(source, fields)| ClauseKind::Data { source, fields });
    let target = vec(word(), 1..3).prop_map(|words| named(words.join(".")));
    let minimize = (expr(), vec(target, 0..3), plain_call()).prop_map(|(loss, over, optimizer)| ClauseKind::Minimize {
        loss,
        over,
        optimizer,
    });
    let settings =
        (any::<bool>(), args()).prop_map(|(parenthesized, args)| ClauseKind::Settings { parenthesized, args });
    let keyword = word().prop_filter("a word that is not reserved", |word| !NO_CLAUSE.contains(&word.as_str()));
    let fixed = |keyword: &'static str| move |kind| (keyword.to_owned(), kind);
    prop_oneof![
        1 => data.prop_map(fixed("data")),
        1 => minimize.prop_map(fixed("minimize")),
        3 => (keyword, prop_oneof![3 => settings, 1 => expr().prop_map(ClauseKind::AtMost), 1 => expr().prop_map(ClauseKind::Times), 1 => expr().prop_map(ClauseKind::Last)]),
    ]
    .prop_map(|(keyword, kind)| Clause { keyword: named(keyword), kind, span: Span::default() })
    .boxed()
}

fn clause() -> BoxedStrategy<Clause> {
    let clauses = || vec(plain_clause(), 0..3);
    let no_statement =
        |clauses: &Vec<Clause>| clauses.iter().all(|clause| !STATEMENTS.contains(&clause.keyword.text.as_str()));
    let statements = graph(expr().boxed()).prop_map(|graph| graph.statements);
    let step = (name(), statements, clauses().prop_filter("no statement", no_statement))
        .prop_map(|(name, statements, clauses)| ("step", ClauseKind::Step { name, statements, clauses }));
    let every = (option::of(expr()), clauses())
        .prop_map(|(batches, clauses)| ("every", ClauseKind::Every { batches, clauses }));
    let at = (expr(), clauses()).prop_map(|(epoch, clauses)| ("at", ClauseKind::At { epoch, clauses }));
    let with_clauses = prop_oneof![step, every, at].prop_map(|(word, kind)| Clause {
        keyword: named(word.to_owned()),
        kind,
        span: Span::default(),
    });
    prop_oneof![4 => plain_clause(), 1 => with_clauses.boxed()].boxed()
}

/// The weights that a training begins with.
fn origin() -> impl Strategy<Value = Origin> {
    ("[a-z \"/.]{1,8}", option::of(name()), vec(expr(), 0..3)).prop_map(|(path, convention, map)| Origin {
        path,
        path_span: Span::default(),
        convention,
        map,
        span: Span::default(),
    })
}

fn train() -> impl Strategy<Value = Item> {
    let role = (option::of(name()), name()).prop_map(|(name, network)| Role { name, network });
    (docs(), name(), vec(input(expr().boxed()), 0..2), (vec(role, 0..3), option::of(origin())), vec(clause(), 0..6))
        .prop_map(|(docs, name, inputs, (roles, origin), clauses)| {
            Item::Train(Train { docs, name, inputs, roles, origin, clauses, span: Span::default() })
        })
}

fn search() -> impl Strategy<Value = Item> {
    (docs(), name(), vec(plain_clause(), 0..3))
        .prop_map(|(docs, name, clauses)| Item::Search(Search { docs, name, clauses, span: Span::default() }))
}

fn constant() -> impl Strategy<Value = Item> {
    (name(), expr()).prop_map(|(name, value)| Item::Constant(Constant { name, value, span: Span::default() }))
}

/// A whole program.
pub(crate) fn program() -> impl Strategy<Value = Program> {
    let item = prop_oneof![
        1 => use_file().boxed(),
        3 => network().boxed(),
        3 => block().boxed(),
        3 => train().boxed(),
        1 => search().boxed(),
        1 => constant().boxed(),
    ];
    vec(item, 0..4).prop_map(|items| Program { items })
}
