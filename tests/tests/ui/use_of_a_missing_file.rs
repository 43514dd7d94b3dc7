nn_runtime::network! {
    use "corpus/used/nowhere.nn";

    pub network Iris < input(4), hidden(16), dense(3, softmax) >
}

fn main() {
    let iris = Iris::new(1);
    let _: [f32; 3] = iris.predict(&[0.0; 4]);
}
