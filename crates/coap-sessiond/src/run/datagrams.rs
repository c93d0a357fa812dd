//! Datagrams and their sockets.
//!
//! Those of unreliable tunnels may be lost here, as in a network. Those of reliable tunnels stay in the tunnel until a
//! socket has taken them, and are read from a target only when the tunnel has room.
use super::{
    Daemon,
    listeners::{Kind, PEERS},
    locals::Place,
    sockets::{Readiness, Socket, SocketId},
    streams::Pumped,
    timers::Timer,
};
use crate::protocol::{Core, TunnelId};
use mio::net::UdpSocket;
use nix::errno::Errno;
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

/// Datagrams read from a socket, and as many written to it, before it is another one's turn.
pub(super) const TURN: usize = 64;
/// When the system has no memory for a datagram, its socket rests: it does not say when it has some again.
const REST: Duration = Duration::from_millis(100);

/// A socket connected to a target: it takes nobody else's datagrams.
#[derive(Debug)]
pub(super) struct TargetSocket {
    pub(super) socket: UdpSocket,
    pub(super) tunnel: TunnelId,
}

/// What became of a datagram for a socket.
enum Outcome {
    Sent,
    /// The system told what became of an earlier one, or was interrupted: this one is still to be sent.
    NotYet,
    /// The socket is full, and will say when it is not.
    Full,
    /// There is no memory.
    NoMemory,
    /// It can never be sent.
    Refused(io::Error),
}

impl From<io::Result<usize>> for Outcome {
    fn from(result: io::Result<usize>) -> Self {
        let error = match result {
            Ok(_) => return Self::Sent,
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::WouldBlock => Self::Full,
            ErrorKind::Interrupted | ErrorKind::ConnectionRefused => Self::NotYet,
            _ => match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::ENOBUFS | Errno::ENOMEM) => Self::NoMemory,
                _ => Self::Refused(error),
            },
        }
    }
}

