//! Passes over a graph that leave what it computes unchanged: simplify, sink, share, hoist, factor, prune. Each result is verified.

mod factor;
mod hoist;
mod prune;
mod share;
mod simplify;
mod sink;

use crate::ir::{Graph, Op, Scan, Value, verify};
use crate::lower::Graphs;

/// A pass, and its name in a verifier's message.
type Pass = (&'static str, fn(&Graph) -> Graph);

/// The passes in their order.
pub const PASSES: [Pass; 9] = [
    ("simplify", simplify::simplify),
    ("sink", sink::sink),
    // What has sunk has left readings of readings behind.
    ("simplify", simplify::simplify),
    ("share", share::share),
    ("hoist", hoist::hoist),
    ("factor", factor::factor),
    // What has left a sum, or a loop, reads what others read.
    ("simplify", simplify::simplify),
    ("share", share::share),
    ("prune", prune::prune),
];

/// Runs all passes over all graphs.
#[must_use]
pub fn optimize(graphs: Graphs) -> Graphs {
    let run = |graph: Graph| {
        PASSES.iter().fold(graph, |graph, (name, pass)| {
            let better = pass(&graph);
            verify(&better, name);
            better
        })
    };
    Graphs {
        predict: run(graphs.predict),
        train: run(graphs.train),
        head: run(graphs.head),
        head_gradient: run(graphs.head_gradient),
        entries: graphs.entries.into_iter().map(run).collect(),
        objective: graphs.objective.map(|[figures, gradient]| [run(figures), run(gradient)]),
    }
}

/// The same operation; if it is a loop, with its body changed by a pass.
fn within(op: Op, pass: fn(&Graph) -> Graph) -> Op {
    match op {
        Op::Scan(scan) => {
            let body = pass(&scan.body);
            Op::Scan(Box::new(Scan { body, ..*scan }))
        }
        op => op,
    }
}

/// A graph written anew, node by node, from another.
struct Rewrite<'a> {
    from: &'a Graph,
    to: Graph,
    /// For each node of `from`, what stands for it in `to`.
    map: Vec<Value>,
}

impl<'a> Rewrite<'a> {
    fn new(from: &'a Graph) -> Self {
        let mut to = Graph::default();
        to.origins.clone_from(&from.origins);
        Self { from, to, map: Vec::with_capacity(from.nodes.len()) }
    }

    /// What stands for a node of `from`.
    fn mapped(&self, value: Value) -> Value {
        self.map[value.index()]
    }

    /// The outputs of `from`, in terms of `to`.
    fn finish(mut self) -> Graph {
        self.to.outputs = self.from.outputs.iter().map(|(target, value)| (*target, self.mapped(*value))).collect();
        self.to
    }
}
