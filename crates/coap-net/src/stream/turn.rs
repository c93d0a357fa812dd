//! What a turn does with streams.
use super::table::Kind;
use crate::{Node, Operation, stream::socket::Attempt};
use coap_proto::{
    engine::{SessionId, StreamEnd},
    wire::Protocol,
};
use nix::libc::{
    ECONNABORTED, EHOSTDOWN, EHOSTUNREACH, EINTR, ENETDOWN, ENETUNREACH, ENONET, ENOPROTOOPT, EOPNOTSUPP,
    EPROTO,
};
use std::{io, time::Instant};
use thunderdome::Index;

/// Bytes read with one system call.
const CHUNK: usize = 64 * 1024;
/// Bytes read from one stream before it is the next one's turn.
const READ: usize = 128 * 1024;
/// Bytes written to one stream before it is the next one's turn.
const WRITTEN: usize = 256 * 1024;

impl Node {
    /// Finishes connection attempts, and goes on writing where the system takes more.
    pub(crate) fn resume_streams(&mut self, now: Instant) {
        if self.streams.retry_at().is_some_and(|at| at <= now) {
            self.streams.feed_starved();
        }
        for index in self.streams.take_writable() {
            let Some(entry) = self.streams.get(index) else { continue };
            match &entry.kind {
                Kind::Stream(stream, session) if !entry.connected => {
                    let (session, attempt) = (*session, stream.attempt());
                    self.attempted(now, index, session, attempt);
                }
                Kind::Stream(..) => self.write_stream(now, index),
                Kind::Listener(..) => {}
            }
        }
    }

    /// Takes up to `limit` connections or reads in turn, and says how many it were.
    pub(crate) fn read_streams(&mut self, now: Instant, limit: usize) -> usize {
        let mut left = limit;
        for _ in 0..self.streams.ready() {
            if left == 0 {
                break;
            }
            let Some(index) = self.streams.next_ready() else { break };
            let Some(entry) = self.streams.get(index) else { continue };
            left -= match &entry.kind {
                Kind::Listener(..) => self.accept(now, index, left.min(self.budget.socket.max(1))),
                Kind::Stream(_, session) if entry.connected => self.read_stream(now, index, *session, left),
                Kind::Stream(..) => 0,
            };
        }
        limit - left
    }

    /// Sees to the streams that the engine names; says whether it named any.
    pub(crate) fn flush_streams(&mut self, now: Instant) -> bool {
        let mut any = false;
        for id in self.secure.take_writable() {
            if let Some(index) = self.streams.of_session(id) {
                any = true;
                self.write_stream(now, index);
            }
        }
        while let Some(id) = self.engine.poll_stream() {
            any = true;
            let Some(index) = self.streams.of_session(id) else { continue };
            if self.engine.stream(id).is_none() {
                self.close_socket(now, id);
                continue;
            }
            self.write_stream(now, index);
            if self.engine.reads_stream(id) {
                self.streams.list(index);
            }
        }
        any
    }

    /// Closes a stream's socket; TLS says goodbye before, as far as the system takes that at once.
    pub(crate) fn close_socket(&mut self, now: Instant, id: SessionId) {
        if self.secure.has(id) {
            self.secure.close_stream(now, id);
            if let Some(entry) = self.streams.of_session(id).and_then(|index| self.streams.get(index))
                && let Kind::Stream(stream, _) = &entry.kind
                && entry.connected
            {
                let _ = stream.write(self.secure.sealed(now, &mut self.engine, id));
            }
            self.secure.remove_stream(now, id);
        }
        self.streams.remove_session(&self.registry, id);
    }

    /// Writes what a stream has to write, as far as the system takes it.
    pub(crate) fn write_stream(&mut self, now: Instant, index: Index) {
        self.write_some(now, index, WRITTEN);
    }

