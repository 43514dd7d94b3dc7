//! Examples from arrays, whatever files hold them: dividing, fitting, encoding; knows no format.

use std::boxed::Box;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;
use std::string::{String, ToString};
use std::vec::Vec;

use super::array::{Array, Single, Store, Values};
use super::array_fault::ArrayFault;
use super::encoding::{ArrayEncodings, ArrayField, Encodings, Files};
use super::error::{DataError, Place};
use super::examples::{Answers, Dataset, Examples};
use super::fault::{Fault, Side};
use super::fitted::Fitted;
use super::idx::{self, IdxNames};
use super::images::{self, Folder};
use super::npy::{self, Arrays};
use super::packed;
use super::split::{Classes, Parts, split};
use super::table::Cells;
use super::widths::Demand;
use crate::real::Real;
use crate::recipe::{Columns, Data, Encoding, Field, Source, Split};

/// An array in its place among the fields.
struct Part {
    array: Rc<Array>,
    /// For classes: their names, and those of each value.
    cells: Option<Cells>,
}

/// The arrays of `names`, each read once.
fn read(store: &dyn Store, names: &[(&str, bool)]) -> Result<Vec<Part>, DataError> {
    let mut found: HashMap<&str, Rc<Array>> = HashMap::new();
    let mut parts: Vec<Part> = Vec::new();
    for (name, classes) in names {
        let array = match found.get(name) {
            Some(array) => Rc::clone(array),
            None => Rc::new(store.array(name)?),
        };
        found.insert(name, Rc::clone(&array));
        if array.examples == 0 {
            return Err(array.fault(ArrayFault::NoExamples));
        }
        if let Some(first) = parts.first().map(|part| &part.array)
            && first.examples != array.examples
        {
            let other = first.file.clone();
            let counts = ArrayFault::Counts { examples: array.examples, other, others: first.examples };
            return Err(array.fault(counts));
        }
        let cells = classes.then(|| array.categories());
        parts.push(Part { array, cells });
    }
    Ok(parts)
}

fn name(field: &Field) -> (&'static str, Option<&'static str>) {
    match field.columns {
        Columns::Array(name, test) => (name, test),
        // The compiler states columns only for tables.
        Columns::Names(_) | Columns::Indices(_) | Columns::Range(..) => ("", None),
    }
}

fn classes(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::Labels | Encoding::OneHot)
}

/// Reads, divides and encodes the arrays of `data`.
///
/// # Errors
/// Whatever is wrong with the data: one message with its place.
pub(super) fn load<T: Real>(
    path: &Path,
    data: &Data,
    how: Split,
    seed: u64,
    demand: &Demand<'_>,
) -> Result<Dataset<T>, DataError> {
    let (train, test, files) = stores(path, data, demand)?;
    let fields: Vec<&Field> = data.x.iter().chain(data.y).collect();
    let names = |of: fn(&Field) -> &'static str| {
        fields.iter().map(|field| (of(field), classes(field.encoding))).collect::<Vec<_>>()
    };
    let trained = read(&*train, &names(|field| name(field).0))?;
    let tested = test.map(|store| read(&*store, &names(|field| name(field).1.unwrap_or(name(field).0)))).transpose()?;
    let whole = |fault: Fault| Place::file(&path.display().to_string()).fault(fault);
    if tested.is_some() && how.test > 0.0 {
        return Err(whole(Fault::Array(ArrayFault::OwnTest(how.test))));
    }
    let targets = &trained[data.x.len()..];
    let label = data.y.first().map(|field| name(field).0).unwrap_or_default();
    let classes = match targets {
        [Part { cells: Some(Cells::Categories { names, ids }), array }] if array.width() == 1 => {
            Some(Classes { column: label, names, ids })
        }
        _ => None,
    };
    let Parts { train, validation, test } = split(trained[0].array.examples, how, classes, seed).map_err(whole)?;
    let fitted: Vec<ArrayField> = fields.iter().zip(&trained).map(|(field, part)| fit(field, part, &train)).collect();
    let (x, y) = (fitted[..data.x.len()].to_vec(), fitted[data.x.len()..].to_vec());
    let encodings = ArrayEncodings { files, x, y };
    check(demand, &encodings, &trained).map_err(whole)?;
    let of = |rows: &[usize]| encode(&encodings, &trained, rows, demand);
    let (train, validation) = (of(&train)?, of(&validation)?);
    let test = match &tested {
        Some(tested) => {
            same_shapes(&trained, tested)?;
            let rows: Vec<usize> = (0..tested[0].array.examples).collect();
            encode(&encodings, tested, &rows, demand)?
        }
        None => of(&test)?,
    };
    Ok(Dataset { encodings: Encodings::Arrays(encodings), train, validation, test, dropped: 0 })
}

