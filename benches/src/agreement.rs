//! Whether two contestants compute the same: their losses, step by step.

use std::fmt;

/// How far the first loss may lie from ours, relative to it: rounding of one pass forward.
const FIRST: f64 = 1e-5;

/// How far later losses may: Adam's first steps go by the sign of a gradient, also where it is nothing but rounding.
const LATER: f64 = 1e-3;

/// Where two sequences of losses part.
#[derive(Clone, Debug, PartialEq)]
pub enum Parting {
    /// One has more losses than the other, or there are none.
    Count {
        /// Ours.
        ours: usize,
        /// Theirs.
        theirs: usize,
    },
    /// The losses of a step, counted from 1, are not the same.
    Step {
        /// Which.
        step: usize,
        /// Ours.
        ours: f64,
        /// Theirs.
        theirs: f64,
    },
}

impl fmt::Display for Parting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parting::Count { ours, theirs } => write!(f, "{theirs} losses beside our {ours}"),
            Parting::Step { step, ours, theirs } => write!(f, "loss {theirs:.6} beside our {ours:.6} at step {step}"),
        }
    }
}

/// Whether two contestants agree on the first losses.
///
/// # Errors
/// Where they do not; a loss that is NaN agrees with nothing.
pub fn agree(ours: &[f64], theirs: &[f64]) -> Result<(), Parting> {
    if ours.is_empty() || ours.len() != theirs.len() {
        return Err(Parting::Count { ours: ours.len(), theirs: theirs.len() });
    }
    for (at, (&ours, &theirs)) in ours.iter().zip(theirs).enumerate() {
        let bound = if at == 0 { FIRST } else { LATER };
        let near = (ours - theirs).abs() <= bound * ours.abs();
        if !near {
            return Err(Parting::Step { step: at + 1, ours, theirs });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Parting, agree};

    #[test]
    fn rounding_is_agreement() {
        assert_eq!(agree(&[2.3, 2.2], &[2.30001, 2.2005]), Ok(()));
    }

    #[test]
    fn another_number_is_not() {
        let parting = agree(&[2.3, 2.2], &[2.3, 2.21]);
        assert_eq!(parting, Err(Parting::Step { step: 2, ours: 2.2, theirs: 2.21 }));
        assert!(agree(&[2.3], &[2.301]).is_err(), "the first is compared more closely");
    }

    #[test]
    fn nan_agrees_with_nothing() {
        assert!(agree(&[f64::NAN], &[f64::NAN]).is_err());
        assert!(agree(&[2.3], &[f64::NAN]).is_err());
    }

    #[test]
    fn nothing_is_no_agreement() {
        assert_eq!(agree(&[], &[]), Err(Parting::Count { ours: 0, theirs: 0 }));
        assert!(agree(&[2.3, 2.2], &[2.3]).is_err());
    }
}
