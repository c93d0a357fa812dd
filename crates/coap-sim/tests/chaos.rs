//! Random commands at random times over random lines: whatever an application does, requests end once, limits
//! are kept and nothing is left behind.
use coap_proto::{
    block::BlockMode,
    engine::{Census, Config, NackReason, Parameters, SessionId},
    wire::{Code, MessageType, option::OBSERVE},
};
use coap_sim::{Line, Network, NodeId, Peer, Sent, for_each_seed};
use std::time::Duration;

const STEPS: usize = 120;

struct Chaos {
    net: Network,
    nodes: Vec<NodeId>,
    /// Sessions that somebody has a reference to.
    held: Vec<Peer>,
    /// Confirmable requests for "hello" that must end.
    requests: Vec<Sent>,
    observations: Vec<Sent>,
}

fn any_config(net: &mut Network) -> Config {
    let rng = net.rng();
    Config {
        session_timeout: Duration::from_secs(rng.u64(1..400)),
        max_idle_sessions: rng.usize(0..6),
        keepalive: rng.bool().then(|| Duration::from_secs(rng.u64(1..60))),
        max_token_size: if rng.bool() { 8 } else { 100 },
        reply_cache_bytes: rng.usize(0..10_000),
        block_mode: if rng.bool() { BlockMode::USE_LIBCOAP } else { BlockMode::NONE },
        max_observers: rng.usize(0..10),
        ..Config::default()
    }
}

