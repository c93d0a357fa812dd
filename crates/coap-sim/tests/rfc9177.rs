//! The message examples of RFC 9177 section 10 and appendix A, both roles, but for figure 18.
//!
//! A line of an example is written much as there. `>` is from the client to the server, `<` the other way, `x`
//! in front says that the message gets lost: `> NON PUT T:c0 RT:9 1:0/1/1024`. `...` and a number lets so many
//! seconds pass. Tokens are names: those that our node chooses are bound when they are seen first. Message IDs are
//! not compared, nor what all messages have in common (Uri-Path, Size1, Size2, Content-Format).
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, SessionEvent},
    wire::{BlockValue, Code, MessageType, Pdu, missing_blocks, option, uint},
};
use coap_sim::{Capture, Ending, Network, NodeId, Peer, Sent};
use std::{cell::RefCell, collections::HashMap, net::SocketAddr, rc::Rc, sync::Arc, time::Duration};

const QUICK: BlockMode = BlockMode::USE_LIBCOAP
    .with(BlockMode::SINGLE_BODY)
    .with(BlockMode::NO_PREEMPTIVE_RTAG)
    .with(BlockMode::TRY_Q_BLOCK);

fn content(blocks: usize) -> Vec<u8> {
    (0..blocks * 1024).map(|at| (at % 251) as u8).collect()
}

/// Several lines of the same kind: those of blocks `from` to `to`, with tokens that end in the block's number.
fn payloads(pattern: &str, from: usize, to: usize) -> String {
    (from..=to).map(|num| pattern.replace('#', &num.to_string()) + "\n").collect()
}

/// A message of an example, and the name of its token.
struct Line {
    pdu: Pdu,
    token: String,
    lost: bool,
}

/// What a message of an example says, but for its token.
fn describe(pdu: &Pdu) -> String {
    let kind = match pdu.kind() {
        MessageType::Con => "CON",
        MessageType::Non => "NON",
        MessageType::Ack => "ACK",
        MessageType::Rst => "RST",
    };
    let code = match pdu.code() {
        Code::GET => "GET".to_owned(),
        Code::PUT => "PUT".to_owned(),
        Code::FETCH => "FETCH".to_owned(),
        code => code.to_string(),
    };
    let mut words = vec![kind.to_owned(), code];
    for option in pdu.options() {
        let number = option.uint().unwrap_or_default();
        let block = BlockValue::decode(option.value).unwrap_or(BlockValue { num: 0, more: false, szx: 0 });
        let block = format!("{}/{}/{}", block.num, u8::from(block.more), block.size());
        match option.number {
            option::OBSERVE if pdu.code().is_request() => words.push(format!("O:{number}")),
            option::OBSERVE => words.push("O".to_owned()),
            option::REQUEST_TAG => words.push("RT".to_owned()),
            option::ETAG => words.push(format!("ET:{number}")),
            option::Q_BLOCK1 => words.push(format!("1:{block}")),
            option::Q_BLOCK2 => words.push(format!("2:{block}")),
            _ => {}
        }
    }
    if pdu.code() == Code::INCOMPLETE {
        words.push(format!("{:?}", missing_blocks::decode(pdu.payload(), 99).unwrap()).replace(' ', ""));
    }
    words.sort();
    words.join(" ")
}

