//! A crate of its own for generated code: it is written under the target folder, built without a connection, and run on inputs
//! that come as lines; what comes out is lines again.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use super::case::{Case, rust};
use crate::generated::{Inputs, Outputs};

/// What came of a case in one of the precisions: its numbers, or why there are none.
pub type Ran = Result<Outputs, String>;

/// One thing to run.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The program and what goes in.
    pub case: &'a Case,
    /// `f32` or `f64`.
    pub precision: &'static str,
}

/// How jobs are built and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// The profile.
    pub profile: &'static str,
    /// The features of the runtime.
    pub feature: &'static str,
    /// What rustc is told beside that.
    pub flags: &'static str,
    /// What `NN_ISA` says, if anything.
    pub isa: Option<&'static str>,
}

impl How {
    /// For a short wait.
    pub const QUICK: Self = Self { profile: "dev", feature: "alloc", flags: "", isa: None };

    /// The folder of the profile in the target folder.
    fn folder(&self) -> &'static str {
        if self.profile == "dev" { "debug" } else { self.profile }
    }
}

/// Builds all jobs into one crate of several programs under `folder` and runs them; gives what came of each.
///
/// # Panics
/// If the crate cannot be written or built for another reason than the code of one of the jobs.
pub fn run(folder: &Path, jobs: &[Job<'_>], programs: usize, how: How) -> Vec<Ran> {
    let source = folder.join("src");
    fs::create_dir_all(source.join("bin")).expect("the folder can be written");
    manifest(folder, how.feature);
    let mut results: Vec<Option<Ran>> = jobs.iter().map(|_| None).collect();
    for (number, job) in jobs.iter().enumerate() {
        match std::panic::catch_unwind(|| rust(&job.case.text, job.precision)) {
            Ok(code) => write(&source.join(format!("job_{number}.rs")), &lines(&code)),
            Err(_) => results[number] = Some(Err("no code is generated: the compiler panics".to_owned())),
        }
    }
    // Whatever does not compile is left out the next time.
    loop {
        let left: Vec<usize> = (0..jobs.len()).filter(|number| results[*number].is_none()).collect();
        for program in 0..programs {
            let own: Vec<usize> = left.iter().copied().filter(|number| number % programs == program).collect();
            write(&source.join(format!("bin/part_{program}.rs")), &main(&own, jobs));
        }
        let Err(said) = build(folder, how) else { break };
        let broken: Vec<usize> = left.into_iter().filter(|n| said.contains(&format!("job_{n}.rs"))).collect();
        assert!(!broken.is_empty(), "the crate of random programs cannot be built:\n{}", short(&said));
        for number in broken {
            let place = format!("job_{number}.rs");
            let line = said.lines().find(|line| line.contains(&place)).unwrap_or_default();
            results[number] = Some(Err(format!("the generated code does not compile: {}", short(line))));
        }
    }
    for program in 0..programs {
        let own = (0..jobs.len()).filter(|number| number % programs == program && results[*number].is_none());
        let own: Vec<usize> = own.collect();
        for (number, ran) in own.iter().zip(execute(folder, program, &own, jobs, how)) {
            results[*number] = Some(ran);
        }
    }
    results.into_iter().map(|ran| ran.expect("all have been run")).collect()
}

/// Writes a file, unless it says the same already: cargo looks at times.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("the folder can be written");
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the workspace").to_owned()
}

/// A package that needs the runtime alone, in the versions of the workspace.
fn manifest(folder: &Path, feature: &str) {
    let runtime = root().join("nn-runtime");
    let text = format!(
        "[package]\nname = \"random-networks\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\nnn-runtime = {{ path = {runtime:?}, default-features = false, features = [\"{feature}\"] }}\n\n\
         [workspace]\n\n[profile.dev]\ndebug = false\nincremental = false\ncodegen-units = 2\n"
    );
    write(&folder.join("Cargo.toml"), &text);
    if !folder.join("Cargo.lock").exists() {
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock of the workspace");
    }
}

/// The program of some of the jobs.
fn main(own: &[usize], jobs: &[Job<'_>]) -> String {
    let generated = root().join("tests/src/generated.rs");
    let mut text = format!(
        "#![expect(dead_code, reason = \"not every program uses all of a network\")]\n#[path = {generated:?}]\nmod generated;\n"
    );
    let mut table = String::new();
    for number in own {
        let file = format!("../job_{number}.rs");
        write!(text, "#[deny(warnings)]\n#[path = {file:?}]\npub mod job_{number};\n")
            .expect("a string takes everything");
        let real = jobs[*number].precision;
        writeln!(
            table,
            "        {number} => generated::run::<{real}>(<job_{number}::N as nn_runtime::Network>::PROGRAM, inputs),"
        )
        .expect("a string takes everything");
    }
    format!(
        "{text}\n{MAIN}\nfn outputs(number: usize, inputs: &generated::Inputs) -> generated::Outputs {{\n    match number {{\n{table}        \
         _ => generated::Outputs::default(),\n    }}\n}}\n"
    )
}

/// Reads a job from each line and answers with a line.
const MAIN: &str = r#"
fn numbers<'a>(words: &mut impl Iterator<Item = &'a str>) -> Vec<f64> {
    let count: usize = words.next().unwrap().parse().unwrap();
    (0..count).map(|_| words.next().unwrap().parse().unwrap()).collect()
}

