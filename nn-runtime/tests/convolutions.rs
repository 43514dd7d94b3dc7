//! The three kernels of convolutions against their definition: one loop over all places where the arrays meet, in f64.

use nn_runtime::isa::Portable;
#[cfg(target_arch = "x86_64")]
use nn_runtime::isa::{Avx2, Avx512};
use nn_runtime::kernels::Compiled;
use nn_runtime::kernels::conv::{self, Meeting, Sliding};
use nn_runtime::kernels::lanes::{self, Filling, LANES};
use nn_runtime::{Real, Team};

/// An axis that a convolution lacks.
const NONE: Sliding = Sliding { input: 1, window: 1, places: 1, stride: 1, dilation: 1, before: 0 };

/// Small whole numbers, so that sums are exact in both precisions and every order.
fn numbers<T: Real>(count: usize, seed: usize) -> Vec<T> {
    (0..count).map(|i| T::from_f64(((i * 7919 + seed * 104_729 + i * i * 31) % 9) as f64 - 4.0)).collect()
}

/// An axis without loss at the border: as many places as fit between `before` and `after` values of padding.
fn axis(input: usize, window: usize, stride: usize, dilation: usize, (before, after): (usize, usize)) -> Sliding {
    let places = (input + before + after - ((window - 1) * dilation + 1)) / stride + 1;
    Sliding { input, window, places, stride, dilation, before }
}

/// Calls `meet` with the indices of input, kernel and output wherever they meet.
fn everywhere(meeting: &Meeting, rows: usize, mut meet: impl FnMut(usize, usize, usize)) {
    let Meeting { axes, groups, channels, filters } = *meeting;
    let (each, own) = (channels / groups, filters / groups);
    let extents = [rows, axes[0].places, axes[1].places, axes[2].places];
    let taps = [axes[0].window, axes[1].window, axes[2].window];
    for place in indices(&extents) {
        for tap in indices(&taps) {
            let position = |i: usize| {
                let Sliding { input, stride, dilation, before, .. } = axes[i];
                (place[i + 1] * stride + tap[i] * dilation).checked_sub(before).filter(|at| *at < input)
            };
            let (Some(i0), Some(i1), Some(i2)) = (position(0), position(1), position(2)) else { continue };
            for (c, f) in (0..each).flat_map(|c| (0..filters).map(move |f| (c, f))) {
                let x = (((place[0] * axes[0].input + i0) * axes[1].input + i1) * axes[2].input + i2) * channels;
                let k = ((tap[0] * taps[1] + tap[1]) * taps[2] + tap[2]) * each + c;
                let y = ((place[0] * extents[1] + place[1]) * extents[2] + place[2]) * extents[3] + place[3];
                meet(x + f / own * each + c, k * filters + f, y * filters + f);
            }
        }
    }
}

/// All indices of an array, the last axis fastest.
fn indices(extents: &[usize]) -> Vec<Vec<usize>> {
    extents.iter().fold(vec![vec![]], |all, &n| {
        all.iter().flat_map(|index| (0..n).map(move |i| [&index[..], &[i]].concat())).collect()
    })
}

fn sizes(meeting: &Meeting, rows: usize) -> [usize; 3] {
    let product = |extent: fn(&Sliding) -> usize| meeting.axes.iter().map(extent).product::<usize>();
    [
        rows * product(|a| a.input) * meeting.channels,
        product(|a| a.window) * (meeting.channels / meeting.groups) * meeting.filters,
        rows * product(|a| a.places) * meeting.filters,
    ]
}

/// A convolution of whole numbers, with its three results by definition.
struct Case {
    meeting: Meeting,
    rows: usize,
    expected: [Vec<f64>; 3],
}

impl Case {
    fn new(meeting: Meeting, rows: usize) -> Self {
        let mut expected = sizes(&meeting, rows).map(|size| vec![0.0; size]);
        let [x, k, y] = Self::arrays::<f64>(&meeting, rows);
        everywhere(&meeting, rows, |i, j, o| {
            expected[0][i] += k[j] * y[o];
            expected[1][j] += x[i] * y[o];
            expected[2][o] += x[i] * k[j];
        });
        Self { meeting, rows, expected }
    }

