//! What a server remembers over a restart: observers, the resources that requests made, and the numbers of
//! notifications (`coap_persist(3)`).
//!
//! A [`Store`] keeps up to three files. Each is a journal: a header, then one record for each change, each with its
//! checksum, so that the work for a change does not depend on how much is kept, and whatever a process was doing
//! when it was killed, all changes before are there. What is superseded goes when it is more than half, by writing
//! the file anew beside itself, a little with each change, and renaming it.
//!
//! The application gives each [`Tracked`](coap_proto::engine::Tracked) event to [`Store::note`], and brings back at
//! its start what [`Store::open`] found ([`Kept`]).
mod error;
mod format;
mod journal;
mod kept;
mod map;
mod output;
mod rewrite;
mod store;
#[cfg(test)]
mod tests;

pub use error::Problem;
pub use kept::{Kept, KeptNumber, KeptObserver, KeptResource};
pub use store::{Files, Store};
