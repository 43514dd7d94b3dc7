//! Windows and sequences of a table: what becomes of its rows in training, in evaluation and in prediction, and what is refused.
#![cfg(feature = "train")]

use std::path::PathBuf;

use nn_runtime::data::{self, Answers, DataError, Dataset, Demand, Encodings, Fitted, Precision, Queries};
use nn_runtime::recipe::{Columns, Csv, Data, Encoding, Field, Grouping, Header, Missing, Source, Split};

const fn field(encoding: Encoding, columns: Columns) -> Field {
    Field { encoding, columns }
}

const HOURLY: Csv = Csv {
    header: Header::Present,
    separator: b',',
    missing: Missing::Error,
    grouping: Grouping::Windows { window: 3, horizon: 2, stride: 1 },
    weight: None,
    test: None,
};
const HOURS: Data = Data {
    path: "t.csv",
    source: Source::Csv(HOURLY),
    x: &[field(Encoding::Standardize, Columns::Names(&["load", "heat"]))],
    y: &[field(Encoding::Standardize, Columns::Names(&["load"]))],
};
const VOICES: Data = Data {
    source: Source::Csv(Csv { grouping: Grouping::Sequences { column: "take", length: 3 }, ..HOURLY }),
    x: &[field(Encoding::Number, Columns::Names(&["a", "b"]))],
    y: &[field(Encoding::Labels, Columns::Names(&["speaker"]))],
    ..HOURS
};
const SCALED: &[Field] = &[field(Encoding::MinMax { low: 0.0, high: 1.0 }, Columns::Names(&["a", "b"]))];
const NET: Demand<'static> =
    Demand { network: "Net", inputs: 6, outputs: 2, width: 2, ids: &[], stated: None, precision: Precision::F32 };
const ALL: Split = Split { train: 1.0, validation: 0.0, test: 0.0, stratify: false, shuffle: false, folds: None };
const HALVES: Split = Split { train: 0.5, test: 0.5, ..ALL };

/// A file that lives as long as its test.
struct Table(PathBuf);

