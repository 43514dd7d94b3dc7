//! How windows slide over the spatial axes of channels-last values: what convolutions and poolings share.

use nn_grammar::diagnostic::Code;

use super::{Complaint, Incoming};
use crate::ir::Sliding;
use crate::signature::{Args, Edge, Kind, Padding, Param, Preset};
use crate::words;

/// The most entries that a window may span: whole numbers up to here can be written.
const MOST_ENTRIES: usize = 1 << 53;

/// The padding of a convolution.
pub(super) const PAD: Param = Param::optional(
    "pad",
    Kind::Padding,
    Preset::Padding(Edge::Valid),
    "zeros around the input: `valid` for none, `same` for `ceil(n / stride)` places, or entries",
);

/// The number of spatial axes of a value: all but the last.
pub(super) fn spatial(args: &Args, incoming: &Incoming<'_>) -> Result<usize, Complaint> {
    match incoming.shape.len() {
        rank @ 2..=4 => Ok(rank - 1),
        _ => Err(Complaint {
            code: Code::WrongRank,
            message: format!(
                "`{}` works on [w, c], [h, w, c] or [d, h, w, c], but {} yields {}",
                args.signature.name,
                incoming.from,
                words::shape(incoming.shape)
            ),
            blame: None,
            label: "one to three axes and channels are needed here".to_owned(),
            help: "the last axis holds the channels: images are stated as in `input(28, 28, 1)`".to_owned(),
        }),
    }
}

/// A [`Kind::Sizes`] for each spatial axis.
pub(super) fn sizes(args: &Args, name: &'static str, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let axes = spatial(args, incoming)?;
    args.sizes(name, axes).ok_or_else(|| wrong_length(args, name, axes, incoming))
}

/// A list that has not one item for each spatial axis.
fn wrong_length(args: &Args, name: &'static str, axes: usize, incoming: &Incoming<'_>) -> Complaint {
    let (shape, axes) = (words::shape(incoming.shape), counted(axes, "spatial axis", "spatial axes"));
    Complaint {
        code: Code::WrongRank,
        message: format!(
            "`{name}` of `{}` is a list of another length than {shape} has spatial axes",
            args.signature.name
        ),
        blame: Some(name),
        label: format!("{shape} has {axes}"),
        help: "write one number for all axes, or a list with one for each axis but the last".to_owned(),
    }
}

/// What a use states for each spatial axis.
struct Stated {
    windows: Vec<usize>,
    strides: Vec<usize>,
    dilations: Vec<usize>,
    pad: Pad,
}

/// What a use states of padding.
enum Pad {
    /// By rule.
    Edge(Edge),
    /// Entries before and behind each spatial axis.
    Each(Vec<(usize, usize)>),
}

/// Reads the arguments; `window` names the parameter with the extents of the window. Without a stride, windows stand side by side.
fn stated(args: &Args, incoming: &Incoming<'_>, window: &'static str) -> Result<Stated, Complaint> {
    let axes = spatial(args, incoming)?;
    let windows = sizes(args, window, incoming)?;
    let strides = if args.has_sizes("stride") { sizes(args, "stride", incoming)? } else { windows.clone() };
    let dilated = args.signature.params.iter().any(|param| param.name == "dilation");
    let dilations = if dilated { sizes(args, "dilation", incoming)? } else { vec![1; axes] };
    let pad = match args.padding("pad") {
        Padding::Edge(edge) => Pad::Edge(*edge),
        Padding::Entries(pairs) => Pad::Each(entries(args, "pad", pairs, incoming)?),
    };
    Ok(Stated { windows, strides, dilations, pad })
}

/// Entries before and behind each spatial axis: one pair for all, or one for each.
pub(super) fn entries(
    args: &Args,
    name: &'static str,
    pairs: &[(usize, usize)],
    incoming: &Incoming<'_>,
) -> Result<Vec<(usize, usize)>, Complaint> {
    let axes = spatial(args, incoming)?;
    match pairs {
        [all] => Ok(vec![*all; axes]),
        each if each.len() == axes => Ok(each.to_vec()),
        _ => Err(wrong_length(args, name, axes, incoming)),
    }
}

/// How the windows of a convolution or pooling slide: `window` names the parameter with their extents. Without a stride,
/// windows stand side by side.
pub(super) fn slide(args: &Args, incoming: &Incoming<'_>, window: &'static str) -> Result<Vec<Sliding>, Complaint> {
    let stated = stated(args, incoming, window)?;
    let each = stated.windows.iter().enumerate().map(|(axis, &taps)| {
        let (input, stride, dilation) = (incoming.shape[axis], stated.strides[axis], stated.dilations[axis]);
        let span = span(taps, dilation);
        let (before, behind) = match &stated.pad {
            Pad::Edge(Edge::Valid) => (0, 0),
            Pad::Edge(Edge::Same) => same(input, span, stride),
            Pad::Each(pads) => pads[axis],
        };
        let padded = input.saturating_add(before).saturating_add(behind);
        if span > padded || span > MOST_ENTRIES {
            return Err(too_large(args, incoming, window, (axis, span, padded)));
        }
        Ok(Sliding { input, window: taps, places: (padded - span) / stride + 1, stride, dilation, before })
    });
    each.collect()
}

