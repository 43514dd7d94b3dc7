//! The tensors of a network: what they are called, how large they are, and how they lie in the buffer of weights; knows no values.

use core::ops::Range;

use super::Purpose;
use crate::init::Init;
use crate::kernels::gemm::PANEL;
use crate::name::Name;

/// A parameter or a piece of state; in a repetition, one for each step of it.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->4), repeat(3) < dense(4, tanh, l2 = 0.01) >, dense(1) > }
/// let repeated = Net::PROGRAM.tensors.iter().find(|tensor| tensor.copies == [3]).expect("a loop");
/// assert_eq!((repeated.name, repeated.shape), ("repeat_1.*.dense_1.weight", &[4, 4][..]));
/// assert_eq!((repeated.trained, repeated.l2), (true, 0.01));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Tensor {
    /// `dense_1.weight`; with a `*` for each number of a copy: `repeat_1.*.dense_1.weight`.
    pub name: &'static str,
    /// How many copies there are, one for each repetition; for repetitions within repetitions, the outermost first. Empty for most:
    /// one tensor. Users see the copies as tensors of their own; see [`Single`].
    pub copies: &'static [usize],
    /// The logical shape of each copy: what is documented, saved and loaded.
    pub shape: &'static [usize],
    /// Where its values begin in the buffer of weights. Copies lie one behind the other.
    pub offset: usize,
    /// How the values of each copy lie there.
    pub layout: Layout,
    /// How it begins.
    pub init: Init,
    /// What it is for, where other programs have something like it.
    pub purpose: Purpose,
    /// Whether gradients reach it. State (running statistics) is not trained but saved.
    pub trained: bool,
    /// The factor of `sum(|w|)` in the loss.
    pub l1: f64,
    /// The factor of `sum(w^2)` in the loss.
    pub l2: f64,
}

impl Tensor {
    /// Values in all copies.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->4), repeat(3) < dense(4, tanh) >, dense(1) > }
    /// let repeated = Net::PROGRAM.tensors.iter().find(|tensor| tensor.copies == [3]).expect("a loop");
    /// // A matrix of 4 x 4 in each of three copies.
    /// assert_eq!(repeated.len(), 48);
    /// ```
    pub const fn len(&self) -> usize {
        product(self.copies) * product(self.shape)
    }

    /// The copies one by one, in row-major order.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->4), repeat(3) < dense(4, tanh) >, dense(1) > }
    /// let repeated = Net::PROGRAM.tensors.iter().find(|tensor| tensor.copies == [3]).expect("a loop");
    /// let names: Vec<String> = repeated.singles().map(|copy| copy.name().to_string()).collect();
    /// assert_eq!(names[2], "repeat_1.3.dense_1.weight");
    /// ```
    pub fn singles(&'static self) -> impl ExactSizeIterator<Item = Single> {
        (0..product(self.copies)).map(move |copy| Single { tensor: self, copy })
    }

    /// Whether it has no values; no tensor of a generated network is.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// assert!(!Net::PROGRAM.tensors.iter().any(|tensor| tensor.is_empty()));
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the value at `index` of the row-major logical order of a copy lies, counted from where the copy begins.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3, relu), dense(1) > }
    /// use nn_runtime::Network;
    /// let net = Net::new(1);
    /// let first = Net::PROGRAM.singles().next().expect("it has four");
    /// // The row 1 and the column 0 of a matrix of three columns.
    /// let place = first.place().start + first.tensor().physical(3);
    /// let weight = net.params().next().expect("it has four").to_vec();
    /// assert_eq!(net.weights()[place], weight[3]);
    /// ```
    pub const fn physical(&self, index: usize) -> usize {
        match self.layout {
            Layout::RowMajor => index,
            Layout::Transposed => {
                let columns = self.shape[1];
                (index % columns) * self.shape[0] + index / columns
            }
            Layout::Panels => {
                let (row, column) = (index / self.shape[1], index % self.shape[1]);
                (column / PANEL * self.shape[0] + row) * PANEL + column % PANEL
            }
        }
    }
}

