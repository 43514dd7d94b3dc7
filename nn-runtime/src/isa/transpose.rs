//! Squares of numbers mirrored in registers: neighbours are exchanged at growing distances.

#![expect(unsafe_code, reason = "instructions that not each machine has")]

use core::arch::x86_64::*;

/// Four steps for 16 by 16: elements, pairs, and quarters of registers twice.
///
/// # Safety
/// As for [`Vector::transpose`](super::Vector::transpose), with AVX-512.
#[inline(always)]
pub(super) unsafe fn f32x16(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
    // SAFETY: the caller vouches for the instruction set and for both squares.
    unsafe {
        let mut rows = [_mm512_setzero_ps(); 16];
        for (j, row) in rows.iter_mut().enumerate() {
            *row = _mm512_loadu_ps(from.add(j * from_row));
        }
        let mut pairs = rows;
        for j in (0..16).step_by(2) {
            pairs[j] = _mm512_unpacklo_ps(rows[j], rows[j + 1]);
            pairs[j + 1] = _mm512_unpackhi_ps(rows[j], rows[j + 1]);
        }
        let mut fours = rows;
        for j in (0..16).step_by(4) {
            for half in 0..2 {
                let (a, b) = (_mm512_castps_pd(pairs[j + half]), _mm512_castps_pd(pairs[j + half + 2]));
                fours[j + 2 * half] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
                fours[j + 2 * half + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
            }
        }
        // Each register of `fours` has column `4 q + i` of four rows in quarter `q`.
        for i in 0..4 {
            let (a, b, c, d) = (fours[i], fours[4 + i], fours[8 + i], fours[12 + i]);
            let (ab_even, ab_odd) = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b));
            let (cd_even, cd_odd) = (_mm512_shuffle_f32x4::<0x88>(c, d), _mm512_shuffle_f32x4::<0xdd>(c, d));
            _mm512_storeu_ps(to.add(i * to_row), _mm512_shuffle_f32x4::<0x88>(ab_even, cd_even));
            _mm512_storeu_ps(to.add((4 + i) * to_row), _mm512_shuffle_f32x4::<0x88>(ab_odd, cd_odd));
            _mm512_storeu_ps(to.add((8 + i) * to_row), _mm512_shuffle_f32x4::<0xdd>(ab_even, cd_even));
            _mm512_storeu_ps(to.add((12 + i) * to_row), _mm512_shuffle_f32x4::<0xdd>(ab_odd, cd_odd));
        }
    }
}

/// Three steps for 8 by 8: elements, and quarters of registers twice.
///
/// # Safety
/// As for [`Vector::transpose`](super::Vector::transpose), with AVX-512.
#[inline(always)]
pub(super) unsafe fn f64x8(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
    // SAFETY: the caller vouches for the instruction set and for both squares.
    unsafe {
        let mut rows = [_mm512_setzero_pd(); 8];
        for (j, row) in rows.iter_mut().enumerate() {
            *row = _mm512_loadu_pd(from.add(j * from_row));
        }
        let mut pairs = rows;
        for j in (0..8).step_by(2) {
            pairs[j] = _mm512_unpacklo_pd(rows[j], rows[j + 1]);
            pairs[j + 1] = _mm512_unpackhi_pd(rows[j], rows[j + 1]);
        }
        // Each register of `pairs` has column `2 q + i` of two rows in quarter `q`.
        for i in 0..2 {
            let (a, b, c, d) = (pairs[i], pairs[2 + i], pairs[4 + i], pairs[6 + i]);
            let (ab_even, ab_odd) = (_mm512_shuffle_f64x2::<0x88>(a, b), _mm512_shuffle_f64x2::<0xdd>(a, b));
            let (cd_even, cd_odd) = (_mm512_shuffle_f64x2::<0x88>(c, d), _mm512_shuffle_f64x2::<0xdd>(c, d));
            _mm512_storeu_pd(to.add(i * to_row), _mm512_shuffle_f64x2::<0x88>(ab_even, cd_even));
            _mm512_storeu_pd(to.add((2 + i) * to_row), _mm512_shuffle_f64x2::<0x88>(ab_odd, cd_odd));
            _mm512_storeu_pd(to.add((4 + i) * to_row), _mm512_shuffle_f64x2::<0xdd>(ab_even, cd_even));
            _mm512_storeu_pd(to.add((6 + i) * to_row), _mm512_shuffle_f64x2::<0xdd>(ab_odd, cd_odd));
        }
    }
}

/// Three steps for 8 by 8: elements, pairs, halves of registers.
///
/// # Safety
/// As for [`Vector::transpose`](super::Vector::transpose), with AVX2.
#[inline(always)]
pub(super) unsafe fn f32x8(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
    // SAFETY: the caller vouches for the instruction set and for both squares.
    unsafe {
        let mut rows = [_mm256_setzero_ps(); 8];
        for (j, row) in rows.iter_mut().enumerate() {
            *row = _mm256_loadu_ps(from.add(j * from_row));
        }
        let mut pairs = rows;
        for j in (0..8).step_by(2) {
            pairs[j] = _mm256_unpacklo_ps(rows[j], rows[j + 1]);
            pairs[j + 1] = _mm256_unpackhi_ps(rows[j], rows[j + 1]);
        }
        let mut fours = rows;
        for j in (0..8).step_by(4) {
            for half in 0..2 {
                let (a, b) = (_mm256_castps_pd(pairs[j + half]), _mm256_castps_pd(pairs[j + half + 2]));
                fours[j + 2 * half] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, b));
                fours[j + 2 * half + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, b));
            }
        }
        for i in 0..4 {
            let (a, b) = (fours[i], fours[4 + i]);
            _mm256_storeu_ps(to.add(i * to_row), _mm256_permute2f128_ps::<0x20>(a, b));
            _mm256_storeu_ps(to.add((4 + i) * to_row), _mm256_permute2f128_ps::<0x31>(a, b));
        }
    }
}

/// Two steps for 4 by 4: elements, halves of registers.
///
/// # Safety
/// As for [`Vector::transpose`](super::Vector::transpose), with AVX2.
#[inline(always)]
pub(super) unsafe fn f64x4(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
    // SAFETY: the caller vouches for the instruction set and for both squares.
    unsafe {
        let row = |j: usize| _mm256_loadu_pd(from.add(j * from_row));
        let (a, b, c, d) = (row(0), row(1), row(2), row(3));
        let (ab_even, ab_odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
        let (cd_even, cd_odd) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
        _mm256_storeu_pd(to, _mm256_permute2f128_pd::<0x20>(ab_even, cd_even));
        _mm256_storeu_pd(to.add(to_row), _mm256_permute2f128_pd::<0x20>(ab_odd, cd_odd));
        _mm256_storeu_pd(to.add(2 * to_row), _mm256_permute2f128_pd::<0x31>(ab_even, cd_even));
        _mm256_storeu_pd(to.add(3 * to_row), _mm256_permute2f128_pd::<0x31>(ab_odd, cd_odd));
    }
}
