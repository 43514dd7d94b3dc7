//! The reference is true: its texts compile through both doors or fail as it says, its Rust stands here, its tables are current.
//!
//! A block of the pages that is fenced as
//! - `nn` is a whole text that compiles;
//! - `nn,clauses` is clauses of a train section for a network from 4 values to the probabilities of 3 classes;
//! - `nn,fails` is a whole text that fails with one mistake; its first line is `// error[code]: message`;
//! - `rust` stands in this file, which is compiled and run.
//!
//! `UPDATE_DOCS=1 cargo test -p nn-tests --test docs` writes the tables, and the messages behind codes that are right.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use nn_compiler::{Style, compile, emit, reference};
use nn_grammar::ast::Program;
use nn_grammar::diagnostic::Diagnostic;
use nn_grammar::{text, tokens};
use nn_runtime::{Error, Init, Loss, Network, Optimizer, Schedule, Trainer, network};
use proc_macro2::TokenStream;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// A fenced block.
struct Block {
    page: PathBuf,
    /// The page and the line of its fence.
    place: String,
    /// What follows the fence: `nn,fails`.
    info: String,
    code: String,
}

/// The fenced blocks of README.md and of all pages of docs/.
fn blocks() -> Vec<Block> {
    let folder = std::fs::read_dir(root().join("docs")).expect("the folder of the pages");
    let mut pages: Vec<PathBuf> = folder.map(|entry| entry.expect("a page").path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.push(root().join("README.md"));
    pages.sort();
    let existing = pages.iter().filter(|path| path.exists());
    existing.flat_map(|path| fenced(path, &std::fs::read_to_string(path).expect("a page in UTF-8"))).collect()
}

fn fenced(path: &Path, page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), open) {
            (Some(info), false) => {
                let shown = path.strip_prefix(root()).unwrap_or(path).display();
                found.push(Block {
                    page: path.to_owned(),
                    place: format!("{shown}:{}", number + 1),
                    info: info.trim().to_owned(),
                    code: String::new(),
                });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = found.last_mut().expect("an open block");
                block.code += line;
                block.code.push('\n');
            }
            (None, false) => {}
        }
    }
    found
}

type Parsed = Result<Program, Vec<Diagnostic>>;

