//! Observing resources (RFC 7641), both roles.
//!
//! A server keeps an `Observer` for each registration. A change of a resource is noted
//! in constant time; its observers are then visited a few at a time. For each, the handler of the observed
//! request runs once more, and what it answers is the notification. While one is not acknowledged no other is
//! made for that observer: the next one shows the newest state.
//!
//! What has to be known to bring observers back after a restart is told as it changes ([`Tracked`]).
//!
//! A client keeps a `Registration` for each request of its own that observes:
//! it tells new notifications from those that were overtaken, and can be cancelled.
mod action;
mod client;
mod key;
mod notify;
mod observer;
mod observers;
mod outcome;
mod register;
mod registration;
mod restore;
mod tracked;

pub(super) use action::{DEREGISTER, is_deregistration, is_registration};
pub(super) use notify::MAX_UNCONFIRMED;
pub(super) use observer::Observes;
pub(super) use observers::{Observers, OfPeer};
pub(super) use registration::Registrations;
pub use restore::RestoreError;
pub use tracked::{ObserverName, Tracked};
