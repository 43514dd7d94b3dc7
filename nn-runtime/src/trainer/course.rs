//! How a trainer goes through its rows: batches, epochs, seed and threads. Knows no step.

use super::Trainer;
use crate::program::Network;

impl<'n, N: Network> Trainer<'n, N> {
    /// Rows in a step of [`Trainer::fit`].
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [[1.0], [0.0], [1.0], [0.0]]);
    /// let history = Trainer::new(&mut net).batch(2).fit(&inputs, &targets, 3)?;
    /// // Four rows are two steps an epoch.
    /// assert_eq!(history.epochs[2].steps, 6);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn batch(mut self, rows: usize) -> Self {
        self.settings.batch = rows;
        self
    }

    /// The seed of shuffles, dropout and noise.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [[1.0], [0.0], [1.0], [0.0]]);
    /// let mut again = net.clone();
    /// Trainer::new(&mut net).batch(1).seed(7).fit(&inputs, &targets, 3)?;
    /// Trainer::new(&mut again).batch(1).seed(7).fit(&inputs, &targets, 3)?;
    /// assert_eq!(net.predict(&[1.0, 1.0]), again.predict(&[1.0, 1.0]));
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Threads of [`Trainer::fit`]; 0: as many as the machine runs at once. The results do not depend on it.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [[1.0], [0.0], [1.0], [0.0]]);
    /// let mut again = net.clone();
    /// Trainer::new(&mut net).threads(1).fit(&inputs, &targets, 3)?;
    /// Trainer::new(&mut again).threads(0).fit(&inputs, &targets, 3)?;
    /// assert_eq!(net.predict(&[1.0, 1.0]), again.predict(&[1.0, 1.0]));
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = threads;
        self
    }

    /// Epochs that the schedule stretches over, if [`Trainer::fit`] or [`Trainer::step`] is called for them piece by piece.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Schedule, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).schedule(Schedule::linear(0.1, 0.0)).epochs(4);
    /// let first = trainer.fit(&inputs, &targets, 2)?;
    /// let second = trainer.fit(&inputs, &targets, 2)?;
    /// assert_eq!(first.epochs[0].learning_rate, 0.1);
    /// assert_eq!(second.epochs[0].learning_rate, 0.05);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// For schedules with [`Trainer::step`]: how many steps make an epoch; 1 at first.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Schedule, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let schedule = Schedule::exponential(0.1, 0.5);
    /// let mut trainer = Trainer::new(&mut net).schedule(schedule).epochs(2).steps_per_epoch(3);
    /// // Three steps at a rate of 0.1, then three at 0.05.
    /// for _ in 0..6 {
    ///     trainer.step(&inputs, &targets)?;
    /// }
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn steps_per_epoch(mut self, steps: u64) -> Self {
        self.steps_per_epoch = steps;
        self
    }

    /// Batches whose gradients are added for each step of [`Trainer::fit`]: [`Settings::accumulate`](crate::fit::Settings::accumulate).
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [[1.0], [0.0], [1.0], [0.0]]);
    /// let history = Trainer::new(&mut net).batch(1).accumulate(2).fit(&inputs, &targets, 1)?;
    /// // Four batches of one row are two steps.
    /// assert_eq!(history.epochs[0].steps, 2);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn accumulate(mut self, batches: usize) -> Self {
        self.settings.accumulate = batches;
        self
    }
}
