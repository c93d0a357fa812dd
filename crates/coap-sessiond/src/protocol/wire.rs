//! Frames: the payloads of requests to `t`.
use super::Reason;

/// In a tunnel's number: it was the receiver of the frame that opened it.
pub(super) const OPENED_BY_RECEIVER: u32 = 1 << 31;
/// Bytes of a data frame before its data.
pub(super) const DATA_HEADER: usize = 13;
/// Bytes of a datagram frame before the datagram.
pub(super) const DATAGRAM_HEADER: usize = 5;
/// Bytes of a part before its bytes.
pub(super) const PART_HEADER: usize = 11;
/// Longest text of an abort or an error, in bytes.
pub(super) const MAX_TEXT: usize = 200;

const DATA: u8 = 0;
const LAST: u8 = 1;
const CREDIT: u8 = 2;
const ABORT: u8 = 3;
const DATAGRAM: u8 = 4;
const PART: u8 = 5;
const DELIVERED: u8 = 6;

/// What a frame says of its tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// Bytes of the stream; the stream ends behind them if they are the last.
    Data { offset: u64, bytes: &'a [u8], is_last: bool },
    /// The sender takes data up to this offset.
    Credit(u64),
    /// The tunnel is cut off.
    Abort { reason: Reason, text: &'a str },
    /// A datagram.
    Datagram(&'a [u8]),
    /// A part of one.
    Part(Part<'a>),
    /// The end of the tunnel has taken the stream to its last byte.
    Delivered,
}

/// A part of a datagram that does not fit into a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// Which datagram.
    pub(super) number: u32,
    /// Which part, from 0.
    pub(super) index: u8,
    /// How many parts there are.
    pub(super) count: u8,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The tunnel's number and what is said of it; `None`: malformed.
    pub(super) fn decode(payload: &'a [u8]) -> Option<(u32, Self)> {
        let (&kind, rest) = payload.split_first()?;
        let (tunnel, rest) = rest.split_first_chunk()?;
        let frame = match kind {
            DATA | LAST => {
                let (offset, bytes) = rest.split_first_chunk()?;
                Frame::Data { offset: u64::from_be_bytes(*offset), bytes, is_last: kind == LAST }
            }
            CREDIT => Frame::Credit(u64::from_be_bytes(rest.try_into().ok()?)),
            ABORT => {
                let (&reason, text) = rest.split_first()?;
                Frame::Abort { reason: Reason::from_number(reason), text: text_of(text) }
            }
            DATAGRAM => Frame::Datagram(rest),
            PART => {
                let (number, rest) = rest.split_first_chunk()?;
                let (&[index, count], bytes) = rest.split_first_chunk()?;
                Frame::Part(Part { number: u32::from_be_bytes(*number), index, count, bytes })
            }
            DELIVERED => rest.is_empty().then_some(Frame::Delivered)?,
            _ => return None,
        };
        Some((u32::from_be_bytes(*tunnel), frame))
    }

    /// The payload.
    pub(super) fn encode(&self, tunnel: u32) -> Vec<u8> {
        match *self {
            Self::Data { offset, bytes, is_last } => {
                let mut payload = data_header(tunnel, offset, is_last, bytes.len());
                payload.extend_from_slice(bytes);
                payload
            }
            Self::Credit(limit) => [&head(CREDIT, tunnel)[..], &limit.to_be_bytes()].concat(),
            Self::Abort { reason, text } => {
                let text = shortened(text);
                [&head(ABORT, tunnel)[..], &[reason as u8], text.as_bytes()].concat()
            }
            Self::Datagram(bytes) => [&head(DATAGRAM, tunnel), bytes].concat(),
            Self::Part(Part { number, index, count, bytes }) => {
                [&head(PART, tunnel)[..], &number.to_be_bytes(), &[index, count], bytes].concat()
            }
            Self::Delivered => head(DELIVERED, tunnel).to_vec(),
        }
    }
}

/// The payload of a data frame as far as its data, with room for so many bytes of it.
pub(super) fn data_header(tunnel: u32, offset: u64, is_last: bool, room: usize) -> Vec<u8> {
    let mut payload = Vec::with_capacity(DATA_HEADER + room);
    payload.extend_from_slice(&head(if is_last { LAST } else { DATA }, tunnel));
    payload.extend_from_slice(&offset.to_be_bytes());
    payload
}

fn head(kind: u8, tunnel: u32) -> [u8; 5] {
    let [a, b, c, d] = tunnel.to_be_bytes();
    [kind, a, b, c, d]
}

/// The beginning of a text that is not too long.
pub(super) fn shortened(text: &str) -> &str {
    let fits = |at: &usize| text.is_char_boundary(*at);
    &text[..(0..=text.len().min(MAX_TEXT)).rev().find(fits).unwrap_or(0)]
}

/// As much of it as is a text.
pub(super) fn text_of(bytes: &[u8]) -> &str {
    let bytes = &bytes[..bytes.len().min(MAX_TEXT)];
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Frame<'static>> {
        vec![
            Frame::Data { offset: 7, bytes: b"abc", is_last: false },
            Frame::Data { offset: u64::MAX, bytes: b"", is_last: true },
            Frame::Credit(1 << 40),
            Frame::Abort { reason: Reason::Idle, text: "why" },
            Frame::Datagram(b""),
            Frame::Part(Part { number: 9, index: 1, count: 2, bytes: b"x" }),
            Frame::Delivered,
        ]
    }

    #[test]
    fn frames_come_out_as_they_went_in() {
        for frame in samples() {
            let payload = frame.encode(0x8000_0005);
            assert_eq!(Frame::decode(&payload), Some((0x8000_0005, frame)));
        }
    }

    #[test]
    fn cut_and_unknown_frames_are_malformed() {
        for frame in samples() {
            let payload = frame.encode(1);
            let fixed = match frame {
                Frame::Data { .. } => DATA_HEADER,
                Frame::Abort { .. } => 6,
                Frame::Datagram(_) => DATAGRAM_HEADER,
                Frame::Part(_) => PART_HEADER,
                Frame::Credit(_) | Frame::Delivered => payload.len(),
            };
            for cut in 0..fixed {
                assert_eq!(Frame::decode(&payload[..cut]), None, "{frame:?} cut to {cut}");
            }
        }
        assert_eq!(Frame::decode(&[7, 0, 0, 0, 1]), None);
        assert_eq!(Frame::decode(&[6, 0, 0, 0, 1, 0]), None, "nothing follows");
    }

    #[test]
    fn texts_are_cut_where_a_character_ends() {
        let long = "\u{e9}".repeat(300);
        let frame = Frame::Abort { reason: Reason::Reset, text: &long };
        let payload = frame.encode(1);
        let Some((_, Frame::Abort { text, .. })) = Frame::decode(&payload) else { panic!("decodes") };
        assert!(text.len() <= MAX_TEXT && long.starts_with(text) && text.len() > MAX_TEXT - 2);
        assert_eq!(text_of(&[b'a', 0xff, b'b']), "a");
    }
}
