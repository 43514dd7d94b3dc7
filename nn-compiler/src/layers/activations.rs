//! The activations that work on each value by itself.

use super::{BASE, Head, Layer, Role};
use crate::ir::{Binary, Graph, Value};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};

macro_rules! activations {
    ($($name:ident = $text:literal, $doc:literal, $role:expr, [$($param:expr),*], $lower:expr;)+) => {
        $(
            #[doc = $doc]
            pub(super) static $name: Layer = Layer {
                signature: Signature { name: $text, doc: $doc, params: &[$($param),*] },
                role: $role,
                lower: |cx, args, x| ($lower as fn(&mut Graph, &Args, Value) -> Value)(cx.graph, args, x),
                ..BASE
            };
        )+
    };
}

activations! {
    LINEAR = "linear", "`x`: no activation.", Role::Activation, [], |_, _, x| x;
    STEP = "step", "1 where `x >= 0`, else 0 (Heaviside); its gradient is 0. Source: Rosenblatt, The Perceptron (1958).",
        Role::Activation, [], |g, _, x| g.heaviside(x);
    SIGN = "sign", "-1, 0 or 1; its gradient is 0.", Role::Activation, [], |g, _, x| g.sign(x);
    SIGMOID = "sigmoid", "`1 / (1 + e^-x)`, the logistic function.", Role::Head(Head::Sigmoid), [], |g, _, x| g.sigmoid(x);
    TANH = "tanh", "The hyperbolic tangent.", Role::Activation, [], |g, _, x| g.tanh(x);
    RELU = "relu", "`max(x, 0)`; its gradient at 0 is 0. Source: Nair and Hinton, Rectified Linear Units (2010).",
        Role::Activation, [], |g, _, x| g.relu(x);
    LEAKY_RELU = "leaky_relu", "`x` where `x > 0`, else `slope * x`. Source: Maas et al., Rectifier Nonlinearities (2013), eq. 2.",
        Role::Activation,
        [Param::optional("slope", Kind::Real(Range::ANY), Preset::Real(0.01), "the slope below 0")],
        |g, args, x| {
            let scaled = g.scale(x, args.real("slope"));
            where_positive(g, x, x, scaled)
        };
    ELU = "elu", "`x` where `x > 0`, else `alpha * (e^x - 1)`. Source: Clevert et al., ELU (2015), eq. 15.",
        Role::Activation,
        [Param::optional("alpha", Kind::Real(Range::ANY), Preset::Real(1.0), "minus the value at minus infinity")],
        |g, args, x| elu(g, x, args.real("alpha"));
    SELU = "selu", "`1.0507 * elu(x, alpha = 1.67326)`, with the constants of the source to all digits. \
                    Source: Klambauer et al., Self-Normalizing Neural Networks (2017), eq. 2.",
        Role::Activation, [], |g, _, x| {
            let y = elu(g, x, 1.673_263_242_354_377_2);
            g.scale(y, 1.050_700_987_355_480_5)
        };
    GELU = "gelu", "`x * P(X <= x)` for a standard normal X, exactly or with its tanh approximation. \
                    Source: Hendrycks and Gimpel, Gaussian Error Linear Units (2016), sec. 2.",
        Role::Activation,
        [Param::optional("form", Kind::Choice(&["exact", "tanh"]), Preset::Choice("exact"), "exact, or the approximation")],
        |g, args, x| if args.choice("form") == "exact" { gelu_exact(g, x) } else { gelu_tanh(g, x) };
    SILU = "silu", "`x * sigmoid(x)`. Source: Elfwing et al., Sigmoid-Weighted Linear Units (2017), eq. 4.",
        Role::Activation, [], |g, _, x| {
            let gate = g.sigmoid(x);
            g.mul(x, gate)
        };
    MISH = "mish", "`x * tanh(softplus(x))`. Source: Misra, Mish (2019), eq. 1.", Role::Activation, [], |g, _, x| {
        let softplus = g.softplus(x);
        let gate = g.tanh(softplus);
        g.mul(x, gate)
    };
    SOFTPLUS = "softplus", "`ln(1 + e^x)`. Source: Dugas et al. (2001).", Role::Activation, [], |g, _, x| g.softplus(x);
    SOFTSIGN = "softsign", "`x / (1 + |x|)`. Source: Glorot and Bengio (2010), sec. 3.", Role::Activation, [], |g, _, x| {
        let size = g.abs(x);
        let divisor = g.with(Binary::Add, size, 1.0);
        g.div(x, divisor)
    };
    HARD_SIGMOID = "hard_sigmoid", "`x / 6 + 1/2`, cut at 0 and 1. Source: Howard et al., MobileNetV3 (2019), sec. 5.2.",
        Role::Activation, [], |g, _, x| {
            // Both cuts are rectifiers, so that the gradient is 0 at them, not only beyond.
            let scaled = g.scale(x, 1.0 / 6.0);
            let line = g.with(Binary::Add, scaled, 0.5);
            let above = g.relu(line);
            let one = g.constant_like(1.0, x);
            let rest = g.sub(one, above);
            let rest = g.relu(rest);
            g.sub(one, rest)
        };
}

fn where_positive(g: &mut Graph, x: Value, then: Value, otherwise: Value) -> Value {
    let zero = g.constant_like(0.0, x);
    let positive = g.greater(x, zero);
    g.select(positive, then, otherwise)
}

/// The exponential sees only what is not positive, so that the branch that is not taken never overflows.
fn elu(g: &mut Graph, x: Value, alpha: f64) -> Value {
    let low = g.with(Binary::Min, x, 0.0);
    let grown = g.exp_m1(low);
    let scaled = g.scale(grown, alpha);
    where_positive(g, x, x, scaled)
}

fn gelu_exact(g: &mut Graph, x: Value) -> Value {
    let scaled = g.scale(x, std::f64::consts::FRAC_1_SQRT_2);
    let erf = g.erf(scaled);
    let gate = g.with(Binary::Add, erf, 1.0);
    let half = g.scale(x, 0.5);
    g.mul(half, gate)
}

fn gelu_tanh(g: &mut Graph, x: Value) -> Value {
    let square = g.mul(x, x);
    let cube = g.mul(square, x);
    let cube = g.scale(cube, 0.044_715);
    let inner = g.add(x, cube);
    let inner = g.scale(inner, (2.0 / std::f64::consts::PI).sqrt());
    let tanh = g.tanh(inner);
    let gate = g.with(Binary::Add, tanh, 1.0);
    let half = g.scale(x, 0.5);
    g.mul(half, gate)
}
