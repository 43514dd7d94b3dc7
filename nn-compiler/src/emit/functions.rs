//! The generated functions: their interfaces, and one block for each kernel.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::by_row::Together;
use super::expression::number;
use super::loops::{loop_tokens, step_counter};
use super::{Style, joined, real, whole, with_block};
use crate::ir::{Source, Target};
use crate::model::{Network, Precision};
use crate::plan::{Arena, Function, FunctionKind, Kernel, Part, Place, Plan, Slot, Work, lanes};
use crate::shape::Extent;

/// All functions of a network.
pub(super) fn functions(network: &Network, plan: &Plan, style: Style) -> TokenStream {
    plan.functions.iter().map(|function| Writer { network, plan, function, style, together: None }.function()).collect()
}

/// The name of a function in the generated module.
pub(super) fn name(kind: FunctionKind) -> Ident {
    format_ident!(
        "{}",
        match kind {
            FunctionKind::Entry(number) => return format_ident!("entry_{}", number + 1),
            FunctionKind::Predict => "predict",
            FunctionKind::PredictMany => "predict_many",
            FunctionKind::Forward => "forward",
            FunctionKind::Backward => "backward",
            FunctionKind::HeadForward => "head_forward",
            FunctionKind::HeadBackward => "head_backward",
            FunctionKind::Figures => "figures",
            FunctionKind::FiguresBackward => "figures_backward",
        }
    )
}

/// The name of a function's arguments as a structure, which knows how to compute with them.
fn call_name(kind: FunctionKind) -> Ident {
    format_ident!(
        "{}",
        match kind {
            FunctionKind::Entry(number) => return format_ident!("Entry{}", number + 1),
            FunctionKind::Predict => "Predict",
            FunctionKind::PredictMany => "PredictMany",
            FunctionKind::Forward => "Forward",
            FunctionKind::Backward => "Backward",
            FunctionKind::HeadForward => "HeadForward",
            FunctionKind::HeadBackward => "HeadBackward",
            FunctionKind::Figures => "Figures",
            FunctionKind::FiguresBackward => "FiguresBackward",
        }
    )
}

/// What a generated function is given.
enum Parameter {
    /// Numbers to read.
    Given(Precision),
    /// Numbers to write.
    Filled(Precision),
    /// Random numbers.
    Draws,
    /// The threads that share the work.
    Team,
}

