//! Where values lie in buffers; knows no values.

use core::ops::Range;

/// Some weights that lie one behind the other.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->3, relu), dense(1) > }
/// // All parameters lie in one piece, in front.
/// let [all] = Net::PROGRAM.trained else { panic!("{:?}", Net::PROGRAM.trained) };
/// assert_eq!((all.start, all.len), (0, 13));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where they begin in the buffer of weights.
    pub start: usize,
    /// How many there are.
    pub len: usize,
}

impl Segment {
    /// Their places in the buffer of weights.
    ///
    /// ```
    /// use nn_runtime::program::Segment;
    /// assert_eq!(Segment { start: 4, len: 3 }.places(), 4..7);
    /// ```
    pub const fn places(&self) -> Range<usize> {
        self.start..self.start + self.len
    }

    /// How many values runs have together.
    ///
    /// ```
    /// use nn_runtime::program::Segment;
    /// assert_eq!(Segment::values(&[Segment { start: 0, len: 2 }, Segment { start: 4, len: 3 }]), 5);
    /// ```
    pub const fn values(runs: &[Self]) -> usize {
        let (mut values, mut at) = (0, 0);
        while at < runs.len() {
            values += runs[at].len;
            at += 1;
        }
        values
    }

    /// Each run with its places in a buffer where runs lie one behind the other.
    ///
    /// ```
    /// use nn_runtime::program::Segment;
    /// let runs = [Segment { start: 0, len: 2 }, Segment { start: 4, len: 3 }];
    /// assert_eq!(Vec::from_iter(Segment::packed(&runs)), [(0..2, 0..2), (4..7, 2..5)]);
    /// ```
    pub fn packed(runs: &[Self]) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let mut end = 0;
        runs.iter().map(move |run| {
            end += run.len;
            (run.places(), end - run.len..end)
        })
    }
}

/// An output of a network by its name.
///
/// ```
/// nn_runtime::network! {
///     network Twins(x: [3]) { (left = x |> dense(2), right = x |> dense(1)) }
/// }
/// let ports: Vec<(&str, usize)> = Twins::PROGRAM.ports.iter().map(|port| (port.name, port.values)).collect();
/// assert_eq!(ports, [("left", 2), ("right", 1)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name in the text.
    pub name: &'static str,
    /// How many values it has.
    pub values: usize,
}

/// A value by its name.
///
/// ```
/// nn_runtime::network! {
///     network Coder(x: [3]) {
///         let decoder = dense(3);
///         entry decode(z: [2]) = decoder(z);
///         x |> dense(2, tanh) |> decoder
///     }
/// }
/// let [result] = Coder::PROGRAM.entries[0].results else { panic!("it gives one") };
/// assert_eq!((result.name, result.shape), ("output", &[3][..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shaped {
    /// Its name.
    pub name: &'static str,
    /// Its shape, without the batch.
    pub shape: &'static [usize],
}

impl Shaped {
    /// How many values it has.
    ///
    /// ```
    /// use nn_runtime::program::Shaped;
    /// assert_eq!(Shaped { name: "image", shape: &[4, 4, 3] }.values(), 48);
    /// ```
    pub fn values(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Values of an input that are ids, one behind the other.
///
/// ```
/// # nn_runtime::network! { network Net < input(5), embedding(20->4), flatten, dense(2, softmax) > }
/// use nn_runtime::{Error, Network, Rows, network::predict_rows};
/// let [ids] = Net::PROGRAM.ids else { panic!("one embedding") };
/// assert_eq!((ids.first, ids.values, ids.vocabulary), (0, 5, 20));
/// // What is no id has no vector, and is told.
/// let rows = Rows::new(&[0.0, 1.0, 2.0, 3.0, 20.0], 5);
/// let answer = predict_rows(Net::PROGRAM, Net::new(1).weights(), rows, &mut [0.0; 2]);
/// assert!(matches!(answer, Err(Error::IdOutOfVocabulary { column: 4, vocabulary: 20, .. })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    /// Where they begin in an input.
    pub first: usize,
    /// How many values they are.
    pub values: usize,
    /// How many different ids there are: the whole numbers from 0 to one less.
    pub vocabulary: usize,
    /// Whether -1 stands for the steps that an example lacks.
    pub padded: bool,
}

impl Ids {
    /// Their places in an input.
    ///
    /// ```
    /// use nn_runtime::program::Ids;
    /// assert_eq!(Ids { first: 2, values: 3, vocabulary: 10, padded: false }.places(), 2..5);
    /// ```
    pub const fn places(&self) -> Range<usize> {
        self.first..self.first + self.values
    }
}
