//! What a trainer makes of the rows of a batch: changes and mixtures. Knows no step.

use super::Trainer;
use crate::augment::Augment;
use crate::program::Network;

impl<'n, N: Network> Trainer<'n, N> {
    /// What is made of the inputs of the rows of a batch, in this order. Rows of [`Trainer::validation`] stay as they are.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < input(4, 4, 1), conv(2, 3), relu, flatten, dense(2, softmax) > }
    /// use nn_runtime::augment::{Augment, Fill};
    /// use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, classes) = ([[0.0; 16], [1.0; 16]], [0, 1]);
    /// let changes = [Augment::flip(), Augment::shift(1).with_fill(Fill::Edge), Augment::rotate(10.0)];
    /// Trainer::new(&mut net).augment(&changes).fit(&inputs, &classes, 2)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// Steps refuse what cannot be done to the inputs of the network:
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(4->1) > }
    /// # use nn_runtime::{Augment, Trainer};
    /// # let mut net = Net::new(1);
    /// let refused = Trainer::new(&mut net).augment(&[Augment::flip()]).step(&[[0.0; 4]], &[[0.0]]).unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "`flip` cannot change inputs of shape [4]: an image is [height, width, channels]"
    /// );
    /// ```
    pub fn augment(mut self, changes: &'n [Augment]) -> Self {
        self.settings.augment = changes;
        self
    }

    /// Mixes each row and its target with another of its batch (Zhang et al. 2018): with shares from the Beta distribution with both
    /// parameters `alpha`; 0.2 is usual. Class ids become distributions. The loss of a step is that of the mixtures.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->2, softmax) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// let (inputs, classes) = ([[0.0, 1.0], [1.0, 0.0]], [0, 1]);
    /// Trainer::new(&mut net).mixup(0.2).fit(&inputs, &classes, 5)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// Steps refuse it where nothing lies between two rows: for networks that read ids, for `hinge`, and for trainings with steps.
    pub fn mixup(mut self, alpha: f64) -> Self {
        self.settings.mixup = Some(alpha);
        self
    }
}
