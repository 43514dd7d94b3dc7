//! Whether the training is to end: Ctrl-C asks for it; knows no training.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether Ctrl-C was pressed.
static STOP: AtomicBool = AtomicBool::new(false);

/// From now on the first Ctrl-C ends the training well, the second at once. If there is a handler already, it stays.
pub(super) fn listen() {
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            // The terminal belongs to the user again, whatever was on it.
            #[cfg(feature = "ui")]
            super::ui::leave();
            std::process::exit(130);
        }
    });
}

/// Whether to go on.
pub(super) fn flow() -> ControlFlow<()> {
    if STOP.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
