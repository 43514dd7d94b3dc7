//! Which box stands in which rank, and in which order: long lines become chains of stand-ins; knows no coordinates.
//!
//! Ranks by longest paths, order by medians of neighbours: Sugiyama, Tagawa and Toda, Methods for Visual Understanding of Hierarchical
//! System Structures (1981).

use super::{Graph, Kind};

/// What takes a place in a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// A box, by number.
    Box(usize),
    /// Where a line passes by, by its number.
    Line(usize),
}

/// Boxes in ranks, with a spot for each line in each rank that it passes.
#[derive(Debug)]
pub(super) struct Ranks {
    pub(super) spots: Vec<Spot>,
    /// The spots of each rank, from left to right.
    pub(super) ranks: Vec<Vec<usize>>,
    /// Pairs of spots in neighbouring ranks that a line joins: its number, then upper and lower spot.
    pub(super) links: Vec<(usize, usize, usize)>,
}

/// How often the order is improved; small graphs settle long before.
const SWEEPS: usize = 12;

impl Ranks {
    pub(super) fn of(graph: &Graph) -> Self {
        let rank = ranks(graph);
        let most = rank.iter().max().map_or(0, |last| last + 1);
        let mut all = Self { spots: Vec::new(), ranks: vec![Vec::new(); most], links: Vec::new() };
        let at: Vec<usize> = (0..graph.boxes.len()).map(|number| all.add(Spot::Box(number), rank[number])).collect();
        for (number, line) in graph.lines.iter().enumerate() {
            let mut upper = at[line.from];
            for passed in rank[line.from] + 1..rank[line.to] {
                let spot = all.add(Spot::Line(number), passed);
                all.links.push((number, upper, spot));
                upper = spot;
            }
            all.links.push((number, upper, at[line.to]));
        }
        all.improve();
        all
    }

    fn add(&mut self, spot: Spot, rank: usize) -> usize {
        self.spots.push(spot);
        self.ranks[rank].push(self.spots.len() - 1);
        self.spots.len() - 1
    }

    /// Neighbours of a spot above it, or below.
    pub(super) fn neighbours(&self, above: bool) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new(); self.spots.len()];
        for &(_, upper, lower) in &self.links {
            if above { found[lower].push(upper) } else { found[upper].push(lower) }
        }
        found
    }

    /// Changes the order within ranks so that fewer lines cross.
    fn improve(&mut self) {
        let (above, below) = (self.neighbours(true), self.neighbours(false));
        let mut best = (self.crossings(&below), self.ranks.clone());
        for sweep in 0..SWEEPS {
            if best.0 == 0 {
                break;
            }
            let down = sweep % 2 == 0;
            let count = self.ranks.len();
            for step in 1..count {
                let rank = if down { step } else { count - 1 - step };
                self.sort(rank, if down { &above } else { &below });
            }
            let crossings = self.crossings(&below);
            if crossings < best.0 {
                best = (crossings, self.ranks.clone());
            }
        }
        self.ranks = best.1;
    }

    /// Sorts a rank by the mean place of the neighbours; what has none stays where it is.
    fn sort(&mut self, rank: usize, neighbours: &[Vec<usize>]) {
        let places = self.places();
        let mean = |spot: usize| {
            let all = &neighbours[spot];
            let sum: usize = all.iter().map(|other| places[*other]).sum();
            if all.is_empty() { places[spot] as f64 } else { sum as f64 / all.len() as f64 }
        };
        self.ranks[rank].sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
    }

    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.spots.len()];
        for rank in &self.ranks {
            rank.iter().enumerate().for_each(|(place, spot)| places[*spot] = place);
        }
        places
    }

    fn crossings(&self, below: &[Vec<usize>]) -> usize {
        let places = self.places();
        let mut count = 0;
        for rank in &self.ranks {
            let links: Vec<(usize, usize)> = rank
                .iter()
                .flat_map(|upper| below[*upper].iter().map(|lower| (places[*upper], places[*lower])))
                .collect();
            for (index, a) in links.iter().enumerate() {
                count +=
                    links[index + 1..].iter().filter(|b| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1)).count();
            }
        }
        count
    }
}

/// The rank of each box: one below the lowest that it reads. What reads nothing and is no input stands close to its first reader.
fn ranks(graph: &Graph) -> Vec<usize> {
    let mut rank = vec![0; graph.boxes.len()];
    for line in &graph.lines {
        // Lines come in the order of the boxes that they lead to, so the rank of their beginning is known.
        rank[line.to] = rank[line.to].max(rank[line.from] + 1);
    }
    for (number, one) in graph.boxes.iter().enumerate() {
        let is_free = one.kind == Kind::Tensor && graph.lines.iter().all(|line| line.to != number);
        let first = graph.lines.iter().filter(|line| line.from == number).map(|line| rank[line.to]).min();
        if let (true, Some(first)) = (is_free, first) {
            rank[number] = first - 1;
        }
    }
    rank
}
