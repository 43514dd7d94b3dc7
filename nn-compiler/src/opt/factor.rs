//! Factors that a sum does not go along leave it: of `sum over rows of x * scale` it is `scale * sum over rows of x`. Sums that then are
//! equal are shared: those of a batch normalisation for its scale and for what it divides by, for instance.

use super::{Rewrite, within};
use crate::ir::{Binary, Graph, Op, Reduction, Unary, Value};

pub(super) fn factor(graph: &Graph) -> Graph {
    let mut rewrite = Rewrite::new(graph);
    let whole = read_whole(graph);
    for value in graph.values() {
        let node = graph.node(value);
        rewrite.to.set_origin_index(node.origin);
        let factored = match &node.op {
            // What is in memory is read from there.
            Op::Reduce(Reduction::Sum, x, axes) if !whole[x.index()] => {
                Factors::of(graph, *x, axes).map(|factors| factors.around_sum(&mut rewrite, value, axes))
            }
            _ => None,
        };
        let factored = factored.unwrap_or_else(|| {
            let op = within(node.op.map(|operand| rewrite.mapped(operand)), factor);
            rewrite.to.push(op, node.shape.clone())
        });
        rewrite.map.push(factored);
    }
    rewrite.finish()
}

/// The factors of a product in a sum.
struct Factors {
    /// Those that differ from term to term.
    within: Vec<Value>,
    /// Those that do not: what is repeated, and at which axes of the terms its own stand.
    outside: Vec<(Value, Vec<usize>)>,
    /// A number that leaves it.
    number: f64,
}

impl Factors {
    /// The factors of a value that is summed over axes, if there are such as stay the same along them.
    fn of(graph: &Graph, x: Value, axes: &[usize]) -> Option<Self> {
        let mut factors = Self { within: Vec::new(), outside: Vec::new(), number: 1.0 };
        factors.add(graph, x, axes);
        let leaves = factors.number != 1.0 || !factors.outside.is_empty();
        (leaves && !factors.within.is_empty()).then_some(factors)
    }

    fn add(&mut self, graph: &Graph, x: Value, axes: &[usize]) {
        match graph.op(x) {
            Op::Binary(Binary::Mul, a, b) if is_cheap(graph, *a, DEPTH) && is_cheap(graph, *b, DEPTH) => {
                self.add(graph, *a, axes);
                self.add(graph, *b, axes);
            }
            Op::Unary(Unary::Neg, inner) => {
                self.number = -self.number;
                self.add(graph, *inner, axes);
            }
            Op::Binary(Binary::Add, a, b) if a == b => {
                self.number *= 2.0;
                self.add(graph, *a, axes);
            }
            Op::Broadcast(inner, places) if !places.iter().any(|place| axes.contains(place)) => {
                self.outside.push((*inner, places.clone()));
            }
            _ => self.within.push(x),
        }
    }

    /// The sum, a value of `from`, with the factors that leave it around it.
    fn around_sum(mut self, rewrite: &mut Rewrite<'_>, sum: Value, axes: &[usize]) -> Value {
        // In one order, so that equal products are written alike.
        self.within.sort_unstable();
        let shape = rewrite.from.shape(sum);
        let terms = self.within.iter().map(|factor| rewrite.map[factor.index()]).collect::<Vec<Value>>();
        let to = &mut rewrite.to;
        let product = terms.into_iter().reduce(|product, factor| to.binary(Binary::Mul, product, factor));
        let product = product.expect("a sum of factors that all leave it is left as it is");
        let mut result = to.sum(product, axes);
        for (inner, places) in self.outside {
            // Of the axes that stay, each stands behind those before it.
            let places: Vec<usize> =
                places.iter().map(|place| place - axes.iter().filter(|axis| *axis < place).count()).collect();
            let repeated = rewrite.to.broadcast(rewrite.map[inner.index()], shape.clone(), &places);
            result = rewrite.to.binary(Binary::Mul, result, repeated);
        }
        if self.number == 1.0 { result } else { rewrite.to.scale(result, self.number) }
    }
}

/// How far [`is_cheap`] looks.
const DEPTH: usize = 12;

/// Whether it costs little to compute a value again from what memory keeps: a product of it may be taken apart, though another reads it.
fn is_cheap(graph: &Graph, x: Value, depth: usize) -> bool {
    match graph.op(x) {
        Op::Source(_) | Op::Tensor(_) | Op::Literal(_) | Op::Constant(_) | Op::BatchSize => true,
        Op::Dot { .. } | Op::Conv(_) | Op::Gather { .. } | Op::ScatterAdd { .. } | Op::Yield(..) => true,
        Op::Reduce(..) | Op::Deposit(..) | Op::Concat(..) => true,
        Op::Binary(Binary::Div, ..) | Op::Random(..) | Op::Scan(_) | Op::Iota(_) => false,
        // It is computed once for many terms.
        Op::Broadcast(..) => true,
        Op::Unary(op, _) if !matches!(op, Unary::Neg | Unary::Abs | Unary::Sign | Unary::Heaviside | Unary::Relu) => {
            false
        }
        op => depth > 0 && op.operands().iter().all(|operand| is_cheap(graph, *operand, depth - 1)),
    }
}

/// For each value, whether something reads it that is no loop over elements: then it lies in memory anyway.
fn read_whole(graph: &Graph) -> Vec<bool> {
    let mut whole = vec![false; graph.nodes.len()];
    for op in graph.nodes.iter().map(|node| &node.op) {
        let reads = matches!(
            op,
            Op::Dot { .. } | Op::Conv(_) | Op::Gather { .. } | Op::ScatterAdd { .. } | Op::Reshape(_) | Op::Scan(_)
        );
        if reads {
            op.operands().iter().for_each(|operand| whole[operand.index()] = true);
        }
    }
    graph.outputs.iter().for_each(|(_, value)| whole[value.index()] = true);
    whole
}