/// Reads a line. Bodies have `blocks` whole blocks.
fn read(line: &str, blocks: usize) -> Line {
    let mut words = line.split_whitespace();
    let lost = words.next().unwrap().starts_with('x');
    let kind = match words.next().unwrap() {
        "CON" => MessageType::Con,
        "NON" => MessageType::Non,
        _ => MessageType::Ack,
    };
    let code = match words.next().unwrap() {
        "GET" => Code::GET,
        "PUT" => Code::PUT,
        "FETCH" => Code::FETCH,
        code => Code::new(code[..1].parse().unwrap(), code[2..].parse().unwrap()),
    };
    let mut pdu = Pdu::new(kind, code, 0, 0);
    let mut token = String::new();
    let (mut insert, mut payload) = (Vec::new(), Vec::new());
    for word in words {
        let (name, value) = word.split_once(':').unwrap_or((word, ""));
        match name {
            "T" => token = value.to_owned(),
            "RT" => insert.push((option::REQUEST_TAG, uint::encode(9).to_vec())),
            "ET" => insert.push((option::ETAG, uint::encode(value.parse().unwrap()).to_vec())),
            "O" => insert.push((option::OBSERVE, uint::encode(value.parse().unwrap_or(1)).to_vec())),
            "1" | "2" => {
                let parts: Vec<usize> = value.split('/').map(|part| part.parse().unwrap()).collect();
                let szx = BlockValue::szx_for(parts[2]).unwrap();
                let block = BlockValue { num: parts[0] as u32, more: parts[1] == 1, szx };
                let number = if name == "1" { option::Q_BLOCK1 } else { option::Q_BLOCK2 };
                insert.push((number, block.encode().to_vec()));
                if code.is_request() == (name == "1") && code != Code::CONTINUE {
                    payload = content(blocks)[block.offset()..][..block.size()].to_vec();
                    let size = if name == "1" { option::SIZE1 } else { option::SIZE2 };
                    insert.push((size, uint::encode(blocks as u64 * 1024).to_vec()));
                }
            }
            list => {
                let numbers = list.trim_matches(['[', ']']).split(',').map(|number| number.parse().unwrap());
                payload = missing_blocks::encode(numbers, 1000);
                let format = uint::encode(missing_blocks::CONTENT_FORMAT.into()).to_vec();
                insert.push((option::CONTENT_FORMAT, format));
            }
        }
    }
    if code.is_request() {
        insert.push((option::URI_PATH, b"path".to_vec()));
    }
    if code == Code::FETCH {
        insert.push((option::CONTENT_FORMAT, Vec::new()));
    }
    for (number, value) in insert {
        pdu.insert_option(number, &value).unwrap();
    }
    pdu.set_payload(&payload).unwrap();
    Line { pdu, token, lost }
}

/// One node of ours, and the other one played by the example.
struct Play {
    net: Network,
    ours: NodeId,
    other: SocketAddr,
    /// Which side the other one is on.
    sign: &'static str,
    blocks: usize,
    tokens: HashMap<String, Vec<u8>>,
    /// Message IDs of ours, by the name of their token: an acknowledgement has the same.
    mids: HashMap<String, u16>,
    seen: usize,
    mid: u16,
}

impl Play {
    fn lines(&mut self, example: &str) {
        for line in example.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(seconds) = line.strip_prefix("...") {
                self.net.run_for(Duration::from_secs_f64(seconds.trim().parse().unwrap()));
            } else if line.trim_start_matches('x').starts_with(self.sign) {
                self.other_says(line);
            } else {
                self.ours_says(line);
            }
        }
        self.net.run_for(Duration::ZERO);
        let more: Vec<_> =
            self.net.captured()[self.seen..].iter().map(|it| describe(&it.message())).collect();
        assert_eq!(more, [""; 0], "there is more than the example has");
    }

    fn other_says(&mut self, line: &str) {
        let Line { mut pdu, token, lost } = read(line, self.blocks);
        self.mid += 1;
        let is_ack = pdu.kind() == MessageType::Ack;
        pdu.set_mid(if is_ack { self.mids[&token] } else { self.mid });
        let name = token.clone();
        let bytes = self.tokens.entry(token).or_insert_with(|| name.clone().into_bytes()).clone();
        if !(is_ack && pdu.code().is_empty()) {
            pdu.update_token(&bytes).unwrap();
        }
        self.mids.insert(name, pdu.mid());
        if !lost {
            let to = self.address();
            self.net.inject(self.other, to, pdu.encode_udp());
        }
    }

    fn ours_says(&mut self, line: &str) {
        self.net.run_for(Duration::ZERO);
        let expected = read(line, self.blocks);
        let captured: Option<&Capture> = self.net.captured().get(self.seen);
        let said = captured.unwrap_or_else(|| panic!("nothing is sent instead of {line}")).message();
        assert_eq!(describe(&said), describe(&expected.pdu), "{line}");
        if !(said.kind() == MessageType::Ack && said.code().is_empty()) {
            let known = self.tokens.entry(expected.token.clone()).or_insert_with(|| said.token().to_vec());
            assert_eq!(*known, said.token(), "the token of {line}");
            self.mids.insert(expected.token, said.mid());
        }
        if expected.pdu.code() != Code::INCOMPLETE {
            assert!(said.payload() == expected.pdu.payload(), "the payload of {line}");
        }
        self.seen += 1;
    }

    fn address(&self) -> SocketAddr {
        match self.sign {
            "<" => self.net.captured()[self.seen - 1].from,
            _ => self.net.address(self.ours),
        }
    }
}

