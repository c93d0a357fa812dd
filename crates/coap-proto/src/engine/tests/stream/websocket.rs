//! CoAP over WebSockets (RFC 8323 section 4).
use super::super::testing::{Pair, SERVER, Told, address};
use super::events;
use crate::engine::{Config, NackReason, Path, SessionEvent, SessionId, SessionState, StreamEnd};
use crate::wire::websocket::frame::{CloseCode, FrameHeader, Opcode, Sender, apply_mask, write_frame};
use crate::wire::{Code, MessageType, Pdu, Protocol, signal};
use std::time::Duration;

const REQUEST: &[u8] = b"GET /.well-known/coap HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Protocol: coap\r\nSec-WebSocket-Version: 13\r\n\r\n";
const CSM: &[u8] = b"\x00\xe1";

fn unconnected() -> Pair {
    Pair::over(Protocol::Ws, Config::default(), Config::default())
}

fn pair() -> Pair {
    let mut pair = unconnected();
    pair.connect_stream();
    pair
}

/// A stranger who has opened a WebSocket to the server.
fn stranger(pair: &mut Pair) -> SessionId {
    let path = Path::new(address(SERVER), address("192.0.2.9:1"), 0);
    let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
    pair.server.reference(id);
    write(pair, id, REQUEST);
    write(pair, id, &frame(Opcode::Binary, CSM));
    id
}

fn write(pair: &mut Pair, id: SessionId, bytes: &[u8]) {
    pair.server.handle_stream(pair.now, id, bytes);
    pair.pump();
}

fn frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_frame(&mut out, opcode, Some([1, 2, 3, 4]), payload);
    out
}

/// A frame that is a part of a message.
fn part(opcode: Opcode, fin: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = frame(opcode, payload);
    out[0] = u8::from(fin) << 7 | opcode as u8;
    out
}

/// The frames in what the server has written behind its handshake.
fn frames(written: &[u8]) -> Vec<(Opcode, Vec<u8>)> {
    let head = written.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    let (mut rest, mut frames) = (&written[head..], Vec::new());
    while !rest.is_empty() {
        let (header, start) = FrameHeader::parse(rest, Sender::Server, usize::MAX).unwrap().unwrap();
        frames.push((header.opcode, rest[start..start + header.payload_len].to_vec()));
        rest = &rest[start + header.payload_len..];
    }
    frames
}

/// What the server writes to a stranger who reads it.
fn read_all(pair: &mut Pair, id: SessionId) -> Vec<u8> {
    let mut written = Vec::new();
    loop {
        pair.pump();
        let bytes = pair.server.stream(id).unwrap_or_default().to_vec();
        if bytes.is_empty() {
            return written;
        }
        pair.server.stream_written(pair.now, id, bytes.len());
        written.extend(bytes);
    }
}

/// What the server closes the WebSocket of a stranger with, who writes that.
fn close_for(bytes: &[u8]) -> Option<CloseCode> {
    let mut pair = pair();
    let id = stranger(&mut pair);
    write(&mut pair, id, bytes);
    assert!(pair.server.census().stream_bytes < 4096 + bytes.len());
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT), "others are served");
    let frames = frames(&read_all(&mut pair, id));
    match frames.last() {
        Some((Opcode::Close, payload)) => {
            assert!(events(&pair.server_told).contains(&SessionEvent::WsClosed));
            Some(CloseCode(u16::from_be_bytes(payload[..2].try_into().unwrap())))
        }
        _ => None,
    }
}

