//! The methods of every generated network, as macros that generated code calls: what a build of this crate has (an allocator,
//! files, `ndarray`, `rand`) decides which methods there are.
//!
//! A network of a text is a type with these methods:
//!
//! | method | what it does |
//! |---|---|
//! | `new(seed)` | a network with weights on the heap |
//! | `in_memory(weights, seed)`, `with_weights(weights)` | a network in memory of the caller, or with the weights of another |
//! | `reset(seed)` | begins anew |
//! | `predict(&input)`, `predict_batch(&inputs)`, `predict_into(&inputs, &mut outputs)` | outputs |
//! | `params()`, `set_param(name, values)` | its parameters by name |
//! | `loss_and_gradients(inputs, targets, loss)` | what a training step sees |
//! | `save(path)`, `load(path)`, `load_from(&origin, seed)`, `load_weights(&origin)` | files of weights |
//! | `predictor(path)` | answers in the words of the data: a [`Predictor`](crate::session::Predictor) |
//!
//! A network predicts; all ways give the same bits:
//!
//! ```
//! nn_runtime::network! { network Net < dense(2->4, tanh), dense(1) > }
//!
//! let net = Net::new(1);
//! let inputs = [[0.0, 1.0], [1.0, 0.0]];
//! let outputs = net.predict_batch(&inputs);
//! assert_eq!(outputs[0], net.predict(&inputs[0]));
//!
//! let mut into = [[0.0]; 2];
//! net.predict_into(&inputs, &mut into)?;
//! assert_eq!(into[..], outputs[..]);
//! # Ok::<(), nn_runtime::Error>(())
//! ```
//!
//! Its weights lie on the heap, or wherever the caller wants them:
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->4, tanh), dense(1) > }
//! let mut net = Net::in_memory([0.0; Net::WEIGHTS], 1)?;
//! let before = net.predict(&[0.0, 1.0]);
//! net.reset(2);
//! assert_ne!(net.predict(&[0.0, 1.0]), before);
//!
//! let zeros = Net::with_weights(vec![0.0; Net::WEIGHTS])?;
//! assert_eq!(zeros.predict(&[0.0, 1.0]), [0.0]);
//! # Ok::<(), nn_runtime::Error>(())
//! ```
//!
//! Its parameters have names, and values in the order of their shapes:
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! let mut net = Net::new(1);
//! net.set_param("dense_1.weight", &[2.0, 3.0])?;
//! net.set_param("dense_1.bias", &[0.5])?;
//! assert_eq!(net.predict(&[10.0, 1.0]), [23.5]);
//! for param in net.params() {
//!     println!("{} {:?} {:?}", param.name(), param.shape(), param.to_vec());
//! }
//!
//! let gradients = net.loss_and_gradients(&[[10.0, 1.0]], &[[22.5]], nn_runtime::Loss::Mse)?;
//! assert_eq!((gradients.loss, gradients.of("dense_1.weight")?), (1.0, vec![20.0, 2.0]));
//! # Ok::<(), nn_runtime::Error>(())
//! ```
//!
//! Files hold weights between two programs:
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! # let path = std::env::temp_dir().join(format!("nn-runtime-doc-api-{}.safetensors", std::process::id()));
//! use nn_runtime::weights::Origin;
//!
//! let net = Net::new(1);
//! net.save(&path)?;
//! assert_eq!(Net::load(&path)?.predict(&[1.0, 2.0]), net.predict(&[1.0, 2.0]));
//!
//! // Of a file that another program has written, names can be told apart: here the bias begins anew.
//! let file = path.display().to_string();
//! let fresh = Net::load_from(&Origin { renew: &["dense_1.bias"], ..Origin::of(&file) }, 2)?;
//! assert_eq!(fresh.predict(&[1.0, 2.0]), net.predict(&[1.0, 2.0]));
//! # std::fs::remove_file(&path).expect("it is there");
//! # Ok::<(), nn_runtime::weights::WeightsError>(())
//! ```
//!
//! An `entry` of the text is a method of its name, and another one for any number of inputs:
//!
//! ```
//! nn_runtime::network! {
//!     network Coder(x: [3]) {
//!         let decoder = dense(3);
//!         entry decode(z: [2]) = decoder(z);
//!         x |> dense(2, tanh) |> decoder
//!     }
//! }
//!
//! let net = Coder::new(1);
//! let drawn = net.decode(&[0.5, -0.5]);
//! assert_eq!(net.decode_batch(&[[0.5, -0.5], [0.0, 0.0]])[0], drawn);
//! ```