    /// Input, kernel, and output.
    fn arrays<T: Real>(meeting: &Meeting, rows: usize) -> [Vec<T>; 3] {
        let [inputs, kernels, outputs] = sizes(meeting, rows);
        [numbers(inputs, 1), numbers(kernels, 2), numbers(outputs, 3)]
    }

    fn check<T: Real, I: Compiled<T>>(&self, isa: I) {
        let Self { meeting, rows, .. } = self;
        let [x, k, y] = Self::arrays::<T>(meeting, *rows);
        let mut found = sizes(meeting, *rows).map(|size| vec![T::from_f64(f64::NAN); size]);
        conv::input(isa, &Team::ALONE, meeting, &mut found[0], &k, &y);
        conv::kernel(isa, &Team::ALONE, meeting, &mut found[1], &x, &y);
        conv::output(isa, &Team::ALONE, meeting, &mut found[2], &x, &k);
        self.compare("one behind the other", &found);
        self.compare("side by side", &beside(isa, meeting, *rows, [&x, &k, &y]));
    }

    fn compare<T: Real>(&self, lie: &str, found: &[Vec<T>; 3]) {
        let Self { meeting, rows, expected } = self;
        for (part, name) in ["input", "kernel", "output"].into_iter().enumerate() {
            let found: Vec<f64> = found[part].iter().map(|v| v.to_f64()).collect();
            assert!(
                found == expected[part],
                "{name} of {meeting:?}, {rows} rows {lie}: {found:?} is not {:?}",
                expected[part]
            );
        }
    }
}

/// All three of rows side by side, laid back one behind the other.
fn beside<T: Real, I: Compiled<T>>(isa: I, meeting: &Meeting, rows: usize, [x, k, y]: [&[T]; 3]) -> [Vec<T>; 3] {
    let nan = |count: usize| vec![T::from_f64(f64::NAN); count];
    let lay = |from: &[T], filling: Filling| {
        let width = from.len() / rows;
        let mut to = nan(width * rows.next_multiple_of(LANES));
        lanes::lay_beside(isa, &mut to, from, width, filling);
        to
    };
    let (x_lanes, y_lanes) = (lay(x, Filling::LastRow), lay(y, Filling::Zeros));
    let mut found = [nan(x_lanes.len()), nan(k.len()), nan(y_lanes.len())];
    lanes::conv::input(isa, meeting, &mut found[0], k, &y_lanes);
    lanes::conv::kernel(isa, meeting, &mut found[1], &x_lanes, &y_lanes);
    lanes::conv::output(isa, meeting, &mut found[2], &x_lanes, k);
    for (part, like) in [(0, x), (2, y)] {
        let mut to = nan(like.len());
        lanes::lay_apart(isa, &mut to, &found[part], like.len() / rows);
        found[part] = to;
    }
    found
}

/// Meetings of one, two and three axes, with every kind of border, stride, dilation and grouping.
fn meetings() -> Vec<Meeting> {
    let plain = |axes, channels, filters| Meeting { axes, groups: 1, channels, filters };
    let same = |n| axis(n, 3, 1, 1, (1, 1));
    let mut all = vec![
        plain([NONE, NONE, axis(9, 3, 1, 1, (0, 0))], 2, 5),
        plain([NONE, NONE, axis(9, 4, 2, 1, (1, 2))], 3, 1),
        plain([NONE, NONE, axis(11, 3, 1, 3, (6, 0))], 3, 2),
        plain([NONE, NONE, axis(3, 7, 1, 1, (3, 3))], 1, 7),
        plain([NONE, NONE, axis(2, 3, 1, 4, (5, 5))], 2, 3),
        plain([NONE, axis(12, 5, 1, 1, (0, 0)), axis(10, 5, 1, 1, (0, 0))], 1, 6),
        plain([NONE, axis(6, 5, 1, 1, (0, 0)), axis(29, 5, 1, 1, (2, 2))], 1, 15),
        plain([NONE, NONE, axis(31, 3, 1, 2, (1, 1))], 1, 3),
        plain([NONE, axis(8, 5, 1, 1, (0, 0)), axis(9, 5, 1, 1, (0, 0))], 6, 16),
        plain([NONE, same(6), same(7)], 5, 37),
        plain([NONE, axis(8, 3, 2, 1, (1, 0)), axis(9, 3, 2, 1, (1, 1))], 16, 32),
        plain([NONE, axis(5, 1, 2, 1, (0, 0)), axis(6, 1, 2, 1, (0, 0))], 4, 8),
        plain([NONE, axis(7, 2, 3, 2, (2, 1)), axis(5, 3, 1, 2, (2, 2))], 19, 3),
        plain([same(4), axis(5, 2, 2, 1, (0, 1)), axis(6, 3, 1, 2, (2, 2))], 3, 4),
    ];
    all.extend(wide_meetings());
    for (groups, channels, filters) in [(2, 4, 6), (3, 3, 9), (4, 20, 4), (6, 6, 6), (19, 19, 19), (2, 38, 34)] {
        for last in [same(5), axis(9, 3, 2, 2, (1, 3))] {
            all.push(Meeting { axes: [NONE, same(3), last], groups, channels, filters });
        }
    }
    all
}

