//! The way back from token indices to the places that rustc knows.

use crate::span::Span;

/// The place of each token of a macro body.
#[derive(Clone, Debug, Default)]
pub struct SpanTable {
    places: Vec<proc_macro2::Span>,
}

impl SpanTable {
    pub(super) fn push(&mut self, place: proc_macro2::Span) {
        self.places.push(place);
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether the macro body is empty.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The place of the tokens of `span`: all of them where the compiler can join places, else the first.
    ///
    /// A span behind the end means the last token; without any token it is the place of the macro call.
    pub fn resolve(&self, span: Span) -> proc_macro2::Span {
        let Some(last) = self.places.last() else { return proc_macro2::Span::call_site() };
        let first = self.places.get(span.lo as usize).unwrap_or(last);
        let end = (span.hi as usize).checked_sub(1).and_then(|end| self.places.get(end));
        end.filter(|_| span.hi > span.lo).and_then(|end| first.join(*end)).unwrap_or(*first)
    }
}
