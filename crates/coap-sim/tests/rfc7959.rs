//! The message examples of RFC 7959 section 3, both roles.
//!
//! A line of an example is written as there: `CON 1234 GET status 2:0/0/64` is a request for the first block
//! of 64 bytes. Bodies are 384 and 320 bytes long, which is what the examples show of them. What an example
//! leaves out is the same in all messages of it: the token, and what our node adds (ETag, Size1, Size2,
//! Content-Format).
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::Config,
    wire::{BlockValue, Code, MessageType, Pdu, option, uint},
};
use coap_sim::{Ending, Network, NodeId, Peer, Sent};
use std::{net::SocketAddr, sync::Arc};

const MODE: BlockMode =
    BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY).with(BlockMode::NO_PREEMPTIVE_RTAG);
const TOKEN: &[u8] = b"tok";
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 7 };

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

/// A message of an example; its payload is what its block option says, of a body of `up` or of `down` bytes.
fn message(line: &str, token: &[u8], (up, down): (usize, usize)) -> Pdu {
    let mut words = line.split(' ');
    let kind = match words.next().unwrap() {
        "CON" => MessageType::Con,
        _ => MessageType::Ack,
    };
    let mid = words.next().unwrap().parse().unwrap();
    let code = match words.next().unwrap() {
        "GET" => Code::GET,
        "PUT" => Code::PUT,
        "POST" => Code::POST,
        code => Code::new(code[..1].parse().unwrap(), code[2..].parse().unwrap()),
    };
    let mut pdu = Pdu::new(kind, code, mid, 0);
    pdu.set_token(token).unwrap();
    let mut payload = Vec::new();
    for word in words {
        let Some((which, value)) = word.split_once(':') else {
            pdu.insert_option(option::URI_PATH, word.as_bytes()).unwrap();
            continue;
        };
        let parts: Vec<u32> = value.split('/').map(|part| part.parse().unwrap()).collect();
        let szx = BlockValue::szx_for(parts[2] as usize).unwrap();
        let block = BlockValue { num: parts[0], more: parts[1] == 1, szx };
        let number = if which == "1" { option::BLOCK1 } else { option::BLOCK2 };
        pdu.insert_option(number, &block.encode()).unwrap();
        if code.is_request() == (which == "1") {
            let body = content(if which == "1" { up } else { down });
            payload = body[block.offset()..body.len().min(block.offset() + block.size())].to_vec();
        }
    }
    pdu.set_payload(&payload).unwrap();
    pdu
}

fn config(max_block_size: usize) -> Config {
    Config { block_mode: MODE, max_block_size, ..Config::default() }
}

struct Server {
    net: Network,
    node: NodeId,
    client: SocketAddr,
}

impl Server {
    fn new(max_block_size: usize) -> Self {
        let mut net = Network::new(0);
        let node = net.add_node_with(config(max_block_size));
        net.offer(node, "status", |call| call.answer_large(&content(384), 1, &TEXT));
        net.offer(node, "options", |call| {
            assert_eq!(call.request.payload(), content(384));
            call.response.set_code(Code::CHANGED);
        });
        net.offer(node, "soap", |call| {
            assert_eq!(call.request.payload(), content(384));
            call.answer_large(&content(384), 1, &TEXT);
            call.response.set_code(Code::CHANGED);
        });
        net.capture();
        Self { net, node, client: "10.9.9.9:1000".parse().unwrap() }
    }

