//! The server under load: right and wrong requests at once, each with its one answer, memory that does not grow, and a stop amid all that.
//!
//! `cargo test --release -p nn-runtime --features serve --test serve -- --ignored --nocapture` runs it for 30 seconds.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use nn_runtime::serve::axum::extract::Request;
use nn_runtime::serve::axum::middleware::{Next, from_fn};
use nn_runtime::serve::{Limits, Stopped, router};
use nn_runtime::session::Predictor;

use super::http::{Client, Response, Server, post, request};
use super::{MEMORY, predictor};

const CLIENTS: usize = 16;
const LIMITS: Limits = Limits { body: 4096, rows: 20, time: Duration::from_secs(10), concurrency: 64 };

/// A request, and what is to come of it.
struct Case {
    bytes: Vec<u8>,
    status: u16,
    /// The whole body, as `predict` says it, or a part of the message.
    says: String,
    /// Whether the server closes the connection afterwards.
    closes: bool,
}

fn cases(predictor: &Predictor) -> Vec<Case> {
    let flower =
        |at: usize| -> [f64; 4] { std::array::from_fn(|column| 1.0 + ((at * 31 + column * 17) % 61) as f64 / 10.0) };
    let mut cases: Vec<Case> = Vec::new();
    for at in 0..40 {
        let one = serde_json::json!([flower(at)]).to_string();
        let answers = predictor.predict_all(&[flower(at)]).expect("a flower");
        let says = serde_json::to_string(&answers).expect("JSON");
        cases.push(Case { bytes: post("/predict", &one), status: 200, says, closes: false });
        let rows: Vec<[f64; 4]> = (at..at + 1 + at % 20).map(flower).collect();
        let says = serde_json::to_string(&predictor.predict_all(&rows).expect("flowers")).expect("JSON");
        let body = serde_json::json!({ "rows": rows }).to_string();
        cases.push(Case {
            bytes: post("/predict", &body),
            status: 200,
            says: format!("{{\"answers\":{says}}}"),
            closes: false,
        });
    }
    let wrong = [
        (post("/predict", "[[1, 2, \"x\", 4]]"), 400, "\"field\":\"[0].petal_length\""),
        (post("/predict", "{\"rows\": [[1, 2, 3, 4], [1]]}"), 400, "\"field\":\"rows[1]\""),
        (post("/predict", "{\"sepal_length\": "), 400, "this is no JSON"),
        (post("/predict", &"x".repeat(6000)), 413, "larger than 4096 bytes"),
        (post("/predict", &format!("[{}]", ["[1,2,3,4]"; 21].join(","))), 413, "at most 20"),
        (request("POST", "/predict", "text/plain", "hello"), 415, "application/json"),
        (request("PUT", "/predict", "application/json", "[]"), 405, "takes POST"),
        (request("GET", "/nothing", "", ""), 404, "GET /health"),
        (b"\x16\x03\x01\x02\r\n\r\n".to_vec(), 400, ""),
    ];
    for (at, (bytes, status, says)) in wrong.into_iter().enumerate() {
        cases.insert(at * 9, Case { bytes, status, says: says.to_owned(), closes: says.is_empty() });
    }
    cases
}

fn check(case: &Case, response: &Response) {
    assert_eq!(response.status, case.status, "{}\n{response:?}", String::from_utf8_lossy(&case.bytes));
    let right = if case.status == 200 { response.body == case.says } else { response.body.contains(&case.says) };
    assert!(right, "{}\n{response:?}", String::from_utf8_lossy(&case.bytes));
}

/// What the clients have seen.
#[derive(Default)]
struct Seen {
    answers: AtomicU64,
    right: AtomicU64,
    unanswered: AtomicU64,
    left: AtomicU64,
}

/// Tens of microseconds up to a second.
const BUCKETS: usize = 100_000;

