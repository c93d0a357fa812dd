//! Nodes joined by real CoAP engines over the lines of the simulator.
use crate::node::{Node, node_of, peer};
use crate::socket::Socket;
use coap_proto::engine::{Config, Engine, FixedPoint, NackReason, SessionEvent, SessionId};
use coap_proto::wire::{Code, MessageType, Pdu, Protocol, option};
use coap_sessiond::protocol::{
    Action, LinkFailure, LinkId, LinkUp, MessageId, Reply, Request, Settings, Ticket,
};
use coap_sim::{Call, Line, Network, NodeId, Outcome, Peer};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How often nodes look at what has come.
const STEP: Duration = Duration::from_millis(5);

/// A node, and which sessions its links are.
pub(crate) struct Station {
    pub(crate) node: Node,
    links: HashMap<SessionId, LinkId>,
    sessions: HashMap<LinkId, SessionId>,
    /// Requests that are answered later, by session, and their tokens.
    tickets: HashMap<(SessionId, Ticket), Vec<u8>>,
    is_stream: bool,
    /// How often CoAP has repeated a message.
    pub(crate) repeats: usize,
    /// Whose session it is, by its address.
    peers: Rc<RefCell<HashMap<String, usize>>>,
}

/// A few of them.
pub(crate) struct Stations {
    pub(crate) net: Network,
    ids: Vec<NodeId>,
    pub(crate) all: Vec<Rc<RefCell<Station>>>,
    is_stream: bool,
    settings: Settings,
    boots: u64,
}

impl Station {
    fn link(
        &mut self,
        engine: &mut Engine,
        now: Instant,
        session: SessionId,
        peer: Option<(usize, bool)>,
    ) -> LinkId {
        if let Some(link) = self.links.get(&session) {
            return *link;
        }
        prepare(engine, session);
        let (known, initiated) = (peer.map(|(node, _)| node), peer.is_some_and(|(_, initiated)| initiated));
        let address = engine.session(session).and_then(|it| it.remote().ip()).map(|at| at.ip().to_string());
        let known = known.or_else(|| self.peers.borrow().get(&address?).copied());
        let max_payload = if self.is_stream { 16 << 10 } else { 1024 };
        let up = LinkUp { peer: known.map(self::peer), initiated, is_stream: self.is_stream, max_payload };
        let link = self.node.core.link_up(now, up);
        self.links.insert(session, link);
        self.sessions.insert(link, session);
        link
    }

    fn serve(&mut self, call: &mut Call<'_>, is_open: bool) {
        let link = self.link(call.engine, call.now, call.session, None);
        let payload = call.request.payload();
        let core = &mut self.node.core;
        let reply = match (is_open, call.request.code()) {
            (true, _) => {
                let hops = call.request.option(option::HOP_LIMIT).and_then(|option| option.uint());
                // One that comes once more is called the same.
                let token = call.request.token().try_into().map(u64::from_be_bytes);
                let ticket = Ticket(token.expect("tokens of nodes have eight bytes"));
                let reply = core.open_request(
                    call.now,
                    link,
                    hops.map_or(16, |hops| hops + 1) as u8,
                    payload,
                    ticket,
                );
                if reply.is_none() {
                    self.tickets.insert((call.session, ticket), call.request.token().to_vec());
                }
                reply
            }
            (false, Code::GET) => Some(core.keep_alive_request(call.now, link)),
            (false, _) => Some(core.frame_request(call.now, link, payload)),
        };
        if let Some(reply) = reply {
            call.answer(reply.code, &reply.payload);
        }
    }

    fn forget(&mut self, session: SessionId) -> Option<LinkId> {
        let link = self.links.remove(&session)?;
        self.sessions.remove(&link);
        self.tickets.retain(|(of, _), _| *of != session);
        Some(link)
    }

    /// Requests that wait for a later answer.
    pub(crate) fn unanswered(&self) -> usize {
        self.tickets.len()
    }
}

fn prepare(engine: &mut Engine, session: SessionId) {
    let Some(session) = engine.session_mut(session) else { return };
    let parameters = session.parameters_mut();
    parameters.nstart = 1024;
    parameters.ack_timeout = FixedPoint::new(0, 500);
    parameters.max_retransmit = 6;
}

impl Stations {
    pub(crate) fn new(seed: u64, count: usize, is_stream: bool) -> Self {
        Self::with(seed, count, is_stream, Config::default())
    }

    /// Stations whose engines remember what they have answered for a few messages only: repeated ones come anew.
    pub(crate) fn forgetful(seed: u64, count: usize) -> Self {
        Self::with(seed, count, false, Config { reply_cache_bytes: 1 << 10, ..Config::default() })
    }

