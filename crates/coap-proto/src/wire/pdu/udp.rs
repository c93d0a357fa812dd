//! The message over UDP and DTLS (RFC 7252 section 3).
use super::layout::{Layout, token_nibble};
use super::{DecodeError, HEADROOM, Pdu};
use crate::wire::{Code, Datagram, MessageType};

/// Length of the header in bytes.
const HEADER: usize = 4;

/// The only version there is.
const VERSION: u8 = 1;

impl Pdu {
    /// An empty message with that type and message ID, as a whole datagram.
    pub const fn empty_datagram(kind: MessageType, mid: u16) -> [u8; HEADER] {
        let [mid_high, mid_low] = mid.to_be_bytes();
        [VERSION << 6 | (kind as u8) << 4, Code::EMPTY.0, mid_high, mid_low]
    }

    /// The message as a datagram, in the same memory.
    pub fn into_datagram(mut self) -> Datagram {
        self.encode_udp();
        Datagram::new(self.buf, (HEADROOM - HEADER) as u8)
    }

    /// The whole datagram.
    pub fn encode_udp(&mut self) -> &[u8] {
        let token_length = token_nibble(self.token_len);
        let [mid_high, mid_low] = self.mid.to_be_bytes();
        let header = [VERSION << 6 | (self.kind as u8) << 4 | token_length, self.code.0, mid_high, mid_low];
        self.with_headroom()[HEADROOM - HEADER..HEADROOM].copy_from_slice(&header);
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
        Self::decode_udp_in(datagram, Vec::new)
    }

    /// As [`Pdu::decode_udp`]. A message gets its memory, whose content does not matter, from `memory`.
    pub(crate) fn decode_udp_in(
        datagram: &[u8],
        memory: impl FnOnce() -> Vec<u8>,
    ) -> Result<Self, DecodeError> {
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
        let mut buf = memory();
        buf.clear();
        buf.reserve(HEADROOM + body.len());
        buf.extend_from_slice(&[0; HEADROOM - HEADER]);
        buf.extend_from_slice(datagram);
        Ok(Self {
            kind: MessageType::from_bits(first >> 4),
            code,
            mid: u16::from_be_bytes([*mid_high, *mid_low]),
            last_option: layout.last_option,
            presence: layout.presence,
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
