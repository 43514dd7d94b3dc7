//! What the formatter makes of graphs, statement by statement and comment by comment.

use nn_grammar::printer::format;

#[track_caller]
fn formats(source: &str, formatted: &str) {
    assert_eq!(format(source).as_deref(), Ok(formatted));
    assert_eq!(format(formatted).as_deref(), Ok(formatted));
}

/// Formats `source` as the body of a network, whose lines `formatted` are given without their indent.
#[track_caller]
fn body(source: &str, formatted: &str) {
    let indented: String =
        formatted.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect();
    formats(&format!("network N {{ {source}\n}}"), &format!("network N {{\n{indented}}}\n"));
}

#[test]
fn files_stand_below_each_other() {
    formats(
        "// Ours.\nuse  \"a.nn\";use \"b \\\" c.nn\" ; // theirs\n\n\nuse /* why */ \"d.nn\";network N<relu>",
        "// Ours.\nuse \"a.nn\";\nuse \"b \\\" c.nn\"; // theirs\n\n/* why */\nuse \"d.nn\";\n\nnetwork N < relu >\n",
    );
}

#[test]
fn docs_of_no_item_are_not_lost() {
    let source = "/// Of a file.\nuse  \"a.nn\";\n";
    assert!(format(source).is_err() || format(source).is_ok_and(|formatted| formatted.contains("Of a file.")));
}

#[test]
fn heads_keep_their_order() {
    formats(
        "network N(precision=f64,x:[32,32,3,],ids : class( V )[ T ],memory<=64KiB,y:[],z:class(2)){x}",
        "network N(precision = f64, x: [32, 32, 3], ids: class(V)[T], memory <= 64 KiB, y: [], z: class(2)) {\n    x\n}\n",
    );
    formats(
        "block b(c: dim=2*4)(x:[t,c],m){}block f(x){x}block g()< >block h()(x)<relu>",
        "block b(c: dim = 2 * 4)(x: [t, c], m) { }\n\nblock f()(x) {\n    x\n}\n\nblock g < >\n\nblock h()(x) < relu >\n",
    );
}

#[test]
fn long_heads_have_a_line_for_each_part() {
    let source = "network Translation(source: class(source_vocabulary_size)[64], target: class(8000)[64], precision = f64) { source }";
    let formatted = "\
network Translation(
    source: class(source_vocabulary_size)[64],
    target: class(8000)[64],
    precision = f64,
) {
    source
}
";
    formats(source, formatted);
    let source = "block b(c: dim, /* wide */ act: activation = relu) // between
    (x: [t, // time
    c], m /* mask */) /* of */ { x }";
    let formatted = "\
block b(
    c: dim,
    /* wide */
    act: activation = relu,
)(
    // between
    x: [
        t, // time
        c,
    ],
    m,
    /* mask */
    /* of */
) {
    x
}
";
    formats(source, formatted);
}

#[test]
fn each_statement_has_a_line() {
    body(
        "let h=x|>dense(16);let(mu,logvar,)=encode(x);let (one)=1;param w:[4,3]=normal(0.02);param b=0;const k:[3]=[1,-2,1];
        state s:[16]=zeros;next s=s+1;emit s;sample eps~normal[20];sample u ~ uniform(-1,1)[4,4];
        entry decode(z:[20],y)=z|>dense(4);dim T<=256;h",
        "let h = x |> dense(16);
let (mu, logvar) = encode(x);
let one = 1;
param w: [4, 3] = normal(0.02);
param b = 0;
const k: [3] = [1, -2, 1];
state s: [16] = zeros;
next s = s + 1;
emit s;
sample eps ~ normal[20];
sample u ~ uniform(-1, 1)[4, 4];
entry decode(z: [20], y) = z |> dense(4);
dim T <= 256;
h",
    );
    formats("network N{}", "network N { }\n");
}

#[test]
fn comments_and_blank_lines_stay_between_statements() {
    body(
        "// first
        let a = 1; /* one */ let b = 2; // two


        // about c
        let c = /* three */ 3 // really
        ;
        param w: [4, /* rows */ 3] = zeros;

        // result
        c // it
        // the end",
        "// first
let a = 1;
/* one */
let b = 2; // two

// about c
/* three */
let c = 3; // really
param w: [
    4,
    /* rows */
    3,
] = zeros;

// result
c // it
// the end",
    );
    formats("network N { // nothing\n}", "network N {\n    // nothing\n}\n");
}

#[test]
fn long_pipes_break_before_each_stage() {
    body(
        "x|>dense(4)|>< relu,dropout(0.5)>|>f<a>|>g(1)<b>",
        "x |> dense(4) |> < relu, dropout(0.5) > |> f < a > |> g(1) < b >",
    );
    body(
        "let h = x |> convolution(filters = 32, kernel = 3) |> repeat(3) < residual < convolution(32, 3), layer_norm >, relu > |> flatten;
        f((x |> a) + (y |> b), relu(z |> convolution(filters = 32, kernel = 3) |> convolution(filters = 64, kernel = 3)))",
        "let h = x
    |> convolution(filters = 32, kernel = 3)
    |> repeat(3) < residual < convolution(32, 3), layer_norm >, relu >
    |> flatten;
f(
    (x |> a) + (y |> b),
    relu(z |> convolution(filters = 32, kernel = 3) |> convolution(filters = 64, kernel = 3)),
)",
    );
}

