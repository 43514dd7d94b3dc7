//! The prediction of one row by a small network: a function of arrays, for which the compiler knows the rows and the memory.

use proc_macro2::TokenStream;
use quote::quote;

use super::{real, whole};
use crate::model::Network;
use crate::plan::{FunctionKind, Plan, cost};

/// The operations of a prediction from which on what a call costs does not count: some microseconds.
const MOST_OPERATIONS: u64 = 1 << 17;

/// The most values of scratch memory: what a function may take from the stack and fill with zeros at each call.
const MOST_VALUES: usize = 1024;

/// Whether the network is so small that a prediction of one row has a function of its own.
pub(super) fn is_small(plan: &Plan) -> bool {
    let predict = plan.functions.iter().find(|function| function.kind == FunctionKind::Predict);
    let cost = predict.map(cost::of_function).unwrap_or_default();
    cost.per_row.saturating_add(cost.fixed) <= MOST_OPERATIONS && values(plan) <= MOST_VALUES
}

/// Values of scratch memory of one row.
fn values(plan: &Plan) -> usize {
    plan.predict_arena.per_row + plan.predict_arena.fixed
}

/// The function, if the network is small: it computes what `predict` computes, in which then all extents are constants and what
/// lies in the arena need not be written to memory.
pub(super) fn function(network: &Network, plan: &Plan) -> Option<TokenStream> {
    if !is_small(plan) {
        return None;
    }
    let real = real(network.precision);
    let weights = whole(plan.weights());
    let [inputs, outputs] = [&network.input, &network.output].map(|shape| whole(shape.iter().product()));
    let values = whole(values(plan));
    Some(quote! {
        #[doc = "The output for one row."]
        #[inline]
        pub(super) fn predict_row(weights: &[#real], input: &[#real], output: &mut [#real]) {
            isa::run(PredictRow {
                weights: view::fixed::<_, #weights>(weights),
                input: view::fixed::<_, #inputs>(input),
                output: view::fixed_mut::<_, #outputs>(output),
            });
        }
        struct PredictRow<'a> {
            weights: &'a [#real; #weights],
            input: &'a [#real; #inputs],
            output: &'a mut [#real; #outputs],
        }
        impl isa::Body for PredictRow<'_> {
            type Output = ();
            #[inline(always)]
            fn run<I: isa::Isa>(self, isa: I) {
                let Self { weights, input, output } = self;
                let arena = &mut [0.0; #values];
                Predict { weights, input, output, arena, team: &Team::ALONE }.run(isa);
            }
        }
    })
}
