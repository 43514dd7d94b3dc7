//! Examples from IDX files and folders of images: what is read, how it is divided, and the one message that each mistake gets.
#![cfg(all(feature = "images", feature = "archives"))]

use std::fs;
use std::path::{Path, PathBuf};

use nn_runtime::data::{self, Answers, Dataset, Demand, Encodings, Precision, Queries};
use nn_runtime::program::Ids;
use nn_runtime::recipe::{Columns, Data, Encoding, Field, IdxFiles, Parts, Source, Split};

const fn array(encoding: Encoding, name: &'static str) -> Field {
    Field { encoding, columns: Columns::Array(name, None) }
}

const HALVED: Encoding = Encoding::Scale { factor: 0.5, offset: -1.0 };
const IMAGE: &[Field] = &[array(HALVED, "image")];
const PLAIN: &[Field] = &[array(Encoding::Number, "image")];
const STANDARD: &[Field] = &[array(Encoding::Standardize, "image")];
const LABEL: &[Field] = &[array(Encoding::Labels, "label")];
const IDX: Data = Data { path: "mnist", source: Source::Idx(None), x: IMAGE, y: LABEL };
const PICTURES: Data =
    Data { path: "pictures", source: Source::Images(Parts { train: "", test: None }), x: IMAGE, y: LABEL };
const NET: Demand<'static> =
    Demand { network: "Net", inputs: 4, outputs: 2, width: 2, ids: &[], stated: None, precision: Precision::F32 };
const ALL: Split = Split { train: 1.0, validation: 0.0, test: 0.0, stratify: false, shuffle: false, folds: None };
const HALVES: Split = Split { train: 0.5, validation: 0.5, ..ALL };

/// A folder that lives as long as its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nn-arrays-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the folder of the test");
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> &Self {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the folder of the file");
        fs::write(path, bytes).expect("the file of the test");
        self
    }

    fn load(&self, data: Data, how: Split, demand: Demand<'_>) -> Result<Dataset<f32>, String> {
        data::load::<f32>(&self.0, &data, how, 1, &demand).map_err(|error| self.message(error))
    }

    /// The message without the folder.
    fn message(&self, error: impl ToString) -> String {
        error.to_string().replace(&self.0.display().to_string(), "mnist")
    }

    #[track_caller]
    fn assert_refused(&self, data: Data, how: Split, demand: Demand<'_>, expected: &str) {
        assert_eq!(self.load(data, how, demand).expect_err("the data is wrong"), expected);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An IDX file of bytes.
fn idx(shape: &[u32], values: &[u8]) -> Vec<u8> {
    typed(0x08, shape, values)
}

fn typed(kind: u8, shape: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, u8::try_from(shape.len()).expect("few axes")];
    bytes.extend(shape.iter().flat_map(|extent| extent.to_be_bytes()));
    bytes.extend_from_slice(values);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("memory takes all");
    packer.finish().expect("memory takes all")
}

/// A folder with three images of 2 x 2 to train on and one to test on.
fn four(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder
        .write("train-images-idx3-ubyte", &idx(&[3, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]))
        .write("train-labels-idx1-ubyte", &idx(&[3], &[7, 10, 7]))
        .write("t10k-images-idx3-ubyte.gz", &gzip(&idx(&[1, 2, 2], &[2, 2, 2, 2])))
        .write("t10k-labels.idx1-ubyte", &idx(&[1], &[10]));
    folder
}

