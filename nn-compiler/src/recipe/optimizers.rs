//! The optimizers that a text can name. Their formulas are in the runtime's `optim`; defaults are PyTorch's.

use proc_macro2::TokenStream;
use quote::quote;

use crate::signature::{Args, Kind, Param, Preset, Range, Schedule, Signature};

/// An optimizer as a text calls it.
#[derive(Debug)]
pub struct OptimizerEntry {
    /// Its interface.
    pub signature: Signature,
    /// State values for each parameter.
    pub slots: usize,
    /// State values beside those.
    pub extra: usize,
    /// Its rule in Rust.
    pub rule: fn(&Args) -> TokenStream,
}

impl OptimizerEntry {
    /// Values that it remembers of a network with this many parameters.
    pub fn state_values(&self, parameters: usize) -> usize {
        self.slots * parameters + self.extra
    }

    /// Its value in Rust.
    pub fn tokens(&self, args: &Args) -> TokenStream {
        let (rule, weight_decay) = ((self.rule)(args), first(args, "weight_decay"));
        quote!(::nn_runtime::Optimizer { rule: ::nn_runtime::Rule::#rule, weight_decay: #weight_decay })
    }
}

/// The parameters of an optimizer: its learning rate, its own, and those that all have.
macro_rules! params {
    ($lr:literal, decay $decay:literal $(, $own:expr)*) => {
        &[
            Param::optional(
                "lr",
                Kind::Rate,
                Preset::Rate($lr),
                "the learning rate, or a schedule",
            ),
            $($own,)*
            Param::optional("weight_decay", Kind::Scheduled(Range::NOT_NEGATIVE), Preset::Rate($decay), "how much parameters are pulled to 0"),
            Param::optional("l1", Kind::Scheduled(Range::NOT_NEGATIVE), Preset::Rate(0.0), "adds `l1 * sum(|w|)` over all parameters to the loss"),
            Param::optional("l2", Kind::Scheduled(Range::NOT_NEGATIVE), Preset::Rate(0.0), "adds `l2 * sum(w^2)` over all parameters to the loss"),
            Param::optional("clip_value", Kind::Scheduled(Range::POSITIVE), Preset::Rate(f64::INFINITY), "the largest magnitude of one gradient"),
            Param::optional("clip_norm", Kind::Scheduled(Range::POSITIVE), Preset::Rate(f64::INFINITY), "the largest norm of all gradients together"),
        ]
    };
}

const fn part(name: &'static str, default: f64, doc: &'static str) -> Param {
    Param::optional(name, Kind::Scheduled(Range::BELOW_ONE), Preset::Rate(default), doc)
}

const fn eps(default: f64) -> Param {
    Param::optional("eps", Kind::Scheduled(Range::NOT_NEGATIVE), Preset::Rate(default), "keeps the divisor above 0")
}

const BETA1: &str = "how much of the mean of gradients is kept";
const BETA2: &str = "how much of the mean of squares is kept";
const MOMENTUM: &str = "how much of the last step is kept";

/// What a hyper-parameter is if it does not change, and what its schedule is derived from if it does.
pub fn first(args: &Args, name: &str) -> f64 {
    args.schedule(name).lr
}

/// The hyper-parameters that change over time, beside the learning rate: names of the runtime's `Hyper`, and schedules.
pub fn scheduled(args: &Args) -> Vec<(String, &Schedule)> {
    let params = args.signature.params.iter().filter(|param| matches!(param.kind, Kind::Scheduled(_)));
    let schedules = params.map(|param| (camel(param.name), args.schedule(param.name)));
    schedules.filter(|(_, schedule)| !schedule.is_constant()).collect()
}

/// `WeightDecay` for `weight_decay`.
fn camel(name: &str) -> String {
    let capital = |part: &str| part.chars().take(1).flat_map(char::to_uppercase).chain(part.chars().skip(1)).collect();
    name.split('_').map(capital).collect::<Vec<String>>().concat()
}

/// The three hyper-parameters of Adam and its kin.
fn moments(args: &Args) -> TokenStream {
    let (beta1, beta2, eps) = (first(args, "beta1"), first(args, "beta2"), first(args, "eps"));
    quote!(beta1: #beta1, beta2: #beta2, eps: #eps)
}

/// Every optimizer.
pub static OPTIMIZERS: &[OptimizerEntry] = &[
    entry("sgd", "`w -= lr g`. Source: Robbins and Monro (1951).", params!(1e-3, decay 0.0), 0, |_| quote!(Sgd)),
    entry(
        "momentum",
        "`v = momentum v + g; w -= lr v`. Source: Polyak (1964).",
        params!(1e-3, decay 0.0, part("momentum", 0.9, MOMENTUM)),
        1,
        |args| {
            let momentum = first(args, "momentum");
            quote!(Momentum { momentum: #momentum })
        },
    ),
    entry(
        "nesterov",
        "`v = momentum v + g; w -= lr (g + momentum v)`. Source: Nesterov (1983), in the form of Sutskever et al. (2013).",
        params!(1e-3, decay 0.0, part("momentum", 0.9, MOMENTUM)),
        1,
        |args| {
            let momentum = first(args, "momentum");
            quote!(Nesterov { momentum: #momentum })
        },
    ),
    entry(
        "adagrad",
        "`s += g^2; w -= lr g / (sqrt(s) + eps)`. Source: Duchi, Hazan and Singer (2011).",
        params!(1e-2, decay 0.0, eps(1e-10)),
        1,
        |args| {
            let eps = first(args, "eps");
            quote!(Adagrad { eps: #eps })
        },
    ),
    entry(
        "rmsprop",
        "`s = alpha s + (1 - alpha) g^2; w -= lr g / (sqrt(s) + eps)`. Source: Hinton, Lecture 6e (2012).",
        params!(1e-2, decay 0.0, part("alpha", 0.99, BETA2), eps(1e-8)),
        1,
        |args| {
            let (alpha, eps) = (first(args, "alpha"), first(args, "eps"));
            quote!(RmsProp { alpha: #alpha, eps: #eps })
        },
    ),
    entry(
        "adam",
        "`m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w -= lr m' / (sqrt(v') + eps)`, `m' = m / (1 - beta1^t)`, `v' = v / (1 - beta2^t)` at step t. Source: Kingma and Ba (2014), algorithm 1.",
        params!(1e-3, decay 0.0, part("beta1", 0.9, BETA1), part("beta2", 0.999, BETA2), eps(1e-8)),
        2,
        |args| {
            let moments = moments(args);
            quote!(Adam { #moments })
        },
    ),
    entry(
        "adamw",
        "As `adam`, with `w -= lr weight_decay w` apart from the gradient. Source: Loshchilov and Hutter (2017), algorithm 2.",
        params!(1e-3, decay 0.01, part("beta1", 0.9, BETA1), part("beta2", 0.999, BETA2), eps(1e-8)),
        2,
        |args| {
            let moments = moments(args);
            quote!(AdamW { #moments })
        },
    ),
    entry(
        "adamax",
        "`m` as in `adam`; `u = max(beta2 u, |g| + eps); w -= lr / (1 - beta1^t) m / u`. Source: Kingma and Ba (2014), algorithm 2.",
        params!(2e-3, decay 0.0, part("beta1", 0.9, BETA1), part("beta2", 0.999, BETA2), eps(1e-8)),
        2,
        |args| {
            let moments = moments(args);
            quote!(Adamax { #moments })
        },
    ),
    // It also remembers the product of all momenta.
    OptimizerEntry {
        extra: 1,
        ..entry(
            "nadam",
            "As `adam`, with the step `lr (mu_{t+1} m / (1 - prod mu_{t+1}) + (1 - mu_t) g / (1 - prod mu_t))` over `sqrt(v') + eps`, `mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)`. Source: Dozat (2016).",
            params!(
                2e-3,
                decay 0.0,
                part("beta1", 0.9, BETA1),
                part("beta2", 0.999, BETA2),
                eps(1e-8),
                Param::optional("momentum_decay", Kind::Scheduled(Range::NOT_NEGATIVE), Preset::Rate(4e-3), "how fast the momentum grows to `beta1`")
            ),
            2,
            |args| {
                let (moments, decay) = (moments(args), first(args, "momentum_decay"));
                quote!(Nadam { #moments, momentum_decay: #decay })
            },
        )
    },
    entry(
        "adadelta",
        "`s = rho s + (1 - rho) g^2; d = sqrt(u + eps) / sqrt(s + eps) g; u = rho u + (1 - rho) d^2; w -= lr d`. Source: Zeiler (2012), algorithm 1.",
        params!(1.0, decay 0.0, part("rho", 0.9, BETA2), eps(1e-6)),
        2,
        |args| {
            let (rho, eps) = (first(args, "rho"), first(args, "eps"));
            quote!(Adadelta { rho: #rho, eps: #eps })
        },
    ),
    entry(
        "lion",
        "`w -= lr sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g`. Source: Chen et al. (2023), algorithm 2.",
        params!(1e-4, decay 0.0, part("beta1", 0.9, BETA1), part("beta2", 0.99, "how much of the momentum is kept")),
        1,
        |args| {
            let (beta1, beta2) = (first(args, "beta1"), first(args, "beta2"));
            quote!(Lion { beta1: #beta1, beta2: #beta2 })
        },
    ),
];

const fn entry(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    slots: usize,
    rule: fn(&Args) -> TokenStream,
) -> OptimizerEntry {
    OptimizerEntry { signature: Signature { name, doc, params }, slots, extra: 0, rule }
}
