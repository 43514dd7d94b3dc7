//! Parameters by logical name: read, set, initialised; converts between the logical order and the layout in memory.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! let mut net = Net::new(1);
//! net.set_param("dense_1.bias", &[0.5])?;
//! let bias = net.params().find(|param| param.name() == "dense_1.bias").expect("it has one");
//! assert_eq!(bias.to_vec(), [0.5]);
//! # Ok::<(), nn_runtime::Error>(())
//! ```

#[cfg(feature = "alloc")]
use crate::error::Error;
use crate::name::Name;
#[cfg(feature = "alloc")]
use crate::program::Role;
use crate::program::{Program, Single};
use crate::real::Real;
#[cfg(feature = "alloc")]
use crate::storage::Heap;

/// One tensor of a network and its values.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// let net = Net::new(1);
/// for param in net.params() {
///     println!("{} {:?}: {:?}", param.name(), param.shape(), param.to_vec());
/// }
/// let weight = net.params().next().expect("it has two");
/// assert_eq!((weight.shape(), weight.len(), weight.trained()), (&[2, 1][..], 2, true));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Param<'a, T> {
    single: Single,
    physical: &'a [T],
}

impl<'a, T: Real> Param<'a, T> {
    /// `dense_1.weight`, `repeat_1.2.dense_1.weight`
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let net = Net::new(1);
    /// let weight = net.params().next().expect("it has two");
    /// assert_eq!(weight.name(), "dense_1.weight");
    /// ```
    pub const fn name(&self) -> Name {
        self.single.name()
    }

    /// The logical shape.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let net = Net::new(1);
    /// let weight = net.params().next().expect("it has two");
    /// assert_eq!(weight.shape(), [2, 1]);
    /// ```
    pub const fn shape(&self) -> &'static [usize] {
        self.single.shape()
    }

    /// Whether it is trained; running statistics are not.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3), batch_norm, dense(1) > }
    /// # let net = Net::new(1);
    /// let kept: Vec<String> =
    ///     net.params().filter(|param| !param.trained()).map(|param| param.name().to_string()).collect();
    /// assert_eq!(kept, ["batch_norm_1.mean", "batch_norm_1.variance"]);
    /// ```
    pub const fn trained(&self) -> bool {
        self.single.trained()
    }

    /// Values in it.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let net = Net::new(1);
    /// let weight = net.params().next().expect("it has two");
    /// assert_eq!(weight.len(), 2);
    /// ```
    pub const fn len(&self) -> usize {
        self.physical.len()
    }

    /// Whether it has no values; no tensor of a generated network is.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let net = Net::new(1);
    /// let weight = net.params().next().expect("it has two");
    /// assert!(!weight.is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.physical.is_empty()
    }

    /// The values in row-major logical order.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let net = Net::new(1);
    /// let weight = net.params().next().expect("it has two");
    /// let largest = weight.values().fold(0.0_f32, |most, value| most.max(value.abs()));
    /// assert!(largest > 0.0);
    /// ```
    pub fn values(&self) -> impl ExactSizeIterator<Item = T> + use<'a, T> {
        let Param { single, physical } = *self;
        let tensor = single.tensor();
        (0..physical.len()).map(move |i| physical[tensor.physical(i)])
    }

    /// The values in row-major logical order.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let net = Net::new(1);
    /// let weight = net.params().next().expect("it has two");
    /// assert_eq!(weight.to_vec().len(), weight.len());
    /// ```
    #[cfg(feature = "alloc")]
    pub fn to_vec(&self) -> alloc::vec::Vec<T> {
        self.values().collect()
    }
}

/// All tensors of a network in the order of its program: parameters, then state. `values` are its weights, or anything in the
/// same order that begins with its parameters, such as gradients (then state is left out).
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Network, params};
/// let net = Net::new(1);
/// let values: usize = params::iter(Net::PROGRAM, net.weights()).map(|param| param.len()).sum();
/// assert_eq!(values, net.weights().len());
/// ```
pub fn iter<'a, T: Real>(
    program: &'static Program<T>,
    values: &'a [T],
) -> impl Iterator<Item = Param<'a, T>> + use<'a, T> {
    program.singles().map_while(|single| Some(Param { single, physical: values.get(single.place())? }))
}