#[test]
fn mnist_has_its_own_test() {
    let folder = four("standard");
    let split = Split { train: 2.0 / 3.0, validation: 1.0 / 3.0, ..ALL };
    let data = folder.load(IDX, split, NET).unwrap();
    assert_eq!(data.encodings.classes().unwrap(), ["7", "10"]);
    assert_eq!(data.train.inputs, [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    assert_eq!(data.train.targets, Answers::Classes(vec![0, 1]));
    assert_eq!(data.validation.inputs, [3.0, 3.5, 4.0, 126.5]);
    assert_eq!((data.test.inputs, data.test.targets), (vec![0.0; 4], Answers::Classes(vec![1])));

    let encodings = Encodings::from_json(&data.encodings.to_json().unwrap()).unwrap();
    assert_eq!(encodings, data.encodings);
    let (again, _) = data::reload::<f32>(&folder.0, &encodings, &NET).unwrap();
    assert_eq!((again.inputs, again.targets), (vec![0.0; 4], Answers::Classes(vec![1])));
}

#[test]
fn images_alone_are_their_own_targets_and_can_be_predicted() {
    let folder = four("alone");
    let data = Data { x: STANDARD, y: STANDARD, ..IDX };
    let demand = Demand { outputs: 4, ..NET };
    let loaded = folder.load(data, ALL, demand).unwrap();
    assert_eq!(loaded.train.targets, Answers::Values(loaded.train.inputs.clone()));
    let mean: f32 = loaded.train.inputs.iter().sum::<f32>() / 12.0;
    let variance: f32 = loaded.train.inputs.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / 12.0;
    assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5, "{mean} {variance}");

    let bytes = idx(&[2, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7]);
    let source = Box::new(std::io::Cursor::new(bytes));
    let mut queries = Queries::new("i".into(), source, &loaded.encodings, &demand).unwrap();
    assert_eq!(queries.header(), Some(&[][..]));
    let batch = queries.batch(9).unwrap().unwrap();
    assert_eq!((batch.rows.len(), batch.inputs.len()), (2, 8));
    assert!((batch.inputs[7] as f32 - loaded.train.inputs[7]).abs() < 1e-6);
    assert!(queries.batch(9).unwrap().is_none());
}

#[test]
fn files_can_be_named_and_have_other_types() {
    let folder = Folder::new("named");
    let singles: Vec<u8> = [0.5_f32, -2.0, 3.0, 4.0].iter().flat_map(|x| x.to_be_bytes()).collect();
    let words: Vec<u8> = [-5_i32, 70_000].iter().flat_map(|x| x.to_be_bytes()).collect();
    folder.write("a.gz", &gzip(&typed(0x0D, &[2, 2], &singles))).write("b", &typed(0x0C, &[2], &words));
    let files = IdxFiles { images: "a", labels: Some("b"), test: None };
    let data = Data { source: Source::Idx(Some(files)), x: PLAIN, ..IDX };
    let loaded = folder.load(data, HALVES, Demand { inputs: 2, ..NET });
    assert_eq!(
        loaded.unwrap_err(),
        "mnist: network `Net` has 2 outputs, one for each class, and `label` has 1 class in the training examples: `-5`"
    );
    let loaded = folder.load(data, ALL, Demand { inputs: 2, ..NET }).unwrap();
    assert_eq!(loaded.train.inputs, [0.5, -2.0, 3.0, 4.0]);
    assert_eq!(loaded.encodings.classes().unwrap(), ["-5", "70000"]);
}

#[test]
fn what_is_wrong_with_idx_files_is_told() {
    let folder = four("wrong");
    let test = Split { train: 0.5, test: 0.5, ..ALL };
    folder.assert_refused(
        IDX,
        test,
        NET,
        "mnist: there are files of their own for the test, so that `test = 0.5` of the split cannot be; divide the others into `train` and `validation` only",
    );
    folder.assert_refused(
        IDX,
        ALL,
        Demand { inputs: 5, ..NET },
        "mnist: network `Net` takes 5 values, and x has 4: [2, 2] of `image`",
    );
    let classes = "mnist: network `Net` has 3 outputs, one for each class, and `label` has 2 classes in the training examples: `7`, `10`";
    folder.assert_refused(IDX, ALL, Demand { outputs: 3, ..NET }, classes);
    folder.write("t10k-labels.idx1-ubyte", &idx(&[1], &[11]));
    let unseen = "mnist/t10k-labels.idx1-ubyte: `label`, example 0: class `11` is never seen in the training examples, which have `7`, `10`";
    folder.assert_refused(IDX, ALL, NET, unseen);
    folder.write("train-labels-idx1-ubyte", &idx(&[2], &[7, 10]));
    let counts = "mnist/train-labels-idx1-ubyte: 2 examples, but mnist/train-images-idx3-ubyte has 3";
    folder.assert_refused(IDX, ALL, NET, counts);
    for (bytes, expected) in [
        (&[0, 0, 8][..], "the file ends in its header"),
        (&idx(&[0, 2, 2], &[]), "there are no examples"),
        (&idx(&[3, 2, 2], &[1; 11]), "the header announces values of shape [3, 2, 2], 12 bytes, and there are 11"),
        (&idx(&[3, 2, 2], &[1; 13]), "the header announces values of shape [3, 2, 2], 12 bytes, and there are more"),
        (
            b"\x89PNG",
            "the file is no IDX file: it begins with the bytes 89 50 4E 47, and not with 00 00, a type from 08 to 0E, and the number of axes",
        ),
        (
            &typed(0x0E, &[u32::MAX; 3], &[]),
            "values of shape [4294967295, 4294967295, 4294967295] are more than there can be",
        ),
    ] {
        folder.write("train-images-idx3-ubyte", bytes);
        folder.assert_refused(IDX, ALL, NET, &format!("mnist/train-images-idx3-ubyte: {expected}"));
    }
    fs::remove_file(folder.0.join("train-images-idx3-ubyte")).unwrap();
    let missing = "mnist: the folder has neither `train-images-idx3-ubyte` nor `train-images-idx3-ubyte.gz`";
    folder.assert_refused(IDX, ALL, NET, missing);
    let nowhere = data::load::<f32>(Path::new("no/such"), &IDX, ALL, 1, &NET).unwrap_err();
    assert_eq!(nowhere.to_string(), "no/such: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn numbers_that_cannot_be_learned_from_are_told() {
    let folder = Folder::new("numbers");
    let files = IdxFiles { images: "a", labels: None, test: None };
    let data = Data { source: Source::Idx(Some(files)), x: PLAIN, y: PLAIN, ..IDX };
    let demand = Demand { inputs: 1, outputs: 1, ..NET };
    let doubles = |values: [f64; 2]| typed(0x0E, &[2, 1], &values.map(f64::to_be_bytes).concat());
    folder.write("a", &doubles([0.0, 1e39]));
    let large = format!("mnist/a: `image`, example 1: 1{} is too large for f32", "0".repeat(39));
    folder.assert_refused(data, ALL, demand, &large);
    folder.write("a", &doubles([f64::NAN, 1.0]));
    let nan = "mnist/a: `image`, example 0: NaN cannot be learned from; only finite numbers can";
    folder.assert_refused(data, ALL, demand, nan);
    folder.write("a", &doubles([2.0, 3.0]));
    let ids = "mnist/a: `image`, example 1: 3 is not an id; ids are the whole numbers from 0 to 2";
    folder.assert_refused(
        data,
        ALL,
        Demand { ids: &[Ids { first: 0, values: 4, vocabulary: 3, padded: false }], ..demand },
        ids,
    );
}

/// A PNG file.
fn picture(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(&[0, 0, 0, 10, 20, 30][..]);
    }
    let mut writer = encoder.write_header().expect("memory takes all");
    writer.write_image_data(pixels).expect("the pixels fit the header");
    writer.finish().expect("memory takes all");
    bytes
}

fn grey(pixels: &[u8]) -> Vec<u8> {
    picture(2, 2, png::ColorType::Grayscale, png::BitDepth::Eight, pixels)
}

#[test]
fn folders_of_images_are_classes() {
    use png::BitDepth::{Eight, One, Sixteen};
    use png::ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let folder = Folder::new("classes");
    folder
        .write("cats/1.png", &grey(&[0, 2, 4, 6]))
        .write("cats/2.PNG", &picture(2, 2, GrayscaleAlpha, Eight, &[8, 1, 10, 2, 12, 3, 14, 4]))
        .write("dogs/1.png", &picture(2, 2, Grayscale, Sixteen, &[2, 0, 4, 0, 6, 0, 8, 0]))
        .write("dogs/2.png", &picture(2, 2, Grayscale, One, &[0b0100_0000, 0b1000_0000]))
        .write("dogs/notes.txt", b"not an image")
        .write(".hidden/1.png", b"");
    let loaded = folder.load(PICTURES, ALL, NET).unwrap();
    assert_eq!(loaded.encodings.classes().unwrap(), ["cats", "dogs"]);
    assert_eq!(loaded.train.targets, Answers::Classes(vec![0, 0, 1, 1]));
    let expected = [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0, 1.0, 2.0, 3.0, -1.0, 126.5, 126.5, -1.0];
    assert_eq!(loaded.train.inputs, expected);

    let colours = Folder::new("colours");
    colours
        .write("a/1.png", &picture(1, 1, Rgb, Eight, &[2, 4, 6]))
        .write("a/2.png", &picture(1, 1, Rgba, Eight, &[8, 10, 12, 0]))
        .write("b/1.png", &picture(1, 1, Indexed, Eight, &[1]))
        .write("b/2.png", &picture(1, 1, Grayscale, Eight, &[2]));
    let three = colours.load(PICTURES, ALL, Demand { inputs: 3, ..NET }).unwrap();
    assert_eq!(three.train.inputs, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 9.0, 14.0, 0.0, 0.0, 0.0]);
    let four = colours.load(PICTURES, ALL, NET).unwrap();
    assert_eq!(four.train.inputs[..8], [0.0, 1.0, 2.0, 126.5, 3.0, 4.0, 5.0, -1.0]);
    let one = Demand { inputs: 1, ..NET };
    let refused = "mnist/a/1.png: the image has 3 channels (red, green and blue), and the network takes 1";
    colours.assert_refused(PICTURES, ALL, one, refused);
}