#[test]
fn a_session_is_established_after_handshake_and_csms() {
    let mut pair = unconnected();
    let get = pair.get();
    pair.send(get);
    pair.connect_stream();
    let at_client = [SessionEvent::TcpConnected, SessionEvent::WsConnected, SessionEvent::Connected];
    assert_eq!(events(&pair.client_told), at_client);
    let at_server = [
        SessionEvent::TcpConnected,
        SessionEvent::ServerNew,
        SessionEvent::WsConnected,
        SessionEvent::Connected,
    ];
    assert_eq!(events(&pair.server_told), at_server);
    assert!(pair.pipes[0].record.starts_with(b"GET /.well-known/coap HTTP/1.1\r\nHost: 192.0.2.2:5683\r\n"));
    assert!(pair.pipes[1].record.starts_with(b"HTTP/1.1 101 "));
    assert_eq!(pair.served(), 1, "what waited went out");
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
}

#[test]
fn the_host_is_what_the_application_says() {
    let mut pair = unconnected();
    for wrong in ["", "a b", "a\r\nb", &"x".repeat(256)] {
        assert!(!pair.client.set_websocket_host(pair.session, wrong), "{wrong:?}");
    }
    assert!(pair.client.set_websocket_host(pair.session, "example.org:8080"));
    pair.connect_stream();
    let head = String::from_utf8_lossy(&pair.pipes[0].record).into_owned();
    assert!(head.contains("\r\nHost: example.org:8080\r\n"));
    assert!(!pair.client.set_websocket_host(pair.session, "late"));
    assert!(!pair.server.set_websocket_host(pair.accepted(), "a"));
}

#[test]
fn clients_mask_and_servers_do_not() {
    let mut pair = pair();
    let start = pair.pipes.each_ref().map(|pipe| pipe.record.len());
    let get = pair.get();
    let mut expected = get.clone();
    let mut masks = Vec::new();
    for _ in 0..2 {
        pair.send(get.clone());
    }
    let mut rest = &pair.pipes[0].record[start[0]..];
    while !rest.is_empty() {
        let (header, at) = FrameHeader::parse(rest, Sender::Client, 1000).unwrap().unwrap();
        let mut payload = rest[at..at + header.payload_len].to_vec();
        apply_mask(header.mask.unwrap(), 0, &mut payload);
        assert_eq!(payload, expected.encode_websocket());
        masks.push(header.mask);
        rest = &rest[at + header.payload_len..];
    }
    assert!(masks.len() == 2 && masks[0] != masks[1], "each has a mask of its own");
    let answer = &pair.pipes[1].record[start[1]..];
    let (header, _) = FrameHeader::parse(answer, Sender::Server, 1000).unwrap().unwrap();
    assert_eq!((header.mask, header.opcode), (None, Opcode::Binary));
}

#[test]
fn messages_may_come_in_any_pieces() {
    for cut in (1..30).chain([100, 199, 200, 201]) {
        let mut pair = unconnected();
        for pipe in &mut pair.pipes {
            pipe.cut = cut;
        }
        for length in [0, 100, 125, 126, 400] {
            let mut post = pair.request(MessageType::Con, Code::POST, "test");
            post.set_payload(&vec![b'x'; length]).unwrap();
            pair.client.send(pair.now, pair.session, post).unwrap();
        }
        pair.connect_stream();
        assert_eq!(pair.served(), 5, "in pieces of {cut}");
        assert_eq!(pair.server.census().stream_bytes + pair.client.census().stream_bytes, 0);
    }
}

#[test]
fn a_message_may_come_in_several_frames_with_pings_between() {
    let mut pair = pair();
    let id = stranger(&mut pair);
    let mut get = Pdu::new(MessageType::Con, Code::GET, 0, 0);
    get.set_token(b"token").unwrap();
    get.add_option(crate::wire::option::URI_PATH, b"test").unwrap();
    let message = get.encode_websocket().to_vec();
    for cuts in [[0, 1], [1, 2], [2, 2], [1, 9], [9, message.len()]] {
        let served = pair.served();
        write(&mut pair, id, &part(Opcode::Binary, false, &message[..cuts[0]]));
        write(&mut pair, id, &frame(Opcode::Ping, b"are you there?"));
        write(&mut pair, id, &part(Opcode::Continuation, false, &message[cuts[0]..cuts[1]]));
        assert_eq!(pair.served(), served);
        write(&mut pair, id, &part(Opcode::Continuation, true, &message[cuts[1]..]));
        assert_eq!(pair.served(), served + 1, "{cuts:?}");
    }
    let frames = frames(pair.server.stream(id).unwrap());
    let pongs =
        frames.iter().filter(|(opcode, payload)| *opcode == Opcode::Pong && payload == b"are you there?");
    assert_eq!(pongs.count(), 5);
}

