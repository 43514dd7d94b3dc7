//! Which values are kept in memory. All others are computed inside the loops that use them, again in each.

use std::collections::BTreeSet;

use crate::ir::{Binary, Graph, Op, Source, Target, Unary, Value};

/// The most values in memory that an expression reads if several loops use it: a sum over all blocks of a deep network is
/// cut into pieces, or each of its readers would add up all blocks before it.
const MOST_READ: usize = 12;

/// For each value, whether one of the chosen outputs depends on it.
pub(super) fn needed(graph: &Graph, chosen: impl Fn(Target) -> bool) -> Vec<bool> {
    let mut needed = vec![false; graph.nodes.len()];
    for (target, value) in &graph.outputs {
        needed[value.index()] |= chosen(*target);
    }
    for index in (0..graph.nodes.len()).rev() {
        if needed[index] {
            for operand in graph.op(Value(index as u32)).operands() {
                needed[operand.index()] = true;
            }
        }
    }
    needed
}

/// What a value is for the planner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// It is in memory already: a source or a tensor.
    Outside,
    /// It is another view of its operand.
    View,
    /// A kernel computes it and memory keeps it.
    Kept,
    /// The loops that use it compute it.
    Inlined,
}

/// Decides for each value. `in_one_piece` says whether what a body reads of its loop lies in one piece.
///
/// A value is kept if it is no element-wise function, if something that is no loop reads it, or if it is costly and more than
/// one loop uses it. Everything cheap is computed again where it is used, also in the backward half: that is faster than to
/// store it and to load it again, and it needs no memory.
///
/// Nor is an expression inlined that has grown long.
pub(super) fn keepings(graph: &Graph, in_one_piece: &dyn Fn(Source) -> bool) -> Vec<Keeping> {
    let users = users(graph);
    let (keepings, roots) = decide(graph, in_one_piece, &users, &vec![false; graph.nodes.len()]);
    let long = long(graph, &keepings, &roots);
    if long.contains(&true) { decide(graph, in_one_piece, &users, &long).0 } else { keepings }
}

/// The inlined values that several kernels use and that read more than [`MOST_READ`] values, once those before are kept.
fn long(graph: &Graph, keepings: &[Keeping], roots: &[Vec<usize>]) -> Vec<bool> {
    let mut long = vec![false; graph.nodes.len()];
    let mut read: Vec<BTreeSet<Value>> = Vec::with_capacity(graph.nodes.len());
    for value in graph.values() {
        let index = value.index();
        let mut reads = BTreeSet::from([value]);
        if keepings[index] == Keeping::Inlined {
            reads = graph.op(value).operands().iter().flat_map(|operand| &read[operand.index()]).copied().collect();
            if roots[index].len() > 1 && reads.len() > MOST_READ {
                long[index] = true;
                reads = BTreeSet::from([value]);
            }
        }
        read.push(reads);
    }
    long
}

/// Decides with the knowledge of what is too long to be inlined; yields also up to two kernels that need each inlined value, as
/// the values that they compute or the outputs that they fill.
fn decide(
    graph: &Graph,
    in_one_piece: &dyn Fn(Source) -> bool,
    users: &[Vec<User>],
    long: &[bool],
) -> (Vec<Keeping>, Vec<Vec<usize>>) {
    let mut keepings = vec![Keeping::Inlined; graph.nodes.len()];
    let mut roots: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for index in (0..graph.nodes.len()).rev() {
        let value = Value(index as u32);
        let mut reached: Vec<usize> = Vec::new();
        let (mut read_whole, mut repeated) = (false, false);
        for user in &users[index] {
            match user {
                User::Output(output) => reached.push(graph.nodes.len() + output),
                User::Value(user) => {
                    repeated |= repeats(graph, *user);
                    match keepings[user.index()] {
                        Keeping::Inlined => reached.extend(&roots[user.index()]),
                        Keeping::View => {
                            read_whole = true;
                            reached.push(user.index());
                        }
                        Keeping::Kept | Keeping::Outside => {
                            read_whole |= !graph.op(*user).reads_elements_of(value);
                            reached.push(user.index());
                        }
                    }
                }
            }
        }
        reached.sort_unstable();
        reached.dedup();
        reached.truncate(2);
        keepings[index] = match graph.op(value) {
            Op::Source(source) if read_whole && !in_one_piece(*source) => Keeping::Kept,
            Op::Source(_) | Op::Tensor(_) | Op::Literal(_) => Keeping::Outside,
            Op::Reshape(_) => Keeping::View,
            Op::Dot { .. } | Op::Conv(_) | Op::Gather { .. } | Op::ScatterAdd { .. } => Keeping::Kept,
            Op::Reduce(..) | Op::Deposit(..) | Op::Concat(..) | Op::Scan(_) | Op::Yield(..) => Keeping::Kept,
            op if read_whole || long[index] || (is_costly(op) && (reached.len() > 1 || repeated)) => Keeping::Kept,
            _ => Keeping::Inlined,
        };
        roots[index] = reached;
    }
    (keepings, roots)
}

/// Whether a value reads some elements of its operand more than once.
fn repeats(graph: &Graph, user: Value) -> bool {
    match graph.op(user) {
        Op::Index(x, _) | Op::Broadcast(x, _) => {
            let (from, to) = (graph.shape(*x), graph.shape(user));
            to.len() > from.len() || to.is_batched() != from.is_batched()
        }
        _ => false,
    }
}

/// Who uses a value.
pub(super) enum User {
    /// Another value.
    Value(Value),
    /// An output of the graph, by index.
    Output(usize),
}

/// The users of each value.
pub(super) fn users(graph: &Graph) -> Vec<Vec<User>> {
    let mut users: Vec<Vec<User>> = graph.nodes.iter().map(|_| Vec::new()).collect();
    for value in graph.values() {
        for operand in graph.op(value).operands() {
            users[operand.index()].push(User::Value(value));
        }
    }
    for (output, (_, value)) in graph.outputs.iter().enumerate() {
        users[value.index()].push(User::Output(output));
    }
    users
}

/// Whether an element takes many more cycles than a load.
fn is_costly(op: &Op) -> bool {
    match op {
        Op::Random(..) => true,
        Op::Unary(op, _) => match op {
            Unary::Exp | Unary::ExpM1 | Unary::Ln | Unary::Softplus | Unary::Tanh | Unary::Sigmoid | Unary::Erf => true,
            Unary::Sin | Unary::Cos => true,
            Unary::Neg | Unary::Abs | Unary::Sign | Unary::Heaviside | Unary::Relu | Unary::Sqrt | Unary::Recip => {
                false
            }
            Unary::Round => false,
        },
        Op::Binary(op, ..) => matches!(op, Binary::Div),
        Op::Source(_)
        | Op::Tensor(_)
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Iota(_)
        | Op::BatchSize
        | Op::Select(..)
        | Op::Broadcast(..)
        | Op::Reshape(_)
        | Op::Index(..)
        | Op::Deposit(..)
        | Op::Concat(..)
        | Op::Conv(_)
        | Op::Scan(_)
        | Op::Yield(..)
        | Op::Reduce(..)
        | Op::Dot { .. }
        | Op::Gather { .. }
        | Op::ScatterAdd { .. }
        | Op::Stop(_) => false,
    }
}