#[test]
fn parts_of_images_are_folders() {
    let folder = Folder::new("parts");
    folder
        .write("fit/a/1.png", &grey(&[0; 4]))
        .write("fit/b/1.png", &grey(&[2; 4]))
        .write("see/b/1.png", &grey(&[4; 4]));
    let data = Data { source: Source::Images(Parts { train: "fit", test: Some("see") }), ..PICTURES };
    let loaded = folder.load(data, ALL, NET).unwrap();
    assert_eq!((loaded.test.inputs, loaded.test.targets), (vec![1.0; 4], Answers::Classes(vec![1])));
    for path in [folder.0.clone(), folder.0.join("see")] {
        let (again, _) = data::reload::<f32>(&path, &loaded.encodings, &NET).unwrap();
        assert_eq!((again.rows, again.targets), (1, Answers::Classes(vec![1])));
    }
    let source = Box::new(fs::File::open(folder.0.join("see/b/1.png")).unwrap());
    let mut queries = Queries::new("i".into(), source, &loaded.encodings, &NET).unwrap();
    assert_eq!(queries.batch(9).unwrap().unwrap().inputs, [1.0; 4]);
}

#[test]
fn what_is_wrong_with_images_is_told() {
    let folder = Folder::new("wrong-images");
    let empty = "mnist: the folder has no PNG files, and neither has a folder in it";
    folder.assert_refused(PICTURES, ALL, NET, empty);
    folder.write("1.png", &grey(&[0; 4]));
    let classes =
        "mnist: the images have no classes: put those of each class into a folder of its own, or leave `label` out";
    folder.assert_refused(PICTURES, ALL, NET, classes);
    let alone = Data { y: IMAGE, ..PICTURES };
    assert_eq!(folder.load(alone, ALL, Demand { outputs: 4, ..NET }).unwrap().train.rows, 1);
    folder.write("2.png", &picture(3, 2, png::ColorType::Grayscale, png::BitDepth::Eight, &[0; 6]));
    let size = "mnist/2.png: the image is 3 x 2 pixels, but mnist/1.png is 2 x 2; bring all to one size";
    folder.assert_refused(alone, ALL, Demand { outputs: 4, ..NET }, size);
    folder.write("2.png", b"GIF89a");
    let format = "mnist/2.png: the file is no PNG that can be read: Invalid PNG signature.";
    folder.assert_refused(alone, ALL, NET, format);
    folder.write("3.jpg", b"");
    let other = "mnist/3.jpg: the file is no PNG that can be read: its name says another format";
    folder.assert_refused(alone, ALL, NET, other);
}

