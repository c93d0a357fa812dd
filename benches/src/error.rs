//! What can go wrong.
use std::{io, path::PathBuf};
use thiserror::Error;

/// Why a measurement could not be made.
#[derive(Debug, Error)]
pub(crate) enum BenchError {
    /// The command line is not understood.
    #[error(
        "{0}; what there is: --smoke, --brief, --only WORD with a WORD of {names}",
        names = crate::measures::names()
    )]
    Usage(String),
    /// The library is not where it is looked for.
    #[error("there is no {0}: `make lib`, `make lib TLS=none`, `apt-get install libcoap3-dev`")]
    NoLibrary(PathBuf),
    /// A program, a file, or something else of the system's cannot be had.
    #[error("{0}: {1}")]
    System(String, #[source] io::Error),
    /// A program ended with an error.
    #[error("{0} failed: {1}")]
    Failed(String, String),
    /// A program did not print what it should.
    #[error("{0} printed {1:?}")]
    Output(String, String),
}

impl BenchError {
    /// For `map_err`: what was to be had.
    pub(crate) fn system<E: Into<io::Error>>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |error| Self::System(what, error.into())
    }
}
