//! Clauses that steer a training: early stop, plateau, accumulated batches, averages of weights, checkpoints; knows no network.

use nn_grammar::ast::Clause;
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::clauses::{ACCUMULATE, CHECKPOINT, EARLY_STOP, EMA, PLATEAU, SWA, settings};
use super::monitor::monitor;
use crate::check::Sink;
use crate::recipe::{Checkpointing, Control, EarlyStop, Ema, Plateau, Swa};
use crate::signature::{Args, Signature};

/// The clauses.
static CLAUSES: [&Signature; 6] = [&EARLY_STOP, &PLATEAU, &ACCUMULATE, &EMA, &SWA, &CHECKPOINT];

/// Whether a clause is one of them.
pub(super) fn steers(keyword: &str) -> bool {
    CLAUSES.iter().any(|signature| signature.name == keyword)
}

/// The arguments of those that are stated.
#[derive(Default)]
pub(super) struct Steering {
    clauses: Vec<Args>,
}

impl Steering {
    /// Reads a clause of which [`steers`] says that it is one.
    pub(super) fn clause(&mut self, clause: &Clause, sink: &mut Sink) {
        let signature = CLAUSES.iter().find(|signature| signature.name == clause.keyword.text);
        self.clauses.extend(signature.and_then(|signature| settings(signature, clause, sink)));
    }

    fn find(&self, name: &str) -> Option<&Args> {
        self.clauses.iter().find(|args| args.signature.name == name)
    }

    /// What they mean, once the figures of the section are known.
    pub(super) fn finish(
        &self,
        figures: &[(String, Option<bool>)],
        epochs: usize,
        sink: &mut Sink,
    ) -> (Option<EarlyStop>, Control) {
        let early_stop = self.find("early_stop").and_then(|args| {
            Some(EarlyStop {
                patience: args.dim("patience"),
                min_delta: args.real("min_delta"),
                monitor: monitor(args, figures, sink)?,
                restore_best: args.bool("restore_best"),
                baseline: finite(args, "baseline"),
                from: args.dim("from"),
                target: finite(args, "target"),
            })
        });
        let plateau = self.find("plateau").and_then(|args| {
            Some(Plateau {
                factor: args.real("factor"),
                patience: args.dim("patience"),
                min_delta: args.real("min_delta"),
                min_lr: args.real("min_lr"),
                cooldown: usize::try_from(args.whole("cooldown")).unwrap_or(usize::MAX),
                monitor: monitor(args, figures, sink)?,
            })
        });
        let ema = self.find("ema").map(|args| Ema { decay: args.real("decay"), warmup: args.bool("warmup") });
        let swa = self.find("swa").map(|args| {
            begins(args, epochs, sink);
            Swa { from: args.dim("from"), every: args.dim("every"), lr: finite(args, "lr") }
        });
        if let (Some(ema), Some(swa)) = (self.find("ema"), self.find("swa")) {
            let message = "`ema` and `swa` each say which weights are kept";
            let mistake = Diagnostic::new(Code::MalformedClause, swa.span, message).label("the second");
            sink.report(mistake.also(ema.span, "the first").help("leave one of them out"));
        }
        let checkpoint = self.find("checkpoint").map(|args| Checkpointing {
            steps: args.argument("every").span.map(|_| args.dim("every")),
            minutes: finite(args, "minutes"),
            keep: args.dim("keep"),
        });
        let accumulate = self.find("accumulate").map_or(1, |args| args.dim("batches"));
        let (augment, mixup) = (Vec::new(), None);
        let (phases, origin) = (Vec::new(), None);
        (early_stop, Control { augment, mixup, plateau, accumulate, ema, swa, checkpoint, phases, origin })
    }
}

/// A number that has no value unless it is stated.
fn finite(args: &Args, name: &str) -> Option<f64> {
    Some(args.real(name)).filter(|value| value.is_finite())
}

/// Whether there is an epoch for the mean to begin with.
fn begins(args: &Args, epochs: usize, sink: &mut Sink) {
    let from = args.dim("from");
    if from > epochs {
        let message = format!("`swa` begins at epoch {from}, but there are {epochs}");
        let mistake = Diagnostic::new(Code::OutOfRange, args.span_of("from"), message);
        sink.report(mistake.help(format!("write an epoch of at most {epochs}, three quarters of the way for example")));
    }
}
