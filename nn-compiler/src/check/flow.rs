//! What flows through a text: values with shapes, and what names stand for.

use std::collections::BTreeMap;
use std::rc::Rc;

use nn_grammar::ast::Stage;
use nn_grammar::span::Span;

use super::value::Env;
use crate::layers::Head;
use crate::model::Wire;
use crate::signature::Value;

/// What flows from stage to stage.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) shape: Known,
    /// The value itself, in the body that is being built, where no mistake hides it.
    pub(super) wire: Option<Wire>,
    /// What yields it, in words and place.
    pub(super) from: Option<(String, Span)>,
    /// What the last stage was, where a head may not follow a head.
    pub(super) head: Option<(Head, Span)>,
    /// Whether no stage but `input` has been passed.
    pub(super) first: bool,
    /// How many classes there are, if the values are ids.
    pub(super) ids: Option<usize>,
    /// Which steps of a sequence count.
    pub(super) mask: Option<Held>,
    /// Behind a block that yields several values: those, instead of one that flows.
    pub(super) parts: Option<Vec<(String, Meaning)>>,
}

/// What is known of a shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    /// Nothing has said it yet.
    NotYet,
    /// It is this.
    Shape(Vec<usize>),
    /// A mistake that has been reported hides it.
    Hidden,
}

/// A value, and in which body it stands: how many loops are around that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Held {
    pub(super) wire: Wire,
    pub(super) depth: usize,
}

/// A value of a text.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    /// The value itself; none behind a mistake.
    pub(super) held: Option<Held>,
    pub(super) shape: Vec<usize>,
    /// What yields it, in words and place.
    pub(super) from: (String, Span),
    pub(super) head: Option<(Head, Span)>,
    pub(super) ids: Option<usize>,
    pub(super) mask: Option<Held>,
}

/// What a name or an expression stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// A value that is computed.
    Tensor(Tensor),
    /// A value that is known when the text is compiled.
    Fixed(Value),
    /// A number that is known when the text is compiled.
    Number(f64),
    /// A layer, block or chain that waits for what it works on. Wherever it is used, its parameters are the same.
    Layer(Rc<Template>),
    /// Several values with names.
    Parts(Vec<(String, Meaning)>),
    /// A mistake that has been reported hides it.
    Hidden,
}

/// A layer, block or chain with a name.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) stage: Stage,
    /// Where it is written.
    pub(super) scope: Scope,
    /// How many loops are around that place.
    pub(super) depth: usize,
    /// Which of all layers with a name it is.
    pub(super) number: usize,
}

/// Where a part of a text stands: its path, and what names stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) prefix: String,
    /// What is known when the text is compiled: parameters of the block, extents, numbers.
    pub(super) env: Env,
    /// What else has a name.
    pub(super) names: BTreeMap<String, Meaning>,
    counts: BTreeMap<String, usize>,
}

impl Scope {
    pub(super) fn new(prefix: String, env: &Env) -> Self {
        Self { prefix, env: env.clone(), ..Self::default() }
    }

    /// The same names under another path.
    pub(super) fn within(&self, prefix: String) -> Self {
        Self { prefix, env: self.env.clone(), names: self.names.clone(), counts: BTreeMap::new() }
    }

    /// `dense_2`, with the path of the scope before it.
    pub(super) fn path(&mut self, name: &str) -> String {
        let count = self.counts.entry(name.to_owned()).or_insert(0);
        *count += 1;
        format!("{}{name}_{count}", self.prefix)
    }

    /// Gives a name a meaning.
    pub(super) fn bind(&mut self, name: &str, meaning: Meaning) {
        self.env.remove(name);
        self.names.remove(name);
        match meaning {
            Meaning::Fixed(value) => {
                self.env.insert(name.to_owned(), value);
            }
            Meaning::Number(x) => {
                self.env.insert(name.to_owned(), Value::of_number(x));
            }
            other => {
                self.names.insert(name.to_owned(), other);
            }
        }
    }
}

impl Flow {
    /// What flows into a network: nothing is known of it.
    pub(super) fn start() -> Self {
        let shape = Known::NotYet;
        Self { shape, wire: None, from: None, head: None, first: true, ids: None, mask: None, parts: None }
    }

    /// Says that a mistake, which has been reported, hides what flows from here on.
    pub(super) fn hide(&mut self) {
        (self.shape, self.wire) = (Known::Hidden, None);
    }

    /// Says that a combinator as a whole, of whatever kind its last stage is, yields what flows now.
    pub(super) fn leave(&mut self, text: &str, span: Span) {
        self.from = Some((format!("`{text}`"), span));
        self.head = None;
    }

    /// What flows as a value, in a body with so many loops around it; none where a mistake hides its shape.
    pub(super) fn tensor(&self, depth: usize, span: Span) -> Option<Tensor> {
        let Known::Shape(shape) = &self.shape else { return None };
        Some(Tensor {
            held: self.wire.map(|wire| Held { wire, depth }),
            shape: shape.clone(),
            from: self.from.clone().unwrap_or_else(|| ("the input".to_owned(), span)),
            head: self.head,
            ids: self.ids,
            mask: self.mask,
        })
    }
}
