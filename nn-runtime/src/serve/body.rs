//! Reads the body of a request within bounds of memory and time; knows nothing of what it says.

use std::pin::Pin;
use std::string::ToString;
use std::vec::Vec;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use core::future::poll_fn;
use core::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

use super::refusal::Refusal;

/// How long, and how many times the limit, a body that is not wanted is read on, so that its sender comes to read why.
const PATIENCE: Duration = Duration::from_secs(1);
const MERCY: usize = 8;

/// The bytes of `body`, at most `limit`, as far as they come before the `deadline`.
pub(super) async fn read(body: &mut Body, limit: usize, deadline: Instant) -> Result<Vec<u8>, Refusal> {
    let too_large = || {
        let message = std::format!("the body is larger than {limit} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    // What is announced is not yet there: no memory is taken for it.
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        match timeout_at(deadline, chunk(body)).await {
            Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() > limit => return Err(too_large()),
            Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
            Ok(Some(Err(error))) => {
                let message = std::format!("the body cannot be read: {error}");
                return Err(Refusal::new(StatusCode::BAD_REQUEST, message.to_string()));
            }
            Ok(None) => return Ok(bytes),
            Err(_) => return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "the request takes too long to come")),
        }
    }
}

/// Reads on for a while what is not wanted, and keeps nothing.
pub(super) async fn discard(body: &mut Body, limit: usize) {
    let reading = async {
        let mut left = limit.saturating_mul(MERCY);
        while let Some(Ok(chunk)) = chunk(body).await {
            let Some(less) = left.checked_sub(chunk.len()) else { return };
            left = less;
        }
    };
    // Whoever is slower does not come to read why.
    let _ = timeout(PATIENCE, reading).await;
}

/// The next bytes of a body; none after the last.
async fn chunk(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await? {
            // What is no data is trailers, which nobody asks for.
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}
