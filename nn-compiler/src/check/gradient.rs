//! `gradient(y, x)`: how a single value changes with another value, as part of a loss: the penalty of WGAN-GP, a score, a force.

use nn_grammar::ast::Call;
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::chain::{Builder, Scope};
use super::flow::{Meaning, Tensor};
use crate::model::{Body, StepKind, Wire};
use crate::words;

/// What it is called.
pub(super) const GRADIENT: &str = "gradient";

impl Builder<'_> {
    /// `gradient(y, x)`: of the sum of `y` over all examples, with the shape of `x`.
    pub(super) fn gradient(&mut self, call: &Call, scope: &mut Scope) -> Meaning {
        let [of, wrt] = &call.args[..] else {
            let message = "`gradient` takes a value, and what it is to be differentiated by";
            let help = "write `gradient(D(x), x)`";
            return self.mistake(Diagnostic::new(Code::OperandCount, call.span, message).help(help));
        };
        let (Some(y), Some(x)) = (self.operand(&of.value, scope), self.operand(&wrt.value, scope)) else {
            return Meaning::Hidden;
        };
        if y.shape.iter().product::<usize>() != 1 {
            let shape = words::shape(&y.shape);
            let message = format!("`gradient` is of a single value for each example, and this is {shape}");
            return self
                .mistake(Diagnostic::new(Code::WrongKind, of.value.span, message).help("take its `sum` or `mean`"));
        }
        let (Some(held_y), Some(held_x)) = (y.held, x.held) else { return Meaning::Hidden };
        let (of_wire, wrt_wire) = (self.here(held_y), self.here(held_x));
        if !depends(&self.body, of_wire, wrt_wire) {
            let message = "this value does not depend on what it is differentiated by";
            let label = "differentiated by this";
            return self.mistake(Diagnostic::new(Code::WrongKind, of.value.span, message).also(wrt.value.span, label));
        }
        let wire = self.body.push(StepKind::Gradient(of_wire, wrt_wire), x.shape.clone());
        Meaning::Tensor(Tensor {
            ids: None,
            mask: None,
            head: None,
            ..self.held(wire, x.shape, "`gradient`", call.span)
        })
    }
}

/// Whether a value of a body is computed from another one.
fn depends(body: &Body, of: Wire, wrt: Wire) -> bool {
    let mut depends = vec![false; body.steps.len()];
    depends[wrt.0] = true;
    for (index, step) in body.steps.iter().enumerate().skip(wrt.0 + 1) {
        depends[index] = step.kind.reads().iter().any(|wire| depends[wire.0]);
    }
    depends[of.0]
}
