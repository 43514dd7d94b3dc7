//! XOR in a few lines: a network as an expression, trained on four rows that the program holds itself.
//!
//! `cargo run --release -p nn-examples --example logic`

use nn_runtime::{Error, Loss, Optimizer, Trainer};

const INPUTS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const TARGETS: [[f32; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];

fn main() -> Result<(), Error> {
    let mut xor = nn_runtime::network!(< dense(2->4, tanh), dense(4->1, sigmoid) >);
    xor.reset(42);
    let mut trainer = Trainer::new(&mut xor)
        .loss(Loss::BinaryCrossEntropy)
        .optimizer(Optimizer::adam())
        .learning_rate(0.1)
        .batch(4)
        .seed(42);
    let history = trainer.fit(&INPUTS, &TARGETS, 300)?;
    if let Some(last) = history.epochs.last() {
        println!("loss {:.4}", last.loss);
    }
    for input in &INPUTS {
        println!("{input:?} -> {:.3}", xor.predict(input)[0]);
    }
    Ok(())
}
