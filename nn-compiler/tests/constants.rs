//! Constants of a text: what they stand for, and what hides them.

use nn_compiler::compile;
use nn_grammar::text;

/// The layers of the first network, as the text of their arguments.
fn layers(source: &str) -> Vec<String> {
    let program = text::parse(source).expect("a text of the language");
    let compiled = compile(&program).unwrap_or_else(|mistakes| panic!("{source}: {mistakes:?}"));
    compiled[0].network.uses().iter().map(|layer| format!("{} {:?}", layer.path, layer.output)).collect()
}

/// The message of the only mistake.
fn mistake(source: &str) -> String {
    let program = text::parse(source).expect("a text of the language");
    let mistakes = compile(&program).expect_err(source);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    mistakes[0].message.clone()
}

#[test]
fn a_constant_stands_for_its_number_before_and_behind_it() {
    let plain = layers("network N < dense(4->32), repeat(3) < dense(32, tanh) >, dense(3) >");
    let before = "let wide = 2 * half; let half = 16; let times = wide / half + 1;
        network N < dense(4->wide), repeat(times) < dense(wide, tanh) >, dense(3) >";
    let behind = "network N < dense(4->wide), repeat(times) < dense(wide, tanh) >, dense(3) >
        let half = 16; let times = wide / half + 1; let wide = 2 * half;";
    assert_eq!(layers(before), plain);
    assert_eq!(layers(behind), plain);
}

#[test]
fn what_is_nearer_hides_a_constant() {
    let blocks = "let n = 8; block b(n: dim) < dense(n) > network N < dense(4->3), b(5) >";
    assert_eq!(layers(blocks)[1], "b_1.dense_1 [5]");
    let default = "let n = 8; block b(m: dim = n) < dense(m) > network N < dense(4->3), b >";
    assert_eq!(layers(default)[1], "b_1.dense_1 [8]");
    let bodies = "let n = 8; network N(x: [4]) { let h = x |> dense(n); let n = 5; h |> dense(n) }";
    assert_eq!(layers(bodies), ["dense_1 [8]", "dense_2 [5]"]);
}

#[test]
fn settings_of_a_training_can_be_constants() {
    let source = "let rate = 0.5; let rows = 7; network N < dense(1->1) >
        train N { data csv(\"a.csv\") { x = column(0); y = column(1); } minimize mse with sgd(rate / 2); batch rows; epochs 2 * rows; }";
    let program = text::parse(source).expect("a text of the language");
    let compiled = compile(&program).expect("a text without mistakes");
    let recipe = compiled[0].network.recipe.as_ref().expect("a train section");
    assert_eq!((recipe.batch, recipe.epochs), (7, 14));
    assert_eq!(recipe.optimizer.1.schedule("lr").lr, 0.25);
}

#[test]
fn a_constant_with_a_mistake_is_told_once() {
    let uses = "network N < dense(4->a), dense(a), dense(b) >";
    assert_eq!(
        mistake(&format!("let a = relu; let b = a; {uses}")),
        "the constant `a` is a number, not the word `relu`"
    );
    assert_eq!(mistake(&format!("let a = b; let b = a; {uses}")), "`a` has no value: it is needed to compute itself");
    assert_eq!(mistake(&format!("let a = 1 / 0; let b = a; {uses}")), "`a` has no value: division by 0");
}
