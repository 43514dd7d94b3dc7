//! PyTorch's names and orders: output axes first, channels before places, gates as ours, two biases in recurrent cells.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::{Slot, Term, matrix};
use crate::program::{CellPart, Direction, Projected, Purpose};

/// The ways in which PyTorch writes a tensor.
pub(super) fn ways(slot: &Slot, own: &str) -> Vec<Vec<Term>> {
    let shape = &slot.shape;
    let one = |term| vec![vec![term]];
    match slot.purpose {
        Purpose::Own => Vec::new(),
        Purpose::Kernel { from, into } => one(reversed("weight", shape, from, into)),
        // A separable convolution is two modules there.
        Purpose::Depthwise { .. } if own == "depthwise" => one(reversed("depthwise.weight", shape, 1, 1)),
        Purpose::Depthwise { .. } => one(reversed("weight", shape, 1, 1)),
        Purpose::Pointwise { axes } => {
            let term = reversed("pointwise.weight", shape, 1, 1);
            one(Term { shape: [&term.shape[..], &vec![1; axes]].concat(), ..term }.loose())
        }
        Purpose::Bias { into } => {
            let len = slot.len();
            one(Term::new("bias", &shape[..], move |at| Some(channels_first(at, len, into))))
        }
        Purpose::Table | Purpose::Scale => one(Term::same("weight", &shape[..])),
        Purpose::Shift => one(Term::same("bias", &shape[..])),
        Purpose::Mean => one(Term::same("running_mean", &shape[..])),
        Purpose::Variance => one(Term::same("running_var", &shape[..])),
        Purpose::Slope => one(Term::same("weight", &shape[..]).loose()),
        Purpose::Recurrent { part, gates, layer, direction } => {
            let reverse = if direction == Direction::Backward { "_reverse" } else { "" };
            vec![cell(slot, part, gates, &format!("_l{layer}{reverse}"))]
        }
        Purpose::Projection { of, packed, .. } => projection(slot, of, packed),
    }
}

/// `[window.., in, out]` as `[out, in, window..]`. Rows that stand for a flattened grid, and columns that become one, have its
/// channels before its places: so many, 1 for no grid.
fn reversed(name: &str, shape: &[usize], from: usize, into: usize) -> Term {
    let (rows, columns, window) = matrix(shape);
    let places: usize = window.iter().product();
    let reversed = [&[columns, rows], window].concat();
    Term::new(name, reversed, move |at| {
        let (column, row, place) = (at % columns, at / columns % rows, at / columns / rows);
        let (column, row) = (channels_first(column, columns, into), channels_first(row, rows, from));
        Some((column * rows + row) * places + place)
    })
}

/// The number of an entry of a grid if its channels come before its places.
fn channels_first(at: usize, entries: usize, channels: usize) -> usize {
    at % channels * (entries / channels) + at / channels
}

/// A part of a recurrent cell. Of biases that are only added up, PyTorch has two; the last gate of three has one inside.
fn cell(slot: &Slot, part: CellPart, gates: usize, behind: &str) -> Vec<Term> {
    let (bias_ih, bias_hh) = (format!("bias_ih{behind}"), format!("bias_hh{behind}"));
    let units = slot.shape[slot.shape.len() - 1] / if part == CellPart::StateBias { 1 } else { gates };
    let inner = if gates == 3 { 2 * units } else { gates * units };
    match part {
        CellPart::Input => vec![reversed(&format!("weight_ih{behind}"), &slot.shape, 1, 1)],
        CellPart::State => vec![reversed(&format!("weight_hh{behind}"), &slot.shape, 1, 1)],
        CellPart::Bias => vec![
            Term::same(&bias_ih, &slot.shape[..]),
            Term::new(&bias_hh, &slot.shape[..], move |at| (at < inner).then_some(at)),
        ],
        CellPart::StateBias => vec![Term::new(&bias_hh, [gates * units], move |at| Some(inner + at))],
    }
}

/// A projection of attention: a part of `in_proj_weight`, or a tensor by itself where widths differ.
fn projection(slot: &Slot, of: Projected, packed: bool) -> Vec<Vec<Term>> {
    let alone = match of {
        Projected::Query => "q_proj_weight",
        Projected::Key => "k_proj_weight",
        Projected::Value => "v_proj_weight",
        Projected::Output => "out_proj.weight",
    };
    let (number, len) = (of as usize, slot.len());
    let [.., width] = slot.shape[..] else { return Vec::new() };
    match (of, &slot.shape[..]) {
        (Projected::Output, [_]) => vec![vec![Term::same("out_proj.bias", [width])]],
        (_, [_]) => vec![vec![Term::new("in_proj_bias", [3 * width], move |at| Some(number * width + at))]],
        (Projected::Output, _) => vec![vec![reversed(alone, &slot.shape, 1, 1)]],
        _ => {
            let alone = reversed(alone, &slot.shape, 1, 1);
            let within = alone.place.clone();
            let all = Term::new("in_proj_weight", [3 * width, width], move |at| Some(number * len + within(at)?));
            if packed { vec![vec![all], vec![alone]] } else { vec![vec![alone]] }
        }
    }
}

/// A name without what only wraps it: a cell by itself has no number of its layer.
pub(super) fn plain(name: &str) -> Cow<'_, str> {
    if ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].contains(&name) {
        format!("{name}_l0").into()
    } else {
        name.into()
    }
}
