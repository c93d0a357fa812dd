//! Bodies of random length over rough lines arrive whole, or fail with a reason; they are never wrong.
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, NackReason, SessionEvent},
    resource::flags::NOTIFY_CON,
    wire::{BlockValue, Code, MessageType, Pdu, option},
};
use coap_sim::{Ending, Entry, Line, Network, NodeId, Outcome, Peer, Sent, for_each_seed};
use fastrand::Rng;
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
/// What else a session may be told, on both sides.
const OPTIONAL: [BlockMode; 4] = [
    BlockMode::NONE,
    BlockMode::NO_PREEMPTIVE_RTAG,
    BlockMode::STATELESS_FETCH,
    BlockMode::STATELESS_BLOCK2.with(BlockMode::STATELESS_FETCH),
];
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
        let block_mode = WHOLE.with(OPTIONAL[rng.usize(0..OPTIONAL.len())]);
        let mut config = Config { block_mode, ..Config::default() };
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

/// Pieces of bodies as an application sees them that does not want them in one: at their offsets, in order.
fn assert_pieces_fit(pieces: &[(usize, Vec<u8>)], is_from: impl Fn(&[u8]) -> Vec<u8>) -> bool {
    let mut complete = false;
    let starts = pieces.iter().enumerate().filter(|(_, (offset, _))| *offset == 0).map(|(place, _)| place);
    let starts: Vec<_> = starts.chain([pieces.len()]).collect();
    assert!(pieces.is_empty() || starts[0] == 0, "the first piece is the first of a body");
    for run in starts.windows(2) {
        let run = &pieces[run[0]..run[1]];
        let whole = is_from(&run[0].1);
        let mut next = 0;
        for (offset, piece) in run {
            assert_eq!(*offset, next, "one piece after the other");
            assert_eq!(*piece, whole[next..next + piece.len()], "a piece of another body");
            next += piece.len();
        }
        complete = next == whole.len();
    }
    complete
}

/// A piece of a body, and where it belongs.
type Piece = (usize, Vec<u8>);

/// Client and server see every block as it comes (no `COAP_BLOCK_SINGLE_BODY`). The blocks fit together, and those of a
/// response that is over make all of a body.
#[test]
fn pieces_fit_together_whatever_the_line_does() {
    let mut whole = 0;
    for_each_seed(0..100, |seed| {
        let (mut net, mut rng) = (Network::new(seed), Rng::with_seed(seed));
        let config = Config { block_mode: BlockMode::USE_LIBCOAP, ..Config::default() };
        let server = net.add_node_with(config.clone());
        let stored: Rc<RefCell<Vec<Piece>>> = Rc::default();
        let kept = Rc::clone(&stored);
        net.offer(server, "swap", move |call| {
            let request = call.request;
            if request.code() == Code::PUT {
                kept.borrow_mut().push((call.extent.offset, request.payload().to_vec()));
                return call.response.set_code(Code::CHANGED);
            }
            let name = request.option(option::URI_QUERY).and_then(|it| it.uint()).expect("a name");
            let what = Representation { content_format: 42, max_age: None, etag: 0 };
            call.answer_large(&body(name, 5000), name, &what);
        });
        let client = net.add_node_with(config);
        let peer = net.connect(client, server);
        let line = Line::rough(net.rng());
        net.set_line(line);
        for name in 0..5 {
            stored.borrow_mut().clear();
            let kind = if rng.bool() { MessageType::Con } else { MessageType::Non };
            let mut get = net.new_request(peer, kind, Code::GET, "swap");
            get.insert_option(option::URI_QUERY, &[name as u8 + 1]).unwrap();
            let szx = rng.u8(0..7);
            get.insert_option(option::BLOCK2, &BlockValue { num: 0, more: false, szx }.encode()).unwrap();
            let get = net.send(peer, get);
            let mut put = net.new_request(peer, MessageType::Con, Code::PUT, "swap");
            put.insert_option(option::BLOCK1, &BlockValue { num: 0, more: false, szx }.encode()).unwrap();
            let (now, content) = (net.now(), Body::new(Arc::new(body(100 + name, 5000)), name));
            let engine = net.engine(client);
            let large = engine.large_request(peer.session, &mut put, content).expect("it fits");
            let token = put.token().to_vec();
            let mid = engine.send_body(now, peer.session, put, large.expect("it is large")).expect("is sent");
            let put = Sent { peer, mid, token };
            net.run_for(LONG);
            let piece = |entry: &Entry| match &entry.outcome {
                Outcome::Response { received, extent, .. } if received.token() == get.token => {
                    Some((extent.offset, received.payload().to_vec()))
                }
                _ => None,
            };
            let pieces: Vec<_> = net.log(client).iter().filter_map(piece).collect();
            let came = assert_pieces_fit(&pieces, |_| body(name + 1, 5000));
            let failed = net.endings(&get).iter().any(|ending| matches!(ending, Ending::Nack(_)));
            assert!(!came || !failed, "over, and failed");
            // The first block may be handled again after a change of its size; what was stored is the body.
            let went = assert_pieces_fit(&stored.borrow(), |_| body(100 + name, 5000));
            let is_done = net.endings(&put) == [Ending::Response(Code::CHANGED, Vec::new())];
            assert!(went || !is_done, "stored in part, and answered as if whole");
            whole += usize::from(came) + usize::from(is_done);
        }
        for node in [client, server] {
            let census = net.engine(node).census();
            assert_eq!((census.transfers, census.body_bytes), (0, 0));
        }
    });
    assert!(whole > 500, "most of 1000 arrive: {whole}");
}

