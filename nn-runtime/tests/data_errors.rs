//! Every mistake in a table of examples and the one message it gets.
#![cfg(feature = "train")]

use std::path::PathBuf;

use nn_runtime::data::{self, Demand, Encodings, Precision, Queries};
use nn_runtime::program::Ids;
use nn_runtime::recipe::{Columns, Csv, Data, Encoding, Field, Grouping, Header, Missing, Source, Split};

const ALL: Split = Split { train: 1.0, validation: 0.0, test: 0.0, stratify: false, shuffle: false, folds: None };
const HALF: Split = Split { train: 0.5, validation: 0.0, test: 0.5, stratify: false, shuffle: false, folds: None };

const fn field(encoding: Encoding, columns: Columns) -> Field {
    Field { encoding, columns }
}

const NUMBERS: Field = field(Encoding::Number, Columns::Names(&["a", "b"]));
const X: &[Field] = &[NUMBERS];
const Y: &[Field] = &[field(Encoding::Labels, Columns::Names(&["kind"]))];
const DATA: Data = Data {
    path: "t.csv",
    source: Source::Csv(Csv {
        header: Header::Auto,
        separator: b',',
        missing: Missing::Error,
        grouping: Grouping::Rows,
        weight: None,
        test: None,
    }),
    x: X,
    y: Y,
};
const NET: Demand<'static> =
    Demand { network: "Net", inputs: 2, outputs: 2, width: 2, ids: &[], stated: None, precision: Precision::F32 };

/// The data with another way to read its table.
fn with(mut data: Data, change: impl Fn(&mut Csv)) -> Data {
    if let Source::Csv(csv) = &mut data.source {
        change(csv);
    }
    data
}

/// A file that lives as long as its test.
struct Table(PathBuf);

