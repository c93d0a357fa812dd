//! The REST interface: HOPR's SessionApi as hoprd 2.2 has it, and checks, metrics and a status beside it.
//!
//! It runs on a thread of its own and asks the event loop by [`control::Command`](crate::control::Command). hyper reads
//! and writes HTTP/1.1; routes, authentication and errors are here, as a dozen routes and hoprd's order of checks
//! (authentication before everything, the protocol before the body) need no framework.
mod asking;
mod body;
mod errors;
mod headers;
mod json;
mod listen_host;
mod metrics;
mod node;
mod openapi;
mod path;
mod routes;
mod server;
mod session;
mod status;

pub use server::{Server, StartError};

use crate::{config::Auth, control::Sender};
use std::{net::SocketAddr, time::Duration};

/// How much and how long clients may.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at a time; more wait in the system's queue. 256.
    pub connections: usize,
    /// From a connection's beginning to the end of its first request's head: who says nothing, with or without a
    /// token, keeps nobody out for long. 10 s.
    pub first_head: Duration,
    /// From a connection's beginning, or the end of its request, to the end of its next request's head. 60 s.
    pub head: Duration,
    /// From there to the end of the body. 10 s.
    pub body: Duration,
    /// How long a client may leave what is sent to it unread (Linux only). 30 s.
    pub unread: Duration,
    /// How long the event loop has for a command. 10 s.
    pub command: Duration,
    /// How long it has to open a listener: for UDP a tunnel is opened, which is given up after 30 s. 40 s.
    pub open: Duration,
    /// How long requests that are under way have when the server is stopped. 2 s.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            first_head: Duration::from_secs(10),
            head: Duration::from_secs(60),
            body: Duration::from_secs(10),
            unread: Duration::from_secs(30),
            command: Duration::from_secs(10),
            open: Duration::from_secs(40),
            stop: Duration::from_secs(2),
        }
    }
}

/// What all requests share.
struct Shared {
    commands: Sender,
    auth: Auth,
    /// Where listeners are opened whose requests do not say.
    default_listen: SocketAddr,
    limits: Limits,
}
