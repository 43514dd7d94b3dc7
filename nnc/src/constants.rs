//! `--set hidden=32`: other numbers for the constants of a text; knows spelling, and no item but constants.

use nn_grammar::ast::{ExprKind, Item};
use nn_grammar::text;

use crate::mistakes;

/// A number for a constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Set {
    /// The constant.
    pub(crate) name: String,
    /// The number as the language writes it: `32`, `-1e-3`.
    pub(crate) number: String,
}

/// What every command that compiles a text takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Sets {
    /// Another number for a constant of the text: --set hidden=32; can be repeated
    #[arg(long = "set", value_name = "NAME=NUMBER", value_parser = parse)]
    pub(crate) set: Vec<Set>,
}

/// `hidden=32`.
fn parse(argument: &str) -> Result<Set, String> {
    let expected = || "expected a constant and a number, as in hidden=32".to_owned();
    let (name, number) = argument.split_once('=').ok_or_else(expected)?;
    let (name, number) = (name.trim(), number.trim());
    let items = text::parse(&format!("let {name} = {number};")).map_err(|_| expected())?.items;
    match &items[..] {
        [Item::Constant(constant)] if is_number(&constant.value.kind) => {
            Ok(Set { name: name.to_owned(), number: number.to_owned() })
        }
        _ => Err(expected()),
    }
}

fn is_number(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Number(number) => number.unit.is_none(),
        ExprKind::Negate(inner) => matches!(&inner.kind, ExprKind::Number(number) if number.unit.is_none()),
        _ => false,
    }
}

/// A text with other numbers in it. One with mistakes stays as it is: they are told when it is compiled.
pub(crate) fn replaced(text: &str, sets: &[Set]) -> String {
    let mut replaced = text.to_owned();
    if sets.is_empty() {
        return replaced;
    }
    let items = text::parse(text).map(|program| program.items).unwrap_or_default();
    // From behind, so that the places before stay.
    for item in items.iter().rev() {
        if let Item::Constant(constant) = item
            && let Some(set) = sets.iter().rev().find(|set| set.name == constant.name.text)
        {
            replaced.replace_range(mistakes::range(text, constant.value.span), &set.number);
        }
    }
    replaced
}

/// The word that was probably meant.
pub(crate) fn suggestion(typed: &str, known: &[&str]) -> String {
    let far = |word: &&&str| strsim::levenshtein(typed, word);
    match known
        .iter()
        .min_by_key(far)
        .filter(|word| strsim::levenshtein(typed, word) <= typed.chars().count().max(3) / 3)
    {
        Some(word) => format!("did you mean `{word}`?"),
        None if known.is_empty() => "it has none: a constant is declared as `let hidden = 16;`".to_owned(),
        None => format!("it has {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_gets_its_number_where_it_stands() {
        let sets: Vec<Set> = ["hidden=32", "low = -1e-3"].map(|set| parse(set).expect(set)).to_vec();
        let text = "let low = 2 * 3; // low\nlet a = hidden;\nlet hidden = 16;";
        assert_eq!(replaced(text, &sets), "let low = -1e-3; // low\nlet a = hidden;\nlet hidden = 32;");
    }

    #[test]
    fn only_numbers_can_be_set() {
        for wrong in ["hidden", "hidden=", "hidden=relu", "hidden=8KiB", "=3", "a=1; let b=2", "4=3", "a=1+1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
