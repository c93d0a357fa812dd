//! Retransmission, turns and what acknowledges what (RFC 7252 section 4.2 to 4.7).
use super::testing::{CLIENT, Pair, SERVER, Told, address};
use crate::block::BlockMode;
use crate::engine::{Config, FixedPoint, NackReason, SendError, SessionEvent};
use crate::wire::{Code, MessageType, Pdu, option};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_piggybacked_response_ends_an_exchange() {
    let mut pair = Pair::new();
    let request = pair.get();
    let mid = pair.send(request.clone());
    assert_eq!(pair.wire.len(), 2);
    let answer = pair.wire[1].pdu();
    assert_eq!((answer.kind(), answer.code(), answer.mid()), (MessageType::Ack, Code::CONTENT, mid));
    assert_eq!(answer.token(), request.token());
    let [Told::Response(Some(sent), received)] = &pair.client_told[..] else {
        panic!("{:?}", pair.client_told)
    };
    assert_eq!((sent.mid(), received.payload()), (mid, &b"hello"[..]));
    assert!(!pair.client.pending());
    pair.wait(MINUTE);
    assert_eq!(pair.wire.len(), 2, "nothing is sent again");
}

#[test]
fn waits_double_until_the_last_retransmission_and_then_the_message_is_given_up() {
    let mut pair = Pair::new();
    pair.lose = usize::MAX;
    let request = pair.get();
    let mid = pair.send(request);
    pair.wait(2 * MINUTE);
    let times: Vec<_> = pair.wire.iter().map(|datagram| datagram.at.as_secs_f64()).collect();
    assert_eq!(times.len(), 5, "MAX_RETRANSMIT is 4");
    let first = times[1];
    assert!((2.0..3.0).contains(&first), "ACK_TIMEOUT to ACK_TIMEOUT * ACK_RANDOM_FACTOR");
    for (n, time) in times.iter().enumerate() {
        assert!((time - first * ((1 << n) - 1) as f64).abs() < 1e-6, "{times:?}");
    }
    assert!(pair.wire.windows(2).all(|pair| pair[0].bytes == pair[1].bytes));
    assert_eq!(pair.nacks(), [(NackReason::TooManyRetries, mid)]);
    let again = pair
        .client_told
        .iter()
        .filter(|told| matches!(told, Told::Session(SessionEvent::MessageRetransmitted)));
    assert_eq!(again.count(), 4);
}

#[test]
fn first_waits_spread_over_the_random_factor() {
    let mut pair = Pair::new();
    pair.lose = usize::MAX;
    let parameters = pair.client.session_mut(pair.session).unwrap().parameters_mut();
    parameters.ack_timeout = FixedPoint::new(1, 0);
    parameters.ack_random_factor = FixedPoint::new(3, 0);
    parameters.max_retransmit = 1;
    let mut waits = Vec::new();
    for _ in 0..200 {
        let request = pair.get();
        pair.send(request);
        pair.wait(MINUTE);
        let [.., first, second] = &pair.wire[..] else { panic!() };
        waits.push((second.at - first.at).as_secs_f64());
    }
    let (least, most) =
        (waits.iter().copied().fold(9.0, f64::min), waits.iter().copied().fold(0.0, f64::max));
    assert!((1.0..1.1).contains(&least) && (2.9..3.0).contains(&most), "{least} to {most}");
}

#[test]
fn nstart_messages_are_in_flight_and_the_others_wait_in_order() {
    let mut pair = Pair::new();
    pair.client.session_mut(pair.session).unwrap().parameters_mut().nstart = 2;
    pair.lose = 2;
    let mids: Vec<_> = (0..4)
        .map(|_| {
            let request = pair.get();
            pair.client.send(pair.now, pair.session, request).unwrap()
        })
        .collect();
    pair.pump();
    assert_eq!(pair.wire.len(), 2, "two in flight, two waiting");
    pair.wait(MINUTE);
    let mid = |told: &Told| match told {
        Told::Request(request) => mids.iter().position(|mid| *mid == request.mid()),
        _ => None,
    };
    let served: Vec<_> = pair.server_told.iter().filter_map(mid).collect();
    assert_eq!(served.len(), 4);
    let place = |n| served.iter().position(|served| *served == n);
    assert!(served[0] < 2, "one of those in flight has to be answered first");
    assert!(place(2) < place(3) && place(3).is_some(), "{served:?}");
}

