nn_runtime::network! {
    block hidden(width: dim, rate: real = 0.2) < dense(width, relu), dropout(rate) >

    pub network Iris <
        input(4),
        hidden(16, 1.5),
        dense(3, softmax),
    >
}

fn main() {
    let iris = Iris::new(1);
    let [a, b, c]: [f32; 3] = iris.predict(&[0.0; 4]);
    println!("{a} {b} {c} {}", Iris::WEIGHTS);
}
