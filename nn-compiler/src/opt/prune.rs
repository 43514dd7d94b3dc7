//! Leaves out what no output depends on. Sources stay: they are what a function is given.

use super::Rewrite;
use crate::ir::{Graph, Value};

pub(super) fn prune(graph: &Graph) -> Graph {
    let mut live = vec![false; graph.nodes.len()];
    for (_, value) in &graph.outputs {
        live[value.index()] = true;
    }
    for value in graph.values().collect::<Vec<_>>().into_iter().rev() {
        if live[value.index()] {
            for operand in graph.op(value).operands() {
                live[operand.index()] = true;
            }
        }
    }
    let mut rewrite = Rewrite::new(graph);
    for value in graph.values() {
        let node = graph.node(value);
        let kept = if live[value.index()] {
            rewrite.to.set_origin_index(node.origin);
            let op = node.op.map(|operand| rewrite.mapped(operand));
            rewrite.to.push(op, node.shape.clone())
        } else {
            Value(u32::MAX)
        };
        rewrite.map.push(kept);
    }
    rewrite.finish()
}