    /// Writes up to `budget` bytes of it; where more could go, that is left to the next turn.
    pub(crate) fn write_some(&mut self, now: Instant, index: Index, mut budget: usize) {
        while let Some(entry) = self.streams.get(index) {
            let Kind::Stream(stream, id) = &entry.kind else { return };
            let (id, is_secured) = (*id, entry.is_secured);
            if !entry.connected || !entry.writable {
                return;
            }
            let bytes = if is_secured {
                self.secure.sealed(now, &mut self.engine, id)
            } else {
                self.engine.stream(id).unwrap_or_default()
            };
            if bytes.is_empty() {
                return;
            }
            if budget == 0 {
                return self.streams.queue(index);
            }
            match stream.write(&bytes[..bytes.len().min(budget)]) {
                Ok(written) => {
                    budget -= written;
                    match is_secured {
                        true => self.secure.sealed_written(id, written),
                        false => self.engine.stream_written(now, id, written),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.streams.note_full(index),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.notice(Some(id), Operation::Send, error);
                    self.stream_ended(now, id, StreamEnd::Broken);
                }
            }
        }
    }

    fn attempted(&mut self, now: Instant, index: Index, id: SessionId, attempt: io::Result<Attempt>) {
        match attempt {
            Ok(Attempt::Underway) => {}
            Ok(Attempt::Connected(local)) => {
                self.streams.set_connected(index);
                self.engine.handle_connected(now, id, local);
                // TLS speaks first; what the engine says is fetched by a flush.
                self.write_stream(now, index);
                // A report of something to read may have come with it.
                self.streams.list(index);
            }
            Err(error) => {
                self.notice(Some(id), Operation::Connect, error);
                self.stream_ended(now, id, StreamEnd::Refused);
            }
        }
    }

    fn accept(&mut self, now: Instant, index: Index, limit: usize) -> usize {
        for count in 0..limit {
            let Some(Kind::Listener(listener, endpoint)) = self.streams.get(index).map(|entry| &entry.kind)
            else {
                return count;
            };
            match listener.accept() {
                Ok((stream, path)) => {
                    let Some(id) = self.engine.accept_stream(now, *endpoint, path) else { continue };
                    let protocol =
                        self.engine.session(id).map_or(Protocol::Tcp, |session| session.protocol());
                    self.secure.insert_accepted(now, id, protocol);
                    let is_secured = protocol.is_secure();
                    if self.streams.insert_stream(&self.registry, id, stream, true, is_secured).is_err() {
                        self.secure.remove_stream(now, id);
                        self.engine.handle_stream_end(now, id, StreamEnd::Broken);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.streams.note_empty(index);
                    return count;
                }
                Err(error) => {
                    let lasts = !is_of_one_connection(&error);
                    self.notice(None, Operation::Accept, error);
                    if lasts {
                        self.streams.starve(now, index);
                        return count + 1;
                    }
                }
            }
        }
        self.streams.list(index);
        limit
    }

    fn read_stream(&mut self, now: Instant, index: Index, id: SessionId, limit: usize) -> usize {
        let (mut count, mut bytes) = (0, 0);
        while count < limit && bytes < READ {
            // What is not read waits at the peer; the engine names the stream when it wants more.
            if !self.engine.reads_stream(id) {
                return count;
            }
            let Some(entry) = self.streams.get(index) else { return count };
            let (is_secured, has_ended) = (entry.is_secured, entry.has_ended);
            let Kind::Stream(stream, _) = &entry.kind else { return count };
            let room = &mut self.receiver.room()[..CHUNK];
            count += 1;
            match stream.read(room) {
                Ok(0) => {
                    // What came before may have to be answered still: the engine says when the socket is to be closed.
                    self.engine.handle_stream_end(now, id, StreamEnd::Closed);
                    return count;
                }
                Ok(length) => {
                    bytes += length;
                    match is_secured {
                        true => self.secure.receive_stream(now, &mut self.engine, id, &room[..length]),
                        false => self.engine.handle_stream(now, id, &room[..length]),
                    }
                    // What comes after that makes it ready again. An end that was reported is read for.
                    if length < CHUNK && !has_ended {
                        self.streams.note_empty(index);
                        return count;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.streams.note_empty(index);
                    return count;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.notice(Some(id), Operation::Receive, error);
                    self.stream_ended(now, id, StreamEnd::Broken);
                    return count;
                }
            }
        }
        self.streams.list(index);
        count
    }

    fn stream_ended(&mut self, now: Instant, id: SessionId, end: StreamEnd) {
        self.secure.remove_stream(now, id);
        self.streams.remove_session(&self.registry, id);
        self.engine.handle_stream_end(now, id, end);
    }
}

/// Whether an error of accepting is about a connection that is gone again: the next one may be well. Others, want of
/// descriptors or memory first of all, last for a while. Linux reports errors of the new connection's network so, too.
fn is_of_one_connection(error: &io::Error) -> bool {
    let of_network =
        [ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH];
    error
        .raw_os_error()
        .is_some_and(|code| matches!(code, ECONNABORTED | EINTR) || of_network.contains(&code))
}
