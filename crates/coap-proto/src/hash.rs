//! Hashes for tables whose keys strangers choose.
use siphasher::sip::SipHasher13;
use std::fmt;
use std::hash::{BuildHasher, Hasher};

/// SipHash-1-3 with a secret key. Addresses, tokens and messages come from strangers: who could choose ones that meet
/// in one place of a table would make every look-up there a walk.
#[derive(Clone)]
#[cfg_attr(test, derive(Default))]
pub(crate) struct Keyed([u64; 2]);

impl Keyed {
    /// With this key, which nobody else knows.
    pub(crate) fn new(key: [u64; 2]) -> Self {
        Self(key)
    }

    /// The hash of these bytes, which are all that there is to be told apart.
    pub(crate) fn hash_bytes(&self, bytes: &[u8]) -> u64 {
        self.build_hasher().hash(bytes)
    }

    /// The hash of these words, quicker than piece by piece.
    pub(crate) fn hash_words<const N: usize>(&self, words: [u64; N]) -> u64 {
        let mut state = self.build_hasher();
        words.into_iter().for_each(|word| state.write_u64(word));
        state.finish()
    }
}

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        let [first, second] = self.0;
        SipHasher13::new_with_keys(first, second)
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Keyed(..)")
    }
}
