//! Reverse-mode differentiation of a graph: all adjoint rules on one page. It knows operations only.
//!
//! The rules are those of Griewank and Walther, "Evaluating Derivatives" (2008), chapter 3: the adjoint of a value is the sum,
//! over its uses, of the adjoint of the user times the partial derivative of the user.

mod scan;

use std::collections::BTreeMap;

use crate::ir::{Binary, ConvPart, Graph, Op, Reduction, Unary, Value, Yielded, verify};
use crate::shape::Extent;

/// Adds the nodes that compute, for each value of `wrt`, the gradient of the sum of all `y` weighted with their seeds, which have
/// their shapes: zero where no `y` depends on it.
pub fn differentiate(graph: &mut Graph, seeds: &[(Value, Value)], wrt: &[Value]) -> Vec<Value> {
    let adjoints = adjoints(graph, seeds, wrt);
    let gradients = wrt
        .iter()
        .map(|value| match adjoints.get(value.index()).copied().flatten() {
            Some(adjoint) => adjoint,
            None => graph.constant_like(0.0, *value),
        })
        .collect();
    verify(graph, "grad");
    gradients
}

/// The adjoint of each value that a `y` depends on and that depends on `wrt`.
fn adjoints(graph: &mut Graph, seeds: &[(Value, Value)], wrt: &[Value]) -> Vec<Option<Value>> {
    let needed = dependents(graph, wrt);
    let last = seeds.iter().map(|(y, _)| y.index()).max().unwrap_or(0);
    let mut adjoints: Vec<Option<Value>> = vec![None; last + 1];
    // The adjoints of what scans yield, by the index of the scan.
    let mut yielded: BTreeMap<usize, Vec<(Yielded, Value)>> = BTreeMap::new();
    for (y, seed) in seeds {
        add(graph, &mut adjoints, *y, *seed);
    }
    for index in (0..=last).rev() {
        let value = Value(index as u32);
        if !needed[index] {
            continue;
        }
        graph.set_origin_of(value);
        let parts = match (adjoints[index], graph.op(value)) {
            (Some(adjoint), Op::Yield(scan, which)) => {
                yielded.entry(scan.index()).or_default().push((*which, adjoint));
                Vec::new()
            }
            (_, Op::Scan(_)) => match yielded.remove(&index) {
                Some(yielded) => scan::pullback(graph, value, &yielded, &needed),
                None => Vec::new(),
            },
            (Some(adjoint), _) => pullback(graph, value, adjoint, &needed),
            (None, _) => Vec::new(),
        };
        for (operand, part) in parts {
            add(graph, &mut adjoints, operand, part);
        }
    }
    adjoints
}

/// Adds a part to an adjoint.
fn add(graph: &mut Graph, adjoints: &mut [Option<Value>], value: Value, part: Value) {
    let so_far = adjoints[value.index()];
    adjoints[value.index()] = Some(so_far.map_or(part, |so_far| graph.add(so_far, part)));
}

/// For each value, whether it depends on one of `roots`.
fn dependents(graph: &Graph, roots: &[Value]) -> Vec<bool> {
    let mut depends = vec![false; graph.nodes.len()];
    roots.iter().for_each(|root| depends[root.index()] = true);
    for value in graph.values() {
        let operands = graph.op(value).operands();
        depends[value.index()] |= operands.iter().any(|operand| depends[operand.index()]);
    }
    depends
}

