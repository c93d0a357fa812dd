//! Bodies of random length in Q-Block options over rough lines: they arrive whole, or fail with a reason, and are never
//! wrong; a body that arrives does so once; what the application gave away is released once.
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, NackReason, SessionEvent},
    wire::{BlockValue, Code, MessageType, option},
};
use coap_sim::{Ending, Entry, Line, Network, NodeId, Outcome, Peer, Sent, for_each_seed};
use fastrand::Rng;
use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc, time::Duration};

const QUICK: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY).with(BlockMode::TRY_Q_BLOCK);
/// Everything has ended by then.
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
    1 << rng.usize(0..16) | rng.usize(0..64)
}

struct Trial {
    request: Sent,
    kind: MessageType,
    code: Code,
    /// Of the body that was sent.
    sent: Option<u64>,
}

struct Party {
    net: Network,
    server: NodeId,
    peers: Vec<Peer>,
    lengths: Rc<RefCell<HashMap<u64, usize>>>,
    /// How often each body came.
    came: Rc<RefCell<HashMap<u64, u32>>>,
    trials: Vec<Trial>,
}

impl Party {
    fn new(seed: u64) -> Self {
        let mut net = Network::new(seed);
        let mut rng = Rng::with_seed(seed);
        let mut config = Config { block_mode: QUICK, ..Config::default() };
        if rng.bool() {
            config.block_mode = QUICK.with(BlockMode::USE_M_Q_BLOCK);
        }
        config.max_block_size = [0, 0, 512, 64][rng.usize(0..4)];
        let server = net.add_node_with(config.clone());
        let lengths = Rc::new(RefCell::new(HashMap::new()));
        let came = Rc::new(RefCell::new(HashMap::new()));
        let (known, counts, mut served) = (lengths.clone(), came.clone(), 1000);
        net.offer(server, "swap", move |call| {
            if !call.request.payload().is_empty() {
                let (name, known) = (name_of(call.request.payload()), known.borrow());
                assert!(
                    call.request.payload() == body(name, known[&name]),
                    "the server got body {name} wrong"
                );
                // A FETCH may be sent once more when its response has changed meanwhile.
                if call.request.code() != Code::FETCH {
                    *counts.borrow_mut().entry(name).or_insert(0) += 1;
                }
            }
            let etag = if rng.bool() { 0 } else { served };
            let what = Representation { content_format: 42, max_age: Some(30), etag };
            served += 1;
            let content = body(served, length(&mut rng));
            known.borrow_mut().insert(served, content.len());
            call.answer_large(&content, served, &what);
        });
        let peers = (0..3).map(|_| net.add_node_with(config.clone())).collect::<Vec<_>>();
        let peers: Vec<_> = peers.into_iter().map(|node| net.connect(node, server)).collect();
        for peer in &peers {
            let parameters = net.engine(peer.node).session_mut(peer.session).unwrap().parameters_mut();
            parameters.nstart = [1, 1, 3][seed as usize % 3];
            // RFC 9177 section 7.2 wants them to be the same at both ends; who does not heed that is slower only.
            parameters.max_payloads = [10, 10, 7][seed as usize % 3];
            net.get(*peer, "none");
        }
        // While the line is good, all learn that the server knows Q-Block.
        net.run_for(Duration::from_secs(1));
        Self { net, server, peers, lengths, came, trials: Vec::new() }
    }

