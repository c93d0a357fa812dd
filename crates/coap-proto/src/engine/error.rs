//! Why a command was refused.
use thiserror::Error;

/// Why an endpoint or a session could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The transport is not built in.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// Groups are reached over UDP alone.
    #[error("a group cannot be reached over {0}")]
    GroupOver(&'static str),
    /// Local and peer address are not of one family.
    #[error("local and peer address are of different families")]
    FamilyMismatch,
}

/// Why a message was not sent. The message is gone in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The session ended.
    #[error("the session is closed")]
    Closed,
    /// The session is not connected.
    #[error("the session is not connected")]
    NotConnected,
    /// Confirmable messages cannot go to a group (RFC 7252 section 8.1).
    #[error("a confirmable message cannot be sent to a group")]
    ConfirmableToGroup,
    /// Token, options and payload exceed what fits into a datagram.
    #[error("a message of {length} bytes exceeds the limit of {limit}")]
    TooLarge {
        /// Bytes of the message.
        length: usize,
        /// Bytes that fit.
        limit: usize,
    },
    /// The token is longer than the session may send (RFC 8974).
    #[error("a token of {length} bytes exceeds the session's {limit}")]
    TokenTooLong {
        /// Bytes of the token.
        length: usize,
        /// Bytes that the session may send.
        limit: usize,
    },
    /// A message with that ID waits for its acknowledgement or its turn.
    #[error("message ID {0} is in use")]
    MidInUse(u16),
    /// A response 5.08 (Hop Limit Reached) that goes round in a loop of proxies (RFC 8768 section 4).
    #[error("the response goes round in a loop of proxies")]
    ProxyLoop,
    /// Too much waits to be sent in this session.
    #[error("the session's queue is full")]
    QueueFull,
    /// Only acknowledgements and resets can be sent empty.
    #[error("the message is malformed")]
    Malformed,
}
