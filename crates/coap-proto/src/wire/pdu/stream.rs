//! The message over TCP and TLS (RFC 8323 section 3.2) and over WebSockets (section 4.2).
use super::layout::{Layout, token_nibble};
use super::{DecodeError, HEADROOM, Pdu, token_extension_size};
use crate::wire::{Code, MessageType};

/// Length of the header over WebSockets, in bytes: the frame tells how long the message is.
const WEBSOCKET_HEADER: usize = 2;
/// Lengths below these are told in 4 bits, in 1 byte, in 2 bytes; those above in 4 bytes.
const IN_ONE_BYTE: usize = 13;
const IN_TWO_BYTES: usize = 269;
const IN_FOUR_BYTES: usize = 65_805;

/// How long a message in a stream is, known from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamHeader {
    /// Bytes of the header, 2 to 6: length, extended length, code.
    pub header: usize,
    /// Bytes of the whole message, header included. What a peer announces, up to 4 GiB: compare it with a limit
    /// before anything is reserved.
    pub total: u64,
}

impl StreamHeader {
    /// Bytes that are enough to tell the lengths of any message: a header and a token's extended length.
    pub const LONGEST: usize = HEADROOM + 2;

    /// Reads the lengths of a message from the beginning of what came. `None`: more bytes are needed to tell.
    ///
    /// # Errors
    /// [`DecodeError::TokenLength`]: nobody can tell where the next message begins.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        let Some(first) = bytes.first() else { return Ok(None) };
        let token_nibble = first & 15;
        if token_nibble == 15 {
            return Err(DecodeError::TokenLength);
        }
        let (header, length) = match (first >> 4, &bytes[1..]) {
            (length @ ..13, _) => (2, usize::from(length)),
            (13, [low, ..]) => (3, IN_ONE_BYTE + usize::from(*low)),
            (14, [high, low, ..]) => (4, IN_TWO_BYTES + usize::from(u16::from_be_bytes([*high, *low]))),
            (15, [a, b, c, d, ..]) => {
                (6, IN_FOUR_BYTES.saturating_add(u32::from_be_bytes([*a, *b, *c, *d]) as usize))
            }
            _ => return Ok(None),
        };
        let token = match (token_nibble, bytes.get(header..).unwrap_or_default()) {
            (length @ ..13, _) => usize::from(length),
            (13, [low, ..]) => 1 + 13 + usize::from(*low),
            (14, [high, low, ..]) => 2 + 269 + usize::from(u16::from_be_bytes([*high, *low])),
            _ => return Ok(None),
        };
        Ok(Some(Self { header, total: (header + token) as u64 + length as u64 }))
    }
}

impl Pdu {
    /// The whole message as it goes over TCP or TLS.
    pub fn encode_stream(&mut self) -> &[u8] {
        let token = token_extension_size(self.token_len) + self.token_len;
        let length = self.len() - token;
        let (nibble, extension) = match length {
            0..IN_ONE_BYTE => (length as u8, 0),
            IN_ONE_BYTE..IN_TWO_BYTES => (13, length - IN_ONE_BYTE),
            IN_TWO_BYTES..IN_FOUR_BYTES => (14, length - IN_TWO_BYTES),
            _ => (15, length - IN_FOUR_BYTES),
        };
        let extension = (extension as u32).to_be_bytes();
        let extension = match nibble {
            13 => &extension[3..],
            14 => &extension[2..],
            15 => &extension[..],
            _ => &[],
        };
        let start = HEADROOM - 2 - extension.len();
        self.buf[start] = nibble << 4 | token_nibble(self.token_len);
        self.buf[start + 1..HEADROOM - 1].copy_from_slice(extension);
        self.buf[HEADROOM - 1] = self.code.0;
        &self.buf[start..]
    }

    /// The whole message as it goes into a WebSocket frame.
    pub fn encode_websocket(&mut self) -> &[u8] {
        let start = HEADROOM - WEBSOCKET_HEADER;
        self.buf[start] = token_nibble(self.token_len);
        self.buf[start + 1] = self.code.0;
        &self.buf[start..]
    }

    /// Reads one message that came over TCP or TLS, of which all bytes are there ([`StreamHeader::total`]). It has no
    /// size limit; its type is [`MessageType::Con`] and its message ID 0, for want of them.
    ///
    /// # Errors
    /// See [`DecodeError`]; lengths of option values are not checked, as in [`Pdu::decode_udp`].
    pub fn decode_stream(message: &[u8]) -> Result<Self, DecodeError> {
        let Some(StreamHeader { header, total }) = StreamHeader::parse(message)? else {
            return Err(DecodeError::Truncated);
        };
        match (message.len() as u64).cmp(&total) {
            std::cmp::Ordering::Less => Err(DecodeError::Truncated),
            std::cmp::Ordering::Greater => Err(DecodeError::Overlong),
            std::cmp::Ordering::Equal => {
                Self::decode_body(message[0] & 15, message[header - 1], &message[header..])
            }
        }
    }

    /// Reads the message that is in one WebSocket frame, as [`Pdu::decode_stream`].
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn decode_websocket(message: &[u8]) -> Result<Self, DecodeError> {
        match message {
            [first, code, body @ ..] => Self::decode_body(first & 15, *code, body),
            _ => Err(DecodeError::Truncated),
        }
    }

    fn decode_body(token_nibble: u8, code: u8, body: &[u8]) -> Result<Self, DecodeError> {
        let code = Code(code);
        if matches!(code.class(), 1 | 6) {
            return Err(DecodeError::ReservedClass);
        }
        let layout = Layout::of(token_nibble, body)?;
        let mut buf = Vec::with_capacity(HEADROOM + body.len());
        buf.resize(HEADROOM, 0);
        buf.extend_from_slice(body);
        Ok(Self {
            kind: MessageType::Con,
            code,
            mid: 0,
            last_option: layout.last_option,
            max_size: 0,
            token_len: layout.token_len,
            payload_len: layout.payload_len,
            buf,
        })
    }
}
