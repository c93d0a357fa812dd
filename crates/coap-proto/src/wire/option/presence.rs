//! Which options a message has.
use super::{NO_RESPONSE, REQUEST_TAG};

/// From this number on, options are not told apart, but for two.
const HIGH: u16 = 61;

/// The numbers of the options in a message, at a glance: each number below 61 is told from all others, and so are
/// No-Response, which each request may have, and Request-Tag, which all blocks of a body have; others count as one.
///
/// Most questions about a message are about options that it does not have. This answers them without a walk over
/// those that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence(u64);

impl Presence {
    /// That of a message without options.
    pub const NONE: Self = Self(0);

    /// Every number that is told apart and elective (RFC 7252 section 5.4.1).
    pub const ELECTIVE: Self = Self(0x1555_5555_5555_5555).with(NO_RESPONSE).with(REQUEST_TAG);

    /// The same and `number`.
    #[must_use]
    pub const fn with(self, number: u16) -> Self {
        Self(self.0 | Self::bit(number))
    }

    /// The same without `number`, and without all that are not told apart if it is one of them.
    #[must_use]
    pub const fn without(self, number: u16) -> Self {
        Self(self.0 & !Self::bit(number))
    }

    /// Whether there may be options of that number. `false` is certain; `true` is certain for numbers that are told
    /// apart.
    pub const fn may_have(self, number: u16) -> bool {
        self.0 & Self::bit(number) != 0
    }

    /// Whether there may be options of a number that is in the other.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all numbers are certainly in the other, too. Those that are not told apart never are.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.without(HIGH).0 == 0
    }

    const fn bit(number: u16) -> u64 {
        1 << match number {
            ..HIGH => number,
            NO_RESPONSE => 61,
            REQUEST_TAG => 62,
            _ => 63,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::option;

    #[test]
    fn low_numbers_and_two_others_are_told_apart_and_high_ones_are_not() {
        let presence = Presence::NONE.with(option::ETAG).with(option::SIZE1).with(option::ECHO);
        for number in 0..HIGH {
            assert_eq!(presence.may_have(number), matches!(number, option::ETAG | option::SIZE1));
        }
        for number in [HIGH, HIGH + 1, HIGH + 2, option::ECHO, 257, 259, u16::MAX] {
            assert!(presence.may_have(number), "{number}");
        }
        assert_eq!(presence.without(option::ECHO), Presence::NONE.with(option::ETAG).with(option::SIZE1));
        assert!(presence.meets(Presence::NONE.with(option::BLOCK1).with(option::ETAG)));
        assert!(!presence.meets(Presence::NONE.with(option::BLOCK1)));
        for (number, other) in
            [(option::NO_RESPONSE, option::REQUEST_TAG), (option::REQUEST_TAG, option::NO_RESPONSE)]
        {
            let presence = Presence::NONE.with(number);
            assert!(
                presence.may_have(number) && !presence.may_have(other) && !presence.may_have(option::ECHO)
            );
            assert!((0..=HIGH + 2).all(|number| !presence.may_have(number)));
            assert!(!Presence::NONE.with(option::ECHO).may_have(number));
        }
    }

    #[test]
    fn what_is_within_is_certain() {
        let elective = Presence::NONE.with(option::ETAG).with(option::SIZE1).with(option::REQUEST_TAG);
        assert!(elective.is_within(Presence::ELECTIVE));
        assert!(!elective.with(option::URI_PATH).is_within(Presence::ELECTIVE));
        assert!(!elective.is_within(Presence::NONE.with(option::ETAG)));
        let high = Presence::NONE.with(option::ECHO);
        assert!(!high.is_within(high), "it may be another one");
        for number in (0..HIGH).chain([option::NO_RESPONSE, option::REQUEST_TAG]) {
            assert_eq!(Presence::ELECTIVE.may_have(number), !option::is_critical(number));
        }
        assert!(!Presence::ELECTIVE.may_have(HIGH));
    }
}
