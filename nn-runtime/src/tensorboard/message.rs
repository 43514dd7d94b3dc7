//! The messages `Event`, `Summary`, `HistogramProto` and `TensorProto` of TensorFlow as protocol buffers write them; knows no file.
//!
//! Numbers of fields are those of `event.proto`, `summary.proto`, `histogram.proto` and `tensor.proto`.

use std::vec::Vec;

/// What stands under a name.
pub(super) enum Value<'a> {
    Scalar(f64),
    Histogram { low: f64, limits: &'a [f64], counts: &'a [f64] },
    Text(&'a str),
}

/// The first event of a file.
pub(super) fn version() -> Vec<u8> {
    let mut event = Message::default();
    event.double(1, 0.0);
    event.bytes(3, b"brain.Event:2");
    event.0
}

/// A value at a step.
pub(super) fn event(seconds: f64, step: u64, tag: &str, value: &Value<'_>) -> Vec<u8> {
    let mut summary = Message::default();
    summary.message(1, &self::value(tag, value));
    let mut event = Message::default();
    event.double(1, seconds);
    event.whole(2, step);
    event.message(5, &summary);
    event.0
}

fn value(tag: &str, value: &Value<'_>) -> Message {
    let mut message = Message::default();
    message.bytes(1, tag.as_bytes());
    match value {
        Value::Scalar(number) => message.float(2, *number as f32),
        Value::Histogram { low, limits, counts } => message.message(5, &histogram(*low, limits, counts)),
        Value::Text(text) => {
            // `dtype` is a string, and there is one: a shape without axes.
            let mut tensor = Message::default();
            tensor.whole(1, 7);
            tensor.message(2, &Message::default());
            tensor.bytes(8, text.as_bytes());
            message.message(8, &tensor);
            let mut plugin = Message::default();
            plugin.bytes(1, b"text");
            let mut metadata = Message::default();
            metadata.message(1, &plugin);
            message.message(9, &metadata);
        }
    }
    message
}

fn histogram(low: f64, limits: &[f64], counts: &[f64]) -> Message {
    let middles: Vec<f64> =
        std::iter::once(&low).chain(limits).zip(limits).map(|(from, to)| (from + to) / 2.0).collect();
    let sum = |power: i32| middles.iter().zip(counts).map(|(middle, count)| middle.powi(power) * count).sum::<f64>();
    let mut message = Message::default();
    message.double(1, low);
    message.double(2, limits.last().copied().unwrap_or(low));
    message.double(3, counts.iter().sum());
    message.double(4, sum(1));
    message.double(5, sum(2));
    message.doubles(6, limits);
    message.doubles(7, counts);
    message
}

/// A message that is being written: fields one behind the other.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// A number in groups of seven bits, the lowest first.
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn key(&mut self, field: u64, wire: u64) {
        self.varint(field << 3 | wire);
    }

    fn whole(&mut self, field: u64, number: u64) {
        self.key(field, 0);
        self.varint(number);
    }

    fn double(&mut self, field: u64, number: f64) {
        self.key(field, 1);
        self.0.extend(number.to_le_bytes());
    }

    fn float(&mut self, field: u64, number: f32) {
        self.key(field, 5);
        self.0.extend(number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    fn doubles(&mut self, field: u64, numbers: &[f64]) {
        self.bytes(field, &numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
    }
}
