//! Nodes as processes of their own, which can be killed, and whose memory can be looked at.
#[path = "../shared/authority.rs"]
mod authority;
mod descriptors;
mod ends;
mod load;
mod memory;
mod passing;
mod process;
mod refusals;
mod restarts;

/// What a test says when it fails.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A test that waits longer for something has failed.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
