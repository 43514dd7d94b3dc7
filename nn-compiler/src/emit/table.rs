//! The constant that describes a network to the runtime.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::functions::name;
use super::{control, real, recipe, whole};
use crate::layers::Head;
use crate::model::{Ids, Network, Objective, Tensor};
use crate::plan::{Arena, FunctionKind, Layout, Plan};
use crate::recipe::init_tokens;

/// `pub(super) static PROGRAM: Program<f32> = …;`
pub(super) fn program(network: &Network, plan: &Plan) -> TokenStream {
    let real = real(network.precision);
    let text = &network.name;
    let (input, output) = (extents(&network.input), extents(&network.output));
    let inputs = whole(network.input.iter().product());
    let outputs = whole(network.output.iter().product());
    let ids = network.ids().into_iter().map(|Ids { places, classes, padded }| {
        let (first, values, vocabulary) = (whole(places.start), whole(places.len()), whole(classes));
        quote! {
            ::nn_runtime::program::Ids { first: #first, values: #values, vocabulary: #vocabulary, padded: #padded }
        }
    });
    let ports = network.outputs.iter().map(|port| {
        let (name, values) = (&port.name, whole(port.shape.iter().product()));
        quote!(::nn_runtime::program::Port { name: #name, values: #values })
    });
    let head = head(network);
    let tensors = tensors(network, plan);
    let (weights, parameters) = (whole(plan.weights()), whole(plan.parameters));
    let (predict_arena, train_arena) = (arena(plan.predict_arena), arena(plan.train_arena));
    let shard = match plan.shard.map(whole) {
        Some(rows) => quote!(Some(#rows)),
        None => quote!(None),
    };
    let work = Literal::u64_unsuffixed(plan.work);
    let many = plan.many_arena.map_or(quote!(None), |size| {
        let (arena, run) = (arena(size), name(FunctionKind::PredictMany));
        quote!(Some(::nn_runtime::program::Prediction { arena: #arena, run: #run }))
    });
    let [predict, forward, head_forward, head_backward, backward] = [
        FunctionKind::Predict,
        FunctionKind::Forward,
        FunctionKind::HeadForward,
        FunctionKind::HeadBackward,
        FunctionKind::Backward,
    ]
    .map(name);
    let (recipe_item, recipe) = match &network.recipe {
        Some(recipe) => (Some(recipe::recipe(recipe, (network, plan))), quote!(Some(&RECIPE))),
        None => (None, quote!(None)),
    };
    let entries = network.entries.iter().enumerate().map(|(number, written)| {
        let (name_of_entry, arena) = (&written.name, arena(plan.entry_arenas[number]));
        let (inputs, outputs) = (whole(written.input_values()), whole(written.output_values()));
        let run = name(FunctionKind::Entry(number));
        let results = written.outputs.iter().map(|port| {
            let (name, shape) = (&port.name, port.shape.iter().map(|extent| whole(*extent)));
            quote!(::nn_runtime::program::Shaped { name: #name, shape: &[#(#shape),*] })
        });
        quote! {
            ::nn_runtime::program::Entry {
                name: #name_of_entry, inputs: #inputs, outputs: #outputs, results: &[#(#results),*], arena: #arena, run: #run,
            }
        }
    });
    let objective_item = network.objective.as_ref().map(|stated| objective_item(network, stated, plan));
    let objective = match objective_item {
        Some(_) => quote!(Some(&OBJECTIVE)),
        None => quote!(None),
    };
    let trained = plan.runs(network, Tensor::is_trained).into_iter().map(control::run);
    let written = plan.runs(network, Tensor::is_state).into_iter().map(control::run);
    quote! {
        pub(super) static PROGRAM: ::nn_runtime::Program<#real> = ::nn_runtime::Program {
            name: #text,
            input: &#input,
            output: &#output,
            inputs: #inputs,
            outputs: #outputs,
            ids: &[#(#ids),*],
            ports: &[#(#ports),*],
            head: ::nn_runtime::program::Head::#head,
            tensors: &[#(#tensors),*],
            weights: #weights,
            parameters: #parameters,
            trained: &[#(#trained),*],
            written: &[#(#written),*],
            predict_arena: #predict_arena,
            train_arena: #train_arena,
            shard: #shard,
            work: #work,
            #predict,
            many: #many,
            #forward,
            #head_forward,
            #head_backward,
            #backward,
            recipe: #recipe,
            objective: #objective,
            entries: &[#(#entries),*],
            training: None,
        };
        #recipe_item
        #objective_item
    }
}

/// `static OBJECTIVE: Objective<f32> = …;`
fn objective_item(network: &Network, objective: &Objective, plan: &Plan) -> TokenStream {
    let real = real(network.precision);
    let targets = whole(objective.targets());
    let metrics = objective.metrics.iter().map(|(name, _)| name);
    let arena = arena(plan.figures_arena);
    let [figures, gradient] = [FunctionKind::Figures, FunctionKind::FiguresBackward].map(name);
    quote! {
        static OBJECTIVE: ::nn_runtime::program::Objective<#real> = ::nn_runtime::program::Objective {
            targets: #targets,
            metrics: &[#(#metrics),*],
            arena: #arena,
            #figures,
            #gradient,
        };
    }
}

pub(super) fn extents(shape: &[usize]) -> TokenStream {
    let extents = shape.iter().map(|n| whole(*n));
    quote!([#(#extents),*])
}

fn head(network: &Network) -> Ident {
    format_ident!(
        "{}",
        match network.head() {
            None => "Linear",
            Some(Head::Softmax) => "Softmax",
            Some(Head::LogSoftmax) => "LogSoftmax",
            Some(Head::Sigmoid) => "Sigmoid",
        }
    )
}

fn arena(arena: Arena) -> TokenStream {
    let [per_row, fixed, block] = [arena.per_row, arena.fixed, arena.block].map(whole);
    quote!(::nn_runtime::program::Arena { per_row: #per_row, fixed: #fixed, block: #block })
}

/// All tensors in the order of their offsets; one entry for all copies of a repetition, so that the table does not grow with them.
fn tensors(network: &Network, plan: &Plan) -> Vec<TokenStream> {
    let mut order: Vec<usize> = (0..network.tensors.len()).collect();
    order.sort_by_key(|index| plan.offsets[*index]);
    let tensor = |index: usize| {
        let tensor = &network.tensors[index];
        let (name, spec) = (&tensor.name, &tensor.spec);
        let copies = extents(&tensor.copies);
        let (shape, offset) = (extents(&spec.shape), whole(plan.offsets[index]));
        let layout = match plan.layouts[index] {
            Layout::RowMajor => quote!(RowMajor),
            Layout::Transposed => quote!(Transposed),
            Layout::Panels => quote!(Panels),
        };
        let (init, trained, l1, l2) = (init_tokens(spec.init), spec.trained, spec.l1, spec.l2);
        let purpose = spec.purpose.tokens();
        quote! {
            ::nn_runtime::program::Tensor {
                name: #name,
                copies: &#copies,
                shape: &#shape,
                offset: #offset,
                layout: ::nn_runtime::program::Layout::#layout,
                init: #init,
                purpose: #purpose,
                trained: #trained,
                l1: #l1,
                l2: #l2,
            }
        }
    };
    order.into_iter().map(tensor).collect()
}