/// The contributions of the adjoint `dy` of `y` to the adjoints of those operands that are needed.
fn pullback(g: &mut Graph, y: Value, dy: Value, needed: &[bool]) -> Vec<(Value, Value)> {
    let op = g.op(y).clone();
    let wanted = |x: &Value| needed[x.index()];
    match op {
        Op::Source(_)
        | Op::Tensor(_)
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Iota(_)
        | Op::BatchSize
        | Op::Random(..)
        | Op::Stop(_) => Vec::new(),
        Op::Scan(_) | Op::Yield(..) => unreachable!("the adjoints of what a scan yields are gathered before"),
        Op::Index(x, at) => {
            let shape = g.shape(x).clone();
            vec![(x, g.deposit(dy, at, shape))]
        }
        Op::Deposit(x, at) => {
            let shape = g.shape(x).clone();
            vec![(x, g.index(dy, at, shape))]
        }
        Op::Concat(parts, axis) => concat(g, &parts, axis, dy, &wanted),
        Op::Conv(conv) => {
            let (a, b, meeting) = (conv.a, conv.b, &conv.meeting);
            let mut parts = Vec::new();
            // The arguments stand in the order input, kernel, output, the yielded part left out.
            let (da, db) = match conv.yields {
                ConvPart::Output => ((ConvPart::Input, [b, dy]), (ConvPart::Kernel, [a, dy])),
                ConvPart::Input => ((ConvPart::Kernel, [dy, b]), (ConvPart::Output, [dy, a])),
                ConvPart::Kernel => ((ConvPart::Input, [dy, b]), (ConvPart::Output, [a, dy])),
            };
            for (operand, (part, [first, second])) in [(a, da), (b, db)] {
                if wanted(&operand) {
                    parts.push((operand, g.conv(part, first, second, meeting.clone())));
                }
            }
            parts
        }
        Op::Unary(op, x) => unary(g, op, x, y, dy).map(|dx| (x, dx)).into_iter().collect(),
        Op::Binary(op, a, b) => binary(g, op, [a, b], y, dy, [wanted(&a), wanted(&b)]),
        Op::Select(condition, a, b) => {
            let zero = g.constant_like(0.0, dy);
            let mut parts = Vec::new();
            if wanted(&a) {
                parts.push((a, g.select(condition, dy, zero)));
            }
            if wanted(&b) {
                parts.push((b, g.select(condition, zero, dy)));
            }
            parts
        }
        Op::Broadcast(x, axes) => {
            let repeated: Vec<usize> = (0..g.shape(y).rank()).filter(|axis| !axes.contains(axis)).collect();
            let dx = if repeated.is_empty() { dy } else { g.sum(dy, &repeated) };
            vec![(x, dx)]
        }
        Op::Reshape(x) => {
            let shape = g.shape(x).clone();
            vec![(x, g.reshape(dy, shape))]
        }
        Op::Reduce(reduction, x, axes) => vec![(x, reduce(g, reduction, x, y, dy, &axes))],
        Op::Dot { a, transpose_a, b, transpose_b } => {
            let mut parts = Vec::new();
            if wanted(&a) {
                let da = if transpose_a { g.dot(b, transpose_b, dy, true) } else { g.dot(dy, false, b, !transpose_b) };
                parts.push((a, da));
            }
            if wanted(&b) {
                let db = if transpose_b { g.dot(dy, true, a, transpose_a) } else { g.dot(a, !transpose_a, dy, false) };
                parts.push((b, db));
            }
            parts
        }
        Op::Gather { table, ids } => {
            let rows = g.shape(table).dims[0];
            vec![(table, g.scatter_add(dy, ids, rows))]
        }
        Op::ScatterAdd { rows, ids } => vec![(rows, g.gather(dy, ids))],
    }
}

/// `dy * f'(x)`, in terms of `y = f(x)` where that is cheaper; `None` where the derivative is zero.
fn unary(g: &mut Graph, op: Unary, x: Value, y: Value, dy: Value) -> Option<Value> {
    let dx = match op {
        Unary::Sign | Unary::Heaviside | Unary::Round => return None,
        Unary::Sin => {
            let slope = g.cos(x);
            g.mul(dy, slope)
        }
        Unary::Cos => {
            let slope = g.sin(x);
            let product = g.mul(dy, slope);
            g.neg(product)
        }
        Unary::Neg => g.neg(dy),
        Unary::Abs => {
            let sign = g.sign(x);
            g.mul(dy, sign)
        }
        Unary::Relu => {
            let zero = g.constant_like(0.0, y);
            let active = g.greater(y, zero);
            g.select(active, dy, zero)
        }
        Unary::Exp => g.mul(dy, y),
        Unary::ExpM1 => {
            let slope = g.with(Binary::Add, y, 1.0);
            g.mul(dy, slope)
        }
        Unary::Ln => g.div(dy, x),
        Unary::Softplus => {
            let slope = g.sigmoid(x);
            g.mul(dy, slope)
        }
        Unary::Sqrt => {
            let half = g.scale(dy, 0.5);
            g.div(half, y)
        }
        Unary::Recip => {
            let square = g.mul(y, y);
            let product = g.mul(dy, square);
            g.neg(product)
        }
        Unary::Tanh => {
            let square = g.mul(y, y);
            let one = g.constant_like(1.0, y);
            let slope = g.sub(one, square);
            g.mul(dy, slope)
        }
        Unary::Sigmoid => {
            let one = g.constant_like(1.0, y);
            let rest = g.sub(one, y);
            let slope = g.mul(y, rest);
            g.mul(dy, slope)
        }
        Unary::Erf => {
            let square = g.mul(x, x);
            let exponent = g.neg(square);
            let bell = g.exp(exponent);
            let slope = g.scale(bell, std::f64::consts::FRAC_2_SQRT_PI);
            g.mul(dy, slope)
        }
    };
    Some(dx)
}

