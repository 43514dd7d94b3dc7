//! What stands on the screen, drawn without one.

use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::board::{Board, Key};
use super::{draw, pressed};
use crate::fit::StepStats;
use crate::report::{DataReport, EpochReport, Figures};
use crate::session::Start;

fn board(epochs: usize) -> Board {
    let data = DataReport { file: "a.csv".to_string(), train: 40, validation: 8, test: 0, dropped: 0, classes: None };
    let mut board = Board::new();
    board.begin(&Start { network: "Net", parameters: 131, data: &data, epochs: 4, steps: 10 });
    for step in 1..=epochs as u64 * 10 {
        let epoch = ((step - 1) / 10 + 1) as usize;
        board.step(&StepStats { epoch, step, rows: 4, loss: 1.0 / step as f64, learning_rate: 0.125 });
        if step % 10 == 0 {
            let metrics = vec![("accuracy".to_string(), 0.5 + 0.1 * epoch as f64), ("f1".to_string(), 0.25)];
            let validation = Some(Figures { loss: 2.0 / epoch as f64, metrics });
            let report = EpochReport {
                epoch,
                steps: step,
                learning_rate: 0.125,
                step_loss: 0.5,
                steps_in_turn: Vec::new(),
                seconds: 0.25,
                train: None,
                validation,
            };
            board.epoch(&report, epoch < 3);
        }
    }
    board
}

/// The letters on a screen of this size, line by line.
fn screen(board: &Board, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen");
    terminal.draw(|frame| draw::draw(frame, board)).expect("a picture");
    let buffer = terminal.backend().buffer();
    let line =
        |y: u16| (0..width).map(|x| buffer[(x, y)].symbol().to_string()).collect::<String>().trim_end().to_string();
    (0..height).map(line).collect()
}

#[test]
fn what_was_said_last_stands_above_the_keys() {
    let mut board = board(3);
    let before = screen(&board, 110, 36);
    board.note = "warning: the disk is full; the training goes on".to_string();
    let shown = screen(&board, 110, 36);
    assert_eq!((&shown[34], &shown[35]), (&board.note, &before[35]));
    assert_eq!(shown[..2], before[..2]);
}

#[test]
fn everything_stands_on_the_screen() {
    let shown = screen(&board(3), 110, 36);
    assert_eq!(shown[0], "Net  131 parameters, 40 rows to train on, 8 rows to validate");
    assert!(
        shown[1].starts_with("loss 0.") && shown[1].ends_with("learning rate 0.1250  best epoch 2"),
        "{}",
        shown[1]
    );
    assert!(shown[2].contains("┌loss─") && shown[2].contains("┌accuracy (1 of 2)─"), "{}", shown[2]);
    let has = |part: &str| shown.iter().any(|line| line.contains(part));
    for part in
        ["epoch 3 of 4, step 10 of 10", "75 %  0:00 gone, 0:00 left", "last epochs (* the best so far)", "validation"]
    {
        assert!(has(part), "{part} in {shown:#?}");
    }
    // The newest epoch first, the best with a mark.
    let table: Vec<Vec<&str>> = shown[27..].iter().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(table[0], ["│epoch", "steps", "loss", "loss", "accuracy", "f1", "learning", "rate", "seconds", "│"]);
    assert_eq!(table[1], ["│3", "0.5000", "0.6667", "0.8000", "0.2500", "0.1250", "0.2", "│"]);
    assert_eq!(table[2][0], "│2*");
    assert_eq!(shown[35], "q stop and keep the best weights   p pause   m next metric   l logarithmic loss");
    // Curves are drawn with braille.
    assert!(
        shown[3..24]
            .iter()
            .flat_map(|line| line.chars())
            .filter(|letter| ('\u{2801}'..='\u{28ff}').contains(letter))
            .count()
            > 60
    );
}

#[test]
fn any_size_and_any_numbers_can_be_drawn() {
    let mut wild = board(1);
    wild.step(&StepStats { epoch: 2, step: 11, rows: 4, loss: f64::NAN, learning_rate: f64::INFINITY });
    for board in [Board::new(), board(0), wild] {
        for (width, height) in [(1, 1), (20, 5), (80, 24), (300, 90)] {
            screen(&board, width, height);
        }
    }
}

#[test]
fn keys_do_what_stands_below() {
    let mut board = board(2);
    board.press(Key::NextMetric);
    assert!(screen(&board, 110, 36)[2].contains("┌f1 (2 of 2)─"));
    board.press(Key::NextMetric);
    board.press(Key::Logarithm);
    assert!(screen(&board, 110, 36)[2].contains("┌loss (log10)─") && board.metric == 0);
    board.press(Key::Pause);
    assert!(board.is_paused() && screen(&board, 110, 36)[35].contains("PAUSED, p go on"));
    board.press(Key::Pause);
    assert!(!board.is_paused() && !board.stops());
    let key = |code, modifiers| pressed(&Event::Key(KeyEvent::new(code, modifiers)));
    assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Stop));
    assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), None);
    assert_eq!(key(KeyCode::Char('q'), KeyModifiers::NONE), Some(Key::Stop));
    board.press(Key::Stop);
    assert!(board.stops() && screen(&board, 110, 36)[35].starts_with("stopping: the best weights are kept"));
}

#[test]
fn a_long_training_keeps_its_curve_short() {
    let mut board = board(0);
    for step in 1..=100_000 {
        board.step(&StepStats { epoch: 1, step, rows: 4, loss: 1.0, learning_rate: 0.1 });
    }
    assert!(board.curve.len() < 800 && board.curve.iter().all(|(_, loss)| *loss == 1.0), "{}", board.curve.len());
    assert!(board.curve.is_sorted_by(|a, b| a.0 < b.0));
}
