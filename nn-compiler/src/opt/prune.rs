//! Leaves out what no output depends on, in the bodies of loops as well. Sources stay: they are what a function is given.

use std::collections::BTreeSet;

use super::Rewrite;
use crate::ir::{Graph, Op, Scan, Source, Target, Value, Yielded};

pub(super) fn prune(graph: &Graph) -> Graph {
    let mut live = vec![false; graph.nodes.len()];
    for (_, value) in &graph.outputs {
        live[value.index()] = true;
    }
    let mut slim: Vec<Option<Slim>> = vec![None; graph.nodes.len()];
    for index in (0..graph.nodes.len()).rev().filter(|index| matches!(graph.nodes[*index].op, Op::Scan(_))) {
        // Loops are visited from the last to the first, each when all that reads it is known.
        mark(graph, &mut live, index + 1);
        let Op::Scan(scan) = &graph.nodes[index].op else { continue };
        let read = graph.values().filter(|value| live[value.index()]).filter_map(|value| match graph.op(value) {
            Op::Yield(from, which) if from.index() == index => Some(*which),
            _ => None,
        });
        let loop_ = Slim::of(scan, &read.collect());
        if live[index] {
            loop_.scan.operands().iter().for_each(|operand| live[operand.index()] = true);
        }
        slim[index] = Some(loop_);
    }
    mark(graph, &mut live, 0);
    let mut rewrite = Rewrite::new(graph);
    for value in graph.values() {
        let node = graph.node(value);
        let kept = if live[value.index()] {
            rewrite.to.set_origin_index(node.origin);
            let op = match (&node.op, &slim[value.index()]) {
                (_, Some(slim)) => Op::Scan(Box::new(slim.scan.map(|operand| rewrite.mapped(operand)))),
                (Op::Yield(scan, which), _) => {
                    let slim = slim[scan.index()].as_ref().expect("every loop has been visited");
                    Op::Yield(rewrite.mapped(*scan), slim.renumbered(*which))
                }
                (op, None) => op.map(|operand| rewrite.mapped(operand)),
            };
            rewrite.to.push(op, node.shape.clone())
        } else {
            Value(u32::MAX)
        };
        rewrite.map.push(kept);
    }
    rewrite.finish()
}

/// Marks what live values from `first` on read. The operands of loops are marked by their own rule.
fn mark(graph: &Graph, live: &mut [bool], first: usize) {
    for index in (first..graph.nodes.len()).rev().filter(|index| !matches!(graph.nodes[*index].op, Op::Scan(_))) {
        if live[index] {
            graph.nodes[index].op.operands().iter().for_each(|operand| live[operand.index()] = true);
        }
    }
}

/// A loop without what nobody reads, and the old numbers of what is left.
#[derive(Clone)]
struct Slim {
    scan: Scan,
    emitted: Vec<usize>,
    carried: Vec<usize>,
}

impl Slim {
    fn of(scan: &Scan, read: &BTreeSet<Yielded>) -> Self {
        let emitted: Vec<usize> = read
            .iter()
            .filter_map(|which| if let Yielded::Emitted(number) = which { Some(*number) } else { None })
            .collect();
        // What is carried matters if it is left to somebody, or if something that matters reads it.
        let mut carried: BTreeSet<usize> = read
            .iter()
            .filter_map(|which| if let Yielded::Left(number) = which { Some(*number) } else { None })
            .collect();
        let mut body;
        loop {
            body = scan.body.clone();
            body.outputs.retain(|(target, _)| match target {
                Target::Next(number) => carried.contains(number),
                Target::Emit(number) => emitted.contains(number),
                _ => true,
            });
            body = prune(&body);
            let before = carried.len();
            carried.extend(body.values().filter_map(|value| match body.op(value) {
                Op::Source(Source::Carried(number)) => Some(*number),
                _ => None,
            }));
            if carried.len() == before {
                break;
            }
        }
        let carried: Vec<usize> = carried.into_iter().collect();
        let numbers = |source: fn(&Source) -> Option<usize>| -> Vec<usize> {
            let read =
                body.nodes.iter().filter_map(|node| if let Op::Source(from) = &node.op { source(from) } else { None });
            read.collect::<BTreeSet<usize>>().into_iter().collect()
        };
        let elements = numbers(|source| if let Source::Element(number) = source { Some(*number) } else { None });
        let outer = numbers(|source| if let Source::Outer(number) = source { Some(*number) } else { None });
        for node in &mut body.nodes {
            if let Op::Source(source) = &mut node.op {
                *source = match *source {
                    Source::Element(number) => Source::Element(position(&elements, number)),
                    Source::Carried(number) => Source::Carried(position(&carried, number)),
                    Source::Outer(number) => Source::Outer(position(&outer, number)),
                    other => other,
                };
            }
        }
        for (target, _) in &mut body.outputs {
            *target = match *target {
                Target::Next(number) => Target::Next(position(&carried, number)),
                Target::Emit(number) => Target::Emit(position(&emitted, number)),
                other => other,
            };
        }
        let scan = Scan {
            steps: scan.steps,
            recompute: scan.recompute,
            reverse: scan.reverse,
            sequences: elements.iter().map(|number| scan.sequences[*number]).collect(),
            initial: carried.iter().map(|number| scan.initial[*number]).collect(),
            outer: outer.iter().map(|number| scan.outer[*number]).collect(),
            body,
        };
        Self { scan, emitted, carried }
    }

    fn renumbered(&self, which: Yielded) -> Yielded {
        match which {
            Yielded::Emitted(number) => Yielded::Emitted(position(&self.emitted, number)),
            Yielded::Left(number) => Yielded::Left(position(&self.carried, number)),
        }
    }
}

fn position(numbers: &[usize], number: usize) -> usize {
    numbers.iter().position(|known| *known == number).expect("what is read is kept")
}
