//! The losses against PyTorch 2.15 in f64 (`torch.nn.functional`, reduction `mean`, `batchmean` for kl_div), and at extreme logits.

use alloc::vec;
use alloc::vec::Vec;

use super::{Case, Loss};
use crate::batch::Targets;
use crate::error::Error;
use crate::program::Head;
use crate::real::Real;

const X: [f64; 6] = [0.5, -1.0, 2.0, 1.5, 0.25, -0.75];
const Y: [f64; 6] = [1.0, 0.0, 2.0, -0.5, 3.0, 0.25];
const SOFT: [f64; 6] = [0.2, 0.3, 0.5, 0.7, 0.1, 0.2];
const IDS: [usize; 2] = [2, 1];
const PLAIN: Loss<'_> = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
const WEIGHTED: Loss<'_> = Loss::CrossEntropy { label_smoothing: 0.1, class_weights: &[0.5, 2.0, 1.25] };

/// The loss and gradient of two rows of three values.
fn evaluate<T: Real>(loss: Loss<'_>, head: Head, x: &[T; 6], targets: Targets<'_, T>) -> (f64, [T; 6]) {
    loss.check(head, 2, 3, 3, targets).expect("the case is a valid one");
    let divisor = loss.divisor(2, (3, 3), targets, &[]);
    let mut gradient = [T::from_f64(f64::NAN); 6];
    let case = Case { head, width: 3, logits: x, output: x, targets, sample_weights: &[], divisor };
    (loss.evaluate(&case, &mut gradient), gradient)
}

fn assert_agrees(loss: Loss<'_>, head: Head, x: &[f64; 6], targets: Targets<'_, f64>, value: f64, gradient: [f64; 6]) {
    let (found, slopes) = evaluate(loss, head, x, targets);
    assert!((found - value).abs() < 1e-12, "{loss:?}: {found} instead of {value}");
    for (found, expected) in slopes.iter().zip(gradient) {
        assert!((found - expected).abs() < 1e-12, "{loss:?}: {slopes:?} instead of {gradient:?}");
    }
}

#[test]
fn losses_of_distributions_agree_with_pytorch() {
    let (ids, soft) = (Targets::Classes(&IDS), Targets::Values(&SOFT));
    #[rustfmt::skip]
    let cases = [
        (PLAIN, Head::Softmax, ids, 0.9109919530321906,
            [0.08764519607001835, 0.019556286635343725, -0.10720148270536206, 0.35922017057553246, -0.3970816980011742, 0.03786152742564176]),
        (WEIGHTED, Head::LogSoftmax, ids, 1.1046976083888265,
            [0.06229117646411668, -0.005469523101017647, -0.05682165336309901, 0.4204095353997333, -0.4524403704526731, 0.03203083505293972]),
        (WEIGHTED, Head::Softmax, soft, 1.7428396608141212,
            [0.062139212488915824, -0.277567925691268, 0.21542871320235213, 0.13770771080299157, -0.03636736814432557, -0.10134034265866605]),
        (Loss::KlDivergence, Head::LogSoftmax, soft, 0.2577561697282351,
            [-0.012354803929981659, -0.13044371336465627, 0.14279851729463794, 0.009220170575532483, 0.05291830199882577, -0.06213847257435825]),
        (Loss::BinaryCrossEntropy, Head::Sigmoid, soft, 0.7672483977862995,
            [0.07040988853364243, -0.0051764297716674805, 0.06346617966298039, 0.019595746032273948, 0.07702941681429969, 0.020136883470767836]),
    ];
    for (loss, head, targets, value, gradient) in cases {
        assert_agrees(loss, head, &X, targets, value, gradient);
    }
}

