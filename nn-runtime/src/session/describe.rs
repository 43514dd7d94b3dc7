//! A training as the parts of its report that are known before it begins: network, data, settings.

use std::string::{String, ToString};
use std::vec::Vec;

use crate::data::{Dataset, Precision};
use crate::fit::Settings;
use crate::program::{Program, Single};
use crate::real::Real;
use crate::recipe::{Recipe, Split};
use crate::report::{DataReport, NetworkReport, SettingsReport, TensorReport};

pub(super) fn data_report<T>(file: String, dataset: &Dataset<T>) -> DataReport {
    let Dataset { encodings, train, validation, test, dropped } = dataset;
    let classes = encodings.classes().map(<[String]>::to_vec);
    DataReport { file, train: train.rows, validation: validation.rows, test: test.rows, dropped: *dropped, classes }
}

/// Values that are trained: of a training in steps, those that any of its steps changes.
pub(super) fn trained_values<T>(program: &Program<T>) -> usize {
    let Some(training) = program.training else { return program.parameters };
    let segments = training.steps.iter().flat_map(|step| step.program.trained);
    let mut places: Vec<(usize, usize)> = segments.map(|part| (part.start, part.start + part.len)).collect();
    places.sort_unstable();
    let (mut count, mut reached) = (0, 0);
    for (start, end) in places {
        count += end.saturating_sub(start.max(reached));
        reached = reached.max(end);
    }
    count
}

pub(super) fn network_report<T: Real>(program: &Program<T>) -> NetworkReport {
    let Program { name, inputs, outputs, weights, .. } = *program;
    let parameters = trained_values(program);
    let tensor = |single: Single| TensorReport {
        name: single.name().to_string(),
        shape: single.shape(),
        trained: single.trained(),
    };
    NetworkReport {
        name: name.into(),
        precision: Precision::of::<T>().name(),
        inputs,
        outputs,
        parameters,
        state: weights - parameters,
        weights_bytes: weights * T::BYTES,
        tensors: program.singles().map(tensor).collect(),
    }
}

pub(super) fn settings_report(recipe: &Recipe, split: Split, settings: &Settings<'_>) -> SettingsReport {
    let Settings { setup, schedule, schedules, batch, accumulate, augment, mixup, .. } = settings;
    let Settings { ema, swa, epochs, seed, threads, .. } = settings;
    SettingsReport {
        seed: *seed,
        epochs: *epochs,
        batch: *batch,
        learning_rate: schedule.lr,
        threads: *threads,
        loss: std::format!("{:?}", setup.loss),
        optimizer: std::format!("{:?}", setup.optimizer),
        schedule: std::format!("{schedule:?}"),
        penalty: std::format!("{:?}", setup.penalty),
        clip: std::format!("{:?}", setup.clip),
        split: std::format!("{split:?}"),
        early_stop: recipe.early_stop.map(|early_stop| std::format!("{early_stop:?}")),
        plateau: recipe.control.plateau.map(|plateau| std::format!("{plateau:?}")),
        schedules: schedules.iter().map(|(hyper, schedule)| std::format!("{}: {schedule:?}", hyper.name())).collect(),
        accumulate: *accumulate,
        augment: augment.iter().map(|augment| std::format!("{augment:?}")).collect(),
        mixup: *mixup,
        ema: ema.map(|ema| std::format!("{ema:?}")),
        swa: swa.map(|swa| std::format!("{swa:?}")),
    }
}
