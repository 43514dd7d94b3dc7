//! `nnc summary`: the table, every argument, and JSON.

use crate::nnc::Folder;

const TEXT: &str = "/// With state and a way around.
network Deep < dense(4->8, relu), residual < batch_norm, dense(8) >, dense(8->2, softmax) >

train Deep {
    data csv(\"deep.csv\") { x = columns[0..4]; y = labels(column(4)); }
    minimize cross_entropy with momentum(lr = 0.1);
    batch 64;
    epochs 10;
}
";

#[test]
fn sizes_and_costs() {
    let folder = Folder::new("summary");
    folder.write("deep.nn", TEXT);
    insta::assert_snapshot!(folder.nnc(&["summary", "deep.nn", "--all"]).good());
}

#[test]
fn programs_get_json() {
    let folder = Folder::new("summary_json");
    folder.write("small.nn", "network Small < dense(2->1, sigmoid) >");
    insta::assert_snapshot!(folder.nnc(&["summary", "small.nn", "--json"]).good());
}

/// The figures of a network of so many repeated layers.
fn figures(layers: usize) -> serde_json::Value {
    let folder = Folder::new(&format!("summary_loop_{layers}"));
    let text = TEXT.replace("residual < batch_norm, dense(8) >", &format!("repeat({layers}) < dense(8, tanh) >"));
    folder.write("loop.nn", &text);
    let all: serde_json::Value =
        serde_json::from_str(&folder.nnc(&["summary", "loop.nn", "--json"]).good()).expect("JSON");
    all[0].clone()
}

#[test]
fn loops_cost_what_their_steps_cost() {
    let [two, four, six] = [2, 4, 6].map(figures);
    let bytes = |of: &serde_json::Value, part: &str, what: &str| of[part][what].as_u64().expect("a number");
    for (layers, of) in [(2, &two), (4, &four), (6, &six)] {
        let parameters = 4 * 8 + 8 + layers * (8 * 8 + 8) + 8 * 2 + 2;
        assert_eq!(bytes(of, "prediction", "weights"), 4 * parameters);
        assert_eq!(bytes(of, "training", "gradients"), 4 * parameters, "a batch of 64 rows is one shard");
        let parts = ["weights", "gradients", "new_state", "optimizer", "scratch"];
        let sum: u64 = parts.iter().map(|what| bytes(of, "training", what)).sum();
        assert_eq!(bytes(of, "training", "bytes"), sum);
    }
    // A prediction forgets each step; training keeps something of each of 8 values, for the 64 rows of a shard.
    let scratch = |part: &str| [&two, &four, &six].map(|of| bytes(of, part, "scratch"));
    let [a, b, c] = scratch("prediction");
    assert_eq!((a, b), (b, c));
    let [a, b, c] = scratch("training");
    assert_eq!(b - a, c - b, "each step costs the same");
    assert!(b > a && (b - a) % (2 * 8 * 64 * 4) == 0, "{a}, {b}");
}

#[test]
fn kernels_with_their_layouts_and_costs() {
    let folder = Folder::new("summary_plan");
    folder.write("deep.nn", TEXT);
    insta::assert_snapshot!(folder.nnc(&["summary", "deep.nn", "--plan"]).good());
    let text = "network Told < input(6, 4), gru(8), dense(3, softmax) >";
    folder.write("told.nn", text);
    insta::assert_snapshot!(folder.nnc(&["summary", "told.nn", "--plan", "--rows", "100"]).good());
}

#[test]
fn programs_get_the_kernels_as_json() {
    let folder = Folder::new("summary_plan_json");
    folder.write("deep.nn", TEXT);
    let all = folder.nnc(&["summary", "deep.nn", "--plan", "--rows", "32", "--json"]).good();
    let all: serde_json::Value = serde_json::from_str(&all).expect("JSON");
    let plan = &all[0]["plan"];
    assert_eq!(plan["rows"], 32);
    let functions = plan["functions"].as_array().expect("functions");
    let predict = functions.iter().find(|function| function["name"] == "predict").expect("a prediction");
    let kernels = predict["kernels"].as_array().expect("kernels");
    assert_eq!(kernels[0]["kernel"], "product B x 4 x 8");
    for figure in ["flops", "bytes_read", "bytes_written"] {
        let sum: u64 = kernels.iter().map(|kernel| kernel[figure].as_u64().expect("a number")).sum();
        assert_eq!(predict["total"][figure], sum);
    }
    assert!(predict["total"]["estimated_nanoseconds"].as_f64().is_some_and(|time| time > 0.0));
    let alone = folder.nnc(&["summary", "deep.nn", "--rows", "32"]);
    assert_eq!(alone.code, 2, "rows are for --plan");
}

const STEPS: &str = "network Enc(x: [3]) < dense(4, tanh), dense(2) >
network Dec < input(2), dense(4, tanh), dense(3) >

train both for E = Enc, D = Dec {
    target T = copy(E);
    step all { minimize mse(D(E(x)), x) + 0 * mean(T(x)) with adam; }
    step last { minimize mse(D(E(x)), x) over D.dense_2 with momentum; }
    batch 4;
}
";

#[test]
fn steps_tell_what_they_change_and_hold() {
    let folder = Folder::new("summary_steps");
    folder.write("both.nn", STEPS);
    insta::assert_snapshot!(folder.nnc(&["summary", "both.nn"]).good());
    let all: serde_json::Value =
        serde_json::from_str(&folder.nnc(&["summary", "both.nn", "--json"]).good()).expect("JSON");
    let both = &all[2];
    let (encoder, decoder) = (3 * 4 + 4 + 4 * 2 + 2, 2 * 4 + 4 + 4 * 3 + 3);
    let count = |what: &str| both[what].as_u64().expect("a number");
    assert_eq!((count("parameters"), count("state")), (encoder + decoder, encoder));
    let [whole, last] = [0, 1].map(|step| &both["steps"][step]);
    assert_eq!(
        (&whole["changes"], &last["changes"]),
        (&serde_json::json!(["E", "D"]), &serde_json::json!(["D.dense_2"]))
    );
    // What is outside of `over` has no gradient memory, and its optimizer remembers nothing of it.
    let trained = 4 * 3 + 3;
    let held = |step: &serde_json::Value, what: &str| step["cost"][what].as_u64().expect("bytes");
    assert_eq!(
        (held(whole, "gradients"), held(whole, "optimizer")),
        (4 * (encoder + decoder), 8 * (encoder + decoder))
    );
    assert_eq!((held(last, "gradients"), held(last, "optimizer")), (4 * trained, 4 * trained));
    // The weights lie there once, all else once for each step.
    let own = |step: &serde_json::Value| held(step, "bytes") - held(step, "weights");
    let total = held(whole, "weights") + own(whole) + own(last);
    assert_eq!(both["training"]["bytes"], total);
}