impl Table {
    fn new(content: &[u8]) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nn-runtime-{}-{number}.csv", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    /// The message without the folder.
    fn message(&self, error: data::DataError) -> String {
        error.to_string().replace(self.0.to_str().unwrap(), "t.csv")
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[track_caller]
fn assert_message(content: impl AsRef<[u8]>, data: Data, how: Split, demand: Demand<'_>, expected: &str) {
    let table = Table::new(content.as_ref());
    let error = data::load::<f64>(&table.0, &data, how, 1, &demand).expect_err("the data is wrong");
    assert_eq!(table.message(error), expected);
}

#[track_caller]
fn assert_simple(content: impl AsRef<[u8]>, expected: &str) {
    assert_message(content, DATA, ALL, NET, expected);
}

#[test]
fn files_that_are_no_tables() {
    let missing = data::load::<f64>("no/such.csv".as_ref(), &DATA, ALL, 1, &NET).unwrap_err();
    assert_eq!(missing.to_string(), "no/such.csv: cannot be read: No such file or directory (os error 2)");
    assert_simple("", "t.csv: the file is empty");
    assert_simple("\n \r\n\n", "t.csv: the file is empty");
    assert_simple("a,b,kind\n", "t.csv: there is a header and no row below it");
    assert_simple(b"a,b,kind\n1,2,caf\xE9\n", "t.csv:2:8: byte 0xE9 is not UTF-8; save the file as UTF-8");
    assert_simple(b"\xFF\xFEa\0", "t.csv:1:1: byte 0xFF is not UTF-8; save the file as UTF-8");
}

#[test]
fn columns_that_are_not_there() {
    assert_simple(
        "a,b,Kind,other\n1,2,x,3\n",
        "t.csv: there is no column `kind`; did you mean `Kind`? (there are `a`, `b`, `Kind`, `other`)",
    );
    assert_simple(
        "1,2,3\n",
        "t.csv: column `a` is asked for by name, but the file has no header; give it one, or ask by index, as in columns[0]",
    );
    assert_simple(
        "a,b,kind,a\n1,2,x,3\n",
        "t.csv: columns 0 and 3 are all named `a`; rename all but one, or ask by index",
    );
    let by_index = |columns| {
        let x: &'static [Field] = Box::leak(Box::new([field(Encoding::Number, columns)]));
        Data { x, ..DATA }
    };
    let one = "a,b,kind\n1,2,x\n";
    let beyond = "t.csv: there is no column 3: 3 columns, counted from 0";
    assert_message(one, by_index(Columns::Indices(&[0, 3])), ALL, NET, beyond);
    assert_message(one, by_index(Columns::Range(0, 5)), ALL, NET, beyond);
    assert_message(one, by_index(Columns::Range(2, 2)), ALL, NET, "t.csv: columns[2..2] holds no column");
}

#[test]
fn rows_of_another_length() {
    assert_simple("a,b,kind\n1,2,x\n1,2\n", "t.csv:3:4: too few cells: 2, and line 1 has 3");
    assert_simple("a,b,kind\n\n1,2,x,y\n", "t.csv:3:7: too many cells: 4, and line 1 has 3");
    assert_simple(
        "a,b,kind\n1,\"2,x\n1,2,y\n",
        "t.csv:2:3: too few cells: 2, and line 1 has 3 (the row runs to line 4: is a quote not closed?)",
    );
}

#[test]
fn cells_that_are_not_numbers() {
    assert_simple("a,b,kind\n1,two,x\n", "t.csv:2:3: column `b`: `two` is not a number");
    assert_simple("a,b,kind\n1,\"2,5\",x\n", "t.csv:2:3: column `b`: `2,5` is not a number; write 2.5, with a point");
    assert_simple(
        "a,b,kind\n 1 ,2,x\nnan,2,x\n",
        "t.csv:3:1: column `a`: `nan` cannot be learned from; only finite numbers can",
    );
    assert_simple(
        "a,b,kind\n1,-inf,x\n",
        "t.csv:2:3: column `b`: `-inf` cannot be learned from; only finite numbers can",
    );
    assert_simple("a,b,kind\n1,1e39,x\n", "t.csv:2:3: column `b`: `1e39` is too large for f32");
    let double = Demand { precision: Precision::F64, ..NET };
    let far = "t.csv:2:3: column `b`: `1e999` is too large for f64";
    assert_message("a,b,kind\n1,1e999,x\n", DATA, ALL, double, far);
}

#[test]
fn missing_cells() {
    let policy = |missing| with(DATA, |csv| csv.missing = missing);
    let empty = "a,b,kind\n1,2,x\n3,,y\n";
    assert_simple(
        empty,
        "t.csv:3:3: column `b`: the cell is empty; fill it, or say what to do with `missing = drop` or `missing = category`",
    );
    assert_message(
        "a,b,kind\n1,2,x\n3,?,y\n",
        policy(Missing::Category),
        ALL,
        NET,
        "t.csv:3:3: column `b`: `?` stands for a missing cell; only one_hot and labels can have a category for it",
    );
    assert_message(
        "a,b,kind\n1,?,x\n3,,y\n",
        policy(Missing::DropRow),
        ALL,
        NET,
        "t.csv: each of the 2 rows has a missing cell, so that none is left",
    );
    let table = Table::new(b"a,b,kind\n1,2,x\n3,,y\n5,6,y\n");
    let loaded = data::load::<f64>(&table.0, &policy(Missing::DropRow), ALL, 1, &NET).unwrap();
    assert_eq!((loaded.dropped, loaded.train.inputs), (1, vec![1.0, 2.0, 5.0, 6.0]));
}

#[test]
fn widths_that_disagree() {
    const X_FIELDS: &[Field] = &[
        field(Encoding::Standardize, Columns::Names(&["a", "b"])),
        field(Encoding::OneHot, Columns::Names(&["color"])),
    ];
    let rows = "a,b,color,kind\n1,2,red,x\n3,4,blue,y\n5,6,green,x\n";
    assert_message(
        rows,
        Data { x: X_FIELDS, ..DATA },
        ALL,
        Demand { inputs: 4, ..NET },
        "t.csv: network `Net` takes 4 values, and x has 5: 2 of standardize(a, b) + 3 of one_hot(color)",
    );
    const VALUES_FIELDS: &[Field] = &[NUMBERS];
    assert_message(
        rows,
        Data { y: VALUES_FIELDS, ..DATA },
        ALL,
        Demand { outputs: 3, ..NET },
        "t.csv: network `Net` gives 3 values, and y has 2: 2 of number(a, b)",
    );
    assert_message(
        rows,
        DATA,
        ALL,
        Demand { outputs: 3, ..NET },
        "t.csv: network `Net` has 3 outputs, one for each class, and column `kind` has 2 classes in the training rows: `x`, `y`",
    );
    const COLOR_FIELDS: &[Field] = &[field(Encoding::Labels, Columns::Names(&["color"]))];
    assert_message(
        rows,
        Data { y: COLOR_FIELDS, ..DATA },
        ALL,
        Demand { outputs: 1, ..NET },
        "t.csv: network `Net` has 1 output, which tells 2 classes apart, and column `color` has 3: `blue`, `green`, `red`",
    );
    const BOTH_FIELDS: &[Field] = &[field(Encoding::Labels, Columns::Names(&["kind", "color"]))];
    assert_message(
        rows,
        Data { y: BOTH_FIELDS, ..DATA },
        ALL,
        NET,
        "t.csv: column `color` is one of several targets, so that each has to have 2 classes, and it has 3: `blue`, `green`, `red`; use one_hot",
    );
}

#[test]
fn ids_that_an_embedding_does_not_know() {
    const ONE_FIELDS: &[Field] = &[field(Encoding::Number, Columns::Names(&["a"]))];
    const LABELS_FIELDS: &[Field] = &[field(Encoding::Labels, Columns::Names(&["a"]))];
    const STANDARDIZED_FIELDS: &[Field] = &[field(Encoding::Standardize, Columns::Names(&["a"]))];
    let net = Demand { inputs: 1, ids: &[Ids { first: 0, values: 1, vocabulary: 2, padded: false }], ..NET };
    let rows = "a,kind\n0,x\n2,y\n1,y\n";
    let ids = "column `a`: `2` is not an id; ids are the whole numbers from 0 to 1";
    assert_message(rows, Data { x: ONE_FIELDS, ..DATA }, ALL, net, &format!("t.csv:3:1: {ids}"));
    assert_message(
        rows,
        Data { x: LABELS_FIELDS, ..DATA },
        ALL,
        net,
        "t.csv: network `Net` has a vocabulary of 2, and column `a` has 3 categories in the training rows",
    );
    assert_message(
        rows,
        Data { x: STANDARDIZED_FIELDS, ..DATA },
        ALL,
        net,
        "t.csv: network `Net` takes ids, and standardize of column `a` gives none; use labels, or the bare column if it holds ids",
    );
}

#[test]
fn ids_of_several_inputs() {
    const IDS: &[Ids] = &[
        Ids { first: 0, values: 1, vocabulary: 2, padded: false },
        Ids { first: 1, values: 1, vocabulary: 3, padded: false },
    ];
    const LABELS_FIELDS: &[Field] = &[field(Encoding::Labels, Columns::Names(&["b", "a"]))];
    const MIXED_FIELDS: &[Field] =
        &[field(Encoding::Number, Columns::Names(&["a"])), field(Encoding::Standardize, Columns::Names(&["b"]))];
    let net = Demand { ids: IDS, ..NET };
    let rows = "a,b,kind\n0,2,x\n1,3,y\n1,1,y\n";
    let ids = "column `b`: `3` is not an id; ids are the whole numbers from 0 to 2";
    assert_message(rows, DATA, ALL, net, &format!("t.csv:3:3: {ids}"));
    assert_message(
        rows,
        Data { x: LABELS_FIELDS, ..DATA },
        ALL,
        net,
        "t.csv: network `Net` has a vocabulary of 2, and column `b` has 3 categories in the training rows",
    );
    assert_message(
        rows,
        Data { x: MIXED_FIELDS, ..DATA },
        ALL,
        net,
        "t.csv: network `Net` takes ids, and standardize of column `b` gives none; use labels, or the bare column if it holds ids",
    );
    // The second input is numbers: any are good.
    let numbers = "a,b,kind\n0,2.5,x\n2,3,y\n1,1,y\n";
    let ids = "column `a`: `2` is not an id; ids are the whole numbers from 0 to 1";
    assert_message(numbers, DATA, ALL, Demand { ids: &IDS[..1], ..NET }, &format!("t.csv:3:1: {ids}"));
}

#[test]
fn parts_that_cannot_be_made() {
    let rows = "a,b,kind\n1,2,x\n3,4,x\n5,6,y\n";
    assert_message(
        rows,
        DATA,
        Split { stratify: true, ..HALF },
        NET,
        "t.csv: column `kind`: class `y` has one row, which `stratify` cannot divide; add rows or leave it out",
    );
    const VALUES_FIELDS: &[Field] = &[field(Encoding::Number, Columns::Names(&["a", "b"]))];
    assert_message(
        rows,
        Data { y: VALUES_FIELDS, ..DATA },
        Split { stratify: true, ..HALF },
        NET,
        "t.csv: `stratify` divides each class, so y has to be labels(...) or one_hot(...) of one column",
    );
    assert_message(rows, DATA, Split { train: 0.9, test: 0.1, ..HALF }, NET, "t.csv: test = 0.1 of 3 rows is none");
    assert_message(
        "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,\"z\"\n",
        DATA,
        HALF,
        NET,
        "t.csv:5:5: column `kind`: `z` is never seen in the training rows, which have `x`, `y`",
    );
}

/// What `predict` says to `rows`, with the encodings of a small training file.
fn queried(data: Data, rows: &'static str) -> Result<Vec<f64>, String> {
    queried_of(NET, data, rows)
}

fn queried_of(net: Demand<'_>, data: Data, rows: &'static str) -> Result<Vec<f64>, String> {
    let table = Table::new(b"kind,a,b\nx,1,2\ny,3,4\n");
    let encodings: Encodings = data::load::<f64>(&table.0, &data, ALL, 1, &net).unwrap().encodings;
    let encodings = Encodings::from_json(&encodings.to_json().unwrap()).unwrap();
    let mut queries =
        Queries::new("q.csv".into(), Box::new(rows.as_bytes()), &encodings, &net).map_err(|e| e.to_string())?;
    let mut inputs = Vec::new();
    while let Some(batch) = queries.batch(1).map_err(|e| e.to_string())? {
        inputs.extend(batch.inputs);
    }
    Ok(inputs)
}

#[test]
fn rows_to_predict_hold_ids_of_several_inputs() {
    const IDS: &[Ids] = &[
        Ids { first: 0, values: 1, vocabulary: 4, padded: false },
        Ids { first: 1, values: 1, vocabulary: 5, padded: false },
    ];
    let net = Demand { ids: IDS, ..NET };
    assert_eq!(queried_of(net, DATA, "b,a\n4,3\n0,0\n"), Ok(vec![3.0, 4.0, 0.0, 0.0]));
    for bad in ["4", "-1", "0.5", "1e300", "nan", "inf"] {
        let rows = format!("b,a\n0,0\n4,{bad}\n");
        let message = queried_of(net, DATA, rows.leak()).expect_err("not an id");
        assert!(message.starts_with("q.csv:3:3: column `a`: "), "{message}");
    }
    let message = queried_of(net, DATA, "b,a\n5,0\n").expect_err("not an id");
    assert_eq!(message, "q.csv:2:1: column `b`: `5` is not an id; ids are the whole numbers from 0 to 4");
}

#[test]
fn rows_to_predict_may_lack_the_targets_and_must_be_whole() {
    assert_eq!(queried(DATA, "b,a\n4,3\n6,5\n"), Ok(vec![3.0, 4.0, 5.0, 6.0]));
    assert_eq!(queried(DATA, "b,kind,a\n4,?,3\n"), Ok(vec![3.0, 4.0]));
    assert_eq!(queried(DATA, "3,4\n"), Ok(vec![3.0, 4.0]));
    assert_eq!(queried(DATA, "y,3,4\n"), Ok(vec![3.0, 4.0]));
    let drop = with(DATA, |csv| csv.missing = Missing::DropRow);
    assert_eq!(
        queried(drop, "a,b\n1,2\n3,?\n").unwrap_err(),
        "q.csv:3:3: column `b`: `?` stands for a missing cell; a row can be predicted only if it is whole"
    );
    assert_eq!(
        queried(DATA, "1,2,3,4\n").unwrap_err(),
        "q.csv: 4 columns, and the training data had 3 (2 without the targets)"
    );
    assert_eq!(queried(DATA, "a,b\n").unwrap_err(), "q.csv: there is a header and no row below it");
}
