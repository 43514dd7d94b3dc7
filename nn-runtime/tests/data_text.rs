//! Texts as windows of characters: what becomes of them in training and evaluation, and what is refused.
#![cfg(feature = "train")]

use std::path::PathBuf;

use nn_runtime::data::{self, Answers, Dataset, Demand, Encodings, Precision, Queries};
use nn_runtime::program::Ids;
use nn_runtime::recipe::{Columns, Data, Encoding, Field, Source, Split, Text};

const CHARS: &[Field] = &[Field { encoding: Encoding::Labels, columns: Columns::Array("chars", None) }];
const NEXT: &[Field] = &[Field { encoding: Encoding::Labels, columns: Columns::Array("next", None) }];
const DATA: Data = Data { path: "t.txt", source: Source::Text(Text { window: 3, stride: 3 }), x: CHARS, y: NEXT };
/// Four characters in each of three places.
const NET: Demand<'static> = Demand {
    network: "Net",
    inputs: 3,
    outputs: 12,
    width: 4,
    ids: &[Ids { first: 0, values: 3, vocabulary: 4, padded: false }],
    stated: None,
    precision: Precision::F32,
};
const ALL: Split = Split { train: 1.0, validation: 0.0, test: 0.0, stratify: false, shuffle: true, folds: None };
const HALVES: Split = Split { train: 0.5, validation: 0.5, ..ALL };

/// A file that lives as long as its test.
struct File(PathBuf);