    fn try_once(&mut self, name: u64) {
        let rng = self.net.rng();
        let kind = if rng.u8(0..4) == 0 { MessageType::Con } else { MessageType::Non };
        let (index, code, szx) = (rng.usize(0..3), rng.usize(0..3), rng.u8(0..14));
        let code = [Code::GET, Code::PUT, Code::FETCH][code];
        let length = length(rng);
        let peer = self.peers[index];
        let mut request = self.net.new_request(peer, kind, code, "swap");
        if code == Code::FETCH {
            request.add_option(option::CONTENT_FORMAT, &[42]).unwrap();
        }
        if szx < 7 {
            let number = if code == Code::GET { option::Q_BLOCK2 } else { option::Q_BLOCK1 };
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
        self.trials.push(Trial { request: Sent { peer, mid: mid.expect("sent"), token }, kind, code, sent });
    }

    fn check(&mut self) {
        for trial in &self.trials {
            let endings = self.net.endings(&trial.request);
            match endings.as_slice() {
                [Ending::Response(Code::CONTENT, content)] => {
                    let name = name_of(content);
                    let right = body(name, self.lengths.borrow()[&name]);
                    assert!(*content == right, "the client got body {name} wrong");
                }
                [Ending::Nack(NackReason::TooManyRetries)] => {}
                // The server has kept nothing of its response; to ask anew would take the request's body.
                [Ending::Response(Code::INCOMPLETE, _)] if trial.code == Code::FETCH => {}
                // Where blocks are lost for good the rest is asked for anew, and it is another body: not for ever.
                [Ending::Nack(NackReason::BadResponse)] => {}
                // Its response may be lost, or it may be lost itself.
                [] if trial.kind == MessageType::Non => {}
                endings => {
                    let brief = |ending: &Ending| match ending {
                        Ending::Response(code, content) => format!("{code} with {} bytes", content.len()),
                        other => format!("{other:?}"),
                    };
                    let endings: Vec<_> = endings.iter().map(brief).collect();
                    panic!("{:?}, {:?}: {endings:?}", trial.kind, trial.request);
                }
            }
            let node = trial.request.peer.node;
            if let Some(name) = trial.sent {
                let released = |it: &Entry| matches!(it.outcome, Outcome::BodyReleased(it) if it == name);
                assert_eq!(self.net.count(node, released), 1, "body {name} is released once");
                let failures = [SessionEvent::PartialBlock, SessionEvent::XmitBlockFail];
                let told = self.net.session_events(node).any(|event| failures.contains(&event));
                assert!(told || !endings.is_empty(), "a body that is not sent to its end is told of");
            }
        }
        assert!(self.came.borrow().values().all(|times| *times == 1), "a body came twice");
        for node in self.peers.iter().map(|peer| peer.node).chain([self.server]) {
            let census = self.net.engine(node).census();
            assert_eq!((census.transfers, census.exchanges, census.body_bytes), (0, 0, 0));
        }
    }

    fn whole(&self) -> usize {
        let is_whole = |trial: &&Trial| {
            matches!(self.net.endings(&trial.request).as_slice(), [Ending::Response(Code::CONTENT, _)])
        };
        self.trials.iter().filter(is_whole).count()
    }
}

/// Lets parties try 20 bodies each over lines of some kind; returns how many responses came.
fn play(seeds: std::ops::Range<u64>, line: impl Fn(&mut Rng) -> Line) -> usize {
    let mut whole = 0;
    for_each_seed(seeds, |seed| {
        let mut party = Party::new(seed);
        let line = line(party.net.rng());
        party.net.set_line(line);
        for name in 0..20 {
            party.try_once(name);
            let pause = Duration::from_millis(party.net.rng().u64(0..20_000));
            party.net.run_for(pause);
        }
        party.net.run_for(LONG);
        party.check();
        whole += party.whole();
    });
    whole
}

#[test]
fn bodies_arrive_whole_or_not_at_all() {
    let whole = play(0..120, Line::rough);
    assert!(whole > 1200, "half of 2400 arrive: {whole}");
}

/// What is lost on the way costs a round trip, not the body. Of requests that are not confirmable and have no body a
/// fifth is lost, and nobody tells.
#[test]
fn a_fifth_of_all_messages_may_be_lost_overtaken_or_doubled() {
    let line = |_: &mut Rng| Line {
        loss: 0.2,
        duplication: 0.2,
        jitter: Duration::from_millis(300),
        ..Line::default()
    };
    let whole = play(500..580, line);
    assert!(whole > 1100, "of 1600: {whole}");
}
