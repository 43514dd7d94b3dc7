//! A graph as text, one operation a line: for people (`nnc expand --stage graph`) and for snapshots.

use std::fmt;

use super::{Affine, Graph, Op, Value};

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut origin = u32::MAX;
        for value in self.values() {
            let node = self.node(value);
            if node.origin != origin {
                origin = node.origin;
                writeln!(f, "// {}", self.origins.get(origin as usize).map_or("", String::as_str))?;
            }
            writeln!(f, "{value}: {} = {}", node.shape, node.op)?;
        }
        for (target, value) in &self.outputs {
            writeln!(f, "yield {target:?} = {value}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |debug: &dyn fmt::Debug| format!("{debug:?}").to_lowercase();
        let mark = |transposed: bool| if transposed { "^T" } else { "" };
        match self {
            Op::Source(source) => write!(f, "source {source:?}"),
            Op::Tensor(index) => write!(f, "tensor {index}"),
            Op::Constant(x) => write!(f, "{x:?}"),
            Op::BatchSize => write!(f, "batch size"),
            Op::Random(distribution, stream) => write!(f, "random {} stream {stream}", name(distribution)),
            Op::Unary(op, x) => write!(f, "{} {x}", name(op)),
            Op::Binary(op, a, b) => write!(f, "{} {a} {b}", name(op)),
            Op::Select(condition, a, b) => write!(f, "select {condition} {a} {b}"),
            Op::Broadcast(x, axes) => write!(f, "broadcast {x} to axes {axes:?}"),
            Op::Reshape(x) => write!(f, "reshape {x}"),
            Op::Reduce(reduction, x, axes) => write!(f, "reduce {} {x} over axes {axes:?}", name(reduction)),
            Op::Dot { a, transpose_a, b, transpose_b } => {
                write!(f, "dot {a}{} {b}{}", mark(*transpose_a), mark(*transpose_b))
            }
            Op::Gather { table, ids } => write!(f, "gather {table} at {ids}"),
            Op::ScatterAdd { rows, ids } => write!(f, "scatter add {rows} at {ids}"),
            Op::Stop(x) => write!(f, "stop {x}"),
            Op::Literal(values) => write!(f, "{} numbers", values.len()),
            Op::Iota(axis) => write!(f, "position on axis {axis}"),
            Op::Index(x, at) => write!(f, "index {x} at {}", positions(at)),
            Op::Deposit(x, at) => write!(f, "deposit {x} at {}", positions(at)),
            Op::Concat(parts, axis) => {
                let parts: Vec<String> = parts.iter().map(Value::to_string).collect();
                write!(f, "concat {} along axis {axis}", parts.join(" "))
            }
            Op::Conv(conv) => {
                let (yields, a, b) = (name(&conv.yields), conv.a, conv.b);
                write!(f, "convolution to {yields} of {a} {b} ({})", conv.meeting)
            }
            Op::Scan(scan) => {
                let order = if scan.reverse { " backwards" } else { "" };
                let list = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join(" ");
                let sequences: Vec<String> =
                    scan.sequences.iter().map(|(x, axis)| format!("{x} axis {axis}")).collect();
                writeln!(
                    f,
                    "scan of {} steps{order} over [{}] from [{}] with [{}]",
                    scan.steps,
                    sequences.join(", "),
                    list(&scan.initial),
                    list(&scan.outer),
                )?;
                scan.body.to_string().lines().try_for_each(|line| writeln!(f, "    {line}"))
            }
            Op::Yield(scan, which) => write!(f, "{which:?} of {scan}"),
        }
    }
}

fn positions(at: &[Affine]) -> String {
    let parts: Vec<String> = at.iter().map(Affine::to_string).collect();
    format!("[{}]", parts.join(", "))
}
