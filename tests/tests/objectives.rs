//! Losses and metrics that a text states as expressions: their values, their gradients, what they train, what reports say of them.

use std::path::PathBuf;

use nn_runtime::batch::{Rows, Targets};
use nn_runtime::fit::{Run, Settings, fit};
use nn_runtime::network::{evaluate, figures_of, initial, loss_and_gradients, predict_rows};
use nn_runtime::report::Figures;
use nn_runtime::session::{Overrides, Quiet, train};
use nn_runtime::{Error, Loss, Program, Real};
use nn_tests::{Any, COMPILED, assert_close, numbers};

/// The same text by way of the macro.
mod in_macro {
    nn_runtime::network! { file "corpus/pass/objectives.nn" }
}

/// More than two shards of 32 rows, and one that is not full.
const ROWS: usize = 70;

/// A network of `corpus/pass/objectives.nn`.
fn compiled(network: &str) -> (&'static Program<f32>, &'static Program<f64>) {
    let find = |wide: bool| {
        let mut all = COMPILED.iter().filter(|one| one.text == "corpus/objectives" && one.network == network);
        all.find(|one| matches!(one.program, Any::F64(_)) == wide).expect("both precisions").program
    };
    match (find(false), find(true)) {
        (Any::F32(narrow), Any::F64(wide)) => (narrow, wide),
        other => unreachable!("{other:?}"),
    }
}

/// What an example should become.
#[derive(Clone, Copy)]
enum Kind {
    Values,
    Signs,
    Counts,
    Parts,
    Shares,
    Ids,
}

/// Targets of all rows in the precision that is asked for.
struct Wanted<T> {
    values: Vec<T>,
    ids: Vec<usize>,
}

impl<T: Real> Wanted<T> {
    fn new(kind: Kind, outputs: usize) -> Self {
        let raw = numbers(ROWS * outputs, 5);
        let values: Vec<f64> = match kind {
            Kind::Values | Kind::Ids => raw,
            Kind::Signs => raw.iter().map(|x| x.signum()).collect(),
            Kind::Counts => raw.iter().map(|x| (2.0 * x.abs()).round()).collect(),
            Kind::Parts => raw.iter().map(|x| x.abs() / 1.6).collect(),
            Kind::Shares => raw.chunks(3).flat_map(shares).collect(),
        };
        let ids = (0..ROWS).map(class).collect();
        match kind {
            Kind::Ids => Self { values: Vec::new(), ids },
            _ => Self { values: values.into_iter().map(T::from_f64).collect(), ids: Vec::new() },
        }
    }

    fn targets(&self) -> Targets<'_, T> {
        if self.values.is_empty() { Targets::Classes(&self.ids) } else { Targets::Values(&self.values) }
    }
}

/// The class of a row.
fn class(row: usize) -> usize {
    (row + row / 7) % 3
}

/// Numbers of the same proportions that add up to 1.
fn shares(raw: &[f64]) -> Vec<f64> {
    let sum: f64 = raw.iter().map(|x| x.abs()).sum();
    raw.iter().map(|x| x.abs() / sum).collect()
}

fn real<T: Real>(values: &[f64]) -> Vec<T> {
    values.iter().map(|x| T::from_f64(*x)).collect()
}

fn wide<T: Real>(values: &[T]) -> Vec<f64> {
    values.iter().map(|x| x.to_f64()).collect()
}

/// Loss, gradients, loss of the predictions, and the weights after three epochs of four steps.
fn course<T: Real>(program: &'static Program<T>, kind: Kind, loss: Loss<'static>) -> Result<[Vec<f64>; 3], Error> {
    let inputs: Vec<T> = real(&numbers(ROWS * program.inputs, 3));
    let wanted = Wanted::new(kind, program.outputs);
    let (rows, targets) = (Rows::new(&inputs, program.inputs), wanted.targets());
    let mut weights = initial(program, 8);
    let found = loss_and_gradients(program, weights.as_mut(), rows, targets, loss)?;
    let losses = vec![found.loss.to_f64(), evaluate(program, weights.as_mut(), rows, targets, loss)?];
    let mut settings = Settings::of(program);
    settings.setup.loss = loss;
    let mut run = Run::default();
    fit(program, &settings, &mut run, weights.as_mut(), (rows, targets), 3, &mut ())?;
    Ok([losses, wide(&found.physical), wide(weights.as_mut())])
}

