//! Decides what stands on one line and what is broken, and puts comments between; knows rows, no constructs.

use super::comments::Comments;
use super::flat;
use crate::span::Span;

/// How long a line may be.
const WIDTH: usize = 100;

/// Text in the making.
pub(super) struct Printer<'s> {
    out: String,
    indent: usize,
    pub(super) comments: Comments<'s>,
}

/// Something that stands on one line or, if it does not fit or has comments in it, on several.
pub(super) trait Piece {
    /// From its first to its last token.
    fn span(&self) -> Span;
    /// On one line.
    fn flat(&self) -> String;
    /// Whether it has statements in it, which want lines of their own.
    fn breaks(&self) -> bool;
    /// Whether a comment that starts at `at` can stand between its parts when they are broken.
    fn takes(&self, at: u32) -> bool;
    /// On several lines; `after` more characters follow on the last of them.
    fn broken(&self, printer: &mut Printer<'_>, after: usize);
}

impl<'s> Printer<'s> {
    pub(super) fn new(comments: Comments<'s>) -> Self {
        Self { out: String::new(), indent: 0, comments }
    }

    pub(super) fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Starts a line.
    pub(super) fn line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n("    ", self.indent));
    }

    /// Leaves a line empty.
    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// Runs `inside` one step further to the right.
    pub(super) fn indented(&mut self, inside: impl FnOnce(&mut Self)) {
        self.indent += 1;
        inside(self);
        self.indent -= 1;
    }

    /// Whether `text` and `after` more characters fit on the line.
    fn fits(&self, text: &str, after: usize) -> bool {
        let line = self.out.rsplit('\n').next().unwrap_or("");
        line.chars().count() + text.chars().count() + after <= WIDTH
    }

    /// Whether `text` can stand here in place of what ends at `hi`.
    pub(super) fn stays_flat(&self, text: &str, hi: u32, after: usize) -> bool {
        !self.comments.any_before(hi) && self.fits(text, after)
    }

    /// Prints `piece` in the best way.
    pub(super) fn put(&mut self, piece: &impl Piece, after: usize) {
        let flat = piece.flat();
        let stays = !piece.breaks() && self.stays_flat(&flat, piece.span().hi, after);
        if stays { self.push(&flat) } else { piece.broken(self, after) }
    }

    /// Prints the comments that start before `hi`, each on a line of its own.
    pub(super) fn comments_before(&mut self, hi: u32) {
        while let Some((_, text)) = self.comments.take_before(hi) {
            self.line();
            self.push(text);
        }
    }

    /// Prints the comments at the end of the line on which something ended at `hi`.
    pub(super) fn trailing(&mut self, hi: u32, limit: u32) {
        for text in self.comments.take_trailing(hi, limit) {
            self.push(" ");
            self.push(text);
        }
    }

    /// Prints the comments before what stands at `span`, with those inside up to the last that cannot stand where it stands.
    pub(super) fn comments_for(&mut self, span: Span, takes: impl Fn(u32) -> bool) {
        let loose = self.comments.starts_before(span.hi).filter(|at| *at >= span.lo && !takes(*at)).last();
        self.comments_before(loose.map_or(span.lo, |at| at + 1));
    }

    /// Prints each of `pieces` on a line of its own with a comma, up to what stands at `end`; `last` replaces the last comma.
    pub(super) fn rows<P: Piece>(&mut self, pieces: &[P], end: u32, last: &str) {
        self.indented(|printer| {
            for (index, piece) in pieces.iter().enumerate() {
                let span = piece.span();
                printer.comments_for(span, |at| piece.takes(at));
                printer.line();
                printer.put(piece, 1);
                let next = pieces.get(index + 1);
                printer.push(if next.is_some() { "," } else { last });
                printer.trailing(span.hi, next.map_or(end, |next| next.span().lo));
            }
            printer.comments_before(end);
        });
    }

    /// Prints a row between brackets, flat if it fits, up to what stands at `end`.
    pub(super) fn bracketed<P: Piece>(&mut self, brackets: [&str; 2], pieces: &[P], end: u32, after: usize) {
        let flat = format!("{}{}{}", brackets[0], flat::row(pieces, P::flat), brackets[1]);
        if !pieces.iter().any(P::breaks) && self.stays_flat(&flat, end, after) {
            return self.push(&flat);
        }
        self.push(brackets[0].trim_end());
        self.rows(pieces, end, ",");
        self.line();
        self.push(brackets[1].trim_start());
    }
}
