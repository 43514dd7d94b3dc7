//! Weights come back from a file as they went in, and every wrong file gets one message and no panic.
#![cfg(feature = "std")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nn_runtime::program::{Arena, Head, Layout, Purpose, Segment, Tensor};
use nn_runtime::weights::{Stored, load, save};
use nn_runtime::{Draws, Init, Program, Real, Team};

const fn tensor(name: &'static str, shape: &'static [usize], offset: usize, layout: Layout) -> Tensor {
    Tensor {
        name,
        copies: &[],
        shape,
        offset,
        layout,
        init: Init::Zeros,
        purpose: Purpose::Own,
        trained: true,
        l1: 0.0,
        l2: 0.0,
    }
}

const TENSORS: &[Tensor] =
    &[tensor("dense_1.weight", &[2, 3], 0, Layout::Transposed), tensor("dense_1.bias", &[3], 6, Layout::RowMajor)];
const OTHER: &[Tensor] =
    &[tensor("dense_1.weight", &[3, 2], 0, Layout::RowMajor), tensor("dense_1.shift", &[3], 6, Layout::RowMajor)];

const fn program<T>(name: &'static str, tensors: &'static [Tensor]) -> Program<T> {
    const fn nothing<T>(_: &[T], _: &[T], _: &mut [T], _: &mut [T]) {}
    const fn forward<T>(_: &[T], _: &[T], _: &mut [T], _: &mut [T], _: &mut [T], _: Draws, _: &Team) {}
    const fn head<T>(_: &[T], _: &mut [T], _: &mut [T]) {}
    const fn backward<T>(_: &[T], _: &[T], _: &[T], _: &mut [T], _: &mut [T], _: Draws, _: &Team) {}
    let none = Arena::NONE;
    Program {
        name,
        input: &[2],
        output: &[3],
        inputs: 2,
        outputs: 3,
        ids: &[],
        ports: &[],
        head: Head::Linear,
        tensors,
        weights: 9,
        parameters: 9,
        trained: &[Segment { start: 0, len: 9 }],
        written: &[],
        predict_arena: none,
        many: None,
        train_arena: none,
        shard: Some(32),
        work: 1 << 20,
        predict: |_, _, _, _, _| (),
        forward,
        head_forward: head,
        head_backward: nothing,
        backward,
        recipe: None,
        objective: None,
        entries: &[],
        training: None,
    }
}

static SINGLE: Program<f32> = program("Net", TENSORS);
static DOUBLE: Program<f64> = program("Net", TENSORS);
static TWIN: Program<f32> = program("Twin", TENSORS);
static STRANGER: Program<f32> = program("Stranger", OTHER);
static NAMELESS: Program<f32> = program("Net", OTHER);
static FOURS: Program<f32> = program(
    "Fours",
    &[tensor("dense_1.weight", &[2, 4], 0, Layout::RowMajor), tensor("dense_1.bias", &[4], 8, Layout::RowMajor)],
);

fn values<T: Real>() -> Vec<T> {
    (0..9).map(|i| T::from_f64(f64::from(i) * 0.1)).collect()
}

/// A path for one test, removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        Self(std::env::temp_dir().join(format!("nn-runtime-{}-{test}.safetensors", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn saved() -> Vec<u8> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let scratch = Scratch::new(&format!("saved-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    save(&scratch.0, &SINGLE, &values::<f32>(), Some("{}")).unwrap();
    std::fs::read(&scratch.0).unwrap()
}

#[track_caller]
fn message<T: Real>(bytes: Vec<u8>, program: &'static Program<T>) -> String {
    let mut weights = vec![T::ZERO; 9];
    let copied = Stored::from_bytes("w".into(), bytes).and_then(|stored| stored.copy_to(program, &mut weights));
    assert!(weights.iter().all(|weight| *weight == T::ZERO), "an error leaves the weights alone");
    copied.expect_err("the file is wrong").to_string()
}

#[test]
fn what_is_saved_is_loaded() {
    fn check<T: Real>(program: &'static Program<T>, test: &str) {
        let scratch = Scratch::new(test);
        save(&scratch.0, program, &values::<T>(), Some("the encodings")).unwrap();
        let once = std::fs::read(&scratch.0).unwrap();
        let mut weights = vec![T::ZERO; 9];
        let stored = load(&scratch.0, program, &mut weights).unwrap();
        assert_eq!(weights, values::<T>());
        assert_eq!((stored.network(), stored.encodings()), (Some("Net"), Some("the encodings")));
        save(&scratch.0, program, &weights, Some("the encodings")).unwrap();
        assert_eq!(once, std::fs::read(&scratch.0).unwrap(), "the same weights are the same bytes");
    }
    check(&SINGLE, "f32");
    check(&DOUBLE, "f64");
}

#[test]
fn a_file_holds_the_logical_order() {
    let bytes = saved();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let view = file.tensor("dense_1.weight").unwrap();
    let values: Vec<f32> = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    // In memory the first axis is the fastest: 0 and 0.1 are the first column.
    assert_eq!((view.shape(), values), (&[2, 3][..], vec![0.0, 0.2, 0.4, 0.1, 0.3, 0.5]));
}