#[test]
fn message_ids_under_way_are_not_used_twice() {
    let mut pair = Pair::new();
    pair.lose = usize::MAX;
    let request = pair.get();
    let mid = pair.send(request.clone());
    assert_eq!(pair.client.send(pair.now, pair.session, request), Err(SendError::MidInUse(mid)));
    for _ in 0..=u16::MAX {
        assert_ne!(pair.client.new_mid(pair.session), Some(mid));
    }
}

#[test]
fn an_acknowledgement_or_reset_for_nothing_in_flight_counts_for_nothing() {
    let mut pair = Pair::new();
    pair.lose = 1;
    let request = pair.get();
    let token = request.token().to_vec();
    let mid = pair.send(request);
    let server = address(SERVER);
    for kind in [MessageType::Ack, MessageType::Rst] {
        pair.inject_to_client(server, Pdu::new(kind, Code::EMPTY, mid.wrapping_add(1), 0).encode_udp());
    }
    // An acknowledgement with another token, or with a request in it, is forged.
    let mut forged = Pdu::new(MessageType::Ack, Code::CONTENT, mid, 0);
    forged.set_token(b"guess").unwrap();
    pair.inject_to_client(server, forged.encode_udp());
    let mut request_in_ack = Pdu::new(MessageType::Ack, Code::GET, mid, 0);
    request_in_ack.set_token(&token).unwrap();
    pair.inject_to_client(server, request_in_ack.encode_udp());
    // So is what does not come from the peer.
    pair.inject_to_client(
        address("192.0.2.66:5683"),
        Pdu::new(MessageType::Rst, Code::EMPTY, mid, 0).encode_udp(),
    );
    pair.pump();
    assert!(pair.client.pending() && pair.client_told.is_empty());
    pair.wait(MINUTE);
    assert!(pair.client_told.iter().any(|told| matches!(told, Told::Response(Some(_), _))));
}

#[test]
fn a_reset_is_the_end_of_what_it_answers() {
    let mut pair = Pair::new();
    pair.lose = 1;
    let request = pair.get();
    let mid = pair.send(request);
    pair.inject_to_client(address(SERVER), Pdu::new(MessageType::Rst, Code::EMPTY, mid, 0).encode_udp());
    pair.pump();
    assert_eq!(pair.nacks(), [(NackReason::Rst, mid)]);
    assert!(!pair.client.pending());
    // A non-confirmable message may be rejected, too: once.
    let request = pair.request(MessageType::Non, Code::GET, "test");
    pair.lose = 1;
    let mid = pair.send(request);
    for _ in 0..2 {
        pair.inject_to_client(address(SERVER), Pdu::new(MessageType::Rst, Code::EMPTY, mid, 0).encode_udp());
    }
    pair.pump();
    assert_eq!(pair.nacks()[1..], [(NackReason::Rst, mid)]);
}

