//! Products over one axis: `matmul(a, b)`, which is also `a @ b`, and inner products of vectors.

use super::add::{stretch, stretched};
use super::{BASE, Complaint, Incoming, Layer, Lowering, Mask, Operands};
use crate::ir::{Graph, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;
use nn_grammar::diagnostic::Code;

/// The product of matrices.
pub(super) static MATMUL: Layer = Layer {
    signature: Signature {
        name: "matmul",
        doc: "The product of matrices, `a @ b`: `[…, m, k] x [k, n]` or `[…, m, k] x […, k, n]` to `[…, m, n]`. A vector `[k]` is a row \
              on the left and a column on the right, and its axis of 1 disappears, as in numpy.",
        params: &[],
    },
    operands: Operands::TWO,
    mask: Mask::KeepsWithAxes,
    output: |args, incoming| Ok(Product::of(args, incoming.shape, incoming.other("b").unwrap_or_default())?.result()),
    lower: |cx, args, a| {
        let b = cx.other("b").expect("a product has two factors");
        let shapes = [a, b].map(|value| cx.graph.shape(value).dims.clone());
        let product = Product::of(args, &shapes[0], &shapes[1]).expect("`output` has accepted the shapes");
        product.lower(cx.graph, a, b)
    },
    ..BASE
};

/// The inner product over the last axis.
pub(super) static DOT: Layer = Layer {
    signature: Signature {
        name: "dot",
        doc: "The sum of `a * b` over the last axis: `[…, c] x […, c]` to `[…]`.",
        params: &[],
    },
    operands: Operands::TWO,
    mask: Mask::Drops,
    output: inner,
    lower: |cx, _, a| {
        let b = cx.other("b").expect("a product has two factors");
        inner_product(cx, a, b)
    },
    ..BASE
};

/// The cosine of the angle between vectors on the last axis.
pub(super) static COSINE_SIMILARITY: Layer = Layer {
    signature: Signature {
        name: "cosine_similarity",
        doc: "The cosine of the angle between vectors on the last axis: `a . b / max(|a| |b|, eps)`.",
        params: &[Param::optional("eps", Kind::Real(Range::POSITIVE), Preset::Real(1e-8), "the least divisor")],
    },
    operands: Operands::TWO,
    mask: Mask::Drops,
    output: inner,
    lower: |cx, args, a| {
        let b = cx.other("b").expect("a cosine is of two vectors");
        let both = inner_product(cx, a, b);
        let (aa, bb) = (inner_product(cx, a, a), inner_product(cx, b, b));
        let pair = stretched(cx.graph, &[aa, bb]);
        let g = &mut *cx.graph;
        let squares = g.mul(pair[0], pair[1]);
        // Under the root, so that the gradient of a vector of zeros is no division by 0.
        let guarded = g.with(crate::ir::Binary::Max, squares, args.real("eps").powi(2));
        let length = g.sqrt(guarded);
        let both = stretched(g, &[both, length]);
        g.div(both[0], both[1])
    },
    ..BASE
};

fn inner(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let b = incoming.other("b").unwrap_or_default();
    let last = |shape: &[usize]| shape.last().copied();
    if last(incoming.shape).is_none() || last(b).is_none() {
        return Err(mismatch(args, incoming.shape, b, "a single value has no axis to sum over"));
    }
    if last(incoming.shape) != last(b) {
        return Err(mismatch(args, incoming.shape, b, "the last axes of both must be equal"));
    }
    let mut shape = (super::add::ADD.output)(args, incoming)?;
    shape.pop();
    Ok(shape)
}

fn inner_product(cx: &mut Lowering<'_>, a: Value, b: Value) -> Value {
    let both = stretched(cx.graph, &[a, b]);
    let product = cx.graph.mul(both[0], both[1]);
    let last = cx.graph.shape(product).rank() - 1;
    cx.graph.sum(product, &[last])
}

fn mismatch(args: &Args, a: &[usize], b: &[usize], help: &str) -> Complaint {
    let (a, b) = (words::shape(a), words::shape(b));
    let name = args.signature.name;
    Complaint {
        code: Code::WidthMismatch,
        message: match name == COSINE_SIMILARITY.signature.name {
            true => format!("`{name}` cannot compare {a} with {b}"),
            false => format!("`{name}` cannot multiply {a} by {b}"),
        },
        blame: None,
        label: format!("{a} meets {b}"),
        help: help.to_owned(),
    }
}

/// `[leading…, m, k] x [leading…, k, n]`; the leading axes of one side may be missing.
struct Product {
    a_leading: Vec<usize>,
    b_leading: Vec<usize>,
    m: Option<usize>,
    k: usize,
    n: Option<usize>,
}

impl Product {
    fn of(args: &Args, a: &[usize], b: &[usize]) -> Result<Self, Complaint> {
        let (a_leading, m, k) = match a {
            [] => return Err(mismatch(args, a, b, "a single value is multiplied with `*`")),
            [k] => (Vec::new(), None, *k),
            [leading @ .., m, k] => (leading.to_vec(), Some(*m), *k),
        };
        let (b_leading, rows, n) = match b {
            [] => return Err(mismatch(args, a, b, "a single value is multiplied with `*`")),
            [k] => (Vec::new(), *k, None),
            [leading @ .., k, n] => (leading.to_vec(), *k, Some(*n)),
        };
        if k != rows {
            let help = match b {
                [.., last] if *last == k => "exchange the last two axes of the right one with `transpose`".to_owned(),
                [_] => format!("the last axis of the left one, {k}, must be that of the right one, {rows}"),
                _ => format!("the last axis of the left one, {k}, must be the last but one of the right one, {rows}"),
            };
            return Err(mismatch(args, a, b, &help));
        }
        if !(a_leading.is_empty() || b_leading.is_empty() || a_leading == b_leading) {
            return Err(mismatch(args, a, b, "the axes before the last two must be equal"));
        }
        Ok(Self { a_leading, b_leading, m, k, n })
    }

    fn leading(&self) -> &[usize] {
        if self.a_leading.is_empty() { &self.b_leading } else { &self.a_leading }
    }

    fn result(&self) -> Vec<usize> {
        self.leading().iter().copied().chain(self.m).chain(self.n).collect()
    }

    fn lower(&self, g: &mut Graph, a: Value, b: Value) -> Value {
        let (m, k, n) = (self.m.unwrap_or(1), self.k, self.n.unwrap_or(1));
        let (rows_a, rows_b) = (g.shape(a).rows, g.shape(b).rows);
        let rows = rows_a.max(rows_b);
        let result = Shape { rows, dims: self.result() };
        if rows_b == 0 && self.b_leading.is_empty() {
            // One matrix on the right for all rows of the left.
            let count = self.a_leading.iter().product::<usize>() * m;
            let right = g.reshape(b, Shape::fixed([k, n]));
            let left = if rows_a == 0 { Shape::fixed([count, k]) } else { Shape::batched(count, [k]) };
            let left = g.reshape(a, left);
            let product = g.dot(left, false, right, false);
            return g.reshape(product, result);
        }
        if rows_a == 0 && self.a_leading.is_empty() {
            // One matrix on the left for all of the right: (b^T a^T)^T.
            let count: usize = self.b_leading.iter().product();
            let (right, columns, turned) = if rows_b == 0 {
                (Shape::fixed([count, k, n]), Shape::fixed([count * n, k]), Shape::fixed([count, n, m]))
            } else {
                (Shape::batched(count, [k, n]), Shape::batched(count * n, [k]), Shape::batched(count, [n, m]))
            };
            let right = g.reshape(b, right);
            let right = g.permute(right, &[0, 2, 1]);
            let right = g.reshape(right, columns);
            let left = g.reshape(a, Shape::fixed([m, k]));
            let product = g.dot(right, false, left, true);
            let product = g.reshape(product, turned);
            let product = g.permute(product, &[0, 2, 1]);
            return g.reshape(product, result);
        }
        let leading = self.leading().to_vec();
        let count: usize = leading.iter().product();
        let mut matrices = |value: Value, rows_of: usize, [height, width]: [usize; 2]| {
            let own = g.shape(value).clone();
            let matrix = [own.dims[..own.dims.len().saturating_sub(2)].to_vec(), vec![height, width]].concat();
            let value = g.reshape(value, Shape { rows: rows_of, dims: matrix });
            let dims = [&leading[..], &[height, width]].concat();
            let value = stretch(g, value, &Shape { rows, dims });
            let flat =
                if rows == 0 { Shape::fixed([count, height, width]) } else { Shape::batched(count, [height, width]) };
            g.reshape(value, flat)
        };
        let left = matrices(a, rows_a, [m, k]);
        let right = matrices(b, rows_b, [k, n]);
        let product = g.dot(left, false, right, false);
        g.reshape(product, result)
    }
}
