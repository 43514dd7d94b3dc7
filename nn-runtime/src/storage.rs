//! Where weights live: on the heap, or wherever the user puts them; knows nothing of networks.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! use nn_runtime::Heap;
//! // On the heap, on the stack, or in memory that somebody else has: the weights are the same.
//! let heap = Net::in_memory(Heap::zeros(Net::WEIGHTS), 1)?;
//! let stack = Net::in_memory([0.0; Net::WEIGHTS], 1)?;
//! assert_eq!(heap.predict(&[1.0, 2.0]), stack.predict(&[1.0, 2.0]));
//! # Ok::<(), nn_runtime::Error>(())
//! ```

/// A place for weights: anything that is a slice of them, such as a [`Heap`], an array in a `static`, or a `&mut [T]`.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// // On the stack, and in memory that somebody else has.
/// let small = Net::in_memory([0.0; Net::WEIGHTS], 1)?;
/// let mut memory = vec![0.0; Net::WEIGHTS];
/// let borrowed = Net::in_memory(&mut memory[..], 1)?;
/// assert_eq!(small.predict(&[0.5, 1.0]), borrowed.predict(&[0.5, 1.0]));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
pub trait Storage<T>: AsRef<[T]> + AsMut<[T]> {}

impl<T, S: AsRef<[T]> + AsMut<[T]> + ?Sized> Storage<T> for S {}

/// Weights on the heap.
///
/// ```
/// use nn_runtime::Heap;
/// let weights = Heap::<f32>::zeros(3);
/// assert_eq!(weights.as_ref(), [0.0; 3]);
/// ```
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq)]
pub struct Heap<T>(alloc::boxed::Box<[T]>);

#[cfg(feature = "alloc")]
impl<T: crate::real::Real> Heap<T> {
    /// `values` zeros. They never pass through the stack.
    ///
    /// ```
    /// # use nn_runtime::Heap;
    /// assert_eq!(Heap::<f64>::zeros(1000).as_ref().len(), 1000);
    /// ```
    pub fn zeros(values: usize) -> Self {
        Heap(alloc::vec![T::ZERO; values].into_boxed_slice())
    }
}

#[cfg(feature = "alloc")]
impl<T> AsRef<[T]> for Heap<T> {
    fn as_ref(&self) -> &[T] {
        &self.0
    }
}

#[cfg(feature = "alloc")]
impl<T> AsMut<[T]> for Heap<T> {
    fn as_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}
