//! The kernels that generated code calls: matrix products, convolutions, tables, and views of flat memory as arrays of static shape.
//!
//! Each element of a result is computed by one thread, its terms added in an order that depends on the shapes alone:
//! so results do not depend on how many rows are computed together, nor on how many threads compute them.

mod compiled;
pub mod conv;
pub(crate) mod flat;
mod fold;
pub mod gemm;
pub mod lanes;
mod matmul;
mod room;
mod rows;
mod small;
mod table;
pub mod view;

pub use compiled::Compiled;
pub use fold::{max, sum};
pub use gemm::to_panels;
pub use matmul::{matmul, matmul_nt, matmul_nt_panels, matmul_panels, matmul_tn, matmul_tn_panels, matmul_tt};
pub use rows::{EachRow, each_row};
pub use table::{gather, scatter_add};
