//! Floor 1: bytes to messages and back (RFC 7252 section 3, RFC 8323 section 3, RFC 8974).
mod block;
mod code;
mod datagram;
pub mod display;
mod kind;
pub mod missing_blocks;
pub mod option;
mod pdu;
pub mod signal;
pub mod uint;
pub mod uri;
pub mod websocket;

pub use block::BlockValue;
pub use code::Code;
pub use datagram::Datagram;
pub use kind::{MessageType, Protocol};
pub use option::{OptionFilter, OptionRef, Options};
pub(crate) use pdu::Form;
pub use pdu::{DecodeError, MAX_TOKEN_LEN, Pdu, PduError, StreamHeader};
pub use uri::{Scheme, Uri, UriError};
