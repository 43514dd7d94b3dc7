nn_runtime::network! {
    pub network Right < dense(4->8, relu), dense(3) >

    pub network Wrong < dense(4->8, relu), dense(3), softmax, softmax >

    train Wrong {
        data csv("iris.csv") { x = columns[0..4]; y = labels(column("species")); }
        split train = 0.8, test = 0.3;
        minimize cross_entropy with adam;
        batch 8;
    }
}

fn main() -> Result<(), nn_runtime::Error> {
    let right: [f32; 3] = Right::new(1).predict(&[0.0; 4]);
    let mut wrong = Wrong::in_memory(vec![0.0; Wrong::WEIGHTS], 1)?;
    let history = nn_runtime::Trainer::new(&mut wrong).batch(Wrong::BATCH).fit(&[[0.0f32; 4]], &[2usize], 3)?;
    wrong.save("wrong.safetensors").expect("a file");
    println!("{right:?} {history:?} {:?}", Wrong::load("wrong.safetensors"));
    Ok(())
}
