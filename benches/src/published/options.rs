//! What the command line of the published runs can say.

use std::path::PathBuf;

use crate::options::{list, number};

/// How to call it.
pub const USAGE: &str = "\
cargo bench -p nn-benches --bench published -- [lenet,matexp,nanogpt,rtneural] [options]
  lenet            LeNet on MNIST, 10 epochs; matexp: the regression of matrix exponentials, 10,000 steps;
  nanogpt          a small GPT on text, 2,000 steps; rtneural: one layer, sample by sample. All without a name
  --threads N      of training; 1 without it. rtneural takes one
  --runs N         how often each is repeated; 1 without it
  --data FOLDER    where the files of MNIST and austen.txt lie; without it, where the scripts of examples/ put them
  --json PATH      writes all figures
  --markdown PATH  writes the table, which is printed anyway";

/// What can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// LeNet on MNIST, as SimpleChains does.
    Lenet,
    /// Matrix exponentials, as SimpleChains does.
    Matexp,
    /// nanoGPT's recipe for a CPU.
    Nanogpt,
    /// RTNeural's grid of single layers.
    Rtneural,
}

/// All of them by name.
const NAMES: [(&str, Name); 4] =
    [("lenet", Name::Lenet), ("matexp", Name::Matexp), ("nanogpt", Name::Nanogpt), ("rtneural", Name::Rtneural)];

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Which runs.
    pub names: Vec<Name>,
    /// On how many threads.
    pub threads: usize,
    /// How often.
    pub runs: usize,
    /// Where data lie.
    pub data: Option<PathBuf>,
    /// Where all figures are written.
    pub json: Option<PathBuf>,
    /// Where the table is written.
    pub markdown: Option<PathBuf>,
}

impl Options {
    /// What the arguments say.
    ///
    /// # Errors
    /// What is wrong with them, or the usage if that is asked for.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let names = NAMES.map(|(_, name)| name).to_vec();
        let mut options = Options { names, threads: 1, runs: 1, data: None, json: None, markdown: None };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut needed = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value\n{USAGE}"));
            match argument.as_str() {
                "--threads" => options.threads = number(&needed()?, USAGE)?,
                "--runs" => options.runs = number(&needed()?, USAGE)?,
                "--data" => options.data = Some(needed()?.into()),
                "--json" => options.json = Some(needed()?.into()),
                "--markdown" => options.markdown = Some(needed()?.into()),
                // Cargo says so.
                "--bench" => {}
                "--help" => return Err(USAGE.to_owned()),
                other if other.starts_with('-') => return Err(format!("there is no option `{other}`\n{USAGE}")),
                names => options.names = list(names, "run", named, USAGE)?,
            }
        }
        Ok(options)
    }
}

fn named(name: &str) -> Option<Name> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::{Name, Options};

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_say_what_is_repeated() {
        let options = parse("matexp,lenet --threads 2 --runs 3 --data d --json a.json --bench").expect("options");
        assert_eq!(options.names, [Name::Matexp, Name::Lenet]);
        assert_eq!((options.threads, options.runs), (2, 3));
        assert_eq!((options.data, options.json, options.markdown), (Some("d".into()), Some("a.json".into()), None));
        assert_eq!(parse("--bench").expect("options").names.len(), 4);
    }

    #[test]
    fn mistakes_are_told() {
        for (line, message) in [
            ("vgg", "there is no run `vgg`"),
            ("--threads 0", "`0` is no whole number"),
            ("--data", "`--data` needs a value"),
            ("--fast", "there is no option `--fast`"),
        ] {
            assert!(parse(line).expect_err(line).starts_with(message), "{line}");
        }
    }
}
