//! Signalling messages and their options (RFC 8323 section 5). Each code has options of its own.
use super::Code;

/// CSM: longest message that the sender takes, in bytes; 1,152 if nothing is said.
pub const MAX_MESSAGE_SIZE: u16 = 2;
/// CSM: the sender knows Block1 and Block2, and BERT if its Max-Message-Size is above 1,152.
pub const BLOCK_WISE_TRANSFER: u16 = 4;
/// CSM: longest token that the sender takes, in bytes; 8 if nothing is said (RFC 8974 section 2.2.1).
pub const EXTENDED_TOKEN_LENGTH: u16 = 6;
/// Ping and Pong: what came before has been looked after.
pub const CUSTODY: u16 = 2;
/// Release: another place to connect to.
pub const ALTERNATIVE_ADDRESS: u16 = 2;
/// Release: seconds before a connection should be tried again.
pub const HOLD_OFF: u16 = 4;
/// Abort: the number of the CSM's option that is not understood.
pub const BAD_CSM_OPTION: u16 = 2;

/// What [`MAX_MESSAGE_SIZE`] is before a CSM says otherwise, in bytes (RFC 8323 section 5.3.1).
pub const BASE_MESSAGE_SIZE: usize = 1152;

/// Whether a signalling message with this code may have the option. Critical ones that it may not have end the
/// connection (RFC 8323 section 5.2).
pub fn allows_option(code: Code, number: u16) -> bool {
    match code {
        Code::CSM => matches!(number, MAX_MESSAGE_SIZE | BLOCK_WISE_TRANSFER | EXTENDED_TOKEN_LENGTH),
        Code::PING | Code::PONG => number == CUSTODY,
        Code::RELEASE => matches!(number, ALTERNATIVE_ADDRESS | HOLD_OFF),
        Code::ABORT => number == BAD_CSM_OPTION,
        _ => false,
    }
}

/// Whether an option of a signalling message has a length that is defined for it (RFC 8323 sections 5.3 to 5.6, RFC
/// 8974 section 2.2.1); those that the code does not have take any length.
pub fn allows_length(code: Code, number: u16, length: usize) -> bool {
    match (code, number) {
        (Code::CSM, MAX_MESSAGE_SIZE) => length <= 4,
        (Code::CSM, BLOCK_WISE_TRANSFER) | (Code::PING | Code::PONG, CUSTODY) => length == 0,
        (Code::CSM, EXTENDED_TOKEN_LENGTH) | (Code::RELEASE, HOLD_OFF) => length <= 3,
        (Code::RELEASE, ALTERNATIVE_ADDRESS) => (1..=255).contains(&length),
        (Code::ABORT, BAD_CSM_OPTION) => length <= 2,
        _ => true,
    }
}
