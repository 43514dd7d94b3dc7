//! `predict` reads rows of CSV, lines of JSON and bare numbers, packed or not, in their order, and blames the line and the field.
#![cfg(feature = "cli")]

#[expect(dead_code, reason = "other tests use the rest of it")]
mod linear;

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read, Write};

use nn_runtime::cli::{AnyProgram, run_with};
use nn_runtime::session::{
    Cell, Form, Format, Overrides, Predictor, Quiet, SessionError, StreamError, Streamed, Streaming, train,
};
use nn_runtime::weights::{self, Stored};

use linear::{Folder, IRIS, iris_csv};

/// The weights of a short training, and what answers with them.
fn trained(folder: &Folder, threads: usize) -> Predictor {
    let overrides = Overrides { data: Some(iris_csv().into()), epochs: Some(5), ..Overrides::default() };
    let trained = train(&IRIS, &overrides, &mut Quiet).expect("the data is good");
    let path = folder.at("weights.safetensors");
    let encodings = trained.encodings.to_json().expect("they are plain");
    weights::save(path.as_ref(), &IRIS, &trained.weights, Some(&encodings)).expect("it is written");
    Predictor::new(&IRIS, &Stored::open(path.as_ref()).expect("it was written"), threads).expect("they are its weights")
}

const CSV: Streaming = Streaming { format: Format::Native, form: Form::Csv, skip: false, live: false };
const JSON: Streaming = Streaming { format: Format::JsonLines, form: Form::JsonLines, ..CSV };

/// What is written for `text`, and what is said about rows that are left out; or the error behind what was written before.
fn streamed(
    predictor: &Predictor,
    text: impl Into<Vec<u8>>,
    how: Streaming,
) -> (String, Vec<String>, Result<Streamed, String>) {
    let (mut out, mut skipped) = (Vec::new(), Vec::new());
    let source = Box::new(Cursor::new(text.into()));
    let done = predictor.stream("t", source, how, &mut out, &mut |error| skipped.push(error.to_string()));
    (String::from_utf8(out).expect("UTF-8"), skipped, done.map_err(|error| error.to_string()))
}

const HEADER: &str = "sepal_length,sepal_width,petal_length,petal_width\n";

/// Flowers that all differ, so that their order shows.
fn flowers(count: usize) -> Vec<[String; 4]> {
    let number = |row: usize, column: usize| format!("{}.{:05}", 1 + (row * 7 + column) % 6, row % 100_000);
    (0..count).map(|row| std::array::from_fn(|column| number(row, column))).collect()
}

#[test]
fn any_number_of_threads_writes_the_same_in_the_same_order() {
    let folder = Folder::new();
    let rows = flowers(40_000);
    let csv: String = HEADER.to_owned() + &rows.iter().map(|row| row.join(",") + "\n").collect::<String>();
    let (one, ..) = streamed(&trained(&folder, 1), csv.clone(), CSV);
    let three = trained(&folder, 3);
    let (many, _, done) = streamed(&three, csv, CSV);
    assert!(one == many, "one thread and three differ");
    assert_eq!(done, Ok(Streamed { answered: 40_000, skipped: 0 }));
    for (row, line) in rows.iter().zip(many.lines().skip(1)) {
        assert!(line.starts_with(&format!("{},", row.join(","))), "{line}");
    }
    // The answers to lines of JSON are those to rows of CSV.
    let objects: String = rows
        .iter()
        .map(|[a, b, c, d]| {
            format!(
                "{{\"petal_width\": {d}, \"sepal_length\": {a}, \"sepal_width\": \"{b}\", \"petal_length\": {c}}}\n"
            )
        })
        .collect();
    let arrays: String = rows.iter().map(|row| format!("[{}]\n\n", row.join(", "))).collect();
    let (of_objects, _, done) = streamed(&three, objects, JSON);
    assert_eq!(done, Ok(Streamed { answered: 40_000, skipped: 0 }));
    assert!(of_objects == streamed(&three, arrays, JSON).0, "objects and arrays differ");
    for (line, json) in many.lines().skip(1).zip(of_objects.lines()).step_by(97) {
        let answer: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let label = line.split(',').nth(4).expect("a label");
        assert_eq!(answer["prediction"], label);
        let said: f64 = line.split(',').nth(5).expect("a number").parse().expect("a number");
        assert_eq!(answer["probability_setosa"].as_f64(), Some(said));
    }
}

