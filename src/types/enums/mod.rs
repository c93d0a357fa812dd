//! C's enumerations. They cross the boundary as integers, because C may pass any value: see [`c_enum`].
#![allow(non_camel_case_types)] // libcoap's own names
mod events;
mod message;
mod security;
mod session;
mod support;

pub use events::*;
pub use message::*;
pub use security::*;
pub use session::*;
pub use support::*;
