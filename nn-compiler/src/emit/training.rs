//! The program of a training of several networks: how its steps take turns.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::api::storage_name;
use super::{module_name, module_of, real, snake_case, whole};
use crate::model::{Network, Training};
use crate::plan::Plan;

/// The method of a training type for each of its networks.
pub(super) fn methods(network: &Network, training: &Training) -> TokenStream {
    let name = format_ident!("{}", network.name);
    let (real, storage) = (real(network.precision), storage_name(&network.name));
    let methods = training.roles.iter().enumerate().map(|(number, role)| {
        let (method, own) = (format_ident!("{}", snake_case(&role.name)), format_ident!("{}", role.network));
        let (number, doc) = (whole(number), format!(" The network `{}` as it is now.", role.name));
        quote! {
            #[doc = #doc]
            pub fn #method(&self) -> #own {
                ::nn_runtime::network::role(self, #number, |weights| #own { weights })
            }
        }
    });
    quote! {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<#storage: ::nn_runtime::Storage<#real>> #name<#storage> {
            #(#methods)*
        }
    }
}

/// `{ static TRAINING: Training<f32> = …; … }`: the program of the training. It stands beside the modules that it refers to: from within
/// one of them, the others have no name where all stand in the body of a function.
pub(super) fn program(network: &Network, training: &Training, plan: &Plan) -> TokenStream {
    let real = real(network.precision);
    let roles = training.roles.iter().map(|role| {
        let (name, module) = (&role.name, module_of(&role.network));
        quote!(::nn_runtime::program::Role { name: #name, program: &#module::PROGRAM })
    });
    let steps = training.steps.iter().map(|step| {
        let (name, module) = (&step.name, module_of(&step.network.name));
        quote!(::nn_runtime::program::TrainingStep { name: #name, program: &#module::PROGRAM })
    });
    let every = training.every.iter().map(|(batches, steps)| {
        let (batches, steps) = (whole(*batches), steps.iter().map(|step| whole(*step)));
        quote!((#batches, &[#(#steps),*]))
    });
    let follows = training.roles.iter().filter_map(|role| Some((role, role.follows?))).flat_map(|(role, follows)| {
        let tensors = role.tensors.clone().zip(follows.first..);
        tensors.map(move |(follower, leader)| {
            let (start, first) = (whole(plan.offsets[follower]), whole(plan.offsets[leader]));
            let (len, every) = (whole(network.tensors[follower].len()), whole(follows.every));
            let decay = Literal::f64_unsuffixed(follows.decay);
            quote! {
                ::nn_runtime::program::Follows { start: #start, leader: #first, len: #len, every: #every, decay: #decay }
            }
        })
    });
    let targets = network.inputs.last().filter(|port| port.name == "y");
    let targets = whole(targets.map_or(0, |port| port.shape.iter().product()));
    let module = module_name(network);
    quote! {
        {
            static TRAINING: ::nn_runtime::program::Training<#real> = ::nn_runtime::program::Training {
                roles: &[#(#roles),*],
                steps: &[#(#steps),*],
                every: &[#(#every),*],
                follows: &[#(#follows),*],
                targets: #targets,
            };
            static PROGRAM: ::nn_runtime::Program<#real> =
                ::nn_runtime::Program { training: Some(&TRAINING), ..#module::PROGRAM };
            &PROGRAM
        }
    }
}
