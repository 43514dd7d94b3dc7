//! Further functions of a network: they share its parameters, and compute what the text says of them.

nn_runtime::network! {
    network Decoder(x: [5]) {
        let encode = < dense(4, tanh), dense(3) >;
        let decode = < dense(4, tanh), dense(5) >;
        entry decoded(z: [3]) = decode(z);
        entry encoded(x: [5], scale: [3]) = (code = encode(x), scaled = encode(x) * scale);
        (rebuilt = decode(encode(x)), code = encode(x))
    }
}

#[test]
fn entries_compute_parts_of_the_network() {
    let net = Decoder::new(3);
    let x = [0.5, -1.0, 0.25, 2.0, -0.75];
    let whole = net.predict(&x);
    let (rebuilt, code) = (&whole[..5], &whole[5..]);
    let z: [f32; 3] = code.try_into().expect("three values");
    assert_eq!(net.decoded(&z), rebuilt);
    let both = net.encoded(&[0.5, -1.0, 0.25, 2.0, -0.75, 2.0, 3.0, -1.0]);
    assert_eq!(&both[..3], code);
    assert_eq!(both[3..], [code[0] * 2.0, code[1] * 3.0, -code[2]]);
    let many = net.decoded_batch(&vec![z; 150]);
    assert!(many.len() == 150 && many.iter().all(|row| row == rebuilt));
}

nn_runtime::network! {
    network Towers(user: class(5), film: [3], a: [2], A: []) {
        let u = user |> embedding(2);
        (score = dot(u, a), taste = film |> dense(4))
    }
}

#[test]
fn inputs_and_outputs_have_their_places() {
    assert_eq!((Towers::INPUT_USER, Towers::INPUT_FILM, Towers::INPUT_a, Towers::INPUT_A), (0..1, 1..4, 4..6, 6..7));
    assert_eq!((Towers::OUTPUT_SCORE, Towers::OUTPUT_TASTE), (0..1, 1..5));
    assert_eq!((Decoder::OUTPUT_REBUILT, Decoder::OUTPUT_CODE), (0..5, 5..8));
}

#[test]
fn entries_have_no_parameters_of_their_own_if_they_use_layers_with_names() {
    assert_eq!(Decoder::PARAMETERS, (5 * 4 + 4 + 4 * 3 + 3) + (3 * 4 + 4 + 4 * 5 + 5));
}