/// Our server. Its representation of `/path` has so many blocks and an ETag that is counted up from `etag`.
fn server(blocks: usize, etag: u64) -> Play {
    let mut net = Network::new(0);
    let ours = net.add_node_with(Config { block_mode: QUICK, ..Config::default() });
    let etags = Rc::new(RefCell::new(etag));
    net.offer_observable(ours, "path", 0, move |call| {
        let length = call.request.payload().len();
        assert!(length == 0 || call.request.payload() == content(length / 1024), "the body came wrong");
        if call.request.code() == Code::PUT {
            return call.response.set_code(Code::CHANGED);
        }
        let etag = *etags.borrow();
        *etags.borrow_mut() += 1;
        call.answer_large(&content(blocks), 1, &Representation { content_format: 0, max_age: None, etag });
    });
    net.capture();
    play(net, ours, ">", blocks)
}

fn play(net: Network, ours: NodeId, sign: &'static str, blocks: usize) -> Play {
    let other = if sign == ">" { "10.9.9.9:1000" } else { "10.9.9.9:5683" };
    let (tokens, mids) = (HashMap::new(), HashMap::new());
    Play { net, ours, other: other.parse().unwrap(), sign, blocks, tokens, mids, seen: 0, mid: 0x100 }
}

/// Our client, that knows already that the server knows Q-Block.
fn client(blocks: usize, nstart: u16, mode: BlockMode) -> (Play, Peer) {
    let mut net = Network::new(0);
    let ours = net.add_node_with(Config { block_mode: mode, ..Config::default() });
    let peer = net.connect_to(ours, "10.9.9.9:5683".parse().unwrap());
    net.engine(ours).session_mut(peer.session).unwrap().parameters_mut().nstart = nstart;
    net.capture();
    let mut play = play(net, ours, "<", blocks);
    play.net.get(peer, "path");
    play.lines(
        "> CON GET T:probe 2:0/0/16
         < ACK 4.04 T:probe 2:0/0/16
         > CON GET T:first 2:0/1/1024
         < ACK 4.04 T:first",
    );
    (play, peer)
}

fn send(play: &mut Play, peer: Peer, kind: MessageType, code: Code, observe: bool) -> Sent {
    let mut request = play.net.new_request(peer, kind, code, "path");
    if observe {
        request.insert_option(option::OBSERVE, &[]).unwrap();
    }
    if code == Code::GET {
        return play.net.send(peer, request);
    }
    if code == Code::FETCH {
        request.insert_option(option::CONTENT_FORMAT, &[]).unwrap();
    }
    let (now, token) = (play.net.now(), request.token().to_vec());
    let engine = play.net.engine(peer.node);
    let body = Body::new(Arc::new(content(play.blocks)), 1);
    let large = engine.large_request(peer.session, &mut request, body).unwrap().expect("in blocks");
    let mid = engine.send_body(now, peer.session, request, large).unwrap();
    Sent { peer, mid, token }
}

#[test]
fn figure_3_a_simple_request() {
    let example = payloads("> NON PUT T:c# RT 1:#/1/1024", 0, 2)
        + "> NON PUT T:c3 RT 1:3/0/1024
           < NON 2.04 T:c3";
    server(4, 0).lines(&example);
    let (mut play, peer) = client(4, 1, QUICK);
    let request = send(&mut play, peer, MessageType::Non, Code::PUT, false);
    play.lines(&example);
    assert_eq!(play.net.code(&request), Code::CHANGED);
}

