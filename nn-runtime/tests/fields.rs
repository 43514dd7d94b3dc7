//! Examples by name become the values that rows of a file become, and each fault names its field.
#![cfg(feature = "train")]

use nn_runtime::data::{Demand, Encodings, Fields, Precision, Takes};
use nn_runtime::program::Ids;
use serde_json::{Value, json};

const NET: Demand<'static> =
    Demand { network: "Net", inputs: 0, outputs: 1, width: 1, ids: &[], stated: None, precision: Precision::F32 };

fn table(grouping: &Value, missing: &str) -> Encodings {
    let columns = json!([
        { "index": 0, "name": "size", "fitted": { "standardize": { "mean": 10.0, "deviation": 2.0 } } },
        { "index": 1, "name": "kind", "fitted": { "one_hot": { "categories": ["1", "2", "?"] } } },
    ]);
    let table = json!({ "table": {
        "header": "auto", "separator": 44, "missing": missing, "columns": 3, "grouping": grouping, "x": columns, "y": [],
    } });
    Encodings::from_json(&table.to_string()).expect("encodings")
}

/// What becomes of an example, or the field to blame and the message.
fn encoded(fields: &Fields, example: &Value) -> Result<Vec<f64>, (String, String)> {
    let mut values = vec![7.0];
    let done = fields.encode(example, &mut values);
    assert_eq!(values[0], 7.0, "what was there stays");
    match done {
        Ok(()) => Ok(values.split_off(1)),
        Err(error) => {
            assert_eq!(values.len(), 1, "nothing of a wrong example stays");
            Err((error.field.clone(), error.fault.to_string()))
        }
    }
}

fn blamed(field: &str, message: &str) -> Result<Vec<f64>, (String, String)> {
    Err((field.to_owned(), message.to_owned()))
}

#[test]
fn rows_of_a_table() {
    let fields = Fields::new(Some(&table(&json!("rows"), "category")), &Demand { inputs: 4, ..NET });
    assert_eq!(fields.takes(), Takes::Row);
    let told = serde_json::to_value(fields.list()).expect("JSON");
    assert_eq!(told[1], json!({ "name": "kind", "kind": "category", "values": 1, "categories": ["1", "2", "?"] }));
    for kind in [json!("2"), json!(2), json!(2.0), json!(" 2 ")] {
        assert_eq!(encoded(&fields, &json!({ "kind": kind, "size": 12, "more": [] })), Ok(vec![1.0, 0.0, 1.0, 0.0]));
    }
    assert_eq!(encoded(&fields, &json!(["8", null])), Ok(vec![-1.0, 0.0, 0.0, 1.0]));
    let says = "column `kind`: `3` is never seen in the training rows, which have `1`, `2`, `?`";
    assert_eq!(encoded(&fields, &json!([8, 3])), blamed("kind", says));
    let missing = "column `size`: the cell is empty; only one_hot and labels can have a category for it";
    assert_eq!(encoded(&fields, &json!([null, 1])), blamed("size", missing));
    assert_eq!(encoded(&fields, &json!(["1e39", 1])), blamed("size", "column `size`: `1e39` is too large for f32"));
    assert_eq!(encoded(&fields, &json!([true, 1])), blamed("size", "column `size`: `true` is not a number"));
    let strict = Fields::new(Some(&table(&json!("rows"), "error")), &Demand { inputs: 4, ..NET });
    let missing = "column `kind`: the cell is empty; a row can be predicted only if it is whole";
    assert_eq!(encoded(&strict, &json!({ "size": 8, "kind": "" })), blamed("kind", missing));
}

