//! What the steps of a trainer minimize and how they change the parameters. Knows no step.

use super::Trainer;
use crate::loss::Loss;
use crate::optim::{Clip, Hyper, Optimizer, Penalty, Schedule};
use crate::program::Network;

impl<'n, N: Network> Trainer<'n, N> {
    /// What is minimized.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Loss, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).loss(Loss::Huber { delta: 0.5 });
    /// trainer.fit(&inputs, &targets, 5)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn loss(mut self, loss: Loss<'n>) -> Self {
        self.settings.setup.loss = loss;
        self
    }

    /// What changes the parameters. It forgets what another one remembered, and brings its own default learning rate unless one was
    /// given to this trainer.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Optimizer, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).optimizer(Optimizer::adamw().weight_decay(0.05));
    /// assert_eq!(trainer.settings().schedule.lr, Optimizer::adamw().default_lr());
    /// trainer.fit(&inputs, &targets, 5)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.settings.setup.optimizer = optimizer;
        self.run.reset_optimizer();
        if !self.lr_given {
            self.settings.schedule.lr = optimizer.default_lr();
        }
        self
    }

    /// The learning rate that the schedule starts from. Steps refuse one that is negative, infinite or NaN.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let history = Trainer::new(&mut net).learning_rate(0.02).fit(&inputs, &targets, 2)?;
    /// assert_eq!(history.epochs[1].learning_rate, 0.02);
    /// let refused = Trainer::new(&mut net).learning_rate(-1.0).step(&inputs, &targets);
    /// assert!(refused.is_err());
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn learning_rate(mut self, lr: f64) -> Self {
        self.settings.schedule.lr = lr;
        self.lr_given = true;
        self
    }

    /// The learning rate over time.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Schedule, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let schedule = Schedule::step(0.1, 2.0, 0.5);
    /// let history = Trainer::new(&mut net).schedule(schedule).fit(&inputs, &targets, 4)?;
    /// let rates: Vec<f64> = history.epochs.iter().map(|epoch| epoch.learning_rate).collect();
    /// assert_eq!(rates, [0.1, 0.1, 0.05, 0.05]);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.settings.schedule = schedule;
        self.lr_given = true;
        self
    }

    /// Limits on the gradients.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Clip, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).clip(Clip { value: None, norm: Some(1.0) });
    /// trainer.fit(&inputs, &targets, 5)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn clip(mut self, clip: Clip) -> Self {
        self.settings.setup.clip = clip;
        self
    }

    /// Penalties on all parameters, beside those of the layers.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Penalty, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let plain = Trainer::new(&mut net.clone()).step(&inputs, &targets)?;
    /// let penalised = Trainer::new(&mut net).penalty(Penalty { l1: 0.0, l2: 0.01 }).step(&inputs, &targets)?;
    /// assert!(penalised > plain);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn penalty(mut self, penalty: Penalty) -> Self {
        self.settings.setup.penalty = penalty;
        self
    }

    /// Other hyper-parameters over time.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Hyper, Optimizer, Schedule, Trainer};
    /// # let mut net = Net::new(1);
    /// let schedules = [(Hyper::Momentum, Schedule::linear(0.5, 0.95))];
    /// let mut trainer = Trainer::new(&mut net).optimizer(Optimizer::momentum()).schedules(&schedules);
    /// trainer.fit(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]], 5)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn schedules(mut self, schedules: &'n [(Hyper, Schedule)]) -> Self {
        self.settings.schedules = schedules;
        self
    }
}
