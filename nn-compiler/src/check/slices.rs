//! Slices: `x[2]`, `x[1.., 0..3]`, known when the text is compiled.

use nn_grammar::ast::{Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::chain::{Builder, Flow, Known, Scope};
use super::expr::what_is;
use super::flow::{Meaning, Tensor};
use crate::layers;
use crate::signature::{Args, Value};
use crate::words;

impl Builder<'_> {
    /// `x[0..16]`, `x[.., -1]`: one item for each of the first axes.
    pub(super) fn slice(&mut self, x: Tensor, items: &[Expr], expr: &Expr, scope: &mut Scope) -> Meaning {
        if items.len() > x.shape.len() {
            let shape = words::shape(&x.shape);
            let message =
                format!("{} positions are given, and {shape} has {}", items.len(), words::count(x.shape.len(), "axis"));
            return self.mistake(Diagnostic::new(Code::WrongRank, expr.span, message));
        }
        let mut flow = self.flow(&x);
        let mut axis = 0;
        for item in items {
            let Known::Shape(shape) = &flow.shape else { return Meaning::Hidden };
            let extent = shape[axis];
            let (start, end, single) = match &item.kind {
                ExprKind::Range(low, high) => {
                    (self.position(low, extent, scope), self.position(high, extent, scope), false)
                }
                ExprKind::Open(low, high) => {
                    let low = low.as_ref().map_or(Some(0), |low| self.position(low, extent, scope));
                    let high = high.as_ref().map_or(Some(extent), |high| self.position(high, extent, scope));
                    (low, high, false)
                }
                _ => {
                    let position = self.position(item, extent, scope);
                    (position, position.map(|position| position + 1), true)
                }
            };
            let (Some(start), Some(end)) = (start, end) else { return Meaning::Hidden };
            if start >= end || end > extent {
                let what = if single { format!("entry {start}") } else { format!("entries {start} to {end}") };
                let message = format!("there are no {what} on an axis of {extent}");
                let message = if single { message.replace("are no", "is no") } else { message };
                return self.mistake(Diagnostic::new(Code::OutOfRange, item.span, message));
            }
            if single || end - start < extent {
                self.part(axis, (start, end - start), single, item.span, scope, &mut flow);
            }
            axis += usize::from(!single);
        }
        self.meaning(flow, expr.span)
    }

    /// A position on an axis; negative ones count from its end.
    pub(super) fn position(&mut self, expr: &Expr, extent: usize, scope: &mut Scope) -> Option<usize> {
        match self.expr(expr, scope) {
            Meaning::Number(x) if x.fract() == 0.0 && x.abs() <= 9e15 => {
                let position = if x < 0.0 { extent as f64 + x } else { x };
                if position >= 0.0 {
                    return Some(position as usize);
                }
                let message = format!("there is no entry {x} on an axis of {extent}");
                self.report(Diagnostic::new(Code::OutOfRange, expr.span, message));
            }
            Meaning::Hidden => {}
            other => {
                let message = format!("a position is a whole number, not {}", what_is(&other));
                self.report(Diagnostic::new(Code::WrongKind, expr.span, message));
            }
        }
        None
    }

    pub(super) fn part(
        &mut self,
        axis: usize,
        (start, count): (usize, usize),
        single: bool,
        span: Span,
        scope: &mut Scope,
        flow: &mut Flow,
    ) {
        let layer = layers::find("part").expect("slices stand for it");
        let value = |value| crate::signature::Argument { value, span: Some(span) };
        let values = vec![
            value(Value::Whole(axis as u64)),
            value(Value::Whole(start as u64)),
            value(Value::Dim(count)),
            value(Value::Bool(!single)),
        ];
        let args = Args { signature: &layer.signature, values, span };
        let end = start + count;
        let text = if single {
            format!("part [{start}] of axis {axis}")
        } else {
            format!("part [{start}..{end}] of axis {axis}")
        };
        self.apply(layer, args, text, &[], scope, flow);
    }
}
