//! Loops that go through the rows together: a structure of what they read, and a method for one row, which threads call.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::functions::{Reach, Writer, slice_name};
use super::{joined, real, whole};
use crate::plan::{Access, Kernel, Loop, Place, Work, cost};
use crate::shape::Extent;

/// Operations that are worth a thread's while.
const WORTH: u64 = 1 << 17;

/// What loops touch together.
pub(super) struct Together<'a> {
    loops: Vec<(&'a Kernel, &'a Loop)>,
    /// What they write in the arena; values of a row.
    written: Vec<(Place, usize)>,
    /// What else they read there; values of a row, if it has rows.
    read: Vec<(Place, Option<usize>)>,
    /// The parameters of the function in which the rest lies; values of a row, if it has rows.
    given: Vec<(&'static str, Option<usize>)>,
}

impl<'a> Together<'a> {
    fn of(kernels: &'a [Kernel]) -> Self {
        let loops = kernels.iter().map(|kernel| match &kernel.work {
            Work::Loop(nest) => (kernel, nest),
            _ => unreachable!("only loops go through rows together"),
        });
        let loops: Vec<(&Kernel, &Loop)> = loops.collect();
        let (mut written, mut read, mut given) = (Vec::new(), Vec::new(), Vec::new());
        for (_, nest) in &loops {
            let target = (nest.target.place, values_of_row(&nest.target).unwrap_or_default());
            if !written.contains(&target) {
                written.push(target);
            }
        }
        let is_written = |place: Place| written.iter().any(|(known, _)| *known == place);
        for load in loops.iter().flat_map(|(_, nest)| &nest.loads).filter(|load| !is_written(load.place)) {
            let values = values_of_row(load);
            match load.place {
                Place::Literal(_) => {}
                Place::Arena(_) if !read.contains(&(load.place, values)) => read.push((load.place, values)),
                Place::Arena(_) => {}
                place if !given.contains(&(slice_name(place), values)) => given.push((slice_name(place), values)),
                _ => {}
            }
        }
        Self { loops, written, read, given }
    }

    fn written_name(at: usize) -> Ident {
        format_ident!("to_{at}")
    }

    fn read_name(at: usize) -> Ident {
        format_ident!("from_{at}")
    }

    /// How a loop reaches what it reads and writes for the row at hand.
    pub(super) fn reach(&self, writer: &Writer<'_>, target: Place, sources: &[(Place, &str)]) -> Reach {
        let written = |place: Place| {
            let at = self.written.iter().position(|(known, _)| *known == place);
            at.map(Self::written_name)
        };
        let of_row = |name: &Ident, values: Option<usize>| match values.map(whole) {
            Some(len) => quote!(view::part(#name, row * #len, #len)),
            None => quote!(#name),
        };
        let read = |(place, _): &(Place, &str)| {
            if let Some(name) = written(*place) {
                return quote!(&*#name);
            }
            if let Some(at) = self.read.iter().position(|(known, _)| known == place) {
                return of_row(&Self::read_name(at), self.read[at].1);
            }
            match place {
                Place::Source(_) => {
                    let name = slice_name(*place);
                    let values = self.given.iter().find(|(known, _)| *known == name).and_then(|(_, values)| *values);
                    of_row(&format_ident!("{name}"), values)
                }
                _ => {
                    let slice = writer.slice(*place);
                    quote!(&#slice)
                }
            }
        };
        let reads = sources.iter().map(read).collect();
        let name = written(target).expect("a loop writes what it writes");
        Reach { split: TokenStream::new(), reads, write: quote!(&mut *#name) }
    }
}

/// The values that an array has for a row, if it has rows.
fn values_of_row(access: &Access) -> Option<usize> {
    let rows = matches!(access.extents.first(), Some(Extent::Rows(_)));
    rows.then(|| access.extents.iter().map(|extent| extent.values()).product())
}

impl Writer<'_> {
    /// Loops that go through the rows together.
    pub(super) fn rows_together(&self, kernels: &[Kernel]) -> TokenStream {
        let together = Together::of(kernels);
        let real = real(self.network.precision);
        let written: Vec<Ident> = (0..together.written.len()).map(Together::written_name).collect();
        let read: Vec<Ident> = (0..together.read.len()).map(Together::read_name).collect();
        let places = together.written.iter().map(|(place, _)| *place);
        let places = places.chain(together.read.iter().map(|(place, _)| *place));
        let split = self.split(places.zip(written.iter().chain(&read).cloned()).collect());
        let given = together.given.iter().map(|(name, _)| format_ident!("{name}"));
        let fields: Vec<Ident> = read.iter().cloned().chain(given).collect();
        let inner = Writer { together: Some(&together), ..*self };
        let loops = joined(together.loops.iter().map(|(kernel, _)| inner.kernel(kernel, 0)));
        let work = kernels.iter().map(|kernel| cost::of_kernel(kernel).per_row).sum::<u64>();
        let (count, least) = (whole(written.len()), whole(WORTH.div_ceil(work.max(1)) as usize));
        quote! {
            struct Together<'a> {
                batch: usize,
                #(#fields: &'a [#real],)*
            }
            impl kernels::EachRow<#real, #count> for Together<'_> {
                #[inline(always)]
                fn row<I: isa::Isa>(&self, isa: I, row: usize, [#(#written),*]: [&mut [#real]; #count]) {
                    let Self { batch, #(#fields),* } = *self;
                    #loops
                }
            }
            #split
            let together = Together { batch: rows, #(#fields),* };
            kernels::each_row(isa, team, rows, #least, [#(#written),*], &together);
        }
    }
}
