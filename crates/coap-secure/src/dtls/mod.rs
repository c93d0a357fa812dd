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
pub use seats::Seat;

/// How many bytes a record is longer than what it carries, at most, with all that can be agreed on.
pub const RECORD_OVERHEAD: usize = 37;
