//! Names for packages and networks, from the names of files; knows the rules of cargo and of Rust.

use super::runtime;

/// Names that cargo or Rust keeps for itself.
const KEPT: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "aux",
    "con",
    "nul",
    "prn",
];

/// A legal name for the package of a file: `2 Iris` becomes `nn-2-iris`.
pub(crate) fn package(stem: &str) -> String {
    let mut name = String::new();
    for letter in stem.chars() {
        let letter = letter.to_ascii_lowercase();
        if letter.is_ascii_alphanumeric() || letter == '_' {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_matches(['-', '_']);
    if name.is_empty() {
        return "network".to_owned();
    }
    let name =
        if name.starts_with(|first: char| first.is_ascii_digit()) { format!("nn-{name}") } else { name.to_owned() };
    if KEPT.contains(&&*name) || runtime::locks(&name) { format!("{name}-network") } else { name }
}

/// The name of a package's library in Rust.
pub(super) fn library(package: &str) -> String {
    package.replace('-', "_")
}

/// A legal name for a network: `2-flower_beds` becomes `Net2FlowerBeds`.
pub(crate) fn network(stem: &str) -> String {
    let words = stem.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let camel: String = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
    if camel.starts_with(|first: char| first.is_ascii_uppercase()) { camel } else { format!("Net{camel}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_name_gives_a_legal_package() {
        for (stem, name) in [
            ("iris", "iris"),
            ("2-iris", "nn-2-iris"),
            ("My Net (new)", "my-net-new"),
            ("花", "network"),
            ("-_", "network"),
            ("test", "test-network"),
            ("nn-runtime", "nn-runtime-network"),
            ("csv", "csv-network"),
        ] {
            assert_eq!(package(stem), name);
        }
    }

    #[test]
    fn every_name_gives_a_legal_network() {
        for (stem, name) in [("iris", "Iris"), ("2-flower_beds", "Net2FlowerBeds"), ("花", "Net")] {
            assert_eq!(network(stem), name);
        }
    }
}