#[test]
fn rows_of_windows_and_sequences() {
    let windows = json!({ "windows": { "window": 2, "horizon": 1, "stride": 1 } });
    let fields = Fields::new(Some(&table(&windows, "error")), &Demand { inputs: 8, ..NET });
    assert_eq!(fields.takes(), Takes::Rows { least: 2, most: 2 });
    let both = vec![1.0, 1.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0];
    assert_eq!(encoded(&fields, &json!([[12, 1], { "size": 8, "kind": 2 }])), Ok(both.clone()));
    assert_eq!(encoded(&fields, &json!({ "steps": [[12, 1], [8, 2]] })), Ok(both));
    assert_eq!(encoded(&fields, &json!([[12, 1]])), blamed("", "1 row, and an example has 2"));
    let says = "column `size`: `x` is not a number";
    assert_eq!(encoded(&fields, &json!({ "steps": [[12, 1], ["x", 2]] })), blamed("steps[1].size", says));
    assert_eq!(encoded(&fields, &json!([[12, 1], [8]])), blamed("[1]", "1 cell, and there are 2: `size`, `kind`"));
    assert_eq!(encoded(&fields, &json!({ "step": [] })), blamed("", "expected an array of rows, found an object"));

    // What stands for a step that is not there is -1 where the network says so.
    const LENGTH: &[Ids] = &[Ids { first: 4, values: 8, vocabulary: 3, padded: true }];
    let sequences = json!({ "sequences": { "column": "id", "length": 3 } });
    let fields = Fields::new(Some(&table(&sequences, "error")), &Demand { inputs: 12, ids: LENGTH, ..NET });
    assert_eq!(fields.takes(), Takes::Rows { least: 1, most: 3 });
    let padded = [vec![1.0, 1.0, 0.0, 0.0], vec![-1.0; 8]].concat();
    assert_eq!(encoded(&fields, &json!([[12, 1]])), Ok(padded));
    assert_eq!(encoded(&fields, &json!([])), blamed("", "0 rows, and an example has 1 to 3"));
}

#[test]
fn arrays_texts_and_numbers() {
    let scale = json!({ "scale": { "factor": 0.5, "offset": 1.0 } });
    let image = json!({ "array": "images", "values": 4, "fitted": scale });
    let arrays = |x: Value| {
        let arrays = json!({ "arrays": { "files": "arrays", "x": x, "y": [] } });
        Encodings::from_json(&arrays.to_string()).expect("encodings")
    };
    let one = Fields::new(Some(&arrays(json!([image]))), &Demand { inputs: 4, ..NET });
    let values = Ok(vec![1.5, 2.0, 2.5, 3.0]);
    for example in [json!([1, 2, 3, 4]), json!([[1, 2], [3, 4]]), json!({ "images": [[[1], [2]], [[3], [4]]] })] {
        assert_eq!(encoded(&one, &example), values);
    }
    assert_eq!(encoded(&one, &json!([[1, 2], [3]])), blamed("", "3 values, and there should be 4"));
    assert_eq!(encoded(&one, &json!({ "images": vec![1; 9] })), blamed("images", "9 values, and there should be 4"));
    let says = "column `images`: `x` is not a number";
    assert_eq!(encoded(&one, &json!({ "images": [[1, 2], [3, "x"]] })), blamed("images[1][1]", says));
    let near = "it is missing; is `image` meant to be it?";
    assert_eq!(encoded(&one, &json!({ "image": [] })), blamed("images", near));
    let label = json!({ "array": "season", "values": 1, "fitted": { "labels": { "categories": ["dry", "wet"] } } });
    let two = Fields::new(Some(&arrays(json!([image, label]))), &Demand { inputs: 5, ..NET });
    assert_eq!(encoded(&two, &json!({ "season": "wet", "images": [1, 2, 3, 4] })), Ok(vec![1.5, 2.0, 2.5, 3.0, 1.0]));
    assert_eq!(encoded(&two, &json!([1])), blamed("", "expected an object of arrays, found an array"));

    let text =
        json!({ "text": { "characters": ["a", "b", "é"], "window": 2, "stride": 1, "next": true, "targets": 1 } });
    let text = Encodings::from_json(&text.to_string()).expect("encodings");
    let text = Fields::new(Some(&text), &Demand { inputs: 2, ..NET });
    assert_eq!(encoded(&text, &json!("aab")), Ok(vec![0.0, 1.0]));
    assert_eq!(encoded(&text, &json!({ "text": "éb" })), Ok(vec![2.0, 1.0]));
    assert_eq!(encoded(&text, &json!({ "text": "b" })), blamed("text", "1 character, and the network reads 2"));
    let unseen = "the character 'x' is none of the 3 that the training has seen";
    assert_eq!(encoded(&text, &json!("ax")), blamed("", unseen));

    const IDS: &[Ids] = &[Ids { first: 1, values: 1, vocabulary: 5, padded: false }];
    let bare = Fields::new(None, &Demand { inputs: 2, ids: IDS, ..NET });
    assert_eq!(encoded(&bare, &json!([0.5, 4])), Ok(vec![0.5, 4.0]));
    let id = "column `values`: `5` is not an id; ids are the whole numbers from 0 to 4";
    assert_eq!(encoded(&bare, &json!({ "values": [0.5, 5] })), blamed("values[1]", id));
}
