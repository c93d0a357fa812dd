//! DTLS, TLS and secure WebSockets: two nodes on loopback, in one thread.
mod certificates;
mod ends;
mod inside;
mod names;
#[path = "../../../../coap-secure/tests/common/pki.rs"]
#[allow(dead_code, unreachable_pub, reason = "these tests use some of it")]
mod pki;
mod psk;
mod strangers;
mod streams;

use crate::{PATIENCE, Result, address, loopback};
use coap_net::{ClientCredentials, Node, SecurityQuestion};
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, Connect, EndpointId, Event, RequestEvent, SessionId},
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, Protocol, option},
};
use coap_secure::{Answer, Keys, PskClient, PskServer, Question, Secret, Settings, dtls::ServerCredentials};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// How a node answers what it is asked.
type Answers = fn(&mut Node, SecurityQuestion);

/// A node, and what it was told.
pub(super) struct Party {
    pub(super) node: Node,
    pub(super) told: Vec<String>,
    pub(super) answers: Answers,
    /// What the last responses had as payload.
    pub(super) payloads: Vec<Vec<u8>>,
}

/// A server and a client.
pub(super) struct World {
    pub(super) server: Party,
    pub(super) client: Party,
    pub(super) endpoint: EndpointId,
    pub(super) protocol: Protocol,
    pub(super) at: SocketAddr,
}

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };

impl Party {
    fn new(seed: u8) -> Result<Self> {
        let config = Config { block_mode: WHOLE, ..Config::default() };
        let node = Node::new(config, Instant::now(), [seed; 32])?;
        Ok(Self { node, told: Vec::new(), answers: |_, _| {}, payloads: Vec::new() })
    }

    /// One turn, and the application's part.
    pub(super) fn turn(&mut self) -> Result {
        self.node.run_once(Some(Duration::ZERO))?;
        while let Some(event) = self.node.engine.poll_event() {
            self.take(event)?;
        }
        while let Some(question) = self.node.poll_question() {
            self.told.push(line(&question));
            (self.answers)(&mut self.node, question);
        }
        self.node.flush(Instant::now());
        Ok(())
    }

    fn take(&mut self, event: Event) -> Result {
        match event {
            Event::Request(request) => self.serve(request)?,
            Event::Response(event) => {
                self.told.push(format!("{} {}", event.received.code(), event.received.payload().len()));
                self.payloads.push(event.received.payload().to_vec());
                self.node.engine.finish_response(Instant::now(), event.ticket, true);
            }
            Event::Nack(nack) => self.told.push(format!("Nack {:?}", nack.reason)),
            Event::Session { event, .. } => self.told.push(format!("{event:?}")),
            Event::Closed { session } => {
                self.told.push("closed".into());
                self.node.forget(session);
            }
            _ => {}
        }
        Ok(())
    }

    /// GET gives `here` and what was put, PUT echoes how much came.
    fn serve(&mut self, mut event: Box<RequestEvent>) -> Result {
        let place = (event.session, Some(event.resource));
        let RequestEvent { request, response, .. } = &mut *event;
        let (now, engine) = (Instant::now(), &mut self.node.engine);
        response.set_code(Code::CONTENT);
        if request.code() == Code::PUT {
            response.set_code(Code::CHANGED);
            response.set_payload(request.payload().len().to_string().as_bytes())?;
            engine.finish_request(now, event);
            return Ok(());
        }
        let large = request.options().any(|option| option.value == b"large");
        let content = if large { content(1 << 20) } else { b"here".to_vec() };
        let body = Body::new(Arc::new(content), 1);
        match engine.large_response(place, request, response, body, &TEXT)? {
            Some(large) => engine.finish_request_with_body(now, event, large),
            None => engine.finish_request(now, event),
        }
        Ok(())
    }

    /// Whether it was told that.
    pub(super) fn knows(&self, line: &str) -> bool {
        self.told.iter().any(|told| told == line)
    }

    /// Offers `path` to be read, written and observed.
    fn offer(&mut self, path: &str) {
        let mut resource = Resource::new(path.as_bytes(), 0);
        resource.methods = MethodMask::ALL;
        resource.observable = true;
        self.node.engine.resources_mut().add(resource);
    }
}

/// What a body of that length has.
pub(super) fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