#[test]
fn parts_of_a_message_have_to_become_one_in_time() {
    let mut pair = pair();
    let id = stranger(&mut pair);
    write(&mut pair, id, &part(Opcode::Binary, false, b""));
    for _ in 0..29 {
        pair.wait(Duration::from_secs(1));
        write(&mut pair, id, &part(Opcode::Continuation, false, b""));
    }
    assert_eq!(pair.server.session(id).unwrap().state(), SessionState::Established);
    pair.wait(Duration::from_secs(1));
    assert_eq!(pair.server.session(id).unwrap().state(), SessionState::None);
}

#[test]
fn a_close_is_answered_with_its_code() {
    assert_eq!(close_for(&frame(Opcode::Close, b"\x03\xe9")), Some(CloseCode::GOING_AWAY));
    assert_eq!(close_for(&frame(Opcode::Close, b"")), Some(CloseCode::NORMAL));
    let mut pair = pair();
    pair.client.disconnect(pair.now, pair.session, NackReason::NotDeliverable);
    pair.pump();
    let ending = [SessionEvent::TcpClosed, SessionEvent::Disconnected, SessionEvent::WsClosed];
    assert!(events(&pair.client_told).ends_with(&ending));
    let at_server = [&ending[..], &[SessionEvent::ServerDeleted]].concat();
    assert!(events(&pair.server_told).ends_with(&at_server), "{:?}", events(&pair.server_told));
}

/// The rows of RFC 6455 section 7.4.1 that a peer can provoke.
#[test]
fn whoever_breaks_the_rules_is_told_which() {
    let mut unmasked = Vec::new();
    write_frame(&mut unmasked, Opcode::Binary, None, CSM);
    assert_eq!(close_for(&unmasked), Some(CloseCode::PROTOCOL_ERROR));
    assert_eq!(close_for(&[0x83, 0x80, 1, 2, 3, 4]), Some(CloseCode::PROTOCOL_ERROR), "reserved opcode");
    assert_eq!(close_for(&[0xc2, 0x80, 1, 2, 3, 4]), Some(CloseCode::PROTOCOL_ERROR), "reserved bit");
    assert_eq!(close_for(&part(Opcode::Ping, false, b"")), Some(CloseCode::PROTOCOL_ERROR));
    assert_eq!(close_for(&frame(Opcode::Ping, &[0; 126])), Some(CloseCode::PROTOCOL_ERROR));
    assert_eq!(close_for(&frame(Opcode::Close, b"\x03")), Some(CloseCode::PROTOCOL_ERROR));
    assert_eq!(close_for(&frame(Opcode::Continuation, b"")), Some(CloseCode::PROTOCOL_ERROR));
    let twice = [part(Opcode::Binary, false, b"a"), part(Opcode::Binary, true, b"b")].concat();
    assert_eq!(close_for(&twice), Some(CloseCode::PROTOCOL_ERROR));
    assert_eq!(close_for(&frame(Opcode::Text, b"hello")), Some(CloseCode::UNSUPPORTED_DATA));
    let too_long = [0x82, 0xff, 0, 0, 0, 0, 0, 0x80, 1, 1, 0, 0, 0, 0, b'a', b'b'];
    assert_eq!(close_for(&too_long), Some(CloseCode::TOO_BIG));
    let half = vec![0; 5 << 20];
    let halves = [part(Opcode::Binary, false, &half), part(Opcode::Continuation, true, &half)].concat();
    assert_eq!(close_for(&halves), Some(CloseCode::TOO_BIG), "all parts together count");
    // A message that is none: an Abort says so, then the WebSocket is closed as usual.
    assert_eq!(close_for(&frame(Opcode::Binary, b"\x00")), Some(CloseCode::NORMAL));
    assert_eq!(close_for(&frame(Opcode::Pong, b"unasked")), None);
}

