//! Tables: how a file of comma-separated values is read, and what is made of its columns.

use nn_grammar::ast::{Arg, Call, Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::super::args::bind;
use super::super::value::{Env, describe, value};
use super::grouping::{HORIZON, LENGTH, SEQUENCE, STRIDE, WINDOW, grouping};
use super::{Reader, Spans, one};
use crate::recipe::{Columns, Csv, Data, Encoding, Field, Source};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature, Value};
use crate::words;

/// `csv("table.csv")`
pub(super) static CSV: Reader = Reader {
    signature: Signature {
        name: "csv",
        doc: "A table of comma-separated values.",
        params: &[
            Param::required("path", Kind::Text, "the file, relative to the text"),
            Param::optional(
                "header",
                Kind::Choice(&["auto", "true", "false"]),
                Preset::Choice("auto"),
                "whether the first line names the columns",
            ),
            Param::optional(
                "separator",
                Kind::Text,
                Preset::Text(""),
                "the character between cells, a comma if not stated",
            ),
            Param::optional(
                "missing",
                Kind::Choice(&["error", "drop", "category"]),
                Preset::Choice("error"),
                "what is done with `?` and empty cells",
            ),
            WINDOW,
            HORIZON,
            STRIDE,
            SEQUENCE,
            LENGTH,
            Param::optional(
                "weight",
                Kind::Text,
                Preset::Text(""),
                "the column that says how much each row counts in the loss; all the same if not stated",
            ),
            Param::optional(
                "test",
                Kind::Text,
                Preset::Text(""),
                "a table that is tested on, relative to the folder of the other; a part of the split if not stated",
            ),
        ],
    },
    source,
    fields: |expr, _, env| {
        let mut found = Vec::new();
        collect(expr, env, &mut found).map(|()| found)
    },
    agree,
    examples: ["x = columns[0..4];", "y = labels(column(4));"],
    alone: false,
};

const LOW: Param = Param::optional("low", Kind::Real(Range::ANY), Preset::Real(0.0), "the image of the smallest value");
const HIGH: Param =
    Param::optional("high", Kind::Real(Range::ANY), Preset::Real(1.0), "the image of the largest value");

/// A transform as a text calls it: its interface beside the columns, and the encoding that it stands for.
struct Transform {
    signature: Signature,
    encoding: fn(&Args) -> Encoding,
}

const fn transform(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    encoding: fn(&Args) -> Encoding,
) -> Transform {
    Transform { signature: Signature { name, doc, params }, encoding }
}

static TRANSFORMS: [Transform; 5] = [
    transform("number", "The numbers themselves.", &[], |_| Encoding::Number),
    transform("standardize", "Mean 0 and standard deviation 1 over the training rows.", &[], |_| Encoding::Standardize),
    transform("min_max", "The range of the training rows into another.", &[LOW, HIGH], |args| Encoding::MinMax {
        low: args.real("low"),
        high: args.real("high"),
    }),
    transform("one_hot", "A value for each category.", &[], |_| Encoding::OneHot),
    transform("labels", "The index of the category.", &[], |_| Encoding::Labels),
];

/// The most columns that a table can have.
const MOST_COLUMNS: usize = 1 << 20;