fn binary(
    g: &mut Graph,
    op: Binary,
    [a, b]: [Value; 2],
    y: Value,
    dy: Value,
    wanted: [bool; 2],
) -> Vec<(Value, Value)> {
    let mut parts = Vec::new();
    let mut part = |g: &mut Graph, side: usize, build: &dyn Fn(&mut Graph) -> Value| {
        if wanted[side] {
            let value = build(g);
            parts.push(([a, b][side], value));
        }
    };
    match op {
        Binary::Greater | Binary::GreaterEqual | Binary::Equal => {}
        Binary::Add => {
            part(g, 0, &|_| dy);
            part(g, 1, &|_| dy);
        }
        Binary::Sub => {
            part(g, 0, &|_| dy);
            part(g, 1, &|g| g.neg(dy));
        }
        Binary::Mul => {
            part(g, 0, &|g| g.mul(dy, b));
            part(g, 1, &|g| g.mul(dy, a));
        }
        Binary::Div => {
            part(g, 0, &|g| g.div(dy, b));
            part(g, 1, &|g| {
                let ratio = g.div(y, b);
                let product = g.mul(dy, ratio);
                g.neg(product)
            });
        }
        // Where both are equal the gradient goes to the first.
        Binary::Max | Binary::Min => {
            let first = |g: &mut Graph| match op {
                Binary::Max => g.binary(Binary::GreaterEqual, a, b),
                _ => g.binary(Binary::GreaterEqual, b, a),
            };
            part(g, 0, &|g| {
                let (first, zero) = (first(g), g.constant_like(0.0, dy));
                g.select(first, dy, zero)
            });
            part(g, 1, &|g| {
                let (first, zero) = (first(g), g.constant_like(0.0, dy));
                g.select(first, zero, dy)
            });
        }
    }
    parts
}

fn concat(
    g: &mut Graph,
    parts: &[Value],
    axis: usize,
    dy: Value,
    wanted: &dyn Fn(&Value) -> bool,
) -> Vec<(Value, Value)> {
    let mut start = 0;
    let mut found = Vec::new();
    for part in parts {
        let Extent::Fixed(count) = g.shape(*part).axis(axis) else { unreachable!("batches are not joined") };
        if wanted(part) {
            found.push((*part, g.slice(dy, axis, start, 1, count)));
        }
        start += count;
    }
    found
}

fn reduce(g: &mut Graph, reduction: Reduction, x: Value, y: Value, dy: Value, axes: &[usize]) -> Value {
    let kept: Vec<usize> = (0..g.shape(x).rank()).filter(|axis| !axes.contains(axis)).collect();
    let stretch = |g: &mut Graph, value: Value| g.broadcast_to(value, x, &kept);
    match reduction {
        Reduction::Sum => stretch(g, dy),
        // Equal maxima share the gradient.
        Reduction::Max => {
            let largest = stretch(g, y);
            let is_largest = g.equal(x, largest);
            let ties = g.sum(is_largest, axes);
            let share = g.div(dy, ties);
            let share = stretch(g, share);
            g.mul(is_largest, share)
        }
    }
}
