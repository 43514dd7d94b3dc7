//! The arguments of a table that say which rows make one example: windows or sequences.

use nn_grammar::diagnostic::{Code, Diagnostic};

use crate::recipe::Grouping;
use crate::signature::{Args, Kind, Param, Preset};

/// Rows of the input.
pub(super) const WINDOW: Param =
    Param::optional("window", Kind::Dim, Preset::Dim(0), "consecutive rows that make one input; one if not stated");
/// Rows of the target.
pub(super) const HORIZON: Param =
    Param::optional("horizon", Kind::Dim, Preset::Dim(1), "rows behind a window that are its target");
/// Rows between windows.
pub(super) const STRIDE: Param =
    Param::optional("stride", Kind::Dim, Preset::Dim(1), "rows from the beginning of a window to that of the next");
/// The column that tells sequences apart.
pub(super) const SEQUENCE: Param = Param::optional(
    "sequence",
    Kind::Text,
    Preset::Text(""),
    "the column in which the rows of one sequence have the same cell",
);
/// Rows of a sequence.
pub(super) const LENGTH: Param =
    Param::optional("length", Kind::Dim, Preset::Dim(0), "rows of one input, zeros behind shorter sequences");

/// What the arguments say, or why they contradict each other.
pub(super) fn grouping(args: &Args) -> Result<Grouping, Diagnostic> {
    let stated = |name: &str| args.argument(name).span.is_some();
    let lacks = |name: &str, other: &str, message: String, example: &str| {
        let diagnostic = Diagnostic::new(Code::MissingArgument, args.span_of(name), message);
        Err(diagnostic.help(format!("add `{other} = {example}`")))
    };
    if let Some(name) = ["horizon", "stride"].into_iter().find(|name| stated(name) && !stated("window")) {
        let message = format!("`{name}` counts rows around a window, but no `window` is stated");
        return lacks(name, "window", message, "48");
    }
    match (stated("window"), stated("sequence"), stated("length")) {
        (true, false, false) if args.choice("missing") == "drop" => {
            let message = "`missing = drop` leaves rows out, so that the rows of a window would not follow each other";
            let diagnostic = Diagnostic::new(Code::WrongKind, args.span_of("missing"), message);
            Err(diagnostic.also(args.span_of("window"), "windows").help("fill the missing cells in the file"))
        }
        (true, false, false) => {
            let [window, horizon, stride] = ["window", "horizon", "stride"].map(|name| args.dim(name));
            Ok(Grouping::Windows { window, horizon, stride })
        }
        (true, _, _) => {
            let other = if stated("sequence") { "sequence" } else { "length" };
            let message = "examples are windows or sequences, not both";
            let diagnostic = Diagnostic::new(Code::WrongKind, args.span_of(other), message).label("sequences");
            Err(diagnostic.also(args.span_of("window"), "windows").help("leave one of them out"))
        }
        (false, true, true) => {
            Ok(Grouping::Sequences { column: args.text("sequence").to_owned(), length: args.dim("length") })
        }
        (false, true, false) => {
            let message = "`sequence` needs the number of rows of one input".to_owned();
            lacks("sequence", "length", message, "29")
        }
        (false, false, true) => {
            let message = "`length` is that of sequences, but no `sequence` is stated".to_owned();
            lacks("length", "sequence", message, "\"id\"")
        }
        (false, false, false) => Ok(Grouping::Rows),
    }
}
