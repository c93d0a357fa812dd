//! What a journal keeps, in memory.
use super::format;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Values by key, and in the order in which the keys came.
#[derive(Debug, Default)]
pub(super) struct Map {
    entries: BTreeMap<u64, Entry>,
    places: HashMap<Arc<[u8]>, u64>,
    additions: u64,
    encoded: u64,
}

#[derive(Debug)]
struct Entry {
    key: Arc<[u8]>,
    value: Vec<u8>,
}

impl Map {
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        Some(&self.entries.get(self.places.get(key)?)?.value)
    }

    /// Sets a value; a key that is known keeps its place. Returns the place.
    pub(super) fn put(&mut self, key: &[u8], value: Vec<u8>) -> u64 {
        self.encoded += format::encoded_len(key, &value);
        if let Some(&place) = self.places.get(key)
            && let Some(entry) = self.entries.get_mut(&place)
        {
            self.encoded -= format::encoded_len(key, &entry.value);
            entry.value = value;
            return place;
        }
        let (key, place) = (Arc::<[u8]>::from(key), self.additions);
        self.additions += 1;
        self.places.insert(Arc::clone(&key), place);
        self.entries.insert(place, Entry { key, value });
        place
    }

    /// Takes a key out. Returns its place.
    pub(super) fn remove(&mut self, key: &[u8]) -> Option<u64> {
        let place = self.places.remove(key)?;
        let entry = self.entries.remove(&place)?;
        self.encoded -= format::encoded_len(key, &entry.value);
        Some(place)
    }

    /// Places, keys and values from a place on.
    pub(super) fn from(&self, place: u64) -> impl Iterator<Item = (u64, &[u8], &[u8])> {
        self.entries.range(place..).map(|(&place, entry)| (place, &*entry.key, &*entry.value))
    }

    /// Bytes that all of it takes in a file.
    pub(super) fn encoded_len(&self) -> u64 {
        self.encoded
    }
}