/// Where the weights of a network lie unless the user says otherwise: on the heap; without an allocator, in a static buffer.
#[cfg(feature = "alloc")]
pub type Owned<T> = crate::storage::Heap<T>;
/// Where the weights of a network lie unless the user says otherwise: on the heap; without an allocator, in a static buffer.
#[cfg(not(feature = "alloc"))]
pub type Owned<T> = &'static mut [T];

/// The methods of a network type `$name` of element type `$real` with `$inputs` values in and `$outputs` values out.
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods {
    ($name:ident, $real:ty, $inputs:literal, $outputs:literal) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<__W: $crate::Storage<$real>> $name<__W> {
            /// The outputs for any number of inputs, into memory of the caller.
            ///
            /// # Errors
            /// If `outputs` has another number of rows than `inputs`, or an input of an embedding is not an id.
            #[inline]
            pub fn predict_into(
                &self,
                inputs: &[[$real; $inputs]],
                outputs: &mut [[$real; $outputs]],
            ) -> ::core::result::Result<(), $crate::Error> {
                $crate::network::predict_into(self, inputs, outputs)
            }
        }

        $crate::network_methods_of_any_network!($name, $real);
        $crate::network_methods_alloc!($name, $real, $inputs, $outputs);
        $crate::network_methods_ndarray!($name, $real, $inputs, $outputs);
    };
}

/// The methods whose signatures do not depend on the shapes of the network.
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_of_any_network {
    ($name:ident, $real:ty) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<__W: $crate::Storage<$real>> $name<__W> {
            /// The network in memory of the caller, initialised from `seed`: a slice in a static, on the stack, anywhere.
            ///
            /// # Errors
            /// If `weights` does not have exactly `WEIGHTS` values.
            pub fn in_memory(mut weights: __W, seed: u64) -> ::core::result::Result<Self, $crate::Error> {
                $crate::network::check_weights(<Self as $crate::Network>::PROGRAM, weights.as_ref())?;
                $crate::params::initialise(<Self as $crate::Network>::PROGRAM, weights.as_mut(), seed);
                Ok(Self { weights })
            }

            /// The network with these weights, in physical order: those of a training, or of another network of this type.
            ///
            /// # Errors
            /// If `weights` does not have exactly `WEIGHTS` values.
            pub fn with_weights(weights: __W) -> ::core::result::Result<Self, $crate::Error> {
                $crate::network::check_weights(<Self as $crate::Network>::PROGRAM, weights.as_ref())?;
                Ok(Self { weights })
            }

            /// Initialises all parameters and the state anew.
            pub fn reset(&mut self, seed: u64) {
                $crate::params::initialise(<Self as $crate::Network>::PROGRAM, self.weights.as_mut(), seed);
            }

            /// All parameters, then the state: name, shape and values in row-major logical order.
            pub fn params(&self) -> impl ::core::iter::Iterator<Item = $crate::params::Param<'_, $real>> {
                $crate::params::iter(<Self as $crate::Network>::PROGRAM, self.weights.as_ref())
            }

            /// Overwrites a parameter or a piece of state with values in row-major logical order.
            ///
            /// # Errors
            /// If there is none of this name, or it has another number of values.
            pub fn set_param(&mut self, name: &str, values: &[$real]) -> ::core::result::Result<(), $crate::Error> {
                $crate::params::set(<Self as $crate::Network>::PROGRAM, self.weights.as_mut(), name, values)
            }
        }

        impl<__W> ::core::fmt::Debug for $name<__W> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(::core::stringify!($name)).finish_non_exhaustive()
            }
        }

        impl<__W: ::core::clone::Clone> ::core::clone::Clone for $name<__W> {
            fn clone(&self) -> Self {
                Self { weights: self.weights.clone() }
            }
        }

        $crate::network_methods_heap!($name, $real);
        $crate::network_methods_std!($name, $real);
        $crate::network_methods_train!($name);
        $crate::network_methods_rand!($name);
    };
}

