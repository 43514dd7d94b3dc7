//! Losses, optimizers, schedules and random numbers against the goldens from PyTorch in `tests/goldens`, whose README states the format.

use std::collections::BTreeMap;

use nn_runtime::optim::Decay;
use nn_runtime::program::Head;
use nn_runtime::rng::Stream;
use nn_runtime::{Clip, Loss, Network, Optimizer, Penalty, Rule, Schedule, Targets, Team, loss::Case};
use serde_json::Value;

use crate::linear::{LINEAR, LOG_SOFTMAX, Line, SIGMOID, SOFTMAX};

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/../tests/goldens/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All numbers of a nested list, in order.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().expect("a list of numbers")],
    }
}

/// All numbers of a nested list that PyTorch was given: f32 holds them exactly, their decimals are only the shortest that mean them.
fn given(value: &Value) -> Vec<f64> {
    numbers(value).into_iter().map(|number| f64::from(number as f32)).collect()
}

fn whole(value: &Value) -> u64 {
    value.as_u64().expect("a whole number")
}

/// A call in the language: its name, its first argument as text, and the named ones.
struct Call {
    name: String,
    first: Option<String>,
    named: BTreeMap<String, String>,
}

impl Call {
    fn new(text: &str) -> Self {
        let (name, rest) = text.split_once('(').unwrap_or((text, ")"));
        let rest = rest.strip_suffix(')').expect("a call ends in )");
        let (mut depth, mut begin, mut parts) = (0, 0, Vec::new());
        for (i, c) in rest.char_indices() {
            match c {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(&rest[begin..i]);
                    begin = i + 1;
                }
                _ => {}
            }
        }
        parts.push(&rest[begin..]);
        let mut call = Call { name: name.into(), first: None, named: BTreeMap::new() };
        for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
            match part.split_once(" = ") {
                Some((key, value)) if !key.contains('(') => drop(call.named.insert(key.into(), value.into())),
                _ => call.first = Some(part.into()),
            }
        }
        call
    }

    fn given(&self, key: &str) -> Option<f64> {
        self.named.get(key).map(|text| text.parse().expect("a number"))
    }

    fn number(&self, key: &str, default: f64) -> f64 {
        self.given(key).unwrap_or(default)
    }

    fn first(&self) -> Option<f64> {
        self.first.as_ref().map(|text| text.parse().expect("a number"))
    }
}

fn assert_near(name: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(1.0_f64, |largest, x| largest.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        // The files round numbers to what f32 can tell apart.
        let near = 1e-7 * largest;
        assert!((found - expected).abs() <= near, "{name}, value {i}: {found} instead of {expected}");
    }
}

#[test]
fn losses() {
    for case in cases("losses") {
        let name = case["name"].as_str().expect("a name");
        let call = Call::new(case["loss"].as_str().expect("a loss"));
        let weights: Vec<f64> = call.named.get("class_weights").map_or(Vec::new(), |list| {
            list.trim_matches(['[', ']']).split(", ").map(|text| text.parse().expect("a number")).collect()
        });
        let loss = loss(&call, &weights);
        let (logits, rows) = (given(&case["logits"]), case["logits"].as_array().expect("rows").len());
        let place = &case["logits"][0];
        let width = numbers(if place[0].is_array() { &place[0] } else { place }).len();
        let ids: Vec<usize>;
        let values: Vec<f64>;
        let targets = if case["targets"]["classes"].is_array() {
            ids = numbers(&case["targets"]["classes"]).iter().map(|&id| id as usize).collect();
            Targets::Classes(&ids)
        } else {
            values = given(&case["targets"]["values"]);
            Targets::Values(&values)
        };
        let (value, gradient) = match case["head"].as_str().expect("a head") {
            "linear" => evaluate(Head::Linear, None, loss, (rows, width), &logits, targets),
            "softmax" => evaluate(Head::Softmax, Some(SOFTMAX), loss, (rows, width), &logits, targets),
            "log_softmax" => evaluate(Head::LogSoftmax, Some(LOG_SOFTMAX), loss, (rows, width), &logits, targets),
            _ => evaluate(Head::Sigmoid, Some(SIGMOID), loss, (rows, width), &logits, targets),
        };
        assert_near(name, &[value], &[case["value"].as_f64().expect("a number")]);
        if let Some(gradient) = gradient {
            assert_near(name, &gradient, &numbers(&case["logit_gradient"]));
        }
    }
}

