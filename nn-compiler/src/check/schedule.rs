//! Numbers over time as arguments: a number, or a schedule whose values are all in range.

use nn_grammar::ast::{Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::args::bind_call;
use super::value::{Checked, Env, one, real, wrong_kind};
use crate::recipe::schedules::SCHEDULES;
use crate::signature::{Decay, Kind, Range, Schedule, Value};
use crate::words;

/// A schedule whose values lie in `range`, or a number, which is always the same.
pub(super) fn schedule(expr: &Expr, kind: Kind, range: Range, env: &Env, what: &str) -> Checked<Value> {
    if let ExprKind::Name(name) = &expr.kind
        && SCHEDULES.iter().any(|entry| entry.signature.name == name)
    {
        let what = if kind == Kind::Rate { "rate" } else { "value" };
        let message = format!("the schedule `{name}` needs the {what} that it starts from");
        return Err(one(
            Diagnostic::new(Code::MissingArgument, expr.span, message).help(format!("write `{name}(0.01)`"))
        ));
    }
    let ExprKind::Call(call) = &expr.kind else {
        let complain = |found: Diagnostic| match found.code {
            Code::WrongKind => one(wrong_kind(expr, kind, what)),
            _ => one(found),
        };
        let lr = real(expr, range, env, what).map_err(complain)?;
        return Ok(Value::Schedule(Schedule::constant(lr)));
    };
    let known: Vec<&str> = SCHEDULES.iter().map(|entry| entry.signature.name).collect();
    let Some(entry) = SCHEDULES.iter().find(|entry| entry.signature.name == call.name.text) else {
        let message = format!("there is no schedule `{}`", call.name.text);
        return Err(one(Diagnostic::new(Code::UnknownSchedule, call.name.span, message)
            .maybe_help(words::suggestion(&call.name.text, &known, "schedules"))));
    };
    let args = bind_call(&entry.signature, call, env)?;
    let schedule = (entry.make)(&args);
    match schedule.decay {
        Decay::Cosine { min, .. } if min > schedule.lr => {
            let message = format!("`cosine` falls from {} to `min`, which is larger: {min}", schedule.lr);
            Err(one(Diagnostic::new(Code::OutOfRange, args.span_of("min"), message)))
        }
        _ if call.name.text == "warmup" && args.schedule("schedule").warmup > 0.0 => {
            let message = "a `warmup` of a `warmup`: only one of them would count";
            Err(one(Diagnostic::new(Code::OutOfRange, args.span_of("schedule"), message).help("leave one of them out")))
        }
        _ => match outside(&schedule, kind, range) {
            Some(value) => {
                let message = format!("{what} takes {}, but this schedule comes to {value}", numbers(kind, range));
                Err(one(Diagnostic::new(Code::OutOfRange, expr.span, message)))
            }
            None => Ok(Value::Schedule(schedule)),
        },
    }
}

/// A value of the schedule that is not taken. A learning rate may fall to 0, but not begin there.
fn outside(schedule: &Schedule, kind: Kind, range: Range) -> Option<f64> {
    let (low, high) = match (schedule.bounds(), kind) {
        (_, Kind::Rate | Kind::Schedule) => (schedule.lr, schedule.lr),
        (bounds, _) => bounds,
    };
    [low, high].into_iter().find(|value| !range.takes(*value))
}

fn numbers(kind: Kind, range: Range) -> String {
    match kind {
        Kind::Rate | Kind::Schedule => "a learning rate above 0".to_owned(),
        _ => format!("numbers {}", range.words()),
    }
}
