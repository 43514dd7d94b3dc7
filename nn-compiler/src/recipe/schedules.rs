//! The schedules that a text can name as a learning rate or another hyper-parameter. Their formulas are in the runtime's `optim`.

use crate::signature::{Args, Decay, Kind, Param, Preset, Range, Schedule, Signature};

/// A schedule as a text calls it.
#[derive(Debug)]
pub struct ScheduleEntry {
    /// Its interface.
    pub signature: Signature,
    /// From arguments to the value.
    pub make: fn(&Args) -> Schedule,
}

const LR: Param = Param::required("lr", Kind::Real(Range::NOT_NEGATIVE), "the value that all others are derived from");

const TO: Param = Param::optional("to", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(0.0), "the value at the end");
const WAY: Param = Param::optional(
    "epochs",
    Kind::Real(Range::NOT_NEGATIVE),
    Preset::Real(0.0),
    "how long it takes; 0: up to the last step",
);
const AT_LEAST_ONE: Range = Range { low: 1.0, with_low: true, ..Range::ANY };

/// Every schedule.
pub static SCHEDULES: &[ScheduleEntry] = &[
    entry("constant", "The same value all the time.", &[LR], |args| simple(args, Decay::Constant)),
    entry(
        "step",
        "`lr * factor^floor(epoch / every)`.",
        &[
            LR,
            Param::required("every", Kind::Real(Range::POSITIVE), "epochs between two falls"),
            Param::optional("factor", Kind::Real(Range::POSITIVE), Preset::Real(0.1), "the factor of a fall"),
        ],
        |args| simple(args, Decay::Step { every: args.real("every"), factor: args.real("factor") }),
    ),
    entry(
        "exponential",
        "`lr * factor^epoch`, for whole epochs.",
        &[LR, Param::optional("factor", Kind::Real(Range::POSITIVE), Preset::Real(0.95), "the factor of an epoch")],
        |args| simple(args, Decay::Exponential { factor: args.real("factor") }),
    ),
    entry(
        "cosine",
        "Along half a cosine to `min` at the last step. Source: Loshchilov and Hutter, SGDR (2016), eq. 5, without restarts.",
        &[
            LR,
            Param::optional("min", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(0.0), "the rate at the end"),
            Param::optional(
                "flat",
                Kind::Real(Range::BELOW_ONE),
                Preset::Real(0.0),
                "the part of the run before it falls",
            ),
        ],
        |args| simple(args, Decay::Cosine { min: args.real("min"), flat: args.real("flat") }),
    ),
    entry(
        "inverse_time",
        "`lr / (1 + rate * epochs)^power`, step by step.",
        &[
            LR,
            Param::optional("rate", Kind::Real(Range::POSITIVE), Preset::Real(1.0), "how fast it falls"),
            Param::optional(
                "power",
                Kind::Real(Range::POSITIVE),
                Preset::Real(1.0),
                "0.5 for the inverse of a square root",
            ),
        ],
        |args| simple(args, Decay::InverseTime { rate: args.real("rate"), power: args.real("power") }),
    ),
    entry(
        "cosine_restarts",
        "Along half a cosine to `min`, again and again; each time takes `factor` times as long as the one before. Source: Loshchilov and Hutter, SGDR (2016), eq. 5.",
        &[
            LR,
            Param::required("epochs", Kind::Real(Range::POSITIVE), "epochs of the first time"),
            Param::optional("factor", Kind::Real(AT_LEAST_ONE), Preset::Real(1.0), "how much longer each time takes"),
            Param::optional("min", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(0.0), "the value at the end of each"),
        ],
        |args| {
            let [epochs, factor, min] = ["epochs", "factor", "min"].map(|name| args.real(name));
            simple(args, Decay::CosineRestarts { epochs, factor, min })
        },
    ),
    entry("linear", "Along a line from `lr` to `to`, which need not be smaller.", &[LR, TO, WAY], |args| {
        simple(args, Decay::Polynomial { to: args.real("to"), power: 1.0, epochs: args.real("epochs") })
    }),
    entry(
        "polynomial",
        "`to + (lr - to) (1 - part)^power`, where `part` of the way is gone.",
        &[LR, TO, Param::optional("power", Kind::Real(Range::POSITIVE), Preset::Real(2.0), "1 for a line"), WAY],
        |args| {
            let [to, power, epochs] = ["to", "power", "epochs"].map(|name| args.real(name));
            simple(args, Decay::Polynomial { to, power, epochs })
        },
    ),
    entry(
        "one_cycle",
        "From `lr / start` up to `lr` and down to `lr / end`, along half cosines. Source: Smith and Topin, Super-Convergence (2017).",
        &[
            LR,
            Param::optional(
                "start",
                Kind::Real(Range::POSITIVE),
                Preset::Real(25.0),
                "the peak divided by the first rate",
            ),
            Param::optional(
                "end",
                Kind::Real(Range::POSITIVE),
                Preset::Real(250_000.0),
                "the peak divided by the last rate",
            ),
            Param::optional("peak", Kind::Real(Range::UNIT), Preset::Real(0.3), "the part of the run that rises"),
        ],
        |args| {
            simple(args, Decay::OneCycle { start: args.real("start"), end: args.real("end"), peak: args.real("peak") })
        },
    ),
    entry(
        "warmup",
        "Rises linearly for some epochs, then follows another schedule. Source: Goyal et al., Accurate, Large Minibatch SGD (2017), sec. 2.2.",
        &[
            Param::required("schedule", Kind::Rate, "what follows"),
            Param::optional("epochs", Kind::Real(Range::POSITIVE), Preset::Real(5.0), "how long it rises"),
        ],
        |args| Schedule { warmup: args.real("epochs"), ..args.schedule("schedule").clone() },
    ),
];

fn simple(args: &Args, decay: Decay) -> Schedule {
    Schedule { lr: args.real("lr"), warmup: 0.0, decay }
}

const fn entry(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    make: fn(&Args) -> Schedule,
) -> ScheduleEntry {
    ScheduleEntry { signature: Signature { name, doc, params }, make }
}