type Opened = (Box<dyn Store>, Option<Box<dyn Store>>, Files);

/// What is trained on, what is tested on if that is there by itself, and how to find it again.
fn stores(path: &Path, data: &Data, demand: &Demand<'_>) -> Result<Opened, DataError> {
    match data.source {
        Source::Idx(files) => {
            let (train, test) = idx::stores(path, files)?;
            let again = Files::Idx(files.map(IdxNames::of));
            Ok((Box::new(train), test.map(|test| Box::new(test) as Box<dyn Store>), again))
        }
        Source::Images(parts) => {
            let folder = |name: &str| -> Box<dyn Store> {
                let path = if name.is_empty() { path.to_path_buf() } else { path.join(name) };
                Box::new(Folder::new(path, demand.inputs))
            };
            let again = Files::Images(parts.test.unwrap_or(parts.train).to_string());
            Ok((folder(parts.train), parts.test.map(folder), again))
        }
        Source::Arrays => {
            let own = data.x.iter().chain(data.y).any(|field| name(field).1.is_some());
            let test = own.then(|| Box::new(Arrays::at(path)) as Box<dyn Store>);
            Ok((Box::new(Arrays::at(path)), test, Files::Arrays))
        }
        Source::Csv(_) | Source::Text(_) => unreachable!("tables and texts have no arrays"),
    }
}

/// Reads the arrays at `path` as those of the training were read: the files for the test, if there are any by themselves, or else all.
///
/// # Errors
/// Whatever is wrong with the data: one message with its place.
pub(super) fn reload<T: Real>(
    path: &Path,
    encodings: &ArrayEncodings,
    demand: &Demand<'_>,
) -> Result<Examples<T>, DataError> {
    let store: Box<dyn Store> = match &encodings.files {
        Files::Idx(names) => Box::new(idx::again(path, names.as_ref())?),
        Files::Images(part) => {
            // Other data may come without the folders of its parts.
            let inner = path.join(part);
            let folder = if !part.is_empty() && inner.is_dir() { inner } else { path.to_path_buf() };
            Box::new(Folder::new(folder, demand.inputs))
        }
        Files::Arrays => Box::new(Arrays::at(path)),
    };
    let fields: Vec<&ArrayField> = encodings.x.iter().chain(&encodings.y).collect();
    let parts = read(&*store, &again(&fields, &*store))?;
    check(demand, encodings, &parts).map_err(|fault| Place::file(&path.display().to_string()).fault(fault))?;
    let rows: Vec<usize> = (0..parts[0].array.examples).collect();
    encode(encodings, &parts, &rows, demand)
}

/// The names of fields in a store of examples that are not trained on: those for the test, if it has them.
fn again<'f>(fields: &[&'f ArrayField], store: &dyn Store) -> Vec<(&'f str, bool)> {
    let name = |field: &'f ArrayField| match &field.test {
        Some(test) if store.has(test) => &**test,
        _ => &*field.array,
    };
    fields.iter().map(|field| (name(field), field.fitted.categories().is_some())).collect()
}

/// The inputs in a file of examples without targets.
///
/// # Errors
/// If the bytes are not such a file, or the network takes other examples.
pub(super) fn inputs(
    file: &str,
    source: Box<dyn Read>,
    encodings: &ArrayEncodings,
    demand: &Demand<'_>,
) -> Result<Examples<f64>, DataError> {
    let source = packed::unpacked(source).map_err(|error| packed::unreadable(file, &error))?;
    let source: Box<dyn Read> = Box::new(source);
    let store: Box<dyn Store> = match &encodings.files {
        Files::Idx(_) => Box::new(Single(idx::parse(file, source)?)),
        Files::Images(_) => Box::new(Single(images::parse(file, source, demand.inputs)?)),
        Files::Arrays => npy::stored(file, source)?,
    };
    let only = ArrayEncodings { y: Vec::new(), ..encodings.clone() };
    let fields: Vec<&ArrayField> = only.x.iter().collect();
    let parts = read(&*store, &again(&fields, &*store))?;
    check_inputs(demand, &only.x, &parts).map_err(|fault| Place::file(file).fault(fault))?;
    let rows: Vec<usize> = (0..parts[0].array.examples).collect();
    encode(&only, &parts, &rows, demand)
}