#[test]
fn figure_4_a_request_of_more_than_one_set() {
    let example = payloads("> NON PUT T:f# RT 1:#/1/1024", 0, 9)
        + "< NON 2.31 T:f9 1:9/1/1024
           > NON PUT T:f10 RT 1:10/0/1024
           < NON 2.04 T:f10";
    server(11, 0).lines(&example);
    let (mut play, peer) = client(11, 1, QUICK);
    let request = send(&mut play, peer, MessageType::Non, Code::PUT, false);
    play.lines(&example);
    assert_eq!(play.net.code(&request), Code::CHANGED);
}

#[test]
fn figures_5_and_6_a_request_with_losses() {
    let first_set = "> NON PUT T:e0 RT 1:0/1/1024
                     x> NON PUT T:e1 RT 1:1/1/1024\n"
        .to_owned()
        + &payloads("> NON PUT T:e# RT 1:#/1/1024", 2, 8)
        + "x> NON PUT T:e9 RT 1:9/1/1024\n";
    let on_server = first_set.clone()
        + "... 2.5
           x> NON PUT T:ea RT 1:10/1/1024
           > NON PUT T:eb RT 1:11/1/1024
           < NON 4.08 T:eb [1,9]
           > NON PUT T:ed RT 1:1/1/1024
           > NON PUT T:ee RT 1:9/1/1024
           > NON PUT T:ef RT 1:12/0/1024
           ... 4
           < NON 4.08 T:ef [10]
           > NON PUT T:f0 RT 1:10/1/1024
           < NON 2.04 T:f0";
    server(13, 0).lines(&on_server);
    // Nothing holds back the last block of the second set until the word of the server is there.
    let on_client = first_set
        + "... 3
           x> NON PUT T:ea RT 1:10/1/1024
           > NON PUT T:eb RT 1:11/1/1024
           > NON PUT T:ec RT 1:12/0/1024
           < NON 4.08 T:eb [1,9]
           > NON PUT T:ed RT 1:1/1/1024
           > NON PUT T:ee RT 1:9/1/1024
           ... 4
           < NON 4.08 T:ee [10]
           > NON PUT T:f0 RT 1:10/1/1024
           < NON 2.04 T:f0";
    let (mut play, peer) = client(13, 1, QUICK);
    let request = send(&mut play, peer, MessageType::Non, Code::PUT, false);
    play.lines(&on_client);
    assert_eq!(play.net.code(&request), Code::CHANGED);
}

#[test]
fn figure_7_a_request_that_fails() {
    let mut play = server(3, 0);
    play.lines(
        "> NON PUT T:d0 RT 1:0/1/1024
         x> NON PUT T:d1 RT 1:1/1/1024
         > NON PUT T:d2 RT 1:2/0/1024
         ... 4
         < NON 4.08 T:d2 [1]
         ... 8
         < NON 4.08 T:d2 [1]
         ... 16
         < NON 4.08 T:d2 [1]
         ... 32
         < NON 4.08 T:d2 [1]
         ... 63",
    );
    assert_eq!(play.net.engine(play.ours).census().transfers, 1);
    play.lines("... 1");
    assert_eq!(play.net.engine(play.ours).census().transfers, 0, "after 64 seconds");
    assert!(play.net.session_events(play.ours).any(|event| event == SessionEvent::PartialBlock));
}

/// The response to a request that observes, with the `first` ETag, or a notification.
fn notification(etag: u64, first: u64, blocks: usize) -> String {
    let request = if etag == first { "> NON GET T:f0 O:0 2:0/1/1024\n" } else { "" };
    let pattern = format!("< NON 2.05 T:f0 O ET:{etag} 2:#/1/1024");
    let last = pattern.replace("#/1", &format!("{}/0", blocks - 1));
    request.to_owned()
        + &payloads(&pattern, 0, blocks.min(11) - 2)
        + &(if blocks > 10 { format!("> NON GET T:n{etag} 2:10/1/1024\n") } else { String::new() })
        + &last
}

