//! What went wrong with a program, in words and spans; knows neither how it is rendered nor where the text came from.

use crate::span::Span;

/// A span with words: what is to be seen there.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there, in a few words; may be empty.
    pub text: String,
}

/// One mistake in a program: one message, however many places it takes to explain it.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Which mistake it is.
    pub code: Code,
    /// One sentence that names the things and the numbers.
    pub message: String,
    /// The place to blame.
    pub primary: Label,
    /// Places that disagree with it.
    pub secondary: Vec<Label>,
    /// Facts that explain.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic that blames `span`.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Says what is to be seen at the place to blame.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what to do, if there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// The mistakes that can be made in a program. Each has a snapshot in `tests/corpus/fail`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The name that messages show: `error[width_mismatch]`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Code::$name => $text,)+
                }
            }
        }
    };
}

codes! {
    // The text itself.
    /// Something else was expected here.
    UnexpectedToken = "unexpected_token",
    /// A `<`, `(`, `[` or `{` without its partner.
    Unclosed = "unclosed",
    /// The text ends in the middle of something.
    UnexpectedEnd = "unexpected_end",
    /// Something that is no item follows the last item.
    TextAfterEnd = "text_after_end",
    /// A literal that this language does not have.
    BadLiteral = "bad_literal",
    /// The file is not UTF-8.
    NotUtf8 = "not_utf8",
    /// There is no network in the text.
    NoNetwork = "no_network",
    /// Brackets are nested too deeply.
    TooDeep = "too_deep",
    /// A construct that the language reserves and this version does not have.
    Reserved = "reserved",

    // Names.
    /// Two items of one name.
    DuplicateItem = "duplicate_item",
    /// A name that is not spelled as its kind is.
    BadName = "bad_name",
    /// A block with the name of a layer.
    ShadowedLayer = "shadowed_layer",
    /// A block that uses itself.
    RecursiveBlock = "recursive_block",
    /// No layer or block of this name.
    UnknownLayer = "unknown_layer",
    /// No network of this name.
    UnknownNetwork = "unknown_network",
    /// No parameter of this name in this block.
    UnknownName = "unknown_name",
    /// No kind of parameter of this name.
    UnknownKind = "unknown_kind",
    /// Two parameters of one name.
    DuplicateParameter = "duplicate_parameter",
    /// No setting of this name in a network.
    UnknownSetting = "unknown_setting",
    /// A setting stated twice.
    DuplicateSetting = "duplicate_setting",

    // Arguments.
    /// No argument of this name.
    UnknownArgument = "unknown_argument",
    /// A required argument is not stated.
    MissingArgument = "missing_argument",
    /// An argument stated twice.
    DuplicateArgument = "duplicate_argument",
    /// More positional arguments than there are.
    TooManyArguments = "too_many_arguments",
    /// A positional argument behind a named one.
    PositionalAfterNamed = "positional_after_named",
    /// An argument of another kind.
    WrongKind = "wrong_kind",
    /// A value outside its range.
    OutOfRange = "out_of_range",
    /// A word that is none of the choices.
    UnknownChoice = "unknown_choice",
    /// Arithmetic that has no result.
    BadArithmetic = "bad_arithmetic",

    // Texts.
    /// A text that cannot be used by another.
    BadUse = "bad_use",

    // Chains and shapes.
    /// A chain without stages.
    EmptyChain = "empty_chain",
    /// A layer that takes no chain was given one.
    UnexpectedChain = "unexpected_chain",
    /// A combinator without its chain.
    MissingChain = "missing_chain",
    /// Two widths disagree.
    WidthMismatch = "width_mismatch",
    /// A stage does not take inputs of this many axes.
    WrongRank = "wrong_rank",
    /// The shape of the input is stated nowhere.
    UnknownInput = "unknown_input",
    /// A layer, block or chain works on another number of values.
    OperandCount = "operand_count",
    /// A body yields nothing.
    MissingResult = "missing_result",
    /// A statement that has no meaning where it stands.
    MisplacedStatement = "misplaced_statement",
    /// `input` behind another stage.
    LateInput = "late_input",
    /// `embedding` behind a stage that does not yield ids.
    LateEmbedding = "late_embedding",
    /// The chain of a `residual` changes the shape.
    ResidualShape = "residual_shape",
    /// A tensor, a network or a repetition that is too large.
    TooLarge = "too_large",
    /// A softmax of a softmax.
    DoubleSoftmax = "double_softmax",
    /// A network needs more memory than it allows itself.
    MemoryExceeded = "memory_exceeded",

    // Training.
    /// No clause of this name.
    UnknownClause = "unknown_clause",
    /// A clause stated twice.
    DuplicateClause = "duplicate_clause",
    /// A required clause is missing.
    MissingClause = "missing_clause",
    /// A clause that is not written in this way.
    MalformedClause = "malformed_clause",
    /// Two train sections for one network.
    DuplicateTrain = "duplicate_train",
    /// No loss of this name.
    UnknownLoss = "unknown_loss",
    /// No optimizer of this name.
    UnknownOptimizer = "unknown_optimizer",
    /// No schedule of this name.
    UnknownSchedule = "unknown_schedule",
    /// No metric of this name.
    UnknownMetric = "unknown_metric",
    /// No data source of this name.
    UnknownSource = "unknown_source",
    /// No field of this name in a data section.
    UnknownField = "unknown_field",
    /// No transform of this name.
    UnknownTransform = "unknown_transform",
    /// The parts of a split do not add up.
    BadSplit = "bad_split",
    /// A loss that does not fit the end of the network.
    LossMismatch = "loss_mismatch",
    /// A metric that does not fit the network or its targets.
    MetricMismatch = "metric_mismatch",
    /// The columns of the data do not fit the network.
    DataWidth = "data_width",
}
