//! Who keeps a session, and how it ends.
use super::testing::{CLIENT, GROUP, Pair, SERVER, Told, address};
use crate::block::BlockMode;
use crate::engine::{
    Config, Connect, Engine, Event, NackReason, OpenError, Path, SendError, SessionType, Via,
};
use crate::wire::{BlockValue, Code, MessageType, Pdu, Protocol, option};
use std::time::{Duration, Instant};

/// What happened to sessions.
fn story(told: &[Told]) -> Vec<String> {
    let line = |told: &Told| match told {
        Told::Session(event) => Some(format!("{event:?}")),
        Told::Closed => Some("Closed".into()),
        Told::Nack(reason, _) => Some(format!("{reason:?}")),
        _ => None,
    };
    told.iter().filter_map(line).collect()
}

#[test]
fn a_client_session_lives_as_long_as_it_is_referenced() {
    let mut pair = Pair::new();
    let (now, id) = (pair.now, pair.session);
    assert_eq!(pair.client.session(id).unwrap().refs(), 1);
    assert!(pair.client.reference(id));
    assert!(pair.client.release(now, id));
    pair.pump();
    assert!(pair.client_told.is_empty());
    assert!(pair.client.release(now, id));
    assert!(pair.client.session(id).unwrap().is_closed(), "until it is forgotten it can be looked at");
    for refused in [pair.client.release(now, id), pair.client.reference(id), pair.client.pin(id)] {
        assert!(!refused, "there is nothing to release or to keep");
    }
    let get = Pdu::new(MessageType::Con, Code::GET, 1, 0);
    assert_eq!(pair.client.send(now, id, get), Err(SendError::Closed));
    assert_eq!(pair.client.find_session(&address(SERVER), 0), None);
    pair.pump();
    assert_eq!(story(&pair.client_told), ["Closed"]);
    assert!(pair.client.session(id).is_none());
}

#[test]
fn a_released_client_session_ends_when_its_last_message_is_answered() {
    let mut pair = Pair::new();
    pair.lose = 1;
    let (first, second) = (pair.get(), pair.get());
    pair.send(first);
    pair.send(second);
    let now = pair.now;
    pair.client.release(now, pair.session);
    pair.pump();
    assert!(pair.client_told.is_empty());
    pair.wait(Duration::from_secs(10));
    let [.., Told::Response(..), Told::Response(..), Told::Closed] = &pair.client_told[..] else {
        panic!("{:?}", pair.client_told)
    };
}

#[test]
fn calls_in_progress_keep_a_session() {
    let mut pair = Pair::new();
    let (now, id) = (pair.now, pair.session);
    assert!(pair.client.pin(id));
    assert!(pair.client.release(now, id));
    assert!(!pair.client.session(id).unwrap().is_closed());
    pair.client.unpin(now, id);
    assert!(pair.client.session(id).unwrap().is_closed());
}

#[test]
fn disconnecting_tells_of_every_message_and_nothing_more_is_sent() {
    for reason in
        [NackReason::NotDeliverable, NackReason::Rst, NackReason::TlsFailed, NackReason::BadResponse]
    {
        let mut pair = Pair::new();
        pair.lose = usize::MAX;
        let requests: Vec<_> = (0..3).map(|_| pair.get()).collect();
        let mids: Vec<_> = requests.into_iter().map(|request| pair.send(request)).collect();
        let now = pair.now;
        pair.client.disconnect(now, pair.session, reason);
        pair.pump();
        // Those that wait come first, as with libcoap.
        assert_eq!(pair.nacks(), [(reason, mids[1]), (reason, mids[2]), (reason, mids[0])]);
        let request = pair.get();
        assert_eq!(pair.client.send(now, pair.session, request), Err(SendError::NotConnected));
        pair.wait(Duration::from_secs(100));
        assert_eq!(pair.wire.len(), 1);
        assert!(!pair.client.session(pair.session).unwrap().is_closed(), "it is still referenced");
        pair.client.release(now, pair.session);
        pair.pump();
        assert_eq!(story(&pair.client_told).last().map(String::as_str), Some("Closed"));
    }
}

#[test]
fn a_disconnected_server_session_serves_its_peer_again() {
    let mut pair = Pair::new();
    let request = pair.get();
    pair.send(request);
    let (now, id) = (pair.now, pair.server_session());
    let mut notification = Pdu::new(MessageType::Con, Code::CONTENT, 5, 0);
    notification.set_token(b"t").unwrap();
    pair.lose = 1;
    pair.server.send(now, id, notification).unwrap();
    pair.server.disconnect(now, id, NackReason::NotDeliverable);
    pair.pump();
    assert_eq!(story(&pair.server_told), ["ServerNew", "NotDeliverable"]);
    let request = pair.get();
    assert_eq!(pair.ask(request), Some(Code::CONTENT));
}

