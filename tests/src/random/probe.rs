//! What the compiler says of a piece of text: its shape, or that it is refused. A refusal must come with a reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::catch_unwind;

use nn_compiler::check::check;
use nn_grammar::text;

/// The values that are known by name, with their shapes.
pub type Names = BTreeMap<String, Known>;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The shape of one example.
    pub shape: Vec<usize>,
    /// How many classes there are, if it is ids.
    pub classes: Option<usize>,
}

/// A type as it is written: `[2, 3]`, `class(5)[3]`.
pub fn written(known: &Known) -> String {
    let extents = written_shape(&known.shape);
    match known.classes {
        Some(classes) => format!("class({classes}){extents}"),
        None => extents,
    }
}

/// A shape as it is written: `[2, 3]`.
pub fn written_shape(shape: &[usize]) -> String {
    let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("[{}]", extents.join(", "))
}

/// The shape of an expression among named values; none if it is refused. If the compiler breaks or gives no reason, the text that
/// does it to it.
///
/// # Errors
/// The text that breaks the compiler.
pub fn shape_of(items: &str, names: &Names, before: &str, expr: &str) -> Result<Option<Vec<usize>>, String> {
    let mentioned = |name: &str| mentions(before, name) || mentions(expr, name);
    let (mut inputs, mut parameters) = (Vec::new(), String::new());
    for (name, known) in names.iter().filter(|(name, _)| mentioned(name)) {
        if known.shape.is_empty() {
            write!(parameters, "param {name}: [] = 1; ").expect("a string takes everything");
        } else {
            inputs.push(format!("{name}: {}", written(known)));
        }
    }
    // There is always something that has a batch.
    inputs.push("unused: [1]".to_owned());
    let source = format!("{items}\nnetwork N({}) {{ {parameters}{before} {expr} }}", inputs.join(", "));
    let answer = catch_unwind(|| {
        let program =
            text::parse(&source).unwrap_or_else(|mistakes| panic!("a text that was made to be read: {mistakes:?}"));
        match check(&program) {
            Ok(model) => {
                let network = model.networks.into_iter().find(|network| network.name == "N").expect("the network");
                Some(network.body.step(network.result).shape.clone())
            }
            Err(mistakes) => {
                let said = mistakes.iter().all(|mistake| !mistake.message.is_empty());
                assert!(!mistakes.is_empty() && said, "refused without a reason");
                None
            }
        }
    });
    answer.map_err(|_| source)
}

/// Whether a name stands in a text as a word.
fn mentions(text: &str, name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(letter) && !after.is_some_and(letter)
    })
}
