//! Where pieces of memory lie that are alive at different times: as densely as simple orders achieve, always the same.

use std::cmp::Reverse;

/// A piece of memory that something needs from one moment to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The first moment.
    pub from: usize,
    /// The last moment.
    pub to: usize,
    /// Values in it.
    pub len: usize,
    /// Where it begins.
    pub offset: usize,
}

impl Piece {
    /// Whether there is a moment at which both are alive.
    pub fn meets(&self, other: &Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// The values that the pieces take as they lie.
pub fn extent(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.offset + piece.len).max().unwrap_or(0)
}

/// The fewest values that they could take: the largest sum of what is alive at one moment.
pub fn lower_bound(pieces: &[Piece]) -> usize {
    // At the same moment, what begins is added before what has ended is taken away: both moments belong to a piece.
    let mut changes: Vec<(usize, bool, usize)> =
        pieces.iter().flat_map(|piece| [(piece.from, false, piece.len), (piece.to, true, piece.len)]).collect();
    changes.sort_unstable();
    let (mut alive, mut most) = (0, 0);
    for (_, ends, len) in changes {
        if ends {
            alive -= len;
        } else {
            alive += len;
            most = most.max(alive);
        }
    }
    most
}

/// In which order pieces are placed: by the first number, then by the second.
type Order = fn(&Piece) -> (Reverse<usize>, Reverse<usize>);

/// By length, by time, by both, and by what comes last: no order is best for all.
const ORDERS: [Order; 4] = [
    |piece| (Reverse(piece.len), Reverse(piece.to - piece.from)),
    |piece| (Reverse(piece.to - piece.from), Reverse(piece.len)),
    |piece| (Reverse(piece.len * (piece.to - piece.from + 1)), Reverse(piece.len)),
    |piece| (Reverse(piece.to), Reverse(piece.len)),
];

/// How often an order is mended, for so many pieces: less often where each time takes longer.
fn rounds(pieces: usize) -> usize {
    ((1 << 14) / (pieces + 1)).max(1)
}

/// Gives each piece its offset, so that no two that meet overlap: the best of several orders, each mended some times; of those
/// that are equally good, the first.
///
/// An order is mended by placing first what lay above the lower bound (Joslin and Clements, "Squeaky Wheel Optimization", 1999).
pub fn place(pieces: &mut [Piece]) {
    let least = lower_bound(pieces);
    let mut best = usize::MAX;
    for order in ORDERS {
        let mut turns: Vec<usize> = (0..pieces.len()).collect();
        turns.sort_by_key(|index| order(&pieces[*index]));
        for _ in 0..rounds(pieces.len()) {
            if best <= least {
                return;
            }
            let offsets = first_fit(pieces, &turns);
            let end = |index: usize| offsets[index] + pieces[index].len;
            turns.sort_by_key(|index| end(*index) <= least);
            let taken = (0..pieces.len()).map(end).max().unwrap_or(0);
            if taken < best {
                best = taken;
                for (piece, offset) in pieces.iter_mut().zip(offsets) {
                    piece.offset = offset;
                }
            }
        }
    }
}

/// Each piece in its turn at the lowest offset where nothing lies that meets it.
fn first_fit(pieces: &[Piece], turns: &[usize]) -> Vec<usize> {
    // What has been placed, by offset.
    let mut placed: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut offsets = vec![0; pieces.len()];
    for index in turns {
        let piece = pieces[*index];
        let mut offset = 0;
        for other in placed.iter().filter(|other| other.meets(&piece)) {
            if offset + piece.len <= other.offset {
                break;
            }
            offset = offset.max(other.offset + other.len);
        }
        offsets[*index] = offset;
        let at = placed.partition_point(|other| other.offset < offset);
        placed.insert(at, Piece { offset, ..piece });
    }
    offsets
}
