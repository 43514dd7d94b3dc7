//! The kernels of a network with what they cost, for people and for programs; knows no command.

use nn_compiler::Compiled;
use nn_compiler::plan::outline::{self, Line, Table};
use nn_compiler::plan::roofline::{Figures, MACHINE};
use serde::Serialize;

use crate::words;

/// All functions of a network.
#[derive(Debug, Serialize)]
pub(crate) struct Plan {
    /// For how many rows.
    rows: usize,
    /// What the estimated times are for.
    machine: &'static str,
    functions: Vec<Function>,
}

#[derive(Debug, Serialize)]
struct Function {
    name: String,
    /// Rows of a call.
    rows_of_call: usize,
    /// Calls for all rows.
    calls: usize,
    kernels: Vec<Kernel>,
    total: Cost,
}

#[derive(Debug, Serialize)]
struct Kernel {
    /// Loops of kernels around it.
    depth: usize,
    origin: String,
    kernel: String,
    layout: String,
    /// Of all steps of the loops around it; a loop of kernels has none of its own.
    #[serde(flatten)]
    cost: Option<Cost>,
}

/// For all rows.
#[derive(Clone, Copy, Debug, Serialize)]
struct Cost {
    flops: u64,
    bytes_read: u64,
    bytes_written: u64,
    estimated_nanoseconds: f64,
}

impl From<Figures> for Cost {
    fn from(figures: Figures) -> Self {
        let Figures { flops, read, written, nanoseconds } = figures;
        Self { flops, bytes_read: read, bytes_written: written, estimated_nanoseconds: nanoseconds }
    }
}

/// The kernels of a network for so many rows: for those of its train section if nothing is said, else for one.
pub(crate) fn plan(compiled: &Compiled, rows: Option<usize>) -> Plan {
    let Compiled { network, plan, .. } = compiled;
    let rows = rows.or_else(|| network.recipe.as_ref().map(|recipe| recipe.batch)).unwrap_or(1);
    let functions = outline::tables(network, plan, rows).into_iter().map(function).collect();
    Plan { rows, machine: MACHINE, functions }
}

fn function(table: Table) -> Function {
    let Table { name, rows, calls, rest, lines, total } = table;
    Function {
        name,
        rows_of_call: rows,
        calls: calls + usize::from(rest > 0),
        kernels: lines.into_iter().map(kernel).collect(),
        total: total.into(),
    }
}

fn kernel(line: Line) -> Kernel {
    let Line { depth, origin, kernel, layout, figures, is_loop } = line;
    Kernel { depth, origin, kernel, layout, cost: (!is_loop).then(|| figures.into()) }
}

/// A table for each function.
pub(crate) fn text(plan: &Plan) -> String {
    let mut text = format!(
        "\nkernels for {}; estimated is the least time that operations and bytes take on {}\n",
        words::count(plan.rows, "row"),
        plan.machine
    );
    for function in &plan.functions {
        let calls = match function.calls {
            1 => String::new(),
            calls => format!(", {calls} calls of {} at most", words::count(function.rows_of_call, "row")),
        };
        text += &format!("\n{} of {}{calls}\n", function.name, words::count(plan.rows, "row"));
        text += &words::table(&rows(function), 3);
    }
    text
}

fn rows(function: &Function) -> Vec<Vec<String>> {
    let titles = ["part", "kernel", "layout", "FLOPs", "read", "written", "estimated"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    for Kernel { depth, origin, kernel, layout, cost } in &function.kernels {
        rows.push(row([&format!("{}{origin}", "  ".repeat(depth + 1)), kernel, layout], *cost));
    }
    rows.push(row(["  total", "", ""], Some(function.total)));
    rows
}

fn row(words: [&str; 3], cost: Option<Cost>) -> Vec<String> {
    let figures = cost.map(|Cost { flops, bytes_read, bytes_written, estimated_nanoseconds }| {
        let bytes = [bytes_read, bytes_written].map(words::bytes);
        [vec![words::grouped(flops)], bytes.to_vec(), vec![words::time(estimated_nanoseconds)]].concat()
    });
    words.into_iter().map(str::to_owned).chain(figures.into_iter().flatten()).collect()
}
