//! The type of a network: its documentation, its sizes, and the methods that the runtime gives every network.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::ports::ports;
use super::{Style, module_name, real, row, training, whole};
use crate::Compiled;
use crate::limits::held_in_all;
use crate::model::{Entry, Network, Port};
use crate::plan::Plan;
use crate::words;

/// The type with its sizes and methods.
pub(super) fn network_type(network: &Network, plan: &Plan, steps: &[Compiled], style: Style) -> TokenStream {
    let module = module_name(network);
    let name = format_ident!("{}", network.name);
    let real = real(network.precision);
    let docs = docs(network, plan);
    let public = network.public.then(|| quote!(pub));
    let (inputs, outputs) = (size(&network.input), size(&network.output));
    let (sizes, ports) = (sizes(network, plan, steps), ports(network));
    let storage = storage_name(&network.name);
    let agreement = agreement(network, plan, steps);
    let predict_row = row::is_small(plan).then(|| {
        quote! {
            const PREDICT_ROW: ::core::option::Option<::nn_runtime::program::PredictRow<#real>> =
                ::core::option::Option::Some(#module::predict_row);
        }
    });
    let entries = network.entries.iter().enumerate().map(|(number, entry)| entry_method(network, number, entry));
    let training = network.training.as_ref().map(|stated| training::methods(network, stated));
    let program = match &network.training {
        Some(stated) => training::program(network, stated, plan),
        None => quote!(&#module::PROGRAM),
    };
    let profile = style.profile.then(|| {
        quote! {
            #[doc = " What the clocks around its kernels have measured."]
            pub const PROFILE: &'static ::nn_runtime::profile::Profile = &#module::PROFILE;
        }
    });
    quote! {
        #(#[doc = #docs])*
        #[allow(dead_code, non_camel_case_types, unreachable_pub, reason = "the text chooses the name, the program what it uses")]
        #public struct #name<#storage = ::nn_runtime::Owned<#real>> {
            weights: #storage,
        }

        #[allow(dead_code, non_upper_case_globals, unreachable_pub, reason = "not every program uses all of a network")]
        impl #name {
            #[doc = " Sizes, tensors and functions, for the functions of `nn_runtime` that take any network."]
            pub const PROGRAM: &'static ::nn_runtime::Program<#real> = #program;
            #profile
            #sizes
            #ports
        }

        impl<#storage: ::nn_runtime::Storage<#real>> ::nn_runtime::Network for #name<#storage> {
            type Real = #real;
            const PROGRAM: &'static ::nn_runtime::Program<#real> = <#name>::PROGRAM;
            #predict_row
            fn weights(&self) -> &[#real] {
                self.weights.as_ref()
            }
            fn weights_mut(&mut self) -> &mut [#real] {
                self.weights.as_mut()
            }
        }

        #agreement

        ::nn_runtime::network_methods!(#name, #real, #inputs, #outputs);
        #(#entries)*
        #training
    }
}

