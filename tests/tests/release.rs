//! Optimised programs: they agree with the evaluator on every instruction set of the machine, and their code is what was meant:
//! packed multiply-adds in the tiles, and no call of a mathematical function of another library.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nn_runtime::isa::{Level, available};
use nn_tests::random::case::{Case, case};
use nn_tests::random::crates::{How, Job, run};
use nn_tests::random::judge::compare;

/// Networks of every kind of kernel. The seed decides how many rows there are.
const TEXTS: [(&str, u64); 7] = [
    ("network N < dense(4->16, relu), dropout(0.2), dense(16->3, softmax) >", 3),
    (
        "network N < input(13, 12, 2), conv(5, 3, relu, pad = same), max_pool(2), conv(18, 2, tanh, stride = 2), flatten, \
         dense(6, gelu), dense(3, softmax) >",
        7,
    ),
    (
        "network N < input(9, 8, 3), conv(33, 3, relu, pad = same), conv(40, 3, stride = 2), global_avg_pool, dense(4) >",
        2,
    ),
    ("network N < input(6, 6, 4), conv(8, 3, pad = same), batch_norm, relu, conv(4, 3, groups = 2), flatten >", 3),
    ("network N < dense(70->130, relu), layer_norm, dense(130->40, tanh), dense(40->5) >", 3),
    ("network N < input(6, 3), lstm(20, returns = every), gru(12), dense(2, sigmoid) >", 2),
    (
        "network N(ids: class(11)[6]) { ids |> embedding(16) |> learned_positions |> repeat(2) < residual < layer_norm, \
         multi_head_attention(4, bias = false) >, residual < layer_norm, dense(32, gelu), dense(16) > > |> dense(11) }",
        1,
    ),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("release").join(name)
}

fn cases() -> Vec<Case> {
    let made = |(text, seed): &(&str, u64)| case(text, *seed).unwrap_or_else(|why| panic!("{text}: {why:?}"));
    TEXTS.iter().map(made).collect()
}

/// How the programs are built: with the assembly that comes of it.
const RELEASE: How = How { profile: "release", feature: "std", flags: "--emit=asm,link", isa: None };

/// Runs all cases in a precision; one test builds at a time, the other finds what has been built.
fn ran(cases: &[Case], precision: &'static str, isa: Option<&'static str>) -> Vec<Option<String>> {
    static BUILDING: Mutex<()> = Mutex::new(());
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let jobs: Vec<Job<'_>> = cases.iter().map(|case| Job { case, precision }).collect();
    let (tolerance, rounding) = if precision == "f64" { (1e-10, 1e-13) } else { (1e-4, 1e-6) };
    let all = run(&folder(precision), &jobs, 1, How { isa, ..RELEASE });
    let said = |(job, ran): (&Job<'_>, Result<_, String>)| {
        ran.and_then(|got| compare(job.case, &got, tolerance, rounding)).err()
    };
    jobs.iter().zip(all).map(said).collect()
}

#[test]
fn every_instruction_set_agrees_with_the_evaluator() {
    let cases = cases();
    for precision in ["f32", "f64"] {
        for level in Level::ALL.into_iter().filter(|level| *level <= available()) {
            for (case, said) in cases.iter().zip(ran(&cases, precision, Some(level.name()))) {
                assert_eq!(said, None, "{precision} on {level:?}: {}", case.text);
            }
        }
    }
}

/// A function of an assembly text, without comments and directives.
struct Function {
    name: String,
    lines: Vec<String>,
}

/// The functions of all assembly texts that a build has left.
fn functions(folder: &Path) -> Vec<Function> {
    let mut functions = Vec::new();
    for entry in fs::read_dir(folder.join("target/release/deps")).expect("what has been built") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "s") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("an assembly text");
        let mut current: Option<Function> = None;
        for line in text.lines().map(str::trim) {
            if line.starts_with("_ZN") && line.ends_with(':') {
                current = Some(Function { name: line.trim_end_matches(':').to_owned(), lines: Vec::new() });
            } else if line.starts_with(".Lfunc_end") {
                functions.extend(current.take());
            } else if let Some(function) = &mut current
                && (!line.starts_with('.') || line.starts_with(".LBB"))
            {
                function.lines.push(line.to_owned());
            }
        }
    }
    functions
}

