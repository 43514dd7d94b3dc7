//! Finds a small program that fails as a large one does.

use nn_grammar::{printer, text};

use super::edits::smaller;

/// How many programs are tried at once: they are compiled into one crate.
const AT_ONCE: usize = 8;

/// What is wrong with each of some texts; none where nothing is, or where a text is not valid.
pub type Judge<'a> = dyn FnMut(&[String]) -> Vec<Option<String>> + 'a;

/// The smallest text found that still fails, and how. `valid` says cheaply which texts are worth a try, of which there are at most
/// so many.
pub fn shrink(
    text: &str,
    said: String,
    tries: usize,
    valid: &dyn Fn(&str) -> bool,
    judge: &mut Judge<'_>,
) -> (String, String) {
    let (mut best, mut said, mut tried, mut number) = (text.to_owned(), said, 0, 0);
    while tried < tries {
        let (candidates, end) = candidates(&best, number, AT_ONCE.min(tries - tried), valid);
        tried += candidates.len();
        let failing = candidates.iter().zip(judge(&candidates)).filter_map(|(text, said)| Some((text, said?)));
        match failing.min_by_key(|(text, _)| text.len()) {
            Some((text, why)) => (best, said, number) = (text.clone(), why, 0),
            None if end.is_none() => break,
            None => number = end.unwrap_or(0),
        }
    }
    (best, said)
}

/// Up to so many smaller texts that are valid, from the edit of this number on; and the number to go on from, if there are more.
fn candidates(best: &str, from: usize, most: usize, valid: &dyn Fn(&str) -> bool) -> (Vec<String>, Option<usize>) {
    let Ok(program) = text::parse(best) else { return (Vec::new(), None) };
    let mut found = Vec::new();
    let mut number = from;
    while found.len() < most {
        let Some(smaller) = smaller(&program, number) else { return (found, None) };
        number += 1;
        let text = printer::print(&smaller);
        if text::parse(&text).is_ok() && valid(&text) {
            found.push(text);
        }
    }
    (found, Some(number))
}
