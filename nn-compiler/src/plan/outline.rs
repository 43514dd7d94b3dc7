//! The functions of a plan as tables for people: each kernel in a line of words with its figures; `print` writes the plan as it is.

use super::lanes::LANES;
use super::roofline::{self, Figures};
use super::{Access, Arena, Function, FunctionKind, Kernel, Layout, Loop, Part, Place, Plan, Position, Turned, Work};
use crate::ir::{ConvPart, Meeting, Reduction, Source, Target};
use crate::model::Network;
use crate::shape::Extent;

/// A generated function.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it is called: `predict`, `forward`, …, `entry decode`.
    pub name: String,
    /// Rows of a call.
    pub rows: usize,
    /// Calls with so many; the rows that are left over take one more.
    pub calls: usize,
    /// Rows that are left over.
    pub rest: usize,
    /// Its kernels in order.
    pub lines: Vec<Line>,
    /// All of them.
    pub total: Figures,
}

/// A kernel, or a loop of kernels with its body behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// How many loops of kernels stand around it.
    pub depth: usize,
    /// The part of the text that it comes from; `-` if there is none.
    pub origin: String,
    /// What it is: `product B x 784 x 512`, `loop [B, 16]`, `64 steps`, ….
    pub kernel: String,
    /// How its result and its operands lie.
    pub layout: String,
    /// What it does in all steps of the loops around it; of a loop of kernels, nothing by itself.
    pub figures: Figures,
    /// Whether it is a loop of kernels.
    pub is_loop: bool,
}

/// The functions of a network for so many rows, in the order in which a prediction and a step call them. Those with nothing to do are
/// left out.
pub fn tables(network: &Network, plan: &Plan, rows: usize) -> Vec<Table> {
    let mut functions: Vec<&Function> = plan.functions.iter().filter(|function| !function.kernels.is_empty()).collect();
    functions.sort_by_key(|function| place(function.kind));
    functions.into_iter().map(|function| table(network, plan, function, rows)).collect()
}

/// Which of the functions a function is, in the order in which they are called.
pub fn place(kind: FunctionKind) -> usize {
    match kind {
        FunctionKind::Predict => 0,
        FunctionKind::PredictMany => 1,
        FunctionKind::Forward => 2,
        FunctionKind::HeadForward => 3,
        FunctionKind::Figures => 4,
        FunctionKind::FiguresBackward => 5,
        FunctionKind::HeadBackward => 6,
        FunctionKind::Backward => 7,
        FunctionKind::Entry(number) => 8 + number,
    }
}

fn table(network: &Network, plan: &Plan, function: &Function, rows: usize) -> Table {
    let at_once = rows_at_once(network, plan, function.kind, rows);
    let (calls, rest) = (rows / at_once, rows % at_once);
    let mut lines = lines(network, plan, function, at_once);
    for line in &mut lines {
        line.figures = line.figures.times(calls);
    }
    if rest > 0 {
        for (line, last) in lines.iter_mut().zip(self::lines(network, plan, function, rest)) {
            line.figures = line.figures.plus(last.figures);
        }
    }
    let total = lines.iter().map(|line| line.figures).fold(Figures::default(), Figures::plus);
    Table { name: name(network, function.kind), rows: at_once, calls, rest, lines, total }
}

/// Rows of a call, if there are `rows` in all.
pub fn rows_at_once(network: &Network, plan: &Plan, kind: FunctionKind, rows: usize) -> usize {
    let predicted = |arena: Arena| Some(arena.rows_at_once(network.precision.bytes() as usize));
    let most = match kind {
        FunctionKind::Predict => predicted(plan.predict_arena),
        FunctionKind::PredictMany => plan.many_arena.and_then(predicted),
        FunctionKind::Entry(number) => predicted(plan.entry_arenas[number]),
        _ => plan.shard,
    };
    most.unwrap_or(rows).min(rows).max(1)
}

/// What a function is called.
pub fn name(network: &Network, kind: FunctionKind) -> String {
    match kind {
        FunctionKind::Predict => "predict".to_owned(),
        FunctionKind::PredictMany => "predict_many".to_owned(),
        FunctionKind::Forward => "forward".to_owned(),
        FunctionKind::Backward => "backward".to_owned(),
        FunctionKind::HeadForward => "head_forward".to_owned(),
        FunctionKind::HeadBackward => "head_backward".to_owned(),
        FunctionKind::Figures => "figures".to_owned(),
        FunctionKind::FiguresBackward => "figures_backward".to_owned(),
        FunctionKind::Entry(number) => format!("entry {}", network.entries[number].name),
    }
}

/// The kernels of a function in order, for one call with so many rows; a loop of kernels before its body.
pub fn lines(network: &Network, plan: &Plan, function: &Function, rows: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    Writer { network, plan, beside: function.beside, rows }.add(&function.kernels, 0, 1, &mut lines);
    lines
}

struct Writer<'a> {
    network: &'a Network,
    plan: &'a Plan,
    /// Whether rows lie side by side in the arena.
    beside: bool,
    rows: usize,
}