/// How the windows of a transposed convolution slide over its output: its input holds the places of the window. It has
/// `(n - 1) * stride + span - before - behind + output_padding` entries, `n * stride` with `same`.
pub(super) fn unslide(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<Sliding>, Complaint> {
    let stated = stated(args, incoming, "kernel")?;
    let more = sizes(args, "output_padding", incoming)?;
    let each = stated.windows.iter().enumerate().map(|(axis, &taps)| {
        let (places, stride, dilation) = (incoming.shape[axis], stated.strides[axis], stated.dilations[axis]);
        if more[axis] > 0 && more[axis] >= stride.max(dilation) {
            return Err(too_much(args, axis, more[axis], stride.max(dilation)));
        }
        let span = span(taps, dilation);
        let reach = (places - 1).saturating_mul(stride).saturating_add(span);
        let (before, behind) = match &stated.pad {
            Pad::Edge(Edge::Valid) => (0, 0),
            Pad::Edge(Edge::Same) => {
                let total = span.saturating_sub(stride);
                (total / 2, total - total / 2)
            }
            Pad::Each(pads) => pads[axis],
        };
        // With `same`, windows with gaps between them leave entries that no window reaches, as many as a gap has.
        let gap = match stated.pad {
            Pad::Edge(Edge::Same) => stride.saturating_sub(span),
            _ => 0,
        };
        let input = reach.saturating_add(more[axis]).saturating_add(gap);
        let input = input.saturating_sub(before).saturating_sub(behind);
        if input == 0 || reach > MOST_ENTRIES {
            return Err(nothing_left(args, incoming, (axis, reach, before.saturating_add(behind))));
        }
        Ok(Sliding { input, window: taps, places, stride, dilation, before })
    });
    each.collect()
}

fn too_much(args: &Args, axis: usize, more: usize, bound: usize) -> Complaint {
    Complaint {
        code: Code::OutOfRange,
        message: format!(
            "`output_padding` of `{}` is {more} on axis {axis}, where stride and dilation are at most {bound}",
            args.signature.name
        ),
        blame: Some("output_padding"),
        label: format!("expected less than {bound}"),
        help:
            "it chooses between the extents that a convolution with this stride takes to the same one: leave it out, \
               or take a larger stride"
                .to_owned(),
    }
}

fn nothing_left(args: &Args, incoming: &Incoming<'_>, (axis, reach, padding): (usize, usize, usize)) -> Complaint {
    let (shape, name) = (words::shape(incoming.shape), args.signature.name);
    Complaint {
        code: Code::WidthMismatch,
        message: format!("`{name}` makes {reach} entries of axis {axis} of {shape}, and `pad` takes {padding} away"),
        blame: Some(if reach > MOST_ENTRIES { "kernel" } else { "pad" }),
        label: format!("of {} from {}", counted(reach, "entry", "entries"), incoming.from),
        help: format!(
            "take a padding of less than {reach} in all on that axis, and a smaller window if that is too many"
        ),
    }
}

/// From the first tap of a window to its last, both included.
pub(super) fn span(window: usize, dilation: usize) -> usize {
    (window - 1).saturating_mul(dilation).saturating_add(1)
}

/// The padding of `same`: `ceil(n / stride)` places; what is odd goes behind.
fn same(n: usize, span: usize, stride: usize) -> (usize, usize) {
    let last = (n.div_ceil(stride) - 1).saturating_mul(stride);
    let total = last.saturating_add(span).saturating_sub(n);
    (total / 2, total - total / 2)
}

fn too_large(
    args: &Args,
    incoming: &Incoming<'_>,
    window: &'static str,
    (axis, span, padded): (usize, usize, usize),
) -> Complaint {
    let (name, input) = (args.signature.name, incoming.shape[axis]);
    let place = if padded == input {
        format!("axis {axis} of {} has {input}", words::shape(incoming.shape))
    } else {
        format!("axis {axis} of {} has {padded} with its padding", words::shape(incoming.shape))
    };
    let missing = span.saturating_sub(padded);
    let help = if missing == 0 {
        "take a smaller window".to_owned()
    } else {
        format!("take a window that spans at most {padded}, or pad that axis with {missing} more")
    };
    Complaint {
        code: Code::WidthMismatch,
        message: format!("the window of `{name}` spans {}, but {place}", counted(span, "entry", "entries")),
        blame: Some(window),
        label: format!("larger than axis {axis} of what {} yields", incoming.from),
        help,
    }
}

/// "1 entry", "2 entries".
fn counted(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// The extents of the output: places and channels.
pub(super) fn shape(axes: &[Sliding], channels: usize) -> Vec<usize> {
    axes.iter().map(|axis| axis.places).chain([channels]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_gives_the_places_of_tensorflow_and_puts_what_is_odd_behind() {
        assert_eq!(same(5, 3, 1), (1, 1));
        assert_eq!(same(5, 2, 1), (0, 1));
        assert_eq!(same(6, 3, 2), (0, 1));
        assert_eq!(same(7, 3, 2), (1, 1));
        assert_eq!(same(5, 1, 3), (0, 0));
    }

    #[test]
    fn spans_of_huge_windows_do_not_overflow() {
        assert_eq!(span(3, 2), 5);
        assert_eq!(span(usize::MAX, usize::MAX), usize::MAX);
        assert_eq!(same(1, usize::MAX, 1), (usize::MAX / 2, usize::MAX / 2));
    }
}
