//! The text of `iris.nn` inside a Rust program: trained on the same data, then asked about a flower.
//!
//! `cargo run --release -p nn-examples --example iris`

use std::error::Error;
use std::path::Path;

use nn_runtime::Loss;
use nn_runtime::session::{Overrides, Quiet, train};

nn_runtime::network! {
    /// Three-class flower classifier: the probability of each species.
    pub network Iris < dense(4->16, tanh), dropout(0.2), dense(16->3, softmax) >

    train Iris {
        data csv("iris.csv", header = true) {
            x = standardize(columns[0..4]);
            y = labels(column("species"));
        }
        split train = 0.8, test = 0.2, stratify;
        minimize cross_entropy with adam(lr = 0.01);
        batch 16;
        epochs 100;
        seed 42;
        metric accuracy, f1, confusion;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // The train section says everything; only where the data lies depends on where the program runs.
    let csv = Path::new(env!("CARGO_MANIFEST_DIR")).join("iris/iris.csv");
    let trained = train(Iris::PROGRAM, &Overrides { data: Some(csv), ..Overrides::default() }, &mut Quiet)?;
    for (split, scores) in trained.report.last.iter() {
        println!("{split:5} {} rows: loss {:.4}, {:?}", scores.rows, scores.figures.loss, scores.figures.metrics);
    }

    let iris = Iris::with_weights(trained.weights)?;
    // Measurements in centimetres, scaled as the training rows were.
    let mut flower = [6.1, 2.8, 4.7, 1.2];
    for (value, column) in flower.iter_mut().zip(trained.encodings.inputs()) {
        *value = column.fitted.encode(f64::from(*value)) as f32;
    }
    let names = trained.encodings.classes().unwrap_or_default();
    for (name, probability) in names.iter().zip(iris.predict(&flower)) {
        println!("{name}: {probability:.3}");
    }

    let loss = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    let gradients = iris.loss_and_gradients(&[flower], &[1], loss)?;
    println!("the loss of calling it {}: {:.4}", names[1], gradients.loss);
    for gradient in gradients.iter() {
        let largest = gradient.values().fold(0.0f32, |most, g| most.max(g.abs()));
        println!("the largest gradient of {} {:?}: {largest:.4}", gradient.name(), gradient.shape());
    }
    Ok(())
}