#[test]
fn a_late_answer_comes_by_itself_and_is_acknowledged() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|_, _| {});
    let request = pair.get();
    let token = request.token().to_vec();
    pair.send(request);
    let empty = pair.wire[1].pdu();
    assert_eq!((empty.kind(), empty.code(), empty.len()), (MessageType::Ack, Code::EMPTY, 0));
    assert!(!pair.client.pending());
    let to = pair.server_session();
    let mid = pair.server.new_mid(to).unwrap();
    let mut late = Pdu::new(MessageType::Con, Code::CONTENT, mid, 0);
    late.set_token(&token).unwrap();
    pair.server.send(pair.now, to, late).unwrap();
    pair.pump();
    let [.., Told::Response(None, received)] = &pair.client_told[..] else {
        panic!("{:?}", pair.client_told)
    };
    assert_eq!(received.code(), Code::CONTENT);
    let last = pair.wire.last().unwrap().pdu();
    assert_eq!((last.kind(), last.mid()), (MessageType::Ack, mid));
    assert!(!pair.server.pending());
}

#[test]
fn a_separate_response_stops_the_request_although_its_acknowledgement_was_lost() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|_, _| {});
    let request = pair.get();
    let token = request.token().to_vec();
    pair.client.send(pair.now, pair.session, request).unwrap();
    let transmit = pair.client.poll_transmit().unwrap();
    pair.inject(address(CLIENT), address(SERVER), &transmit.bytes);
    pair.lose = 1;
    pair.pump();
    assert!(pair.client.pending());
    let to = pair.server_session();
    let mut late = Pdu::new(MessageType::Non, Code::CONTENT, 77, 0);
    late.set_token(&token).unwrap();
    pair.server.send(pair.now, to, late).unwrap();
    pair.pump();
    assert!(!pair.client.pending());
}

#[test]
fn a_response_that_the_application_refuses_is_reset() {
    let mut pair = Pair::new();
    pair.accepts = false;
    let request = pair.request(MessageType::Non, Code::GET, "test");
    pair.send(request);
    assert_eq!(pair.wire.last().unwrap().pdu().kind(), MessageType::Rst);
    // An acknowledgement cannot be rejected.
    let request = pair.get();
    pair.send(request);
    assert_eq!(pair.wire.last().unwrap().pdu().kind(), MessageType::Ack);
}

#[test]
fn responses_to_nobody_are_not_delivered() {
    let mut pair = Pair::new();
    let request = pair.get();
    pair.send(request);
    for (kind, answers) in [(MessageType::Con, 1), (MessageType::Non, 0)] {
        let before = (pair.wire.len(), pair.server_told.len());
        let mut response = Pdu::new(kind, Code::CONTENT, 9, 0);
        response.set_token(b"nobody").unwrap();
        pair.inject(address(CLIENT), address(SERVER), response.encode_udp());
        pair.pump();
        assert_eq!(pair.wire.len() - before.0, answers);
        assert_eq!(pair.server_told.len(), before.1);
    }
    assert_eq!(pair.wire.last().unwrap().pdu().kind(), MessageType::Rst);
}

#[test]
fn a_response_with_an_unknown_critical_option_is_as_bad_as_none() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.add_option(2047, b"").unwrap();
    });
    let request = pair.get();
    let mid = pair.send(request);
    assert_eq!(pair.nacks(), [(NackReason::BadResponse, mid)]);
    pair.client.register_option(2047);
    let request = pair.get();
    assert_eq!(pair.ask(request), Some(Code::CONTENT));
}

#[test]
fn cancelled_messages_are_silent_and_let_the_next_go() {
    let mut pair = Pair::new();
    pair.lose = 1;
    let (first, second) = (pair.get(), pair.get());
    let mid = pair.send(first.clone());
    pair.send(second);
    assert_eq!(
        pair.client.cancel(pair.session, mid).map(|pdu| pdu.token().to_vec()),
        Some(first.token().to_vec())
    );
    assert!(pair.client.cancel(pair.session, mid).is_none());
    pair.pump();
    assert_eq!(pair.wire.len(), 3, "the second went out and was answered");
    pair.lose = usize::MAX;
    let (third, mut fourth) = (pair.get(), pair.get());
    fourth.update_token(third.token()).unwrap();
    pair.send(third.clone());
    pair.send(fourth);
    assert_eq!(pair.client.cancel_token(pair.session, b"other"), 0);
    assert_eq!(pair.client.cancel_token(pair.session, third.token()), 2);
    assert!(!pair.client.pending() && pair.nacks().is_empty());
}