impl Writer<'_> {
    fn add(&self, kernels: &[Kernel], depth: usize, times: usize, lines: &mut Vec<Line>) {
        for kernel in kernels {
            let (what, layout) = self.words(&kernel.work);
            let line = Line {
                depth,
                origin: if kernel.origin.is_empty() { "-".to_owned() } else { kernel.origin.clone() },
                kernel: what,
                layout,
                figures: Figures::default(),
                is_loop: true,
            };
            if let Work::Scan { steps, kernels, .. } = &kernel.work {
                lines.push(line);
                self.add(kernels, depth + 1, times.saturating_mul(*steps), lines);
            } else {
                let figures = roofline::of_kernel(kernel, self.rows, self.network.precision).times(times);
                lines.push(Line { figures, is_loop: false, ..line });
            }
        }
    }

    /// What a kernel is, and how its result and its operands lie.
    fn words(&self, work: &Work) -> (String, String) {
        match work {
            Work::Loop(nest) => (loop_words(nest), self.loop_layout(nest)),
            Work::Dot(dot) => {
                let mark = |transposed: bool| if transposed { " transposed" } else { "" };
                let count = dot.count.map_or(String::new(), |count| format!(" for each of {count}"));
                let in_panels = |panels: bool| if panels { " in panels" } else { "" };
                let extents = if dot.transpose_b { [dot.n, dot.k] } else { [dot.k, dot.n] };
                let right = match dot.panels {
                    true => self.array(dot.b.place, &extents),
                    false => self.part(&dot.b),
                };
                let right = format!("{right}{}{}", in_panels(dot.panels), mark(dot.transpose_b));
                let target = format!("{}{}", self.part(&dot.target), in_panels(dot.into_panels));
                let left = self.part(&dot.a);
                let layout = format!("{target} = {left}{} . {right}", mark(dot.transpose_a));
                (format!("product {} x {} x {}{count}", dot.m, dot.k, dot.n), layout)
            }
            Work::Conv { yields, target, a, b, meeting } => {
                let layout = format!("{} of {}, {}", self.part(target), self.part(a), self.part(b));
                (conv_words(*yields, meeting), layout)
            }
            Work::Gather { target, table, ids, width } => {
                let layout = format!("{} of {} at {}", self.part(target), self.part(table), self.part(ids));
                (format!("gather rows of {width}"), layout)
            }
            Work::ScatterAdd { target, rows, ids, width } => {
                let layout = format!("{} of {} at {}", self.part(target), self.part(rows), self.part(ids));
                (format!("scatter-add rows of {width}"), layout)
            }
            Work::Panels { target, source, transposed, rows, columns } => {
                let mark = if *transposed { " transposed" } else { "" };
                let panels = self.array(target.place, &[Extent::Fixed(*rows), Extent::Fixed(*columns)]);
                let layout = format!("{panels} in panels of {}{mark}", self.part(source));
                (format!("copy {rows} x {columns}"), layout)
            }
            Work::Turn { target, source, turned } => {
                let what = if *turned == Turned::Apart { "rows apart" } else { "rows side by side" };
                (what.to_owned(), format!("{} of {}", self.part(target), self.part(source)))
            }
            Work::Rows(kernels) => self.words_together(kernels),
            Work::Scan { steps, reverse, .. } => {
                (format!("{steps} steps{}", if *reverse { " backwards" } else { "" }), String::new())
            }
        }
    }

    /// Loops that go through the rows together, as one: `2 x sum over loop [B, 64] + loop [B, 64]`.
    fn words_together(&self, kernels: &[Kernel]) -> (String, String) {
        let loops = || {
            kernels.iter().filter_map(|kernel| match &kernel.work {
                Work::Loop(nest) => Some(nest),
                _ => None,
            })
        };
        let (mut kinds, mut written): (Vec<(String, usize)>, Vec<Place>) = (Vec::new(), Vec::new());
        let (mut targets, mut loads) = (Vec::new(), Vec::new());
        for nest in loops() {
            let kind = loop_words(nest);
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((kind, 1)),
            }
            let read = nest.loads.iter().filter(|load| !written.contains(&load.place));
            loads.extend(read.map(|load| self.access(load, nest)));
            targets.push(self.access(&nest.target, nest));
            written.push(nest.target.place);
        }
        let kinds = kinds.into_iter().map(|(kind, count)| if count == 1 { kind } else { format!("{count} x {kind}") });
        (kinds.collect::<Vec<String>>().join(" + "), layout_words(targets, loads))
    }

    fn loop_layout(&self, nest: &Loop) -> String {
        let loads = nest.loads.iter().map(|load| self.access(load, nest)).collect();
        layout_words(vec![self.access(&nest.target, nest)], loads)
    }

    /// An array that a loop reads or writes, and how it goes through it: `arena [B, 16]`.
    fn access(&self, access: &Access, nest: &Loop) -> String {
        let innermost = nest.axes.len().checked_sub(1);
        let moves = |at: &Position| match (at, innermost) {
            (Position::Counters(affine), Some(innermost)) => {
                affine.terms.iter().find(|(counter, _)| *counter == innermost).map(|(_, factor)| *factor)
            }
            (Position::Counters(_) | Position::Step(_), _) => None,
        };
        let factors: Vec<Option<isize>> = access.at.iter().map(moves).collect();
        let way = match &factors[..] {
            [before @ .., Some(1)] if before.iter().all(Option::is_none) => "",
            none if none.iter().all(Option::is_none) => "",
            _ => " strided",
        };
        let entry = if access.at.iter().any(|at| matches!(at, Position::Step(_))) { " at step" } else { "" };
        format!("{}{way}{entry}", self.array(access.place, &access.extents))
    }

    /// A place that is read or written as a whole.
    fn part(&self, part: &Part) -> String {
        let entry = if part.steps.is_empty() { "" } else { " at step" };
        let array = match part.place {
            Place::Tensor(index) | Place::Target(Target::Gradient(index))
                if self.plan.layouts[index] == Layout::Transposed && part.shape.dims.len() == 2 =>
            {
                let lies: Vec<Extent> = part.shape.axes().into_iter().rev().collect();
                self.array(part.place, &lies)
            }
            place => {
                let lanes = self.lies_beside(place, &part.shape.axes()).then_some(Extent::Fixed(LANES));
                let lies: Vec<Extent> = part.shape.axes().into_iter().chain(lanes).collect();
                self.array(place, &lies)
            }
        };
        format!("{array}{entry}")
    }

    /// Whether an array has blocks of rows.
    fn lies_beside(&self, place: Place, extents: &[Extent]) -> bool {
        self.beside && matches!((place, extents.first()), (Place::Arena(_) | Place::Buffer(_), Some(Extent::Rows(_))))
    }

    /// `weight [784, 512]`, row-major as it lies.
    fn array(&self, place: Place, extents: &[Extent]) -> String {
        format!("{} [{}]", self.place(place), extent_words(extents, self.lies_beside(place, extents)))
    }

    fn place(&self, place: Place) -> String {
        let last = |index: usize| {
            let name = &self.network.tensors[index].name;
            name.rsplit('.').next().unwrap_or(name).to_owned()
        };
        match place {
            Place::Tensor(index) => last(index),
            Place::Target(Target::Gradient(index)) => format!("d_{}", last(index)),
            Place::Target(Target::State(index)) => format!("new {}", last(index)),
            Place::Literal(_) => "numbers".to_owned(),
            Place::Buffer(_) | Place::Arena(_) => "arena".to_owned(),
            Place::Source(source) => match source {
                Source::Input => "input",
                Source::Logits => "logits",
                Source::LogitsGradient => "d_logits",
                Source::OutputGradient => "d_output",
                Source::Output => "output",
                Source::Targets => "targets",
                Source::Element(_) | Source::Carried(_) | Source::Outer(_) | Source::Seed(_) => "arena",
            }
            .to_owned(),
            Place::Target(target) => match target {
                Target::Logits => "logits",
                Target::Output => "output",
                Target::LogitsGradient => "d_logits",
                Target::OutputGradient => "d_output",
                Target::Figures => "figures",
                Target::Gradient(_) | Target::State(_) | Target::Next(_) | Target::Emit(_) => "arena",
            }
            .to_owned(),
        }
    }
}

