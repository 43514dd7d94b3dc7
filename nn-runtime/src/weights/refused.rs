//! Files of weights that are not read, and what to do instead: pickles can run any program when they are read, and HDF5 has no
//! reader in Rust alone. Knows them by their ends and their first bytes.

use alloc::string::String;
use std::path::Path;

use super::WeightsFault;

/// The ends of files by what they are.
const ENDS: [(&str, Kind); 10] = [
    ("pt", Kind::Torch),
    ("pth", Kind::Torch),
    ("ckpt", Kind::Torch),
    ("pkl", Kind::Pickle),
    ("pickle", Kind::Pickle),
    ("joblib", Kind::Pickle),
    ("h5", Kind::Hdf5),
    ("hdf5", Kind::Hdf5),
    ("keras", Kind::Keras),
    ("npy", Kind::Npy),
];

/// What a file is that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As `torch.save` writes it.
    Torch,
    Pickle,
    Hdf5,
    /// As `model.save` of Keras writes it.
    Keras,
    /// One array alone.
    Npy,
}

impl Kind {
    pub(super) fn fault(self) -> WeightsFault {
        let torch = "in PyTorch: `from safetensors.torch import save_file; save_file(model.state_dict(), \"weights.safetensors\")`";
        let numpy = "save the arrays instead: `numpy.savez(\"weights.npz\", **{\"dense_1.weight\": array})`";
        let keras = "in Keras: `numpy.savez(\"weights.npz\", **{w.path: w.numpy() for w in model.weights})`, with `import numpy`";
        let (what, instead) = match self {
            Self::Torch => ("a pickle of PyTorch, which can run any program when it is read", torch),
            Self::Pickle => ("a pickle, which can run any program when it is read", numpy),
            Self::Hdf5 => ("an HDF5 file, which is not read here", keras),
            Self::Keras => ("a model of Keras in its own format, which is not read here", keras),
            Self::Npy => ("one array, and weights have names", numpy),
        };
        WeightsFault::Refused { what: String::from(what), instead: String::from(instead) }
    }
}

/// What a path says.
pub(super) fn by_end(path: &Path) -> Option<Kind> {
    let end = path.extension()?.to_str()?.to_ascii_lowercase();
    ENDS.into_iter().find(|(known, _)| *known == end).map(|(_, kind)| kind)
}

/// What the first bytes say.
pub(super) fn by_start(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        // The protocol of a pickle, from 2 to 5, then a frame or the number that torch.save began with.
        [0x80, 2..=5, 0x8A | 0x95 | b'}' | b']' | b'c', ..] => Some(Kind::Pickle),
        [0x89, b'H', b'D', b'F', ..] => Some(Kind::Hdf5),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Kind::Npy),
        _ => None,
    }
}

/// What the name of a file in an archive says.
#[cfg(feature = "archives")]
pub(super) fn by_member(name: &str) -> Option<Kind> {
    match name {
        _ if name.ends_with("data.pkl") => Some(Kind::Torch),
        _ if name.ends_with(".pkl") => Some(Kind::Pickle),
        _ if name.ends_with(".h5") => Some(Kind::Keras),
        _ => None,
    }
}