fn same_shapes(trained: &[Part], tested: &[Part]) -> Result<(), DataError> {
    for (trained, tested) in trained.iter().zip(tested) {
        if trained.array.width() != tested.array.width() {
            let (found, trained) = (tested.array.shape.clone(), trained.array.shape.clone());
            return Err(tested.array.fault(ArrayFault::Shapes { found, trained }));
        }
    }
    Ok(())
}

/// Learns from the training `rows` of an array: one statistic over all values of an example.
fn fit(field: &Field, part: &Part, rows: &[usize]) -> ArrayField {
    let width = part.array.width();
    let fitted = match (&part.cells, field.encoding) {
        (Some(cells), encoding) => {
            let values: Vec<usize> = rows.iter().flat_map(|row| row * width..(row + 1) * width).collect();
            Fitted::fit(encoding, cells, &values)
        }
        (None, Encoding::Standardize) => standardized(&part.array, rows),
        (None, Encoding::Normalize { channels, stated }) => normalized(&part.array, rows, channels, stated),
        (None, Encoding::MinMax { low, high }) => {
            let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
            part.array.visit(rows, |value| (least, greatest) = (least.min(value), greatest.max(value)));
            Fitted::MinMax { least, greatest, low, high }
        }
        (None, Encoding::Scale { factor, offset }) => Fitted::Scale { factor, offset },
        (None, Encoding::Number | Encoding::OneHot | Encoding::Labels) => Fitted::Number,
    };
    let (array, test) = name(field);
    ArrayField { array: array.into(), test: test.map(ToString::to_string), values: width, fitted }
}

fn standardized(array: &Array, rows: &[usize]) -> Fitted {
    let n = (rows.len() * array.width()) as f64;
    let (mut sum, mut least, mut greatest) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
    array.visit(rows, |value| {
        sum += value;
        (least, greatest) = (least.min(value), greatest.max(value));
    });
    let mean = sum / n;
    let mut squares = 0.0;
    array.visit(rows, |value| squares += (value - mean) * (value - mean));
    Fitted::Standardize { mean, deviation: if least == greatest { 0.0 } else { (squares / n).sqrt() } }
}

/// Means and deviations of channels, which lie side by side: as they are stated, or else measured.
fn normalized(array: &Array, rows: &[usize], channels: usize, stated: &[(f64, f64)]) -> Fitted {
    if !stated.is_empty() {
        return Fitted::Normalize { channels: stated.to_vec() };
    }
    // An array that is no whole number of pixels does not fit the network, which is said later.
    let channels = channels.max(1);
    let n = (rows.len() * array.width() / channels) as f64;
    let mut found = std::vec![(0.0, f64::INFINITY, f64::NEG_INFINITY); channels];
    let after = |channel: usize| if channel + 1 == channels { 0 } else { channel + 1 };
    let mut channel = 0;
    array.visit(rows, |value| {
        let (sum, least, greatest) = &mut found[channel];
        *sum += value;
        (*least, *greatest) = (least.min(value), greatest.max(value));
        channel = after(channel);
    });
    let means: Vec<f64> = found.iter().map(|(sum, ..)| sum / n).collect();
    let mut squares = std::vec![0.0; channels];
    channel = 0;
    array.visit(rows, |value| {
        squares[channel] += (value - means[channel]) * (value - means[channel]);
        channel = after(channel);
    });
    let each = found.iter().zip(means).zip(squares);
    let of = |((&(_, least, greatest), mean), squares): ((&(f64, f64, f64), f64), f64)| {
        (mean, if least == greatest { 0.0 } else { (squares / n).sqrt() })
    };
    Fitted::Normalize { channels: each.map(of).collect() }
}

/// Whether the arrays make the inputs and the targets of the network. The number of values decides, not their shape.
fn check(demand: &Demand<'_>, encodings: &ArrayEncodings, parts: &[Part]) -> Result<(), Fault> {
    let (x, y) = parts.split_at(encodings.x.len());
    check_inputs(demand, &encodings.x, x)?;
    match (demand.stated, &encodings.y[..]) {
        (Some(targets), fields) => side(demand, Side::Compared, targets, fields, y),
        (None, [field]) if matches!(field.fitted, Fitted::Labels { .. }) => check_classes(demand, field, y),
        (None, fields) => side(demand, Side::Targets, demand.outputs, fields, y),
    }
}

