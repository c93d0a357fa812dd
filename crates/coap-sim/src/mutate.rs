//! Hostile bytes.
use fastrand::Rng;

/// Makes broken messages out of sound ones.
#[derive(Debug)]
pub struct Mutator {
    rng: Rng,
    samples: Vec<Vec<u8>>,
}

/// Bytes that mean something at some place of a message.
const TELLING: [u8; 16] =
    [0x00, 0x01, 0x40, 0x44, 0x48, 0x4d, 0x4e, 0x4f, 0x50, 0x60, 0x70, 0x7f, 0x80, 0xd0, 0xe0, 0xff];

impl Mutator {
    /// A source of broken versions of `samples`.
    ///
    /// # Panics
    /// If there are no samples.
    pub fn new(seed: u64, samples: Vec<Vec<u8>>) -> Self {
        assert!(!samples.is_empty(), "nothing to start from");
        Self { rng: Rng::with_seed(seed), samples }
    }

    /// The next broken message, at most some 3,000 bytes. One in eight is plain noise; a few are sound.
    pub fn next_message(&mut self) -> Vec<u8> {
        if self.rng.u8(..8) == 0 {
            return self.noise();
        }
        let mut bytes = self.samples[self.rng.usize(..self.samples.len())].clone();
        for _ in 0..self.rng.usize(..5) {
            self.mutate(&mut bytes);
        }
        bytes
    }

    fn noise(&mut self) -> Vec<u8> {
        let length = if self.rng.u8(..16) == 0 { self.rng.usize(..1500) } else { self.rng.usize(..40) };
        let mut bytes: Vec<u8> = (0..length).map(|_| self.rng.u8(..)).collect();
        // Else three in four would end at the version.
        if let Some(first) = bytes.first_mut() {
            *first = *first & 0x3f | 0x40;
        }
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let place = self.rng.usize(..=bytes.len());
        let at_byte = place.min(bytes.len().saturating_sub(1));
        match self.rng.u8(..8) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place, self.rng.u8(..)),
            2 => bytes.insert(place, TELLING[self.rng.usize(..TELLING.len())]),
            3 if !bytes.is_empty() => bytes[at_byte] ^= 1 << self.rng.u8(..8),
            4 if !bytes.is_empty() => bytes[at_byte] = TELLING[self.rng.usize(..TELLING.len())],
            5 if !bytes.is_empty() => drop(bytes.remove(at_byte)),
            6 => self.splice(bytes, place),
            _ => bytes
                .extend(std::iter::repeat_n(TELLING[self.rng.usize(..TELLING.len())], self.rng.usize(..600))),
        }
    }

    /// Puts the end of another sample after the beginning of this one.
    fn splice(&mut self, bytes: &mut Vec<u8>, place: usize) {
        let other = &self.samples[self.rng.usize(..self.samples.len())];
        bytes.truncate(place);
        bytes.extend_from_slice(&other[self.rng.usize(..=other.len())..]);
    }
}
