//! What kernels do with a register of numbers.

#![expect(unsafe_code, reason = "what makes a register of a set that the machine may lack is unsafe")]

/// The registers of an instruction set for elements of type `T`.
pub trait Lanes<T> {
    /// One register.
    type Vector: Vector<T>;
}

/// Some numbers side by side, computed with at once.
///
/// Whoever makes one knows that the machine has its instruction set: what makes one out of nothing is `unsafe`, what computes
/// with those that exist is not.
pub trait Vector<T>: Copy {
    /// How many numbers.
    const LANES: usize;
    /// How many such registers the machine has.
    const REGISTERS: usize;

    /// The same number in each lane.
    ///
    /// # Safety
    /// The machine has the instruction set.
    unsafe fn splat(x: T) -> Self;

    /// `LANES` numbers, at any address.
    ///
    /// # Safety
    /// The machine has the instruction set, and `from` is valid for reads of `LANES` numbers.
    unsafe fn load(from: *const T) -> Self;

    /// The first `count` lanes from memory, 0 in the others.
    ///
    /// # Safety
    /// As for [`Vector::load`], for `count` numbers, of which there are at most `LANES`.
    unsafe fn load_first(from: *const T, count: usize) -> Self;

    /// Writes all lanes.
    ///
    /// # Safety
    /// `to` is valid for writes of `LANES` numbers.
    unsafe fn store(self, to: *mut T);

    /// Writes the first `count` lanes.
    ///
    /// # Safety
    /// `to` is valid for writes of `count` numbers, at most `LANES`.
    unsafe fn store_first(self, to: *mut T, count: usize);

    /// `self * b + c`, rounded once where the instruction set can, else twice.
    fn mul_add(self, b: Self, c: Self) -> Self;

    /// `self + other`
    fn add(self, other: Self) -> Self;

    /// A square of `LANES` by `LANES` numbers, mirrored: `to[i * to_row + j] = from[j * from_row + i]`.
    ///
    /// # Safety
    /// The machine has the instruction set; `from` and `to` are valid for reads and writes of the squares, which do not overlap.
    unsafe fn transpose(from: *const T, from_row: usize, to: *mut T, to_row: usize);
}
