//! Requests to groups (RFC 7252 section 8).
use super::testing::{CLIENT, GROUP, Pair, SERVER, Told, address};
use crate::block::BlockMode;
use crate::engine::{Config, Connect, Event, Path, SendError, Via};
use crate::resource::flags;
use crate::wire::{Code, MessageType, Pdu, Protocol, option};
use std::time::Duration;

fn get(mid: u16, path: &str) -> Vec<u8> {
    let mut pdu = Pdu::new(MessageType::Non, Code::GET, mid, 0);
    pdu.set_token(&mid.to_be_bytes()).unwrap();
    pdu.add_option(option::URI_PATH, path.as_bytes()).unwrap();
    pdu.encode_udp().to_vec()
}

/// How requests reach a group: by its multicast address, and by the broadcast address of a network.
fn ways() -> [Path; 2] {
    let path = |local: &str| Path::new(address(local), address(CLIENT), 1);
    [path(GROUP), Path { broadcast: true, ..path("192.0.2.255:5683") }]
}

/// The code of what is answered to a group request.
fn answer(pair: &mut Pair, bytes: &[u8]) -> Option<Code> {
    answer_by(ways()[0], pair, bytes)
}

fn answer_by(way: Path, pair: &mut Pair, bytes: &[u8]) -> Option<Code> {
    let before = pair.wire.len();
    pair.inject_by(way, bytes);
    pair.wait(Duration::from_secs(6));
    pair.wire.get(before).map(|datagram| datagram.pdu().code())
}

#[test]
fn answers_come_after_a_part_of_the_leisure_from_an_address_of_this_node() {
    ways().into_iter().for_each(answers_to_it_come_at_leisure);
}

fn answers_to_it_come_at_leisure(way: Path) {
    let mut pair = Pair::new();
    let mut delays = Vec::new();
    for mid in 0..50 {
        let start = pair.elapsed();
        pair.inject_by(way, &get(mid, "test"));
        pair.pump();
        assert!(pair.server.pending());
        pair.wait(Duration::from_secs(5));
        let sent = pair.wire.last().unwrap();
        let from_here = Path::new(address(SERVER), address(CLIENT), 1);
        assert_eq!((pair.wire.len(), sent.path), (usize::from(mid) + 1, from_here));
        delays.push((sent.at - start).as_secs_f64());
    }
    let (least, most) =
        (delays.iter().copied().fold(9.0, f64::min), delays.iter().copied().fold(0.0, f64::max));
    assert!(least < 0.5 && (4.5..5.0).contains(&most), "{least} to {most}");
}

#[test]
fn errors_are_not_answered_and_confirmable_requests_are_ignored() {
    ways().into_iter().for_each(no_more_than_good_answers_come);
}

fn no_more_than_good_answers_come(way: Path) {
    let mut pair = Pair::new();
    let answer = |pair: &mut Pair, bytes: &[u8]| answer_by(way, pair, bytes);
    assert_eq!(answer(&mut pair, &get(1, "test")), Some(Code::CONTENT));
    assert_eq!(answer(&mut pair, &get(2, "none")), None);
    let mut confirmable = get(3, "test");
    confirmable[0] &= 0xcf;
    assert_eq!(answer(&mut pair, &confirmable), None);
    let ping = Pdu::new(MessageType::Con, Code::EMPTY, 4, 0).encode_udp().to_vec();
    assert_eq!(answer(&mut pair, &ping), None);
    assert_eq!(answer(&mut pair, b"\x50\x01\x00\x05\xff"), None, "nor is malformed text");
    let mut critical = Pdu::new(MessageType::Non, Code::GET, 6, 0);
    critical.add_option(2047, b"").unwrap();
    assert_eq!(answer(&mut pair, critical.encode_udp()), None);
    pair.handler = Box::new(|_, response| response.set_kind(MessageType::Rst));
    assert_eq!(answer(&mut pair, &get(8, "test")), None);
    // The same peer is answered when it asks this node alone.
    pair.inject(address(CLIENT), address(SERVER), &get(7, "none"));
    pair.pump();
    assert_eq!(pair.wire.last().unwrap().pdu().code(), Code::NOT_FOUND);
    assert_eq!(pair.server.sessions().count(), 1, "one session, however it is reached");
}