/// Asks until it is told to end or the server is gone; gives how often an answer took so many tens of microseconds.
fn client(server: std::net::SocketAddr, cases: &[Case], first: usize, end: &AtomicBool, seen: &Seen) -> Vec<u32> {
    let mut times = vec![0; BUCKETS];
    let mut connection = None;
    for at in (first..).step_by(7) {
        if end.load(Ordering::Relaxed) {
            break;
        }
        let case = &cases[at % cases.len()];
        if connection.is_none() {
            connection = match Client::connect(server) {
                Ok(client) => Some(client),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => break,
                // The system had no place for it, or the server has closed its door.
                Err(_) => continue,
            };
        }
        let Some(open) = &mut connection else { continue };
        // Some go away in the midst of the first line, some in the midst of the body; nobody answers them.
        if at % 101 == 0 {
            let whole = case.bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0);
            let body = at % 2 == 0 && whole + 4 < case.bytes.len();
            seen.left.fetch_add(u64::from(body), Ordering::Relaxed);
            let _ = open.write(&case.bytes[..if body { whole + 5 } else { 3 }]);
            connection = None;
            continue;
        }
        let begin = Instant::now();
        match open.ask(&case.bytes) {
            Ok(response) => {
                check(case, &response);
                let taken = usize::try_from(begin.elapsed().as_micros() / 10).unwrap_or(BUCKETS);
                times[taken.min(BUCKETS - 1)] += 1;
                if !case.closes {
                    seen.answers.fetch_add(1, Ordering::Relaxed);
                }
                seen.right.fetch_add(u64::from(case.status == 200), Ordering::Relaxed);
                let closed = response.header("connection") == Some("close");
                if case.closes || closed || at % 37 == 0 {
                    connection = None;
                }
            }
            // Not one byte of an answer: the server has never begun with this request.
            Err(error) if error.kind() != ErrorKind::Other => {
                seen.unanswered.fetch_add(1, Ordering::Relaxed);
                connection = None;
            }
            Err(error) => panic!("{error}"),
        }
    }
    times
}

/// The memory of this process that is in use, in KiB.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// At least `time` of load; the memory is compared between a third of it and its end. Then the server stops while the clients go on.
fn loaded(time: Duration) {
    let _alone = MEMORY.write().unwrap_or_else(PoisonError::into_inner);
    let predictor = predictor();
    let cases = cases(&predictor);
    let begun = Arc::new(AtomicU64::new(0));
    let count = begun.clone();
    // What the server has begun to answer.
    let counted = from_fn(move |request: Request, next: Next| {
        count.fetch_add(1, Ordering::Relaxed);
        next.run(request)
    });
    let server = Server::new(router(predictor, LIMITS).layer(counted), LIMITS.time, Duration::from_secs(20));
    let address = server.address;
    let (end, seen) = (AtomicBool::new(false), Seen::default());
    let (times, memory) = std::thread::scope(|scope| {
        let (cases, end, seen) = (&cases, &end, &seen);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| scope.spawn(move || client(address, cases, number * 13 + 1, end, seen)))
            .collect();
        std::thread::sleep(time / 3);
        let early = resident();
        std::thread::sleep(time * 2 / 3);
        while seen.right.load(Ordering::Relaxed) <= 100 && !clients.iter().all(ScopedJoinHandle::is_finished) {
            std::thread::sleep(time / 10);
        }
        let (late, all) = (resident(), seen.answers.load(Ordering::Relaxed));
        assert_eq!(seen.unanswered.load(Ordering::Relaxed), 0, "each request has an answer as long as the server runs");
        println!("{:.0} requests/s", all as f64 / time.as_secs_f64());
        // Nobody has told the clients.
        assert_eq!(server.stop().join().expect("it ends"), Stopped::Gracefully);
        end.store(true, Ordering::Relaxed);
        let mut times = vec![0u64; BUCKETS];
        for client in clients {
            let of_one = client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            times.iter_mut().zip(of_one).for_each(|(sum, count)| *sum += u64::from(count));
        }
        (times, early.zip(late))
    });
    let (begun, answers) = (begun.load(Ordering::Relaxed), seen.answers.load(Ordering::Relaxed));
    let (right, unanswered) = (seen.right.load(Ordering::Relaxed), seen.unanswered.load(Ordering::Relaxed));
    println!(
        "{answers} answers, {right} of them predictions; {unanswered} requests were sent to a server that had stopped"
    );
    let all: u64 = times.iter().sum();
    let quantile = |part: f64| {
        let mut sum = 0;
        let found = times.iter().position(|count| {
            sum += count;
            sum as f64 >= all as f64 * part
        });
        found.unwrap_or(BUCKETS) as f64 / 100.0
    };
    println!("p50 {} ms, p99 {} ms, p99.9 {} ms", quantile(0.5), quantile(0.99), quantile(0.999));
    // What was begun is answered, except to those that went away in the midst of their body.
    let left = seen.left.load(Ordering::Relaxed);
    assert!((answers..=answers + left).contains(&begun), "{begun} requests begun, {answers} answers, {left} left");
    assert!(unanswered <= CLIENTS as u64, "{unanswered}");
    if let Some((early, late)) = memory {
        println!("{early} KiB in use at a third of the time, {late} KiB at its end");
        assert!(late <= early + early / 10 + 4096, "memory grows: {early} KiB, then {late} KiB");
    }
}

#[test]
fn under_load_each_request_has_its_answer_and_a_stop_loses_none() {
    loaded(Duration::from_secs(2));
}

#[test]
#[ignore = "takes 30 seconds: run it with --ignored --nocapture"]
fn under_load_for_30_seconds_memory_does_not_grow() {
    loaded(Duration::from_secs(30));
}