#[test]
fn an_idle_server_session_goes_after_its_time() {
    let mut pair = Pair::new();
    let request = pair.get();
    pair.send(request);
    let id = pair.server_session();
    pair.wait(Duration::from_secs(299));
    let request = pair.get();
    pair.send(request);
    pair.wait(Duration::from_secs(299));
    assert_eq!(pair.server.sessions().collect::<Vec<_>>(), [id], "each message starts the time anew");
    pair.wait(Duration::from_secs(2));
    assert_eq!(story(&pair.server_told), ["ServerNew", "ServerDeleted", "Closed"]);
    assert_eq!(pair.server.poll_timeout(), None);
    let request = pair.get();
    pair.send(request);
    assert_ne!(pair.server_session(), id, "an id never names a later session");
}

#[test]
fn a_referenced_server_session_stays() {
    let mut pair = Pair::new();
    let request = pair.get();
    pair.send(request);
    let id = pair.server_session();
    assert!(pair.server.reference(id));
    pair.wait(Duration::from_secs(10_000));
    assert_eq!(pair.server_session(), id);
    let now = pair.now;
    assert!(pair.server.release(now, id));
    assert!(!pair.server.release(now, id));
    pair.wait(Duration::from_secs(299));
    assert_eq!(story(&pair.server_told), ["ServerNew"], "it fell idle when it was released");
    pair.wait(Duration::from_secs(2));
    assert_eq!(story(&pair.server_told), ["ServerNew", "ServerDeleted", "Closed"]);
}

#[test]
fn above_the_limit_the_session_that_was_silent_for_longest_makes_room() {
    let mut pair = Pair::with(Config::default(), Config { max_idle_sessions: 3, ..Config::default() });
    let peer = |port: u16| address(&format!("192.0.2.7:{port}"));
    let ping = Pdu::new(MessageType::Con, Code::EMPTY, 1, 0).encode_udp().to_vec();
    for port in [1, 2, 3, 1] {
        pair.inject(peer(port), address(SERVER), &ping);
        pair.wait(Duration::from_secs(1));
    }
    let kept = pair.server.find_session(&peer(3), 1).unwrap();
    assert!(pair.server.reference(kept));
    for port in [4, 5] {
        pair.inject(peer(port), address(SERVER), &ping);
        pair.wait(Duration::from_secs(1));
    }
    let there: Vec<_> = (1..=5).filter(|port| pair.server.find_session(&peer(*port), 1).is_some()).collect();
    assert_eq!(there, [1, 3, 4, 5], "2 was silent for longest; 3 is in use and does not count");
    assert_eq!(pair.server.find_session(&peer(1), 2), None, "another interface");
}

#[test]
fn a_peer_that_writes_to_two_endpoints_has_a_session_with_each() {
    let mut pair = Pair::new();
    let (peer, first) = (address("192.0.2.7:1"), pair.endpoint);
    let second = pair.server.open_endpoint(address("192.0.2.2:5700"), Protocol::Udp).unwrap();
    let ping = Pdu::new(MessageType::Con, Code::EMPTY, 1, 0).encode_udp().to_vec();
    for endpoint in [first, second, first, second] {
        pair.endpoint = endpoint;
        pair.inject(peer, address(SERVER), &ping);
        pair.pump();
    }
    let of = |pair: &Pair, endpoint| pair.server.find_peer(endpoint, &peer);
    assert_eq!(pair.server.sessions().count(), 2);
    assert_ne!(of(&pair, first), of(&pair, second));
    pair.server.close_endpoint(pair.now, first);
    pair.pump();
    assert_eq!((of(&pair, first), pair.server.find_session(&peer, 1)), (None, of(&pair, second)));
    assert!(of(&pair, second).is_some());
}

