//! Positions as affine functions of counters: how one array is read or written through the axes of another.

use std::fmt;

use crate::shape::Extent;

/// `offset + sum(factor * counter)`, a position on one axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Affine {
    /// The position where all counters are 0.
    pub offset: usize,
    /// Counters (axes of another array) and what each is multiplied with; each at most once, ascending, no factor is 0.
    pub terms: Vec<(usize, isize)>,
}

impl Affine {
    /// Always the same position.
    pub fn fixed(offset: usize) -> Self {
        Self { offset, terms: Vec::new() }
    }

    /// The counter itself.
    pub fn counter(counter: usize) -> Self {
        Self { offset: 0, terms: vec![(counter, 1)] }
    }

    /// `offset + factor * counter`
    pub fn strided(offset: usize, counter: usize, factor: isize) -> Self {
        Self { offset, terms: vec![(counter, factor)] }
    }

    /// The counter, if it is that and nothing else.
    pub fn as_counter(&self) -> Option<usize> {
        match self.terms[..] {
            [(counter, 1)] if self.offset == 0 => Some(counter),
            _ => None,
        }
    }

    /// The positions of counters that are affine functions themselves: `self(inner(…))`.
    #[must_use]
    pub fn through(&self, inner: &[Affine]) -> Self {
        let mut offset = self.offset as isize;
        let mut terms: Vec<(usize, isize)> = Vec::new();
        for (counter, factor) in &self.terms {
            offset += inner[*counter].offset as isize * factor;
            for (deeper, times) in &inner[*counter].terms {
                match terms.iter_mut().find(|(known, _)| known == deeper) {
                    Some((_, sum)) => *sum += times * factor,
                    None => terms.push((*deeper, times * factor)),
                }
            }
        }
        terms.retain(|(_, factor)| *factor != 0);
        terms.sort_unstable();
        Self { offset: usize::try_from(offset).expect("positions are not negative"), terms }
    }

    /// The smallest and the largest position, for counters below these extents.
    pub fn bounds(&self, extents: impl Fn(usize) -> usize) -> (isize, isize) {
        let start = (self.offset as isize, self.offset as isize);
        self.terms.iter().fold(start, |(low, high), (counter, factor)| {
            let reach = factor * (extents(*counter).max(1) as isize - 1);
            (low + reach.min(0), high + reach.max(0))
        })
    }

    /// The position at these counters.
    pub fn at(&self, counters: &[usize]) -> usize {
        let sum: isize = self.terms.iter().map(|(counter, factor)| counters[*counter] as isize * factor).sum();
        usize::try_from(self.offset as isize + sum).expect("positions are not negative")
    }
}

impl fmt::Display for Affine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self
            .terms
            .iter()
            .map(|(counter, factor)| if *factor == 1 { format!("i{counter}") } else { format!("{factor}*i{counter}") })
            .collect();
        if self.offset > 0 || parts.is_empty() {
            parts.push(self.offset.to_string());
        }
        write!(f, "{}", parts.join("+"))
    }
}

/// Whether positions in an array of the extents `outer`, in terms of counters below the extents `inner`, meet each element once: on
/// each axis, the counters are digits of the position. Extents that grow with the batch are those of equal rows.
pub fn tiles(at: &[Affine], inner: &[Extent], outer: &[Extent]) -> bool {
    let mut counted = vec![0; inner.len()];
    let each = at.iter().zip(outer).all(|(position, extent)| {
        let mut digits = position.terms.clone();
        digits.sort_unstable_by_key(|(_, factor)| *factor);
        digits.iter().for_each(|(counter, _)| counted[*counter] += 1);
        if let ([(counter, 1)], Extent::Rows(_)) = (&digits[..], extent) {
            return position.offset == 0 && inner[*counter] == *extent;
        }
        let mut places = 1_isize;
        let follow = digits.iter().all(|(counter, factor)| {
            let fits = *factor == places;
            match inner[*counter] {
                Extent::Fixed(n) => places = places.saturating_mul(n as isize),
                Extent::Rows(_) => return false,
            }
            fits
        });
        position.offset == 0 && follow && *extent == Extent::Fixed(places as usize)
    });
    each && counted.iter().all(|count| *count == 1)
}

/// Each counter by itself: the positions of an array read as it is.
pub fn identity(rank: usize) -> Vec<Affine> {
    (0..rank).map(Affine::counter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversed_window_of_a_window_is_composed() {
        // Position 2 * i0 + i1 of a reversed axis of 9.
        let reversed = Affine::strided(8, 0, -1);
        let window = [Affine { offset: 0, terms: vec![(0, 2), (1, 1)] }];
        let both = reversed.through(&window);
        assert_eq!(both, Affine { offset: 8, terms: vec![(0, -2), (1, -1)] });
        assert_eq!(both.at(&[3, 1]), 1);
        assert_eq!(both.bounds(|counter| [4, 3][counter]), (0, 8));
    }

    #[test]
    fn digits_of_a_position_tile_an_axis() {
        let fixed = |extents: &[usize]| extents.iter().map(|n| Extent::Fixed(*n)).collect::<Vec<_>>();
        let window = |stride: isize| Affine { offset: 0, terms: vec![(0, stride), (1, 1)] };
        assert!(tiles(&[window(2)], &fixed(&[12, 2]), &fixed(&[24])));
        assert!(!tiles(&[window(1)], &fixed(&[12, 2]), &fixed(&[13])), "windows overlap");
        assert!(!tiles(&[window(2)], &fixed(&[12, 2]), &fixed(&[25])), "the last place is left out");
        assert!(!tiles(&[window(3)], &fixed(&[12, 2]), &fixed(&[36])), "there are gaps");
        assert!(!tiles(&[Affine::counter(0)], &fixed(&[4, 2]), &fixed(&[4])), "each place is met twice");
        assert!(!tiles(&[Affine::strided(1, 0, 1)], &fixed(&[4]), &fixed(&[5])), "it begins behind the first");
        let reversed = Affine { offset: 3, terms: vec![(0, -1)] };
        assert!(!tiles(&[reversed], &fixed(&[4]), &fixed(&[4])), "backwards is not told from a gap");
        let rows = [Extent::Rows(1), Extent::Fixed(3), Extent::Fixed(2)];
        assert!(tiles(
            &[Affine::counter(0), Affine { offset: 0, terms: vec![(1, 2), (2, 1)] }],
            &rows,
            &[rows[0], Extent::Fixed(6)]
        ));
    }
}
