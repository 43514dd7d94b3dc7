//! What a thing that can be called in a text takes: names, kinds, defaults, ranges. Argument checking, messages and the
//! reference tables all come from it. It knows no particular layer.

use nn_grammar::span::Span;

use crate::init::Init;

mod schedule;

pub use schedule::{Decay, Schedule};

/// The interface of a layer, initialiser, loss, optimizer, schedule, metric or transform.
#[derive(Debug)]
pub struct Signature {
    /// The name in the text.
    pub name: &'static str,
    /// What it is, in one sentence, then its formula and source.
    pub doc: &'static str,
    /// Its parameters; positional arguments fill them in this order.
    pub params: &'static [Param],
}

/// One parameter of a signature.
#[derive(Debug)]
pub struct Param {
    /// The name in the text.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is when it is not stated; `None` if it must be stated.
    pub default: Option<Preset>,
    /// What it means.
    pub doc: &'static str,
}

impl Param {
    /// A parameter that must be stated.
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, default: None, doc }
    }

    /// A parameter with a default.
    pub const fn optional(name: &'static str, kind: Kind, default: Preset, doc: &'static str) -> Self {
        Self { name, kind, default: Some(default), doc }
    }
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A whole number of at least 1.
    Dim,
    /// One or more whole numbers of at least 1; takes all positional arguments.
    Dims,
    /// A whole number of at least 0, of 64 bits.
    Whole,
    /// `16` or `4->16`.
    Flow,
    /// A number in a range.
    Real(Range),
    /// A list of numbers in a range.
    Reals(Range),
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of an activation, perhaps with arguments.
    Activation,
    /// An initialiser.
    Init,
    /// A learning rate above 0, or a schedule that begins with it.
    Rate,
    /// A number in a range, or a schedule that stays in it.
    Scheduled(Range),
    /// A word that is looked up later.
    Word,
    /// A schedule.
    Schedule,
    /// A text in quotes.
    Text,
    /// A whole number of at least this for all axes, or a list with one for each.
    Sizes(usize),
    /// `same`, `valid`, a number of entries for both ends of all axes, or a list with a number or a pair for each axis.
    Padding,
    /// An axis of one example, the batch not counted; negative ones count from the last, which is -1.
    Axis,
    /// One or more axes; as the first parameter it takes all positional arguments.
    Axes,
}

/// What is added around the axes that a window slides over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edge {
    /// As much as keeps the extent at stride 1: `ceil(n / stride)` positions; what is odd goes behind.
    Same,
    /// Nothing.
    Valid,
}

/// The numbers that a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// Whether the lower bound itself is taken.
    pub with_low: bool,
    /// Whether the upper bound itself is taken.
    pub with_high: bool,
}

impl Range {
    /// Every finite number.
    pub const ANY: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY, with_low: false, with_high: false };
    /// 0 and more.
    pub const NOT_NEGATIVE: Self = Self { low: 0.0, with_low: true, ..Self::ANY };
    /// More than 0.
    pub const POSITIVE: Self = Self { low: 0.0, ..Self::ANY };
    /// From 0 to below 1.
    pub const BELOW_ONE: Self = Self { low: 0.0, high: 1.0, with_low: true, with_high: false };
    /// From 0 to 1, both included.
    pub const UNIT: Self = Self { low: 0.0, high: 1.0, with_low: true, with_high: true };

    /// Whether it takes this number.
    pub fn takes(self, x: f64) -> bool {
        x.is_finite()
            && (x > self.low || (self.with_low && x == self.low))
            && (x < self.high || (self.with_high && x == self.high))
    }

    /// The range in words: `from 0 to below 1`.
    pub fn words(self) -> String {
        let low = match (self.low.is_finite(), self.with_low) {
            (false, _) => None,
            (true, true) => Some(format!("of at least {}", self.low)),
            (true, false) => Some(format!("above {}", self.low)),
        };
        let high = match (self.high.is_finite(), self.with_high) {
            (false, _) => None,
            (true, true) => Some(format!("of at most {}", self.high)),
            (true, false) => Some(format!("below {}", self.high)),
        };
        match (low, high) {
            (None, None) => "finite".to_owned(),
            (Some(bound), None) | (None, Some(bound)) => bound,
            (Some(low), Some(high)) => format!("{low} and {}", high.trim_start_matches("of ")),
        }
    }
}

