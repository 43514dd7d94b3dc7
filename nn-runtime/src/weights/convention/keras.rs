//! Keras's names and orders: axes as ours, gates of `GRU` as z, r, h, heads on an axis of their own.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::{Slot, Term, matrix};
use crate::program::{CellPart, Direction, Projected, Purpose};

/// The ways in which Keras writes a tensor.
pub(super) fn ways(slot: &Slot, own: &str) -> Vec<Vec<Term>> {
    let shape = &slot.shape;
    let called = |names: &[&str], shape: &[usize]| names.iter().map(|name| vec![Term::same(name, shape)]).collect();
    match slot.purpose {
        Purpose::Own => Vec::new(),
        Purpose::Kernel { .. } => called(&["kernel"], shape),
        Purpose::Depthwise { multiplier } => {
            let (_, columns, window) = matrix(shape);
            let shape = [window, &[columns / multiplier, multiplier]].concat();
            called(if own == "depthwise" { &["depthwise_kernel"] } else { &["kernel", "depthwise_kernel"] }, &shape)
        }
        Purpose::Pointwise { axes } => {
            vec![vec![Term::same("pointwise_kernel", [&vec![1; axes], &shape[..]].concat()).loose()]]
        }
        Purpose::Bias { .. } => called(&["bias"], shape),
        Purpose::Table => called(&["embeddings", "position_embeddings"], shape),
        Purpose::Scale => called(&["gamma", "scale"], shape),
        Purpose::Shift => called(&["beta"], shape),
        Purpose::Mean => called(&["moving_mean"], shape),
        Purpose::Variance => called(&["moving_variance"], shape),
        Purpose::Slope => vec![vec![Term::same("alpha", &shape[..]).loose()]],
        Purpose::Recurrent { part, gates, layer, direction } => {
            let cell = ["", "simple_rnn", "", "gru", "lstm"][gates];
            let wrapped = match direction {
                Direction::Only => String::new(),
                Direction::Forward => format!("forward_{cell}."),
                Direction::Backward => format!("backward_{cell}."),
            };
            // Stacked layers are layers of their own there: these names are for maps.
            let behind = if layer > 0 { format!("_{}", layer + 1) } else { String::new() };
            vec![self::cell(slot, part, gates, &|name| format!("{wrapped}{cell}_cell.{name}{behind}"))]
        }
        Purpose::Projection { of, heads, .. } => vec![vec![projection(slot, of, heads)]],
    }
}

/// A part of a recurrent cell. `GRU` has its biases in two rows, that of the input and that of the state, as with `reset_after`.
fn cell(slot: &Slot, part: CellPart, gates: usize, called: &dyn Fn(&str) -> String) -> Vec<Term> {
    let shape = &slot.shape[..];
    let name = called(match part {
        CellPart::Input => "kernel",
        CellPart::State => "recurrent_kernel",
        CellPart::Bias | CellPart::StateBias => "bias",
    });
    let units = shape[shape.len() - 1] / if part == CellPart::StateBias { 1 } else { gates };
    let wide = gates * units;
    let gate = move |at: usize| match at / units {
        0 if gates == 3 => at + units,
        1 if gates == 3 => at - units,
        _ => at,
    };
    match part {
        CellPart::Input | CellPart::State => {
            vec![Term::new(&name, shape, move |at| Some(at / wide * wide + gate(at % wide)))]
        }
        CellPart::Bias if gates == 3 => vec![
            Term::new(&name, [2, wide], move |at| Some(gate(at))),
            Term::new(&name, [2, wide], move |at| (at < 2 * units).then_some(wide + gate(at))),
        ],
        CellPart::Bias => vec![Term::same(&name, shape)],
        CellPart::StateBias => vec![Term::new(&name, [2, wide], move |at| Some(wide + 2 * units + at))],
    }
}

/// A projection of attention, with an axis for the heads.
fn projection(slot: &Slot, of: Projected, heads: usize) -> Term {
    let layer = match of {
        Projected::Query => "query",
        Projected::Key => "key",
        Projected::Value => "value",
        Projected::Output => "attention_output",
    };
    let (kernel, bias) = (format!("{layer}.kernel"), format!("{layer}.bias"));
    match (of, &slot.shape[..]) {
        (Projected::Output, [rows, columns]) => Term::same(&kernel, [heads, rows / heads, *columns]),
        (Projected::Output, shape) => Term::same(&bias, shape),
        (_, [rows, columns]) => Term::same(&kernel, [*rows, heads, columns / heads]),
        (_, shape) => Term::same(&bias, [heads, shape.iter().product::<usize>() / heads]),
    }
}

/// A name without what only wraps it: `forward_lstm.lstm_cell.kernel` is `kernel`, `backward_lstm.lstm_cell.kernel`
/// `backward_kernel`.
pub(super) fn plain(name: &str) -> Cow<'_, str> {
    let Some((wrappers, last)) = name.rsplit_once('.') else { return name.into() };
    let wraps = |part: &str| part.ends_with("cell") || part.starts_with("forward_") || part.starts_with("backward_");
    let backward = wrappers.split('.').any(|part| part.starts_with("backward_"));
    let kept: Vec<&str> = wrappers.split('.').filter(|part| !wraps(part)).collect();
    let last = if backward { format!("backward_{last}") } else { last.into() };
    kept.into_iter().chain([&*last]).collect::<Vec<_>>().join(".").into()
}
