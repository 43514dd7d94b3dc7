//! A crate that stands alone, as a list of files: networks, program, manifest, runtime; knows no folder to write it to.

mod library;
mod manifest;
pub(crate) mod name;
mod program;
mod readme;
mod runtime;
pub(crate) mod write;

use std::path::Path;

use nn_compiler::Compiled;
use nn_compiler::model::{Network, Precision};
use nn_compiler::recipe::Source as Reader;
use nn_grammar::sources::Used;

pub(crate) use library::library;
pub(crate) use runtime::files as runtime_files;

use crate::failure::Failure;
use crate::graph;
use crate::source::Source;

/// The files of a crate: paths with `/`, and contents.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// The features of the runtime that it is compiled with.
    pub(crate) features: Vec<&'static str>,
    /// In no particular order.
    pub(crate) files: Vec<(String, String)>,
}

/// What a crate is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// To be used by other crates.
    Library,
    /// To train, evaluate and predict.
    Program,
    /// The same, with a clock around each kernel.
    Profile,
}

/// What a program has beside what every one has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extras {
    /// A clock around each kernel.
    pub(crate) profile: bool,
    /// The full-screen view of a training.
    pub(crate) ui: bool,
    /// Pictures as files.
    pub(crate) pictures: bool,
    /// Answers over HTTP.
    pub(crate) serve: bool,
    /// Archives of arrays, whatever the text reads.
    pub(crate) archives: bool,
}

impl Extras {
    /// What it takes to read weights.
    pub(crate) fn reading(weights: &Path) -> Self {
        Self { archives: nn_runtime::weights::is_archive(weights), ..Self::default() }
    }
}

/// The lock file, which cargo may change.
pub(crate) const LOCK: &str = "Cargo.lock";

/// The crate of a text, for people.
pub(crate) fn package(source: &Source, networks: &[Compiled]) -> Result<Package, Failure> {
    let name = name::package(&source.stem());
    let program = if has_data(networks) { Kind::Program } else { Kind::Library };
    let mut package = core(&name, source, networks, program, Extras::default())?;
    package.files.push((source.file_name(), source.text.clone()));
    for Used { path, text, .. } in source.used() {
        // Of the crate's own files none is replaced.
        if package.files.iter().all(|(known, _)| *known != path) {
            package.files.push((path, text));
        }
    }
    package.files.push(("README.md".into(), readme::readme(&name, &source.file_name(), networks)));
    Ok(package)
}

/// The crate of a text that is only there to be run.
pub(crate) fn runnable(name: &str, source: &Source, networks: &[Compiled], extras: Extras) -> Result<Package, Failure> {
    core(name, source, networks, if extras.profile { Kind::Profile } else { Kind::Program }, extras)
}

/// Whether any network can be trained by itself.
fn has_data(networks: &[Compiled]) -> bool {
    networks.iter().any(|compiled| compiled.network.recipe.as_ref().is_some_and(|recipe| recipe.data.is_some()))
}

/// What reads the data of a train section.
fn reader(compiled: &Compiled) -> Option<&Reader> {
    Some(&compiled.network.recipe.as_ref()?.data.as_ref()?.source)
}

/// Whether a network is trained in steps that state their data: then it reads the same.
fn in_steps(compiled: &Compiled, networks: &[Compiled]) -> bool {
    let trainings = networks.iter().filter(|other| reader(other).is_some());
    let mut roles = trainings.filter_map(|other| other.network.training.as_ref()).flat_map(|training| &training.roles);
    roles.any(|role| role.network == compiled.network.name)
}

/// The features of the runtime that these networks need, and no more: each is compiled in the first build.
fn features(networks: &[Compiled], kind: Kind, extras: Extras) -> Vec<&'static str> {
    let base = match kind {
        Kind::Library => return vec!["std"],
        Kind::Program => "cli",
        Kind::Profile => "profile",
    };
    // Weights of a network whose text states no data can come from any.
    let reads = |which: fn(&Reader) -> bool| {
        let mut apart = networks.iter().filter(|compiled| reader(compiled).is_some() || !in_steps(compiled, networks));
        apart.any(|compiled| reader(compiled).is_none_or(which))
    };
    // What looks like a picture is shown as one in the report.
    let pictures = networks.iter().any(|compiled| matches!(compiled.network.input[..], [_, _, 1 | 3]));
    let double = networks.iter().any(|compiled| compiled.network.precision == Precision::F64);
    let further = [
        ("archives", extras.archives || reads(|source| matches!(source, Reader::Arrays(_)))),
        ("double", double),
        ("images", extras.pictures || pictures || reads(|source| matches!(source, Reader::Images(_) | Reader::Idx(_)))),
        ("ui", extras.ui),
        ("serve", extras.serve),
    ];
    let further = further.into_iter().filter_map(|(feature, needed)| needed.then_some(feature));
    std::iter::once(base).chain(further).collect()
}

/// The architecture of a network, for its report.
fn picture(network: &Network) -> (String, String) {
    (format!("src/graphs/{}.svg", network.name), graph::svg(&network.name, &graph::of(network)))
}

fn core(name: &str, source: &Source, networks: &[Compiled], kind: Kind, extras: Extras) -> Result<Package, Failure> {
    let features = features(networks, kind, extras);
    let mut files = vec![
        ("Cargo.toml".into(), manifest::manifest(name, &source.file_name(), &features)),
        ("src/lib.rs".into(), library(&source.file_name(), networks, kind == Kind::Profile)?),
    ];
    files.extend(runtime::lock(name).map(|lock| (LOCK.into(), lock)));
    if kind != Kind::Library {
        let program = program::program(name, &source.file_name(), networks, kind == Kind::Profile);
        files.push(("src/main.rs".into(), program));
        files.extend(networks.iter().map(|compiled| picture(&compiled.network)));
    }
    for (path, content) in runtime_files() {
        files.push((format!("{}/{path}", runtime::NAME), (*content).to_owned()));
    }
    Ok(Package { name: name.to_owned(), features, files })
}