#[test]
fn suppression_can_be_up_to_the_resource() {
    let mut pair = Pair::new();
    pair.server.config_mut().mcast_per_resource = true;
    let all = flags::HAS_MCAST_SUPPORT;
    pair.offer("plain", all);
    pair.offer("errors", all | flags::ALLOW_MCAST_4_XX | flags::ALLOW_MCAST_5_XX);
    pair.offer("no2xx", all | flags::SUPPRESS_MCAST_2_XX);
    pair.offer("no205", all | flags::SUPPRESS_MCAST_2_05);
    pair.handler = Box::new(|request, response| {
        let payload = request.payload();
        response.set_code(Code(payload[0]));
        response.set_payload(&payload[1..]).unwrap();
    });
    let mut mid = 0;
    let mut ask = |path: &str, code: Code, payload: &[u8]| {
        mid += 1;
        let mut request = Pdu::decode_udp(&get(mid, path)).unwrap();
        request.set_payload(&[&[code.0], payload].concat()).unwrap();
        answer(&mut pair, request.encode_udp()).is_some()
    };
    assert!(!ask("test", Code::CONTENT, b"x"), "not for groups");
    assert!(ask("plain", Code::CONTENT, b""));
    assert!(!ask("plain", Code::NOT_FOUND, b"") && !ask("plain", Code::INTERNAL_ERROR, b""));
    assert!(ask("errors", Code::NOT_FOUND, b"") && ask("errors", Code::INTERNAL_ERROR, b""));
    assert!(!ask("no2xx", Code::CONTENT, b"x"));
    assert!(
        !ask("no205", Code::CONTENT, b"")
            && ask("no205", Code::CONTENT, b"x")
            && ask("no205", Code::CHANGED, b"")
    );
    assert!(!ask("none", Code::CONTENT, b""));
}

#[test]
fn a_resource_may_answer_at_once() {
    let mut pair = Pair::new();
    pair.server.config_mut().mcast_per_resource = true;
    pair.offer("quick", flags::HAS_MCAST_SUPPORT | flags::DISABLE_MCAST_DELAYS);
    pair.inject(address(CLIENT), address(GROUP), &get(1, "quick"));
    pair.pump();
    assert_eq!(pair.wire.len(), 1);
}

#[test]
fn answers_that_wait_are_bounded() {
    let mut pair = Pair::new();
    for mid in 0..100 {
        pair.inject(address(CLIENT), address(GROUP), &get(mid, "test"));
        pair.pump();
    }
    assert_eq!(pair.server.exchanges.len(), 16, "for one peer");
    for n in 0..6000u32 {
        let peer = address(&format!("198.51.{}.{}:1", n / 250, n % 250));
        pair.inject(peer, address(GROUP), &get(1, "test"));
        pair.pump();
    }
    assert_eq!(pair.server.exchanges.len(), 4096, "for all");
    pair.wait(Duration::from_secs(400));
    assert!(!pair.server.pending());
    assert_eq!(pair.server.sessions().count(), 0);
}

#[test]
fn a_session_to_a_group_names_who_answered_until_the_next_send() {
    let mut pair = Pair::new();
    let to = Connect { local: None, remote: address(GROUP), protocol: Protocol::Udp };
    pair.session = pair.client.connect(pair.now, to).unwrap();
    let remote = |pair: &Pair| *pair.client.session(pair.session).unwrap().remote();
    assert_eq!(pair.client.session(pair.session).unwrap().multicast(), Some(&address(GROUP)));
    let confirmable = pair.get();
    assert_eq!(pair.client.send(pair.now, pair.session, confirmable), Err(SendError::ConfirmableToGroup));
    for round in 0..2 {
        let request = pair.request(MessageType::Non, Code::GET, "test");
        let token = request.token().to_vec();
        pair.client.send(pair.now, pair.session, request).unwrap();
        assert_eq!(remote(&pair), address(GROUP));
        assert_eq!(pair.client.poll_transmit().map(|transmit| transmit.path.remote), Some(address(GROUP)));
        // Two members answer, with the same message ID.
        for member in ["192.0.2.21:5683", "192.0.2.22:5683"] {
            let mut response = Pdu::new(MessageType::Non, Code::CONTENT, round, 0);
            response.set_token(&token).unwrap();
            pair.inject_to_client(address(member), response.encode_udp());
            pair.pump();
            assert_eq!(remote(&pair), address(member));
        }
    }
    let responses = pair.client_told.iter().filter(|told| matches!(told, Told::Response(..))).count();
    assert_eq!(responses, 4);
    assert_eq!(pair.client.find_session(&address(GROUP), 0), Some(pair.session));
}

