//! The adjoint of a loop: a loop in the other order, over what the first has kept for it.

use super::differentiate;
use crate::ir::{Graph, Op, Scan, Source, Target, Value, Yielded, stacking_axis};

/// The contributions of the adjoints of what a scan yields to the adjoints of its operands.
pub(super) fn pullback(
    g: &mut Graph,
    value: Value,
    yielded: &[(Yielded, Value)],
    needed: &[bool],
) -> Vec<(Value, Value)> {
    let scan = g.as_scan(value).clone();
    let wanted = Wanted::of(&scan, needed);
    let step = Step::of(&scan, yielded, &wanted);

    // What the backward step reads of the forward one travels as sequences.
    let Op::Scan(known) = &mut g.nodes[value.index()].op else { unreachable!("it is a scan") };
    known.body = step.forward;
    let kept: Vec<Value> = step.kept.iter().map(|kept| keep(g, value, *kept)).collect();
    let mut sequences: Vec<(Value, usize)> = Vec::new();
    for element in &step.elements {
        sequences.push(match element {
            Element::Sequence(number) => scan.sequences[*number],
            Element::Kept(number) => (kept[*number], stacking_axis(g.as_scan(value).body.shape(step.kept[*number]))),
            Element::Adjoint(number) => {
                let adjoint =
                    adjoint_of(yielded, Yielded::Emitted(*number)).expect("only adjoints that exist are read");
                let emitted = scan.body.output(Target::Emit(*number)).expect("the body emits it");
                (adjoint, stacking_axis(scan.body.shape(emitted)))
            }
        });
    }
    let mut initial: Vec<Value> = Vec::new();
    for (number, start) in scan.initial.iter().enumerate() {
        let adjoint = adjoint_of(yielded, Yielded::Left(number));
        initial.push(adjoint.unwrap_or_else(|| g.constant_like(0.0, *start)));
    }
    for number in &wanted.outer {
        initial.push(g.constant_like(0.0, scan.outer[*number]));
    }
    let outer = step.outer.iter().map(|number| scan.outer[*number]).collect();
    let (steps, reverse) = (scan.steps, !scan.reverse);
    let back = Back::new(g, Scan { steps, recompute: false, reverse, sequences, initial, outer, body: step.body });

    let mut parts = Vec::new();
    for (number, start) in scan.initial.iter().enumerate().filter(|(_, start)| needed[start.index()]) {
        parts.push((*start, back.left(g, number)));
    }
    for (at, number) in wanted.outer.iter().enumerate() {
        parts.push((scan.outer[*number], back.left(g, scan.initial.len() + at)));
    }
    for (at, number) in wanted.sequences.iter().enumerate() {
        let (sequence, axis) = scan.sequences[*number];
        let emitted = back.emitted(g, at);
        parts.push((sequence, moved(g, emitted, axis)));
    }
    parts
}

/// The backward loop. Of a single step, it is no loop: what would be carried and stacked is there at once.
enum Back {
    Loop(Value),
    Step { body: Graph, copies: Vec<Value> },
}

impl Back {
    fn new(g: &mut Graph, scan: Scan) -> Self {
        if scan.steps > 1 {
            return Self::Loop(g.scan(scan));
        }
        let mut copies: Vec<Value> = Vec::new();
        for value in scan.body.values() {
            let copy = match scan.body.op(value) {
                Op::Source(Source::Element(number)) => {
                    let (sequence, axis) = scan.sequences[*number];
                    g.entry(sequence, axis, 0)
                }
                Op::Source(Source::Carried(number)) => scan.initial[*number],
                Op::Source(Source::Outer(number)) => scan.outer[*number],
                op => {
                    let op = op.map(|operand| copies[operand.index()]);
                    g.push(op, scan.body.shape(value).clone())
                }
            };
            copies.push(copy);
        }
        Self::Step { body: scan.body, copies }
    }

    fn left(&self, g: &mut Graph, number: usize) -> Value {
        match self {
            Self::Loop(scan) => g.left(*scan, number),
            Self::Step { body, copies } => copies[result(body, Target::Next(number)).index()],
        }
    }

