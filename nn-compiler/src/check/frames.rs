//! Loops in the making: bodies within bodies, and how a value is seen from inside of a loop.

use std::collections::BTreeMap;

use super::chain::Builder;
use super::flow::Held;
use crate::model::{Body, Given, StepKind, Wire};

/// A loop in the making.
#[derive(Default)]
pub(super) struct Frame {
    /// The body around it, as far as it is built.
    pub(super) around: Body,
    /// The values of that body which this loop sees whole.
    pub(super) outer: Vec<Wire>,
    /// What they are in the loop.
    seen: BTreeMap<Wire, Wire>,
}

impl Builder<'_> {
    /// Begins the body of a loop.
    pub(super) fn begin_loop(&mut self) {
        let around = std::mem::take(&mut self.body);
        self.frames.push(Frame { around, ..Frame::default() });
    }

    /// Ends the body of a loop: the body, and what it sees of the body around it.
    pub(super) fn end_loop(&mut self) -> (Body, Vec<Wire>) {
        let frame = self.frames.pop().expect("a loop has been begun");
        (std::mem::replace(&mut self.body, frame.around), frame.outer)
    }

    /// Goes back to the body around a loop, for something that belongs there.
    pub(super) fn pause_loop(&mut self) -> (Frame, Body) {
        let mut frame = self.frames.pop().expect("a loop has been begun");
        let body = std::mem::replace(&mut self.body, std::mem::take(&mut frame.around));
        (frame, body)
    }

    /// Goes on with a loop.
    pub(super) fn resume_loop(&mut self, (mut frame, body): (Frame, Body)) {
        frame.around = std::mem::replace(&mut self.body, body);
        self.frames.push(frame);
    }

    /// A value in the body that is being built; a loop sees values of the bodies around it whole.
    pub(super) fn here(&mut self, held: Held) -> Wire {
        (held.depth + 1..=self.frames.len()).fold(held.wire, |wire, depth| {
            if let Some(seen) = self.frames[depth - 1].seen.get(&wire) {
                return *seen;
            }
            let shape = self.frames[depth - 1].around.step(wire).shape.clone();
            let number = self.frames[depth - 1].outer.len();
            self.frames[depth - 1].outer.push(wire);
            let kind = StepKind::Given(Given::Outer(number));
            let body = if depth == self.frames.len() { &mut self.body } else { &mut self.frames[depth].around };
            let seen = body.push(kind, shape);
            self.frames[depth - 1].seen.insert(wire, seen);
            seen
        })
    }
}
