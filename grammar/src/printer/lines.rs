//! Lays out what stands on lines of its own, with the comments and the blank lines between.

use super::layout::Printer;
use crate::span::Span;

/// Something that starts on a line of its own.
pub(super) trait Line {
    /// Its content, without a `;` at the end.
    fn content(&self) -> Span;
    /// Whether an empty line must stand before it if `before` comes before it.
    fn apart(&self, before: &Self) -> bool;
    /// Whether a comment that starts at `at` can stand between its parts.
    fn takes(&self, at: u32) -> bool;
    /// Prints it.
    fn write(&self, printer: &mut Printer<'_>);
}

impl Printer<'_> {
    /// Prints each of `lines`, and the comments up to `end`. Between two of them stands an empty line if they want it, or if the source has one.
    pub(super) fn lines<L: Line>(&mut self, lines: &[L], end: u32) {
        let mut first = true;
        for (index, line) in lines.iter().enumerate() {
            let content = line.content();
            let lo = self.comments.with_docs(content.lo);
            let mut gap = index.checked_sub(1).is_some_and(|before| line.apart(&lines[before]));
            self.spaced_comments(lo, &mut first, &mut gap);
            if !first && (gap || self.comments.blank_before(lo)) {
                self.blank();
            }
            first = false;
            self.comments_for(content, |at| line.takes(at));
            self.line();
            line.write(self);
            let next = lines.get(index + 1).map(|next| self.comments.with_docs(next.content().lo));
            self.trailing(content.hi, next.unwrap_or(end));
        }
        self.spaced_comments(end, &mut first, &mut false);
    }

    /// Prints the comments before `hi` with the empty lines between them; `gap` wants one before the first.
    fn spaced_comments(&mut self, hi: u32, first: &mut bool, gap: &mut bool) {
        while let Some((at, text)) = self.comments.take_before(hi) {
            if !*first && (*gap || self.comments.blank_before(at)) {
                self.blank();
            }
            (*first, *gap) = (false, false);
            self.line();
            self.push(text);
        }
    }

    /// Prints what stands in braces, which end at `end`.
    pub(super) fn braces<L: Line>(&mut self, lines: &[L], end: u32) {
        if lines.is_empty() && !self.comments.any_before(end) {
            return self.push("{ }");
        }
        self.push("{");
        self.indented(|printer| printer.lines(lines, end));
        self.line();
        self.push("}");
    }
}
