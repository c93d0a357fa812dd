//! Hashes for tables whose keys strangers choose, and of what they send.
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
    #[inline]
    pub(crate) fn hash_bytes(&self, bytes: &[u8]) -> u64 {
        end(self.build_hasher(), bytes)
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

/// The hash that ends with these bytes, by whole words: a hasher that may hold a part of one is slower. The last word
/// tells where they end.
#[inline(always)]
fn end(mut hash: SipHasher13, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|word| hash.write_u64(u64::from_le_bytes(*word)));
    hash.write_u64((bytes.len() as u64) << 56 | word_of(rest));
    hash.finish()
}

/// Fewer than eight bytes as a word.
#[inline]
fn word_of(rest: &[u8]) -> u64 {
    match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
            first | last << (8 * (rest.len() - 4)) // where they overlap they are the same
        }
        _ => rest.iter().rfold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Keyed hashes of contents of any length.
///
/// Long ones are condensed first: 16 bytes stand for each 1,280, which is room for a block and its options. They come
/// from NH, the universal hash of UMAC (RFC 4418 section 5.2.2), here with words of 64 bits: two pieces that differ
/// have the same for one key of 2 ^ 64. Peers see hashes (ETags), but not what SipHash has made them of; its key here
/// makes nothing else, so what they see tells nothing about the words of NH, nor about tables.
pub(crate) struct Contents {
    hasher: Keyed,
    key: Box<[[u64; 2]; PAIRS]>,
}

/// Pairs of words that are condensed to one.
const PAIRS: usize = 80;
/// Contents of so many bytes or more are condensed.
const LONG: usize = 128;

impl Contents {
    /// With the key of `hasher`; the words of NH come from `words`. Neither key may be used for anything else.
    pub(crate) fn new(hasher: Keyed, words: &Keyed) -> Self {
        let word = |at: usize| words.hash_words([at as u64]);
        let key = Box::new(std::array::from_fn(|at| [word(2 * at), word(2 * at + 1)]));
        Self { hasher, key }
    }

    /// A hash to be begun with something else.
    #[inline]
    pub(crate) fn begin(&self) -> SipHasher13 {
        self.hasher.build_hasher()
    }

    /// The hash of a content.
    pub(crate) fn hash(&self, content: &[u8]) -> u64 {
        self.end(self.begin(), content)
    }

    /// The hash that ends with a content.
    #[inline]
    pub(crate) fn end(&self, hash: SipHasher13, content: &[u8]) -> u64 {
        if content.len() < LONG { end(hash, content) } else { self.end_long(hash, content) }
    }

    fn end_long(&self, mut hash: SipHasher13, content: &[u8]) -> u64 {
        hash.write_usize(content.len());
        for piece in content.chunks(16 * PAIRS) {
            hash.write_u128(self.condense(piece));
        }
        hash.finish()
    }

    fn condense(&self, piece: &[u8]) -> u128 {
        let (pairs, rest) = piece.as_chunks::<16>();
        let mut sum = 0u128;
        for (pair, key) in pairs.iter().zip(&*self.key) {
            sum = sum.wrapping_add(product(pair, key));
        }
        match self.key.get(pairs.len()) {
            Some(key) if !rest.is_empty() => {
                let mut last = [0; 16];
                last[..rest.len()].copy_from_slice(rest);
                sum.wrapping_add(product(&last, key))
            }
            _ => sum,
        }
    }
}

fn product(pair: &[u8; 16], [first, second]: &[u64; 2]) -> u128 {
    let pair = u128::from_le_bytes(*pair);
    let (low, high) = (pair as u64, (pair >> 64) as u64);
    u128::from(low.wrapping_add(*first)) * u128::from(high.wrapping_add(*second))
}

impl fmt::Debug for Contents {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Contents(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn contents(key: [u64; 2]) -> Contents {
        Contents::new(Keyed::new(key), &Keyed::new([key[1], 7]))
    }

    #[test]
    fn every_byte_and_the_length_of_a_content_count() {
        let contents = contents([1, 2]);
        for length in
            [0, 1, 2, 3, 4, 5, 7, 8, 15, LONG - 1, LONG, LONG + 1, 500, 1279, 1280, 1281, 2560, 2576]
        {
            let plain = vec![0; length];
            let mut seen = HashSet::from([contents.hash(&plain)]);
            for at in 0..length {
                for value in [1, 0x80] {
                    let mut content = plain.clone();
                    content[at] = value;
                    assert!(seen.insert(contents.hash(&content)), "byte {at} of {length}");
                }
            }
            assert!(seen.insert(contents.hash(&vec![0; length + 1])), "a byte more than {length}");
        }
    }

    #[test]
    fn the_key_and_what_it_begins_with_count() {
        let content = [7; 1000];
        let (one, other) = (contents([1, 2]), contents([1, 3]));
        assert_ne!(one.hash(&content), other.hash(&content));
        assert_ne!(one.condense(&content), other.condense(&content));
        let mut begun = one.begin();
        begun.write_u8(1);
        assert_ne!(one.end(begun, &content), one.hash(&content));
        assert_eq!(one.hash(&content), one.hash(&content));
    }

    #[test]
    fn what_peers_may_see_is_no_key() {
        let words = Keyed::new([3, 4]);
        let contents = Contents::new(Keyed::new([1, 2]), &words);
        for at in 0..2 * PAIRS {
            assert_ne!(contents.hash(&(at as u64).to_le_bytes()), contents.key[at / 2][at % 2]);
        }
        assert_ne!(contents.hash(b""), contents.key[0][0]);
        assert_eq!(words.hash_bytes(b""), contents.key[0][0], "with one key for both it would be");
    }
}
