//! The message over UDP and DTLS (RFC 7252 section 3).
use super::{DecodeError, HEADROOM, Pdu};
use crate::wire::{
    Code, MessageType,
    option::{HeadError, OptionHead, Options, PAYLOAD_MARKER},
};

/// Length of the header in bytes.
const HEADER: usize = 4;

/// The only version there is.
const VERSION: u8 = 1;

impl Pdu {
    /// The whole datagram.
    pub fn encode_udp(&mut self) -> &[u8] {
        let token_length = match self.token_len {
            length @ ..13 => length as u8,
            13..269 => 13,
            _ => 14,
        };
        let [mid_high, mid_low] = self.mid.to_be_bytes();
        let header = [VERSION << 6 | (self.kind as u8) << 4 | token_length, self.code.0, mid_high, mid_low];
        self.buf[HEADROOM - HEADER..HEADROOM].copy_from_slice(&header);
        &self.buf[HEADROOM - HEADER..]
    }

    /// Reads a datagram. The message has no size limit.
    ///
    /// Lengths of option values are not checked against what is registered for them: RFC 7252 section 5.4.3 has
    /// an option of a wrong length treated like one that is not known. See
    /// [`option::allows_length`](crate::wire::option::allows_length).
    ///
    /// # Errors
    /// See [`DecodeError`]. [`Pdu::decode_udp_header`] tells whom a Reset would go to.
    pub fn decode_udp(datagram: &[u8]) -> Result<Self, DecodeError> {
        let [first, code, mid_high, mid_low, body @ ..] = datagram else {
            return Err(DecodeError::Truncated);
        };
        if first >> 6 != VERSION {
            return Err(DecodeError::Version(first >> 6));
        }
        let code = Code(*code);
        if code.is_empty() && (!body.is_empty() || first & 15 != 0) {
            return Err(DecodeError::NotEmpty);
        }
        if matches!(code.class(), 1 | 6) {
            return Err(DecodeError::ReservedClass);
        }
        let layout = Layout::of(first & 15, body)?;
        let mut buf = Vec::with_capacity(HEADROOM + body.len());
        buf.resize(HEADROOM - HEADER, 0);
        buf.extend_from_slice(datagram);
        Ok(Self {
            kind: MessageType::from_bits(first >> 4),
            code,
            mid: u16::from_be_bytes([*mid_high, *mid_low]),
            last_option: layout.last_option,
            max_size: 0,
            token_len: layout.token_len,
            payload_len: layout.payload_len,
            buf,
        })
    }

    /// Type, code and message ID of a datagram that may be malformed behind its header; `None` if there is no
    /// header, or one of another version.
    pub fn decode_udp_header(datagram: &[u8]) -> Option<(MessageType, Code, u16)> {
        match datagram {
            [first, code, mid_high, mid_low, ..] if first >> 6 == VERSION => Some((
                MessageType::from_bits(first >> 4),
                Code(*code),
                u16::from_be_bytes([*mid_high, *mid_low]),
            )),
            _ => None,
        }
    }
}

/// What is where in the bytes behind a header.
struct Layout {
    token_len: usize,
    last_option: u16,
    payload_len: usize,
}

impl Layout {
    fn of(token_nibble: u8, body: &[u8]) -> Result<Self, DecodeError> {
        let (token_len, extension) = match (token_nibble, body) {
            (length @ ..13, _) => (usize::from(length), 0),
            (13, [low, ..]) => (13 + usize::from(*low), 1),
            (14, [high, low, ..]) => (269 + usize::from(u16::from_be_bytes([*high, *low])), 2),
            (13 | 14, _) => return Err(DecodeError::Truncated),
            _ => return Err(DecodeError::TokenLength),
        };
        let options_start = extension + token_len;
        if options_start > body.len() {
            return Err(DecodeError::Truncated);
        }
        let mut options = Options::new(body, options_start);
        let last_option = options.by_ref().last().map_or(0, |option| option.number);
        let payload_len = match &body[options.offset()..] {
            [] => 0,
            [PAYLOAD_MARKER] => return Err(DecodeError::EmptyPayload),
            [PAYLOAD_MARKER, payload @ ..] => payload.len(),
            malformed => return Err(option_error(malformed)),
        };
        Ok(Self { token_len, last_option, payload_len })
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