/// `arena [B, 16] of input [B, 4], weight [4, 16]`, each once.
fn layout_words(targets: Vec<String>, loads: Vec<String>) -> String {
    let once = |words: Vec<String>| {
        let mut known: Vec<String> = Vec::new();
        for word in words {
            if !known.contains(&word) {
                known.push(word);
            }
        }
        known.join(", ")
    };
    let (targets, loads) = (once(targets), once(loads));
    if loads.is_empty() { targets } else { format!("{targets} of {loads}") }
}

fn loop_words(nest: &Loop) -> String {
    let axes = extent_words(&nest.axes, nest.beside);
    let kind = match nest.reduction {
        None => "loop",
        Some(Reduction::Sum) => "sum over loop",
        Some(Reduction::Max) => "max over loop",
    };
    format!("{kind} [{axes}]")
}

/// `B, 784, 512`; of rows side by side, `B/16, 784, 16`.
fn extent_words(extents: &[Extent], beside: bool) -> String {
    let words = extents.iter().map(|extent| match extent {
        Extent::Rows(_) if beside => format!("{extent}/{LANES}"),
        _ => extent.to_string(),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// `convolution 28x28x1 -> 24x24x6 by 5x5`, or the gradient of one of its operands.
fn conv_words(yields: ConvPart, meeting: &Meeting) -> String {
    let sizes = |size: &dyn Fn(usize) -> usize, last: Option<usize>| {
        let sizes: Vec<String> = (0..meeting.axes.len()).map(size).chain(last).map(|n| n.to_string()).collect();
        sizes.join("x")
    };
    let from = sizes(&|axis| meeting.axes[axis].input, Some(meeting.channels));
    let to = sizes(&|axis| meeting.axes[axis].places, Some(meeting.filters));
    let window = sizes(&|axis| meeting.axes[axis].window, None);
    let part = match yields {
        ConvPart::Output => "convolution",
        ConvPart::Input => "convolution for its input",
        ConvPart::Kernel => "convolution for its kernel",
    };
    format!("{part} {from} -> {to} by {window}")
}