#[test]
fn an_icmp_error_is_reported_and_nothing_is_lost() {
    let mut pair = Pair::new();
    pair.lose = 1;
    let request = pair.get();
    let mid = pair.send(request);
    let via = crate::engine::Via::Session(pair.session);
    pair.client.handle_unreachable(pair.now, via, None);
    pair.wait(MINUTE);
    assert_eq!(pair.nacks(), [(NackReason::IcmpIssue, mid)]);
    assert!(matches!(pair.client_told.last(), Some(Told::Response(Some(_), _))));
    pair.client.handle_unreachable(pair.now, via, None);
    pair.pump();
    assert_eq!(pair.nacks()[1..], [(NackReason::IcmpIssue, 0)], "nothing was in flight");
}

#[test]
fn a_ping_is_answered_by_reset_but_not_too_often() {
    let mut pair = Pair::new();
    let mid = pair.client.ping(pair.now, pair.session).unwrap();
    assert_eq!(pair.client.ping(pair.now, pair.session), None, "one at a time");
    pair.pump();
    assert!(matches!(pair.client_told[..], [Told::Pong]), "{:?}", pair.client_told);
    assert!(matches!(pair.server_told[..], [Told::Session(SessionEvent::ServerNew), Told::Ping]));
    let reset = pair.wire[1].pdu();
    assert_eq!((reset.kind(), reset.mid()), (MessageType::Rst, mid));
    pair.client.ping(pair.now, pair.session).unwrap();
    pair.pump();
    assert_eq!(pair.wire.len(), 3, "not again within 250 ms");
    pair.wait(Duration::from_secs(10));
    assert_eq!(pair.wire.len(), 5, "its retransmission is answered");
}

#[test]
fn silent_peers_are_pinged_and_dead_ones_are_told() {
    let keepalive = Some(Duration::from_secs(30));
    let mut pair = Pair::with(Config { keepalive, ..Config::default() }, Config::default());
    pair.wait(Duration::from_secs(100));
    let pongs = |pair: &Pair| pair.client_told.iter().filter(|told| matches!(told, Told::Pong)).count();
    let failures = |pair: &Pair| {
        pair.client_told
            .iter()
            .filter(|told| matches!(told, Told::Session(SessionEvent::KeepaliveFailed)))
            .count()
    };
    assert_eq!((pongs(&pair), failures(&pair)), (3, 0));
    let request = pair.get();
    pair.send(request);
    pair.wait(Duration::from_secs(29));
    assert_eq!(pongs(&pair), 3, "who talks is not pinged");
    pair.lose = usize::MAX;
    pair.wait(Duration::from_secs(300));
    assert!(failures(&pair) >= 1, "{:?}", pair.client_told);
    assert_eq!(pongs(&pair), 3);
}

#[test]
fn what_is_too_large_for_a_datagram_is_refused() {
    let mut pair = Pair::new();
    let mut request = pair.request(MessageType::Con, Code::PUT, "test");
    request.set_payload(&[0; 65_600]).unwrap();
    let refused = pair.client.send(pair.now, pair.session, request);
    assert!(matches!(refused, Err(SendError::TooLarge { .. })), "{refused:?}");
    let mut request = pair.get();
    request.update_token(&[1; 9]).unwrap();
    let refused = pair.client.send(pair.now, pair.session, request);
    assert_eq!(refused, Err(SendError::TokenTooLong { length: 9, limit: 8 }));
}

