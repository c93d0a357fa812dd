//! Floor 1: bytes to messages and back (RFC 7252 section 3, RFC 8323 section 3, RFC 8974).
mod code;
mod kind;
mod pdu;

pub use code::Code;
pub use kind::{MessageType, Protocol};
pub use pdu::{DecodeError, Pdu, PduError};
