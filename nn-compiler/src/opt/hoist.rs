//! Sums over the steps of a loop that the loop need not take: a product or a sum over the batch that each step adds to what it
//! carries becomes one over all steps, behind the loop. The gradient of a recurrent matrix is such.

use std::collections::BTreeMap;

use super::{Rewrite, within};
use crate::ir::{Binary, Graph, Op, Reduction, Scan, Source, Target, Value, Yielded, stacking_axis};
use crate::shape::{Extent, Shape};

pub(super) fn hoist(graph: &Graph) -> Graph {
    let mut rewrite = Rewrite::new(graph);
    let mut sums: BTreeMap<(usize, usize), Sum> = BTreeMap::new();
    for value in graph.values() {
        let node = graph.node(value);
        rewrite.to.set_origin_index(node.origin);
        let op = match &node.op {
            Op::Scan(scan) => {
                let mut scan = scan.clone();
                for number in 0..scan.initial.len() {
                    if let Some(sum) = Sum::of(graph, &mut scan, number) {
                        sums.insert((value.index(), number), sum);
                    }
                }
                within(Op::Scan(scan), hoist).map(|operand| rewrite.mapped(operand))
            }
            op => op.map(|operand| rewrite.mapped(operand)),
        };
        let hoisted = match node.op {
            Op::Yield(scan, Yielded::Left(number)) => {
                sums.get(&(scan.index(), number)).map(|sum| sum.taken(&mut rewrite, scan))
            }
            _ => None,
        };
        let hoisted = hoisted.unwrap_or_else(|| rewrite.to.push(op, node.shape.clone()));
        rewrite.map.push(hoisted);
    }
    rewrite.finish()
}

/// What the steps of a loop add up.
enum Sum {
    /// `sum over steps of a^T b`
    Product(Steps, Steps),
    /// `sum over steps and the batch`
    Rows(Steps),
}

/// A value of all steps.
#[derive(Clone, Copy)]
enum Steps {
    /// What each step now emits under this number.
    Emitted(usize),
    /// A sequence that the loop is given, in terms of the graph around it.
    Given(Value),
}

impl Sum {
    /// What a loop adds to a carried value that begins as 0 and that nothing else reads. The loop then emits the parts.
    fn of(graph: &Graph, scan: &mut Scan, number: usize) -> Option<Self> {
        is_zero(graph, scan.initial[number]).then_some(())?;
        let body = &scan.body;
        let next = body.output(Target::Next(number))?;
        let carried = body.values().find(|value| *body.op(*value) == Op::Source(Source::Carried(number)))?;
        let Op::Binary(Binary::Add, a, b) = *body.op(next) else { return None };
        let added = if a == carried { b } else { a };
        let readers = |of: Value| body.values().filter(|value| body.op(*value).operands().contains(&of)).count();
        let leaves = body.outputs.iter().filter(|(_, value)| *value == next || *value == carried).count();
        if !(a == carried || b == carried) || a == b || readers(carried) != 1 || readers(next) != 0 || leaves != 1 {
            return None;
        }
        match *body.op(added) {
            Op::Dot { a, transpose_a: true, b, transpose_b: false } if is_row(body, a) && is_row(body, b) => {
                Some(Self::Product(Steps::of(scan, a), Steps::of(scan, b)))
            }
            Op::Reduce(Reduction::Sum, x, ref axes) if *axes == [0] && is_row(body, x) => {
                Some(Self::Rows(Steps::of(scan, x)))
            }
            _ => None,
        }
    }

    /// The sum, behind the loop.
    fn taken(&self, rewrite: &mut Rewrite<'_>, scan: Value) -> Value {
        match *self {
            Self::Product(a, b) => {
                let (a, b) = (a.flat(rewrite, scan), b.flat(rewrite, scan));
                rewrite.to.dot(a, true, b, false)
            }
            Self::Rows(x) => {
                let x = x.flat(rewrite, scan);
                rewrite.to.sum(x, &[0])
            }
        }
    }
}

impl Steps {
    /// Lets a loop emit a value of its body, unless the loop is given it.
    fn of(scan: &mut Scan, value: Value) -> Self {
        if let Op::Source(Source::Element(number)) = *scan.body.op(value)
            && let (sequence, 1) = scan.sequences[number]
        {
            return Self::Given(sequence);
        }
        let emits = |target: &Target| if let Target::Emit(number) = target { Some(*number) } else { None };
        let known = scan.body.outputs.iter().find(|(target, known)| *known == value && emits(target).is_some());
        if let Some(number) = known.and_then(|(target, _)| emits(target)) {
            return Self::Emitted(number);
        }
        let number = scan.body.outputs.iter().filter(|(target, _)| emits(target).is_some()).count();
        scan.body.yields(Target::Emit(number), value);
        Self::Emitted(number)
    }

    /// All steps as one matrix: a row for each row of the batch and each step.
    fn flat(self, rewrite: &mut Rewrite<'_>, scan: Value) -> Value {
        let steps = match self {
            Self::Emitted(number) => {
                let scan = rewrite.mapped(scan);
                rewrite.to.emitted(scan, number)
            }
            Self::Given(sequence) => rewrite.mapped(sequence),
        };
        let shape = rewrite.to.shape(steps);
        let (Extent::Rows(rows), Extent::Fixed(count)) = (shape.axis(0), shape.axis(1)) else {
            unreachable!("rows are stacked behind the batch")
        };
        let flat = Shape::from_axes(&[Extent::Rows(rows * count), shape.axis(2)]);
        rewrite.to.reshape(steps, flat)
    }
}

/// Whether a value consists of zeros.
fn is_zero(graph: &Graph, value: Value) -> bool {
    match *graph.op(value) {
        Op::Constant(x) => x == 0.0,
        Op::Broadcast(x, _) => is_zero(graph, x),
        _ => false,
    }
}

/// Whether a value of the body is a matrix with the batch in front.
fn is_row(body: &Graph, value: Value) -> bool {
    let shape = body.shape(value);
    shape.is_batched() && shape.rank() == 2 && stacking_axis(shape) == 1
}
