//! The inputs and outputs of a network: their names, their shapes, and what leads to them.

use nn_grammar::ast::{Chain, Expr, ExprKind, Input, Name};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::args::bind;
use super::chain::{Builder, Flow, Known, Scope};
use super::expr::what_is;
use super::flow::{Held, Meaning, Tensor};
use crate::layers;
use crate::model::{Given, Port, StepKind, Wire};
use crate::signature::Value;

/// The name of the only output, where the text gives it none.
const OUTPUT: &str = "output";

/// What a network yields.
pub(super) struct Outputs {
    /// The shape of one output; of several, the number of their values.
    pub(super) shape: Vec<usize>,
    /// The value: of several, all one behind the other.
    pub(super) result: Wire,
    pub(super) ports: Vec<Port>,
}

impl Builder<'_> {
    /// `dim T <= 256`: extents that may differ from example to example, up to a bound. An input whose first axis is one is padded
    /// behind, with steps of zeros or with the ids -1, and has a mask that says so.
    pub(super) fn lengths(&mut self, dims: &[(Name, Expr)], scope: &mut Scope) {
        for (name, most) in dims {
            if self.lengths.contains(&name.text) {
                let message = format!("there are two dims `{}`", name.text);
                self.report(Diagnostic::new(Code::DuplicateParameter, name.span, message).label("the second"));
            }
            if let Some(most) = self.extent(most, scope, &format!("`{}`", name.text)) {
                scope.bind(&name.text, Meaning::Fixed(Value::Dim(most)));
                self.lengths.insert(name.text.clone());
            }
        }
    }

    /// Whether the first axis of an input may be shorter in some examples.
    fn has_length(&self, input: &Input) -> bool {
        let first = input.kind.as_ref().and_then(|kind| kind.extents.first());
        matches!(first.map(|extent| &extent.kind), Some(ExprKind::Name(name)) if self.lengths.contains(name))
    }

    /// The inputs that a network states; `None` if one of them is a mistake.
    pub(super) fn ports(&mut self, inputs: &[Input], scope: &mut Scope) -> Option<Vec<Port>> {
        let mut ports: Vec<Port> = Vec::new();
        let mut fits = true;
        for (number, input) in inputs.iter().enumerate() {
            let name = &input.name.text;
            if ports.iter().any(|port| port.name == *name) {
                let message = format!("there are two inputs `{name}`");
                self.report(Diagnostic::new(Code::DuplicateParameter, input.name.span, message).label("the second"));
                fits = false;
                continue;
            }
            let Some(port) = self.port(input, scope) else {
                fits = false;
                scope.bind(name, Meaning::Hidden);
                continue;
            };
            let wire = self.body.push(StepKind::Given(Given::Port(number)), port.shape.clone());
            let held = Some(Held { wire, depth: 0 });
            let from = (format!("`{name}`"), input.name.span);
            let mut tensor =
                Tensor { held, shape: port.shape.clone(), from, head: None, ids: port.classes, mask: None };
            if self.has_length(input) && port.classes.is_none() && port.shape.len() > 1 {
                let mut flow = self.flow(&tensor);
                self.named_layer("masking", &[], input.name.span, scope, &mut flow);
                tensor.mask = flow.mask;
            }
            if port.padded {
                tensor = self.padded_ids(&tensor, input.name.span, scope)?;
            }
            scope.bind(name, Meaning::Tensor(tensor));
            if number == 0 {
                self.input = Some((port.shape.clone(), wire));
            }
            ports.push(port);
        }
        fits.then_some(ports)
    }

    /// Ids of which -1 stand for steps that an example lacks: id 0 there, which the mask tells apart.
    fn padded_ids(&mut self, ids: &Tensor, span: Span, scope: &mut Scope) -> Option<Tensor> {
        let mut flow = self.flow(ids);
        let masking = layers::find("masking").expect("the checker names layers that exist");
        let mut args = bind(&masking.signature, &[], span, &scope.env).expect("all its arguments have defaults");
        args.values[0].value = Value::Real(-1.0);
        self.apply(masking, args, "masking(-1)".to_owned(), &[], scope, &mut flow);
        let mask = flow.mask;
        let zero = self.number(0.0, span);
        self.named_layer("maximum", &[("b", zero)], span, scope, &mut flow);
        let held = Held { wire: flow.wire?, depth: self.frames.len() };
        Some(Tensor { held: Some(held), mask, ..ids.clone() })
    }

    fn port(&mut self, input: &Input, scope: &Scope) -> Option<Port> {
        let name = &input.name.text;
        let Some(kind) = &input.kind else {
            let message = format!("the input `{name}` does not say what it is");
            let help =
                format!("state its shape, as in `{name}: [28, 28, 1]`, or its classes, as in `{name}: class(10)`");
            self.report(Diagnostic::new(Code::UnknownInput, input.name.span, message).help(help));
            return None;
        };
        let classes = match &kind.classes {
            Some(classes) => Some(self.extent(classes, scope, &format!("the classes of `{name}`"))?),
            None => None,
        };
        let mut shape = self.extents(kind, scope, &format!("an extent of `{name}`"))?;
        if shape.is_empty() {
            shape.push(1);
        }
        if let Err(diagnostic) = self.measure(&[], &shape, name, kind.span) {
            self.report(diagnostic);
            return None;
        }
        let padded = classes.is_some() && self.has_length(input);
        Some(Port { name: name.clone(), shape, classes, padded })
    }

    /// A network with a chain for a body.
    pub(super) fn network_of_chain(&mut self, chain: &Chain, ports: &[Port], scope: &mut Scope) -> Option<Outputs> {
        let mut flow = match ports {
            [] => Flow::start(),
            [only] => match scope.names.get(&only.name).cloned() {
                Some(Meaning::Tensor(tensor)) => Flow { first: true, ..self.flow(&tensor) },
                _ => return None,
            },
            [_, second, ..] => {
                let message = "a chain works on one input, and several are stated";
                let diagnostic = Diagnostic::new(Code::OperandCount, chain.span, message);
                let help = format!("write a body with `{{ }}` that says where `{}` goes", second.name);
                self.report(diagnostic.help(help));
                return None;
            }
        };
        self.chain(chain, scope, &mut flow);
        if let Some(parts) = flow.parts.take() {
            return self.outputs(Meaning::Parts(parts), chain.span);
        }
        match (flow.shape, flow.wire) {
            (Known::Shape(shape), Some(result)) => Some(Outputs {
                ports: vec![Port { name: OUTPUT.to_owned(), shape: shape.clone(), classes: None, padded: false }],
                shape,
                result,
            }),
            _ => None,
        }
    }

    /// The outputs that the result of a graph stands for.
    pub(super) fn outputs(&mut self, meaning: Meaning, span: Span) -> Option<Outputs> {
        match meaning {
            Meaning::Tensor(tensor) if tensor.shape.is_empty() => {
                // An output has an axis, so that metrics and targets have a width.
                let mut flow = self.flow(&tensor);
                self.named_layer(
                    "flatten",
                    &[],
                    span,
                    &mut Scope::new("output.".to_owned(), &Default::default()),
                    &mut flow,
                );
                let port = Port { name: OUTPUT.to_owned(), shape: vec![1], classes: None, padded: false };
                Some(Outputs { shape: vec![1], result: flow.wire?, ports: vec![port] })
            }
            Meaning::Tensor(tensor) => {
                let result = tensor.held.map(|held| self.here(held))?;
                let port = Port { name: OUTPUT.to_owned(), shape: tensor.shape.clone(), classes: None, padded: false };
                Some(Outputs { shape: tensor.shape, result, ports: vec![port] })
            }
            Meaning::Parts(parts) => self.several(parts, span),
            Meaning::Hidden => None,
            other => {
                let message = format!("a network yields a tensor, and this is {}", what_is(&other));
                self.report(Diagnostic::new(Code::WrongKind, span, message).label("expected a tensor"));
                None
            }
        }
    }

    /// Several outputs, one behind the other.
    fn several(&mut self, parts: Vec<(String, Meaning)>, span: Span) -> Option<Outputs> {
        let mut ports = Vec::new();
        let mut flat: Vec<Tensor> = Vec::new();
        let mut scope = Scope::new("outputs.".to_owned(), &Default::default());
        for (name, part) in parts {
            let Meaning::Tensor(tensor) = part else {
                if !matches!(part, Meaning::Hidden) {
                    let message = format!("the output `{name}` is {}, not a tensor", what_is(&part));
                    self.report(Diagnostic::new(Code::WrongKind, span, message));
                }
                return None;
            };
            ports.push(Port { name, shape: tensor.shape.clone(), classes: None, padded: false });
            let mut flow = self.flow(&tensor);
            self.named_layer("flatten", &[], span, &mut scope, &mut flow);
            flat.push(flow.tensor(self.frames.len(), span)?);
        }
        let (first, rest) = flat.split_first()?;
        let mut flow = self.flow(first);
        if !rest.is_empty() {
            let layer = layers::find("concat").expect("the checker names layers that exist");
            let args = bind(&layer.signature, &[], span, &scope.env).ok()?;
            let others: Vec<(&'static str, Tensor)> = rest.iter().map(|tensor| ("b", tensor.clone())).collect();
            self.apply(layer, args, "concat".to_owned(), &others, &mut scope, &mut flow);
        }
        match (flow.shape, flow.wire) {
            (Known::Shape(shape), Some(result)) => Some(Outputs { shape, result, ports }),
            _ => None,
        }
    }
}
