//! What can be wrong with a message.
use thiserror::Error;

/// Why a message could not be changed as asked. The message is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PduError {
    /// It would exceed the message's size limit.
    #[error("the message would exceed its limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The token comes first: it cannot be set once there are options or a payload.
    #[error("the token must be set before options and payload")]
    NotFirst,
    /// Options are added in ascending order.
    #[error("option {number} is lower than the one added last")]
    OutOfOrder {
        /// Number of the refused option.
        number: u16,
    },
    /// No option can follow the payload; there is one payload.
    #[error("the payload is already there")]
    HasPayload,
    /// A token of more than 65,804 bytes, an option value of more than 65,804 bytes.
    #[error("a value of {length} bytes cannot be encoded")]
    BadLength {
        /// Length of the refused value in bytes.
        length: usize,
    },
}

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Fewer bytes than the header, token or an option says.
    #[error("cut short")]
    Truncated,
    /// Version other than 1 (RFC 7252 section 3: silently ignored).
    #[error("version {0} is not 1")]
    Version(u8),
    /// Token length 15, reserved.
    #[error("reserved token length")]
    TokenLength,
    /// Option delta or length 15, an option number above 65,535.
    #[error("malformed option")]
    Option,
    /// A payload marker with nothing behind it.
    #[error("empty payload after its marker")]
    EmptyPayload,
    /// An empty message (code 0.00) with a token, options or payload.
    #[error("an empty message that is not empty")]
    NotEmpty,
    /// More bytes than the header says.
    #[error("bytes behind the end")]
    Overlong,
    /// A code of a reserved class (1 or 6).
    #[error("reserved code class")]
    ReservedClass,
}