fn line(question: &SecurityQuestion) -> String {
    match question {
        SecurityQuestion::Hello { name, .. } => format!("server {}?", name.as_deref().unwrap_or("-")),
        SecurityQuestion::Ask { what: Question::Identity(identity), .. } => {
            format!("who is {}?", String::from_utf8_lossy(identity))
        }
        SecurityQuestion::Ask { what: Question::Hint(hint), .. } => {
            format!("hint {}?", String::from_utf8_lossy(hint))
        }
        SecurityQuestion::Ask { what: Question::Certificate(chain), .. } => {
            let names =
                chain.certificates.iter().map(|certificate| certificate.name.as_deref().unwrap_or("-"));
            format!("is it {}?", names.collect::<Vec<_>>().join(" < "))
        }
        SecurityQuestion::Ask { what: Question::Hello { .. }, .. } => "a hello?".into(),
    }
}

impl World {
    pub(super) fn new(protocol: Protocol, credentials: ServerCredentials) -> Result<Self> {
        Self::asking(protocol, credentials, false)
    }

    /// A world whose server is asked about names.
    pub(super) fn asking(protocol: Protocol, credentials: ServerCredentials, asks: bool) -> Result<Self> {
        let (mut server, client) = (Party::new(1)?, Party::new(2)?);
        server.node.set_server_credentials(credentials);
        server.node.ask_about_names(asks);
        ["", "large", "state"].into_iter().for_each(|path| server.offer(path));
        let endpoint = server.node.listen(loopback(), protocol)?;
        let at = address(&server.node, endpoint)?;
        Ok(Self { server, client, endpoint, protocol, at })
    }

    pub(super) fn connect(&mut self, with: ClientCredentials) -> Result<SessionId> {
        let to = Connect { local: None, remote: self.at.into(), protocol: self.protocol };
        Ok(self.client.node.connect_secure(Instant::now(), to, with)?)
    }

    pub(super) fn request(&mut self, session: SessionId, code: Code, path: &str) -> Result<Pdu> {
        let engine = &mut self.client.node.engine;
        let mid = engine.new_mid(session).ok_or("no message ID")?;
        let longest = engine.session(session).map_or(0, |session| session.max_pdu_size());
        let mut request = Pdu::new(MessageType::Con, code, mid, longest);
        request.set_token(engine.new_token(session).ok_or("no token")?.as_ref())?;
        if !path.is_empty() {
            request.add_option(option::URI_PATH, path.as_bytes())?;
        }
        Ok(request)
    }

    pub(super) fn send(&mut self, session: SessionId, request: Pdu) -> Result {
        let now = Instant::now();
        self.client.node.engine.send(now, session, request)?;
        self.client.node.flush(now);
        Ok(())
    }

    pub(super) fn get(&mut self, session: SessionId, path: &str) -> Result {
        let request = self.request(session, Code::GET, path)?;
        self.send(session, request)
    }

    /// Turns of both until `done`.
    pub(super) fn run_until(&mut self, mut done: impl FnMut(&mut Self) -> bool) -> Result {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            if Instant::now() > deadline {
                let (server, client) = (&self.server.told, &self.client.told);
                return Err(format!("it took too long\nserver: {server:?}\nclient: {client:?}").into());
            }
            self.server.turn()?;
            self.client.turn()?;
        }
        Ok(())
    }

    /// Until the client was told that.
    pub(super) fn until_client_knows(&mut self, line: &str) -> Result {
        self.run_until(|world| world.client.knows(line))
    }

    /// The server's sessions.
    pub(super) fn accepted(&self) -> Vec<SessionId> {
        self.server.node.engine.sessions().collect()
    }
}

pub(super) fn psk_client(identity: &str, key: &str) -> Result<ClientCredentials> {
    let psk = PskClient::new(identity.into(), key.as_bytes().into(), &Settings::default())?;
    Ok(ClientCredentials::Psk(Arc::new(psk)))
}

pub(super) fn psk_server(keys: Keys) -> Result<ServerCredentials> {
    let psk = PskServer::new(Some(b"hint".to_vec()), keys, &Settings::default())?;
    Ok(ServerCredentials { psk: Some(Arc::new(psk)), certificates: None })
}

/// A server that knows `me` by `secret`.
pub(super) fn knows_me() -> Result<ServerCredentials> {
    psk_server(Keys::Table([(b"me".to_vec(), Secret::from(&b"secret"[..]))].into()))
}

/// Answers each question of a session with `answer`.
pub(super) fn answer_with(node: &mut Node, asked: SecurityQuestion, answer: Answer) {
    if let SecurityQuestion::Ask { session, question, .. } = asked {
        assert!(node.answer(Instant::now(), session, question, answer));
    }
}
