//! The local sockets: listeners, connections and what goes to targets; and which of them have something to do.
use super::{datagrams::TargetSocket, listeners::Listener, streams::Stream};
use mio::{Interest, Registry, Token, event::Source};
use std::{collections::VecDeque, io};
use thunderdome::{Arena, Index};

/// Names a local socket. Never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SocketId(Index);

/// A local socket.
#[derive(Debug)]
pub(super) enum Socket {
    Listener(Box<Listener>),
    Stream(Stream),
    Target(TargetSocket),
}

/// What the system has reported and is not used up. It tells each change once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Readiness {
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// Something is wrong with it: what, reading or writing says, or where neither is done any more, asking.
    pub(super) failed: bool,
}

#[derive(Debug)]
struct Entry {
    socket: Socket,
    readiness: Readiness,
    /// It is among those that have something to do.
    is_listed: bool,
}

/// All local sockets.
pub(super) struct Sockets {
    entries: Arena<Entry>,
    ready: VecDeque<SocketId>,
    registry: Registry,
}

impl Socket {
    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Listener(listener) => listener.source(),
            Self::Stream(stream) => &mut stream.socket,
            Self::Target(target) => &mut target.socket,
        }
    }
}

impl Sockets {
    pub(super) fn new(registry: Registry) -> Self {
        Self { entries: Arena::new(), ready: VecDeque::new(), registry }
    }

    /// Has the loop look after a socket.
    pub(super) fn insert(&mut self, socket: Socket) -> io::Result<SocketId> {
        let entry = Entry { socket, readiness: Readiness::default(), is_listed: false };
        let index = self.entries.insert(entry);
        let token = Token(index.slot() as usize);
        let Some(entry) = self.entries.get_mut(index) else { return Err(io::ErrorKind::NotFound.into()) };
        let interest = Interest::READABLE | Interest::WRITABLE;
        match entry.socket.source().register(&self.registry, token, interest) {
            Ok(()) => Ok(SocketId(index)),
            Err(error) => {
                self.entries.remove(index);
                Err(error)
            }
        }
    }

    /// Takes a socket out; it closes when it is dropped.
    pub(super) fn remove(&mut self, id: SocketId) -> Option<Socket> {
        let mut entry = self.entries.remove(id.0)?;
        let _ = entry.socket.source().deregister(&self.registry);
        Some(entry.socket)
    }

    pub(super) fn get(&self, id: SocketId) -> Option<&Socket> {
        self.entries.get(id.0).map(|entry| &entry.socket)
    }

    pub(super) fn get_mut(&mut self, id: SocketId) -> Option<(&mut Socket, &mut Readiness)> {
        self.entries.get_mut(id.0).map(|entry| (&mut entry.socket, &mut entry.readiness))
    }

    /// All listeners. Not for the packet path.
    pub(super) fn listeners(&self) -> impl Iterator<Item = (SocketId, &Listener)> {
        self.entries.iter().filter_map(|(index, entry)| match &entry.socket {
            Socket::Listener(listener) => Some((SocketId(index), &**listener)),
            _ => None,
        })
    }

    /// A listener.
    pub(super) fn listener(&mut self, id: SocketId) -> Option<&mut Listener> {
        match self.get_mut(id) {
            Some((Socket::Listener(listener), _)) => Some(listener),
            _ => None,
        }
    }

    /// The system has reported something. A late report for a closed socket may name the next one in its place, which
    /// is then tried in vain.
    pub(super) fn report(&mut self, token: Token, news: Readiness) {
        let Some(slot) = u32::try_from(token.0).ok() else { return };
        let Some((index, entry)) = self.entries.get_by_slot_mut(slot) else { return };
        entry.readiness.readable |= news.readable;
        entry.readiness.writable |= news.writable;
        entry.readiness.failed |= news.failed;
        self.list(SocketId(index));
    }

    /// A socket has something to do.
    pub(super) fn list(&mut self, id: SocketId) {
        if let Some(entry) = self.entries.get_mut(id.0)
            && !std::mem::replace(&mut entry.is_listed, true)
        {
            self.ready.push_back(id);
        }
    }

    /// How many sockets have something to do.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// The next socket that has something to do.
    pub(super) fn next_ready(&mut self) -> Option<SocketId> {
        loop {
            let id = self.ready.pop_front()?;
            if let Some(entry) = self.entries.get_mut(id.0) {
                entry.is_listed = false;
                return Some(id);
            }
        }
    }
}
