//! The constant that says how the steps of a training take turns.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{module_of, real, whole};
use crate::model::{Network, Training};
use crate::plan::Plan;

/// `static TRAINING: Training<f32> = …;`
pub(super) fn training(network: &Network, training: &Training, plan: &Plan) -> TokenStream {
    let real = real(network.precision);
    let roles = training.roles.iter().map(|role| {
        let (name, module) = (&role.name, module_of(&role.network));
        quote!(::nn_runtime::program::Role { name: #name, program: &super::#module::PROGRAM })
    });
    let steps = training.steps.iter().map(|step| {
        let (name, module) = (&step.name, module_of(&step.network.name));
        quote!(::nn_runtime::program::TrainingStep { name: #name, program: &super::#module::PROGRAM })
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
    quote! {
        static TRAINING: ::nn_runtime::program::Training<#real> = ::nn_runtime::program::Training {
            roles: &[#(#roles),*],
            steps: &[#(#steps),*],
            every: &[#(#every),*],
            follows: &[#(#follows),*],
        };
    }
}
