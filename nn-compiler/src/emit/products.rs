//! Products of matrices and convolutions, of rows one behind the other and of rows side by side, and the way from one to the other.

use proc_macro2::TokenStream;
use quote::quote;

use super::functions::{Reach, Writer};
use super::whole;
use crate::ir::{ConvPart, Meeting, Sliding};
use crate::plan::{Dot, Part, Turned};
use crate::shape::Extent;

impl Writer<'_> {
    /// A product of matrices, or one for each entry of a leading axis.
    pub(super) fn dot(&self, dot: &Dot) -> TokenStream {
        if self.lies_beside(&dot.a) {
            return self.dot_beside(dot);
        }
        let Reach { split, reads, write } = self.reach_parts(&dot.target, &[(&dot.a, "a"), (&dot.b, "b")]);
        let (a, b) = (&reads[0], &reads[1]);
        let (m, k, n) = (self.extent(dot.m), self.extent(dot.k), self.extent(dot.n));
        // The shapes stand on the views: columns of the result, of the left and of the right operand as they lie in memory.
        if dot.panels {
            let kernel = if dot.transpose_b { quote!(matmul_nt_panels) } else { quote!(matmul_panels) };
            return quote! {
                #split
                kernels::#kernel(
                    isa, team,
                    view::chunks_mut::<_, #n>(#write),
                    view::chunks::<_, #k>(#a),
                    #b,
                );
            };
        }
        if dot.into_panels {
            return quote! {
                #split
                kernels::matmul_tn_panels(
                    isa, team,
                    #write,
                    view::chunks::<_, #m>(#a),
                    view::chunks::<_, #n>(#b),
                );
            };
        }
        let (kernel, left, right) = match (dot.transpose_a, dot.transpose_b) {
            (false, false) => (quote!(matmul), &k, &n),
            (false, true) => (quote!(matmul_nt), &k, &k),
            (true, false) => (quote!(matmul_tn), &m, &n),
            (true, true) => (quote!(matmul_tt), &m, &k),
        };
        let product = |write: &TokenStream, a: &TokenStream, b: &TokenStream| {
            quote! {
                kernels::#kernel(
                    isa, team,
                    view::chunks_mut::<_, #n>(#write),
                    view::chunks::<_, #left>(#a),
                    view::chunks::<_, #right>(#b),
                );
            }
        };
        if dot.count.is_none() {
            let product = product(&write, a, b);
            return quote!(#split #product);
        }
        // One product for each entry of the leading axis.
        let size = |x: Extent, y: Extent| match (x, y) {
            (Extent::Fixed(x), Extent::Fixed(y)) => whole(x * y),
            _ => unreachable!("only the leading axis is of rows"),
        };
        let (mk, kn, mn) = (size(dot.m, dot.k), size(dot.k, dot.n), size(dot.m, dot.n));
        let inner = product(&quote!(target), &quote!(a), &quote!(b));
        quote! {
            #split
            let pairs = view::chunks::<_, #mk>(#a).iter().zip(view::chunks::<_, #kn>(#b));
            for (target, (a, b)) in view::chunks_mut::<_, #mn>(#write).iter_mut().zip(pairs) {
                #inner
            }
        }
    }

    /// Whether the rows of a part lie side by side.
    fn lies_beside(&self, part: &Part) -> bool {
        self.function.beside && part.shape.is_batched()
    }

    /// A product of rows side by side: with a matrix, or summed over the rows.
    fn dot_beside(&self, dot: &Dot) -> TokenStream {
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

    /// A convolution, or one of its adjoints.
    pub(super) fn conv(&self, yields: ConvPart, target: &Part, [a, b]: [&Part; 2], meeting: &Meeting) -> TokenStream {
        let Reach { split, reads, write } = self.reach_parts(target, &[(a, "a"), (b, "b")]);
        let (a, b) = (&reads[0], &reads[1]);
        let part = match yields {
            ConvPart::Input => quote!(input),
            ConvPart::Kernel => quote!(kernel),
            ConvPart::Output => quote!(output),
        };
        let meeting = meeting_tokens(meeting);
        if self.function.beside {
            return quote!(#split kernels::lanes::conv::#part(isa, &const { #meeting }, #write, #a, #b););
        }
        quote!(#split kernels::conv::#part(isa, team, &const { #meeting }, #write, #a, #b);)
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
}

/// How the parts of a convolution meet, as the runtime's constant of three axes: those that are missing have extent 1.
fn meeting_tokens(meeting: &Meeting) -> TokenStream {
    let none = Sliding { input: 1, window: 1, places: 1, stride: 1, dilation: 1, before: 0 };
    let missing = 3 - meeting.axes.len();
    let axes = std::iter::repeat_n(&none, missing).chain(&meeting.axes).map(|axis| {
        let Sliding { input, window, places, stride, dilation, before } = *axis;
        let [input, window, places] = [input, window, places].map(whole);
        let [stride, dilation, before] = [stride, dilation, before].map(whole);
        quote! {
            kernels::conv::Sliding {
                input: #input, window: #window, places: #places, stride: #stride, dilation: #dilation, before: #before,
            }
        }
    });
    let (groups, channels, filters) = (whole(meeting.groups), whole(meeting.channels), whole(meeting.filters));
    quote!(kernels::conv::Meeting { axes: [#(#axes),*], groups: #groups, channels: #channels, filters: #filters })
}
