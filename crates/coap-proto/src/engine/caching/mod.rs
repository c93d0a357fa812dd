//! Cache entries: what the application remembers about requests that are alike, found by their
//! [`CacheKey`](crate::cache::CacheKey). They end with the session that they were made in, and when nobody asked
//! for them for as long as the application said.
mod commands;
mod entries;

pub use commands::CacheError;
pub(super) use entries::{CacheEntries, OfSession};