impl Parameter {
    /// Its type, borrowed for a lifetime.
    fn tokens(&self, lifetime: &TokenStream) -> TokenStream {
        match self {
            Self::Given(precision) => {
                let real = real(*precision);
                quote!(&#lifetime [#real])
            }
            Self::Filled(precision) => {
                let real = real(*precision);
                quote!(&#lifetime mut [#real])
            }
            Self::Draws => quote!(Draws),
            Self::Team => quote!(&#lifetime Team),
        }
    }
}

/// What the writing of one function works on.
pub(super) struct Writer<'a> {
    pub(super) network: &'a Network,
    pub(super) plan: &'a Plan,
    pub(super) function: &'a Function,
    pub(super) style: Style,
    /// The loops that go through the rows together, while these are written.
    pub(super) together: Option<&'a Together<'a>>,
}

/// How a kernel reaches what it reads and writes.
pub(super) struct Reach {
    /// Code that splits the arena, if it must be.
    pub(super) split: TokenStream,
    /// An expression for each slice that is read.
    pub(super) reads: Vec<TokenStream>,
    /// The expression for the slice that is written.
    pub(super) write: TokenStream,
}

impl Writer<'_> {
    fn function(&self) -> TokenStream {
        let name = name(self.function.kind);
        let doc = self.doc();
        let kernels = self.kernels(&self.function.kernels, 0);
        let parameters = self.parameters();
        let names: Vec<&Ident> = parameters.iter().map(|(name, _)| name).collect();
        let types = parameters.iter().map(|(_, kind)| kind.tokens(&quote!()));
        let fields = parameters.iter().map(|(_, kind)| kind.tokens(&quote!('a)));
        let body = call_name(self.function.kind);
        let alone = if self.shares() { quote!() } else { quote!(let team = &Team::ALONE;) };
        let run = with_block(
            quote!(#[inline(always)] fn run<I: isa::Isa>(self, isa: I)),
            joined([quote!(let Self { #(#names),* } = self;), alone, self.rows(), self.clock(), kernels]),
        );
        quote! {
            #[doc = #doc]
            pub(super) fn #name(#(#names: #types),*) {
                isa::run(#body { #(#names),* });
            }
            struct #body<'a> {
                #(#names: #fields),*
            }
            impl isa::Body for #body<'_> {
                type Output = ();
                #run
            }
        }
    }

    /// Whether the function is given random numbers.
    fn draws(&self) -> bool {
        matches!(self.function.kind, FunctionKind::Forward | FunctionKind::Backward)
    }

    /// Whether the function is given threads to share its work with.
    fn shares(&self) -> bool {
        use FunctionKind::{Backward, Entry, Forward, Predict, PredictMany};
        matches!(self.function.kind, Predict | PredictMany | Forward | Backward | Entry(_))
    }

    fn doc(&self) -> &'static str {
        match self.function.kind {
            FunctionKind::Predict | FunctionKind::Entry(_) => "The output for each row of the input.",
            FunctionKind::PredictMany => "The same as `predict`, for many rows.",
            FunctionKind::Forward => {
                "The logits for each row of the input in training, and the new values of the state."
            }
            FunctionKind::Backward => {
                "The gradients of the parameters from that of the logits; behind `forward`, on its arena."
            }
            FunctionKind::HeadForward => "The output for each row of the logits.",
            FunctionKind::HeadBackward => "The gradient of the logits from that of the output.",
            FunctionKind::Figures => "The loss and the metrics of each row, from its input, its output and its target.",
            FunctionKind::FiguresBackward => "The gradient of the output, from the same.",
        }
    }

    /// The parameters of this kind of function, as `Program` declares them.
    fn parameters(&self) -> Vec<(Ident, Parameter)> {
        let (given, filled): (&[&str], &[&str]) = match self.function.kind {
            FunctionKind::Predict | FunctionKind::PredictMany | FunctionKind::Entry(_) => {
                (&["weights", "input"], &["output", "arena"])
            }
            FunctionKind::Forward => (&["weights", "input"], &["logits", "state", "arena"]),
            FunctionKind::Backward => (&["weights", "input", "d_logits"], &["gradients", "arena"]),
            FunctionKind::HeadForward => (&["logits"], &["output", "arena"]),
            FunctionKind::HeadBackward => (&["logits", "d_output"], &["d_logits", "arena"]),
            FunctionKind::Figures => (&["input", "output", "targets"], &["figures", "arena"]),
            FunctionKind::FiguresBackward => (&["input", "output", "targets"], &["d_output", "arena"]),
        };
        let precision = self.network.precision;
        let given = given.iter().map(|name| (format_ident!("{name}"), Parameter::Given(precision)));
        let filled = filled.iter().map(|name| (format_ident!("{name}"), Parameter::Filled(precision)));
        let draws = self.draws().then(|| (format_ident!("draws"), Parameter::Draws));
        let team = self.shares().then(|| (format_ident!("team"), Parameter::Team));
        given.chain(filled).chain(draws).chain(team).collect()
    }

    /// Which parameter says how many rows there are, and how many values a row of it has.
    fn rows_from(&self) -> (&'static str, usize) {
        match self.function.kind {
            FunctionKind::Predict | FunctionKind::PredictMany | FunctionKind::Forward | FunctionKind::Backward => {
                ("input", self.network.input.iter().product())
            }
            FunctionKind::Entry(number) => ("input", self.network.entries[number].input_values()),
            FunctionKind::HeadForward | FunctionKind::HeadBackward => ("logits", self.network.output.iter().product()),
            FunctionKind::Figures | FunctionKind::FiguresBackward => ("output", self.network.output.iter().product()),
        }
    }

    fn rows(&self) -> TokenStream {
        let (name, width) = self.rows_from();
        let (name, width) = (format_ident!("{name}"), whole(width));
        let lanes = whole(lanes::LANES);
        let blocks = (self.function.arena.block > 1).then(|| quote!(let blocks = rows.div_ceil(#lanes);));
        quote!(let rows = #name.len() / #width; #blocks)
    }

    /// So many values for each row, in memory that has room for whole blocks of them.
    fn per_row(&self, n: usize) -> TokenStream {
        if self.function.arena.block > 1 { times(n * self.function.arena.block, "blocks") } else { times(n, "rows") }
    }

    pub(super) fn kernel(&self, kernel: &Kernel, number: usize) -> TokenStream {
        let comment = self.style.comments.then(|| {
            let origin = &kernel.origin;
            quote!(nn_comment!(#origin);)
        });
        let comment = comment.unwrap_or_default();
        let work = match &kernel.work {
            Work::Loop(nest) => loop_tokens(self, nest),
            Work::Dot(dot) => self.dot(dot),
            Work::Turn { target, source, turned } => self.turn(target, source, *turned),
            Work::Gather { target, table, ids, width } => {
                let width = whole(*width);
                let Reach { split, reads, write } = self.reach_parts(target, &[(ids, "ids"), (table, "table")]);
                let (ids, table) = (&reads[0], &reads[1]);
                quote!(#split kernels::gather(view::chunks_mut::<_, #width>(#write), view::chunks(#table), #ids);)
            }
            Work::ScatterAdd { target, rows, ids, width } => {
                let width = whole(*width);
                let Reach { split, reads, write } = self.reach_parts(target, &[(ids, "ids"), (rows, "values")]);
                let (ids, values) = (&reads[0], &reads[1]);
                quote!(#split kernels::scatter_add(view::chunks_mut::<_, #width>(#write), view::chunks(#values), #ids);)
            }
            Work::Conv { yields, target, a, b, meeting } => self.conv(*yields, target, [a, b], meeting),
            Work::Panels { target, source, transposed, rows, columns } => {
                let Reach { split, reads, write } = self.reach_parts(target, &[(source, "source")]);
                let (source, rows, columns) = (&reads[0], whole(*rows), whole(*columns));
                quote!(#split kernels::to_panels(isa, #write, #source, [#rows, #columns], #transposed);)
            }
            Work::Rows(kernels) => self.rows_together(kernels),
            Work::Scan { steps, reverse, depth, kernels } => {
                let (counter, steps) = (step_counter(*depth), whole(*steps));
                let order = if *reverse { quote!((0..#steps).rev()) } else { quote!(0..#steps) };
                let kernels = self.kernels(kernels, number + 1);
                return with_block(quote!(#comment for #counter in #order), kernels);
            }
        };
        with_block(comment, work)
    }

    /// How a kernel reaches parts that it reads and writes as a whole.
    pub(super) fn reach_parts(&self, target: &Part, sources: &[(&Part, &str)]) -> Reach {
        let places: Vec<(Place, &str)> = sources.iter().map(|(part, name)| (part.place, *name)).collect();
        let Reach { split, reads, write } = self.reach(target.place, &places);
        let reads = reads.into_iter().zip(sources);
        let reads = reads.map(|(read, (part, _))| self.entry(part, read, false)).collect();
        Reach { split, reads, write: self.entry(target, write, true) }
    }

    /// Of a slice of all entries, the one of the step at hand.
    fn entry(&self, part: &Part, slice: TokenStream, mutable: bool) -> TokenStream {
        if part.steps.is_empty() {
            return slice;
        }
        if part.shape.is_batched() {
            return self.entry_of_rows(&part.steps, part.shape.len(), slice, mutable);
        }
        let steps = offsets(&part.steps);
        let len = whole(part.shape.len());
        let function = if mutable { quote!(entry_mut) } else { quote!(entry) };
        quote!(view::#function::<_, #len>(#slice, #(#steps)+*))
    }

    /// Of a slice of all entries, each with so many values for each row, the one of the step at hand.
    pub(super) fn entry_of_rows(
        &self,
        steps: &[(usize, usize)],
        len: usize,
        slice: TokenStream,
        mutable: bool,
    ) -> TokenStream {
        let (steps, len) = (offsets(steps), times(len, "rows"));
        let function = if mutable { quote!(part_mut) } else { quote!(part) };
        quote!(view::#function(#slice, (#(#steps)+*) * rows, #len))
    }

    /// An extent as an expression in `rows`, or in the `blocks` of rows side by side.
    pub(super) fn extent(&self, extent: Extent) -> TokenStream {
        match extent {
            Extent::Rows(n) if self.function.beside => times(n, "blocks"),
            // Of loops that go through rows together, each runs on one row.
            Extent::Rows(n) if self.together.is_none() => times(n, "rows"),
            Extent::Rows(n) => whole(n).to_token_stream(),
            Extent::Fixed(n) => whole(n).to_token_stream(),
        }
    }

    /// How a kernel reaches what it reads and writes: the arena is split where it does both there.
    pub(super) fn reach(&self, target: Place, sources: &[(Place, &str)]) -> Reach {
        if let Some(together) = self.together {
            return together.reach(self, target, sources);
        }
        let in_arena = |place: Place| matches!(place, Place::Arena(_));
        // Each part of the arena once, under the name of its first use.
        let mut shared: Vec<(Place, &str)> = Vec::new();
        for (place, name) in sources.iter().filter(|(place, _)| in_arena(*place) && in_arena(target)) {
            if !shared.iter().any(|(known, _)| known == place) {
                shared.push((*place, name));
            }
        }
        let mut split = TokenStream::new();
        if !shared.is_empty() {
            let parts = [(target, "target")].into_iter().chain(shared.iter().copied());
            split = self.split(parts.map(|(place, name)| (place, format_ident!("{name}"))).collect());
        }
        let read = |(place, name): &(Place, &str)| {
            let bound = format_ident!("{name}");
            match shared.iter().find(|(known, _)| known == place) {
                Some((_, first)) if first == name => quote!(#bound),
                Some((_, first)) => {
                    let first = format_ident!("{first}");
                    split.extend(quote!(let #bound = &*#first;));
                    quote!(#bound)
                }
                None => {
                    let slice = self.slice(*place);
                    quote!(&#slice)
                }
            }
        };
        let reads = sources.iter().map(read).collect();
        let write = if shared.is_empty() {
            let slice = self.slice(target);
            quote!(&mut #slice)
        } else {
            quote!(target)
        };
        Reach { split, reads, write }
    }

    /// Parts of the arena that do not overlap, under names.
    pub(super) fn split(&self, mut parts: Vec<(Place, Ident)>) -> TokenStream {
        // In the order in which they lie there.
        parts.sort_by_key(|(place, _)| match place {
            Place::Arena(slot) => (!slot.batched, slot.offset, slot.len),
            _ => unreachable!("it lies in no arena"),
        });
        let names = parts.iter().map(|(_, name)| name);
        let ranges = parts.iter().map(|(place, _)| self.range(*place));
        quote!(let [#(#names),*] = view::parts(arena, [#(#ranges),*]);)
    }

    /// A place as a slice expression.
    pub(super) fn slice(&self, place: Place) -> TokenStream {
        let name = format_ident!("{}", slice_name(place));
        match place {
            Place::Literal(index) => {
                let literal = literal_name(index);
                quote!(#literal[..])
            }
            Place::Source(_)
            | Place::Target(
                Target::Logits | Target::Output | Target::LogitsGradient | Target::OutputGradient | Target::Figures,
            ) => {
                quote!(#name[..])
            }
            Place::Tensor(_)
            | Place::Target(Target::Gradient(_) | Target::State(_) | Target::Next(_) | Target::Emit(_))
            | Place::Arena(_)
            | Place::Buffer(_) => {
                let range = self.range(place);
                quote!(#name[#range])
            }
        }
    }

    fn range(&self, place: Place) -> TokenStream {
        let (start, end) = match place {
            Place::Arena(Slot { batched, offset, len }) => {
                let Arena { per_row, block, .. } = self.function.arena;
                let at = |offset: usize| match (batched, per_row) {
                    (true, _) => self.per_row(offset),
                    (false, 0) => whole(offset).to_token_stream(),
                    (false, _) => {
                        let (before, offset) = (self.per_row(per_row), whole(offset));
                        quote!(#before + #offset)
                    }
                };
                let start = at(offset);
                // Rows one behind the other leave the end of the room for whole blocks empty.
                let end = match batched && block > 1 && !self.function.beside {
                    true => {
                        let len = times(len, "rows");
                        quote!(#start + #len)
                    }
                    false => at(offset + len),
                };
                return quote!(#start..#end);
            }
            Place::Tensor(index) => self.tensor_range(index, self.plan.offsets[index]),
            Place::Target(Target::Gradient(index) | Target::State(index)) => {
                self.tensor_range(index, self.plan.changes[index])
            }
            Place::Buffer(_) | Place::Literal(_) | Place::Source(_) | Place::Target(_) => {
                unreachable!("it has no range")
            }
        };
        let (start, end) = (whole(start), whole(end));
        quote!(#start..#end)
    }

    fn tensor_range(&self, index: usize, start: usize) -> (usize, usize) {
        (start, start + self.network.tensors[index].len())
    }

    pub(super) fn precision(&self) -> Precision {
        self.network.precision
    }
}

/// How far the step at hand of each loop around leads, given how far one step does.
fn offsets(steps: &[(usize, usize)]) -> impl Iterator<Item = TokenStream> {
    steps.iter().map(|(depth, each)| {
        let (counter, each) = (step_counter(*depth), whole(*each));
        quote!(#counter * #each)
    })
}

/// So many times what has this name.
fn times(n: usize, name: &str) -> TokenStream {
    let (count, name) = (whole(n), format_ident!("{name}"));
    match n {
        0 => quote!(0),
        1 => quote!(#name),
        _ => quote!(#count * #name),
    }
}

/// The parameter of a generated function in which a place lies.
pub(super) fn slice_name(place: Place) -> &'static str {
    match place {
        Place::Source(Source::Input) => "input",
        Place::Source(Source::Logits) | Place::Target(Target::Logits) => "logits",
        Place::Source(Source::LogitsGradient) | Place::Target(Target::LogitsGradient) => "d_logits",
        Place::Source(Source::OutputGradient) | Place::Target(Target::OutputGradient) => "d_output",
        Place::Source(Source::Output) | Place::Target(Target::Output) => "output",
        Place::Source(Source::Targets) => "targets",
        Place::Target(Target::Figures) => "figures",
        Place::Target(Target::Gradient(_)) => "gradients",
        Place::Target(Target::State(_)) => "state",
        Place::Tensor(_) => "weights",
        Place::Arena(_) | Place::Buffer(_) => "arena",
        Place::Literal(_) => "literal",
        Place::Source(Source::Element(_) | Source::Carried(_) | Source::Outer(_) | Source::Seed(_))
        | Place::Target(Target::Next(_) | Target::Emit(_)) => unreachable!("what a loop gives its body lies elsewhere"),
    }
}

/// The constants that hold numbers of the text.
pub(super) fn literals(network: &Network, plan: &Plan) -> TokenStream {
    let real = real(network.precision);
    let literal = |(index, values): (usize, &Vec<f64>)| {
        let (name, len) = (literal_name(index), whole(values.len()));
        let values = values.iter().map(|x| number(*x));
        quote!(static #name: [#real; #len] = [#(#values),*];)
    };
    plan.literals.iter().enumerate().map(literal).collect()
}

/// The constant that holds numbers of the text.
pub(super) fn literal_name(index: usize) -> Ident {
    format_ident!("NUMBERS_{}", index + 1)
}
