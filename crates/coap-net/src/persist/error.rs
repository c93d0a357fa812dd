//! What is wrong with a file.
use std::{io, path::PathBuf};
use thiserror::Error;

/// What is wrong with a file of a [`Store`](super::Store), for the log. The other files are not concerned.
#[derive(Debug, Error)]
pub enum Problem {
    /// The last record is not whole: the process ended while it was written. All before it is there.
    #[error("{}: the record at byte {at} is not whole: dropped", file.display())]
    Torn {
        /// The file.
        file: PathBuf,
        /// Where the record begins.
        at: u64,
    },
    /// A record is not what was written. What stands before it is there, what follows it is not; the file lies
    /// beside itself for whoever wants to look at it.
    #[error("{}: the record at byte {at} is damaged: what follows is dropped, the file kept as {}", file.display(),
        kept_as.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where the record begins.
        at: u64,
        /// The name of the damaged file now.
        kept_as: PathBuf,
    },
    /// It is somebody else's file, or keeps something else. It was not read, and has another name now.
    #[error("{}: {reason}: refused, kept as {}", file.display(), kept_as.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// Why it is not one of these files.
        reason: &'static str,
        /// Its name now.
        kept_as: PathBuf,
    },
    /// What a whole record says makes no sense.
    #[error("{}: a record without meaning: dropped", file.display())]
    Meaningless {
        /// The file.
        file: PathBuf,
    },
    /// It cannot be read, put aside, or made: nothing is kept there.
    #[error("{}: {error}: nothing is kept there", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A change was not written. All that is kept will be written anew as soon as that works.
    #[error("{}: {error}: not up to date", file.display())]
    Unwritten {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// After [`Problem::Unwritten`]: the file is whole again.
    #[error("{}: up to date again", file.display())]
    Recovered {
        /// The file.
        file: PathBuf,
    },
}
