//! Runs nnc in a folder of its own; knows no command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder below target, for one test.
pub(crate) struct Folder {
    path: PathBuf,
}

/// What nnc did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    /// The folder of this name, empty.
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("target can be written");
        Self { path }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("target can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn remove(&self, name: &str) {
        let _ = fs::remove_dir_all(self.path(name));
    }

    /// Copies an example here.
    pub(crate) fn example(&self, path: &str) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(path);
        let name = from.file_name().expect("a file").to_owned();
        fs::copy(&from, self.path.join(name)).expect("an example");
    }

    /// Runs nnc here.
    pub(crate) fn nnc(&self, arguments: &[&str]) -> Done {
        self.nnc_with(arguments, &[])
    }

    /// nnc, to be run here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nnc"));
        command
            .args(arguments)
            .current_dir(&self.path)
            .env("NNC_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env_remove("RUST_BACKTRACE");
        command
    }

    /// Runs nnc here, with these variables in the environment.
    pub(crate) fn nnc_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Done {
        let output = self.command(arguments).envs(environment.iter().copied()).output().expect("nnc runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Done {
    /// The standard output of a command that ended well.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }
}
