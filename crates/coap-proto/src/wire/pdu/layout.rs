//! What is where in a message behind its header, which is the same over all transports.
use super::DecodeError;
use crate::wire::option::{HeadError, OptionHead, Options, PAYLOAD_MARKER, Presence};

/// The four bits that tell a token's length (RFC 8974 section 2.1).
pub(super) const fn token_nibble(length: u32) -> u8 {
    match length {
        0..13 => length as u8,
        13..269 => 13,
        _ => 14,
    }
}

/// What is where in the bytes behind a header.
pub(super) struct Layout {
    pub(super) token_len: u32,
    pub(super) last_option: u16,
    pub(super) presence: Presence,
    pub(super) payload_len: usize,
}

impl Layout {
    /// That of a message whose token length in the header is `token_nibble`.
    pub(super) fn of(token_nibble: u8, body: &[u8]) -> Result<Self, DecodeError> {
        let (token_len, extension) = match (token_nibble, body) {
            (length @ ..13, _) => (u32::from(length), 0),
            (13, [low, ..]) => (13 + u32::from(*low), 1),
            (14, [high, low, ..]) => (269 + u32::from(u16::from_be_bytes([*high, *low])), 2),
            (13 | 14, _) => return Err(DecodeError::Truncated),
            _ => return Err(DecodeError::TokenLength),
        };
        let options_start = extension + token_len as usize;
        if options_start > body.len() {
            return Err(DecodeError::Truncated);
        }
        let mut options = Options::new(body, options_start);
        let (mut last_option, mut presence) = (0, Presence::NONE);
        for option in options.by_ref() {
            last_option = option.number;
            presence = presence.with(last_option);
        }
        let payload_len = match &body[options.offset()..] {
            [] => 0,
            [PAYLOAD_MARKER] => return Err(DecodeError::EmptyPayload),
            [PAYLOAD_MARKER, payload @ ..] => payload.len(),
            malformed => return Err(option_error(malformed)),
        };
        Ok(Self { token_len, last_option, presence, payload_len })
    }
}

/// Why what starts with `bytes` is not an option.
fn option_error(bytes: &[u8]) -> DecodeError {
    match OptionHead::parse(bytes) {
        Err(HeadError::Truncated) => DecodeError::Truncated,
        // A good head here is one whose number would be above 65,535.
        Err(HeadError::Reserved) | Ok(_) => DecodeError::Option,
    }
}
