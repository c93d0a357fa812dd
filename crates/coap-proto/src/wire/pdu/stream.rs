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
        let token = token_extension_size(self.token_len) + self.token_len as usize;
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
        self.with_headroom()[start] = nibble << 4 | token_nibble(self.token_len);
        self.buf[start + 1..HEADROOM - 1].copy_from_slice(extension);
        self.buf[HEADROOM - 1] = self.code.0;
        &self.buf[start..]
    }

    /// The whole message as it goes into a WebSocket frame.
    pub fn encode_websocket(&mut self) -> &[u8] {
        let start = HEADROOM - WEBSOCKET_HEADER;
        let nibble = token_nibble(self.token_len);
        self.with_headroom()[start] = nibble;
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
        let mut owned = Vec::with_capacity(message.len() + HEADROOM);
        owned.extend_from_slice(message);
        Self::from_websocket(owned)
    }

    /// Makes a message of what was in one WebSocket frame. Its bytes become the message's; they are copied only if
    /// there is no capacity for four more.
    pub(crate) fn from_websocket(mut message: Vec<u8>) -> Result<Self, DecodeError> {
        let [first, code, ..] = message[..] else { return Err(DecodeError::Truncated) };
        message.splice(..2, [0; HEADROOM]);
        Self::of_body(first & 15, code, message)
    }

    fn decode_body(token_nibble: u8, code: u8, body: &[u8]) -> Result<Self, DecodeError> {
        let mut buf = Vec::with_capacity(HEADROOM + body.len());
        buf.resize(HEADROOM, 0);
        buf.extend_from_slice(body);
        Self::of_body(token_nibble, code, buf)
    }

    /// `buf`: token, options and payload, behind the room for a header.
    fn of_body(token_nibble: u8, code: u8, buf: Vec<u8>) -> Result<Self, DecodeError> {
        let code = Code(code);
        if matches!(code.class(), 1 | 6) {
            return Err(DecodeError::ReservedClass);
        }
        let layout = Layout::of(token_nibble, &buf[HEADROOM..])?;
        Ok(Self {
            kind: MessageType::Con,
            code,
            mid: 0,
            last_option: layout.last_option,
            presence: layout.presence,
            max_size: 0,
            token_len: layout.token_len,
            payload_len: layout.payload_len,
            buf,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::option;

    fn message(token: usize, payload: usize) -> Pdu {
        let mut pdu = Pdu::new(MessageType::Con, Code::POST, 0, 0);
        pdu.set_token(&vec![7; token]).unwrap();
        pdu.set_payload(&vec![9; payload]).unwrap();
        pdu
    }

    /// RFC 8323 section 3.2 and figure 5.
    #[test]
    fn a_frame_becomes_the_message_where_it_lies() {
        let mut frame = Vec::with_capacity(100 + HEADROOM);
        frame.extend_from_slice(b"\x01\x02t\xff");
        frame.resize(100, 7);
        let expected = Pdu::decode_websocket(&frame).unwrap();
        let place = frame.as_ptr();
        let pdu = Pdu::from_websocket(frame).unwrap();
        assert_eq!((pdu.buf.as_ptr(), pdu.token(), pdu.payload()), (place, &b"t"[..], &[7; 96][..]));
        assert_eq!(pdu.buf, expected.buf);
    }

    #[test]
    fn a_message_byte_for_byte() {
        let mut pdu = Pdu::new(MessageType::Con, Code::CONTENT, 1, 0);
        pdu.set_token(b"\x7f").unwrap();
        assert_eq!(pdu.encode_stream(), b"\x01\x45\x7f", "no options, no payload");
        assert_eq!(pdu.encode_websocket(), b"\x01\x45\x7f");
        pdu.add_option(option::ETAG, b"a").unwrap();
        pdu.set_payload(b"xyz").unwrap();
        assert_eq!(pdu.encode_stream(), b"\x61\x45\x7f\x41a\xffxyz", "the token does not count");
        assert_eq!(pdu.encode_websocket(), b"\x01\x45\x7f\x41a\xffxyz");
    }

    #[test]
    fn lengths_of_every_form_are_told_and_understood() {
        let lengths = [(11, 2), (12, 3), (267, 3), (268, 4), (65_803, 4), (65_804, 6), (100_000, 6)];
        for token in [0, 8, 12, 13, 268, 269, 65_804] {
            for (payload, header) in lengths {
                let mut pdu = message(token, payload);
                let bytes = pdu.encode_stream().to_vec();
                let parsed = StreamHeader::parse(&bytes).unwrap().unwrap();
                assert_eq!(parsed, StreamHeader { header, total: bytes.len() as u64 });
                for known in 0..StreamHeader::LONGEST.min(bytes.len()) {
                    let early = StreamHeader::parse(&bytes[..known]).unwrap();
                    assert!(early.is_none_or(|early| early == parsed), "{known} bytes of {token}, {payload}");
                }
                assert!(StreamHeader::parse(&bytes[..8.min(bytes.len())]).unwrap().is_some());
                let decoded = Pdu::decode_stream(&bytes).unwrap();
                assert_eq!((decoded.code(), decoded.token().len()), (Code::POST, token));
                assert_eq!(decoded.body(), pdu.body());
                let decoded = Pdu::decode_websocket(pdu.encode_websocket()).unwrap();
                assert_eq!(decoded.body(), pdu.body());
            }
        }
    }

    #[test]
    fn four_gib_can_be_announced_and_nothing_overflows() {
        let header = StreamHeader::parse(b"\xfe\xff\xff\xff\xff\x01\xff\xff").unwrap().unwrap();
        assert_eq!(header.total, 6 + 2 + 269 + 0xffff + 65_805 + 0xffff_ffff);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(StreamHeader::parse(b"\x0f"), Err(DecodeError::TokenLength));
        let decode = |bytes: &[u8]| Pdu::decode_stream(bytes).map(|_| ()).unwrap_err();
        assert_eq!(decode(b""), DecodeError::Truncated);
        assert_eq!(decode(b"\x10\x01"), DecodeError::Truncated);
        assert_eq!(decode(b"\x00\x01\x00"), DecodeError::Overlong);
        assert_eq!(decode(b"\x10\x01\xff"), DecodeError::EmptyPayload);
        assert_eq!(decode(b"\x10\x01\xf0"), DecodeError::Option);
        assert_eq!(decode(b"\x00\x20"), DecodeError::ReservedClass);
        assert_eq!(decode(b"\x00\xc0"), DecodeError::ReservedClass);
        assert_eq!(Pdu::decode_websocket(b"\x01").map(|_| ()), Err(DecodeError::Truncated));
        assert_eq!(Pdu::decode_websocket(b"\x01\x01").map(|_| ()), Err(DecodeError::Truncated));
        assert!(Pdu::decode_stream(b"\x00\xe1").is_ok() && Pdu::decode_stream(b"\x00\x00").is_ok());
    }

    #[test]
    fn no_cut_of_a_message_is_one() {
        let bytes = message(13, 300).encode_stream().to_vec();
        for length in 0..bytes.len() {
            assert_eq!(Pdu::decode_stream(&bytes[..length]).map(|_| ()), Err(DecodeError::Truncated));
        }
    }
}
