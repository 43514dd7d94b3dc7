//! Where tensors lie beside each other in the buffer of weights.

use super::Plan;
use crate::model::{Network, Tensor};

impl Plan {
    /// The neighbouring tensors among those that `belongs` is true for: where their values begin in the buffer of weights, and how many
    /// they are. In the order of their places.
    pub fn runs(&self, network: &Network, belongs: fn(&Tensor) -> bool) -> Vec<(usize, usize)> {
        self.runs_of(network, (0..network.tensors.len()).filter(|index| belongs(&network.tensors[*index])))
    }

    /// The same of tensors by number.
    pub fn runs_of(&self, network: &Network, tensors: impl Iterator<Item = usize>) -> Vec<(usize, usize)> {
        let mut order: Vec<usize> = tensors.collect();
        order.sort_by_key(|index| self.offsets[*index]);
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for index in order {
            let (start, len) = (self.offsets[index], network.tensors[index].len());
            match runs.last_mut() {
                Some((first, count)) if *first + *count == start => *count += len,
                _ => runs.push((start, len)),
            }
        }
        runs
    }

    /// Values in all tensors.
    pub fn weights(&self) -> usize {
        self.parameters + self.state + self.frozen
    }
}