fn written(values: &[f64]) -> String {
    let all: Vec<String> = values.iter().map(|x| format!("{x:e}")).collect();
    format!("{} {}", values.len(), all.join(" "))
}

fn named(all: &[(String, Vec<f64>)]) -> String {
    let each: Vec<String> = all.iter().map(|(name, values)| format!("{name} {}", written(values))).collect();
    format!("{} {}", all.len(), each.join(" "))
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let mut words = line.split_whitespace();
        let number: usize = words.next().unwrap().parse().unwrap();
        let seed = words.next().unwrap().parse().unwrap();
        let step = words.next().unwrap().parse().unwrap();
        let input = numbers(&mut words);
        let output_gradient = numbers(&mut words);
        let count: usize = words.next().unwrap().parse().unwrap();
        let tensors = (0..count).map(|_| (words.next().unwrap().to_owned(), numbers(&mut words))).collect();
        let inputs = generated::Inputs { input, tensors, output_gradient, seed, step };
        match std::panic::catch_unwind(|| outputs(number, &inputs)) {
            Ok(out) => {
                println!("ran {} {} {} {}", written(&out.prediction), written(&out.output), named(&out.gradients), named(&out.state));
            }
            Err(panic) => {
                let said = panic.downcast_ref::<String>().cloned();
                let said = said.or(panic.downcast_ref::<&str>().map(|said| said.to_string())).unwrap_or_default();
                println!("panicked {}", said.replace('\n', " "));
            }
        }
    }
}
"#;

/// Builds the package; else what rustc says, a line for each mistake.
fn build(folder: &Path, how: How) -> Result<(), String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args([
            "build",
            "--offline",
            "--quiet",
            "--keep-going",
            "--message-format=short",
            "--profile",
            how.profile,
            "--target-dir",
        ])
        .arg(folder.join("target"))
        .current_dir(folder);
    // Flags that were meant for the tests themselves.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(name);
    }
    if !how.flags.is_empty() {
        command.env("RUSTFLAGS", how.flags);
    }
    let done = command.output().expect("cargo can be run");
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

/// Runs one of the programs on its jobs.
fn execute(folder: &Path, program: usize, own: &[usize], jobs: &[Job<'_>], how: How) -> Vec<Ran> {
    let name = format!("part_{program}{}", env::consts::EXE_SUFFIX);
    let asked: String = own.iter().map(|number| asked(*number, &jobs[*number].case.inputs)).collect();
    let input = folder.join(format!("part_{program}.txt"));
    fs::write(&input, asked).expect("the folder can be written");
    let mut command = Command::new(folder.join("target").join(how.folder()).join(name));
    match how.isa {
        Some(isa) => command.env("NN_ISA", isa),
        None => command.env_remove("NN_ISA"),
    };
    let done = command
        .stdin(Stdio::from(fs::File::open(input).expect("the file has been written")))
        .output()
        .expect("the program has been built");
    std::io::stderr().write_all(&done.stderr).expect("the error stream takes what is written");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let mut lines = said.lines();
    own.iter().map(|_| lines.next().map_or_else(|| Err("the program ended early".to_owned()), answered)).collect()
}

/// A job as a line.
fn asked(number: usize, inputs: &Inputs) -> String {
    let written = |values: &[f64]| {
        let all: Vec<String> = values.iter().map(|x| format!("{x:e}")).collect();
        format!("{} {}", values.len(), all.join(" "))
    };
    let tensors: Vec<String> =
        inputs.tensors.iter().map(|(name, values)| format!("{name} {}", written(values))).collect();
    let (input, gradient) = (written(&inputs.input), written(&inputs.output_gradient));
    let (seed, step, count) = (inputs.seed, inputs.step, tensors.len());
    format!("{number} {seed} {step} {input} {gradient} {count} {}\n", tensors.join(" "))
}

/// What a line of the program says.
fn answered(line: &str) -> Ran {
    let Some(rest) = line.strip_prefix("ran ") else { return Err(format!("the generated code {line}")) };
    let mut words = rest.split_whitespace();
    let prediction = values(&mut words);
    let output = values(&mut words);
    let mut named = || {
        let count = count(&mut words);
        (0..count).map(|_| (words.next().expect("a name").to_owned(), values(&mut words))).collect()
    };
    let gradients = named();
    let state = named();
    Ok(Outputs { prediction, output, gradients, state })
}

fn count<'a>(words: &mut impl Iterator<Item = &'a str>) -> usize {
    words.next().and_then(|word| word.parse().ok()).expect("a count")
}

fn values<'a>(words: &mut impl Iterator<Item = &'a str>) -> Vec<f64> {
    let count = count(words);
    (0..count).map(|_| words.next().and_then(|word| word.parse().ok()).expect("a number")).collect()
}

/// Generated code with line breaks, so that a mistake has a line.
fn lines(code: &str) -> String {
    code.replace(" ; ", " ;\n").replace(" { ", " {\n")
}

/// The beginning of what is said.
fn short(said: &str) -> String {
    said.chars().take(1500).collect()
}
