//! `network! { … }`: a `.nn` text in Rust source becomes a type. Use it through `nn_runtime::network!`.
//!
//! Thin on purpose: it parses, calls the compiler, and returns tokens, or errors on the right tokens with a stand-in for the type.

mod errors;
mod expand;
mod file;

/// Compiles a network at compile time.
///
/// ```ignore
/// nn_runtime::network! { pub Iris < dense(4->16, relu), dropout(0.2), dense(16->3, softmax) > }
/// let xor = nn_runtime::network!(< dense(2->8, tanh), dense(8->1, sigmoid) >);
/// nn_runtime::network! { file "iris.nn" }
/// ```
///
/// - `pub Name < … >` or any whole `.nn` text: items, a type for each network.
/// - `< … >`: an expression, a network of a type of its own, initialised from seed 0.
/// - `file "iris.nn"`: the text of a file, relative to the crate's `Cargo.toml`; its networks are public.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::network(input.into()).into()
}
