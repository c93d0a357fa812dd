//! When notifications are sent, and how.
use super::*;
use crate::arena::visits;
use crate::resource::flags;
use std::time::Duration;

fn kinds(pdus: &[Pdu]) -> String {
    pdus.iter().map(|pdu| if pdu.kind() == MessageType::Con { 'C' } else { 'n' }).collect()
}

#[test]
fn every_sixth_notification_is_confirmable() {
    let (mut pair, resource) = observing(0);
    (0..13).for_each(|_| change(&mut pair, resource));
    let sent = sent(&mut pair);
    assert_eq!(kinds(&sent), "nnnnnCnnnnnCn");
    let numbers: Vec<_> = sent.iter().filter_map(number).collect();
    assert_eq!(numbers, (3..16).collect::<Vec<_>>());
}

#[test]
fn a_resource_says_whether_its_notifications_are_confirmable() {
    for (flags, expected) in [(flags::NOTIFY_CON, "CCCCCCC"), (flags::NOTIFY_NON_ALWAYS, "nnnnnnn")] {
        let (mut pair, resource) = observing(flags);
        (0..7).for_each(|_| change(&mut pair, resource));
        assert_eq!(kinds(&sent(&mut pair)), expected);
    }
}

#[test]
fn one_a_day_is_confirmable() {
    let (mut pair, resource) = observing(0);
    pair.wait(Duration::from_secs(24 * 3600));
    change(&mut pair, resource);
    change(&mut pair, resource);
    assert_eq!(kinds(&sent(&mut pair)), "Cn");
}

#[test]
fn a_handler_may_ask_for_an_acknowledgement() {
    let (mut pair, resource) = observing(0);
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_kind(MessageType::Con);
    });
    change(&mut pair, resource);
    assert_eq!(kinds(&sent(&mut pair)), "C");
    assert!(!pair.server.pending(), "acknowledged");
}

#[test]
fn nothing_piles_up_behind_a_notification_that_is_not_acknowledged() {
    let (mut pair, resource) = observing(flags::NOTIFY_CON);
    pair.lose = 1;
    (0..50).for_each(|_| change(&mut pair, resource));
    assert_eq!(sent(&mut pair).len(), 1);
    pair.wait(Duration::from_secs(4));
    let sent = sent(&mut pair);
    let numbers: Vec<_> = sent.iter().filter_map(number).collect();
    assert_eq!(numbers, [3, 52], "the first one again, then the newest");
    assert_eq!(sent[1].payload(), b"3", "one call of the handler for each");
}

#[test]
fn a_change_while_the_handler_runs_is_told_next() {
    let (mut pair, resource) = observing(0);
    assert!(pair.server.notify(pair.now, resource));
    pair.server.handle_timeout(pair.now);
    let mut call = next_call(&mut pair).unwrap();
    assert!(call.ticket.is_notification());
    (0..3).for_each(|_| assert!(pair.server.notify(pair.now, resource)));
    pair.server.handle_timeout(pair.now);
    assert!(next_call(&mut pair).is_none(), "one at a time");
    call.response.set_code(Code::CONTENT);
    pair.server.finish_request(pair.now, call);
    serve(&mut pair);
    let numbers: Vec<_> = sent(&mut pair).iter().filter_map(number).collect();
    assert_eq!(numbers, [3, 6]);
}

#[test]
fn observations_of_one_client_share_what_may_be_in_flight() {
    let (mut pair, resource) = observing(flags::NOTIFY_CON);
    for token in 0..20u8 {
        let mut request = register(&mut pair, &[token]);
        request.add_option(option::URI_QUERY, &[b'a' + token]).unwrap();
        assert_eq!(pair.ask(request), Some(Code::CONTENT));
    }
    pair.wire.clear();
    pair.lose = 1;
    assert!(pair.server.notify(pair.now, resource));
    serve(&mut pair);
    assert_eq!(sent(&mut pair).len(), 1, "NSTART");
    assert_eq!(pair.server.census().exchanges, 1, "the others are not made yet");
    pair.wait(Duration::from_secs(4));
    let tokens: std::collections::BTreeSet<_> =
        sent(&mut pair).iter().map(|pdu| pdu.token().to_vec()).collect();
    assert_eq!(tokens.len(), 21, "then all of them, one after the other");
    assert!(!pair.server.pending());
}

#[test]
fn who_is_held_goes_on_when_the_others_have_nothing_to_say() {
    let (mut pair, resource) = observing(flags::NOTIFY_CON);
    for token in 0..5u8 {
        let mut request = register(&mut pair, &[token]);
        request.add_option(option::URI_QUERY, &[b'a' + token]).unwrap();
        pair.send(request);
    }
    // Who came first is notified last.
    pair.handler = Box::new(|request, response| {
        if request.token() == b"t" {
            response.set_code(Code::CONTENT);
        }
    });
    pair.wire.clear();
    change(&mut pair, resource);
    let sent = sent(&mut pair);
    assert_eq!((sent.len(), sent[0].token()), (1, &b"t"[..]));
}

#[test]
fn a_reset_while_the_handler_runs_ends_it() {
    let (mut pair, resource) = observing(0);
    change(&mut pair, resource);
    let mid = sent(&mut pair)[0].mid();
    assert!(pair.server.notify(pair.now, resource));
    pair.server.handle_timeout(pair.now);
    let mut call = next_call(&mut pair).unwrap();
    from_client(&mut pair, empty(MessageType::Rst, mid));
    assert_eq!(pair.server.observers.len(), 0);
    call.response.set_code(Code::CONTENT);
    pair.server.finish_request(pair.now, call);
    pair.pump();
    assert!(sent(&mut pair).is_empty());
    pair.wait(Duration::from_secs(3600));
    assert_eq!(pair.server.sessions().count(), 0, "nothing leaks");
}

