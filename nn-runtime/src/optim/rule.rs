//! The optimizers, their hyper-parameters and PyTorch's defaults for them.

/// A rule that changes parameters, and how much it pulls them to 0.
///
/// ```
/// use nn_runtime::{Optimizer, Rule};
/// let optimizer = Optimizer::adamw().weight_decay(0.1);
/// assert_eq!((optimizer.name(), optimizer.default_lr()), ("adamw", 0.001));
/// // Other numbers than PyTorch begins with:
/// let rule = Rule::AdamW { beta1: 0.9, beta2: 0.95, eps: 1e-8 };
/// assert_ne!(Optimizer { rule, ..optimizer }, optimizer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimizer {
    /// The rule.
    pub rule: Rule,
    /// Weight decay: decoupled for AdamW and Lion (Loshchilov and Hutter 2019), else added to the gradient, as PyTorch does.
    pub weight_decay: f64,
}

/// A rule that changes parameters. Where a paper leaves a choice, the formula is that of PyTorch 2.
///
/// ```
/// use nn_runtime::{Optimizer, Rule};
/// let heavy = Optimizer { rule: Rule::Momentum { momentum: 0.99 }, weight_decay: 0.0 };
/// assert_eq!(heavy.name(), Optimizer::momentum().name());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent (Robbins and Monro 1951).
    Sgd,
    /// Momentum (Polyak 1964).
    Momentum {
        /// How much of the last step remains.
        momentum: f64,
    },
    /// Nesterov's momentum (Sutskever, Martens, Dahl and Hinton 2013).
    Nesterov {
        /// How much of the last step remains.
        momentum: f64,
    },
    /// Adagrad (Duchi, Hazan and Singer 2011).
    Adagrad {
        /// Added to the divisor.
        eps: f64,
    },
    /// RMSProp (Tieleman and Hinton 2012, lecture 6.5).
    RmsProp {
        /// How much of the mean square remains.
        alpha: f64,
        /// Added to the divisor.
        eps: f64,
    },
    /// Adam (Kingma and Ba 2015, algorithm 1).
    Adam {
        /// How much of the first moment remains.
        beta1: f64,
        /// How much of the second moment remains.
        beta2: f64,
        /// Added to the divisor.
        eps: f64,
    },
    /// AdamW (Loshchilov and Hutter 2019, algorithm 2).
    AdamW {
        /// How much of the first moment remains.
        beta1: f64,
        /// How much of the second moment remains.
        beta2: f64,
        /// Added to the divisor.
        eps: f64,
    },
    /// AdaMax (Kingma and Ba 2015, algorithm 2).
    Adamax {
        /// How much of the first moment remains.
        beta1: f64,
        /// How much of the infinity norm remains.
        beta2: f64,
        /// Added to the magnitude of the gradient.
        eps: f64,
    },
    /// NAdam (Dozat 2016, algorithm 2).
    Nadam {
        /// How much of the first moment remains.
        beta1: f64,
        /// How much of the second moment remains.
        beta2: f64,
        /// Added to the divisor.
        eps: f64,
        /// How fast the momentum grows to `beta1`.
        momentum_decay: f64,
    },
    /// Adadelta (Zeiler 2012, algorithm 1).
    Adadelta {
        /// How much of the means of squares remains.
        rho: f64,
        /// Added under the roots.
        eps: f64,
    },
    /// Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2).
    Lion {
        /// How much of the momentum goes into the step.
        beta1: f64,
        /// How much of the momentum remains.
        beta2: f64,
    },
}

impl Optimizer {
    const fn plain(rule: Rule) -> Self {
        Optimizer { rule, weight_decay: 0.0 }
    }

    /// Stochastic gradient descent.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::sgd().slots(), 0);
    /// ```
    pub const fn sgd() -> Self {
        Self::plain(Rule::Sgd)
    }

    /// Momentum 0.9.
    ///
    /// ```
    /// # use nn_runtime::{Optimizer, Rule};
    /// assert_eq!(Optimizer::momentum().rule, Rule::Momentum { momentum: 0.9 });
    /// ```
    pub const fn momentum() -> Self {
        Self::plain(Rule::Momentum { momentum: 0.9 })
    }

    /// Nesterov's momentum 0.9.
    ///
    /// ```
    /// # use nn_runtime::{Optimizer, Rule};
    /// assert_eq!(Optimizer::nesterov().rule, Rule::Nesterov { momentum: 0.9 });
    /// ```
    pub const fn nesterov() -> Self {
        Self::plain(Rule::Nesterov { momentum: 0.9 })
    }

    /// Adagrad: `eps` 1e-10.
    ///
    /// ```
    /// # use nn_runtime::{Optimizer, Rule};
    /// assert_eq!(Optimizer::adagrad().rule, Rule::Adagrad { eps: 1e-10 });
    /// ```
    pub const fn adagrad() -> Self {
        Self::plain(Rule::Adagrad { eps: 1e-10 })
    }

