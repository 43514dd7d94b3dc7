//! What a training of several networks is to the runtime: steps that are programs themselves, and whose turn it is.

use super::Program;

/// A training of several networks in steps that take turns.
///
/// ```
/// nn_runtime::network! {
///     network Q(x: [2]) < dense(1) >
///     train learner for Q = Q {
///         target T = copy(Q, every = 2);
///         step all { minimize mean((Q(x) - T(x) - 1.0) * (Q(x) - T(x) - 1.0)) with sgd(lr = 0.1); }
///     }
/// }
///
/// # fn main() {
/// let training = Learner::PROGRAM.training.expect("it trains networks");
/// let steps: Vec<&str> = training.steps.iter().map(|step| step.name).collect();
/// assert_eq!((training.roles[0].name, steps), ("Q", vec!["all"]));
/// # }
/// ```
#[derive(Debug)]
pub struct Training<T: 'static> {
    /// The networks. The names of their tensors begin with theirs.
    pub roles: &'static [Role<T>],
    /// The steps, in the order of the text.
    pub steps: &'static [TrainingStep<T>],
    /// After so many batches each: these steps, by number.
    pub every: &'static [(usize, &'static [usize])],
    /// Weights that follow others, after each batch.
    pub follows: &'static [Follows],
    /// How many values of an example are its target: the last ones.
    pub targets: usize,
}

/// A network in a training.
///
/// ```
/// # nn_runtime::network! {
/// #     network Q(x: [2]) < dense(1) >
/// #     train learner for Q = Q {
/// #         target T = copy(Q, every = 2);
/// #         step all { minimize mean((Q(x) - T(x) - 1.0) * (Q(x) - T(x) - 1.0)) with sgd(lr = 0.1); }
/// #     }
/// # }
/// # fn main() {
/// let training = Learner::PROGRAM.training.expect("it trains networks");
/// // `Q`, and the one that follows it.
/// let roles: Vec<(&str, usize)> = training.roles.iter().map(|role| (role.name, role.program.weights)).collect();
/// assert_eq!(roles, [("Q", 3), ("T", 3)]);
/// # }
/// ```
#[derive(Debug)]
pub struct Role<T: 'static> {
    /// What the training calls it.
    pub name: &'static str,
    /// The network by itself.
    pub program: &'static Program<T>,
}

/// One step of a training.
///
/// ```
/// # nn_runtime::network! {
/// #     network Q(x: [2]) < dense(1) >
/// #     train learner for Q = Q {
/// #         target T = copy(Q, every = 2);
/// #         step all { minimize mean((Q(x) - T(x) - 1.0) * (Q(x) - T(x) - 1.0)) with sgd(lr = 0.1); }
/// #     }
/// # }
/// # fn main() {
/// let training = Learner::PROGRAM.training.expect("it trains networks");
/// // A step has the weights of all networks, and trains some of them.
/// let step = training.steps[0].program;
/// assert_eq!((step.weights, step.parameters), (6, 3));
/// # }
/// ```
#[derive(Debug)]
pub struct TrainingStep<T: 'static> {
    /// Its name.
    pub name: &'static str,
    /// A network from examples to its loss and its metrics, with the weights of the whole training.
    pub program: &'static Program<T>,
}

/// Weights that follow others: `w = decay * w + (1 - decay) * leader`.
///
/// ```
/// # nn_runtime::network! {
/// #     network Q(x: [2]) < dense(1) >
/// #     train learner for Q = Q {
/// #         target T = copy(Q, every = 2);
/// #         step all { minimize mean((Q(x) - T(x) - 1.0) * (Q(x) - T(x) - 1.0)) with sgd(lr = 0.1); }
/// #     }
/// # }
/// # fn main() {
/// let training = Learner::PROGRAM.training.expect("it trains networks");
/// assert!(training.follows.iter().all(|follows| (follows.every, follows.decay) == (2, 0.0)));
/// assert_eq!(training.follows.iter().map(|follows| follows.len).sum::<usize>(), 3);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Follows {
    /// Where they begin.
    pub start: usize,
    /// Where those begin that they follow.
    pub leader: usize,
    /// How many there are.
    pub len: usize,
    /// Batches from one time to the next.
    pub every: usize,
    /// The part that is kept; 0 for a copy.
    pub decay: f64,
}
