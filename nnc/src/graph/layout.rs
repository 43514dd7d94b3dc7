//! Where boxes stand and which way lines take, in pixels; knows how large letters are, no colours.

use super::order::{Ranks, Spot};
use super::place::{Wish, place};
use super::{Box, Graph};

/// The width of a letter of the monospaced fonts at the sizes of titles, notes and words on lines: 0.602 of the size.
const TITLE: f64 = 7.9;
const NOTE: f64 = 6.7;
const WORD: f64 = 6.7;
/// Around the text of a box.
const PAD: f64 = 12.0;
/// From line to line of a text.
const LINE: f64 = 16.0;
/// Between boxes side by side, and between lines that pass side by side.
const GAP: f64 = 26.0;
const LANE: f64 = 16.0;
/// Below a box, where its lines go straight down beside their words.
const WORDS: f64 = 20.0;
/// Where lines turn to their aims, with the tip of the arrow.
const TURN: f64 = 26.0;
/// How often places are adjusted to those of the neighbours.
const SWEEPS: usize = 24;

/// A graph with places.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) boxes: Vec<Placed>,
    pub(super) ways: Vec<Way>,
    /// Words beside where a value begins: left end and base line.
    pub(super) words: Vec<(f64, f64, String)>,
}

/// A box: left, top, width, height; with what is in it, counted from its own corner.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) at: (f64, f64),
    pub(super) size: (f64, f64),
    pub(super) inner: Option<(f64, f64, Layout)>,
}

/// The corners of a line; between them it is straight where `x` stays, else it swings.
pub(super) type Way = Vec<(f64, f64)>;

/// Lays a graph out from top to bottom.
pub(super) fn layout(graph: &Graph) -> Layout {
    let ranks = Ranks::of(graph);
    let inner: Vec<Option<Layout>> = graph.boxes.iter().map(|one| one.inner.as_ref().map(layout)).collect();
    let sizes: Vec<(f64, f64)> = graph.boxes.iter().zip(&inner).map(|(one, inner)| size(one, inner.as_ref())).collect();
    let room = Room { graph, ranks: &ranks, sizes: &sizes };
    let middles = room.across();
    let (tops, heights) = room.down();
    let boxes: Vec<Placed> = room.place(inner, &middles, &tops);
    let bottom = tops.last().zip(heights.last()).map_or(0.0, |(top, height)| top + height);
    let (ways, words) = room.lines(&boxes, &middles, &tops, &heights);
    let right = boxes.iter().map(|one| one.at.0 + one.size.0);
    let words_end = words.iter().map(|(x, _, word)| x + WORD * word.chars().count() as f64);
    let passing = ways.iter().flatten().map(|(x, _)| x + 2.0);
    let width = right.chain(words_end).chain(passing).fold(0.0, f64::max);
    let words_below = words.iter().map(|(_, y, _)| *y).fold(bottom, f64::max);
    Layout { width, height: words_below, boxes, ways, words }
}

/// The height of the text of a box.
fn text_height(one: &Box) -> f64 {
    LINE * (1.0 + f64::from(u8::from(!one.note.is_empty()))) + 12.0
}

fn size(one: &Box, inner: Option<&Layout>) -> (f64, f64) {
    let letters = |text: &str| text.chars().count() as f64;
    let text = (TITLE * letters(&one.title)).max(NOTE * letters(&one.note)) + 2.0 * PAD;
    match inner {
        Some(inner) => (text.max(inner.width + 2.0 * PAD), text_height(one) + inner.height + PAD),
        None => (text.max(64.0), text_height(one)),
    }
}

struct Room<'a> {
    graph: &'a Graph,
    ranks: &'a Ranks,
    sizes: &'a [(f64, f64)],
}

