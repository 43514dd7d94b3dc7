//! Rows of tables: embeddings, and sums of their gradients.

use std::hint::black_box;

use nn_runtime::kernels::{gather, scatter_add};

use crate::{Case, Work, case, rows};

pub(crate) fn cases() -> Vec<Case> {
    let ids: Vec<f32> = (0..1024).map(|at| (at * 37 % 96) as f32).collect();
    let work = Work::Elements(1024.0 * 128.0);
    let (table, mut found, more) = (rows::<128>(96), rows::<128>(1024), ids.clone());
    let (mut sums, gradients) = (rows::<128>(96), rows::<128>(1024));
    vec![
        case("gather 1024 of 96x128", work, move || gather(black_box(&mut found), &table, &ids)),
        case("scatter_add 1024 to 96x128", work, move || scatter_add(black_box(&mut sums), &gradients, &more)),
    ]
}