#[test]
fn a_request_that_waits_for_its_handler_keeps_its_session() {
    let mut pair = Pair::with(Config::default(), Config { max_idle_sessions: 1, ..Config::default() });
    let request = pair.get();
    let mut bytes = request.clone();
    let (now, from) = (pair.now, address(CLIENT));
    pair.inject(from, address(SERVER), bytes.encode_udp());
    for port in 1..10 {
        let peer = address(&format!("192.0.2.7:{port}"));
        pair.inject(peer, address(SERVER), Pdu::new(MessageType::Con, Code::EMPTY, 1, 0).encode_udp());
    }
    let Some(Event::Session { .. }) = pair.server.poll_event() else { panic!() };
    let Some(Event::Request(mut event)) = pair.server.poll_event() else { panic!() };
    event.response.set_code(Code::CONTENT);
    pair.server.finish_request(now, event);
    pair.pump();
    let answer = pair.wire.iter().find(|datagram| datagram.path.remote == from);
    assert_eq!(answer.map(|datagram| datagram.pdu().code()), Some(Code::CONTENT));
    assert_eq!(
        pair.server.find_session(&from, 1).and_then(|id| pair.server.session(id)).map(|it| it.is_held()),
        Some(false)
    );
}

#[test]
fn a_session_that_falls_idle_gives_back_what_few_sessions_have() {
    let in_blocks =
        Config { block_mode: BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY), ..Config::default() };
    let mut pair = Pair::with(Config::default(), in_blocks);
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
    let id = pair.server_session();
    let has_own = |pair: &Pair| pair.server.sessions.get(id).is_some_and(|it| it.rare.own().is_some());
    assert!(!has_own(&pair), "requests and responses need none of it");
    let ping = Pdu::new(MessageType::Con, Code::EMPTY, 1, 0);
    assert_eq!(pair.server.send(pair.now, id, ping), Ok(1));
    assert!(has_own(&pair), "a message is under way");
    pair.pump();
    assert!(!has_own(&pair));
    assert_eq!(pair.server.census().exchanges, 0);
    // A body that comes in: it takes nothing when it is there.
    for (block, is_under_way) in [
        (BlockValue { num: 0, more: true, szx: 0 }, true),
        (BlockValue { num: 1, more: false, szx: 0 }, false),
    ] {
        let mut put = pair.get();
        put.insert_option(option::BLOCK1, &block.encode()).unwrap();
        put.set_payload(&[7; 16]).unwrap();
        pair.ask(put);
        assert_eq!(has_own(&pair), is_under_way, "{block:?}");
    }
    // A body of one block is a body, too.
    let mut get = pair.get();
    get.insert_option(option::BLOCK1, &[]).unwrap();
    get.set_payload(b"all of it").unwrap();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
    assert!(!has_own(&pair));
}

#[test]
fn a_closed_endpoint_takes_its_sessions_with_it() {
    let mut pair = Pair::new();
    let request = pair.get();
    pair.send(request);
    let id = pair.server_session();
    pair.server.reference(id);
    let now = pair.now;
    pair.server.close_endpoint(now, pair.endpoint);
    pair.pump();
    assert_eq!(story(&pair.server_told), ["ServerNew", "ServerDeleted", "Closed"]);
    assert!(pair.server.endpoint(pair.endpoint).is_none());
    let request = pair.get();
    pair.send(request);
    assert_eq!(pair.server.sessions().count(), 0, "nobody listens");
}

#[test]
fn a_server_session_can_become_a_client_session() {
    let mut pair = Pair::new();
    let request = pair.get();
    pair.send(request);
    let (now, id) = (pair.now, pair.server_session());
    assert!(pair.server.set_type_client(id));
    assert!(!pair.server.set_type_client(id), "it is one");
    let session = pair.server.session(id).unwrap();
    assert_eq!((session.kind(), session.refs()), (SessionType::Client, 1));
    pair.wait(Duration::from_secs(1000));
    assert_eq!(pair.server_session(), id);
    // It calls home: the request goes out of the endpoint's socket.
    let call = Pdu::new(MessageType::Con, Code::GET, 1, 0);
    pair.server.send(now, id, call).unwrap();
    assert_eq!(pair.server.poll_transmit().map(|transmit| transmit.via), Some(Via::Endpoint(pair.endpoint)));
    pair.server.cancel(id, 1).unwrap();
    pair.server.release(now, id);
    pair.pump();
    assert_eq!(story(&pair.server_told), ["ServerNew", "Closed"]);
}

#[test]
fn what_the_peer_of_a_session_that_has_just_ended_sends_is_of_a_new_one() {
    let mut pair = Pair::new();
    // It is known, and known as the one that came last.
    for _ in 0..2 {
        let request = pair.get();
        pair.send(request);
    }
    let (now, id) = (pair.now, pair.server_session());
    assert!(pair.server.set_type_client(id));
    pair.server.release(now, id);
    assert!(pair.server.session(id).is_some_and(|session| session.is_closed()), "nobody has been told yet");
    let mut request = pair.get();
    pair.inject(address(CLIENT), address(SERVER), request.encode_udp());
    pair.pump();
    assert_eq!(story(&pair.server_told), ["ServerNew", "Closed", "ServerNew"]);
    assert_eq!(pair.served(), 3);
}