#[test]
fn rows_that_are_wrong_stop_it_or_are_left_out() {
    let folder = Folder::new();
    let predictor = trained(&folder, 2);
    let good = "5.1,3.5,1.4,0.2\n";
    let csv = format!("{HEADER}{good}5.1,x,1.4,0.2\n{good}1,2,3\n\n{good}\"5\n1\",2,3,4\n{good}1,2,,4\n");
    let (out, skipped, done) = streamed(&predictor, csv.clone(), CSV);
    assert_eq!(done, Err("t:3:5: column `sepal_width`: `x` is not a number".to_owned()));
    assert_eq!((out.lines().count(), skipped.len()), (2, 0), "the row before is answered: {out}");
    let (out, skipped, done) = streamed(&predictor, csv, Streaming { skip: true, ..CSV });
    assert_eq!(done, Ok(Streamed { answered: 4, skipped: 4 }));
    assert_eq!(out.lines().filter(|line| line.starts_with("5.1,3.5,1.4,0.2,setosa,")).count(), 4, "{out}");
    assert_eq!(
        skipped,
        [
            "t:3:5: column `sepal_width`: `x` is not a number",
            "t:5:6: too few cells: 3, and line 1 has 4",
            "t:8:1: column `sepal_length`: `5\n1` is not a number",
            "t:11:5: column `petal_length`: the cell is empty; a row can be predicted only if it is whole",
        ]
    );

    let lines = "[5.1,3.5,1.4,0.2]\n{\"a\": }\n[1,2,3]\n{\"sepal_lenght\":1,\"sepal_width\":2,\"petal_length\":3,\"petal_width\":4}\n\
                 [1,2,[3],4]\n[1,2,null,4]\n{\"sepal_length\":1, \"sepal_width\":\"wide\",\"petal_length\":3,\"petal_width\":4}\n7\n";
    let (out, skipped, done) = streamed(&predictor, lines, Streaming { skip: true, ..JSON });
    assert_eq!((done, out.lines().count()), (Ok(Streamed { answered: 1, skipped: 7 }), 1));
    assert_eq!(
        skipped,
        [
            "t:2:7: this is no JSON: expected value",
            "t:3:1: 3 cells, and there are 4: `sepal_length`, `sepal_width`, `petal_length`, `petal_width`",
            "t:4:1: sepal_length: it is missing; is `sepal_lenght` meant to be it?",
            "t:5:1: petal_length: expected a single value, found an array",
            "t:6:1: column `petal_length`: the cell is empty; a row can be predicted only if it is whole",
            "t:7:20: column `sepal_width`: `wide` is not a number",
            "t:8:1: expected an object of columns or an array of cells, found a number",
        ]
    );
    let stopped = streamed(&predictor, lines, JSON).2;
    assert_eq!(stopped, Err("t:2:7: this is no JSON: expected value".to_owned()));
}

#[test]
fn what_has_no_rows_is_told() {
    let folder = Folder::new();
    let predictor = trained(&folder, 2);
    for (text, how, says) in [
        ("", CSV, "t: the file is empty"),
        ("\n\n", CSV, "t: the file is empty"),
        (HEADER, CSV, "t: there is a header and no row below it"),
        ("", JSON, "t: the file is empty"),
        ("a,b\n1,2\n", CSV, "t: there is no column `sepal_length` (there are `a`, `b`)"),
    ] {
        assert_eq!(streamed(&predictor, text, how).2, Err(says.to_owned()));
    }
}