#[test]
fn what_waits_for_a_peer_is_bounded() {
    let mut pair = Pair::new();
    let request = pair.get();
    pair.send(request);
    pair.lose = usize::MAX;
    let (now, id) = (pair.now, pair.server_session());
    let notification = |mid| Pdu::new(MessageType::Con, Code::CONTENT, mid, 0);
    let sent: Vec<_> = (0..2000).map(|mid| pair.server.send(now, id, notification(mid))).collect();
    assert_eq!(sent.iter().filter(|sent| sent.is_ok()).count(), 1025, "one in flight");
    assert_eq!(sent[1025], Err(SendError::QueueFull));
    // A client may queue as many as there are message IDs.
    let request = |mid| Pdu::new(MessageType::Con, Code::GET, mid, 0);
    let refused =
        (0..=u16::MAX).map(|mid| pair.client.send(now, pair.session, request(mid))).find(Result::is_err);
    assert_eq!(refused, None);
}

/// Who forges sender addresses gets a session and a message kept for each.
#[test]
fn what_silent_peers_do_not_acknowledge_is_bounded_in_all() {
    let mut pair = Pair::with(Config::default(), Config { max_server_messages: 10, ..Config::default() });
    pair.lose = usize::MAX;
    let now = pair.now;
    let ping = Pdu::new(MessageType::Non, Code::EMPTY, 1, 0).encode_udp().to_vec();
    let answer = |mid| Pdu::new(MessageType::Con, Code::CONTENT, mid, 0);
    let mut sessions = Vec::new();
    for port in 0..15u16 {
        let peer = address(&format!("203.0.113.1:{}", 1000 + port));
        pair.inject(peer, address(SERVER), &ping);
        let id = pair.server.find_session(&peer, 1).unwrap();
        assert_eq!(pair.server.send(now, id, answer(port)), Ok(port));
        sessions.push(id);
    }
    pair.pump();
    let lost = |pair: &mut Pair| {
        let told = pair.server_told.drain(..);
        let mids = told.filter_map(|told| match told {
            Told::Nack(reason, mid) => Some((reason, mid)),
            _ => None,
        });
        mids.collect::<Vec<_>>()
    };
    let nacks = |mids: &[u16]| mids.iter().map(|mid| (NackReason::NotDeliverable, *mid)).collect::<Vec<_>>();
    assert_eq!(lost(&mut pair), nacks(&[0, 1, 2, 3, 4]), "the oldest gave way");
    assert_eq!(pair.server.census().exchanges, 10);
    assert_eq!(pair.server.sessions.idle_count(), 5, "nothing keeps their sessions");
    // What waits for its turn counts, too, and goes out when the message before it has to give way.
    pair.wire.clear();
    assert_eq!(pair.server.send(now, sessions[6], answer(100)), Ok(100));
    assert_eq!(pair.server.send(now, sessions[6], answer(101)), Ok(101));
    pair.pump();
    assert_eq!(lost(&mut pair), nacks(&[5, 6]));
    assert_eq!(pair.wire.iter().map(|sent| sent.pdu().mid()).collect::<Vec<_>>(), [100]);
    // A client's own requests are not counted: nobody else makes it send them.
    for mid in 0..20 {
        pair.client.send(now, pair.session, Pdu::new(MessageType::Con, Code::GET, mid, 0)).unwrap();
    }
    assert_eq!(pair.client.census().exchanges, 20);
    // All of them end.
    pair.wait(10 * MINUTE);
    assert_eq!(pair.server.census().exchanges, 0);
}

