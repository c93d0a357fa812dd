//! Nodes and the line between them.
use crate::secure::{Channels, ClientCredentials, SecurityQuestion};
use coap_proto::{
    Address,
    engine::{Config, Connect, EndpointId, Engine, Event, Path, SessionId, Transmit, Via},
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, Protocol},
};
use coap_secure::dtls::ServerCredentials;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

pub(super) const SERVER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 5684);

/// A node: an engine and its channels.
pub(super) struct Side {
    pub(super) engine: Engine,
    pub(super) channels: Channels,
    at: SocketAddr,
    /// Where its datagrams come in.
    via: Option<Via>,
    /// What it was told, in short.
    pub(super) told: Vec<String>,
    /// It does not look for questions.
    pub(super) is_busy: bool,
    /// What it was asked.
    pub(super) asked: Vec<SecurityQuestion>,
}

/// How bad the line is, in percent.
#[derive(Clone, Copy, Default)]
pub(super) struct Badness {
    pub(super) loss: u8,
    pub(super) duplicates: u8,
    /// Datagrams take up to so long, and overtake each other.
    pub(super) delay: Duration,
}

/// A datagram on its way.
#[derive(Clone, Debug)]
pub(super) struct Datagram {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

/// A server, a client, and whatever is between them.
pub(super) struct Story {
    pub(super) now: Instant,
    start: Instant,
    pub(super) server: Side,
    pub(super) client: Side,
    pub(super) badness: Badness,
    pub(super) random: fastrand::Rng,
    under_way: BTreeMap<(Instant, u64), Datagram>,
    sent: u64,
    /// All that was sent.
    pub(super) record: Vec<Datagram>,
    /// What went to nobody of ours.
    pub(super) elsewhere: Vec<Datagram>,
}

impl Side {
    fn new(now: Instant, at: SocketAddr, seed: u8, config: Config) -> Self {
        Self {
            engine: Engine::new(config, now, [seed; 32]),
            channels: Channels::default(),
            at,
            via: None,
            told: Vec::new(),
            is_busy: false,
            asked: Vec::new(),
        }
    }

    /// How many shake hands with it.
    pub(super) fn handshakes(&self) -> usize {
        self.channels.listener.as_ref().map_or(0, coap_secure::dtls::Listener::handshakes)
    }

    fn deadline(&self) -> Option<Instant> {
        [self.engine.poll_timeout(), self.channels.deadline()].into_iter().flatten().min()
    }

    fn timeout(&mut self, now: Instant) {
        if self.engine.poll_timeout().is_some_and(|at| at <= now) {
            self.engine.handle_timeout(now);
        }
        self.channels.timeout(now, &mut self.engine);
    }

    fn receive(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let path = Path::new(self.at.into(), from.into(), 0);
        if let Some(via) = self.via {
            self.channels.receive(now, &mut self.engine, via, path, bytes);
        }
    }

    /// The application's part, and the next datagram.
    fn next(&mut self, now: Instant) -> Option<Transmit> {
        while let Some(event) = self.engine.poll_event() {
            self.take(now, event);
        }
        while !self.is_busy
            && let Some(question) = self.channels.poll_question()
        {
            self.asked.push(question);
        }
        loop {
            if let Some(transmit) = self.channels.poll_transmit() {
                return Some(transmit);
            }
            let Some(transmit) = self.engine.poll_transmit() else {
                self.channels.say_goodbyes(now, &mut self.engine);
                return self.channels.poll_transmit();
            };
            assert!(transmit.is_plaintext, "all that goes is protected");
            self.channels.seal(now, &mut self.engine, &transmit);
        }
    }

    fn take(&mut self, now: Instant, event: Event) {
        match event {
            Event::Request(mut event) => {
                event.response.set_code(Code::CONTENT);
                self.engine.finish_request(now, event);
            }
            Event::Response(event) => {
                self.told.push(event.received.code().to_string());
                self.engine.finish_response(now, event.ticket, true);
            }
            Event::Nack(nack) => self.told.push(format!("Nack {:?}", nack.reason)),
            Event::Session { event, .. } => self.told.push(format!("{event:?}")),
            Event::Closed { session } => {
                self.told.push("closed".into());
                self.channels.close_datagrams(now, &self.engine, session);
                self.engine.forget(session);
            }
            _ => {}
        }
    }

