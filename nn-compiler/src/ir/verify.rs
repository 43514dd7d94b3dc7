//! The invariants of a graph, checked after each pass. A violation is a fault of the pass, never of the text.
//!
//! 1. Every operand stands before its user.
//! 2. Element-wise operands have the shape of the result.
//! 3. A broadcast lists an ascending axis of the result for each axis of its operand, of the same extent.
//! 4. A reshape keeps the number of values, per example and in all; it does not mix batched and fixed.
//! 5. A reduction lists ascending axes of its operand, and its result has the others.
//! 6. A dot multiplies matrices whose inner extents agree.
//! 7. Ids are a vector, tables and rows are matrices.
//! 8. Outputs are values of the graph, each target at most once.

use super::{Graph, Op, Value};
use crate::shape::{Extent, Shape};

/// Panics with the name of the pass and the node if an invariant does not hold.
pub fn verify(graph: &Graph, pass: &str) {
    for value in graph.values() {
        if let Err(reason) = check_node(graph, value) {
            panic!("after {pass}: {value} = {}: {reason}", graph.op(value));
        }
    }
    for (index, (target, value)) in graph.outputs.iter().enumerate() {
        assert!(value.index() < graph.nodes.len(), "after {pass}: {target:?} is no value of the graph");
        let twice = graph.outputs[..index].iter().any(|(earlier, _)| earlier == target);
        assert!(!twice, "after {pass}: {target:?} is yielded twice");
    }
}

fn check_node(graph: &Graph, value: Value) -> Result<(), String> {
    let node = graph.node(value);
    if node.op.operands().iter().any(|operand| *operand >= value) {
        return Err("an operand stands behind it".to_owned());
    }
    let shape = |value: &Value| graph.shape(*value);
    match &node.op {
        Op::Source(_) | Op::Random(..) => Ok(()),
        Op::Tensor(_) => require(!node.shape.is_batched(), "a tensor does not depend on the batch"),
        Op::Constant(_) | Op::BatchSize => require(node.shape.rank() == 0, "it is a single value"),
        Op::Unary(_, x) | Op::Stop(x) => require(*shape(x) == node.shape, "the operand has another shape"),
        Op::Binary(_, a, b) => require(*shape(a) == node.shape && *shape(b) == node.shape, "the shapes differ"),
        Op::Select(condition, a, b) => {
            require([condition, a, b].iter().all(|x| *shape(x) == node.shape), "the shapes differ")
        }
        Op::Broadcast(x, axes) => check_broadcast(shape(x), axes, &node.shape),
        Op::Reshape(x) => require(
            shape(x).len() == node.shape.len() && shape(x).is_batched() == node.shape.is_batched(),
            "the number of values differs",
        ),
        Op::Reduce(_, x, axes) => check_reduce(shape(x), axes, &node.shape),
        Op::Dot { a, transpose_a, b, transpose_b } => check_dot(
            [shape(a).axes(), shape(b).axes(), node.shape.axes()],
            usize::from(*transpose_a),
            usize::from(*transpose_b),
        ),
        Op::Gather { table, ids } => {
            require(shape(ids).rank() == 1 && shape(table).rank() == 2, "ids are a vector, a table is a matrix")
        }
        Op::ScatterAdd { rows, ids } => require(
            shape(ids).rank() == 1 && shape(rows).rank() == 2 && shape(ids).axis(0) == shape(rows).axis(0),
            "there is one id for each row",
        ),
    }
}

fn require(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

fn check_broadcast(from: &Shape, axes: &[usize], to: &Shape) -> Result<(), String> {
    require(
        axes.len() == from.rank() && axes.is_sorted_by(|a, b| a < b),
        "one ascending axis for each of the operand",
    )?;
    let fits = axes.iter().enumerate().all(|(axis, at)| *at < to.rank() && from.axis(axis) == to.axis(*at));
    require(fits, "an extent differs")
}

fn check_reduce(from: &Shape, axes: &[usize], to: &Shape) -> Result<(), String> {
    require(axes.iter().all(|axis| *axis < from.rank()) && axes.is_sorted_by(|a, b| a < b), "axes of the operand")?;
    let kept: Vec<Extent> = (0..from.rank()).filter(|axis| !axes.contains(axis)).map(|axis| from.axis(axis)).collect();
    require(kept == to.axes(), "the result has the other axes")
}

fn check_dot([a, b, c]: [Vec<Extent>; 3], transpose_a: usize, transpose_b: usize) -> Result<(), String> {
    require(a.len() == 2 && b.len() == 2, "the operands are matrices")?;
    require(a[1 - transpose_a] == b[transpose_b], "the inner extents differ")?;
    require(c == [a[transpose_a], b[1 - transpose_b]], "the result has the outer extents")
}
