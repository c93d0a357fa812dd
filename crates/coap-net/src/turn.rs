//! One turn of the loop: bounded work, progress on every socket.
use crate::{Node, Notice, Operation, receive::BATCH, send};
use coap_proto::{
    Address,
    engine::{SessionId, Transmit, Via},
};
use std::{io, time::Instant};
use thunderdome::Index;

/// Datagrams sent by one flush; the others go out in the next turn.
const FLUSH: usize = 4096;
/// Notices kept.
const NOTICES: usize = 64;

/// How much a turn does at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Datagrams read from one socket before it is the next one's turn. Default 64.
    pub socket: usize,
    /// Datagrams read in a turn. Default 1024.
    pub turn: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { socket: 64, turn: 1024 }
    }
}

/// What a turn did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Datagrams read.
    pub received: usize,
    /// A budget ran out: the next turn need not wait.
    pub more: bool,
}

impl Node {
    /// Does what is due: timers, then each ready socket in turn, then what goes out.
    ///
    /// Deliver the engine's events afterwards.
    pub fn turn(&mut self, now: Instant) -> Turn {
        if self.engine.poll_timeout().is_some_and(|at| at <= now) {
            self.engine.handle_timeout(now);
        }
        for index in self.table.take_writable() {
            self.send_delayed(now, index);
        }
        let mut left = self.budget.turn.max(1);
        for _ in 0..self.table.ready() {
            if left == 0 {
                break;
            }
            let Some(index) = self.table.next_ready() else { break };
            let limit = left.min(self.budget.socket.max(1));
            left -= self.read(now, index, limit);
        }
        self.flush(now);
        Turn { received: self.budget.turn.max(1) - left, more: self.has_work() }
    }

    /// Sends what the engine has ready. Call it after commands to the engine.
    pub fn flush(&mut self, now: Instant) {
        self.unsent = true;
        for _ in 0..FLUSH {
            let Some(transmit) = self.engine.poll_transmit() else {
                self.unsent = false;
                break;
            };
            if self.filter.as_mut().is_none_or(|filter| filter(&transmit)) {
                self.send(now, transmit);
            }
        }
        self.set_alarm(now);
    }

    /// Reads up to `limit` datagrams from a socket and says how many system calls' worth that was: errors count too,
    /// or a peer that answers everything with ICMP errors could hold the loop.
    fn read(&mut self, now: Instant, index: Index, limit: usize) -> usize {
        let mut count = 0;
        while count < limit {
            let Some(entry) = self.table.get(index) else { return count };
            let (engine, via) = (&mut self.engine, entry.via);
            let each = |path, bytes: &[u8]| engine.handle_datagram(now, via, path, bytes);
            match self.receiver.receive(&entry.socket, BATCH.min(limit - count), each) {
                Ok(received) => count += received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return count,
                Err(error) => {
                    let remote = entry.socket.peer().map(Address::Ip);
                    count += 1;
                    if is_unreachable(&error) {
                        self.engine.handle_unreachable(now, via, remote);
                    }
                    let session = if let Via::Session(id) = via { Some(id) } else { None };
                    self.notice(session, Operation::Receive, error);
                }
            }
        }
        self.table.still_ready(index);
        count
    }

    fn send(&mut self, now: Instant, transmit: Transmit) {
        let Some(index) = self.table.find(transmit.via) else { return };
        if self.table.is_blocked(index) {
            self.table.delay(&self.registry, index, transmit);
            return;
        }
        if let Some(transmit) = self.try_send(now, index, transmit) {
            self.table.delay(&self.registry, index, transmit);
        }
    }

    fn send_delayed(&mut self, now: Instant, index: Index) {
        while let Some(transmit) = self.table.resume(&self.registry, index) {
            if let Some(transmit) = self.try_send(now, index, transmit) {
                self.table.put_back(&self.registry, index, transmit);
                return;
            }
        }
    }

    /// Sends a datagram, or gives it back if the socket takes no more at present.
    fn try_send(&mut self, now: Instant, index: Index, transmit: Transmit) -> Option<Transmit> {
        let socket = &self.table.get(index)?.socket;
        let mut result = send::transmit(socket, &transmit);
        if let Err(error) = &result {
            if error.kind() == io::ErrorKind::WouldBlock {
                return Some(transmit);
            }
            if is_unreachable(error) {
                // A connected socket reports here what an earlier datagram met; this one has not been tried yet.
                if socket.peer().is_some() {
                    result = send::transmit(socket, &transmit).and(result);
                }
                self.engine.handle_unreachable(now, transmit.via, Some(transmit.path.remote));
            }
        }
        if let Err(error) = result {
            self.notice(Some(transmit.session), Operation::Send, error);
        }
        None
    }

    fn notice(&mut self, session: Option<SessionId>, operation: Operation, error: io::Error) {
        if self.notices.len() < NOTICES {
            self.notices.push_back(Notice { session, operation, error });
        }
    }
}

/// Whether an error says that the peer cannot be reached, by ICMP or by this node's own routes.
fn is_unreachable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
    )
}