#[test]
fn a_message_that_replaces_the_one_before_it_is_sent() {
    let mut pair = Pair::with(Config::default(), Config { max_server_messages: 1, ..Config::default() });
    let request = pair.get();
    pair.send(request);
    pair.wire.clear();
    pair.lose = usize::MAX;
    let (now, id) = (pair.now, pair.server_session());
    for mid in [1, 2] {
        pair.server.send(now, id, Pdu::new(MessageType::Con, Code::CONTENT, mid, 0)).unwrap();
    }
    pair.pump();
    assert_eq!(pair.wire.iter().map(|sent| sent.pdu().mid()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(pair.server.census().exchanges, 1);
}

#[test]
fn a_response_does_not_answer_a_ping() {
    let mut pair = Pair::new();
    let mut request = pair.request(MessageType::Non, Code::GET, "test");
    request.update_token(b"").unwrap();
    let ping = pair.client.ping(pair.now, pair.session).unwrap();
    pair.lose = 1;
    pair.send(request);
    assert!(matches!(pair.client_told[..], [Told::Response(..)]));
    assert!(pair.client.pending());
    let pong = Pdu::new(MessageType::Rst, Code::EMPTY, ping, 0).encode_udp().to_vec();
    pair.inject_to_client(address(SERVER), &pong);
    pair.pump();
    assert!(matches!(pair.client_told.last(), Some(Told::Pong)));
}

/// Where a request would be sent again with the Echo, an empty message is not.
#[test]
fn a_response_with_the_acknowledgement_of_a_ping_is_ignored() {
    let config = Config { block_mode: BlockMode::USE_LIBCOAP, ..Config::default() };
    let mut pair = Pair::with(config, Config::default());
    pair.lose = 1;
    let ping = pair.client.ping(pair.now, pair.session).unwrap();
    pair.pump();
    let mut forged = Pdu::new(MessageType::Ack, Code::UNAUTHORIZED, ping, 0);
    forged.add_option(option::ECHO, b"prove").unwrap();
    pair.inject_to_client(address(SERVER), forged.encode_udp());
    pair.pump();
    assert_eq!(pair.client_told.len(), 0, "{:?}", pair.client_told);
    assert_eq!(pair.wire.len(), 1);
    assert!(pair.client.pending(), "it is sent again");
    pair.wait(Duration::from_secs(4));
    assert!(matches!(pair.client_told[..], [Told::Session(_), Told::Pong]), "{:?}", pair.client_told);
}

#[test]
fn a_message_that_is_given_up_lets_the_next_go() {
    let mut pair = Pair::new();
    pair.lose = 5;
    let (first, second) = (pair.get(), pair.get());
    let mid = pair.send(first);
    let next = pair.send(second);
    // Who guesses the message ID of one that was not sent yet has no luck.
    pair.inject_to_client(address(SERVER), Pdu::new(MessageType::Rst, Code::EMPTY, next, 0).encode_udp());
    pair.wait(2 * MINUTE);
    assert_eq!(pair.nacks(), [(NackReason::TooManyRetries, mid)]);
    assert!(matches!(pair.client_told.last(), Some(Told::Response(Some(sent), _)) if sent.mid() == next));
}

#[test]
fn what_shares_a_token_is_not_lost_with_the_first_answer() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|_, _| {});
    let bare = |pair: &mut Pair| {
        let mut request = pair.get();
        request.update_token(b"").unwrap();
        request
    };
    let (first, second) = (bare(&mut pair), bare(&mut pair));
    pair.lose = 1;
    pair.send(first);
    let waiting = pair.send(second);
    let mut response = Pdu::new(MessageType::Non, Code::CONTENT, 7, 0);
    pair.inject_to_client(address(SERVER), response.encode_udp());
    pair.pump();
    assert!(
        pair.server_told
            .iter()
            .any(|told| matches!(told, Told::Request(request) if request.mid() == waiting))
    );
    // A rejected notification takes those of the same observation with it, and nothing else.
    let (now, to) = (pair.now, pair.server_session());
    pair.lose = usize::MAX;
    for (mid, code) in [(1, Code::CONTENT), (2, Code::CONTENT), (3, Code::GET)] {
        pair.server.send(now, to, Pdu::new(MessageType::Con, code, mid, 0)).unwrap();
    }
    pair.inject(address(CLIENT), address(SERVER), Pdu::new(MessageType::Rst, Code::EMPTY, 1, 0).encode_udp());
    assert!(pair.server.cancel(to, 2).is_none() && pair.server.cancel(to, 3).is_some());
}