impl File {
    fn new(content: &[u8]) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nn-text-{}-{number}.txt", std::process::id()));
        std::fs::write(&path, content).expect("the folder of the test");
        Self(path)
    }

    fn load(&self, data: Data, how: Split, demand: Demand<'_>) -> Result<Dataset<f32>, String> {
        data::load(&self.0, &data, how, 1, &demand).map_err(|error| self.named(error.to_string()))
    }

    /// A message without the folder.
    fn named(&self, message: String) -> String {
        message.replace(&self.0.display().to_string(), "t.txt")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn each_character_is_followed_by_the_next() {
    let file = File::new("abcabdab".as_bytes());
    let all = file.load(DATA, ALL, NET).expect("the text is right").train;
    assert_eq!((all.rows, &all.inputs[..]), (2, &[0.0, 1.0, 2.0, 0.0, 1.0, 3.0][..]));
    assert_eq!(all.targets, Answers::Classes(vec![1, 2, 0, 1, 3, 0]));
    let each = Data { source: Source::Text(Text { window: 3, stride: 1 }), ..DATA };
    assert_eq!(file.load(each, ALL, NET).expect("the text is right").train.rows, 5);

    let last = Demand { outputs: 4, ..NET };
    let all = file.load(DATA, ALL, last).expect("the text is right").train;
    assert_eq!(all.targets, Answers::Classes(vec![0, 0]));
    let same = Data { y: CHARS, ..DATA };
    let all = file.load(same, ALL, NET).expect("the text is right").train;
    assert_eq!(all.targets, Answers::Classes(vec![0, 1, 2, 0, 1, 3]));
}

#[test]
fn a_text_is_divided_by_position() {
    let file = File::new("aaaaaaaabbbbbbbb".as_bytes());
    let Dataset { train, validation, test, .. } = file.load(DATA, HALVES, NET).expect("the text is right");
    assert_eq!((train.rows, validation.rows, test.rows), (2, 2, 0));
    assert!(train.inputs.iter().all(|id| *id == 0.0) && validation.inputs.iter().all(|id| *id == 1.0));
}

#[test]
fn another_text_is_read_with_the_characters_of_the_training() {
    // The mark is no character, and what has several bytes is one.
    let encodings = File::new("\u{feff}ab\u{e9}a\nb".as_bytes());
    let encodings = encodings.load(DATA, ALL, Demand { width: 5, outputs: 15, ..NET });
    let encodings = encodings.expect("the text is right").encodings;
    let Encodings::Text(text) = &encodings else { panic!("it is a text") };
    assert_eq!(text.characters, ["\n", "a", "b", "\u{e9}"]);
    assert_eq!(Encodings::from_json(&encodings.to_json().expect("it is plain")).as_ref(), Ok(&encodings));

    let other = File::new("b\u{e9}ba".as_bytes());
    let (examples, dropped) = data::reload::<f32>(&other.0, &encodings, &NET).expect("the text is right");
    assert_eq!((examples.inputs, dropped), (vec![2.0, 3.0, 2.0], 0));
    let other = File::new("abb\nb\u{e9}cab".as_bytes());
    let error = data::reload::<f32>(&other.0, &encodings, &NET).expect_err("c is new");
    assert_eq!(other.named(error.to_string()), "t.txt:2:3: the text of the training has no 'c'");
}

#[track_caller]
fn assert_refused(content: &[u8], data: Data, how: Split, demand: Demand<'_>, expected: &str) {
    let error = File::new(content).load(data, how, demand).expect_err("the text is wrong");
    assert_eq!(error, expected);
}

#[test]
fn what_cannot_be_read_is_told() {
    let missing = PathBuf::from("no-such-folder/t.txt");
    let error = data::load::<f32>(&missing, &DATA, ALL, 1, &NET).expect_err("there is no file").to_string();
    assert!(error.starts_with("no-such-folder/t.txt: cannot be read: "), "{error}");
    assert_refused(b"", DATA, ALL, NET, "t.txt: the file is empty");
    assert_refused(b"ab\nc\xFFd", DATA, ALL, NET, "t.txt:2:2: byte 0xFF is not UTF-8; save the file as UTF-8");
    let short = "t.txt: train = 1 of 3 characters is 3, too few for a window of 3 and the one behind it";
    assert_refused(b"abc", DATA, ALL, NET, short);
    let short = "t.txt: validation = 0.5 of 7 characters is 3, too few for a window of 3 and the one behind it";
    assert_refused(b"abcabca", DATA, HALVES, NET, short);
    let huge = Data { source: Source::Text(Text { window: usize::MAX, stride: 1 }), ..DATA };
    let demand = Demand {
        inputs: usize::MAX,
        outputs: 4,
        ids: &[Ids { first: 0, values: usize::MAX, vocabulary: 4, padded: false }],
        ..NET
    };
    let message = std::format!(
        "t.txt: train = 1 of 3 characters is 3, too few for a window of {} and the one behind it",
        usize::MAX
    );
    assert_refused(b"abc", huge, ALL, demand, &message);
}

#[test]
fn what_the_network_does_not_read_is_told() {
    let text = b"abcdeabcde";
    let few =
        Demand { ids: &[Ids { first: 0, values: 3, vocabulary: 4, padded: false }], outputs: 15, width: 5, ..NET };
    let message = "t.txt: the text has 5 different characters, and network `Net` has a vocabulary of 4";
    assert_refused(text, DATA, ALL, few, message);
    let few = Demand { ids: &[Ids { first: 0, values: 3, vocabulary: 5, padded: false }], ..NET };
    assert_refused(text, DATA, ALL, few, "t.txt: the text has 5 different characters, and network `Net` tells 4 apart");
    let numbers = Demand { ids: &[], ..NET };
    let message = "t.txt: network `Net` takes numbers, and characters are ids; begin it with an `embedding`";
    assert_refused(text, DATA, ALL, numbers, message);
    let long = Demand { inputs: 4, ids: &[Ids { first: 0, values: 4, vocabulary: 4, padded: false }], ..NET };
    assert_refused(text, DATA, ALL, long, "t.txt: network `Net` takes 4 ids, and a window has 3");
    let places = Demand { outputs: 8, ..NET };
    let message = "t.txt: network `Net` tells characters apart in 2 places; it takes 3, one for each of a window, or 1, for the last";
    assert_refused(text, DATA, ALL, places, message);
}

#[test]
fn no_bytes_make_it_panic() {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for length in 0..200 {
        let content: Vec<u8> = (0..length)
            .map(|_| if next() < 200 { b"ab\n\xC3\xA9\xEF\xBB\xBF"[usize::from(next()) % 8] } else { next() })
            .collect();
        // Whatever it says.
        let _ = File::new(&content).load(DATA, HALVES, NET);
    }
}

#[test]
fn windows_that_fill_the_memory_are_refused() {
    let wide = Data { source: Source::Text(Text { window: 20_000, stride: 1 }), ..DATA };
    let demand = Demand {
        inputs: 20_000,
        outputs: 4,
        ids: &[Ids { first: 0, values: 20_000, vocabulary: 4, padded: false }],
        ..NET
    };
    let message = "t.txt: 20000 windows of 20000 characters are more than the 268435456 characters that are held in memory; take a larger `stride`";
    assert_refused(&b"ab".repeat(20_000), wide, ALL, demand, message);
}

#[test]
fn each_window_of_a_text_is_answered_and_its_end() {
    let encodings = File::new(b"abcd").load(DATA, ALL, NET).expect("the text is right").encodings;
    let queries = |text: &'static [u8]| Queries::new("t.txt".into(), Box::new(text), &encodings, &NET);
    let mut all = queries(b"abcdabcd").expect("the text is right");
    let batch = all.batch(1).expect("nothing is wrong").expect("there are windows");
    let windows: Vec<&str> = batch.rows.iter().map(|row| &row[0]).collect();
    assert_eq!(windows, ["abc", "dab", "bcd"]);
    assert_eq!(batch.inputs, [0.0, 1.0, 2.0, 3.0, 0.0, 1.0, 1.0, 2.0, 3.0]);
    assert!(all.batch(1).expect("nothing is wrong").is_none());
    let refused = |text| queries(text).err().map(|error| error.to_string());
    assert_eq!(refused(b"ab").as_deref(), Some("t.txt: 2 characters, too few for a window of 3"));
    assert_eq!(refused(b"abx").as_deref(), Some("t.txt:1:3: the text of the training has no 'x'"));
}