    /// Plays requests and compares the responses to the byte.
    fn plays(&mut self, example: &str) {
        let mut lines = example.lines().map(str::trim).filter(|line| !line.is_empty());
        while let (Some(request), Some(response)) = (lines.next(), lines.next()) {
            let before = self.net.captured().len();
            let datagram = message(request, TOKEN, (384, 384)).encode_udp().to_vec();
            self.net.inject(self.client, self.net.address(self.node), &datagram);
            let mut expected = message(response, TOKEN, (384, 384));
            if expected.option(option::BLOCK2).is_some() {
                expected.insert_option(option::ETAG, &[7]).unwrap();
                expected.insert_option(option::CONTENT_FORMAT, &[]).unwrap();
                expected.insert_option(option::SIZE2, &uint::encode(384)).unwrap();
            }
            let sent: Vec<_> = self.net.captured()[before..].iter().map(|it| it.bytes.clone()).collect();
            assert_eq!(sent, [expected.encode_udp().to_vec()], "{request}\n{response}");
        }
    }
}

#[test]
fn figure_2_simple_get() {
    Server::new(128).plays(
        "CON 1234 GET status
         ACK 1234 2.05 2:0/1/128
         CON 1235 GET status 2:1/0/128
         ACK 1235 2.05 2:1/1/128
         CON 1236 GET status 2:2/0/128
         ACK 1236 2.05 2:2/0/128",
    );
}

#[test]
fn figure_3_get_with_early_negotiation() {
    Server::new(128).plays(
        "CON 1234 GET status 2:0/0/64
         ACK 1234 2.05 2:0/1/64
         CON 1235 GET status 2:1/0/64
         ACK 1235 2.05 2:1/1/64
         CON 1238 GET status 2:4/0/64
         ACK 1238 2.05 2:4/1/64
         CON 1239 GET status 2:5/0/64
         ACK 1239 2.05 2:5/0/64",
    );
}

#[test]
fn figures_4_to_6_get_with_late_negotiation_and_losses() {
    Server::new(128).plays(
        "CON 1234 GET status
         ACK 1234 2.05 2:0/1/128
         CON 1235 GET status 2:2/0/64
         ACK 1235 2.05 2:2/1/64
         CON 1235 GET status 2:2/0/64
         ACK 1235 2.05 2:2/1/64
         CON 1236 GET status 2:3/0/64
         ACK 1236 2.05 2:3/1/64
         CON 1237 GET status 2:4/0/64
         ACK 1237 2.05 2:4/1/64
         CON 1238 GET status 2:5/0/64
         ACK 1238 2.05 2:5/0/64",
    );
}

#[test]
fn figure_7_simple_put() {
    Server::new(0).plays(
        "CON 1234 PUT options 1:0/1/128
         ACK 1234 2.31 1:0/1/128
         CON 1235 PUT options 1:1/1/128
         ACK 1235 2.31 1:1/1/128
         CON 1236 PUT options 1:2/0/128
         ACK 1236 2.04 1:2/0/128",
    );
}

#[test]
fn figure_8_put_with_negotiation() {
    Server::new(32).plays(
        "CON 1234 PUT options 1:0/1/128
         ACK 1234 2.31 1:0/1/32
         CON 1235 PUT options 1:4/1/32
         ACK 1235 2.31 1:4/1/32
         CON 1236 PUT options 1:5/1/32
         ACK 1236 2.31 1:5/1/32
         CON 1237 PUT options 1:6/1/32
         ACK 1237 2.31 1:6/1/32
         CON 1238 PUT options 1:7/1/32
         ACK 1238 2.31 1:7/1/32
         CON 1239 PUT options 1:8/1/32
         ACK 1239 2.31 1:8/1/32
         CON 1240 PUT options 1:9/1/32
         ACK 1240 2.31 1:9/1/32
         CON 1241 PUT options 1:10/1/32
         ACK 1241 2.31 1:10/1/32
         CON 1242 PUT options 1:11/0/32
         ACK 1242 2.04 1:11/0/32",
    );
}

#[test]
fn figure_10_post_with_blocks_both_ways() {
    Server::new(128).plays(
        "CON 1234 POST soap 1:0/1/128
         ACK 1234 2.31 1:0/1/128
         CON 1235 POST soap 1:1/1/128
         ACK 1235 2.31 1:1/1/128
         CON 1236 POST soap 1:2/0/128
         ACK 1236 2.04 2:0/1/128 1:2/0/128
         CON 1237 POST soap 2:1/0/128
         ACK 1237 2.04 2:1/1/128
         CON 1238 POST soap 2:2/0/128
         ACK 1238 2.04 2:2/0/128",
    );
}

