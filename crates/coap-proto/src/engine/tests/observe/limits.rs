//! How many observers there can be.
use super::*;

#[test]
fn other_tokens_for_the_same_request_make_one_observation() {
    let (mut pair, resource) = observing(0);
    let mut last = Vec::new();
    for n in 0..100_000u32 {
        last = n.to_be_bytes().to_vec();
        let mut request = Pdu::new(MessageType::Non, Code::GET, n as u16, 0);
        request.set_token(&last).unwrap();
        request.add_option(option::OBSERVE, b"").unwrap();
        request.add_option(option::URI_PATH, b"temp").unwrap();
        from_client(&mut pair, request);
        if n % 1000 == 0 {
            pair.pump();
            pair.wire.clear();
            pair.server_told.clear();
            pair.client_told.clear();
        }
    }
    pair.pump();
    assert_eq!(pair.server.observers.len(), 1);
    pair.wire.clear();
    change(&mut pair, resource);
    let sent = sent(&mut pair);
    assert_eq!((sent.len(), sent[0].token()), (1, &last[..]));
}

#[test]
fn one_token_makes_one_observation() {
    let (mut pair, resource) = observing(0);
    let other = observable(&mut pair, "other", 0);
    let mut request = pair.request(MessageType::Con, Code::GET, "other");
    request.update_token(b"t").unwrap();
    request.insert_option(option::OBSERVE, b"").unwrap();
    pair.send(request);
    assert!(!pair.server.notify(pair.now, resource), "the client uses the token for something else");
    assert!(pair.server.notify(pair.now, other));
}

#[test]
fn beyond_the_limits_requests_are_answered_without_observe() {
    let limits: [fn(&mut Config); 3] = [
        |config| config.max_observers_per_session = 3,
        |config| config.max_observers_per_resource = 3,
        |config| config.max_observers = 3,
    ];
    for limit in limits {
        let (mut pair, _) = observing(0);
        limit(pair.server.config_mut());
        let mut numbers = Vec::new();
        for token in 0..4u8 {
            let mut request = register(&mut pair, &[token]);
            request.add_option(option::URI_QUERY, &[token]).unwrap();
            assert_eq!(pair.ask(request), Some(Code::CONTENT));
            numbers.push(number(&sent(&mut pair)[0]).is_some());
        }
        assert_eq!(numbers, [true, true, false, false]);
        let again = register(&mut pair, b"t");
        pair.send(again);
        assert!(number(&sent(&mut pair)[0]).is_some(), "who observes may go on");
        let cancel = observe_request(&mut pair, b"t", 1);
        pair.send(cancel);
        let more = register(&mut pair, b"m");
        sent(&mut pair);
        pair.send(more);
        assert!(number(&sent(&mut pair)[0]).is_some(), "there is room again");
    }
}

#[test]
fn nothing_is_left_when_all_have_gone() {
    let (mut pair, resource) = observing(0);
    for port in 1..500u16 {
        let mut request = register(&mut pair, b"x");
        request.set_kind(MessageType::Non);
        pair.inject(address(&format!("198.51.100.7:{port}")), address(SERVER), request.encode_udp());
    }
    pair.pump();
    assert!(pair.server.notify(pair.now, resource));
    pair.server.handle_timeout(pair.now);
    pair.server.remove_resource(pair.now, resource);
    pair.pump();
    assert_eq!(pair.server.observers.entries(), 0);
    pair.wait(std::time::Duration::from_secs(3600));
    assert_eq!(pair.server.sessions().count(), 0);
    assert_eq!(pair.server.poll_timeout(), None);
}
