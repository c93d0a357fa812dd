//! A client and a server engine, the wire between them, and a clock that only moves when told.
use super::pipe::Pipe;
use crate::Address;
use crate::engine::{
    AsyncId, CacheEntryId, Config, Connect, EndpointId, Engine, Event, MissingEvent, Nack, NackReason, Path,
    RequestEvent, ResponseEvent, SessionEvent, SessionId, Tracked, Via,
};
use crate::resource::{MethodMask, Resource};
use crate::wire::{Code, MessageType, Pdu, Protocol, option};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub(super) const CLIENT: &str = "192.0.2.1:40000";
pub(super) const SERVER: &str = "192.0.2.2:5683";
pub(super) const GROUP: &str = "224.0.1.187:5683";

pub(super) fn address(text: &str) -> Address {
    Address::Ip(text.parse::<SocketAddr>().unwrap())
}

/// A datagram on the wire.
#[derive(Clone, Debug)]
pub(super) struct Datagram {
    pub(super) at: Duration,
    pub(super) from_client: bool,
    pub(super) bytes: Vec<u8>,
    pub(super) path: Path,
}

impl Datagram {
    pub(super) fn pdu(&self) -> Pdu {
        Pdu::decode_udp(&self.bytes).unwrap()
    }
}

/// What an application was told.
#[derive(Debug)]
pub(super) enum Told {
    Request(Pdu),
    /// Whether a resource was made for it.
    Missing(bool),
    /// The handler of a request that was put off was not to run any more.
    Withdrawn,
    Response(Option<Pdu>, Pdu),
    Nack(NackReason, u16),
    Ping,
    BodyReleased(#[allow(dead_code)] u64),
    Pong,
    Released,
    Session(SessionEvent),
    Closed,
    AsyncEnded(AsyncId),
    CacheEntryEnded(CacheEntryId),
    Tracked(Tracked),
    ForwardEnded(u64),
    Log(String),
    Shown(Pdu),
}

type Handler = Box<dyn FnMut(&Pdu, &mut Pdu)>;
type Creator = Box<dyn FnMut(&Pdu) -> Option<Resource>>;

pub(super) struct Pair {
    /// The two directions of a stream: from the client, from the server.
    pub(super) pipes: [Pipe; 2],
    start: Instant,
    pub(super) now: Instant,
    pub(super) client: Engine,
    pub(super) server: Engine,
    /// The client's session.
    pub(super) session: SessionId,
    pub(super) endpoint: EndpointId,
    pub(super) handler: Handler,
    /// Makes resources that are missing.
    pub(super) creator: Creator,
    /// Whether responses are accepted.
    pub(super) accepts: bool,
    /// So many of the next datagrams in either direction get lost.
    pub(super) lose: usize,
    pub(super) wire: Vec<Datagram>,
    pub(super) client_told: Vec<Told>,
    pub(super) server_told: Vec<Told>,
}

impl Pair {
    pub(super) fn new() -> Self {
        Self::with(Config::default(), Config::default())
    }

    pub(super) fn with(client: Config, server: Config) -> Self {
        Self::over(Protocol::Udp, client, server)
    }

    /// Over a stream, the connection is not made yet.
    pub(super) fn over(protocol: Protocol, client: Config, server: Config) -> Self {
        let start = Instant::now();
        let mut client = Engine::new(client, start, [1; 32]);
        let mut server = Engine::new(server, start, [2; 32]);
        let endpoint = server.open_endpoint(address(SERVER), protocol).unwrap();
        let to = Connect { local: Some(address(CLIENT)), remote: address(SERVER), protocol };
        let session = client.connect(start, to).unwrap();
        let handler: Handler = Box::new(|_, response| {
            response.set_code(Code::CONTENT);
            response.set_payload(b"hello").unwrap();
        });
        let creator: Creator = Box::new(|_| None);
        let (wire, client_told, server_told) = (Vec::new(), Vec::new(), Vec::new());
        let (now, accepts, lose) = (start, true, 0);
        let mut pair = Self {
            pipes: Default::default(),
            start,
            now,
            client,
            server,
            session,
            endpoint,
            handler,
            creator,
            accepts,
            lose,
            wire,
            client_told,
            server_told,
        };
        pair.offer("test", 0);
        pair
    }

