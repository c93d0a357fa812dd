//! Streams between nodes, and between a node and somebody from outside.
use crate::{
    network::{Arrival, Network},
    node::{NodeId, Peer},
};
use coap_proto::{
    engine::{Connect, Path, SessionId, StreamEnd},
    wire::Protocol,
};
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

/// What the socket buffers on both sides and the wire between them take.
const WINDOW: usize = 64 << 10;
/// The address of those who are no nodes.
const OUTSIDE: &str = "192.0.2.99";
const FIRST_OUTSIDE_PORT: u16 = 10_000;

/// Names a stream of a [`Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(usize);

/// An end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The one that connected.
    Caller = 0,
    /// The one that accepted.
    Called = 1,
}

impl End {
    const BOTH: [Self; 2] = [Self::Caller, Self::Called];

    fn other(self) -> Self {
        if self == Self::Caller { Self::Called } else { Self::Caller }
    }
}

/// How a stream's bytes come.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The most bytes that arrive at once; each time it is a random part of that.
    pub chunk: usize,
    /// What is under way or not read at most.
    pub window: usize,
    /// From one end to the other.
    pub delay: Duration,
}

impl Default for Flow {
    fn default() -> Self {
        Self { chunk: usize::MAX, window: WINDOW, delay: Duration::from_millis(10) }
    }
}

/// What happens to a stream.
#[derive(Debug)]
pub(crate) enum Step {
    /// It is asked for.
    Call,
    /// It was accepted, or not.
    Answer(bool),
    /// Bytes come to an end.
    Bytes(End, Vec<u8>),
    /// The other end has closed it.
    Closed(End),
}

/// All streams of a network.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    flow: Flow,
    all: Vec<Stream>,
    /// By the sessions at their ends.
    of_sessions: HashMap<(NodeId, SessionId), (StreamId, End)>,
}

#[derive(Debug)]
struct Stream {
    protocol: Protocol,
    flow: Flow,
    called: NodeId,
    caller_address: SocketAddr,
    ends: [Side; 2],
}

/// One end of a stream: its session, if it is a node's, and its socket.
#[derive(Debug, Default)]
struct Side {
    session: Option<(NodeId, SessionId)>,
    /// The engine has asked for attention and nothing was in the way since.
    writes: bool,
    /// Nobody reads here, whatever the engine says.
    stalled: bool,
    closed: bool,
    /// What came and is not read.
    unread: VecDeque<u8>,
    /// The other end has closed it, and this one was told.
    ended: bool,
    has_heard_end: bool,
    /// Bytes to the other end that are under way.
    under_way: usize,
    /// When the last of them arrive.
    last: Option<Instant>,
    /// All that was ever written.
    record: Vec<u8>,
}

/// Streams.
impl Network {
    /// How streams to come behave.
    pub fn set_flow(&mut self, flow: Flow) {
        self.streams.flow = flow;
    }

    /// Opens a client session over a stream at one node to another, which listens for such.
    pub fn connect_stream(&mut self, client: NodeId, server: NodeId, protocol: Protocol) -> Peer {
        self.listen(server, protocol);
        let to = self.address(server);
        self.call(client, to, protocol)
    }

    /// Lets a node listen for streams, on the port of its datagrams.
    pub fn listen(&mut self, node: NodeId, protocol: Protocol) {
        let local = self.address(node);
        let node = &mut self.nodes[node.0];
        if !node.listens.contains_key(&protocol) {
            let endpoint = node.engine.open_endpoint(local.into(), protocol).expect("it is supported");
            node.listens.insert(protocol, endpoint);
        }
    }

    /// Opens a client session over a stream to an address. If nobody listens there, it is refused.
    pub fn call(&mut self, client: NodeId, to: SocketAddr, protocol: Protocol) -> Peer {
        let (now, local) = (self.now(), self.next_address(client));
        let connect = Connect { local: None, remote: to.into(), protocol };
        let session = self.engine(client).connect(now, connect).expect("it is supported");
        let called = self.node_at(to);
        let stream = self.add_stream(Some((client, session)), called, local, protocol);
        let delay = self.streams.flow.delay;
        self.put_under_way(delay, Arrival::Stream { stream, step: Step::Call });
        Peer { node: client, session }
    }

    /// Connects to a node from outside: [`Network::write`] and [`Network::written`] are what that one does. The node
    /// has accepted when this returns.
    pub fn connect_from_outside(&mut self, server: NodeId, protocol: Protocol) -> StreamId {
        self.listen(server, protocol);
        let port = FIRST_OUTSIDE_PORT + self.streams.all.len() as u16;
        let address = SocketAddr::new(OUTSIDE.parse().expect("an address"), port);
        let stream = self.add_stream(None, Some(server), address, protocol);
        self.step_stream(stream, Step::Call);
        stream
    }

    /// Somebody from outside writes to a stream. What does not fit is lost.
    pub fn write(&mut self, stream: StreamId, bytes: &[u8]) {
        self.send_bytes(stream, End::Caller, bytes);
    }