#[test]
fn an_expression_trains_as_the_loss_of_that_name_does() -> Result<(), Error> {
    let entropy = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    for (stated, named, loss, kind) in [
        ("Squares", "Squares", Loss::Mse, Kind::Values),
        ("Sizes", "Sizes", Loss::Mae, Kind::Values),
        ("Hubers", "Hubers", Loss::Huber { delta: 0.3 }, Kind::Values),
        ("Cosh", "Cosh", Loss::LogCosh, Kind::Values),
        ("Margins", "Margins", Loss::Hinge, Kind::Signs),
        ("Rates", "Rates", Loss::Poisson, Kind::Counts),
        ("Angles", "Angles", Loss::Cosine, Kind::Values),
        ("Chances", "Chances", Loss::BinaryCrossEntropy, Kind::Parts),
        ("ChancesOfLogits", "Chances", Loss::BinaryCrossEntropy, Kind::Parts),
        ("Shares", "Shares", entropy, Kind::Shares),
        ("SharesOfLogits", "Shares", entropy, Kind::Shares),
        ("Divergences", "Divergences", Loss::KlDivergence, Kind::Shares),
        ("Classes", "Classes", entropy, Kind::Ids),
    ] {
        let (one, other) = (compiled(stated), compiled(named));
        let narrow = (course(one.0, kind, Loss::Objective)?, course(other.0, kind, loss)?);
        let exact = (course(one.1, kind, Loss::Objective)?, course(other.1, kind, loss)?);
        for ((got, want), tolerance) in [(narrow, 1e-6), (exact, 1e-12)] {
            for (at, what) in ["losses", "gradients", "weights"].into_iter().enumerate() {
                assert_close(&format!("{stated}, {what}"), &got[at], &want[at], tolerance, tolerance);
            }
            assert!(got[1].iter().any(|gradient| gradient.abs() > 1e-3), "{stated} has no gradients");
        }
    }
    Ok(())
}

/// A row of weight 2 is as good as two, and one of weight 0 as none: in the loss and in its gradients. Metrics count all rows alike.
#[test]
fn rows_count_as_their_weights_say() -> Result<(), Error> {
    let (_, program) = compiled("Several");
    let (inputs, values) = (numbers(ROWS * program.inputs, 3), several().1);
    let weights: Vec<f64> = (0..ROWS).map(|row| [1.0, 0.0, 2.0][row % 3]).collect();
    let each = values.len() / ROWS;
    let copied = |values: &[f64], width: usize| -> Vec<f64> {
        let rows = values.chunks(width).zip(&weights);
        rows.flat_map(|(row, weight)| row.repeat(*weight as usize)).collect()
    };
    let net = initial(program, 8);
    let of = |rows: Rows<'_, f64>, values: &[f64]| {
        let targets = Targets::Values(values);
        let found = loss_and_gradients(program, net.as_ref(), rows, targets, Loss::Objective)?;
        let judged = evaluate(program, net.as_ref(), rows, targets, Loss::Objective)?;
        Ok::<_, Error>((vec![found.loss, judged], found.physical))
    };
    let rows = Rows::new(&inputs, program.inputs);
    let found = of(rows.weighted(&weights), &values)?;
    let (inputs_of_copies, values_of_copies) = (copied(&inputs, program.inputs), copied(&values, each));
    let expected = of(Rows::new(&inputs_of_copies, program.inputs), &values_of_copies)?;
    assert_close("losses", &found.0, &expected.0, 1e-12, 1e-12);
    assert_close("gradients", &found.1, &expected.1, 1e-12, 1e-12);
    assert!((of(rows, &values)?.0[1] - expected.0[1]).abs() > 1e-4);

    let mut output = vec![0.0; ROWS * program.outputs];
    predict_rows(program, net.as_ref(), rows, &mut output)?;
    let figures = |rows| figures_of(program, rows, &output, Targets::Values(&values)).expect("the text states some");
    assert_eq!(figures(rows.weighted(&weights))[1..], figures(rows)[1..]);
    assert_close("loss", &figures(rows.weighted(&weights))[..1], &expected.0[1..], 1e-12, 1e-12);
    Ok(())
}

