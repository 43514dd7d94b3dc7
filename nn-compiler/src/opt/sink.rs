//! Deposits that only put values elsewhere, each place once, sink below what is computed element by element: then one loop computes
//! all of it and writes each result to its place. The gradient of pooling is full of these.

use super::{Rewrite, within};
use crate::ir::{Graph, Op, Value};
use crate::shape::Shape;

pub(super) fn sink(graph: &Graph) -> Graph {
    let mut uses = vec![0_usize; graph.nodes.len()];
    let operands = graph.nodes.iter().flat_map(|node| node.op.operands());
    operands.chain(graph.outputs.iter().map(|(_, value)| *value)).for_each(|value| uses[value.index()] += 1);
    let mut rewrite = Rewrite::new(graph);
    for value in graph.values() {
        let node = graph.node(value);
        rewrite.to.set_origin_index(node.origin);
        let op = within(node.op.map(|operand| rewrite.mapped(operand)), sink);
        // What others read as well is in memory anyway.
        let own = node.op.operands().into_iter().filter(|operand| uses[operand.index()] == 1);
        let own: Vec<Value> = own.map(|operand| rewrite.mapped(operand)).collect();
        let sunk = below(&mut rewrite.to, &op, &node.shape, &own);
        let sunk = sunk.unwrap_or_else(|| rewrite.to.push(op, node.shape.clone()));
        rewrite.map.push(sunk);
    }
    rewrite.finish()
}

/// The same value as a deposit behind the operation, if one of its `own` operands is a deposit that can sink.
fn below(g: &mut Graph, op: &Op, shape: &Shape, own: &[Value]) -> Option<Value> {
    let tiling = |g: &Graph, x: Value| {
        let (inner, at) = g.tiling(x).filter(|_| own.contains(&x))?;
        Some((inner, at.to_vec()))
    };
    match op {
        Op::Deposit(x, outside) => {
            let (inner, inside) = tiling(g, *x)?;
            let at = outside.iter().map(|position| position.through(&inside)).collect();
            Some(g.deposit(inner, at, shape.clone()))
        }
        Op::Unary(..) | Op::Binary(..) | Op::Select(..) => {
            let (inner, at) = op.operands().into_iter().find_map(|x| tiling(g, x))?;
            let before = g.shape(inner).clone();
            let op = op.map(|x| match g.op(x) {
                Op::Deposit(other, same) if *same == at && *g.shape(*other) == before => *other,
                _ => g.index(x, at.clone(), before.clone()),
            });
            let computed = g.push(op, before);
            Some(g.deposit(computed, at, shape.clone()))
        }
        _ => None,
    }
}