/// An array of numpy.
fn npy(kind: &str, fortran: bool, shape: &str, values: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}");
    // Magic, version, length and header are a multiple of 64 bytes.
    let header = format!("{header:<width$}\n", width = (header.len() + 11).next_multiple_of(64) - 11);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).expect("a short header").to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(values);
    bytes
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (number, (name, bytes)) in arrays.iter().enumerate() {
        let method = [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated][number % 2];
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("{name}.npy"), options).expect("memory takes all");
        archive.write_all(bytes).expect("memory takes all");
    }
    archive.finish().expect("memory takes all").into_inner()
}

const ARRAY_X: &[Field] = &[array(HALVED, "x")];
const ARRAY_Y: &[Field] = &[array(Encoding::Labels, "y")];
const ARRAYS: Data = Data { path: "a", source: Source::Arrays, x: ARRAY_X, y: ARRAY_Y };

#[test]
fn arrays_of_numpy_are_read() {
    let folder = Folder::new("npy");
    let x = npy("|u1", false, "(2, 2, 2)", &[0, 2, 4, 6, 8, 10, 12, 14]);
    let y: Vec<u8> = [3_i64, -1].map(i64::to_le_bytes).concat();
    let y = npy("<i8", false, "(2,)", &y);
    folder.write("x.npy", &x).write("y.npy", &y).write("a.npz", &npz(&[("x", x.clone()), ("y", y.clone())]));
    let files = folder.load(ARRAYS, ALL, NET).unwrap();
    assert_eq!(files.train.inputs, [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(files.train.targets, Answers::Classes(vec![1, 0]));
    assert_eq!(files.encodings.classes().unwrap(), ["-1", "3"]);
    let archive = data::load::<f32>(&folder.0.join("a.npz"), &ARRAYS, ALL, 1, &NET).unwrap();
    assert_eq!((&archive.train, &archive.encodings), (&files.train, &files.encodings));
    for bytes in [x.clone(), npz(&[("x", x)])] {
        let source = Box::new(std::io::Cursor::new(bytes));
        let mut queries = Queries::new("i".into(), source, &archive.encodings, &NET).unwrap();
        assert_eq!(queries.batch(9).unwrap().unwrap().inputs.len(), 8);
    }
}

#[test]
fn an_archive_can_hold_its_test() {
    const fn tested(encoding: Encoding, name: &'static str, test: &'static str) -> Field {
        Field { encoding, columns: Columns::Array(name, Some(test)) }
    }
    const X: &[Field] = &[tested(HALVED, "x", "tx")];
    const Y: &[Field] = &[tested(Encoding::Labels, "y", "ty")];
    let folder = Folder::new("own");
    folder.write(
        "a.npz",
        &npz(&[
            ("x", npy("|b1", false, "(2, 4)", &[0, 1, 0, 1, 1, 1, 1, 2])),
            ("y", npy("|u1", false, "(2, 1)", &[0, 1])),
            ("tx", npy("|u1", false, "(1, 2, 2)", &[2, 2, 2, 2])),
            ("ty", npy("|u1", false, "(1,)", &[1])),
        ]),
    );
    let path = folder.0.join("a.npz");
    let loaded = data::load::<f32>(&path, &Data { x: X, y: Y, ..ARRAYS }, ALL, 1, &NET).unwrap();
    assert_eq!(loaded.train.inputs, [-1.0, -0.5, -1.0, -0.5, -0.5, -0.5, -0.5, -0.5]);
    assert_eq!((loaded.test.inputs, loaded.test.targets), (vec![0.0; 4], Answers::Classes(vec![1])));
    let (again, _) = data::reload::<f32>(&path, &loaded.encodings, &NET).unwrap();
    assert_eq!((again.inputs, again.targets), (vec![0.0; 4], Answers::Classes(vec![1])));
}

#[test]
fn numbers_of_numpy_have_many_types() {
    let folder = Folder::new("types");
    let data = Data { x: PLAIN, y: PLAIN, ..ARRAYS };
    let demand = Demand { inputs: 1, outputs: 1, ..NET };
    let three = |kind: &str, bytes: &[u8]| {
        folder.write("image.npy", &npy(kind, false, "(2, 1)", bytes));
        folder.load(data, ALL, demand).map(|loaded| loaded.train.inputs)
    };
    assert_eq!(three("|i1", &[0xFF, 2]), Ok(vec![-1.0, 2.0]));
    assert_eq!(three("<u2", &[1, 2, 3, 0]), Ok(vec![513.0, 3.0]));
    assert_eq!(three(">i2", &[0xFF, 0xFE, 0, 3]), Ok(vec![-2.0, 3.0]));
    assert_eq!(three("<u4", &[1, 0, 1, 0, 2, 0, 0, 0]), Ok(vec![65537.0, 2.0]));
    assert_eq!(three("<i4", &[0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0]), Ok(vec![-1.0, 2.0]));
    assert_eq!(three("<f2", &[0, 0x3C, 0, 0xC0]), Ok(vec![1.0, -2.0]));
    assert_eq!(three("<f4", &[1.5_f32, -2.0].map(f32::to_le_bytes).concat()), Ok(vec![1.5, -2.0]));
    assert_eq!(three(">f8", &[1.5_f64, -2.0].map(f64::to_be_bytes).concat()), Ok(vec![1.5, -2.0]));
    assert_eq!(three("<u8", &[7_u64, 8].map(u64::to_le_bytes).concat()), Ok(vec![7.0, 8.0]));
    let kind = "mnist/image.npy: values of the type `<U5` cannot be read; save the array as numbers, such as with `astype(\"float32\")`";
    assert_eq!(three("<U5", &[]), Err(kind.into()));
}

#[test]
fn what_is_wrong_with_arrays_of_numpy_is_told() {
    let folder = Folder::new("wrong-npy");
    let y = npy("|u1", false, "(2,)", &[0, 1]);
    folder.write("y.npy", &y);
    folder.assert_refused(ARRAYS, ALL, NET, "mnist/x.npy: cannot be read: No such file or directory (os error 2)");
    for (bytes, expected) in [
        (b"PK\x03\x04 and no array".to_vec(), "the file is no array that numpy has written"),
        (npy("|u1", true, "(2, 4)", &[0; 8]), "the array lies in Fortran order; save `numpy.ascontiguousarray` of it"),
        (npy("|u1", false, "(2, 4)", &[0; 7]), "the header announces values of shape [2, 4], 8 bytes, and there are 7"),
        (
            npy("|u1", false, "x", &[0; 7]),
            "the header of the array lacks its type, its order or its shape: `{'descr': '|u1', 'fortran_order': False, 'shape': x, }`",
        ),
        (npy("|u1", false, "(2, 4)", &[0; 8])[..40].to_vec(), "the file ends in its header"),
        (npy("|u1", false, "()", &[0]), "there are no examples"),
    ] {
        folder.write("x.npy", &bytes);
        folder.assert_refused(ARRAYS, ALL, NET, &format!("mnist/x.npy: {expected}"));
    }
    let said = |bytes: &[u8]| {
        folder.write("a.npz", bytes);
        let path = folder.0.join("a.npz");
        folder.message(data::load::<f32>(&path, &ARRAYS, ALL, 1, &NET).unwrap_err())
    };
    let absent = said(&npz(&[("X", y.clone()), ("labels", y)]));
    assert_eq!(absent, "mnist/a.npz: there is no array `x`; did you mean `X`? (there are `X`, `labels`)");
    assert!(said(b"no archive").starts_with("mnist/a.npz: the archive cannot be read: "));
}

/// Numbers that repeat with each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        // The constants of Knuth's MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Files with changed, added and cut bytes.
fn mutants(bytes: &[u8], seed: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut random = Random(seed);
    let bytes = bytes.to_vec();
    (0..200).map(move |_| {
        let mut mutant = bytes.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(mutant.len());
            mutant[at] = random.below(256) as u8;
        }
        mutant.truncate(if random.below(4) == 0 { random.below(mutant.len()) } else { mutant.len() });
        mutant
    })
}

/// Whatever is in a file, it is read or refused.
fn survives(data: Data, name: &str, folder: &Folder, bytes: &[u8]) {
    let mut refused = 0;
    for mutant in mutants(bytes, 7) {
        folder.write(name, &mutant);
        refused += usize::from(folder.load(data, ALL, NET).is_err());
    }
    assert!((1..200).contains(&refused), "{name}: {refused} of 200 are refused");
}

#[test]
fn hostile_files_are_refused() {
    let folder = four("hostile");
    survives(IDX, "train-images-idx3-ubyte", &folder, &idx(&[3, 2, 2], &[1; 12]));
    folder.write("train-images-idx3-ubyte", &idx(&[3, 2, 2], &[1; 12]));
    survives(IDX, "t10k-images-idx3-ubyte.gz", &folder, &gzip(&idx(&[1, 2, 2], &[1; 4])));
    let folder = Folder::new("hostile-arrays");
    folder.write("y.npy", &npy("|u1", false, "(2,)", &[0, 1]));
    survives(ARRAYS, "x.npy", &folder, &npy("<f4", false, "(2, 4)", &[0; 32]));
    let x = npy("<f4", false, "(2, 4)", &[0; 32]);
    let archive = npz(&[("x", x), ("y", npy("|u1", false, "(2,)", &[0, 1]))]);
    for mutant in mutants(&archive, 9) {
        folder.write("a.npz", &mutant);
        // Whatever is in it, it is read or refused.
        let _ = data::load::<f32>(&folder.0.join("a.npz"), &ARRAYS, ALL, 1, &NET);
    }
    let folder = Folder::new("hostile-images");
    folder.write("b/1.png", &grey(&[1; 4]));
    survives(PICTURES, "a/1.png", &folder, &grey(&[1, 2, 3, 4]));
}
