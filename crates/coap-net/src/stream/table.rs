//! The stream sockets of a node, by token, session and endpoint.
use super::socket::{Listener, StreamSocket};
use crate::{by_session::BySession, poller::Report};
use coap_proto::engine::{EndpointId, SessionId};
use hashbrown::HashMap;
use mio::{Interest, Registry, Token, unix::SourceFd};
use std::{
    collections::VecDeque,
    io,
    os::fd::AsRawFd,
    time::{Duration, Instant},
};
use thunderdome::{Arena, Index};

/// Marks the tokens of stream sockets; the rest of a token is the place in the table.
pub(crate) const STREAM: usize = 1 << 30;

/// When accepting is tried again after the system had no descriptor left, if none of ours was closed before.
const RETRY: Duration = Duration::from_secs(1);

/// A socket, and what the system said about it. There may be many, and each is looked at for a message or two at a
/// time: it is kept small.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// A stream whose connection is there.
    pub(crate) connected: bool,
    /// There may be something to read.
    readable: bool,
    /// The system has reported an end or an error: it is read until that comes.
    pub(crate) has_ended: bool,
    /// TLS is between the socket and the engine.
    pub(crate) is_secured: bool,
    /// The system may take something.
    pub(crate) writable: bool,
    /// In the list of those to be read.
    listed: bool,
    /// In the list of those to be written to.
    queued: bool,
}

/// What a socket is for.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Connections come to it.
    Listener(Box<Listener>, EndpointId),
    /// It carries the messages of a session.
    Stream(StreamSocket, SessionId),
}

impl Kind {
    fn fd(&self) -> i32 {
        match self {
            Self::Listener(listener, _) => listener.as_raw_fd(),
            Self::Stream(stream, _) => stream.as_raw_fd(),
        }
    }
}

/// The stream sockets of a node.
///
/// Each is watched for reading and writing from the beginning; the system reports each once when that becomes possible
/// (edge-triggered), so what it said is remembered until a call has said otherwise.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    entries: Arena<Entry>,
    by_session: BySession,
    by_endpoint: HashMap<EndpointId, Index, foldhash::fast::RandomState>,
    ready: VecDeque<Index>,
    writable: VecDeque<Index>,
    /// Listeners that cannot accept now.
    starved: Vec<Index>,
    retry_at: Option<Instant>,
}

impl Streams {
    /// Takes in a listening socket.
    pub(crate) fn insert_listener(
        &mut self,
        registry: &Registry,
        endpoint: EndpointId,
        listener: Listener,
    ) -> io::Result<()> {
        let index = self.insert(registry, Kind::Listener(listener.into(), endpoint), false, false)?;
        self.by_endpoint.insert(endpoint, index);
        Ok(())
    }

    /// Takes in a session's socket.
    pub(crate) fn insert_stream(
        &mut self,
        registry: &Registry,
        session: SessionId,
        stream: StreamSocket,
        connected: bool,
        is_secured: bool,
    ) -> io::Result<()> {
        let index = self.insert(registry, Kind::Stream(stream, session), connected, is_secured)?;
        self.by_session.insert(session, index);
        Ok(())
    }

    fn insert(
        &mut self,
        registry: &Registry,
        kind: Kind,
        connected: bool,
        is_secured: bool,
    ) -> io::Result<Index> {
        let interest = match kind {
            Kind::Listener(..) => Interest::READABLE,
            Kind::Stream(..) => Interest::READABLE | Interest::WRITABLE,
        };
        let fd = kind.fd();
        let entry = Entry {
            kind,
            connected,
            is_secured,
            readable: false,
            has_ended: false,
            writable: connected,
            listed: false,
            queued: false,
        };
        let index = self.entries.insert(entry);
        let token = Token(index.slot() as usize | STREAM);
        if let Err(error) = registry.register(&mut SourceFd(&fd), token, interest) {
            self.entries.remove(index);
            return Err(error);
        }
        Ok(index)
    }

    /// Closes the socket of a session, after saying goodbye.
    pub(crate) fn remove_session(&mut self, registry: &Registry, session: SessionId) {
        if let Some(index) = self.by_session.remove(session) {
            self.remove(registry, index);
        }
    }

