//! A fused loop as Rust: views of static shape, a `for` for each axis, one expression.

use std::ops::Range;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::functions::{Reach, Writer};
use super::{joined, whole, with_block};
use crate::ir::{Affine, Reduction};
use crate::plan::lanes::SUMS;
use crate::plan::{Access, Loop, Place, Position};
use crate::shape::Extent;

/// The names of loop counters, the outermost first.
const COUNTERS: [&str; 16] = ["i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x0"];

/// The name of the counter of a loop of kernels with so many around it.
pub(super) fn step_counter(depth: usize) -> Ident {
    match depth {
        0 => format_ident!("step"),
        _ => format_ident!("step_{}", depth + 1),
    }
}

/// The statements of a loop.
pub(super) fn loop_tokens(writer: &Writer<'_>, nest: &Loop) -> TokenStream {
    let mut nest = nest.clone();
    let entries = nest.loads.iter_mut().map(entry).collect();
    let target_entry = entry(&mut nest.target);
    Nest::new(writer, &nest, entries, target_entry).tokens()
}

/// The loops that lead to an entry of rows, the outermost first: which counter, and how many values for each row one step further is.
type Entry = Vec<(usize, usize)>;

/// Takes the steps off an array that has them before its rows: what is left is the array of one entry.
fn entry(access: &mut Access) -> Entry {
    let Some(rows) = access.extents.iter().position(|extent| matches!(extent, Extent::Rows(_))) else {
        return Entry::new();
    };
    let values = |extents: &[Extent]| extents.iter().map(|extent| extent.values()).product();
    let step = |(at, position): (usize, &Position)| match position {
        Position::Step(depth) => (*depth, values(&access.extents[at + 1..])),
        Position::Counters(_) => unreachable!("only steps stand before rows"),
    };
    let entry = access.at[..rows].iter().enumerate().map(step).collect();
    access.at.drain(..rows);
    access.extents.drain(..rows);
    entry
}

/// A loop, and what is known of it while it is written.
pub(super) struct Nest<'a> {
    pub(super) writer: &'a Writer<'a>,
    pub(super) nest: &'a Loop,
    /// The name of each load: its own, made unique; the target's where it overwrites what it reads.
    pub(super) names: Vec<String>,
    /// The entry that each load reads.
    entries: Vec<Entry>,
    /// The entry that is written.
    target_entry: Entry,
}

/// The most results of a reduction that are kept in registers side by side.
const MOST_LANES: usize = 64;

/// The name of what a loop writes.
const TARGET: &str = "target";

impl<'a> Nest<'a> {
    fn new(writer: &'a Writer<'a>, nest: &'a Loop, entries: Vec<Entry>, target_entry: Entry) -> Self {
        let mut names: Vec<String> = Vec::new();
        for load in &nest.loads {
            if load.place == nest.target.place {
                names.push(TARGET.to_owned());
                continue;
            }
            let base = identifier(&load.name);
            let taken = |name: &String| names.contains(name);
            let name =
                (1..).map(|n| if n == 1 { base.clone() } else { format!("{base}_{n}") }).find(|name| !taken(name));
            names.extend(name);
        }
        Self { writer, nest, names, entries, target_entry }
    }

    fn tokens(&self) -> TokenStream {
        let views = joined([self.views(), self.constants()]);
        let body = match self.nest.reduction {
            None if self.is_short() => self.level(0..self.nest.axes.len() - 1, &Self::store_together),
            None => self.level(0..self.nest.axes.len(), &|nest| nest.store()),
            Some(reduction) => self.reduce(reduction),
        };
        joined([views, body])
    }

    /// `let bias = view::fixed::<_, 16>(&weights[64..80]);` for everything that is read, then for what is written.
    fn views(&self) -> TokenStream {
        let loads = self.nest.loads.iter().zip(&self.entries).zip(self.names.iter().map(String::as_str));
        let loads: Vec<((&Access, &Entry), &str)> = loads.filter(|(_, name)| *name != TARGET).collect();
        let sources: Vec<(Place, &str)> = loads.iter().map(|((load, _), name)| (load.place, *name)).collect();
        let Reach { split, reads, write } = self.writer.reach(self.nest.target.place, &sources);
        let reads = loads.iter().zip(reads).filter_map(|((load, name), slice)| self.view(*load, name, slice, false));
        let write = self.view((&self.nest.target, &self.target_entry), TARGET, write, true);
        joined([split].into_iter().chain(reads).chain(write))
    }

