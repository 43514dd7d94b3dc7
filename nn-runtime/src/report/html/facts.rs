//! What was trained on what, how, and how long it took; knows reports.

use std::fmt::{Display, Result, Write};
use std::string::{String, ToString};
use std::vec::Vec;

use super::section;
use super::words::{Escaped, grouped, number, seconds};
use crate::report::{Evaluation, ProfileReport, Report};

/// The sentences below the title.
pub(super) fn summary(out: &mut String, report: &Report) -> Result {
    let done = report.epochs.len();
    let of = report.settings.epochs;
    let epochs = |n: usize| if n == 1 { "1 epoch".to_string() } else { std::format!("{} epochs", grouped(n)) };
    let how = match report.ended {
        "early stop" => std::format!("stopped early after {done} of {}", epochs(of)),
        "interrupted" => std::format!("stopped by hand after {done} of {}", epochs(of)),
        "not finite" => std::format!("stopped after {done} of {}", epochs(of)),
        _ => std::format!("trained for {}", epochs(done)),
    };
    let kept = match report.best_epoch {
        0 => "no epoch was finished".to_string(),
        best => std::format!("the weights of epoch {best} are kept"),
    };
    let network = &report.network;
    writeln!(
        out,
        "<p class=\"soft\">{} parameters in {}; {how} in {}; {kept}. Data: {}.</p>",
        grouped(network.parameters),
        network.precision,
        seconds(report.times.training),
        Escaped(&report.data.file)
    )?;
    match &report.error {
        Some(error) => writeln!(out, "<p class=\"bad\">{}</p>", Escaped(error)),
        None => Ok(()),
    }
}

/// The figures of the kept weights on each split.
pub(super) fn figures(out: &mut String, report: &Report) -> Result {
    section(out, "Result", |out| {
        let splits: Vec<(&str, &Evaluation)> = report.last.iter().collect();
        if let Some((name, last)) = splits.last() {
            writeln!(out, "<div class=\"cards\">")?;
            card(out, &std::format!("loss, {name} rows"), &number(last.figures.loss))?;
            for (metric, value) in &last.figures.metrics {
                card(out, &std::format!("{metric}, {name} rows"), &number(*value))?;
            }
            card(out, "rows to train on", &grouped(report.data.train))?;
            card(out, "training", &seconds(report.times.training))?;
            writeln!(out, "</div>")?;
        }
        write!(out, "<div class=\"wide\"><table><thead><tr><th>rows</th><th>count</th><th>loss</th>")?;
        for (metric, _) in splits.first().map(|(_, split)| &split.figures.metrics[..]).unwrap_or_default() {
            write!(out, "<th>{}</th>", Escaped(metric))?;
        }
        writeln!(out, "</tr></thead><tbody>")?;
        for (name, split) in splits {
            write!(out, "<tr><td>{name}</td><td>{}</td><td>{}</td>", grouped(split.rows), number(split.figures.loss))?;
            for (_, value) in &split.figures.metrics {
                write!(out, "<td>{}</td>", number(*value))?;
            }
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "</tbody></table></div>")
    })
}

fn card(out: &mut String, name: &str, value: &str) -> Result {
    writeln!(out, "<div class=\"card\"><b>{}</b><span>{}</span></div>", Escaped(value), Escaped(name))
}

/// The picture of the network, and its tensors.
pub(super) fn architecture(out: &mut String, report: &Report, graph: Option<&str>) -> Result {
    section(out, "Architecture", |out| {
        if let Some(graph) = graph {
            writeln!(out, "<figure class=\"graph\">{graph}</figure>")?;
        }
        let open = if graph.is_none() { " open" } else { "" };
        let count = report.network.tensors.len();
        writeln!(
            out,
            "<details{open}><summary>{count} tensors</summary><div class=\"wide\"><table class=\"left\"><thead><tr><th>tensor</th><th>shape</th><th>trained</th></tr></thead><tbody>"
        )?;
        for tensor in &report.network.tensors {
            let trained = if tensor.trained { "yes" } else { "no" };
            writeln!(out, "<tr><td>{}</td><td>{:?}</td><td>{trained}</td></tr>", Escaped(&tensor.name), tensor.shape)?;
        }
        writeln!(out, "</tbody></table></div></details>")
    })
}

