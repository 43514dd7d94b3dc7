//! Sums over a window that slides over an operand, by tiles of places and columns: the convolution, and its adjoint for the input.

mod part;

use part::Part;

use super::axis::Axis;
use crate::kernels::Compiled;
use crate::kernels::gemm::PANEL;
use crate::kernels::room::Room;
use crate::real::Real;

/// `result[p, j] = sum over taps t and terms k of operand[p meets t, k] * kernel[t, k, j]`, for all rows; or, if `along`,
/// `result[p, j] = sum over taps t of operand[p meets t, j] * kernel[t, j]`.
#[derive(Debug)]
pub(super) struct Slide<'a, T> {
    /// The spatial axes, the outermost first.
    pub(super) axes: [Axis; 3],
    pub(super) rows: usize,
    /// `[rows, extents, ..]`
    pub(super) operand: &'a [T],
    /// Terms at a position of the operand.
    pub(super) terms: usize,
    /// From one position of the operand to the next.
    pub(super) position: usize,
    pub(super) kernel: &'a [T],
    /// From one tap of the kernel to the next.
    pub(super) tap: usize,
    /// From one row of a tap to the next.
    pub(super) kernel_row: usize,
    /// Whether the rows of a tap are columns, so that it is `kernel[t, j, k]`.
    pub(super) across: bool,
    /// `[rows, totals, ..]`
    pub(super) result: &'a mut [T],
    pub(super) columns: usize,
    /// From one place of the result to the next.
    pub(super) place: usize,
    /// Whether each column has one term of a tap, of the same number.
    pub(super) along: bool,
    /// Whether the sums are added to what is there.
    pub(super) adds: bool,
}

/// The most taps of a window that are summed this way.
const TAPS: usize = 128;
/// Bytes of the kernel that lie side by side.
const KERNEL_BYTES: usize = 40 << 10;
/// Bytes of the operand that lie side by side, with zeros around.
const LINES_BYTES: usize = 32 << 10;
/// Places of a line that are worth it.
const FEW_PLACES: usize = 16;
/// From how many places on it pays to copy the kernel side by side.
const MANY_PLACES: usize = 24;

/// How the work is cut; it depends on the shapes alone.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Terms of a tap that are summed over all taps before the next ones.
    depth: usize,
    /// Places of a line at once.
    places: usize,
    /// Whether lines of the operand are copied, with zeros around them.
    pads: bool,
}

impl<T: Real> Slide<'_, T> {
    fn taps(&self) -> usize {
        self.axes.iter().map(|axis| axis.window).product()
    }

    /// How to cut the work; `None` if the window has too many taps, or taps too far apart, for the room that there is.
    fn plan(&self) -> Option<Plan> {
        let taps = self.taps();
        let [a0, a1, axis] = &self.axes;
        let room = KERNEL_BYTES / T::BYTES / PANEL;
        if taps > TAPS.min(room) {
            return None;
        }
        let most = room / taps.max(1);
        let blocks = self.terms.div_ceil(most);
        let mut depth = match self.along {
            true => self.columns.min(PANEL),
            false => self.terms.div_ceil(blocks).next_multiple_of(4).min(most).min(self.terms),
        };
        if axis.is_interior() {
            return Some(Plan { depth, places: axis.places, pads: false });
        }
        let lines = a0.window * a1.window;
        let fits = |places: usize, depth: usize| axis.span(places) * lines * depth * T::BYTES <= LINES_BYTES;
        let few = axis.places.min(FEW_PLACES);
        while depth > 1 && !self.along && !fits(few, depth) {
            depth = depth.div_ceil(2);
        }
        let mut places = axis.places;
        while places > 1 && !fits(places, depth) {
            places = places.div_ceil(2);
        }
        fits(places, depth).then_some(Plan { depth, places, pads: true })
    }

    fn check(&self) {
        let span = |count: usize, step: usize, last: usize| if count == 0 { 0 } else { (count - 1) * step + last };
        let extents = self.axes.iter().map(|axis| axis.extent).product::<usize>();
        assert!(
            self.operand.len() >= span(self.rows * extents, self.position, self.terms),
            "the operand is as long as its shape says"
        );
        let totals = self.axes.iter().map(|axis| axis.total).product::<usize>();
        assert!(
            self.result.len() >= span(self.rows * totals, self.place, self.columns),
            "the result is as long as its shape says"
        );
        let (rows, columns) = match self.across {
            _ if self.along => (1, self.columns),
            true => (self.columns, self.terms),
            false => (self.terms, self.columns),
        };
        let tap = span(rows, self.kernel_row, columns);
        let taps = self.axes.iter().map(|axis| axis.taps).product::<usize>();
        assert!(self.kernel.len() >= span(taps, self.tap, tap), "the kernel is as long as its shape says");
    }
}

/// Computes the sums.
pub(super) fn slide<I: Compiled<T>, T: Real>(isa: I, slide: &mut Slide<'_, T>) {
    slide.check();
    if slide.axes.iter().any(|axis| axis.places == 0) {
        return;
    }
    match slide.plan() {
        Some(plan) => planned(isa, slide, plan),
        None => halves(isa, slide),
    }
}

/// The sums over one half of the widest axis of the window, and then those over the other.
#[cold]
fn halves<I: Compiled<T>, T: Real>(isa: I, slide: &mut Slide<'_, T>) {
    let widest = (0..3).max_by_key(|i| slide.axes[*i].window).unwrap_or(0);
    let half = slide.axes[widest].window / 2;
    assert!(half > 0, "there is room for a window of one tap");
    for taps in [0..half, half..slide.axes[widest].window] {
        let mut axes = slide.axes;
        let adds = slide.adds || taps.start > 0;
        axes[widest] = axes[widest].part(&taps);
        self::slide(isa, &mut Slide { axes, result: &mut *slide.result, adds, ..*slide });
    }
}

/// The sums, cut as planned.
fn planned<I: Compiled<T>, T: Real>(isa: I, slide: &mut Slide<'_, T>, plan: Plan) {
    let (mut kernel, mut lines) = (Room::<u8, KERNEL_BYTES>::new(), Room::<u8, LINES_BYTES>::new());
    let places = slide.rows * slide.axes.iter().map(|axis| axis.places).product::<usize>();
    let packs = slide.across || slide.along || (places >= MANY_PLACES && slide.kernel_row > PANEL);
    for first_column in (0..slide.columns).step_by(PANEL) {
        let width = PANEL.min(slide.columns - first_column);
        let each = Part { columns: (first_column, width), values: (first_column, width), rows: (0, 1), plan, packs };
        let terms = if slide.along { 1 } else { slide.terms };
        for first in (0..terms).step_by(plan.depth) {
            let terms = (first, plan.depth.min(terms - first));
            let part = if slide.along { each } else { Part { values: terms, rows: terms, ..each } };
            if packs {
                part.pack(isa, slide, kernel.start());
            }
            part.sum(isa, slide, kernel.start(), lines.start());
        }
    }
}
