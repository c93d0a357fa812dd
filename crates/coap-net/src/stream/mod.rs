//! Stream sockets: TCP, and Unix domain streams.
//!
//! The bytes and what they mean are the engine's; here they are read and written, never more than a bounded amount at a
//! time, and never so that one peer makes the others wait.
mod open;
mod socket;
mod table;
#[cfg(test)]
mod tests;
mod turn;

pub(crate) use open::with_port;
pub(crate) use table::{STREAM, Streams};