#[test]
fn figure_11_post_with_early_negotiation_of_the_response() {
    Server::new(128).plays(
        "CON 1234 POST soap 1:0/1/128
         ACK 1234 2.31 1:0/1/128
         CON 1235 POST soap 1:1/1/128
         ACK 1235 2.31 1:1/1/128
         CON 1236 POST soap 2:0/0/64 1:2/0/128
         ACK 1236 2.04 2:0/1/64 1:2/0/128
         CON 1237 POST soap 2:1/0/64
         ACK 1237 2.04 2:1/1/64
         CON 1238 POST soap 2:2/0/64
         ACK 1238 2.04 2:2/1/64
         CON 1239 POST soap 2:3/0/64
         ACK 1239 2.04 2:3/1/64",
    );
}

struct Client {
    net: Network,
    peer: Peer,
    server: SocketAddr,
}

impl Client {
    fn new() -> Self {
        let mut net = Network::new(0);
        let node = net.add_node_with(config(0));
        let server = "10.9.9.9:5683".parse().unwrap();
        let peer = net.connect_to(node, server);
        net.capture();
        Self { net, peer, server }
    }

    /// Sends the example's first request and compares those that follow, to the byte but for message IDs and
    /// tokens.
    fn plays(&mut self, example: &str) -> Ending {
        let lines: Vec<_> = example.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let request = self.send(lines[0]);
        for (place, pair) in lines.chunks(2).enumerate() {
            self.net.run_for(std::time::Duration::ZERO);
            let captured = self.net.captured();
            assert_eq!(captured.len(), place + 1, "{}", pair[0]);
            let (from, datagram) = (captured[place].from, captured[place].bytes.clone());
            let sent = Pdu::decode_udp(&datagram).unwrap();
            let mut expected = message(pair[0], sent.token(), (384, 384));
            expected.set_mid(sent.mid());
            for number in [option::SIZE1, option::REQUEST_TAG] {
                if let Some(found) = sent.option(number).filter(|_| expected.option(option::BLOCK1).is_some())
                {
                    expected.insert_option(number, found.value).unwrap();
                }
            }
            let tag =
                expected.option(option::BLOCK1).is_none().then(|| sent.option(option::REQUEST_TAG)).flatten();
            if let Some(tag) = tag {
                expected.insert_option(option::REQUEST_TAG, tag.value).unwrap();
            }
            assert_eq!(datagram, expected.encode_udp(), "{}", pair[0]);
            let mut response = message(pair[1], sent.token(), (384, 384));
            response.set_mid(sent.mid());
            self.net.inject(self.server, from, response.encode_udp());
        }
        self.net.run_for(std::time::Duration::ZERO);
        assert_eq!(self.net.captured().len(), lines.len() / 2);
        let [ending] = self.net.endings(&request).try_into().unwrap();
        ending
    }

    fn send(&mut self, line: &str) -> Sent {
        let asked = message(line, &[], (384, 384));
        let path: Vec<_> = asked.option(option::URI_PATH).unwrap().value.to_vec();
        let path = String::from_utf8(path).unwrap();
        let mut request = self.net.new_request(self.peer, MessageType::Con, asked.code(), &path);
        for option in
            asked.options().filter(|option| matches!(option.number, option::BLOCK1 | option::BLOCK2))
        {
            request.insert_option(option.number, option.value).unwrap();
        }
        if asked.code() == Code::GET {
            return self.net.send(self.peer, request);
        }
        let (now, token) = (self.net.now(), request.token().to_vec());
        let engine = self.net.engine(self.peer.node);
        let body = Body::new(Arc::new(content(384)), 1);
        let large = engine.large_request(self.peer.session, &mut request, body).unwrap().expect("in blocks");
        let mid = engine.send_body(now, self.peer.session, request, large).unwrap();
        Sent { peer: self.peer, mid, token }
    }
}

