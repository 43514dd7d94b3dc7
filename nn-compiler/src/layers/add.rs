//! Element-wise arithmetic on several values: `add(a, b, …)`, which is also `a + b`, and its kin. Shapes are stretched to each other.

use super::{BASE, Complaint, Incoming, Layer, Lowering, Operands};
use crate::ir::{Binary, Graph, Value};
use crate::shape::Shape;
use crate::signature::Signature;
use crate::words;
use nn_grammar::diagnostic::Code;

macro_rules! elementwise {
    ($($name:ident = $text:literal, $operands:ident, $doc:literal, $combine:expr;)+) => {
        $(
            #[doc = $doc]
            pub(crate) static $name: Layer = Layer {
                signature: Signature {
                    name: $text,
                    doc: concat!($doc, " Axes are compared from the last to the first; where one value has an extent of 1, or no such axis, it is repeated."),
                    params: &[],
                },
                operands: Operands::$operands,
                output,
                lower: |cx, _, x| {
                    let values: Vec<Value> = [x].into_iter().chain(cx.others.iter().map(|(_, value)| *value)).collect();
                    let values = stretched(cx.graph, &values);
                    let combine: fn(&mut Lowering<'_>, &[Value]) -> Value = $combine;
                    combine(cx, &values)
                },
                ..BASE
            };
        )+
    };
}

/// Combines all values from the left.
fn fold(cx: &mut Lowering<'_>, values: &[Value], op: Binary) -> Value {
    let (first, rest) = values.split_first().expect("there are operands");
    rest.iter().fold(*first, |so_far, value| cx.graph.binary(op, so_far, *value))
}

elementwise! {
    ADD = "add", MANY, "The sum of all values, element by element: `a + b`.", |cx, values| fold(cx, values, Binary::Add);
    SUBTRACT = "subtract", TWO, "The difference, element by element: `a - b`.", |cx, values| fold(cx, values, Binary::Sub);
    MULTIPLY = "multiply", MANY, "The product of all values, element by element: `a * b`.", |cx, values| fold(cx, values, Binary::Mul);
    DIVIDE = "divide", TWO, "The quotient, element by element: `a / b`.", |cx, values| fold(cx, values, Binary::Div);
    MAXIMUM = "maximum", MANY, "The largest value, element by element. Where values are equal, the gradient goes to the first.",
        |cx, values| fold(cx, values, Binary::Max);
    MINIMUM = "minimum", MANY, "The smallest value, element by element. Where values are equal, the gradient goes to the first.",
        |cx, values| fold(cx, values, Binary::Min);
    AVERAGE = "average", MANY, "The mean of all values, element by element.", |cx, values| {
        let sum = fold(cx, values, Binary::Add);
        cx.graph.scale(sum, 1.0 / values.len() as f64)
    };
    GREATER = "greater", TWO, "1 where `a > b`, else 0; no gradient passes.", |cx, values| fold(cx, values, Binary::Greater);
    GREATER_EQUAL = "greater_equal", TWO, "1 where `a >= b`, else 0; no gradient passes.",
        |cx, values| fold(cx, values, Binary::GreaterEqual);
    EQUAL = "equal", TWO, "1 where `a == b`, else 0; no gradient passes.", |cx, values| fold(cx, values, Binary::Equal);
}

/// The shape that all operands can be stretched to.
fn output(_: &super::Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    incoming.others.iter().try_fold(incoming.shape.to_vec(), |so_far, (_, shape)| {
        common(&so_far, shape).ok_or_else(|| {
            let (a, b) = (words::shape(&so_far), words::shape(shape));
            Complaint {
                code: Code::WidthMismatch,
                message: format!("{a} and {b} do not fit each other element by element"),
                blame: None,
                label: format!("{a} meets {b}"),
                help: "from the last axis to the first, extents are equal or one of them is 1".to_owned(),
            }
        })
    })
}

/// The shape that two shapes can both be stretched to.
fn common(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let extent = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |at| shape[at]);
    (0..rank)
        .map(|axis| match (extent(a, axis), extent(b, axis)) {
            (x, y) if x == y => Some(x),
            (1, n) | (n, 1) => Some(n),
            _ => None,
        })
        .collect()
}

/// All values in the shape that they can be stretched to; with the batch, if one of them has it.
pub(super) fn stretched(g: &mut Graph, values: &[Value]) -> Vec<Value> {
    let dims = values.iter().fold(Vec::new(), |so_far: Vec<usize>, value| {
        common(&so_far, &g.shape(*value).dims).expect("`output` has compared the shapes")
    });
    let rows = values.iter().map(|value| g.shape(*value).rows).max().unwrap_or(0);
    let shape = Shape { rows, dims };
    values.iter().map(|value| stretch(g, *value, &shape)).collect()
}

/// A value repeated to a shape that it can be stretched to.
pub(super) fn stretch(g: &mut Graph, value: Value, shape: &Shape) -> Value {
    let own = g.shape(value).clone();
    if own == *shape {
        return value;
    }
    // Axes of extent 1 go, then all that are missing are new.
    let ahead = shape.rank() - own.dims.len();
    let kept: Vec<usize> = (0..own.dims.len())
        .filter(|axis| own.dims[*axis] == shape.dims[shape.dims.len() - own.dims.len() + axis])
        .collect();
    let slim = Shape { rows: own.rows, dims: kept.iter().map(|axis| own.dims[*axis]).collect() };
    let slim = g.reshape(value, slim);
    let axes: Vec<usize> =
        own.is_batched().then_some(0).into_iter().chain(kept.iter().map(|axis| ahead + axis)).collect();
    g.broadcast(slim, shape.clone(), &axes)
}