    /// Somebody from outside writes no more to a stream, and goes on reading.
    pub fn half_close(&mut self, stream: StreamId) {
        let at = self.arrival_of(stream, End::Caller);
        self.put_under_way(at, Arrival::Stream { stream, step: Step::Closed(End::Called) });
    }

    /// Somebody from outside closes a stream.
    pub fn close(&mut self, stream: StreamId) {
        self.close_end(stream, End::Caller);
    }

    /// All that a stream's end has ever written.
    pub fn written(&self, stream: StreamId, end: End) -> &[u8] {
        &self.streams.all[stream.0].ends[end as usize].record
    }

    /// The stream of a session.
    pub fn stream_of(&self, peer: Peer) -> StreamId {
        self.streams.of_sessions[&(peer.node, peer.session)].0
    }

    /// The session of a node at an end of a stream.
    pub fn peer_at(&self, stream: StreamId, end: End) -> Option<Peer> {
        let (node, session) = self.streams.all[stream.0].ends[end as usize].session?;
        Some(Peer { node, session })
    }

    /// Whether an end of a stream has closed its socket.
    pub fn is_closed(&self, stream: StreamId, end: End) -> bool {
        self.streams.all[stream.0].ends[end as usize].closed
    }

    /// From now on an end reads nothing, or does so again.
    pub fn stall(&mut self, stream: StreamId, end: End, stalled: bool) {
        self.streams.all[stream.0].ends[end as usize].stalled = stalled;
        self.read(stream, end);
    }

    /// A stream breaks: both ends are told, what was under way is lost.
    pub fn break_stream(&mut self, stream: StreamId) {
        for end in End::BOTH {
            let side = &mut self.streams.all[stream.0].ends[end as usize];
            let was_open = !std::mem::replace(&mut side.closed, true);
            side.unread.clear();
            if let Some((node, session)) = side.session.filter(|_| was_open) {
                let now = self.now();
                self.engine(node).handle_stream_end(now, session, StreamEnd::Broken);
                self.pump(node);
            }
        }
    }

    /// Does what the engine of a node wants done with its streams.
    pub(crate) fn pump_streams(&mut self, node: NodeId) {
        while let Some(session) = self.engine(node).poll_stream() {
            let Some(&(stream, end)) = self.streams.of_sessions.get(&(node, session)) else { continue };
            self.streams.all[stream.0].ends[end as usize].writes = true;
            self.flush_end(stream, end);
            self.read_once(stream, end);
        }
    }

    /// A session is about to be forgotten: what is left is written, and the socket closed.
    pub(crate) fn end_stream_of(&mut self, node: NodeId, session: SessionId) {
        if let Some(&(stream, end)) = self.streams.of_sessions.get(&(node, session)) {
            self.streams.all[stream.0].ends[end as usize].writes = true;
            self.flush_end(stream, end);
            self.close_end(stream, end);
        }
    }

    /// Something that was under way comes to a stream.
    pub(crate) fn step_stream(&mut self, stream: StreamId, step: Step) {
        match step {
            Step::Call => self.accept(stream),
            Step::Answer(accepted) => self.answer(stream, accepted),
            Step::Bytes(end, bytes) => {
                let sides = &mut self.streams.all[stream.0].ends;
                sides[end.other() as usize].under_way -= bytes.len();
                if !sides[end as usize].closed {
                    sides[end as usize].unread.extend(bytes);
                }
                self.read(stream, end);
            }
            Step::Closed(end) => {
                self.streams.all[stream.0].ends[end as usize].ended = true;
                self.read(stream, end);
            }
        }
    }

    fn add_stream(
        &mut self,
        caller: Option<(NodeId, SessionId)>,
        called: Option<NodeId>,
        caller_address: SocketAddr,
        protocol: Protocol,
    ) -> StreamId {
        let id = StreamId(self.streams.all.len());
        let mut ends = [Side::default(), Side::default()];
        ends[0].session = caller;
        let called = called.unwrap_or(NodeId(usize::MAX));
        let flow = self.streams.flow.clone();
        self.streams.all.push(Stream { protocol, flow, called, caller_address, ends });
        if let Some(caller) = caller {
            self.streams.of_sessions.insert(caller, (id, End::Caller));
        }
        id
    }

    fn accept(&mut self, id: StreamId) {
        let now = self.now();
        let Stream { protocol, called, caller_address, .. } = self.streams.all[id.0];
        if self.streams.all[id.0].ends[End::Caller as usize].closed {
            return;
        }
        let mut session = None;
        if let Some(node) = self.nodes.get_mut(called.0)
            && let Some(&endpoint) = node.listens.get(&protocol)
        {
            let local = *node.engine.endpoint(endpoint).expect("it listens").local();
            let path = Path::new(local, caller_address.into(), 1);
            session = node.engine.accept_stream(now, endpoint, path);
        }
        let stream = &mut self.streams.all[id.0];
        stream.ends[End::Called as usize].session = session.map(|session| (called, session));
        stream.ends[End::Called as usize].closed = session.is_none();
        let delay = stream.flow.delay;
        self.put_under_way(delay, Arrival::Stream { stream: id, step: Step::Answer(session.is_some()) });
        if let Some(session) = session {
            self.streams.of_sessions.insert((called, session), (id, End::Called));
            self.pump(called);
        }
    }

