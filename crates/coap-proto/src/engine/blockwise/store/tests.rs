//! How a request's transfer is found by the tokens of its messages: alone in its session and in company.
use super::*;
use crate::engine::{Config, Connect, Engine};
use crate::wire::{Code, MessageType, Protocol};

/// A client engine with two sessions, and the requests that it keeps for them.
struct World {
    engine: Engine,
    sessions: Vec<SessionId>,
    requests: Vec<(SessionId, TransferId)>,
    /// All tokens that there ever were.
    tokens: Vec<Vec<u8>>,
}

impl World {
    fn new() -> Self {
        let mut engine = Engine::new(Config::default(), Instant::now(), [1; 32]);
        let remote = |port| crate::Address::Ip(([192, 0, 2, 1], port).into());
        let to = |port| Connect { local: None, remote: remote(port), protocol: Protocol::Udp };
        let sessions = [1, 2].map(|port| engine.connect(Instant::now(), to(port)).unwrap()).into();
        Self { engine, sessions, requests: Vec::new(), tokens: Vec::new() }
    }

    fn new_token(&mut self) -> Vec<u8> {
        self.tokens.push(self.engine.random.u64().to_be_bytes()[..3].into());
        self.tokens.last().unwrap().clone()
    }

    fn begin(&mut self, session: usize) {
        let (token, session) = (self.new_token(), self.sessions[session]);
        let mut request = Pdu::new(MessageType::Con, Code::GET, 1, 0);
        request.set_token(&token).unwrap();
        let kind = Kind::Client(Box::new(Client::new(request, None, true, false)));
        let Engine { transfers, sessions, .. } = &mut self.engine;
        let at = transfers.insert(sessions, session, kind).unwrap();
        transfers.add_token(at, &token);
        self.requests.push((session, at));
    }

    /// Another message of a request goes out.
    fn go_on(&mut self, place: usize) {
        let (token, (_, at)) = (self.new_token(), self.requests[place]);
        let transfers = &mut self.engine.transfers;
        transfers.client_mut(at).unwrap().add_token(token[..].into());
        transfers.drop_old_tokens(at);
        transfers.add_token(at, &token);
    }

    fn end(&mut self, place: usize) {
        let (_, at) = self.requests.swap_remove(place);
        assert!(self.engine.transfers.remove(&mut self.engine.sessions, at).is_some());
    }

    fn check(&self) {
        let Engine { transfers, sessions, .. } = &self.engine;
        for (session, token) in self.sessions.iter().flat_map(|id| self.tokens.iter().map(|it| (*id, it))) {
            let is_its = |(of, at): &&(SessionId, TransferId)| {
                *of == session && transfers.client(*at).unwrap().tokens().iter().any(|it| **it == **token)
            };
            let known = self.requests.iter().find(is_its).map(|(_, at)| *at);
            assert_eq!(transfers.with_token(sessions, session, token), known);
        }
    }
}

#[test]
fn the_tokens_of_a_request_lead_to_it_whether_or_not_it_is_the_only_one_of_its_session() {
    for most in [1, 2, 3, 5] {
        let mut world = World::new();
        for step in 0..400 {
            match world.engine.random.u64() % 8 {
                0 if world.requests.len() < most => world.begin(step % 2),
                1 if !world.requests.is_empty() => world.end(step % world.requests.len()),
                _ if !world.requests.is_empty() => world.go_on(step % world.requests.len()),
                _ => {}
            }
            world.check();
        }
        while !world.requests.is_empty() {
            world.end(0);
            world.check();
        }
        assert!(world.tokens.len() > 100 && world.engine.transfers.tokens.is_empty());
    }
}

#[test]
fn tokens_of_the_only_request_of_a_session_are_in_no_table() {
    let mut world = World::new();
    for session in 0..2 {
        world.begin(session);
        (0..20).for_each(|_| world.go_on(session));
    }
    assert!(world.engine.transfers.tokens.is_empty());
    world.begin(0);
    assert!(!world.engine.transfers.tokens.is_empty());
}
