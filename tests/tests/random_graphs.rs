//! Random programs: the compiler takes them or says why not, and generated code computes what the evaluator does.

use std::path::{Path, PathBuf};
use std::time::Instant;

use nn_tests::random::case::{Case, Refusal, case};
use nn_tests::random::crates::{How, Job, run};
use nn_tests::random::generator::program;
use nn_tests::random::judge::{compare, properties, slopes};
use nn_tests::random::shrink::shrink;

/// Programs in a run, unless `NN_RANDOM` says another number.
const PROGRAMS: usize = 500;
/// The seed of a run, unless `NN_SEED` says another.
const SEED: u64 = 20;
/// The most failures that are made smaller and printed.
const MOST_SHRUNK: usize = 6;

fn setting<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The folder of the crates that are made.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A text that fails, the seed that it is from, and how it fails.
struct Failure {
    text: String,
    seed: u64,
    said: String,
}

/// Cases from a seed on, and the texts that break the compiler.
fn cases(seed: u64, count: usize) -> (Vec<Case>, Vec<Failure>) {
    let (mut cases, mut broken, mut invalid, mut wild) = (Vec::new(), Vec::new(), 0, 0);
    for number in 0.. {
        if cases.len() + broken.len() >= count {
            break;
        }
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(number);
        let text = program(seed);
        match case(&text, seed) {
            Ok(case) => cases.push(case),
            Err(Refusal::Invalid(_)) => invalid += 1,
            Err(Refusal::Wild) => wild += 1,
            Err(Refusal::Broken(said)) => broken.push(Failure { text, seed, said }),
        }
    }
    println!("{count} programs; {invalid} more were refused, {wild} more had values that are too large to compare");
    assert!(invalid + wild < 2 * count, "most programs have to be worth something");
    (cases, broken)
}

/// What is wrong with each case without generated code.
fn judge_alone(case: &Case) -> Option<String> {
    properties(case).and_then(|()| slopes(case, 3)).err()
}

/// What is wrong with the generated code of each of some cases, if anything.
fn judge_generated(name: &str, jobs: &[Job<'_>], programs: usize) -> Vec<Option<String>> {
    let judge = |(job, ran): (&Job<'_>, Result<_, String>)| {
        let (tolerance, rounding) = if job.precision == "f64" { (1e-10, 1e-13) } else { (1e-4, 1e-6) };
        let said = ran.and_then(|got| compare(job.case, &got, tolerance, rounding)).err()?;
        Some(format!("in {}: {said}", job.precision))
    };
    jobs.iter().zip(run(&folder(name), jobs, programs, How::QUICK)).map(judge).collect()
}

/// A failure of a text that is as small as can be found soon.
fn shrunk(failure: Failure) -> Failure {
    let Failure { text, seed, said } = failure;
    let breaks = |text: &str| match case(text, seed) {
        Err(Refusal::Broken(said)) => Some(said),
        Ok(case) => judge_alone(&case),
        Err(_) => None,
    };
    let (text, said) = if breaks(&text).is_some() {
        let mut judge = |texts: &[String]| texts.iter().map(|text| breaks(text)).collect();
        shrink(&text, said, 5_000, &|_| true, &mut judge)
    } else {
        let precision = if said.starts_with("in f32") { "f32" } else { "f64" };
        let mut judge = |texts: &[String]| {
            let cases: Vec<Case> = texts.iter().filter_map(|text| case(text, seed).ok()).collect();
            let jobs: Vec<Job<'_>> = cases.iter().map(|case| Job { case, precision }).collect();
            judge_generated("random_graph_shrinking", &jobs, 1)
        };
        shrink(&text, said, 160, &|text| case(text, seed).is_ok(), &mut judge)
    };
    Failure { text, seed, said }
}

#[test]
fn generated_code_of_random_programs_agrees_with_the_evaluator() {
    let (seed, count) = (setting("NN_SEED", SEED), setting("NN_RANDOM", PROGRAMS));
    println!("seed {seed}, {count} programs; NN_SEED and NN_RANDOM say others");
    let started = Instant::now();
    let (cases, mut failures) = cases(seed, count);
    println!("made after {:.0?}", started.elapsed());
    let failure = |case: &Case, said| Failure { text: case.text.clone(), seed: case.seed, said };
    failures.extend(cases.iter().filter_map(|case| Some(failure(case, judge_alone(case)?))));
    println!("judged by the evaluator after {:.0?}", started.elapsed());
    let mut jobs: Vec<Job<'_>> = cases.iter().map(|case| Job { case, precision: "f64" }).collect();
    jobs.extend(cases.iter().step_by(4).map(|case| Job { case, precision: "f32" }));
    let said = judge_generated("random_graphs", &jobs, 8);
    failures.extend(jobs.iter().zip(said).filter_map(|(job, said)| Some(failure(job.case, said?))));
    println!("compiled, run and compared after {:.0?}", started.elapsed());
    let all = failures.len();
    for Failure { text, seed, said } in failures.into_iter().take(MOST_SHRUNK).map(shrunk) {
        println!("\nthe program of seed {seed}, made smaller: {said}\n{text}");
    }
    assert_eq!(all, 0, "of {count} programs that begin at seed {seed} so many fail; the first are printed above");
}
