fn main() {
    let mut xor = nn_runtime::network!(< dense(2->8, tanh), dense(6->1, sigmoid) >);
    xor.reset(1);
    let [y]: [f32; 1] = xor.predict(&[0.0, 1.0]);
    println!("{y}");
}