    /// RMSProp: `alpha` 0.99, `eps` 1e-8.
    ///
    /// ```
    /// # use nn_runtime::{Optimizer, Rule};
    /// assert_eq!(Optimizer::rmsprop().rule, Rule::RmsProp { alpha: 0.99, eps: 1e-8 });
    /// ```
    pub const fn rmsprop() -> Self {
        Self::plain(Rule::RmsProp { alpha: 0.99, eps: 1e-8 })
    }

    /// Adam: `beta1` 0.9, `beta2` 0.999, `eps` 1e-8.
    ///
    /// ```
    /// # use nn_runtime::{Optimizer, Rule};
    /// assert_eq!(Optimizer::adam().rule, Rule::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 });
    /// ```
    pub const fn adam() -> Self {
        Self::plain(Rule::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 })
    }

    /// AdamW: as [`Optimizer::adam`], weight decay 0.01.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::adamw().weight_decay, 0.01);
    /// ```
    pub const fn adamw() -> Self {
        Optimizer { rule: Rule::AdamW { beta1: 0.9, beta2: 0.999, eps: 1e-8 }, weight_decay: 0.01 }
    }

    /// AdaMax: `beta1` 0.9, `beta2` 0.999, `eps` 1e-8.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::adamax().default_lr(), 0.002);
    /// ```
    pub const fn adamax() -> Self {
        Self::plain(Rule::Adamax { beta1: 0.9, beta2: 0.999, eps: 1e-8 })
    }

    /// NAdam: `beta1` 0.9, `beta2` 0.999, `eps` 1e-8, `momentum_decay` 0.004.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::nadam().default_lr(), 0.002);
    /// ```
    pub const fn nadam() -> Self {
        Self::plain(Rule::Nadam { beta1: 0.9, beta2: 0.999, eps: 1e-8, momentum_decay: 0.004 })
    }

    /// Adadelta: `rho` 0.9, `eps` 1e-6.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::adadelta().default_lr(), 1.0);
    /// ```
    pub const fn adadelta() -> Self {
        Self::plain(Rule::Adadelta { rho: 0.9, eps: 1e-6 })
    }

    /// Lion: `beta1` 0.9, `beta2` 0.99.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::lion().slots(), 1);
    /// ```
    pub const fn lion() -> Self {
        Self::plain(Rule::Lion { beta1: 0.9, beta2: 0.99 })
    }

    /// The same with this weight decay.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// let optimizer = Optimizer::sgd().weight_decay(1e-4);
    /// assert_eq!(optimizer.weight_decay, 1e-4);
    /// ```
    pub const fn weight_decay(self, weight_decay: f64) -> Self {
        Optimizer { weight_decay, ..self }
    }

    /// Its name in the language.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::rmsprop().name(), "rmsprop");
    /// ```
    pub const fn name(&self) -> &'static str {
        match self.rule {
            Rule::Sgd => "sgd",
            Rule::Momentum { .. } => "momentum",
            Rule::Nesterov { .. } => "nesterov",
            Rule::Adagrad { .. } => "adagrad",
            Rule::RmsProp { .. } => "rmsprop",
            Rule::Adam { .. } => "adam",
            Rule::AdamW { .. } => "adamw",
            Rule::Adamax { .. } => "adamax",
            Rule::Nadam { .. } => "nadam",
            Rule::Adadelta { .. } => "adadelta",
            Rule::Lion { .. } => "lion",
        }
    }

    /// The learning rate that PyTorch begins with if none is given (Lion: its authors).
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::lion().default_lr(), 1e-4);
    /// ```
    pub const fn default_lr(&self) -> f64 {
        match self.rule {
            Rule::Sgd | Rule::Momentum { .. } | Rule::Nesterov { .. } | Rule::Adam { .. } | Rule::AdamW { .. } => 1e-3,
            Rule::Adagrad { .. } | Rule::RmsProp { .. } => 1e-2,
            Rule::Adamax { .. } | Rule::Nadam { .. } => 2e-3,
            Rule::Adadelta { .. } => 1.0,
            Rule::Lion { .. } => 1e-4,
        }
    }

    /// State values for each parameter.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// // Adam remembers two moments.
    /// assert_eq!(Optimizer::adam().slots(), 2);
    /// ```
    pub const fn slots(&self) -> usize {
        match self.rule {
            Rule::Sgd => 0,
            Rule::Momentum { .. }
            | Rule::Nesterov { .. }
            | Rule::Adagrad { .. }
            | Rule::RmsProp { .. }
            | Rule::Lion { .. } => 1,
            Rule::Adam { .. }
            | Rule::AdamW { .. }
            | Rule::Adamax { .. }
            | Rule::Nadam { .. }
            | Rule::Adadelta { .. } => 2,
        }
    }

    /// State values for `parameters` parameters: the slots one after the other, and one more for the product of momenta of NAdam.
    /// All begin with 0.
    ///
    /// ```
    /// # use nn_runtime::Optimizer;
    /// assert_eq!(Optimizer::adam().state_values(100), 200);
    /// assert_eq!(Optimizer::nadam().state_values(100), 201);
    /// ```
    pub const fn state_values(&self, parameters: usize) -> usize {
        self.slots() * parameters + matches!(self.rule, Rule::Nadam { .. }) as usize
    }
}