#[test]
fn gzip_is_unpacked_whatever_the_file_is_called() {
    let folder = Folder::new();
    let predictor = trained(&folder, 2);
    let text = format!("{HEADER}5.1,3.5,1.4,0.2\n");
    // Stored blocks, as gzip -0 writes them (RFC 1951, 1952).
    let length = u16::try_from(text.len()).expect("short");
    let mut packed = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    packed.extend(length.to_le_bytes().into_iter().chain((!length).to_le_bytes()));
    packed.extend(text.bytes());
    let crc = text
        .bytes()
        .fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))));
    packed.extend((!crc).to_le_bytes().into_iter().chain(u32::from(length).to_le_bytes()));
    let (plain, _, done) = streamed(&predictor, text, CSV);
    assert_eq!(done, Ok(Streamed { answered: 1, skipped: 0 }));
    assert_eq!(streamed(&predictor, packed.clone(), CSV).0, plain);
    packed.truncate(packed.len() - 20);
    let cut = streamed(&predictor, packed, CSV).2.expect_err("it is cut off");
    assert!(cut.starts_with("t: cannot be read: "), "{cut}");
}

#[test]
fn bare_weights_take_the_numbers_of_the_network() {
    let folder = Folder::new();
    let path = folder.at("bare.safetensors");
    weights::save(path.as_ref(), &IRIS, &[0.5; 15], None).expect("it is written");
    let predictor = Predictor::open(&IRIS, path.as_ref()).expect("they are its weights");
    let (csv, ..) = streamed(&predictor, "1,2,3,4\n", CSV);
    let (json, ..) = streamed(&predictor, "[[1, 2], [3, 4]]\n{\"values\": [1, 2, 3, 4]}\n", JSON);
    let third = 1.0f32 / 3.0;
    assert_eq!(csv, format!("1,2,3,4,0,{third},{third},{third}\n"));
    let line = format!(
        "{{\"prediction\":\"0\",\"probability_0\":{third},\"probability_1\":{third},\"probability_2\":{third}}}\n"
    );
    assert_eq!(json, line.repeat(2));
    let error = streamed(&predictor, "[[1, 2], [3, \"x\"]]\n", JSON).2;
    assert_eq!(error, Err("t:1:1: [1][1]: column `values`: `x` is not a number".to_owned()));
    let error = streamed(&predictor, "[1, 2, 3, 4, 5]", JSON).2;
    assert_eq!(error, Err("t:1:1: 5 values, and there should be 4".to_owned()));
    assert!(predictor.read("t".into(), Box::new(std::io::empty())).is_err());
}

#[test]
fn rows_by_name_come_from_any_structure_and_any_thread() {
    let folder = Folder::new();
    let predictor = trained(&folder, 2);
    let names = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    let map: HashMap<&str, f64> = names.into_iter().zip([5.1, 3.5, 1.4, 0.2]).collect();
    let texts: BTreeMap<&str, &str> = names.into_iter().zip(["5.1", "3.5", "1.4", "0.2"]).collect();
    let value = serde_json::json!([5.1, 3.5, 1.4, 0.2]);
    let expected = predictor.predict(&map).expect("a flower");
    assert_eq!(expected.label(), Some("setosa"));
    let sum: f64 = expected.cells()[1..].iter().map(|cell| if let Cell::Number(p) = cell { *p } else { 0.0 }).sum();
    assert!((sum - 1.0).abs() < 1e-6);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(predictor.predict(&texts).as_ref(), Ok(&expected));
                    assert_eq!(predictor.predict(&value).as_ref(), Ok(&expected));
                    let all = predictor.predict_all(&[&map, &map, &map]).expect("flowers");
                    assert_eq!(all, vec![expected.clone(); 3]);
                }
            });
        }
    });
    let wrong = [map.clone(), map.clone(), names.into_iter().zip([5.1, f64::NAN, 1.0, 1.0]).collect()];
    let error = predictor.predict_all(&wrong).expect_err("NaN is null in JSON");
    let SessionError::Example(error) = error else { panic!("{error}") };
    assert_eq!(error.field, "[2].sepal_width");
}

