//! A plan as text, one kernel a line: for people (`nnc expand --stage plan`) and for snapshots.

use std::fmt;

use super::{Access, Instruction, Kernel, Loop, Part, Place, Plan, Position, Slot, Turned, Work};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "parameters {} state {}", self.parameters, self.state)?;
        for (index, (layout, offset)) in self.layouts.iter().zip(&self.offsets).enumerate() {
            writeln!(f, "tensor {index} at {offset} {layout:?}")?;
        }
        for (name, arena) in [("predict", self.predict_arena), ("train", self.train_arena)] {
            writeln!(f, "{name} arena: {} per row + {}", arena.per_row, arena.fixed)?;
        }
        for function in &self.functions {
            let lie = if function.beside { " with rows side by side" } else { "" };
            writeln!(f, "\n{:?}{lie}", function.kind)?;
            function.kernels.iter().try_for_each(|kernel| write_kernel(f, kernel, 1))?;
        }
        Ok(())
    }
}

fn write_kernel(f: &mut fmt::Formatter<'_>, kernel: &Kernel, depth: usize) -> fmt::Result {
    let indent = "  ".repeat(depth);
    writeln!(f, "{indent}{}  // {}", kernel.work, kernel.origin)?;
    match &kernel.work {
        Work::Scan { kernels, .. } | Work::Rows(kernels) => {
            kernels.iter().try_for_each(|inner| write_kernel(f, inner, depth + 1))
        }
        _ => Ok(()),
    }
}

/// The name of the counter of a loop at this depth.
fn step(depth: usize) -> String {
    format!("t{}", depth + 1)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Source(source) => write!(f, "{source:?}"),
            Place::Target(target) => write!(f, "{target:?}"),
            Place::Tensor(index) => write!(f, "tensor {index}"),
            Place::Literal(index) => write!(f, "literal {index}"),
            Place::Buffer(index) => write!(f, "buffer {index}"),
            Place::Arena(Slot { batched, offset, len }) => {
                let each = if *batched { " per row" } else { "" };
                write!(f, "arena[{offset}..{}{each}]", offset + len)
            }
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = |transposed: bool| if transposed { "^T" } else { "" };
        match self {
            Work::Loop(nest) => write!(f, "{nest}"),
            Work::Dot(dot) => {
                let (a, b) = (mark(dot.transpose_a), mark(dot.transpose_b));
                let count = dot.count.map_or(String::new(), |count| format!("{count} x "));
                write!(f, "{} = {}{a} . {}{b}  {count}[{}, {}, {}]", dot.target, dot.a, dot.b, dot.m, dot.k, dot.n)
            }
            Work::Conv { yields, target, a, b, meeting } => {
                write!(f, "{target} = {} of {a} and {b}  ({meeting})", format!("{yields:?}").to_lowercase())
            }
            Work::Scan { steps, reverse, depth, .. } => {
                let order = if *reverse { " backwards" } else { "" };
                write!(f, "for {} in {steps} steps{order}", step(*depth))
            }
            Work::Rows(_) => f.write_str("for each row"),
            Work::Turn { target, source, turned } => {
                let lie = if *turned == Turned::Apart { "one behind the other" } else { "side by side" };
                write!(f, "{target} = rows of {source} {lie}")
            }
            Work::Panels { target, source, transposed, rows, columns } => {
                write!(f, "{target} = panels of {source}{}  [{rows}, {columns}]", mark(*transposed))
            }
            Work::Gather { target, table, ids, .. } => write!(f, "{target} = {table} at {ids}"),
            Work::ScatterAdd { target, rows, ids, .. } => write!(f, "{target} = sum of {rows} at {ids}"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        self.steps.iter().try_for_each(|(depth, _)| write!(f, "[{}]", step(*depth)))
    }
}

impl fmt::Display for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axes: Vec<String> = self.axes.iter().map(ToString::to_string).collect();
        let reduction = self.reduction.map_or(String::new(), |reduction| format!("{reduction:?} of ").to_lowercase());
        write!(f, "for [{}]: {} = {reduction}", axes.join(", "), self.target)?;
        let last = self.body.len().checked_sub(1);
        last.map_or(Ok(()), |last| write!(f, "{}", self.expression(last)))
    }
}

impl Loop {
    fn expression(&self, at: usize) -> String {
        let of = |x: &usize| self.expression(*x);
        match &self.body[at] {
            Instruction::Load(load) => self.loads[*load].to_string(),
            Instruction::Constant(x) => format!("{x:?}"),
            Instruction::BatchSize => "rows".to_owned(),
            Instruction::Iota(position) => format!("position({position})"),
            Instruction::Random(draw) => format!("{:?}({})", draw.distribution, draw.stream).to_lowercase(),
            Instruction::Unary(op, x) => format!("{}({})", format!("{op:?}").to_lowercase(), of(x)),
            Instruction::Binary(op, a, b) => format!("{}({}, {})", format!("{op:?}").to_lowercase(), of(a), of(b)),
            Instruction::Select(condition, a, b) => format!("select({}, {}, {})", of(condition), of(a), of(b)),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        self.at.iter().try_for_each(|position| match position {
            Position::Counters(affine) => match affine.as_counter() {
                Some(axis) => write!(f, "[{}]", ["i", "j", "k", "l", "m", "n"][axis % 6]),
                None => write!(f, "[{affine}]"),
            },
            Position::Step(depth) => write!(f, "[{}]", step(*depth)),
        })
    }
}
