//! Factors that a sum does not go along leave it: of `sum over rows of x * scale` it is `scale * sum over rows of x`. Sums that then are
//! equal are shared: those of a batch normalisation for its scale and for what it divides by, for instance.

use super::{Rewrite, within};
use crate::ir::{Binary, Graph, Op, Reduction, Unary, Value};

pub(super) fn factor(graph: &Graph) -> Graph {
    let mut rewrite = Rewrite::new(graph);
    let (whole, cheap) = (read_whole(graph), cheap(graph));
    for value in graph.values() {
        let node = graph.node(value);
        rewrite.to.set_origin_index(node.origin);
        let factored = match &node.op {
            // What is in memory is read from there.
            Op::Reduce(Reduction::Sum, x, axes) if !whole[x.index()] => {
                Factors::of(graph, &cheap, *x, axes).map(|factors| factors.around_sum(&mut rewrite, value, axes))
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

/// The most factors into which a product is taken apart.
const MOST: usize = 8;

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
    fn of(graph: &Graph, cheap: &[bool], x: Value, axes: &[usize]) -> Option<Self> {
        let factors = Self::at(graph, cheap, x, axes, MOST);
        (factors.leave() && !factors.within.is_empty()).then_some(factors)
    }

    /// The value as it is.
    fn one(x: Value) -> Self {
        Self { within: vec![x], outside: Vec::new(), number: 1.0 }
    }

    /// Whether any leaves the sum.
    fn leave(&self) -> bool {
        self.number != 1.0 || !self.outside.is_empty()
    }

    /// Those of a value, taken apart `depth` times at most, and only where some leave.
    fn at(graph: &Graph, cheap: &[bool], x: Value, axes: &[usize], depth: usize) -> Self {
        if depth == 0 {
            return Self::one(x);
        }
        let of = |operand: Value| Self::at(graph, cheap, operand, axes, depth - 1);
        match graph.op(x) {
            Op::Binary(Binary::Mul, a, b) if cheap[a.index()] && cheap[b.index()] => {
                let (a, b) = (of(*a), of(*b));
                let few = a.within.len() + a.outside.len() + b.within.len() + b.outside.len() <= MOST;
                if few && (a.leave() || b.leave()) { a.times(b) } else { Self::one(x) }
            }
            Op::Unary(Unary::Neg, inner) => of(*inner).scaled(-1.0),
            Op::Binary(Binary::Add, a, b) if a == b => of(*a).scaled(2.0),
            Op::Broadcast(inner, places) if !places.iter().any(|place| axes.contains(place)) => {
                Self { within: Vec::new(), outside: vec![(*inner, places.clone())], number: 1.0 }
            }
            _ => Self::one(x),
        }
    }

    fn times(mut self, other: Self) -> Self {
        self.within.extend(other.within);
        self.outside.extend(other.outside);
        self.scaled(other.number)
    }

    fn scaled(self, factor: f64) -> Self {
        Self { number: self.number * factor, ..self }
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

/// For each value, whether it costs little to compute again from what memory keeps: a product of it may be taken apart, though another
/// reads it.
fn cheap(graph: &Graph) -> Vec<bool> {
    let mut cheap: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        cheap.push(match &node.op {
            // Computed once for many terms.
            Op::Broadcast(..) => true,
            // Drawn once, and kept if another reads it.
            Op::Random(..) => false,
            Op::Unary(..)
            | Op::Binary(..)
            | Op::Select(..)
            | Op::Index(..)
            | Op::Reshape(_)
            | Op::Stop(_)
            | Op::Constant(_)
            | Op::Iota(_)
            | Op::BatchSize => node.op.is_cheap() && node.op.operands().iter().all(|operand| cheap[operand.index()]),
            // In memory, whatever reads it.
            Op::Source(_)
            | Op::Tensor(_)
            | Op::Literal(_)
            | Op::Reduce(..)
            | Op::Deposit(..)
            | Op::Concat(..)
            | Op::Conv(_)
            | Op::Scan(_)
            | Op::Yield(..)
            | Op::Dot { .. }
            | Op::Gather { .. }
            | Op::ScatterAdd { .. } => true,
        });
    }
    cheap
}

/// For each value, whether something reads it that is no loop over elements: then it lies in memory anyway.
fn read_whole(graph: &Graph) -> Vec<bool> {
    let mut whole = vec![false; graph.nodes.len()];
    for op in graph.nodes.iter().map(|node| &node.op) {
        for operand in op.operands() {
            whole[operand.index()] |= !op.reads_elements_of(operand);
        }
    }
    graph.outputs.iter().for_each(|(_, value)| whole[value.index()] = true);
    whole
}
