//! The architecture of a network as boxes and lines: what stands in them, and which lines there are; knows no coordinates.

mod boxes;
mod dot;
mod layout;
mod order;
mod place;
mod svg;
#[cfg(test)]
mod tests;

pub(crate) use boxes::of;
pub(crate) use dot::dot;
pub(crate) use svg::svg;

/// Boxes and the lines between them. Every line leads to a box further behind.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Graph {
    pub(crate) boxes: Vec<Box>,
    pub(crate) lines: Vec<Line>,
}

/// One box.
#[derive(Debug, PartialEq)]
pub(crate) struct Box {
    pub(crate) kind: Kind,
    /// What it is: `dense(4->16, relu)`.
    pub(crate) title: String,
    /// Its name and its size; empty where there is nothing to say.
    pub(crate) note: String,
    /// The steps of a loop.
    pub(crate) inner: Option<Graph>,
    /// What it yields, as the words on the lines that begin here.
    pub(crate) yields: Vec<String>,
}

/// How a box looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An input or an output.
    Port,
    /// A layer with parameters.
    Trained,
    /// A layer without.
    Plain,
    /// A sum or another meeting of several values.
    Join,
    /// A tensor of the network by itself.
    Tensor,
    /// A loop with what each step of it does.
    Loop,
}

/// A value on its way: from one of the values that a box yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) from: usize,
    /// Which of the values.
    pub(crate) value: usize,
    pub(crate) to: usize,
}

impl Graph {
    /// Adds a box with lines from what it works on; its number.
    fn push(&mut self, one: Box, from: &[(usize, usize)]) -> usize {
        let to = self.boxes.len();
        self.boxes.push(one);
        self.lines.extend(from.iter().map(|&(from, value)| Line { from, value, to }));
        to
    }
}