/// The compiler promises sizes that the runtime allocates: both must count alike.
fn agreement(network: &Network, plan: &Plan, steps: &[Compiled]) -> Option<TokenStream> {
    let promised = whole(held_in_all(network, plan, steps)?.total());
    let of = |network: &Network, plan: &Plan| {
        let recipe = network.recipe.as_ref()?;
        let (module, rows) = (module_name(network), whole(recipe.batch));
        let optimizer = whole(recipe.optimizer.0.state_values(plan.parameters));
        Some(quote!(::nn_runtime::step::training_values(&#module::PROGRAM, #rows, #optimizer)))
    };
    let counted = if steps.is_empty() {
        of(network, plan)?
    } else {
        // All steps have the same weights.
        let weights = whole(plan.weights());
        let each = steps.iter().filter_map(|step| of(&step.network, &step.plan));
        quote!(#weights #(+ #each - #weights)*)
    };
    Some(quote!(
        const _: () = assert!(#counted == #promised);
    ))
}

/// The method of a further function.
fn entry_method(network: &Network, number: usize, entry: &Entry) -> TokenStream {
    let (name, real, method) =
        (format_ident!("{}", network.name), real(network.precision), format_ident!("{}", entry.name));
    let batch = format_ident!("{}_batch", entry.name);
    let (inputs, outputs) = (whole(entry.input_values()), whole(entry.output_values()));
    let number = whole(number);
    let list = |ports: &[Port]| {
        let each = ports.iter().map(|port| format!("`{}` {}", port.name, words::shape(&port.shape)));
        each.collect::<Vec<_>>().join(", then ")
    };
    let doc = format!(" `{}` of the text: from {} to {}.", entry.name, list(&entry.inputs), list(&entry.outputs));
    quote!(::nn_runtime::entry_methods!(#name, #real, #method, #batch, #number, #inputs, #outputs, #doc);)
}

/// The name of the type parameter for the memory of the weights: `W`, unless the network itself is called so.
pub(super) fn storage_name(network: &str) -> Ident {
    format_ident!("{}", if network == "W" { "S" } else { "W" })
}

fn size(shape: &[usize]) -> proc_macro2::Literal {
    whole(shape.iter().product())
}

/// The sizes of a network as constants, in values of its element type where the name does not say bytes.
fn sizes(network: &Network, plan: &Plan, steps: &[Compiled]) -> TokenStream {
    let constant = |doc: &str, name: &str, value: usize| {
        let (doc, name, value) = (format!(" {doc}"), format_ident!("{name}"), whole(value));
        quote! {
            #[doc = #doc]
            pub const #name: usize = #value;
        }
    };
    let mut constants = vec![
        constant("Values in one input.", "INPUTS", network.input.iter().product()),
        constant("Values in one output.", "OUTPUTS", network.output.iter().product()),
        constant("Values in the parameters, and in their gradients.", "PARAMETERS", plan.parameters),
        constant("Values in the parameters and the state: the length of the weights.", "WEIGHTS", plan.weights()),
        constant(
            "Values of scratch memory for a prediction of one row.",
            "PREDICT_ARENA",
            plan.predict_arena.per_row + plan.predict_arena.fixed,
        ),
        constant(
            "Values of scratch memory for each row of a training step.",
            "TRAIN_ARENA_PER_ROW",
            plan.train_arena.per_row,
        ),
        constant(
            "Values of scratch memory for a training step, whatever the rows.",
            "TRAIN_ARENA_FIXED",
            plan.train_arena.fixed,
        ),
    ];
    if let Some((recipe, held)) = network.recipe.as_ref().zip(held_in_all(network, plan, steps)) {
        let bytes = held.total() * network.precision.bytes() as usize;
        constants.push(constant("Rows in a training step.", "BATCH", recipe.batch));
        constants.push(constant("Values that the optimizer remembers.", "OPTIMIZER_STATE", held.optimizer));
        constants.push(constant(
            "Bytes of a training step: weights, gradients, optimizer state and scratch memory.",
            "TRAINING_BYTES",
            bytes,
        ));
    }
    quote!(#(#constants)*)
}

/// What the text says of the network, then a table of its layers.
fn docs(network: &Network, plan: &Plan) -> Vec<String> {
    let mut docs: Vec<String> = network.docs.iter().map(|line| format!(" {line}")).collect();
    if docs.is_empty() {
        docs.push(format!(" The network `{}`.", network.name));
    }
    let (input, output) = (words::shape(&network.input), words::shape(&network.output));
    let parameters = words::count(plan.parameters, "parameter");
    docs.push(String::new());
    docs.push(format!(" `{input} -> {output}`, {parameters} of `{}`.", network.precision.name()));
    docs.push(String::new());
    docs.push(" | layer | output | parameters |".to_owned());
    docs.push(" |---|---|---|".to_owned());
    for layer in network.uses() {
        let tensors = &network.tensors[layer.tensors.clone()];
        let list = |tensor: &crate::model::Tensor| format!("`{}` {}", tensor.name, words::shape(&tensor.spec.shape));
        let tensors: Vec<String> = tensors.iter().map(list).collect();
        docs.push(format!(" | `{}` | {} | {} |", layer.path, words::shape(&layer.output), tensors.join(", ")));
    }
    docs
}
