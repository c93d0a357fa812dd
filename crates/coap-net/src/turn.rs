//! One turn of the loop: bounded work, progress on every socket.
use crate::{Node, Notice, Operation, receive::BATCH};
use coap_proto::engine::{Received, SessionId, Transmit, Via};
use std::{io, mem, time::Instant};
use thunderdome::Index;

/// Datagrams sent by one flush; the others go out in the next turn.
const FLUSH: usize = 4096;
/// Notices kept.
const NOTICES: usize = 64;

/// How much a turn does at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Datagrams read, or connections accepted, at one socket before it is the next one's turn. Default 64.
    pub socket: usize,
    /// Datagrams read in a turn, connections accepted, and reads of streams. Default 1024.
    pub turn: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { socket: 64, turn: 1024 }
    }
}

/// Which look at a socket it is in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    First,
    /// After what the first has caused has left.
    Again,
}

/// What a turn did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Datagrams read, connections accepted, reads of streams.
    pub received: usize,
    /// A budget ran out: the next turn need not wait.
    pub more: bool,
}

impl Node {
    /// Does what is due: timers, then each ready socket in turn, then what goes out; then a second look at clients'
    /// sockets where one datagram was.
    ///
    /// Deliver the engine's events afterwards.
    pub fn turn(&mut self, now: Instant) -> Turn {
        if self.engine.poll_timeout().is_some_and(|at| at <= now) {
            self.engine.handle_timeout(now);
        }
        if self.secure.deadline().is_some_and(|at| at <= now) {
            self.secure.timeout(now, &mut self.engine);
        }
        for index in self.table.take_writable() {
            self.resume(now, index);
        }
        self.resume_streams(now);
        let mut left = self.budget.turn.max(1);
        for _ in 0..self.table.ready() {
            if left == 0 {
                break;
            }
            let Some(index) = self.table.next_ready() else { break };
            let limit = left.min(self.budget.socket.max(1));
            let count = self.read(now, index, limit, Look::First);
            self.table.note_read(index, count);
            left -= count;
        }
        // Datagrams that come without end leave streams a part of the turn.
        let for_streams = left.max(self.budget.turn / 4).max(1);
        left = left.saturating_sub(self.read_streams(now, for_streams));
        self.flush(now);
        left -= self.look_again(now, left);
        Turn { received: self.budget.turn.max(1) - left, more: self.has_work() }
    }

    /// Sends what the engine has ready. Call it after commands to the engine.
    pub fn flush(&mut self, now: Instant) {
        self.open_upstreams(now);
        let mut left = FLUSH;
        loop {
            self.flush_datagrams(now, &mut left);
            self.secure.say_goodbyes(now, &mut self.engine);
            // What became of streams may have made the engine say more.
            let goes_on = self.flush_streams(now) || left > 0 && self.secure.has_transmits();
            if !goes_on {
                break;
            }
        }
        self.unsent = left == 0;
        self.set_alarm(now);
    }

    fn flush_datagrams(&mut self, now: Instant, left: &mut usize) {
        let mut batch = mem::take(&mut self.outgoing);
        loop {
            while batch.len() < BATCH
                && let Some(transmit) = self.poll_filtered(now, left)
            {
                batch.push(transmit);
            }
            if batch.is_empty() {
                break;
            }
            // What leaves by one socket in a row leaves with one system call.
            for run in batch.chunk_by(|one, next| one.via == next.via) {
                self.send_run(now, run);
            }
            // What failed may have made the engine say more: it is asked again.
            batch.drain(..).for_each(|sent| self.engine.reuse_datagram(sent.bytes));
        }
        self.outgoing = batch;
    }

    /// The next datagram that the filter lets pass, while there is a budget.
    fn poll_filtered(&mut self, now: Instant, left: &mut usize) -> Option<Transmit> {
        while *left > 0 {
            let transmit = self.poll_transmit(now)?;
            *left -= 1;
            if self.filter.as_mut().is_none_or(|filter| filter(&transmit)) {
                return Some(transmit);
            }
        }
        None
    }