#[test]
fn losses_of_values_agree_with_pytorch() {
    let sixth = 1.0 / 6.0;
    let third = 1.0 / 3.0;
    #[rustfmt::skip]
    let cases = [
        (Loss::Mse, 2.3020833333333335, [-sixth, -third, 0.0, 2.0 * third, -0.9166666666666666, -third]),
        (Loss::Mae, 1.2083333333333333, [-sixth, -sixth, 0.0, sixth, -sixth, -sixth]),
        (Loss::Huber { delta: 0.8 }, 0.7075, [-0.08333333333333333, -0.4 * third, 0.0, 0.4 * third, -0.4 * third, -0.4 * third]),
        (Loss::LogCosh, 0.7289350296654703,
            [-0.07701952621000163, -0.1269323593259608, 0.0, 0.16067126334596948, -0.16530995409470128, -0.1269323593259608]),
        (Loss::Cosine, 0.5789633407090391,
            [-0.05576571845420189, -0.08364857768130285, -0.02788285922710093, 0.03886259830884209, -0.29146948731631567, -0.019431299154421044]),
    ];
    for (loss, value, gradient) in cases {
        assert_agrees(loss, Head::Linear, &X, Targets::Values(&Y), value, gradient);
    }
    let hinge = [sixth, 0.0, 0.0, sixth, -sixth, sixth];
    assert_agrees(Loss::Hinge, Head::Linear, &X, Targets::Classes(&IDS), 0.8333333333333334, hinge);
    // PyTorch's poisson_nll_loss(log_input = False) of |x| and |y|.
    let (rates, counts) = (X.map(f64::abs), Y.map(f64::abs));
    let slopes = [
        -0.1666666600000001,
        0.16666666666666666,
        8.333333190169157e-10,
        0.11111111148148148,
        -1.8333332533333364,
        0.11111111185185184,
    ];
    assert_agrees(Loss::Poisson, Head::Linear, &rates, Targets::Values(&counts), 1.5558206183653212, slopes);
}

#[test]
fn fused_losses_stay_finite_for_extreme_logits() {
    let x = [1e4_f32, -1e4, 0.0, -1e4, 1e4, 1e4];
    let soft = SOFT.map(|t| t as f32);
    let hard = [0.0_f32, 1.0, 0.0, 1.0, 0.0, 0.0];
    for head in [Head::Softmax, Head::LogSoftmax] {
        assert_finite(PLAIN, head, &x, Targets::Classes(&IDS));
        assert_finite(WEIGHTED, head, &x, Targets::Classes(&IDS));
        assert_finite(WEIGHTED, head, &x, Targets::Values(&soft));
        assert_finite(Loss::KlDivergence, head, &x, Targets::Values(&hard));
    }
    assert_finite(Loss::BinaryCrossEntropy, Head::Sigmoid, &x, Targets::Values(&hard));
    assert_finite(Loss::BinaryCrossEntropy, Head::Linear, &x, Targets::Values(&hard));
    assert_finite(Loss::LogCosh, Head::Linear, &x, Targets::Values(&hard));
}

fn assert_finite(loss: Loss<'_>, head: Head, x: &[f32; 6], targets: Targets<'_, f32>) {
    let (value, gradient) = evaluate(loss, head, x, targets);
    assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()), "{loss:?}: {value}, {gradient:?}");
}

