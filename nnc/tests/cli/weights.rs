//! `nnc weights`: lists, compares and converts; what it writes is what other programs and other commands read.

use std::fs;
use std::path::Path;

use crate::nnc::Folder;

const MLP: &str = "network Mlp < dense(3->4, relu), dense(4, tanh), dense(2) >\n";
/// From the names of PyTorch's `Sequential` to ours.
const MAP: [&str; 6] = ["--map", "0 -> dense_1", "--map", "2 -> dense_2", "--map", "4 -> dense_3"];

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens/weights");
    for file in ["torch_mlp", "torch_mlp_bf16", "torch_mlp_f16", "torch_mlp_f64"] {
        let file = format!("{file}.safetensors");
        folder.write(&file, fs::read(goldens.join(&file)).expect("a golden"));
    }
    folder.write("mlp.nn", MLP);
    folder
}

#[test]
fn tensors_are_listed() {
    let folder = folder("weights_ls");
    insta::assert_snapshot!(folder.nnc(&["weights", "ls", "torch_mlp.safetensors"]).good());
    let json = folder.nnc(&["weights", "ls", "torch_mlp_bf16.safetensors", "--json"]).good();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((json["network"].is_null(), json["tensors"].as_array().map(Vec::len)), (true, Some(6)));
    let first = &json["tensors"][0];
    assert_eq!(
        (&first["name"], &first["dtype"], &first["statistics"]["nan"]),
        (&"0.bias".into(), &"BF16".into(), &0.into())
    );
}