    fn emitted(&self, g: &mut Graph, number: usize) -> Value {
        match self {
            Self::Loop(scan) => g.emitted(*scan, number),
            Self::Step { body, copies } => {
                let value = copies[result(body, Target::Emit(number)).index()];
                let mut shape = g.shape(value).clone();
                shape.dims.insert(0, 1);
                g.reshape(value, shape)
            }
        }
    }
}

fn result(body: &Graph, target: Target) -> Value {
    body.output(target).expect("the backward loop yields it")
}

fn adjoint_of(yielded: &[(Yielded, Value)], which: Yielded) -> Option<Value> {
    yielded.iter().find(|(known, _)| *known == which).map(|(_, adjoint)| *adjoint)
}

/// A stacked value with its stacking axis moved to where the sequence has it.
fn moved(g: &mut Graph, stacked: Value, axis: usize) -> Value {
    let from = usize::from(g.shape(stacked).is_batched());
    if from == axis {
        return stacked;
    }
    let mut order: Vec<usize> = (0..g.shape(stacked).rank()).filter(|at| *at != from).collect();
    order.insert(axis, from);
    g.permute(stacked, &order)
}

/// Lets the forward loop emit a value of its body as well; the sequence of all of them.
fn keep(g: &mut Graph, scan: Value, kept: Value) -> Value {
    let Op::Scan(forward) = &mut g.nodes[scan.index()].op else { unreachable!("it is a scan") };
    let mut emits = 0;
    let mut known = None;
    for (target, value) in &forward.body.outputs {
        if let Target::Emit(number) = target {
            emits += 1;
            known = known.or((*value == kept).then_some(*number));
        }
    }
    let number = known.unwrap_or(emits);
    if known.is_none() {
        forward.body.yields(Target::Emit(number), kept);
    }
    g.emitted(scan, number)
}

/// The operands of a scan that its body reads and whose adjoints are wanted, by number.
struct Wanted {
    sequences: Vec<usize>,
    outer: Vec<usize>,
}

impl Wanted {
    fn of(scan: &Scan, needed: &[bool]) -> Self {
        let numbers = |values: Vec<Value>, source: fn(usize) -> Source| {
            let wanted =
                |(number, value): &(usize, Value)| needed[value.index()] && find(&scan.body, source(*number)).is_some();
            values.into_iter().enumerate().filter(wanted).map(|(number, _)| number).collect()
        };
        Self {
            sequences: numbers(scan.sequences.iter().map(|(value, _)| *value).collect(), Source::Element),
            outer: numbers(scan.outer.clone(), Source::Outer),
        }
    }
}

/// The node that reads a source.
fn find(body: &Graph, source: Source) -> Option<Value> {
    body.values().find(|value| *body.op(*value) == Op::Source(source))
}

/// Where an element of the backward loop comes from.
#[derive(Clone, Copy, PartialEq)]
enum Element {
    /// A sequence of the forward loop.
    Sequence(usize),
    /// A value of the forward body that it emits for this: which of [`Step::kept`].
    Kept(usize),
    /// The adjoint of what the forward loop emits.
    Adjoint(usize),
}

/// The body of the backward loop in the making.
struct Step {
    body: Graph,
    elements: Vec<Element>,
    /// The forward body, in which loops may have come to emit more.
    forward: Graph,
    /// Values of the forward body.
    kept: Vec<Value>,
    /// Outer values of the forward loop.
    outer: Vec<usize>,
    /// How many values the forward loop carries.
    carried: usize,
    /// Whether forward values are computed again, whatever that costs.
    recompute: bool,
}

