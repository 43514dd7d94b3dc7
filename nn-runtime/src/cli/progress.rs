//! What is seen while a network is trained: a bar on a terminal, else some lines; knows when Ctrl-C was pressed.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::string::String;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::summary::{figures, number};
use crate::data::counted;
use crate::fit::StepStats;
use crate::report::EpochReport;
use crate::session::{Start, Watch};

/// Whether Ctrl-C was pressed.
static STOP: AtomicBool = AtomicBool::new(false);

/// Lines for a whole training, where there is no terminal.
const LINES: usize = 20;
/// After this long there is a line in any case.
const PATIENCE: Duration = Duration::from_secs(10);
/// The figures on a terminal change no faster than they can be read.
const BLINK: Duration = Duration::from_millis(50);

/// Shows a training.
pub(super) struct Progress<'e> {
    err: &'e mut dyn Write,
    terminal: bool,
    bar: Option<ProgressBar>,
    epochs: usize,
    last: Instant,
}

impl<'e> Progress<'e> {
    /// Shows it on the standard error if that is a terminal, else on `err`.
    pub(super) fn new(err: &'e mut dyn Write) -> Self {
        // The first Ctrl-C ends the training well, the second at once. If there is a handler already, it stays.
        let _ = ctrlc::set_handler(|| {
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        Self { err, terminal: std::io::stderr().is_terminal(), bar: None, epochs: 0, last: Instant::now() }
    }

    /// Takes the bar away.
    pub(super) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn line(&mut self, text: &str) {
        // A training goes on when nobody looks.
        let _ = writeln!(self.err, "{text}");
    }

    /// Whether an epoch is among the lines.
    fn is_shown(&self, epoch: usize) -> bool {
        let (now, before) = (epoch * LINES / self.epochs.max(1), (epoch - 1) * LINES / self.epochs.max(1));
        epoch == 1 || epoch == self.epochs || now > before || self.last.elapsed() > PATIENCE
    }
}

fn flow() -> ControlFlow<()> {
    if STOP.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl Watch for Progress<'_> {
    fn on_start(&mut self, start: &Start<'_>) {
        let Start { network, parameters, data, epochs, steps } = *start;
        let mut rows = std::format!("{} rows to train on", data.train);
        for (count, what) in [(data.validation, "to validate"), (data.test, "to test")] {
            if count > 0 {
                rows += &std::format!(", {count} {what}");
            }
        }
        if data.dropped > 0 {
            rows += &std::format!("; {} with a missing cell left out", counted(data.dropped, "row", "rows"));
        }
        let parameters = counted(parameters, "parameter", "parameters");
        self.line(&std::format!("{network}: {parameters}; {}: {rows}", data.file));
        self.epochs = epochs;
        // The template is ours and right.
        if let (true, Ok(style)) = (self.terminal, ProgressStyle::with_template("{bar:16} {wide_msg} {eta} left")) {
            self.bar = Some(ProgressBar::hidden().with_style(style));
        }
        if let Some(bar) = &self.bar {
            bar.set_length((epochs * steps) as u64);
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn on_note(&mut self, note: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| {
                let _ = writeln!(std::io::stderr(), "{note}");
            }),
            None => self.line(note),
        }
    }

    fn on_step(&mut self, step: &StepStats) -> ControlFlow<()> {
        if let Some(bar) = &self.bar {
            bar.set_position(step.step);
        }
        flow()
    }

    fn on_epoch(&mut self, epoch: &EpochReport, _best: bool) -> ControlFlow<()> {
        let due = match &self.bar {
            Some(_) => epoch.epoch == 1 || self.last.elapsed() > BLINK,
            None => self.is_shown(epoch.epoch),
        };
        if due {
            let text = described(epoch, self.epochs);
            match &self.bar {
                Some(bar) => bar.set_message(text),
                None => self.line(&text),
            }
            self.last = Instant::now();
        }
        flow()
    }
}

/// `epoch  7/100  loss 0.1234  accuracy 0.9583  validation loss 0.1400  accuracy 0.9333`
fn described(epoch: &EpochReport, epochs: usize) -> String {
    let width = number_width(epochs);
    let validation =
        epoch.validation.as_ref().map_or_else(String::new, |part| std::format!("  validation {}", figures(part)));
    let rate = number(epoch.learning_rate);
    let steps = || std::format!("loss {}", number(epoch.step_loss));
    let train = epoch.train.as_ref().map_or_else(steps, figures);
    std::format!("epoch {:width$}/{epochs}  {train}{validation}  lr {rate}", epoch.epoch)
}

fn number_width(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |digits| digits as usize + 1)
}
