//! A training that begins with the weights of another one: what is frozen keeps its bytes, what is renewed has another width.

use std::fs;

use safetensors::SafeTensors;

use crate::nnc::Folder;

const TEXT: &str = "network Trunk < dense(4->8, tanh), dense(8, tanh), dense(3, softmax) >

train Trunk {
    data csv(\"iris.csv\", header = true) { x = standardize(columns[0..4]); y = labels(column(\"species\")); }
    minimize cross_entropy with adam(lr = 0.01);
    epochs 20;
}

network Sizes < dense(4->8, tanh), dense(8, tanh), dense(2, softmax) >

train long for Sizes from \"trunk/weights.safetensors\" {
    renew last 1;
    freeze all;
    unfreeze last 1;
    data csv(\"petals.csv\", header = true) { x = standardize(columns[0..4]); y = labels(column(\"petal\")); }
    minimize cross_entropy with adam(lr = 0.05);
    metric accuracy;
    epochs 30;
    at epoch 20 { unfreeze dense_2; lr *= 0.1; }
}
";

#[test]
fn a_head_of_another_width_is_trained_on_a_trunk_that_is_there() {
    let folder = Folder::new("finetune");
    folder.example("iris/iris.csv");
    folder.write("net.nn", TEXT);
    let flowers = folder.read("iris.csv");
    let mut petals = "a,b,c,d,petal\n".to_owned();
    for line in flowers.lines().skip(1) {
        let (measures, _) = line.rsplit_once(',').expect("columns");
        let length: f64 = measures.split(',').nth(2).and_then(|cell| cell.parse().ok()).expect("a length");
        petals += &format!("{measures},{}\n", if length > 3.0 { "long" } else { "short" });
    }
    folder.write("petals.csv", petals);

    let early = folder.nnc(&["train", "net.nn", "--network", "Long"]);
    assert_eq!(early.code, 1);
    assert!(early.err.contains("trunk/weights.safetensors") && !early.err.contains("compiling"), "{}", early.err);
    folder.nnc(&["train", "net.nn", "--network", "Trunk", "-o", "trunk"]).good();
    let tuned = folder.nnc(&["train", "net.nn", "--network", "Long", "-o", "tuned", "--json"]);
    assert!(tuned.err.contains("the weights begin as those of trunk/weights.safetensors"), "{}", tuned.err);
    let report: serde_json::Value = serde_json::from_str(&tuned.good()).expect("JSON");
    assert!(report["final"]["train"]["accuracy"].as_f64().is_some_and(|accuracy| accuracy > 0.95), "{report}");

    let read = |path: &str| fs::read(folder.path(path)).expect("weights");
    let (before, behind) = (read("trunk/weights.safetensors"), read("tuned/weights.safetensors"));
    let (before, behind) =
        (SafeTensors::deserialize(&before).expect("weights"), SafeTensors::deserialize(&behind).expect("weights"));
    let same = |name: &str| before.tensor(name).expect(name).data() == behind.tensor(name).expect(name).data();
    assert!(same("dense_1.weight") && same("dense_1.bias"), "what is frozen all the time stays");
    assert!(!same("dense_2.weight"), "what thaws learns");
    assert_eq!(behind.tensor("dense_3.weight").expect("a head").shape(), [8, 2]);

    // The same tensors under names of others, that the text maps to its own.
    let names = [("a", "dense_1"), ("b", "dense_2"), ("c", "dense_3")].map(|(theirs, ours)| {
        ["weight", "bias"]
            .map(|kind| (format!("{theirs}.{kind}"), before.tensor(&format!("{ours}.{kind}")).expect(ours)))
    });
    let others = safetensors::serialize(names.into_iter().flatten(), None).expect("a file");
    fs::write(folder.path("others.safetensors"), others).expect("the folder of the test");
    let map = "map { \"a\" -> dense_1, \"b\" -> dense_2, \"c\" -> dense_3 }";
    let mapped = TEXT.split("network Sizes").next().expect("a text").replace(
        "train Trunk {",
        &format!("train mapped for Trunk from \"others.safetensors\" {map} {{ freeze all; unfreeze dense_3;"),
    );
    folder.write("mapped.nn", mapped);
    folder.nnc(&["train", "mapped.nn", "--epochs", "1", "-o", "mapped"]).good();
    let mapped = read("mapped/weights.safetensors");
    let mapped = SafeTensors::deserialize(&mapped).expect("weights");
    let same = |name: &str| before.tensor(name).expect(name).data() == mapped.tensor(name).expect(name).data();
    assert!(same("dense_1.weight") && same("dense_2.bias") && !same("dense_3.weight"));

    let other =
        folder.nnc(&["train", "net.nn", "--network", "Long", "--from", "tuned/weights.safetensors", "-o", "on"]);
    assert!(other.err.contains("begin as those of tuned/weights.safetensors"), "{}", other.err);
    other.good();
}