#[test]
fn who_observes_a_group_and_cancels_rejects_each_member_that_notifies_on() {
    let mut pair =
        Pair::with(Config { block_mode: BlockMode::USE_LIBCOAP, ..Config::default() }, Config::default());
    let to = Connect { local: None, remote: address(GROUP), protocol: Protocol::Udp };
    pair.session = pair.client.connect(pair.now, to).unwrap();
    let mut request = pair.request(MessageType::Non, Code::GET, "test");
    request.insert_option(option::OBSERVE, b"").unwrap();
    let token = request.token().to_vec();
    pair.client.send(pair.now, pair.session, request).unwrap();
    assert!(!pair.client.cancel_group_observe(pair.session, &token), "nobody has accepted yet");
    // Says how the client answered, and whether the application got it.
    let says = |pair: &mut Pair, member: &str, mid: u16, number: Option<u8>| {
        let mut message = Pdu::new(MessageType::Con, Code::CONTENT, mid, 0);
        message.set_token(&token).unwrap();
        if let Some(number) = number {
            message.insert_option(option::OBSERVE, &[number]).unwrap();
        }
        let (wire, told) = (pair.wire.len(), pair.client_told.len());
        pair.inject_to_client(address(member), message.encode_udp());
        pair.pump();
        let answer = pair.wire[wire..].iter().find(|it| it.from_client && it.pdu().mid() == mid).unwrap();
        assert_eq!(answer.path.remote, address(member));
        let is_told = pair.client_told[told..].iter().any(|told| matches!(told, Told::Response(..)));
        (answer.pdu().kind(), is_told)
    };
    let [one, two, other] = ["192.0.2.21:5683", "192.0.2.22:5683", "192.0.2.23:5683"];
    let taken = (MessageType::Ack, true);
    assert_eq!(says(&mut pair, one, 1, Some(90)), taken);
    assert_eq!(says(&mut pair, two, 2, Some(10)), taken, "each counts for itself");
    assert_eq!(says(&mut pair, other, 3, None), taken, "it does not notify, but the others do");
    assert_eq!(pair.client.cancel_observe(pair.now, pair.session, &token, MessageType::Non), None);
    assert!(pair.client.cancel_group_observe(pair.session, &token));
    assert!(!pair.client.cancel_group_observe(pair.session, &token), "only once");
    let rejected = (MessageType::Rst, false);
    assert_eq!(says(&mut pair, one, 4, Some(91)), rejected);
    assert_eq!(says(&mut pair, two, 5, Some(11)), rejected);
    assert_eq!(says(&mut pair, other, 6, None), taken, "a late answer is none");
}

/// No message tells that nobody will.
#[test]
fn groups_that_nobody_answers_for_are_not_remembered_for_ever() {
    let mut pair =
        Pair::with(Config { block_mode: BlockMode::USE_LIBCOAP, ..Config::default() }, Config::default());
    let to = Connect { local: None, remote: address(GROUP), protocol: Protocol::Udp };
    pair.session = pair.client.connect(pair.now, to).unwrap();
    for _ in 0..100 {
        let mut request = pair.request(MessageType::Non, Code::GET, "test");
        request.insert_option(option::OBSERVE, b"").unwrap();
        pair.client.send(pair.now, pair.session, request).unwrap();
    }
    assert_eq!(pair.client.sessions.get(pair.session).unwrap().rare.registrations.len(), 32);
}

