//! The text front end: from the characters of a `.nn` text to its syntax tree, with byte offsets; knows no Rust tokens.

mod syntax;
mod tree;

use crate::ast::Program;
use crate::diagnostic::{Code, Diagnostic};
use crate::lexer::{Lexed, lex};
use crate::span::Span;
use crate::words::Expected;
use crate::{brackets, mistake};
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use syntax::{Grammar, Rule};

/// Reads the text of a `.nn` file.
///
/// # Errors
///
/// The mistakes in its spelling, or the first one in its syntax; their spans are byte offsets.
pub fn parse(source: &str) -> Result<Program, Vec<Diagnostic>> {
    let lexed = lex(source)?;
    parse_lexed(source, &lexed)
}

/// Reads a text that has been cut into tokens.
pub(crate) fn parse_lexed(source: &str, lexed: &Lexed<'_>) -> Result<Program, Vec<Diagnostic>> {
    brackets::check(&lexed.tokens).map_err(|mistake| vec![*mistake])?;
    let pairs = Grammar::parse(Rule::program, source).map_err(|error| vec![explain(lexed, &error)])?;
    let mut mistakes = Vec::new();
    let program = tree::program(pairs, &mut mistakes);
    if mistakes.is_empty() { Ok(program) } else { Err(mistakes) }
}

/// The text of a file.
///
/// # Errors
///
/// The file is not UTF-8; the diagnostic points at the first bad byte and names its offset.
pub fn decode(bytes: &[u8]) -> Result<&str, Diagnostic> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let length = error.error_len().unwrap_or(bytes.len() - at);
        Diagnostic::new(
            Code::NotUtf8,
            Span::new(at, at + length),
            format!("the file is not UTF-8 text: byte {at} is the first bad one"),
        )
        .label("not UTF-8")
        .help("save the file in the encoding UTF-8")
    })
}

/// Says in words what stopped pest.
fn explain(lexed: &Lexed<'_>, error: &Error<Rule>) -> Diagnostic {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            let expected: Vec<Expected> = positives.iter().filter_map(|rule| expected(*rule)).collect();
            mistake::explain(&lexed.tokens, Span::new(at, at).lo, &expected)
        }
        ErrorVariant::CustomError { message } => {
            Diagnostic::new(Code::TooDeep, Span::new(at, at), format!("the text cannot be read: {message}"))
                .label("reading stopped here")
        }
    }
}

/// What a rule that failed would have accepted.
///
/// When several rules fail where one rule starts, pest names that rule instead of them.
fn expected(rule: Rule) -> Option<Expected> {
    of_item(rule).or_else(|| of_body(rule)).or_else(|| of_expression(rule)).or_else(|| of_clause(rule))
}

fn of_item(rule: Rule) -> Option<Expected> {
    Some(match rule {
        Rule::item | Rule::network | Rule::block | Rule::train | Rule::search | Rule::constant => Expected::Item,
        Rule::kw_use | Rule::kw_block | Rule::kw_train | Rule::kw_search | Rule::kw_let => Expected::Item,
        Rule::kw_network => Expected::Network,
        Rule::EOI => Expected::End,
        // Elsewhere a text is one of several values, and the rule of a value is named.
        Rule::text => Expected::Path,
        Rule::network_name => Expected::NetworkName,
        Rule::block_name => Expected::BlockName,
        Rule::train_name => Expected::TrainName,
        Rule::role | Rule::role_name | Rule::target => Expected::RoleName,
        Rule::roles | Rule::kw_for => Expected::For,
        Rule::origin | Rule::kw_from => Expected::From,
        Rule::kw_as => Expected::As,
        Rule::convention => Expected::Convention,
        Rule::map | Rule::kw_map => Expected::Map,
        // As a statement `dim` is one of several, and the rule of a statement is named.
        Rule::setting | Rule::setting_name | Rule::dim_head | Rule::kw_dim => Expected::SettingName,
        Rule::typed | Rule::input | Rule::input_name => Expected::InputName,
        Rule::param | Rule::param_name => Expected::ParameterName,
        Rule::param_kind => Expected::ParameterKind,
        Rule::kind | Rule::kw_class => Expected::Type,
        Rule::settings | Rule::settings_open => Expected::Settings,
        Rule::params | Rule::inputs | Rule::params_open => Expected::Parameters,
        Rule::colon => Expected::Colon,
        Rule::is => Expected::Is,
        Rule::at_most => Expected::AtMost,
        _ => return None,
    })
}

fn of_body(rule: Rule) -> Option<Expected> {
    Some(match rule {
        Rule::body | Rule::body_open => Expected::Body,
        Rule::chain | Rule::chain_open => Expected::Chain,
        Rule::chain_close => Expected::CloseChain,
        Rule::stage | Rule::stage_call | Rule::stage_name => Expected::Layer,
        Rule::stage_arguments | Rule::stage_open => Expected::LayerArguments,
        Rule::graph | Rule::brace_open => Expected::OpenBrace,
        Rule::brace_close => Expected::CloseBrace,
        Rule::statement => Expected::Statement,
        Rule::let_name | Rule::dim_name | Rule::sequence => Expected::Name,
        Rule::tilde => Expected::Tilde,
        Rule::semicolon => Expected::Semicolon,
        Rule::comma => Expected::Comma,
        Rule::paren_close => Expected::CloseParen,
        Rule::bracket_close => Expected::CloseBracket,
        _ => return None,
    })
}

fn of_expression(rule: Rule) -> Option<Expected> {
    Some(match rule {
        Rule::arg | Rule::expr | Rule::postfix | Rule::minus | Rule::entry_of => Expected::Value,
        Rule::part | Rule::arg_name | Rule::field_part => Expected::Part,
        Rule::operator | Rule::pipe | Rule::dots => Expected::Operator,
        Rule::index | Rule::index_open | Rule::extents | Rule::list_open => Expected::Index,
        Rule::field_of | Rule::dot => Expected::Dot,
        Rule::arguments | Rule::args_open => Expected::Arguments,
        Rule::named_is => Expected::NamedIs,
        Rule::choice | Rule::kw_if => Expected::If,
        Rule::kw_else => Expected::Else,
        Rule::kw_in => Expected::In,
        _ => return None,
    })
}

fn of_clause(rule: Rule) -> Option<Expected> {
    Some(match rule {
        Rule::clause | Rule::clause_name | Rule::data | Rule::minimize | Rule::other => Expected::Clause,
        Rule::step | Rule::every | Rule::at => Expected::Clause,
        Rule::change | Rule::times => Expected::Times,
        Rule::last | Rule::kw_last => Expected::Last,
        Rule::over | Rule::kw_over => Expected::Over,
        Rule::kw_batch => Expected::Batch,
        Rule::kw_batches => Expected::Batches,
        Rule::kw_epoch => Expected::Epoch,
        Rule::limit => Expected::AtMost,
        Rule::bare_arguments => Expected::Value,
        Rule::source | Rule::source_name => Expected::Source,
        Rule::field | Rule::field_name => Expected::FieldName,
        Rule::optimizer | Rule::optimizer_name => Expected::Optimizer,
        Rule::kw_with => Expected::With,
        _ => return None,
    })
}
