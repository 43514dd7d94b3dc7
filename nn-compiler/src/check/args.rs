//! From the arguments of a call to a value for each parameter of a signature.

use nn_grammar::ast::{Arg, Call, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::value::{Env, value};
use crate::signature::{Args, Argument, Kind, Param, Signature, Value};
use crate::words;

/// Binds the arguments of a call that takes no chain.
pub(super) fn bind_call(signature: &'static Signature, call: &Call, env: &Env) -> Result<Args, Vec<Diagnostic>> {
    if let Some(chain) = &call.chain {
        let message = format!("`{}` takes no chain", signature.name);
        let diagnostic = Diagnostic::new(Code::UnexpectedChain, chain.span, message).label("not expected here");
        return Err(vec![diagnostic.help("only `residual` and `repeat` work on a chain")]);
    }
    bind(signature, &call.args, call.span, env)
}

/// Binds arguments to the parameters of a signature: positional ones first, then by name, then defaults.
///
/// # Errors
/// Every argument that is unknown, stated twice, of another kind or missing.
pub(super) fn bind(
    signature: &'static Signature,
    args: &[Arg],
    span: Span,
    env: &Env,
) -> Result<Args, Vec<Diagnostic>> {
    let mut binding = Binding { signature, values: vec![None; signature.params.len()], diagnostics: Vec::new() };
    let mut named: Option<&Arg> = None;
    let mut position = 0;
    for arg in args {
        match (&arg.name, named) {
            (Some(name), _) => {
                named.get_or_insert(arg);
                binding.by_name(&name.text, name.span, arg, env);
            }
            (None, None) => {
                binding.by_position(position, arg, env);
                position += 1;
            }
            (None, Some(first)) => binding.diagnostics.push(positional_after_named(arg, first)),
        }
    }
    binding.finish(span)
}

/// Like [`bind`], for the settings of a clause: a bare word that names a `bool` parameter sets it.
pub(super) fn bind_flags(
    signature: &'static Signature,
    args: &[Arg],
    span: Span,
    env: &Env,
) -> Result<Args, Vec<Diagnostic>> {
    let flag = |arg: &Arg| match &arg.value.kind {
        ExprKind::Name(name) if arg.name.is_none() => {
            signature.params.iter().any(|param| param.kind == Kind::Bool && param.name == name)
        }
        _ => false,
    };
    let (flags, rest): (Vec<&Arg>, Vec<&Arg>) = args.iter().partition(|arg| flag(arg));
    let rest: Vec<Arg> = rest.into_iter().cloned().collect();
    let mut bound = bind(signature, &rest, span, env)?;
    for arg in flags {
        let ExprKind::Name(name) = &arg.value.kind else { unreachable!("a flag is a word") };
        let index = signature.params.iter().position(|param| param.name == name).expect("`flag` has found it");
        if let Some(earlier) = bound.values[index].span {
            return Err(vec![duplicate(name, arg.value.span, earlier)]);
        }
        bound.values[index] = Argument { value: Value::Bool(true), span: Some(arg.value.span) };
    }
    Ok(bound)
}

struct Binding {
    signature: &'static Signature,
    values: Vec<Option<Argument>>,
    diagnostics: Vec<Diagnostic>,
}

impl Binding {
    fn by_name(&mut self, name: &str, span: Span, arg: &Arg, env: &Env) {
        let Some(index) = self.signature.params.iter().position(|param| param.name == name) else {
            let known: Vec<&str> = self.signature.params.iter().map(|param| param.name).collect();
            let message = format!("`{}` has no argument `{name}`", self.signature.name);
            let help = words::suggestion(name, &known, "arguments");
            self.diagnostics.push(Diagnostic::new(Code::UnknownArgument, span, message).maybe_help(help));
            return;
        };
        match self.values[index].as_ref().and_then(|earlier| earlier.span) {
            Some(earlier) => self.diagnostics.push(duplicate(name, span, earlier)),
            None => self.set(index, arg, env),
        }
    }

    fn by_position(&mut self, position: usize, arg: &Arg, env: &Env) {
        let params = self.signature.params;
        if params.first().is_some_and(|param| param.kind == Kind::Dims) {
            return self.push_extent(arg, env);
        }
        if position > 0 && params.first().is_some_and(|param| param.kind == Kind::Axes) {
            return self.push_axis(arg, env);
        }
        if position < params.len() {
            let before = self.diagnostics.len();
            self.set(position, arg, env);
            let help = self.width_after_width(position, arg);
            if let (Some(diagnostic), Some(_)) = (self.diagnostics.get_mut(before), &help) {
                diagnostic.help = help;
            }
            return;
        }
        let name = self.signature.name;
        let takes = match params {
            [] => format!("`{name}` takes no arguments"),
            [only] => format!("`{name}` takes one argument, `{}`", only.name),
            _ => format!("`{name}` takes at most {} arguments", params.len()),
        };
        // One message for all that are too many.
        if !self.diagnostics.iter().any(|known| known.code == Code::TooManyArguments) {
            let known: Vec<&str> = params.iter().map(|param| param.name).collect();
            let help = match known[..] {
                [] => Some(format!("write `{name}` alone")),
                [_] => None,
                _ => Some(format!("they are {}", words::list(&known))),
            };
            self.diagnostics.push(
                Diagnostic::new(Code::TooManyArguments, arg.value.span, takes).label("one too many").maybe_help(help),
            );
        }
    }

    /// What to write for `dense(4, 16)`, as other frameworks state two widths.
    fn width_after_width(&self, position: usize, arg: &Arg) -> Option<String> {
        let Value::Flow(None, input) = self.values.first()?.as_ref()?.value else { return None };
        let ExprKind::Number(output) = &arg.value.kind else { return None };
        (position == 1).then(|| format!("two widths are written `{}({input}->{})`", self.signature.name, output.digits))
    }

    fn set(&mut self, index: usize, arg: &Arg, env: &Env) {
        let param = &self.signature.params[index];
        if param.kind == Kind::Dims {
            return self.push_extent(arg, env);
        }
        let what = format!("`{}` of `{}`", param.name, self.signature.name);
        match value(&arg.value, param.kind, env, &what) {
            Ok(value) => self.values[index] = Some(Argument { value, span: Some(arg.value.span) }),
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                // Stated, though wrongly: not missing.
                self.values[index] = Some(Argument { value: Value::Bool(false), span: Some(arg.value.span) });
            }
        }
    }

    fn push_extent(&mut self, arg: &Arg, env: &Env) {
        let what = format!("an extent of `{}`", self.signature.name);
        match value(&arg.value, Kind::Dim, env, &what) {
            Ok(Value::Dim(extent)) => match &mut self.values[0] {
                Some(Argument { value: Value::Dims(extents), span }) => {
                    extents.push(extent);
                    *span = span.map(|span| span.to(arg.value.span));
                }
                other => *other = Some(Argument { value: Value::Dims(vec![extent]), span: Some(arg.value.span) }),
            },
            Ok(_) => unreachable!("a dim is a dim"),
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                self.values[0].get_or_insert(Argument { value: Value::Dims(vec![1]), span: Some(arg.value.span) });
            }
        }
    }

    /// One more positional argument of a callable that takes axes.
    fn push_axis(&mut self, arg: &Arg, env: &Env) {
        let what = format!("`{}` of `{}`", self.signature.params[0].name, self.signature.name);
        match value(&arg.value, Kind::Axes, env, &what) {
            Ok(Value::Axes(more)) => {
                if let Some(Argument { value: Value::Axes(axes), span }) = &mut self.values[0] {
                    axes.extend(more);
                    *span = span.map(|span| span.to(arg.value.span));
                }
            }
            Ok(_) => unreachable!("axes are axes"),
            Err(diagnostics) => self.diagnostics.extend(diagnostics),
        }
    }

    fn finish(mut self, span: Span) -> Result<Args, Vec<Diagnostic>> {
        let mut values = Vec::with_capacity(self.values.len());
        // An argument of a misspelt name is not missing as well.
        let misspelt = self.diagnostics.iter().any(|known| known.code == Code::UnknownArgument);
        for (param, value) in self.signature.params.iter().zip(self.values) {
            match (value, &param.default) {
                (Some(value), _) => values.push(value),
                (None, Some(default)) => values.push(Argument { value: default.value(), span: None }),
                (None, None) if misspelt => {}
                (None, None) => self.diagnostics.push(missing(self.signature, param, span)),
            }
        }
        if self.diagnostics.is_empty() {
            Ok(Args { signature: self.signature, values, span })
        } else {
            Err(self.diagnostics)
        }
    }
}

fn missing(signature: &Signature, param: &Param, span: Span) -> Diagnostic {
    let message = format!("`{}` needs `{}`: {}", signature.name, param.name, param.doc);
    Diagnostic::new(Code::MissingArgument, span, message)
        .label(format!("`{}` is not stated", param.name))
        .help(format!("`{}` takes {}", param.name, param.kind.words()))
}

pub(super) fn duplicate(name: &str, span: Span, earlier: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateArgument, span, format!("`{name}` is stated twice"))
        .label("stated again")
        .also(earlier, "first stated here")
}

pub(super) fn positional_after_named(arg: &Arg, named: &Arg) -> Diagnostic {
    let name = named.name.as_ref().map_or("", |name| &name.text);
    let diagnostic = Diagnostic::new(
        Code::PositionalAfterNamed,
        arg.value.span,
        format!("an argument without a name stands behind the named `{name}`"),
    );
    diagnostic
        .label("which argument is this?")
        .also(named.value.span, "named")
        .help("name it, or put it before the named ones")
}