#[test]
fn a_handler_sees_who_it_is_called_for_and_answers_go_there() {
    let mut pair = Pair::new();
    let to = Connect { local: None, remote: address(GROUP), protocol: Protocol::Udp };
    pair.session = pair.client.connect(pair.now, to).unwrap();
    let request = pair.request(MessageType::Non, Code::GET, "test");
    let token = request.token().to_vec();
    pair.client.send(pair.now, pair.session, request).unwrap();
    pair.client.poll_transmit();
    let members = [address("192.0.2.21:5683"), address("192.0.2.22:5683")];
    for (mid, member) in members.into_iter().enumerate() {
        let mut response = Pdu::new(MessageType::Con, Code::CONTENT, mid as u16, 0);
        response.set_token(&token).unwrap();
        pair.inject_to_client(member, response.encode_udp());
    }
    // Both came before the application looked at the first.
    let mut tickets = Vec::new();
    for member in members {
        let Some(Event::Response(event)) = pair.client.poll_event() else { panic!() };
        pair.client.recall(&event.ticket.origin);
        assert_eq!(*pair.client.session(pair.session).unwrap().remote(), member);
        tickets.push(event.ticket);
    }
    for (ticket, member) in tickets.into_iter().zip(members) {
        pair.client.finish_response(pair.now, ticket, true);
        assert_eq!(pair.client.poll_transmit().map(|transmit| transmit.path.remote), Some(member));
    }
}

#[test]
fn an_answer_goes_the_way_its_request_came_whatever_came_since() {
    ways().into_iter().for_each(an_answer_goes_back_although_this_came_since);
}

fn an_answer_goes_back_although_this_came_since(way: Path) {
    let mut pair = Pair::new();
    let other = address("192.0.2.200:5683");
    pair.inject(address(CLIENT), other, &get(1, "test"));
    pair.inject_by(way, &get(2, "test"));
    // Neither is answered before both have come.
    let mut requests = Vec::new();
    while let Some(event) = pair.server.poll_event() {
        if let Event::Request(request) = event {
            requests.push(request);
        }
    }
    for mut event in requests {
        event.response.set_code(Code::CONTENT);
        pair.server.finish_request(pair.now, event);
    }
    assert_eq!(pair.server.poll_transmit().map(|transmit| transmit.path.local), Some(other), "at once");
    assert!(pair.server.poll_transmit().is_none() && pair.server.pending(), "at leisure");
}

#[test]
fn groups_of_two_links_have_one_address_and_different_members() {
    let mut pair = Pair::new();
    let group = |scope: u32| address(&format!("[ff02::fd%{scope}]:5683"));
    let member = |scope: u32| address(&format!("[fe80::7%{scope}]:5683"));
    let sessions = [3, 4].map(|scope| {
        let to =
            Connect { local: Some(address("[::]:40001")), remote: group(scope), protocol: Protocol::Udp };
        pair.client.connect(pair.now, to).unwrap()
    });
    for (session, scope) in sessions.into_iter().zip([3, 4]) {
        let mut request = Pdu::new(MessageType::Non, Code::GET, 1, 0);
        request.set_token(b"t").unwrap();
        pair.client.send(pair.now, session, request).unwrap();
        assert_eq!(pair.client.poll_transmit().unwrap().path.remote, group(scope));
        let mut response = Pdu::new(MessageType::Non, Code::CONTENT, 2, 0);
        response.set_token(b"t").unwrap();
        let path = Path::new(address("[fe80::1]:40001"), member(scope), scope);
        pair.client.handle_datagram(pair.now, Via::Session(session), path, response.encode_udp());
        let shown = pair.client.session(session).unwrap();
        assert_eq!((*shown.remote(), shown.multicast()), (member(scope), Some(&group(scope))));
    }
    // To a server, the same address on two links is two peers.
    for scope in [3, 4] {
        pair.inject(member(scope), group(scope), &get(9, "test"));
        pair.wait(Duration::from_secs(6));
        assert_eq!(pair.wire.last().unwrap().path.remote, member(scope));
    }
    assert_eq!((pair.served(), pair.server.sessions().count()), (2, 2));
}