/// The inputs, outputs and targets of one row of `Several`, and its loss and metrics by hand.
fn by_hand(x: &[f64], output: &[f64], y: &[f64]) -> [f64; 4] {
    let ([xhat, h, p], aside) = ([&output[..6], &output[6..11], &output[14..16]], &output[11..14]);
    assert_eq!(aside.len(), 3);
    let squares: f64 = xhat.iter().zip(x).map(|(a, b)| (a - b) * (a - b)).sum();
    let sizes: f64 = h.iter().map(|h| h.abs()).sum();
    let distances: Vec<f64> = p.iter().zip(&y[14..]).map(|(p, y)| (p - y).abs()).collect();
    let huber = |d: &f64| if *d <= 0.2 { d * d / 2.0 } else { 0.2 * (d - 0.1) };
    let (mut state, mut states) = (0.0, 0.0);
    for v in xhat {
        state = 0.5 * state + v * v;
        states += state;
    }
    let loss = squares / 6.0 + 0.1 * sizes + distances.iter().map(huber).sum::<f64>() / 2.0 + 0.5 * states / 6.0;
    let active = h.iter().filter(|h| **h > 0.0).count() as f64 / 5.0;
    [loss, active, distances.iter().sum::<f64>() / 2.0, xhat[0] - x[0]]
}

/// Inputs and targets of `Several`.
fn several() -> (Vec<f64>, Vec<f64>) {
    (numbers(ROWS * 6, 13), numbers(ROWS * 16, 14))
}

#[test]
fn a_loss_of_several_outputs_and_an_input_is_what_it_says() -> Result<(), Error> {
    let program = compiled("Several").1;
    let (inputs, targets) = several();
    let (rows, targets) = (Rows::new(&inputs, 6), Targets::Values(&targets[..]));
    let mut weights = initial(program, 2);
    let mut outputs = vec![0.0; ROWS * 16];
    predict_rows(program, weights.as_mut(), rows, &mut outputs)?;
    let Targets::Values(y) = targets else { unreachable!("values") };
    let mut want = [0.0; 4];
    for row in 0..ROWS {
        let figures = by_hand(&inputs[row * 6..][..6], &outputs[row * 16..][..16], &y[row * 16..][..16]);
        want.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure / ROWS as f64);
    }
    let found = figures_of(program, rows, &outputs, targets).expect("the text states a loss");
    assert_close("figures", &found, &want, 1e-12, 0.0);
    let names = program.objective.expect("the text states a loss").metrics;
    assert_eq!(names, ["active", "mae(p, y[14..16])", "first"]);
    let loss = loss_and_gradients(program, weights.as_mut(), rows, targets, Loss::Objective)?.loss;
    assert_close("loss", &[loss], &want[..1], 1e-12, 0.0);
    Ok(())
}

#[test]
fn its_gradients_are_those_of_finite_differences() -> Result<(), Error> {
    const STEP: f64 = 1e-5;
    let program = compiled("Several").1;
    let (inputs, targets) = several();
    let batch = (Rows::new(&inputs, 6), Targets::Values(&targets[..]));
    let mut weights = initial(program, 2);
    let found = loss_and_gradients(program, weights.as_mut(), batch.0, batch.1, Loss::Objective)?;
    for at in 0..program.parameters {
        let before = weights.as_mut()[at];
        let mut loss_at = |value: f64| {
            weights.as_mut()[at] = value;
            evaluate(program, weights.as_mut(), batch.0, batch.1, Loss::Objective)
        };
        let slope = (loss_at(before + STEP)? - loss_at(before - STEP)?) / (2.0 * STEP);
        loss_at(before)?;
        let gradient = found.physical[at];
        assert!((slope - gradient).abs() < 1e-8, "weight {at}: {slope} by differences, {gradient} by the adjoint");
    }
    // What leads to an output that the loss leaves out learns nothing; all else does.
    for param in found.iter() {
        let aside = param.name().to_string().starts_with("dense_3");
        assert_eq!(param.to_vec().iter().all(|gradient| *gradient == 0.0), aside, "{}", param.name());
    }
    Ok(())
}

