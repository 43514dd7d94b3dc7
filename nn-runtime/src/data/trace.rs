//! Remembers the bytes of the row at hand, so that an error in it can name its line and column; knows no columns.

use std::boxed::Box;
use std::io::{self, Read};
use std::vec::Vec;

/// A source that keeps what was read since the row at hand began.
pub(crate) struct Recorder {
    source: Box<dyn Read>,
    kept: Vec<u8>,
    /// The position in the source of the first byte kept.
    start: u64,
}

impl Recorder {
    pub(crate) fn new(source: Box<dyn Read>) -> Self {
        Self { source, kept: Vec::new(), start: 0 }
    }

    /// The bytes from position `byte` on, as far as they were read.
    pub(crate) fn since(&self, byte: u64) -> &[u8] {
        let skipped = usize::try_from(byte.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.kept.get(skipped..).unwrap_or_default()
    }

    /// Lets go of the bytes before position `byte`, now and then.
    pub(crate) fn forget(&mut self, byte: u64) {
        const SLACK: usize = 1 << 16;
        let passed = self.kept.len() - self.since(byte).len();
        if passed > SLACK {
            self.kept.drain(..passed);
            self.start = byte;
        }
    }
}

impl Read for Recorder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.kept.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// A row in the text of its file.
#[derive(Clone, Copy)]
pub(crate) struct Trace<'t> {
    /// The text from the row's first cell on, and beyond the row.
    text: &'t [u8],
    /// The row's first line, from 1.
    pub(crate) line: u64,
    separator: u8,
}

impl<'t> Trace<'t> {
    /// `text` follows the row before, which ended on `line`: blank lines and a byte order mark are still to be skipped.
    pub(crate) fn new(text: &'t [u8], line: u64, separator: u8) -> Self {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let blank = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let lines = text[..blank].iter().filter(|byte| **byte == b'\n').count();
        Self { text: &text[blank..], line: line + lines as u64, separator }
    }

    /// Line and column of the cell at `index`, or of the row's end if it has fewer cells.
    pub(crate) fn cell(self, index: usize) -> (u64, u64) {
        let mut cells = 0;
        let mut begins = true;
        let mut quoted_cell = false;
        let mut quoted = false;
        for (at, &byte) in self.text.iter().enumerate() {
            if begins && cells == index {
                return self.at(at);
            }
            if begins {
                quoted_cell = byte == b'"';
                quoted = false;
            }
            begins = false;
            if quoted_cell && byte == b'"' {
                // A doubled quote closes and opens again, which comes to the same.
                quoted = !quoted;
            } else if !quoted && byte == self.separator {
                cells += 1;
                begins = true;
            } else if !quoted && matches!(byte, b'\r' | b'\n') {
                return self.at(at);
            }
        }
        self.at(self.text.len())
    }

    /// The last line of the row.
    pub(crate) fn last_line(self) -> u64 {
        self.cell(usize::MAX).0
    }

    /// The first byte that is not UTF-8, with its line and column.
    pub(crate) fn not_utf8(self) -> (u8, (u64, u64)) {
        let at = std::str::from_utf8(self.text).map_or_else(|error| error.valid_up_to(), str::len);
        (self.text.get(at).copied().unwrap_or_default(), self.at(at))
    }

    /// Line and column of the byte at `offset`; a column is a character.
    fn at(self, offset: usize) -> (u64, u64) {
        let before = &self.text[..offset];
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u64;
        let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let characters = before[begin..].iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
        (self.line + line, characters + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Trace;

    #[test]
    fn cells_are_found_behind_quotes_blank_lines_and_wide_characters() {
        let row = Trace::new("\u{feff}\r\n\né,\"a \"\",\n b\",c,d\r\nnext".as_bytes(), 1, b',');
        assert_eq!([0, 1, 2, 3, 4].map(|cell| row.cell(cell)), [(3, 1), (3, 3), (4, 5), (4, 7), (4, 8)]);
        assert_eq!(row.last_line(), 4);
        assert_eq!(Trace::new(b"a,b\xFFc", 7, b',').not_utf8(), (0xFF, (7, 4)));
    }
}