/// Meetings of as many channels or filters as fill registers: of all widths of tiles, with lines that are cut and kernels that are
/// gone through in parts.
fn wide_meetings() -> Vec<Meeting> {
    let in_groups = |groups, axes, channels, filters| Meeting { axes, groups, channels, filters };
    let plain = |axes, channels, filters| in_groups(1, axes, channels, filters);
    let same = |n| axis(n, 3, 1, 1, (1, 1));
    vec![
        plain([NONE, same(5), same(13)], 17, 33),
        plain([NONE, same(3), same(8)], 48, 66),
        plain([NONE, same(4), same(16)], 3, 32),
        plain([NONE, NONE, axis(190, 3, 1, 1, (1, 1))], 48, 16),
        plain([NONE, NONE, axis(14, 9, 1, 1, (4, 4))], 64, 18),
        plain([NONE, axis(9, 3, 2, 1, (1, 1)), axis(10, 3, 2, 1, (1, 0))], 32, 40),
        plain([NONE, axis(7, 3, 1, 2, (2, 2)), axis(9, 3, 2, 2, (2, 3))], 20, 24),
        plain([NONE, axis(5, 2, 3, 3, (1, 2)), axis(14, 4, 6, 4, (3, 0))], 18, 17),
        plain([NONE, axis(5, 1, 2, 1, (0, 0)), axis(6, 1, 2, 1, (0, 0))], 16, 32),
        plain([NONE, axis(5, 1, 1, 1, (0, 0)), axis(7, 1, 1, 1, (0, 0))], 40, 34),
        plain([NONE, axis(4, 1, 1, 1, (1, 1)), axis(3, 1, 1, 1, (2, 1))], 16, 21),
        plain([NONE, axis(6, 3, 1, 1, (0, 0)), axis(9, 3, 1, 1, (0, 0))], 16, 16),
        plain([same(3), axis(4, 2, 2, 1, (0, 1)), axis(5, 3, 1, 2, (2, 2))], 16, 19),
        plain([NONE, axis(4, 12, 1, 1, (6, 5)), axis(4, 12, 1, 1, (6, 5))], 16, 16),
        in_groups(2, [NONE, same(3), same(5)], 32, 64),
        in_groups(50, [NONE, same(4), same(13)], 50, 50),
        in_groups(33, [NONE, axis(7, 5, 2, 1, (2, 2)), axis(9, 5, 2, 1, (2, 1))], 33, 33),
        in_groups(16, [NONE, NONE, axis(90, 3, 1, 2, (2, 2))], 16, 32),
        in_groups(3, [NONE, same(3), axis(9, 3, 2, 2, (1, 3))], 51, 48),
    ]
}