fn loss<'w>(call: &Call, class_weights: &'w [f64]) -> Loss<'w> {
    match call.name.as_str() {
        "mse" => Loss::Mse,
        "mae" => Loss::Mae,
        "huber" => Loss::Huber { delta: call.number("delta", 1.0) },
        "log_cosh" => Loss::LogCosh,
        "binary_cross_entropy" => Loss::BinaryCrossEntropy,
        "cross_entropy" => Loss::CrossEntropy { label_smoothing: call.number("label_smoothing", 0.0), class_weights },
        "kl_divergence" => Loss::KlDivergence,
        "hinge" => Loss::Hinge,
        "poisson" => Loss::Poisson,
        "cosine" => Loss::Cosine,
        other => panic!("no loss {other}"),
    }
}

/// The loss, and its gradient by the logits where this file knows the head: fused, linear, or as wide as the network of the other tests.
fn evaluate(
    head: Head,
    kind: Option<u8>,
    loss: Loss<'_>,
    (rows, width): (usize, usize),
    logits: &[f64],
    targets: Targets<'_, f64>,
) -> (f64, Option<Vec<f64>>) {
    let each = logits.len() / rows;
    loss.check(head, rows, each, width, targets).expect("the golden is a valid case");
    let output = outputs(head, width, logits);
    let divisor = loss.divisor(rows, (each, width), targets, &[]);
    let mut gradient = vec![0.0; logits.len()];
    let case = Case { head, width, logits, output: &output, targets, sample_weights: &[], divisor };
    let value = loss.evaluate(&case, &mut gradient);
    if loss.fuses_with(head) || kind.is_none() {
        return (value, Some(gradient));
    }
    if width != crate::linear::SIZE {
        return (value, None);
    }
    let backward = match kind {
        Some(SOFTMAX) => Line::<f64, SOFTMAX>::PROGRAM.head_backward,
        Some(LOG_SOFTMAX) => Line::<f64, LOG_SOFTMAX>::PROGRAM.head_backward,
        Some(SIGMOID) => Line::<f64, SIGMOID>::PROGRAM.head_backward,
        _ => Line::<f64, LINEAR>::PROGRAM.head_backward,
    };
    let mut d_logits = vec![0.0; logits.len()];
    backward(logits, &gradient, &mut d_logits, &mut []);
    (value, Some(d_logits))
}

fn outputs(head: Head, width: usize, logits: &[f64]) -> Vec<f64> {
    let rows = logits.chunks_exact(width).flat_map(|row| {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_sum = row.iter().map(|x| (x - largest).exp()).sum::<f64>().ln() + largest;
        row.iter().map(move |&x| match head {
            Head::Linear => x,
            Head::Softmax => (x - log_sum).exp(),
            Head::LogSoftmax => x - log_sum,
            Head::Sigmoid => nn_runtime::math::sigmoid(x),
        })
    });
    rows.collect()
}

#[test]
fn optimizers() {
    for case in cases("optimizers") {
        let name = case["name"].as_str().expect("a name");
        let call = Call::new(case["optimizer"].as_str().expect("an optimizer"));
        let optimizer = optimizer(&call);
        let lr = call.given("lr").or(call.first()).unwrap_or(optimizer.default_lr());
        let penalty = Penalty { l1: call.number("l1", 0.0), l2: call.number("l2", 0.0) };
        let clip = Clip { value: call.given("clip_value"), norm: call.given("clip_norm") };
        let mut params = given(&case["start"]);
        let mut state = vec![0.0; optimizer.state_values(params.len())];
        for step in 0..20 {
            let mut gradients = given(&case["gradients"][step]);
            penalty.apply(&params, &mut gradients);
            clip.apply(&mut gradients);
            optimizer.update(&Team::ALONE, &mut params, &gradients, &mut state, step as u64 + 1, lr);
            assert_near(&format!("{name}, step {}", step + 1), &params, &numbers(&case["parameters"][step]));
        }
    }
}