/// The methods that need an allocator, whatever the shapes.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_heap {
    ($name:ident, $real:ty) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl $name {
            /// A network with weights on the heap, initialised from `seed`.
            pub fn new(seed: u64) -> Self {
                Self { weights: $crate::network::initial(<Self as $crate::Network>::PROGRAM, seed) }
            }
        }

        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<__W: $crate::Storage<$real>> $name<__W> {
            /// The loss of a batch in training, and its gradient with respect to each parameter by name.
            ///
            /// # Errors
            /// If inputs, targets, loss and network do not fit each other, or the loss is too large a number for the element type.
            pub fn loss_and_gradients<'a>(
                &self,
                inputs: impl ::core::convert::Into<$crate::Rows<'a, $real>>,
                targets: impl ::core::convert::Into<$crate::Targets<'a, $real>>,
                loss: $crate::Loss<'_>,
            ) -> ::core::result::Result<$crate::Gradients<$real>, $crate::Error> {
                $crate::network::loss_and_gradients(
                    <Self as $crate::Network>::PROGRAM,
                    self.weights.as_ref(),
                    inputs.into(),
                    targets.into(),
                    loss,
                )
            }
        }
    };
}

/// The methods of a further function of a network: they need an allocator.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[macro_export]
macro_rules! entry_methods {
    ($name:ident, $real:ty, $method:ident, $batch:ident, $number:literal, $inputs:literal, $outputs:literal, $doc:literal) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<__W: $crate::Storage<$real>> $name<__W> {
            #[doc = $doc]
            pub fn $method(&self, input: &[$real; $inputs]) -> [$real; $outputs] {
                $crate::network::entry(self, $number, input)
            }

            #[doc = $doc]
            ///
            /// For any number of inputs.
            pub fn $batch(&self, inputs: &[[$real; $inputs]]) -> $crate::Vec<[$real; $outputs]> {
                $crate::network::entry_batch(self, $number, inputs)
            }
        }
    };
}

/// The methods of a further function of a network: none without an allocator.
#[cfg(not(feature = "alloc"))]
#[doc(hidden)]
#[macro_export]
macro_rules! entry_methods {
    ($($ignored:tt)*) => {};
}

/// The methods that need an allocator: none without one.
#[cfg(not(feature = "alloc"))]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_heap {
    ($($ignored:tt)*) => {};
}

/// The methods of a network whose shapes are not known, because it does not compile: they exist, for any shape.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_of_any_shape {
    ($name:ident, $real:ty) => {
        $crate::network_methods_of_any_network!($name, $real);
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<__W: $crate::Storage<$real>> $name<__W> {
            /// Stands for `predict`.
            pub fn predict<const I: usize, const O: usize>(&self, _: &[$real; I]) -> [$real; O] {
                [0.0; O]
            }

            /// Stands for `predict_batch`.
            pub fn predict_batch<const I: usize, const O: usize>(&self, _: &[[$real; I]]) -> $crate::Vec<[$real; O]> {
                $crate::Vec::new()
            }
        }
    };
}

/// The methods of a network whose shapes are not known: without an allocator, those that do not name shapes.
#[cfg(not(feature = "alloc"))]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_of_any_shape {
    ($name:ident, $real:ty) => {
        $crate::network_methods_of_any_network!($name, $real);
    };
}

/// The predictions that need an allocator.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_alloc {
    ($name:ident, $real:ty, $inputs:literal, $outputs:literal) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<__W: $crate::Storage<$real>> $name<__W> {
            /// The output for one input. Any number of threads may call it at once.
            ///
            /// Where a number that should be an id is none, the output is NaN.
            #[inline]
            pub fn predict(&self, input: &[$real; $inputs]) -> [$real; $outputs] {
                $crate::network::predict(self, input)
            }

            /// The outputs for any number of inputs: the same bits as `predict` gives for each.
            pub fn predict_batch(&self, inputs: &[[$real; $inputs]]) -> $crate::Vec<[$real; $outputs]> {
                $crate::network::predict_batch(self, inputs)
            }
        }
    };
}

/// The methods that need an allocator: none without one.
#[cfg(not(feature = "alloc"))]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_alloc {
    ($($ignored:tt)*) => {};
}

