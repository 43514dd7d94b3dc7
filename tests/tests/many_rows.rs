//! Predictions of many rows: where they go side by side, each row has the bits that it has alone, whatever the number of rows and the
//! scratch memory.

use nn_runtime::network::predict_with;
use nn_runtime::{Network, Real, network};

network! {
    network Same < input(12, 12, 3), conv(8, 3, relu, pad = same), max_pool(2), flatten, dense(24, gelu), dense(10, softmax) >
    network Strided < input(11, 9, 8), conv(12, 3, tanh, stride = 2), flatten >
    network Dilated < input(12, 12, 2), conv(6, 3, silu, dilation = 2), avg_pool(2), conv(3, 1), global_avg_pool >
    network Line < input(24, 3), conv(6, 5, relu), max_pool(2), flatten, dense(10, softmax) >
    network Upwards < input(6, 6, 4), conv_transpose(6, 3, relu, stride = 2), conv(2, 3, sigmoid, pad = same), flatten >
    network Normed < input(8, 8, 2), conv(6, 3, bias = false), batch_norm, relu, conv(12, 3), flatten, dense(8) >
    network Wide(precision = f64) < input(10, 10, 1), conv(5, 3, elu), conv(20, 3, relu), flatten, dense(12) >
}

/// Numbers of `[-1, 1)`, the same on every run.
fn numbers<T: Real>(count: usize) -> Vec<T> {
    let number = |at: usize| {
        let mixed = (at as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        T::from_f64(f64::from((mixed >> 40) as u32) / f64::from(1_u32 << 23) - 1.0)
    };
    (0..count).map(number).collect()
}

fn bits<T: Real>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| value.to_f64().to_bits()).collect()
}

/// Predicts up to 50 rows with scratch memory for one row, for some and for all.
fn check<N: Network>(net: &N) {
    let program = N::PROGRAM;
    let many = program.many.unwrap_or_else(|| panic!("`{}` predicts many rows side by side", program.name));
    let predict = |inputs: &[N::Real], values: usize| {
        let mut outputs = vec![N::Real::from_f64(f64::NAN); inputs.len() / program.inputs * program.outputs];
        predict_with(program, net.weights(), inputs, &mut outputs, &mut vec![N::Real::from_f64(f64::NAN); values]);
        bits(&outputs)
    };
    let inputs: Vec<N::Real> = numbers(50 * program.inputs);
    let one = program.predict_arena.values(1);
    let alone: Vec<u64> = inputs.chunks(program.inputs).flat_map(|input| predict(input, one)).collect();
    for rows in 0..50 {
        for values in [one, program.predict_arena.values(3), many.arena.values(1), many.arena.values(40)] {
            let found = predict(&inputs[..rows * program.inputs], values.max(one));
            assert_eq!(found, alone[..rows * program.outputs], "{rows} rows of `{}`, {values} values", program.name);
        }
    }
}

#[test]
fn rows_side_by_side_have_the_bits_of_each_alone() {
    check(&Same::new(1));
    check(&Strided::new(2));
    check(&Dilated::new(3));
    check(&Line::new(4));
    check(&Upwards::new(5));
    check(&Normed::new(6));
    check(&Wide::new(7));
}

network! {
    network Long < input(8, 8, 1), conv(4, 3), flatten, layer_norm, dense(16) >
    network Few < input(8, 8, 1), conv(4, 3, relu), flatten, dense(3, softmax) >
    network Dense < dense(20->20, relu), dense(8) >
}

/// A normalisation over many values, and a layer of few units, which lies transposed, are summed in parts where a row is alone. What
/// has no convolution gains next to nothing where the order is the same.
#[test]
fn rows_whose_sums_would_go_in_another_order_stay_behind_each_other() {
    for (name, many) in [
        ("Long", Long::PROGRAM.many.is_some()),
        ("Few", Few::PROGRAM.many.is_some()),
        ("Dense", Dense::PROGRAM.many.is_some()),
    ] {
        assert!(!many, "`{name}`");
    }
}
