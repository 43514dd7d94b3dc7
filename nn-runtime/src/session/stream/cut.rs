//! Cuts a source into pieces of whole lines, in memory that does not grow with the source; knows no cells.

use std::boxed::Box;
use std::io::{self, Read};
use std::string::ToString;
use std::vec::Vec;

use crate::data::{DataError, Fault, Lines, Place};

/// Bytes that are read at once.
const PIECE: usize = 1 << 18;
/// Bytes within which a row has to end.
const LONGEST: usize = 1 << 26;

/// A source, and what was read of it.
pub(super) struct Cutter {
    file: std::string::String,
    source: Box<dyn Read + Send>,
    /// What parts the cells of CSV, whose rows may have line ends within quotes; none in lines of JSON.
    separator: Option<u8>,
    /// Whether a piece is given as soon as something was read, because more may take its time.
    live: bool,
    buffer: Vec<u8>,
    /// Lines of the source before the buffer.
    before: u64,
    state: State,
}

/// Where in a row a byte stands.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// At the beginning of a cell: a quote opens it.
    Begin,
    /// In a cell without quotes.
    Plain,
    /// Within quotes.
    Quoted,
    /// Behind a quote that closes the cell, unless another one follows.
    Closed,
}

impl Cutter {
    pub(super) fn new(file: &str, source: Box<dyn Read + Send>, separator: Option<u8>, live: bool) -> Self {
        Self { file: file.into(), source, separator, live, buffer: Vec::new(), before: 0, state: State::Begin }
    }

    /// The next lines; none after the last. Blank ones alone are no lines.
    ///
    /// # Errors
    /// If the source cannot be read, or a row does not end.
    pub(super) fn next(&mut self) -> Result<Option<Lines>, DataError> {
        loop {
            let known = self.buffer.len();
            let read = self.fill().map_err(|error| self.fail(None, Fault::Unreadable(error.to_string())))?;
            let end = match read {
                0 => self.buffer.len(),
                _ => self.row_end(known),
            };
            if end > 0 {
                let rest = self.buffer.split_off(end);
                let bytes = std::mem::replace(&mut self.buffer, rest);
                let before = self.before;
                self.before += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
                if bytes.iter().all(u8::is_ascii_whitespace) && read > 0 {
                    continue;
                }
                return Ok(Some(Lines { bytes, before }));
            }
            if read == 0 {
                return Ok(None);
            }
            if self.buffer.len() > LONGEST {
                return Err(self.fail(Some((self.before + 1, 1)), Fault::LongRow(LONGEST)));
            }
        }
    }

    fn fail(&self, at: Option<(u64, u64)>, fault: Fault) -> DataError {
        Place { file: self.file.clone(), at }.fault(fault)
    }

    /// Reads a piece; how many bytes it has.
    fn fill(&mut self) -> io::Result<usize> {
        let begin = self.buffer.len();
        self.buffer.resize(begin + PIECE, 0);
        let mut end = begin;
        let outcome = loop {
            match self.source.read(&mut self.buffer[end..]) {
                Ok(0) => break Ok(()),
                Ok(read) => end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => break Err(error),
            }
            if self.live || end == self.buffer.len() {
                break Ok(());
            }
        };
        self.buffer.truncate(end);
        outcome.map(|()| end - begin)
    }

    /// Where the last row that ends in the buffer ends; 0 if none does. The bytes before `known` hold no end of a row.
    fn row_end(&mut self, known: usize) -> usize {
        let Some(separator) = self.separator else { return end_of(&self.buffer, known, b'\n') };
        let new = &self.buffer[known..];
        if self.state != State::Quoted && !new.contains(&b'"') {
            self.state = match new.last() {
                Some(last) if *last == separator || matches!(last, b'\r' | b'\n') => State::Begin,
                Some(_) => State::Plain,
                None => self.state,
            };
            return match end_of(&self.buffer, known, b'\n') {
                0 => returned(&self.buffer, known),
                end => end,
            };
        }
        let (mut newline, mut carriage) = (0, 0);
        for (at, &byte) in self.buffer.iter().enumerate().skip(known) {
            self.state = match (self.state, byte) {
                (State::Begin | State::Closed, b'"') => State::Quoted,
                (State::Quoted, b'"') => State::Closed,
                (State::Quoted, _) => State::Quoted,
                (_, b'\n') => {
                    newline = at + 1;
                    State::Begin
                }
                (_, b'\r') => {
                    if self.buffer.get(at + 1).is_some_and(|next| *next != b'\n') {
                        carriage = at + 1;
                    }
                    State::Begin
                }
                (_, other) if other == separator => State::Begin,
                _ => State::Plain,
            };
        }
        if newline > 0 { newline } else { carriage }
    }
}

/// Behind the last `byte` from `known` on; 0 if there is none.
fn end_of(buffer: &[u8], known: usize, byte: u8) -> usize {
    buffer[known..].iter().rposition(|other| *other == byte).map_or(0, |at| known + at + 1)
}

/// Behind the last carriage return that ends a line by itself, as on old systems; 0 if there is none.
fn returned(buffer: &[u8], known: usize) -> usize {
    match buffer.split_last() {
        Some((_, before)) if before.len() > known => end_of(before, known, b'\r'),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::string::String;

    use super::*;

    /// Gives few bytes at a time.
    struct Slow(Cursor<Vec<u8>>, usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len());
            self.0.read(&mut buffer[..most])
        }
    }

    fn pieces(text: &str, separator: Option<u8>, most: usize) -> Vec<(u64, String)> {
        let source = Box::new(Slow(Cursor::new(text.as_bytes().to_vec()), most));
        let mut cutter = Cutter::new("t", source, separator, true);
        let mut found = Vec::new();
        while let Some(Lines { bytes, before }) = cutter.next().unwrap() {
            found.push((before, String::from_utf8(bytes).unwrap()));
        }
        found
    }

    #[test]
    fn pieces_are_whole_rows_and_know_their_lines() {
        let text = "a,b\n\"x\ny\",2\r\n5\"6,\"a \"\" b\n\"\n\n\n7,8";
        for most in 1..text.len() {
            let found = pieces(text, Some(b','), most);
            let all: String = found.iter().map(|(_, piece)| &**piece).collect();
            // Blank lines alone are left out, but counted.
            let squeezed = |text: &str| text.split('\n').filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            assert_eq!(squeezed(&all), squeezed(text), "{most}");
            for (before, piece) in &found {
                let quotes = piece.matches('"').count();
                assert!(quotes % 2 == usize::from(piece.contains("5\"6")), "{most}: {piece:?}");
                let at = text.find(piece.as_str()).unwrap();
                assert_eq!(*before, text[..at].matches('\n').count() as u64, "{most}: {piece:?}");
            }
        }
        assert_eq!(pieces("{\"a\": \"\n{}", None, 3).len(), 2);
        assert_eq!(pieces("1,2\r3,4\r5,6", Some(b','), 5).len(), 3);
        assert!(pieces("", None, 3).is_empty());
    }

    #[test]
    fn a_row_that_does_not_end_is_an_error() {
        let endless = Box::new(Read::chain(Cursor::new(b"a\n\"".to_vec()), io::repeat(b'x')));
        let mut cutter = Cutter::new("t.csv", endless, Some(b','), true);
        assert!(cutter.next().unwrap().is_some());
        let error = cutter.next().err().unwrap().to_string();
        assert_eq!(error, "t.csv:2:1: the row that begins here does not end within 64 MiB; is a quote not closed?");
    }
}
