//! Responses that are kept for further requests (RFC 7252 section 5.6, 5.7.1).
//!
//! No timer runs for them: a stale one serves to ask whether it is still valid, and goes when newer ones need its
//! place.
use super::Server;
use crate::arena::{Arena, Index};
use crate::cache::CacheKey;
use crate::engine::list::{Links, List, Member};
use crate::hash::Keyed;
use crate::wire::{Code, Pdu, option, uint};
use hashbrown::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Max-Age of a response that does not say (RFC 7252 section 5.10.5).
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(60);
/// Counted for each response besides its bytes.
const OVERHEAD: usize = 384;
/// Options that requests may differ in although one response serves them all. ETag asks whether one is still valid;
/// Block2 asks for a part of it.
const NO_MATTER: [u16; 5] =
    [option::ETAG, option::BLOCK2, option::HOP_LIMIT, option::NO_RESPONSE, option::REQUEST_TAG];

/// Which requests a response answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    server: Server,
    code: Code,
    options: CacheKey,
}

/// What a response is about: its server and URI.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Target {
    server: Server,
    uri: CacheKey,
}

/// What a request asks, as far as responses that are kept are concerned.
#[derive(Clone, Debug)]
pub(super) struct Question {
    key: Key,
    target: Target,
    /// A response that was kept and is stale: the server was asked whether it is valid still.
    pub(super) stale: Option<Arc<Pdu>>,
}

/// A response that is kept.
#[derive(Debug)]
struct Stored {
    key: Key,
    target: Target,
    response: Arc<Pdu>,
    fresh_until: Instant,
    /// How often its target had been changed when it came.
    epoch: u64,
    cost: usize,
    by_use: Links,
}

/// How often a target that responses are kept of was changed.
#[derive(Debug, Default)]
struct Changes {
    epoch: u64,
    responses: usize,
}

/// What there is for a request.
#[derive(Debug)]
pub(super) enum Found {
    /// The answer, for so long still.
    Fresh(Arc<Pdu>, Duration),
    /// Something that was the answer once.
    Stale(Arc<Pdu>),
}

/// Lists of responses: all, in the order in which they were last used.
#[derive(Debug)]
enum ByUse {}

impl Member<ByUse> for Stored {
    fn links(&self) -> &Links {
        &self.by_use
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.by_use
    }
}

/// The responses that are kept.
#[derive(Debug)]
pub(in crate::engine) struct Store {
    arena: Arena<Stored>,
    keys: HashMap<Key, Index, Keyed>,
    targets: HashMap<Target, Changes, Keyed>,
    by_use: List<ByUse>,
    bytes: usize,
}

impl Question {
    /// What a request asks `server`, as it is sent there.
    pub(super) fn of(request: &Pdu, server: &Server) -> Self {
        let of_uri = |number| {
            matches!(
                number,
                option::URI_HOST
                    | option::URI_PORT
                    | option::URI_PATH
                    | option::URI_QUERY
                    | option::PROXY_URI
            )
        };
        let mut uri = Pdu::new(request.kind(), Code::GET, 0, 0);
        for option in request.options().filter(|option| of_uri(option.number)) {
            // Without a size limit, options of a message always fit another one.
            let _ = uri.insert_option(option.number, option.value);
        }
        let options = CacheKey::of(request, None, &NO_MATTER);
        let (code, server) = (request.code(), server.clone());
        let target = Target { server: server.clone(), uri: CacheKey::of(&uri, None, &[]) };
        Self { key: Key { server, code, options }, target, stale: None }
    }

    /// Whether a response that is kept may answer it.
    pub(super) fn may_be_answered(&self, request: &Pdu) -> bool {
        let asks = matches!(self.key.code, Code::GET | Code::FETCH);
        asks && [option::OBSERVE, option::OSCORE, option::BLOCK1]
            .iter()
            .all(|it| request.option(*it).is_none())
    }

    /// Whether a response of that code, or the notification, may be kept.
    fn may_be_kept(&self, response: &Pdu) -> bool {
        matches!(self.key.code, Code::GET | Code::FETCH)
            && response.code() == Code::CONTENT
            && [option::OSCORE, option::BLOCK2].iter().all(|it| response.option(*it).is_none())
    }
}

