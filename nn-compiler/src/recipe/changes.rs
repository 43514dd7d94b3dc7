//! What the list `augment …;` can name, each with its interface, what it is about, and how it is written in Rust; and `mixup`.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

/// The argument that does not fit an input, and why.
pub type Misfit = (&'static str, String);

/// A change of the inputs of a row.
#[derive(Debug)]
pub struct ChangeEntry {
    /// Its interface.
    pub signature: Signature,
    /// Whether it is about images: inputs of shape `[height, width, channels]`.
    pub images: bool,
    /// Whether its arguments fit an input of this shape, or which does not and why.
    pub fits: fn(&Args, &[usize]) -> Result<(), Misfit>,
    /// The value of the runtime.
    pub rust: fn(&Args) -> TokenStream,
}

const INPUT: Param =
    Param::optional("input", Kind::Word, Preset::Text(""), "the input that it is about; the only one that fits");
const FILL: Param = Param::optional(
    "fill",
    Kind::Choice(&["zero", "edge", "reflect"]),
    Preset::Choice("zero"),
    "what comes in from outside",
);
/// Above 0 and at most 180.
const TURN: Range = Range { low: 0.0, high: 180.0, with_low: false, with_high: true };

/// Every change.
pub static CHANGES: [ChangeEntry; 5] = [
    ChangeEntry {
        signature: Signature {
            name: "flip",
            doc: "Mirrors an image.",
            params: &[
                Param::optional(
                    "direction",
                    Kind::Choice(&["horizontal", "vertical"]),
                    Preset::Choice("horizontal"),
                    "`horizontal` swaps left and right",
                ),
                Param::optional("probability", Kind::Real(Range::UNIT), Preset::Real(0.5), "how likely it is"),
                INPUT,
            ],
        },
        images: true,
        fits: |_, _| Ok(()),
        rust: |args| {
            let direction = variant(args.choice("direction"));
            let probability = Literal::f64_unsuffixed(args.real("probability"));
            quote!(Flip { direction: ::nn_runtime::augment::Direction::#direction, probability: #probability })
        },
    },
    ChangeEntry {
        signature: Signature {
            name: "shift",
            doc: "Moves an image by whole pixels.",
            params: &[
                Param::required("pixels", Kind::Sizes(0), "the most pixels each way, or rows and columns as a list"),
                FILL,
                INPUT,
            ],
        },
        images: true,
        fits: |args, shape| {
            let [rows, columns] = both(args, "pixels")?;
            if rows < shape[0] && columns < shape[1] {
                return Ok(());
            }
            Err(("pixels", format!("`shift` would move images of {} out of sight", words::shape(shape))))
        },
        rust: |args| {
            let (pixels, fill) = (pair(args, "pixels"), fill(args));
            quote!(Shift { pixels: #pixels, fill: #fill })
        },
    },
    ChangeEntry {
        signature: Signature {
            name: "rotate",
            doc: "Turns an image about its middle, with bilinear interpolation.",
            params: &[Param::required("degrees", Kind::Real(TURN), "the most degrees each way"), FILL, INPUT],
        },
        images: true,
        fits: |_, _| Ok(()),
        rust: |args| {
            let (degrees, fill) = (Literal::f64_unsuffixed(args.real("degrees")), fill(args));
            quote!(Rotate { degrees: #degrees, fill: #fill })
        },
    },
    ChangeEntry {
        signature: Signature {
            name: "crop",
            doc: "A window anywhere in an image becomes the image, with bilinear interpolation if it has another size.",
            params: &[
                Param::required("size", Kind::Sizes(1), "rows and columns of the window"),
                Param::optional(
                    "pad",
                    Kind::Sizes(0),
                    Preset::Size(0),
                    "rows and columns that are first added on each side",
                ),
                FILL,
                INPUT,
            ],
        },
        images: true,
        fits: |args, shape| {
            let ([rows, columns], [above, beside]) = (both(args, "size")?, both(args, "pad")?);
            let room = |extent: usize, pad: usize| extent.saturating_add(pad.saturating_mul(2));
            if rows > room(shape[0], above) || columns > room(shape[1], beside) {
                let size = words::shape(&[room(shape[0], above), room(shape[1], beside)]);
                return Err(("size", format!("`crop` takes a window of {rows} by {columns} pixels out of {size}")));
            }
            if args.choice("fill") == "reflect" && !(above < shape[0] && beside < shape[1]) {
                return Err((
                    "pad",
                    format!("a mirror shows no more than the image, which is {}", words::shape(shape)),
                ));
            }
            Ok(())
        },
        rust: |args| {
            let (size, pad, fill) = (pair(args, "size"), pair(args, "pad"), fill(args));
            quote!(Crop { size: #size, pad: #pad, fill: #fill })
        },
    },
    ChangeEntry {
        signature: Signature {
            name: "noise",
            doc: "Adds a number from the normal distribution to each value.",
            params: &[Param::required("deviation", Kind::Real(Range::POSITIVE), "its standard deviation"), INPUT],
        },
        images: false,
        fits: |_, _| Ok(()),
        rust: |args| {
            let deviation = Literal::f64_unsuffixed(args.real("deviation"));
            quote!(Noise { deviation: #deviation })
        },
    },
];

/// Mixing rows with others of their batch.
pub static MIXUP: Signature = Signature {
    name: "mixup",
    doc: "Rows and their targets are mixed with others of their batch.",
    params: &[Param::optional(
        "alpha",
        Kind::Real(Range::POSITIVE),
        Preset::Real(0.2),
        "shares come from the Beta distribution with both parameters this",
    )],
};

/// Rows and columns.
fn both(args: &Args, name: &'static str) -> Result<[usize; 2], Misfit> {
    let sizes = args.sizes(name, 2).and_then(|sizes| <[usize; 2]>::try_from(sizes).ok());
    sizes.ok_or_else(|| (name, format!("`{name}` of `{}` takes one number, or a list of two", args.signature.name)))
}

fn pair(args: &Args, name: &'static str) -> TokenStream {
    // Checked before.
    let sizes = args.sizes(name, 2).unwrap_or_default().into_iter().map(Literal::usize_unsuffixed);
    quote!([#(#sizes),*])
}

fn fill(args: &Args) -> TokenStream {
    let fill = variant(args.choice("fill"));
    quote!(::nn_runtime::augment::Fill::#fill)
}

/// `zero` as `Zero`.
fn variant(word: &str) -> proc_macro2::Ident {
    let (first, rest) = word.split_at(1);
    format_ident!("{}{rest}", first.to_uppercase())
}
