//! Why something could not be opened, and what went wrong at a socket.
use coap_proto::engine::{OpenError, SessionId};
use std::io;
use thiserror::Error;

/// Why a node could not be made.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The system has no more descriptors for the event loop.
    #[error("cannot make an event loop: {0}")]
    Poll(#[source] io::Error),
}

/// Why an endpoint was not opened.
#[derive(Debug, Error)]
pub enum ListenError {
    /// The transport is not built in.
    #[error("{0} endpoints are not supported")]
    Unsupported(&'static str),
    /// Nobody could be served: see `Node::set_server_credentials`.
    #[error("{0} endpoints cannot be: {1}")]
    Credentials(&'static str, String),
    /// The socket could not be made or bound.
    #[error("cannot listen: {0}")]
    Socket(#[from] io::Error),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] OpenError),
}

/// Why a client session was not opened.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The transport is not built in.
    #[error("{0} sessions are not supported")]
    Unsupported(&'static str),
    /// Local and peer address are not of one family.
    #[error("local and peer address are of different families")]
    FamilyMismatch,
    /// A client of a Unix domain datagram socket needs a path of its own, or nobody could answer it.
    #[error("local address required")]
    LocalPathRequired,
    /// There is a session between these addresses already.
    #[error("a session between these addresses exists already")]
    Duplicate,
    /// The credentials cannot be used for the session, for the reason given.
    #[error("the credentials cannot be used: {0}")]
    Credentials(String),
    /// The session needs credentials: see `Node::connect_secure`.
    #[error("{0} sessions need credentials")]
    CredentialsRequired(&'static str),
    /// The socket could not be made, bound or connected.
    #[error("cannot connect: {0}")]
    Socket(#[from] io::Error),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] OpenError),
}

/// Why a multicast group was not joined or left, or the hop limit not set.
#[derive(Debug, Error)]
pub enum GroupError {
    /// The name does not lead to an address.
    #[error("cannot resolve group {0}")]
    Name(String),
    /// There is no interface of that name.
    #[error("no interface {0}")]
    Interface(String),
    /// No endpoint could join.
    #[error("no endpoint is open")]
    NoEndpoint,
    /// The session does not exist, or does not send to a group.
    #[error("not a session to a group")]
    NotAGroup,
    /// The system refused.
    #[error("{0}")]
    Socket(#[from] io::Error),
}

/// What was tried with a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reading from a socket.
    Receive,
    /// Writing to a socket.
    Send,
    /// Connecting a stream.
    Connect,
    /// Accepting a stream.
    Accept,
}

/// An error on a socket, for the log: the engine was told what concerns it.
#[derive(Debug)]
pub struct Notice {
    /// The session, where one is known.
    pub session: Option<SessionId>,
    /// What was tried.
    pub operation: Operation,
    /// What the system said.
    pub error: io::Error,
}
