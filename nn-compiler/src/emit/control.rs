//! What steers a training as constants of the runtime, and a hash of what a network computes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::recipe::option;
use super::whole;
use crate::model::Network;
use crate::plan::Plan;
use crate::recipe::optimizers::scheduled;
use crate::recipe::{
    Augment, Checkpointing, Control, EarlyStop, Ema, Monitor, Origin, Phase, Plateau, Swa, schedule_tokens,
};
use crate::signature::Args;

/// A hash of what a network computes and where its tensors lie (FNV-1a, 64 bits), so that checkpoints of another are refused.
fn hash(plan: &Plan) -> u64 {
    let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    plan.to_string().bytes().fold(0xCBF2_9CE4_8422_2325, step)
}

/// `Some(EarlyStop { … })` or `None`.
pub(super) fn early_stop(early_stop: Option<&EarlyStop>) -> TokenStream {
    option(early_stop.map(|EarlyStop { patience, min_delta, monitor, restore_best, baseline, from, target }| {
        let (patience, monitor) = (whole(*patience), self::monitor(monitor));
        let [baseline, target] = [baseline, target].map(|figure| option(figure.map(|figure| quote!(#figure))));
        let from = whole(*from);
        quote! {
            ::nn_runtime::recipe::EarlyStop {
                patience: #patience,
                min_delta: #min_delta,
                monitor: #monitor,
                restore_best: #restore_best,
                baseline: #baseline,
                from: #from,
                target: #target,
            }
        }
    }))
}

fn monitor(Monitor { name, larger }: &Monitor) -> TokenStream {
    quote!(::nn_runtime::recipe::Monitor { name: #name, larger: #larger })
}

/// `Control { … }` for a network with this hash, whose optimizer has these arguments.
pub(super) fn control(control: &Control, optimizer: &Args, (network, plan): (&Network, &Plan)) -> TokenStream {
    let Control { augment, mixup, plateau, accumulate, ema, swa, checkpoint, phases, origin } = control;
    let phases: Vec<TokenStream> = phases.iter().map(|phase| self::phase(phase, network, plan)).collect();
    let (origin, network) = (option(origin.as_ref().map(self::origin)), hash(plan));
    let schedules = scheduled(optimizer).into_iter().map(|(hyper, schedule)| {
        let (hyper, schedule) = (format_ident!("{hyper}"), schedule_tokens(schedule));
        quote!((::nn_runtime::Hyper::#hyper, #schedule))
    });
    let schedules = quote!(&[#(#schedules),*]);
    let augment = augment.iter().map(self::augment);
    let mixup = option(mixup.map(|alpha| quote!(#alpha)));
    let plateau = option(plateau.as_ref().map(self::plateau));
    let accumulate = whole(*accumulate);
    let ema =
        option(ema.map(|Ema { decay, warmup }| quote!(::nn_runtime::recipe::Ema { decay: #decay, warmup: #warmup })));
    let swa = option(swa.map(|Swa { from, every, lr }| {
        let (from, every, lr) = (whole(from), whole(every), option(lr.map(|lr| quote!(#lr))));
        quote!(::nn_runtime::recipe::Swa { from: #from, every: #every, lr: #lr })
    }));
    let checkpoint = option(checkpoint.map(|Checkpointing { steps, minutes, keep }| {
        let steps = option(steps.map(|steps| {
            let steps = whole(steps);
            quote!(#steps)
        }));
        let (minutes, keep) = (option(minutes.map(|minutes| quote!(#minutes))), whole(keep));
        quote!(::nn_runtime::recipe::Checkpointing { steps: #steps, minutes: #minutes, keep: #keep })
    }));
    quote! {
        ::nn_runtime::recipe::Control {
            schedules: #schedules,
            augment: &[#(#augment),*],
            mixup: #mixup,
            plateau: #plateau,
            accumulate: #accumulate,
            ema: #ema,
            swa: #swa,
            checkpoint: #checkpoint,
            phases: &[#(#phases),*],
            origin: #origin,
            network: #network,
        }
    }
}

fn augment(Augment { entry, args, part }: &Augment) -> TokenStream {
    let change = (entry.rust)(args);
    let part = option(part.as_ref().map(|(first, shape)| {
        let (first, shape) = (whole(*first), shape.iter().map(|extent| whole(*extent)));
        quote!(::nn_runtime::augment::Part { first: #first, shape: &[#(#shape),*] })
    }));
    quote!(::nn_runtime::augment::Augment { change: ::nn_runtime::augment::Change::#change, part: #part })
}

fn phase(Phase { epoch, factor, held }: &Phase, network: &Network, plan: &Plan) -> TokenStream {
    let held = plan.runs_of(network, held.iter().copied()).into_iter().map(run);
    let epoch = whole(*epoch);
    quote!(::nn_runtime::recipe::Phase { epoch: #epoch, factor: #factor, held: &[#(#held),*] })
}

/// Some weights that lie one behind the other.
pub(super) fn run((start, len): (usize, usize)) -> TokenStream {
    let (start, len) = (whole(start), whole(len));
    quote!(::nn_runtime::program::Segment { start: #start, len: #len })
}

fn origin(Origin { path, convention, map, renew }: &Origin) -> TokenStream {
    let convention = option(convention.map(|name| quote!(#name)));
    let map = map.iter().map(|(from, to)| quote!((#from, #to)));
    quote! {
        ::nn_runtime::recipe::Origin {
            path: #path, convention: #convention, map: &[#(#map),*], renew: &[#(#renew),*],
        }
    }
}

fn plateau(Plateau { factor, patience, min_delta, min_lr, cooldown, monitor }: &Plateau) -> TokenStream {
    let (patience, cooldown, monitor) = (whole(*patience), whole(*cooldown), self::monitor(monitor));
    quote! {
        ::nn_runtime::recipe::Plateau {
            factor: #factor,
            patience: #patience,
            min_delta: #min_delta,
            min_lr: #min_lr,
            cooldown: #cooldown,
            monitor: #monitor,
        }
    }
}
