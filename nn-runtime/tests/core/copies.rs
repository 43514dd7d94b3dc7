//! Tensors that stand for one in each repetition: everyone outside of the table sees the copies as tensors of their own.

use nn_runtime::program::{Arena, Head, Layout, Purpose, Segment, Tensor};
use nn_runtime::{Draws, Error, Init, Name, Network, Penalty, Program, Rows, Targets, network, params};

const ROWS: usize = 2;
const COLUMNS: usize = 3;

const fn tensor(name: &'static str, copies: &'static [usize], shape: &'static [usize], offset: usize) -> Tensor {
    let (layout, init) = (Layout::RowMajor, Init::GlorotUniform);
    Tensor { name, copies, shape, offset, layout, init, purpose: Purpose::Own, trained: true, l1: 0.0, l2: 0.0 }
}

const WEIGHT: Tensor = Tensor {
    layout: Layout::Transposed,
    init: Init::Orthogonal { gain: 1.0 },
    l1: 0.5,
    ..tensor("repeat_1.*.dense_1.weight", &[3], &[ROWS, COLUMNS], 0)
};

/// A matrix for each of three repetitions; a vector for each of two in two; one without copies.
const TENSORS: &[Tensor] = &[
    WEIGHT,
    tensor("repeat_2.*.repeat_1.*.norm_1.shift", &[2, 2], &[2], 18),
    Tensor { init: Init::Ones, ..tensor("dense_1.bias", &[], &[1], 26) },
];

/// The same, written out.
const WRITTEN_OUT: &[Tensor] = &[
    Tensor { name: "repeat_1.1.dense_1.weight", copies: &[], ..WEIGHT },
    Tensor { name: "repeat_1.2.dense_1.weight", copies: &[], offset: 6, ..WEIGHT },
    Tensor { name: "repeat_1.3.dense_1.weight", copies: &[], offset: 12, ..WEIGHT },
    tensor("repeat_2.1.repeat_1.1.norm_1.shift", &[], &[2], 18),
    tensor("repeat_2.1.repeat_1.2.norm_1.shift", &[], &[2], 20),
    tensor("repeat_2.2.repeat_1.1.norm_1.shift", &[], &[2], 22),
    tensor("repeat_2.2.repeat_1.2.norm_1.shift", &[], &[2], 24),
    TENSORS[2],
];

const VALUES: usize = 27;

/// A network whose output is the sum of all weights, for an input of 1.
struct Deep<const SHORT: bool>([f64; VALUES]);

impl<const SHORT: bool> Network for Deep<SHORT> {
    type Real = f64;
    const PROGRAM: &'static Program<f64> = &Program {
        name: "Deep",
        input: &[1],
        output: &[1],
        inputs: 1,
        outputs: 1,
        ids: &[],
        ports: &[],
        head: Head::Linear,
        tensors: if SHORT { TENSORS } else { WRITTEN_OUT },
        weights: VALUES,
        parameters: VALUES,
        trained: &[Segment { start: 0, len: VALUES }],
        written: &[],
        predict_arena: Arena::NONE,
        many: None,
        train_arena: Arena::NONE,
        shard: Some(32),
        work: 1 << 20,
        predict: |weights, input, output, _, _| sum(weights, input, output),
        forward: |weights, input, logits, _, _, _: Draws, _| sum(weights, input, logits),
        head_forward: |logits, output, _| output.copy_from_slice(logits),
        head_backward: |_, d_output, d_logits, _| d_logits.copy_from_slice(d_output),
        backward: |_, input, d_logits, gradients, _, _, _| {
            let total: f64 = input.iter().zip(d_logits).map(|(x, d)| x * d).sum();
            // Each gradient another number, the largest that of weight 15.
            for (i, g) in gradients.iter_mut().enumerate() {
                *g = if i == 15 { total * f64::INFINITY } else { total * (i + 1) as f64 };
            }
        },
        recipe: None,
        objective: None,
        entries: &[],
        training: None,
    };

    fn weights(&self) -> &[f64] {
        &self.0
    }

    fn weights_mut(&mut self) -> &mut [f64] {
        &mut self.0
    }
}

fn sum(weights: &[f64], input: &[f64], output: &mut [f64]) {
    let total: f64 = weights.iter().sum();
    output.iter_mut().zip(input).for_each(|(y, x)| *y = total * x);
}

const SHORT: &Program<f64> = Deep::<true>::PROGRAM;
const LONG: &Program<f64> = Deep::<false>::PROGRAM;

fn initial(program: &Program<f64>, seed: u64) -> [f64; VALUES] {
    let mut weights = [f64::NAN; VALUES];
    params::initialise(program, &mut weights, seed);
    weights
}

#[test]
fn copies_have_names_shapes_and_values_of_their_own() {
    let weights: [f64; VALUES] = std::array::from_fn(|i| i as f64);
    let short: Vec<_> = params::iter(SHORT, &weights).collect();
    let long: Vec<_> = params::iter(LONG, &weights).collect();
    assert_eq!((short.len(), long.len()), (8, 8));
    for (short, long) in short.iter().zip(&long) {
        assert_eq!(short.name(), long.name());
        assert_eq!(short.name().to_string(), long.name().to_string());
        assert_eq!((short.shape(), short.len(), short.to_vec()), (long.shape(), long.len(), long.to_vec()));
    }
    assert_eq!(short[1].name(), "repeat_1.2.dense_1.weight");
    assert_eq!(short[1].to_vec(), [6.0, 8.0, 10.0, 7.0, 9.0, 11.0]);
    assert_eq!(short[5].name(), "repeat_2.2.repeat_1.1.norm_1.shift");
    assert_eq!(short[5].to_vec(), [22.0, 23.0]);
}

