//! What stands for a network that does not compile: its type with the signatures of its methods, so that the rest of the
//! user's crate is judged as if it did.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::api::storage_name;
use super::{real, whole};
use crate::check::Outline;
use crate::model::Precision;

/// The sizes that every network has, and those of a network with a train section. In a stub they are 0.
const SIZES: [&str; 8] = [
    "PARAMETERS",
    "WEIGHTS",
    "PREDICT_ARENA",
    "TRAIN_ARENA_PER_ROW",
    "TRAIN_ARENA_FIXED",
    "BATCH",
    "OPTIMIZER_STATE",
    "TRAINING_BYTES",
];

/// The type of a network that does not compile.
pub fn stub(outline: &Outline) -> TokenStream {
    let name = format_ident!("{}", outline.name);
    let storage = storage_name(&outline.name);
    let public = outline.public.then(|| quote!(pub));
    let network = outline.network.as_ref();
    let real = real(network.map_or(Precision::F32, |network| network.precision));
    let size = |shape: &[usize]| whole(shape.iter().product());
    let shapes = network.map(|network| (size(&network.input), size(&network.output)));
    let (inputs, outputs) = shapes.clone().unwrap_or((whole(0), whole(0)));
    let methods = match shapes {
        Some((inputs, outputs)) => quote!(::nn_runtime::network_methods!(#name, #real, #inputs, #outputs);),
        None => quote!(::nn_runtime::network_methods_of_any_shape!(#name, #real);),
    };
    let sizes = SIZES.map(|size| format_ident!("{size}"));
    quote! {
        #[allow(dead_code, missing_docs, non_camel_case_types, unreachable_pub, reason = "it stands for a network that does not compile")]
        #public struct #name<#storage = ::nn_runtime::Owned<#real>> {
            weights: #storage,
        }

        #[allow(dead_code, missing_docs, unreachable_pub, reason = "it stands for a network that does not compile")]
        impl #name {
            pub const PROGRAM: &'static ::nn_runtime::Program<#real> = &::nn_runtime::Program::empty();
            pub const INPUTS: usize = #inputs;
            pub const OUTPUTS: usize = #outputs;
            #(pub const #sizes: usize = 0;)*
        }

        impl<#storage: ::nn_runtime::Storage<#real>> ::nn_runtime::Network for #name<#storage> {
            type Real = #real;
            const PROGRAM: &'static ::nn_runtime::Program<#real> = &::nn_runtime::Program::empty();
            fn weights(&self) -> &[#real] {
                self.weights.as_ref()
            }
            fn weights_mut(&mut self) -> &mut [#real] {
                self.weights.as_mut()
            }
        }

        #methods
    }
}
