//! The tasks that are timed: sizes, and how much there is to compute.

/// A network with its batch. A multiply-add counts as two operations; what is not part of a product counts as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name, and that of its text in `benches/tasks`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub what: &'static str,
    /// Rows in a batch.
    pub batch: usize,
    /// The shape of one input; of ids the number.
    pub input: &'static [usize],
    /// How many ids there are, if inputs are ids.
    pub vocabulary: Option<usize>,
    /// Targets of one example: one, or one for each position.
    pub targets: usize,
    /// Classes of a target.
    pub classes: usize,
    /// Multiply-adds of an example on the way forward.
    pub forward: u64,
    /// Those of layers that read the input, whose gradient nobody needs; a part of `forward`.
    pub first: u64,
}

impl Task {
    /// Floating-point operations of a training step: forward, gradients of weights, and of inputs but the network's own.
    pub const fn step_operations(&self) -> u64 {
        2 * self.batch as u64 * (3 * self.forward - self.first)
    }

    /// Floating-point operations of a prediction for one example.
    pub const fn example_operations(&self) -> u64 {
        2 * self.forward
    }

    /// The task of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TASKS.iter().find(|task| task.name == name)
    }
}

/// Multiply-adds of a convolution: places, entries of the window, channels in, channels out.
const fn conv(places: u64, window: u64, channels: u64, filters: u64) -> u64 {
    places * window * channels * filters
}

/// Multiply-adds of a block of the GPT for all positions: four projections, two layers of the MLP, and the products with all keys.
const fn gpt_block(steps: u64, width: u64) -> u64 {
    steps * (4 * width * width + 2 * width * 4 * width + 2 * steps * width)
}

/// All tasks, the smallest first.
pub static TASKS: [Task; 6] = [
    Task {
        name: "iris",
        what: "4-16(relu)-dropout 0.2-3",
        batch: 16,
        input: &[4],
        vocabulary: None,
        targets: 1,
        classes: 3,
        forward: 4 * 16 + 16 * 3,
        first: 4 * 16,
    },
    Task {
        name: "mlp",
        what: "784-512-512-10, relu",
        batch: 128,
        input: &[784],
        vocabulary: None,
        targets: 1,
        classes: 10,
        forward: 784 * 512 + 512 * 512 + 512 * 10,
        first: 784 * 512,
    },
    Task {
        name: "lenet",
        what: "LeNet-5, valid 5x5 convolutions 6 and 16, 256-120-84-10",
        batch: 128,
        input: &[28, 28, 1],
        vocabulary: None,
        targets: 1,
        classes: 10,
        forward: conv(24 * 24, 25, 1, 6) + conv(8 * 8, 25, 6, 16) + 256 * 120 + 120 * 84 + 84 * 10,
        first: conv(24 * 24, 25, 1, 6),
    },
    Task {
        name: "resnet",
        what: "32x32x3, residual blocks 32, 32, 64 with batch norm",
        batch: 32,
        input: &[32, 32, 3],
        vocabulary: None,
        targets: 1,
        classes: 10,
        forward: conv(32 * 32, 9, 3, 32)
            + 4 * conv(32 * 32, 9, 32, 32)
            + conv(16 * 16, 9, 32, 64)
            + 2 * conv(16 * 16, 9, 64, 64)
            + 64 * 10,
        first: conv(32 * 32, 9, 3, 32),
    },
    Task {
        name: "lstm",
        what: "LSTM 32->128 over 64 steps, dense 10",
        batch: 32,
        input: &[64, 32],
        vocabulary: None,
        targets: 1,
        classes: 10,
        forward: 64 * (32 + 128) * 512 + 128 * 10,
        first: 64 * 32 * 512,
    },
    Task {
        name: "gpt",
        what: "GPT, 4 blocks, width 128, 4 heads, 64 steps, 96 characters",
        batch: 16,
        input: &[64],
        vocabulary: Some(96),
        targets: 64,
        classes: 96,
        forward: 4 * gpt_block(64, 128) + 64 * 128 * 96,
        first: 0,
    },
];

#[cfg(test)]
mod tests {
    use super::{TASKS, Task};

    #[test]
    fn operations_are_those_of_the_design() {
        // In billions, as section 4 of the performance design counts them; ResNet by hand.
        let counted =
            [("iris", 8.7e-6), ("mlp", 0.411), ("lenet", 0.194), ("resnet", 11.9), ("lstm", 0.94), ("gpt", 5.3)];
        for (name, billions) in counted {
            let found = Task::named(name).expect("a task").step_operations() as f64 / 1e9;
            assert!((found / billions - 1.0).abs() < 0.01, "{name}: {found}");
        }
        assert_eq!(TASKS.len(), counted.len());
    }

    #[test]
    fn a_prediction_is_a_part_of_a_step() {
        for task in &TASKS {
            let steps = task.batch as u64 * task.example_operations();
            assert!(2 * steps <= task.step_operations() && task.step_operations() <= 3 * steps, "{}", task.name);
        }
    }
}
