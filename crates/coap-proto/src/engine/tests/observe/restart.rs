//! What is told of observers so that they can be kept, and how they come back in an engine that is new.
use super::*;
use crate::engine::{NackReason, ObserverName, Path, RestoreError, SessionEvent, Tracked};
use crate::wire::Protocol;
use std::num::NonZeroU32;
use std::time::Duration;

/// As [`observing`], by a client that a server told about which tells each `frequency`th number.
fn tracked(frequency: u32) -> (Pair, ResourceId, Vec<Tracked>) {
    let config = Config { block_mode: TRACKING, ..Config::default() };
    let mut pair = Pair::with(config, Config { tracking: NonZeroU32::new(frequency), ..Config::default() });
    let resource = observable(&mut pair, "temp", 0);
    let request = register(&mut pair, b"t");
    assert_eq!(pair.ask(request), Some(Code::CONTENT));
    pair.wire.clear();
    let told = changes(&mut pair);
    (pair, resource, told)
}

/// What the server told about observers since.
fn changes(pair: &mut Pair) -> Vec<Tracked> {
    let change = |told| match told {
        Told::Tracked(change) => Some(change),
        _ => None,
    };
    pair.server_told.drain(..).filter_map(change).collect()
}

fn name(token: &[u8]) -> ObserverName {
    let (listen, remote) = (address(SERVER), address(CLIENT));
    ObserverName { protocol: Protocol::Udp, listen, remote, token: token.to_vec() }
}

fn numbered(number: u32) -> Tracked {
    Tracked::Numbered { path: b"temp".to_vec(), number }
}

/// The request in what was told of a registration.
fn kept(told: &[Tracked]) -> Vec<u8> {
    let Tracked::ObserverAdded { request, .. } = &told[0] else { panic!("{told:?}") };
    request.clone()
}

/// The server's process ends without a word, and another one takes its place, with the same resource.
fn restart(pair: &mut Pair) -> ResourceId {
    let config = pair.server.config().clone();
    pair.server = crate::engine::Engine::new(config, pair.now, [3; 32]);
    pair.endpoint = pair.server.open_endpoint(address(SERVER), Protocol::Udp).unwrap();
    observable(pair, "temp", 0)
}

fn restore(pair: &mut Pair, request: &[u8]) -> Result<(), RestoreError> {
    pair.server.restore_observer(pair.now, &name(b"t"), address(SERVER), request).map(|_| ())
}

#[test]
fn nothing_is_told_unless_asked_for() {
    let (mut pair, resource) = observing(0);
    change(&mut pair, resource);
    pair.server.remove_resource(pair.now, resource);
    pair.pump();
    assert_eq!(changes(&mut pair), []);
}

#[test]
fn a_registration_is_told_before_its_handler_runs() {
    let (mut pair, resource, told) = tracked(1);
    let [Tracked::ObserverAdded { name: told_name, local, request, .. }, number] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((told_name, local, number), (&name(b"t"), &address(SERVER), &numbered(2)));
    assert_eq!(Pdu::decode_udp(request).unwrap().token(), b"t");
    let mut other = register(&mut pair, b"u");
    other.insert_option(option::URI_QUERY, b"u").unwrap();
    pair.send(other);
    let place = |told: fn(&Told) -> bool| pair.server_told.iter().position(told);
    let added = |told: &Told| matches!(told, Told::Tracked(Tracked::ObserverAdded { .. }));
    let served = |told: &Told| matches!(told, Told::Request(_));
    assert!(place(added).unwrap() < place(served).unwrap());
    assert!(pair.server.notify(pair.now, resource));
}

#[test]
fn who_registered_by_a_broadcast_is_notified_from_an_address_of_this_node_after_a_restart() {
    let (mut pair, _, _) = tracked(1000);
    let mut request = register(&mut pair, b"u");
    request.set_kind(MessageType::Non);
    request.insert_option(option::URI_QUERY, b"u").unwrap();
    let way = Path::new(address("192.0.2.255:5683"), address(CLIENT), 1);
    pair.inject_by(Path { broadcast: true, ..way }, request.encode_udp());
    pair.pump();
    let told = changes(&mut pair);
    let Some(Tracked::ObserverAdded { local, .. }) = told.first() else { panic!("{told:?}") };
    assert_eq!(*local, address(SERVER));
}

#[test]
fn the_same_request_again_is_no_news() {
    let (mut pair, resource, _) = tracked(1000);
    for _ in 0..3 {
        let again = register(&mut pair, b"t");
        assert_eq!(pair.ask(again), Some(Code::CONTENT));
    }
    assert_eq!(changes(&mut pair), []);
    pair.wire.clear();
    change(&mut pair, resource);
    assert_eq!(sent(&mut pair).len(), 1, "it still observes");
}

