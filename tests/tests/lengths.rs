//! Sequences of unequal lengths: how many steps there could be changes nothing.

nn_runtime::network! {
    network Short(x: [T, 2], dim T <= 5) < gru(3, bidirectional = true), dense(2) >
    network Long(x: [T, 2], dim T <= 9) < gru(3, bidirectional = true), dense(2) >

    network ShortPair(x: [T, 2], dim T <= 5) < bidirectional < lstm(3) >, dense(2) >
    network LongPair(x: [T, 2], dim T <= 9) < bidirectional < lstm(3) >, dense(2) >

    network ShortIds(x: class(6)[T], dim T <= 5) {
        x |> embedding(4) |> residual < multi_head_attention(2) > |> rnn(3) |> dense(2)
    }
    network LongIds(x: class(6)[T], dim T <= 9) {
        x |> embedding(4) |> residual < multi_head_attention(2) > |> rnn(3) |> dense(2)
    }
}

/// Three steps, and what stands for those that are missing.
fn steps<const N: usize>(step: &[f32], missing: f32) -> [f32; N] {
    core::array::from_fn(|at| step.get(at).copied().unwrap_or(missing))
}

fn assert_near(left: [f32; 2], right: [f32; 2]) {
    let near = left.iter().zip(&right).all(|(left, right)| (left - right).abs() < 1e-6);
    assert!(near && left[0] != 0.0, "{left:?} and {right:?}");
}

#[test]
fn steps_that_are_missing_do_not_count() {
    let x = [0.5, -1.0, 2.0, 0.25, -0.75, 1.5];
    assert_near(Short::new(1).predict(&steps(&x, 0.0)), Long::new(1).predict(&steps(&x, 0.0)));
    assert_near(ShortPair::new(1).predict(&steps(&x, 0.0)), LongPair::new(1).predict(&steps(&x, 0.0)));
}

#[test]
fn missing_ids_are_minus_one_and_id_0_counts() {
    let ids = [3.0, 0.0, 5.0];
    let (short, long) = (ShortIds::new(1), LongIds::new(1));
    assert_near(short.predict(&steps(&ids, -1.0)), long.predict(&steps(&ids, -1.0)));
    assert_ne!(short.predict(&steps(&ids, -1.0)), short.predict(&steps(&ids, 0.0)));
    let mut answers = [[0.0; 2]];
    short.predict_into(&[steps(&ids, -1.0)], &mut answers).expect("-1 stands for what is missing");
    let wrong = short.predict_into(&[steps(&ids, -2.0)], &mut answers);
    assert!(wrong.is_err(), "-2 stands for nothing");
}
