//! Factors that leave a sum: never more multiplications than the text has.

use nn_compiler::compile;
use nn_compiler::plan::FunctionKind;
use nn_compiler::plan::cost;
use nn_grammar::text;

/// Floating-point operations of a prediction for one row.
fn operations(source: &str) -> u64 {
    let program = text::parse(source).expect("a text");
    let networks = compile(&program).expect("a network");
    let functions = &networks[0].plan.functions;
    let predict = functions.iter().find(|function| function.kind == FunctionKind::Predict).expect("a prediction");
    cost::of_function(predict).per_row
}

#[test]
fn a_power_is_not_taken_apart() {
    let power = |sum: &str| {
        operations(&format!(
            "network T(x: [64]) {{ let a = x * x; let b = a * a; let c = b * b; let d = c * c; {sum} }}"
        ))
    };
    let (plain, scaled) = (power("sum(d * d, axis = -1)"), power("sum(d * d * 3, axis = -1)"));
    assert!(plain < scaled, "the factor is one multiplication for a row");
    assert!(scaled < plain + 64, "and not one for each of its values: {scaled} operations, {plain} without it");
}