fn check_inputs(demand: &Demand<'_>, fields: &[ArrayField], parts: &[Part]) -> Result<(), Fault> {
    let mut end = 0;
    for (field, part) in fields.iter().zip(parts) {
        let begin = end;
        end += field.fitted.width().saturating_mul(part.array.width());
        if let Some(vocabulary) = demand.least_vocabulary(begin..end) {
            check_ids(demand.network, field, vocabulary)?;
        }
    }
    side(demand, Side::Inputs, demand.inputs, fields, parts)
}

fn check_ids(network: &str, field: &ArrayField, vocabulary: usize) -> Result<(), Fault> {
    let (network, array) = (network.to_string(), field.array.clone());
    match &field.fitted {
        Fitted::Number => Ok(()),
        Fitted::Labels { categories } if categories.len() <= vocabulary => Ok(()),
        Fitted::Labels { categories } => {
            let classes = categories.len();
            Err(Fault::Array(ArrayFault::Vocabulary { network, array, classes, vocabulary }))
        }
        _ => Err(Fault::Array(ArrayFault::NotIds { network, array })),
    }
}

/// Each value of the array is a class id.
fn check_classes(demand: &Demand<'_>, field: &ArrayField, parts: &[Part]) -> Result<(), Fault> {
    let classes = field.fitted.categories().unwrap_or_default();
    let ids = parts[0].array.width();
    let fits =
        if demand.outputs == ids { classes.len() == 2 } else { classes.len().checked_mul(ids) == Some(demand.outputs) };
    if fits {
        return Ok(());
    }
    let (network, outputs) = (demand.network.into(), demand.outputs.div_ceil(ids.max(1)));
    Err(Fault::Array(ArrayFault::Classes { network, outputs, array: field.array.clone(), classes: classes.to_vec() }))
}

fn side(demand: &Demand<'_>, side: Side, expected: usize, fields: &[ArrayField], parts: &[Part]) -> Result<(), Fault> {
    let width = |(field, part): (&ArrayField, &Part)| field.fitted.width().saturating_mul(part.array.width());
    let found = fields.iter().zip(parts).map(width).fold(0, usize::saturating_add);
    if found == expected {
        return Ok(());
    }
    let term = |(field, part): (&ArrayField, &Part)| match part.array.shape[..] {
        [] => std::format!("1 of `{}`", field.array),
        _ => std::format!("{:?} of `{}`", part.array.shape, field.array),
    };
    let terms: Vec<String> = fields.iter().zip(parts).map(term).collect();
    let sum = std::format!("{found}: {}", terms.join(" + "));
    Err(Fault::Width { network: demand.network.into(), side, expected, sum })
}

/// The examples `rows` of arrays, those of `x` first.
fn encode<T: Real>(
    encodings: &ArrayEncodings,
    parts: &[Part],
    rows: &[usize],
    demand: &Demand<'_>,
) -> Result<Examples<T>, DataError> {
    let (x, y) = parts.split_at(encodings.x.len());
    let inputs = encode_side(&encodings.x, x, rows, demand, Side::Inputs)?;
    let targets = match (&encodings.y[..], y) {
        ([field], [part]) if matches!(field.fitted, Fitted::Labels { .. }) => Answers::Classes(ids(field, part, rows)?),
        _ => Answers::Values(encode_side(&encodings.y, y, rows, demand, Side::Targets)?),
    };
    Ok(Examples { rows: rows.len(), inputs, targets, sample_weights: Vec::new() })
}

/// The index among the classes of the training for each value of some examples.
fn ids(field: &ArrayField, part: &Part, rows: &[usize]) -> Result<Vec<usize>, DataError> {
    let Some(Cells::Categories { names, ids }) = &part.cells else { return Ok(Vec::new()) };
    let known = field.fitted.categories().unwrap_or_default();
    let places: Vec<Option<usize>> =
        names.iter().map(|name| known.iter().position(|category| category == name)).collect();
    let width = part.array.width();
    let mut found = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        for id in &ids[row * width..(row + 1) * width] {
            found.push(places[*id as usize].ok_or_else(|| {
                let (array, class, known) = (field.array.clone(), names[*id as usize].clone(), known.to_vec());
                part.array.fault(ArrayFault::UnseenClass { array, example: row, class, known })
            })?);
        }
    }
    Ok(found)
}

