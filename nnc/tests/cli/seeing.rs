//! What is seen of a training and of its weights: event files, layers, pictures.

use std::fs;

use crate::nnc::Folder;

const DIGITS: &str = "network Digits(x: [8, 8, 1]) {
    let dec = < dense(64, sigmoid), reshape(8, 8, 1) >;
    entry decode(z: [4]) = z |> dec;
    x |> conv(3, 3, relu, pad = same) |> flatten |> dense(4, tanh) |> dec
}

train Digits {
    data csv(\"digits.csv\", header = true) { x = min_max(columns[0..64]); y = min_max(columns[0..64]); }
    minimize mse with adam(lr = 0.01);
    batch 64;
    epochs 2;
}
";

/// Width and height of a picture.
/// Bytes that a picture of one colour does not take.
const LEAST: u64 = 150;

fn size(folder: &Folder, name: &str) -> (u32, u32) {
    let bytes = fs::read(folder.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n", "{name}");
    let at = |place: usize| u32::from_be_bytes(bytes[place..place + 4].try_into().expect("four bytes"));
    (at(16), at(20))
}

#[test]
fn layers_events_and_pictures() {
    let folder = Folder::new("seeing");
    folder.write("digits.nn", DIGITS);
    folder.example("digits/digits.csv");
    let train = ["train", "digits.nn", "-o", "run", "--inspect", "--tensorboard", "events"];
    let said = folder.nnc(&train).good();
    assert!(said.contains("no gradient vanishes or explodes") || said.contains("warning: "), "{said}");
    assert!(folder.read("run/report.html").contains("conv_1"), "the page has the layers");
    let mut events = fs::read_dir(folder.path("events")).expect("a folder").map(|entry| entry.expect("a file").path());
    let (Some(file), None) = (events.next(), events.next()) else { panic!("one file of events") };
    let bytes = fs::read(&file).expect("events");
    for tag in ["step/loss", "conv_1.weight"] {
        assert!(bytes.windows(tag.len()).any(|window| window == tag.as_bytes()), "{tag}");
    }

    let draw = |what: &str, more: &[&str], to: &str| {
        let arguments = ["draw", what, "digits.nn", "--weights", "run/weights.safetensors", "-o", to];
        folder.nnc(&[&arguments[..], more].concat())
    };
    draw("filters", &[], "filters.png").good();
    draw("features", &["--row", "3"], "maps.png").good();
    draw("samples", &["--entry", "decode", "--count", "6", "--columns", "3"], "samples.png").good();
    draw("reconstructions", &["--count", "4", "--columns", "4"], "both.png").good();
    let (wide, high) = size(&folder, "samples.png");
    assert!(wide > high, "two rows of three: {wide} x {high}");
    for name in ["filters.png", "maps-conv_1.png", "both.png"] {
        assert!(size(&folder, name).0 > 8, "{name}");
        let bytes = fs::metadata(folder.path(name)).expect("a picture").len();
        assert!(bytes > LEAST, "{bytes} bytes are too few for more than one colour: {name}");
    }
    let wrong = draw("samples", &["--entry", "encode"], "none.png");
    assert!(wrong.code != 0 && wrong.err.contains("decode") && !folder.path("none.png").exists(), "{}", wrong.err);
}
