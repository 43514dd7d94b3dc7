//! Runs that others have published, repeated whole: what they say, what it took here, and both as JSON and Markdown.

pub mod options;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::clock::Cost;
use crate::statistics::median;

/// What others say.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Who, and on which machine.
    pub source: String,
    /// Seconds.
    pub seconds: f64,
    /// The same at the clock of this machine, where that is how it is compared.
    pub scaled: Option<f64>,
    /// What else they say of the result; empty if nothing.
    pub result: String,
}

impl Published {
    /// What ours is compared with.
    pub fn compared(&self) -> f64 {
        self.scaled.unwrap_or(self.seconds)
    }
}

/// One run, as often as it was repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    /// Its name.
    pub name: String,
    /// How many threads computed.
    pub threads: usize,
    /// Floating-point operations of the products of a part, 2 for each multiply-add.
    pub operations: f64,
    /// In how many parts it is divided, of which one is told: samples of a signal; else 1.
    pub parts: f64,
    /// What each time has taken.
    pub costs: Vec<Cost>,
    /// The speed of the calibrator around each time, in operations per second.
    pub speeds: Vec<f64>,
    /// What it came to: losses and accuracies of the last time, by name.
    pub results: Vec<(String, f64)>,
    /// What others say.
    pub published: Published,
}

impl Repeated {
    /// Seconds of each time: of the processor on one thread, as others may want it too; else on the wall.
    fn seconds(&self) -> impl Iterator<Item = f64> + '_ {
        let time = |cost: &Cost| if self.threads == 1 { cost.processor } else { cost.wall };
        self.costs.iter().map(move |cost| time(cost).as_secs_f64() / self.parts)
    }

    /// The least seconds: others who use the machine only add to them.
    pub fn best(&self) -> f64 {
        self.seconds().fold(f64::INFINITY, f64::min)
    }

    /// Which part of the calibrator's speed was reached: the median.
    pub fn efficiency(&self) -> Option<f64> {
        let pairs = self.seconds().zip(&self.speeds);
        median(pairs.map(|(seconds, speed)| self.operations / seconds / speed))
    }

    fn json(&self) -> Value {
        let results: serde_json::Map<String, Value> =
            self.results.iter().map(|(name, value)| (name.clone(), (*value).into())).collect();
        json!({
            "name": self.name,
            "threads": self.threads,
            "operations": self.operations,
            "seconds": self.seconds().collect::<Vec<_>>(),
            "seconds_on_the_wall": self.costs.iter().map(|cost| cost.wall.as_secs_f64()).collect::<Vec<_>>(),
            "seconds_of_processors": self.costs.iter().map(|cost| cost.processor.as_secs_f64()).collect::<Vec<_>>(),
            "calibrator": self.speeds,
            "efficiency": self.efficiency(),
            "results": results,
            "published_source": self.published.source,
            "published_seconds": self.published.seconds,
            "published_seconds_by_clock": self.published.scaled,
            "published_result": self.published.result,
            "ours_by_published": self.best() / self.published.compared(),
        })
    }

    fn line(&self) -> String {
        let middle = median(self.seconds()).map_or("-".to_owned(), time);
        let results: Vec<String> = self.results.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
        let cells = [
            self.name.clone(),
            self.threads.to_string(),
            time(self.best()),
            format!("{middle} of {}", self.costs.len()),
            time(self.published.seconds),
            self.published.scaled.map_or("-".to_owned(), time),
            format!("**{:.3}**", self.best() / self.published.compared()),
            self.efficiency().map_or("-".to_owned(), |part| format!("{:.1} %", 100.0 * part)),
            if results.is_empty() { "-".to_owned() } else { results.join(", ") },
            if self.published.result.is_empty() { "-".to_owned() } else { self.published.result.clone() },
        ];
        format!("| {} |\n", cells.join(" | "))
    }
}

/// All runs as JSON.
pub fn json(facts: &[(&'static str, String)], rows: &[Repeated]) -> Value {
    let facts: serde_json::Map<String, Value> =
        facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.as_str().into())).collect();
    json!({ "facts": facts, "runs": rows.iter().map(Repeated::json).collect::<Vec<_>>() })
}

/// All runs as a table, with what a reader must know beside it.
pub fn markdown(facts: &[(&'static str, String)], rows: &[Repeated]) -> String {
    let columns = [
        "run",
        "threads",
        "ours, best",
        "ours, median",
        "published",
        "by clock",
        "ours by published",
        "efficiency",
        "our result",
        "published result",
    ];
    let mut text = format!("| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    rows.iter().for_each(|row| text += &row.line());
    text += "\n";
    let mut tell = |line: String| {
        if !text.contains(&line) {
            writeln!(text, "- {line}").expect("a string takes everything");
        }
    };
    tell(
        "Processor time on one thread, time on the wall on more. Efficiency: operations of the products by the calibrator's around the run, \
         the median."
            .to_owned(),
    );
    rows.iter().for_each(|row| tell(format!("published: {}", row.published.source)));
    facts.iter().for_each(|(name, fact)| tell(format!("{name}: {fact}")));
    text
}

/// Three digits that matter, with the unit that fits.
fn time(seconds: f64) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or(units[3]);
    let value = seconds / size;
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::{Cost, Published, Repeated, json, markdown, time};
    use std::time::Duration;

    fn row() -> Repeated {
        let published =
            Published { source: "they, there".to_owned(), seconds: 8.0, scaled: None, result: "0.98".to_owned() };
        let cost = |wall| Cost { processor: Duration::from_secs(9), wall: Duration::from_secs(wall) };
        Repeated {
            name: "lenet".to_owned(),
            threads: 2,
            operations: 4e11,
            parts: 1.0,
            costs: [5, 4, 8].map(cost).to_vec(),
            speeds: vec![2e11, 2e11, 1e11],
            results: vec![("test accuracy".to_owned(), 0.985)],
            published,
        }
    }

    #[test]
    fn the_best_is_compared_with_what_others_say() {
        let row = row();
        assert_eq!(row.best(), 4.0);
        // 0.4, 0.5 and 0.5 of the calibrator.
        assert_eq!(row.efficiency(), Some(0.5));
        let json = json(&[("date", "today".to_owned())], std::slice::from_ref(&row));
        assert_eq!(json["runs"][0]["ours_by_published"], 0.5);
        assert_eq!(json["runs"][0]["results"]["test accuracy"], 0.985);
        assert_eq!(json["facts"]["date"], "today");
        assert_eq!(Repeated { threads: 1, parts: 3.0, ..row.clone() }.best(), 3.0);
        let scaled = Published { scaled: Some(16.0), ..row.published.clone() };
        assert_eq!(super::json(&[], &[Repeated { published: scaled, ..row }])["runs"][0]["ours_by_published"], 0.25);
    }

    #[test]
    fn a_table_says_both_figures() {
        let text = markdown(&[("date", "today".to_owned())], &[row()]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[2],
            "| lenet | 2 | 4.00 s | 5.00 s of 3 | 8.00 s | - | **0.500** | 50.0 % | test accuracy 0.9850 | 0.98 |"
        );
        assert!(lines.iter().all(|line| !line.starts_with('|') || line.matches('|').count() == 11));
        assert!(text.contains("- published: they, there\n") && text.contains("- date: today\n"));
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        let shown = [62.41, 5.3, 0.01234, 4.5e-6, 3.21e-7, 2.5e-10].map(time);
        assert_eq!(shown, ["62.4 s", "5.30 s", "12.3 ms", "4.50 us", "321 ns", "0.25 ns"]);
    }
}
