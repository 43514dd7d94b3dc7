//! What can be expected at a place of a text, in plain words; the only vocabulary of both parsers.

/// Something that a parser would have accepted.
///
/// The order is the one in which messages name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Expected {
    // What would only go on with something that is complete: named when nothing else is expected.
    Operator,
    Index,
    Dot,
    Arguments,
    NamedIs,
    For,
    From,
    As,
    Map,
    Over,
    Times,
    Last,
    End,
    // Things.
    Item,
    Network,
    NetworkName,
    BlockName,
    TrainName,
    RoleName,
    Convention,
    ParameterName,
    InputName,
    SettingName,
    ParameterKind,
    Type,
    Name,
    Layer,
    Statement,
    Clause,
    Source,
    FieldName,
    Optimizer,
    Value,
    Part,
    Path,
    // Words and symbols.
    Batch,
    Batches,
    Epoch,
    With,
    In,
    If,
    Else,
    Colon,
    Is,
    AtMost,
    Tilde,
    Settings,
    Parameters,
    LayerArguments,
    Body,
    Chain,
    OpenBrace,
    Comma,
    Semicolon,
    CloseParen,
    CloseBracket,
    CloseChain,
    CloseBrace,
}

impl Expected {
    /// Whether it only continues what is complete without it.
    fn is_weak(self) -> bool {
        self <= Self::End
    }

    /// In plain words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Operator => "an operator",
            Self::Index => "`[`",
            Self::Dot => "`.`",
            Self::Arguments | Self::Settings | Self::Parameters | Self::LayerArguments => "`(`",
            Self::NamedIs | Self::Is => "`=`",
            Self::End => "the end of the text",
            Self::Item => "`network`, `block`, `train`, `search`, `let` or `use`",
            Self::Network => "`network`",
            Self::NetworkName => "the name of the network",
            Self::BlockName => "the name of the block",
            Self::For => "`for`",
            Self::From => "`from`",
            Self::As => "`as`",
            Self::Map => "`map`",
            Self::Over => "`over`",
            Self::Times => "`*=`",
            Self::Last => "`last`",
            Self::TrainName => "the name of the network to train",
            Self::RoleName => "the name of a network",
            Self::Convention => "`pytorch` or `keras`",
            Self::Batch => "`batch`",
            Self::Batches => "`batches`",
            Self::Epoch => "`epoch`",
            Self::ParameterName => "a parameter",
            Self::InputName => "an input",
            Self::SettingName => "a setting",
            Self::ParameterKind => "the kind of the parameter",
            Self::Type => "a type",
            Self::Name => "a name",
            Self::Layer => "a layer",
            Self::Statement => "a statement",
            Self::Clause => "a clause",
            Self::Source => "a data source",
            Self::FieldName => "a field",
            Self::Optimizer => "an optimizer",
            Self::Value => "a value",
            Self::Part => "the name of a part",
            Self::Path => "the path of a file in quotes",
            Self::With => "`with`",
            Self::In => "`in`",
            Self::If => "`if`",
            Self::Else => "`else`",
            Self::Colon => "`:`",
            Self::AtMost => "`<=`",
            Self::Tilde => "`~`",
            Self::Body | Self::Chain => "`<`",
            Self::OpenBrace => "`{`",
            Self::Comma => "`,`",
            Self::Semicolon => "`;`",
            Self::CloseParen => "`)`",
            Self::CloseBracket => "`]`",
            Self::CloseChain => "`>`",
            Self::CloseBrace => "`}`",
        }
    }
}

/// “`,` or `)`”: what is expected, in order and once each; nothing if nothing is.
pub(crate) fn list(expected: &[Expected]) -> String {
    let strong = expected.iter().any(|expected| !expected.is_weak());
    let value = expected.contains(&Expected::Value);
    // The name of a part is one of the values that `(` can be followed by.
    let hidden = |what: Expected| strong && what.is_weak() || value && what == Expected::Part;
    let mut sorted: Vec<Expected> = expected.iter().copied().filter(|expected| !hidden(*expected)).collect();
    sorted.sort_unstable();
    let mut words: Vec<&str> = sorted.into_iter().map(Expected::words).collect();
    words.dedup();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