/// How it was trained.
pub(super) fn settings(out: &mut String, report: &Report) -> Result {
    let settings = &report.settings;
    let data = &report.data;
    section(out, "Settings", |out| {
        let threads = if settings.threads == 0 { "all".to_string() } else { settings.threads.to_string() };
        let list: [(&str, &dyn Display); 15] = [
            ("data", &data.file),
            ("rows to train on", &data.train),
            ("rows to validate", &data.validation),
            ("rows to test", &data.test),
            ("rows with a missing cell, left out", &data.dropped),
            ("seed", &settings.seed),
            ("epochs", &settings.epochs),
            ("batch", &settings.batch),
            ("learning rate", &settings.learning_rate),
            ("threads", &threads),
            ("loss", &settings.loss),
            ("optimizer", &settings.optimizer),
            ("schedule", &settings.schedule),
            ("split", &settings.split),
            ("early stop", &settings.early_stop.as_deref().unwrap_or("none")),
        ];
        writeln!(out, "<div class=\"wide\"><table class=\"left\"><tbody>")?;
        for (name, value) in list {
            writeln!(out, "<tr><td>{name}</td><td>{}</td></tr>", Escaped(&value.to_string()))?;
        }
        writeln!(out, "</tbody></table></div>")
    })
}

/// Where the time went.
pub(super) fn times(out: &mut String, report: &Report) -> Result {
    let times = report.times;
    section(out, "Time", |out| {
        let epochs = report.epochs.len();
        let mean = report.epochs.iter().map(|epoch| epoch.seconds).sum::<f64>() / epochs.max(1) as f64;
        let rate = (epochs * report.data.train) as f64 / times.training;
        let mut list = Vec::from([
            ("reading and encoding the data", seconds(times.data)),
            ("training, with the figures after each epoch", seconds(times.training)),
            ("figures of the kept weights", seconds(times.evaluation)),
        ]);
        if epochs > 0 && times.training > 0.0 {
            list.push(("an epoch, in the mean", seconds(mean)));
            list.push(("rows in a second, in the mean", grouped(rate.round() as usize)));
        }
        writeln!(out, "<div class=\"wide\"><table class=\"left\"><tbody>")?;
        for (name, value) in list {
            writeln!(out, "<tr><td>{name}</td><td>{value}</td></tr>")?;
        }
        writeln!(out, "</tbody></table></div>")?;
        match &report.profile {
            Some(profile) => kernels(out, profile),
            None => Ok(()),
        }
    })
}

/// The kernels that took most of the time, if it was measured.
fn kernels(out: &mut String, profile: &ProfileReport) -> Result {
    let each =
        profile.functions.iter().flat_map(|function| function.kernels.iter().map(|kernel| (function.name, kernel)));
    let mut all: Vec<_> = each.collect();
    all.sort_by(|a, b| b.1.share.total_cmp(&a.1.share));
    writeln!(
        out,
        "<h3>The kernels that took most of the time</h3><div class=\"wide\"><table class=\"left\"><thead><tr><th>function</th><th>part</th><th>kernel</th><th>time</th><th>share</th></tr></thead><tbody>"
    )?;
    for (function, kernel) in all.into_iter().take(15) {
        let (origin, name) = (Escaped(kernel.origin), Escaped(kernel.kernel));
        let (time, share) = (seconds(kernel.measured), 100.0 * kernel.share);
        writeln!(
            out,
            "<tr><td>{function}</td><td>{origin}</td><td>{name}</td><td>{time}</td><td>{share:.1} %</td></tr>"
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}
