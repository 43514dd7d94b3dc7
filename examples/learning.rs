//! The texts on pictures of clothes learn: each is trained for some seconds on the digits of `digits/`, which are committed, enlarged to the same size.

mod autoencoders {
    nn_runtime::network! { file "autoencoder/autoencoder.nn" }
    nn_runtime::network! { file "autoencoder/denoising.nn" }
    nn_runtime::network! { file "autoencoder/sparse.nn" }
}

mod variational {
    nn_runtime::network! { file "vae/vae.nn" }
    nn_runtime::network! { file "vae/convvae.nn" }
}

mod gan {
    nn_runtime::network! { file "gan/gan.nn" }
}

mod wgan {
    nn_runtime::network! { file "gan/wgan-gp.nn" }
}

use nn_runtime::rng::Stream;
use nn_runtime::{Network, Schedule, Trainer};

const SIDE: usize = 28;
type Picture = [f32; SIDE * SIDE];

/// So many digits of 8 x 8 pixels from 0 to 16, each pixel as a square of 3 x 3, with values from 0 to 1.
fn digits(count: usize) -> Vec<Picture> {
    let picture = |line: &str| {
        let pixels: Vec<f32> = line.split(',').map(|cell| cell.parse().expect("a number")).collect();
        std::array::from_fn(|place| {
            let (y, x) = (place / SIDE, place % SIDE);
            let inside = (2..26).contains(&y) && (2..26).contains(&x);
            if inside { pixels[(y - 2) / 3 * 8 + (x - 2) / 3] / 16.0 } else { 0.0 }
        })
    };
    include_str!("digits/digits.csv").lines().skip(1).take(count).map(picture).collect()
}

/// The mean of all.
fn mean(pictures: &[Picture]) -> Picture {
    std::array::from_fn(|place| pictures.iter().map(|picture| picture[place]).sum::<f32>() / pictures.len() as f32)
}

fn distance(a: &Picture, b: &Picture) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from((a - b) * (a - b))).sum::<f64>() / a.len() as f64
}

/// The mean squared error of the best guess that looks at no picture.
fn spread(pictures: &[Picture]) -> f64 {
    let mean = mean(pictures);
    pictures.iter().map(|picture| distance(picture, &mean)).sum::<f64>() / pictures.len() as f64
}

/// The last loss of a few epochs.
fn loss<N: Network<Real = f32>>(net: &mut N, pictures: &[Picture], targets: &[Picture], epochs: usize) -> f64 {
    let mut trainer = Trainer::new(net).batch(32).schedule(Schedule::constant(0.003)).epochs(epochs);
    let inputs: &[f32] = pictures.as_flattened();
    let rows = nn_runtime::Rows::new(inputs, SIDE * SIDE);
    let history = trainer.fit(rows, targets.as_flattened(), epochs).expect("epochs");
    history.epochs.last().expect("an epoch").loss
}

#[test]
fn autoencoders_rebuild_digits() {
    let pictures = digits(320);
    let spread = spread(&pictures);
    let mut net = autoencoders::Autoencoder::new(1);
    let plain = loss(&mut net, &pictures, &pictures, 60);
    assert!(plain < 0.1 * spread, "{plain} {spread}");
    let codes = net.encode(&pictures[0]);
    assert_eq!(net.decode(&codes), net.predict(&pictures[0]));
    let mut net = autoencoders::Sparse::new(1);
    let sparse = loss(&mut net, &pictures, &[], 60);
    assert!(sparse < 0.4 * spread, "{sparse} {spread}");
    // Without the penalty, half of the features of a picture are not 0.
    let active = pictures.iter().map(|picture| net.encode(picture).iter().filter(|x| **x > 0.0).count()).sum::<usize>();
    assert!(active < 30 * pictures.len(), "{active}");
}

#[test]
fn noise_is_taken_out() {
    let pictures = digits(320);
    let mut net = autoencoders::Denoiser::new(1);
    loss(&mut net, &pictures, &pictures, 6);
    let noise = Stream { seed: 1, stream: 1, step: 0 };
    let noisy: Vec<Picture> = (pictures.iter().enumerate())
        .map(|(row, picture)| {
            let noise = |place: usize| 0.5 * noise.normal((row * SIDE * SIDE + place) as u64) as f32;
            std::array::from_fn(|place| (picture[place] + noise(place)).clamp(0.0, 1.0))
        })
        .collect();
    let error = |made: &[Picture]| made.iter().zip(&pictures).map(|(a, b)| distance(a, b)).sum::<f64>();
    let (before, after) = (error(&noisy), error(&net.predict_batch(&noisy)));
    assert!(after < 0.4 * before, "{after} {before}");
}

