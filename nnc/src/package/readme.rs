//! The README of a crate: what it holds and the commands to use it; knows checked networks.

use nn_compiler::Compiled;

use super::{has_data, name};

/// The README of the package `package`, made from the text of `file`.
pub(super) fn readme(package: &str, file: &str, networks: &[Compiled]) -> String {
    let library = name::library(package);
    let mut text = format!(
        "# {package}\n\nThe networks of [`{file}`]({file}) as a Rust crate that stands alone: it needs neither nnc nor a published\n\
         `nn-runtime`, whose source lies beside it. Written by nnc {}; to change it, change the text and build again.\n\n",
        env!("CARGO_PKG_VERSION"),
    );
    for Compiled { network, plan, .. } in networks {
        let docs = network.docs.join(" ");
        let docs = if docs.is_empty() { String::new() } else { format!(": {}", docs.trim()) };
        let (name, input, output, precision) =
            (&network.name, &network.input, &network.output, network.precision.name());
        text +=
            &format!("- `{name}` `{input:?} -> {output:?}`, {} parameters of `{precision}`{docs}\n", plan.parameters);
    }
    if let Some(Compiled { network, .. }) = networks.first() {
        let (name, values, real) = (&network.name, network.input.iter().product::<usize>(), network.precision.name());
        text += &format!(
            "\n## In Rust\n\n```toml\n[dependencies]\n{package} = {{ path = \"path/to/{package}\" }}\n```\n\n\
             ```rust,ignore\nlet net = {library}::{name}::load(\"weights.safetensors\")?; // or {library}::{name}::new(42), untrained\n\
             let output = net.predict(&[0.0_{real}; {values}]);\n```\n",
        );
    }
    if has_data(networks) {
        text += &format!(
            "\n## As a program\n\nThe path of the data is the one that the text states, seen from where the program runs; `--data CSV` names another.\n\n\
             ```sh\ncargo run --release -- train\ncargo run --release -- eval --weights out/NETWORK/weights.safetensors\n\
             cargo run --release -- predict --weights out/NETWORK/weights.safetensors --input rows.csv\n```\n\n\
             `{package} --help` lists everything.\n",
        );
    }
    text
}