fn source(args: &Args) -> Result<(String, Source), Diagnostic> {
    let separator = separator(args)?;
    let grouping = grouping(args)?;
    named(args)?;
    unnamed(args)?;
    let header = match args.choice("header") {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let missing = args.choice("missing");
    let [weight, test] =
        ["weight", "test"].map(|name| Some(args.text(name).to_owned()).filter(|text| !text.is_empty()));
    Ok((args.text("path").to_owned(), Source::Csv(Csv { header, separator, missing, grouping, weight, test })))
}

/// Columns are given by name only where the file names them.
fn agree(args: &Args, data: &Data, spans: &Spans) -> Result<(), Diagnostic> {
    let named = |fields: &[Field]| fields.iter().any(|field| matches!(field.columns, Columns::Names(_)));
    if args.choice("header") != "false" || !(named(&data.x) || named(&data.y)) {
        return Ok(());
    }
    let message = "columns are given by name, but `header = false` says that the file does not name them";
    let span = if named(&data.x) { spans.x } else { spans.y };
    Err(Diagnostic::new(Code::WrongKind, args.span_of("header"), message)
        .also(span, "by name")
        .help("give them by index, as in `columns[0..4]`, or leave `header = false` out"))
}

/// Arguments that are to name a column or a file, and are empty.
fn named(args: &Args) -> Result<(), Diagnostic> {
    let empty = |name: &&str| args.argument(name).span.is_some() && args.text(name).is_empty();
    let Some(name) = ["sequence", "weight", "test"].into_iter().find(empty) else { return Ok(()) };
    let what = if name == "test" { "a file" } else { "a column" };
    Err(Diagnostic::new(Code::OutOfRange, args.span_of(name), format!("`{name}` is the name of {what}; it is empty"))
        .help(format!("leave `{name}` out if there is none")))
}

/// Arguments that name a column of a file which does not name its columns.
fn unnamed(args: &Args) -> Result<(), Diagnostic> {
    let stated = ["sequence", "weight"].into_iter().find(|name| args.argument(name).span.is_some());
    let (Some(name), "false") = (stated, args.choice("header")) else { return Ok(()) };
    let message =
        format!("`{name}` is the name of a column, but `header = false` says that the file does not name them");
    Err(Diagnostic::new(Code::WrongKind, args.span_of("header"), message)
        .also(args.span_of(name), "by name")
        .help("leave `header = false` out"))
}

fn separator(args: &Args) -> Result<u8, Diagnostic> {
    match args.text("separator").as_bytes() {
        [] => Ok(b','),
        [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Ok(*byte),
        _ => {
            let message = "`separator` is one ASCII character, such as `\";\"` or `\"\\t\"`";
            Err(Diagnostic::new(Code::OutOfRange, args.span_of("separator"), message))
        }
    }
}

/// The fields of `concat(…)`, of a transform, or of bare columns.
fn collect(expr: &Expr, env: &Env, into: &mut Vec<Field>) -> Result<(), Vec<Diagnostic>> {
    let call = match &expr.kind {
        ExprKind::Call(call) if call.name.text != "column" => call,
        _ => {
            into.push(Field { encoding: Encoding::Number, columns: columns(expr, env).map_err(one)? });
            return Ok(());
        }
    };
    if call.name.text == "concat" {
        return concat(call, env, into);
    }
    let Some(transform) = TRANSFORMS.iter().find(|transform| transform.signature.name == call.name.text) else {
        let known: Vec<&str> = TRANSFORMS.iter().map(|transform| transform.signature.name).chain(["concat"]).collect();
        let message = format!("there is no transform `{}`", call.name.text);
        return Err(one(Diagnostic::new(Code::UnknownTransform, call.name.span, message)
            .maybe_help(words::suggestion(&call.name.text, &known, "transforms"))));
    };
    let name = transform.signature.name;
    let (sources, rest): (Vec<&Arg>, Vec<&Arg>) =
        call.args.iter().partition(|arg| arg.name.is_none() && is_columns(&arg.value));
    if let Some(stray) =
        rest.iter().find(|arg| arg.name.is_none() && !is_setting(&arg.value, &transform.signature, env))
    {
        return Err(columns(&stray.value, env).err().into_iter().collect());
    }
    let rest: Vec<Arg> = rest.into_iter().cloned().collect();
    let args = bind(&transform.signature, &rest, call.span, env)?;
    if let Encoding::MinMax { low, high } = (transform.encoding)(&args)
        && low >= high
    {
        let message = format!("`min_max` maps to a range that rises, not from {low} to {high}");
        return Err(one(Diagnostic::new(Code::OutOfRange, args.span_of("low"), message)));
    }
    if sources.is_empty() {
        let message = format!("`{name}` needs the columns that it works on");
        return Err(one(Diagnostic::new(Code::MissingArgument, call.span, message)
            .help(format!("write `{name}(columns[0..4])` or `{name}(column(\"species\"))`"))));
    }
    for source in sources {
        into.push(Field { encoding: (transform.encoding)(&args), columns: columns(&source.value, env).map_err(one)? });
    }
    Ok(())
}

/// Fields side by side.
fn concat(call: &Call, env: &Env, into: &mut Vec<Field>) -> Result<(), Vec<Diagnostic>> {
    if let Some(name) = call.args.iter().find_map(|arg| arg.name.as_ref()) {
        let message = format!("`concat` has no argument `{}`: it takes fields, one behind the other", name.text);
        return Err(one(Diagnostic::new(Code::UnknownArgument, name.span, message)));
    }
    if call.args.is_empty() {
        return Err(one(Diagnostic::new(Code::MissingArgument, call.span, "`concat` needs the fields that it joins")
            .help("write `concat(standardize(columns[0..4]), one_hot(column(4)))`")));
    }
    call.args.iter().try_for_each(|arg| collect(&arg.value, env, into))
}

fn is_columns(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(call) => call.name.text == "column",
        ExprKind::Index(..) => true,
        ExprKind::Name(name) => name == "columns",
        _ => false,
    }
}

/// Whether an argument without a name can be meant for a parameter of the transform, not as columns.
fn is_setting(expr: &Expr, signature: &Signature, env: &Env) -> bool {
    let constant = matches!(&expr.kind, ExprKind::Name(name) if env.contains_key(name));
    let number = constant || matches!(expr.kind, ExprKind::Number(_) | ExprKind::Negate(_) | ExprKind::Binary(..));
    number && !signature.params.is_empty()
}

/// What was probably meant by an expression that is no columns.
fn meant(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) if name == "columns" => {
            Some("say which: `columns[0..4]` or `columns[\"a\", \"b\"]`".to_owned())
        }
        ExprKind::Name(name) if TRANSFORMS.iter().any(|transform| transform.signature.name == name) => {
            Some(format!("say of which columns: `{name}(columns[0..4])`"))
        }
        ExprKind::Name(name) | ExprKind::Text(name) => Some(format!("write `column(\"{name}\")`")),
        ExprKind::Number(number) => Some(format!("write `column({})`", number.digits)),
        ExprKind::Range(..) => Some("write `columns[…]` around it".to_owned()),
        ExprKind::Call(_) => Some("a transform works on columns, not on what another one yields".to_owned()),
        _ => None,
    }
}

