//! Reads one message of a handshake while it is in plain text: the identity that a client sends, the hint
//! that a server gives. dimpl asks for the key in the middle of a call; we ask before that call.
use super::record::{Fragment, HANDSHAKE, fragments, records};
use crate::psk::MAX_IDENTITY;

/// ServerKeyExchange (RFC 5246 section 7.4).
pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
/// ClientKeyExchange.
pub(super) const CLIENT_KEY_EXCHANGE: u8 = 16;

/// Two bytes of length, then the identity or the hint.
const MAX_MESSAGE: usize = 2 + MAX_IDENTITY;

/// Puts the message together. Where fragments differ in what they say about a byte, the first one counts
/// here; should dimpl have taken another, it asks for an identity that is not on the stage, and the
/// handshake fails.
#[derive(Debug)]
pub(super) struct Peek {
    message_type: u8,
    bytes: Vec<u8>,
    seen: Vec<bool>,
}

impl Peek {
    pub(super) fn new(message_type: u8) -> Self {
        Self { message_type, bytes: Vec::new(), seen: Vec::new() }
    }

    /// Looks at a datagram; returns the identity or the hint when this datagram has completed the message.
    pub(super) fn look(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        for record in records(datagram).filter(|record| record.epoch == 0) {
            if record.content_type != HANDSHAKE {
                continue;
            }
            for fragment in fragments(record.contents) {
                if fragment.message_type == self.message_type {
                    self.take(&fragment);
                }
            }
        }
        if self.seen.is_empty() || self.seen.contains(&false) {
            return None;
        }
        let (length, rest) = self.bytes.split_first_chunk()?;
        rest.get(..usize::from(u16::from_be_bytes(*length))).map(<[u8]>::to_vec)
    }

    fn take(&mut self, fragment: &Fragment<'_>) {
        if !(2..=MAX_MESSAGE).contains(&fragment.message_length) {
            return;
        }
        if self.bytes.is_empty() {
            self.bytes.resize(fragment.message_length, 0);
            self.seen.resize(fragment.message_length, false);
        }
        if self.bytes.len() != fragment.message_length {
            return;
        }
        let range = fragment.offset..fragment.offset + fragment.bytes.len();
        let places = self.bytes[range.clone()].iter_mut().zip(&mut self.seen[range]);
        for ((place, seen), byte) in places.zip(fragment.bytes) {
            if !*seen {
                (*place, *seen) = (*byte, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtls::record::put_record;

    fn piece(message: &[u8], from: usize, to: usize) -> Vec<u8> {
        let mut contents = vec![CLIENT_KEY_EXCHANGE, 0, 0, message.len() as u8, 0, 2, 0, 0, from as u8, 0, 0];
        contents.push((to - from) as u8);
        contents.extend(&message[from..to]);
        let mut datagram = Vec::new();
        put_record(HANDSHAKE, 0xfefd, 3, &contents, &mut datagram);
        datagram
    }

    const MESSAGE: &[u8] = b"\x00\x05alice";

    #[test]
    fn in_one_piece() {
        let mut peek = Peek::new(CLIENT_KEY_EXCHANGE);
        assert_eq!(peek.look(&piece(MESSAGE, 0, 7)).unwrap(), b"alice");
    }

    #[test]
    fn in_pieces_that_overlap_and_come_in_any_order() {
        let mut peek = Peek::new(CLIENT_KEY_EXCHANGE);
        assert_eq!(peek.look(&piece(MESSAGE, 4, 7)), None);
        assert_eq!(peek.look(&piece(b"\x00\x05alICE", 1, 6)), None);
        assert_eq!(peek.look(&piece(MESSAGE, 0, 3)).unwrap(), b"alice", "the first word counts");
    }

    #[test]
    fn another_length_and_a_length_too_great_are_not_looked_at() {
        let mut peek = Peek::new(CLIENT_KEY_EXCHANGE);
        assert_eq!(peek.look(&piece(MESSAGE, 0, 3)), None);
        assert_eq!(peek.look(&piece(b"\x00\x03bob", 0, 5)), None);
        let mut long = piece(MESSAGE, 3, 7);
        long[13 + 1] = 1;
        assert_eq!(peek.look(&long), None);
        assert_eq!(peek.look(&piece(MESSAGE, 3, 7)).unwrap(), b"alice");
    }

    #[test]
    fn an_identity_longer_than_its_message_is_none() {
        let mut peek = Peek::new(CLIENT_KEY_EXCHANGE);
        assert_eq!(peek.look(&piece(b"\x00\x06alice", 0, 7)), None);
    }
}
