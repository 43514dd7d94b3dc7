//! Where weights live: on the heap, or wherever the user puts them; knows nothing of networks.

/// A place for weights: anything that is a slice of them, such as a [`Heap`], an array in a `static`, or a `&mut [T]`.
pub trait Storage<T>: AsRef<[T]> + AsMut<[T]> {}

impl<T, S: AsRef<[T]> + AsMut<[T]> + ?Sized> Storage<T> for S {}

/// Weights on the heap.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq)]
pub struct Heap<T>(alloc::boxed::Box<[T]>);

#[cfg(feature = "alloc")]
impl<T: crate::real::Real> Heap<T> {
    /// `values` zeros. They never pass through the stack.
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
