//! Texts and numbers as they stand in the page; knows no report.

use std::fmt::{Display, Formatter, Result, Write};
use std::string::{String, ToString};

/// A text in which nothing is markup, also between quotes.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // HTML has no way to say these.
                control if control.is_control() && !matches!(control, '\n' | '\t') => f.write_char('\u{fffd}')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A figure with four digits behind the point, or where those would not tell enough, in scientific notation.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() || (1e-3..1e5).contains(&value.abs()) {
        let text = std::format!("{value:.4}");
        return if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text };
    }
    std::format!("{value:.3e}")
}

/// `1,234,567`
pub(super) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time as people read it.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        tiny if tiny < 1e-3 => std::format!("{:.0} µs", tiny * 1e6),
        shortest if shortest < 1.0 => std::format!("{:.1} ms", shortest * 1e3),
        short if short < 60.0 => std::format!("{short:.1} s"),
        long => std::format!("{} min {:.0} s", (long / 60.0) as u64, long % 60.0),
    }
}
