//! Nodes, the lines between them, and virtual time.
use crate::{
    call::Call,
    capture::{Capture, Fate},
    line::{Line, LineState},
    log::Entry,
    node::{Node, NodeId, Peer},
    stream::{Step, StreamId, Streams},
};
use coap_proto::{
    Address,
    engine::{Config, Connect, EndpointId, Engine, Event, Path, Route, Transmit, UpstreamError, Via, Wanted},
    resource::{MethodMask, Resource},
    wire::Protocol,
};
use fastrand::Rng;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

/// The port of CoAP (RFC 7252 section 6.1).
const COAP_PORT: u16 = 5683;
/// More datagrams under way than this: an engine floods the network.
const MAX_UNDER_WAY: usize = 1 << 20;
/// More captured datagrams than this: a test captures what it does not look at.
const MAX_CAPTURED: usize = 1 << 20;
/// A timer that is still due after so many calls of `handle_timeout` does not move.
const MAX_CALLS_AT_ONE_INSTANT: usize = 1000;
/// Nothing in CoAP takes longer (EXCHANGE_LIFETIME is 247 s), but tests let sessions idle.
const LONGEST_RUN: Duration = Duration::from_secs(7 * 24 * 3600);

/// A virtual network: see the [crate's](crate) first page.
#[derive(Debug)]
pub struct Network {
    start: Instant,
    now: Instant,
    rng: Rng,
    pub(crate) nodes: Vec<Node>,
    pub(crate) streams: Streams,
    sockets: HashMap<SocketAddr, (NodeId, Via)>,
    groups: HashMap<SocketAddr, Vec<NodeId>>,
    line: Line,
    lines: HashMap<(NodeId, NodeId), LineState>,
    under_way: BTreeMap<(Instant, u64), Arrival>,
    sent: u64,
    timer_slack: Duration,
    reports_unreachable: bool,
    /// What names of hosts lead to.
    names: HashMap<Vec<u8>, SocketAddr>,
    capturing: bool,
    captured: Vec<Capture>,
    digest: DefaultHasher,
}

/// Something that arrives at a node.
#[derive(Debug)]
pub(crate) enum Arrival {
    Datagram {
        node: NodeId,
        from: SocketAddr,
        to: SocketAddr,
        bytes: Vec<u8>,
    },
    Stream {
        stream: StreamId,
        step: Step,
    },
    /// An ICMP error.
    Unreachable {
        node: NodeId,
        via: Via,
        remote: Address,
    },
}

impl Network {
    /// A network without nodes, whose lines are perfect but for a delay of 10 ms.
    pub fn new(seed: u64) -> Self {
        let start = Instant::now();
        Self {
            start,
            now: start,
            rng: Rng::with_seed(seed),
            nodes: Vec::new(),
            streams: Streams::default(),
            sockets: HashMap::new(),
            groups: HashMap::new(),
            line: Line::default(),
            lines: HashMap::new(),
            under_way: BTreeMap::new(),
            sent: 0,
            timer_slack: Duration::ZERO,
            reports_unreachable: false,
            names: HashMap::new(),
            capturing: false,
            captured: Vec::new(),
            digest: DefaultHasher::new(),
        }
    }

    /// Adds a node that listens on port 5683 of an address of its own.
    pub fn add_node(&mut self) -> NodeId {
        self.add_node_with(Config::default())
    }

