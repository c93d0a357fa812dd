//! `coap_session.h`: sessions and endpoints.
//!
//! Sessions are looked up by key: these functions are sound with any pointer, and refuse, logged, one that
//! names no living session.
mod addresses;
mod endpoint;
mod identity;
mod lifetime;
mod open;
mod parameters;
mod security;
mod token;

pub use addresses::*;
pub use endpoint::*;
pub use identity::*;
pub use lifetime::*;
pub use open::*;
pub use parameters::*;
pub use security::*;
pub use token::*;
