//! How much an engine holds.
use super::Engine;

/// How much an engine holds. All of it is bounded; when everything has ended, nothing is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Sessions, those included that have ended and are not forgotten yet.
    pub sessions: usize,
    /// Messages that wait: for their acknowledgement, for their turn, or for the end of the leisure.
    pub exchanges: usize,
    /// Block-wise transfers, and requests whose responses may come in blocks.
    pub transfers: usize,
    /// Bytes that their bodies take, and those of requests that observe, as they count against the limits.
    pub body_bytes: usize,
    /// Observations by peers.
    pub observers: usize,
    /// Requests that are put off.
    pub asyncs: usize,
    /// Cache entries, those included that have ended and are not forgotten yet.
    pub cache_entries: usize,
    /// Requests that are forwarded.
    pub forwards: usize,
    /// Servers that requests are or were forwarded to.
    pub upstreams: usize,
    /// Responses kept for further requests, and the bytes that they take.
    pub stored: (usize, usize),
    /// Bytes that answers for duplicates take, as they count against the limits.
    pub reply_bytes: usize,
    /// Bytes that streams hold, in and out.
    pub stream_bytes: usize,
    /// Events and datagrams that nobody has polled.
    pub outputs: usize,
}

impl Engine {
    /// How much the engine holds now.
    pub fn census(&self) -> Census {
        Census {
            sessions: self.sessions.len(),
            exchanges: self.exchanges.len(),
            transfers: self.transfers.len(),
            body_bytes: self.transfers.bytes(),
            observers: self.observers.len(),
            asyncs: self.asyncs.len(),
            cache_entries: self.caches.len(),
            forwards: self.forwards.len(),
            upstreams: self.upstreams.len(),
            stored: (self.store.len(), self.store.bytes()),
            reply_bytes: self.replies.bytes(),
            stream_bytes: self.streams.bytes(),
            outputs: self.events.len() + self.transmits.len(),
        }
    }
}
