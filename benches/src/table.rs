//! A run as Markdown: a table for each mode and number of threads, and all that a reader must know beside it.

use std::fmt::Write as _;

use crate::protocol::Mode;
use crate::report::{Measurement, Outcome, Report, Verdict};
use crate::statistics::STEADY;

/// The whole run.
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    for (mode, threads) in groups(report) {
        let rows: Vec<&Measurement> =
            report.measurements.iter().filter(|row| row.mode == mode && row.threads == threads).collect();
        text += &table(mode, threads, &rows);
    }
    text += &notes(report);
    text
}

/// Modes and threads in the order of their measurement.
fn groups(report: &Report) -> Vec<(Mode, usize)> {
    let mut groups = Vec::new();
    for row in &report.measurements {
        if !groups.contains(&(row.mode, row.threads)) {
            groups.push((row.mode, row.threads));
        }
    }
    groups
}

fn table(mode: Mode, threads: usize, rows: &[&Measurement]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for outcome in rows.iter().flat_map(|row| &row.results) {
        if !names.contains(&outcome.name.as_str()) {
            names.push(&outcome.name);
        }
    }
    let what = match mode {
        Mode::Train => "Microseconds of a training step",
        Mode::Infer => "Microseconds of a prediction for one example",
    };
    let plural = if threads == 1 { "" } else { "s" };
    let mut text = format!("## {what}, {threads} thread{plural}\n\n| task |");
    names.iter().for_each(|name| text += &format!(" {name} |"));
    text += " our efficiency | best peer's | ours by best peer | rounds | dropped |\n|---|";
    text += &"---|".repeat(names.len() + 5);
    text += "\n";
    for row in rows {
        text += &line(row, &names);
    }
    text + "\n"
}

fn line(row: &Measurement, names: &[&str]) -> String {
    let cells =
        names.iter().map(|name| row.results.iter().find(|outcome| outcome.name == *name).map_or("-".into(), cell));
    let best = row.best_peer();
    let ratio = best.and_then(|peer| row.ratio(peer));
    let percent = |outcome: Option<&Outcome>| {
        outcome.and_then(|outcome| row.efficiency(outcome)).map_or("-".into(), |part| format!("{:.1} %", 100.0 * part))
    };
    let (taken, dropped) = row.dropped();
    let known = [
        percent(Some(row.ours())),
        percent(best),
        ratio.zip(best).map_or("-".into(), |(ratio, peer)| format!("**{:.3}** ({})", ratio.median, peer.name)),
        ratio.map_or("-".into(), |ratio| ratio.rounds.to_string()),
        format!("{dropped} of {taken}"),
    ];
    let cells: Vec<String> = cells.chain(known).collect();
    format!("| {} | {} |\n", row.task.name, cells.join(" | "))
}

/// The median, or a sign that there is none.
fn cell(outcome: &Outcome) -> String {
    match (&outcome.verdict, outcome.seconds()) {
        (_, Some(seconds)) => microseconds(seconds * 1e6),
        (Verdict::Parts(_), None) => "≠".to_owned(),
        (_, None) => "-".to_owned(),
    }
}

/// Three digits that matter, or all before the point.
fn microseconds(value: f64) -> String {
    let digits = if value < 1.0 {
        3
    } else if value < 10.0 {
        2
    } else {
        usize::from(value < 100.0)
    };
    format!("{value:.digits$}")
}

/// Why cells are empty, how it was measured, and on what.
fn notes(report: &Report) -> String {
    let mut text = String::new();
    let mut tell = |line: String| {
        if !text.contains(&line) {
            writeln!(text, "- {line}").expect("a string takes everything");
        }
    };
    let percent = STEADY * 100.0;
    tell(format!(
        "Medians of {} rounds of {} ms, in which all take turns; processor time on one thread, time on the wall on more. A sample is \
         dropped if the calibrator's speed before and behind it differs by more than {percent} %. Ratios are medians of ratios within rounds in \
         which the machine was as fast for both.",
        report.pace.rounds, report.pace.milliseconds
    ));
    tell("Efficiency: operations of the products by the calibrator's, a 12 x 32 tile in the first cache, in the same round.".to_owned());
    for row in &report.measurements {
        for outcome in &row.results {
            let place = format!("{} on {}, {}, {} thread(s)", outcome.name, row.task.name, row.mode, row.threads);
            match &outcome.verdict {
                Verdict::Timed(_) => {}
                Verdict::Parts(parting) => tell(format!("≠ {place}: {parting}; not timed.")),
                Verdict::Absent(why) => tell(format!("- {place}: {why}")),
            }
        }
    }
    let mut versions: Vec<&str> =
        report.measurements.iter().flat_map(|row| &row.results).map(|o| o.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    versions.retain(|version| !version.is_empty());
    tell(format!("versions: {}", versions.join(", ")));
    report.facts.iter().for_each(|(name, fact)| tell(format!("{name}: {fact}")));
    text
}

#[cfg(test)]
mod tests {
    use super::{markdown, microseconds};
    use crate::report::tests::report;

    #[test]
    fn a_table_says_who_is_how_fast() {
        let text = markdown(&report());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "## Microseconds of a training step, 1 thread");
        assert_eq!(
            lines[2],
            "| task | ours | slow | other | fast | none | our efficiency | best peer's | ours by best peer | rounds | dropped |"
        );
        assert_eq!(lines[3].matches('|').count(), lines[2].matches('|').count());
        assert_eq!(lines[4], "| mlp | 1000 | 4000 | ≠ | 2000 | - | 41.1 % | 20.5 % | **0.500** (fast) | 2 | 3 of 9 |");
        for note in [
            "≠ other on mlp, train, 1 thread(s): loss",
            "none on mlp, train, 1 thread(s): it is not installed",
            "date: today",
        ] {
            assert!(text.contains(note), "{note}");
        }
    }

    #[test]
    fn times_have_three_digits() {
        let shown = [0.4567, 4.567, 45.67, 456.7, 45_678.9].map(microseconds);
        assert_eq!(shown, ["0.457", "4.57", "45.7", "457", "45679"]);
    }
}
