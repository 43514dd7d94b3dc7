//! The metrics that a text can name. How they are computed is in the runtime's `metric`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::signature::{Args, Kind, Param, Range, Signature};

/// A metric as a text calls it.
#[derive(Debug)]
pub struct MetricEntry {
    /// Its interface.
    pub signature: Signature,
    /// What its targets are.
    pub targets: Targets,
    /// Whether larger is better; `None` for what is no number.
    pub larger: Option<bool>,
    /// Its value in Rust.
    pub rust: fn(&Args) -> TokenStream,
}

/// What a metric compares the output with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Classes: ids, or one value of 1 among zeros.
    Classes,
    /// Numbers.
    Numbers,
}

/// Every metric.
pub static METRICS: &[MetricEntry] = &[
    entry("accuracy", "The part of rows whose largest output is that of their class.", &[], Targets::Classes, |_| {
        quote!(Accuracy)
    }),
    entry(
        "top_k",
        "The part of rows whose class is among the `k` largest outputs.",
        &[Param::required("k", Kind::Dim, "how many outputs count")],
        Targets::Classes,
        |args| {
            let k = args.dim("k");
            quote!(TopK(#k))
        },
    ),
    entry("precision", "The mean over classes of right predictions among predictions.", &[], Targets::Classes, |_| {
        quote!(Precision)
    }),
    entry("recall", "The mean over classes of right predictions among members.", &[], Targets::Classes, |_| {
        quote!(Recall)
    }),
    entry("f1", "The mean over classes of the harmonic mean of precision and recall.", &[], Targets::Classes, |_| {
        quote!(F1)
    }),
    entry(
        "f_beta",
        "The same where recall counts `beta` times as much as precision.",
        &[Param::required("beta", Kind::Real(Range::POSITIVE), "above 1 for recall, below 1 for precision")],
        Targets::Classes,
        |args| {
            let beta = args.real("beta");
            quote!(FBeta(#beta))
        },
    ),
    entry("mcc", "The correlation of classes and predictions: Matthews' coefficient.", &[], Targets::Classes, |_| {
        quote!(Mcc)
    }),
    entry("kappa", "How much better than chance predictions are: Cohen's kappa.", &[], Targets::Classes, |_| {
        quote!(Kappa)
    }),
    entry(
        "mean_iou",
        "The mean over classes of intersection over union of members and predictions.",
        &[],
        Targets::Classes,
        |_| quote!(MeanIou),
    ),
    entry(
        "average_precision",
        "The area under precision over recall, one class against the others, averaged.",
        &[],
        Targets::Classes,
        |_| quote!(AveragePrecision),
    ),
    entry(
        "roc_auc",
        "The area under the receiver operating characteristic, one class against the others, averaged.",
        &[],
        Targets::Classes,
        |_| quote!(RocAuc),
    ),
    MetricEntry {
        larger: None,
        ..entry("confusion", "Rows by class and prediction.", &[], Targets::Classes, |_| quote!(Confusion))
    },
    error("mae", "The mean of `|y - t|`.", |_| quote!(Mae)),
    error("rmse", "The root of the mean of `(y - t)^2`.", |_| quote!(Rmse)),
    entry("r2", "The part of the variance that is explained.", &[], Targets::Numbers, |_| quote!(R2)),
    entry("explained_variance", "The same where a constant error costs nothing.", &[], Targets::Numbers, |_| {
        quote!(ExplainedVariance)
    }),
    entry("pearson", "The correlation of outputs and targets.", &[], Targets::Numbers, |_| quote!(Pearson)),
    entry("spearman", "The correlation of their ranks.", &[], Targets::Numbers, |_| quote!(Spearman)),
    entry(
        "concordance",
        "How close outputs and targets are to being equal, from -1 to 1: Lin's coefficient.",
        &[],
        Targets::Numbers,
        |_| quote!(Concordance),
    ),
];

const fn entry(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    targets: Targets,
    rust: fn(&Args) -> TokenStream,
) -> MetricEntry {
    MetricEntry { signature: Signature { name, doc, params }, targets, larger: Some(true), rust }
}

/// A metric of which smaller is better.
const fn error(name: &'static str, doc: &'static str, rust: fn(&Args) -> TokenStream) -> MetricEntry {
    MetricEntry { larger: Some(false), ..entry(name, doc, &[], Targets::Numbers, rust) }
}

/// The name of a metric in reports: `top_3` for `top_k(3)`.
pub fn reported(entry: &MetricEntry, args: &Args) -> String {
    match entry.signature.name {
        "top_k" => format!("top_{}", args.dim("k")),
        "f_beta" => format!("f_{}", args.real("beta")),
        name => name.to_owned(),
    }
}
