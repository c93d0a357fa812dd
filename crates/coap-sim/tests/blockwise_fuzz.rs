//! Bodies of random length over rough lines arrive whole, or fail with a reason; they are never wrong.
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, NackReason, SessionEvent},
    wire::{BlockValue, Code, MessageType, option},
};
use coap_sim::{Ending, Entry, Line, Network, NodeId, Outcome, Peer, Sent, for_each_seed};
use fastrand::Rng;
use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc, time::Duration};

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
/// Everything has ended by then: bodies in blocks of 16 bytes over the worst line, late answers.
const LONG: Duration = Duration::from_secs(24 * 3600);

/// A body that says which one it is.
fn body(name: u64, length: usize) -> Vec<u8> {
    let mut rng = Rng::with_seed(name);
    let mut bytes = name.to_be_bytes().to_vec();
    bytes.resize_with(length.max(8), || rng.u8(..));
    bytes
}

fn name_of(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes[..8].try_into().expect("a body has a name"))
}

fn length(rng: &mut Rng) -> usize {
    1 << rng.usize(0..15) | rng.usize(0..64)
}

struct Trial {
    request: Sent,
    kind: MessageType,
    /// Of the body that was sent.
    sent: Option<u64>,
}

struct Party {
    net: Network,
    server: NodeId,
    peers: Vec<Peer>,
    lengths: Rc<RefCell<HashMap<u64, usize>>>,
    trials: Vec<Trial>,
}

impl Party {
    fn new(seed: u64) -> Self {
        let mut net = Network::new(seed);
        let mut rng = Rng::with_seed(seed);
        let mut config = Config { block_mode: WHOLE, ..Config::default() };
        config.max_block_size = [0, 0, 512, 64][rng.usize(0..4)];
        let server = net.add_node_with(config.clone());
        let lengths = Rc::new(RefCell::new(HashMap::new()));
        let (known, mut served) = (lengths.clone(), 1000);
        net.offer(server, "swap", move |call| {
            if !call.request.payload().is_empty() {
                let (name, known) = (name_of(call.request.payload()), known.borrow());
                assert!(
                    call.request.payload() == body(name, known[&name]),
                    "the server got body {name} wrong"
                );
            }
            let etag = if rng.bool() { 0 } else { served };
            let what = Representation { content_format: 42, max_age: Some(30), etag };
            served += 1;
            let content = body(served, length(&mut rng));
            known.borrow_mut().insert(served, content.len());
            call.answer_large(&content, served, &what);
        });
        config.max_block_size = 0;
        let peers = (0..3).map(|_| net.add_node_with(config.clone())).collect::<Vec<_>>();
        let peers = peers.into_iter().map(|node| net.connect(node, server)).collect();
        Self { net, server, peers, lengths, trials: Vec::new() }
    }

    fn try_once(&mut self, name: u64) {
        let rng = self.net.rng();
        let kind = if rng.bool() { MessageType::Con } else { MessageType::Non };
        let (index, code, szx) = (rng.usize(0..3), rng.usize(0..3), rng.u8(0..14));
        let code = [Code::GET, Code::PUT, Code::FETCH][code];
        let length = length(rng);
        let peer = self.peers[index];
        let mut request = self.net.new_request(peer, kind, code, "swap");
        if code == Code::FETCH {
            request.add_option(option::CONTENT_FORMAT, &[42]).unwrap();
        }
        if szx < 7 {
            let number = if code == Code::GET { option::BLOCK2 } else { option::BLOCK1 };
            request.add_option(number, &BlockValue { num: 0, more: false, szx }.encode()).unwrap();
        }
        let (now, token) = (self.net.now(), request.token().to_vec());
        let engine = self.net.engine(peer.node);
        let content = body(name, length);
        self.lengths.borrow_mut().insert(name, content.len());
        let (large, sent) = match code {
            Code::GET => (None, None),
            _ => {
                let body = Body::new(Arc::new(content), name);
                (engine.large_request(peer.session, &mut request, body).expect("it fits"), Some(name))
            }
        };
        let sent = sent.filter(|_| large.is_some());
        let mid = match large {
            Some(large) => engine.send_body(now, peer.session, request, large),
            None => engine.send(now, peer.session, request),
        };
        self.trials.push(Trial { request: Sent { peer, mid: mid.expect("sent"), token }, kind, sent });
    }

    fn check(&mut self) {
        let failures = [SessionEvent::PartialBlock, SessionEvent::XmitBlockFail];
        for trial in &self.trials {
            let endings = self.net.endings(&trial.request);
            match endings.as_slice() {
                [Ending::Response(Code::CONTENT, content)] => {
                    let name = name_of(content);
                    assert!(
                        *content == body(name, self.lengths.borrow()[&name]),
                        "the client got body {name} wrong"
                    );
                }
                [Ending::Response(Code::INCOMPLETE | Code::BAD_REQUEST, _)] => {}
                [Ending::Nack(NackReason::TooManyRetries | NackReason::BadResponse)] => {}
                [] if trial.kind == MessageType::Non => {}
                [] => panic!("no ending: {:?}", trial.request),
                endings => panic!("{endings:?}"),
            }
            if let Some(name) = trial.sent {
                let released =
                    |entry: &Entry| matches!(entry.outcome, Outcome::BodyReleased(it) if it == name);
                assert_eq!(
                    self.net.count(trial.request.peer.node, released),
                    1,
                    "body {name} is released once"
                );
            }
            let told =
                self.net.session_events(trial.request.peer.node).any(|event| failures.contains(&event));
            let is_silent = endings.is_empty() && trial.sent.is_some();
            assert!(told || !is_silent, "a body that is not sent to its end is told of");
        }
        for node in self.peers.iter().map(|peer| peer.node).chain([self.server]) {
            let census = self.net.engine(node).census();
            assert_eq!((census.transfers, census.body_bytes), (0, 0));
        }
    }
}

#[test]
fn bodies_arrive_whole_or_not_at_all() {
    let mut whole = 0;
    for_each_seed(0..150, |seed| {
        let mut party = Party::new(seed);
        let line = Line::rough(party.net.rng());
        party.net.set_line(line);
        for name in 0..20 {
            party.try_once(name);
            let pause = Duration::from_millis(party.net.rng().u64(0..20_000));
            party.net.run_for(pause);
        }
        party.net.run_for(LONG);
        party.check();
        let is_whole = |trial: &&Trial| {
            matches!(party.net.endings(&trial.request).as_slice(), [Ending::Response(Code::CONTENT, _)])
        };
        whole += party.trials.iter().filter(is_whole).count();
    });
    assert!(whole > 1500, "most of 3000 arrive: {whole}");
}
