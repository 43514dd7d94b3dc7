//! What is measured on: processor, caches, system, versions and the date. What cannot be found out is left out.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// Facts about the machine and the build by name, in the order of the report.
pub fn facts() -> Vec<(&'static str, String)> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| field(&cpuinfo, name);
    let model = field("model name").map(|name| {
        let numbers = ["cpu family", "model", "stepping"].map(|part| field(part).unwrap_or_default());
        format!("{name} (family {}, model {}, stepping {})", numbers[0], numbers[1], numbers[2])
    });
    let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| self::field(&text, "MemTotal"));
    let facts = [
        ("date", Some(date(SystemTime::now()))),
        ("processor", model),
        ("processors", std::thread::available_parallelism().ok().map(|count| count.to_string())),
        ("caches", caches()),
        ("memory", memory),
        ("system", trimmed("/proc/sys/kernel/osrelease")),
        ("load at the begin", trimmed("/proc/loadavg")),
        ("rustc", said("rustc", &["--version"])),
        ("flags", Some(option_env!("RUSTFLAGS").filter(|flags| !flags.is_empty()).unwrap_or("none").to_owned())),
        ("compiled for", Some(compiled_for().to_owned())),
        ("commit", said("git", &["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty"])),
    ];
    facts.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect()
}

/// The instructions that the compiler may use everywhere, without asking the machine.
fn compiled_for() -> &'static str {
    if cfg!(target_feature = "avx512f") {
        "AVX-512"
    } else if cfg!(target_feature = "avx2") {
        "AVX2"
    } else {
        "the baseline of the target"
    }
}

/// The first value of `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines
        .map(|(key, value)| (key.trim(), value.trim()))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

fn trimmed(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

/// `L1 48K, L2 2048K, L3 266240K` of the first processor, without that of instructions.
fn caches() -> Option<String> {
    let folder = Path::new("/sys/devices/system/cpu/cpu0/cache");
    let read = |index: usize, file: &str| {
        fs::read_to_string(folder.join(format!("index{index}/{file}"))).ok().map(|text| text.trim().to_owned())
    };
    let levels = (0..8).filter(|&index| read(index, "type").is_some_and(|kind| kind != "Instruction"));
    let caches: Vec<String> =
        levels.filter_map(|index| Some(format!("L{} {}", read(index, "level")?, read(index, "size")?))).collect();
    (!caches.is_empty()).then(|| caches.join(", "))
}

/// What a program prints.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// `2026-11-21 16:10 UTC`. Source of the calendar: Hinnant, chrono-compatible low-level date algorithms, `civil_from_days`.
fn date(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, minutes) = (seconds / 86_400 + 719_468, seconds % 86_400 / 60);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::{date, field};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |seconds| date(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01 00:00 UTC");
        assert_eq!(at(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(at(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(at(1_798_675_260), "2026-12-31 00:01 UTC");
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "model\t\t: 207\nmodel name\t: A: B\nmodel\t: 3\n";
        assert_eq!(field(text, "model").as_deref(), Some("207"));
        assert_eq!(field(text, "model name").as_deref(), Some("A: B"));
        assert_eq!(field(text, "name"), None);
    }
}
