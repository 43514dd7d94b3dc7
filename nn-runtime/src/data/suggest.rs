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

/// The Levenshtein distance (1966): insertions, deletions and substitutions.
fn edits(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
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
        assert_eq!(nearest("colour", &known), None);
    }
}