    /// Adds a node whose engine has this configuration.
    pub fn add_node_with(&mut self, config: Config) -> NodeId {
        let id = NodeId(self.nodes.len());
        let [high, low] = u16::try_from(id.0 + 1).expect("at most 65,535 nodes").to_be_bytes();
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, high, low));
        let mut seed = [0; 32];
        self.rng.fill(&mut seed);
        let mut engine = Engine::new(config, self.now, seed);
        let local = SocketAddr::new(ip, COAP_PORT);
        let endpoint =
            engine.open_endpoint(local.into(), Protocol::Udp).expect("UDP endpoints can be opened");
        self.sockets.insert(local, (id, Via::Endpoint(endpoint)));
        self.nodes.push(Node::new(engine, ip, endpoint));
        id
    }

    /// Adds a resource with a handler for all methods.
    pub fn offer(&mut self, node: NodeId, path: &str, handler: impl FnMut(&mut Call<'_>) + 'static) {
        let mut resource = Resource::new(path.as_bytes(), 0);
        resource.methods = MethodMask::ALL;
        self.offer_resource(node, resource, handler);
    }

    /// Adds a resource with a handler for the methods that it names.
    pub fn offer_resource(
        &mut self,
        node: NodeId,
        resource: Resource,
        handler: impl FnMut(&mut Call<'_>) + 'static,
    ) {
        let now = self.now;
        let node = &mut self.nodes[node.0];
        let (id, _) = node.engine.add_resource(now, resource);
        node.handlers.insert(id, Box::new(handler));
    }

    /// As [`Network::offer`], for a resource that can be observed, with `COAP_RESOURCE_FLAGS_*`.
    pub fn offer_observable(
        &mut self,
        node: NodeId,
        path: &str,
        flags: u32,
        handler: impl FnMut(&mut Call<'_>) + 'static,
    ) {
        let mut resource = Resource::new(path.as_bytes(), flags);
        (resource.methods, resource.observable) = (MethodMask::ALL, true);
        self.offer_resource(node, resource, handler);
    }

    /// Makes a node a forward proxy that is called `host`: it forwards what is for others as `route` says.
    pub fn offer_proxy(&mut self, node: NodeId, host: &str, route: Route) {
        let resource = Resource::proxy(vec![host.as_bytes().to_vec()], 0);
        self.offer_resource(node, resource, move |call| call.forward(&route));
    }

    /// Makes a node a reverse proxy: it forwards requests for what it does not have itself.
    pub fn offer_reverse_proxy(&mut self, node: NodeId, route: Route) {
        let mut resource = Resource::unknown(0);
        resource.methods = MethodMask::ALL;
        self.offer_resource(node, resource, move |call| call.forward(&route));
    }

    /// From now on a name leads to a node.
    pub fn set_name(&mut self, name: &str, node: NodeId) {
        self.names.insert(name.as_bytes().to_vec(), self.address(node));
    }

    /// A resource of a node has changed. `false`: nobody observes it.
    pub fn notify(&mut self, node: NodeId, path: &str) -> bool {
        let (now, engine) = (self.now, self.engine(node));
        engine.resources().find(path.as_bytes()).is_some_and(|id| engine.notify(now, id))
    }

    /// Opens a client session at one node to port 5683 of another.
    pub fn connect(&mut self, client: NodeId, server: NodeId) -> Peer {
        self.connect_to(client, self.address(server))
    }

    /// Adds a node with a client session to port 5683 of another.
    pub fn add_client(&mut self, server: NodeId) -> Peer {
        let client = self.add_node();
        self.connect(client, server)
    }

    /// Opens a client session to an address, which may be a group's.
    pub fn connect_to(&mut self, client: NodeId, remote: SocketAddr) -> Peer {
        let (now, local) = (self.now, self.next_address(client));
        let node = &mut self.nodes[client.0];
        let to = Connect { local: None, remote: remote.into(), protocol: Protocol::Udp };
        let session = node.engine.connect(now, to).expect("UDP sessions can be opened");
        node.engine.set_local(session, local.into());
        node.sockets.insert(session, local);
        self.sockets.insert(local, (client, Via::Session(session)));
        Peer { node: client, session }
    }

    /// An address of a node that no socket has had yet.
    pub(crate) fn next_address(&mut self, node: NodeId) -> SocketAddr {
        let node = &mut self.nodes[node.0];
        let local = SocketAddr::new(node.ip, node.next_port);
        node.next_port = node.next_port.checked_add(1).expect("ports left");
        local
    }

    /// The node that has an address.
    pub(crate) fn node_at(&self, address: SocketAddr) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.ip == address.ip()).map(NodeId)
    }

    /// Lets a node's endpoint receive what is sent to a group (with the port).
    pub fn join(&mut self, node: NodeId, group: SocketAddr) {
        self.groups.entry(group).or_default().push(node);
    }

    /// Where a node listens.
    pub fn address(&self, node: NodeId) -> SocketAddr {
        SocketAddr::new(self.nodes[node.0].ip, COAP_PORT)
    }

    /// A node's endpoint.
    pub fn endpoint(&self, node: NodeId) -> EndpointId {
        self.nodes[node.0].endpoint
    }

    /// Changes all lines.
    pub fn set_line(&mut self, line: Line) {
        self.line = line;
        self.lines.clear();
    }

    /// Changes the line from one node to another; the way back stays as it is.
    pub fn set_line_between(&mut self, from: NodeId, to: NodeId, line: Line) {
        self.lines.insert((from, to), LineState::new(line));
    }

    /// From now on timers fire that late, as those of a busy event loop do.
    pub fn set_timer_slack(&mut self, slack: Duration) {
        self.timer_slack = slack;
    }

    /// From now on senders hear (as by ICMP) that an address is nobody's.
    pub fn report_unreachable(&mut self) {
        self.reports_unreachable = true;
    }

    /// From now on responses to a node are found unusable by its application.
    pub fn reject_responses(&mut self, node: NodeId) {
        self.nodes[node.0].rejects_responses = true;
    }

    /// From now on all datagrams are captured.
    pub fn capture(&mut self) {
        self.capturing = true;
    }

    /// The datagrams sent since [`Network::capture`].
    pub fn captured(&self) -> &[Capture] {
        &self.captured
    }

    /// A node's engine. What it wants to send goes out when time next moves.
    pub fn engine(&mut self, node: NodeId) -> &mut Engine {
        &mut self.nodes[node.0].engine
    }

    /// What happened at a node.
    pub fn log(&self, node: NodeId) -> &[Entry] {
        &self.nodes[node.0].log
    }

    /// Forgets what happened at a node.
    pub fn clear_log(&mut self, node: NodeId) {
        self.nodes[node.0].log = Vec::new();
    }

    /// The virtual time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The virtual time since the network began.
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// The network's source of randomness.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// A number that tells two runs apart: it depends on every datagram sent and when.
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// Lets a datagram arrive at once, from any address whatever.
    pub fn inject(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        for node in self.receivers(to) {
            self.arrive(Arrival::Datagram { node, from, to, bytes: bytes.to_vec() });
        }
    }
}

