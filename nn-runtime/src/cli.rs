//! The command line of a generated program: `train`, `lr-find`, `eval`, `predict` and, with the feature, `serve`; knows arguments, streams and
//! exit codes.
//!
//! Exit codes: 0 good, 1 the text or the data is wrong, 2 usage, 3 a fault of this program.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! use nn_runtime::cli::{AnyProgram, run_with};
//!
//! // What a program with a `main` of its own does with its arguments.
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let code = run_with(&[AnyProgram::F32(Net::PROGRAM)], vec!["net".into(), "--help".into()], &mut out, &mut err);
//! assert_eq!(code, 0);
//! assert!(String::from_utf8(out)?.contains("predict"));
//! # Ok::<(), std::string::FromUtf8Error>(())
//! ```

mod args;
mod commands;
#[cfg(feature = "images")]
mod draw;
mod environment;
mod folds;
mod lr_find;
mod predict;
mod profile;
mod progress;
#[cfg(feature = "serve")]
mod serve;
mod stop;
mod summary;
#[cfg(feature = "ui")]
mod ui;

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::string::String;
use std::vec::Vec;

use self::args::{Command, UsageError};
use crate::error::Error;
use crate::program::Program;
use crate::recipe::Recipe;
use crate::session::SessionError;

/// A network of any precision.
///
/// ```
/// nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::cli::AnyProgram;
/// let networks = [AnyProgram::F32(Net::PROGRAM)];
/// assert_eq!(networks[0].name(), "Net");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum AnyProgram {
    /// In 32 bits.
    F32(&'static Program<f32>),
    /// In 64 bits.
    #[cfg(feature = "double")]
    F64(&'static Program<f64>),
}

impl AnyProgram {
    /// The name of the network in the text.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::cli::AnyProgram;
    /// assert_eq!(AnyProgram::F32(Net::PROGRAM).name(), "Net");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32(program) => program.name,
            #[cfg(feature = "double")]
            Self::F64(program) => program.name,
        }
    }

    /// Its train section, if it has one.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::cli::AnyProgram;
    /// // Its text says nothing of a training.
    /// assert!(AnyProgram::F32(Net::PROGRAM).recipe().is_none());
    /// ```
    pub const fn recipe(self) -> Option<&'static Recipe> {
        match self {
            Self::F32(program) => program.recipe,
            #[cfg(feature = "double")]
            Self::F64(program) => program.recipe,
        }
    }
}

/// Does what the arguments of this process say with `networks`: all that `main` of a program has to do.
///
/// ```no_run
/// use nn_runtime::cli::{AnyProgram, run};
///
/// nn_runtime::network! { file "../examples/iris/iris.nn" }
///
/// fn main() -> std::process::ExitCode {
///     run(&[AnyProgram::F32(Iris::PROGRAM)])
/// }
/// ```
pub fn run(networks: &[AnyProgram]) -> ExitCode {
    run_with_graphs(networks, &[])
}

/// The same with pictures of the architectures, as `nnc graph` draws them, for the reports: names of networks and SVG.
///
/// ```no_run
/// use nn_runtime::cli::{AnyProgram, run_with_graphs};
///
/// nn_runtime::network! { file "../examples/iris/iris.nn" }
///
/// fn main() -> std::process::ExitCode {
///     let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
///     run_with_graphs(&[AnyProgram::F32(Iris::PROGRAM)], &[("Iris", picture)])
/// }
/// ```
pub fn run_with_graphs(networks: &[AnyProgram], graphs: &[(&str, &str)]) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // A panic is a fault of ours; its message is already on the standard error.
    let code = catch_unwind(AssertUnwindSafe(|| {
        answer(networks, graphs, arguments, &mut io::stdout().lock(), &mut io::stderr())
    }));
    ExitCode::from(code.unwrap_or(FAULT))
}

