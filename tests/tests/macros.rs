//! The macro as users of Rust meet it: its four forms, and every method of the types that it makes.

use std::sync::OnceLock;

use nn_runtime::params::Param;
use nn_runtime::{Error, Loss, Optimizer, Schedule, Trainer};

nn_runtime::network! { pub Xor < dense(2->8, tanh), dense(8->1, sigmoid) > }

nn_runtime::network! {
    /// Two networks and a block in one text.
    block hidden(width: dim, act: activation = tanh) < dense(width, act), dropout(0.1) >

    pub network Flower < dense(4->6, relu), hidden(5), dense(3, softmax) >

    network Price(precision = f64) < dense(4->16, relu), dense(1) >

    train Price {
        minimize mse with momentum(lr = 0.05);
        batch 8;
        epochs 3;
        seed 7;
    }
}

mod from_file {
    nn_runtime::network! { file "corpus/pass/iris.nn" }
}

/// Blocks of other files, by a body and by a file.
mod from_files {
    nn_runtime::network! { file "corpus/used/net.nn" }

    nn_runtime::network! {
        use "corpus/used/hidden.nn";
        use "corpus/used/parts/tower.nn";

        block last(width: dim) < hidden(8), dense(width) >

        pub network Here < input(4), tower(8), last(3), softmax >
    }
}

const INPUTS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const TARGETS: [[f32; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];
const CROSS_ENTROPY: Loss<'static> = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };

fn flowers(rows: usize) -> Vec<[f32; 4]> {
    let values = nn_tests::numbers(rows * 4, 3);
    values.as_chunks().0.iter().map(|row| row.map(|x| x as f32)).collect()
}

#[test]
fn one_seed_gives_one_network() {
    let bits = |seed| Flower::new(seed).params().flat_map(|param| param.to_vec()).map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(1), bits(1));
    assert_ne!(bits(1), bits(2));
    let mut net = Flower::new(1);
    net.reset(2);
    assert_eq!(net.predict(&[0.1; 4]), Flower::new(2).predict(&[0.1; 4]));
}

#[test]
fn a_row_is_predicted_alike_alone_and_among_others() {
    let net = Flower::new(5);
    for rows in [0, 1, 2, 63, 64, 65, 200] {
        let inputs = flowers(rows);
        let alone: Vec<[f32; 3]> = inputs.iter().map(|row| net.predict(row)).collect();
        assert_eq!(net.predict_batch(&inputs), alone);
        let mut into = vec![[0.0; 3]; rows];
        net.predict_into(&inputs, &mut into).expect("as many outputs as inputs");
        assert_eq!(into, alone);
    }
    assert!(matches!(net.predict_into(&flowers(2), &mut [[0.0; 3]]), Err(Error::OutputLength { .. })));
}

#[test]
fn several_threads_predict_on_one_network() {
    let net = Flower::new(5);
    let inputs = flowers(50);
    let expected = net.predict_batch(&inputs);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(net.predict_batch(&inputs), expected));
        }
    });
}

#[test]
fn parameters_are_read_and_set_by_name() {
    let mut net = Xor::new(1);
    let names: Vec<_> = net.params().map(|param| (param.name().to_string(), param.shape().to_vec())).collect();
    let expected = [
        ("dense_1.weight", vec![2, 8]),
        ("dense_1.bias", vec![8]),
        ("dense_2.weight", vec![8, 1]),
        ("dense_2.bias", vec![1]),
    ];
    assert_eq!(names, expected.map(|(name, shape)| (name.to_owned(), shape)));
    let weight: Vec<f32> = (0..8u8).map(f32::from).collect();
    net.set_param("dense_2.weight", &weight).expect("eight values");
    assert_eq!(net.params().nth(2).expect("four of them").to_vec(), weight);
    assert!(matches!(net.set_param("dense_2.weight", &[1.0]), Err(Error::ParameterLength { .. })));
    let error = net.set_param("dense_3.weight", &[1.0]).expect_err("there is none");
    assert!(error.to_string().contains("dense_2.weight"), "{error}");
}