/// Time.
impl Network {
    /// Lets time pass.
    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.pump_all();
        while self.step(end) {}
        self.now = end;
    }

    /// Lets time pass until nothing is under way and no engine waits for an acknowledgement.
    ///
    /// # Panics
    /// If that does not come within a week.
    pub fn settle(&mut self) {
        self.run_while("comes to rest", |net| {
            !net.under_way.is_empty() || net.nodes.iter().any(|node| node.engine.pending())
        });
    }

    /// Lets time pass until no engine has anything left to wait for: idle sessions are gone too.
    ///
    /// # Panics
    /// If that does not come within a week.
    pub fn run_out(&mut self) {
        self.run_while("runs out of timers", |_| true);
    }

    fn run_while(&mut self, goal: &str, unfinished: impl Fn(&Self) -> bool) {
        let end = self.now + LONGEST_RUN;
        self.pump_all();
        while unfinished(self) && self.step(end) {}
        let next = self.next_instant();
        assert!(next.is_none_or(|at| at <= end || !unfinished(self)), "the network never {goal}");
    }

    /// Moves to the next happening, if it is not after `end`.
    fn step(&mut self, end: Instant) -> bool {
        let Some(next) = self.next_instant().filter(|&next| next <= end) else { return false };
        self.now = self.now.max(next);
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let arrival = entry.remove();
            self.arrive(arrival);
        }
        for id in 0..self.nodes.len() {
            self.expire(NodeId(id));
        }
        true
    }

    fn next_instant(&self) -> Option<Instant> {
        let arrival = self.under_way.first_key_value().map(|(&(at, _), _)| at);
        (0..self.nodes.len()).filter_map(|id| self.timer(NodeId(id))).chain(arrival).min()
    }

    fn expire(&mut self, id: NodeId) {
        for _ in 0..MAX_CALLS_AT_ONE_INSTANT {
            if self.timer(id).is_none_or(|at| at > self.now) {
                return;
            }
            self.nodes[id.0].engine.handle_timeout(self.now);
            self.pump(id);
        }
        panic!("a timer of {id:?} stays due");
    }

    /// When a node's next timer fires.
    fn timer(&self, id: NodeId) -> Option<Instant> {
        self.nodes[id.0].engine.poll_timeout().map(|at| at + self.timer_slack)
    }
}

/// Datagrams.
impl Network {
    fn pump_all(&mut self) {
        for id in 0..self.nodes.len() {
            self.pump(NodeId(id));
        }
    }

    /// Takes out of an engine all that it has to say. Datagrams come first: the event after them may close
    /// their socket.
    pub(crate) fn pump(&mut self, id: NodeId) {
        loop {
            self.connect_upstreams(id);
            self.pump_streams(id);
            while let Some(transmit) = self.nodes[id.0].engine.poll_transmit() {
                self.transmit(id, transmit);
            }
            let (now, at, node) = (self.now, self.elapsed(), &mut self.nodes[id.0]);
            let Some(event) = node.engine.poll_event() else {
                if node.engine.has_events() {
                    continue;
                }
                return;
            };
            if let Event::Closed { session } = event {
                self.end_stream_of(id, session);
            }
            let node = &mut self.nodes[id.0];
            if let Some(gone) = node.deliver(now, at, event) {
                self.sockets.remove(&gone);
            }
        }
    }