#[test]
fn a_flood_of_pings_does_not_fill_the_memory() {
    let server = Config { stream_output_bytes: 10_000, ..Config::default() };
    let mut pair = Pair::over(Protocol::Ws, Config::default(), server);
    pair.connect_stream();
    let id = stranger(&mut pair);
    let pings = frame(Opcode::Ping, &[7; 125]).repeat(100);
    for _ in 0..100 {
        if pair.server.reads_stream(id) {
            write(&mut pair, id, &pings);
        }
    }
    assert!(!pair.server.reads_stream(id));
    let held = pair.server.census().stream_bytes;
    assert!(held < 25_000, "{held}");
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
}

#[test]
fn what_is_no_handshake_is_refused() {
    let answer = |request: &[u8]| {
        let mut pair = pair();
        let path = Path::new(address(SERVER), address("192.0.2.9:1"), 0);
        let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
        pair.server.reference(id);
        write(&mut pair, id, request);
        let written = pair.server.stream(id).unwrap_or_default();
        let line = String::from_utf8_lossy(written).lines().next().map(str::to_owned);
        assert!(pair.server.census().stream_bytes < 10_000);
        let ended = pair.server.session(id).unwrap().state() == SessionState::None;
        assert_eq!(ended, line.is_some());
        line
    };
    for length in [80, 1000, 10_000, 100_000] {
        let request =
            [b"GET /.well-known/coap HTTP/1.1\r\nHost: ", &vec![b'a'; length][..], b"\r\n\r\n"].concat();
        let line = answer(&request).unwrap();
        assert!(line.starts_with("HTTP/1.1 4"), "{line}");
    }
    assert_eq!(answer(&[b'a'; 100]), None, "it may become one");
    assert!(answer(&[b'a'; 100_000]).is_some());
    assert_eq!(answer(b"GET / HTTP/1.1\r\n\r\n").as_deref(), Some("HTTP/1.1 404 Not Found"));
    assert_eq!(answer(b"\x00\xe1\r\n").as_deref(), Some("HTTP/1.1 400 Bad Request"));
}

#[test]
fn a_handshake_has_to_be_complete_in_time() {
    let mut pair = pair();
    let path = Path::new(address(SERVER), address("192.0.2.9:1"), 0);
    let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
    for byte in REQUEST.iter().take(30) {
        pair.wait(Duration::from_secs(1));
        pair.server.handle_stream(pair.now, id, &[*byte]);
    }
    pair.pump();
    assert!(pair.server.session(id).is_none());
}

#[test]
fn a_wrong_answer_to_the_key_fails_the_session() {
    let mut pair = unconnected();
    let get = pair.get();
    let mid = pair.send(get);
    pair.client.handle_connected(pair.now, pair.session, address("192.0.2.1:40000"));
    let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: coap\r\n\r\n";
    pair.client.handle_stream(pair.now, pair.session, answer);
    pair.pump();
    assert_eq!(pair.nacks(), [(NackReason::WsLayerFailed, mid)]);
    let expected = [SessionEvent::TcpConnected, SessionEvent::TcpFailed, SessionEvent::Failed];
    assert_eq!(events(&pair.client_told), expected);
}

