//! The C ABI of libcoap 4.3.4 on top of `coap-proto` and `coap-net`: one file per public header, each function thin.
//!
//! How pointers, locks and callbacks work here stands in [`entry`], [`keys`] and `docs/c-boundary.md`.
#![allow(unsafe_code)] // here alone: every other package forbids it
#![allow(rustdoc::private_intra_doc_links)] // who reads the documentation of this package maintains it
#![allow(clippy::missing_safety_doc)] // "as libcoap's manual says" is not said 300 times
pub mod address;
pub mod asynchronous;
pub mod block;
pub mod cache;
mod calls;
mod cell;
mod context;
mod crew;
pub mod debug;
mod deliver;
pub mod dtls;
pub mod encode;
mod entry;
pub mod event;
mod exposed;
mod home;
mod interrupts;
pub mod io;
mod keys;
mod log;
pub mod mem;
pub mod net;
pub mod option;
pub mod oscore;
mod parked;
pub mod pdu;
mod pdu_handle;
mod persistence;
mod places;
pub mod prng;
pub mod proxy;
mod raw;
pub mod resource;
mod resource_face;
mod scratch;
#[cfg_attr(not(feature = "tls"), path = "insecure.rs")]
mod secure;
pub mod session;
mod sockaddr;
mod sparse;
pub mod startup;
pub mod string;
mod stub;
pub mod subscribe;
pub mod supported;
#[cfg(test)]
mod tests;
pub mod time;
pub mod types;
pub mod uri;
mod user_data;
mod waits;
pub mod ws;
