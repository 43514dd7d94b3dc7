//! The server: each request has its one right answer, also under load, and limits hold.
#![cfg(feature = "serve")]

mod http;
#[expect(dead_code, reason = "other tests use the rest of it")]
#[path = "../linear/mod.rs"]
mod linear;
mod load;

use std::io::ErrorKind;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use nn_runtime::serve::{Limits, Stopped, router};
use nn_runtime::session::{Overrides, Predictor, Quiet, train};
use nn_runtime::weights::{self, Stored};

use http::{Client, Response, Server, post, request};
use linear::{Folder, IRIS, iris_csv};

/// The memory of this process, which all tests take some of, and which one of them measures.
pub(crate) static MEMORY: RwLock<()> = RwLock::new(());

fn beside_others() -> RwLockReadGuard<'static, ()> {
    MEMORY.read().unwrap_or_else(PoisonError::into_inner)
}

/// What answers after a short training.
pub(crate) fn predictor() -> Arc<Predictor> {
    let folder = Folder::new();
    let overrides = Overrides { data: Some(iris_csv().into()), epochs: Some(5), ..Overrides::default() };
    let trained = train(&IRIS, &overrides, &mut Quiet).expect("the data is good");
    let path = folder.at("weights.safetensors");
    let encodings = trained.encodings.to_json().expect("they are plain");
    weights::save(path.as_ref(), &IRIS, &trained.weights, Some(&encodings)).expect("it is written");
    let stored = Stored::open(path.as_ref()).expect("it was written");
    Arc::new(Predictor::new(&IRIS, &stored, 2).expect("they are its weights"))
}

/// As long as nothing takes a whole minute, no test depends on how busy the machine is.
const LONG: Duration = Duration::from_secs(60);
const SMALL: Limits = Limits { body: 2000, rows: 5, time: LONG, concurrency: 2 };

fn ask(server: &Server, bytes: &[u8]) -> Response {
    Client::connect(server.address).expect("it listens").ask(bytes).expect("an answer")
}

/// Waits until the server counts so many requests under way.
fn wait_for(server: &Server, under_way: usize) {
    let begun = Instant::now();
    loop {
        // On a busy machine, who asks may himself be too slow.
        let answer =
            Client::connect(server.address).and_then(|mut client| client.ask(&request("GET", "/health", "", "")));
        if answer.as_ref().is_ok_and(|answer| answer.json()["under_way"] == under_way) {
            return;
        }
        assert!(begun.elapsed() < LONG, "{answer:?}, not {under_way}");
    }
}

const FLOWER: &str = r#"{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}"#;

#[test]
fn answers_are_those_of_predict_in_the_shape_of_the_question() {
    let _memory = beside_others();
    let predictor = predictor();
    let server = Server::new(router(predictor.clone(), SMALL), SMALL.time, LONG);
    let flower: serde_json::Value = serde_json::from_str(FLOWER).expect("JSON");
    let answer = predictor.predict(&flower).expect("a flower");
    let answer: serde_json::Value = serde_json::from_str(&serde_json::to_string(&answer).expect("JSON")).expect("JSON");
    assert_eq!(answer["prediction"], "setosa");
    let two = serde_json::json!([answer, answer]);
    let mut client = Client::connect(server.address).expect("it listens");
    let mut said = |body: &str| {
        let response = client.ask(&post("/predict", body)).expect("an answer");
        assert_eq!((response.status, response.header("content-type")), (200, Some("application/json")), "{response:?}");
        response.json()
    };
    assert_eq!(said(FLOWER), answer);
    assert_eq!(said(&format!("[{FLOWER}, [5.1, 3.5, 1.4, 0.2]]")), two);
    assert_eq!(said(&format!("{{\"rows\": [{FLOWER}, {FLOWER}]}}")), serde_json::json!({ "answers": two }));
    assert_eq!(said("[]"), serde_json::json!([]));

    let model = ask(&server, &request("GET", "/model", "", "")).json();
    assert_eq!((&model["name"], &model["input"]["as"]), (&"Iris".into(), &"row".into()));
    assert_eq!(model["input"]["fields"][3], serde_json::json!({"name": "petal_width", "kind": "number", "values": 1}));
    assert_eq!(model["classes"], serde_json::json!(["setosa", "versicolor", "virginica"]));
    assert_eq!(ask(&server, &request("GET", "/health", "", "")).json()["status"], "ok");
    let page = ask(&server, &request("GET", "/", "", ""));
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{page:?}");
    assert!(!page.body.contains("http://") && !page.body.contains("https://") && page.body.contains("<form"));
    assert_eq!(server.stop().join().expect("it ends"), Stopped::Gracefully);
}