/// A text through the door of files, the door of the macro, and the door of files within the macro.
fn through_all_doors(source: &str) -> [(&'static str, Parsed); 3] {
    let stream = TokenStream::from_str(source).expect("Rust tokens");
    let body = tokens::parse(stream).input.map(|input| match input {
        tokens::Input::Program(program) => program,
        other => panic!("a whole text is expected, not {other:?}"),
    });
    [("file", text::parse(source)), ("macro", body), ("file in the macro", tokens::parse_source(source))]
}

/// The Rust of a text, or its mistakes.
fn compiled(parsed: Parsed) -> Result<String, Vec<Diagnostic>> {
    compile(&parsed?).map(|networks| emit(&networks, Style::default()).to_string())
}

fn assert_compiles(place: &str, source: &str) {
    let outcomes = through_all_doors(source).map(|(door, parsed)| {
        compiled(parsed).unwrap_or_else(|mistakes| panic!("{place}, {door}: {:?}", messages(&mistakes)))
    });
    assert!(outcomes.iter().all(|rust| *rust == outcomes[0]), "{place}: the doors lead to different code");
}

fn messages(mistakes: &[Diagnostic]) -> Vec<String> {
    mistakes.iter().map(|mistake| format!("error[{}]: {}", mistake.code.name(), mistake.message)).collect()
}

/// The text fails through each door as its first line says; the message is written anew if that is asked for.
fn assert_fails(page: &Path, place: &str, source: &str) {
    let promised = source.lines().next().and_then(|line| line.strip_prefix("// "));
    let promised = promised.unwrap_or_else(|| panic!("{place}: the first line does not say which error"));
    for (door, parsed) in through_all_doors(source) {
        let found = match compiled(parsed) {
            Ok(_) => panic!("{place}, {door}: it compiles"),
            Err(mistakes) => messages(&mistakes),
        };
        let code = |message: &str| message.split(':').next().unwrap_or_default().to_owned();
        if updating() && found.len() == 1 && code(&found[0]) == code(promised) {
            let text = std::fs::read_to_string(page).expect("a page in UTF-8");
            std::fs::write(page, text.replace(promised, &found[0])).expect("a page can be written");
        } else {
            assert_eq!(found, [promised], "{place}, {door}: {BLESS}");
        }
    }
}

const BLESS: &str = "if the page is wrong, write it with: UPDATE_DOCS=1 cargo test -p nn-tests --test docs";

fn updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

#[test]
fn texts_compile_or_fail_as_the_pages_say() {
    let mut count = 0;
    for Block { page, place, info, code } in blocks() {
        match info.as_str() {
            "nn" => assert_compiles(&place, &code),
            "nn,clauses" => {
                let minimize = if code.contains("minimize") { "" } else { "minimize cross_entropy with adam;" };
                let network = "network Net < dense(4->16, relu), dense(16->3, softmax) >";
                assert_compiles(&place, &format!("{network}\ntrain Net {{\n{minimize}\n{code}}}\n"));
            }
            "nn,fails" => assert_fails(&page, &place, &code),
            _ => continue,
        }
        count += 1;
    }
    assert!(count >= 20, "only {count} texts were found in the pages");
}

/// Code without what formatting changes.
fn squeezed(code: &str) -> String {
    code.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

#[test]
fn rust_of_the_reference_stands_in_this_file() {
    let compiled = squeezed(include_str!("docs.rs"));
    for Block { place, info, code, .. } in blocks() {
        if info == "rust" && place.starts_with("docs/") {
            assert!(compiled.contains(&squeezed(&code)), "{place}: this Rust does not stand in tests/tests/docs.rs");
        }
    }
}

#[test]
fn tables_are_made_of_the_signatures() {
    let path = root().join("docs/layers.md");
    let current = reference::markdown();
    if updating() {
        std::fs::write(&path, &current).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let same = written == current;
    assert!(same, "docs/layers.md is not current: {BLESS}");
}

mod item {
    use nn_runtime::network;

    network! { pub Iris < dense(4->16, relu), dropout(0.2), dense(16->3, softmax) > }
}

mod text_in_rust {
    use nn_runtime::network;

    network! {
        block unit(width: dim, act: activation = relu) < dense(width, act), layer_norm >

        /// Three-class flower classifier.
        pub network Iris < input(4), unit(16), unit(8, act = tanh), dense(3, softmax) >

        train Iris { minimize cross_entropy with adam(lr = 0.01); batch 16; seed 42; }
    }
}

mod file {
    nn_runtime::network! { file "../examples/iris/iris.nn" }
}

const FLOWERS: [[f32; 4]; 3] = [[5.1, 3.5, 1.4, 0.2], [7.0, 3.2, 4.7, 1.4], [6.3, 3.3, 6.0, 2.5]];

#[test]
fn an_anonymous_network_is_an_expression() -> Result<(), Error> {
    let mut xor = network!(< dense(2->8, tanh), dense(8->1, sigmoid) >);
    let points = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let history = Trainer::new(&mut xor).learning_rate(0.1).batch(4).fit(&points, &[0.0, 1.0, 1.0, 0.0], 300)?;
    assert!(history.epochs[299].loss < 0.05);
    assert!(xor.predict(&[1.0, 0.0])[0] > 0.5);
    Ok(())
}

#[test]
fn a_network_is_trained_used_saved_and_loaded() -> Result<(), Box<dyn std::error::Error>> {
    use item::Iris;
    let (flowers, species) = (FLOWERS, [0, 1, 2]);
    let path = std::env::temp_dir().join(format!("docs-{}.safetensors", std::process::id()));

    let mut net = Iris::new(42);
    let history = Trainer::new(&mut net)
        .loss(Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] })
        .optimizer(Optimizer::adam())
        .schedule(Schedule::cosine(0.01, 0.0))
        .batch(16)
        .seed(42)
        .epochs(100)
        .fit(&flowers, &species, 100)?;
    println!("{}", history.epochs[99].loss);

    let [setosa, versicolor, virginica] = net.predict(&[5.1, 3.5, 1.4, 0.2]);
    println!("{setosa} {versicolor} {virginica}");
    let all: Vec<[f32; 3]> = net.predict_batch(&flowers);

    net.save(&path)?;
    let again = Iris::load(&path)?;
    assert_eq!(again.predict_batch(&flowers), all);

    std::fs::remove_file(&path)?;
    Ok(())
}

#[test]
fn parameters_and_gradients_have_names() -> Result<(), Error> {
    use item::Iris;
    let (flowers, species) = (FLOWERS, [0, 1, 2]);
    let mut net = Iris::new(42);

    for param in net.params() {
        println!("{} {:?} {:?}", param.name(), param.shape(), param.to_vec());
    }
    net.set_param("dense_2.bias", &[0.0, 0.1, 0.2])?;

    let loss = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    let gradients = net.loss_and_gradients(&flowers, &species, loss)?;
    println!("{} {:?}", gradients.loss, gradients.of("dense_1.weight")?);

    assert_eq!(gradients.of("dense_1.weight")?.len(), 4 * 16);
    Ok(())
}

#[test]
fn weights_live_where_the_user_puts_them() -> Result<(), Error> {
    use item::Iris;
    let flowers = FLOWERS;

    let mut memory = [0.0; Iris::WEIGHTS];
    let net = Iris::in_memory(&mut memory[..], 42)?;
    let mut outputs = [[0.0; Iris::OUTPUTS]; 3];
    net.predict_into(&flowers, &mut outputs)?;

    assert_eq!(outputs.to_vec(), Iris::new(42).predict_batch(&flowers));
    Ok(())
}

#[test]
fn arrays_and_generators_of_other_crates_are_taken() -> Result<(), Error> {
    use item::Iris;
    use nn_runtime::ndarray::{Array2, arr2};
    use nn_runtime::rand::{SeedableRng, rngs::SmallRng};

    let net = Iris::from_rng(&mut SmallRng::seed_from_u64(7));
    let probabilities: Array2<f32> = net.predict_array(arr2(&FLOWERS).view())?;

    assert_eq!(probabilities.dim(), (3, 3));
    Ok(())
}

#[test]
fn parameters_are_named_as_the_reference_says() {
    use text_in_rust::Iris;
    let names: Vec<&str> = Iris::PROGRAM.tensors.iter().map(|tensor| tensor.name).collect();
    assert_eq!(
        names,
        [
            "unit_1.dense_1.weight",
            "unit_1.dense_1.bias",
            "unit_1.layer_norm_1.scale",
            "unit_1.layer_norm_1.shift",
            "unit_2.dense_1.weight",
            "unit_2.dense_1.bias",
            "unit_2.layer_norm_1.scale",
            "unit_2.layer_norm_1.shift",
            "dense_1.weight",
            "dense_1.bias",
        ]
    );
    assert_eq!(<file::Iris as Network>::PROGRAM.tensors[0].init, Init::GlorotUniform);
}

#[test]
fn an_input_that_is_no_id_gives_nan_or_an_error() {
    let words = network!(< input(2), embedding(10->4), flatten, dense(1) >);
    assert!(words.predict(&[3.0, 10.0])[0].is_nan());
    let rows = words.predict_batch(&[[3.0, 10.0], [3.0, 9.0]]);
    assert!(rows[0][0].is_nan() && rows[1][0].is_finite());
    let mut outputs = [[0.0]; 1];
    let error = words.predict_into(&[[3.0, 10.0]], &mut outputs).expect_err("10 is no id");
    assert_eq!(error, Error::IdOutOfVocabulary { row: 0, column: 1, id: 10.0, vocabulary: 10 });
}

#[test]
fn each_of_several_inputs_has_ids_of_its_own() {
    network! {
        network Tower(user: class(3), shop: [2], item: class(5)[2]) {
            concat(user |> embedding(4) |> flatten, shop, item |> embedding(2) |> flatten) |> dense(1)
        }
    }
    let mut tower = Tower::new(1);
    let good = [2.0, -7.5, 30.0, 4.0, 0.0];
    tower.predict_into(&[good], &mut [[0.0]; 1]).expect("all are ids or numbers");
    for (column, vocabulary) in [(0, 3), (3, 5), (4, 5)] {
        for id in [-1.0, 0.5, vocabulary as f32] {
            let mut row = good;
            row[column] = id;
            let expected = Error::IdOutOfVocabulary { row: 1, column, id: f64::from(id), vocabulary };
            assert_eq!(tower.predict_into(&[good, row], &mut [[0.0]; 2]), Err(expected.clone()));
            let trained = Trainer::new(&mut tower).fit(&[good, row], &[[1.0]; 2], 1);
            assert_eq!(trained.map(|_| ()), Err(expected));
            assert!(tower.predict(&row)[0].is_nan() && tower.predict(&good)[0].is_finite());
        }
    }
}

/// The weights of a short training on the committed flowers, with the encodings of their data.
fn trained_flowers() -> Result<PathBuf, Box<dyn std::error::Error>> {
    use nn_runtime::session::{Overrides, Quiet, train};
    let data = root().join("examples/iris/iris.csv");
    let overrides = Overrides { data: Some(data), epochs: Some(20), ..Overrides::default() };
    let trained = train(file::Iris::PROGRAM, &overrides, &mut Quiet)?;
    let name = format!("docs-{}-{:?}.safetensors", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    nn_runtime::weights::save(&path, file::Iris::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    Ok(path)
}

#[test]
fn a_predictor_takes_rows_by_name() -> Result<(), Box<dyn std::error::Error>> {
    use file::Iris;
    use nn_runtime::session::SessionError;
    use std::collections::HashMap;
    let weights = trained_flowers()?;

    let predictor = Iris::predictor(&weights)?;
    let flower =
        HashMap::from([("sepal_length", 5.1), ("sepal_width", 3.5), ("petal_length", 1.4), ("petal_width", 0.2)]);
    let answer = predictor.predict(&flower)?;
    assert_eq!(answer.label(), Some("setosa"));
    println!("{:?} {}", answer.number("probability_setosa"), serde_json::to_string(&answer)?);

    let wrong = serde_json::json!([{ "sepal_length": 5.1, "sepal_width": "wide" }]);
    match predictor.predict_all(&[wrong]) {
        Err(SessionError::Example(error)) => println!("{}: {}", error.field, error.fault),
        other => panic!("{other:?}"),
    }

    std::fs::remove_file(&weights)?;
    Ok(())
}

#[test]
fn many_threads_ask_one_network() -> Result<(), Box<dyn std::error::Error>> {
    use item::Iris;
    let flowers = FLOWERS;

    let net = Iris::new(42);
    let all = std::thread::scope(|scope| {
        let parts: Vec<_> = flowers.chunks(1).map(|part| scope.spawn(|| net.predict_batch(part))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("predictions do not panic")).collect::<Vec<_>>()
    });
    assert_eq!(all, net.predict_batch(&flowers));
    Ok(())
}

#[test]
fn a_predictor_streams_and_serves() -> Result<(), Box<dyn std::error::Error>> {
    use file::Iris;
    use nn_runtime::serve::axum::{Router, routing::get};
    use nn_runtime::serve::{Limits, router};
    use nn_runtime::session::{Form, Format, Streaming};
    let weights = trained_flowers()?;

    let predictor = Iris::predictor(&weights)?;
    let lines = "[5.1, 3.5, 1.4, 0.2]\n[6.3, 3.3, 6.0, \"wide\"]\n";
    let how = Streaming { format: Format::JsonLines, form: Form::JsonLines, skip: true, live: false };
    let mut answers = Vec::new();
    let done = predictor.stream("lines", Box::new(lines.as_bytes()), how, &mut answers, &mut |error| {
        eprintln!("{error}");
    })?;
    assert_eq!((done.answered, done.skipped), (1, 1));

    let app: Router = Router::new()
        .route("/", get(|| async { "flowers are at /iris" }))
        .nest("/iris", router(predictor, Limits { rows: 100, ..Limits::default() }));

    drop(app);
    std::fs::remove_file(&weights)?;
    Ok(())
}