impl Kind {
    /// What it takes, in words that complete "expected …".
    pub fn words(self) -> String {
        match self {
            Kind::Dim => "a whole number of at least 1".to_owned(),
            Kind::Dims => "whole numbers of at least 1".to_owned(),
            Kind::Whole => "a whole number of at least 0".to_owned(),
            Kind::Flow => "a width such as `16`, or two as in `4->16`".to_owned(),
            Kind::Real(range) if range == Range::ANY => "a number".to_owned(),
            Kind::Real(range) => format!("a number {}", range.words()),
            Kind::Reals(_) => "a list of numbers such as `[1, 2.5]`".to_owned(),
            Kind::Bool => "`true` or `false`".to_owned(),
            Kind::Choice(words) => crate::words::one_of(words.iter().copied()),
            Kind::Activation => "an activation such as `relu`".to_owned(),
            Kind::Init => "an initialiser such as `he_normal`".to_owned(),
            Kind::Rate => "a learning rate above 0, or a schedule such as `cosine(0.01)`".to_owned(),
            Kind::Scheduled(range) => {
                format!("a number {}, or a schedule such as `linear(0.1, to = 0)`", range.words())
            }
            Kind::Word => "a word".to_owned(),
            Kind::Schedule => "a schedule such as `cosine(0.01)`".to_owned(),
            Kind::Text => "a text in quotes".to_owned(),
            Kind::Sizes(least) => format!("a whole number of at least {least}, or a list with one for each axis"),
            Kind::Padding => "`same`, `valid`, a number, or a list such as `[1, 1]` or `[[1, 2], [0, 1]]`".to_owned(),
            Kind::Axis => "an axis such as `0`, or `-1` for the last".to_owned(),
            Kind::Axes => "axes such as `0` or `[0, -1]`".to_owned(),
        }
    }
}

