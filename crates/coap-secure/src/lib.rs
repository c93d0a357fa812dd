//! DTLS and TLS for CoAP as sans-IO channels: bytes and the current time go in, bytes, deadlines and events
//! come out.
//!
//! * [`Channel`] is one association with one peer, over datagrams ([`dtls::Dtls`]) or a stream
//!   ([`tls::Tls`]).
//! * [`dtls::Listener`] stands before the server side of DTLS: it proves addresses, and bounds what
//!   strangers may cost.
//! * [`PskClient`], [`PskServer`] and [`Certificates`] are the credentials, checked when they are made.
//!
//! A channel owns no socket and no clock, and calls nobody: what the application has to decide in the middle
//! of a handshake is an [`Event::Ask`], answered by [`Channel::answer`] whenever the application is ready.
#![forbid(unsafe_code)]

mod alert;
pub mod certificates;
mod channel;
pub mod dtls;
mod failure;
mod names;
mod psk;
mod secret;
mod settings;
pub mod tls;

pub use alert::Alert;
pub use certificates::Certificates;
pub use channel::{Answer, Channel, Event, Question, QuestionId, Version, WriteError};
pub use failure::{AlertSeen, Failure, FailureKind};
pub use names::{Alike, Names};
pub use psk::{Keys, MAX_IDENTITY, MAX_KEY, PskClient, PskError, PskServer};
pub use secret::Secret;
pub use settings::Settings;
