//! Files that are read when a node starts, and those of them that hold secrets.
use std::{
    fs::File,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// A file cannot be read.
#[derive(Debug, Error)]
#[error("{path} cannot be read: {source}")]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl ReadError {
    pub(crate) fn of(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self { path: path.to_owned(), source }
    }
}

/// A file that holds a secret was not read.
#[derive(Debug, Error)]
pub enum SecretError {
    /// It cannot be.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Everybody can read it: what is in it is no secret.
    #[error("{0} can be read by everybody; `chmod 600` makes it yours")]
    Open(PathBuf),
}

/// Opens a file that holds a secret.
///
/// # Errors
/// [`SecretError`]: it cannot be read, or everybody can.
pub(crate) fn open_secret(path: &Path) -> Result<File, SecretError> {
    let failed = ReadError::of(path);
    let file = File::open(path).map_err(&failed)?;
    let is_open = is_open(&file).map_err(failed)?;
    if is_open { Err(SecretError::Open(path.to_owned())) } else { Ok(file) }
}

/// Whether everybody can read it. That a group can is well: that is what containers and services are given.
pub(crate) fn is_open(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.mode() & 0o004 != 0)
}
