nn_runtime::network! {
    pub network Iris < dense(4->16, relu), dense(16->3) >

    train Iris {
        minimize cross_entropy with adam(lr = 0.01);
    }
}

fn main() {
    let mut iris = Iris::new(1);
    let [a, b, c]: [f32; 3] = iris.predict(&[0.0; 4]);
    let batch: Vec<[f32; 3]> = iris.predict_batch(&[[0.0; 4]]);
    iris.set_param("dense_1.bias", &[a, b, c]).unwrap();
    let loss = nn_runtime::Loss::Mse;
    nn_runtime::Trainer::new(&mut iris).loss(loss).step(&[[0.0f32; 4]], &[[0.0f32; 3]]).unwrap();
    println!("{} {} {}", Iris::PARAMETERS, batch.len(), iris.params().count());
}
