//! Whether a loss and metrics agree with the end of the network and with the targets; knows no clauses.

use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use crate::layers::Head;
use crate::model::Network;
use crate::recipe::losses::{LossEntry, Needs};
use crate::recipe::metrics::{MetricEntry, Targets};
use crate::recipe::{Encoding, Field};
use crate::signature::Args;
use crate::words;

/// Points a diagnostic at the targets, if the text says what they are.
pub(super) type AtTargets<'a> = &'a dyn Fn(Diagnostic, &str) -> Diagnostic;

/// Points a diagnostic at the last stage of a network.
fn at_end(diagnostic: Diagnostic, network: &Network, label: &str) -> Diagnostic {
    match network.uses().last() {
        Some(last) => diagnostic.also(last.args.span, label),
        None => diagnostic,
    }
}

pub(super) fn loss_fits(
    loss: &LossEntry,
    args: &Args,
    span: Span,
    network: &Network,
    y: &[Field],
    at_y: AtTargets<'_>,
) -> Result<(), Diagnostic> {
    let labels = y.iter().any(|field| field.encoding == Encoding::Labels);
    let one_column = y.iter().map(|field| field.columns.count()).sum::<usize>() == 1;
    let name = loss.signature.name;
    let mismatch = |message: String| Diagnostic::new(Code::LossMismatch, span, message);
    if !loss.needs.met_by(network.head()) {
        let end = network.uses().last().map_or("nothing".to_owned(), |last| format!("`{}`", last.text));
        let help = match network.head() {
            _ if loss.needs == Needs::NoLogarithm => "end the network in `sigmoid`, or use `cross_entropy`",
            Some(Head::Sigmoid) => "use `binary_cross_entropy`, which fits `sigmoid`, or end the network in `softmax`",
            _ => "end the network in `softmax`",
        };
        let compares = match loss.needs {
            Needs::NoLogarithm => "compares probabilities",
            Needs::Nothing | Needs::Distribution => "compares distributions over classes",
        };
        let message = format!("`{name}` {compares}, but `{}` ends in {end}", network.name);
        return Err(at_end(mismatch(message), network, "the network ends here").help(help));
    }
    if labels && !loss.classes {
        let message = format!("`{name}` compares numbers, but `y` is class ids");
        return Err(at_y(mismatch(message), "class ids").help("make `y` of `one_hot(…)`, or use `cross_entropy`"));
    }
    let probabilities = ["cross_entropy", "binary_cross_entropy", "kl_divergence"].contains(&name);
    let below_0 = |field: &Field| matches!(field.encoding, Encoding::Standardize | Encoding::Normalize { .. });
    if probabilities && y.iter().any(below_0) {
        let message = format!("`{name}` compares probabilities, but `y` is standardized, so that it goes below 0");
        return Err(
            at_y(mismatch(message), "standardized").help("make `y` of `labels(…)` or `one_hot(…)`, or use `mse`")
        );
    }
    let outputs: usize = network.output.iter().product();
    if labels && outputs > 1 && name == "binary_cross_entropy" && one_column {
        let message = format!(
            "`{name}` compares each of the {outputs} outputs of `{}` with 0 or 1, but `y` is one class id",
            network.name
        );
        let outputs = format!("yields {outputs} outputs");
        return Err(at_end(at_y(mismatch(message), "one class id"), network, &outputs)
            .help("make `y` of `one_hot(…)`, or end the network in `softmax` and use `cross_entropy`"));
    }
    if name == "cross_entropy" {
        let weights = args.reals("class_weights");
        if !weights.is_empty() && weights.iter().all(|weight| *weight == 0.0) {
            let message = "all `class_weights` are 0, so that no row counts";
            return Err(Diagnostic::new(Code::OutOfRange, args.span_of("class_weights"), message)
                .help("give the classes that count a weight above 0"));
        }
        let classes = *network.output.last().expect("an output has an axis");
        if !weights.is_empty() && weights.len() != classes {
            let weights = words::count(weights.len(), "weight");
            let message = format!("`class_weights` lists {weights} for {classes} classes");
            let diagnostic = Diagnostic::new(Code::OutOfRange, args.span_of("class_weights"), message).label(weights);
            return Err(at_end(diagnostic, network, &format!("yields {}", words::count(classes, "output")))
                .help("list one weight for each class"));
        }
        if classes == 1 && outputs > 1 {
            let message = format!(
                "`cross_entropy` compares classes, but `{}` has one output in each place, whose softmax is always 1",
                network.name
            );
            let label = format!("yields {}", words::shape(&network.output));
            return Err(at_end(mismatch(message), network, &label)
                .help("end the network in `sigmoid` and use `binary_cross_entropy`"));
        }
        if outputs == 1 {
            let message = format!(
                "`cross_entropy` compares classes, but `{}` has one output, whose softmax is always 1",
                network.name
            );
            return Err(at_end(mismatch(message), network, "yields one output")
                .help("end the network in `sigmoid` and use `binary_cross_entropy`"));
        }
    }
    Ok(())
}

pub(super) fn metric_fits(
    metric: &MetricEntry,
    args: &Args,
    span: Span,
    network: &Network,
    labels: bool,
    scaled: bool,
    at_y: AtTargets<'_>,
) -> Result<(), Diagnostic> {
    let name = metric.signature.name;
    let outputs: usize = network.output.iter().product();
    let classes = network.output.last().copied().unwrap_or(outputs);
    if name == "top_k" && args.dim("k") > classes && classes < outputs {
        let message = format!(
            "`top_k` looks at {} outputs, but `{}` has {classes} in each of its {} places",
            args.dim("k"),
            network.name,
            outputs / classes
        );
        let diagnostic = Diagnostic::new(Code::OutOfRange, args.span_of("k"), message);
        let label = format!("yields {}", words::shape(&network.output));
        return Err(at_end(diagnostic, network, &label)
            .help(format!("`k` is at most {classes}, and `top_k({classes})` is always 1")));
    }
    if name == "top_k" && args.dim("k") > outputs {
        let message = format!("`top_k` looks at {} outputs, but `{}` has {outputs}", args.dim("k"), network.name);
        let diagnostic = Diagnostic::new(Code::OutOfRange, args.span_of("k"), message);
        return Err(at_end(diagnostic, network, &format!("yields {}", words::count(outputs, "output")))
            .help(format!("`k` is at most {outputs}, and `top_k({outputs})` is always 1")));
    }
    let (wrong, help) = match metric.targets {
        Targets::Classes => (scaled, "use `mae`, `rmse` or `r2`"),
        Targets::Numbers => (labels, "use `accuracy` or another metric of classes"),
    };
    if wrong {
        let (compares, is) = match metric.targets {
            Targets::Classes => ("classes", "numbers"),
            Targets::Numbers => ("numbers", "class ids"),
        };
        let message = format!("`{name}` compares {compares}, but `y` is {is}");
        return Err(at_y(Diagnostic::new(Code::MetricMismatch, span, message), is).help(help));
    }
    Ok(())
}
