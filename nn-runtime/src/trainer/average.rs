//! Averages of the weights of a trainer. Knows no step.

use super::Trainer;
use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::fit;
use crate::program::Network;
use crate::recipe::{Ema, Swa};

impl<'n, N: Network> Trainer<'n, N> {
    /// A moving average of the weights, which is judged in their place: [`Trainer::use_average`].
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Trainer, trainer::Ema};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).ema(Ema { decay: 0.9, warmup: true });
    /// trainer.fit(&inputs, &targets, 5)?;
    /// let last = trainer.network().predict(&[0.0, 1.0]);
    /// trainer.use_average(&inputs, &targets)?;
    /// assert_ne!(trainer.network().predict(&[0.0, 1.0]), last);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn ema(mut self, ema: Ema) -> Self {
        self.settings.ema = Some(ema);
        self
    }

    /// The mean of the weights of some epochs: [`Trainer::use_average`].
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Trainer, trainer::Swa};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// // The mean of the weights after the epochs 3, 5 and 7.
    /// let mut trainer = Trainer::new(&mut net).swa(Swa { from: 3, every: 2, lr: None });
    /// trainer.fit(&inputs, &targets, 8)?;
    /// trainer.use_average(&inputs, &targets)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn swa(mut self, swa: Swa) -> Self {
        self.settings.swa = Some(swa);
        self
    }

    /// Puts the average of the weights in their place: the moving one of [`Trainer::ema`], or the mean of [`Trainer::swa`], whose running
    /// statistics are computed anew from these rows. Without an average nothing happens.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3), batch_norm, dense(1) > }
    /// # use nn_runtime::{Trainer, trainer::Swa};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).swa(Swa { from: 5, every: 1, lr: Some(0.01) });
    /// trainer.fit(&inputs, &targets, 10)?;
    /// trainer.use_average(&inputs, &targets)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// What [`Rows::check`](crate::Rows::check) and [`Loss::check`](crate::Loss::check) complain about, and [`Error::IdOutOfVocabulary`].
    pub fn use_average<'a, I, O>(&mut self, inputs: I, targets: O) -> Result<(), Error>
    where
        I: TryInto<Rows<'a, N::Real>>,
        O: TryInto<Targets<'a, N::Real>>,
        Error: From<I::Error> + From<O::Error>,
    {
        let rows = (inputs.try_into()?, targets.try_into()?);
        let weights = self.net.weights_mut();
        if let Some(average) = self.run.averaged() {
            weights.copy_from_slice(average);
        } else if let Some((mean, _)) = self.run.mean() {
            let mut mean = mean.to_vec();
            fit::recompute_state(N::PROGRAM, &self.settings, &mut mean, rows)?;
            weights.copy_from_slice(&mean);
        }
        Ok(())
    }
}
