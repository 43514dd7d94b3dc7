//! Prediction: from which network and which file, and where answers go; knows no arguments and no formats.

use std::boxed::Box;
use std::fs::File;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::string::{String, ToString};

use super::args::Predict;
use super::commands::{of_weights, unwritable, write};
use super::{AnyProgram, Failure};
use crate::atomic;
use crate::data::{Fault, Place, counted};
use crate::session::{Choice, Form, Format, Predictor, Sampler, StreamError, Streamed, Streaming};
use crate::weights::Stored;

/// Predicts rows. Those that are left out are told to `err`.
pub(super) fn predict(
    networks: &[AnyProgram],
    predict: &Predict,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let stored = Stored::open(&predict.weights)?;
    if let Some(count) = predict.sample {
        return sample(networks, predict, count, &stored, out);
    }
    let predictor = predictor(networks, predict.network.as_deref(), &stored, predict.threads)?;
    let (name, source): (String, Box<dyn io::Read + Send>) = match &predict.input {
        None => ("<stdin>".into(), Box::new(io::stdin())),
        Some(path) => {
            let name = path.display().to_string();
            let opened =
                File::open(path).map_err(|error| Place::file(&name).fault(Fault::Unreadable(error.to_string())))?;
            (name, Box::new(opened))
        }
    };
    let how = streaming(predict);
    let mut skipped = |error: &crate::data::DataError| {
        // If even the standard error is gone, the answers still go on.
        let _ = writeln!(err, "left out: {error}");
    };
    let done = match &predict.output {
        None => predictor.stream(&name, source, how, out, &mut skipped),
        Some(path) => {
            let failed = |error: io::Error| Failure::from(unwritable(path, &error));
            let mut draft = atomic::Draft::create(path).map_err(failed)?;
            let streamed = match predictor.stream(&name, source, how, &mut draft, &mut skipped) {
                Err(StreamError::Output(error)) => return Err(failed(error)),
                other => other,
            };
            if streamed.is_ok() {
                draft.finish().map_err(failed)?;
            }
            streamed
        }
    };
    match done {
        Ok(Streamed { answered, skipped }) if skipped > 0 => {
            let all = counted(usize::try_from(answered + skipped).unwrap_or(usize::MAX), "row", "rows");
            let _ = writeln!(err, "{skipped} of {all} left out");
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(StreamError::Session(error)) => Err(error.into()),
        Err(StreamError::Output(error)) => Err(Failure::Output(error)),
    }
}

/// The network of some weights, ready to answer.
pub(super) fn predictor(
    networks: &[AnyProgram],
    name: Option<&str>,
    stored: &Stored,
    threads: usize,
) -> Result<Predictor, Failure> {
    Ok(match of_weights(networks, name, stored)? {
        AnyProgram::F32(program) => Predictor::new(program, stored, threads)?,
        #[cfg(feature = "double")]
        AnyProgram::F64(program) => Predictor::new(program, stored, threads)?,
    })
}

/// What the arguments and the endings of the files say.
fn streaming(predict: &Predict) -> Streaming {
    let format = predict.format.or_else(|| format_of(predict.input.as_deref()?)).unwrap_or_default();
    let answers = predict.output.as_deref().and_then(format_of);
    let json = match answers {
        Some(answers) => answers == Format::JsonLines,
        None => format == Format::JsonLines,
    };
    let form = if json || predict.json { Form::JsonLines } else { Form::Csv };
    Streaming { format, form, skip: predict.skip, live: predict.input.is_none() }
}

/// What the ending of a file says about it, before that of gzip.
fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let ending = |ends: &[&str]| ends.iter().any(|end| name.trim_end_matches(".gz").ends_with(end));
    match () {
        () if ending(&[".jsonl", ".ndjson", ".json"]) => Some(Format::JsonLines),
        () if ending(&[".csv", ".tsv"]) => Some(Format::Csv),
        () => None,
    }
}

/// Writes on from a prompt.
fn sample(
    networks: &[AnyProgram],
    predict: &Predict,
    count: usize,
    stored: &Stored,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let sampler = match of_weights(networks, predict.network.as_deref(), stored)? {
        AnyProgram::F32(program) => Sampler::new(program, stored)?,
        #[cfg(feature = "double")]
        AnyProgram::F64(program) => Sampler::new(program, stored)?,
    };
    let prompt = predict.prompt.as_deref().unwrap_or_default();
    let choice = Choice {
        temperature: predict.temperature.unwrap_or(1.0),
        top_k: predict.top_k,
        seed: predict.seed.unwrap_or(0),
    };
    let Some(path) = &predict.output else {
        // Each character as it comes.
        let mut written = out.write_all(prompt.as_bytes());
        sampler.sample(prompt, count, choice, |character| {
            let next = out.write_all(character.as_bytes()).and_then(|()| out.flush());
            if written.is_ok() {
                written = next;
            }
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        return written.and_then(|()| out.write_all(b"\n")).map_err(Failure::Output);
    };
    let mut text = prompt.to_string();
    sampler.sample(prompt, count, choice, |character| {
        text.push_str(character);
        ControlFlow::Continue(())
    })?;
    Ok(write(path, &text)?)
}
