//! Networks of the macro in training: what their train sections say, what a trainer can be told, what it refuses.

use nn_runtime::{Clip, Error, Loss, Network, Optimizer, Penalty, Rule, Schedule, Targets, Trainer, network};

network! {
    block hidden(width: dim, act: activation = relu) < dense(width, act), layer_norm >

    network Flower(memory <= 4 KiB) < input(4), hidden(8), dropout(0.1), residual < hidden(8, gelu) >, dense(3, softmax) >

    train Flower {
        minimize cross_entropy(class_weights = [1, 2, 0.5]) with adamw(lr = warmup(cosine(0.02)), clip_norm = 1, l1 = 1e-6);
        batch 10; epochs 7; seed 3;
    }

    network Precise(precision = f64) < dense(3->5, softplus), dense(2, l2 = 0.01) >

    network Running < dense(2->6), batch_norm, relu, dense(1) >

    network Planes < input(2, 2, 1), upsample(8), conv(8, 3, pad = 1), batch_norm, relu, global_avg_pool, dense(3, softmax) >
}

const CROSS_ENTROPY: Loss<'static> = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };

/// Rows of four numbers and their classes, the same on every run.
fn flowers(rows: usize) -> (Vec<[f32; 4]>, Vec<usize>) {
    let numbers = nn_tests::numbers(rows * 4, 11);
    let rows: Vec<[f32; 4]> = numbers.chunks(4).map(|row| std::array::from_fn(|at| row[at] as f32)).collect();
    let class = |row: &[f32; 4]| usize::from(row[0] > 0.0) + usize::from(row[0] > 0.0 && row[1] > 0.0);
    let classes = rows.iter().map(class).collect();
    (rows, classes)
}

#[test]
fn a_train_section_says_how_to_train() -> Result<(), Error> {
    let mut net = Flower::new(1);
    let (rows, classes) = flowers(50);
    let mut trainer = Trainer::new(&mut net);
    let settings = trainer.settings();
    assert_eq!((settings.batch, settings.epochs, settings.seed), (10, 7, 3));
    assert_eq!(settings.schedule, Schedule::cosine(0.02, 0.0).warmup(5.0));
    assert_eq!(settings.setup.loss, Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[1.0, 2.0, 0.5] });
    assert_eq!((settings.setup.clip.norm, settings.setup.penalty.l1), (Some(1.0), 1e-6));
    assert!(matches!(settings.setup.optimizer.rule, Rule::AdamW { .. }));
    let history = trainer.fit(&rows, &classes, 7)?;
    assert_eq!((history.epochs.len(), history.epochs[6].steps), (7, 35));
    Ok(())
}

#[test]
fn steps_bring_the_loss_down() -> Result<(), Error> {
    let mut net = Flower::new(5);
    let (rows, classes) = flowers(64);
    let mut trainer = Trainer::new(&mut net)
        .loss(CROSS_ENTROPY)
        .optimizer(Optimizer::adam().weight_decay(1e-4))
        .schedule(Schedule::cosine(0.02, 1e-4).warmup(2.0))
        .clip(Clip { value: Some(1.0), norm: Some(5.0) })
        .penalty(Penalty { l1: 0.0, l2: 1e-5 })
        .steps_per_epoch(4)
        .epochs(60)
        .seed(9);
    let losses: Vec<f32> = (0..240).map(|_| trainer.step(&rows, &classes)).collect::<Result<_, Error>>()?;
    assert!(losses[239] < 0.5 * losses[0], "{} to {}", losses[0], losses[239]);
    Ok(())
}

#[test]
fn the_number_of_threads_changes_nothing() -> Result<(), Error> {
    let (rows, classes) = flowers(150);
    let trained = |threads: usize| {
        let mut net = Flower::new(2);
        let history = Trainer::new(&mut net).batch(100).threads(threads).seed(4).fit(&rows, &classes, 3)?;
        Ok::<_, Error>((net.weights().to_vec(), history))
    };
    let alone = trained(1)?;
    assert_eq!(alone, trained(2)?);
    assert_eq!(alone, trained(5)?);
    assert_eq!(alone, trained(0)?);
    Ok(())
}

#[test]
fn threads_share_the_rows_of_a_batch_that_stays_together() -> Result<(), Error> {
    let (rows, classes) = flowers(70);
    let trained = |threads: usize| {
        let mut net = Planes::new(2);
        let history = Trainer::new(&mut net).batch(70).threads(threads).seed(4).fit(&rows, &classes, 2)?;
        Ok::<_, Error>((net.weights().to_vec(), history))
    };
    let alone = trained(1)?;
    assert_eq!(alone, trained(2)?);
    assert_eq!(alone, trained(5)?);
    Ok(())
}

#[test]
fn a_seed_decides_a_training() -> Result<(), Error> {
    let (rows, classes) = flowers(40);
    let trained = |seed| {
        let mut net = Flower::new(2);
        Trainer::new(&mut net).seed(seed).fit(&rows, &classes, 2)?;
        Ok::<_, Error>(net.weights().to_vec())
    };
    assert_eq!(trained(1)?, trained(1)?);
    assert_ne!(trained(1)?, trained(2)?);
    Ok(())
}