#[test]
fn what_is_wrong_is_refused_with_the_field_to_blame() {
    let _memory = beside_others();
    let server = Server::new(router(predictor(), SMALL), SMALL.time, LONG);
    let wide = FLOWER.replace("0.2", "\"wide\"");
    let no_width = FLOWER.replace("petal_width", "petal_with");
    for (request, status, field, says) in [
        (post("/predict", &wide), 400, Some("petal_width"), "`wide` is not a number"),
        (post("/predict", &format!("[{FLOWER}, {wide}]")), 400, Some("[1].petal_width"), "is not a number"),
        (
            post("/predict", &format!("{{\"rows\": [{FLOWER}, {wide}]}}")),
            400,
            Some("rows[1].petal_width"),
            "not a number",
        ),
        (post("/predict", &no_width), 400, Some("petal_width"), "it is missing; is `petal_with` meant to be it?"),
        (post("/predict", "{\"rows\": [[1, 2, 3]]}"), 400, Some("rows[0]"), "3 cells, and there are 4"),
        (
            post("/predict", "[[1, 2, [3], 4]]"),
            400,
            Some("[0].petal_length"),
            "expected a single value, found an array",
        ),
        (post("/predict", "[1]"), 400, Some("[0]"), "expected an object of columns or an array of cells"),
        (post("/predict", "7"), 400, None, "expected an object, a list of examples"),
        (post("/predict", "[1,\n 2"), 400, None, "this is no JSON: EOF while parsing a list"),
        (post("/predict", ""), 400, None, "this is no JSON"),
        (post("/predict", &"[".repeat(1500)), 400, None, "recursion limit"),
        (
            post("/predict", &format!("[{}]", ["[1,2,3,4]"; 6].join(","))),
            413,
            None,
            "6 rows, and a request has at most 5",
        ),
        (post("/predict", &" ".repeat(2001)), 413, None, "the body is larger than 2000 bytes"),
        (post("/predict", &" ".repeat(15_000)), 413, None, "the body is larger than 2000 bytes"),
        (request("POST", "/predict", "text/csv", "1,2,3,4"), 415, None, "application/json"),
        (request("GET", "/predict", "", ""), 405, None, "this path takes POST"),
        (request("DELETE", "/model", "", ""), 405, None, "this path takes GET, HEAD"),
        (request("GET", "/modle", "", ""), 404, None, "there are POST /predict, GET /model"),
    ] {
        let response = ask(&server, &request);
        let error = &response.json()["error"];
        let shown = String::from_utf8_lossy(&request);
        assert_eq!((response.status, error["field"].as_str()), (status, field), "{shown}\n{error}");
        assert!(error["message"].as_str().is_some_and(|message| message.contains(says)), "{shown}\n{error}");
        assert_eq!(response.header("allow").is_some(), status == 405, "{response:?}");
    }
    let place = ask(&server, &post("/predict", "[1,\n  x]")).json();
    assert_eq!((&place["error"]["line"], &place["error"]["column"]), (&2.into(), &3.into()), "{place}");
    let chunked = format!(
        "POST /predict HTTP/1.1\r\nhost: t\r\ncontent-type: application/json; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{FLOWER}\r\n0\r\n\r\n",
        FLOWER.len()
    );
    assert_eq!(ask(&server, chunked.as_bytes()).status, 200);
    assert_eq!(ask(&server, b"nonsense\r\n\r\n").status, 400);
}

#[test]
fn too_many_at_once_are_refused() {
    let _memory = beside_others();
    let server = Server::new(router(predictor(), SMALL), SMALL.time, LONG);
    let whole = post("/predict", FLOWER);
    let (first, second) = whole.split_at(whole.len() - 10);
    let mut slow = [(); 2].map(|()| Client::connect(server.address).expect("it listens"));
    slow.iter_mut().for_each(|client| client.write(first).expect("it reads"));
    wait_for(&server, slow.len());
    let busy = ask(&server, &whole);
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")), "{busy:?}");
    for client in &mut slow {
        client.write(second).expect("it reads");
        assert_eq!(client.read().expect("an answer").status, 200);
    }
    wait_for(&server, 0);
    assert_eq!(ask(&server, &whole).status, 200, "both have made room");
}

#[test]
fn who_is_too_slow_is_not_waited_for() {
    let _memory = beside_others();
    let limits = Limits { time: Duration::from_secs(1), ..SMALL };
    let server = Server::new(router(predictor(), limits), limits.time, LONG);
    let whole = post("/predict", FLOWER);
    // One does not end his request, one not even his first line, and one says nothing at all.
    let mut clients = [whole.len() - 10, 16, 0].map(|sent| {
        let mut client = Client::connect(server.address).expect("it listens");
        client.write(&whole[..sent]).expect("it reads");
        client
    });
    assert_eq!(clients[0].read().expect("an answer").status, 408);
    wait_for(&server, 0);
    for silent in &mut clients[1..] {
        // The connection is closed, with an answer or without.
        let error = silent.read().and_then(|_| silent.read()).expect_err("nothing more is said");
        assert!(![ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()), "the connection stays: {error}");
    }
}

#[test]
fn a_stop_ends_what_is_under_way_and_the_time_of_grace_ends_what_does_not() {
    let _memory = beside_others();
    let whole = post("/predict", FLOWER);
    let (first, second) = whole.split_at(whole.len() - 10);
    for (goes_on, grace, expected) in
        [(true, LONG, Stopped::Gracefully), (false, Duration::from_millis(500), Stopped::Late)]
    {
        let server = Server::new(router(predictor(), SMALL), SMALL.time, grace);
        let address = server.address;
        let mut open = Client::connect(address).expect("it listens");
        let mut idle = Client::connect(address).expect("it listens");
        assert_eq!(idle.ask(&whole).expect("an answer").status, 200);
        open.write(first).expect("it reads");
        // The request has begun when the server counts it.
        wait_for(&server, 1);
        let stopping = server.stop();
        assert!(idle.read().is_err(), "a connection without a request is closed");
        assert!(Client::connect(address).is_err(), "nothing new is taken");
        if goes_on {
            open.write(second).expect("it reads");
            assert_eq!(open.read().expect("an answer").status, 200);
        }
        assert_eq!(stopping.join().expect("it ends"), expected);
    }
}
