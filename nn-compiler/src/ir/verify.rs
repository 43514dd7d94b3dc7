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
//! 9. Positions of an index or a deposit lie within the array that they are positions of; the batch stands in front of both.
//! 10. Concatenated values agree on all other axes.
//! 11. Parts of a convolution have the shapes that it states.
//! 12. A scan's operands have the shapes of its body's sources, what it leaves has the shape of what it finds, and its body is
//!     a graph that keeps these rules and reads no tensors.

use super::{Affine, Conv, ConvPart, Graph, Op, Scan, Source, Target, Value, Yielded};
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
        Op::Literal(values) => {
            require(!node.shape.is_batched() && values.len() == node.shape.len(), "there is a number for each place")
        }
        Op::Iota(axis) => {
            let fixed = *axis < node.shape.rank() && matches!(node.shape.axis(*axis), Extent::Fixed(_));
            require(fixed, "it counts an axis behind the batch")
        }
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
        Op::Index(x, at) => check_positions(at, shape(x), &node.shape),
        Op::Deposit(x, at) => check_positions(at, &node.shape, shape(x)),
        Op::Concat(parts, axis) => check_concat(parts.iter().map(shape).collect(), *axis, &node.shape),
        Op::Conv(conv) => check_conv(conv, [shape(&conv.a), shape(&conv.b), &node.shape]),
        Op::Scan(scan) => check_scan(graph, scan),
        Op::Yield(scan, which) => check_yield(graph, *scan, *which, &node.shape),
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
    require(a.len() == b.len() && a.len() == c.len() && [2, 3].contains(&a.len()), "the operands are matrices")?;
    let lead = a.len() - 2;
    require(a[..lead] == b[..lead] && a[..lead] == c[..lead], "the leading extents differ")?;
    require(a[lead + 1 - transpose_a] == b[lead + transpose_b], "the inner extents differ")?;
    require(c[lead..] == [a[lead + transpose_a], b[lead + 1 - transpose_b]], "the result has the outer extents")
}

/// `at` has a position in `array` for each of its axes, in terms of the axes of `counters`.
fn check_positions(at: &[Affine], array: &Shape, counters: &Shape) -> Result<(), String> {
    require(at.len() == array.rank(), "one position for each axis")?;
    require(array.is_batched() == counters.is_batched() && array.rows == counters.rows, "the batch stands in front")?;
    for (axis, position) in at.iter().enumerate() {
        let known = position.terms.iter().all(|(counter, factor)| *counter < counters.rank() && *factor != 0);
        require(known && position.terms.is_sorted_by(|a, b| a.0 < b.0), "counters in order")?;
        let batch = |counter: usize| counters.is_batched() && counter == 0;
        match array.axis(axis) {
            Extent::Rows(_) => require(position.as_counter() == Some(0), "the batch is read as it is")?,
            Extent::Fixed(n) => {
                require(!position.terms.iter().any(|(counter, _)| batch(*counter)), "the batch is no position")?;
                let extent = |counter: usize| match counters.axis(counter) {
                    Extent::Fixed(n) => n,
                    Extent::Rows(_) => 0,
                };
                let (low, high) = position.bounds(extent);
                require(low >= 0 && high < n as isize, "a position lies outside")?;
            }
        }
    }
    Ok(())
}

fn check_concat(parts: Vec<&Shape>, axis: usize, whole: &Shape) -> Result<(), String> {
    require(!parts.is_empty() && axis < whole.rank(), "there are parts, and an axis")?;
    let mut total = 0;
    for part in parts {
        require(part.rank() == whole.rank(), "a part has other axes")?;
        for at in 0..whole.rank() {
            match (at == axis, part.axis(at)) {
                (true, Extent::Fixed(n)) => total += n,
                (true, Extent::Rows(_)) => return Err("batches are not joined".to_owned()),
                (false, extent) => require(extent == whole.axis(at), "the other axes differ")?,
            }
        }
    }
    require(whole.axis(axis) == Extent::Fixed(total), "the parts do not add up")
}

fn check_conv(conv: &Conv, [a, b, result]: [&Shape; 3]) -> Result<(), String> {
    let rows = a.rows.max(b.rows);
    let shape = |part| conv.meeting.shape(part, rows);
    let (first, second) = match conv.yields {
        ConvPart::Input => (ConvPart::Kernel, ConvPart::Output),
        ConvPart::Kernel => (ConvPart::Input, ConvPart::Output),
        ConvPart::Output => (ConvPart::Input, ConvPart::Kernel),
    };
    let fits = *a == shape(first) && *b == shape(second) && *result == shape(conv.yields);
    require(fits && rows > 0, "a part has another shape")?;
    let divides = |n: usize| n.is_multiple_of(conv.meeting.groups);
    require(divides(conv.meeting.channels) && divides(conv.meeting.filters), "groups divide the channels")
}

fn check_scan(graph: &Graph, scan: &Scan) -> Result<(), String> {
    verify(&scan.body, "the making of a scan");
    for value in scan.body.values() {
        let shape = scan.body.shape(value);
        match scan.body.op(value) {
            Op::Source(Source::Element(number)) => {
                let (sequence, axis) = scan.sequences.get(*number).ok_or("there is no such sequence")?;
                let mut extents = graph.shape(*sequence).axes();
                require(*axis < extents.len(), "a sequence lacks its axis")?;
                require(extents.remove(*axis) == Extent::Fixed(scan.steps), "a sequence has another length")?;
                require(shape.axes() == extents, "an element has another shape")?;
            }
            Op::Source(Source::Carried(number)) => {
                let initial = scan.initial.get(*number).ok_or("nothing is carried under this number")?;
                require(graph.shape(*initial) == shape, "what is carried has another shape")?;
            }
            Op::Source(Source::Outer(number)) => {
                let outer = scan.outer.get(*number).ok_or("there is no such value")?;
                require(graph.shape(*outer) == shape, "an outer value has another shape")?;
            }
            Op::Source(_) | Op::Tensor(_) => return Err("a body reads only what its scan gives it".to_owned()),
            _ => {}
        }
    }
    for (number, initial) in scan.initial.iter().enumerate() {
        let next = scan.body.output(Target::Next(number)).ok_or("something carried has no next value")?;
        require(scan.body.shape(next) == graph.shape(*initial), "what is left has another shape")?;
    }
    Ok(())
}

fn check_yield(graph: &Graph, scan: Value, which: Yielded, shape: &Shape) -> Result<(), String> {
    let Op::Scan(scan) = graph.op(scan) else { return Err("it reads no scan".to_owned()) };
    match which {
        Yielded::Emitted(number) => {
            require(scan.body.output(Target::Emit(number)).is_some(), "the body does not emit it")?;
            require(scan.emitted_shape(number) == *shape, "the shape differs")
        }
        Yielded::Left(number) => {
            let initial = scan.initial.get(number).ok_or("nothing is carried under this number")?;
            require(graph.shape(*initial) == shape, "the shape differs")
        }
    }
}
