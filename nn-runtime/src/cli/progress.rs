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
    /// Where the bar is to be drawn, if there is a terminal.
    terminal: Option<ProgressDrawTarget>,
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
        Self::on(std::io::stderr().is_terminal().then(ProgressDrawTarget::stderr), err)
    }

    fn on(terminal: Option<ProgressDrawTarget>, err: &'e mut dyn Write) -> Self {
        Self { err, terminal, bar: None, epochs: 0, steps: 0, loss: None, said: String::new(), last: Instant::now() }
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
        let style = ProgressStyle::with_template("{bar:16} {percent:>3} % {wide_msg} {elapsed} gone, {eta} left");
        if let (Some(terminal), Ok(style)) = (self.terminal.take(), style) {
            let length = (epochs * steps) as u64;
            self.bar = Some(ProgressBar::with_draw_target(Some(length), terminal).with_style(style));
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
    use super::{BLINK, Progress, described};
    use crate::fit::StepStats;
    use crate::report::{DataReport, EpochReport, Figures};
    use crate::session::{Start, Watch};
    use indicatif::{ProgressDrawTarget, TermLike};
    use std::boxed::Box;
    use std::string::String;
    use std::sync::{Arc, Mutex};
    use std::{io, vec};

    /// A terminal of 120 columns that keeps what is written to it.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl Paper {
        fn take(&self) -> String {
            core::mem::take(&mut self.0.lock().expect("nobody panics"))
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            120
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().expect("nobody panics").push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.write_str("<cleared>")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_terminal_shows_a_bar_with_the_step_the_loss_and_the_time_left() {
        let (paper, mut err) = (Paper::default(), vec![]);
        let mut progress = Progress::on(Some(ProgressDrawTarget::term_like(Box::new(paper.clone()))), &mut err);
        let (file, classes) = ("iris.csv".into(), None);
        let data = DataReport { file, train: 40, validation: 0, test: 0, dropped: 0, classes };
        progress.on_start(&Start { network: "Iris", parameters: 7, data: &data, epochs: 2, steps: 4 });
        for step in 1..=6 {
            std::thread::sleep(BLINK + BLINK / 2);
            let epoch = if step > 4 { 2 } else { 1 };
            let stats = StepStats { epoch, step, rows: 10, loss: 0.5, learning_rate: 0.1 };
            assert!(progress.on_step(&stats).is_continue());
        }
        let said = paper.take();
        for part in
            ["epoch 1/2  step 4/4  loss 0.5000", "epoch 2/2  step 2/4  loss 0.5000", " 75 % ", "s gone, ", "s left"]
        {
            assert!(said.contains(part), "no `{part}` in {said}");
        }
        assert!(said.contains("████████"), "{said}");
        progress.finish();
        assert!(paper.take().contains("<cleared>"), "the bar is taken away in the end");
        assert_eq!(String::from_utf8_lossy(&err), "Iris: 7 parameters; iris.csv: 40 rows to train on\n");
    }

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
