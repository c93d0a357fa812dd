//! Tokens of requests (RFC 7252 section 5.3.1).
use super::SessionId;
use super::random::Random;
use crate::wire::uint;
use hashbrown::Equivalent;
use std::ops::Deref;

/// A fresh token of at most 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    bytes: [u8; 8],
    len: u8,
}

impl Token {
    fn new(value: &[u8]) -> Self {
        let mut bytes = [0; 8];
        bytes[..value.len()].copy_from_slice(value);
        Self { bytes, len: value.len() as u8 }
    }
}

impl AsRef<[u8]> for Token {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// A session's token as the key of a hash table, without owning it.
#[derive(Hash)]
pub(super) struct TokenRef<'a>(pub(super) SessionId, pub(super) &'a [u8]);

impl Equivalent<(SessionId, Box<[u8]>)> for TokenRef<'_> {
    fn equivalent(&self, (session, token): &(SessionId, Box<[u8]>)) -> bool {
        (self.0, self.1) == (*session, token)
    }
}

/// A token of any length that is kept: one of this node's own making is in place.
#[derive(Clone, Debug)]
pub(super) enum KeptToken {
    Short(Token),
    Long(Box<[u8]>),
}

impl From<&[u8]> for KeptToken {
    fn from(token: &[u8]) -> Self {
        if token.len() <= 8 { Self::Short(Token::new(token)) } else { Self::Long(token.into()) }
    }
}

impl Deref for KeptToken {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Short(token) => token.as_ref(),
            Self::Long(token) => token,
        }
    }
}

impl PartialEq for KeptToken {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// Where a session's tokens come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TokenSource {
    /// 64 random bits, as RFC 7252 section 5.3.1 asks of clients without transport security: a response
    /// cannot be forged by who does not see the request.
    Random,
    /// Counting up from what the application has set.
    Counter(u64),
}

impl TokenSource {
    /// Counts from `token` on: its last 8 bytes read as a number.
    pub(super) fn counting_from(token: &[u8]) -> Self {
        let last = &token[token.len().saturating_sub(8)..];
        Self::Counter(uint::decode(last).unwrap_or_default())
    }

    pub(super) fn next(&mut self, random: &mut Random) -> Token {
        match self {
            Self::Random => Token::new(&random.u64().to_be_bytes()),
            Self::Counter(last) => {
                *last = last.wrapping_add(1);
                Token::new(&uint::encode(*last))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_do_not_follow_from_each_other_and_differ_with_the_seed() {
        let mut source = TokenSource::Random;
        let tokens: Vec<_> = (0..100).map(|_| source.next(&mut Random::new([1; 32]))).collect();
        assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]), "same seed, same token");
        let mut random = Random::new([1; 32]);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            assert!(seen.insert(source.next(&mut random).as_ref().to_vec()));
        }
        assert_ne!(source.next(&mut Random::new([2; 32])), tokens[0]);
    }

    #[test]
    fn an_application_that_sets_a_token_gets_the_next_ones_in_order() {
        let mut random = Random::new([0; 32]);
        let mut source = TokenSource::counting_from(&[0, 0xff]);
        assert_eq!(source.next(&mut random).as_ref(), [1, 0]);
        assert_eq!(source.next(&mut random).as_ref(), [1, 1]);
        let mut source = TokenSource::counting_from(&[0xff; 9]);
        assert_eq!(source.next(&mut random).as_ref(), b"", "wraps to zero, which is the empty token");
    }
}
