//! Kernels as functions for each instruction set and element type, compiled once, in this crate, and not in each program.

#![expect(unsafe_code, reason = "functions for instruction sets, behind tokens that prove that the machine has them")]

use super::conv::{self, Meeting};
use super::flat;
use super::gemm::{self, Copied, Strip, Unbounded};
use super::lanes::{self, Filling};
#[cfg(target_arch = "x86_64")]
use crate::isa::{Avx2, Avx512};
use crate::isa::{Dynamic, Portable};
use crate::loss::elements::{self, Each};
use crate::loss::entropy::{self, Entropy};
use crate::optim::{self, Change, Part};

/// Each kernel as a function of a trait: its arguments, and the body, which is generic over the instruction set.
macro_rules! kernels {
    ($($(#[doc = $doc:literal])* $name:ident($($argument:ident: $type:ty),*) = $body:path;)*) => {
        /// The kernels of an instruction set for elements of type `T`.
        pub trait Compiled<T>: Copy + Send + Sync {
            $($(#[doc = $doc])* fn $name(self, $($argument: $type),*);)*
        }

        const _: () = {
            type T = f32;
            kernels!(@sets [] $($name($($argument: $type),*) = $body;)*);
        };
        const _: () = {
            type T = f64;
            // Few programs compute in `f64`: those that do compile what they call, unless optimised code is not the point.
            kernels!(@sets [cfg_attr(not(debug_assertions), inline)] $($name($($argument: $type),*) = $body;)*);
        };
    };
    (@sets $inline:tt $($name:ident($($argument:ident: $type:ty),*) = $body:path;)*) => {
        impl Compiled<T> for Portable {
            $(kernels! { @function $inline fn $name(self, $($argument: $type),*) {
                $body(self, $($argument),*);
            } })*
        }

        impl Compiled<T> for Dynamic {
            $(#[inline] fn $name(self, $($argument: $type),*) {
                #[cfg(target_arch = "x86_64")]
                if let Some(isa) = Avx512::in_use() {
                    return Compiled::<T>::$name(isa, $($argument),*);
                } else if let Some(isa) = Avx2::in_use() {
                    return Compiled::<T>::$name(isa, $($argument),*);
                }
                Compiled::<T>::$name(Portable, $($argument),*);
            })*
        }

        kernels!(@set Avx2, "avx2,fma,bmi1,bmi2", $inline: $($name($($argument: $type),*) = $body;)*);
        kernels!(@set Avx512, "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,bmi1,bmi2", $inline:
            $($name($($argument: $type),*) = $body;)*);
    };
    (@function [$($inline:meta)?] $function:item) => {
        $(#[$inline])? $function
    };
    (@set $isa:ident, $features:literal, $inline:tt:
        $($name:ident($($argument:ident: $type:ty),*) = $body:path;)*) => {
        #[cfg(target_arch = "x86_64")]
        impl Compiled<T> for $isa {
            $(kernels! { @function $inline fn $name(self, $($argument: $type),*) {
                #[target_feature(enable = $features)]
                #[inline]
                fn compiled(isa: $isa, $($argument: $type),*) {
                    $body(isa, $($argument),*);
                }
                // SAFETY: there is a token, so the machine has the set.
                unsafe { compiled(self, $($argument),*) }
            } })*
        }
    };
}

kernels! {
    /// A copy of a part of a matrix, side by side.
    copy(copied: Copied<T>) = gemm::copy;
    /// Some rows of a product, by the columns of one panel.
    strip(strip: Strip<'_, T>) = gemm::strip;
    /// The panels from one to another of a product; no two threads may compute the same.
    panels(product: &Unbounded<T>, from: usize, to: usize) = gemm::panels;
    /// One step of an optimizer for some parameters.
    update(change: &Change<T>, part: &mut Part<'_, T>) = optim::apply;
    /// A sum of two buffers in the first.
    accumulate(total: &mut [T], part: &[T]) = flat::accumulate;
    /// The sum of the squares of a buffer.
    squares(values: &[T], sum: &mut f64) = flat::squares;
    /// A loss of single outputs, with its gradient.
    each_loss(each: &mut Each<'_, T>) = elements::each;
    /// A loss of distributions, with its gradient.
    entropy(entropy: &mut Entropy<'_, T>) = entropy::entropy;
    /// Whether a buffer holds nothing infinite and no NaN.
    look(values: &[T], finite: &mut bool) = flat::look;
    /// A convolution.
    conv_output(meeting: &Meeting, output: &mut [T], input: &[T], kernel: &[T]) = conv::output_body;
    /// Its adjoint for the input.
    conv_input(meeting: &Meeting, input: &mut [T], kernel: &[T], output: &[T]) = conv::input_body;
    /// One of so many parts of its adjoint for the kernel; no two threads may compute the same.
    conv_kernel(sum: &conv::Sum<'_, T>, part: usize, parts: usize) = conv::kernel_body;
    /// Sums over a window that slides over rows side by side.
    lanes_slide(slide: &mut lanes::Slide<'_, T>) = lanes::slide;
    /// The adjoint for the kernel of a convolution of rows side by side.
    lanes_windows(meeting: &Meeting, kernel: &mut [T], input: &[T], output: &[T]) = lanes::of_windows;
    /// A sum of outer products of rows side by side.
    lanes_outer(outer: lanes::Outer<'_, T>) = lanes::outer;
    /// Rows laid side by side.
    beside(turn: lanes::Turn<'_, T>, filling: Filling) = lanes::beside;
    /// Rows laid one behind the other.
    apart(turn: lanes::Turn<'_, T>) = lanes::apart;
}