#[test]
fn variational_autoencoders_raise_their_bound() {
    let pictures = digits(320);
    // Of the best code that says nothing: the entropy of each pixel, with its mean as the probability.
    let mean = mean(&pictures);
    let nothing: f64 = pictures.iter().map(|picture| entropy(picture, &mean)).sum::<f64>() / pictures.len() as f64;
    // Without `kl` in the loss, codes go as far from each other as they can.
    let near = |codes: &[[f32; 32]]| {
        let divergence = divergence(codes);
        assert!((1.0..40.0).contains(&divergence), "{divergence}");
    };
    let mut net = variational::Vae::new(1);
    let dense = loss(&mut net, &pictures, &[], 60);
    near(&pictures.iter().map(|picture| net.encode(picture)).collect::<Vec<_>>());
    assert!(dense < 0.75 * nothing, "{dense} {nothing}");
    let mut net = variational::ConvVae::new(1);
    let convolutions = loss(&mut net, &pictures, &[], 25);
    near(&pictures.iter().map(|picture| net.encode(picture)).collect::<Vec<_>>());
    assert!(convolutions < 0.85 * nothing, "{convolutions} {nothing}");
}

/// In nats, of pixels that are white with the probability `x`, said to be so with the probability `p`.
fn entropy(x: &Picture, p: &Picture) -> f64 {
    let pixels = x.iter().zip(p).map(|(x, p)| (f64::from(*x), f64::from(*p).clamp(1e-7, 1.0 - 1e-7)));
    pixels.map(|(x, p)| -x * p.ln() - (1.0 - x) * (1.0 - p).ln()).sum()
}

/// How steep a critic is between what was made and the data.
fn slope(critic: impl Fn(&Picture) -> f32, made: &[Picture], pictures: &[Picture]) -> f64 {
    let steep = |(a, b): (&Picture, &Picture)| {
        f64::from((critic(a) - critic(b)).abs()) / (distance(a, b) * (SIDE * SIDE) as f64).sqrt()
    };
    made.iter().zip(pictures).map(steep).fold(0.0, f64::max)
}

/// How far the distributions of codes are from the standard normal one, in nats (Kingma and Welling 2014, appendix B).
fn divergence(codes: &[[f32; 32]]) -> f64 {
    let term = |mu: f32, logvar: f32| f64::from(logvar.exp() + mu * mu - 1.0 - logvar) / 2.0;
    let one = |code: &[f32; 32]| (0..16).map(|i| term(code[i], code[16 + i])).sum::<f64>();
    codes.iter().map(one).sum::<f64>() / codes.len() as f64
}

/// How far the mean of what a generator makes is from that of the data, and how unlike each other these are beside those of the data.
fn miss(made: &[Picture], pictures: &[Picture]) -> (f64, f64) {
    (distance(&mean(made), &mean(pictures)), spread(made) / spread(pictures))
}

#[test]
fn generators_come_near_to_the_data() {
    let pictures: Vec<Picture> = digits(320).iter().map(|picture| picture.map(|x| 2.0 * x - 1.0)).collect();
    let noise = Stream { seed: 1, stream: 1, step: 0 };
    let noise: Vec<[f32; 64]> =
        (0..64).map(|row| std::array::from_fn(|i| noise.normal(row * 64 + i as u64) as f32)).collect();
    let rows = pictures.as_slice();

    let mut net = gan::Gan::new(1);
    let before = miss(&net.g().predict_batch(&noise), &pictures);
    Trainer::new(&mut net).batch(32).learning_rate(1e-3).fit(rows, &[] as &[f32], 16).expect("epochs");
    let after = miss(&net.g().predict_batch(&noise), &pictures);
    assert!(after.0 < 0.3 * before.0 && (0.3..2.0).contains(&after.1), "{after:?} {before:?}");

    let mut net = wgan::Wgan::new(1);
    let critic = |net: &wgan::Wgan| slope(|x| net.c().predict(x)[0], &net.g().predict_batch(&noise), &pictures);
    let before = miss(&net.g().predict_batch(&noise), &pictures);
    Trainer::new(&mut net).batch(16).learning_rate(1e-3).fit(rows, &[] as &[f32], 16).expect("epochs");
    let after = miss(&net.g().predict_batch(&noise), &pictures);
    assert!(after.0 < 0.3 * before.0 && (0.3..2.0).contains(&after.1), "{after:?} {before:?}");
    // Twenty without the penalty.
    assert!(critic(&net) < 2.0, "{}", critic(&net));
}
