//! The clauses of a train section that are a word with arguments: their signatures, and how they are read.

use nn_grammar::ast::{Clause, ClauseKind};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use crate::check::Sink;
use crate::check::args::bind_flags;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};

const fn part(name: &'static str, default: f64, doc: &'static str) -> Param {
    Param::optional(name, Kind::Real(Range::UNIT), Preset::Real(default), doc)
}

pub(super) static SPLIT: Signature = Signature {
    name: "split",
    doc: "How rows are divided; the parts add up to 1.",
    params: &[
        Param::optional(
            "train",
            Kind::Real(Range { with_low: false, ..Range::UNIT }),
            Preset::Real(1.0),
            "the part that is trained on; what the others leave",
        ),
        part("validation", 0.0, "the part that decides on early stopping"),
        part("test", 0.0, "the part that is only looked at in the end"),
        Param::optional("stratify", Kind::Bool, Preset::Bool(false), "whether each class is divided so"),
        Param::optional("shuffle", Kind::Bool, Preset::Bool(true), "whether rows are shuffled first"),
        Param::optional(
            "folds",
            Kind::Dim,
            Preset::Dim(1),
            "into how many folds the rows that are not tested on go, each of which is validated on once",
        ),
    ],
};
pub(super) static BATCH: Signature = Signature {
    name: "batch",
    doc: "Rows in a step.",
    params: &[Param::required("rows", Kind::Dim, "rows in a step")],
};
pub(super) static EPOCHS: Signature = Signature {
    name: "epochs",
    doc: "Passes over the training rows.",
    params: &[Param::required("count", Kind::Dim, "passes over the training rows")],
};
pub(super) static SEED: Signature = Signature {
    name: "seed",
    doc: "The seed of all random numbers.",
    params: &[Param::required("value", Kind::Whole, "the seed of all random numbers")],
};
pub(super) static EARLY_STOP: Signature = Signature {
    name: "early_stop",
    doc: "Stops when a figure no longer improves.",
    params: &[
        Param::required("patience", Kind::Dim, "epochs to wait for an improvement"),
        MIN_DELTA,
        MONITOR,
        MODE,
        Param::optional(
            "restore_best",
            Kind::Bool,
            Preset::Bool(true),
            "whether the best weights are kept, and not the last",
        ),
        Param::optional(
            "baseline",
            Kind::Real(Range::ANY),
            Preset::Real(f64::INFINITY),
            "what has to be improved on from the beginning",
        ),
        Param::optional("from", Kind::Dim, Preset::Dim(1), "the first epoch that patience counts"),
        Param::optional(
            "target",
            Kind::Real(Range::ANY),
            Preset::Real(f64::INFINITY),
            "a figure that is good enough to stop at",
        ),
    ],
};

const MIN_DELTA: Param =
    Param::optional("min_delta", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(0.0), "what counts as an improvement");
const MONITOR: Param = Param::optional(
    "monitor",
    Kind::Word,
    Preset::Text("loss"),
    "what has to improve: `loss`, or a metric of the section",
);
const MODE: Param = Param::optional(
    "mode",
    Kind::Choice(&["auto", "min", "max"]),
    Preset::Choice("auto"),
    "whether smaller or larger is better",
);
/// Between 0 and 1.
const BETWEEN: Range = Range { with_low: false, ..Range::BELOW_ONE };
pub(super) static PLATEAU: Signature = Signature {
    name: "plateau",
    doc: "Reduces the learning rate when a figure no longer improves.",
    params: &[
        Param::optional("factor", Kind::Real(BETWEEN), Preset::Real(0.1), "what the rate is multiplied with"),
        Param::optional("patience", Kind::Dim, Preset::Dim(10), "epochs to wait for an improvement"),
        MIN_DELTA,
        Param::optional("min_lr", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(0.0), "the smallest rate"),
        Param::optional("cooldown", Kind::Whole, Preset::Whole(0), "epochs after a reduction that do not count"),
        MONITOR,
        MODE,
    ],
};
pub(super) static ACCUMULATE: Signature = Signature {
    name: "accumulate",
    doc: "Batches whose gradients are added for each step.",
    params: &[Param::required("batches", Kind::Dim, "batches whose gradients are added for each step")],
};
pub(super) static EMA: Signature = Signature {
    name: "ema",
    doc: "A moving average of the weights, which is evaluated and kept.",
    params: &[
        Param::optional("decay", Kind::Real(Range::BELOW_ONE), Preset::Real(0.999), "how much of the average remains"),
        Param::optional("warmup", Kind::Bool, Preset::Bool(false), "whether it forgets the initial weights soon"),
    ],
};
pub(super) static SWA: Signature = Signature {
    name: "swa",
    doc: "The mean of the weights of the last epochs, which is kept.",
    params: &[
        Param::required("from", Kind::Dim, "the first epoch whose weights count"),
        Param::optional("every", Kind::Dim, Preset::Dim(1), "epochs from one that counts to the next"),
        Param::optional(
            "lr",
            Kind::Real(Range::POSITIVE),
            Preset::Real(f64::INFINITY),
            "the learning rate from then on",
        ),
    ],
};
pub(super) static CHECKPOINT: Signature = Signature {
    name: "checkpoint",
    doc: "When the training is written down, to go on from there.",
    params: &[
        Param::optional("every", Kind::Dim, Preset::Dim(usize::MAX), "steps from one to the next"),
        Param::optional(
            "minutes",
            Kind::Real(Range::POSITIVE),
            Preset::Real(f64::INFINITY),
            "minutes from one to the next",
        ),
        Param::optional("keep", Kind::Dim, Preset::Dim(1), "how many of the newest are kept"),
    ],
};

/// The arguments of a clause; a bare word that names a flag sets it.
pub(in crate::check) fn settings(signature: &'static Signature, clause: &Clause, sink: &mut Sink) -> Option<Args> {
    let ClauseKind::Settings { args, .. } = &clause.kind else {
        sink.report(malformed(clause, clause.span));
        return None;
    };
    match bind_flags(signature, args, clause.span, &sink.constants) {
        Ok(args) => Some(args),
        Err(diagnostics) => {
            diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
            None
        }
    }
}

/// What to say about a clause that is written otherwise than it has to be.
pub(in crate::check) fn malformed(clause: &Clause, span: Span) -> Diagnostic {
    let right = match clause.keyword.text.as_str() {
        "data" => "data csv(\"iris.csv\") { x = columns[0..4]; y = labels(column(4)); }",
        "minimize" => "minimize cross_entropy with adam(lr = 0.01);",
        "memory" => "memory <= 64 KiB;",
        "metric" => "metric accuracy, confusion;",
        "split" => "split train = 0.8, test = 0.2;",
        "early_stop" => "early_stop(patience = 20);",
        "plateau" => "plateau(factor = 0.1, patience = 5);",
        "accumulate" => "accumulate 4;",
        "ema" => "ema(0.999);",
        "swa" => "swa(from = 75);",
        "checkpoint" => "checkpoint(every = 500, keep = 3);",
        "augment" => "augment flip, shift(2);",
        "mixup" => "mixup(0.2);",
        "batch" => "batch 16;",
        "epochs" => "epochs 100;",
        "vary" => "vary lr = log(0.0001, 0.1), hidden = [8, 16, 32];",
        "trials" => "trials 20;",
        "strategy" => "strategy halving(eta = 3);",
        "monitor" => "monitor accuracy;",
        "parallel" => "parallel 4;",
        _ => "seed 42;",
    };
    let message = format!("`{}` is not written in this way", clause.keyword.text);
    Diagnostic::new(Code::MalformedClause, span, message).help(format!("write `{right}`"))
}
