//! What kernels cost: operations and bytes of a dense layer, a convolution and an LSTM, counted by hand; and the shards that follow.

use nn_compiler::plan::outline::{Line, Table, rows_at_once, tables};
use nn_compiler::plan::roofline::Figures;
use nn_compiler::{Compiled, compile};
use nn_grammar::text;

fn compiled(source: &str) -> Compiled {
    let program = text::parse(source).expect("a text of the language");
    compile(&program).expect("a good text").remove(0)
}

fn function(compiled: &Compiled, name: &str, rows: usize) -> Table {
    let tables = tables(&compiled.network, &compiled.plan, rows);
    tables.into_iter().find(|table| table.name == name).unwrap_or_else(|| panic!("there is a function {name}"))
}

/// The only kernel whose description begins so.
fn kernel(table: &Table, what: &str) -> Line {
    let found: Vec<&Line> = table.lines.iter().filter(|line| line.kernel.starts_with(what)).collect();
    assert_eq!(found.len(), 1, "{what} in {:?}", table.lines);
    found[0].clone()
}

fn counts(line: &Line) -> [u64; 3] {
    let Figures { flops, read, written, .. } = line.figures;
    [flops, read, written]
}

#[test]
fn a_dense_layer() {
    let one = compiled("network One < dense(100->32, relu) >");
    let (rows, m, k, n) = (10, 10, 100, 32);
    let predict = function(&one, "predict", rows);
    let product = kernel(&predict, "product B x 100 x 32");
    assert_eq!(counts(&product), [2 * m * k * n, 4 * (m * k + k * n), 4 * m * n]);
    assert_eq!(product.layout, "arena [B, 32] = input [B, 100] . weight [100, 32]");
    // Bias and relu are one loop.
    let relu = kernel(&predict, "loop [B, 32]");
    assert_eq!(counts(&relu), [2 * m * n, 4 * (m * n + n), 4 * m * n]);
    let both = [product, relu].iter().map(|line| line.figures).fold(Figures::default(), Figures::plus);
    assert_eq!(predict.total, both);

    // The gradient of the weights is as many operations, from other operands; there is none of the input.
    let backward = function(&one, "backward", rows);
    let weights = kernel(&backward, "product 100 x B x 32");
    assert_eq!(counts(&weights), [2 * m * k * n, 4 * (m * k + m * n), 4 * k * n]);
    let bias = kernel(&backward, "sum over loop [B, 32]");
    assert_eq!(counts(&bias)[2], 4 * n);
}

#[test]
fn numbers_of_64_bits_are_twice_the_bytes_and_half_as_fast() {
    let single = function(&compiled("network One < dense(512->512) >"), "predict", 32);
    let double = function(&compiled("network One(precision = f64) < dense(512->512) >"), "predict", 32);
    let (single, double) = (kernel(&single, "product").figures, kernel(&double, "product").figures);
    assert_eq!((double.flops, double.read, double.written), (single.flops, 2 * single.read, 2 * single.written));
    assert_eq!(double.nanoseconds, 2.0 * single.nanoseconds);
    // 16.8 million operations, 148 of them in a nanosecond.
    assert_eq!(single.nanoseconds, 2.0 * 32.0 * 512.0 * 512.0 / 148.0);
}

#[test]
fn a_product_of_one_row_is_bound_by_the_bytes_of_its_weights() {
    let one = function(&compiled("network One < dense(2048->2048) >"), "predict", 1);
    let product = kernel(&one, "product").figures;
    // 16 MiB lie in L3, which gives 23.5 bytes in a nanosecond.
    assert_eq!(product.nanoseconds, (product.read + product.written) as f64 / 23.5);
}

#[test]
fn a_convolution_and_its_gradients() {
    let lenet = compiled("network Seen < input(12, 12, 6), conv(16, 5), flatten, dense(3) >");
    let rows = 4;
    let (input, output, taps) = (rows * 12 * 12 * 6, rows * 8 * 8 * 16, 5 * 5 * 6 * 16);
    let flops = 2 * rows * 8 * 8 * taps;
    let forward = kernel(&function(&lenet, "forward", rows as usize), "convolution 12x12x6 -> 8x8x16 by 5x5");
    assert_eq!(counts(&forward), [flops, 4 * (input + taps), 4 * output]);
    let backward = function(&lenet, "backward", rows as usize);
    let kernels = kernel(&backward, "convolution for its kernel 12x12x6 -> 8x8x16 by 5x5");
    assert_eq!(counts(&kernels), [flops, 4 * (input + output), 4 * taps]);
}