#[test]
fn values_begin_as_if_the_repetition_were_written_out() {
    let (short, long) = (initial(SHORT, 5), initial(LONG, 5));
    assert_eq!(short, long);
    assert_ne!(short[..6], short[6..12], "each copy draws for itself");
    assert_ne!(short, initial(SHORT, 6));
}

#[test]
fn one_copy_is_set_and_found_by_its_name() {
    let mut weights = [0.0; VALUES];
    params::set(SHORT, &mut weights, "repeat_1.3.dense_1.weight", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        .expect("there is one");
    assert_eq!(weights[12..18], [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert!(weights[..12].iter().chain(&weights[18..]).all(|w| *w == 0.0));
    let error = params::set(SHORT, &mut weights, "repeat_1.2.dense_1.weight", &[1.0]).expect_err("too short");
    assert_eq!(
        error.to_string(),
        "the parameter `repeat_1.2.dense_1.weight` of shape [2, 3] has 6 values, but 1 were given"
    );
    for name in ["repeat_1.4.dense_1.weight", "repeat_1.*.dense_1.weight", "repeat_1.1.dense_1.weight.", ""] {
        let error = params::find(SHORT, &weights, name).expect_err("there is none");
        assert_eq!(
            error.to_string(),
            format!(
                "there is no parameter `{name}`; there are repeat_1.1.dense_1.weight to repeat_1.3.dense_1.weight, \
                 repeat_2.1.repeat_1.1.norm_1.shift to repeat_2.2.repeat_1.2.norm_1.shift, dense_1.bias"
            )
        );
    }
}

#[test]
fn gradients_and_penalties_are_those_of_the_copies() {
    let weights = [-1.0; VALUES];
    let batch = || (Rows::new(&[1.0], 1), Targets::Values(&[-28.0]));
    let gradients = |program| {
        let (rows, targets) = batch();
        network::loss_and_gradients(program, &weights, rows, targets, nn_runtime::Loss::Mse).expect("it fits")
    };
    let (short, long) = (gradients(SHORT), gradients(LONG));
    assert_eq!((short.loss, &short.physical), (long.loss, &long.physical));
    // The error is 1, so its gradient 2; the penalty of 18 weights is 0.5 each.
    assert_eq!(short.loss, 1.0 + 9.0);
    assert_eq!(short.of("repeat_2.1.repeat_1.2.norm_1.shift").expect("there is one"), [42.0, 44.0]);
    assert_eq!(short.of("repeat_1.2.dense_1.weight").expect("there is one")[0], 14.0 - 0.5);
    let names: Vec<String> = short.iter().map(|gradient| gradient.name().to_string()).collect();
    assert_eq!(names[2], "repeat_1.3.dense_1.weight");

    let mut net = Deep::<true>(weights);
    let mut trainer = nn_runtime::Trainer::new(&mut net).penalty(Penalty { l1: 0.0, l2: 0.0 });
    let error = trainer.step(&[[1.0]], &[[-28.0]]).expect_err("a gradient is infinite");
    let Error::NotFinite { tensor, .. } = error else { panic!("{error}") };
    assert_eq!(tensor, "repeat_1.3.dense_1.weight");
}

#[test]
fn names_are_compared_shown_and_aligned() {
    let name = Name::new("repeat_1.*.dense_1.weight", &[12], 9);
    assert_eq!(name, "repeat_1.10.dense_1.weight");
    assert_eq!("repeat_1.10.dense_1.weight", name);
    assert_eq!(name, String::from("repeat_1.10.dense_1.weight"));
    assert_eq!(name, Name::plain("repeat_1.10.dense_1.weight"));
    assert_ne!(name, Name::new("repeat_1.*.dense_1.weight", &[12], 0));
    assert_ne!(name, "repeat_1.1.dense_1.weight");
    assert_eq!(format!("{name:?}"), "\"repeat_1.10.dense_1.weight\"");
    let name = Name::new("r.*", &[3], 1);
    assert_eq!(format!("[{name:5}|{name:>5}|{name:^5}|{name:.>5}|{name:2}]"), "[r.2  |  r.2| r.2 |..r.2|r.2]");
    assert_eq!(format!("[{:5}]", Name::plain("b")), "[b    ]");
}

#[test]
fn files_hold_the_copies_one_by_one() {
    let path = |name: &str| std::env::temp_dir().join(format!("nn-copies-{}-{name}", std::process::id()));
    let (short, long) = (path("short"), path("long"));
    let weights = initial(SHORT, 3);
    nn_runtime::weights::save(&short, SHORT, &weights, None).expect("a file");
    nn_runtime::weights::save(&long, LONG, &weights, None).expect("a file");
    assert_eq!(std::fs::read(&short).expect("it is there"), std::fs::read(&long).expect("it is there"));
    let mut read = [0.0; VALUES];
    nn_runtime::weights::load(&long, SHORT, &mut read).expect("the same tensors");
    assert_eq!(read, weights);
    let nan: [f64; VALUES] = std::array::from_fn(|i| if i == 13 { f64::NAN } else { 0.0 });
    let error = nn_runtime::weights::save(&short, SHORT, &nan, None).expect_err("not a number");
    assert!(error.to_string().ends_with("`repeat_1.3.dense_1.weight`[1, 0] is NaN"), "{error}");
    for path in [short, long] {
        std::fs::remove_file(path).expect("it is there");
    }
}