#[test]
fn both_doors_lead_to_the_same_bits() -> Result<(), Error> {
    let (from_text, from_macro) = (compiled("Several").0, <in_macro::Several as nn_runtime::Network>::PROGRAM);
    let (inputs, targets) = several();
    let (inputs, targets): (Vec<f32>, Vec<f32>) = (real(&inputs), real(&targets));
    let run = |program: &'static Program<f32>| {
        let mut weights = initial(program, 6);
        let rows = Rows::new(&inputs, 6);
        let found = loss_and_gradients(program, weights.as_mut(), rows, Targets::Values(&targets), Loss::Objective)?;
        Ok::<_, Error>((found.loss, found.physical))
    };
    assert_eq!(run(from_text)?, run(from_macro)?);
    let mut net = in_macro::Squares::new(1);
    let mut trainer = nn_runtime::Trainer::new(&mut net);
    assert_eq!(trainer.settings().setup.loss, Loss::Objective);
    let history = trainer.fit(&[[0.5, -0.5, 0.1, 0.2]; 30], &[[0.3, 0.6, -0.2]; 30], 40)?;
    assert!(history.epochs[39].loss < 0.5 * history.epochs[0].loss);
    Ok(())
}

#[test]
fn an_epoch_counts_the_rows_of_a_short_batch_as_any_others() -> Result<(), Error> {
    let program = compiled("Several").1;
    let (inputs, targets) = several();
    let (rows, targets) = (Rows::new(&inputs, 6), Targets::Values(&targets[..]));
    let mut weights = initial(program, 2);
    let all = evaluate(program, weights.as_mut(), rows, targets, Loss::Objective)?;
    let mut settings = Settings::of(program);
    // Five steps, of which the last has 6 rows, and none changes anything.
    (settings.schedule.lr, settings.batch) = (0.0, 16);
    let mut history = nn_runtime::History::default();
    fit(program, &settings, &mut Run::default(), weights.as_mut(), (rows, targets), 1, &mut history)?;
    assert_eq!(history.epochs[0].steps, 5);
    assert_close("the loss of the epoch", &[history.epochs[0].loss], &[all], 1e-12, 0.0);
    Ok(())
}

/// A table of so many columns, of which the last may be a class.
fn table(name: &str, rows: usize, columns: usize, classes: bool) -> PathBuf {
    let cells = numbers(rows * columns, 21);
    let mut text = String::new();
    for (number, row) in cells.chunks(columns).enumerate() {
        let mut words: Vec<String> = row.iter().map(f64::to_string).collect();
        if classes {
            words.push(["bay", "elm", "yew"][class(number)].to_owned());
        }
        text += &format!("{}\n", words.join(","));
    }
    let path = std::env::temp_dir().join(format!("nn-objectives-{name}-{}.csv", std::process::id()));
    std::fs::write(&path, text).expect("a file");
    path
}

/// The reported figures of the splits of a training on a table, and its final weights.
fn reported(program: &'static Program<f64>, path: PathBuf) -> (Vec<(usize, Figures)>, Vec<f64>) {
    let overrides = Overrides { data: Some(path.clone()), threads: Some(1), ..Overrides::default() };
    let trained = train(program, &overrides, &mut Quiet).expect("it trains");
    std::fs::remove_file(path).expect("its own file");
    let splits = trained.report.last.iter().map(|(_, split)| (split.rows, split.figures.clone())).collect();
    (splits, trained.weights)
}

