//! Random programs: the compiler takes them or says why not, and generated code computes what the evaluator does.

use std::path::Path;

use nn_tests::random::case::{Case, Refusal, case};
use nn_tests::random::crates::{Job, run};
use nn_tests::random::generator::program;
use nn_tests::random::judge::{compare, properties, slopes};

/// Programs in a run, unless `NN_RANDOM` says another number.
const PROGRAMS: usize = 500;
/// The seed of a run, unless `NN_SEED` says another.
const SEED: u64 = 20;

fn setting<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Cases from a seed on, and how many texts were refused.
fn cases(seed: u64, count: usize) -> Vec<Case> {
    let (mut cases, mut invalid, mut wild) = (Vec::new(), 0, 0);
    for number in 0.. {
        if cases.len() == count {
            break;
        }
        let own = seed.wrapping_mul(1_000_003).wrapping_add(number);
        let text = program(own);
        match case(&text, own) {
            Ok(case) => cases.push(case),
            Err(Refusal::Invalid(_)) => invalid += 1,
            Err(Refusal::Wild) => wild += 1,
            Err(Refusal::Broken(said)) => println!("BROKEN seed {own}: {said}\n{text}"),
        }
    }
    println!("{count} programs; {invalid} more were refused, {wild} more had values that are too large");
    cases
}

#[test]
fn generated_code_of_random_programs_agrees_with_the_evaluator() {
    let (seed, count) = (setting("NN_SEED", SEED), setting("NN_RANDOM", PROGRAMS));
    println!("seed {seed}");
    let started = std::time::Instant::now();
    let cases = cases(seed, count);
    println!("made {:?}", started.elapsed());
    let mut failures = Vec::new();
    let mut judged = 0;
    for case in &cases {
        match properties(case).and_then(|()| slopes(case, 3)) {
            Ok(more) => judged += more,
            Err(said) => failures.push((case.seed, said, &case.text)),
        }
    }
    println!("judged {judged} slopes {:?}", started.elapsed());
    let mut jobs: Vec<Job<'_>> = cases.iter().map(|case| Job { case, precision: "f64" }).collect();
    jobs.extend(cases.iter().step_by(4).map(|case| Job { case, precision: "f32" }));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("random_graphs");
    let ran = run(&folder, &jobs, 4);
    println!("ran {:?}", started.elapsed());
    for (job, ran) in jobs.iter().zip(ran) {
        let (tolerance, rounding) = if job.precision == "f64" { (1e-10, 1e-13) } else { (1e-4, 1e-6) };
        if let Err(said) = ran.and_then(|got| compare(job.case, &got, tolerance, rounding)) {
            failures.push((job.case.seed, format!("{}: {said}", job.precision), &job.case.text));
        }
    }
    for (seed, said, text) in &failures {
        println!("FAIL seed {seed}: {said}\n{text}");
    }
    assert!(failures.is_empty(), "{} of {count} programs fail", failures.len());
}
