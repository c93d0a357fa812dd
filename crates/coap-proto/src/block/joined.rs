//! The memory of a body that comes in pieces.
use crate::wire::Pdu;

/// Room that is left for a head at most, in bytes.
const FRONT: usize = 256;

/// A body that grows at its end, with room in front for the head of the message that will bear it: so no byte of it is
/// copied once more when it is whole.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Room for a head, then the body.
    memory: Vec<u8>,
    front: usize,
    /// How long it will be, as far as anybody has said.
    expected: usize,
}

impl Joined {
    /// An empty body, of a message with a head like that of `message`; `expected` is the length that was announced.
    /// A head that is longer than usual is not provided for: whoever sends it would have us keep it.
    pub(super) fn of(message: &Pdu, expected: usize) -> Self {
        let front = message.front().min(FRONT);
        Self { memory: vec![0; front], front, expected }
    }

    /// What there is of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.memory[self.front..]
    }

    /// How many bytes there are of it.
    pub(super) fn len(&self) -> usize {
        self.memory.len() - self.front
    }

    /// Memory that it takes, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.memory.len()
    }

    /// The next bytes. It takes at most twice the memory of what has come, and no more than was announced if that is
    /// true.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let needed = self.memory.len() + piece.len();
        let whole = self.front.saturating_add(self.expected);
        if needed > self.memory.capacity() && needed <= whole {
            let goal = whole.min(2 * needed);
            self.memory.reserve_exact(goal - self.memory.len());
        }
        self.memory.extend_from_slice(piece);
    }

    /// Makes it the payload of a message, instead of the one that it has.
    pub(super) fn become_payload_of(self, message: &mut Pdu) {
        message.adopt_payload(self.memory, self.front);
    }

    /// The body by itself.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.memory.drain(..self.front);
        self.memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Code, MessageType, option};

    fn message(token: &[u8]) -> Pdu {
        let mut message = Pdu::new(MessageType::Ack, Code::CONTENT, 1, 0);
        message.set_token(token).unwrap();
        message.add_option(option::ETAG, &[7; 3]).unwrap();
        message
    }

    #[test]
    fn a_body_becomes_a_payload_whatever_room_was_left_for_the_head() {
        for (before, after) in [(4, 4), (8, 0), (0, 8), (3, 20)] {
            let mut joined = Joined::of(&message(&vec![1; before]), 5000);
            (0..5u8).for_each(|piece| joined.push(&[piece; 1000]));
            let mut bearer = message(&vec![2; after]);
            bearer.set_payload(b"the last piece").unwrap();
            let mut expected = message(&vec![2; after]);
            let body: Vec<u8> = (0..5000).map(|at| (at / 1000) as u8).collect();
            expected.set_payload(&body).unwrap();
            assert_eq!((joined.bytes(), joined.len()), (&body[..], body.len()));
            joined.become_payload_of(&mut bearer);
            assert_eq!((bearer.payload(), bearer.token()), (&body[..], &vec![2; after][..]));
            assert_eq!(bearer.encode_udp(), expected.encode_udp());
        }
    }

    #[test]
    fn an_empty_body_is_no_payload() {
        let mut bearer = message(b"t");
        bearer.set_payload(b"x").unwrap();
        Joined::default().become_payload_of(&mut bearer);
        assert_eq!((bearer.payload(), bearer.body()), (&b""[..], message(b"t").body()));
    }

    #[test]
    fn memory_is_taken_for_what_has_come_not_for_what_was_announced() {
        let mut joined = Joined::of(&message(b"t"), usize::MAX);
        joined.push(&[0; 1024]);
        assert!(joined.memory.capacity() < 4096);
        let mut long = message(b"t");
        long.add_option(284, &[0; 60_000]).unwrap();
        let mut joined = Joined::of(&long, 1024);
        joined.push(&[5; 1024]);
        assert!(joined.memory.capacity() < 2048 && joined.cost() < 2048, "nor for what a head has");
        joined.become_payload_of(&mut long);
        assert_eq!(long.payload(), [5; 1024]);
        let mut joined = Joined::of(&message(b"t"), 10 * 1024);
        (0..10).for_each(|_| joined.push(&[0; 1024]));
        assert!(joined.memory.capacity() < 10 * 1024 + 100, "and no more than what was announced");
        joined.push(&[0; 1024]);
        assert_eq!(joined.into_bytes().len(), 11 * 1024, "which may be wrong");
    }
}
