//! DTLS 1.2 (RFC 6347) and 1.3 (RFC 9147), on dimpl.
//!
//! * [`Dtls`] is the channel.
//! * [`Listener`] reads what strangers send to a server. It keeps nothing of them until they have shown that
//!   they receive at their address, and bounds how many may be shaking hands.

mod association;
pub(crate) mod backend;
mod channel;
mod cookie;
mod credentials;
mod crypto;
mod datagrams;
mod error;
mod hello;
mod listener;
mod peek;
mod record;
mod seats;
mod stage;

pub use channel::Dtls;
pub use listener::{Admission, Hello, Listener, ListenerSettings, Refusal, Screened, ServerCredentials};
pub use seats::{Peer, Seat};

/// Bytes that a record adds to what is inside at most, with all that can be agreed on: 13 of header, 8 of
/// explicit nonce, 16 of tag (RFC 6347 section 4.1, RFC 5288).
pub const RECORD_OVERHEAD: usize = 13 + 8 + 16;
