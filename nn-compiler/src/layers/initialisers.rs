//! The initialisers that a text can name.

use crate::init::Init;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};

/// An initialiser as a text calls it.
#[derive(Debug)]
pub struct Initialiser {
    /// Its interface.
    pub signature: Signature,
    /// From arguments to the value.
    pub make: fn(&Args) -> Init,
}

const MEAN: Param = Param::optional("mean", Kind::Real(Range::ANY), Preset::Real(0.0), "the mean");
const STD: Param = Param::optional("std", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(1.0), "the standard deviation");
const LOW: Param = Param::required("low", Kind::Real(Range::ANY), "the lower bound");
const HIGH: Param = Param::required("high", Kind::Real(Range::ANY), "the upper bound");
const GAIN: Param = Param::optional("gain", Kind::Real(Range::ANY), Preset::Real(1.0), "the factor");
const VALUE: Param = Param::required("value", Kind::Real(Range::ANY), "the value");

/// Every initialiser.
pub static INITIALISERS: &[Initialiser] = &[
    entry("zeros", "0 everywhere.", &[], |_| Init::Zeros),
    entry("ones", "1 everywhere.", &[], |_| Init::Ones),
    entry("constant", "One value everywhere.", &[VALUE], |args| Init::Constant(args.real("value"))),
    entry("uniform", "Uniform in [low, high).", &[LOW, HIGH], |args| Init::Uniform {
        low: args.real("low"),
        high: args.real("high"),
    }),
    entry("normal", "Normal.", &[MEAN, STD], |args| Init::Normal { mean: args.real("mean"), std: args.real("std") }),
    entry("truncated_normal", "Normal, cut at two standard deviations.", &[MEAN, STD], |args| Init::TruncatedNormal {
        mean: args.real("mean"),
        std: args.real("std"),
    }),
    entry("glorot_uniform", "Uniform, variance 2 / (fan in + fan out); Glorot and Bengio 2010, eq. 16.", &[], |_| {
        Init::GlorotUniform
    }),
    entry("glorot_normal", "Normal, variance 2 / (fan in + fan out); Glorot and Bengio 2010, eq. 12.", &[], |_| {
        Init::GlorotNormal
    }),
    entry("he_uniform", "Uniform, variance 2 / fan in; He et al. 2015, eq. 10.", &[], |_| Init::HeUniform),
    entry("he_normal", "Normal, variance 2 / fan in; He et al. 2015, eq. 10.", &[], |_| Init::HeNormal),
    entry("lecun_uniform", "Uniform, variance 1 / fan in; LeCun et al. 1998, eq. 16.", &[], |_| Init::LecunUniform),
    entry("lecun_normal", "Normal, variance 1 / fan in; LeCun et al. 1998, eq. 16.", &[], |_| Init::LecunNormal),
    entry("orthogonal", "Orthonormal rows or columns, times a gain; Saxe et al. 2013.", &[GAIN], |args| {
        Init::Orthogonal { gain: args.real("gain") }
    }),
];

const fn entry(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    make: fn(&Args) -> Init,
) -> Initialiser {
    Initialiser { signature: Signature { name, doc, params }, make }
}
