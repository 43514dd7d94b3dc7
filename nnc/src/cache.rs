//! Compiled programs by the content of their text, in a folder of the user; knows crates and cargo, no network.
//!
//! ```text
//! CACHE/VERSION-HASH-OF-THE-RUNTIME/
//!     lock         held while the rest is written: two processes do not write at once
//!     model/       the crate that is compiled, with the runtime in it; each text takes the place of the one before
//!     target/      what cargo makes of it: the runtime is compiled once
//!     ready-cli    is there once the runtime with this feature was compiled; others are called by theirs
//!     programs/    programs by the hash of their sources; they never change, so they run without the lock
//! ```

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};
use std::{env, io};

use nn_compiler::Compiled;

use crate::cargo;
use crate::failure::Failure;
use crate::hash::Hash;
use crate::package::{self, Extras, Package, write};
use crate::source::Source;

/// The name of the package that is compiled here, always the same: so each one takes the place of the one before.
const MODEL: &str = "model";

/// Programs that are kept; of the others, those that nobody used for long are removed.
const KEPT: usize = 50;
/// No program is removed that was used within this time: another process may be about to run it.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// A compiled program.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
}

/// The program of a text: a known one, or a new one. One with extras is another program, and runs with another runtime.
pub(crate) fn program(source: &Source, networks: &[Compiled], extras: Extras) -> Result<Program, Failure> {
    cached(&package::runnable(MODEL, source, networks, extras)?, networks, false)
}

/// The program of a text, without a word while it is compiled: one of many, of which something else tells.
pub(crate) fn program_quietly(source: &Source, networks: &[Compiled]) -> Result<Program, Failure> {
    cached(&package::runnable(MODEL, source, networks, Extras::default())?, networks, true)
}

fn cached(package: &Package, networks: &[Compiled], quiet: bool) -> Result<Program, Failure> {
    let cache = Cache::open(&folder()?, quiet)?;
    let program = Program { path: cache.path_of(package) };
    if !program.is_there() {
        let _lock = cache.lock()?;
        // Perhaps the one that held the lock compiled the same text.
        if !program.is_there() {
            let names: Vec<&str> = networks.iter().map(|compiled| &*compiled.network.name).collect();
            cache.compile(package, &names.join(", "), &program)?;
        }
    }
    program.mark_as_used();
    Ok(program)
}

/// Where this user keeps what can be made again.
fn folder() -> Result<PathBuf, Failure> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || set("HOME").or_else(|| set("USERPROFILE"));
    let found = set("NNC_CACHE").or_else(|| {
        let caches = if cfg!(windows) {
            set("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Caches"))
        } else {
            set("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(|| home().map(|home| home.join(".cache")))
        };
        caches.map(|caches| caches.join("nnc"))
    });
    let found =
        found.ok_or_else(|| Failure::Wrong("there is no folder for the cache: name one in NNC_CACHE".to_owned()))?;
    // Cargo runs in another folder.
    std::path::absolute(&found).map_err(|error| Failure::file(&found, "cannot be the cache", &error))
}

struct Cache {
    folder: PathBuf,
    /// Whether nothing is said while it compiles.
    quiet: bool,
}

impl Cache {
    fn open(root: &Path, quiet: bool) -> Result<Self, Failure> {
        let runtime = package::runtime_files();
        let hash =
            runtime.iter().fold(Hash::EMPTY, |hash, (path, text)| hash.and(path.as_bytes()).and(text.as_bytes()));
        let folder = root.join(format!("{}-{hash}", env!("CARGO_PKG_VERSION")));
        let programs = folder.join("programs");
        fs::create_dir_all(&programs).map_err(|error| Failure::file(&programs, "cannot be created", &error))?;
        Ok(Self { folder, quiet })
    }

    fn path_of(&self, package: &Package) -> PathBuf {
        let hash =
            package.files.iter().fold(Hash::EMPTY, |hash, (path, text)| hash.and(path.as_bytes()).and(text.as_bytes()));
        self.folder.join("programs").join(format!("{hash}{}", env::consts::EXE_SUFFIX))
    }

