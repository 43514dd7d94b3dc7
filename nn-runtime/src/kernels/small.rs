//! Matrix products so small that to call a kernel takes longer than to compute them: sums in registers, where the product stands, with the
//! bits of the tiles. Plain loops would not do: LLVM shuffles what it should keep in registers, and takes up to twenty times as long.

#![expect(unsafe_code, reason = "reads and writes through pointers, within arrays of known lengths")]

use super::gemm::dot;
use crate::isa::{Isa, Lanes, Vector};
use crate::real::Real;

/// The most products of one row that are multiplied here.
const MOST: usize = 256;

/// The same of the only row.
const MOST_OF_ONE: usize = 4096;

/// How many rows are summed together.
const ROWS: usize = 4;

/// Whether a matrix of these extents is small.
pub(super) const fn is_small(rows: usize, columns: usize) -> bool {
    rows * columns <= MOST
}

/// Whether it is small for a single row.
pub(super) const fn is_small_for_one(rows: usize, columns: usize) -> bool {
    rows * columns <= MOST_OF_ONE
}

/// `c = a b`
#[inline(always)]
pub(super) fn matmul<I: Isa + Lanes<T>, T: Real, const K: usize, const N: usize>(
    _: I,
    c: &mut [[T; N]],
    a: &[[T; K]],
    b: &[[T; N]; K],
) {
    let rows = c.len().min(a.len());
    let product = Operands {
        a: a.as_ptr().cast(),
        a_row: K,
        a_step: 1,
        b: b.as_ptr().cast(),
        c: c.as_mut_ptr().cast(),
        terms: K,
    };
    // SAFETY: there is an instruction set; `a` and `c` have so many rows, `b` has `K`.
    unsafe { product.rows::<<I as Lanes<T>>::Vector, N>(rows) }
}

/// `c = a b^T`
#[inline(always)]
pub(super) fn matmul_nt<T: Real, const K: usize, const N: usize>(c: &mut [[T; N]], a: &[[T; K]], b: &[[T; K]; N]) {
    for (c, a) in c.iter_mut().zip(a) {
        for (c, b) in c.iter_mut().zip(b) {
            *c = dot(a, b);
        }
    }
}

/// `c = a^T b`
#[inline(always)]
pub(super) fn matmul_tn<I: Isa + Lanes<T>, T: Real, const M: usize, const N: usize>(
    _: I,
    c: &mut [[T; N]; M],
    a: &[[T; M]],
    b: &[[T; N]],
) {
    let product = Operands {
        a: a.as_ptr().cast(),
        a_row: 1,
        a_step: M,
        b: b.as_ptr().cast(),
        c: c.as_mut_ptr().cast(),
        terms: a.len().min(b.len()),
    };
    // SAFETY: there is an instruction set; `a` and `b` have so many terms, `c` has `M` rows.
    unsafe { product.rows::<<I as Lanes<T>>::Vector, N>(M) }
}

/// Where a product begins.
#[derive(Clone, Copy)]
struct Operands<T> {
    a: *const T,
    /// From a row of the left operand to the next, and from a term to the next.
    a_row: usize,
    a_step: usize,
    b: *const T,
    c: *mut T,
    /// Terms of each sum.
    terms: usize,
}

impl<T: Real> Operands<T> {
    /// So many rows of `N` columns.
    ///
    /// # Safety
    /// The machine has the registers; the operands have so many rows and terms, `b` and `c` with `N` columns side by side.
    #[inline(always)]
    unsafe fn rows<V: Vector<T>, const N: usize>(self, rows: usize) {
        let mut row = 0;
        // SAFETY: rows from `row` on are rows of the operands.
        unsafe {
            while row + ROWS <= rows {
                self.below::<N>(row).strip::<V, N, ROWS>(0);
                row += ROWS;
            }
            while row < rows {
                self.below::<N>(row).one::<V, N>();
                row += 1;
            }
        }
    }

    /// The product from a row on.
    #[inline(always)]
    fn below<const N: usize>(self, row: usize) -> Self {
        Self { a: self.a.wrapping_add(row * self.a_row), c: self.c.wrapping_add(row * N), ..self }
    }

    /// One row of `N` columns: many sums, which do not wait for each other.
    ///
    /// # Safety
    /// That of [`Operands::rows`].
    #[inline(always)]
    unsafe fn one<V: Vector<T>, const N: usize>(self) {
        let mut column = 0;
        // SAFETY: the registers lie within the columns.
        unsafe {
            while N - column >= 4 * V::LANES {
                self.columns::<V, N, 1, 4>(column, V::LANES);
                column += 4 * V::LANES;
            }
            self.strip::<V, N, 1>(column);
        }
    }

    /// `R` rows of the columns from `column` to `N`.
    ///
    /// # Safety
    /// That of [`Operands::rows`].
    #[inline(always)]
    unsafe fn strip<V: Vector<T>, const N: usize, const R: usize>(self, mut column: usize) {
        while column < N {
            let left = N - column;
            let registers = (left / V::LANES).min(2);
            // SAFETY: `registers`, or what is left beside them, lie within the columns.
            unsafe {
                match registers {
                    0 => self.columns::<V, N, R, 1>(column, left),
                    1 => self.columns::<V, N, R, 1>(column, V::LANES),
                    _ => self.columns::<V, N, R, 2>(column, V::LANES),
                }
            }
            column += registers.max(1) * V::LANES;
        }
    }

    /// `C` registers of columns from `first` on; of the last one, `width` lanes.
    ///
    /// # Safety
    /// That of [`Operands::rows`], for `R` rows; these columns are columns of the matrix.
    #[inline(always)]
    unsafe fn columns<V: Vector<T>, const N: usize, const R: usize, const C: usize>(self, first: usize, width: usize) {
        let is_part = |register: usize| register == C - 1 && width < V::LANES;
        // SAFETY: by the contract of this function.
        unsafe {
            let mut sums = [[V::splat(T::ZERO); C]; R];
            for term in 0..self.terms {
                let from = self.b.add(term * N + first);
                let mut columns = [V::splat(T::ZERO); C];
                for (register, column) in columns.iter_mut().enumerate() {
                    let from = from.add(register * V::LANES);
                    *column = if is_part(register) { V::load_first(from, width) } else { V::load(from) };
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = V::splat(*self.a.add(row * self.a_row + term * self.a_step));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = x.mul_add(column, *sum);
                    }
                }
            }
            for (row, sums) in sums.into_iter().enumerate() {
                for (register, sum) in sums.into_iter().enumerate() {
                    let to = self.c.add(row * N + first + register * V::LANES);
                    if is_part(register) { sum.store_first(to, width) } else { sum.store(to) }
                }
            }
        }
    }
}
