//! The product of one row with a matrix: many columns at once, so that there are enough sums to keep the registers busy, and the
//! matrix is read in long pieces.

#![expect(unsafe_code, reason = "reads and writes through pointers; the product has compared all lengths")]

use super::{PANEL, Unbounded};
use crate::isa::Vector;
use crate::real::Real;

/// The most registers of a panel.
const REGISTERS: usize = 16;

/// The panels from one to another, which are whole, of a product of one row whose right operand does not lie across.
///
/// # Safety
/// The machine has the registers, all lengths have been compared with the extents, and no other thread computes these panels.
#[inline(always)]
pub(super) unsafe fn row<T: Real, V: Vector<T>>(product: &Unbounded<T>, from: usize, to: usize) {
    // Half of the registers hold sums.
    let most = V::REGISTERS / 2 / (PANEL / V::LANES);
    let mut panel = from;
    while panel < to {
        // SAFETY: as the caller says.
        unsafe {
            panel += match (to - panel).min(most) {
                8.. => panels::<T, V, 8>(product, panel),
                4.. => panels::<T, V, 4>(product, panel),
                2.. => panels::<T, V, 2>(product, panel),
                _ => panels::<T, V, 1>(product, panel),
            };
        }
    }
}

/// `P` panels from one on; `P`. Terms are added in their order.
///
/// # Safety
/// As for [`row`].
#[inline(always)]
unsafe fn panels<T: Real, V: Vector<T>, const P: usize>(product: &Unbounded<T>, panel: usize) -> usize {
    let Unbounded { k, a, a_step, b, b_columns, c, c_columns, adds, .. } = *product;
    let registers = PANEL / V::LANES;
    let (_, step) = b_columns.panel(panel, k, 0);
    // SAFETY: as the caller says.
    unsafe {
        let b: [*const T; P] = core::array::from_fn(|p| b.add(b_columns.panel(panel + p, k, 0).0));
        let c: [*mut T; P] = core::array::from_fn(|p| c.add(c_columns.panel(panel + p, 1, 0).0));
        let mut sums = [[V::splat(T::ZERO); REGISTERS]; P];
        if adds {
            for (sums, c) in sums.iter_mut().zip(c) {
                for (r, sum) in sums[..registers].iter_mut().enumerate() {
                    *sum = V::load(c.add(r * V::LANES));
                }
            }
        }
        for i in 0..k {
            let x = V::splat(*a.add(i * a_step));
            for (sums, b) in sums.iter_mut().zip(b) {
                for (r, sum) in sums[..registers].iter_mut().enumerate() {
                    *sum = x.mul_add(V::load(b.add(i * step + r * V::LANES)), *sum);
                }
            }
        }
        for (sums, c) in sums.iter().zip(c) {
            for (r, sum) in sums[..registers].iter().enumerate() {
                sum.store(c.add(r * V::LANES));
            }
        }
    }
    P
}
