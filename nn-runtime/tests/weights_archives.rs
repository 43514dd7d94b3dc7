//! Weights in archives of numpy, and through maps: what is saved is loaded, what is wrong has one message, and nothing panics.
#![cfg(all(feature = "archives", feature = "macros"))]

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use nn_runtime::weights::{Array, Dtype, Origin, Stored, load, save, write};
use nn_runtime::{Network, network};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

network! { pub network Net < dense(2->3, relu), dense(3->1) > }

/// A path for one test, removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("nn-runtime-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn array(name: &str, shape: &[usize]) -> Array {
    let values = 0..shape.iter().product::<usize>();
    let bytes = values.flat_map(|value| (value as f32).to_le_bytes()).collect();
    Array { name: name.into(), dtype: Dtype::F32, shape: shape.to_vec(), bytes }
}

/// The file of an array with this header.
fn npy(header: &str, values: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), values].concat()
}

fn zipped(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn message(bytes: Vec<u8>) -> String {
    Stored::from_bytes("w".into(), bytes).expect_err("the file is wrong").to_string()
}

#[test]
fn what_is_saved_is_loaded() {
    let (scratch, again) = (Scratch::new("saved.npz"), Scratch::new("again.npz"));
    let net = Net::new(7);
    net.save(&scratch.0).unwrap();
    let loaded = Net::load(&scratch.0).unwrap();
    assert_eq!(loaded.weights(), net.weights());
    save(&again.0, Net::PROGRAM, net.weights(), None).unwrap();
    assert_eq!(std::fs::read(&scratch.0).unwrap(), std::fs::read(&again.0).unwrap(), "the same bytes");
    save(&again.0, Net::PROGRAM, net.weights(), Some("the encodings")).unwrap();
    let mut weights = vec![0.0; Net::PROGRAM.weights];
    let stored = load(&again.0, Net::PROGRAM, &mut weights).unwrap();
    assert_eq!((stored.network(), stored.encodings()), (Some("Net"), Some("the encodings")));
    assert_eq!(weights, net.weights());
}

#[test]
fn damage_has_a_message_and_never_a_panic() {
    let scratch = Scratch::new("damaged.npz");
    Net::new(7).save(&scratch.0).unwrap();
    let bytes = std::fs::read(&scratch.0).unwrap();
    for length in 0..bytes.len() {
        let error = message(bytes[..length].to_vec());
        assert!(error.starts_with("w: "), "{length}: {error}");
    }
    let mut weights = vec![0.0; Net::PROGRAM.weights];
    let mut told = 0;
    for at in 0..bytes.len() {
        for bit in [0, 3, 7] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            match Stored::from_bytes("w".into(), flipped) {
                Ok(stored) => drop(stored.copy_to(Net::PROGRAM, &mut weights)),
                Err(_) => told += 1,
            }
        }
    }
    assert!(told > bytes.len(), "{told}");
}

#[test]
fn archives_that_lie() {
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    let of = |header: &str, values: usize| zipped(&[("a.npy", npy(header, &vec![0; values]))]);
    let start = "w: not an archive of arrays, or a damaged one: ";
    let huge = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, 9), }}", u64::MAX / 4);
    let large = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }";
    for (bytes, why) in [
        (of(good, 7), "`a`: the header announces values of shape [2], 8 bytes, and there are 7"),
        (of(good, 9), "`a`: the header announces values of shape [2], 8 bytes, and there are more"),
        (
            of(large, 8),
            "`a`: the header announces values of shape [1000000000000], 8000000000000 bytes, and there are 8",
        ),
        (of(&huge, 8), "`a`: values of shape [4611686018427387903, 9] are more than there can be"),
        (
            of("{'descr': '<f4'}", 8),
            "`a`: the header of the array lacks its type, its order or its shape: `{'descr': '<f4'}`",
        ),
        (
            of("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", 8),
            "`a`: values of the type `|O` cannot be read; save the array as numbers, such as with `astype(\"float32\")`",
        ),
        (zipped(&[("a.npy", b"no array".to_vec())]), "`a`: the file is no array that numpy has written"),
        (zipped(&[("readme.txt", b"hello".to_vec())]), "`readme.txt` is no array"),
    ] {
        assert_eq!(message(bytes), format!("{start}{why}"));
    }
    // The second `a` is called `b` until both are written.
    let member = npy(good, &[0; 8]);
    let mut twice = zipped(&[("a.npy", member.clone()), ("b.npy", member)]);
    for at in 0..twice.len() - 5 {
        if twice[at..].starts_with(b"b.npy") {
            twice[at] = b'a';
        }
    }
    assert_eq!(message(twice), format!("{start}it has 2 members and 1 names"));
}

