//! Numbers in a row that keep their distances and are as near as can be to where they want to be; knows no graph.

/// A thing in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// Where its middle wants to be.
    pub(super) at: f64,
    /// How much that counts.
    pub(super) weight: f64,
    /// How far it reaches to the left and to the right of its middle.
    pub(super) reach: (f64, f64),
}

/// The middles with the least sum of weighted squares of distances from the wishes, among those in this order without overlaps.
///
/// Without the widths this is isotonic regression, solved by pooling adjacent violators (Barlow et al., Statistical Inference under Order
/// Restrictions, 1972).
pub(super) fn place(wishes: &[Wish]) -> Vec<f64> {
    // Where the middle of each would be in a row without gaps; what is left over must not fall.
    let mut starts = Vec::with_capacity(wishes.len());
    let mut end = 0.0;
    for (index, wish) in wishes.iter().enumerate() {
        if index > 0 {
            end += wish.reach.0;
        }
        starts.push(end);
        end += wish.reach.1;
    }
    // Blocks that move as one: weighted mean, weight, how many.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (wish, start) in wishes.iter().zip(&starts) {
        let mut block = (wish.at - start, wish.weight, 1);
        while let Some(before) = blocks.pop_if(|before| before.0 > block.0) {
            let weight = before.1 + block.1;
            block = ((before.0 * before.1 + block.0 * block.1) / weight, weight, before.2 + block.2);
        }
        blocks.push(block);
    }
    let shifts = blocks.iter().flat_map(|(shift, _, count)| std::iter::repeat_n(*shift, *count));
    shifts.zip(starts).map(|(shift, start)| shift + start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_collides_shares_the_way() {
        let wish = |at: f64| Wish { at, weight: 1.0, reach: (5.0, 5.0) };
        assert_eq!(place(&[wish(0.0), wish(30.0)]), [0.0, 30.0]);
        assert_eq!(place(&[wish(10.0), wish(10.0)]), [5.0, 15.0]);
        assert_eq!(place(&[wish(20.0), wish(0.0), wish(40.0)]), [5.0, 15.0, 40.0]);
        assert_eq!(place(&[Wish { weight: 3.0, ..wish(8.0) }, wish(8.0)]), [5.5, 15.5]);
        assert_eq!(place(&[]), [0.0; 0]);
    }
}
