nn_runtime::network! {
    file "corpus/pass/nowhere.nn"
}

fn main() {}