    /// Closes a listening socket.
    pub(crate) fn remove_endpoint(&mut self, registry: &Registry, endpoint: EndpointId) {
        if let Some(index) = self.by_endpoint.remove(&endpoint) {
            self.remove(registry, index);
        }
    }

    fn remove(&mut self, registry: &Registry, index: Index) {
        let Some(entry) = self.entries.remove(index) else { return };
        // The program may hold a duplicate (fork): closing alone would leave it watched.
        let _ = registry.deregister(&mut SourceFd(&entry.kind.fd()));
        if let Kind::Stream(stream, _) = &entry.kind {
            stream.finish();
        }
        drop(entry);
        self.feed_starved();
    }

    /// The place of a session's socket.
    pub(crate) fn of_session(&self, session: SessionId) -> Option<Index> {
        self.by_session.get(session)
    }

    /// The place of a listening socket.
    #[cfg(test)]
    pub(crate) fn of_endpoint(&self, endpoint: EndpointId) -> Option<Index> {
        self.by_endpoint.get(&endpoint).copied()
    }

    /// What is at `index`.
    pub(crate) fn get(&self, index: Index) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// The connection attempt at `index` has succeeded.
    pub(crate) fn set_connected(&mut self, index: Index) {
        if let Some(entry) = self.entries.get_mut(index) {
            (entry.connected, entry.writable) = (true, true);
        }
    }

    /// The connection attempt of a session took no time.
    pub(crate) fn connected_already(&mut self, session: SessionId) {
        if let Some(index) = self.of_session(session) {
            self.queue(index);
        }
    }

    /// Notes what the system reported. A token of a closed socket may name a later one, which is then tried in vain.
    pub(crate) fn report(&mut self, token: Token, report: Report) {
        let slot = u32::try_from(token.0 & !STREAM);
        let Some((index, entry)) = slot.ok().and_then(|slot| self.entries.get_by_slot_mut(slot)) else {
            return;
        };
        entry.readable |= report.readable;
        entry.writable |= report.writable;
        entry.has_ended |= report.has_ended;
        if report.readable {
            self.list(index);
        }
        if report.writable {
            self.queue(index);
        }
    }

    /// To be read in its turn, if there is something.
    pub(crate) fn list(&mut self, index: Index) {
        let Some(entry) = self.entries.get_mut(index) else { return };
        if entry.readable && !std::mem::replace(&mut entry.listed, true) {
            self.ready.push_back(index);
        }
    }

    /// To be written to in its turn.
    pub(crate) fn queue(&mut self, index: Index) {
        let Some(entry) = self.entries.get_mut(index) else { return };
        if !std::mem::replace(&mut entry.queued, true) {
            self.writable.push_back(index);
        }
    }

    /// How many are to be read.
    pub(crate) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Whether something can be done without waiting.
    pub(crate) fn has_work(&self) -> bool {
        !self.ready.is_empty() || !self.writable.is_empty()
    }

    /// The socket whose turn to be read it is.
    pub(crate) fn next_ready(&mut self) -> Option<Index> {
        while let Some(index) = self.ready.pop_front() {
            if let Some(entry) = self.entries.get_mut(index) {
                entry.listed = false;
                return Some(index);
            }
        }
        None
    }

    /// The sockets to be written to.
    pub(crate) fn take_writable(&mut self) -> VecDeque<Index> {
        let taken = std::mem::take(&mut self.writable);
        for index in &taken {
            if let Some(entry) = self.entries.get_mut(*index) {
                entry.queued = false;
            }
        }
        taken
    }

    /// There is nothing to read until the system says so.
    pub(crate) fn note_empty(&mut self, index: Index) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.readable = false;
        }
    }

    /// The system takes nothing until it says so.
    pub(crate) fn note_full(&mut self, index: Index) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.writable = false;
        }
    }

    /// This listener cannot accept now, for want of a descriptor or so. It is tried again when a socket of ours was
    /// closed, and after some time.
    pub(crate) fn starve(&mut self, now: Instant, index: Index) {
        if !self.starved.contains(&index) {
            self.starved.push(index);
        }
        self.retry_at = now.checked_add(RETRY);
    }

    /// When a listener is to be tried again.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Has listeners that could not accept tried again.
    pub(crate) fn feed_starved(&mut self) {
        self.retry_at = None;
        for index in std::mem::take(&mut self.starved) {
            self.list(index);
        }
    }
}