    /// The server gets a resource with all handlers.
    pub(super) fn offer(&mut self, path: &str, flags: u32) {
        let mut resource = Resource::new(path.as_bytes(), flags);
        resource.methods = MethodMask::ALL;
        self.server.resources_mut().add(resource);
    }

    /// A new request of the client.
    pub(super) fn request(&mut self, kind: MessageType, code: Code, path: &str) -> Pdu {
        let mid = self.client.new_mid(self.session).unwrap();
        let token = self.client.new_token(self.session).unwrap();
        let mut pdu = Pdu::new(kind, code, mid, 0);
        pdu.set_token(token.as_ref()).unwrap();
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            pdu.insert_option(option::URI_PATH, segment.as_bytes()).unwrap();
        }
        pdu
    }

    pub(super) fn get(&mut self) -> Pdu {
        self.request(MessageType::Con, Code::GET, "test")
    }

    /// Sends a request of the client and lets it arrive.
    pub(super) fn send(&mut self, pdu: Pdu) -> u16 {
        let mid = self.client.send(self.now, self.session, pdu).unwrap();
        self.pump();
        mid
    }

    /// The code of the response to a request.
    pub(super) fn ask(&mut self, pdu: Pdu) -> Option<Code> {
        self.send(pdu);
        self.client_told.drain(..).rev().find_map(|told| match told {
            Told::Response(_, received) => Some(received.code()),
            _ => None,
        })
    }

    /// The server's only session.
    pub(super) fn server_session(&self) -> SessionId {
        self.server.sessions().next().unwrap()
    }

    /// A datagram comes to the server from anybody.
    pub(super) fn inject(&mut self, remote: Address, local: Address, bytes: &[u8]) {
        self.inject_by(Path::new(local, remote, 1), bytes);
    }

    /// The same by any way.
    pub(super) fn inject_by(&mut self, path: Path, bytes: &[u8]) {
        self.server.handle_datagram(self.now, Via::Endpoint(self.endpoint), path, bytes);
    }

    /// A datagram comes to the client.
    pub(super) fn inject_to_client(&mut self, remote: Address, bytes: &[u8]) {
        let path = Path::new(address(CLIENT), remote, 0);
        self.client.handle_datagram(self.now, Via::Session(self.session), path, bytes);
    }

    /// Lets everything arrive that is under way.
    pub(super) fn pump(&mut self) {
        loop {
            self.drain(true);
            self.drain(false);
            let is_idle = !self.carry(true) && !self.carry(false) && !self.flow();
            if is_idle && !self.client.has_events() && !self.server.has_events() {
                return;
            }
        }
    }

