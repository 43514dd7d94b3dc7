//! Scratch memory of generated functions, and the rows that it is enough for.

use crate::team::Team;

/// A size that grows with the rows of a batch.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->8, relu), dense(1) > }
/// // Training keeps what lies between the layers for each row of a batch.
/// let arena = Net::PROGRAM.train_arena;
/// assert!(arena.per_row >= 8 && arena.values(100) >= 800);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arena {
    /// Values for each row.
    pub per_row: usize,
    /// Values whatever the rows.
    pub fixed: usize,
    /// There is room for a multiple of so many rows; at least 1.
    pub block: usize,
}

impl Arena {
    /// Nothing.
    pub const NONE: Self = Self { per_row: 0, fixed: 0, block: 1 };

    /// Values for a batch of `rows`.
    ///
    /// ```
    /// use nn_runtime::program::Arena;
    /// let arena = Arena { per_row: 10, fixed: 7, block: 4 };
    /// // Room for 5 rows is room for 8.
    /// assert_eq!((arena.values(5), arena.values(8)), (87, 87));
    /// ```
    pub const fn values(self, rows: usize) -> usize {
        self.per_row * rows.next_multiple_of(self.block) + self.fixed
    }

    /// Rows that are predicted at once, with values of so many bytes: what lies here is to stay in the cache. The output of a row does
    /// not depend on it.
    ///
    /// ```
    /// use nn_runtime::program::Arena;
    /// // 64 KiB of `f32` a row: 32 rows fill 2 MiB.
    /// let arena = Arena { per_row: 16 * 1024, fixed: 0, block: 1 };
    /// assert_eq!(arena.rows_at_once(4), 32);
    /// ```
    pub const fn rows_at_once(self, bytes: usize) -> usize {
        // `clamp` is not to be had in constants.
        let rows = match (2 * 1024 * 1024_usize).checked_div(self.per_row * bytes) {
            Some(rows) if rows < 4 => 4,
            Some(rows) if rows < 64 => rows,
            _ => 64,
        };
        rows.next_multiple_of(self.block)
    }

    /// Rows that so many values are enough for, in whole blocks.
    ///
    /// ```
    /// use nn_runtime::program::Arena;
    /// let arena = Arena { per_row: 10, fixed: 7, block: 4 };
    /// assert_eq!((arena.rows_in(46), arena.rows_in(47), arena.rows_in(100)), (0, 4, 8));
    /// ```
    pub const fn rows_in(self, values: usize) -> usize {
        let rows = match values.saturating_sub(self.fixed).checked_div(self.per_row) {
            Some(rows) => rows,
            None => usize::MAX,
        };
        rows - rows % self.block
    }
}

/// A function that predicts rows.
///
/// ```
/// # nn_runtime::network! { network Digits < input(8, 8, 1), conv(4, 3, relu), max_pool(2), flatten, dense(10, softmax) > }
/// // Many images go side by side in blocks of 16, one by itself does not.
/// let blocks = Digits::PROGRAM.many.map(|many| many.arena.block);
/// assert_eq!((blocks, Digits::PROGRAM.predict_arena.block), (Some(16), 1));
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::type_complexity, reason = "as those of a program: the function is one line of generated code")]
pub struct Prediction<T: 'static> {
    /// Its scratch memory.
    pub arena: Arena,
    /// `(weights, input, output, arena, team)`: the output for each row.
    pub run: fn(&[T], &[T], &mut [T], &mut [T], &Team),
}
