//! The page holds what the report says, whatever stands in the data.

use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::{Page, html};
use crate::report::{
    Confusion, DataReport, EpochReport, Evaluation, Examined, Example, Figures, Image, InspectedEpoch, InspectedKind,
    InspectedPart, Inspection, NetworkReport, Pairs, Report, RocCurve, SettingsReport, Shown, Splits, TensorReport,
    Times, Versions,
};

const EVIL: &str = "<script>alert('x')</script>\"&\u{1}";

fn figures(loss: f64) -> Figures {
    Figures { loss, metrics: vec![("accuracy".to_string(), 0.75)] }
}

pub(super) fn report() -> Report {
    let labels = vec![EVIL.to_string(), "b".to_string()];
    let confusion = Some(Confusion { labels: labels.clone(), counts: vec![vec![3, 1], vec![0, 4]] });
    let epoch = |epoch: usize| EpochReport {
        epoch,
        steps: epoch as u64 * 4,
        learning_rate: 0.1,
        step_loss: if epoch == 2 { f64::NAN } else { 1.0 / epoch as f64 },
        steps_in_turn: Vec::new(),
        seconds: 0.5,
        train: None,
        validation: Some(figures(0.5)),
    };
    let setting = || String::from("Adam { beta1: 0.9 }");
    Report {
        network: NetworkReport {
            name: "Net".to_string(),
            precision: "f32",
            inputs: 2,
            outputs: 2,
            parameters: 1234,
            state: 0,
            weights_bytes: 4936,
            tensors: vec![TensorReport { name: "dense_1.weight".to_string(), shape: &[2, 2], trained: true }],
        },
        data: DataReport {
            file: EVIL.to_string(),
            train: 100,
            validation: 8,
            test: 0,
            dropped: 0,
            classes: Some(labels),
        },
        settings: SettingsReport {
            seed: 1,
            epochs: 3,
            batch: 4,
            learning_rate: 0.1,
            threads: 0,
            loss: setting(),
            optimizer: setting(),
            schedule: setting(),
            penalty: setting(),
            clip: setting(),
            split: setting(),
            early_stop: None,
            plateau: None,
            schedules: Vec::new(),
            accumulate: 1,
            augment: Vec::new(),
            mixup: None,
            ema: None,
            swa: None,
        },
        epochs: (1..=3).map(epoch).collect(),
        ended: "finished",
        error: None,
        chosen_by: "lowest validation loss".to_string(),
        best_epoch: 3,
        averaged_epochs: None,
        last: Splits {
            train: Evaluation { rows: 100, figures: figures(0.25), confusion: None },
            validation: Some(Evaluation { rows: 8, figures: figures(0.5), confusion }),
            test: None,
        },
        times: Times { data: 0.1, training: 1.5, evaluation: 0.1 },
        profile: None,
        versions: Versions::current(),
    }
}

pub(super) fn examined() -> Examined {
    let example = |input: Shown| Example {
        row: 7,
        loss: 2.5,
        input,
        target: EVIL.to_string(),
        prediction: "b (0.9)".to_string(),
    };
    let image = Image { width: 2, height: 2, channels: 1, bytes: vec![0, 64, 128, 255] };
    Examined {
        split: "validation",
        rows: 20_000,
        looked_at: 10_000,
        roc: vec![RocCurve { name: EVIL.to_string(), area: 0.875, points: vec![(0.0, 0.0), (0.25, 1.0), (1.0, 1.0)] }],
        pairs: vec![Pairs { name: EVIL.to_string(), points: vec![(1.0, 1.5), (2.0, 1.75), (f64::NAN, 1.0)] }],
        worst: vec![
            example(Shown::Image(image)),
            example(Shown::Text(EVIL.to_string())),
            example(Shown::Cells(vec![(EVIL.to_string(), EVIL.to_string())])),
        ],
    }
}

pub(super) fn inspection() -> Inspection {
    let epochs = (1..=30).map(|epoch| InspectedEpoch::of(epoch, [0.5, -0.5 / epoch as f64].into_iter())).collect();
    let part = InspectedPart { name: EVIL.to_string(), kind: InspectedKind::Gradients, epochs };
    Inspection { rows: 2, parts: vec![part], warnings: vec![EVIL.to_string()] }
}

#[test]
fn nothing_from_the_data_is_markup() {
    let page =
        html(&Page { report: &report(), examined: Some(&examined()), inspection: Some(&inspection()), graph: None });
    assert!(!page.contains("<script"), "there is no script, neither ours nor that of the data");
    assert!(!page.contains('\u{1}'));
    assert!(page.matches("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;").count() >= 13);
    for outside in ["http://", "https://", "src=\"/", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn tags_are_closed_in_the_order_in_which_they_are_opened() {
    for page in [
        html(&Page {
            report: &report(),
            examined: Some(&examined()),
            inspection: Some(&inspection()),
            graph: Some("<svg></svg>"),
        }),
        html(&Page {
            report: &Report { epochs: Vec::new(), ..report() },
            examined: None,
            inspection: None,
            graph: None,
        }),
    ] {
        let mut open: Vec<String> = Vec::new();
        for tag in page.split('<').skip(1) {
            let tag = tag.split('>').next().expect("an end");
            let name: String = tag.trim_start_matches('/').chars().take_while(|c| c.is_alphanumeric()).collect();
            if tag.starts_with('/') {
                assert_eq!(open.pop().as_deref(), Some(&*name), "in {tag}");
            } else if !tag.ends_with('/') && !["meta", "img", ""].contains(&&*name) && !tag.starts_with('!') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
        assert!(!page.contains("NaN ") && !page.contains("inf "), "no coordinate is not finite");
    }
}

#[test]
fn the_figures_are_those_of_the_report() {
    let page = html(&Page { report: &report(), examined: Some(&examined()), inspection: None, graph: None });
    for part in [
        // Of the first class 3 of 4 are found, and all of 3 answers are right: F1 = 6 / 7.
        "<td>1.0000</td><td>0.7500</td><td>0.8571</td><td>4</td>",
        "<td>0.8000</td><td>1.0000</td><td>0.8889</td><td>4</td>",
        "area under the curve 0.8750.",
        "The first 10,000 of 20,000 validation rows.",
        "1,234 parameters in f32; trained for 3 epochs in 1.5 s; the weights of epoch 3 are kept.",
        "<td>rows in a second, in the mean</td><td>200</td>",
        "dense_1.weight",
    ] {
        assert!(page.contains(part), "{part}");
    }
    #[cfg(feature = "images")]
    assert!(page.contains("src=\"data:image/png;base64,iVBOR"), "the picture is in the page");
}