    fn answer(&mut self, id: StreamId, accepted: bool) {
        let now = self.now();
        let stream = &self.streams.all[id.0];
        let local = stream.caller_address;
        let Some((node, session)) = stream.ends[0].session.filter(|_| !stream.ends[0].closed) else { return };
        if accepted {
            self.engine(node).handle_connected(now, session, local.into());
        } else {
            self.engine(node).handle_stream_end(now, session, StreamEnd::Refused);
        }
        self.pump(node);
        self.read(id, End::Caller);
    }

    /// Writes what an engine has for an end, as far as that goes.
    fn flush_end(&mut self, id: StreamId, end: End) {
        let now = self.now();
        let side = &self.streams.all[id.0].ends[end as usize];
        let Some((node, session)) = side.session.filter(|_| side.writes && !side.closed) else { return };
        loop {
            let room = self.room(id, end);
            let Some(bytes) = self.nodes[node.0].engine.stream(session) else {
                return self.close_end(id, end);
            };
            let bytes = bytes[..bytes.len().min(room)].to_vec();
            if bytes.is_empty() {
                let rest = self.nodes[node.0].engine.stream(session).map_or(0, <[u8]>::len);
                self.streams.all[id.0].ends[end as usize].writes = rest > 0;
                return;
            }
            let sent = self.send_bytes(id, end, &bytes);
            self.engine(node).stream_written(now, session, sent);
        }
    }

    fn room(&self, id: StreamId, end: End) -> usize {
        let Stream { flow, ends, .. } = &self.streams.all[id.0];
        let held = ends[end as usize].under_way + ends[end.other() as usize].unread.len();
        flow.window.saturating_sub(held)
    }

    /// Puts bytes under way in pieces. Returns how many there was room for.
    fn send_bytes(&mut self, id: StreamId, end: End, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.room(id, end));
        let mut rest = &bytes[..count];
        while !rest.is_empty() {
            let chunk = self.streams.all[id.0].flow.chunk.min(rest.len());
            let length = if chunk < 2 { chunk } else { self.rng().usize(1..=chunk) };
            let (piece, others) = rest.split_at(length.max(1));
            let at = self.arrival_of(id, end);
            let side = &mut self.streams.all[id.0].ends[end as usize];
            side.under_way += piece.len();
            side.record.extend_from_slice(piece);
            let step = Step::Bytes(end.other(), piece.to_vec());
            self.put_under_way(at, Arrival::Stream { stream: id, step });
            rest = others;
        }
        count
    }

    fn close_end(&mut self, id: StreamId, end: End) {
        if std::mem::replace(&mut self.streams.all[id.0].ends[end as usize].closed, true) {
            return;
        }
        let at = self.arrival_of(id, end);
        self.put_under_way(at, Arrival::Stream { stream: id, step: Step::Closed(end.other()) });
    }

    /// After what time the next bytes of an end arrive: behind those before.
    fn arrival_of(&mut self, id: StreamId, end: End) -> Duration {
        let now = self.now();
        let Stream { flow, ends, .. } = &mut self.streams.all[id.0];
        let side = &mut ends[end as usize];
        let at = side.last.map_or(now + flow.delay, |last| last.max(now + flow.delay));
        side.last = Some(at);
        at - now
    }

    /// Reads at an end as long as it wants.
    fn read(&mut self, id: StreamId, end: End) {
        while self.read_once(id, end) {}
    }

    fn read_once(&mut self, id: StreamId, end: End) -> bool {
        let now = self.now();
        let side = &mut self.streams.all[id.0].ends[end as usize];
        if side.stalled || side.closed {
            return false;
        }
        let bytes: Vec<u8> = match side.session {
            Some((node, session)) if !self.nodes[node.0].engine.reads_stream(session) => return false,
            _ => side.unread.drain(..).collect(),
        };
        let ends = bytes.is_empty() && side.ended && !side.has_heard_end;
        side.has_heard_end |= ends;
        // An engine may have something to write still, and says itself when it closes its end.
        side.closed |= ends && side.session.is_none();
        if let Some((node, session)) = side.session {
            if ends {
                self.engine(node).handle_stream_end(now, session, StreamEnd::Closed);
            } else {
                self.engine(node).handle_stream(now, session, &bytes);
            }
            self.pump(node);
        }
        if !bytes.is_empty() {
            self.continue_writing(id, end.other());
        }
        !bytes.is_empty()
    }

    /// There may be room again for what an end has to write.
    fn continue_writing(&mut self, id: StreamId, end: End) {
        self.flush_end(id, end);
        if let Some((node, _)) = self.streams.all[id.0].ends[end as usize].session {
            self.pump(node);
        }
    }
}