impl Store {
    pub(in crate::engine) fn new(hasher: Keyed) -> Self {
        let (keys, targets) = (HashMap::with_hasher(hasher.clone()), HashMap::with_hasher(hasher));
        Self { arena: Arena::new(), keys, targets, by_use: List::default(), bytes: 0 }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        self.arena.len()
    }

    pub(in crate::engine) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is kept for a request.
    pub(super) fn find(&mut self, question: &Question, now: Instant) -> Option<Found> {
        let index = *self.keys.get(&question.key)?;
        self.by_use.move_to_back(&mut self.arena, index);
        let stored = self.arena.get(index)?;
        let is_current =
            self.targets.get(&stored.target).is_some_and(|changes| changes.epoch == stored.epoch);
        let rest = stored.fresh_until.saturating_duration_since(now);
        let response = Arc::clone(&stored.response);
        // Max-Age has no fractions: less than a second is nothing.
        Some(if is_current && rest.as_secs() > 0 {
            Found::Fresh(response, rest)
        } else {
            Found::Stale(response)
        })
    }

    /// A response came. `limit`: bytes of all that are kept.
    pub(super) fn learn(&mut self, question: &Question, response: &Pdu, now: Instant, limit: usize) {
        if matches!(response.code(), Code::CREATED | Code::DELETED | Code::CHANGED)
            && question.key.code != Code::FETCH
        {
            // RFC 7252 section 5.9.1: what was known of it is stale.
            if let Some(changes) = self.targets.get_mut(&question.target) {
                changes.epoch += 1;
            }
        }
        if !question.may_be_kept(response) {
            return;
        }
        let cost = OVERHEAD + 2 * question.key.server.host.len() + response.len();
        self.forget(&question.key);
        // One alone does not drive out all others.
        if cost > limit / 8 {
            return;
        }
        while self.bytes + cost > limit
            && let Some(least_used) = self.by_use.front()
        {
            self.remove(least_used);
        }
        let changes = self.targets.entry(question.target.clone()).or_default();
        changes.responses += 1;
        let epoch = changes.epoch;
        let mut kept = response.clone();
        kept.set_max_size(0);
        let _ = kept.update_token(&[]);
        kept.remove_option(option::OBSERVE);
        let Question { key, target, .. } = question.clone();
        let (fresh_until, by_use) = (now + max_age(response), Links::default());
        let stored =
            Stored { key: key.clone(), target, response: Arc::new(kept), fresh_until, epoch, cost, by_use };
        let index = self.arena.insert(stored);
        self.keys.insert(key, index);
        self.by_use.push_back(&mut self.arena, index);
        self.bytes += cost;
    }

    fn forget(&mut self, key: &Key) {
        if let Some(index) = self.keys.get(key).copied() {
            self.remove(index);
        }
    }

    fn remove(&mut self, index: Index) {
        self.by_use.remove(&mut self.arena, index);
        let Some(stored) = self.arena.remove(index) else { return };
        self.keys.remove(&stored.key);
        self.bytes -= stored.cost;
        if let Some(changes) = self.targets.get_mut(&stored.target) {
            changes.responses -= 1;
            if changes.responses == 0 {
                self.targets.remove(&stored.target);
            }
        }
    }
}

/// How long a response may be used.
fn max_age(response: &Pdu) -> Duration {
    let seconds = response.option(option::MAX_AGE).and_then(|age| age.uint());
    seconds.map_or(DEFAULT_MAX_AGE, |seconds| Duration::from_secs(seconds.min(u32::MAX.into())))
}

/// A response with all that the server said anew when it confirmed it (RFC 7252 section 5.9.1.3).
pub(super) fn confirmed(stored: &Pdu, confirmation: &Pdu) -> Pdu {
    let mut response = stored.clone();
    response.remove_option(option::MAX_AGE);
    for option in confirmation.options() {
        let _ = response.update_option(option.number, option.value);
    }
    response
}

