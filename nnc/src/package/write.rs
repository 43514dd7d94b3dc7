//! Puts a crate into a folder without touching what nnc did not write; knows files and hashes, no network.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{LOCK, Package};
use crate::atomic;
use crate::failure::Failure;
use crate::hash::Hash;

/// The file that remembers what was written: a hash and a path on each line.
const MARKER: &str = ".nnc-build";

/// The files of earlier builds, each with the hash of what was written.
type Written = BTreeSet<(String, Hash)>;

/// Writes a crate for people, over one of nnc's own or into a folder that is empty or not there.
pub(crate) fn build(package: &Package, folder: &Path) -> Result<(), Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::Wrong(format!("{}: cannot be the folder of a crate: it is a file", folder.display())));
    }
    let before = remembered(folder)?;
    let foreign = foreign(package, folder, &before)?;
    if !foreign.is_empty() {
        let list: String = foreign.iter().map(|path| format!("         {path}\n")).collect();
        return Err(Failure::Wrong(format!(
            "{}: the folder holds what nnc build did not write, or what was changed since:\n{list}       nothing was \
             written; move these files away, or choose another folder with -o",
            folder.display(),
        )));
    }
    let written: Written =
        package.files.iter().map(|(path, content)| (path.clone(), Hash::of(content.as_bytes()))).collect();
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, "cannot be created", &error))?;
    // If this build ends halfway, the next one knows the old files and the new ones as its own.
    remember(folder, &before.union(&written).cloned().collect())?;
    files(package, folder)?;
    for (path, _) in &before {
        if package.files.iter().all(|(name, _)| name != path) {
            remove(&folder.join(path))?;
        }
    }
    remember(folder, &written)
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::file(path, "cannot be removed", &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes the files of a crate that are not there as they are to be: cargo compiles anew what is newer.
pub(crate) fn files(package: &Package, folder: &Path) -> Result<(), Failure> {
    for (name, content) in &package.files {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|known| known == content.as_bytes()) {
            continue;
        }
        let written = fs::create_dir_all(path.parent().unwrap_or(folder));
        written
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| Failure::file(&path, "cannot be written", &error))?;
    }
    Ok(())
}

/// What earlier builds wrote.
fn remembered(folder: &Path) -> Result<Written, Failure> {
    let path = folder.join(MARKER);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(hash, path)| Some((path.to_owned(), hash.parse().ok()?)))
            .collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Written::new()),
        Err(error) => Err(Failure::file(&path, "cannot be read", &error)),
    }
}

fn remember(folder: &Path, written: &Written) -> Result<(), Failure> {
    let marker: String = written.iter().map(|(path, hash)| format!("{hash} {path}\n")).collect();
    let path = folder.join(MARKER);
    atomic::write(&path, marker.as_bytes()).map_err(|error| Failure::file(&path, "cannot be written", &error))
}

/// The files that stand in the way: they are not as a build left them. In a folder that no build made, every file does.
fn foreign(package: &Package, folder: &Path, before: &Written) -> Result<Vec<String>, Failure> {
    if before.is_empty() {
        return match fs::read_dir(folder) {
            Ok(entries) => {
                let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
                let mut names: Vec<String> = names.collect();
                names.sort();
                Ok(names)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Failure::file(folder, "cannot be the folder of a crate", &error)),
        };
    }
    let paths: BTreeSet<&String> =
        package.files.iter().map(|(path, _)| path).chain(before.iter().map(|(path, _)| path)).collect();
    let in_the_way = |path: &&&String| match fs::read(folder.join(path)) {
        // Cargo writes this one too.
        Ok(_) if **path == LOCK => false,
        Ok(content) => !before.contains(&((**path).clone(), Hash::of(&content))),
        Err(error) => error.kind() != ErrorKind::NotFound,
    };
    Ok(paths.iter().filter(in_the_way).map(|path| (*path).clone()).collect())
}
