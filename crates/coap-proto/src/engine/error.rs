//! Why a command was refused.
use thiserror::Error;

/// Why an endpoint or a session could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The transport is not built in.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
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
    /// Token, options and payload exceed what the session can carry.
    #[error("a message of {length} bytes exceeds the session's {limit}")]
    TooLarge {
        /// Bytes of the message.
        length: usize,
        /// Bytes that the session carries.
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
    /// The message ID is outstanding already: the message is queued.
    #[error("message ID {0} is in use")]
    MidInUse(u16),
    /// Too much waits to be sent in this session.
    #[error("the session's queue is full")]
    QueueFull,
    /// The message has a code or a type that cannot be sent this way.
    #[error("the message is malformed")]
    Malformed,
}
