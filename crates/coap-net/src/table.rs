//! The sockets of a node, by token and by what they carry.
use crate::{by_session::BySession, datagram::DatagramSocket, poller::Report, receive::BATCH};
use coap_proto::{
    engine::{EndpointId, Transmit, Via},
    wire::Protocol,
};
use hashbrown::HashMap;
use mio::{Interest, Registry, Token, unix::SourceFd};
use std::{collections::VecDeque, io, os::fd::AsRawFd};
use thunderdome::{Arena, Index};

/// Datagrams kept for a socket that takes no more; further ones are dropped, as by a network.
const OUTGOING: usize = 256;

/// A socket. There may be many, and each is looked at for a message or two at a time: it is kept small.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The socket.
    pub(crate) socket: DatagramSocket,
    /// DTLS is between the socket and the engine.
    pub(crate) is_secured: bool,
    /// What it carries.
    pub(crate) via: Via,
    /// Datagrams wait for it to take more.
    is_blocked: bool,
    /// In the list of those to be read.
    listed: bool,
    /// How many datagrams are expected to wait there.
    expected: u32,
}

impl Entry {
    /// For how many datagrams a read makes room, after `count` have come in this turn: that costs something for
    /// each, so it follows what came before.
    pub(crate) fn batch(&self, count: usize) -> usize {
        match (self.via, count.max(self.expected as usize)) {
            // One answer at a time comes to most clients.
            (Via::Session(_), 0 | 1) => 1,
            (_, expected) => (2 * expected).clamp(4, BATCH),
        }
    }
}

/// The sockets of a node.
///
/// The system reports a socket once when something came (edge-triggered), so a socket stays in the ready list
/// until a read has said that nothing is left.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Arena<Entry>,
    by_endpoint: HashMap<EndpointId, Index, foldhash::fast::RandomState>,
    by_session: BySession,
    /// What sockets did not take yet.
    delayed: HashMap<Index, VecDeque<Transmit>, foldhash::fast::RandomState>,
    ready: VecDeque<Index>,
    /// Empty between turns.
    half_read: Vec<Index>,
    writable: Vec<Index>,
}

impl Table {
    /// Takes in a socket and has it watched.
    pub(crate) fn insert(
        &mut self,
        registry: &Registry,
        via: Via,
        socket: DatagramSocket,
        protocol: Protocol,
    ) -> io::Result<()> {
        let is_secured = protocol.is_secure();
        let entry = Entry { socket, is_secured, via, is_blocked: false, listed: false, expected: 0 };
        let index = self.entries.insert(entry);
        if let Err(error) = self.watch(registry, index, Interest::READABLE, false) {
            self.entries.remove(index);
            return Err(error);
        }
        match via {
            Via::Endpoint(id) => drop(self.by_endpoint.insert(id, index)),
            Via::Session(id) => self.by_session.insert(id, index),
        }
        Ok(())
    }

    /// Closes a socket.
    pub(crate) fn remove(&mut self, registry: &Registry, via: Via) -> bool {
        let index = match via {
            Via::Endpoint(id) => self.by_endpoint.remove(&id),
            Via::Session(id) => self.by_session.remove(id),
        };
        let Some((index, entry)) = index.and_then(|index| Some((index, self.entries.remove(index)?))) else {
            return false;
        };
        self.delayed.remove(&index);
        // The program may hold a duplicate (fork): closing alone would leave it watched.
        let _ = registry.deregister(&mut SourceFd(&entry.socket.as_raw_fd()));
        true
    }

    /// The socket that carries `via`.
    pub(crate) fn find(&self, via: Via) -> Option<Index> {
        match via {
            Via::Endpoint(id) => self.by_endpoint.get(&id).copied(),
            Via::Session(id) => self.by_session.get(id),
        }
    }

    /// What is at `index`.
    pub(crate) fn get(&self, index: Index) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// A turn has read so many datagrams there.
    pub(crate) fn note_read(&mut self, index: Index, count: usize) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.expected = u32::try_from(count).unwrap_or(u32::MAX).max(entry.expected / 2);
        }
    }

    /// All sockets.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// Notes what the system reported. A token of a closed socket may name a later one, which is then read in
    /// vain.
    pub(crate) fn report(&mut self, token: Token, report: Report) {
        let Some((index, entry)) =
            u32::try_from(token.0).ok().and_then(|slot| self.entries.get_by_slot_mut(slot))
        else {
            return;
        };
        if report.readable && !std::mem::replace(&mut entry.listed, true) {
            self.ready.push_back(index);
        }
        if report.writable && entry.is_blocked {
            self.writable.push(index);
        }
    }

    /// Sockets to be read.
    pub(crate) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Whether a socket waits to be read or written to.
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

    /// There is more to read: to the end of the line.
    pub(crate) fn still_ready(&mut self, index: Index) {
        if self.entries.get_mut(index).is_some_and(|entry| !std::mem::replace(&mut entry.listed, true)) {
            self.ready.push_back(index);
        }
    }

    /// A socket has given the one datagram that it was asked for: it has to be read once more in this turn.
    pub(crate) fn half_read(&mut self, index: Index) {
        self.half_read.push(index);
    }

    /// A socket that has to be read once more.
    pub(crate) fn next_half_read(&mut self) -> Option<Index> {
        self.half_read.pop()
    }

    /// Sockets that take datagrams again.
    pub(crate) fn take_writable(&mut self) -> Vec<Index> {
        std::mem::take(&mut self.writable)
    }

    /// Whether datagrams wait for the socket to take more.
    pub(crate) fn is_blocked(&self, index: Index) -> bool {
        self.entries.get(index).is_some_and(|entry| entry.is_blocked)
    }

    /// Keeps datagrams until the socket takes more. What exceeds [`OUTGOING`] is dropped.
    pub(crate) fn delay(
        &mut self,
        registry: &Registry,
        index: Index,
        transmits: impl ExactSizeIterator<Item = Transmit>,
    ) {
        let Some(entry) = self.entries.get_mut(index).filter(|_| transmits.len() > 0) else { return };
        let was_blocked = std::mem::replace(&mut entry.is_blocked, true);
        let delayed = self.delayed.entry(index).or_default();
        let room = OUTGOING - delayed.len();
        delayed.extend(transmits.take(room));
        if !was_blocked {
            // Watched for writing only while something waits: every datagram that leaves is an event
            // otherwise.
            let _ = self.watch(registry, index, Interest::READABLE | Interest::WRITABLE, true);
        }
    }

    /// The datagrams that wait at a socket. It is no longer watched for writing.
    pub(crate) fn take_delayed(&mut self, registry: &Registry, index: Index) -> VecDeque<Transmit> {
        let Some(entry) = self.entries.get_mut(index) else { return VecDeque::new() };
        if std::mem::take(&mut entry.is_blocked) {
            let _ = self.watch(registry, index, Interest::READABLE, true);
        }
        self.delayed.remove(&index).unwrap_or_default()
    }

    fn watch(&self, registry: &Registry, index: Index, interest: Interest, again: bool) -> io::Result<()> {
        let Some(entry) = self.entries.get(index) else { return Ok(()) };
        let (fd, token) = (entry.socket.as_raw_fd(), Token(index.slot() as usize));
        if again {
            registry.reregister(&mut SourceFd(&fd), token, interest)
        } else {
            registry.register(&mut SourceFd(&fd), token, interest)
        }
    }
}

#[cfg(test)]
mod tests;