#[test]
fn metrics_are_means_over_the_rows_of_each_split() -> Result<(), Error> {
    let program = compiled("Measured").1;
    let (splits, weights) = reported(program, table("measured", 150, 5, false));
    assert_eq!(splits.iter().map(|(rows, _)| *rows).collect::<Vec<_>>(), [105, 30, 15]);
    let cells = numbers(150 * 5, 21);
    let mut start = 0;
    for (rows, figures) in splits {
        let part = &cells[start * 5..(start + rows) * 5];
        start += rows;
        let inputs: Vec<f64> = part.chunks(5).flat_map(|row| row[..3].to_vec()).collect();
        let mut outputs = vec![0.0; rows * 2];
        predict_rows(program, &weights, Rows::new(&inputs, 3), &mut outputs)?;
        let mut sums = [0.0; 4];
        for (row, output) in part.chunks(5).zip(outputs.chunks(2)) {
            let (y, d) = (&row[3..], [output[0] - row[3], output[1] - row[4]]);
            sums[0] += (d[0] * d[0] + d[1] * d[1]) / 2.0;
            sums[1] += (d[0].abs() + d[1].abs()) / 2.0;
            sums[2] += d[0].abs().max(d[1].abs());
            sums[3] += (output[0] + output[1]) * (y[0] + y[1]);
        }
        let [loss, error, worst, both] = sums.map(|sum| sum / rows as f64);
        let names: Vec<&str> = figures.metrics.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["mae", "error", "worst", "both"]);
        let found: Vec<f64> = figures.metrics.iter().map(|(_, value)| *value).collect();
        assert_close("metrics", &found, &[error, error, worst, both], 1e-12, 1e-12);
        assert_close("loss", &[figures.loss], &[loss], 1e-12, 0.0);
    }
    Ok(())
}

#[test]
fn classes_are_numbers_in_expressions() -> Result<(), Error> {
    let program = compiled("Named").1;
    let (splits, weights) = reported(program, table("named", 100, 3, true));
    let cells = numbers(100 * 3, 21);
    let (rows, figures) = &splits[0];
    assert_eq!((splits.len(), *rows), (2, 70));
    let mut outputs = vec![0.0; rows * 3];
    predict_rows(program, &weights, Rows::new(&cells[..rows * 3], 3), &mut outputs)?;
    let (mut loss, mut apart) = (0.0, 0.0);
    for (number, output) in outputs.chunks(3).enumerate() {
        let class = class(number);
        loss -= output[class].ln();
        loss += 0.01 * output.iter().map(|p| p * p).sum::<f64>();
        apart += (output[0] - class as f64).abs();
    }
    let found = [figures.loss, figures.metrics[1].1];
    assert_eq!((figures.metrics.len(), figures.metrics[1].0.as_str()), (2, "apart"));
    assert_close("figures", &found, &[loss / *rows as f64, apart / *rows as f64], 1e-12, 0.0);
    Ok(())
}

#[test]
fn targets_that_do_not_fit_are_told_with_their_numbers() {
    let program = compiled("Squares").1;
    let (inputs, weights) = (numbers(3 * 4, 3), vec![0.1; program.weights]);
    let check = |program, targets: Targets<'_, f64>| {
        let found = loss_and_gradients(program, &weights, Rows::new(&inputs, 4), targets, Loss::Objective);
        found.map(|_| ()).expect_err("they do not fit")
    };
    let few = check(program, Targets::Values(&[1.0; 8]));
    assert_eq!(few, Error::TargetCount { what: "values", rows: 3, expected: 9, found: 8 });
    let infinite = check(program, Targets::Values(&[f64::NAN; 9]));
    assert!(matches!(infinite, Error::TargetRange { index: 0, .. }), "{infinite}");
    let plain = COMPILED.iter().find_map(|one| match one.program {
        Any::F64(program) if one.text == "corpus/iris" => Some(program),
        _ => None,
    });
    assert_eq!(check(plain.expect("a network by name"), Targets::Classes(&[0, 1, 2])), Error::NoObjective);
}