const fn product(extents: &[usize]) -> usize {
    let mut product = 1;
    let mut axis = 0;
    while axis < extents.len() {
        product *= extents[axis];
        axis += 1;
    }
    product
}

/// A tensor as users see it: one copy of an entry of [`Program::tensors`](super::Program::tensors).
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// let shapes: Vec<_> = Net::PROGRAM.singles().map(|tensor| (tensor.name().to_string(), tensor.shape())).collect();
/// assert_eq!(shapes, [("dense_1.weight".into(), &[2, 1][..]), ("dense_1.bias".into(), &[1][..])]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Single {
    tensor: &'static Tensor,
    copy: usize,
}

impl Single {
    /// What it shares with the other copies: initialiser, penalties, layout.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1, init = normal(0.0, 0.1)) > }
    /// use nn_runtime::Init;
    /// let weight = Net::PROGRAM.singles().next().expect("it has two");
    /// assert_eq!(weight.tensor().init, Init::Normal { mean: 0.0, std: 0.1 });
    /// ```
    pub const fn tensor(&self) -> &'static Tensor {
        self.tensor
    }

    /// `repeat_1.2.dense_1.weight`
    ///
    /// ```
    /// # nn_runtime::network! { network Net < repeat(2) < dense(3->3) > > }
    /// let last = Net::PROGRAM.singles().last().expect("it has four");
    /// assert_eq!(last.name(), "repeat_1.2.dense_1.bias");
    /// ```
    pub const fn name(&self) -> Name {
        Name::new(self.tensor.name, self.tensor.copies, self.copy)
    }

    /// The logical shape.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < repeat(2) < dense(3->3) > > }
    /// // Of each copy.
    /// assert_eq!(Net::PROGRAM.singles().next().map(|weight| weight.shape()), Some(&[3, 3][..]));
    /// ```
    pub const fn shape(&self) -> &'static [usize] {
        self.tensor.shape
    }

    /// Whether gradients reach it.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3), batch_norm, dense(1) > }
    /// let kept: Vec<String> =
    ///     Net::PROGRAM.singles().filter(|tensor| !tensor.trained()).map(|tensor| tensor.name().to_string()).collect();
    /// assert_eq!(kept, ["batch_norm_1.mean", "batch_norm_1.variance"]);
    /// ```
    pub const fn trained(&self) -> bool {
        self.tensor.trained
    }

    /// Values in it.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < repeat(2) < dense(3->3) > > }
    /// let values: usize = Net::PROGRAM.singles().map(|tensor| tensor.len()).sum();
    /// assert_eq!(values, Net::PROGRAM.weights);
    /// ```
    pub const fn len(&self) -> usize {
        product(self.tensor.shape)
    }

    /// Whether it has no values; no tensor of a generated network is.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// assert!(!Net::PROGRAM.singles().any(|tensor| tensor.is_empty()));
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where its values lie in the buffer of weights.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::Network;
    /// let mut net = Net::new(1);
    /// let bias = Net::PROGRAM.singles().last().expect("it has two");
    /// net.weights_mut()[bias.place()].fill(2.5);
    /// assert_eq!(net.predict(&[0.0, 0.0]), [2.5]);
    /// ```
    pub const fn place(&self) -> Range<usize> {
        let start = self.tensor.offset + self.copy * self.len();
        start..start + self.len()
    }
}

/// How a tensor lies in memory. The planner chooses; saving and loading convert.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->3, relu), dense(1) > }
/// use nn_runtime::program::Layout;
/// // Only matrices have a choice.
/// let vectors = Net::PROGRAM.tensors.iter().filter(|tensor| tensor.shape.len() == 1);
/// assert!(vectors.into_iter().all(|bias| bias.layout == Layout::RowMajor));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The logical order, the last axis fastest.
    RowMajor,
    /// A matrix, its first axis fastest.
    Transposed,
    /// A matrix, as many columns at a time as a kernel takes at once, row by row: its columns are a multiple of that.
    Panels,
}
