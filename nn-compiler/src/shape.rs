//! The shape of a value: fixed extents, and at most one leading axis that grows with the batch.

use std::fmt;

/// The shape of a value in a graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Extent of the leading axis for each example of the batch; 0 if the shape has no such axis.
    pub rows: usize,
    /// The other extents.
    pub dims: Vec<usize>,
}

impl Shape {
    /// A shape that does not depend on the batch.
    pub fn fixed(dims: impl Into<Vec<usize>>) -> Self {
        Self { rows: 0, dims: dims.into() }
    }

    /// A shape whose leading axis has `rows` entries for each example.
    pub fn batched(rows: usize, dims: impl Into<Vec<usize>>) -> Self {
        Self { rows, dims: dims.into() }
    }

    /// A single value.
    pub fn scalar() -> Self {
        Self::fixed([])
    }

    /// Whether the leading axis grows with the batch.
    pub fn is_batched(&self) -> bool {
        self.rows > 0
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        usize::from(self.is_batched()) + self.dims.len()
    }

    /// The extent of an axis.
    pub fn axis(&self, axis: usize) -> Extent {
        match (self.is_batched(), axis) {
            (true, 0) => Extent::Rows(self.rows),
            (batched, axis) => Extent::Fixed(self.dims[axis - usize::from(batched)]),
        }
    }

    /// All extents in order.
    pub fn axes(&self) -> Vec<Extent> {
        (0..self.rank()).map(|axis| self.axis(axis)).collect()
    }

    /// The same shape with another extent for one axis behind the batch.
    #[must_use]
    pub fn with_axis(&self, axis: usize, extent: usize) -> Self {
        let mut shape = self.clone();
        shape.dims[axis - usize::from(self.is_batched())] = extent;
        shape
    }

    /// The shape with these extents, of which only the first may be rows.
    pub fn from_axes(axes: &[Extent]) -> Self {
        let mut shape = Self::scalar();
        for (index, extent) in axes.iter().enumerate() {
            match *extent {
                Extent::Rows(rows) => {
                    assert_eq!(index, 0, "the batch is the leading axis");
                    shape.rows = rows;
                }
                Extent::Fixed(n) => shape.dims.push(n),
            }
        }
        shape
    }

    /// Values for each example, or in all if the shape is not batched.
    pub fn len(&self) -> usize {
        self.rows.max(1) * self.dims.iter().product::<usize>()
    }

    /// Whether it has no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.axes().iter().map(Extent::to_string).collect();
        write!(f, "[{}]", words.join(", "))
    }
}

/// The extent of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// So many entries for each example of the batch.
    Rows(usize),
    /// So many entries.
    Fixed(usize),
}

impl Extent {
    /// Entries, or entries for each example.
    pub fn values(self) -> usize {
        match self {
            Extent::Rows(n) | Extent::Fixed(n) => n,
        }
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Extent::Rows(1) => write!(f, "B"),
            Extent::Rows(n) => write!(f, "{n}B"),
            Extent::Fixed(n) => write!(f, "{n}"),
        }
    }
}