    /// The next datagram as it leaves.
    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        loop {
            if let Some(transmit) = self.secure.poll_transmit() {
                return Some(transmit);
            }
            let transmit = self.engine.poll_transmit()?;
            if !transmit.is_plaintext {
                return Some(transmit);
            }
            self.secure.seal(now, &mut self.engine, &transmit);
            self.engine.reuse_datagram(transmit.bytes);
        }
    }

    /// Reads what there is behind the first datagrams of clients' sockets, up to `limit` datagrams in all, and says how
    /// many came.
    fn look_again(&mut self, now: Instant, limit: usize) -> usize {
        let mut left = limit;
        while let Some(index) = self.table.next_half_read() {
            match left.min(self.budget.socket.saturating_sub(1)) {
                0 => self.table.still_ready(index),
                limit => {
                    let count = self.read(now, index, limit, Look::Again);
                    self.table.note_read(index, count);
                    left -= count;
                }
            }
        }
        if left < limit {
            self.flush(now);
        }
        limit - left
    }

    /// Reads up to `limit` datagrams from a socket and says how many came. Errors count too, or a peer that
    /// answers everything with ICMP errors could hold the loop.
    fn read(&mut self, now: Instant, index: Index, limit: usize, look: Look) -> usize {
        let mut count = 0;
        while count < limit {
            let Some(entry) = self.table.get(index) else { return count };
            let (engine, secure) = (&mut self.engine, &mut self.secure);
            let (via, is_secured) = (entry.via, entry.is_secured);
            let take = |datagrams: &[Received<'_>]| match is_secured {
                true => {
                    for &Received { path, bytes } in datagrams {
                        secure.receive(now, engine, via, path, bytes);
                    }
                }
                false => engine.handle_datagrams(now, via, datagrams),
            };
            let asked = entry.batch(count).min(limit - count);
            match entry.socket.receive(&mut self.receiver, asked, take) {
                // What there is more makes it ready again: see `Receiver::receive`.
                Ok(received) if received < asked => return count + received,
                // Behind an answer there is mostly nothing, and what it causes shall not wait for the system to say so.
                Ok(1) if asked == 1 && count == 0 && limit > 1 && look == Look::First => {
                    self.table.half_read(index);
                    return count + 1;
                }
                Ok(received) => count += received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return count,
                Err(error) => {
                    let remote = entry.socket.peer();
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

    /// Sends datagrams by the socket that they have in common, behind those that wait there already.
    fn send_run(&mut self, now: Instant, run: &[Transmit]) {
        let Some(index) = run.first().and_then(|first| self.table.find(first.via)) else { return };
        let sent = if self.table.is_blocked(index) { 0 } else { self.send_through(now, index, run) };
        self.table.delay(&self.registry, index, run[sent..].iter().cloned());
    }

    /// Sends what waited for a socket to take more.
    fn resume(&mut self, now: Instant, index: Index) {
        let mut delayed = self.table.take_delayed(&self.registry, index);
        let sent = self.send_through(now, index, delayed.make_contiguous());
        delayed.drain(..sent).for_each(|sent| self.engine.reuse_datagram(sent.bytes));
        self.table.delay(&self.registry, index, delayed.into_iter());
    }

    /// Sends datagrams until none is left or the socket takes no more, and says how many are settled.
    fn send_through(&mut self, now: Instant, index: Index, transmits: &[Transmit]) -> usize {
        let mut done = 0;
        while let [first, ..] = &transmits[done..] {
            let Some(entry) = self.table.get(index) else { return transmits.len() };
            match entry.socket.send_some(&transmits[done..]) {
                Ok(sent) => done += sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    self.send_failed(now, index, first, error);
                    done += 1;
                }
            }
        }
        done
    }

    /// The system refused a datagram.
    fn send_failed(&mut self, now: Instant, index: Index, transmit: &Transmit, error: io::Error) {
        let Some(socket) = self.table.get(index).map(|entry| &entry.socket) else { return };
        if is_unreachable(&error) {
            // A connected socket reports here what an earlier datagram met; this one has not been tried yet.
            if socket.peer().is_some() {
                let _ = socket.send_one(transmit);
            }
            self.engine.handle_unreachable(now, transmit.via, Some(transmit.path.remote));
        } else if error.kind() == io::ErrorKind::InvalidInput && socket.send_from_any(transmit).is_ok() {
            // What it answers was sent to an IPv6 address that is not this node's any more.
            return;
        }
        self.notice(transmit.session, Operation::Send, error);
    }

    pub(crate) fn notice(&mut self, session: Option<SessionId>, operation: Operation, error: io::Error) {
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
            // The file of a Unix domain socket is gone.
            | io::ErrorKind::NotFound
    )
}
