//! A small set of option numbers.

const LONG: usize = 2;
const SHORT: usize = 6;

/// A set of at most two option numbers above 255 and six others, with the layout of libcoap's
/// `coap_opt_filter_t` (12 bytes), as which programs keep it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct OptionFilter {
    /// Which places are taken: the lowest two bits for `long`, the next six for `short`.
    mask: u16,
    long: [u16; LONG],
    short: [u8; SHORT],
}

impl OptionFilter {
    /// The empty set.
    pub const EMPTY: Self = Self { mask: 0, long: [0; LONG], short: [0; SHORT] };

    /// A set with one number.
    pub fn of(number: u16) -> Self {
        let mut filter = Self::EMPTY;
        filter.set(number);
        filter
    }

    /// A set from the fields of a C program's filter. Every value is a set.
    pub const fn from_parts(mask: u16, long: [u16; LONG], short: [u8; SHORT]) -> Self {
        Self { mask, long, short }
    }

    /// The fields, as [`OptionFilter::from_parts`] takes them.
    pub const fn parts(&self) -> (u16, [u16; LONG], [u8; SHORT]) {
        (self.mask, self.long, self.short)
    }

    /// Adds a number; `false` if there is no place left for it.
    pub fn set(&mut self, number: u16) -> bool {
        if self.get(number) {
            return true;
        }
        // The highest free place is taken first, as libcoap does: C programs can see it.
        let Some(place) = places(number).rev().find(|place| self.mask & 1 << place == 0) else {
            return false;
        };
        match u8::try_from(number) {
            Ok(number) => self.short[place - LONG] = number,
            Err(_) => self.long[place] = number,
        }
        self.mask |= 1 << place;
        true
    }

    /// Takes a number out; `false` if it was not in.
    pub fn unset(&mut self, number: u16) -> bool {
        let Some(place) = self.find(number) else { return false };
        self.mask &= !(1 << place);
        true
    }

    /// Whether the number is in the set.
    pub fn get(&self, number: u16) -> bool {
        self.find(number).is_some()
    }

    /// Takes all numbers out.
    pub fn clear(&mut self) {
        *self = Self::EMPTY;
    }

    /// Whether no number is in the set.
    pub fn is_empty(&self) -> bool {
        self.mask & ((1 << (LONG + SHORT)) - 1) == 0
    }

    /// The numbers in the set, in no order.
    pub fn numbers(&self) -> impl Iterator<Item = u16> + '_ {
        (0..LONG + SHORT).filter(|place| self.mask & 1 << place != 0).map(|place| self.at(place))
    }

    fn find(&self, number: u16) -> Option<usize> {
        places(number).find(|place| self.mask & 1 << place != 0 && self.at(*place) == number)
    }

    fn at(&self, place: usize) -> u16 {
        if place < LONG { self.long[place] } else { u16::from(self.short[place - LONG]) }
    }
}

fn places(number: u16) -> std::ops::Range<usize> {
    if number > 255 { 0..LONG } else { LONG..LONG + SHORT }
}
