//! The manifest of a crate that stands alone; knows names and features, no network.

/// Packages whose speed counts when a network runs; all others are compiled for a short wait.
const FAST: [&str; 3] = ["csv", "csv-core", "libm"];

/// The manifest of the package `name`, made from the text of `file`, with these features of the runtime.
pub(super) fn manifest(name: &str, file: &str, features: &[&str]) -> String {
    let features: Vec<String> = features.iter().map(|feature| toml_string(feature)).collect();
    let features = features.join(", ");
    let description = toml_string(&format!("The networks of {file}"));
    let fast: String =
        FAST.iter().map(|package| format!("\n[profile.release.package.{package}]\nopt-level = 3\n")).collect();
    format!(
        "\
# Written by nnc {version}.

[package]
name = \"{name}\"
description = {description}
version = \"0.1.0\"
edition = \"2024\"
rust-version = \"{rust}\"
publish = false

# It stands alone, wherever it lies.
[workspace]

[dependencies]
nn-runtime = {{ path = \"nn-runtime\", default-features = false, features = [{features}] }}

# The network and its runtime are compiled for speed, most other packages for a short wait.
[profile.release.package.\"*\"]
opt-level = 0
{fast}",
        version = env!("CARGO_PKG_VERSION"),
        rust = env!("CARGO_PKG_RUST_VERSION"),
    )
}

/// A text in TOML.
fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if control.is_control() => quoted += &format!("\\u{:04X}", u32::from(control)),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}
