//! A graph as text for Graphviz; knows its language, no networks.

use std::fmt::{self, Write};

use super::{Graph, Kind};

/// The text of a directed graph.
pub(crate) fn dot(title: &str, graph: &Graph) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = page(&mut text, title, graph);
    text
}

fn page(out: &mut String, title: &str, graph: &Graph) -> fmt::Result {
    writeln!(out, "digraph {} {{", quoted(title))?;
    writeln!(out, "    graph [compound = true, label = {}, labelloc = t, fontname = \"monospace\"];", quoted(title))?;
    writeln!(out, "    node [shape = box, style = \"rounded,filled\", fontname = \"monospace\", fontsize = 11];")?;
    writeln!(out, "    edge [fontname = \"monospace\", fontsize = 10];")?;
    body(out, graph, "n", 1)?;
    writeln!(out, "}}")
}

/// Boxes with names that begin so, then lines. A loop is a cluster: a line to it ends at its edge.
fn body(out: &mut String, graph: &Graph, prefix: &str, depth: usize) -> fmt::Result {
    let indent = "    ".repeat(depth);
    for (number, one) in graph.boxes.iter().enumerate() {
        let name = format!("{prefix}{number}");
        let text = if one.note.is_empty() { one.title.clone() } else { format!("{}\n{}", one.title, one.note) };
        let text = quoted(&text);
        match &one.inner {
            Some(inner) => {
                writeln!(out, "{indent}subgraph cluster_{name} {{")?;
                writeln!(out, "{indent}    label = {text}; style = rounded;")?;
                body(out, inner, &format!("{name}_"), depth + 1)?;
                writeln!(out, "{indent}}}")?;
            }
            None => writeln!(out, "{indent}{name} [label = {text}, fillcolor = \"{}\"];", colour(one.kind))?,
        }
    }
    for line in &graph.lines {
        let (from, to) = (end(graph, prefix, line.from, false), end(graph, prefix, line.to, true));
        let cluster = |number: usize, what: &str| match graph.boxes[number].inner {
            Some(_) => format!(", {what} = cluster_{prefix}{number}"),
            None => String::new(),
        };
        let word = quoted(graph.boxes[line.from].yields.get(line.value).map_or("", String::as_str));
        let (tail, head) = (cluster(line.from, "ltail"), cluster(line.to, "lhead"));
        writeln!(out, "{indent}{from} -> {to} [label = {word}{tail}{head}];")?;
    }
    Ok(())
}

/// The box that a line begins or ends at: of a loop, the first or the last in it.
fn end(graph: &Graph, prefix: &str, number: usize, first: bool) -> String {
    let name = format!("{prefix}{number}");
    match &graph.boxes[number].inner {
        Some(inner) if !inner.boxes.is_empty() => {
            let number = if first { 0 } else { inner.boxes.len() - 1 };
            end(inner, &format!("{name}_"), number, first)
        }
        _ => name,
    }
}

fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Port => "#e7f3ec",
        Kind::Trained => "#e3effb",
        Kind::Plain => "#f6f8fa",
        Kind::Join => "#fdf1e3",
        Kind::Tensor => "#f3ecfb",
        Kind::Loop => "#fbfcfd",
    }
}

/// A text of the language, with its line ends as `\n`.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
