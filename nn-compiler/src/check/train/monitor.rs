//! Figures that early stopping and plateaus look at: which there are, and in which direction they improve.

use nn_grammar::diagnostic::{Code, Diagnostic};

use crate::check::Sink;
use crate::model::Network;
use crate::recipe::Monitor;
use crate::recipe::metrics::{self, MetricEntry};
use crate::signature::Args;
use crate::words;

/// The figures of a section beside the loss, as reports call them, and whether larger is better, where that is known.
pub(super) fn figures<'a>(
    metrics: impl Iterator<Item = (&'static MetricEntry, &'a Args)>,
    stated: impl Iterator<Item = &'a str>,
) -> Vec<(String, Option<bool>)> {
    let known = metrics.filter_map(|(entry, args)| {
        let larger = entry.larger?;
        Some((metrics::reported(entry, args), Some(larger)))
    });
    known.chain(stated.map(|name| (name.to_owned(), None))).collect()
}

/// The figures of a network with a train section.
pub(in crate::check) fn figures_of(network: &Network) -> Option<Vec<(String, Option<bool>)>> {
    let recipe = network.recipe.as_ref()?;
    let stated = network.objective.iter().flat_map(|objective| &objective.metrics).map(|(name, _)| &**name);
    let steps = network.training.iter().flat_map(|training| &training.steps);
    let of_steps = steps.flat_map(|step| std::iter::once(&step.name).chain(&step.metrics)).map(|name| &**name);
    Some(figures(recipe.metrics.iter().map(|(entry, args)| (*entry, args)), stated.chain(of_steps)))
}

/// The figure that the arguments `monitor` and `mode` of a clause stand for.
pub(in crate::check) fn monitor(args: &Args, figures: &[(String, Option<bool>)], sink: &mut Sink) -> Option<Monitor> {
    let name = args.text("monitor");
    let known = figures.iter().find(|(known, _)| known == name).map(|(_, larger)| *larger);
    let Some(larger) = known.or((name == "loss").then_some(Some(false))) else {
        let names: Vec<&str> = ["loss"].into_iter().chain(figures.iter().map(|(name, _)| &**name)).collect();
        let message = format!("`{}` looks at `{name}`, which is no figure of this section", args.signature.name);
        sink.report(
            Diagnostic::new(Code::UnknownMetric, args.span_of("monitor"), message)
                .maybe_help(words::suggestion(name, &names, "figures")),
        );
        return None;
    };
    let larger = match (args.choice("mode"), larger) {
        ("min", _) => false,
        ("max", _) => true,
        (_, Some(larger)) => larger,
        (_, None) => {
            let message = format!("`{name}` is a metric of this text: whether it should grow or fall is not known");
            let mistake = Diagnostic::new(Code::MissingArgument, args.span_of("monitor"), message);
            sink.report(mistake.help("add `mode = min` or `mode = max`"));
            return None;
        }
    };
    Some(Monitor { name: name.to_owned(), larger })
}