    pub(super) fn knows(&self, line: &str) -> bool {
        self.told.iter().any(|told| told == line)
    }
}

impl Story {
    /// The server listens elsewhere as well, and what is sent to it comes in there from now on.
    pub(super) fn open_another_endpoint(&mut self) -> EndpointId {
        let server = &mut self.server;
        let at = SocketAddr::new(SERVER.ip(), SERVER.port() + 1);
        let endpoint = server.engine.open_endpoint(at.into(), Protocol::Dtls).unwrap();
        server.channels.open_endpoint(self.now, [4; 32]);
        server.via = Some(Via::Endpoint(endpoint));
        endpoint
    }

    pub(super) fn new(seed: u64, credentials: ServerCredentials) -> Self {
        let start = Instant::now();
        let config = Config::default();
        let mut server = Side::new(start, SERVER, 1, config.clone());
        let client = Side::new(start, SocketAddr::from(([192, 0, 2, 2], 40_000)), 2, config);
        let endpoint = server.engine.open_endpoint(SERVER.into(), Protocol::Dtls).unwrap();
        server.channels.set_credentials(credentials);
        server.channels.open_endpoint(start, [3; 32]);
        server.via = Some(Via::Endpoint(endpoint));
        let mut root = Resource::new(b"", 0);
        root.methods = MethodMask::ALL;
        server.engine.resources_mut().add(root);
        Self {
            now: start,
            start,
            server,
            client,
            badness: Badness::default(),
            random: fastrand::Rng::with_seed(seed),
            under_way: BTreeMap::new(),
            sent: 0,
            record: Vec::new(),
            elsewhere: Vec::new(),
        }
    }

    /// The client opens a session, and nothing has moved yet.
    pub(super) fn connect(&mut self, with: &ClientCredentials) -> SessionId {
        let to =
            Connect { local: Some(self.client.at.into()), remote: SERVER.into(), protocol: Protocol::Dtls };
        let channel = with.channel(Protocol::Dtls, self.now).unwrap();
        let id = self.client.engine.connect(self.now, to).unwrap();
        self.client.engine.set_local(id, Address::Ip(self.client.at));
        self.client.channels.insert_client(self.now, &mut self.client.engine, id, channel);
        self.client.via = Some(Via::Session(id));
        id
    }

    pub(super) fn get(&mut self, session: SessionId) {
        let engine = &mut self.client.engine;
        let mut get = Pdu::new(MessageType::Con, Code::GET, engine.new_mid(session).unwrap(), 0);
        get.set_token(engine.new_token(session).unwrap().as_ref()).unwrap();
        engine.send(self.now, session, get).unwrap();
    }

    /// A datagram that nobody of ours has sent.
    pub(super) fn inject(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let side = if to == SERVER { &mut self.server } else { &mut self.client };
        side.receive(self.now, from, bytes);
        self.collect();
    }

    pub(super) fn client_at(&self) -> SocketAddr {
        self.client.at
    }

    pub(super) fn move_client_to(&mut self, at: SocketAddr) {
        self.client.at = at;
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// What is to be sent is on its way.
    pub(super) fn collect(&mut self) {
        for of_server in [true, false] {
            let side = if of_server { &mut self.server } else { &mut self.client };
            let from = side.at;
            let mut all = Vec::new();
            while let Some(Transmit { path, bytes, is_plaintext, .. }) = side.next(self.now) {
                assert!(!is_plaintext);
                all.push(Datagram { from, to: path.remote.ip().unwrap(), bytes: bytes.to_vec() });
            }
            all.into_iter().for_each(|datagram| self.carry(datagram));
        }
    }

    fn carry(&mut self, datagram: Datagram) {
        self.record.push(datagram.clone());
        if datagram.to != SERVER && datagram.to != self.client.at {
            return self.elsewhere.push(datagram);
        }
        let Badness { loss, duplicates, delay } = self.badness;
        let copies = 1 + usize::from(self.random.u8(0..100) < duplicates);
        for _ in 0..copies {
            if self.random.u8(0..100) >= loss {
                let delay = Duration::from_micros(self.random.u64(0..=delay.as_micros() as u64));
                self.sent += 1;
                self.under_way.insert((self.now + delay, self.sent), datagram.clone());
            }
        }
    }

    /// Lets time pass.
    pub(super) fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        self.collect();
        loop {
            let arrival = self.under_way.keys().next().map(|(at, _)| *at);
            let next = [arrival, self.server.deadline(), self.client.deadline()].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            if arrival == Some(at) {
                let Some((_, Datagram { from, to, bytes })) = self.under_way.pop_first() else { break };
                let side = if to == SERVER { &mut self.server } else { &mut self.client };
                side.receive(self.now, from, &bytes);
            } else {
                self.server.timeout(self.now);
                self.client.timeout(self.now);
            }
            self.collect();
        }
        self.now = end;
    }
}
