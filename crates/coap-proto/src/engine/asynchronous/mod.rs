//! Requests that are put off (RFC 7252 section 5.2.2): acknowledged now, and given to the same handler once more
//! when their time has come; what it answers then is a separate response.
//!
//! Until then a request of the same session with the same token is taken for a repetition and goes no further.
mod commands;
mod fire;
mod requests;

pub use commands::AsyncError;
pub(super) use requests::{AsyncRequests, OfSession};
