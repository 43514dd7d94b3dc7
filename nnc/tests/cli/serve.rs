//! `nnc serve`: from a text and weights to answers over HTTP, until a signal ends it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::nnc::Folder;

const TEXT: &str = "network Sum < dense(2->1) >
train Sum { data csv(\"rows.csv\", header = true) { x = columns[0..2]; y = column(\"c\"); } minimize mse with adam(lr = 0.1); epochs 3; }
";

/// A folder with trained weights.
fn trained(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("sum.nn", TEXT);
    let rows: String = (0..40).map(|row| format!("{},{},{}\n", row % 5, row % 7, row % 5 + row % 7)).collect();
    folder.write("rows.csv", format!("a,b,c\n{rows}"));
    folder.nnc(&["train", "sum.nn", "-o", "run"]).good();
    folder
}

const WEIGHTS: &str = "run/weights.safetensors";

#[test]
fn it_answers_as_predict_does_until_a_signal_ends_it() {
    let folder = trained("serve");
    folder.write("one.jsonl", "{\"a\": 1.5, \"b\": 2}\n");
    let predicted = folder.nnc(&["predict", "sum.nn", "--weights", WEIGHTS, "--input", "one.jsonl"]).good();
    let mut command = folder.command(&["serve", "sum.nn", "--weights", WEIGHTS, "--port", "0"]);
    command.args(["--max-rows", "2", "--max-body", "1000"]);
    let mut server = command.stdout(Stdio::piped()).spawn().expect("nnc runs");
    let mut told = String::new();
    let mut out = BufReader::new(server.stdout.take().expect("a pipe"));
    out.read_line(&mut told).expect("it says where it is");
    let address = told.trim().strip_prefix("Sum answers at http://").and_then(|rest| rest.split('/').next());
    let address = address.unwrap_or_else(|| panic!("{told}"));
    assert!(address.starts_with("127.0.0.1:"), "{told}");
    let ask = |path: &str, body: &str| {
        let mut stream = TcpStream::connect(address).expect("it listens");
        let length = body.len();
        let head = "host: t\r\nconnection: close\r\ncontent-type: application/json";
        let method = if body.is_empty() { "GET" } else { "POST" };
        write!(stream, "{method} {path} HTTP/1.1\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}")
            .expect("it reads");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("an answer");
        response
    };
    let answer = ask("/predict", "{\"a\": 1.5, \"b\": 2}");
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(&format!("\r\n\r\n{}", predicted.trim())),
        "{answer}"
    );
    let wrong = ask("/predict", "[{\"a\": 1.5}]");
    assert!(wrong.contains("{\"error\":{\"field\":\"[0].b\",\"message\":\"it is missing\"}}"), "{wrong}");
    assert!(ask("/health", "").contains("\"network\":\"Sum\""));
    let three = ask("/predict", "[[1, 2], [3, 4], [5, 6]]");
    assert!(three.contains("3 rows, and a request has at most 2"), "{three}");
    let long = ask("/predict", &format!("[1, {}2]", " ".repeat(1000)));
    assert!(long.starts_with("HTTP/1.1 413 ") && long.contains("the body is larger than 1000 bytes"), "{long}");

    // The port is taken.
    let port = address.split(':').nth(1).expect("a port");
    let second = folder.nnc(&["serve", "sum.nn", "--weights", WEIGHTS, "--port", port]);
    assert_eq!(second.code, 1, "{}", second.err);
    assert!(second.err.starts_with(&format!("error: {address}: cannot serve here: ")), "{}", second.err);

    if cfg!(unix) {
        let pid = server.id().to_string();
        let killed = std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("there is kill");
        assert!(killed.success());
        assert_eq!(server.wait().expect("it ends").code(), Some(0));
    } else {
        server.kill().expect("it runs");
        server.wait().expect("it ends");
    }
}

#[test]
fn requests_at_once_and_the_time_of_grace_are_limited() {
    let folder = trained("serve_limits");
    let mut command = folder.command(&["serve", "sum.nn", "--weights", WEIGHTS, "--port", "0"]);
    command.args(["--concurrency", "1", "--grace", "1s", "--timeout", "60s"]);
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("nnc runs");
    let mut told = String::new();
    BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut told).expect("it says where it is");
    let address = told.trim().strip_prefix("Sum answers at http://").and_then(|rest| rest.split('/').next());
    let address = address.unwrap_or_else(|| panic!("{told}"));
    let ask = |method_and_path: &str, body: &str, sent: usize| {
        let mut stream = TcpStream::connect(address).expect("it listens");
        let head = "host: t\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length";
        let request = format!("{method_and_path} HTTP/1.1\r\n{head}: {}\r\n\r\n{}", body.len(), &body[..sent]);
        stream.write_all(request.as_bytes()).expect("it reads");
        stream
    };
    let answer = |mut stream: TcpStream| {
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("an answer");
        response
    };
    // Half a request holds the only place.
    let body = "[1, 2]";
    let held = ask("POST /predict", body, 3);
    let begun = std::time::Instant::now();
    while !answer(ask("GET /health", "", 0)).contains("\"under_way\":1") {
        assert!(begun.elapsed().as_secs() < 50, "the place is not taken");
    }
    let busy = answer(ask("POST /predict", body, body.len()));
    assert!(busy.starts_with("HTTP/1.1 503 ") && busy.contains("too many requests are under way"), "{busy}");
    if cfg!(unix) {
        let begun = std::time::Instant::now();
        let pid = server.id().to_string();
        std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("there is kill");
        let output = server.wait_with_output().expect("it ends");
        assert!(begun.elapsed().as_secs() < 30, "{:?}, and its time is 60 s", begun.elapsed());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1) && said.contains("when the time of grace was over"),
            "{:?} {said}",
            output.status
        );
    } else {
        server.kill().expect("it runs");
        server.wait().expect("it ends");
    }
    drop(held);
}

#[test]
fn predict_reads_lines_of_json_and_leaves_out_what_is_wrong() {
    let folder = trained("serve_predict");
    folder.write("rows.csv", "a,b\n1,2\nx,2\n3,4\n");
    folder.write("rows.jsonl", "{\"a\": 1, \"b\": 2}\n{\"a\": \"x\", \"b\": 2}\n[3, 4]\n");
    let predict = |further: &[&str]| folder.nnc(&[&["predict", "sum.nn", "--weights", WEIGHTS], further].concat());
    let stopped = predict(&["--input", "rows.csv"]);
    assert_eq!((stopped.code, stopped.out.lines().count()), (1, 2), "{}", stopped.err);
    assert_eq!(stopped.err, "error: rows.csv:3:1: column `a`: `x` is not a number\n");
    let skip = ["--on-error", "skip"];
    let csv = predict(&[&["--input", "rows.csv", "--json"][..], &skip].concat());
    assert!(
        csv.err.ends_with("left out: rows.csv:3:1: column `a`: `x` is not a number\n1 of 3 rows left out\n"),
        "{}",
        csv.err
    );
    let json = predict(&[&["--input", "rows.jsonl"][..], &skip].concat());
    assert!(json.err.contains("left out: rows.jsonl:2:2: column `a`: `x` is not a number\n"), "{}", json.err);
    assert_eq!(csv.good(), json.good(), "the same rows have the same answers");
}