#[test]
fn comments_stay_between_stages() {
    body(
        "let h = x // the picture
        // smaller
        |> pool(2) |> // half
        dense(4, /* plain */ relu) /* four */
        |> softmax; // done
        a + (h |> f // last
        |> g)",
        "let h = x // the picture
    // smaller
    |> pool(2) // half
    |> dense(
        4,
        /* plain */
        relu,
    ) /* four */
    |> softmax; // done
a + (h
    |> f // last
    |> g)",
    );
}

#[test]
fn a_choice_without_statements_can_stand_on_a_line() {
    body(
        "let s=if stride==1{x}else{x|>conv(c,1,stride)};if a{1}else if b{2}else{if c{3}else{ }}",
        "let s = if stride == 1 { x } else { x |> conv(c, 1, stride) };
if a { 1 } else if b { 2 } else if c { 3 } else { }",
    );
    body(
        "let s = if a { let y = f(x); y } else { x }; relu(if kernel_size == 1 { the_input_as_it_is } else { the_input_as_it_is |> convolution(c, 1, stride) })",
        "let s = if a {
    let y = f(x);
    y
} else {
    x
};
relu(
    if kernel_size == 1 {
        the_input_as_it_is
    } else {
        the_input_as_it_is |> convolution(c, 1, stride)
    },
)",
    );
}

#[test]
fn comments_stay_in_branches() {
    body(
        "if a /* if so */ { x } // before else
        else { y /* so be it */ }",
        "if a {
    /* if so */
    x
} else {
    // before else
    y
    /* so be it */
}",
    );
    body(
        "if a { x } else if f(b, // why
        c) { y } else { z }",
        "if a {
    x
} else if f(
    b, // why
    c,
) {
    y
} else {
    z
}",
    );
    body(
        "if a { x } /* or */ else if b { y } else { z }",
        "if a {
    x
} else {
    /* or */
    if b { y } else { z }
}",
    );
}

#[test]
fn a_scan_with_statements_has_lines() {
    body("let l=scan a in x,b in y{f(a,b)};l", "let l = scan a in x, b in y { f(a, b) };\nl");
    body(
        "scan xt in x /* steps */ { state s: [4] = zeros; // empty
        // forward
        next s = tanh(wz(xt + s)); emit (a=s, b = xt); // both
        // no more
        }",
        "scan xt in x {
    /* steps */
    state s: [4] = zeros; // empty
    // forward
    next s = tanh(wz(xt + s));
    emit (a = s, b = xt); // both
    // no more
}",
    );
    body(
        "scan a in x, // the first
        /* the second */ b in y { emit a; }",
        "scan
    a in x, // the first
    /* the second */
    b in y
{
    emit a;
}",
    );
    body(
        "scan element in some_sequence |> dense(16) |> relu, mask in another_sequence |> dense(16) |> relu |> tanh { element }",
        "scan
    element in some_sequence |> dense(16) |> relu,
    mask in another_sequence |> dense(16) |> relu |> tanh
{
    element
}",
    );
}

#[test]
fn tuples_fields_and_indices() {
    body(
        "(mu=a.mu,logvar=(b).c[..][1..][..-1,2,0..4][\"k\"],)",
        "(mu = a.mu, logvar = b.c[..][1..][..-1, 2, 0..4][\"k\"])",
    );
    body(
        "( // parts
        mu = a, /* and */ logvar = b)[0, // row
        ..]",
        "(
    // parts
    mu = a,
    /* and */
    logvar = b,
)[
    0, // row
    ..,
]",
    );
}

#[test]
fn parentheses_stand_only_where_they_are_needed() {
    body(
        "let a = ((x@w))+b; let b = ((x + y) @ w) * 2; let c = (a < b) == (c); let d = (a + b) >= (c * d); let e = -(a == b);
        let f = (x |> g).mu; let h = (x |> g)[0]; let i = (((x) |> g) |> h); let j = (x |> g)->(a == b); let k = (a == b)..(c);
        let l = x[(a..b)..]; let m = (< a >) + (< b >) < c; let n = (< a >) > b; let o = (if a { b } else { c }) < d; (a + b) |> c",
        "let a = x @ w + b;
let b = (x + y) @ w * 2;
let c = (a < b) == c;
let d = a + b >= c * d;
let e = -(a == b);
let f = (x |> g).mu;
let h = (x |> g)[0];
let i = x |> g |> h;
let j = (x |> g)->a == b;
let k = a == b..c;
let l = x[(a..b)..];
let m = (< a > + < b >) < c;
let n = < a > > b;
let o = (if a { b } else { c }) < d;
a + b |> c",
    );
}

#[test]
fn chains_are_values() {
    body(
        "let enc = <dense(8,tanh),<a,b>>; f(<>, <relu>) |> enc",
        "let enc = < dense(8, tanh), < a, b > >;\nf(< >, < relu >) |> enc",
    );
    body("let enc = < dense(8), // wide\n relu >; enc(x)", "let enc = <\n    dense(8), // wide\n    relu,\n>;\nenc(x)");
}

#[test]
fn clauses_take_whole_expressions() {
    formats(
        "train N { minimize mse(xhat,x)+0.1*sum(abs(h)) with adam(0.01); batch (1 + 2)|>f; metric (a = 1),; metric ((a = 1)); size (1+2) @ 3; }",
        "train N {
    minimize mse(xhat, x) + 0.1 * sum(abs(h)) with adam(0.01);
    batch 1 + 2 |> f;
    metric (a = 1),;
    metric((a = 1));
    size (1 + 2) @ 3;
}
",
    );
}

#[test]
fn a_comment_before_the_first_clause_stays_in_the_section() {
    formats(
        "train a(x: [4], y: class(3)) {\n// how\nbatch 4; }",
        "train a(x: [4], y: class(3)) {\n    // how\n    batch 4;\n}\n",
    );
}
