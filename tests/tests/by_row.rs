//! Loops over the rows of a batch that stays together: which of them go through the rows side by side, and what they sum up.

use nn_compiler::compile;
use nn_compiler::ir::Reduction;
use nn_compiler::plan::{FunctionKind, Kernel, Loop, Work};
use nn_grammar::text;

/// The kernels of a function of a text's only network.
fn kernels(source: &str, kind: FunctionKind) -> Vec<Kernel> {
    let program = text::parse(source).expect("a text");
    let mut networks = compile(&program).expect("a network");
    let functions = networks.remove(0).plan.functions;
    functions.into_iter().find(|function| function.kind == kind).expect("the function").kernels
}

/// The loops that go through the rows together, place by place.
fn together(kernels: &[Kernel]) -> Vec<Vec<&Loop>> {
    let of_rows = kernels.iter().filter_map(|kernel| match &kernel.work {
        Work::Rows(inner) => Some(inner),
        _ => None,
    });
    let nest = |kernel| match kernel {
        &Kernel { work: Work::Loop(ref nest), .. } => nest,
        other => panic!("{} is no loop", other.origin),
    };
    of_rows.map(|inner| inner.iter().map(nest).collect()).collect()
}

const NORMED: &str = "network N < input(16, 16, 1), conv(8, 3, pad = 1), batch_norm, relu, global_avg_pool, dense(2) >
    train N { minimize mse with sgd(lr = 0.1); }";

#[test]
fn a_batch_normalisation_reads_its_rows_once_for_all_sums_of_its_gradient() {
    let kernels = kernels(NORMED, FunctionKind::Backward);
    let places = together(&kernels);
    let sums = places.iter().map(|place| place.iter().filter(|nest| nest.reduction == Some(Reduction::Sum)).count());
    // Of the gradient, of the gradient times the centred value, and of the centred value: factors of a channel have left them.
    assert_eq!(sums.max(), Some(3));
    let all: usize = places.iter().flatten().filter(|nest| nest.reduction.is_some()).count();
    // The fourth is that of the convolution's bias.
    assert_eq!(all, 4);
}

#[test]
fn what_a_loop_writes_the_next_one_reads_in_the_same_row() {
    let kernels = kernels(NORMED, FunctionKind::Backward);
    let meets = |place: &Vec<&Loop>| {
        place.iter().enumerate().any(|(at, nest)| {
            place[..at].iter().any(|before| nest.loads.iter().any(|load| load.place == before.target.place))
        })
    };
    assert!(
        together(&kernels).iter().any(meets),
        "the gradient of the convolution is summed up for its bias where it is computed"
    );
}

#[test]
fn rows_of_a_batch_that_is_cut_into_shards_go_one_kernel_after_the_other() {
    let text = NORMED.replace("batch_norm, ", "");
    for kind in [FunctionKind::Forward, FunctionKind::Backward] {
        assert!(together(&kernels(&text, kind)).is_empty());
    }
}
