//! The tokens of a request's messages: each has its own, by which late answers are told from those that are waited for.
use super::super::store::Family;
use super::Client;
use crate::engine::observe::{is_deregistration, is_registration};
use crate::engine::token::KeptToken;
use crate::wire::Pdu;

/// Tokens that are known of one request, besides its own: those of answers that may come late.
pub(super) const MAX_TOKENS: usize = 8;

impl Client {
    /// Bytes of a token that count the messages of its family.
    pub(in crate::engine::blockwise) const COUNT_LENGTH: usize = 3;

    /// The token by which the application knows the request.
    pub(in crate::engine::blockwise) fn app_token(&self) -> &[u8] {
        self.request.token()
    }

    /// The token of the message that is under way.
    pub(in crate::engine::blockwise) fn token(&self) -> &[u8] {
        let current = self.tokens.back().filter(|_| self.tokens.len() > self.retired);
        current.map_or(self.request.token(), |token| token)
    }

    /// Whether a token leads to it.
    pub(in crate::engine::blockwise) fn has_token(&self, token: &[u8]) -> bool {
        self.tokens.iter().rev().any(|known| **known == *token) || self.is_lasting(token)
    }

    /// All tokens that lead to it.
    pub(in crate::engine::blockwise) fn tokens(&self) -> Vec<KeptToken> {
        let own = [KeptToken::from(self.app_token())].into_iter().chain(self.registered.clone());
        own.chain(self.tokens.iter().cloned()).collect()
    }

    /// Whether the server's notifications, if there are any, have that token.
    pub(in crate::engine::blockwise) fn is_registered_by(&self, token: &[u8]) -> bool {
        token == self.registration()
    }

    /// The token by which the server knows the observation.
    pub(in crate::engine::blockwise) fn registration(&self) -> &[u8] {
        self.registered.as_deref().unwrap_or(self.app_token())
    }

    /// The server knows the observation by that token.
    pub(in crate::engine::blockwise) fn set_registration(&mut self, token: &[u8]) {
        self.registered = Some(token.into());
    }

    /// A message goes out with that token, the last so far. If it is a request to observe, the server will know the
    /// observation by it.
    ///
    /// Returns the token by which it did so far, if that is not the application's: nothing is wanted by that any more.
    pub(in crate::engine::blockwise) fn note_registration(&mut self, message: &Pdu) -> Option<KeptToken> {
        if !is_registration(message) {
            return None;
        }
        let before = self.registered.replace(message.token().into());
        // What was sent before the server hears of the new one is late, not unknown.
        if let Some(before) = &before
            && !self.tokens.is_empty()
            && !self.tokens.contains(before)
        {
            self.tokens.push_front(before.clone());
            self.retired += 1;
        }
        before.filter(|before| !self.is_lasting(before))
    }

    /// The token of the next message. A server knows the observation that it is to end by the token of the
    /// request that began it (RFC 7641 section 3.6): that of its last message.
    pub(in crate::engine::blockwise) fn next_token(&self, new: [u8; 8]) -> KeptToken {
        let is_last = self.upload.as_ref().is_none_or(|upload| !upload.block().more);
        let ends = is_deregistration(&self.request) && is_last && self.is_fresh();
        if ends { self.registration().into() } else { new[..].into() }
    }

    /// The message under way has a new token.
    pub(in crate::engine::blockwise) fn add_token(&mut self, token: KeptToken) {
        self.tokens.push_back(token);
    }

    /// Forgets the oldest token, if there are too many.
    pub(in crate::engine::blockwise) fn drop_token(&mut self) -> Option<KeptToken> {
        if self.tokens.len() <= MAX_TOKENS {
            return None;
        }
        self.retired = self.retired.saturating_sub(1);
        self.tokens.pop_front()
    }

    /// Blocks that were asked for until now are not wanted any more: another body comes, or none. Returns the tokens
    /// of those requests.
    pub(in crate::engine::blockwise) fn retire_tokens(&mut self) -> Vec<KeptToken> {
        let asked = self.tokens.iter().skip(self.retired).cloned().collect();
        self.retired = self.tokens.len();
        asked
    }

    /// Whether what comes with this token is too late.
    pub(in crate::engine::blockwise) fn is_retired(&self, token: &[u8]) -> bool {
        !self.is_lasting(token) && self.tokens.iter().take(self.retired).any(|retired| **retired == *token)
    }

    /// Whether notifications may come with it.
    fn is_lasting(&self, token: &[u8]) -> bool {
        token == self.app_token() || self.registered.as_deref() == Some(token)
    }

    /// What the tokens of its messages with blocks begin with.
    pub(in crate::engine::blockwise) fn family(&self) -> Option<Family> {
        self.family.map(|(family, _)| family)
    }

    /// The token of the next message with a block.
    pub(in crate::engine::blockwise) fn next_of_family(&mut self) -> Vec<u8> {
        let Some((family, count)) = &mut self.family else { return Vec::new() };
        *count += 1;
        let count = count.to_be_bytes();
        [&family[..], &count[count.len() - Self::COUNT_LENGTH..]].concat()
    }
}
