//! The session protocol (`docs/session-protocol.md`) of one node, without sockets, clock or engine.
//!
//! A [`Core`] holds the links and tunnels of a node. Everything that happens is told by a call; what is to be done
//! comes from [`Core::poll`], to be called until it has nothing more; and [`Core::handle_timeout`] is to be called when
//! [`Core::poll_timeout`] says. `now` is a parameter, randomness a seed.
//!
//! The work for one message does not depend on how many tunnels, links or messages there are, and all that a peer can
//! have this node keep has a bound ([`Settings`]).
mod action;
mod ages;
mod cbor;
mod core;
mod datagrams;
mod doubt;
mod flow;
mod link;
mod onion;
mod opening;
mod ring;
mod settings;
mod timers;
mod tunnel;
mod window;
mod wire;

pub use action::{
    Action, End, Ending, LinkFailure, LinkId, LinkUp, MessageId, OpenError, Opening, Reason, Reply, Request,
    Ticket, TunnelId,
};
pub use core::{Core, Counters, Held, LinkStatus};
pub use onion::{Keyring, SealError};
pub use settings::Settings;
