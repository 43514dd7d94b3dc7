//! From the characters of a text file to windows of ids that a network trains on and is evaluated on; knows no table.

use std::boxed::Box;
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use csv::StringRecord;
use serde::{Deserialize, Serialize};

use super::encoding::{Column, Encodings};
use super::error::{DataError, Place};
use super::examples::{Answers, Dataset, Examples};
use super::fault::Fault;
use super::fitted::Fitted;
use super::split::by_position;
use super::text_fault::TextFault;
use super::trace::Trace;
use super::widths::Demand;
use crate::real::Real;
use crate::recipe::{Columns, Field, Split, Text};

/// The most characters that the windows of a text may hold together.
pub(super) const MOST_CHARACTERS: usize = 1 << 28;

/// How a text is read: as the text of the training was.
///
/// ```
/// use nn_runtime::data::TextEncodings;
/// let characters = ["\n", "a", "b"].map(String::from).to_vec();
/// let text = TextEncodings { characters, window: 64, stride: 64, next: true, targets: 64 };
/// // The id of a character is its place.
/// assert_eq!(text.characters.iter().position(|character| character == "b"), Some(2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextEncodings {
    /// The characters of the whole file of the training, sorted: the place of each is its id.
    pub characters: Vec<String>,
    /// Characters of an input.
    pub window: usize,
    /// Characters from the beginning of a window to that of the next.
    pub stride: usize,
    /// Whether each target is the character behind; else it is the character itself.
    pub next: bool,
    /// Ids of a target: one for each character of the window, or 1, that of the last.
    pub targets: usize,
}

impl TextFault {
    fn of(self, place: Place) -> DataError {
        place.fault(Fault::Text(self))
    }
}

/// Reads the text at `path`, divides it by position (so that what is validated and tested on is unseen) and cuts each part into windows.
///
/// # Errors
/// Whatever is wrong with the text, or why the network cannot read it: one message with its place.
pub(super) fn load<T: Real>(
    path: &Path,
    text: Text,
    y: &[Field],
    how: Split,
    demand: &Demand<'_>,
) -> Result<Dataset<T>, DataError> {
    let content = read(path)?;
    let mut characters: Vec<char> = content.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    let encodings = TextEncodings {
        characters: characters.iter().map(char::to_string).collect(),
        window: text.window,
        stride: text.stride,
        next: matches!(y, [Field { columns: Columns::Array("next", _), .. }]),
        targets: if demand.places() == 1 { 1 } else { text.window },
    };
    let whole = |fault: TextFault| fault.of(place(path));
    encodings.check(demand).map_err(whole)?;
    let ids = encodings.ids(&content).map_err(|(at, fault)| fault.of(position(path, &content, at)))?;
    let named = [("train", how.train), ("validation", how.validation), ("test", how.test)];
    let mut parts = named.into_iter().zip(by_position(ids.len(), how)).map(|((name, fraction), range)| {
        if fraction == 0.0 {
            return Ok(Examples {
                rows: 0,
                inputs: Vec::new(),
                targets: Answers::Classes(Vec::new()),
                sample_weights: Vec::new(),
            });
        }
        encodings.windows(&ids, range, Some((name, fraction, ids.len()))).map_err(whole)
    });
    let mut part = || parts.next().expect("a split has three parts");
    let (train, validation, test) = (part()?, part()?, part()?);
    Ok(Dataset { encodings: Encodings::Text(encodings), train, validation, test, dropped: 0 })
}

/// All windows of the text at `path`, read as the text of the training was.
///
/// # Errors
/// Whatever is wrong with the text, such as a character that the training has not seen.
pub(super) fn reload<T: Real>(
    path: &Path,
    encodings: &TextEncodings,
    demand: &Demand<'_>,
) -> Result<Examples<T>, DataError> {
    encodings.check(demand).map_err(|fault| fault.of(place(path)))?;
    let content = read(path)?;
    let ids = encodings.ids(&content).map_err(|(at, fault)| fault.of(position(path, &content, at)))?;
    encodings.windows(&ids, 0..ids.len(), None).map_err(|fault| fault.of(place(path)))
}

impl TextEncodings {
    /// A column whose cells are characters.
    pub(super) fn column(&self, name: &str) -> Column {
        let fitted = Fitted::Labels { categories: self.characters.clone() };
        Column { index: 0, name: Some(name.to_string()), fitted }
    }

    /// Whether the network reads such windows.
    fn check(&self, demand: &Demand<'_>) -> Result<(), TextFault> {
        let (network, characters, window) = (demand.network.to_string(), self.characters.len(), self.window);
        let Some(vocabulary) = demand.vocabulary(0..demand.inputs) else { return Err(TextFault::NoIds { network }) };
        let (inputs, outputs, places) = (demand.inputs, demand.width, demand.places());
        if window != inputs {
            return Err(TextFault::Window { network, inputs, window });
        }
        if places != self.targets {
            return Err(TextFault::Places { network, places, window });
        }
        if characters > vocabulary {
            return Err(TextFault::Vocabulary { network, characters, vocabulary });
        }
        if characters > outputs {
            return Err(TextFault::Outputs { network, characters, outputs });
        }
        Ok(())
    }