#[test]
fn files_are_compared() {
    let folder = folder("weights_diff");
    let same = folder.nnc(&["weights", "diff", "torch_mlp.safetensors", "torch_mlp.safetensors"]).good();
    assert_eq!(same, "the same: 6 tensors\n");
    let rename = ["weights", "convert", "torch_mlp.safetensors", "b.npz", "--map", "4.bias -> 5.bias"];
    folder.nnc(&rename).good();
    let other = folder.nnc(&["weights", "diff", "torch_mlp.safetensors", "b.npz"]);
    let told = "4.bias  only in the first file: [2]\n5.bias  only in the second file: [2]\n2 of 7 tensors differ\n";
    assert_eq!((other.code, &*other.out), (1, told));
    let rounded = folder.nnc(&["weights", "diff", "torch_mlp.safetensors", "torch_mlp_f16.safetensors", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&rounded.out).expect("JSON");
    assert_eq!((rounded.code, &json[0]["difference"]), (1, &"values".into()));
}

#[test]
fn weights_of_pytorch_become_ours_and_go_back() {
    let folder = folder("weights_convert");
    let convert = |more: &[&str]| folder.nnc(&[&["weights", "convert"], more].concat());
    let text = ["--text", "mlp.nn"];
    // The middle matrix is square, and the others tell all the same.
    let said = convert(&[&["torch_mlp.safetensors", "ours.npz"], &text[..], &MAP].concat()).good();
    assert_eq!(said, "ours.npz: 6 tensors of `Mlp`, from PyTorch to nn\n");
    let listed = folder.nnc(&["weights", "ls", "ours.npz"]).good();
    assert!(listed.ends_with("6 tensors, 46 values; weights of `Mlp`\n"), "{listed}");
    assert!(listed.contains("dense_1.weight  [3, 4]"), "{listed}");
    let back =
        ["--from", "nn", "--to", "pytorch", "--map", "dense_1 -> 0", "--map", "dense_2 -> 2", "--map", "dense_3 -> 4"];
    convert(&[&["ours.npz", "back.safetensors"], &text[..], &back].concat()).good();
    let same = folder.nnc(&["weights", "diff", "torch_mlp.safetensors", "back.safetensors"]).good();
    assert_eq!(same, "the same: 6 tensors\n");
    let keras = convert(&[&["ours.npz", "keras.npz"], &text[..], &["--to", "keras"]].concat()).good();
    assert_eq!(keras, "keras.npz: 6 tensors of `Mlp`, from nn to Keras\n");
    let listed = folder.nnc(&["weights", "ls", "keras.npz"]).good();
    assert!(listed.contains("dense_1/kernel  [3, 4]"), "{listed}");
}

#[test]
fn every_type_of_numbers_is_converted() {
    let folder = folder("weights_types");
    let told = [("bf16", "; numpy has no BF16: those are F32 now, with the same values"), ("f16", ""), ("f64", "")];
    for (kind, note) in told {
        let (file, archive) = (format!("torch_mlp_{kind}.safetensors"), format!("{kind}.npz"));
        let said = folder.nnc(&["weights", "convert", &file, &archive]).good();
        assert_eq!(said, format!("{archive}: 6 tensors{note}\n"));
        let compared = folder.nnc(&["weights", "diff", &file, &archive]);
        let same = if kind == "bf16" { "type BF16 and F32, the same values" } else { "the same: 6 tensors\n" };
        assert!(compared.out.contains(same), "{}", compared.out);
        let ours = [&["weights", "convert", &file, "ours.safetensors", "--text", "mlp.nn"][..], &MAP].concat();
        folder.nnc(&ours).good();
        let listed = folder.nnc(&["weights", "ls", "ours.safetensors"]).good();
        assert_eq!(listed.matches("  F32  ").count(), 6, "{listed}");
    }
}

#[test]
fn what_cannot_be_converted_is_told() {
    let folder = folder("weights_wrong");
    let fails = |arguments: &[&str], code: i32, told: &str| {
        let done = folder.nnc(&[&["weights", "convert", "torch_mlp.safetensors"], arguments].concat());
        assert_eq!(done.code, code, "{}", done.err);
        assert!(done.err.contains(told), "{}", done.err);
    };
    fails(&["x.pt"], 1, "x.pt: this is a pickle of PyTorch, which can run any program when it is read");
    fails(&["x.npz", "--to", "keras"], 2, "--text <FILE>");
    fails(&["x.npz", "--map", "0"], 2, "expected two names with `->` between them");
    fails(&["x.npz", "--map", "9 -> a"], 1, "the map does not fit; in the map, but not in the file: `9`");
    fails(&["x.npz", "--map", "0 -> a", "--map", "2 -> a"], 1, "`0.bias` and `2.bias` are both mapped to `a.bias`");
    let text = ["x.npz", "--text", "mlp.nn", "--from", "pytorch"];
    fails(&text, 1, "missing: `dense_1.weight` [3, 4]");
    assert!(!folder.path("x.npz").exists() && !folder.path("x.pt").exists());
    let opened = folder.nnc(&["weights", "ls", "model.pkl"]);
    assert_eq!(opened.code, 1);
    assert!(opened.err.starts_with("error: model.pkl: this is a pickle, which can run any program"), "{}", opened.err);
}

#[test]
fn archives_are_evaluated_and_predicted_with() {
    let folder = Folder::new("weights_npz");
    folder.write("line.nn", LINE);
    folder.write("line.csv", "x,y\n0,1\n1,3\n2,5\n3,7\n4,9\n5,11\n");
    folder.nnc(&["train", "line.nn", "--output", "out"]).good();
    folder.nnc(&["weights", "convert", "out/weights.safetensors", "line.npz"]).good();
    folder.nnc(&["weights", "diff", "out/weights.safetensors", "line.npz"]).good();
    for command in [&["eval", "line.nn"][..], &["predict", "line.nn", "--input", "line.csv"]] {
        let [one, other] = ["out/weights.safetensors", "line.npz"]
            .map(|weights| folder.nnc(&[command, &["--weights", weights]].concat()).good());
        assert!(!one.is_empty());
        assert_eq!(one, other);
    }
}

const LINE: &str = "network Line < dense(1->1) >
train Line { data csv(\"line.csv\") { x = column(0); y = column(1); } minimize mse with sgd(0.05); epochs 20; }
";
