//! What is seen while a network is trained: a bar on a terminal, else some lines; knows no full screen.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::string::String;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::stop::flow;
use super::summary::{figures, metrics, number};
use crate::data::counted;
use crate::fit::StepStats;
use crate::report::{EpochReport, Figures};
use crate::session::{Start, Watch};

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
    /// Steps of an epoch.
    steps: usize,
    /// The mean loss of the last steps, each counting a twentieth less than the one behind it.
    loss: Option<f64>,
    /// What the last epoch came to.
    said: String,
    last: Instant,
}

impl<'e> Progress<'e> {
    /// Shows it on the standard error if that is a terminal, else on `err`.
    pub(super) fn new(err: &'e mut dyn Write) -> Self {
        Self {
            err,
            terminal: std::io::stderr().is_terminal(),
            bar: None,
            epochs: 0,
            steps: 0,
            loss: None,
            said: String::new(),
            last: Instant::now(),
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Where it is now, and what the last epoch came to: `epoch 2/6  step 70/430  loss 0.1234 | epoch 1/6 …`.
    fn moment(&self, step: &StepStats) -> String {
        let steps = self.steps.max(1) as u64;
        let within = (step.step.saturating_sub(1)) % steps + 1;
        let loss = number(self.loss.unwrap_or(step.loss));
        let now = std::format!("epoch {}/{}  step {within}/{steps}  loss {loss}", step.epoch, self.epochs);
        if self.said.is_empty() { now } else { std::format!("{now}  |  {}", self.said) }
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
        (self.epochs, self.steps) = (epochs, steps);
        // The template is ours and right.
        if let (true, Ok(style)) = (
            self.terminal,
            ProgressStyle::with_template("{bar:16} {percent:>3} % {wide_msg} {elapsed} gone, {eta} left"),
        ) {
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
        let before = self.loss.filter(|loss| loss.is_finite()).unwrap_or(step.loss);
        self.loss = Some(before + (step.loss - before) / 20.0);
        if let Some(bar) = &self.bar {
            bar.set_position(step.step);
            // An epoch that takes its time has something to say before its end.
            if self.last.elapsed() > BLINK {
                bar.set_message(self.moment(step));
                self.last = Instant::now();
            }
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
                Some(bar) => bar.set_message(text.clone()),
                None => self.line(&text),
            }
            self.said = text;
            self.last = Instant::now();
        }
        flow()
    }
}

/// `epoch  7/100  loss 0.1234  accuracy 0.9583  validation loss 0.1400  accuracy 0.9333`; of several steps that take turns, the loss of each
/// by its name.
fn described(epoch: &EpochReport, epochs: usize) -> String {
    let width = number_width(epochs);
    let in_turn = !epoch.steps_in_turn.is_empty();
    let shown = |part: &Figures| if in_turn { metrics(&part.metrics) } else { figures(part) };
    let validation =
        epoch.validation.as_ref().map_or_else(String::new, |part| std::format!("  validation {}", shown(part)));
    let rate = number(epoch.learning_rate);
    let steps =
        || if in_turn { metrics(&epoch.steps_in_turn) } else { std::format!("loss {}", number(epoch.step_loss)) };
    let train = epoch.train.as_ref().map_or_else(steps, shown);
    std::format!("epoch {:width$}/{epochs}  {train}{validation}  lr {rate}", epoch.epoch)
}

fn number_width(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |digits| digits as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::described;
    use crate::report::{EpochReport, Figures};
    use std::vec;

    #[test]
    fn steps_that_take_turns_are_told_by_name() {
        let alone = EpochReport {
            epoch: 2,
            steps: 20,
            learning_rate: 0.01,
            step_loss: 0.5,
            seconds: 1.0,
            steps_in_turn: vec![],
            train: None,
            validation: Some(Figures { loss: 0.25, metrics: vec![("accuracy".into(), 0.75)] }),
        };
        let said = "epoch  2/10  loss 0.5000  validation loss 0.2500  accuracy 0.7500  lr 0.0100";
        assert_eq!(described(&alone, 10), said);
        let steps_in_turn = vec![("d".into(), 1.25), ("g".into(), 0.75)];
        let turns = EpochReport { steps_in_turn, validation: None, ..alone };
        assert_eq!(described(&turns, 10), "epoch  2/10  d 1.2500  g 0.7500  lr 0.0100");
    }
}