#[test]
fn everything_may_end_while_the_handler_runs() {
    type End = fn(&mut Pair, ResourceId);
    let ends: [End; 4] = [
        |pair, resource| drop(pair.server.remove_resource(pair.now, resource)),
        |pair, _| pair.server.close_endpoint(pair.now, pair.endpoint),
        |pair, _| pair.server.shut_down(pair.now),
        |pair, _| {
            let again = register(pair, b"t");
            from_client(pair, again);
        },
    ];
    for end in ends {
        let (mut pair, resource) = observing(flags::NOTIFY_CON);
        assert!(pair.server.notify(pair.now, resource));
        pair.server.handle_timeout(pair.now);
        let mut call = next_call(&mut pair).unwrap();
        end(&mut pair, resource);
        call.response.set_code(Code::CONTENT);
        pair.server.finish_request(pair.now, call);
        serve(&mut pair);
        assert!(!sent(&mut pair).iter().any(|pdu| number(pdu) == Some(3) && pdu.kind() == MessageType::Con));
    }
}

#[test]
fn work_is_spread_over_turns_and_changes_meanwhile_are_not_lost() {
    const PEERS: u16 = 2000;
    let (mut pair, resource) = observing(0);
    let mut request = register(&mut pair, b"x");
    request.set_kind(MessageType::Non);
    let request = request.encode_udp().to_vec();
    for port in 1..=PEERS {
        pair.inject(address(&format!("198.51.100.7:{port}")), address(SERVER), &request);
    }
    pair.pump();
    pair.wire.clear();
    assert!(pair.server.notify(pair.now, resource));
    let mut turns = 0;
    while pair.server.poll_timeout().is_some_and(|at| at <= pair.now) {
        pair.server.handle_timeout(pair.now);
        turns += 1;
        if turns == 3 {
            assert!(pair.server.notify(pair.now, resource));
        }
        let before = pair.wire.len();
        pair.pump();
        assert!(pair.wire.len() - before <= 256);
    }
    let mut newest = std::collections::HashMap::new();
    for datagram in pair.wire.drain(..) {
        newest.insert(datagram.path.remote, number(&datagram.pdu()));
    }
    assert_eq!(newest.len(), usize::from(PEERS) + 1);
    assert!(newest.values().all(|number| *number == Some(4)), "everybody has the newest state");
}

#[test]
fn those_behind_one_that_ends_are_still_notified() {
    let (mut pair, resource) = observing(0);
    let mut request = register(&mut pair, b"x");
    request.set_kind(MessageType::Non);
    let mut peers: Vec<_> = (1..=600u16).map(|port| address(&format!("198.51.100.7:{port}"))).collect();
    for peer in &peers {
        pair.inject(*peer, address(SERVER), request.encode_udp());
    }
    pair.pump();
    pair.wire.clear();
    assert!(pair.server.notify(pair.now, resource));
    pair.server.handle_timeout(pair.now);
    pair.pump();
    let told: std::collections::HashSet<_> = pair.wire.iter().map(|datagram| datagram.path.remote).collect();
    peers.retain(|peer| !told.contains(peer));
    // Those that would be next.
    for peer in peers.drain(peers.len() - 50..) {
        let id = pair.server.find_session(&peer, 1).unwrap();
        pair.server.disconnect(pair.now, id, crate::engine::NackReason::NotDeliverable);
    }
    serve(&mut pair);
    let told: std::collections::HashSet<_> = pair.wire.iter().map(|datagram| datagram.path.remote).collect();
    assert!(peers.len() > 200 && peers.iter().all(|peer| told.contains(peer)));
}

#[test]
fn a_change_costs_the_observers_of_that_resource_only() {
    let costs = |others: u16| {
        let (mut pair, resource) = observing(0);
        let other = observable(&mut pair, "other", 0);
        let mut request = pair.request(MessageType::Non, Code::GET, "other");
        request.insert_option(option::OBSERVE, b"").unwrap();
        let request = request.encode_udp().to_vec();
        for port in 1..=others {
            pair.inject(address(&format!("198.51.100.7:{port}")), address(SERVER), &request);
        }
        pair.pump();
        assert_eq!(pair.server.observers.len(), usize::from(others) + 1);
        let before = visits();
        change(&mut pair, resource);
        let cost = visits() - before;
        let before = visits();
        assert!(pair.server.notify(pair.now, other));
        (cost, visits() - before)
    };
    let (to_notify, to_note) = costs(10);
    assert_eq!((to_notify, to_note), costs(5000));
    assert!(to_note <= 2, "a change is noted, and that is all: {to_note}");
}

#[test]
fn nobody_is_told_when_all_observers_are_dropped() {
    let (mut pair, resource) = observing(0);
    pair.server.drop_all_observers(pair.now);
    change_quietly(&mut pair, resource);
    pair.server.shut_down(pair.now);
    pair.wait(Duration::from_secs(60));
    assert!(pair.wire.is_empty(), "{:?}", pair.wire);
    assert_eq!(pair.server.census().observers, 0);
}

fn change_quietly(pair: &mut Pair, resource: ResourceId) {
    assert!(!pair.server.notify(pair.now, resource), "it has no observers");
}