impl Function {
    /// The loops that hold no other: from a label to the jump back to it.
    fn innermost_loops(&self) -> Vec<&[String]> {
        let mut labels = BTreeMap::new();
        let mut loops: Vec<(usize, usize)> = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            if let Some(label) = line.strip_suffix(':') {
                labels.insert(label, at);
            } else if line.starts_with('j')
                && let Some(start) = line.split_whitespace().last().and_then(|label| labels.get(label))
            {
                loops.push((*start, at));
            }
        }
        let holds = |(start, end): (usize, usize)| {
            loops.iter().any(|other| *other != (start, end) && start <= other.0 && other.1 <= end)
        };
        let innermost = loops.iter().filter(|one| !holds(**one));
        innermost.map(|(start, end)| &self.lines[*start..=*end]).collect()
    }

    fn calls(&self) -> impl Iterator<Item = &str> {
        let calls = self.lines.iter().filter(|line| line.starts_with("call") || line.starts_with("jmp"));
        calls.filter_map(|line| line.split_whitespace().last())
    }
}

/// How many lines begin with `instruction` and mention `what`.
fn count(lines: &[String], instruction: &str, what: &str) -> usize {
    lines.iter().filter(|line| line.starts_with(instruction) && line.contains(what)).count()
}

#[test]
#[cfg(target_arch = "x86_64")]
fn tiles_are_packed_multiply_adds_and_nothing_else() {
    let cases = cases();
    ran(&cases, "f32", None);
    let functions = functions(&folder("f32"));
    for kernel in ["strip", "lanes_slide", "lanes_windows", "panels"] {
        for (set, register, least) in [("Avx512", "%zmm", 16), ("Avx2", "%ymm", 8)] {
            let named = |function: &&Function| {
                function.name.contains(set) && function.name.contains(&format!("{}{kernel}8compiled", kernel.len()))
            };
            let function = functions.iter().find(named).unwrap_or_else(|| panic!("{kernel} for {set} is compiled"));
            let loops = function.innermost_loops();
            let packed = |lines: &[String]| count(lines, "vfmadd", register);
            let most = loops.iter().map(|lines| packed(lines)).max().unwrap_or(0);
            assert!(most >= least, "{kernel} for {set}: {most} multiply-adds in the largest tile");
            for lines in loops.into_iter().filter(|lines| packed(lines) >= least) {
                let what = format!("{kernel} for {set}:\n{}", lines.join("\n"));
                assert_eq!(count(lines, "vfmadd", "ss\t"), 0, "one number at a time in {what}");
                assert_eq!(count(lines, "v", "(%rsp"), 0, "sums leave the registers in {what}");
                assert_eq!(count(lines, "call", ""), 0, "a call in {what}");
            }
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn no_step_calls_a_function_of_another_library() {
    let cases = cases();
    ran(&cases, "f32", None);
    let functions = functions(&folder("f32"));
    let steps: Vec<&Function> =
        functions.iter().filter(|f| f.name.contains("isa") && f.name.contains("call")).collect();
    assert!(steps.len() >= 2 * cases.len(), "only {} steps", steps.len());
    let foreign = ["fma", "exp", "log", "pow", "tanh", "sin", "cos", "erf"];
    for function in steps {
        for call in function.calls() {
            let symbol = call.trim_start_matches('*').split(['@', '(']).next().unwrap_or_default();
            let is_foreign = foreign.iter().any(|name| symbol == *name || symbol == format!("{name}f"));
            assert!(!is_foreign && !symbol.contains("libm"), "{} calls {symbol}", function.name);
        }
    }
}