/// The tensor `name` among `values`, which are as for [`iter`].
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Network, params};
/// let net = Net::new(1);
/// assert_eq!(params::find(Net::PROGRAM, net.weights(), "dense_1.bias")?.to_vec(), [0.0]);
/// assert!(params::find(Net::PROGRAM, net.weights(), "bias").is_err());
/// # Ok::<(), nn_runtime::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownParameter`], which lists the names there are.
#[cfg(feature = "alloc")]
pub fn find<'a, T: Real>(program: &'static Program<T>, values: &'a [T], name: &str) -> Result<Param<'a, T>, Error> {
    iter(program, values).find(|param| param.name() == name).ok_or_else(|| Error::UnknownParameter {
        name: name.into(),
        known: iter(program, values).map(|param| param.name()).collect(),
    })
}

/// Sets the tensor `name` to `values` in row-major logical order.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Network, params};
/// let mut net = Net::new(1);
/// params::set(Net::PROGRAM, net.weights_mut(), "dense_1.bias", &[0.5])?;
/// assert_eq!(net.predict(&[0.0, 0.0]), [0.5]);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownParameter`] and [`Error::ParameterLength`].
#[cfg(feature = "alloc")]
pub fn set<T: Real>(program: &'static Program<T>, weights: &mut [T], name: &str, values: &[T]) -> Result<(), Error> {
    let single = find(program, weights, name)?.single;
    if values.len() != single.len() {
        return Err(Error::ParameterLength { name: single.name(), shape: single.shape(), found: values.len() });
    }
    let physical = &mut weights[single.place()];
    for (i, &value) in values.iter().enumerate() {
        physical[single.tensor().physical(i)] = value;
    }
    Ok(())
}

/// The weights of a network in a training, as the network by itself has them.
///
/// ```
/// nn_runtime::network! {
///     network Q(x: [2]) < dense(1) >
///     train learner for Q = Q {
///         target T = copy(Q, every = 2);
///         step all { minimize mean((Q(x) - T(x) - 1.0) * (Q(x) - T(x) - 1.0)) with sgd(lr = 0.1); }
///     }
/// }
/// use nn_runtime::{Network, params::of_role};
///
/// # fn main() -> Result<(), nn_runtime::Error> {
/// let both = Learner::new(1);
/// let role = &Learner::PROGRAM.training.expect("it trains networks").roles[0];
/// let own = of_role(Learner::PROGRAM, both.weights(), role)?;
/// assert_eq!(Q::with_weights(own)?.predict(&[1.0, 2.0]), both.q().predict(&[1.0, 2.0]));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::UnknownParameter`] if `role` is none of the training `program`.
#[cfg(feature = "alloc")]
pub fn of_role<T: Real>(program: &'static Program<T>, weights: &[T], role: &Role<T>) -> Result<Heap<T>, Error> {
    let mut own = Heap::zeros(role.program.weights);
    for single in role.program.singles() {
        let named = |param: &Param<'_, T>| {
            let name = alloc::format!("{}", param.name());
            let rest = name.strip_prefix(role.name).and_then(|rest| rest.strip_prefix('.'));
            rest.is_some_and(|rest| alloc::format!("{}", single.name()) == rest)
        };
        let from = iter(program, weights).find(named).ok_or_else(|| Error::UnknownParameter {
            name: alloc::format!("{}.{}", role.name, single.name()),
            known: iter(program, weights).map(|param| param.name()).collect(),
        })?;
        let physical = &mut own.as_mut()[single.place()];
        from.values().enumerate().for_each(|(at, value)| physical[single.tensor().physical(at)] = value);
    }
    Ok(own)
}

/// Fills `weights` with the initial values that `seed` gives.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Network, params};
/// let mut weights = [0.0; 3];
/// params::initialise(Net::PROGRAM, &mut weights, 7);
/// assert_eq!(weights, Net::new(7).weights());
/// ```
pub fn initialise<T: Real>(program: &Program<T>, weights: &mut [T], seed: u64) {
    for (index, single) in program.singles().enumerate() {
        let (tensor, out) = (single.tensor(), &mut weights[single.place()]);
        tensor.init.fill_placed(tensor.shape, index as u32, seed, out, |i| tensor.physical(i));
    }
}