/// The methods that need files.
#[cfg(feature = "std")]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_std {
    ($name:ident, $real:ty) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl $name {
            /// The network with the weights of a file that `save` or training has written.
            ///
            /// # Errors
            /// If the file cannot be read, is damaged, or holds the weights of another network.
            pub fn load(
                path: impl ::core::convert::AsRef<$crate::Path>,
            ) -> ::core::result::Result<Self, $crate::weights::WeightsError> {
                let mut weights = $crate::Heap::zeros(<Self as $crate::Network>::PROGRAM.weights);
                $crate::weights::load(path.as_ref(), <Self as $crate::Network>::PROGRAM, weights.as_mut())?;
                Ok(Self { weights })
            }

            /// The network with weights that another program has written, such as PyTorch or Keras; what is to begin anew begins from
            /// `seed`.
            ///
            /// # Errors
            /// If the file cannot be read, is damaged, or its tensors are not those of this network; all of them in one message.
            pub fn load_from(
                origin: &$crate::weights::Origin<'_>,
                seed: u64,
            ) -> ::core::result::Result<Self, $crate::weights::WeightsError> {
                let mut network = Self::new(seed);
                network.load_weights(origin)?;
                Ok(network)
            }
        }

        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<__W: $crate::Storage<$real>> $name<__W> {
            /// Takes weights that another program has written, such as PyTorch or Keras; what is to begin anew stays as it is, and on an
            /// error everything does. Returns the convention that the file was read by.
            ///
            /// # Errors
            /// If the file cannot be read, is damaged, or its tensors are not those of this network; all of them in one message.
            pub fn load_weights(
                &mut self,
                origin: &$crate::weights::Origin<'_>,
            ) -> ::core::result::Result<$crate::weights::Convention, $crate::weights::WeightsError> {
                $crate::weights::load_from(origin, <Self as $crate::Network>::PROGRAM, self.weights.as_mut())
            }

            /// Writes parameters and state to a file, whole or not at all: an archive of numpy if the path ends in `.npz`, else a
            /// safetensors file.
            ///
            /// # Errors
            /// If a weight is NaN or infinite, or the file cannot be written.
            pub fn save(
                &self,
                path: impl ::core::convert::AsRef<$crate::Path>,
            ) -> ::core::result::Result<(), $crate::weights::WeightsError> {
                $crate::weights::save(path.as_ref(), <Self as $crate::Network>::PROGRAM, self.weights.as_ref(), None)
            }
        }
    };
}

/// The methods that need files: none without `std`.
#[cfg(not(feature = "std"))]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_std {
    ($($ignored:tt)*) => {};
}

/// The methods that need the encodings of data.
#[cfg(feature = "train")]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_train {
    ($name:ident) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl $name {
            /// What takes raw examples and answers in the words of the data, with the weights of a file that training has written. Any
            /// number of threads may ask it at once.
            ///
            /// # Errors
            /// If the file cannot be read, is damaged, or holds the weights of another network.
            pub fn predictor(
                path: impl ::core::convert::AsRef<$crate::Path>,
            ) -> ::core::result::Result<$crate::session::Predictor, $crate::session::SessionError> {
                $crate::session::Predictor::open(<Self as $crate::Network>::PROGRAM, path.as_ref())
            }
        }
    };
}

/// The methods that need the encodings of data: none without `train`.
#[cfg(not(feature = "train"))]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_train {
    ($($ignored:tt)*) => {};
}

/// The methods on `ndarray` views.
#[cfg(feature = "ndarray")]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_ndarray {
    ($name:ident, $real:ty, $inputs:literal, $outputs:literal) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl<__W: $crate::Storage<$real>> $name<__W> {
            /// The outputs for the rows of a matrix, without copying it.
            ///
            /// # Errors
            /// If the rows are of another width, or do not lie one behind the other in memory.
            pub fn predict_array(
                &self,
                inputs: $crate::ndarray::ArrayView2<'_, $real>,
            ) -> ::core::result::Result<$crate::ndarray::Array2<$real>, $crate::Error> {
                $crate::network::predict_array(self, inputs)
            }
        }
    };
}

/// The methods on `ndarray` views: none without the feature.
#[cfg(not(feature = "ndarray"))]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_ndarray {
    ($($ignored:tt)*) => {};
}

/// The methods that draw from a `rand` generator.
#[cfg(all(feature = "rand", feature = "alloc"))]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_rand {
    ($name:ident) => {
        #[allow(dead_code, unreachable_pub, reason = "not every program uses all of a network")]
        impl $name {
            /// A network with weights on the heap, initialised from a seed that any generator of `rand` draws.
            pub fn from_rng(rng: &mut impl $crate::rand::Rng) -> Self {
                Self::new($crate::rng::seed_from(rng))
            }
        }
    };
}

/// The methods that draw from a `rand` generator: none without the feature.
#[cfg(not(all(feature = "rand", feature = "alloc")))]
#[doc(hidden)]
#[macro_export]
macro_rules! network_methods_rand {
    ($($ignored:tt)*) => {};
}