/// The value of a parameter that is not stated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Preset {
    /// For [`Kind::Real`].
    Real(f64),
    /// For [`Kind::Reals`]: none.
    NoReals,
    /// For [`Kind::Bool`].
    Bool(bool),
    /// For [`Kind::Choice`].
    Choice(&'static str),
    /// For [`Kind::Activation`]: none.
    Linear,
    /// For [`Kind::Init`].
    Init(Init),
    /// For [`Kind::Rate`] and [`Kind::Scheduled`]: always the same.
    Rate(f64),
    /// For [`Kind::Text`] and [`Kind::Word`].
    Text(&'static str),
    /// For [`Kind::Dim`].
    Dim(usize),
    /// For [`Kind::Whole`].
    Whole(u64),
    /// For [`Kind::Sizes`]: the same for all axes.
    Size(usize),
    /// For [`Kind::Sizes`]: none, which the documentation of the parameter explains.
    NoSizes,
    /// For [`Kind::Padding`].
    Padding(Edge),
    /// For [`Kind::Axis`].
    Axis(i64),
    /// For [`Kind::Axes`]: all of them.
    AllAxes,
}

impl Preset {
    /// The value that it stands for.
    pub fn value(self) -> Value {
        match self {
            Preset::Real(x) => Value::Real(x),
            Preset::NoReals => Value::Reals(Vec::new()),
            Preset::Bool(on) => Value::Bool(on),
            Preset::Choice(word) => Value::Choice(word),
            Preset::Linear => Value::Activation(None),
            Preset::Init(init) => Value::Init(init),
            Preset::Rate(lr) => Value::Schedule(Schedule::constant(lr)),
            Preset::Text(text) => Value::Text(text.to_owned()),
            Preset::Dim(n) => Value::Dim(n),
            Preset::Whole(n) => Value::Whole(n),
            Preset::Size(n) => Value::Sizes(vec![n]),
            Preset::NoSizes => Value::Sizes(Vec::new()),
            Preset::Padding(edge) => Value::Padding(Padding::Edge(edge)),
            Preset::Axis(axis) => Value::Axis(axis),
            Preset::AllAxes => Value::Axes(Vec::new()),
        }
    }
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// For [`Kind::Dim`].
    Dim(usize),
    /// For [`Kind::Dims`].
    Dims(Vec<usize>),
    /// For [`Kind::Whole`].
    Whole(u64),
    /// For [`Kind::Flow`]: the input width, if it is stated, and the output width.
    Flow(Option<usize>, usize),
    /// For [`Kind::Real`].
    Real(f64),
    /// For [`Kind::Reals`].
    Reals(Vec<f64>),
    /// For [`Kind::Bool`].
    Bool(bool),
    /// For [`Kind::Choice`].
    Choice(&'static str),
    /// For [`Kind::Activation`]: the arguments of the activation; `None` is `linear`.
    Activation(Option<Args>),
    /// For [`Kind::Init`].
    Init(Init),
    /// For [`Kind::Rate`], [`Kind::Scheduled`] and [`Kind::Schedule`].
    Schedule(Schedule),
    /// For [`Kind::Text`] and [`Kind::Word`].
    Text(String),
    /// For [`Kind::Sizes`]: one for all axes, or one for each; none where that is the default.
    Sizes(Vec<usize>),
    /// For [`Kind::Padding`].
    Padding(Padding),
    /// For [`Kind::Axis`], as it was written.
    Axis(i64),
    /// For [`Kind::Axes`], as they were written; none stands for all.
    Axes(Vec<i64>),
}

impl Value {
    /// What a number stands for: an extent, where it can be one.
    pub(crate) fn of_number(x: f64) -> Self {
        let whole = x >= 1.0 && x.fract() == 0.0 && x <= 9e15;
        if whole { Self::Dim(x as usize) } else { Self::Real(x) }
    }
}

/// The value of a [`Kind::Padding`].
#[derive(Clone, Debug, PartialEq)]
pub enum Padding {
    /// By rule.
    Edge(Edge),
    /// So many entries before and behind: one pair for all axes, or one for each.
    Entries(Vec<(usize, usize)>),
}

/// The arguments of one use: a value for each parameter of the signature, in its order.
#[derive(Clone, Debug)]
pub struct Args {
    /// The signature that they are for.
    pub signature: &'static Signature,
    /// One for each parameter.
    pub values: Vec<Argument>,
    /// The use as a whole.
    pub span: Span,
}

impl PartialEq for Args {
    fn eq(&self, other: &Self) -> bool {
        self.signature.name == other.signature.name && self.values == other.values
    }
}

/// One argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// What it is.
    pub value: Value,
    /// Where it is stated; `None` for a default.
    pub span: Option<Span>,
}

impl Args {
    /// Those of a use without arguments, which has no place in the text.
    pub fn none(signature: &'static Signature) -> Self {
        Self { signature, values: Vec::new(), span: Span::default() }
    }

    /// The argument for a parameter of the signature; asking for another is a fault of the asker.
    pub fn argument(&self, name: &str) -> &Argument {
        let index = self.signature.params.iter().position(|param| param.name == name);
        &self.values[index.unwrap_or_else(|| panic!("`{}` has no parameter `{name}`", self.signature.name))]
    }

    /// Where to point for a parameter: at its argument, or at the whole use if it is not stated.
    pub fn span_of(&self, name: &str) -> Span {
        self.argument(name).span.unwrap_or(self.span)
    }

    fn wrong(&self, name: &str) -> ! {
        panic!("`{}` of `{}` is read as another kind than it is declared", name, self.signature.name)
    }
}

macro_rules! readers {
    ($($(#[doc = $doc:literal])+ $name:ident: $variant:ident -> $type:ty, $value:ident => $result:expr;)+) => {
        impl Args {
            $($(#[doc = $doc])+
            pub fn $name(&self, name: &str) -> $type {
                match &self.argument(name).value {
                    Value::$variant($value) => $result,
                    _ => self.wrong(name),
                }
            })+
        }
    };
}

readers! {
    /// A [`Kind::Dim`].
    dim: Dim -> usize, value => *value;
    /// A [`Kind::Whole`].
    whole: Whole -> u64, value => *value;
    /// A [`Kind::Dims`].
    dims: Dims -> &[usize], value => value;
    /// A [`Kind::Real`].
    real: Real -> f64, value => *value;
    /// A [`Kind::Reals`].
    reals: Reals -> &[f64], value => value;
    /// A [`Kind::Bool`].
    bool: Bool -> bool, value => *value;
    /// A [`Kind::Choice`].
    choice: Choice -> &'static str, value => value;
    /// A [`Kind::Init`].
    init: Init -> Init, value => *value;
    /// A [`Kind::Rate`], [`Kind::Scheduled`] or [`Kind::Schedule`].
    schedule: Schedule -> &Schedule, value => value;
    /// A [`Kind::Text`] or [`Kind::Word`].
    text: Text -> &str, value => value;
    /// A [`Kind::Padding`].
    padding: Padding -> &Padding, value => value;
    /// A [`Kind::Activation`].
    activation: Activation -> Option<&Args>, value => value.as_ref();
}

impl Args {
    /// A [`Kind::Flow`]: the input width, if it is stated, and the output width.
    pub fn flow(&self, name: &str) -> (Option<usize>, usize) {
        match self.argument(name).value {
            Value::Flow(input, output) => (input, output),
            _ => self.wrong(name),
        }
    }
    /// A [`Kind::Sizes`] for so many axes; `None` if a list of another length was written, or none at all.
    pub fn sizes(&self, name: &str, axes: usize) -> Option<Vec<usize>> {
        match &self.argument(name).value {
            Value::Sizes(all) if all.len() == 1 => Some(vec![all[0]; axes]),
            Value::Sizes(each) => Some(each.clone()).filter(|each| each.len() == axes),
            _ => self.wrong(name),
        }
    }

    /// Whether a [`Kind::Sizes`] has any, or is the default that stands for none.
    pub fn has_sizes(&self, name: &str) -> bool {
        match &self.argument(name).value {
            Value::Sizes(sizes) => !sizes.is_empty(),
            _ => self.wrong(name),
        }
    }

    /// A [`Kind::Axis`] of a value with so many axes, counted from the first; `None` if it has no such axis.
    pub fn axis(&self, name: &str, rank: usize) -> Option<usize> {
        match self.argument(name).value {
            Value::Axis(axis) => resolve(axis, rank),
            _ => self.wrong(name),
        }
    }

    /// [`Kind::Axes`] of a value with so many axes, as they were written and counted from the first; all if none was
    /// written. `None` if there is no such axis or one stands twice.
    pub fn axes(&self, name: &str, rank: usize) -> Option<Vec<usize>> {
        let Value::Axes(written) = &self.argument(name).value else { self.wrong(name) };
        if written.is_empty() {
            return Some((0..rank).collect());
        }
        let axes: Vec<usize> = written.iter().map(|axis| resolve(*axis, rank)).collect::<Option<_>>()?;
        let twice = axes.iter().enumerate().any(|(index, axis)| axes[..index].contains(axis));
        (!twice).then_some(axes)
    }
}

/// An axis counted from the first.
fn resolve(axis: i64, rank: usize) -> Option<usize> {
    let axis = if axis < 0 { axis.checked_add(i64::try_from(rank).ok()?)? } else { axis };
    usize::try_from(axis).ok().filter(|axis| *axis < rank)
}
