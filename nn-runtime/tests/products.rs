//! Matrix products against their definition, on each instruction set that this machine has.

#[cfg(target_arch = "x86_64")]
use nn_runtime::isa::{Avx2, Avx512};
use nn_runtime::isa::{Isa, Lanes, Portable};
use nn_runtime::kernels::gemm::{Columns, PANEL, Product, product, to_panels};
use nn_runtime::kernels::{Compiled, matmul, matmul_tn};
use nn_runtime::{Real, Team};

/// How an operand lies.
#[derive(Clone, Copy, Debug)]
enum Lies {
    Rows,
    Across,
    Panels,
    AcrossPanels,
}

impl Lies {
    /// The ways that a right operand may lie.
    const RIGHT: [Self; 4] = [Self::Rows, Self::Across, Self::Panels, Self::AcrossPanels];
}

/// The element at `row`, `column` of the matrix with this number: small and whole, so that sums are exact in any order.
fn element(matrix: usize, row: usize, column: usize) -> f64 {
    ((row * 31 + column * 17 + matrix * 7) % 23) as f64 - 11.0
}

/// A matrix in memory, rows or columns with a gap of 3 between them that holds NaN.
fn lay<T: Real>(lies: Lies, rows: usize, columns: usize, value: impl Fn(usize, usize) -> T) -> (Vec<T>, Columns) {
    let kind = match lies {
        Lies::Rows => Columns::Rows(columns + 3),
        Lies::Across => Columns::Across(rows + 3),
        Lies::Panels => Columns::Panels,
        Lies::AcrossPanels => Columns::AcrossPanels(columns),
    };
    let mut values = vec![T::from_f64(f64::NAN); (rows + PANEL) * (columns + PANEL)];
    for row in 0..rows {
        for column in 0..columns {
            values[place(kind, rows, row, column)] = value(row, column);
        }
    }
    (values, kind)
}

fn place(kind: Columns, rows: usize, row: usize, column: usize) -> usize {
    match kind {
        Columns::Rows(step) => row * step + column,
        Columns::Across(step) => column * step + row,
        Columns::Panels => (column / PANEL * rows + row) * PANEL + column % PANEL,
        Columns::AcrossPanels(columns) => (row / PANEL * columns + column) * PANEL + row % PANEL,
    }
}

/// `a b`, added to a matrix of ones if `adds`, with the operands as told.
fn multiply<T: Real, I: Compiled<T>>(
    isa: I,
    [m, n, k]: [usize; 3],
    [a, b, c]: [Lies; 3],
    adds: bool,
    unit: f64,
) -> Vec<T> {
    let number = |matrix| move |row, column| T::from_f64(element(matrix, row, column) * unit);
    let (left, kind) = lay(a, m, k, number(1));
    let (a_row, a_step) = match kind {
        Columns::Rows(step) => (step, 1),
        Columns::Across(step) => (1, step),
        Columns::Panels | Columns::AcrossPanels(_) => unreachable!("a left operand has no panels"),
    };
    let (right, b_columns) = lay(b, k, n, number(2));
    let (mut result, c_columns) = lay(c, m, n, |_, _| T::ONE);
    product(
        isa,
        &Team::ALONE,
        Product { m, n, k, a: &left, a_row, a_step, b: &right, b_columns, c: &mut result, c_columns, adds },
    );
    (0..m * n).map(|at| result[place(c_columns, m, at / n, at % n)]).collect()
}

const EXTENTS: [[usize; 3]; 17] = [
    [0, 3, 2],
    [1, 1, 1],
    [1, 5, 3],
    [1, 70, 300],
    [1, 517, 33],
    [2, 9, 520],
    [3, 1, 40],
    [5, 7, 17],
    [7, 16, 0],
    [12, 32, 256],
    [13, 33, 257],
    [16, 16, 16],
    [24, 8, 31],
    [25, 31, 1],
    [37, 64, 19],
    [65, 100, 70],
    [130, 40, 5],
];

fn all_products_agree<T: Real, I: Compiled<T>>(isa: I) {
    for extents in EXTENTS {
        let [m, n, k] = extents;
        let sum = |row: usize, column: usize| (0..k).map(|i| element(1, row, i) * element(2, i, column)).sum::<f64>();
        for a in [Lies::Rows, Lies::Across] {
            for b in Lies::RIGHT {
                for c in [Lies::Rows, Lies::Panels] {
                    for adds in [false, true] {
                        let start = if adds { 1.0 } else { 0.0 };
                        let expected: Vec<f64> = (0..m * n).map(|at| start + sum(at / n, at % n)).collect();
                        let found: Vec<T> = multiply(isa, extents, [a, b, c], adds, 1.0);
                        let found: Vec<f64> = found.iter().map(|x| x.to_f64()).collect();
                        assert_eq!(found, expected, "{extents:?} {a:?} {b:?} {c:?} {adds}");
                    }
                }
            }
        }
    }
}