    /// The id of each character of `content`.
    ///
    /// # Errors
    /// The byte at which the first character without an id begins.
    fn ids(&self, content: &str) -> Result<Vec<u32>, (usize, TextFault)> {
        let known: HashMap<char, u32> =
            self.characters.iter().filter_map(|character| character.chars().next()).zip(0..).collect();
        let id =
            |(at, character): (usize, char)| known.get(&character).copied().ok_or((at, TextFault::Unseen(character)));
        content.char_indices().map(id).collect()
    }

    /// The windows that lie in `range` with their targets.
    fn windows<T: Real>(
        &self,
        ids: &[u32],
        range: Range<usize>,
        part: Option<(&'static str, f64, usize)>,
    ) -> Result<Examples<T>, TextFault> {
        let Self { window, stride, next, targets, .. } = *self;
        let needs = window.saturating_add(usize::from(next));
        if range.len() < needs {
            return Err(TextFault::Short { part, characters: range.len(), window, next });
        }
        let begins = (range.start..=range.end - needs).step_by(stride.max(1));
        let rows = (range.len() - needs) / stride.max(1) + 1;
        if rows.saturating_mul(window) > MOST_CHARACTERS {
            return Err(TextFault::TooManyValues { windows: rows, window });
        }
        let mut inputs = Vec::with_capacity(rows * window);
        let mut classes = Vec::with_capacity(rows * targets);
        for begin in begins {
            let end = begin + needs;
            inputs.extend(ids[begin..begin + window].iter().map(|id| T::from_f64(f64::from(*id))));
            classes.extend(ids[end - targets..end].iter().map(|id| *id as usize));
        }
        Ok(Examples { rows, inputs, targets: Answers::Classes(classes), sample_weights: Vec::new() })
    }
}

/// The text at `path`.
fn read(path: &Path) -> Result<String, DataError> {
    let bytes = fs::read(path).map_err(|error| place(path).fault(Fault::Unreadable(error.to_string())))?;
    decoded(path, bytes)
}

/// The text of `bytes` without a byte order mark.
fn decoded(path: &Path, bytes: Vec<u8>) -> Result<String, DataError> {
    let content = String::from_utf8(bytes).map_err(|error| {
        // Without a separator no cell ends, so that the whole text is one.
        let (byte, at) = Trace::new(error.as_bytes(), 1, b'\n').not_utf8();
        Place { at: Some(at), ..place(path) }.fault(Fault::NotUtf8(byte))
    })?;
    match content.strip_prefix('\u{feff}').unwrap_or(&content) {
        "" => Err(place(path).fault(Fault::Empty)),
        text => Ok(text.to_string()),
    }
}

fn place(path: &Path) -> Place {
    Place::file(&path.display().to_string())
}

/// Line and column of the character that begins at byte `at`.
fn position(path: &Path, content: &str, at: usize) -> Place {
    let before = &content[..at];
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.chars().rev().take_while(|character| *character != '\n').count() as u64 + 1;
    Place { at: Some((line, column)), ..place(path) }
}

/// The windows of a text that is to be predicted, one for each stride of the training and one at its end: each as it stands there and as
/// ids. The answer to each is the character behind it.
///
/// # Errors
/// Whatever is wrong with the text.
pub(super) fn queries(
    file: &str,
    mut source: Box<dyn Read>,
    encodings: &TextEncodings,
    demand: &Demand<'_>,
) -> Result<(Vec<StringRecord>, Vec<f64>), DataError> {
    let path = Path::new(file);
    encodings.check(demand).map_err(|fault| fault.of(place(path)))?;
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(|error| place(path).fault(Fault::Unreadable(error.to_string())))?;
    let content = decoded(path, bytes)?;
    let ids = encodings.ids(&content).map_err(|(at, fault)| fault.of(position(path, &content, at)))?;
    let TextEncodings { window, stride, .. } = *encodings;
    let Some(last) = ids.len().checked_sub(window) else {
        let short = TextFault::Short { part: None, characters: ids.len(), window, next: false };
        return Err(short.of(place(path)));
    };
    let mut begins: Vec<usize> = (0..=last).step_by(stride.max(1)).collect();
    if begins.last() != Some(&last) {
        begins.push(last);
    }
    let characters: Vec<char> = content.chars().collect();
    let text = |begin: &usize| StringRecord::from(std::vec![String::from_iter(&characters[*begin..begin + window])]);
    let rows = begins.iter().map(text).collect();
    let inputs = begins.iter().flat_map(|begin| ids[*begin..begin + window].iter().map(|id| f64::from(*id))).collect();
    Ok((rows, inputs))
}
