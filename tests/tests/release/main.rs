//! Optimised programs: they agree with the evaluator on every instruction set of the machine, and their code is what was meant:
//! packed multiply-adds in the tiles, no call and no check of a bound in an innermost loop, no mathematical function of another
//! library, and no memory from the heap.

#[cfg(target_arch = "x86_64")]
mod assembly;

use std::path::{Path, PathBuf};
#[cfg(target_arch = "x86_64")]
use std::sync::OnceLock;
use std::sync::{Mutex, PoisonError};

use nn_runtime::isa::{Level, available};
use nn_tests::random::case::{Case, case};
use nn_tests::random::crates::{How, Job, run};
use nn_tests::random::judge::compare;

#[cfg(target_arch = "x86_64")]
use assembly::{Flow, Function, Innermost, Texts};

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

/// The assembly of all programs and of the runtime, once they have been built.
#[cfg(target_arch = "x86_64")]
fn texts() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    TEXTS.get_or_init(|| {
        ran(&cases(), "f32", None);
        Texts::read(&folder("f32").join("target/release/deps"))
    })
}

/// What a step calls: the functions of the programs, and the kernels, each for every instruction set.
#[cfg(target_arch = "x86_64")]
fn roots(texts: &Texts) -> Vec<&Function> {
    let steps = texts.named(&["nn_runtime..isa..Isa$GT$4call"]);
    assert!(steps.len() >= 3 * 2 * TEXTS.len(), "only {} functions of steps", steps.len());
    let kernels = texts.named(&["nn_runtime..kernels..compiled..Compiled"]);
    assert!(kernels.len() >= 3 * 10, "only {} kernels", kernels.len());
    steps.into_iter().chain(kernels).collect()
}

/// How many lines begin with `instruction` and mention `what`.
#[cfg(target_arch = "x86_64")]
fn count(lines: &Innermost<'_>, instruction: &str, what: &str) -> usize {
    lines.lines().filter(|line| line.starts_with(instruction) && line.contains(what)).count()
}

#[test]
#[cfg(target_arch = "x86_64")]
fn tiles_are_packed_multiply_adds_and_nothing_else() {
    for kernel in ["strip", "lanes_slide", "lanes_windows", "panels"] {
        for (set, register, least) in [("Avx512", "%zmm", 16), ("Avx2", "%ymm", 8)] {
            let named = texts().named(&[&format!("{}{kernel}8compiled", kernel.len())]);
            let function = named.into_iter().find(|function| function.name.contains(set));
            let flow = Flow::of(function.unwrap_or_else(|| panic!("{kernel} for {set} is compiled")));
            let loops = flow.innermost_loops();
            let packed = |lines: &Innermost<'_>| count(lines, "vfmadd", register);
            let most = loops.iter().map(packed).max().unwrap_or(0);
            assert!(most >= least, "{kernel} for {set}: {most} multiply-adds in the largest tile");
            for lines in loops.iter().filter(|lines| packed(lines) >= least) {
                let what = format!("{kernel} for {set}:\n{}", lines.text());
                assert_eq!(count(lines, "vfmadd", "ss\t"), 0, "one number at a time in {what}");
                assert_eq!(count(lines, "v", "(%rsp"), 0, "sums leave the registers in {what}");
                assert_eq!(count(lines, "call", ""), 0, "a call in {what}");
            }
        }
    }
}

/// A loop over elements or rows calls nothing, not even to copy memory, and checks no bound: lengths are compared once, where a kernel
/// begins, so that a loop over what has been compared needs no panic. A loop of which each round calls a function that has its
/// own loops is none of these: what it checks and copies, it does once for a kernel.
///
/// Two exceptions: `Team::run` hands out pieces of kernels and waits for threads, so that none of its loops goes over elements; and
/// where there are no wide registers, the compiler takes `memcpy` for whole rows of the kernel that copies rows.
#[test]
#[cfg(target_arch = "x86_64")]
fn innermost_loops_call_nothing_and_check_no_bounds() {
    let texts = texts();
    let mut faults = Vec::new();
    for function in texts.reached(&roots(texts)).keys().filter_map(|symbol| texts.function(symbol)) {
        let flow = Flow::of(function);
        for innermost in flow.innermost_loops() {
            let calls = innermost.calls();
            let goes_over_elements = !function.name.contains("nn_runtime4team4Team3run");
            if !goes_over_elements || calls.iter().any(|symbol| texts.function(symbol).is_some()) {
                continue;
            }
            let copies_rows = function.name.contains("portable..Portable$GT$4copy");
            let calls = calls.into_iter().filter(|symbol| !(copies_rows && *symbol == "memcpy"));
            let wrong: Vec<&str> = calls.chain(innermost.panics()).collect();
            if !wrong.is_empty() {
                faults.push(format!("{} in a loop of {}:\n{}", wrong.join(", "), function.name, innermost.text()));
            }
        }
    }
    assert!(faults.is_empty(), "{} loops:\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
#[cfg(target_arch = "x86_64")]
fn no_step_reaches_a_mathematical_function_of_another_library_nor_the_heap() {
    let texts = texts();
    let reached = texts.reached(&roots(texts));
    let foreign = ["fma", "exp", "exp2", "expm1", "log", "log2", "log1p", "pow", "tanh", "sin", "cos", "erf", "sqrt"];
    for (symbol, by) in reached {
        let is_foreign = foreign.iter().any(|name| symbol == *name || symbol == format!("{name}f"));
        assert!(!is_foreign && !symbol.contains("libm"), "{by} calls {symbol}");
        // Memory is given back only where some was taken.
        let is_heap =
            ["__rust_alloc", "__rust_realloc", "__rust_dealloc", "malloc"].iter().any(|name| symbol.contains(name));
        assert!(!is_heap, "{by} calls {symbol}");
    }
}
