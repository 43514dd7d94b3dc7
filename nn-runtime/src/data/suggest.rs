//! Which known name a mistyped one was meant to be; knows nothing of what the names are for.

use std::string::String;
use std::vec::Vec;

/// The known name with the fewest edits from `name`, ignoring case, if they are no more than a third of its letters.
pub(crate) fn nearest<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    let limit = (wanted.len() / 3).max(1);
    let scored = known.iter().map(|k| (edits(&wanted, &k.to_lowercase().chars().collect::<Vec<_>>()), k.as_str()));
    let near = |edits: usize| edits <= limit && edits < wanted.len();
    scored.filter(|(edits, _)| near(*edits)).min_by_key(|(edits, _)| *edits).map(|(_, known)| known)
}

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment; Damerau 1964).
fn edits(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for i in 0..from.len() {
        let mut row = std::vec![i + 1];
        for j in 0..to.len() {
            let substituted = last[j] + usize::from(from[i] != to[j]);
            let mut least = substituted.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;
    use std::string::ToString;
    use std::vec;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = vec!["species".to_string(), "petal_length".to_string()];
        assert_eq!(nearest("specis", &known), Some("species"));
        assert_eq!(nearest("Petal_Lenght", &known), Some("petal_length"));
        assert_eq!(nearest("sepcies", &known), Some("species"));
        assert_eq!(nearest("colour", &known), None);
    }
}