#[test]
fn requests_wait_while_their_answers_are_not_read() {
    let server = Config { stream_output_bytes: 20_000, ..Config::default() };
    let mut pair = Pair::over(Protocol::Ws, Config::default(), server);
    pair.connect_stream();
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[0; 1000]).unwrap();
    });
    (pair.pipes[1].stalled, pair.pipes[1].capacity) = (true, 1000);
    for _ in 0..200 {
        let get = pair.get();
        pair.client.send(pair.now, pair.session, get).unwrap();
    }
    pair.pump();
    assert!(pair.served() < 40);
    pair.pipes[1].stalled = false;
    pair.pump();
    let responses = pair.client_told.iter().filter(|told| matches!(told, Told::Response(..))).count();
    assert_eq!((pair.served(), responses), (200, 200));
}

#[test]
fn a_request_right_before_a_close_is_answered() {
    for cut in [false, true] {
        let mut pair = pair();
        let id = stranger(&mut pair);
        let mut get = pair.get();
        let close = if cut { Vec::new() } else { frame(Opcode::Close, &1000u16.to_be_bytes()) };
        let bytes = [frame(Opcode::Binary, get.encode_websocket()), close].concat();
        pair.server.handle_stream(pair.now, id, &bytes);
        if cut {
            pair.server.handle_stream_end(pair.now, id, StreamEnd::Closed);
        }
        let frames = frames(&read_all(&mut pair, id));
        let (last, before) = (frames.last().unwrap(), &frames[frames.len() - 2]);
        let response = if cut { last } else { before };
        assert_eq!(Pdu::decode_websocket(&response.1).unwrap().code(), Code::CONTENT);
        assert_eq!(last.0 == Opcode::Close, !cut);
        assert_eq!(pair.server.stream(id), None);
    }
}

#[test]
fn custody_in_parts_is_given_when_what_came_before_is_done() {
    let mut pair = pair();
    let id = stranger(&mut pair);
    let mut get = pair.get();
    let mut ping = Pdu::new(MessageType::Con, Code::PING, 0, 0);
    ping.add_option(signal::CUSTODY, b"").unwrap();
    let ping = ping.encode_websocket();
    let bytes = [
        frame(Opcode::Binary, get.encode_websocket()),
        part(Opcode::Binary, false, &ping[..1]),
        part(Opcode::Continuation, true, &ping[1..]),
    ]
    .concat();
    write(&mut pair, id, &bytes);
    let codes: Vec<_> = frames(pair.server.stream(id).unwrap())
        .iter()
        .map(|(_, message)| Pdu::decode_websocket(message).unwrap().code())
        .collect();
    assert_eq!(codes, [Code::CSM, Code::CONTENT, Code::PONG]);
}

#[test]
fn nothing_is_said_on_a_stream_that_has_ended() {
    for end in [StreamEnd::Closed, StreamEnd::Broken] {
        let mut pair = pair();
        let id = stranger(&mut pair);
        let count = pair.server.stream(id).unwrap().len();
        pair.server.stream_written(pair.now, id, count);
        pair.server.handle_stream_end(pair.now, id, end);
        assert_eq!(pair.server.stream(id), None, "no Close frame");
        pair.pump();
        assert!(events(&pair.server_told).contains(&SessionEvent::WsClosed));
    }
}

#[test]
fn a_ping_that_is_complete_leaves_what_follows_its_own_time() {
    let mut pair = pair();
    let id = stranger(&mut pair);
    let ping = frame(Opcode::Ping, b"1234567890");
    for _ in 0..4 {
        write(&mut pair, id, &ping[..8]);
        pair.wait(Duration::from_secs(20));
        write(&mut pair, id, &ping[8..]);
        assert_eq!(pair.server.session(id).unwrap().state(), SessionState::Established);
        write(&mut pair, id, &[&ping[..], &ping[..8]].concat());
        pair.wait(Duration::from_secs(20));
        write(&mut pair, id, &[&ping[8..], &ping[..8]].concat());
        pair.wait(Duration::from_secs(20));
        write(&mut pair, id, &ping[8..]);
        assert_eq!(pair.server.session(id).unwrap().state(), SessionState::Established);
    }
}