#[test]
fn a_weight_stands_where_its_name_says() {
    let mut net = nn_runtime::network!(< dense(2->3) >);
    net.set_param("dense_1.weight", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).expect("six values");
    net.set_param("dense_1.bias", &[10.0, 20.0, 30.0]).expect("three values");
    assert_eq!(net.predict(&[1.0, 0.0]), [11.0, 22.0, 33.0]);
    assert_eq!(net.predict(&[0.0, 1.0]), [14.0, 25.0, 36.0]);
}

#[test]
fn files_give_back_what_was_saved() {
    let folder = std::env::temp_dir().join(format!("nn-macros-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("xor.safetensors");
    let net = Xor::new(9);
    net.save(&path).expect("it is written");
    let again = Xor::load(&path).expect("it is read");
    assert_eq!(net.predict_batch(&INPUTS), again.predict_batch(&INPUTS));
    let error = Flower::load(&path).expect_err("these are other weights").to_string();
    assert!(error.contains("`Xor`") && error.contains("`Flower`"), "{error}");
    let bytes = std::fs::read(&path).expect("a file");
    std::fs::write(&path, &bytes[..bytes.len() - 1]).expect("it is cut");
    assert!(Xor::load(&path).expect_err("a byte is missing").to_string().contains("bytes"));
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

#[test]
fn gradients_are_those_of_the_loss() {
    let mut net = Xor::new(3);
    let gradients = net.loss_and_gradients(&INPUTS, &TARGETS, Loss::BinaryCrossEntropy).expect("they fit");
    for name in ["dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"] {
        let gradient = gradients.of(name).expect("a parameter");
        let values = net.params().find(|param| param.name() == name).expect("a parameter").to_vec();
        for at in 0..values.len() {
            let mut loss = |by: f32| {
                let mut moved = values.clone();
                moved[at] += by;
                net.set_param(name, &moved).expect("as many values");
                let loss = net.loss_and_gradients(&INPUTS, &TARGETS, Loss::BinaryCrossEntropy).expect("they fit").loss;
                net.set_param(name, &values).expect("as many values");
                f64::from(loss)
            };
            let slope = (loss(0.01) - loss(-0.01)) / 0.02;
            let got = f64::from(gradient[at]);
            assert!((got - slope).abs() < 2e-3, "{name}[{at}] is {got}, differences give {slope}");
        }
    }
    assert!(net.loss_and_gradients(&INPUTS, &[0usize], Loss::BinaryCrossEntropy).is_err());
}

#[test]
fn a_trainer_learns_xor() {
    let mut net = Xor::new(42);
    let mut trainer = Trainer::new(&mut net)
        .loss(Loss::BinaryCrossEntropy)
        .optimizer(Optimizer::adam())
        .schedule(Schedule::constant(0.05))
        .batch(4)
        .seed(1)
        .threads(2);
    let first = trainer.step(&INPUTS, &TARGETS).expect("finite");
    let history = trainer.fit(&INPUTS, &TARGETS, 400).expect("finite");
    let last = history.epochs.last().expect("400 epochs").loss;
    assert!(first > 0.5 && last < 0.05, "{first} {last}");
    for (input, target) in INPUTS.iter().zip(TARGETS) {
        assert!((net.predict(input)[0] - target[0]).abs() < 0.2);
    }
}

#[test]
fn class_ids_and_one_hot_targets_are_the_same() {
    let net = Flower::new(1);
    let inputs = flowers(3);
    let by_id = net.loss_and_gradients(&inputs, &[2usize, 0, 1], CROSS_ENTROPY).expect("ids");
    let rows = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let by_row = net.loss_and_gradients(&inputs, &rows, CROSS_ENTROPY).expect("rows");
    assert_eq!((by_id.loss, by_id.physical), (by_row.loss, by_row.physical));
}

#[test]
fn an_expression_is_a_network() {
    let mut net = nn_runtime::network!(< dense(2->8, tanh), dense(8->1, sigmoid) >);
    assert_eq!(net.predict(&[0.0, 1.0]), Xor::new(0).predict(&[0.0, 1.0]));
    net.reset(4);
    assert_eq!(net.predict(&[0.0, 1.0]), Xor::new(4).predict(&[0.0, 1.0]));
}

#[test]
fn a_file_is_a_network() {
    let net = from_file::Iris::new(0);
    let probabilities = net.predict(&[0.1, 0.2, 0.3, 0.4]);
    assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    assert_eq!((from_file::Iris::PARAMETERS, from_file::Iris::BATCH, from_file::Iris::OPTIMIZER_STATE), (131, 16, 262));
}

#[test]
fn files_use_blocks_of_other_files() {
    let (net, here) = (from_files::Net::new(3), from_files::Here::new(3));
    let tower = |name: &str| name.starts_with("tower_1.hidden_2.layer_norm_1");
    assert_eq!(net.params().filter(|param| tower(&param.name().to_string())).count(), 2);
    assert_eq!((from_files::Net::PARAMETERS, from_files::Here::PARAMETERS), (171, 171 + 72 + 16));
    // What stands in front of the last blocks is the same.
    let firsts = |params: Vec<(String, Vec<f32>)>| params.into_iter().take(8).collect::<Vec<_>>();
    let named = |param: Param<'_, f32>| (param.name().to_string(), param.to_vec());
    let (one, other) = (net.params().map(named).collect(), here.params().map(named).collect());
    assert_eq!(firsts(one), firsts(other));
}

#[test]
fn precision_is_part_of_the_text() {
    let mut net = Price::new(1);
    let price: [f64; 1] = net.predict(&[1.0, 2.0, 3.0, 4.0]);
    assert!(price[0].is_finite());
    assert_eq!(Price::TRAINING_BYTES % 8, 0);
    let loss = Trainer::new(&mut net).step(&[[1.0, 2.0, 3.0, 4.0]], &[[1.0]]).expect("the text says how");
    assert!(loss > 0.0);
}

#[test]
fn weights_live_where_the_user_puts_them() {
    let expected = Xor::new(6).predict(&[1.0, 0.0]);
    let on_stack = Xor::in_memory([0.0; Xor::WEIGHTS], 6).expect("enough room");
    assert_eq!(on_stack.predict(&[1.0, 0.0]), expected);
    let mut memory = vec![0.0; Xor::WEIGHTS];
    let mut borrowed = Xor::in_memory(&mut memory[..], 6).expect("enough room");
    assert_eq!(borrowed.predict(&[1.0, 0.0]), expected);
    Trainer::new(&mut borrowed).loss(Loss::BinaryCrossEntropy).step(&INPUTS, &TARGETS).expect("finite");
    assert_ne!(Xor::with_weights(memory).expect("the same length").predict(&[1.0, 0.0]), expected);
    assert!(matches!(Xor::in_memory([0.0; 3], 6), Err(Error::BufferLength { .. })));
}

#[test]
fn arrays_of_ndarray_are_batches() {
    let net = Flower::new(5);
    let inputs = flowers(7);
    let array = ndarray::Array2::from(inputs.clone());
    let outputs = net.predict_array(array.view()).expect("rows of four");
    assert_eq!(outputs.as_slice().expect("a new array"), net.predict_batch(&inputs).as_flattened());
    assert!(net.predict_array(array.t()).is_err());
    let mut net = net;
    let targets = ndarray::Array2::from(vec![[0.0, 1.0, 0.0]; 7]);
    Trainer::new(&mut net).loss(CROSS_ENTROPY).step(array.view(), targets.view()).expect("views are batches");
}

/// A generator that yields one number.
struct Fixed(u64);

impl nn_runtime::rand::TryRng for Fixed {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0 as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0);
        Ok(())
    }
}

#[test]
fn any_generator_can_choose_the_seed() {
    assert_eq!(Xor::from_rng(&mut Fixed(11)).predict(&[0.5, 0.5]), Xor::new(11).predict(&[0.5, 0.5]));
}

nn_runtime::network! { Wide < dense(4096->4096, relu, init = constant(1e-4)), dense(4096->10, init = constant(1e-3)) > }

#[test]
fn a_wide_network_needs_little_stack() {
    static DONE: OnceLock<f32> = OnceLock::new();
    let work = || {
        let mut net = Wide::new(0);
        let input = Box::new([[0.5f32; 4096]]);
        let output = net.predict(&input[0]);
        let loss = Trainer::new(&mut net).loss(Loss::Mse).optimizer(Optimizer::sgd()).step(&*input, &[[0.0; 10]]);
        DONE.set(loss.expect("finite") + output[0]).expect("once");
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread");
    thread.join().expect("2 MiB are enough");
    assert!(DONE.get().expect("it is done").is_finite());
}
