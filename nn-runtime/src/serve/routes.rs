//! The routes: what is read, who computes it, and when it is refused; knows no socket.

use std::boxed::Box;
use std::sync::Arc;
use std::vec::Vec;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::refusal::Refusal;
use super::{Limits, body, reply};
use crate::fit::all_threads;
use crate::session::Predictor;

/// What all requests share.
struct Service {
    predictor: Arc<Predictor>,
    limits: Limits,
    /// One for each request that may be under way.
    under_way: Arc<Semaphore>,
    /// One for each thread that may compute.
    computing: Arc<Semaphore>,
}

/// The routes of a network: see [the module](super). They compute on as many threads as `predictor` was made with, none of which are
/// those that wait for requests. A program may nest them below a path of its own; it needs a runtime of tokio.
///
/// ```
/// nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::serve::{Limits, router};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-router-{}.safetensors", std::process::id()));
/// Net::new(1).save(&path)?;
/// let routes = router(Net::predictor(&path)?, Limits { rows: 100, ..Limits::default() });
/// assert!(routes.has_routes());
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
pub fn router(predictor: impl Into<Arc<Predictor>>, limits: Limits) -> Router {
    let predictor = predictor.into();
    let threads = match predictor.threads() {
        0 => all_threads(),
        threads => threads,
    };
    let service = Service {
        predictor,
        limits,
        under_way: Arc::new(Semaphore::new(limits.concurrency)),
        computing: Arc::new(Semaphore::new(threads)),
    };
    let only = |methods: &'static str| move || async move { wrong_method(methods) };
    Router::new()
        .route("/", get(page).fallback(only("GET, HEAD")))
        .route("/health", get(health).fallback(only("GET, HEAD")))
        .route("/model", get(model).fallback(only("GET, HEAD")))
        .route("/predict", post(predict).fallback(only("POST")))
        .fallback(unknown)
        .with_state(Arc::new(service))
}

async fn page() -> Response {
    // The page asks only its own server, and nothing that it shows can become a script.
    let policy = "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, Html(include_str!("page.html"))).into_response()
}

async fn health(State(service): State<Arc<Service>>) -> Response {
    let under_way = service.limits.concurrency - service.under_way.available_permits();
    let (status, network) = ("ok", &*service.predictor.model().name);
    json(&serde_json::json!({ "status": status, "network": network, "under_way": under_way }))
}

async fn model(State(service): State<Arc<Service>>) -> Response {
    json(service.predictor.model())
}

async fn predict(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    match answered(service.clone(), &parts.headers, &mut body).await {
        Ok(answer) => of_json(answer),
        Err(refusal) => {
            body::discard(&mut body, service.limits.body).await;
            refusal.into_response()
        }
    }
}

async fn answered(service: Arc<Service>, headers: &HeaderMap, body: &mut Body) -> Result<Vec<u8>, Refusal> {
    let Limits { time, body: limit, .. } = service.limits;
    let deadline = Instant::now() + time;
    if !is_json(headers) {
        let message = "the content type must be application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let busy = || Refusal::busy("too many requests are under way");
    let place = service.under_way.clone().try_acquire_owned().map_err(|_| busy())?;
    let body = body::read(body, limit, deadline).await?;
    // Those that wait are no threads.
    let turn = timeout_at(deadline, service.computing.clone().acquire_owned()).await;
    let turn = turn.ok().and_then(Result::ok).ok_or_else(busy)?;
    let work = spawn_blocking(move || {
        let reply = reply::reply(&service.predictor, &service.limits, &body, deadline.into_std());
        // They are held until the work has ended, even if nobody waits for it any more.
        drop((place, turn));
        reply
    });
    match timeout_at(deadline, work).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(_)) => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "a fault of this program")),
        Err(_) => Err(Refusal::busy("the answer takes too long")),
    }
}

/// Whether a body says that it is JSON; its parameters do not matter.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn json(value: &impl serde::Serialize) -> Response {
    // Strings and numbers can always be written.
    of_json(serde_json::to_vec(value).unwrap_or_default())
}

fn of_json(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn wrong_method(methods: &'static str) -> Response {
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, std::format!("this path takes {methods}"));
    let mut response = refusal.into_response();
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(methods));
    response
}

async fn unknown() -> Refusal {
    let message = "there are POST /predict, GET /model, GET /health and GET /";
    Refusal::new(StatusCode::NOT_FOUND, Box::<str>::from(message))
}