#[test]
fn arrays_in_fortran_order_and_of_high_bytes_first() {
    let values: Vec<u8> = (0..6).flat_map(|value| f64::from(value).to_be_bytes()).collect();
    let header = "{'descr': '>f8', 'fortran_order': True, 'shape': (2, 3), }";
    let stored = Stored::from_bytes("w".into(), zipped(&[("a.npy", npy(header, &values))])).unwrap();
    assert_eq!(stored.numbers("a").unwrap(), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
    assert_eq!(stored.tensors().next(), Some(("a", Dtype::F64, &[2, 3][..])));
}

#[test]
fn pickles_are_refused() {
    let torch = "this is a pickle of PyTorch, which can run any program when it is read; in PyTorch: \
                 `from safetensors.torch import save_file; save_file(model.state_dict(), \"weights.safetensors\")`";
    assert_eq!(message(zipped(&[("archive/data.pkl", Vec::new())])), format!("w: {torch}"));
    for (path, start) in [
        (
            "x.pt",
            "x.pt: this is a pickle of PyTorch, which can run any program when it is read; in PyTorch: `from safe",
        ),
        (
            "x.pkl",
            "x.pkl: this is a pickle, which can run any program when it is read; save the arrays instead: `numpy",
        ),
        ("x.h5", "x.h5: this is an HDF5 file, which is not read here; in Keras: `numpy.savez("),
        (
            "x.keras",
            "x.keras: this is a model of Keras in its own format, which is not read here; in Keras: `numpy.sav",
        ),
    ] {
        let opened = Stored::open(Path::new(path)).unwrap_err().to_string();
        assert!(opened.starts_with(start), "{opened}");
        assert_eq!(Net::new(0).save(path).unwrap_err().to_string(), opened);
        assert!(!Path::new(path).exists());
    }
    for (bytes, what) in [
        (&b"\x80\x02}q\x00."[..], "a pickle,"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file,"),
        (b"\x93NUMPY\x01\x00", "one array,"),
    ] {
        assert!(message(bytes.to_vec()).starts_with(&format!("w: this is {what}")), "{what}");
    }
}

#[test]
fn all_that_is_wrong_stands_in_one_message() {
    let scratch = Scratch::new("wrong.npz");
    let mut whole = array("fc1/bias", &[3]);
    whole.dtype = Dtype::BOOL;
    whole.bytes = vec![1; 3];
    let arrays = vec![array("fc1/kernel", &[3, 3]), whole, array("fc2/kernel", &[3, 1]), array("fc9/kernel", &[1])];
    write(&scratch.0, arrays, None, None).unwrap();
    let path = scratch.0.display().to_string();
    let map = &[("fc1", "dense_1"), ("fc2", "dense_2"), ("fc9", "dense_9"), ("gone", "dense_3")];
    let origin =
        Origin { convention: Some(nn_runtime::weights::Convention::Keras), map, renew: &["head"], ..Origin::of(&path) };
    let mut net = Net::new(3);
    let before = net.weights().to_vec();
    let error = net.load_weights(&origin).unwrap_err().to_string();
    assert_eq!(net.weights(), before, "an error leaves the weights alone");
    let told = "these are not the weights of `Net`, as Keras writes them; missing: `dense_2.bias` [1]; not in the network: `fc9/kernel` [1] \
                (mapped to `dense_9.kernel`); `fc1/kernel` is [3, 3] and should be [2, 3]; `fc1/bias` has values of type BOOL, and weights \
                are F16, BF16, F32 or F64; in the map, but not in the file: `gone`; to begin anew, but not in the network: `head`";
    assert_eq!(error, format!("{path}: {told}"));
}

#[test]
fn a_new_head_begins_anew_and_the_rest_is_taken() {
    let scratch = Scratch::new("trunk.safetensors");
    let arrays =
        vec![array("0.weight", &[3, 2]), array("0.bias", &[3]), array("1.weight", &[10, 3]), array("1.bias", &[10])];
    write(&scratch.0, arrays, None, None).unwrap();
    let path = scratch.0.display().to_string();
    let origin = Origin { map: &[("0", "dense_1"), ("1", "dense_2")], renew: &["dense_2"], ..Origin::of(&path) };
    let net = Net::load_from(&origin, 5).unwrap();
    let of = |net: &Net, name: &str| net.params().find(|param| param.name() == name).unwrap().to_vec();
    assert_eq!(of(&net, "dense_1.weight"), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0], "as PyTorch has it, the only way that fits");
    assert_eq!(of(&net, "dense_2.weight"), of(&Net::new(5), "dense_2.weight"));
    let without = Origin { map: &[("0", "dense_1"), ("1", "_")], ..origin };
    assert_eq!(Net::load_from(&without, 5).unwrap().weights(), net.weights());
}

#[test]
fn values_too_large_for_the_network_are_told() {
    let scratch = Scratch::new("large.safetensors");
    let mut arrays =
        vec![array("dense_1.weight", &[2, 3]), array("dense_1.bias", &[3]), array("dense_2.weight", &[3, 1])];
    let bytes = 1e300_f64.to_le_bytes().to_vec();
    arrays.push(Array { name: "dense_2.bias".into(), dtype: Dtype::F64, shape: vec![1], bytes });
    write(&scratch.0, arrays, None, None).unwrap();
    let path = scratch.0.display().to_string();
    let error = Net::load_from(&Origin::of(&path), 0).unwrap_err().to_string();
    assert_eq!(error, format!("{path}: `dense_2.bias`[0] is inf"));
}
