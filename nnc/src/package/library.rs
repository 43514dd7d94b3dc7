//! The Rust of networks, formatted and commented; knows no crate.

use nn_compiler::{Compiled, Style, emit};

use crate::failure::Failure;

/// The source of a library with these networks, made from the text of `file`; perhaps with clocks around the kernels.
pub(crate) fn library(file: &str, networks: &[Compiled], profile: bool) -> Result<String, Failure> {
    let tokens = emit(networks, Style { comments: true, profile });
    let parsed =
        syn::parse2(tokens).map_err(|error| Failure::Fault(format!("the Rust of `{file}` is none: {error}")))?;
    let items = emit::comments(&prettyplease::unparse(&parsed));
    let names: Vec<String> = networks.iter().map(|compiled| format!("[`{}`]", compiled.network.name)).collect();
    Ok(format!(
        "//! Networks of `{file}`: {}.\n//!\n//! Written by nnc {}: change the text and build again, not this file.\n\n{items}",
        names.join(", "),
        env!("CARGO_PKG_VERSION"),
    ))
}