    /// Opens the sessions that an engine wants for requests that it forwards.
    fn connect_upstreams(&mut self, id: NodeId) {
        while let Some(Wanted { upstream, server }) = self.engine(id).poll_upstream() {
            let address = server.literal().map(|ip| SocketAddr::new(ip, server.port));
            let named = || self.names.get(&server.host).map(|node| SocketAddr::new(node.ip(), server.port));
            let now = self.now;
            let Some(address) = address.or_else(named) else {
                self.engine(id).upstream_failed(now, upstream, UpstreamError::Unreachable);
                continue;
            };
            let session = match server.scheme.protocol() {
                Some(protocol) if protocol.is_reliable() => self.call(id, address, protocol).session,
                _ => self.connect_to(id, address).session,
            };
            if !self.engine(id).upstream_connected(now, upstream, session) {
                self.engine(id).release(now, session);
            }
        }
    }

    fn transmit(&mut self, sender: NodeId, transmit: Transmit) {
        let Transmit { via, path, bytes, .. } = transmit;
        let from = self.source(sender, via);
        let to = path.remote.ip().expect("UDP goes to IP addresses");
        let receivers = self.receivers(to);
        let copies: usize = receivers.iter().map(|&node| self.carry(sender, node, from, to, &bytes)).sum();
        let fate = match (receivers.is_empty(), copies) {
            (true, _) => Fate::Unreachable,
            (_, 0) => Fate::Lost,
            _ => Fate::Carried(copies),
        };
        if fate == Fate::Unreachable && self.reports_unreachable && !path.remote.is_multicast() {
            let error = Arrival::Unreachable { node: sender, via, remote: path.remote };
            self.put_under_way(self.line.delay * 2, error);
        }
        self.record(from, to, bytes.to_vec(), fate);
    }

    /// Puts a datagram on the line between two nodes; returns how many copies of it arrive.
    fn carry(
        &mut self,
        sender: NodeId,
        node: NodeId,
        from: SocketAddr,
        to: SocketAddr,
        bytes: &[u8],
    ) -> usize {
        let line = self.lines.entry((sender, node)).or_insert_with(|| LineState::new(self.line.clone()));
        let delays = line.carry(&mut self.rng, bytes.len());
        for &delay in &delays {
            self.put_under_way(delay, Arrival::Datagram { node, from, to, bytes: bytes.to_vec() });
        }
        delays.len()
    }

    pub(crate) fn put_under_way(&mut self, delay: Duration, arrival: Arrival) {
        assert!(self.under_way.len() < MAX_UNDER_WAY, "an engine floods the network");
        self.sent += 1;
        self.under_way.insert((self.now + delay, self.sent), arrival);
    }

    fn arrive(&mut self, arrival: Arrival) {
        let now = self.now;
        match arrival {
            Arrival::Datagram { node, from, to, bytes } => {
                // The socket may have been closed while the datagram was under way.
                if let Some(via) = self.socket(node, to) {
                    let path = Path::new(to.into(), from.into(), 1);
                    self.nodes[node.0].engine.handle_datagram(now, via, path, &bytes);
                    self.pump(node);
                }
            }
            Arrival::Stream { stream, step } => self.step_stream(stream, step),
            Arrival::Unreachable { node, via, remote } => {
                self.nodes[node.0].engine.handle_unreachable(now, via, Some(remote));
                self.pump(node);
            }
        }
    }

    fn record(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>, fate: Fate) {
        let at = self.elapsed();
        (at, from, to, &bytes).hash(&mut self.digest);
        if self.capturing {
            assert!(self.captured.len() < MAX_CAPTURED, "too much is captured");
            self.captured.push(Capture { at, from, to, bytes, fate });
        }
    }

    /// The nodes that get what is sent to an address.
    fn receivers(&self, to: SocketAddr) -> Vec<NodeId> {
        if to.ip().is_multicast() {
            return self.groups.get(&to).cloned().unwrap_or_default();
        }
        self.sockets.get(&to).map(|&(node, _)| node).into_iter().collect()
    }

    /// The socket of a node that gets what is sent to an address.
    fn socket(&self, node: NodeId, to: SocketAddr) -> Option<Via> {
        if to.ip().is_multicast() {
            return Some(Via::Endpoint(self.nodes[node.0].endpoint));
        }
        self.sockets.get(&to).filter(|&&(owner, _)| owner == node).map(|&(_, via)| via)
    }

    /// The address that a node sends from through one of its sockets.
    fn source(&self, node: NodeId, via: Via) -> SocketAddr {
        match via {
            Via::Endpoint(_) => self.address(node),
            Via::Session(session) => *self.nodes[node.0]
                .sockets
                .get(&session)
                .expect("an engine sends through sockets that are open"),
        }
    }
}
