nn_runtime::network! {
    network First < dense(4->3) >
    use "../blocks.nn";
}

fn main() {
    First::new(1).predict(&[0.0; 4]);
}