/// What answers with these encodings, and weights that say the same to everything.
fn of_encodings(folder: &Folder, encodings: &serde_json::Value) -> Predictor {
    let path = folder.at("made.safetensors");
    weights::save(path.as_ref(), &IRIS, &[0.5; 15], Some(&encodings.to_string())).expect("it is written");
    Predictor::open(&IRIS, path.as_ref()).expect("they are its weights")
}

#[test]
fn arrays_are_files_of_their_own_or_rows_of_numbers() {
    let folder = Folder::new();
    let number = serde_json::json!({ "scale": { "factor": 0.5, "offset": 0.0 } });
    let labels = serde_json::json!({ "labels": { "categories": ["a", "b", "c"] } });
    let encodings = serde_json::json!({ "arrays": {
        "files": { "idx": null },
        "x": [{ "array": "images", "values": 4, "fitted": number }],
        "y": [{ "array": "labels", "values": 1, "fitted": labels }],
    } });
    let predictor = of_encodings(&folder, &encodings);
    let third = 1.0f32 / 3.0;
    let answer = format!("a,{third},{third},{third}");
    // Two images of two rows of two bytes.
    let idx = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2][..], &[1, 2, 3, 4, 5, 6, 7, 8]].concat();
    let (native, _, done) = streamed(&predictor, idx.clone(), CSV);
    assert_eq!(done, Ok(Streamed { answered: 2, skipped: 0 }));
    assert!(
        native.starts_with("prediction,probability_a,") && native.ends_with(&format!("{answer}\n{answer}\n")),
        "{native}"
    );
    let refused = streamed(&predictor, idx, Streaming { skip: true, ..CSV }).2.expect_err("it is no stream of rows");
    assert!(refused.starts_with("wrong rows can only be left out where each row is an example by itself"), "{refused}");

    let rows = Streaming { format: Format::Csv, skip: true, ..CSV };
    let (csv, skipped, _) = streamed(&predictor, "1,2,3,4\n5,6,x,8\n", rows);
    assert_eq!(
        (csv, skipped),
        (format!("1,2,3,4,{answer}\n"), vec!["t:2:5: column 2: `x` is not a number".to_owned()])
    );
    let (titled, ..) = streamed(&predictor, "p,q,r,s\n1,2,3,4\n", rows);
    assert!(titled.starts_with("p,q,r,s,prediction,"), "{titled}");
    let wrong = streamed(&predictor, "1,2,3\n", rows).2;
    assert_eq!(wrong, Err("t: 3 columns, and the training data had 4".to_owned()));
    let (json, skipped, _) =
        streamed(&predictor, "[[1, 2], [3, 4]]\n[[1, 2], [3]]\n", Streaming { skip: true, ..JSON });
    assert_eq!((json.lines().count(), skipped), (1, vec!["t:2:1: 3 values, and there should be 4".to_owned()]));
}

