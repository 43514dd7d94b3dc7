//! The full-screen view of a training: takes the terminal, gives it back whatever happens, and reads keys; knows no drawing.

mod board;
mod draw;
mod memory;
#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::string::{String, ToString};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::vec::Vec;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

use self::board::{Board, Key};
use super::stop;
use crate::fit::StepStats;
use crate::report::EpochReport;
use crate::session::{Start, Watch};

/// The picture changes no faster than it can be read.
const FRAME: Duration = Duration::from_millis(80);

/// Notes that are told once more in the end.
const MOST_NOTES: usize = 20;

/// Whether the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back, if it is ours.
pub(super) fn leave() {
    if TAKEN.swap(false, Ordering::Relaxed) {
        ratatui::restore();
    }
}

/// Shows a training on the whole screen; gives the terminal back when it is dropped.
pub(super) struct Screen {
    terminal: DefaultTerminal,
    board: Board,
    /// What was said first: once more when the terminal is given back.
    notes: Vec<String>,
    last: Option<Instant>,
}

impl Screen {
    /// Takes the terminal. A panic gives it back before its message is shown.
    ///
    /// # Errors
    /// In words, if there is no terminal.
    pub(super) fn open() -> Result<Self, String> {
        for (stream, is_terminal) in [("output", io::stdout().is_terminal()), ("input", io::stdin().is_terminal())] {
            if !is_terminal {
                return Err(std::format!(
                    "--ui needs a terminal, and the standard {stream} is none; without it the training is shown in lines"
                ));
            }
        }
        let terminal = ratatui::try_init().map_err(|error| std::format!("--ui cannot use the terminal: {error}"))?;
        TAKEN.store(true, Ordering::Relaxed);
        Ok(Self { terminal, board: Board::new(), notes: Vec::new(), last: None })
    }

    /// Reads what was pressed, and draws if it is time.
    fn refresh(&mut self, now: bool) {
        if !now && self.last.is_some_and(|last| last.elapsed() < FRAME) {
            return;
        }
        while let Ok(true) = event::poll(Duration::ZERO) {
            if let Some(key) = event::read().ok().as_ref().and_then(pressed) {
                self.board.press(key);
            }
        }
        self.board.memory = memory::resident();
        // A training goes on when nobody can look.
        let _ = self.terminal.draw(|frame| draw::draw(frame, &self.board));
        self.last = Some(Instant::now());
    }

    /// Draws, waits for the end of a pause, and says whether to go on.
    fn flow(&mut self, now: bool) -> ControlFlow<()> {
        self.refresh(now);
        while self.board.is_paused() && !self.board.stops() && stop::flow().is_continue() {
            let _ = event::poll(Duration::from_millis(100));
            self.refresh(true);
        }
        if self.board.stops() { ControlFlow::Break(()) } else { stop::flow() }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
        for note in &self.notes {
            let _ = writeln!(io::stderr(), "{note}");
        }
    }
}

/// What a key means. In this mode of a terminal Ctrl-C is a key like any other.
fn pressed(event: &Event) -> Option<Key> {
    let Event::Key(key) = event else { return None };
    if key.kind == KeyEventKind::Release {
        return None;
    }
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Stop),
        KeyCode::Char('q') | KeyCode::Esc => Some(Key::Stop),
        KeyCode::Char('p' | ' ') => Some(Key::Pause),
        KeyCode::Char('m') | KeyCode::Right => Some(Key::NextMetric),
        KeyCode::Char('l') => Some(Key::Logarithm),
        _ => None,
    }
}

impl Watch for Screen {
    fn on_start(&mut self, start: &Start<'_>) {
        self.board.begin(start);
        self.refresh(true);
    }

    fn on_note(&mut self, note: &str) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(note.to_string());
        }
        self.board.note = note.to_string();
        self.refresh(true);
    }

    fn on_step(&mut self, step: &StepStats) -> ControlFlow<()> {
        self.board.step(step);
        self.flow(false)
    }

    fn on_epoch(&mut self, epoch: &EpochReport, best: bool) -> ControlFlow<()> {
        self.board.epoch(epoch, best);
        // Short epochs are as many as steps.
        self.flow(false)
    }
}