#[test]
fn a_peer_that_writes_to_another_endpoint_next_has_a_session_there_too() {
    let mut pair = Pair::new();
    let other = pair.server.open_endpoint(address("192.0.2.2:5684"), Protocol::Udp).unwrap();
    for endpoint in [pair.endpoint, pair.endpoint, other, pair.endpoint] {
        let path = Path::new(address(SERVER), address(CLIENT), 1);
        let mut request = pair.get();
        pair.server.handle_datagram(pair.now, Via::Endpoint(endpoint), path, request.encode_udp());
        pair.pump();
    }
    assert_eq!(pair.server.sessions().count(), 2);
    let [one, two] = [pair.endpoint, other].map(|at| pair.server.find_peer(at, &address(CLIENT)));
    assert!(one.is_some() && two.is_some() && one != two);
    assert_eq!(pair.served(), 4);
}

#[test]
fn families_must_match_and_groups_are_reached_over_udp_alone() {
    let now = Instant::now();
    let mut engine = Engine::new(Config::default(), now, [0; 32]);
    let connect =
        |local: &str, protocol| Connect { local: Some(address(local)), remote: address(SERVER), protocol };
    assert!(engine.connect(now, connect("[::1]:0", Protocol::Udp)).is_err());
    for protocol in [Protocol::Dtls, Protocol::Tcp, Protocol::Wss] {
        let to = Connect { local: None, remote: address(GROUP), protocol };
        assert_eq!(engine.connect(now, to), Err(OpenError::GroupOver(protocol.name())));
    }
    assert_eq!(engine.sessions().count(), 0);
    let (a, b) = (connect(CLIENT, Protocol::Udp), connect("192.0.2.1:40001", Protocol::Udp));
    let (a, b) = (engine.connect(now, a).unwrap(), engine.connect(now, b).unwrap());
    assert_eq!(engine.find_session(&address(SERVER), 0), Some(a), "the older of two with one peer");
    engine.release(now, a);
    assert_eq!(engine.find_session(&address(SERVER), 0), Some(b));
    assert_eq!(engine.session_at(b.slot()), Some(b));
    assert!(!engine.is_connected(&address(CLIENT), &address(SERVER)), "the first has ended");
    assert!(engine.is_connected(&address("192.0.2.1:40001"), &address(SERVER)));
    engine.set_local(b, address(CLIENT));
    assert!(engine.is_connected(&address(CLIENT), &address(SERVER)));
    assert!(!engine.is_connected(&address("192.0.2.1:40001"), &address(SERVER)));
}

#[test]
fn sessions_describe_themselves_as_in_libcoaps_log_lines() {
    let mut pair = Pair::new();
    let request = pair.get();
    pair.send(request);
    let client = pair.client.session(pair.session).unwrap();
    assert_eq!(client.describe(), "192.0.2.1:40000 <-> 192.0.2.2:5683 UDP ");
    let server = pair.server.session(pair.server_session()).unwrap();
    assert_eq!(server.describe(), "192.0.2.2:5683 <-> 192.0.2.1:40000 (if1) UDP ");
    assert_eq!((client.mtu(), client.max_pdu_size()), (1152, 1148));
}

#[test]
fn what_is_not_coap_makes_no_session() {
    let mut pair = Pair::new();
    for bytes in [&b""[..], b"\x40\x01\x00", b"\x00\x01\x00\x01", b"\x80\x01\x00\x01", b"\xc0\x01\x00\x01"] {
        pair.inject(address(CLIENT), address(SERVER), bytes);
    }
    pair.pump();
    assert!(pair.server_told.is_empty() && pair.wire.is_empty());
    // Malformed messages of our version are rejected, unless they must not be (RFC 7252 section 4.2, 4.3).
    for (first, answers) in [(0x40, 1), (0x50, 1), (0x60, 0), (0x70, 0)] {
        let before = pair.wire.len();
        pair.inject(address(CLIENT), address(SERVER), &[first, 1, 0, 7, 0xff]);
        pair.pump();
        assert_eq!(pair.wire.len() - before, answers, "{first:x}");
    }
    assert_eq!(story(&pair.server_told), ["ServerNew", "BadPacket", "BadPacket", "BadPacket", "BadPacket"]);
}

