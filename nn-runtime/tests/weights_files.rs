//! Weights come back from a file as they went in, and every wrong file gets one message and no panic.
#![cfg(feature = "std")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nn_runtime::program::{Arena, Head, Layout, Tensor};
use nn_runtime::weights::{Stored, load, save};
use nn_runtime::{Draws, Init, Program, Real, Team};

const fn tensor(name: &'static str, shape: &'static [usize], offset: usize, layout: Layout) -> Tensor {
    Tensor { name, copies: &[], shape, offset, layout, init: Init::Zeros, trained: true, l1: 0.0, l2: 0.0 }
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
        predict_arena: none,
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
    }
}

static SINGLE: Program<f32> = program("Net", TENSORS);
static DOUBLE: Program<f64> = program("Net", TENSORS);
static TWIN: Program<f32> = program("Twin", TENSORS);
static STRANGER: Program<f32> = program("Stranger", OTHER);
static NAMELESS: Program<f32> = program("Net", OTHER);

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
        "w: not a safetensors file, or a damaged one: header too large"
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
