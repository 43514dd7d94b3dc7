//! Rewrites by the laws of arithmetic that hold exactly, for NaN and infinity too: `x * 0` stays, `x * 1` goes.

use super::{Rewrite, within};
use crate::ir::{Affine, Binary, Graph, Op, Unary, Value, identity};
use crate::shape::{Extent, Shape};

pub(super) fn simplify(graph: &Graph) -> Graph {
    let mut rewrite = Rewrite::new(graph);
    for value in graph.values() {
        let node = graph.node(value);
        rewrite.to.set_origin_index(node.origin);
        let op = within(node.op.map(|operand| rewrite.mapped(operand)), simplify);
        let simple = simpler(&mut rewrite.to, &op, &node.shape);
        let simple = simple.unwrap_or_else(|| rewrite.to.push(op, node.shape.clone()));
        rewrite.map.push(simple);
    }
    rewrite.finish()
}

/// A value that is the same, if there is a simpler one.
fn simpler(g: &mut Graph, op: &Op, shape: &Shape) -> Option<Value> {
    match *op {
        Op::Stop(x) => Some(x),
        Op::Unary(Unary::Neg, x) => match *g.op(x) {
            Op::Unary(Unary::Neg, inner) => Some(inner),
            _ => constant(g, x).map(|c| filled(g, -c, shape)),
        },
        Op::Unary(..) | Op::Select(..) => None,
        Op::Binary(op, a, b) => binary(g, op, a, b, shape),
        Op::Broadcast(x, ref axes) => match g.op(x).clone() {
            _ if g.shape(x) == shape => Some(x),
            Op::Broadcast(inner, inner_axes) => {
                let axes: Vec<usize> = inner_axes.iter().map(|axis| axes[*axis]).collect();
                Some(g.broadcast(inner, shape.clone(), &axes))
            }
            Op::Index(inner, at) if at.iter().all(|position| position.as_counter().is_some()) => {
                // Axes in another order or left out, then repeated: one reading, as an index.
                let places: Vec<Affine> = axes.iter().map(|axis| Affine::counter(*axis)).collect();
                let at = at.iter().map(|position| position.through(&places)).collect();
                (g.shape(inner).is_batched() == shape.is_batched()).then(|| g.index(inner, at, shape.clone()))
            }
            _ => None,
        },
        Op::Index(x, ref at) => index(g, x, at, shape),
        Op::Deposit(x, ref at) => (g.shape(x) == shape && *at == identity(shape.rank())).then_some(x),
        Op::Concat(ref parts, _) => (parts.len() == 1).then(|| parts[0]),
        Op::Reshape(x) => match g.op(x).clone() {
            _ if g.shape(x) == shape => Some(x),
            Op::Reshape(inner) if g.shape(inner) == shape => Some(inner),
            Op::Reshape(inner) => Some(g.reshape(inner, shape.clone())),
            _ => constant(g, x).map(|c| filled(g, c, shape)),
        },
        Op::Reduce(_, x, ref axes) => axes.is_empty().then_some(x),
        Op::Source(_)
        | Op::Tensor(_)
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Iota(_)
        | Op::Conv(_)
        | Op::Scan(_)
        | Op::Yield(..)
        | Op::BatchSize
        | Op::Random(..)
        | Op::Dot { .. }
        | Op::Gather { .. }
        | Op::ScatterAdd { .. } => None,
    }
}

/// An index of an index, of repeated values or of one number as one reading.
fn index(g: &mut Graph, x: Value, at: &[Affine], shape: &Shape) -> Option<Value> {
    if g.shape(x) == shape && *at == identity(shape.rank()) {
        return Some(x);
    }
    match g.op(x).clone() {
        Op::Index(inner, inside) => {
            let at = inside.iter().map(|position| position.through(at)).collect();
            Some(g.index(inner, at, shape.clone()))
        }
        Op::Broadcast(inner, axes) if g.shape(inner).is_batched() == shape.is_batched() => {
            let at = axes.iter().map(|axis| at[*axis].clone()).collect();
            Some(g.index(inner, at, shape.clone()))
        }
        _ => constant(g, x).map(|c| filled(g, c, shape)),
    }
}

/// The number that a value consists of.
fn constant(g: &Graph, x: Value) -> Option<f64> {
    match *g.op(x) {
        Op::Constant(c) => Some(c),
        Op::Broadcast(inner, _) => constant(g, inner),
        _ => None,
    }
}

fn filled(g: &mut Graph, x: f64, shape: &Shape) -> Value {
    let x = g.constant(x);
    if shape.rank() == 0 { x } else { g.broadcast(x, shape.clone(), &[]) }
}

fn binary(g: &mut Graph, op: Binary, a: Value, b: Value, shape: &Shape) -> Option<Value> {
    match (op, constant(g, a), constant(g, b)) {
        (Binary::Add, Some(x), Some(y)) => Some(filled(g, x + y, shape)),
        (Binary::Sub, Some(x), Some(y)) => Some(filled(g, x - y, shape)),
        (Binary::Mul, Some(x), Some(y)) => Some(filled(g, x * y, shape)),
        (Binary::Mul | Binary::Div, _, Some(1.0)) | (Binary::Add | Binary::Sub, _, Some(0.0)) => Some(a),
        (Binary::Mul, Some(1.0), _) | (Binary::Add, Some(0.0), _) => Some(b),
        (Binary::Mul | Binary::Div, _, Some(-1.0)) => Some(g.neg(a)),
        (Binary::Add, _, _) => match *g.op(b) {
            Op::Unary(Unary::Neg, inner) => Some(g.sub(a, inner)),
            Op::Deposit(..) => joined(g, a, b, shape),
            _ => None,
        },
        (Binary::Sub, _, _) => match *g.op(b) {
            Op::Unary(Unary::Neg, inner) => Some(g.add(a, inner)),
            _ => None,
        },
        _ => None,
    }
}

/// A sum of pieces amid zeros that lie side by side, and nowhere else, as one value of these pieces.
fn joined(g: &mut Graph, a: Value, b: Value, shape: &Shape) -> Option<Value> {
    let mut pieces = vec![piece(g, b)?];
    let mut rest = a;
    while let Op::Binary(Binary::Add, first, last) = *g.op(rest) {
        pieces.push(piece(g, last)?);
        rest = first;
    }
    pieces.push(piece(g, rest)?);
    let axis = pieces[0].axis;
    pieces.sort_by_key(|piece| piece.start);
    let mut end = 0;
    for piece in &pieces {
        if piece.axis != axis || piece.start != end {
            return None;
        }
        end += piece.count;
    }
    let parts: Vec<Value> = pieces.iter().map(|piece| piece.value).collect();
    (shape.axis(axis) == Extent::Fixed(end)).then(|| g.concat(&parts, axis))
}

/// A value amid zeros along one axis.
struct Piece {
    value: Value,
    axis: usize,
    start: usize,
    count: usize,
}

fn piece(g: &Graph, deposit: Value) -> Option<Piece> {
    let Op::Deposit(value, at) = g.op(deposit) else { return None };
    let (inner, outer) = (g.shape(*value), g.shape(deposit));
    if inner.rank() != outer.rank() {
        return None;
    }
    let mut moved =
        (0..at.len()).filter(|axis| at[*axis] != Affine::counter(*axis) || inner.axis(*axis) != outer.axis(*axis));
    let axis = moved.next()?;
    let Extent::Fixed(count) = inner.axis(axis) else { return None };
    let slides = at[axis].terms == Affine::counter(axis).terms;
    (moved.next().is_none() && slides).then_some(Piece { value: *value, axis, start: at[axis].offset, count })
}
