//! Files that are written whole or not at all: beside their place, to the disk, then renamed; knows no contents.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` to `path`, whose folder must exist. A file that is there keeps its permissions, a link its place.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let beside = path.with_file_name(format!(".{}.{}.part", name.display(), std::process::id()));
    let renamed = draft(&beside, bytes, &path).and_then(|()| fs::rename(&beside, &path));
    if renamed.is_err() {
        // What could not be created cannot be removed either; the first error tells more.
        let _ = fs::remove_file(&beside);
    }
    renamed
}

fn draft(beside: &Path, bytes: &[u8], path: &Path) -> io::Result<()> {
    let mut file = File::create(beside)?;
    if let Ok(there) = fs::metadata(path) {
        file.set_permissions(there.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}