impl Room<'_> {
    /// How far a spot reaches to the left and to the right of its middle. Words stand to the right of the middle.
    fn reach(&self, spot: Spot) -> (f64, f64) {
        match spot {
            Spot::Box(number) => {
                let half = self.sizes[number].0 / 2.0;
                let words = &self.graph.boxes[number].yields;
                let begins = self.graph.lines.iter().any(|line| line.from == number);
                let width: f64 = words.iter().map(|word| WORD * word.chars().count() as f64 + 16.0).sum();
                let right = match words.len() {
                    _ if !begins => half,
                    1 => half.max(width),
                    _ => half.max(width / 2.0 + 8.0),
                };
                (half + GAP / 2.0, right + GAP / 2.0)
            }
            Spot::Line(_) => (LANE / 2.0, LANE / 2.0),
        }
    }

    /// The middle of each spot, so that lines are straight where they can be.
    fn across(&self) -> Vec<f64> {
        let Ranks { spots, ranks, links } = self.ranks;
        let mut middles = vec![0.0; spots.len()];
        let reaches: Vec<(f64, f64)> = spots.iter().map(|spot| self.reach(*spot)).collect();
        let mut pulls: Vec<Vec<(usize, f64)>> = vec![Vec::new(); spots.len()];
        for &(_, upper, lower) in links {
            let weight = match (spots[upper], spots[lower]) {
                (Spot::Line(_), Spot::Line(_)) => 12.0,
                (Spot::Box(_), Spot::Box(_)) => 6.0,
                _ => 1.0,
            };
            pulls[upper].push((lower, weight));
            pulls[lower].push((upper, weight));
        }
        for sweep in 0..SWEEPS {
            for step in 0..ranks.len() {
                let rank = &ranks[if sweep % 2 == 0 { step } else { ranks.len() - 1 - step }];
                let wish = |spot: &usize| {
                    let weight: f64 = pulls[*spot].iter().map(|(_, weight)| weight).sum();
                    let sum: f64 = pulls[*spot].iter().map(|(other, weight)| weight * middles[*other]).sum();
                    let at = if weight > 0.0 { sum / weight } else { middles[*spot] };
                    Wish { at, weight: weight.max(0.1), reach: reaches[*spot] }
                };
                let wishes: Vec<Wish> = rank.iter().map(wish).collect();
                let placed = place(&wishes);
                rank.iter().zip(placed).for_each(|(spot, x)| middles[*spot] = x);
            }
        }
        let left = (0..spots.len()).map(|spot| middles[spot] - reaches[spot].0).fold(f64::INFINITY, f64::min);
        let left = left + GAP / 2.0;
        middles.iter_mut().for_each(|x| *x -= left.min(1e9));
        middles
    }

    /// Top and height of each rank.
    fn down(&self) -> (Vec<f64>, Vec<f64>) {
        let height = |spot: &usize| match self.ranks.spots[*spot] {
            Spot::Box(number) => self.sizes[number].1,
            Spot::Line(_) => 0.0,
        };
        let heights: Vec<f64> =
            self.ranks.ranks.iter().map(|rank| rank.iter().map(height).fold(0.0, f64::max)).collect();
        let mut top = 0.0;
        let mut tops = Vec::with_capacity(heights.len());
        for height in &heights {
            tops.push(top);
            top += height + WORDS + TURN;
        }
        (tops, heights)
    }

    fn place(&self, inner: Vec<Option<Layout>>, middles: &[f64], tops: &[f64]) -> Vec<Placed> {
        let mut at = vec![(0.0, 0.0); self.sizes.len()];
        for (rank, top) in self.ranks.ranks.iter().zip(tops) {
            for spot in rank {
                if let Spot::Box(number) = self.ranks.spots[*spot] {
                    at[number] = (middles[*spot] - self.sizes[number].0 / 2.0, *top);
                }
            }
        }
        let parts = at.into_iter().zip(self.sizes).zip(inner).zip(&self.graph.boxes);
        parts
            .map(|(((at, size), inner), one)| Placed {
                at,
                size: *size,
                inner: inner.map(|inner| ((size.0 - inner.width) / 2.0, text_height(one), inner)),
            })
            .collect()
    }

    /// The lines with their words.
    fn lines(
        &self,
        boxes: &[Placed],
        middles: &[f64],
        tops: &[f64],
        heights: &[f64],
    ) -> (Vec<Way>, Vec<(f64, f64, String)>) {
        let rank_of = self.rank_of();
        let mut ways: Vec<Way> = vec![Vec::new(); self.graph.lines.len()];
        for &(number, upper, lower) in &self.ranks.links {
            let line = self.graph.lines[number];
            let way = &mut ways[number];
            if way.is_empty() {
                let from = &boxes[line.from];
                let x = self.begin(from, line.from, line.value);
                way.push((x, from.at.1 + from.size.1));
                let rank = rank_of[upper];
                way.push((x, tops[rank] + heights[rank] + WORDS));
            }
            if let Spot::Line(_) = self.ranks.spots[lower] {
                let rank = rank_of[lower];
                let x = middles[lower];
                way.push((x, tops[rank]));
                way.push((x, tops[rank] + heights[rank] + WORDS));
            }
        }
        self.arrive(boxes, &mut ways);
        (ways, self.words(boxes))
    }

    fn rank_of(&self) -> Vec<usize> {
        let mut of = vec![0; self.ranks.spots.len()];
        for (rank, spots) in self.ranks.ranks.iter().enumerate() {
            spots.iter().for_each(|spot| of[*spot] = rank);
        }
        of
    }

    /// Where the lines of a value begin: side by side if there are several, with room for the words of each.
    fn begin(&self, from: &Placed, number: usize, value: usize) -> f64 {
        let words = &self.graph.boxes[number].yields;
        let width = |word: &String| WORD * word.chars().count() as f64 + 16.0;
        let middle = from.at.0 + from.size.0 / 2.0;
        if words.len() < 2 {
            return middle;
        }
        let before: f64 = words.iter().take(value).map(width).sum();
        let all: f64 = words.iter().map(width).sum();
        middle - all / 2.0 + before + 8.0
    }

    /// Ends each line on top of its box: straight below where it comes from if the box is there, and not where another ends.
    fn arrive(&self, boxes: &[Placed], ways: &mut [Way]) {
        for (number, to) in boxes.iter().enumerate() {
            let mut ends: Vec<usize> = (0..ways.len()).filter(|line| self.graph.lines[*line].to == number).collect();
            let last = |way: &Way| way.last().map_or(0.0, |(x, _)| *x);
            ends.sort_by(|a, b| last(&ways[*a]).total_cmp(&last(&ways[*b])));
            let (left, right) = (to.at.0 + 14.0, to.at.0 + to.size.0 - 14.0);
            let wish = |line: &usize| {
                let from = last(&ways[*line]);
                Wish { at: from.clamp(left, right), weight: 1.0, reach: (8.0, 8.0) }
            };
            let wishes: Vec<Wish> = ends.iter().map(wish).collect();
            for (line, x) in ends.iter().zip(place(&wishes)) {
                ways[*line].push((x, to.at.1));
            }
        }
    }

    fn words(&self, boxes: &[Placed]) -> Vec<(f64, f64, String)> {
        let mut words = Vec::new();
        for (number, one) in self.graph.boxes.iter().enumerate() {
            for (value, word) in one.yields.iter().enumerate() {
                if self.graph.lines.iter().any(|line| line.from == number && line.value == value) {
                    let from = &boxes[number];
                    words.push((self.begin(from, number, value) + 6.0, from.at.1 + from.size.1 + 14.0, word.clone()));
                }
            }
        }
        words
    }
}
