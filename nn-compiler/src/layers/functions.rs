//! Functions of each element: `exp(x)`, `x |> abs`, `clip(x, 0, 1)`. Those that end networks are activations.

use super::{BASE, Complaint, Incoming, Layer, Lowering};
use crate::ir::{Binary, Value};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use nn_grammar::diagnostic::Code;

macro_rules! functions {
    ($($name:ident = $text:literal, $doc:literal, [$($param:expr),*], $output:expr, $lower:expr;)+) => {
        $(
            #[doc = $doc]
            pub(super) static $name: Layer = Layer {
                signature: Signature { name: $text, doc: $doc, params: &[$($param),*] },
                output: $output,
                lower: |cx, args, x| {
                    let lower: fn(&mut Lowering<'_>, &Args, Value) -> Value = $lower;
                    lower(cx, args, x)
                },
                ..BASE
            };
        )+
    };
}

functions! {
    EXP = "exp", "`e^x`.", [], same, |cx, _, x| cx.graph.exp(x);
    LOG = "log", "The natural logarithm; of 0 it is minus infinity, of negative numbers it is NaN.", [], same, |cx, _, x| cx.graph.ln(x);
    SQRT = "sqrt", "The square root; its gradient at 0 is infinite.", [], same, |cx, _, x| cx.graph.sqrt(x);
    ABS = "abs", "`|x|`; its gradient at 0 is 0.", [], same, |cx, _, x| cx.graph.abs(x);
    NEG = "neg", "`-x`.", [], same, |cx, _, x| cx.graph.neg(x);
    SQUARE = "square", "`x^2`.", [], same, |cx, _, x| cx.graph.mul(x, x);
    RECIPROCAL = "reciprocal", "`1 / x`.", [], same, |cx, _, x| cx.graph.recip(x);
    SIN = "sin", "The sine.", [], same, |cx, _, x| cx.graph.sin(x);
    COS = "cos", "The cosine.", [], same, |cx, _, x| cx.graph.cos(x);
    ERF = "erf", "The error function.", [], same, |cx, _, x| cx.graph.erf(x);
    ROUND = "round", "The nearest whole number, of two the even one; its gradient is 0.", [], same, |cx, _, x| cx.graph.round(x);
    FLOOR = "floor", "The largest whole number that is not above `x`; its gradient is 0.", [], same, |cx, _, x| {
        let g = &mut *cx.graph;
        // The nearest whole number, less 1 where that lies above.
        let near = g.round(x);
        let above = g.greater(near, x);
        let below = g.sub(near, above);
        g.stop(below)
    };
    CLIP = "clip", "`x` between `low` and `high`; outside its gradient is 0.", [
        Param::required("low", Kind::Real(Range::ANY), "the least value"),
        Param::required("high", Kind::Real(Range::ANY), "the largest value")
    ], clips, |cx, args, x| {
        let above = cx.graph.with(Binary::Max, x, args.real("low"));
        cx.graph.with(Binary::Min, above, args.real("high"))
    };
    POWER = "power", "`x^exponent`: for whole exponents below 2^32 by products, for others `e^(exponent ln x)`, which is NaN below 0.", [
        Param::required("exponent", Kind::Real(Range::ANY), "the exponent")
    ], same, |cx, args, x| power(cx, x, args.real("exponent"));
    STOP = "stop", "`x` itself, through which no gradient passes.", [], same, |cx, _, x| cx.graph.stop(x);
    STRAIGHT_THROUGH = "straight_through", "A step, sign or round in the forward pass, whose gradient is that of `x` itself. Source: Bengio, \
        Léonard and Courville, Estimating or Propagating Gradients Through Stochastic Neurons (2013), sec. 4.", [
        Param::optional("kind", Kind::Choice(&["step", "sign", "round"]), Preset::Choice("step"), "what is computed")
    ], same, |cx, args, x| {
        let g = &mut *cx.graph;
        let y = match args.choice("kind") {
            "step" => g.heaviside(x),
            "sign" => g.sign(x),
            _ => g.round(x),
        };
        let difference = g.sub(y, x);
        let difference = g.stop(difference);
        g.add(x, difference)
    };
}

fn same(_: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    Ok(incoming.shape.to_vec())
}

fn clips(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let (low, high) = (args.real("low"), args.real("high"));
    if low > high {
        return Err(Complaint {
            code: Code::OutOfRange,
            message: format!("`clip` keeps values between `low` and `high`, but {low} is larger than {high}"),
            blame: Some("low"),
            label: String::new(),
            help: format!("write `clip({high}, {low})`"),
        });
    }
    same(args, incoming)
}

/// The largest whole exponent whose powers are products: of 32 squares at most.
const MOST_PRODUCTS: f64 = u32::MAX as f64;

fn power(cx: &mut Lowering<'_>, x: Value, exponent: f64) -> Value {
    let g = &mut *cx.graph;
    let size = exponent.abs();
    if size.fract() != 0.0 || size > MOST_PRODUCTS {
        let ln = g.ln(x);
        let scaled = g.scale(ln, exponent);
        return g.exp(scaled);
    }
    let mut result = g.constant_like(1.0, x);
    let (mut square, mut rest) = (x, size as u32);
    while rest > 0 {
        if rest % 2 == 1 {
            result = g.mul(result, square);
        }
        rest /= 2;
        if rest > 0 {
            square = g.mul(square, square);
        }
    }
    if exponent < 0.0 { g.recip(result) } else { result }
}
