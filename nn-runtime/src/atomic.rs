//! Files that are written whole or not at all: beside their place, to the disk, then renamed, and the folder to the disk.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Writes `bytes` to `path`, whose folder must exist.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = Draft::create(path)?;
    draft.write_all(bytes)?;
    draft.finish()
}

/// How many drafts this process has begun.
static DRAFTS: AtomicU32 = AtomicU32::new(0);

/// A file that is being written. It takes its place with [`Draft::finish`]; dropped before, it leaves nothing behind.
pub(crate) struct Draft {
    file: Option<BufWriter<File>>,
    /// Where it is written, and where it goes; none for what is no regular file, such as `/dev/stdout`.
    renamed: Option<(PathBuf, PathBuf)>,
}

impl Draft {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            let file = Some(BufWriter::new(File::create(path)?));
            return Ok(Self { file, renamed: None });
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        // Neither another process nor another thread writes there.
        let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_file_name(std::format!(".{}.{}-{number}.part", name.display(), std::process::id()));
        let file = Some(BufWriter::new(File::create(&beside)?));
        Ok(Self { file, renamed: Some((beside, path.to_path_buf())) })
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let Some((beside, path)) = self.renamed.as_ref() else { return Ok(()) };
        file.sync_all()?;
        fs::rename(beside, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // So that the name outlives a crash of the machine too. Not every system opens folders; the file is whole in any case.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        self.renamed = None;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some((beside, _)) = &self.renamed {
            // The file is closed first, because some systems do not remove open ones; a failure leaves a file, no wrong one.
            self.file = None;
            let _ = fs::remove_file(beside);
        }
    }
}