#[test]
fn sessions_that_end_together_go_in_turns() {
    let mut pair = Pair::new();
    let ping = Pdu::new(MessageType::Con, Code::EMPTY, 1, 0).encode_udp().to_vec();
    for port in 1..=3000 {
        pair.inject(address(&format!("192.0.2.7:{port}")), address(SERVER), &ping);
    }
    pair.pump();
    pair.now += Duration::from_secs(301);
    for left in [1976, 952, 0] {
        assert!(pair.server.poll_timeout().is_some_and(|at| at <= pair.now));
        pair.server.handle_timeout(pair.now);
        pair.pump();
        assert_eq!(pair.server.sessions().count(), left);
    }
    assert_eq!(pair.server.poll_timeout(), None);
}

#[test]
fn shutting_down_tells_only_of_what_was_never_sent() {
    let mut pair = Pair::new();
    pair.lose = usize::MAX;
    let (sent, waiting) = (pair.get(), pair.get());
    pair.send(sent);
    let mid = pair.send(waiting);
    assert!(pair.client.reference(pair.session));
    let now = pair.now;
    pair.client.shut_down(now);
    pair.pump();
    assert_eq!(pair.nacks(), [(NackReason::NotDeliverable, mid)]);
    assert_eq!(story(&pair.client_told), ["NotDeliverable", "Closed"]);
    assert!(!pair.client.pending());
    assert_eq!((pair.client.poll_timeout(), pair.client.sessions().count()), (None, 0));
}

#[test]
fn a_client_session_can_take_the_part_of_a_server_and_back() {
    let mut pair = Pair::new();
    let id = pair.session;
    assert!(!pair.client.set_type_client(id), "it is one");
    assert!(pair.client.set_type_server(id));
    assert!(!pair.client.set_type_server(id), "it is one now");
    let kind = |pair: &Pair| pair.client.session(id).map(|session| (session.kind(), session.refs()));
    assert_eq!(kind(&pair), Some((SessionType::Server, 1)));
    pair.wait(Duration::from_secs(3600));
    assert!(kind(&pair).is_some(), "its reference keeps it");
    assert!(pair.client.set_type_client(id));
    assert_eq!(kind(&pair), Some((SessionType::Client, 2)));
    assert!(pair.client.set_type_server(id));
    for _ in 0..2 {
        pair.client.release(pair.now, id);
    }
    pair.wait(Duration::from_secs(299));
    assert_eq!(kind(&pair), Some((SessionType::Server, 0)), "idle, as a server's");
    pair.wait(Duration::from_secs(1));
    assert_eq!(story(&pair.client_told), ["ServerDeleted", "Closed"]);
}

#[test]
fn a_session_whose_request_is_worked_on_is_not_idle() {
    let config = Config { max_idle_sessions: 2, ..Config::default() };
    let mut pair = Pair::with(Config::default(), config);
    let peer = |port: u16| address(&format!("192.0.2.7:{port}"));
    let ask = |pair: &mut Pair, port: u16| {
        let mut get = Pdu::new(MessageType::Con, Code::GET, port, 0);
        get.add_option(option::URI_PATH, b"test").unwrap();
        pair.inject(peer(port), address(SERVER), get.encode_udp());
        std::iter::from_fn(|| pair.server.poll_event()).find_map(|event| match event {
            Event::Request(request) => Some(request),
            _ => None,
        })
    };
    let slow = ask(&mut pair, 1).unwrap();
    for port in 2..6 {
        let request = ask(&mut pair, port).unwrap();
        pair.server.finish_request(pair.now, request);
        let left: Vec<_> =
            (1..6).filter(|port| pair.server.find_peer(pair.endpoint, &peer(*port)).is_some()).collect();
        let newest = [port - 1, port].into_iter().filter(|port| *port > 1);
        assert_eq!(
            left,
            std::iter::once(1).chain(newest).collect::<Vec<_>>(),
            "the first is not among the two"
        );
    }
    // Its idle time begins when that is over.
    pair.now += Duration::from_secs(200);
    pair.server.finish_request(pair.now, slow);
    pair.now += Duration::from_secs(299);
    pair.server.handle_timeout(pair.now);
    assert_eq!(pair.server.sessions.idle_count(), 1, "the others went long ago");
    pair.now += Duration::from_secs(1);
    assert!(pair.server.poll_timeout().is_some_and(|at| at <= pair.now));
    pair.server.handle_timeout(pair.now);
    assert_eq!(pair.server.sessions.idle_count(), 0);
}