/// A state of many blocks that changes while it is fetched: each one that is seen was the state at some time, none is
/// seen after a later one, and nothing comes under a token that the application does not know.
#[test]
fn observed_states_of_many_blocks_are_never_mixed() {
    let mut all = 0;
    for_each_seed(0..150, |seed| {
        let (mut net, state) = (Network::new(seed), Rc::new(Cell::new(1_u64)));
        let mut rng = Rng::with_seed(seed);
        let config = Config { block_mode: WHOLE, ..Config::default() };
        let server = net.add_node_with(config.clone());
        let flags = if rng.bool() { NOTIFY_CON } else { 0 };
        let shown = Rc::clone(&state);
        net.offer_observable(server, "state", flags, move |call| {
            let what = Representation { content_format: 42, max_age: None, etag: 0 };
            call.answer_large(&body(shown.get(), 3000), shown.get(), &what);
        });
        let client = net.add_node_with(config);
        let peer = net.connect(client, server);
        let line = Line::rough(net.rng());
        net.set_line(line);
        let kind = if rng.bool() { MessageType::Con } else { MessageType::Non };
        let mut request = net.new_request(peer, kind, Code::GET, "state");
        request.insert_option(option::OBSERVE, b"").unwrap();
        let szx = rng.u8(3..7);
        request.insert_option(option::BLOCK2, &BlockValue { num: 0, more: false, szx }.encode()).unwrap();
        let sent = net.send(peer, request);
        for _ in 0..30 {
            let pause = rng.u64(0..10_000);
            net.run_for(Duration::from_millis(pause));
            state.set(state.get() + 1);
            net.notify(server, "state");
        }
        net.run_for(LONG);
        let mut seen = Vec::new();
        for entry in net.log(client) {
            if let Outcome::Response { received, .. } = &entry.outcome {
                assert_eq!(received.token(), sent.token, "under the application's token");
                assert_eq!(received.code(), Code::CONTENT);
                let name = name_of(received.payload());
                assert!(received.payload() == body(name, 3000), "state {name} is wrong");
                seen.push(name);
            }
        }
        assert!(seen.is_sorted(), "{seen:?}");
        all += seen.len();
    });
    assert!(all > 500, "many are seen: {all}");
}

/// Peers that send all blocks at once, non-confirmable: bodies of several peers and of one peer (told apart by
/// Request-Tag), in blocks of any size, shuffled, some twice, some not at all.
#[test]
fn blocks_in_any_order_make_a_body_or_nothing() {
    let mut complete = 0;
    for_each_seed(0..400, |seed| {
        let (mut net, mut rng) = (Network::new(seed), Rng::with_seed(seed));
        let server = net.add_node_with(Config { block_mode: WHOLE, ..Config::default() });
        net.offer(server, "store", |call| call.response.set_code(Code::CHANGED));
        let to = net.address(server);
        let loss = [0.0, 0.05][rng.usize(0..2)];
        let (mut datagrams, mut expected, mut lost) = (Vec::new(), Vec::new(), false);
        for peer in 1..=3_u16 {
            let mut mid = 0;
            for tag in 0..3_u8 {
                let name = u64::from(peer) * 10 + u64::from(tag);
                let (whole, szx) = (body(name, rng.usize(20..3000)), rng.u8(0..7));
                let size = BlockValue { num: 0, more: false, szx }.size();
                let blocks = whole.len().div_ceil(size);
                let mut is_whole = true;
                for (num, piece) in whole.chunks(size).enumerate() {
                    mid += 1;
                    let mut pdu = Pdu::new(MessageType::Non, Code::PUT, mid, 0);
                    pdu.set_token(&mid.to_be_bytes()).unwrap();
                    pdu.insert_option(option::URI_PATH, b"store").unwrap();
                    let block = BlockValue { num: num as u32, more: num + 1 < blocks, szx };
                    pdu.insert_option(option::BLOCK1, &block.encode()).unwrap();
                    pdu.insert_option(option::REQUEST_TAG, &[tag]).unwrap();
                    pdu.set_payload(piece).unwrap();
                    let from = SocketAddr::from(([10, 9, 9, 9], 1000 + peer));
                    let copies = if rng.f64() < loss { 0 } else { rng.usize(1..3) };
                    is_whole &= copies > 0;
                    datagrams.extend(std::iter::repeat_n((from, pdu.encode_udp().to_vec()), copies));
                }
                lost |= !is_whole;
                if is_whole {
                    expected.push(whole);
                }
            }
        }
        rng.shuffle(&mut datagrams);
        for (from, datagram) in datagrams {
            net.inject(from, to, &datagram);
            net.run_for(Duration::from_millis(rng.u64(0..3)));
        }
        net.run_for(LONG);
        let mut stored: Vec<_> = net.served(server).map(|request| request.payload().to_vec()).collect();
        stored.sort();
        expected.sort();
        assert!(stored == expected, "{} of {} bodies, lost: {lost}", stored.len(), expected.len());
        complete += stored.len();
        let census = net.engine(server).census();
        assert_eq!((census.transfers, census.body_bytes), (0, 0));
    });
    assert!(complete > 2000, "{complete} of 3600 bodies are complete");
}
