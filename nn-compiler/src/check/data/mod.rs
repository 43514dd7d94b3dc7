//! The data clause: its source, its fields, and whether their widths fit the network.

mod arrays;
mod channels;
mod csv;
mod grouping;
mod idx;
mod images;
mod npy;
mod text;

use nn_grammar::ast::{Call, Clause, Expr, Field as Written};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

pub(super) use channels::channels;

use super::Sink;
use super::args::bind_call;
use super::value::Env;
use crate::model::Network;
use crate::recipe::{Data, Encoding, Field, Grouping, Source};
use crate::signature::{Args, Signature};
use crate::words;

/// What an expression makes of a source, or what is wrong with it.
type Fields = Result<Vec<Field>, Vec<Diagnostic>>;

/// A kind of source: its interface, and what a text can make of it.
struct Reader {
    signature: Signature,
    /// The path and the settings of a source with these arguments.
    source: fn(&Args) -> Result<(String, Source), Diagnostic>,
    /// The fields that an expression stands for, with the constants of the text; the arguments may have mistakes.
    fields: fn(&Expr, Option<&Args>, &Env) -> Fields,
    /// Whether settings and fields fit each other.
    agree: fn(&Args, &Data, &Spans) -> Result<(), Diagnostic>,
    /// Fields `x` and `y`, as examples.
    examples: [&'static str; 2],
    /// Whether `y` can be left out, so that it is `x`.
    alone: bool,
}

/// Every kind of source.
static READERS: [&Reader; 6] = [&csv::CSV, &idx::IDX, &images::IMAGES, &npy::NPZ, &npy::NPY, &text::TEXT];

/// Where the fields stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spans {
    pub(super) source: Span,
    pub(super) x: Span,
    pub(super) y: Span,
    /// How the targets could be written.
    pub(super) example: &'static str,
    /// Whether the text leaves the targets out, so that they are the inputs, or nothing.
    pub(super) targets_left_out: bool,
}

pub(super) fn data(source: &Call, fields: &[Written], clause: &Clause, sink: &mut Sink) -> Option<(Data, Spans)> {
    names(fields, sink);
    let source_span = source.span;
    let reader = reader(source, sink)?;
    let args = bind_call(&reader.signature, source, &sink.constants);
    let args = args.map_err(|diagnostics| diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic)));
    let args = args.ok();
    let x = field("x", fields, reader, args.as_ref(), clause, sink);
    let y = match fields.iter().any(|field| field.name.text == "y") {
        false if reader.alone => x.clone(),
        // Whether the targets may be missing depends on the loss.
        false => Some((Vec::new(), clause.keyword.span)),
        true => field("y", fields, reader, args.as_ref(), clause, sink),
    };
    let ((x, x_span), (y, y_span), args) = (x?, y?, args?);
    let (path, source) = sink.keep((reader.source)(&args))?;
    let targets_left_out = !fields.iter().any(|field| field.name.text == "y");
    let spans = Spans { source: source_span, x: x_span, y: y_span, example: reader.examples[1], targets_left_out };
    let data = Data { path, source, x, y };
    if let Err(diagnostic) = (reader.agree)(&args, &data, &spans) {
        sink.report(diagnostic);
    }
    Some((data, spans))
}

/// Whether each field is `x` or `y`, once.
fn names(fields: &[Written], sink: &mut Sink) {
    for (index, written) in fields.iter().enumerate() {
        let name = written.name.text.as_str();
        if !["x", "y"].contains(&name) {
            sink.report(
                Diagnostic::new(Code::UnknownField, written.name.span, format!("a data section has no field `{name}`"))
                    .help("the fields are `x`, the inputs, and `y`, the targets"),
            );
        } else if let Some(earlier) = fields[..index].iter().find(|earlier| earlier.name.text == name) {
            sink.report(
                Diagnostic::new(Code::DuplicateArgument, written.name.span, format!("`{name}` is stated twice"))
                    .label("stated again")
                    .also(earlier.name.span, "first stated here"),
            );
        }
    }
}

fn reader(source: &Call, sink: &mut Sink) -> Option<&'static Reader> {
    let name = source.name.text.as_str();
    let found = READERS.into_iter().find(|reader| reader.signature.name == name);
    if found.is_none() {
        let known: Vec<&str> = READERS.iter().map(|reader| reader.signature.name).collect();
        let message = format!("there is no data source `{name}`");
        let help = words::suggestion(name, &known, "data sources");
        sink.report(Diagnostic::new(Code::UnknownSource, source.name.span, message).maybe_help(help));
    }
    found
}