    /// Lets time pass, and serves every deadline in it.
    pub(super) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        self.pump();
        while let Some(next) = [self.client.poll_timeout(), self.server.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
            .filter(|at| *at <= end)
        {
            self.now = self.now.max(next);
            self.client.handle_timeout(self.now);
            self.server.handle_timeout(self.now);
            self.pump();
        }
        self.now = end;
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// How often the handler ran.
    pub(super) fn served(&self) -> usize {
        self.server_told.iter().filter(|told| matches!(told, Told::Request(_))).count()
    }

    /// NACKs that the client got.
    pub(super) fn nacks(&self) -> Vec<(NackReason, u16)> {
        let nack = |told: &Told| match told {
            Told::Nack(reason, mid) => Some((*reason, *mid)),
            _ => None,
        };
        self.client_told.iter().filter_map(nack).collect()
    }

    fn carry(&mut self, from_client: bool) -> bool {
        let engine = if from_client { &mut self.client } else { &mut self.server };
        let Some(transmit) = engine.poll_transmit() else { return false };
        let (path, bytes, is_plaintext) = (transmit.path, transmit.bytes, transmit.is_plaintext);
        let at = self.elapsed();
        self.wire.push(Datagram { at, from_client, bytes: bytes.to_vec(), path });
        if self.lose > 0 {
            self.lose -= 1;
        } else if is_plaintext {
            self.carry_plaintext(from_client, &bytes);
        } else if from_client {
            self.inject(address(CLIENT), path.remote, &bytes);
        } else if path.remote == address(CLIENT) {
            self.inject_to_client(address(SERVER), &bytes);
        }
        true
    }

    /// What channels would protect, carry and bring to light.
    fn carry_plaintext(&mut self, from_client: bool, bytes: &[u8]) {
        let path = |local, remote| Path::new(address(local), address(remote), 0);
        if !from_client {
            self.client.handle_plaintext(self.now, self.session, path(CLIENT, SERVER), bytes);
        } else if let Some(id) = self.server.find_peer(self.endpoint, &address(CLIENT)) {
            self.server.handle_plaintext(self.now, id, path(SERVER, CLIENT), bytes);
        }
    }

    fn drain(&mut self, client: bool) {
        loop {
            let engine = if client { &mut self.client } else { &mut self.server };
            let Some(event) = engine.poll_event() else { return };
            let told = match event {
                Event::Request(request) => self.serve(client, request),
                Event::Missing(missing) => self.create(client, *missing),
                Event::Response(response) => self.take_response(client, *response),
                Event::Nack(nack) => {
                    let Nack { reason, mid, .. } = *nack;
                    Told::Nack(reason, mid)
                }
                Event::BodyReleased { ticket, .. } => Told::BodyReleased(ticket),
                Event::Ping { .. } => Told::Ping,
                Event::Pong { .. } => Told::Pong,
                Event::Released { .. } => Told::Released,
                Event::Session { event, .. } => Told::Session(event),
                Event::Closed { session } => {
                    self.write_last(client, session);
                    let engine = if client { &mut self.client } else { &mut self.server };
                    engine.forget(session);
                    Told::Closed
                }
                Event::AsyncEnded { request } => Told::AsyncEnded(request),
                Event::CacheEntryEnded { entry } => {
                    engine.forget_cache_entry(entry);
                    Told::CacheEntryEnded(entry)
                }
                Event::Tracked(change) => Told::Tracked(*change),
                Event::ForwardEnded { tag } => Told::ForwardEnded(tag),
                Event::Log { text, .. } => Told::Log(text),
                Event::Shown { pdu, .. } => Told::Shown(*pdu),
            };
            if client { self.client_told.push(told) } else { self.server_told.push(told) }
        }
    }

    fn serve(&mut self, client: bool, mut event: Box<RequestEvent>) -> Told {
        let engine = if client { &mut self.client } else { &mut self.server };
        if !engine.start_handler(&event.ticket) {
            engine.finish_request(self.now, event);
            return Told::Withdrawn;
        }
        let request = event.request.clone();
        (self.handler)(&request, &mut event.response);
        engine.finish_request(self.now, event);
        Told::Request(request)
    }

    fn create(&mut self, client: bool, event: MissingEvent) -> Told {
        let MissingEvent { request, ticket, .. } = event;
        let engine = if client { &mut self.client } else { &mut self.server };
        let wanted = engine.start_creation(ticket, &request);
        let made = if wanted { (self.creator)(&request) } else { None };
        let is_made = made.is_some();
        if let Some(resource) = made {
            engine.add_resource(self.now, resource.into_dynamic());
        }
        engine.finish_creation(self.now, ticket, request);
        Told::Missing(is_made)
    }

    fn take_response(&mut self, client: bool, event: ResponseEvent) -> Told {
        let engine = if client { &mut self.client } else { &mut self.server };
        engine.finish_response(self.now, event.ticket, self.accepts);
        Told::Response(event.sent, event.received)
    }
}