/// Does what `arguments` say (the first is the name of the program) and gives the exit code. Results go to `out`; messages and, if
/// the standard error is no terminal, progress go to `err`.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-runwith-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::cli::{AnyProgram, run_with};
/// let arguments = ["line", "train", "--data"].map(Into::into).into_iter();
/// let arguments = arguments.chain([data.into(), "-o".into(), folder.join("out").into()]).collect();
/// let (mut out, mut err) = (Vec::new(), Vec::new());
/// let code = run_with(&[AnyProgram::F32(Line::PROGRAM)], arguments, &mut out, &mut err);
/// assert_eq!(code, 0, "{}", String::from_utf8_lossy(&err));
/// assert!(folder.join("out/weights.safetensors").exists() && !out.is_empty());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
pub fn run_with(networks: &[AnyProgram], arguments: Vec<OsString>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    answer(networks, &[], arguments, out, err)
}

fn answer(
    networks: &[AnyProgram],
    graphs: &[(&str, &str)],
    arguments: Vec<OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let mut arguments = arguments.into_iter();
    let name = arguments.next().unwrap_or_default();
    let name = std::path::Path::new(&name).file_name().unwrap_or(&name).to_string_lossy().into_owned();
    let command = args::parse(arguments).and_then(|command| match command {
        Command::Help => Ok(command),
        _ => environment::check().map(|()| command),
    });
    let done = match command {
        Ok(Command::Help) => out.write_all(args::help(&name, networks).as_bytes()).map_err(Failure::Output),
        Ok(Command::Train(train)) => commands::train(networks, graphs, &train, out, err),
        Ok(Command::LrFind(find)) => lr_find::lr_find(networks, &find, out),
        Ok(Command::Eval(eval)) => commands::eval(networks, &eval, out),
        Ok(Command::Predict(predict)) => predict::predict(networks, &predict, out, err),
        #[cfg(feature = "serve")]
        Ok(Command::Serve(asked)) => serve::run(networks, &asked, out, err),
        #[cfg(feature = "images")]
        Ok(Command::Draw(asked)) => draw::draw(networks, &asked, out),
        #[cfg(not(feature = "images"))]
        Ok(Command::Draw(_)) => Err(Failure::Usage(UsageError(
            "draw: this program was built without pictures; `nnc draw` builds one with them, and a crate of yours has them with the \
             feature `images` of nn-runtime"
                .into(),
        ))),
        Err(usage) => Err(Failure::Usage(usage)),
    };
    let failure = match done.and_then(|()| out.flush().map_err(Failure::Output)) {
        Ok(()) => return GOOD,
        // Who reads our output has seen enough.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => return GOOD,
        Err(failure) => failure,
    };
    // If even the standard error is gone, the exit code still tells.
    let _ = match &failure {
        Failure::Usage(error) => writeln!(err, "error: {error}\n       `{name} --help` lists what there is"),
        Failure::Session(error) => writeln!(err, "error: {error}"),
        #[cfg(feature = "serve")]
        Failure::Serving(message) => writeln!(err, "error: {message}"),
        Failure::NotFinite(message) => writeln!(err, "error: {message}"),
        Failure::Output(error) => writeln!(err, "error: the output cannot be written: {error}"),
    };
    failure.code()
}

const GOOD: u8 = 0;
const WRONG: u8 = 1;
const USAGE: u8 = 2;
const FAULT: u8 = 3;

/// Why a command did not end well.
enum Failure {
    Usage(UsageError),
    Session(SessionError),
    /// The training ended because a number was not finite; files were written.
    NotFinite(String),
    /// A server that cannot be, or did not end well.
    #[cfg(feature = "serve")]
    Serving(String),
    Output(io::Error),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Session(SessionError::Training(Error::BufferLength { .. } | Error::OutputLength { .. })) => FAULT,
            #[cfg(feature = "serve")]
            Self::Serving(_) => WRONG,
            Self::Session(_) | Self::NotFinite(_) | Self::Output(_) => WRONG,
        }
    }
}

impl<E: Into<SessionError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Session(error.into())
    }
}