fn optimizer(call: &Call) -> Optimizer {
    let plain = match call.name.as_str() {
        "sgd" => Optimizer::sgd(),
        "momentum" => Optimizer::momentum(),
        "nesterov" => Optimizer::nesterov(),
        "adagrad" => Optimizer::adagrad(),
        "rmsprop" => Optimizer::rmsprop(),
        "adam" => Optimizer::adam(),
        "adamw" => Optimizer::adamw(),
        "adamax" => Optimizer::adamax(),
        "nadam" => Optimizer::nadam(),
        "adadelta" => Optimizer::adadelta(),
        "lion" => Optimizer::lion(),
        other => panic!("no optimizer {other}"),
    };
    let (beta1, beta2) = (|default| call.number("beta1", default), |default| call.number("beta2", default));
    let eps = |default| call.number("eps", default);
    let momentum = |default| call.number("momentum", default);
    let rule = match plain.rule {
        Rule::Sgd => Rule::Sgd,
        Rule::Momentum { momentum: m } => Rule::Momentum { momentum: momentum(m) },
        Rule::Nesterov { momentum: m } => Rule::Nesterov { momentum: momentum(m) },
        Rule::Adagrad { eps: e } => Rule::Adagrad { eps: eps(e) },
        Rule::RmsProp { alpha, eps: e } => Rule::RmsProp { alpha: call.number("alpha", alpha), eps: eps(e) },
        Rule::Adam { beta1: a, beta2: b, eps: e } => Rule::Adam { beta1: beta1(a), beta2: beta2(b), eps: eps(e) },
        Rule::AdamW { beta1: a, beta2: b, eps: e } => Rule::AdamW { beta1: beta1(a), beta2: beta2(b), eps: eps(e) },
        Rule::Adamax { beta1: a, beta2: b, eps: e } => Rule::Adamax { beta1: beta1(a), beta2: beta2(b), eps: eps(e) },
        Rule::Nadam { beta1: a, beta2: b, eps: e, momentum_decay: d } => Rule::Nadam {
            beta1: beta1(a),
            beta2: beta2(b),
            eps: eps(e),
            momentum_decay: call.number("momentum_decay", d),
        },
        Rule::Adadelta { rho, eps: e } => Rule::Adadelta { rho: call.number("rho", rho), eps: eps(e) },
        Rule::Lion { beta1: a, beta2: b } => Rule::Lion { beta1: beta1(a), beta2: beta2(b) },
    };
    Optimizer { rule, weight_decay: call.number("weight_decay", plain.weight_decay) }
}

#[test]
fn schedules() {
    for case in cases("schedules") {
        let name = case["name"].as_str().expect("a name");
        let schedule = schedule(&Call::new(case["schedule"].as_str().expect("a schedule")));
        let (per_epoch, total) = (whole(&case["steps_per_epoch"]), whole(&case["total_steps"]));
        let found: Vec<f64> = (1..=total).map(|step| schedule.at(step, per_epoch, total)).collect();
        assert_near(name, &found, &numbers(&case["lr"]));
    }
}

fn schedule(call: &Call) -> Schedule {
    if call.name == "warmup" {
        let inner = Call::new(call.first.as_ref().expect("a schedule"));
        return schedule(&inner).warmup(call.number("epochs", 5.0));
    }
    let lr = call.first().expect("a learning rate");
    let plain = match call.name.as_str() {
        "constant" => Schedule::constant(lr),
        "step" => Schedule::step(lr, call.number("every", 1.0), call.number("factor", 0.1)),
        "exponential" => Schedule::exponential(lr, call.number("factor", 0.95)),
        "cosine" => Schedule::cosine(lr, call.number("min", 0.0)),
        "one_cycle" => Schedule::one_cycle(lr),
        other => panic!("no schedule {other}"),
    };
    let decay = match plain.decay {
        Decay::OneCycle { start, end, peak } => Decay::OneCycle {
            start: call.number("start", start),
            end: call.number("end", end),
            peak: call.number("peak", peak),
        },
        other => other,
    };
    Schedule { decay, ..plain }
}

#[test]
fn random_numbers() {
    for case in cases("rng") {
        let word = |key: &str| u32::try_from(whole(&case[key])).expect("32 bits");
        let stream = Stream { seed: whole(&case["seed"]), stream: word("stream"), step: word("step") };
        if case["order"].is_array() {
            let expected: Vec<usize> = numbers(&case["order"]).iter().map(|&row| row as usize).collect();
            let mut order: Vec<usize> = (0..expected.len()).collect();
            stream.shuffle(&mut order);
            assert_eq!(order, expected, "{}", case["name"]);
            continue;
        }
        let start = whole(&case["start"]);
        for (i, expected) in numbers(&case["words"]).into_iter().enumerate() {
            let element = start + i as u64;
            assert_eq!(f64::from(stream.word(element)), expected);
            assert_eq!(stream.uniform(element) as f32, numbers(&case["uniform"])[i] as f32);
            assert_eq!(stream.normal(element) as f32, numbers(&case["normal"])[i] as f32);
        }
    }
}