fn encode_side<T: Real>(
    fields: &[ArrayField],
    parts: &[Part],
    rows: &[usize],
    demand: &Demand<'_>,
    side: Side,
) -> Result<Vec<T>, DataError> {
    let widths: Vec<usize> = fields.iter().map(|field| field.fitted.width() * field.values).collect();
    let width: usize = widths.iter().sum();
    let mut values = std::vec![T::ZERO; rows.len() * width];
    let mut offset = 0;
    for ((field, part), wide) in fields.iter().zip(parts).zip(widths) {
        if part.cells.is_some() {
            let each = field.fitted.width();
            for (at, id) in ids(field, part, rows)?.into_iter().enumerate() {
                let begin = at / field.values * width + offset + at % field.values * each;
                match field.fitted {
                    Fitted::OneHot { .. } => values[begin + id] = T::ONE,
                    _ => values[begin] = T::from_f64(id as f64),
                }
            }
        } else {
            let vocabulary = match side {
                Side::Inputs => demand.vocabulary(offset..offset + wide),
                Side::Targets | Side::Compared => None,
            };
            numbers(field, &part.array, rows, demand, vocabulary, &mut values, [width, offset])?;
        }
        offset += wide;
    }
    Ok(values)
}

/// Writes the numbers of `rows` at `offset` of rows of `width` values.
fn numbers<T: Real>(
    field: &ArrayField,
    array: &Array,
    rows: &[usize],
    demand: &Demand<'_>,
    vocabulary: Option<usize>,
    values: &mut [T],
    [width, offset]: [usize; 2],
) -> Result<(), DataError> {
    let wide = field.values;
    let channels: Vec<Fitted> = (0..field.fitted.period()).map(|place| field.fitted.of(place)).collect();
    // A byte becomes one of 256 numbers, which are computed once.
    let table = |fitted: &Fitted| std::array::from_fn(|byte| T::from_f64(fitted.encode(byte as f64)));
    let tables: Vec<[T; 256]> = channels.iter().map(table).collect();
    let mut wrong = None;
    for (out, &row) in values.chunks_exact_mut(width.max(1)).zip(rows) {
        let out = &mut out[offset..offset + wide];
        let range = row * wide..(row + 1) * wide;
        let mut blame = |value: f64| {
            wrong.get_or_insert((row, value));
        };
        match &array.values {
            Values::Bytes(bytes) => {
                for ((out, byte), table) in out.iter_mut().zip(&bytes[range]).zip(tables.iter().cycle()) {
                    *out = table[usize::from(*byte)];
                    if vocabulary.is_some_and(|vocabulary| usize::from(*byte) >= vocabulary) {
                        blame(f64::from(*byte));
                    }
                }
            }
            Values::Singles(singles) => {
                for ((out, value), fitted) in out.iter_mut().zip(&singles[range]).zip(channels.iter().cycle()) {
                    put(out, f64::from(*value), fitted, vocabulary, &mut blame);
                }
            }
            Values::Doubles(doubles) => {
                for ((out, value), fitted) in out.iter_mut().zip(&doubles[range]).zip(channels.iter().cycle()) {
                    put(out, *value, fitted, vocabulary, &mut blame);
                }
            }
            Values::Classes { ids, .. } => out[0] = T::from_f64(f64::from(ids[row])),
        }
    }
    let Some((example, value)) = wrong else { return Ok(()) };
    let name = field.array.clone();
    Err(array.fault(match vocabulary {
        Some(vocabulary) if value.is_finite() => ArrayFault::NotAnId { array: name, example, value, vocabulary },
        _ => ArrayFault::Number { array: name, example, value, precision: demand.precision.name() },
    }))
}

fn put<T: Real>(out: &mut T, value: f64, fitted: &Fitted, vocabulary: Option<usize>, blame: &mut impl FnMut(f64)) {
    *out = T::from_f64(fitted.encode(value));
    let id = |vocabulary: usize| value >= 0.0 && value < vocabulary as f64 && value.fract() == 0.0;
    if !out.is_finite() || !vocabulary.is_none_or(id) {
        blame(value);
    }
}