    fn with(seed: u64, count: usize, is_stream: bool, config: Config) -> Self {
        let mut net = Network::new(seed);
        let settings = Settings::default();
        let (ids, peers): (Vec<_>, Rc<RefCell<HashMap<_, _>>>) =
            ((0..count).map(|_| net.add_node_with(config.clone())).collect(), Rc::default());
        let mut all = Vec::new();
        for (number, id) in ids.iter().enumerate() {
            peers.borrow_mut().insert(net.address(*id).ip().to_string(), number);
            if is_stream {
                net.listen(*id, Protocol::Tcp);
            }
            let station = Rc::new(RefCell::new(Station {
                node: Node::new(number, settings.clone(), net.now(), 1),
                links: HashMap::new(),
                sessions: HashMap::new(),
                tickets: HashMap::new(),
                is_stream,
                repeats: 0,
                peers: Rc::clone(&peers),
            }));
            for path in ["open", "t"] {
                let station = Rc::clone(&station);
                net.offer(*id, path, move |call| station.borrow_mut().serve(call, path == "open"));
            }
            all.push(station);
        }
        Self { net, ids, all, is_stream, settings, boots: 1 }
    }

    /// Something at one node.
    pub(crate) fn at<T>(&mut self, node: usize, act: impl FnOnce(&mut Node, Instant) -> T) -> T {
        let now = self.net.now();
        act(&mut self.all[node].borrow_mut().node, now)
    }

    /// The socket at the exit that was connected as number so much.
    pub(crate) fn with_target<T>(
        &mut self,
        node: usize,
        number: usize,
        look: impl FnOnce(&mut Socket) -> T,
    ) -> T {
        look(self.all[node].borrow_mut().node.target(number))
    }

    /// The link of a node to another one.
    pub(crate) fn link(&self, node: usize, to: usize) -> LinkId {
        let station = self.all[node].borrow();
        let leads_there =
            |link: &LinkId| station.node.core.link(*link).is_some_and(|status| status.peer == Some(peer(to)));
        station.sessions.keys().copied().find(leads_there).expect("there is one")
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.net.now() + time;
        while self.net.now() < end {
            self.step();
        }
    }

    /// Until every socket has ended; `false`: that did not come in time.
    pub(crate) fn run_until_ended(&mut self, most: Duration) -> bool {
        let end = self.net.now() + most;
        let is_over = |station: &Rc<RefCell<Station>>| {
            station.borrow().node.sockets.values().all(|socket| socket.ending.is_some())
        };
        while self.net.now() < end {
            if self.all.iter().all(is_over) {
                return true;
            }
            self.step();
        }
        self.all.iter().all(is_over)
    }

    fn step(&mut self) {
        self.net.run_for(STEP);
        let now = self.net.now();
        for node in 0..self.all.len() {
            self.read_log(node);
            let mut station = self.all[node].borrow_mut();
            station.node.core.handle_timeout(now);
            drop(station);
            loop {
                self.act(node);
                if !self.all[node].borrow_mut().node.work(now) {
                    break;
                }
            }
        }
    }

    /// What the engine had to say.
    fn read_log(&mut self, node: usize) {
        let (now, id) = (self.net.now(), self.ids[node]);
        let mut station = self.all[node].borrow_mut();
        for entry in self.net.log(id) {
            let Some(link) = station.links.get(&entry.session).copied() else { continue };
            match &entry.outcome {
                Outcome::Response { received, .. } => {
                    let Some(message) = MessageId::from_bytes(received.token()) else { continue };
                    let payload = received.payload().to_vec();
                    let reply = Reply { code: received.code(), payload, max_age: None };
                    station.node.core.response(now, link, message, &reply);
                }
                Outcome::Nack { sent: Some(sent), .. } if sent.code().is_request() => {
                    if let Some(message) = MessageId::from_bytes(sent.token()) {
                        station.node.core.failed(now, link, message);
                    }
                }
                Outcome::Session(SessionEvent::MessageRetransmitted) => {
                    station.repeats += 1;
                    station.node.core.repeated(now, link);
                }
                Outcome::Nack { .. } | Outcome::Closed => {
                    station.forget(entry.session);
                    station.node.core.link_lost(now, link);
                }
                _ => {}
            }
        }
        self.net.clear_log(id);
    }

