//! Clocks in generated code, for a profile: what is told to the runtime of each kernel, and a reading behind each. Without the style
//! there is nothing of it.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::functions::{Writer, name};
use super::{joined, whole};
use crate::model::Network;
use crate::plan::outline::{self, Line};
use crate::plan::roofline::MACHINE;
use crate::plan::{Function, Kernel, Plan, Work};

/// Rows of a batch, where the text does not say it.
const BATCH: usize = 32;

/// The constants that the clocks write to, and the public one that leads to them.
pub(super) fn items(network: &Network, plan: &Plan) -> TokenStream {
    let batch = network.recipe.as_ref().map_or(BATCH, |recipe| recipe.batch);
    let mut functions: Vec<&Function> = plan.functions.iter().collect();
    functions.sort_by_key(|function| outline::place(function.kind));
    let items = functions.iter().map(|function| {
        let rows = outline::rows_at_once(network, plan, function.kind, batch);
        // Figures are lines between those of no rows and those of a usual call.
        let [none, usual] = [0, rows].map(|rows| outline::lines(network, plan, function, rows));
        let mut times = Vec::new();
        count_runs(&function.kernels, 1, &mut times);
        let lines = none.iter().zip(&usual).zip(times);
        let lines = lines.map(|((none, usual), times)| line(none, usual, times, rows));
        let (text, count) = (outline::name(network, function.kind), whole(usual.len()));
        let (profile, slots) = (profile_name(function), slots_name(function));
        quote! {
            static #slots: [::nn_runtime::profile::Slot; #count] = [const { ::nn_runtime::profile::Slot::new() }; #count];
            static #profile: ::nn_runtime::profile::Function =
                ::nn_runtime::profile::Function::new(#text, &[#(#lines),*], &#slots);
        }
    });
    let items = joined(items);
    let (text, names) = (&network.name, functions.iter().map(|function| profile_name(function)));
    quote! {
        #items
        pub static PROFILE: ::nn_runtime::profile::Profile = ::nn_runtime::profile::Profile {
            network: #text,
            machine: #MACHINE,
            functions: &[#(&#names),*],
        };
    }
}

/// How often each line of [`outline::lines`] runs in a call; a loop of kernels is no kernel and runs 0 times.
fn count_runs(kernels: &[Kernel], times: u64, runs: &mut Vec<u64>) {
    for kernel in kernels {
        if let Work::Scan { steps, kernels, .. } = &kernel.work {
            runs.push(0);
            count_runs(kernels, times.saturating_mul(*steps as u64), runs);
        } else {
            runs.push(times);
        }
    }
}

fn line(none: &Line, usual: &Line, times: u64, rows: usize) -> TokenStream {
    let Line { depth, origin, kernel, layout, .. } = usual;
    let figure = |of: fn(&Line) -> f64| {
        let fixed = of(none);
        let (per_row, fixed) = (real((of(usual) - fixed) / rows as f64), real(fixed));
        quote!(::nn_runtime::profile::Figure { per_row: #per_row, fixed: #fixed })
    };
    let flops = figure(|line| line.figures.flops as f64);
    let bytes = figure(|line| (line.figures.read + line.figures.written) as f64);
    let nanoseconds = figure(|line| line.figures.nanoseconds);
    let (depth, times) = (whole(*depth), Literal::u64_unsuffixed(times));
    quote! {
        ::nn_runtime::profile::Line {
            depth: #depth, times: #times, origin: #origin, kernel: #kernel, layout: #layout,
            flops: #flops, bytes: #bytes, nanoseconds: #nanoseconds,
        }
    }
}

/// A figure, which is never negative: rows add to what a kernel does.
fn real(x: f64) -> Literal {
    Literal::f64_unsuffixed(x.max(0.0))
}

fn profile_name(function: &Function) -> Ident {
    format_ident!("{}_PROFILE", name(function.kind).to_string().to_uppercase())
}

fn slots_name(function: &Function) -> Ident {
    format_ident!("{}_SLOTS", name(function.kind).to_string().to_uppercase())
}

/// How many lines of [`outline::lines`] a kernel takes.
fn lines_of(kernel: &Kernel) -> usize {
    match &kernel.work {
        Work::Scan { kernels, .. } => 1 + kernels.iter().map(lines_of).sum::<usize>(),
        _ => 1,
    }
}

impl Writer<'_> {
    /// The clock of a call, if there is one.
    pub(super) fn clock(&self) -> TokenStream {
        if !self.style.profile {
            return TokenStream::new();
        }
        let (profile, slots) = (profile_name(self.function), slots_name(self.function));
        quote!(let mut clock = ::nn_runtime::profile::Clock::start(&#profile, &#slots, rows);)
    }

    /// Kernels one behind the other, of which the first has this number: each with a reading of the clock behind it, if there is one.
    pub(super) fn kernels(&self, kernels: &[Kernel], first: usize) -> TokenStream {
        let mut number = first;
        let numbered = kernels.iter().map(|kernel| {
            let at = number;
            number += lines_of(kernel);
            let work = self.kernel(kernel, at);
            let is_loop = matches!(kernel.work, Work::Scan { .. });
            let at = whole(at);
            let lap = (self.style.profile && !is_loop).then(|| quote!(clock.lap(#at);));
            joined([work].into_iter().chain(lap))
        });
        joined(numbered)
    }
}
