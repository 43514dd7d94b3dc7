//! Kernels of functions whose rows may lie side by side.

use proc_macro2::TokenStream;
use quote::quote;

use super::functions::{Reach, Writer};
use super::whole;
use crate::ir::ConvPart;
use crate::plan::{Dot, Part, Turned};
use crate::shape::Extent;

impl Writer<'_> {
    /// Whether the rows of a part lie side by side.
    pub(super) fn lies_beside(&self, part: &Part) -> bool {
        self.function.beside && part.shape.is_batched()
    }

    /// A product of rows side by side: with a matrix, or summed over the rows.
    pub(super) fn dot_beside(&self, dot: &Dot) -> TokenStream {
        let Reach { split, reads, write } = self.reach_parts(&dot.target, &[(&dot.a, "a"), (&dot.b, "b")]);
        let (a, b) = (&reads[0], &reads[1]);
        let size = |extent: Extent| match extent {
            Extent::Fixed(n) | Extent::Rows(n) => whole(n),
        };
        let (m, k, n) = (size(dot.m), size(dot.k), size(dot.n));
        if dot.transpose_a {
            return quote!(#split kernels::lanes::matmul_tn(isa, #write, #a, #b, [#m, #n]););
        }
        let transposed = dot.transpose_b;
        quote!(#split kernels::lanes::matmul(isa, #write, #a, #b, [#k, #n], #transposed);)
    }

    /// Rows laid in another way.
    pub(super) fn turn(&self, target: &Part, source: &Part, turned: Turned) -> TokenStream {
        let Reach { split, reads, write } = self.reach_parts(target, &[(source, "rows_to_turn")]);
        let (source, width) = (&reads[0], whole(source.shape.len()));
        let filling = match turned {
            Turned::Apart => return quote!(#split kernels::lanes::lay_apart(isa, #write, #source, #width);),
            Turned::Beside => quote!(LastRow),
            Turned::BesideZeros => quote!(Zeros),
        };
        let filling = quote!(kernels::lanes::Filling::#filling);
        quote!(#split kernels::lanes::lay_beside(isa, #write, #source, #width, #filling);)
    }

    /// The kernel that yields a part of a convolution, by its path.
    pub(super) fn conv_kernel(&self, yields: ConvPart) -> TokenStream {
        match (self.function.beside, yields) {
            (false, ConvPart::Input) => quote!(conv::input),
            (false, ConvPart::Kernel) => quote!(conv::kernel),
            (false, ConvPart::Output) => quote!(conv::output),
            (true, ConvPart::Input) => quote!(lanes::conv_input),
            (true, ConvPart::Kernel) => quote!(lanes::conv_kernel),
            (true, ConvPart::Output) => quote!(lanes::conv_output),
        }
    }
}