impl Step {
    /// The adjoint of one step. It carries the adjoints of what the forward loop carries, then those of the wanted outer values,
    /// and emits those of the wanted sequences.
    fn of(scan: &Scan, yielded: &[(Yielded, Value)], wanted: &Wanted) -> Self {
        let carried = scan.initial.len();
        let mut both = scan.body.clone();
        let forward = both.nodes.len();
        let mut seeds = Vec::new();
        for (target, value) in &scan.body.outputs {
            let seed = match *target {
                Target::Next(number) => number,
                Target::Emit(number) if adjoint_of(yielded, Yielded::Emitted(number)).is_some() => carried + number,
                _ => continue,
            };
            let shape = both.shape(*value).clone();
            seeds.push((*value, both.source(Source::Seed(seed), shape)));
        }
        let roots = (0..carried).map(Source::Carried).chain(wanted.outer.iter().copied().map(Source::Outer));
        let roots: Vec<Source> = roots.chain(wanted.sequences.iter().copied().map(Source::Element)).collect();
        let read: Vec<Option<Value>> = roots.iter().map(|source| find(&both, *source)).collect();
        let wrt: Vec<Value> = read.iter().copied().flatten().collect();
        let adjoints = differentiate(&mut both, &seeds, &wrt);

        let body = Graph::default();
        let mut known = scan.body.clone();
        known.nodes.clone_from_slice(&both.nodes[..forward]);
        let mut step = Self {
            body,
            elements: Vec::new(),
            forward: known,
            kept: Vec::new(),
            outer: Vec::new(),
            carried,
            recompute: scan.recompute,
        };
        let copies = step.copy(&both, forward, &adjoints);
        let mut copies = copies.into_iter();
        for (at, (root, value)) in roots.iter().zip(&read).enumerate() {
            let part = value.and_then(|_| copies.next());
            let result = match (root, part) {
                // The adjoint of an outer value is the sum over the steps.
                (Source::Outer(_), Some(part)) => {
                    let shape = step.body.shape(part).clone();
                    let sum = step.body.source(Source::Carried(at), shape);
                    step.body.add(sum, part)
                }
                (_, Some(part)) => part,
                (_, None) => {
                    let next = scan.body.output(Target::Next(at)).expect("only what is carried may be unread");
                    let zero = step.body.constant(0.0);
                    step.body.broadcast(zero, scan.body.shape(next).clone(), &[])
                }
            };
            let behind = carried + wanted.outer.len();
            step.body.yields(if at < behind { Target::Next(at) } else { Target::Emit(at - behind) }, result);
        }
        step
    }

    /// Copies what the wanted values depend on: the adjoint nodes, and of the forward ones those that are cheap. Other forward
    /// values become elements.
    fn copy(&mut self, both: &Graph, forward: usize, wanted: &[Value]) -> Vec<Value> {
        let mut marked = vec![false; both.nodes.len()];
        wanted.iter().for_each(|value| marked[value.index()] = true);
        for index in (0..both.nodes.len()).rev() {
            if marked[index] && self.is_copied(both, forward, Value(index as u32)) {
                both.nodes[index].op.operands().iter().for_each(|operand| marked[operand.index()] = true);
            }
        }
        self.body.origins.clone_from(&both.origins);
        let mut copies: Vec<Option<Value>> = vec![None; both.nodes.len()];
        for value in both.values().filter(|value| marked[value.index()]) {
            let node = both.node(value);
            self.body.set_origin_index(node.origin);
            let copy = match &node.op {
                Op::Source(Source::Seed(number)) if *number < self.carried => Source::Carried(*number),
                Op::Source(Source::Seed(number)) => self.element(Element::Adjoint(number - self.carried)),
                Op::Source(Source::Element(number)) => self.element(Element::Sequence(*number)),
                Op::Source(Source::Outer(number)) => {
                    self.outer.push(*number);
                    Source::Outer(self.outer.len() - 1)
                }
                op if self.is_copied(both, forward, value) => {
                    let op = op.map(|operand| copies[operand.index()].expect("operands are copied first"));
                    copies[value.index()] = Some(self.body.push(op, node.shape.clone()));
                    continue;
                }
                op => {
                    // What an inner loop has come to emit belongs to the forward body too.
                    let known = value.index() < forward;
                    self.kept.push(if known { value } else { self.forward.push(op.clone(), node.shape.clone()) });
                    self.element(Element::Kept(self.kept.len() - 1))
                }
            };
            copies[value.index()] = Some(self.body.source(copy, node.shape.clone()));
        }
        wanted.iter().map(|value| copies[value.index()].expect("it is marked")).collect()
    }

    fn element(&mut self, element: Element) -> Source {
        self.elements.push(element);
        Source::Element(self.elements.len() - 1)
    }

    /// Whether a value is computed in the backward loop: it belongs there, or it is a forward value that is cheap.
    fn is_copied(&self, both: &Graph, forward: usize, value: Value) -> bool {
        match both.op(value) {
            Op::Source(_) => false,
            _ if self.recompute => true,
            Op::Yield(scan, _) => scan.index() >= forward,
            op => value.index() >= forward || op.is_cheap(),
        }
    }
}
