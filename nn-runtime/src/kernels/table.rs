//! Rows of a table by ids, and their adjoint.

use crate::real::Real;

/// The row that an id names; `None` for a number that is no id of the table.
#[inline(always)]
fn index<T: Real>(id: T, rows: usize) -> Option<usize> {
    let id = id.to_f64();
    // The cast saturates and turns NaN to 0: comparing back finds what is not whole, too large or NaN.
    let index = id as usize;
    (index as f64 == id && index < rows).then_some(index)
}

/// `target[r] = table[ids[r]]`: `target: [r, D]`, `table: [v, D]`, `ids: [r]`. An id that is none gives a row of NaN.
pub fn gather<T: Real, const D: usize>(target: &mut [[T; D]], table: &[[T; D]], ids: &[T]) {
    for (row, id) in target.iter_mut().zip(ids) {
        match index(*id, table.len()) {
            Some(index) => row.copy_from_slice(&table[index]),
            None => row.fill(T::from_f64(f64::NAN)),
        }
    }
}

/// `target = 0; target[ids[r]] += rows[r]` in the order of `r`: `target: [v, D]`, `rows: [r, D]`, `ids: [r]`.
/// Ids that are none are left out.
pub fn scatter_add<T: Real, const D: usize>(target: &mut [[T; D]], rows: &[[T; D]], ids: &[T]) {
    target.as_flattened_mut().fill(T::ZERO);
    for (row, id) in rows.iter().zip(ids) {
        if let Some(index) = index(*id, target.len()) {
            for (sum, x) in target[index].iter_mut().zip(row) {
                *sum += *x;
            }
        }
    }
}