#[test]
fn nan_is_passed_on() {
    let mut x = X;
    x[1] = f64::NAN;
    assert!(evaluate(PLAIN, Head::Softmax, &x, Targets::Classes(&IDS)).0.is_nan());
    assert!(evaluate(Loss::KlDivergence, Head::Softmax, &x, Targets::Values(&SOFT)).0.is_nan());
    assert!(evaluate(Loss::Hinge, Head::Linear, &x, Targets::Classes(&IDS)).0.is_nan());
    for head in [Head::Sigmoid, Head::Linear] {
        assert!(evaluate(Loss::BinaryCrossEntropy, head, &x, Targets::Values(&SOFT)).0.is_nan());
    }
    for loss in [Loss::Mse, Loss::Mae, Loss::Huber { delta: 1.0 }, Loss::LogCosh, Loss::Cosine, Loss::Poisson] {
        assert!(evaluate(loss, Head::Linear, &x, Targets::Values(&SOFT)).0.is_nan(), "{loss:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_numbers() {
    let check = |loss: Loss<'_>, head, width, targets: Targets<'_, f64>| {
        loss.check(head, 2, width, width, targets).expect_err("the case does not fit")
    };
    let (loss, head) = ("cross_entropy", "linear");
    assert_eq!(
        check(PLAIN, Head::Linear, 3, Targets::Classes(&IDS)),
        Error::LossHead { loss, expected: "softmax or log_softmax", head }
    );
    assert_eq!(
        check(PLAIN, Head::Softmax, 2, Targets::Classes(&IDS)),
        Error::ClassOutOfRange { index: 0, class: 2, classes: 2 }
    );
    assert_eq!(
        check(PLAIN, Head::Softmax, 3, Targets::Classes(&[1])),
        Error::TargetCount { what: "class ids", rows: 2, expected: 2, found: 1 }
    );
    assert_eq!(
        check(WEIGHTED, Head::Softmax, 4, Targets::Classes(&IDS)),
        Error::ClassWeights { weights: 3, classes: 4 }
    );
    assert!(matches!(check(Loss::Mse, Head::Linear, 3, Targets::Classes(&IDS)), Error::TargetKind { .. }));
    assert!(matches!(
        check(Loss::BinaryCrossEntropy, Head::Sigmoid, 3, Targets::Values(&Y)),
        Error::TargetRange { index: 2, .. }
    ));
    assert!(matches!(check(Loss::Huber { delta: 0.0 }, Head::Linear, 3, Targets::Values(&Y)), Error::Setting { .. }));
    assert!(matches!(
        check(Loss::Mse, Head::Linear, 3, Targets::Values(&[0.0, 0.0, f64::NAN, 0.0, 0.0, 0.0])),
        Error::TargetRange { index: 2, .. }
    ));
}

/// Many single outputs, those of registers and what is left of them: the loss and gradient of each alone agree with `f64`.
#[test]
fn single_precision_keeps_its_digits() {
    let outputs: Vec<f32> = (0..611).map(|i| (i as f32 - 300.0) / 23.0).collect();
    let near: Vec<f32> = outputs.iter().map(|y| y * 1e-4).collect();
    let rates: Vec<f32> = outputs.iter().map(|y| y.abs() + 0.25).collect();
    let parts: Vec<f32> = (0..611).map(|i| i as f32 / 610.0).collect();
    let (zeros, ids): (Vec<f32>, Vec<usize>) = (vec![0.0; 611], (0..611).map(|i| i % 2).collect());
    let cases = [
        (Loss::Mse, &outputs, Targets::Values(&zeros), 0.0),
        (Loss::Mae, &outputs, Targets::Classes(&ids), 0.0),
        (Loss::Huber { delta: 1.5 }, &outputs, Targets::Values(&zeros), 0.0),
        // Near 0, where `|x| + ln(1 + e^-2|x|)` and `ln 2` have no difference left.
        (Loss::LogCosh, &near, Targets::Values(&zeros), 0.0),
        (Loss::LogCosh, &outputs, Targets::Values(&zeros), 0.0),
        // What is a difference of two numbers keeps the digits of these.
        (Loss::Poisson, &rates, Targets::Values(&rates), 1e-7),
        // With large logits of class 1, where `s(x) - 1` has no digits left.
        (Loss::BinaryCrossEntropy, &outputs, Targets::Classes(&ids), 0.0),
        (Loss::BinaryCrossEntropy, &outputs, Targets::Values(&parts), 1e-7),
        (Loss::BinaryCrossEntropy, &parts, Targets::Classes(&ids), 0.0),
    ];
    for (loss, output, targets, least) in cases {
        let linear = matches!(loss, Loss::BinaryCrossEntropy) && core::ptr::eq(output, &parts);
        let head = if linear { Head::Linear } else { Head::Sigmoid };
        let wide: Vec<f64> = output.iter().map(|&y| f64::from(y)).collect();
        let wide_targets: Vec<f64> = match targets {
            Targets::Values(values) => values.iter().map(|&t| f64::from(t)).collect(),
            Targets::Classes(ids) => ids.iter().map(|&id| id as f64).collect(),
        };
        let (mut slopes, mut sum) = (vec![0.0; 611], 0.0);
        let case = Case { head, width: 1, logits: &output[..], output, targets, sample_weights: &[], divisor: 1.0 };
        let value = loss.evaluate(&case, &mut slopes);
        for (i, (y, t)) in wide.iter().zip(&wide_targets).enumerate() {
            let (y, targets, mut slope) = ([*y], Targets::Values(core::slice::from_ref(t)), [0.0]);
            sum += loss.evaluate(
                &Case { head, width: 1, logits: &y, output: &y, targets, sample_weights: &[], divisor: 1.0 },
                &mut slope,
            );
            let (found, expected) = (f64::from(slopes[i]), slope[0]);
            assert!(
                (found - expected).abs() <= 1e-6 * expected.abs() + least,
                "{loss:?} {y:?} {t}: {found} {expected}"
            );
        }
        assert!((value - sum).abs() < 1e-6 * sum.abs(), "{loss:?}: {value} instead of {sum}");
    }
}