/// Says how long a response may still be used.
pub(super) fn set_max_age(response: &mut Pdu, rest: Duration) {
    let _ = response.update_option(option::MAX_AGE, &uint::encode(rest.as_secs()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::MessageType;
    use crate::wire::uri::Scheme;

    const LIMIT: usize = 8 * 1024;

    fn question(path: &str) -> (Pdu, Question) {
        let mut request = Pdu::new(MessageType::Con, Code::GET, 0, 0);
        request.insert_option(option::URI_PATH, path.as_bytes()).unwrap();
        let asked = Question::of(&request, &Server::new(Scheme::Coap, b"host", 5683));
        (request, asked)
    }

    fn content(max_age: u64, payload: &[u8]) -> Pdu {
        let mut response = Pdu::new(MessageType::Ack, Code::CONTENT, 0, 0);
        response.insert_option(option::MAX_AGE, &uint::encode(max_age)).unwrap();
        response.set_payload(payload).unwrap();
        response
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_least_used_goes() {
        let (mut store, now) = (Store::new(Keyed::default()), Instant::now());
        let paths: Vec<_> = (0..1000).map(|n| format!("p{n}")).collect();
        for path in &paths {
            store.learn(&question(path).1, &content(60, &[0; 100]), now, LIMIT);
            assert!(store.find(&question("p0").1, now).is_some(), "used all the time");
            assert!(store.bytes() <= LIMIT);
        }
        assert!(store.find(&question("p1").1, now).is_none());
        assert!(store.find(&question("p999").1, now).is_some());
        store.learn(&question("large").1, &content(60, &[0; LIMIT / 8]), now, LIMIT);
        assert!(store.find(&question("large").1, now).is_none(), "one alone does not drive out all others");
        assert!(store.len() > 1 && store.targets.len() == store.len());
    }

    #[test]
    fn max_age_counts_down_to_stale() {
        let (mut store, now) = (Store::new(Keyed::default()), Instant::now());
        let asked = question("a").1;
        store.learn(&asked, &content(5, b"x"), now, LIMIT);
        let after = |store: &mut Store, seconds| match store.find(&asked, now + Duration::from_secs(seconds))
        {
            Some(Found::Fresh(_, rest)) => Some(rest.as_secs()),
            _ => None,
        };
        assert_eq!(after(&mut store, 0), Some(5));
        assert_eq!(after(&mut store, 4), Some(1));
        assert_eq!(after(&mut store, 5), None);
    }

    #[test]
    fn a_change_makes_all_that_is_known_of_a_resource_stale() {
        let (mut store, now) = (Store::new(Keyed::default()), Instant::now());
        let (get, other) = (question("a").1, question("b").1);
        store.learn(&get, &content(60, b"x"), now, LIMIT);
        store.learn(&other, &content(60, b"y"), now, LIMIT);
        let mut put = Pdu::new(MessageType::Con, Code::PUT, 0, 0);
        put.insert_option(option::URI_PATH, b"a").unwrap();
        put.insert_option(option::CONTENT_FORMAT, b"").unwrap();
        let put = Question::of(&put, &Server::new(Scheme::Coap, b"host", 5683));
        store.learn(&put, &Pdu::new(MessageType::Ack, Code::CHANGED, 0, 0), now, LIMIT);
        assert!(matches!(store.find(&get, now), Some(Found::Stale(_))));
        assert!(matches!(store.find(&other, now), Some(Found::Fresh(..))));
    }

    #[test]
    fn methods_servers_and_accept_are_told_apart() {
        let (request, asked) = question("a");
        let elsewhere = Question::of(&request, &Server::new(Scheme::Coap, b"other", 5683));
        let mut fetch = Pdu::new(MessageType::Con, Code::FETCH, 0, 0);
        fetch.insert_option(option::URI_PATH, b"a").unwrap();
        let fetch = Question::of(&fetch, &Server::new(Scheme::Coap, b"host", 5683));
        let with = |number, value: &[u8]| {
            let mut request = request.clone();
            request.insert_option(number, value).unwrap();
            Question::of(&request, &Server::new(Scheme::Coap, b"host", 5683))
        };
        for other in [&elsewhere, &fetch, &with(option::ACCEPT, &[50]), &with(option::URI_QUERY, b"q")] {
            assert_ne!(other.key, asked.key);
        }
        for same in [with(option::ETAG, b"e"), with(option::BLOCK2, &[6]), with(option::HOP_LIMIT, &[9])] {
            assert_eq!(same.key, asked.key);
        }
    }
}
