//! From a plan to Rust: one module of functions for each network, the constant that describes it, and its type.

mod api;
mod by_row;
mod control;
mod expression;
mod functions;
mod loops;
mod ports;
mod products;
mod profile;
mod recipe;
mod row;
mod stub;
mod table;
mod training;

pub use stub::stub;

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::Compiled;
use crate::model::{Network, Precision};
use crate::plan::Plan;

/// What generated code looks like beside what it does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether each kernel is marked with `nn_comment!("…");`, for [`comments`] to turn into comments of the text.
    pub comments: bool,
    /// Whether the time that each kernel takes is measured: the runtime then needs its feature `profile`.
    pub profile: bool,
}

/// The Rust items of a network.
pub fn emit(network: &Network, plan: &Plan, steps: &[Compiled], style: Style) -> TokenStream {
    let api = api::network_type(network, plan, steps, style);
    joined([api, module(network, plan, style, row::function(network, plan).unwrap_or_default())])
}

/// A step of a training: the functions of a network and the constant that describes it, without a type.
pub fn step(network: &Network, plan: &Plan, style: Style) -> TokenStream {
    module(network, plan, style, TokenStream::new())
}

/// The functions of a network, with that of a single row if it has one, and the constant that describes it.
fn module(network: &Network, plan: &Plan, style: Style, row: TokenStream) -> TokenStream {
    let module = module_name(network);
    let functions = functions::functions(network, plan, style);
    let literals = functions::literals(network, plan);
    let program = table::program(network, plan);
    let profile = style.profile.then(|| profile::items(network, plan));
    quote! {
        #[doc(hidden)]
        #[allow(
            non_snake_case, unused_imports, unused_variables, clippy::all, clippy::pedantic,
            reason = "generated code is as plain as its loops"
        )]
        mod #module {
            use ::nn_runtime::{Draws, Team, isa, kernels, kernels::view, math};
            #program
            #profile
            #literals
            #functions
            #row
        }
    }
}

/// The name of the module that holds the functions of a network.
fn module_name(network: &Network) -> proc_macro2::Ident {
    module_of(&network.name)
}

/// The name of the module that holds the functions of the network of this name.
fn module_of(name: &str) -> proc_macro2::Ident {
    format_ident!("{}_network", snake_case(name))
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        // An underscore of the name is doubled, so that no two names give one module.
        if letter == '_' || (letter.is_uppercase() && !snake.is_empty()) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Turns the marks of [`Style::comments`] in formatted source into comments. A long mark stands on three lines.
pub fn comments(source: &str) -> String {
    const MARK: &str = "nn_comment!(";
    let mut lines = source.lines();
    let mut text = String::with_capacity(source.len());
    while let Some(line) = lines.next() {
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        let quoted = match rest.strip_prefix(MARK) {
            Some("") => {
                let quoted = lines.next().map(str::trim);
                lines.next();
                quoted
            }
            Some(rest) => rest.strip_suffix(");"),
            None => None,
        };
        match quoted.and_then(|quoted| quoted.strip_prefix('"')?.strip_suffix('"')) {
            Some(quoted) => {
                text.extend([indent, "// ", &quoted.replace("\\\"", "\"").replace("\\\\", "\\")]);
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// Pieces of code one behind the other. `quote!` would copy each.
fn joined(pieces: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    pieces.into_iter().collect()
}

/// Code with a block behind it: `for i in 0..3` and what it does. `quote!` would copy the block.
fn with_block(mut head: TokenStream, block: TokenStream) -> TokenStream {
    head.extend([TokenTree::Group(Group::new(Delimiter::Brace, block))]);
    head
}

/// The element type.
fn real(precision: Precision) -> TokenStream {
    match precision {
        Precision::F32 => quote!(f32),
        Precision::F64 => quote!(f64),
    }
}

/// A whole number without a suffix.
fn whole(n: usize) -> Literal {
    Literal::usize_unsuffixed(n)
}

#[cfg(test)]
mod tests {
    use super::comments;

    #[test]
    fn marks_become_comments_on_one_line_or_three() {
        let source = "    nn_comment!(\"a \\\"b\\\"\");\n    nn_comment!(\n        \"long\"\n    );\n    f(\"x\");\n";
        assert_eq!(comments(source), "    // a \"b\"\n    // long\n    f(\"x\");\n");
    }
}
