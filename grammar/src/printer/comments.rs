//! The comments of a text, handed out in their order; knows offsets, no constructs.

use crate::span::Span;

/// The comments that have not been printed yet, and the text they stand in.
pub(super) struct Comments<'s> {
    source: &'s str,
    /// Where the comments stand, in order.
    spans: Vec<Span>,
    /// The first that has not been printed.
    next: usize,
    /// Each token that follows a `///` line, and where the first of those lines starts.
    documented: Vec<(u32, u32)>,
}

impl<'s> Comments<'s> {
    /// For a tree of which no text is known.
    pub(super) fn none() -> Self {
        Self { source: "", spans: Vec::new(), next: 0, documented: Vec::new() }
    }

    /// The comments of a text.
    #[cfg(feature = "text")]
    pub(super) fn new(source: &'s str, lexed: &crate::lexer::Lexed<'_>) -> Self {
        let mut documented = Vec::new();
        let mut start = None;
        for token in &lexed.tokens {
            if token.kind == crate::token::Kind::Doc {
                start.get_or_insert(token.span.lo);
            } else {
                documented.extend(start.take().map(|start| (token.span.lo, start)));
            }
        }
        Self { source, spans: lexed.comments.clone(), next: 0, documented }
    }

    /// Whether a comment that starts before `hi` is left.
    pub(super) fn any_before(&self, hi: u32) -> bool {
        self.spans.get(self.next).is_some_and(|span| span.lo < hi)
    }

    /// The starts of the comments left before `hi`.
    pub(super) fn starts_before(&self, hi: u32) -> impl Iterator<Item = u32> {
        self.spans[self.next..].iter().map(|span| span.lo).take_while(move |lo| *lo < hi)
    }

    /// Takes the next comment if it starts before `hi`: where it starts, and its text.
    pub(super) fn take_before(&mut self, hi: u32) -> Option<(u32, &'s str)> {
        let span = *self.spans.get(self.next).filter(|span| span.lo < hi)?;
        self.next += 1;
        Some((span.lo, self.source[span.range()].trim_end()))
    }

    /// Takes the comments that stand at the end of the line on which something ended at `hi`, if they start before `limit`.
    pub(super) fn take_trailing(&mut self, hi: u32, limit: u32) -> Vec<&'s str> {
        let (mut end, mut count) = (hi, 0);
        let left = self.spans[self.next..].iter().take_while(|span| span.lo < limit);
        for span in left.take_while(|span| span.lo >= hi) {
            if self.between(end, span.lo).contains('\n') {
                break;
            }
            (end, count) = (span.hi, count + 1);
        }
        let line = self.source.get(end as usize..).unwrap_or("").split('\n').next().unwrap_or("");
        if count == 0 || !line.chars().all(|c| c.is_whitespace() || matches!(c, ',' | ';')) {
            return Vec::new();
        }
        let taken = &self.spans[self.next..self.next + count];
        self.next += count;
        taken.iter().map(|span| self.source[span.range()].trim_end()).collect()
    }

    /// Where the first `)` between `lo` and `hi` ends, of which no comment is a part; `hi` where there is none.
    pub(super) fn after_paren(&self, lo: u32, hi: u32) -> u32 {
        let mut at = lo;
        let inside = self.spans.iter().filter(|span| (lo..hi).contains(&span.lo));
        for next in inside.chain([&Span { lo: hi, hi }]) {
            if let Some((before, _)) = self.between(at, next.lo).split_once(')') {
                return Span::new(0, at as usize + before.len() + 1).hi;
            }
            at = next.hi;
        }
        hi
    }

    fn between(&self, lo: u32, hi: u32) -> &'s str {
        self.source.get(lo as usize..hi as usize).unwrap_or("")
    }

    /// Whether an empty line stands before `at`.
    pub(super) fn blank_before(&self, at: u32) -> bool {
        let before = self.between(0, at);
        let space = &before[before.trim_end().len()..];
        space.matches('\n').count() > 1
    }

    /// Where the `///` lines before `lo` start; `lo` itself where there are none.
    pub(super) fn with_docs(&self, lo: u32) -> u32 {
        let found = self.documented.binary_search_by_key(&lo, |(token, _)| *token);
        found.map_or(lo, |index| self.documented[index].1)
    }
}