/// Runs a function on each instruction set of this machine.
macro_rules! on_each {
    ($function:ident $(, $argument:expr)?) => {
        $function(Portable $(, $argument)?);
        #[cfg(target_arch = "x86_64")]
        if let Some(isa) = Avx2::detected() {
            $function(isa $(, $argument)?);
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(isa) = Avx512::detected() {
            $function(isa $(, $argument)?);
        }
    };
}

fn all_three_agree<I: Compiled<f32> + Compiled<f64>>(isa: I, cases: &[Case]) {
    for case in cases {
        case.check::<f32, _>(isa);
        case.check::<f64, _>(isa);
    }
}

#[test]
fn all_three_agree_with_the_definition() {
    let cases: Vec<Case> = meetings().into_iter().flat_map(|m| [Case::new(m, 1), Case::new(m, 19)]).collect();
    on_each!(all_three_agree, &cases);
}

/// Numbers whose sums are rounded.
fn uneven(count: usize, seed: usize) -> Vec<f32> {
    numbers::<f32>(count, seed).into_iter().map(|v| v / 7.0 + 0.1).collect()
}

/// Gradient of the input, gradient of the kernel, and output, of numbers whose sums are rounded.
fn results<I: Compiled<f32>>(isa: I, meeting: &Meeting, arrays: [&[f32]; 3]) -> [Vec<f32>; 3] {
    results_by(isa, &Team::ALONE, meeting, arrays)
}

fn results_by<I: Compiled<f32>>(isa: I, team: &Team, meeting: &Meeting, [x, k, y]: [&[f32]; 3]) -> [Vec<f32>; 3] {
    let mut found = [x.len(), k.len(), y.len()].map(|size| vec![f32::NAN; size]);
    conv::input(isa, team, meeting, &mut found[0], k, y);
    conv::kernel(isa, team, meeting, &mut found[1], x, y);
    conv::output(isa, team, meeting, &mut found[2], x, k);
    found
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let [same, strided] = [|n| axis(n, 3, 1, 1, (1, 1)), |n| axis(n, 3, 2, 1, (1, 1))];
    let plain = |axes, channels, filters| Meeting { axes, groups: 1, channels, filters };
    let meetings = [
        plain([NONE, same(16), same(17)], 33, 40),
        plain([NONE, same(40), same(41)], 3, 32),
        plain([NONE, strided(24), strided(23)], 32, 33),
        Meeting { axes: [NONE, same(64), same(65)], groups: 40, channels: 40, filters: 40 },
    ];
    for meeting in meetings {
        let [inputs, kernels, outputs] = sizes(&meeting, 7);
        let (x, k, y) = (uneven(inputs, 1), uneven(kernels, 2), uneven(outputs, 3));
        let arrays = [&x[..], &k, &y];
        let alone = results(Portable, &meeting, arrays);
        for threads in [2, 3, 5] {
            assert!(results_by(Portable, &Team::of(threads), &meeting, arrays) == alone, "{threads}: {meeting:?}");
        }
    }
}

fn rows_are_the_same_alone<I: Compiled<f32>>(isa: I) {
    for meeting in meetings() {
        let rows = 5;
        let [inputs, kernels, outputs] = sizes(&meeting, rows);
        let (x, k, y) = (uneven(inputs, 1), uneven(kernels, 2), uneven(outputs, 3));
        let [dx, _, out] = results(isa, &meeting, [&x, &k, &y]);
        let (x_row, y_row) = (inputs / rows, outputs / rows);
        for row in 0..rows {
            let (in_x, in_y) = (row * x_row..(row + 1) * x_row, row * y_row..(row + 1) * y_row);
            let [dx_alone, _, out_alone] = results(isa, &meeting, [&x[in_x.clone()], &k, &y[in_y.clone()]]);
            assert!(dx_alone == dx[in_x], "the gradient of row {row} of {meeting:?}");
            assert!(out_alone == out[in_y], "row {row} of {meeting:?}");
        }
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_among_others() {
    on_each!(rows_are_the_same_alone);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn sets_that_round_alike_give_the_same_bits() {
    let (Some(narrow), Some(wide)) = (Avx2::detected(), Avx512::detected()) else { return };
    for meeting in wide_meetings() {
        let [inputs, kernels, outputs] = sizes(&meeting, 2);
        let (x, k, y) = (uneven(inputs, 1), uneven(kernels, 2), uneven(outputs, 3));
        let arrays = [&x[..], &k, &y];
        assert!(results(narrow, &meeting, arrays) == results(wide, &meeting, arrays), "{meeting:?}");
    }
}

fn no_rows_give_nothing<I: Compiled<f32>>(isa: I) {
    for meeting in meetings() {
        let mut kernel = vec![f32::NAN; sizes(&meeting, 0)[1]];
        conv::kernel(isa, &Team::ALONE, &meeting, &mut kernel, &[], &[]);
        conv::output(isa, &Team::ALONE, &meeting, &mut [], &[], &kernel);
        conv::input(isa, &Team::ALONE, &meeting, &mut [], &kernel, &[]);
        assert!(kernel.iter().all(|v| *v == 0.0));
    }
}

#[test]
fn no_rows_give_nothing_and_a_kernel_of_zeros() {
    on_each!(no_rows_give_nothing);
}
