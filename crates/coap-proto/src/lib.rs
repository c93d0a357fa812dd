//! CoAP (RFC 7252) as a sans-IO library: bytes and the current time go in, bytes, deadlines and events come
//! out.
//!
//! * [`wire`] turns bytes into messages and back. It keeps no state.
//! * [`engine`] is the protocol: an [`engine::Engine`] holds the sessions, endpoints and resources of one
//!   node.
//! * [`block`] splits and joins bodies that do not fit into one message (RFC 7959).
//! * [`cache`] tells which requests are alike (RFC 7252 section 5.6).
//! * [`resource`] is what a server offers and how it is described (RFC 6690).
//!
//! Nothing here reads a clock, a random source or a socket: `now` is a parameter, randomness is a seed.
#![forbid(unsafe_code)]

mod address;
mod arena;
pub mod block;
pub mod cache;
pub mod engine;
mod hash;
pub mod resource;
mod unix_path;
pub mod wire;

pub use address::Address;
pub use unix_path::UnixPath;
