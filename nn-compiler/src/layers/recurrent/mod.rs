//! Recurrent layers: `rnn`, `gru` and `lstm`. What they share stands in files of its own: `check` says what they take and hold,
//! `cells` one step of each, `unroll` the loops over layers, directions and steps.

mod cells;
mod check;
mod unroll;

use self::cells::Cell;
use super::{BASE, Layer, Mask, Operands};
use crate::signature::{Kind, Param, Preset, Range, Signature};

/// The most layers that one use stacks.
const MOST_LAYERS: usize = 64;

const UNITS: Param = Param::required("units", Kind::Dim, "the width of the state");
const ACTIVATION: Param =
    Param::optional("activation", Kind::Choice(&["tanh", "relu"]), Preset::Choice("tanh"), "applied to the sum");
const RETURNS: Param = Param::optional(
    "returns",
    Kind::Choice(&["last", "every"]),
    Preset::Choice("last"),
    "`last`: what the last step yields; `every`: what each step yields",
);
const LSTM_RETURNS: Param = Param::optional(
    "returns",
    Kind::Choice(&["last", "every", "carried"]),
    Preset::Choice("last"),
    "`last`: what the last step yields; `every`: what each step yields; `carried`: what the last step leaves, `h` and behind it `c`",
);
const LAYERS: Param = Param::optional(
    "layers",
    Kind::Dim,
    Preset::Dim(1),
    "how many are stacked: each reads every step of the one before",
);
const REVERSE: Param = Param::optional("reverse", Kind::Bool, Preset::Bool(false), "whether the last step comes first");
const BIDIRECTIONAL: Param = Param::optional(
    "bidirectional",
    Kind::Bool,
    Preset::Bool(false),
    "whether each layer runs in both directions, with parameters for each, and joins the results, forward first",
);
const DROPOUT: Param = Param::optional(
    "dropout",
    Kind::Real(Range::BELOW_ONE),
    Preset::Real(0.0),
    "in training, the rate of dropout between stacked layers",
);
const BIAS: Param = Param::optional("bias", Kind::Bool, Preset::Bool(true), "whether biases are added");

macro_rules! recurrent {
    ($($name:ident = $text:literal, $operands:expr, $params:expr, $doc:literal;)+) => {
        $(
            #[doc = $doc]
            pub(super) static $name: Layer = Layer {
                signature: Signature { name: $text, doc: concat!(
                    $doc,
                    " Inputs `[t, c]`, outputs `[units]`, or `[t, units]` with `returns = every`; twice as wide in both directions. \
                     The operand `h` is the state `[units]` before the first step, else zeros. A step whose mask is 0 leaves the state as \
                     it is and yields zeros, so that the last result is that of the last step that counts, in either direction. \
                     A second layer has `_2` behind its names, the backward direction `backward_` before them. \
                     Weights of the input begin as `glorot_uniform`, of the state as `orthogonal`, as in Keras; biases as zeros."
                ), params: $params },
                operands: Operands { names: $operands, required: 1, more: false },
                output: |args, incoming| check::output(&Cell::$name, args, incoming),
                tensors: |args, incoming| check::tensors(&Cell::$name, args, incoming),
                lower: |cx, args, x| unroll::lower(&Cell::$name, cx, args, x),
                mask: Mask::KeepsWithAxes,
                ..BASE
            };
        )+
    };
}

recurrent! {
    RNN = "rnn", &["x", "mask", "h"], &[UNITS, ACTIVATION, RETURNS, LAYERS, REVERSE, BIDIRECTIONAL, DROPOUT, BIAS],
        "A recurrent layer: `h' = tanh(x W + h U + b)`; `input_weight` W `[c, units]`, `recurrent_weight` U `[units, units]`, \
         `bias` b `[units]`, one where PyTorch has a sum of two. Source: Elman, Finding Structure in Time (1990).";
    GRU = "gru", &["x", "mask", "h"], &[UNITS, RETURNS, LAYERS, REVERSE, BIDIRECTIONAL, DROPOUT, BIAS],
        "Gated recurrent units: `r, z = sigmoid(x W + h U + b)`, `n = tanh(x W + b + r (h U + q))`, `h' = (1 - z) n + z h`, each with its part of \
         `input_weight` W `[c, 3 units]`, `recurrent_weight` U `[units, 3 units]` and `bias` b `[3 units]`, in the order r, z, n; \
         `recurrent_bias` q `[units]`. As in PyTorch and in Keras with `reset_after`, the reset gate acts behind the product; of biases that are \
         only added, PyTorch has two, and here is one. Source: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014).";
    LSTM = "lstm", &["x", "mask", "h", "c"], &[UNITS, LSTM_RETURNS, LAYERS, REVERSE, BIDIRECTIONAL, DROPOUT, BIAS],
        "Long short-term memory: `i, f, g, o = x W + h U + b`, `c' = sigmoid(f) c + sigmoid(i) tanh(g)`, `h' = sigmoid(o) tanh(c')`; \
         `input_weight` W `[c, 4 units]`, `recurrent_weight` U `[units, 4 units]`, `bias` b `[4 units]`, gates in this order, which is PyTorch's; \
         one bias where PyTorch has a sum of two. The forget gate's begins as 0 like the others, where Keras has 1. \
         The operand `c` is the cell `[units]` before the first step, else zeros; with `returns = carried` the output is `[2 units]`, which another \
         `lstm` goes on from: `h = s[0..units], c = s[units..2 * units]`. \
         Source: Hochreiter and Schmidhuber, Long Short-Term Memory (1997); with forget gates Gers, Schmidhuber and Cummins (2000).";
}