#[test]
fn figures_8_and_9_notifications() {
    for blocks in [4, 11] {
        let mut play = server(blocks, 19);
        play.lines(&notification(19, 19, blocks));
        play.net.notify(play.ours, "path");
        play.lines(&notification(20, 19, blocks));
        let (mut play, peer) = client(blocks, 1, QUICK);
        let request = send(&mut play, peer, MessageType::Non, Code::GET, true);
        play.lines(&notification(19, 19, blocks));
        play.lines(&notification(20, 19, blocks).replace(" O ", " O:2 "));
        let whole = Ending::Response(Code::CONTENT, content(blocks));
        assert_eq!(play.net.endings(&request), [whole.clone(), whole]);
    }
}

#[test]
fn figure_10_a_notification_with_losses() {
    let lossy = "< NON 2.05 T:f0 O:2 ET:23 2:0/1/1024
                 x< NON 2.05 T:f0 O:2 ET:23 2:1/1/1024\n"
        .to_owned()
        + &payloads("< NON 2.05 T:f0 O:2 ET:23 2:#/1/1024", 2, 8)
        + "x< NON 2.05 T:f0 O:2 ET:23 2:9/1/1024
           ... 3
           < NON 2.05 T:f0 O:2 ET:23 2:10/0/1024
           > NON GET T:f3 2:1/0/1024 2:9/0/1024
           x< NON 2.05 T:f3 ET:23 2:1/1/1024
           < NON 2.05 T:f3 ET:23 2:9/1/1024
           ... 4
           > NON GET T:f4 2:1/0/1024
           < NON 2.05 T:f4 ET:23 2:1/1/1024";
    let mut play = server(11, 22);
    play.lines(&notification(22, 22, 11));
    play.net.notify(play.ours, "path");
    play.lines(&lossy);
    let (mut play, peer) = client(11, 1, QUICK);
    let request = send(&mut play, peer, MessageType::Non, Code::GET, true);
    play.lines(&notification(22, 22, 11));
    play.lines(&lossy);
    let whole = Ending::Response(Code::CONTENT, content(11));
    assert_eq!(play.net.endings(&request), [whole.clone(), whole]);
}

#[test]
fn figure_11_the_rest_of_a_set_is_asked_for_with_the_m_bit() {
    let lossy = payloads("< NON 2.05 T:f0 O:2 ET:24 2:#/1/1024", 0, 1)
        + &payloads("x< NON 2.05 T:f0 O:2 ET:24 2:#/1/1024", 2, 9);
    let recovery = "> NON GET T:f5 2:2/1/1024\n".to_owned()
        + &payloads("< NON 2.05 T:f5 ET:24 2:#/1/1024", 2, 9)
        + "> NON GET T:f6 2:10/1/1024\n";
    let last = "< NON 2.05 T:f0 O:2 ET:24 2:10/0/1024";
    let mut play = server(11, 23);
    play.lines(&notification(23, 23, 11));
    play.net.notify(play.ours, "path");
    play.lines(&(lossy.clone() + "... 3\nx" + last + "\n... 1\n" + &recovery + last));
    let (mut play, peer) = client(11, 1, QUICK.with(BlockMode::USE_M_Q_BLOCK));
    let request = send(&mut play, peer, MessageType::Non, Code::GET, true);
    play.lines(&notification(23, 23, 11));
    play.lines(&(lossy + "... 4\n" + &recovery + last));
    let whole = Ending::Response(Code::CONTENT, content(11));
    assert_eq!(play.net.endings(&request), [whole.clone(), whole]);
}