/// Runs a function on each instruction set of this machine.
macro_rules! on_each {
    ($function:ident) => {
        $function::<f32, _>(Portable);
        $function::<f64, _>(Portable);
        #[cfg(target_arch = "x86_64")]
        if let Some(isa) = Avx2::detected() {
            $function::<f32, _>(isa);
            $function::<f64, _>(isa);
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(isa) = Avx512::detected() {
            $function::<f32, _>(isa);
            $function::<f64, _>(isa);
        }
    };
}

fn panels_agree<T: Real, I: Compiled<T>>(isa: I) {
    for [_, columns, rows] in EXTENTS {
        for transposed in [false, true] {
            let number = |row: usize, column: usize| T::from_f64(element(3, row, column));
            let at = |row: usize, column: usize| if transposed { column * rows + row } else { row * columns + column };
            let mut matrix = vec![T::ZERO; rows * columns];
            let mut panels = vec![T::ZERO; rows * columns.next_multiple_of(PANEL)];
            for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                matrix[at(row, column)] = number(row, column);
            }
            to_panels(isa, &mut panels, &matrix, [rows, columns], transposed);
            for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                let found = panels[place(Columns::Panels, rows, row, column)];
                assert_eq!(found, number(row, column), "[{rows}, {columns}] {transposed}");
            }
        }
    }
}

#[test]
fn panels_hold_the_matrix() {
    on_each!(panels_agree);
}

#[test]
fn products_are_what_they_are_by_definition() {
    on_each!(all_products_agree);
}

/// The first rows of a product, alone and among others, however the right operand lies.
fn rows_are_the_same_alone<T: Real, I: Compiled<T>>(isa: I) {
    for [m, n, k] in EXTENTS {
        for b in Lies::RIGHT {
            let lie = [Lies::Rows, b, Lies::Rows];
            let together: Vec<T> = multiply(isa, [m, n, k], lie, false, 0.1);
            for rows in [1, 2, 12, 30].into_iter().filter(|rows| *rows < m) {
                let alone: Vec<T> = multiply(isa, [rows, n, k], lie, false, 0.1);
                assert_eq!(alone[..], together[..rows * n], "{rows} of [{m}, {n}, {k}] {b:?}");
            }
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
    for extents in EXTENTS {
        for b in Lies::RIGHT {
            let lie = [Lies::Rows, b, Lies::Rows];
            let one: Vec<f32> = multiply(narrow, extents, lie, false, 0.1);
            let other: Vec<f32> = multiply(wide, extents, lie, false, 0.1);
            assert_eq!(one, other, "{extents:?} {b:?}");
        }
    }
}

#[test]
#[should_panic(expected = "the right operand is as long as its extents say")]
fn operands_that_are_too_short_are_refused() {
    let (a, mut c) = ([0.0_f32; 12], [0.0; 12]);
    product(
        Portable,
        &Team::ALONE,
        Product {
            m: 3,
            n: 4,
            k: 4,
            a: &a,
            a_row: 4,
            a_step: 1,
            b: &[0.0; 15],
            b_columns: Columns::Rows(4),
            c: &mut c,
            c_columns: Columns::Rows(4),
            adds: false,
        },
    );
}

/// Small products, which are part of what calls them, against tiles: of `K` and `N` with rows that fill no group and columns that fill no
/// register.
fn small_ones_agree<T: Real, I: Isa + Lanes<T> + Compiled<T>, const K: usize, const N: usize>(isa: I) {
    let number = |at: usize| T::from_f64(element(1, at, at / 7) * 0.1);
    for rows in [0, 1, 2, 4, 5, 11] {
        let a: Vec<[T; K]> = (0..rows).map(|row| std::array::from_fn(|k| number(row * K + k))).collect();
        let b: Vec<[T; N]> = (0..K.max(rows)).map(|k| std::array::from_fn(|j| number(k * N + j + 3))).collect();
        let mut tiles = vec![T::ZERO; rows * N];
        let (b_columns, c_columns) = (Columns::Rows(N), Columns::Rows(N));
        let forward = Product {
            m: rows,
            n: N,
            k: K,
            a: a.as_flattened(),
            a_row: K,
            a_step: 1,
            b: b.as_flattened(),
            b_columns,
            c: &mut tiles,
            c_columns,
            adds: false,
        };
        product(isa, &Team::ALONE, forward);
        let mut found = vec![[T::from_f64(f64::NAN); N]; rows];
        matmul(isa, &Team::ALONE, &mut found, &a, &b[..K]);
        assert_eq!(found.as_flattened(), tiles, "{rows} x {K} x {N}");

        let mut tiles = vec![T::ZERO; K * N];
        let for_weights = Product {
            m: K,
            n: N,
            k: rows,
            a: a.as_flattened(),
            a_row: 1,
            a_step: K,
            b: b.as_flattened(),
            b_columns,
            c: &mut tiles,
            c_columns,
            adds: false,
        };
        product(isa, &Team::ALONE, for_weights);
        let mut found = vec![[T::from_f64(f64::NAN); N]; K];
        matmul_tn(isa, &Team::ALONE, &mut found, &a, &b[..rows]);
        assert_eq!(found.as_flattened(), tiles, "{K} x {rows} x {N}");
    }
}

fn all_small_ones_agree<T: Real, I: Isa + Lanes<T> + Compiled<T>>(isa: I) {
    small_ones_agree::<T, I, 4, 3>(isa);
    small_ones_agree::<T, I, 10, 10>(isa);
    small_ones_agree::<T, I, 3, 85>(isa);
    small_ones_agree::<T, I, 5, 32>(isa);
    small_ones_agree::<T, I, 37, 100>(isa);
}

#[test]
fn small_products_have_the_bits_of_tiles() {
    on_each!(all_small_ones_agree);
}
