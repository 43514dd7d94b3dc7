//! Each node of the tree knows where it stands: in bytes of a text, in tokens of a macro.

use nn_grammar::ast::*;
use nn_grammar::span::Span;
use nn_grammar::text;
use nn_grammar::tokens;
use proc_macro2::TokenStream;
use std::str::FromStr;

const SOURCE: &str = "\u{feff}// größe
/// Doc.
pub  network  Iris ( precision = f64 , memory <= 64 KiB ) < dense ( 4 -> 16 , init = he ( gain = 2 ) ) , // a
  residual < relu > , < x , > ,
>
block b ( c : dim = 2 * ( 1 + c ) ) < y >
train Iris {
  data csv ( \"größe.csv\" ) { x = - columns [ 0 .. 4 ] ; }
  memory <= 8KiB ;
  early_stop ( patience = 20 , ) ; split a , b = 1 ;
} /* end */
";

/// What stands at each node, in the order of the text.
fn pieces(program: &Program, show: &dyn Fn(Span) -> String) -> Vec<String> {
    let mut spans = Vec::new();
    for item in &program.items {
        match item {
            Item::Use(item) => spans.extend([item.span, item.path_span]),
            Item::Network(network) => {
                spans.extend([network.span, network.name.span]);
                inputs(&network.inputs, &mut spans);
                for (name, most) in &network.dims {
                    spans.push(name.span);
                    expr(most, &mut spans);
                }
                for setting in &network.settings {
                    spans.push(setting.name.span);
                    expr(&setting.value, &mut spans);
                }
                body(&network.body, &mut spans);
            }
            Item::Block(block) => {
                spans.extend([block.span, block.name.span]);
                for param in &block.params {
                    spans.extend([param.name.span, param.kind.span]);
                    param.default.iter().for_each(|default| expr(default, &mut spans));
                }
                inputs(&block.inputs, &mut spans);
                body(&block.body, &mut spans);
            }
            Item::Train(train) => {
                spans.extend([train.span, train.name.span]);
                inputs(&train.inputs, &mut spans);
                for role in &train.roles {
                    spans.extend(role.name.iter().map(|name| name.span));
                    spans.push(role.network.span);
                }
                if let Some(origin) = &train.origin {
                    spans.extend([origin.span, origin.path_span]);
                    spans.extend(origin.convention.iter().map(|name| name.span));
                    origin.map.iter().for_each(|entry| expr(entry, &mut spans));
                }
                train.clauses.iter().for_each(|part| clause(part, &mut spans));
            }
            Item::Search(search) => {
                spans.extend([search.span, search.name.span]);
                search.clauses.iter().for_each(|part| clause(part, &mut spans));
            }
            Item::Constant(constant) => {
                spans.extend([constant.span, constant.name.span]);
                expr(&constant.value, &mut spans);
            }
        }
    }
    spans.into_iter().map(show).collect()
}

fn chain(chain: &Chain, spans: &mut Vec<Span>) {
    spans.push(chain.span);
    chain.stages.iter().for_each(|inner| stage(inner, spans));
}

fn stage(stage: &Stage, spans: &mut Vec<Span>) {
    match stage {
        Stage::Call(inner) => call(inner, spans),
        Stage::Chain(inner) => chain(inner, spans),
    }
}

fn body(body: &Body, spans: &mut Vec<Span>) {
    match body {
        Body::Chain(inner) => chain(inner, spans),
        Body::Graph(inner) => graph(inner, spans),
    }
}

fn graph(graph: &Graph, spans: &mut Vec<Span>) {
    spans.push(graph.span);
    graph.statements.iter().for_each(|part| statement(part, spans));
    graph.result.iter().for_each(|result| expr(result, spans));
}

fn statement(statement: &Statement, spans: &mut Vec<Span>) {
    spans.push(statement.span);
    match &statement.kind {
        StatementKind::Let { names, value } => {
            spans.extend(names.iter().map(|name| name.span));
            expr(value, spans);
        }
        StatementKind::Tensor { name, kind, value, .. } => {
            spans.push(name.span);
            kind.iter().for_each(|kind| self::kind(kind, spans));
            expr(value, spans);
        }
        StatementKind::Next { name, value }
        | StatementKind::Sample { name, distribution: value }
        | StatementKind::Dim { name, most: value } => {
            spans.push(name.span);
            expr(value, spans);
        }
        StatementKind::Emit(value) => expr(value, spans),
        StatementKind::Entry { name, inputs: row, value } => {
            spans.push(name.span);
            inputs(row, spans);
            expr(value, spans);
        }
    }
}

fn inputs(inputs: &[Input], spans: &mut Vec<Span>) {
    for input in inputs {
        spans.push(input.name.span);
        input.kind.iter().for_each(|kind| self::kind(kind, spans));
    }
}

fn kind(kind: &Type, spans: &mut Vec<Span>) {
    spans.push(kind.span);
    kind.classes.iter().chain(&kind.extents).for_each(|part| expr(part, spans));
}

fn call(call: &Call, spans: &mut Vec<Span>) {
    spans.extend([call.span, call.name.span]);
    args(&call.args, spans);
    call.chain.iter().for_each(|inner| chain(inner, spans));
}

fn args(args: &[Arg], spans: &mut Vec<Span>) {
    for arg in args {
        spans.extend(arg.name.iter().map(|name| name.span));
        expr(&arg.value, spans);
    }
}

fn expr(value: &Expr, spans: &mut Vec<Span>) {
    spans.push(value.span);
    match &value.kind {
        ExprKind::Call(inner) => call(inner, spans),
        ExprKind::Arrow(left, right) | ExprKind::Range(left, right) | ExprKind::Binary(_, left, right) => {
            expr(left, spans);
            expr(right, spans);
        }
        ExprKind::List(list) => list.iter().for_each(|part| expr(part, spans)),
        ExprKind::Index(base, list) => {
            expr(base, spans);
            list.iter().for_each(|part| expr(part, spans));
        }
        ExprKind::Negate(inner) => expr(inner, spans),
        ExprKind::Open(from, to) => [from, to].into_iter().flatten().for_each(|end| expr(end, spans)),
        ExprKind::Field(base, name) => {
            expr(base, spans);
            spans.push(name.span);
        }
        ExprKind::Pipe(base, stage) => {
            expr(base, spans);
            self::stage(stage, spans);
        }
        ExprKind::Chain(inner) => chain(inner, spans),
        ExprKind::If(inner) => {
            expr(&inner.condition, spans);
            graph(&inner.then, spans);
            graph(&inner.otherwise, spans);
        }
        ExprKind::Scan(inner) => {
            for (name, sequence) in &inner.sequences {
                spans.push(name.span);
                expr(sequence, spans);
            }
            graph(&inner.body, spans);
        }
        ExprKind::Tuple(parts) => args(parts, spans),
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => {}
    }
}

fn clause(written: &Clause, spans: &mut Vec<Span>) {
    spans.extend([written.span, written.keyword.span]);
    match &written.kind {
        ClauseKind::Data { source, fields } => {
            call(source, spans);
            for field in fields {
                spans.push(field.name.span);
                expr(&field.value, spans);
            }
        }
        ClauseKind::Minimize { loss, over, optimizer } => {
            expr(loss, spans);
            spans.extend(over.iter().map(|part| part.span));
            call(optimizer, spans);
        }
        ClauseKind::AtMost(value) | ClauseKind::Times(value) | ClauseKind::Last(value) => expr(value, spans),
        ClauseKind::Step { name, statements, clauses } => {
            spans.push(name.span);
            statements.iter().for_each(|part| statement(part, spans));
            clauses.iter().for_each(|part| clause(part, spans));
        }
        ClauseKind::Every { batches: head, clauses } => {
            head.iter().for_each(|head| expr(head, spans));
            clauses.iter().for_each(|part| clause(part, spans));
        }
        ClauseKind::At { epoch, clauses } => {
            expr(epoch, spans);
            clauses.iter().for_each(|part| clause(part, spans));
        }
        ClauseKind::Settings { args: list, .. } => args(list, spans),
    }
}

/// What stands at the nodes of `SOURCE`, in the order in which `pieces` lists them; `…` leaves out the middle.
const NODES: &[&str] = &[
    "pub  network  Iris … >",
    "Iris",
    "precision",
    "f64",
    "memory",
    "64 KiB",
    "< dense … >",
    "dense ( 4 -> 16 , init = he ( gain = 2 ) )",
    "dense",
    "4 -> 16",
    "4",
    "16",
    "init",
    "he ( gain = 2 )",
    "he ( gain = 2 )",
    "he",
    "gain",
    "2",
    "residual < relu >",
    "residual",
    "< relu >",
    "relu",
    "relu",
    "< x , >",
    "x",
    "x",
    "block b … < y >",
    "b",
    "c",
    "dim",
    "2 * ( 1 + c )",
    "2",
    "( 1 + c )",
    "1",
    "c",
    "< y >",
    "y",
    "y",
    "train Iris { … }",
    "Iris",
    "data csv … }",
    "data",
    "csv ( \"größe.csv\" )",
    "csv",
    "\"größe.csv\"",
    "x",
    "- columns [ 0 .. 4 ]",
    "columns [ 0 .. 4 ]",
    "columns",
    "0 .. 4",
    "0",
    "4",
    "memory <= 8KiB ;",
    "memory",
    "8KiB",
    "early_stop ( patience = 20 , ) ;",
    "early_stop",
    "patience",
    "20",
    "split a , b = 1 ;",
    "split",
    "a",
    "b",
    "1",
];

fn compare(found: &[String], squeeze: fn(&str) -> String) {
    assert_eq!(found.len(), NODES.len(), "{found:#?}");
    for (found, node) in found.iter().zip(NODES) {
        let (start, end) = node.split_once('…').unwrap_or((node, node));
        let (start, end) = (squeeze(start), squeeze(end));
        let whole = node.contains('…') || squeeze(found) == squeeze(node);
        assert!(
            whole && squeeze(found).starts_with(&start) && squeeze(found).ends_with(&end),
            "{found:?} is not {node:?}"
        );
    }
}

#[test]
fn nodes_stand_at_their_bytes() {
    let show = |span: Span| SOURCE[span.range()].to_owned();
    let by_text = text::parse(SOURCE).expect("it is a program");
    compare(&pieces(&by_text, &show), |text| text.trim().to_owned());
    let by_tokens = tokens::parse_source(SOURCE).expect("it is a program");
    compare(&pieces(&by_tokens, &show), |text| text.trim().to_owned());
}

/// The constructs that only bodies in braces have.
const GRAPH: &str = "use \"a.nn\" ;
network N ( x : [ 4 , 2 ] , ids : class ( 65 ) [ 64 ] , dim T <= 8 , precision = f64 ) {
  let ( a , b ) = scan e in x , f in g ( ids ) { state s : [ 4 ] = zeros ; next s = - s @ e . mu ; emit ( p = s , q = f ) ; } ;
  sample eps ~ normal [ 20 ] ; entry decode ( z : [ 20 ] ) = z |> dense ( 4 ) < relu > |> < tanh > ;
  dim U <= 3 ; param w : class ( 3 ) = 1 ;
  if a == b { a [ .. , 1 .. , .. 4 ] } else if ( a < b ) { < relu > } else { b [ 0 .. 2 ] }
}
block b ( c : dim ) ( x : [ t , c ] , m ) { x }
train N { minimize mse ( x ) + 1 with adam ; }
";

#[test]
fn the_nodes_of_bodies_stand_where_they_stand_in_a_text() {
    let by_text = text::parse(GRAPH).expect("it is a program");
    let show = |span: Span| GRAPH[span.range()].to_owned();
    let nodes = pieces(&by_text, &show);
    let part = |node: &str| nodes.iter().any(|found| found == node);
    for node in [
        "dim U <= 3 ;",
        "[ 4 , 2 ]",
        "class ( 65 ) [ 64 ]",
        "- s @ e . mu",
        "e . mu",
        "mu",
        "z |> dense ( 4 ) < relu >",
        "1 ..",
        ".. 4",
        "if ( a < b ) { < relu > } else { b [ 0 .. 2 ] }",
        "( a < b )",
        "[ t , c ]",
        "mse ( x ) + 1",
    ] {
        assert!(part(node), "{node} is not among {nodes:#?}");
    }
    let by_tokens = tokens::parse_source(GRAPH).expect("it is a program");
    assert_eq!(pieces(&by_tokens, &show), nodes);
    let parsed = tokens::parse(GRAPH.parse().expect("it is made of Rust tokens"));
    let Ok(tokens::Input::Program(program)) = &parsed.input else { panic!("it is a program: {:?}", parsed.input) };
    let show = |span: Span| parsed.spans.resolve(span).source_text().expect("the text of these tokens is known");
    assert_eq!(pieces(program, &show), nodes);
}

#[test]
fn nodes_stand_at_their_tokens() {
    let stream = TokenStream::from_str(SOURCE).expect("it is made of Rust tokens");
    let parsed = tokens::parse(stream);
    let Ok(tokens::Input::Program(program)) = &parsed.input else { panic!("it is a program: {:?}", parsed.input) };
    let show = |span: Span| parsed.spans.resolve(span).source_text().expect("the text of these tokens is known");
    compare(&pieces(program, &show), |text| text.split_whitespace().collect());
}

#[test]
fn tokens_are_counted_one_by_one() {
    let chain = |source: &str| match tokens::parse(source.parse().expect("these are Rust tokens")).input {
        Ok(tokens::Input::Anonymous(chain)) => chain,
        other => panic!("{other:?}"),
    };
    // < dense ( 4 - > 16 , k = "a" ) , x >
    // 0 1     2 3 4 5 6  7 8 9 10  11 12 13 14
    let read = chain("< dense(4->16, k = \"a\"), x >");
    assert_eq!(read.span.range(), 0..15);
    let Stage::Call(dense) = &read.stages[0] else { panic!("it is a call") };
    assert_eq!((dense.span.range(), dense.name.span.range()), (1..12, 1..2));
    assert_eq!(dense.args[0].value.span.range(), 3..7);
    assert_eq!(dense.args[1].name.as_ref().map(|name| name.span.range()), Some(8..9));
    assert_eq!(dense.args[1].value.span.range(), 10..11);
}

#[test]
fn the_end_of_a_macro_has_a_place() {
    let parsed = tokens::parse("network Iris".parse().expect("these are Rust tokens"));
    let diagnostics = parsed.input.expect_err("it ends early");
    let place = parsed.spans.resolve(diagnostics[0].primary.span);
    assert_eq!(place.source_text().as_deref(), Some("Iris"));
    let empty = tokens::parse(TokenStream::new());
    assert_eq!(empty.input, Ok(tokens::Input::Program(Program::default())));
    let _ = empty.spans.resolve(Span::default());
}

#[test]
fn a_macro_has_more_forms_than_a_file() {
    let read = |source: &str| tokens::parse(source.parse().expect("these are Rust tokens")).input;
    let file = tokens::Input::File { path: "models/a.nn".to_owned(), span: Span::new(1, 2) };
    assert_eq!(read("file \"models/a.nn\""), Ok(file));
    let whole = text::parse("/// Doc.\npub network Iris(precision = f64) < relu >\ntrain Iris { batch 16; }")
        .map(tokens::Input::Program);
    assert_eq!(read("/// Doc.\npub Iris(precision = f64) < relu > train Iris { batch 16; }"), whole);
    let graph = text::parse("network Iris(x: [4]) { x }").map(tokens::Input::Program);
    assert_eq!(read("Iris(x: [4]) { x }"), graph);
    let bare = text::parse("pub network Iris { x }").map(tokens::Input::Program);
    assert_eq!(read("pub Iris { x }"), bare);
    let private = text::parse("network file < relu > network B < >").map(tokens::Input::Program);
    assert_eq!(read("file < relu > network B < >"), private);
}

#[test]
fn invisible_groups_and_negative_literals_are_seen_through() {
    use proc_macro2::{Delimiter, Group, Literal, TokenTree};
    let tree = |source: &str| TokenStream::from_str(source).expect("these are Rust tokens");
    let mut inner = tree("f");
    let group = Group::new(Delimiter::None, tree("4 -> 16"));
    let row = [tree("4->16,"), tree("l1 ="), TokenTree::from(Literal::f64_unsuffixed(-0.5)).into()];
    inner.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, row.into_iter().collect()))]);
    let mut stream = tree("<");
    stream.extend([TokenTree::Group(Group::new(Delimiter::None, inner))]);
    stream.extend(tree(", g"));
    stream.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, TokenStream::from(TokenTree::Group(group))))]);
    stream.extend(tree(">"));
    let plain = tokens::parse(tree("< f(4->16, l1 = -0.5), g(4->16) >")).input;
    assert!(plain.is_ok());
    assert_eq!(tokens::parse(stream).input, plain);
}