#[test]
fn figures_12_and_13_a_body_each_way() {
    let short = payloads("> NON FETCH T:9# RT 1:#/1/1024", 0, 2)
        + "> NON FETCH T:93 RT 1:3/0/1024\n"
        + &payloads("< NON 2.05 T:93 ET:90 2:#/1/1024", 0, 2)
        + "< NON 2.05 T:93 ET:90 2:3/0/1024";
    let long = payloads("> NON FETCH T:a# RT 1:#/1/1024", 0, 9)
        + "< NON 2.31 T:a9 1:9/1/1024
           > NON FETCH T:aa RT 1:10/0/1024\n"
        + &payloads("< NON 2.05 T:aa ET:90 2:#/1/1024", 0, 9)
        + "> NON FETCH T:ab RT 2:10/1/1024
           < NON 2.05 T:aa ET:90 2:10/0/1024";
    for (blocks, example) in [(4, short), (11, long)] {
        server(blocks, 90).lines(&example);
        let (mut play, peer) = client(blocks, 1, QUICK);
        let request = send(&mut play, peer, MessageType::Non, Code::FETCH, false);
        play.lines(&example);
        assert_eq!(play.net.endings(&request), [Ending::Response(Code::CONTENT, content(blocks))]);
    }
}

#[test]
fn figures_14_to_16_losses_each_way() {
    let example = "> NON FETCH T:c0 RT 1:0/1/1024
         x> NON FETCH T:c1 RT 1:1/1/1024
         x> NON FETCH T:c2 RT 1:2/1/1024
         > NON FETCH T:c3 RT 1:3/0/1024
         ... 4
         < NON 4.08 T:c3 [1,2]
         > NON FETCH T:c4 RT 1:1/1/1024
         > NON FETCH T:c5 RT 1:2/1/1024
         < NON 2.05 T:c5 ET:23 2:0/1/1024
         x< NON 2.05 T:c5 ET:23 2:1/1/1024
         < NON 2.05 T:c5 ET:23 2:2/1/1024
         x< NON 2.05 T:c5 ET:23 2:3/0/1024
         ... 4
         > NON FETCH T:c6 RT 2:1/0/1024 2:3/0/1024
         x< NON 2.05 T:c6 ET:23 2:1/1/1024
         < NON 2.05 T:c6 ET:23 2:3/0/1024
         ... 4
         > NON FETCH T:c7 RT 2:1/0/1024
         < NON 2.05 T:c7 ET:23 2:1/1/1024";
    server(4, 23).lines(example);
    let (mut play, peer) = client(4, 1, QUICK);
    let request = send(&mut play, peer, MessageType::Non, Code::FETCH, false);
    play.lines(example);
    assert_eq!(play.net.endings(&request), [Ending::Response(Code::CONTENT, content(4))]);
}

#[test]
fn figure_17_a_confirmable_request_with_three_blocks_in_flight() {
    server(4, 0).lines(
        "> CON PUT T:f0 RT 1:0/1/1024
         < ACK 0.00 T:f0
         > CON PUT T:f1 RT 1:1/1/1024
         < ACK 0.00 T:f1
         > CON PUT T:f2 RT 1:2/1/1024
         < ACK 0.00 T:f2
         > CON PUT T:f3 RT 1:3/0/1024
         < ACK 2.04 T:f3",
    );
    let (mut play, peer) = client(4, 3, QUICK);
    let request = send(&mut play, peer, MessageType::Con, Code::PUT, false);
    play.lines(
        "> CON PUT T:f0 RT 1:0/1/1024
         > CON PUT T:f1 RT 1:1/1/1024
         > CON PUT T:f2 RT 1:2/1/1024
         < ACK 0.00 T:f0
         > CON PUT T:f3 RT 1:3/0/1024
         < ACK 0.00 T:f1
         < ACK 0.00 T:f2
         < ACK 2.04 T:f3",
    );
    assert_eq!(play.net.code(&request), Code::CHANGED);
}

#[test]
fn figure_19_a_confirmable_request_is_answered_by_confirmable_blocks() {
    let example = "> CON GET T:f0 O:0 2:0/1/1024
         < ACK 2.05 T:f0 O ET:21 2:0/1/1024
         < CON 2.05 T:f0 O ET:21 2:1/1/1024
         > ACK 0.00 T:f0
         < CON 2.05 T:f0 O ET:21 2:2/0/1024
         > ACK 0.00 T:f0";
    server(3, 21).lines(example);
    let (mut play, peer) = client(3, 3, QUICK);
    let request = send(&mut play, peer, MessageType::Con, Code::GET, true);
    play.lines(example);
    assert_eq!(play.net.endings(&request), [Ending::Response(Code::CONTENT, content(3))]);
}