#[test]
fn a_request_renewed_while_a_notification_waits_takes_its_place() {
    let (mut pair, resource, _) = tracked(1000);
    pair.server.resources_mut().get_mut(resource).unwrap().flags = crate::resource::flags::NOTIFY_CON;
    pair.lose = 1;
    change(&mut pair, resource);
    let again = register(&mut pair, b"t");
    assert_eq!(pair.ask(again), Some(Code::CONTENT));
    pair.wire.clear();
    pair.wait(Duration::from_secs(300));
    assert_eq!(sent(&mut pair).len(), 0, "what the client knows by now is not repeated");
    change(&mut pair, resource);
    assert_eq!(sent(&mut pair).len(), 1);
}

#[test]
fn every_end_is_told_once() {
    let ends: [fn(&mut Pair, ResourceId); 6] = [
        |pair, _| {
            let cancel = observe_request(pair, b"t", 1);
            pair.send(cancel);
        },
        |pair, resource| {
            change(pair, resource);
            let last = sent(pair).pop().unwrap();
            from_client(pair, empty(MessageType::Rst, last.mid()));
        },
        |pair, resource| {
            pair.handler = Box::new(|_, response| response.set_code(Code::FORBIDDEN));
            change(pair, resource);
        },
        |pair, _| {
            let other = pair.server_session();
            pair.server.disconnect(pair.now, other, NackReason::NotDeliverable);
        },
        |pair, _| pair.server.close_endpoint(pair.now, pair.endpoint),
        |pair, _| pair.server.shut_down(pair.now),
    ];
    for (index, end) in ends.into_iter().enumerate() {
        let (mut pair, resource, _) = tracked(1000);
        end(&mut pair, resource);
        pair.pump();
        let told = changes(&mut pair);
        let removed =
            |it: &&Tracked| matches!(it, Tracked::ObserverRemoved { name: it, .. } if *it == name(b"t"));
        assert_eq!(told.iter().filter(removed).count(), 1, "end {index}: {told:?}");
        assert_eq!(told.len(), 1, "end {index}: {told:?}");
    }
}

#[test]
fn another_request_with_the_token_takes_its_place() {
    let (mut pair, _, _) = tracked(1000);
    let mut other = register(&mut pair, b"t");
    other.insert_option(option::ETAG, b"e").unwrap();
    pair.send(other);
    let told = changes(&mut pair);
    assert!(matches!(&told[0], Tracked::ObserverRemoved { name: it, .. } if *it == name(b"t")), "{told:?}");
    assert!(matches!(&told[1], Tracked::ObserverAdded { name: it, .. } if *it == name(b"t")), "{told:?}");
    assert_eq!(told[2..], [numbered(2)]);
}

#[test]
fn only_multiples_of_the_frequency_are_told() {
    let (mut pair, resource, _) = tracked(4);
    for _ in 0..10 {
        change(&mut pair, resource);
    }
    assert_eq!(changes(&mut pair), [numbered(4), numbered(8), numbered(12)]);
    pair.server.resources_mut().get_mut(resource).unwrap().set_observe_number(0xff_fffe);
    change(&mut pair, resource);
    change(&mut pair, resource);
    assert_eq!(changes(&mut pair), [numbered(0)], "the numbers wrap");
}

#[test]
fn a_resource_that_goes_is_told_before_its_observers() {
    let (mut pair, resource, _) = tracked(1000);
    pair.server.remove_resource(pair.now, resource);
    pair.pump();
    let told = changes(&mut pair);
    assert_eq!(told[0], Tracked::ResourceRemoved { path: b"temp".to_vec() });
    assert!(matches!(told[1], Tracked::ObserverRemoved { .. }), "{told:?}");
    assert_eq!(sent(&mut pair)[0].code(), Code::NOT_FOUND);
}

#[test]
fn observers_that_are_to_come_back_are_not_told_that_a_resource_goes() {
    let (mut pair, resource, _) = tracked(1000);
    pair.server.config_mut().keeps_observers = true;
    pair.server.remove_resource(pair.now, resource);
    pair.pump();
    assert_eq!(sent(&mut pair).len(), 0);
    assert_eq!(pair.server.observers.entries(), 0);
}

#[test]
fn who_observed_before_a_restart_is_notified_after_it() {
    let (mut pair, _, told) = tracked(10);
    let request = kept(&told);
    let resource = restart(&mut pair);
    pair.server.resources_mut().get_mut(resource).unwrap().set_observe_number(9);
    pair.server_told.clear();
    restore(&mut pair, &request).unwrap();
    pair.pump();
    assert!(matches!(pair.server_told[0], Told::Session(SessionEvent::ServerNew)), "{:?}", pair.server_told);
    let told = changes(&mut pair);
    assert_eq!(kept(&told), request, "it is told as at first");
    assert_eq!(told[1..], [numbered(9)]);
    assert_eq!(sent(&mut pair).len(), 0, "nothing has changed yet");
    pair.client_told.clear();
    change(&mut pair, resource);
    let notification = sent(&mut pair).pop().unwrap();
    assert_eq!((notification.token(), number(&notification)), (&b"t"[..], Some(10)));
    assert_eq!(delivered(&mut pair), [(Some(10), "1".into())], "the client takes it for a newer one");
    // It is an observer as any other.
    let cancel = observe_request(&mut pair, b"t", 1);
    pair.send(cancel);
    assert!(!pair.server.notify(pair.now, resource));
}

