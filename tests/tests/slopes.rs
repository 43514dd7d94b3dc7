//! Derivatives within a loss: `gradient(y, x)` against differences, by itself and differentiated once more.

mod texts {
    //! Slopes as outputs, and as penalties of steps.
    nn_runtime::network! {
        pub network Slope(x: [3], precision = f64) {
            let y = x |> dense(5, tanh) |> dense(4, sigmoid) |> dense(1);
            (value = y, slope = gradient(y, x))
        }

        pub network Critic(x: [3], precision = f64) < dense(5, tanh), dense(4, softplus), dense(1) >

        pub network Seer(image: [5, 5, 1], precision = f64) < conv(2, 3, pad = same), softplus, avg_pool(2), flatten, dense(1) >

        pub network Listener(x: [4, 2], precision = f64) < lstm(3, returns = last), dense(1) >

        pub network Deep(x: [3], precision = f64) < repeat(3) < dense(3, tanh) >, dense(1) >

        train heard(x: [4, 2]) for L = Listener {
            step s {
                let g = gradient(L(x), x);
                minimize sum(g * g) with sgd(lr = 0.1);
            }
        }

        train deep_down(x: [3]) for D = Deep {
            step s {
                let g = gradient(D(x), x);
                minimize sum(g * g) with sgd(lr = 0.1);
            }
        }

        train steep(x: [3]) for C = Critic {
            step s {
                let g = gradient(C(x), x);
                let length = sqrt(sum(g * g) + 1e-12);
                minimize (length - 1) * (length - 1) + mean(C(x)) with sgd(lr = 0.1);
            }
        }

        train seen(image: [5, 5, 1]) for S = Seer {
            step s {
                let g = gradient(S(image), image);
                minimize sum(g * g) with sgd(lr = 0.1);
            }
        }
    }
}

use nn_runtime::{Network, Trainer};
use texts::{DeepDown, Heard, Seen, Slope, Steep};

/// Numbers between -1 and 1 that nobody chose.
fn numbers<const N: usize>(count: usize) -> Vec<[f64; N]> {
    let number = |at: usize| ((at * 7919 + 13) % 1009) as f64 / 504.5 - 1.0;
    (0..count).map(|row| std::array::from_fn(|place| number(row * N + place))).collect()
}

#[test]
fn a_slope_is_that_of_differences() {
    let net = Slope::new(3);
    for x in numbers::<3>(6) {
        let slope = &net.predict(&x)[Slope::OUTPUT_SLOPE];
        for at in 0..3 {
            let beside = |by: f64| {
                let mut x = x;
                x[at] += by;
                net.predict(&x)[Slope::OUTPUT_VALUE.start]
            };
            let expected = (beside(1e-6) - beside(-1e-6)) / 2e-6;
            assert!((slope[at] - expected).abs() < 1e-8, "{at}: {} is not {expected}", slope[at]);
        }
    }
}

/// Whether a step of rate 0.1 goes down the slope of the loss, which the training yields for each example.
fn goes_down<N: Network<Real = f64> + Clone, const I: usize>(net: &N, predict: impl Fn(&N, &[f64; I]) -> f64) {
    let rows = numbers::<I>(5);
    let loss = |net: &N| rows.iter().map(|row| predict(net, row)).sum::<f64>() / rows.len() as f64;
    let mut stepped = net.clone();
    let told = Trainer::new(&mut stepped).turn("s", &rows).expect("a step");
    assert!((told - loss(net)).abs() < 1e-12);
    for at in 0..net.weights().len() {
        let beside = |by: f64| {
            let mut net = net.clone();
            net.weights_mut()[at] += by;
            loss(&net)
        };
        let expected = net.weights()[at] - 0.1 * (beside(1e-5) - beside(-1e-5)) / 2e-5;
        let moved = stepped.weights()[at];
        assert!((moved - expected).abs() < 1e-8, "{at}: {moved} is not {expected}");
    }
}

#[test]
fn a_penalty_on_a_slope_is_learnt_from() {
    goes_down(&Steep::new(5), |net: &Steep, row: &[f64; 3]| net.predict(row)[0]);
}

#[test]
fn slopes_go_through_convolutions() {
    goes_down(&Seen::new(5), |net: &Seen, row: &[f64; 25]| net.predict(row)[0]);
}

#[test]
fn slopes_go_through_loops() {
    goes_down(&DeepDown::new(5), |net: &DeepDown, row: &[f64; 3]| net.predict(row)[0]);
    goes_down(&Heard::new(5), |net: &Heard, row: &[f64; 8]| net.predict(row)[0]);
}
