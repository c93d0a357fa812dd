//! A small set of option numbers.

/// A set of option numbers, such as the critical options of a request that nobody understands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionFilter {
    numbers: Vec<u16>,
}

impl OptionFilter {
    /// Adds a number; nothing happens if it is there.
    pub fn insert(&mut self, number: u16) {
        if let Err(place) = self.numbers.binary_search(&number) {
            self.numbers.insert(place, number);
        }
    }
    /// Takes a number out; whether it was there.
    pub fn remove(&mut self, number: u16) -> bool {
        self.numbers.binary_search(&number).map(|place| self.numbers.remove(place)).is_ok()
    }
    /// Whether a number is in it.
    pub fn contains(&self, number: u16) -> bool {
        self.numbers.binary_search(&number).is_ok()
    }
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }
    /// Its numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.numbers.iter().copied()
    }
}