#[test]
fn running_statistics_are_state() -> Result<(), Error> {
    let mut net = Running::new(1);
    let state = |net: &Running| -> Vec<(String, Vec<f32>)> {
        net.params().filter(|param| !param.trained()).map(|param| (param.name().to_string(), param.to_vec())).collect()
    };
    let expected = [("batch_norm_1.mean".to_owned(), vec![0.0; 6]), ("batch_norm_1.variance".to_owned(), vec![1.0; 6])];
    assert_eq!(state(&net), expected);
    Trainer::new(&mut net).loss(Loss::Mse).step(&[[1.0, 0.0], [0.0, 3.0]], &[[1.0], [0.0]])?;
    assert_ne!(state(&net), expected);
    assert_eq!(Running::WEIGHTS - Running::PARAMETERS, 12);
    let gradients = net.loss_and_gradients(&[[1.0, 2.0]], &[[0.0]], Loss::Mse)?;
    assert!(gradients.iter().all(|gradient| gradient.trained()), "state has no gradient");
    Ok(())
}

#[test]
fn gradients_are_those_of_finite_differences() -> Result<(), Error> {
    let mut net = Precise::new(4);
    let (inputs, targets) = ([[0.3, -0.7, 1.1], [-1.2, 0.4, 0.9]], [[0.5, -0.5], [1.0, 0.25]]);
    let found = net.loss_and_gradients(&inputs, &targets, Loss::Mse)?;
    let params: Vec<(String, Vec<f64>)> =
        net.params().map(|param| (param.name().to_string(), param.to_vec())).collect();
    assert_eq!(found.iter().count(), params.len());
    for (name, before) in params {
        let gradient = found.of(&name)?;
        for at in 0..before.len() {
            let mut loss_at = |by: f64| {
                let mut values = before.clone();
                values[at] += by;
                net.set_param(&name, &values)?;
                Ok::<f64, Error>(net.loss_and_gradients(&inputs, &targets, Loss::Mse)?.loss)
            };
            let slope = (loss_at(1e-5)? - loss_at(-1e-5)?) / 2e-5;
            assert!((slope - gradient[at]).abs() < 1e-8, "{name}[{at}]: {slope} and {}", gradient[at]);
        }
        net.set_param(&name, &before)?;
    }
    Ok(())
}

#[test]
fn sizes_are_constants() {
    const { assert!(Flower::INPUTS == 4 && Flower::OUTPUTS == 3 && Flower::BATCH == 10) };
    const { assert!(Flower::PARAMETERS == 40 + 16 + 72 + 16 + 27 && Flower::WEIGHTS == Flower::PARAMETERS) };
    const { assert!(Flower::OPTIMIZER_STATE == 2 * Flower::PARAMETERS) };
    const { assert!((Flower::WEIGHTS + Flower::PREDICT_ARENA) * 4 <= 4 << 10, "memory <= 4 KiB") };
    const { assert!(Flower::TRAINING_BYTES > 4 * (2 * Flower::PARAMETERS + Flower::OPTIMIZER_STATE)) };
    let weights = Flower::new(0).params().map(|param| param.len()).sum::<usize>();
    assert_eq!((weights, Flower::PROGRAM.weights), (Flower::WEIGHTS, Flower::WEIGHTS));
}

#[test]
fn what_does_not_fit_is_an_error_with_its_numbers() {
    let mut net = Flower::new(1);
    let (rows, classes) = flowers(3);
    let gradients = |net: &Flower, targets: Targets<'_, f32>, loss| {
        net.loss_and_gradients(&rows, targets, loss).map(|_| ()).expect_err("they do not fit")
    };
    assert_eq!(
        gradients(&net, Targets::Classes(&[0, 3, 1]), CROSS_ENTROPY),
        Error::ClassOutOfRange { index: 1, class: 3, classes: 3 }
    );
    let missing = gradients(&net, Targets::Classes(&classes[..2]), CROSS_ENTROPY);
    assert_eq!(missing, Error::TargetCount { what: "class ids", rows: 3, expected: 3, found: 2 });
    let numbers = gradients(&net, Targets::Classes(&classes), Loss::Mse);
    assert!(matches!(numbers, Error::TargetKind { .. }), "{numbers}");
    let no_rows: [[f32; 4]; 0] = [];
    assert_eq!(Trainer::new(&mut net).step(&no_rows, &[0usize; 0]), Err(Error::NoRows));
    let no_rate = Trainer::new(&mut net).learning_rate(f64::INFINITY).step(&rows, &classes);
    assert!(matches!(no_rate, Err(Error::Setting { .. })), "{no_rate:?}");
}

#[test]
fn a_loss_that_is_no_number_leaves_the_weights_alone() {
    let mut net = Flower::new(1);
    let before = net.weights().to_vec();
    let error = Trainer::new(&mut net).step(&[[f32::NAN; 4]; 3], &[0usize, 1, 2]).expect_err("there is no loss");
    assert!(matches!(error, Error::NotFinite { step: 1, .. }), "{error}");
    assert_eq!(net.weights(), before);
}