impl Table {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nn-grouping-{}-{name}.csv", std::process::id()));
        std::fs::write(&path, content).expect("the folder of the test");
        Self(path)
    }

    fn load(&self, data: Data, how: Split, demand: Demand<'_>) -> Result<Dataset<f64>, String> {
        data::load::<f64>(&self.0, &data, how, 1, &demand).map_err(|error| self.message(&error))
    }

    /// The message without the folder.
    fn message(&self, error: &DataError) -> String {
        error.to_string().replace(&self.0.display().to_string(), "t.csv")
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// `load` counts the hours, `heat` is 10 at all of them.
fn hours(rows: usize) -> String {
    let rows = (0..rows).map(|hour| format!("{hour},10\n"));
    "load,heat\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn windows_are_divided_by_time_and_scaled_by_what_is_trained_on() {
    let table = Table::new("windows", &hours(14));
    let Dataset { encodings, train, validation, test, .. } = table.load(HOURS, HALVES, NET).expect("the data is right");
    assert_eq!((train.rows, validation.rows, test.rows), (3, 0, 3));
    let Fitted::Standardize { mean, deviation } = encodings.inputs()[0].fitted else { panic!("as the text says") };
    // The hours 0 to 6.
    assert_eq!((mean, deviation), (3.0, 2.0));
    assert_eq!(train.inputs[..12], [-1.5, 0.0, -1.0, 0.0, -0.5, 0.0, -1.0, 0.0, -0.5, 0.0, 0.0, 0.0]);
    assert_eq!(train.targets, Answers::Values(vec![0.0, 0.5, 0.5, 1.0, 1.0, 1.5]));
    // The first hour of the test is 7.
    assert_eq!(test.inputs[..6], [2.0, 0.0, 2.5, 0.0, 3.0, 0.0]);
    assert_eq!(test.targets, Answers::Values(vec![3.5, 4.0, 4.0, 4.5, 4.5, 5.0]));
}

#[test]
fn windows_are_evaluated_and_predicted_as_they_were_trained() {
    let table = Table::new("again", &hours(9));
    let encodings = table.load(HOURS, ALL, NET).expect("the data is right").encodings;
    let json = encodings.to_json().expect("they are finite");
    assert_eq!(Encodings::from_json(&json).as_ref(), Ok(&encodings));
    let (examples, _) = data::reload::<f64>(&table.0, &encodings, &NET).expect("the same file");
    assert_eq!(examples.rows, 5);

    // Whatever the number of rows read at once, each hour but the first two is the end of a window.
    for limit in [1, 2, 4, 100] {
        let source = Box::new(std::io::Cursor::new(hours(9)));
        let mut queries = Queries::new("t.csv".into(), source, &encodings, &NET).expect("the same columns");
        let (mut ends, mut inputs) = (Vec::new(), Vec::new());
        while let Some(batch) = queries.batch(limit).expect("the same rows") {
            ends.extend(batch.rows.iter().map(|row| row[0].to_string()));
            inputs.extend(batch.inputs);
        }
        assert_eq!(ends, ["2", "3", "4", "5", "6", "7", "8"], "{limit} rows at once");
        assert_eq!(inputs[..30], examples.inputs[..], "{limit} rows at once");
    }
    let source = Box::new(std::io::Cursor::new(hours(2)));
    let mut queries = Queries::new("t.csv".into(), source, &encodings, &NET).expect("the same columns");
    let error = queries.batch(10).expect_err("there is no window").to_string();
    assert_eq!(error, "t.csv: 2 rows, and one example takes 3");
}

/// A table whose rows count as much as the last column says.
fn counting(weights: &[f64]) -> String {
    let rows = weights.iter().enumerate().map(|(row, weight)| format!("{row},{},{row},{weight}\n", row / 2));
    "load,heat,take,days\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn an_example_counts_as_the_first_row_of_its_target() {
    let table = Table::new("weights", &counting(&[1.0, 2.0, 0.0, 4.0, 0.5, 8.0, 1.0]));
    let weighted = |grouping| Data { source: Source::Csv(Csv { grouping, weight: Some("days"), ..HOURLY }), ..HOURS };
    let windows = weighted(Grouping::Windows { window: 3, horizon: 2, stride: 1 });
    let Dataset { encodings, train, .. } = table.load(windows, ALL, NET).expect("the data is right");
    assert_eq!(train.sample_weights, [4.0, 0.5, 8.0]);
    let json = encodings.to_json().expect("they are finite");
    assert_eq!(Encodings::from_json(&json).as_ref(), Ok(&encodings));
    assert_eq!(data::reload::<f64>(&table.0, &encodings, &NET).expect("the same file").0, train);

    let sequences = Data { y: const { &[field(Encoding::Number, Columns::Names(&["load", "heat"]))] }, ..windows };
    let grouping = Grouping::Sequences { column: "heat", length: 3 };
    let sequences = Data { source: weighted(grouping).source, ..sequences };
    let Dataset { train, .. } = table.load(sequences, ALL, NET).expect("the data is right");
    assert_eq!(train.sample_weights, [1.0, 0.0, 0.5, 1.0]);

    let rows = Data { y: const { &[field(Encoding::Number, Columns::Names(&["load"]))] }, ..weighted(Grouping::Rows) };
    let one = Demand { inputs: 2, outputs: 1, width: 1, ..NET };
    let Dataset { encodings, train, test, .. } = table.load(rows, HALVES, one).expect("the data is right");
    assert_eq!((train.sample_weights.len(), test.sample_weights.len()), (4, 3));
    let sum = |weights: &[f64]| weights.iter().sum::<f64>();
    assert_eq!(sum(&train.sample_weights) + sum(&test.sample_weights), 16.5);

    // Who predicts does not need them, who evaluates does.
    let bare = Table::new("bare", "load,heat\n1,2\n");
    let source = Box::new(std::io::Cursor::new("load,heat\n1,2\n"));
    let mut queries = Queries::new("t.csv".into(), source, &encodings, &one).expect("the inputs are there");
    assert_eq!(queries.batch(1).expect("a row").expect("a row").inputs.len(), 2);
    let error = data::reload::<f64>(&bare.0, &encodings, &one).expect_err("how much does it count?");
    assert_eq!(bare.message(&error), "t.csv: there is no column `days` (there are `load`, `heat`)");
}

#[test]
fn weights_below_0_and_parts_without_any_are_refused() {
    let data = Data {
        source: Source::Csv(Csv { grouping: Grouping::Rows, weight: Some("days"), ..HOURLY }),
        y: const { &[field(Encoding::Number, Columns::Names(&["load"]))] },
        ..HOURS
    };
    let one = Demand { inputs: 2, outputs: 1, width: 1, ..NET };
    let said = |weights: &[f64]| Table::new("refused", &counting(weights)).load(data, ALL, one).expect_err("wrong");
    assert_eq!(said(&[1.0, -0.5]), "t.csv:3:7: column `days`: `-0.5` is no sample weight; a weight is 0 or more");
    assert_eq!(
        said(&[0.0, 0.0]),
        "t.csv: column `days`: the sample weights of all training rows are 0, so that none counts"
    );
    let file = Table::new("nothing", &counting(&[0.0, 0.0]));
    let known = Table::new("known", &counting(&[1.0, 2.0])).load(data, ALL, one).expect("weights").encodings;
    let error = data::reload::<f64>(&file.0, &known, &one).expect_err("no row counts");
    assert_eq!(file.message(&error), "t.csv: column `days`: the sample weights of all rows are 0, so that none counts");
}

/// Eight takes of one to three rows by two speakers.
fn voices() -> String {
    let mut text = "take,a,b,speaker\n".to_owned();
    for take in 0..8 {
        for row in 0..=take % 3 {
            text += &format!("{take},{},{row},{}\n", take + 1, if take < 4 { "ann" } else { "bob" });
        }
    }
    text
}

#[test]
fn sequences_are_divided_whole_and_padded() {
    let table = Table::new("sequences", &voices());
    let all = table.load(VOICES, ALL, NET).expect("the data is right").train;
    assert_eq!(all.rows, 8);
    assert_eq!(all.inputs[..18], [1., 0., 0., 0., 0., 0., 2., 0., 2., 1., 0., 0., 3., 0., 3., 1., 3., 2.]);
    assert_eq!(all.targets, Answers::Classes(vec![0, 0, 0, 0, 1, 1, 1, 1]));
    let split = Split { stratify: true, shuffle: true, ..HALVES };
    let Dataset { encodings, train, test, .. } = table.load(VOICES, split, NET).expect("the data is right");
    for part in [train, test] {
        let Answers::Classes(mut classes) = part.targets else { panic!("labels are classes") };
        classes.sort_unstable();
        assert_eq!(classes, [0, 0, 1, 1]);
    }

    let (examples, _) = data::reload::<f64>(&table.0, &encodings, &NET).expect("the same file");
    assert_eq!(examples, all);
    // Whatever the number of rows read at once, sequences are given whole.
    for limit in [1, 2, 5, 100] {
        let source = Box::new(std::io::Cursor::new(voices()));
        let mut queries = Queries::new("t.csv".into(), source, &encodings, &NET).expect("the same columns");
        let (mut takes, mut inputs) = (Vec::new(), Vec::new());
        while let Some(batch) = queries.batch(limit).expect("the same rows") {
            takes.extend(batch.rows.iter().map(|row| row[0].to_string()));
            inputs.extend(batch.inputs);
        }
        assert_eq!(takes, ["0", "1", "2", "3", "4", "5", "6", "7"], "{limit} rows at once");
        assert_eq!(inputs, all.inputs, "{limit} rows at once");
    }
    let refused = |rows: String| {
        let source = Box::new(std::io::Cursor::new(rows));
        let mut queries = Queries::new("t.csv".into(), source, &encodings, &NET).expect("the same columns");
        let mut batches = std::iter::from_fn(|| queries.batch(2).transpose());
        batches.find_map(Result::err).expect("the rows are wrong").to_string()
    };
    let long = voices().replace("7,8,1,", "7,8,1,bob\n7,8,1,bob\n7,8,1,");
    assert_eq!(refused(long), "t.csv: sequence `7` of column `take` has 4 rows, and `length` is 3");
    let unnamed = refused(voices().replace("\n4,", "\n?,"));
    assert!(unnamed.starts_with("t.csv:9:1: column `take`: `?` stands for a missing cell"), "{unnamed}");
}

#[test]
fn a_table_of_its_own_is_tested_on() {
    let (table, other) =
        (Table::new("trained", &voices()), Table::new("tested", "take,a,b,speaker\n1,5,6,bob\n2,7,8,ann\n"));
    let name: &'static str = other.0.file_name().expect("a file").to_string_lossy().into_owned().leak();
    let Source::Csv(csv) = VOICES.source else { panic!("as stated above") };
    let data = Data { source: Source::Csv(Csv { test: Some(name), ..csv }), x: SCALED, ..VOICES };
    let Dataset { encodings, train, validation, test, .. } = table.load(data, ALL, NET).expect("the data is right");
    assert_eq!((train.rows, validation.rows, test.rows), (8, 0, 2));
    // Scaled by what is trained on, in which `a` is 1 to 8 and `b` 0 to 2; classes are those of the training.
    assert_eq!(test.inputs, [4. / 7., 3., 0., 0., 0., 0., 6. / 7., 4., 0., 0., 0., 0.]);
    assert_eq!(test.targets, Answers::Classes(vec![1, 0]));
    assert_eq!(data::reload::<f64>(&other.0, &encodings, &NET).expect("the same file").0, test);

    std::fs::write(&other.0, "take,a,b,speaker\n1,5,6,cid\n").expect("the folder of the test");
    let error = table.load(data, ALL, NET).expect_err("nobody has heard cid");
    assert!(
        error.ends_with(&format!(
            "{name}:2:7: column `speaker`: `cid` is never seen in the training rows, which have `ann`, `bob`"
        )),
        "{error}"
    );
}

#[track_caller]
fn assert_refused(table: &str, data: Data, how: Split, demand: Demand<'_>, expected: &str) {
    let name = std::panic::Location::caller().line().to_string();
    let error = Table::new(&name, table).load(data, how, demand).expect_err("the data is wrong");
    assert_eq!(error, expected);
}

#[test]
fn what_makes_no_window_is_told() {
    let short = "t.csv: test = 0.5 of 9 rows is 4, and one example takes 5: a window of 3 and a horizon of 2";
    assert_refused(&hours(9), HOURS, HALVES, NET, short);
    let inputs = Demand { inputs: 8, ..NET };
    let wide = "t.csv: network `Net` takes 8 values, and x has 6: 3 rows of 2: 2 of standardize(load, heat)";
    assert_refused(&hours(9), HOURS, ALL, inputs, wide);
    let outputs = Demand { outputs: 1, ..NET };
    let far = "t.csv: network `Net` gives 1 values, and y has 2: 2 rows of 1: 1 of standardize(load)";
    assert_refused(&hours(9), HOURS, ALL, outputs, far);
    let broken = hours(9).replace("\n4,", "\nfour,");
    assert_refused(&broken, HOURS, ALL, NET, "t.csv:6:1: column `load`: `four` is not a number");
}

#[test]
fn what_makes_no_sequence_is_told() {
    let long = voices().replace("7,8,1,", "7,8,1,bob\n7,8,1,bob\n7,8,1,");
    let message = "t.csv:15:1: sequence `7` of column `take` has 4 rows, and `length` is 3";
    assert_refused(&long, VOICES, ALL, NET, message);
    let unnamed = Data {
        source: Source::Csv(Csv { grouping: Grouping::Sequences { column: "tale", length: 3 }, ..HOURLY }),
        ..VOICES
    };
    let message = "t.csv: there is no column `tale`; did you mean `take`? (there are `take`, `a`, `b`, `speaker`)";
    assert_refused(&voices(), unnamed, ALL, NET, message);
}
