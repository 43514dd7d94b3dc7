//! Where the time of a training went, as text for people; knows reports only.

use std::string::{String, ToString};
use std::vec::Vec;

use super::summary::table;
use crate::data::counted;
use crate::report::{ClockReport, FunctionReport, KernelReport, ProfileReport};

/// A table of the kernels of each function, then one of everything.
pub(super) fn text(profile: &ProfileReport) -> String {
    let ProfileReport { wall, machine, functions, sections, clock } = profile;
    let mut text = std::format!(
        "\nestimated is the least time on {machine}, measured that of all threads;\n\
         share is the part of the wall-clock time, of threads side by side divided by their number\n"
    );
    for function in functions {
        text += &std::format!("\n{}\n{}", title(function), table(&kernels(function), 3));
    }
    let line = |name: &str, seconds: f64, share: f64| std::vec![name.to_string(), time(seconds), percent(share)];
    let mut rows = std::vec![line("", 0.0, 0.0)];
    rows[0] = std::vec![String::new(), "wall clock".into(), "share".into()];
    rows.extend(functions.iter().map(|function| {
        let share = function.kernels.iter().map(|kernel| kernel.share).sum::<f64>();
        line(function.name, share * wall, share)
    }));
    rows.extend(sections.iter().map(|section| line(section.name, section.seconds, section.share)));
    rows.push(line("all", *wall, 1.0));
    text += &std::format!("\n{}", table(&rows, 1));
    let ClockReport { reads, nanoseconds } = *clock;
    let cost = time(reads as f64 * nanoseconds * 1e-9);
    text + &std::format!(
        "\nThe clock was read behind each kernel, {reads} times, at {nanoseconds:.0} ns: {cost} of the measured time are its own.\n"
    )
}

fn title(function: &FunctionReport) -> String {
    let FunctionReport { name, calls, rows, .. } = function;
    let count = |n: u64, one, many| counted(usize::try_from(n).unwrap_or(usize::MAX), one, many);
    std::format!("{name}: {} on {}", count(*calls, "call", "calls"), count(*rows, "row", "rows"))
}

fn kernels(function: &FunctionReport) -> Vec<Vec<String>> {
    let titles = ["part", "kernel", "layout", "FLOPs", "bytes", "estimated", "measured", "share"];
    let mut rows = std::vec![titles.map(String::from).to_vec()];
    let mut total = [0.0; 5];
    for kernel in &function.kernels {
        let KernelReport { depth, origin, kernel: what, layout, runs, flops, bytes, estimated, measured, share } =
            *kernel;
        let words = [std::format!("{}{origin}", "  ".repeat(depth + 1)), what.to_string(), layout.to_string()];
        let figures = [flops, bytes, estimated, measured, share];
        if runs > 0 {
            rows.push(row(words, figures));
            total.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        } else {
            rows.push(words.into_iter().chain(std::iter::repeat_n(String::new(), figures.len())).collect());
        }
    }
    rows.push(row(["  total".to_string(), String::new(), String::new()], total));
    rows
}

fn row(words: [String; 3], [flops, bytes, estimated, measured, share]: [f64; 5]) -> Vec<String> {
    let figures = [
        scaled(flops, 1000.0, &["", " k", " M", " G", " T", " P"]),
        scaled(bytes, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB"]),
        time(estimated),
        time(measured),
        percent(share),
    ];
    words.into_iter().chain(figures).collect()
}

fn time(seconds: f64) -> String {
    if seconds.abs() >= 1.0 {
        std::format!("{seconds:.2} s")
    } else {
        scaled(seconds * 1e9, 1000.0, &[" ns", " us", " ms", " s"])
    }
}

fn percent(share: f64) -> String {
    std::format!("{:.1} %", share * 100.0)
}

/// A number in the unit that it is nearest to.
fn scaled(number: f64, step: f64, units: &[&str]) -> String {
    let mut value = number;
    let mut unit = 0;
    // What would be rounded to a whole step belongs to the next unit.
    while value.abs() >= step - 0.05 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    std::format!("{value:.1}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::SectionReport;

    #[test]
    fn a_profile_adds_up_and_loops_have_no_figures() {
        let kernel = |depth, kernel, runs, measured| KernelReport {
            depth,
            origin: "lstm_1: lstm(2)",
            kernel,
            layout: "arena [B, 2]",
            runs,
            flops: 2e6 * runs as f64,
            bytes: 1024.0 * runs as f64,
            estimated: measured / 2.0,
            measured,
            share: measured / 2.0,
        };
        let kernels = std::vec![kernel(0, "4 steps", 0, 0.0), kernel(1, "loop [B]", 8, 0.5), kernel(0, "copy", 2, 1.0)];
        let profile = ProfileReport {
            wall: 2.0,
            machine: "a machine",
            functions: std::vec![FunctionReport { name: "forward", calls: 2, rows: 64, kernels }],
            sections: std::vec![SectionReport { name: "the optimizer", seconds: 0.5, share: 0.25 }],
            clock: ClockReport { reads: 1000, nanoseconds: 25.0 },
        };
        let text = text(&profile);
        let line = |start: &str| {
            let found = text.lines().find(|line| line.trim_start().starts_with(start));
            found.unwrap_or_else(|| panic!("{start}: {text}")).split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("forward: "), "forward: 2 calls on 64 rows");
        assert_eq!(text.matches("lstm_1: lstm(2)").count(), 3);
        assert!(text.contains("4 steps   arena [B, 2]\n"), "{text}");
        assert_eq!(line("total"), "total 20.0 M 10.0 KiB 750.0 ms 1.50 s 75.0 %");
        assert_eq!(line("forward "), "forward 1.50 s 75.0 %");
        assert_eq!(line("the optimizer"), "the optimizer 500.0 ms 25.0 %");
        assert_eq!(line("all"), "all 2.00 s 100.0 %");
        assert!(text.ends_with("1000 times, at 25 ns: 25.0 us of the measured time are its own.\n"), "{text}");
    }

    #[test]
    fn numbers_are_told_in_the_nearest_unit() {
        assert_eq!(
            [0.0, 999.96, 1e3, 1.5e9].map(|n| scaled(n, 1000.0, &["", " k", " M", " G"])),
            ["0.0", "1.0 k", "1.0 k", "1.5 G"]
        );
        assert_eq!([2.5e-8, 0.9, 75.0].map(time), ["25.0 ns", "900.0 ms", "75.00 s"]);
    }
}
