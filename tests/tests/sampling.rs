//! A network that was trained on a text writes on: what it has learnt, by the choices that it is told, and the same from the same seed.

use std::ops::ControlFlow;
use std::path::PathBuf;

use nn_runtime::session::{Choice, Overrides, Quiet, Sampler, SessionError, train};
use nn_runtime::weights::{Stored, save};

nn_runtime::network! {
    network Cycle(ids: class(4)[6]) {
        ids |> embedding(4) |> lstm(12, returns = every) |> dense(4) |> softmax
    }

    train Cycle {
        data text("cycle.txt", window = 6, stride = 5) { x = chars; y = next(chars); }
        minimize cross_entropy with adam(lr = 0.03);
        batch 16; epochs 40; seed 1;
    }

    network Last(ids: class(4)[5]) { ids |> embedding(4) |> flatten |> dense(12, tanh) |> dense(4) |> softmax }

    train Last {
        data text("cycle.txt", window = 5, stride = 1) { x = chars; y = next(chars); }
        minimize cross_entropy with adam(lr = 0.03);
        batch 16; epochs 20; seed 1;
    }
}

/// Trains a network on `abc.abc.…` and opens what it has learnt.
fn sampler(name: &str, program: &'static nn_runtime::Program<f32>) -> Sampler {
    let folder = std::env::temp_dir().join(format!("nn-sampling-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (text, weights): (PathBuf, PathBuf) = (folder.join("cycle.txt"), folder.join("weights.safetensors"));
    std::fs::write(&text, "abc.".repeat(150)).expect("a file");
    let overrides = Overrides { data: Some(text), ..Overrides::default() };
    let trained = train(program, &overrides, &mut Quiet).expect("it trains");
    let encodings = trained.encodings.to_json().expect("JSON");
    save(&weights, program, &trained.weights, Some(&encodings)).expect("a file");
    let sampler = Sampler::new(program, &Stored::open(&weights).expect("weights")).expect("a text");
    std::fs::remove_dir_all(folder).expect("its own folder");
    sampler
}

fn sampled(sampler: &Sampler, prompt: &str, count: usize, choice: Choice) -> String {
    let mut text = String::new();
    let written = sampler.sample(prompt, count, choice, |character| {
        text.push_str(character);
        ControlFlow::Continue(())
    });
    written.expect("it writes");
    text
}

const SURE: Choice = Choice { temperature: 0.0, top_k: None, seed: 0 };

#[test]
fn a_network_that_answers_at_each_place_goes_on_from_any_prompt() {
    let sampler = sampler("each", Cycle::PROGRAM);
    assert_eq!(sampled(&sampler, "ab", 9, SURE), "c.abc.abc");
    assert_eq!(sampled(&sampler, "c.abc.abc.ab", 5, SURE), "c.abc");
    let wild = Choice { temperature: 30.0, top_k: None, seed: 7 };
    let text = sampled(&sampler, "ab", 60, wild);
    assert_eq!(sampled(&sampler, "ab", 60, wild), text, "same seed, same text");
    assert_ne!(sampled(&sampler, "ab", 60, Choice { seed: 8, ..wild }), text);
    assert_eq!(sampled(&sampler, "ab", 9, Choice { top_k: Some(1), ..wild }), "c.abc.abc");
}

#[test]
fn a_network_that_answers_for_the_last_place_goes_on_behind_a_window() {
    let sampler = sampler("last", Last::PROGRAM);
    assert_eq!(sampled(&sampler, "abc.a", 6, SURE), "bc.abc");
    assert_eq!(sampled(&sampler, "", 3, SURE).len(), 3);
}

#[test]
fn a_character_that_was_never_seen_is_named() {
    let sampler = sampler("unseen", Last::PROGRAM);
    let answer = sampler.sample("abz", 1, SURE, |_| ControlFlow::Continue(()));
    assert_eq!(answer, Err(SessionError::Unseen { character: 'z', known: 4 }));
}