fn field(
    name: &str,
    fields: &[Written],
    reader: &Reader,
    args: Option<&Args>,
    clause: &Clause,
    sink: &mut Sink,
) -> Option<(Vec<Field>, Span)> {
    let Some(written) = fields.iter().find(|field| field.name.text == name) else {
        sink.report(missing(name, "the inputs", clause.keyword.span, reader.examples[0]));
        return None;
    };
    let result = (reader.fields)(&written.value, args, &sink.constants);
    let found = result.map_err(|diagnostics| diagnostics.into_iter().for_each(|d| sink.report(d))).ok()?;
    Some((found, written.value.span))
}

fn missing(name: &str, role: &str, span: Span, example: &str) -> Diagnostic {
    let message = format!("the data section does not say what `{name}` is, {role}");
    Diagnostic::new(Code::MissingClause, span, message).help(format!("add `{name} = …;`, such as `{example}`"))
}

/// That the targets are missing, which something compares with.
pub(super) fn no_targets(spans: &Spans) -> Diagnostic {
    missing("y", "the targets", spans.y, spans.example)
}

fn one(diagnostic: Diagnostic) -> Vec<Diagnostic> {
    vec![diagnostic]
}

/// If numbers that are no ids stand where the network takes ids: which ids these are. Behind a field whose width is not known only the
/// data will tell.
fn no_ids(data: &Data, network: &Network) -> Option<String> {
    let numbers = |field: &&Field| !matches!(field.encoding, Encoding::Number | Encoding::Labels);
    if network.inputs.len() == 1 {
        let any = network.vocabulary.is_some() && data.x.iter().any(|field| numbers(&field));
        return any.then(|| "begins with an embedding".to_owned());
    }
    let mut end = 0;
    for field in &data.x {
        let begin = end;
        end += field.width()?;
        let met = network.ids().into_iter().find(|ids| ids.places.start < end && begin < ids.places.end);
        if let Some(ids) = met.filter(|_| numbers(&field)) {
            return Some(format!("takes an id as value {} of a row", ids.places.start + 1));
        }
    }
    None
}

/// Whether the widths that the text alone says fit the network; those of the targets if outputs are `compared` with them.
pub(super) fn fits(data: &Data, spans: &Spans, network: &Network, compared: bool, sink: &mut Sink) {
    if let Source::Text(characters) = &data.source {
        return text::fits(characters, spans, network, sink);
    }
    let width = |fields: &[Field]| fields.iter().map(Field::width).sum::<Option<usize>>();
    let inputs: usize = network.input.iter().product();
    let outputs: usize = network.output.iter().product();
    let (rows, ahead) = (data.source.grouping().input_rows(), data.source.grouping().target_rows());
    if let Some(columns) = width(&data.x).filter(|columns| columns.saturating_mul(rows) != inputs) {
        let message = match data.source.grouping() {
            Grouping::Rows => {
                format!("`x` has {} a row, but `{}` takes {inputs}", words::count(columns, "value"), network.name)
            }
            _ => {
                let (values, columns) = (columns.saturating_mul(rows), words::count(columns, "column"));
                format!("`x` has {rows} rows of {columns}, {values} values, but `{}` takes {inputs}", network.name)
            }
        };
        sink.report(data_width(message, spans.x, network, &format!("takes {}", words::shape(&network.input))));
    }
    if let Some(why) = no_ids(data, network) {
        let message = format!("`{}` reads ids, and `x` is made of other numbers", network.name);
        sink.report(
            Diagnostic::new(Code::DataWidth, spans.x, message)
                .also(network.span, why)
                .help("take `labels(…)`, or columns that hold ids"),
        );
    }
    if !compared {
        return;
    }
    // One column of labels gives one class id for all outputs of a row together; several give a target for each.
    if data.y.iter().any(|field| field.encoding == Encoding::Labels) && width(&data.y) == Some(1) {
        let places = outputs / network.output.last().copied().unwrap_or(1);
        if places != ahead {
            let (ids, places) = (words::count(ahead, "class id"), words::count(places, "place"));
            let message =
                format!("`y` is {ids} for each example, but `{}` tells classes apart in {places}", network.name);
            sink.report(data_width(message, spans.y, network, &format!("yields {}", words::shape(&network.output))));
        }
        return;
    }
    if let Some(columns) = width(&data.y).filter(|columns| columns.saturating_mul(ahead) != outputs) {
        let message = match data.source.grouping() {
            Grouping::Windows { horizon, .. } => {
                let (values, columns) = (columns.saturating_mul(*horizon), words::count(columns, "column"));
                let rows = words::count(*horizon, "row");
                format!("`y` has {rows} of {columns}, {values} values, but `{}` yields {outputs}", network.name)
            }
            _ => format!("`y` has {} a row, but `{}` yields {outputs}", words::count(columns, "value"), network.name),
        };
        sink.report(data_width(message, spans.y, network, &format!("yields {}", words::shape(&network.output))));
    }
}

fn data_width(message: String, span: Span, network: &Network, label: &str) -> Diagnostic {
    Diagnostic::new(Code::DataWidth, span, message).also(network.span, label)
}
