//! Message IDs of the non-confirmable messages sent last.
use super::blockwise::TransferId;

const ROOM: usize = 16;

/// The message IDs of the last 16 non-confirmable messages that were sent and not rejected.
///
/// Such a message may be answered with a Reset (RFC 7252 section 4.3). A Reset for any other message ID is
/// not from the peer, or too late to be of use. Many sessions never send such messages: theirs hold a pointer.
#[derive(Debug, Default)]
pub(super) struct RecentMids(Option<Box<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    mids: [u16; ROOM],
    /// What they are blocks of, or about. Most sessions never send such.
    bodies: Option<Box<[Option<TransferId>; ROOM]>>,
    known: u16,
    next: u8,
}

impl RecentMids {
    pub(super) fn note(&mut self, mid: u16) {
        let ring = self.0.get_or_insert_default();
        let place = usize::from(ring.next);
        ring.mids[place] = mid;
        if let Some(bodies) = &mut ring.bodies {
            bodies[place] = None;
        }
        ring.known |= 1 << place;
        ring.next = (ring.next + 1) % ROOM as u8;
    }

    /// The message belongs to a body in blocks.
    pub(super) fn attach(&mut self, mid: u16, body: TransferId) {
        let Some(ring) = &mut self.0 else { return };
        if let Some(place) = ring.find(mid) {
            ring.bodies.get_or_insert_default()[place] = Some(body);
        }
    }

    /// What `mid` belongs to, if it was among them. It no longer is.
    pub(super) fn take(&mut self, mid: u16) -> Option<Option<TransferId>> {
        let ring = self.0.as_deref_mut()?;
        let place = ring.find(mid)?;
        ring.known &= !(1 << place);
        Some(ring.bodies.as_ref().and_then(|bodies| bodies[place]))
    }
}

impl Ring {
    fn find(&self, mid: u16) -> Option<usize> {
        (0..ROOM).find(|place| self.known & 1 << place != 0 && self.mids[*place] == mid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_sixteen_are_known_and_each_once() {
        let mut recent = RecentMids::default();
        assert_eq!(recent.take(0), None, "nothing was sent yet");
        (0..20).for_each(|mid| recent.note(mid));
        assert_eq!(recent.take(3), None);
        assert_eq!(recent.take(4), Some(None));
        assert_eq!(recent.take(4), None);
        assert_eq!(recent.take(19), Some(None));
    }
}