#[test]
fn the_steps_of_an_lstm() {
    let (rows, steps, inputs, units) = (8, 10, 32, 64);
    let gates = 4 * units;
    let lstm = compiled("network Told < input(10, 32), lstm(64) >");
    let predict = function(&lstm, "predict", rows as usize);
    // The product with the input is one for all steps.
    let outside = kernel(&predict, "product 10B x 32 x 256");
    assert_eq!(outside.depth, 0);
    assert_eq!(
        counts(&outside),
        [2 * rows * steps * inputs * gates, 4 * (rows * steps * inputs + inputs * gates), 4 * rows * steps * gates]
    );
    let around = kernel(&predict, "10 steps");
    assert!(around.is_loop && around.figures == Figures::default(), "{around:?}");
    // That with the state is done in each step, with weights in panels.
    let copied = kernel(&predict, "copy 64 x 256");
    assert_eq!(counts(&copied), [0, 4 * units * gates, 4 * units * gates]);
    let inside = kernel(&predict, "product B x 64 x 256");
    assert_eq!(inside.depth, 1);
    let each = [2 * rows * units * gates, 4 * (rows * units + units * gates), 4 * rows * gates];
    assert_eq!(counts(&inside), each.map(|count| steps * count));
    assert!(inside.layout.ends_with(" . arena [64, 256] in panels"), "{}", inside.layout);
}

#[test]
fn shards_and_what_is_left_over_are_all_the_rows() {
    let one = compiled("network One < dense(784->512, tanh), dense(512->10) >");
    let forward = |rows| function(&one, "forward", rows);
    let shard = forward(1 << 20).rows;
    let table = forward(3 * shard + 5);
    assert_eq!((table.rows, table.calls, table.rest), (shard, 3, 5));
    assert_eq!(table.total.flops, 3 * forward(shard).total.flops + forward(5).total.flops);
    assert_eq!(forward(5).calls, 1);
    let kind = nn_compiler::plan::FunctionKind::Forward;
    assert_eq!(rows_at_once(&one.network, &one.plan, kind, 0), 1, "nothing is divided by 0");
}

#[test]
fn figures_of_networks_beyond_reason_are_numbers() {
    let huge = compiled("network Huge < dense(40000->40000) >");
    let table = function(&huge, "predict", usize::MAX);
    assert!(table.total.flops > 0 && table.total.nanoseconds.is_finite(), "{:?}", table.total);
}

#[test]
fn what_a_loop_overwrites_takes_its_place_in_a_cache_once() {
    // 64 rows of 96 values are 24 KiB, which L1 holds; twice as much it does not.
    let relu = function(&compiled("network One < dense(8->96, relu), dense(4) >"), "predict", 64);
    let relu = kernel(&relu, "loop [B, 96]").figures;
    assert_eq!(relu.nanoseconds, ((2 * 64 * 96) as f64 / 50.0).max((relu.read + relu.written) as f64 / 230.0));
}

#[test]
fn a_shard_has_the_rows_that_most_of_its_products_need() {
    let shard = |text: &str| compiled(text).plan.shard;
    // 64 positions of each example are rows of a product: four examples keep the registers busy. Of so many blocks no product takes
    // a tenth of all operations.
    let gpt = "network N < input(64), embedding(96->32), repeat(6) < residual < layer_norm, multi_head_attention(4) >, \
               residual < layer_norm, dense(128, gelu), dense(32) > >, dense(96, softmax) >";
    assert_eq!(shard(gpt), Some(4));
    assert_eq!(shard("network N < dense(64->64, relu), dense(10, softmax) >"), Some(32));
    // A call with fewer rows would take longer to begin than to compute; with more, there would be too few.
    assert_eq!(shard("network N < dense(4->32, tanh), dense(16, tanh), dense(4) >"), Some(128));
    assert_eq!(shard("network N < dense(2->2, tanh), dense(1) >"), Some(256));
}
