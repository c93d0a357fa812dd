//! Whole nodes on loopback, with real sockets.
#[path = "../shared/authority.rs"]
mod authority;
mod echo;
mod gate;
mod hops;
mod listeners;
mod load;
mod loops;
mod node;
mod targets;
mod tcp;
mod udp;

/// What a test says when it fails.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A test that waits longer for something has failed.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