    /// Waits until no other process compiles; the lock ends with the file.
    fn lock(&self) -> Result<File, Failure> {
        let path = self.folder.join("lock");
        let failed = |error: io::Error| Failure::file(&path, "cannot be locked", &error);
        let file = File::create(&path).map_err(failed)?;
        if file.try_lock().is_err() {
            let _wait = (!self.quiet).then(|| cargo::Wait::new("waiting for another nnc that compiles…"));
            file.lock().map_err(failed)?;
        }
        Ok(file)
    }

    /// Compiles a package; the caller holds the lock.
    fn compile(&self, package: &Package, names: &str, program: &Program) -> Result<(), Failure> {
        let (model, ready) =
            (self.folder.join(MODEL), self.folder.join(format!("ready-{}", package.features.join("-"))));
        let is_ready = ready.exists();
        write::files(package, &model)?;
        let what = if is_ready {
            format!("compiling {names}…")
        } else {
            format!("compiling the runtime (once) and {names}…")
        };
        let made = cargo::build(&model, &self.folder.join("target"), (!self.quiet || !is_ready).then_some(&*what))?;
        let failed = |error: io::Error| Failure::file(&program.path, "cannot be written", &error);
        // Whole or not at all: others look for it without the lock.
        let beside = program.path.with_extension("part");
        fs::copy(&made, &beside).and_then(|_| fs::rename(&beside, &program.path)).map_err(failed)?;
        fs::write(&ready, "").map_err(|error| Failure::file(&ready, "cannot be written", &error))?;
        self.forget();
        Ok(())
    }

    /// Removes programs that nobody used for long. What cannot be removed now can be the next time.
    fn forget(&self) {
        let entries = fs::read_dir(self.folder.join("programs")).into_iter().flatten().flatten();
        let used = |entry: fs::DirEntry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()));
        let mut programs: Vec<(SystemTime, PathBuf)> = entries.filter_map(used).collect();
        programs.sort();
        let many = programs.len().saturating_sub(KEPT);
        for (used, path) in programs.into_iter().take(many) {
            if used.elapsed().is_ok_and(|age| age > FRESH) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

impl Program {
    fn is_there(&self) -> bool {
        self.path.is_file()
    }

    /// So that it is kept; if it cannot be marked, it is compiled again one day.
    fn mark_as_used(&self) {
        // Unix starts no program that is open for writing, and asks for no more than its owner to set a time; Windows asks for the right to write.
        let open = File::options().read(true).append(cfg!(windows)).open(&self.path);
        let _ = open.and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// Starts a process of it, beside this one, with all that `prepare` adds.
    pub(crate) fn spawn(&self, prepare: impl FnOnce(&mut Command)) -> io::Result<Child> {
        let mut command = Command::new(&self.path);
        prepare(&mut command);
        cargo::patiently(|| command.spawn())
    }

    /// Runs it with these arguments and the streams of this process; ends with its exit code.
    pub(crate) fn run(&self, arguments: &[OsString]) -> Result<(), Failure> {
        cargo::run(&self.path, arguments)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A program that runs is marked as well, and never open for writing: other processes could not start it meanwhile.
    #[test]
    fn a_program_that_runs_is_marked_as_used() {
        let path = env::temp_dir().join(format!("nnc-cache-{}", std::process::id()));
        fs::copy("/bin/sleep", &path).expect("a program");
        let program = Program { path: path.clone() };
        let mut child = program
            .spawn(|command| {
                command.arg("10");
            })
            .expect("it runs");
        let long_ago = SystemTime::now() - Duration::from_secs(1_000_000);
        File::open(&path).and_then(|file| file.set_modified(long_ago)).expect("it is ours");
        program.mark_as_used();
        let modified = fs::metadata(&path).and_then(|about| about.modified()).expect("it is there");
        child.kill().and_then(|()| child.wait()).expect("it ran");
        fs::remove_file(&path).expect("it is there");
        assert!(modified > long_ago + Duration::from_secs(900_000));
    }
}