#[test]
fn windows_slide_over_rows_and_are_whole_in_a_line() {
    let folder = Folder::new();
    let column = |index: usize, name: &str| serde_json::json!({ "index": index, "name": name, "fitted": "number" });
    let labels = serde_json::json!({ "labels": { "categories": ["a", "b", "c"] } });
    let encodings = serde_json::json!({ "table": {
        "header": "auto", "separator": 44, "missing": "error", "columns": 3,
        "grouping": { "windows": { "window": 2, "horizon": 1, "stride": 1 } },
        "x": [column(0, "u"), column(1, "v")],
        "y": [{ "index": 2, "name": "kind", "fitted": labels }],
    } });
    let predictor = of_encodings(&folder, &encodings);
    let (csv, _, done) = streamed(&predictor, "u,v\n1,2\n3,4\n5,6\n", CSV);
    assert_eq!(done, Ok(Streamed { answered: 2, skipped: 0 }));
    let begins: Vec<&str> = csv.lines().filter_map(|line| line.get(..4)).collect();
    assert_eq!(begins, ["u,v,", "3,4,", "5,6,"], "{csv}");
    let (json, ..) = streamed(&predictor, "[[1, 2], [3, 4]]\n{\"steps\": [[3, 4], {\"u\": 5, \"v\": 6}]}\n", JSON);
    assert_eq!(json.lines().count(), 2);
    assert!(streamed(&predictor, "u,v\n1,2\n", Streaming { skip: true, ..CSV }).2.is_err());
    let error = streamed(&predictor, "{\"steps\": [[1, 2], {\"u\": 5, \"v\": []}]}\n", JSON).2;
    assert_eq!(error, Err("t:1:1: steps[1].v: expected a single value, found an array".to_owned()));
}

/// Fails when so many bytes were written.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_a_source_without_end() {
    let folder = Folder::new();
    let predictor = trained(&folder, 2);
    let endless = Cursor::new(HEADER).chain(Endless);
    let done = predictor.stream("t", Box::new(endless), CSV, &mut Full(5_000_000), &mut |_| ());
    assert!(matches!(done, Err(StreamError::Output(error)) if error.kind() == std::io::ErrorKind::StorageFull));
}

/// The same row without end.
struct Endless;

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let row = b"5.1,3.5,1.4,0.2\n";
        let whole = buffer.len() / row.len() * row.len();
        buffer[..whole].chunks_exact_mut(row.len()).for_each(|place| place.copy_from_slice(row));
        Ok(whole)
    }
}

#[test]
fn the_command_line_goes_by_endings_and_counts_what_it_leaves_out() {
    let folder = Folder::new();
    trained(&folder, 1);
    let weights = folder.at("weights.safetensors");
    let input = folder.write("rows.jsonl", "[5.1,3.5,1.4,0.2]\n[1]\n[5.1,3.5,1.4,0.2]\n");
    let predict = |further: &[&str]| {
        let arguments = [&["nn", "predict", "--weights", &weights, "--input", &input], further].concat();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let networks = [AnyProgram::F32(&IRIS)];
        let code = run_with(&networks, arguments.into_iter().map(Into::into).collect(), &mut out, &mut err);
        (code, String::from_utf8(out).expect("UTF-8"), String::from_utf8(err).expect("UTF-8"))
    };
    let (code, out, err) = predict(&[]);
    assert_eq!((code, out.lines().count()), (1, 1), "{err}");
    assert!(
        out.starts_with("{\"prediction\":\"setosa\",") && err.contains("rows.jsonl:2:1: 1 cell, and"),
        "{out}{err}"
    );
    let (code, out, err) = predict(&["--on-error", "skip"]);
    assert_eq!((code, out.lines().count()), (0, 2));
    let lines: Vec<&str> = err.lines().collect();
    assert!(lines[0].starts_with("left out: ") && lines[0].contains("rows.jsonl:2:1: "), "{err}");
    assert_eq!(lines[1], "1 of 3 rows left out");
    let target = folder.at("answers.csv");
    assert_eq!(predict(&["--on-error", "skip", "--output", &target]).0, 0);
    let written = std::fs::read_to_string(&target).expect("it was written");
    assert!(written.starts_with("prediction,probability_setosa,"), "{written}");
    let failing = folder.at("none.csv");
    assert_eq!(predict(&["--output", &failing]).0, 1);
    assert!(!folder.names().contains(&"none.csv".to_owned()), "whole or not at all");
    for wrong in [["--format", "xml"], ["--on-error", "drop"]] {
        let (code, _, err) = predict(&wrong);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(&format!("{} takes ", wrong[0])), "{err}");
    }
}