impl Chaos {
    /// Nodes that are servers and clients of each other.
    fn new(seed: u64) -> Self {
        let mut net = Network::new(seed);
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let config = any_config(&mut net);
                net.add_node_with(config)
            })
            .collect();
        for &node in &nodes {
            net.offer(node, "hello", |call| call.answer(Code::CONTENT, b"world"));
            net.offer(node, "slow", |_| {});
            net.offer_observable(node, "state", 0, |call| call.answer(Code::CONTENT, b"newest"));
            net.offer(node, "bye", |call| {
                call.engine.disconnect(call.now, call.session, NackReason::NotDeliverable);
                call.answer(Code::CONTENT, b"bye");
            });
        }
        Self { net, nodes, held: Vec::new(), requests: Vec::new(), observations: Vec::new() }
    }

    fn step(&mut self) {
        match self.net.rng().u8(..24) {
            0..=2 => self.connect(),
            3..=8 => self.request(),
            9 => self.say_something_else(),
            10 => self.ping(),
            11 => self.cancel(),
            12 => self.release(),
            13 => self.disconnect(),
            14 => self.take_server_session(),
            15 => self.change_line(),
            16 => self.change_parameters(),
            17 | 18 => self.observe(),
            19 | 20 => {
                let node = self.any_node();
                self.net.notify(node, "state");
            }
            21 => self.cancel_observation(),
            _ => {
                let pause = self.net.rng().u64(0..8000);
                self.net.run_for(Duration::from_millis(pause));
            }
        }
        self.check_limits();
    }

    fn any_node(&mut self) -> NodeId {
        self.nodes[self.net.rng().usize(..self.nodes.len())]
    }

    fn any_held(&mut self) -> Option<Peer> {
        if self.held.is_empty() {
            return None;
        }
        let place = self.net.rng().usize(..self.held.len());
        Some(self.held[place])
    }

    fn connect(&mut self) {
        let (client, server) = (self.any_node(), self.any_node());
        let peer = self.net.connect(client, server);
        self.held.push(peer);
    }

    fn request(&mut self) {
        let Some(peer) = self.any_held() else { return };
        let request = self.net.new_request(peer, MessageType::Con, Code::GET, "hello");
        // A disconnected session takes no more messages.
        if let Ok(request) = self.net.try_send(peer, request) {
            self.requests.push(request);
        }
    }

    fn say_something_else(&mut self) {
        let Some(peer) = self.any_held() else { return };
        let kind = if self.net.rng().bool() { MessageType::Con } else { MessageType::Non };
        let path = ["slow", "bye", "nowhere", ".well-known/core"][self.net.rng().usize(..4)];
        let request = self.net.new_request(peer, kind, Code::GET, path);
        // Refused or not: nobody waits for it.
        let _ = self.net.try_send(peer, request);
    }

    fn observe(&mut self) {
        let Some(peer) = self.any_held() else { return };
        let mut request = self.net.new_request(peer, MessageType::Con, Code::GET, "state");
        request.insert_option(OBSERVE, b"").expect("fits");
        if let Ok(request) = self.net.try_send(peer, request) {
            self.observations.push(request);
        }
    }

    fn cancel_observation(&mut self) {
        let Some(Sent { peer, token, .. }) = self.observations.pop() else { return };
        let now = self.net.now();
        self.net.engine(peer.node).cancel_observe(now, peer.session, &token, MessageType::Non);
    }

    fn ping(&mut self) {
        let Some(Peer { node, session }) = self.any_held() else { return };
        let now = self.net.now();
        self.net.engine(node).ping(now, session);
    }

    /// Cancels a request that may have ended.
    fn cancel(&mut self) {
        if self.requests.is_empty() {
            return;
        }
        let place = self.net.rng().usize(..self.requests.len());
        let Sent { peer, mid, .. } = self.requests[place];
        if self.net.engine(peer.node).cancel(peer.session, mid).is_some() {
            self.requests.swap_remove(place);
        }
    }

    fn release(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let place = self.net.rng().usize(..self.held.len());
        let Peer { node, session } = self.held.swap_remove(place);
        let now = self.net.now();
        assert!(self.net.engine(node).release(now, session), "the reference was held");
    }

    fn disconnect(&mut self) {
        let Some(Peer { node, session }) = self.any_held() else { return };
        let now = self.net.now();
        self.net.engine(node).disconnect(now, session, NackReason::NotDeliverable);
    }

    /// References a server session, or makes a client session of it, which is a reference, too.
    fn take_server_session(&mut self) {
        let node = self.any_node();
        let make_client = self.net.rng().bool();
        let engine = self.net.engine(node);
        let served = |session: &SessionId| engine.session(*session).is_some_and(|it| it.endpoint().is_some());
        let Some(session) = engine.sessions().find(served) else { return };
        let engine = self.net.engine(node);
        if if make_client { engine.set_type_client(session) } else { engine.reference(session) } {
            self.held.push(Peer { node, session });
        }
    }

    fn change_line(&mut self) {
        let line = match self.net.rng().u8(..4) {
            0 => Line::dead(),
            1 => Line::default(),
            _ => Line::rough(self.net.rng()),
        };
        let (from, to) = (self.any_node(), self.any_node());
        self.net.set_line_between(from, to, line);
    }

    fn change_parameters(&mut self) {
        let Some(Peer { node, session }) = self.any_held() else { return };
        let (nstart, max_retransmit) = (self.net.rng().u16(1..4), self.net.rng().u16(0..6));
        if let Some(session) = self.net.engine(node).session_mut(session) {
            *session.parameters_mut() = Parameters { nstart, max_retransmit, ..*session.parameters() };
        }
    }

    fn check_limits(&mut self) {
        for &node in &self.nodes {
            let census = self.net.engine(node).census();
            assert!(census.exchanges <= STEPS && census.sessions <= 5 * STEPS, "{census:?}");
        }
    }

    /// Lets everything come to its end; tells how many requests were answered and how many were not.
    fn end(mut self) -> [usize; 2] {
        for Peer { node, session } in std::mem::take(&mut self.held) {
            let now = self.net.now();
            assert!(self.net.engine(node).release(now, session), "the reference was held");
        }
        // Observers whose peers went silently are found out by a notification, or never.
        for node in self.nodes.clone() {
            let now = self.net.now();
            let engine = self.net.engine(node);
            let state = engine.resources().find(b"state").expect("offered");
            engine.remove_resource(now, state);
        }
        self.net.run_out();
        let mut ended = [0; 2];
        for request in &self.requests {
            let endings = self.net.endings(request);
            assert_eq!(endings.len(), 1, "{request:?}: {endings:?}");
            ended[usize::from(endings[0].code().is_none())] += 1;
        }
        for &node in &self.nodes {
            assert_eq!(self.net.engine(node).census(), Census::default());
            assert_eq!(self.net.engine(node).poll_timeout(), None);
        }
        ended
    }
}

#[test]
fn whatever_an_application_does_requests_end_once_and_nothing_is_left() {
    let mut total = [0; 2];
    for_each_seed(0..300, |seed| {
        let mut chaos = Chaos::new(seed);
        for _ in 0..STEPS {
            chaos.step();
        }
        let [answered, given_up] = chaos.end();
        total = [total[0] + answered, total[1] + given_up];
    });
    assert!(total.iter().all(|&count| count > 1000), "both often enough to mean something: {total:?}");
}
