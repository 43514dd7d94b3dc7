//! `augment` and `mixup` of texts: what they make of the settings, and what they do to a training.

use nn_runtime::augment::{Augment, Change, Direction, Fill, Part};
use nn_runtime::{Error, Metric, Network, Trainer, network};

network! {
    network Pictures < input(4, 4, 1), flatten, dense(8, relu), dense(2, softmax) >

    train Pictures {
        minimize cross_entropy with adam(lr = 0.02);
        augment flip(vertical, probability = 0.25), shift([1, 0], fill = edge), rotate(10, fill = reflect),
            crop([3, 4], pad = 1), noise(0.05);
        mixup(0.3);
        batch 8;
        seed 5;
    }

    network Bars < input(4, 4, 1), flatten, dense(16, relu), dense(2, softmax) >

    network Twins(left: [2, 2, 1], right: [2, 2, 1], more: [3]) {
        concat(left |> flatten, right |> flatten, more) |> dense(2)
    }

    train Twins {
        minimize mse with adam;
        augment flip(input = right), noise(0.1, input = more);
    }

    network Enc(x: [2, 2, 1]) { x |> flatten |> dense(3) }

    train steps(x: [2, 2, 1], y: [3]) for E = Enc {
        step all { minimize mse(E(x), y) with sgd(lr = 0.1); }
        step again { minimize mean(abs(E(x) - y)) with sgd(lr = 0.1); }
        augment noise(0.5, input = x);
        batch 4;
    }
}

#[test]
fn a_text_says_what_is_made_of_rows() {
    let mut net = Pictures::new(1);
    let trainer = Trainer::new(&mut net);
    let plain = |change| Augment { change, part: None };
    let expected = [
        plain(Change::Flip { direction: Direction::Vertical, probability: 0.25 }),
        plain(Change::Shift { pixels: [1, 0], fill: Fill::Edge }),
        plain(Change::Rotate { degrees: 10.0, fill: Fill::Reflect }),
        plain(Change::Crop { size: [3, 4], pad: [1, 1], fill: Fill::Zero }),
        plain(Change::Noise { deviation: 0.05 }),
    ];
    assert_eq!(trainer.settings().augment, expected);
    assert_eq!(trainer.settings().mixup, Some(0.3));
    let mut twins = Twins::new(1);
    let trainer = Trainer::new(&mut twins);
    let expected = [
        Augment::flip().of(Part { first: 4, shape: &[2, 2, 1] }),
        Augment::noise(0.1).of(Part { first: 8, shape: &[3] }),
    ];
    assert_eq!(trainer.settings().augment, expected);
    assert_eq!(trainer.settings().mixup, None);
}

/// A bar that stands or lies in the two columns on the left, or mirrored.
fn bars(mirrored: bool) -> (Vec<[f32; 16]>, Vec<usize>) {
    let image = |number: usize| {
        let mut image = [0.0; 16];
        let (lies, row, column) = (number % 2, number / 2 % 3, number / 6 % 2);
        let pixels = if lies == 1 { [(row, 0), (row, 1)] } else { [(row, column), (row + 1, column)] };
        for (row, column) in pixels {
            image[row * 4 + if mirrored { 3 - column } else { column }] = 1.0;
        }
        image
    };
    ((0..12).map(image).collect(), (0..12).map(|number| number % 2).collect())
}

#[test]
fn who_has_seen_mirrored_rows_knows_mirrored_rows() -> Result<(), Error> {
    let ((rows, classes), (others, other_classes)) = (bars(false), bars(true));
    let accuracy = |augment: &[Augment]| {
        let mut net = Bars::new(3);
        let trainer = Trainer::new(&mut net).augment(augment).batch(6).learning_rate(0.02);
        let mut trainer = trainer.validation(&others, &other_classes)?.metrics(&[Metric::Accuracy]);
        let history = trainer.fit(&rows, &classes, 300)?;
        Ok::<_, Error>(history.validation[299].metrics[0].1)
    };
    let (without, with) = (accuracy(&[])?, accuracy(&[Augment::flip()])?);
    assert!(with > 0.9 && without < 0.8, "{without} without, {with} with flips");
    Ok(())
}

#[test]
fn the_steps_of_a_batch_see_the_same_rows_and_targets_stay() -> Result<(), Error> {
    let rows: Vec<[f32; 7]> = (0..12).map(|row| std::array::from_fn(|at| ((row * 7 + at) as f32).sin())).collect();
    let none: [f32; 0] = [];
    let trained = |threads, augment: Option<&[Augment]>| {
        let mut net = Steps::new(2);
        let mut trainer = Trainer::new(&mut net).threads(threads);
        if let Some(augment) = augment {
            trainer = trainer.augment(augment);
        }
        trainer.fit(nn_runtime::Rows::from(&rows), nn_runtime::Targets::from(&none[..]), 3)?;
        Ok::<_, Error>(net.weights().to_vec())
    };
    let changed = trained(1, None)?;
    assert_eq!(trained(3, None)?, changed);
    assert_ne!(trained(1, Some(&[]))?, changed);
    let mut net = Steps::new(2);
    let refused = Trainer::new(&mut net).mixup(0.2).fit(&rows, nn_runtime::Targets::from(&none[..]), 1);
    assert!(matches!(refused, Err(Error::Mixup { .. })), "{refused:?}");
    Ok(())
}
