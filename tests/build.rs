//! Compiles every text of the corpus and of the goldens to Rust, in both precisions, so that tests can run what users run.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use nn_compiler::{Style, compile, emit};
use nn_grammar::ast::{Expr, ExprKind, Item, Name, Relation, Setting};
use nn_grammar::span::Span;
use nn_grammar::text;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=corpus/pass");
    println!("cargo:rerun-if-changed=goldens");
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut files: Vec<_> =
        fs::read_dir("corpus/pass").expect("the corpus").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        texts.push((format!("corpus/{name}"), fs::read_to_string(&file).expect("a text")));
    }
    let mut goldens: Vec<_> =
        fs::read_dir("goldens/layers").expect("goldens").map(|entry| entry.expect("a file").path()).collect();
    goldens.sort();
    for (kind, file) in
        goldens.into_iter().map(|file| ("layers", file)).chain([("curves", "goldens/curves.json".into())])
    {
        let json = fs::read_to_string(file).expect("a golden");
        let cases: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        for case in cases.as_array().expect("a list of cases") {
            let name = case["name"].as_str().expect("a name");
            texts.push((format!("{kind}/{name}"), case["nn"].as_str().expect("a text").to_owned()));
        }
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("networks.rs"), modules(&texts)).expect("the output folder can be written");
}

/// A module for each text and precision, and a table of all networks.
fn modules(texts: &[(String, String)]) -> String {
    let mut modules = String::new();
    let mut table = String::new();
    for (index, (name, source)) in texts.iter().enumerate() {
        for precision in ["f32", "f64"] {
            let module = format!("case_{index}_{precision}");
            let (rust, networks) = compiled(name, source, precision);
            writeln!(modules, "mod {module} {{ {rust} }}").expect("a string takes everything");
            for network in networks {
                let variant = precision.to_uppercase();
                writeln!(
                    table,
                    "Compiled {{ text: {name:?}, source: {source:?}, network: {network:?}, program: Any::{variant}(<{module}::{network} as nn_runtime::Network>::PROGRAM) }},"
                )
                .expect("a string takes everything");
            }
        }
    }
    format!(
        "{modules}\n/// All networks of the corpus and of the goldens.\npub static COMPILED: &[Compiled] = &[{table}];\n"
    )
}

/// The Rust of a text in one precision, and the names of its networks.
fn compiled(name: &str, source: &str, precision: &str) -> (String, Vec<String>) {
    let mut program = text::parse(source).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}"));
    for item in &mut program.items {
        if let Item::Network(network) = item {
            network.public = true;
            network.settings.retain(|setting| setting.name.text != "precision");
            network.settings.push(Setting {
                name: Name { text: "precision".to_owned(), span: Span::default() },
                relation: Relation::Is,
                value: Expr { kind: ExprKind::Name(precision.to_owned()), span: Span::default() },
            });
        }
    }
    let networks = compile(&program).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}"));
    let names = networks.iter().map(|compiled| compiled.network.name.clone()).collect();
    (emit(&networks, Style::default()).to_string(), names)
}
