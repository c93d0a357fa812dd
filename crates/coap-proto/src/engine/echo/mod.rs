//! The Echo option (RFC 9175 section 2): how fresh a request is, and whether its sender is where it says.
//!
//! * `value` makes and recognises Echo values without remembering any.
//! * `freshness` is what handlers use: [`Engine::ask_for_echo`], [`Engine::echo_age`].
//! * `address` limits what goes to peers that have not shown that they get it.
//! * `client` repeats requests that a server wants to see again with an Echo.
//!
//! [`Engine::ask_for_echo`]: super::Engine::ask_for_echo
//! [`Engine::echo_age`]: super::Engine::echo_age
mod address;
mod client;
mod freshness;
mod value;

pub(super) use address::Allowance;
pub(super) use client::proof_asked;
pub(super) use value::EchoKey;
