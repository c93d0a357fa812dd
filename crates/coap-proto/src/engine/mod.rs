//! Floor 2: the protocol as a state machine (RFC 7252 section 4 and 5).
//!
//! Feed an [`Engine`] with `handle_*` and commands; after each of them drain [`Engine::poll_transmit`] and
//! [`Engine::poll_event`], and come back with [`Engine::handle_timeout`] when [`Engine::poll_timeout`] says.
//!
//! Work for one message does not depend on how many sessions, messages or resources there are: all look-ups
//! are by hash, waiting messages are in a heap of deadlines, and sessions are listed in the order in which
//! they fell silent.
mod asynchronous;
mod blockwise;
mod caching;
mod census;
mod config;
mod creation;
mod critical;
mod echo;
mod endpoint;
mod error;
mod error_response;
mod event;
mod exchange;
mod hop_limit;
mod id;
mod lifetime;
mod list;
mod log;
mod memory;
mod observe;
mod parameters;
mod proxy;
mod q_block;
mod random;
mod rare;
mod receive;
mod recent;
mod replies;
mod request;
mod response;
mod routing;
mod secure;
mod seldom;
mod send;
mod session;
mod sessions;
mod stream;
mod suppress;
#[cfg(test)]
mod tests;
mod timeout;
mod timer;
mod token;
mod token_check;
mod transport;
mod well_known;

pub use asynchronous::AsyncError;
pub use caching::CacheError;
pub use census::Census;
pub use config::{Config, Level};
pub use endpoint::Endpoint;
pub use error::{OpenError, SendError};
pub use error_response::error_response;
pub use event::{
    Event, MissingEvent, MissingTicket, Nack, NackReason, Origin, RequestEvent, RequestTicket, ResponseEvent,
    ResponseTicket, SessionEvent,
};
pub use id::{AsyncId, CacheEntryId, EndpointId, ObserverId, ResourceId, SessionId};
pub use observe::{ObserverName, RestoreError, Tracked};
pub use parameters::{FixedPoint, Parameters};
pub use proxy::{Forwarded, Relayed, Route, Server, UpstreamError, UpstreamId, Wanted, can_forward};
pub use secure::{DTLS_OVERHEAD, SecurityEnd};
pub use session::Session;
pub use stream::StreamEnd;
pub use token::Token;
pub use transport::{Connect, Path, Received, SessionState, SessionType, Transmit, Via};

use crate::arena::Arena;
use crate::hash::{Contents, Keyed};
use crate::resource::Resources;
use asynchronous::AsyncRequests;
use blockwise::Transfers;
use caching::CacheEntries;
use echo::EchoKey;
use exchange::Exchanges;
use observe::Observers;
use proxy::{Forwards, Store, Upstreams};
use random::Random;
use replies::Replies;
use sessions::Sessions;
use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;
use stream::Streams;

/// The protocol engine of one node: sessions, endpoints and resources.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    /// The latest time that anybody has told.
    now: Instant,
    random: Random,
    echo_key: EchoKey,
    hasher: Keyed,
    contents: Contents,
    resources: Resources,
    /// Critical options that the application understands.
    known_options: BTreeSet<u16>,
    endpoints: Arena<Endpoint>,
    sessions: Sessions,
    exchanges: Exchanges,
    replies: Replies,
    transfers: Transfers,
    /// Bodies that were given to the engine and are not released.
    bodies: usize,
    observers: Observers,
    asyncs: AsyncRequests,
    caches: CacheEntries,
    forwards: Forwards,
    upstreams: Upstreams,
    streams: Streams,
    goodbyes: secure::Goodbyes,
    /// Responses that were forwarded.
    store: Store,
    /// Memory for messages.
    spares: memory::Spares,
    events: VecDeque<Event>,
    transmits: VecDeque<Transmit>,
}

impl Engine {
    /// An engine without sessions. `seed` must be secret: tokens, message IDs, delays and the places in hash
    /// tables follow from it.
    pub fn new(config: Config, now: Instant, seed: [u8; 32]) -> Self {
        let mut random = Random::new(seed);
        let [hasher, for_contents, words] = [(); 3].map(|()| Keyed::new([random.u64(), random.u64()]));
        Self {
            config,
            now,
            resources: Resources::new(hasher.clone()),
            random,
            echo_key: EchoKey::new(&seed, now),
            known_options: BTreeSet::new(),
            endpoints: Arena::new(),
            sessions: Sessions::new(hasher.clone()),
            exchanges: Exchanges::new(hasher.clone()),
            replies: Replies::new(now),
            transfers: Transfers::new(hasher.clone()),
            bodies: 0,
            observers: Observers::new(hasher.clone()),
            asyncs: AsyncRequests::new(hasher.clone()),
            caches: CacheEntries::new(hasher.clone()),
            forwards: Forwards::new(hasher.clone()),
            upstreams: Upstreams::new(hasher.clone()),
            streams: Streams::default(),
            goodbyes: secure::Goodbyes::default(),
            store: Store::new(hasher.clone()),
            contents: Contents::new(for_contents, &words),
            hasher,
            spares: memory::Spares::default(),
            events: VecDeque::new(),
            transmits: VecDeque::new(),
        }
    }

    /// Settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Settings, to be changed.
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Less important lines than these are not made from now on.
    pub fn set_log_level(&mut self, level: Level) {
        self.config.log_level = level;
    }

    /// What this node offers.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// What this node offers, to be changed.
    pub fn resources_mut(&mut self) -> &mut Resources {
        &mut self.resources
    }

    /// The application understands this critical option: messages with it are not refused (RFC 7252 section
    /// 5.4.1).
    pub fn register_option(&mut self, number: u16) {
        self.known_options.insert(number);
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// The next thing for the application.
    pub fn poll_event(&mut self) -> Option<Event> {
        if self.events.is_empty() {
            self.continue_streams();
        }
        self.events.pop_front()
    }

    /// Whether [`Engine::poll_event`] has something.
    pub fn has_events(&self) -> bool {
        !self.events.is_empty() || self.streams.has_work()
    }

    /// What [`Engine::poll_event`] gives out next, in this order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter()
    }

    /// How many events [`Engine::poll_event`] has at least.
    pub fn event_count(&self) -> usize {
        self.events.len()
    }

    /// Whether all that was to be sent has been sent and acknowledged (`coap_can_exit`).
    pub fn can_exit(&self) -> bool {
        self.exchanges.len() == 0 && self.bodies == 0
    }

    /// Whether a message waits for its acknowledgement or for its turn, or a block-wise transfer is under way
    /// (`coap_io_pending`).
    pub fn pending(&self) -> bool {
        self.exchanges.len() > 0 || self.transfers.len() > 0
    }

    fn advance_clock(&mut self, now: Instant) {
        if now > self.now {
            self.now = now;
            self.replies.advance(now);
        }
    }
}
