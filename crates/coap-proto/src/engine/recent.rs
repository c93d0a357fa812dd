//! Message IDs of the non-confirmable messages sent last.
const ROOM: usize = 16;

/// The message IDs of the last 16 non-confirmable messages that were sent and not rejected.
///
/// Such a message may be answered with a Reset (RFC 7252 section 4.3). A Reset for any other message ID is
/// not from the peer, or too late to be of use.
#[derive(Debug, Default)]
pub(super) struct RecentMids {
    mids: [u16; ROOM],
    known: u16,
    next: u8,
}

impl RecentMids {
    pub(super) fn note(&mut self, mid: u16) {
        let place = usize::from(self.next);
        self.mids[place] = mid;
        self.known |= 1 << place;
        self.next = (self.next + 1) % ROOM as u8;
    }

    /// Whether `mid` was among them. It no longer is.
    pub(super) fn take(&mut self, mid: u16) -> bool {
        let place = (0..ROOM).find(|place| self.known & 1 << place != 0 && self.mids[*place] == mid);
        if let Some(place) = place {
            self.known &= !(1 << place);
        }
        place.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_sixteen_are_known_and_each_once() {
        let mut recent = RecentMids::default();
        assert!(!recent.take(0), "nothing was sent yet");
        (0..20).for_each(|mid| recent.note(mid));
        assert!(!recent.take(3));
        assert!(recent.take(4));
        assert!(!recent.take(4));
        assert!(recent.take(19));
    }
}