#[test]
fn what_is_missing_is_said_and_makes_no_session() {
    let (mut pair, _, told) = tracked(10);
    let request = kept(&told);
    let resource = restart(&mut pair);
    let (at, elsewhere) = (address(SERVER), address("192.0.2.2:1"));
    let odd = ObserverName { listen: elsewhere, ..name(b"t") };
    let nowhere = pair.server.restore_observer(pair.now, &odd, at, &request).map(|_| ());
    assert_eq!(nowhere, Err(RestoreError::NoEndpoint(Protocol::Udp, elsewhere)));
    let secured = ObserverName { protocol: Protocol::Dtls, ..name(b"t") };
    let handshake = pair.server.restore_observer(pair.now, &secured, at, &request).map(|_| ());
    assert_eq!(handshake, Err(RestoreError::Transport(Protocol::Dtls)));
    for end in 0..request.len() {
        let cut = restore(&mut pair, &request[..end]).unwrap_err();
        assert!(matches!(cut, RestoreError::Malformed | RestoreError::NoResource(_)), "{end}: {cut}");
    }
    let mut changed = Pdu::decode_udp(&request).unwrap();
    changed.set_code(Code::PUT);
    assert_eq!(restore(&mut pair, changed.encode_udp()), Err(RestoreError::Malformed));
    changed.set_code(Code::GET);
    changed.update_option(option::OBSERVE, &[1]).unwrap();
    assert_eq!(restore(&mut pair, changed.encode_udp()), Err(RestoreError::Malformed));
    pair.server.resources_mut().get_mut(resource).unwrap().observable = false;
    assert_eq!(restore(&mut pair, &request), Err(RestoreError::NotObservable("temp".into())));
    pair.server.remove_resource(pair.now, resource);
    assert_eq!(restore(&mut pair, &request), Err(RestoreError::NoResource("temp".into())));
    assert_eq!(pair.server.sessions().count(), 0);
    observable(&mut pair, "temp", 0);
    pair.server.config_mut().max_observers = 1;
    restore(&mut pair, &request).unwrap();
    restore(&mut pair, &request).unwrap();
    let mut other = Pdu::decode_udp(&request).unwrap();
    other.update_token(b"u").unwrap();
    other.add_option(option::URI_QUERY, b"q").unwrap();
    assert_eq!(restore(&mut pair, other.encode_udp()), Err(RestoreError::TooMany));
}

#[test]
fn a_replay_has_a_session_that_sends_nothing_and_ends_with_it() {
    let mut pair = Pair::new();
    let replay = pair.server.begin_replay(pair.now, Protocol::Udp);
    let mid = pair.server.new_mid(replay).unwrap();
    let request = Pdu::new(MessageType::Con, Code::GET, mid, 0);
    assert!(pair.server.send(pair.now, replay, request).is_err());
    pair.wait(Duration::from_secs(3600));
    assert!(!pair.server.session(replay).unwrap().is_closed(), "no time ends it");
    pair.server.end_replay(pair.now, replay);
    pair.server.end_replay(pair.now, replay);
    pair.pump();
    assert_eq!(pair.server_told.iter().filter(|told| matches!(told, Told::Closed)).count(), 1);
    assert_eq!(pair.server.sessions().count(), 0);
    assert_eq!(pair.wire.len(), 0);
}

#[test]
fn who_observes_on_a_session_that_this_node_opened_is_not_told() {
    let mut pair = Pair::new();
    pair.client.config_mut().tracking = NonZeroU32::new(1000);
    let mut resource = Resource::new(b"temp", 0);
    (resource.methods, resource.observable) = (MethodMask::ALL, true);
    pair.client.add_resource(pair.now, resource);
    let mut request = Pdu::new(MessageType::Non, Code::GET, 7, 0);
    request.add_option(option::OBSERVE, b"").unwrap();
    request.add_option(option::URI_PATH, b"temp").unwrap();
    pair.inject_to_client(address(SERVER), request.encode_udp());
    pair.pump();
    let told: Vec<_> = pair.client_told.iter().filter(|told| matches!(told, Told::Tracked(_))).collect();
    assert!(matches!(told[..], [Told::Tracked(Tracked::Numbered { .. })]), "{told:?}");
    assert_eq!(pair.client.observers.len(), 1, "it observes all the same");
}
