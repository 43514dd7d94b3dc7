//! Answers over HTTP: a router for programs that have others beside it, and a server that stops gracefully; knows no arguments.
//!
//! | route | answer |
//! |---|---|
//! | `POST /predict` | to an example, a list of them, or an object whose `rows` are such a list |
//! | `GET /model` | what the network takes and gives: a [`Model`](crate::session::Model) |
//! | `GET /health` | that it is there |
//! | `GET /` | a page to try it by hand |
//!
//! An answer that is refused says why: `{"error": {"field": "rows[3].petal_width", "message": "…"}}`. The status is 400 for what is no JSON
//! or no example, 404, 405, 408 if the request takes too long to come, 413 if it is too large, 415 if it is not `application/json`, 503 with
//! `Retry-After` if there are too many at once or the answer takes too long.
//!
//! ```no_run
//! use nn_runtime::serve::axum::{Router, routing::get};
//! use nn_runtime::serve::{Limits, router};
//!
//! nn_runtime::network! { file "../examples/iris/iris.nn" }
//!
//! # fn routes() -> Result<Router, Box<dyn std::error::Error>> {
//! let predictor = Iris::predictor("out/Iris/weights.safetensors")?;
//! let app = Router::new()
//!     .route("/", get(|| async { "flowers are at /iris" }))
//!     .nest("/iris", router(predictor, Limits::default()));
//! # Ok(app)
//! # }
//! ```

mod body;
mod listen;
mod refusal;
mod reply;
mod routes;

use core::time::Duration;

pub use axum;

pub use listen::{Stopped, serve};
pub use routes::router;

/// What a server takes on.
///
/// ```
/// use core::time::Duration;
/// use nn_runtime::serve::Limits;
/// let limits = Limits { time: Duration::from_secs(2), concurrency: 8, ..Limits::default() };
/// assert_eq!((limits.body, limits.rows), (1 << 20, 10_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body of a request.
    pub body: usize,
    /// Rows of a request.
    pub rows: usize,
    /// The time in which a request must have come and been answered.
    pub time: Duration,
    /// Requests under way at once: those that come, wait or are computed. Each holds at most its body in memory while it comes and waits.
    pub concurrency: usize,
}

impl Default for Limits {
    /// 1 MiB, 10,000 rows, 10 seconds, 64 requests.
    fn default() -> Self {
        Self { body: 1 << 20, rows: 10_000, time: Duration::from_secs(10), concurrency: 64 }
    }
}