#[test]
fn a_file_of_another_program_is_loaded() {
    let data: Vec<u8> = (0..9_u8).flat_map(|i| f32::from(i).to_le_bytes()).collect();
    let view = |shape: &[usize], data| {
        safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.to_vec(), data).unwrap()
    };
    let tensors = [("dense_1.weight", view(&[2, 3], &data[..24])), ("dense_1.bias", view(&[3], &data[24..]))];
    let bytes = safetensors::serialize(tensors, None).unwrap();
    let mut weights = vec![0.0_f32; 9];
    let stored = Stored::from_bytes("w".into(), bytes).unwrap();
    stored.copy_to(&SINGLE, &mut weights).unwrap();
    assert_eq!((stored.network(), weights), (None, vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0, 6.0, 7.0, 8.0]));
}

#[test]
fn weights_of_another_network() {
    assert_eq!(message(saved(), &TWIN), "w: these are the weights of `Net`, not of `Twin`");
    let differences = "missing: `dense_1.shift` [3]; not in the network: `dense_1.bias` [3]; `dense_1.weight` is [2, 3] and should be [3, 2]";
    assert_eq!(
        message(saved(), &STRANGER),
        format!("w: these are the weights of `Net`, not of `Stranger`; {differences}")
    );
    assert_eq!(message(saved(), &NAMELESS), format!("w: these are not the weights of `Net`; {differences}"));
    assert_eq!(
        message(saved(), &DOUBLE),
        "w: `dense_1.weight` has values of type F32, and the network computes in F64"
    );
}

#[test]
fn files_that_cannot_be_read_or_written() {
    let mut weights = vec![0.0; 9];
    let error = load(Path::new("no/such.safetensors"), &SINGLE, &mut weights).unwrap_err();
    assert_eq!(error.to_string(), "no/such.safetensors: cannot be read: No such file or directory (os error 2)");
    let error = save(Path::new("no/such.safetensors"), &SINGLE, &weights, None).unwrap_err();
    assert_eq!(error.to_string(), "no/such.safetensors: cannot be written: No such file or directory (os error 2)");
    weights[3] = f32::NAN;
    let error = save(Path::new("w"), &SINGLE, &weights, None).unwrap_err();
    assert_eq!(error.to_string(), "w: `dense_1.weight`[1, 1] is NaN");
    assert!(!Path::new("w").exists());
}

#[test]
fn damaged_files() {
    let bytes = saved();
    let whole = bytes.len();
    assert_eq!(message(Vec::new(), &SINGLE), "w: the file is cut short: it has 0 bytes of 8");
    assert_eq!(
        message(bytes[..whole - 1].to_vec(), &SINGLE),
        format!("w: the file is cut short: it has {} bytes of {whole}", whole - 1)
    );
    assert!(message(bytes[..20].to_vec(), &SINGLE).starts_with("w: the file is cut short: it has 20 bytes of "));
    assert_eq!(
        message([&bytes[..], b"x"].concat(), &SINGLE),
        format!("w: the file has {} bytes, and its header says {whole}", whole + 1)
    );
    let mut flipped = bytes.clone();
    flipped[whole - 1] ^= 1;
    assert_eq!(message(flipped, &SINGLE), "w: the file is damaged: its values are not those that were saved");
    assert_eq!(
        message(b"a,b,c\n1,2,3\n".to_vec(), &SINGLE),
        "w: not a safetensors file, or a damaged one: it does not begin with the length of a header"
    );
    let later = String::from_utf8_lossy(&bytes[8..]).find(r#"\"format\":1"#).unwrap() + 8;
    let mut newer = bytes.clone();
    newer[later + 11] = b'7';
    assert_eq!(message(newer, &SINGLE), "w: written by a later version (format 7, and this one reads up to 1)");
}

#[test]
fn no_bytes_panic() {
    let bytes = saved();
    for length in 0..bytes.len() {
        let error = Stored::from_bytes("w".into(), bytes[..length].to_vec()).unwrap_err().to_string();
        assert!(error.starts_with("w: the file is cut short: "), "{length}: {error}");
    }
    let mut weights = vec![0.0_f32; 9];
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            if let Ok(stored) = Stored::from_bytes("w".into(), flipped) {
                let _ = stored.copy_to(&SINGLE, &mut weights);
            }
        }
    }
}

/// A file with this header and this many bytes behind it.
fn with_header(header: &str, values: usize) -> Vec<u8> {
    let length = u64::try_from(header.len()).unwrap();
    [&length.to_le_bytes(), header.as_bytes(), &vec![0; values]].concat()
}

#[test]
fn other_programs_read_what_is_saved() {
    let bytes = saved();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let again = safetensors::serialize(file.iter(), header.metadata().clone()).unwrap();
    assert_eq!(again, bytes, "the same bytes as of the crate safetensors");
}

