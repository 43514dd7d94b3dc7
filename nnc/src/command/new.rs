//! `nnc new`: a folder with a network, data that it can learn, and a README; knows one example.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::package::name;

/// Makes a folder with a small network and data to train it on
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder to make; its name becomes that of the network
    name: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = &arguments.name;
    let stem = folder.file_name().ok_or_else(|| Failure::Usage(format!("`{}` names no folder", folder.display())))?;
    let stem = name::package(&stem.to_string_lossy());
    if folder.exists() {
        return Err(Failure::Wrong(format!("{}: there is such a file or folder already", folder.display())));
    }
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, "cannot be created", &error))?;
    let text = folder.join(format!("{stem}.nn"));
    let shown = text.display().to_string();
    let files = [
        (&text, network(&stem, &shown)),
        (&folder.join(format!("{stem}.csv")), points()),
        (&folder.join("README.md"), readme(&stem)),
    ];
    for (path, content) in files {
        fs::write(path, content).map_err(|error| Failure::file(path, "cannot be written", &error))?;
    }
    writeln!(out, "{shown} is ready; train it with\n    nnc train {shown}")?;
    Ok(())
}

fn network(stem: &str, path: &str) -> String {
    let name = name::network(stem);
    format!(
        "\
// Which points lie inside the circle? An example to start from: put your data and your layers in its place.
//     nnc train {path}

/// Two coordinates, two classes: the probability of each.
network {name} < dense(2->16, tanh), dense(16->2, softmax) >

train {name} {{
    data csv(\"{stem}.csv\", header = true) {{
        x = standardize(columns[\"x\", \"y\"]);
        y = labels(column(\"place\"));
    }}
    split train = 0.8, test = 0.2, stratify;
    minimize cross_entropy with adam(lr = 0.02);
    batch 16;
    epochs 60;
    seed 1;
    metric accuracy, confusion;
}}
"
    )
}

/// Points that fill a square evenly, and whether they lie in a circle of half its area.
fn points() -> String {
    let row = |index: u32| {
        let (x, y) = (2.0 * halton(index, 2) - 1.0, 2.0 * halton(index, 3) - 1.0);
        let place = if x * x + y * y < 2.0 / std::f64::consts::PI { "inside" } else { "outside" };
        format!("{x:.4},{y:.4},{place}\n")
    };
    "x,y,place\n".to_owned() + &(1..=300).map(row).collect::<String>()
}

/// The Halton sequence (Halton 1960): the digits of `index` behind the point, in reverse.
fn halton(mut index: u32, base: u32) -> f64 {
    let (mut value, mut digit) = (0.0, 1.0);
    while index > 0 {
        digit /= f64::from(base);
        value += digit * f64::from(index % base);
        index /= base;
    }
    value
}

fn readme(stem: &str) -> String {
    format!(
        "\
# {stem}

`{stem}.nn` describes a network and how it is trained on `{stem}.csv`.

```sh
nnc train {stem}.nn      # weights, report and loss curve go to out/
nnc summary {stem}.nn    # layers, sizes, memory
nnc build {stem}.nn      # a Rust crate that stands alone
```
"
    )
}