    /// A slice as an array of the extents of its axes, under a name.
    fn view(
        &self,
        (access, entry): (&Access, &Entry),
        name: &str,
        slice: TokenStream,
        mutable: bool,
    ) -> Option<TokenStream> {
        let extents = &access.extents;
        let name = format_ident!("{name}");
        let (chunks, fixed, rows) = if mutable {
            (quote!(view::chunks_mut), quote!(view::fixed_mut), quote!(view::rows_mut))
        } else {
            (quote!(view::chunks), quote!(view::fixed), quote!(view::rows))
        };
        let mut view = slice;
        if !entry.is_empty() {
            let len = extents.iter().map(|extent| extent.values()).product();
            view = self.writer.entry_of_rows(entry, len, view, mutable);
        }
        let (first, inner) = match extents.split_first() {
            Some((first, inner)) => (Some(*first), inner),
            None => (None, &[][..]),
        };
        for extent in inner.iter().rev() {
            let Extent::Fixed(n) = extent else { unreachable!("only the leading axis is of rows") };
            let n = whole(*n);
            view = quote!(#chunks::<_, #n>(#view));
        }
        match first {
            Some(Extent::Fixed(n)) => {
                let n = whole(n);
                Some(quote!(let #name = #fixed::<_, #n>(#view);))
            }
            Some(extent @ Extent::Rows(_)) => {
                let extent = self.writer.extent(extent);
                Some(quote!(let #name = #rows(#view, #extent);))
            }
            None => (name != view.to_string()).then(|| quote!(let #name = #view;)),
        }
    }

    /// The loops `axes` around what `inner` yields. Rows of arrays are bound once in each loop.
    fn level(&self, axes: Range<usize>, inner: &dyn Fn(&Self) -> TokenStream) -> TokenStream {
        if axes.is_empty() {
            return inner(self);
        }
        let (counter, extent) = (self.counter(axes.start), self.writer.extent(self.nest.axes[axes.start]));
        let rows = self.row_binds(axes.start);
        let body = self.level(axes.start + 1..axes.end, inner);
        with_block(quote!(for #counter in 0..#extent), joined([rows, body]))
    }

    /// `let x = &x[i];` for each array of which this loop counts a leading axis, and others follow; `let x = x[i];` for each of
    /// which it counts the last, if there is a loop within: so that loop reads it from no memory that it might write.
    fn row_binds(&self, axis: usize) -> TokenStream {
        let loads = self.nest.loads.iter().zip(&self.names).filter(|(_, name)| *name != TARGET);
        let reads = loads.filter_map(|(load, name)| {
            let known = self.value_known_in(load);
            let is_value = known == Some(axis + 1);
            let axes = if is_value { load.at.len() } else { bound(load, axis) };
            let (name, rows) = (format_ident!("{name}"), self.rows_at(load, axis, axes)?);
            if known.is_some_and(|loops| loops <= axis) {
                return None;
            }
            Some(if is_value { quote!(let #name = #name #rows;) } else { quote!(let #name = &#name #rows;) })
        });
        let target = &self.nest.target;
        let write = self.rows_at(target, axis, bound(target, axis)).map(|rows| {
            let name = format_ident!("{TARGET}");
            quote!(let #name = &mut #name #rows;)
        });
        joined(reads.chain(write))
    }

    /// What no loop counts, read before all of them.
    fn constants(&self) -> TokenStream {
        let loads = self.nest.loads.iter().zip(&self.names).filter(|(_, name)| *name != TARGET);
        let constant = loads.filter(|(load, _)| self.value_known_in(load) == Some(0));
        let lets = constant.map(|(load, name)| {
            let name = format_ident!("{name}");
            let positions = load.at.iter().map(|position| self.position(position));
            if load.at.is_empty() { quote!(let #name = #name[0];) } else { quote!(let #name = #name #([#positions])*;) }
        });
        lets.collect()
    }

    /// How many loops must be entered until the value of a load is known, if that is before the innermost.
    fn value_known_in(&self, load: &Access) -> Option<usize> {
        let counters = load.at.iter().flat_map(|position| match position {
            Position::Counters(affine) => affine.terms.iter().map(|(counter, _)| counter + 1).max(),
            Position::Step(_) => None,
        });
        let loops = counters.max().unwrap_or(0);
        (loops < self.nest.axes.len()).then_some(loops)
    }

    /// The axes of an array below `end` that can be counted in the loop `axis` and not in the loop around it: `[i]`.
    fn rows_at(&self, access: &Access, axis: usize, end: usize) -> Option<TokenStream> {
        let before = axis.checked_sub(1).map_or(0, |outer| bound(access, outer));
        let positions = &access.at[before..end.max(before)];
        let positions = positions.iter().map(|position| self.position(position));
        let rows = quote!(#([#positions])*);
        (!rows.is_empty()).then_some(rows)
    }

    /// A position as an expression in the counters.
    fn position(&self, position: &Position) -> TokenStream {
        match position {
            Position::Step(depth) => step_counter(*depth).into_token_stream(),
            Position::Counters(affine) => self.affine(affine),
        }
    }

    /// Terms that add come first: positions are not negative, nor are their parts.
    pub(super) fn affine(&self, affine: &Affine) -> TokenStream {
        let mut sum: Option<TokenStream> = (affine.offset > 0).then(|| whole(affine.offset).into_token_stream());
        let (adding, taking): (Vec<&(usize, isize)>, Vec<_>) = affine.terms.iter().partition(|(_, factor)| *factor > 0);
        for &(counter, factor) in adding.into_iter().chain(taking) {
            let (counter, times) = (self.counter(counter), whole(factor.unsigned_abs()));
            let term = if factor.unsigned_abs() == 1 { quote!(#counter) } else { quote!(#times * #counter) };
            sum = Some(match (sum, factor > 0) {
                (None, _) => term,
                (Some(sum), true) => quote!(#sum + #term),
                (Some(sum), false) => quote!(#sum - #term),
            });
        }
        sum.unwrap_or_else(|| quote!(0))
    }

    /// What a position cannot exceed, where no axis of the batch counts it.
    pub(super) fn most(&self, affine: &Affine) -> Option<usize> {
        affine.terms.iter().try_fold(affine.offset, |most, &(counter, factor)| {
            let Extent::Fixed(n) = self.nest.axes[counter] else { return None };
            most.checked_add(factor.unsigned_abs().checked_mul(n)?)
        })
    }

    fn counter(&self, axis: usize) -> Ident {
        format_ident!("{}", COUNTERS[axis])
    }

    /// The element of an access inside of all loops.
    pub(super) fn element(&self, access: &Access, name: &str) -> TokenStream {
        if name != TARGET && self.value_known_in(access).is_some() {
            return format_ident!("{name}").into_token_stream();
        }
        let bound = self.nest.axes.len().checked_sub(1).map_or(0, |innermost| bound(access, innermost));
        let name = format_ident!("{name}");
        let positions = access.at[bound..].iter().map(|position| self.position(position));
        if access.at.is_empty() { quote!(#name[0]) } else { quote!(#name #([#positions])*) }
    }

    fn store(&self) -> TokenStream {
        let (lets, value) = self.expression();
        let target = self.element(&self.nest.target, TARGET);
        joined([lets, quote!(#target = #value;)])
    }

    /// Whether the innermost loop is short, and writes a row of the target from its beginning to its end.
    fn is_short(&self) -> bool {
        let (Some((Extent::Fixed(n), outer)), Some((last, rows))) =
            (self.nest.axes.split_last(), self.nest.target.at.split_last())
        else {
            return false;
        };
        let whole =
            last.as_counter() == Some(outer.len()) && self.nest.target.extents.last() == Some(&Extent::Fixed(*n));
        let counted =
            rows.len() == outer.len().checked_sub(1).map_or(0, |innermost| bound(&self.nest.target, innermost));
        whole && counted && (2..SUMS).contains(n)
    }

    /// The innermost loop, into a local that is stored when it is whole: LLVM does not ask while the program runs whether memory
    /// overlaps for the sake of so few steps, so it has to know that they write nothing that they read.
    fn store_together(&self) -> TokenStream {
        let axis = self.nest.axes.len() - 1;
        let (counter, extent) = (self.counter(axis), self.writer.extent(self.nest.axes[axis]));
        let (rows, target) = (self.row_binds(axis), format_ident!("{TARGET}"));
        let (lets, value) = self.expression();
        let body = joined([rows, lets, quote!(together[#counter] = #value;)]);
        let steps = with_block(quote!(for #counter in 0..#extent), body);
        quote!(let mut together = [0.0; #extent]; #steps *#target = together;)
    }

    /// A reduction: into a local where the reduced axes are the innermost, else into memory.
    fn reduce(&self, reduction: Reduction) -> TokenStream {
        let target = &self.nest.target;
        let (start, combine): (TokenStream, fn(TokenStream, TokenStream) -> TokenStream) = match reduction {
            Reduction::Sum => (quote!(0.0), |sum, x| quote!(#sum += #x;)),
            Reduction::Max => {
                let real = super::real(self.writer.precision());
                (quote!(#real::NEG_INFINITY), |most, x| quote!(#most = math::max(#most, #x);))
            }
        };
        if let Some(lanes) = self.lanes_beside() {
            return self.reduce_beside(lanes, &start, combine);
        }
        // The loops that the target counts; it is written once, and wholly, if they are the outer ones and go through all of it.
        let kept = target.at.iter().filter_map(Position::as_counter).count();
        let mut outer = (0..kept).collect::<Vec<usize>>().into_iter();
        let innermost = target.at.iter().zip(&target.extents).all(|(position, extent)| match position {
            Position::Step(_) => true,
            Position::Counters(affine) => affine
                .as_counter()
                .is_some_and(|counter| outer.next() == Some(counter) && self.nest.axes[counter] == *extent),
        });
        if innermost {
            let inner = |nest: &Self, to: TokenStream| {
                let (lets, value) = nest.expression();
                joined([lets, combine(to, value)])
            };
            let local = |nest: &Self| {
                let target = nest.element_outside(&nest.nest.target, TARGET, kept);
                let last = nest.nest.axes.len() - 1;
                if let Extent::Fixed(n) = nest.nest.axes[last]
                    && n >= SUMS
                {
                    let fold = match reduction {
                        Reduction::Sum => quote!(kernels::sum),
                        Reduction::Max => quote!(kernels::max),
                    };
                    let loops =
                        nest.level(kept..last, &|nest| nest.in_lanes(last, n, &inner(nest, quote!(lanes[lane]))));
                    let sums = whole(SUMS);
                    return joined([quote!(let mut lanes = [#start; #sums];), loops, quote!(#target = #fold(lanes);)]);
                }
                let loops = nest.level(kept..last + 1, &|nest| inner(nest, quote!(reduced)));
                joined([quote!(let mut reduced = #start;), loops, quote!(#target = reduced;)])
            };
            return self.level(0..kept, &local);
        }
        let flat = self.filled(&start);
        let loops = self.level(0..self.nest.axes.len(), &|nest| {
            let (lets, value) = nest.expression();
            let target = nest.element(&nest.nest.target, TARGET);
            let combined = combine(target, value);
            joined([lets, combined])
        });
        joined([flat, loops])
    }

    /// How many results lie side by side, if they are few and each is written once: then the loops that the target counts are the outer
    /// ones and the innermost.
    fn lanes_beside(&self) -> Option<usize> {
        let (target, lane) = (&self.nest.target, self.nest.axes.len().checked_sub(1)?);
        let (last, kept) = target.at.split_last()?;
        let Extent::Fixed(lanes) = self.nest.axes[lane] else { return None };
        let whole =
            kept.iter().zip(&target.extents).enumerate().all(|(axis, (position, extent))| {
                position.as_counter() == Some(axis) && self.nest.axes[axis] == *extent
            });
        let all = last.as_counter() == Some(lane) && target.extents.last() == Some(&self.nest.axes[lane]);
        (all && whole && kept.len() < lane && lanes <= MOST_LANES).then_some(lanes)
    }

    /// A reduction in each lane.
    fn reduce_beside(
        &self,
        lanes: usize,
        start: &TokenStream,
        combine: fn(TokenStream, TokenStream) -> TokenStream,
    ) -> TokenStream {
        let (lane, kept) = (self.nest.axes.len() - 1, self.nest.target.at.len() - 1);
        let (counter, lanes) = (self.counter(lane), whole(lanes));
        let local = |nest: &Self| {
            let loops = nest.level(kept..lane + 1, &|nest| {
                let (lets, value) = nest.expression();
                joined([lets, combine(quote!(lanes[#counter]), value)])
            });
            let target = format_ident!("{TARGET}");
            joined([quote!(let mut lanes = [#start; #lanes];), loops, quote!(*#target = lanes;)])
        };
        self.level(0..kept, &local)
    }

    /// The innermost loop, of `n` steps, in groups of [`SUMS`]: the steps of a group go into lanes of their own.
    fn in_lanes(&self, axis: usize, n: usize, body: &TokenStream) -> TokenStream {
        let (counter, rows) = (self.counter(axis), self.row_binds(axis));
        let (groups, rest, lanes) = (whole(n / SUMS), n % SUMS, whole(SUMS));
        let whole_groups = quote! {
            for group in 0..#groups {
                for lane in 0..#lanes {
                    let #counter = #lanes * group + lane;
                    #rows
                    #body
                }
            }
        };
        if rest == 0 {
            return whole_groups;
        }
        let (first, rest) = (whole(n - rest), whole(rest));
        quote! {
            #whole_groups
            for lane in 0..#rest {
                let #counter = #first + lane;
                #rows
                #body
            }
        }
    }

    /// The element of an access inside of the first `loops` loops only.
    fn element_outside(&self, access: &Access, name: &str, loops: usize) -> TokenStream {
        let bound = loops.checked_sub(1).map_or(0, |innermost| bound(access, innermost));
        let name = format_ident!("{name}");
        let positions = access.at[bound..].iter().map(|position| self.position(position));
        if access.at.is_empty() { quote!(#name[0]) } else { quote!(#name #([#positions])*) }
    }

    /// The target filled with a value; of one that a loop around counts, the entry of the step.
    fn filled(&self, start: &TokenStream) -> TokenStream {
        let name = format_ident!("{TARGET}");
        let at = &self.nest.target.at;
        let steps: Vec<usize> = (0..at.len()).filter(|axis| matches!(at[*axis], Position::Step(_))).collect();
        let flatten = |axes: usize| std::iter::repeat_n(quote!(.as_flattened_mut()), axes.saturating_sub(1));
        let Some(last) = steps.last() else {
            let flatten = flatten(at.len());
            return quote!(#name #(#flatten)* .fill(#start););
        };
        // Axes before the last step that are no steps themselves (rows) are gone through.
        let mut entry = quote!(#name);
        let mut loops: Vec<(Ident, TokenStream)> = Vec::new();
        for (axis, position) in at.iter().enumerate().take(last + 1) {
            let counter = match position {
                Position::Step(depth) => step_counter(*depth),
                Position::Counters(_) => {
                    let counter = format_ident!("row_{axis}");
                    loops.push((counter.clone(), self.writer.extent(self.nest.target.extents[axis])));
                    counter
                }
            };
            entry = quote!(#entry[#counter]);
        }
        let flatten = flatten(at.len() - last - 1);
        let fill = match at.len() - last - 1 {
            0 => quote!(#entry = #start;),
            _ => quote!(#entry #(#flatten)* .fill(#start);),
        };
        loops.into_iter().rev().fold(fill, |inner, (counter, extent)| quote!(for #counter in 0..#extent { #inner }))
    }
}

/// How many leading axes of an array can be counted once the loop `axis` is entered; the last is not among them.
fn bound(access: &Access, axis: usize) -> usize {
    let known = |position: &&Position| match position {
        Position::Step(_) => true,
        Position::Counters(affine) => affine.terms.iter().all(|(counter, _)| *counter <= axis),
    };
    access.at.iter().take_while(known).count().min(access.at.len().saturating_sub(1))
}

/// A name of a layer or tensor as an identifier of Rust that no keyword, counter or parameter hides.
fn identifier(name: &str) -> String {
    const TAKEN: [&str; 15] = [
        "group",
        "together",
        "lane",
        "lanes",
        "isa",
        "team",
        "rows",
        "target",
        "weights",
        "arena",
        "draws",
        "reduced",
        "gradients",
        "state",
        "step",
    ];
    let counter = COUNTERS.contains(&name) || name.starts_with("step_") || name.starts_with("row_");
    let reserved =
        counter || TAKEN.contains(&name) || ["input", "logits", "output", "d_logits", "d_output"].contains(&name);
    if reserved { format!("{name}_values") } else { name.to_owned() }
}
