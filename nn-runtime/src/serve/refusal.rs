//! Why a request is not answered, as a response; knows no network.

use std::string::{String, ToString};
use std::vec::Vec;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::data::FieldError;

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    said: Said,
}

/// What is said about it.
#[derive(Debug, Serialize)]
struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

#[derive(Serialize)]
struct Body<'s> {
    error: &'s Said,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, said: Said { field: None, message: message.into(), line: None, column: None } }
    }

    /// For a field of the body, or all of it if the path is empty.
    pub(super) fn of_field(status: StatusCode, field: &str, message: impl Into<String>) -> Self {
        let mut refusal = Self::new(status, message);
        refusal.said.field = (!field.is_empty()).then(|| field.into());
        refusal
    }

    /// The body is no JSON.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let said = error.to_string();
        // The place has fields of its own.
        let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
        let mut refusal = Self::new(StatusCode::BAD_REQUEST, std::format!("this is no JSON: {said}"));
        (refusal.said.line, refusal.said.column) = (Some(error.line()), Some(error.column()));
        refusal
    }

    /// An example is wrong.
    pub(super) fn of_example(error: &FieldError) -> Self {
        Self::of_field(StatusCode::BAD_REQUEST, &error.field, error.fault.to_string())
    }

    /// Too much is under way, or it takes too long: the same request may be answered later.
    pub(super) fn busy(message: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // Strings and numbers can always be written.
        let body: Vec<u8> = serde_json::to_vec(&Body { error: &self.said }).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