    fn act(&mut self, node: usize) {
        loop {
            let now = self.net.now();
            let station = Rc::clone(&self.all[node]);
            let mut station = station.borrow_mut();
            let Some(action) = station.node.core.poll() else { return };
            match station.node.act(now, action) {
                None => {}
                Some(Action::WantLink { peer }) => self.connect(&mut station, node, node_of(peer)),
                Some(Action::Send { link, message, request, payload }) => {
                    if let Some(session) = station.sessions.get(&link).copied() {
                        self.send(Peer { node: self.ids[node], session }, message, request, &payload);
                    }
                }
                Some(Action::Answer { link, ticket, reply }) => {
                    let Some(session) = station.sessions.get(&link).copied() else { continue };
                    if let Some(token) = station.tickets.remove(&(session, ticket)) {
                        self.respond(Peer { node: self.ids[node], session }, &token, &reply);
                    }
                }
                Some(Action::SetAckTimeout { link, ack_timeout }) => {
                    let session = station.sessions.get(&link).copied();
                    if let Some(session) =
                        session.and_then(|id| self.net.engine(self.ids[node]).session_mut(id))
                    {
                        let millis = ack_timeout.as_millis() as u16;
                        session.parameters_mut().ack_timeout = FixedPoint::new(millis / 1000, millis % 1000);
                    }
                }
                Some(Action::CloseLink { link }) => {
                    if let Some(session) = station.sessions.get(&link).copied() {
                        station.forget(session);
                        self.net.engine(self.ids[node]).disconnect(now, session, NackReason::NotDeliverable);
                    }
                }
                Some(other) => panic!("{other:?}"),
            }
        }
    }

    fn connect(&mut self, station: &mut Station, node: usize, to: usize) {
        let now = self.net.now();
        let Some(server) = self.ids.get(to).copied() else {
            return station.node.core.link_failed(now, &peer(to), LinkFailure::Unknown);
        };
        let session = match self.is_stream {
            true => self.net.connect_stream(self.ids[node], server, Protocol::Tcp).session,
            false => self.net.connect(self.ids[node], server).session,
        };
        station.link(self.net.engine(self.ids[node]), now, session, Some((to, true)));
    }

    fn send(&mut self, to: Peer, message: Option<MessageId>, request: Request, payload: &[u8]) {
        let (kind, method, path) = match request {
            Request::Open { .. } => (MessageType::Con, Code::POST, "open"),
            Request::Frame => (MessageType::Con, Code::POST, "t"),
            Request::Datagram => (MessageType::Non, Code::POST, "t"),
            Request::KeepAlive => (MessageType::Con, Code::GET, "t"),
        };
        let engine = self.net.engine(to.node);
        let Some(mid) = engine.new_mid(to.session) else { return };
        let mut pdu = Pdu::new(kind, method, mid, 0);
        let token = message.map_or([0xff; 8], MessageId::to_bytes);
        pdu.set_token(&token).expect("fits");
        pdu.add_option(option::URI_PATH, path.as_bytes()).expect("fits");
        match request {
            Request::Open { hop_limit } => {
                pdu.insert_option(option::CONTENT_FORMAT, &[60]).expect("fits");
                pdu.insert_option(option::HOP_LIMIT, &[hop_limit]).expect("fits");
            }
            Request::Datagram => {
                pdu.add_option(option::NO_RESPONSE, &[26]).expect("fits");
            }
            _ => {}
        }
        pdu.set_payload(payload).expect("fits");
        // A session that has ended tells so by itself.
        let _ = self.net.try_send(to, pdu);
    }

    fn respond(&mut self, to: Peer, token: &[u8], reply: &Reply) {
        let engine = self.net.engine(to.node);
        let Some(mid) = engine.new_mid(to.session) else { return };
        let mut pdu = Pdu::new(MessageType::Con, reply.code, mid, 0);
        pdu.set_token(token).expect("fits");
        pdu.set_payload(&reply.payload).expect("fits");
        let _ = self.net.try_send(to, pdu);
    }

    /// A node does not take part any more.
    pub(crate) fn isolate(&mut self, node: usize) {
        for other in 0..self.ids.len() {
            if other != node {
                self.net.set_line_between(self.ids[node], self.ids[other], Line::dead());
                self.net.set_line_between(self.ids[other], self.ids[node], Line::dead());
            }
        }
    }

    /// A node is killed and starts again at once: what it knew is gone.
    pub(crate) fn restart(&mut self, node: usize) {
        let (now, engine) = (self.net.now(), self.net.engine(self.ids[node]));
        let mut station = self.all[node].borrow_mut();
        for session in station.sessions.values() {
            // The peers of its servers' sessions are not told.
            engine.release(now, *session);
        }
        self.boots += 1;
        station.node = Node::new(node, self.settings.clone(), now, self.boots);
        station.links.clear();
        station.sessions.clear();
        station.tickets.clear();
    }
}
