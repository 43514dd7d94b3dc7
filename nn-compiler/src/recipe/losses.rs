//! The losses that a text can name. Their formulas and gradients are in the runtime's `loss`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::layers::Head;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};

/// A loss as a text calls it.
#[derive(Debug)]
pub struct LossEntry {
    /// Its interface.
    pub signature: Signature,
    /// What the network must end in.
    pub needs: Needs,
    /// Whether class ids are targets that it takes.
    pub classes: bool,
    /// Its value in Rust.
    pub rust: fn(&Args) -> TokenStream,
}

/// What a loss asks of the end of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Probabilities of classes: `softmax` or `log_softmax`.
    Distribution,
    /// Numbers between 0 and 1: anything but logarithms.
    NoLogarithm,
}

impl Needs {
    /// Whether a network that ends so will do.
    pub fn met_by(self, head: Option<Head>) -> bool {
        match self {
            Needs::Nothing => true,
            Needs::NoLogarithm => head != Some(Head::LogSoftmax),
            Needs::Distribution => matches!(head, Some(Head::Softmax | Head::LogSoftmax)),
        }
    }
}

/// Every loss.
pub static LOSSES: &[LossEntry] = &[
    entry("mse", "Mean of `(y - t)^2`.", &[], Needs::Nothing, false, |_| quote!(Mse)),
    entry("mae", "Mean of `|y - t|`.", &[], Needs::Nothing, false, |_| quote!(Mae)),
    entry(
        "huber",
        "Mean of `(y - t)^2 / 2` within `delta`, linear beyond. Source: Huber, Robust Estimation of a Location Parameter (1964).",
        &[Param::optional(
            "delta",
            Kind::Real(Range::POSITIVE),
            Preset::Real(1.0),
            "where the parabola becomes a line",
        )],
        Needs::Nothing,
        false,
        |args| {
            let delta = args.real("delta");
            quote!(Huber { delta: #delta })
        },
    ),
    entry("log_cosh", "Mean of `ln cosh (y - t)`.", &[], Needs::Nothing, false, |_| quote!(LogCosh)),
    entry(
        "binary_cross_entropy",
        "Mean of `-t ln y - (1 - t) ln (1 - y)`; behind `sigmoid`, computed from logits.",
        &[],
        Needs::NoLogarithm,
        true,
        |_| quote!(BinaryCrossEntropy),
    ),
    entry(
        "cross_entropy",
        "Weighted mean of `-ln y[t]`, computed from logits; targets are class ids or distributions.",
        &[
            Param::optional(
                "label_smoothing",
                Kind::Real(Range::BELOW_ONE),
                Preset::Real(0.0),
                "the part of a target spread over all classes",
            ),
            Param::optional(
                "class_weights",
                Kind::Reals(Range::NOT_NEGATIVE),
                Preset::NoReals,
                "a weight for each class; none means 1 for all",
            ),
        ],
        Needs::Distribution,
        true,
        |args| {
            let (smoothing, weights) = (args.real("label_smoothing"), args.reals("class_weights"));
            quote!(CrossEntropy { label_smoothing: #smoothing, class_weights: &[#(#weights),*] })
        },
    ),
    entry(
        "kl_divergence",
        "Mean over rows of `sum t (ln t - ln y)`; targets are distributions.",
        &[],
        Needs::Distribution,
        false,
        |_| quote!(KlDivergence),
    ),
    entry("hinge", "Mean of `max(0, 1 - t y)`, targets -1 and 1.", &[], Needs::Nothing, true, |_| quote!(Hinge)),
    entry("poisson", "Mean of `y - t ln (y + 1e-8)`; `y` is a rate.", &[], Needs::Nothing, false, |_| quote!(Poisson)),
    entry("cosine", "Mean over rows of `1 - cos(y, t)`.", &[], Needs::Nothing, false, |_| quote!(Cosine)),
];

/// The loss that a text states as an expression.
pub static OBJECTIVE: LossEntry =
    entry("objective", "What the text states as an expression.", &[], Needs::Nothing, true, |_| quote!(Objective));

/// What a step of a training states: the first value that it yields.
pub static OUTPUT: LossEntry =
    entry("output", "The first value that is yielded.", &[], Needs::Nothing, true, |_| quote!(Output));

const fn entry(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    needs: Needs,
    classes: bool,
    rust: fn(&Args) -> TokenStream,
) -> LossEntry {
    LossEntry { signature: Signature { name, doc, params }, needs, classes, rust }
}