#[test]
fn a_client_gets_as_in_figures_2_and_3() {
    let ending = Client::new().plays(
        "CON 1234 GET status
         ACK 1234 2.05 2:0/1/128
         CON 1235 GET status 2:1/0/128
         ACK 1235 2.05 2:1/1/128
         CON 1236 GET status 2:2/0/128
         ACK 1236 2.05 2:2/0/128",
    );
    assert_eq!(ending, Ending::Response(Code::CONTENT, content(384)));
    let ending = Client::new().plays(
        "CON 1234 GET status 2:0/0/64
         ACK 1234 2.05 2:0/1/64
         CON 1235 GET status 2:1/0/64
         ACK 1235 2.05 2:1/1/64
         CON 1236 GET status 2:2/0/64
         ACK 1236 2.05 2:2/1/64
         CON 1237 GET status 2:3/0/64
         ACK 1237 2.05 2:3/1/64
         CON 1238 GET status 2:4/0/64
         ACK 1238 2.05 2:4/1/64
         CON 1239 GET status 2:5/0/64
         ACK 1239 2.05 2:5/0/64",
    );
    assert_eq!(ending, Ending::Response(Code::CONTENT, content(384)));
}

#[test]
fn a_client_puts_as_in_figures_7_and_8() {
    let ending = Client::new().plays(
        "CON 1234 PUT options 1:0/1/128
         ACK 1234 2.31 1:0/1/128
         CON 1235 PUT options 1:1/1/128
         ACK 1235 2.31 1:1/1/128
         CON 1236 PUT options 1:2/0/128
         ACK 1236 2.04 1:2/0/128",
    );
    assert_eq!(ending, Ending::Response(Code::CHANGED, Vec::new()));
    let ending = Client::new().plays(
        "CON 1234 PUT options 1:0/1/128
         ACK 1234 2.31 1:0/1/64
         CON 1235 PUT options 1:2/1/64
         ACK 1235 2.31 1:2/1/64
         CON 1236 PUT options 1:3/1/64
         ACK 1236 2.31 1:3/1/64
         CON 1237 PUT options 1:4/1/64
         ACK 1237 2.31 1:4/1/64
         CON 1238 PUT options 1:5/0/64
         ACK 1238 2.04 1:5/0/64",
    );
    assert_eq!(ending, Ending::Response(Code::CHANGED, Vec::new()));
}

#[test]
fn a_client_puts_to_a_server_that_stores_block_by_block_as_in_figure_9() {
    let ending = Client::new().plays(
        "CON 1234 PUT options 1:0/1/128
         ACK 1234 2.04 1:0/0/128
         CON 1235 PUT options 1:1/1/128
         ACK 1235 2.04 1:1/0/128
         CON 1236 PUT options 1:2/0/128
         ACK 1236 2.04 1:2/0/128",
    );
    assert_eq!(ending, Ending::Response(Code::CHANGED, Vec::new()));
}

#[test]
fn a_client_posts_as_in_figure_10() {
    let ending = Client::new().plays(
        "CON 1234 POST soap 1:0/1/128
         ACK 1234 2.31 1:0/1/128
         CON 1235 POST soap 1:1/1/128
         ACK 1235 2.31 1:1/1/128
         CON 1236 POST soap 1:2/0/128
         ACK 1236 2.04 2:0/1/128 1:2/0/128
         CON 1237 POST soap 2:1/0/128
         ACK 1237 2.04 2:1/1/128
         CON 1238 POST soap 2:2/0/128
         ACK 1238 2.04 2:2/0/128",
    );
    assert_eq!(ending, Ending::Response(Code::CHANGED, content(384)));
}
