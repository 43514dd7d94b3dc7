//! Where each of several inputs and outputs lies in a row, as constants: `INPUT_LABEL`, `OUTPUT_MU`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::whole;
use crate::model::{Network, Port};
use crate::words;

/// A constant for each of several inputs, and for each of several outputs. A single one is the whole row.
pub(super) fn ports(network: &Network) -> TokenStream {
    let inputs = ranges("INPUT", "input", &network.inputs);
    inputs.into_iter().chain(ranges("OUTPUT", "output", &network.outputs)).collect()
}

fn ranges(prefix: &str, kind: &str, ports: &[Port]) -> Vec<TokenStream> {
    if ports.len() < 2 {
        return Vec::new();
    }
    let upper: Vec<String> = ports.iter().map(|port| port.name.to_uppercase()).collect();
    let mut end = 0;
    let constant = |(port, name): (&Port, &String)| {
        let start = end;
        end += port.shape.iter().product::<usize>();
        // Names that differ in nothing but case stay as they are written.
        let twins = upper.iter().filter(|other| *other == name).count() > 1;
        let name = format_ident!("{prefix}_{}", if twins { &port.name } else { name });
        let values = match (port.classes, &port.shape[..]) {
            (Some(classes), []) => format!("class({classes})"),
            (Some(classes), shape) => format!("class({classes}){}", words::shape(shape)),
            (None, shape) => words::shape(shape),
        };
        let doc = format!(" Where the {kind} `{}` lies in a row: {values}.", port.name);
        let (start, end) = (whole(start), whole(end));
        quote! {
            #[doc = #doc]
            pub const #name: ::core::ops::Range<usize> = #start..#end;
        }
    };
    ports.iter().zip(&upper).map(constant).collect()
}
