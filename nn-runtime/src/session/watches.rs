//! Several that look on at once; knows no terminal.

use std::ops::ControlFlow;
use std::vec::Vec;

use super::watch::{Start, Watch};
use crate::fit::StepStats;
use crate::report::EpochReport;

/// Passes all on to each of several, in their order. The training ends if any of them ends it.
///
/// ```
/// use nn_runtime::session::{Quiet, Watch, Watches};
/// let (mut one, mut other) = (Quiet, Quiet);
/// let mut both = Watches(vec![&mut one, &mut other]);
/// both.on_note("a word to both");
/// ```
#[derive(Default)]
pub struct Watches<'a>(pub Vec<&'a mut dyn Watch>);

impl Watches<'_> {
    /// Each is told, also behind one that ends the training.
    fn each(&mut self, mut tell: impl FnMut(&mut dyn Watch) -> ControlFlow<()>) -> ControlFlow<()> {
        let broken = self.0.iter_mut().filter_map(|watch| tell(*watch).break_value()).count();
        if broken > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Watch for Watches<'_> {
    fn on_start(&mut self, start: &Start<'_>) {
        self.0.iter_mut().for_each(|watch| watch.on_start(start));
    }

    fn on_step(&mut self, step: &StepStats) -> ControlFlow<()> {
        self.each(|watch| watch.on_step(step))
    }

    fn on_note(&mut self, note: &str) {
        self.0.iter_mut().for_each(|watch| watch.on_note(note));
    }

    fn on_epoch(&mut self, epoch: &EpochReport, best: bool) -> ControlFlow<()> {
        self.each(|watch| watch.on_epoch(epoch, best))
    }
}

#[cfg(test)]
mod tests {
    use super::{Watch, Watches};
    use crate::fit::StepStats;
    use std::ops::ControlFlow;
    use std::vec;

    /// Counts steps, ends the training after so many, and counts notes.
    struct Counts(usize, usize, usize);

    impl Watch for Counts {
        fn on_step(&mut self, _: &StepStats) -> ControlFlow<()> {
            self.0 += 1;
            if self.0 == self.1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }

        fn on_note(&mut self, _: &str) {
            self.2 += 1;
        }
    }

    #[test]
    fn any_ends_the_training_and_all_are_told() {
        let (mut early, mut late) = (Counts(0, 1, 0), Counts(0, 2, 0));
        let step = StepStats { epoch: 1, step: 1, rows: 1, loss: 0.0, learning_rate: 0.1 };
        let mut both = Watches(vec![&mut early, &mut late]);
        assert!(both.on_step(&step).is_break() && both.on_step(&step).is_break() && both.on_step(&step).is_continue());
        both.on_note("a word");
        assert_eq!((early.0, late.0), (3, 3));
        assert_eq!((early.2, late.2), (1, 1));
        assert!(Watches::default().on_step(&step).is_continue());
    }
}
