//! The programs of the distribution's libcoap3-bin, unmodified: client and server, each on the original and on ours.
//! What the client prints is the same in all four combinations, but for message IDs, tokens, ports and times.
//!
//! `coap-client` ends with status 0 whatever happens, so only its output counts.
#![forbid(unsafe_code)]

mod dynamic;
mod methods;
mod observing;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod transfers;
mod ways;
