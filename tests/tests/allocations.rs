//! No heap allocation for a prediction, nor for a training step once the trainer has its buffers.

use allocation_counter::measure;
use nn_runtime::{Loss, Trainer};

nn_runtime::network! {
    network Plain < dense(8->32, relu), dense(4, softmax) >
    network Noisy < dense(8->16, tanh), batch_norm, dropout(0.3), gaussian_noise(0.1), dense(4, softmax) >
    // Its scratch memory does not fit on the stack.
    network Wide < dense(8->5000, relu), dense(4, softmax) >
    network Words < input(8), embedding(50->16), flatten, dense(4, softmax) >
}

const LOSS: Loss<'static> = Loss::CrossEntropy { label_smoothing: 0.1, class_weights: &[] };
const ROWS: usize = 70;

macro_rules! allocates_nothing {
    ($name:ident, $network:ident) => {
        #[test]
        fn $name() {
            let mut net = $network::new(1);
            let inputs = [[3.0; 8]; ROWS];
            let classes = [1usize; ROWS];
            let mut outputs = [[0.0; 4]; ROWS];
            // Each thread keeps scratch memory for batches from its first on.
            net.predict_into(&inputs, &mut outputs).expect("as many outputs as inputs");
            let predictions = measure(|| {
                net.predict(&inputs[0]);
                net.predict_into(&inputs, &mut outputs).expect("as many outputs as inputs");
            });
            assert_eq!(predictions.count_total, 0, "predictions");
            let mut trainer = Trainer::new(&mut net).loss(LOSS).batch(ROWS);
            trainer.step(&inputs, &classes).expect("finite");
            let steps = measure(|| {
                for _ in 0..3 {
                    trainer.step(&inputs, &classes).expect("finite");
                }
            });
            assert_eq!(steps.count_total, 0, "training steps");
        }
    };
}

allocates_nothing!(a_chain_of_dense_layers, Plain);
allocates_nothing!(noise_and_statistics, Noisy);
allocates_nothing!(scratch_memory_beyond_the_stack, Wide);
allocates_nothing!(ids, Words);
