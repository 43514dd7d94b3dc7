//! The program of a crate: train, eval and predict with its networks; knows names and precisions only.

use nn_compiler::Compiled;
use nn_compiler::model::Precision;

use super::name;

/// The source of `main.rs` in the package `package`.
pub(super) fn program(package: &str, file: &str, networks: &[Compiled], profile: bool) -> String {
    let library = name::library(package);
    let entry = |compiled: &Compiled| {
        let variant = match compiled.network.precision {
            Precision::F32 => "F32",
            Precision::F64 => "F64",
        };
        format!("        AnyProgram::{variant}({library}::{}::PROGRAM),\n", compiled.network.name)
    };
    let graph = |compiled: &Compiled| {
        let name = &compiled.network.name;
        format!("        (\"{name}\", include_str!(\"graphs/{name}.svg\")),\n")
    };
    let graphs: String = networks.iter().map(graph).collect();
    let entries: String = networks.iter().map(entry).collect();
    let profiles: String =
        networks.iter().map(|compiled| format!("{library}::{}::PROFILE, ", compiled.network.name)).collect();
    let begin = if profile {
        format!("    nn_runtime::profile::begin(&[{}]);\n", profiles.trim_end_matches(", "))
    } else {
        String::new()
    };
    format!(
        "\
//! Trains, evaluates and predicts with the networks of `{file}`: `{package} --help` says how.
//!
//! Written by nnc {}.

use std::process::ExitCode;

use nn_runtime::cli::{{self, AnyProgram}};

fn main() -> ExitCode {{
{begin}    let networks = [
{entries}    ];
    // For the reports.
    let graphs = [
{graphs}    ];
    cli::run_with_graphs(&networks, &graphs)
}}
",
        env!("CARGO_PKG_VERSION"),
    )
}