/// `columns[0..4]`, `columns[0, 2]`, `columns["a", "b"]`, `column("a")` or `column(4)`.
fn columns(expr: &Expr, env: &Env) -> Result<Columns, Diagnostic> {
    let complain = || {
        let message =
            format!("expected columns such as `columns[0..4]` or `column(\"species\")`, not {}", describe(expr));
        Diagnostic::new(Code::WrongKind, expr.span, message).label("not columns").maybe_help(meant(expr))
    };
    match &expr.kind {
        ExprKind::Call(call) if call.name.text == "column" => match &call.args[..] {
            [Arg { name: None, value }] => listed(std::slice::from_ref(value), env),
            _ => Err(Diagnostic::new(Code::WrongKind, expr.span, "`column` takes one name or index")),
        },
        ExprKind::Index(base, items) if matches!(&base.kind, ExprKind::Name(name) if name == "columns") => {
            match &items[..] {
                [Expr { kind: ExprKind::Range(low, high), span }] => range(low, high, *span, env),
                [] => Err(Diagnostic::new(Code::WrongKind, expr.span, "`columns[]` names no column")),
                items => listed(items, env),
            }
        }
        _ => Err(complain()),
    }
}

fn index(expr: &Expr, env: &Env) -> Result<usize, Diagnostic> {
    match value(expr, Kind::Whole, env, "the index of a column") {
        Ok(Value::Whole(n)) => Ok(usize::try_from(n).unwrap_or(usize::MAX)),
        Ok(_) => unreachable!("a whole number is a whole number"),
        Err(diagnostics) => Err(diagnostics.into_iter().next().expect("an error has a message")),
    }
}

fn range(low: &Expr, high: &Expr, span: Span, env: &Env) -> Result<Columns, Diagnostic> {
    let (first, end) = (index(low, env)?, index(high, env)?);
    if end > MOST_COLUMNS {
        let message = format!("the range {first}..{end} goes beyond the {MOST_COLUMNS} columns that a table can have");
        return Err(Diagnostic::new(Code::OutOfRange, span, message));
    }
    if first < end {
        return Ok(Columns::Range(first, end));
    }
    let message = format!("the range {first}..{end} holds no column");
    let help = if end < first {
        format!("write `{end}..{first}`")
    } else {
        format!("its end is not part of it: write `{first}..{}`", first + 1)
    };
    Err(Diagnostic::new(Code::OutOfRange, span, message).help(help))
}

fn listed(items: &[Expr], env: &Env) -> Result<Columns, Diagnostic> {
    let name = |expr: &Expr| match &expr.kind {
        ExprKind::Text(name) => Some(name.clone()),
        _ => None,
    };
    if let Some(names) = items.iter().map(name).collect::<Option<Vec<_>>>() {
        return Ok(Columns::Names(names));
    }
    if let Some(stray) = items.iter().find(|item| name(item).is_some()) {
        let message = "columns are listed by name or by index, not by both";
        return Err(Diagnostic::new(Code::WrongKind, stray.span, message));
    }
    items.iter().map(|item| index(item, env)).collect::<Result<_, _>>().map(Columns::Indices)
}