#[test]
fn tensors_of_all_types_are_read() {
    use safetensors::Dtype::*;
    let types = [
        BOOL,
        F4,
        F6_E2M3,
        F6_E3M2,
        U8,
        I8,
        F8_E5M2,
        F8_E4M3,
        F8_E8M0,
        F8_E4M3FNUZ,
        F8_E5M2FNUZ,
        I16,
        U16,
        F16,
        BF16,
        I32,
        U32,
        C64,
        F64,
        I64,
        U64,
    ];
    for dtype in types {
        let (weight, bias) = (vec![0; 2 * 4 * dtype.bitsize() / 8], vec![0; 4 * dtype.bitsize() / 8]);
        let view = |shape: &[usize], data| safetensors::tensor::TensorView::new(dtype, shape.to_vec(), data).unwrap();
        let tensors = [("dense_1.weight", view(&[2, 4], &weight)), ("dense_1.bias", view(&[4], &bias))];
        let bytes = safetensors::serialize(tensors, None).unwrap();
        let found = message(bytes, &FOURS);
        assert_eq!(found, format!("w: `dense_1.weight` has values of type {dtype}, and the network computes in F32"));
    }
}

#[test]
fn headers_that_lie() {
    let tensor = |name: &str, from: usize, to: usize| {
        format!(r#""{name}":{{"dtype":"F32","shape":[2],"data_offsets":[{from},{to}]}}"#)
    };
    let (huge, file) = (usize::MAX, "w: not a safetensors file, or a damaged one: ");
    for (header, values, why) in [
        (format!("{{{},{}}}", tensor("a", 0, 8), tensor("b", 12, 20)), 20, "`b` lies at 12..20 and should begin at 8"),
        (format!("{{{},{}}}", tensor("a", 0, 8), tensor("b", 4, 12)), 12, "`b` lies at 4..12 and should begin at 8"),
        (format!("{{{}}}", tensor("a", 8, 16)), 16, "`a` lies at 8..16 and should begin at 0"),
        (format!("{{{}}}", tensor("a", 0, 12)), 12, "`a` is [2] of type F32 and lies in 12 bytes"),
        (format!("{{{}}}", tensor("a", 0, huge)), 8, &format!("`a` is [2] of type F32 and lies in {huge} bytes")),
        (
            format!(r#"{{"a":{{"dtype":"F32","shape":[{huge},2],"data_offsets":[0,8]}}}}"#),
            8,
            &format!("`a` is [{huge}, 2] of type F32 and lies in 8 bytes"),
        ),
        (
            r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#.into(),
            1,
            "`a` is [3] of type F4 and lies in 1 bytes",
        ),
        (
            format!("{{{},{}}}", tensor("a", 0, 8), tensor("a", 0, 8)),
            8,
            "its header: `a` is stated twice at line 1 column 57",
        ),
        (
            r#"{"__metadata__":{"a":1}}"#.into(),
            0,
            "its header: invalid type: integer `1`, expected a string at line 1 column 22",
        ),
        (
            r#"{"a":{"dtype":"F33","shape":[],"data_offsets":[0,4]}}"#.into(),
            4,
            "its header: the type `F33` is unknown at line 1 column 52",
        ),
        (
            r#"{"a":{"dtype":"F32","shape":[]}}"#.into(),
            4,
            "its header: missing field `data_offsets` at line 1 column 31",
        ),
        ("[]".into(), 0, "its header: invalid type: sequence, expected tensors by name at line 1 column 0"),
        (
            r#"{"a":[]}"#.into(),
            0,
            "its header: invalid type: sequence, expected a tensor with dtype, shape and data_offsets at line 1 column 5",
        ),
        ("{".into(), 0, "its header: EOF while parsing an object at line 1 column 1"),
    ] {
        assert_eq!(message(with_header(&header, values), &SINGLE), format!("{file}{why}"));
    }
}

#[test]
fn damage_is_judged_as_by_the_crate() {
    let header = r#"{"__metadata__":{"made by":"hand"},"first":{"dtype":"F64","shape":[2,1],"data_offsets":[0,16]},"second":{"dtype":"F32","shape":[3],"data_offsets":[16,28]},"third":{"dtype":"U8","shape":[],"data_offsets":[28,29]}}  "#;
    let whole = with_header(header, 29);
    let letters = br#"{}[]",:0123456789 FU_"#;
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let (mut good, mut bad) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = letters[next(letters.len())],
                1 => bytes[at] ^= 1 << next(8),
                2 => bytes.insert(at, letters[next(letters.len())]),
                _ => drop(bytes.remove(at)),
            }
        }
        if next(2) == 0 {
            let long = bytes.len().saturating_sub(8 + 29) as u64;
            bytes[..8].copy_from_slice(&long.to_le_bytes());
        }
        let ours = Stored::from_bytes("w".into(), bytes.clone());
        let theirs = safetensors::SafeTensors::deserialize(&bytes);
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}, {:?}: {shown}", ours.err(), theirs.err());
        if theirs.is_ok() { good += 1 } else { bad += 1 }
    }
    assert!(good > 1000 && bad > 1000, "{good} good ones, {bad} bad ones");
}
