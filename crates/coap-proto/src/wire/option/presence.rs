//! Which options a message has.

/// From this number on, options are not told apart.
const HIGH: u16 = 63;

/// The numbers of the options in a message, at a glance: each number below 63 is told from all others, those above
/// count as one.
///
/// Most questions about a message are about options that it does not have. This answers them without a walk over
/// those that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence(u64);

impl Presence {
    /// That of a message without options.
    pub const NONE: Self = Self(0);

    /// Every number below 63 that is elective (RFC 7252 section 5.4.1).
    pub const LOW_ELECTIVE: Self = Self(0x5555_5555_5555_5555);

    /// The same and `number`.
    #[must_use]
    pub const fn with(self, number: u16) -> Self {
        Self(self.0 | Self::bit(number))
    }

    /// The same without `number`, and without all high numbers if it is one.
    #[must_use]
    pub const fn without(self, number: u16) -> Self {
        Self(self.0 & !Self::bit(number))
    }

    /// Whether there may be options of that number. `false` is certain; `true` is certain for numbers below 63.
    pub const fn may_have(self, number: u16) -> bool {
        self.0 & Self::bit(number) != 0
    }

    /// Whether there may be options of a number that is in the other.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all numbers are certainly in the other, too. High ones never are.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.without(HIGH).0 == 0
    }

    const fn bit(number: u16) -> u64 {
        1 << if number < HIGH { number } else { HIGH }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::option;

    #[test]
    fn low_numbers_are_told_apart_and_high_ones_are_not() {
        let presence = Presence::NONE.with(option::ETAG).with(option::SIZE1).with(option::ECHO);
        for number in 0..HIGH {
            assert_eq!(presence.may_have(number), matches!(number, option::ETAG | option::SIZE1));
        }
        for number in [HIGH, option::ECHO, option::NO_RESPONSE, u16::MAX] {
            assert!(presence.may_have(number), "{number}");
        }
        assert_eq!(presence.without(option::ECHO), Presence::NONE.with(option::ETAG).with(option::SIZE1));
        assert!(presence.meets(Presence::NONE.with(option::BLOCK1).with(option::ETAG)));
        assert!(!presence.meets(Presence::NONE.with(option::BLOCK1)));
    }

    #[test]
    fn what_is_within_is_certain() {
        let elective = Presence::NONE.with(option::ETAG).with(option::SIZE1);
        assert!(elective.is_within(Presence::LOW_ELECTIVE));
        assert!(!elective.with(option::URI_PATH).is_within(Presence::LOW_ELECTIVE));
        assert!(!elective.is_within(Presence::NONE.with(option::ETAG)));
        let high = Presence::NONE.with(option::ECHO);
        assert!(!high.is_within(high), "it may be another one");
        for number in 0..HIGH {
            assert_eq!(Presence::LOW_ELECTIVE.may_have(number), !option::is_critical(number));
        }
        assert!(!Presence::LOW_ELECTIVE.may_have(HIGH));
    }
}
