//! Computes equal things once. Random values of one stream are equal, so they are shared as well.

use std::collections::BTreeMap;

use super::{Rewrite, within};
use crate::ir::{Graph, Value};

pub(super) fn share(graph: &Graph) -> Graph {
    // The text of an operation with its operands and shape is its identity: graphs are small, and a float has no order.
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    let mut rewrite = Rewrite::new(graph);
    for value in graph.values() {
        let node = graph.node(value);
        let op = within(node.op.map(|operand| rewrite.mapped(operand)), share);
        let identity = format!("{op:?} {}", node.shape);
        let shared = *known.entry(identity).or_insert_with(|| {
            rewrite.to.set_origin_index(node.origin);
            rewrite.to.push(op, node.shape.clone())
        });
        rewrite.map.push(shared);
    }
    rewrite.finish()
}