impl TargetSocket {
    /// A socket for the datagrams of a tunnel.
    pub(super) fn connect(tunnel: TunnelId, target: SocketAddr) -> io::Result<Self> {
        let any: SocketAddr = match target {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(target)?;
        Ok(Self { socket, tunnel })
    }

    /// Moves datagrams in both directions.
    pub(super) fn pump(
        &self,
        now: Instant,
        readiness: &mut Readiness,
        core: &mut Core,
        buffer: &mut [u8],
    ) -> Pumped {
        let has_more = self.read(now, readiness, core, buffer);
        match write_records(now, readiness, core, self.tunnel, |bytes| self.socket.send(bytes)) {
            Pumped::Done if has_more => Pumped::More,
            written => written,
        }
    }

    /// Gives datagrams to the tunnel. Whether there may be more.
    fn read(&self, now: Instant, readiness: &mut Readiness, core: &mut Core, buffer: &mut [u8]) -> bool {
        for _ in 0..TURN {
            // What a reliable tunnel has no room for waits in the system's buffer.
            if !readiness.readable || !core.has_room_for_datagram(self.tunnel) {
                return false;
            }
            match self.socket.recv(buffer) {
                // What an unreliable one has no room for was counted there.
                Ok(count) => drop(core.local_datagram(now, self.tunnel, &buffer[..count])),
                Err(error) if error.kind() == ErrorKind::WouldBlock => readiness.readable = false,
                // The system reports here what earlier datagrams met; a target that is away for a while comes back.
                Err(_) => {}
            }
        }
        true
    }
}

/// What became of the next datagram of a reliable tunnel.
enum Given {
    /// There is none.
    Nothing,
    /// The socket was asked to take it.
    Tried,
    /// The system has no memory for it.
    NoMemory,
}

/// Gives the next datagram of a reliable tunnel to a socket, which may take it.
fn give_record(
    now: Instant,
    readiness: &mut Readiness,
    core: &mut Core,
    tunnel: TunnelId,
    send: impl Fn(&[u8]) -> io::Result<usize>,
) -> Given {
    let Some(record) = core.readable_record(tunnel) else { return Given::Nothing };
    match Outcome::from(send(&record)) {
        Outcome::Sent => core.record_taken(now, tunnel, true),
        Outcome::NotYet => {}
        Outcome::Full => readiness.writable = false,
        Outcome::NoMemory => return Given::NoMemory,
        Outcome::Refused(error) => {
            log::debug!(length = record.len(), error:%; "a datagram was refused");
            core.record_taken(now, tunnel, false);
        }
    }
    Given::Tried
}

/// Gives datagrams of a reliable tunnel to a socket, as many as it takes.
fn write_records(
    now: Instant,
    readiness: &mut Readiness,
    core: &mut Core,
    tunnel: TunnelId,
    send: impl Fn(&[u8]) -> io::Result<usize>,
) -> Pumped {
    for _ in 0..TURN {
        if !readiness.writable {
            return Pumped::Done;
        }
        match give_record(now, readiness, core, tunnel, &send) {
            Given::Tried => {}
            Given::Nothing => return Pumped::Done,
            Given::NoMemory => return Pumped::Rest,
        }
    }
    Pumped::More
}

impl Daemon {
    /// A datagram of an unreliable tunnel for a local peer or a target.
    pub(super) fn deliver_datagram(&mut self, now: Instant, tunnel: TunnelId, bytes: &[u8]) {
        let sent = match self.locals.place(tunnel) {
            Some(Place::Peer { listener, peer: Some(peer) }) => match self.sockets.get(listener) {
                Some(Socket::Listener(listener)) => match &listener.kind {
                    Kind::Udp(entry) => entry.socket.send_to(bytes, peer).map(drop),
                    Kind::Tcp(_) => Ok(()),
                },
                _ => Ok(()),
            },
            Some(Place::Socket(socket)) => match self.sockets.get(socket) {
                Some(Socket::Target(target)) => {
                    // The first attempt may only tell what became of an earlier datagram.
                    let sent = target.socket.send(bytes);
                    sent.or_else(|error| match error.kind() {
                        ErrorKind::ConnectionRefused => target.socket.send(bytes),
                        _ => Err(error),
                    })
                    .map(drop)
                }
                _ => Ok(()),
            },
            Some(Place::Echo) => {
                self.core.local_datagram(now, tunnel, bytes);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(error) = sent {
            self.dropped += 1;
            log::debug!(ends = self.locals.ends(tunnel), error:%; "a datagram was dropped");
        }
    }

    /// A reliable tunnel has datagrams for a local peer: it waits for its turn at the listener's socket.
    pub(super) fn queue_for_peer(&mut self, id: SocketId, tunnel: TunnelId) {
        let Some(Kind::Udp(entry)) = self.sockets.listener(id).map(|listener| &mut listener.kind) else {
            return;
        };
        entry.waiting.push_back(tunnel);
        if entry.waiting.len() > 2 * PEERS {
            // Those that have ended are still there, if the socket was full meanwhile.
            entry.waiting.retain(|tunnel| self.core.readable_record(*tunnel).is_some());
        }
        self.sockets.list(id);
    }

    /// Gives datagrams of reliable tunnels to their local peers, one of each tunnel in turn. Whether there may be more
    /// to do.
    pub(super) fn write_to_peers(&mut self, now: Instant, id: SocketId) -> bool {
        for _ in 0..TURN {
            let Some((Socket::Listener(listener), readiness)) = self.sockets.get_mut(id) else {
                return false;
            };
            let Kind::Udp(entry) = &mut listener.kind else { return false };
            if !readiness.writable {
                return false;
            }
            let Some(tunnel) = entry.waiting.pop_front() else { return false };
            let Some(Place::Peer { peer: Some(peer), .. }) = self.locals.place(tunnel) else { continue };
            let send = |bytes: &[u8]| entry.socket.send_to(bytes, peer);
            if let Given::NoMemory = give_record(now, readiness, &mut self.core, tunnel, send) {
                entry.waiting.push_front(tunnel);
                self.rest(now, id);
                return false;
            }
            if self.core.readable_record(tunnel).is_some() {
                entry.waiting.push_back(tunnel);
            }
        }
        true
    }

    /// The system has nothing for a socket now; it is tried again in a while.
    pub(super) fn rest(&mut self, now: Instant, id: SocketId) {
        self.timers.set(now + REST, Timer::Retry(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::Identity,
        model::{Capabilities, Target, Transport},
        protocol::{Action, LinkUp, Opening, Settings, Ticket},
    };
    use std::{cell::RefCell, collections::VecDeque};

    /// An exit whose tunnel has these datagrams for its target.
    fn exit_with(now: Instant, datagrams: &[&[u8]]) -> (Core, TunnelId) {
        let [ours, theirs] = [(); 2].map(|()| Identity::generate().expect("random numbers"));
        let id = ours.peer_id();
        let mut core = Core::new(Settings::default(), Box::new(ours), now, [1; 32]);
        let mut entry = Core::new(Settings::default(), Box::new(theirs), now, [2; 32]);
        let capabilities = Capabilities { retransmission: true, ..Capabilities::default() };
        let (transport, target) = (Transport::Udp, Target::Service(7));
        let opening = Opening { path: vec![id], transport, target, capabilities };
        entry.open(now, &opening).expect("it can be opened");
        let up = |initiated| LinkUp { peer: Some(id), initiated, is_stream: true, max_payload: 1024 };
        entry.link_up(now, up(true));
        let request = std::iter::from_fn(|| entry.poll()).find_map(|action| match action {
            Action::Send { payload, .. } => Some(payload),
            _ => None,
        });
        let link = core.link_up(now, LinkUp { peer: None, ..up(false) });
        let answer = core.open_request(now, link, 4, &request.expect("a request to open"), Ticket(1));
        assert_eq!(answer, None);
        let tunnel = core.tunnels().next().expect("it is being opened");
        core.connected(now, tunnel);
        let records = datagrams.iter().flat_map(|it| [&(it.len() as u16).to_be_bytes()[..], it].concat());
        let frame: Vec<_> = [0; 13].into_iter().chain(records).collect();
        core.frame_request(now, link, &frame);
        while core.poll().is_some() {}
        (core, tunnel)
    }

    #[test]
    fn a_datagram_stays_until_the_system_has_taken_it_or_refuses_it_for_good() {
        let now = Instant::now();
        let (mut core, tunnel) = exit_with(now, &[b"one", b"too long", b"", b"three"]);
        let system = |errno: Errno| Err(io::Error::from(errno));
        let outcomes = RefCell::new(VecDeque::from([
            system(Errno::ECONNREFUSED),
            system(Errno::EINTR),
            system(Errno::EAGAIN),
            Ok(3),
            system(Errno::EMSGSIZE),
            system(Errno::ENOBUFS),
            Ok(0),
            Ok(5),
        ]));
        let tried = RefCell::new(Vec::new());
        let mut readiness = Readiness { readable: false, writable: true };
        let write = |readiness: &mut Readiness, core: &mut Core| {
            write_records(now, readiness, core, tunnel, |bytes| {
                tried.borrow_mut().push(String::from_utf8_lossy(bytes).into_owned());
                outcomes.borrow_mut().pop_front().expect("no more is tried")
            })
        };
        assert!(matches!(write(&mut readiness, &mut core), Pumped::Done) && !readiness.writable);
        assert!(matches!(write(&mut readiness, &mut core), Pumped::Done), "it is full");
        readiness.writable = true;
        assert!(matches!(write(&mut readiness, &mut core), Pumped::Rest) && readiness.writable);
        assert!(matches!(write(&mut readiness, &mut core), Pumped::Done) && readiness.writable);
        assert_eq!(*tried.borrow(), ["one", "one", "one", "one", "too long", "", "", "three"]);
        assert_eq!((core.counters().dropped, core.counters().bytes), (1, (0, 8)));
    }

    #[test]
    fn many_datagrams_are_not_written_in_one_turn() {
        let now = Instant::now();
        let (mut core, tunnel) = exit_with(now, &[&b""[..]; 150]);
        let mut readiness = Readiness { readable: false, writable: true };
        let mut turns = Vec::new();
        loop {
            let sent = std::cell::Cell::new(0);
            let pumped = write_records(now, &mut readiness, &mut core, tunnel, |_| {
                sent.set(sent.get() + 1);
                Ok(0)
            });
            turns.push(sent.get());
            if let Pumped::Done = pumped {
                break;
            }
        }
        assert_eq!(turns, [TURN, TURN, 150 - 2 * TURN]);
    }
}
