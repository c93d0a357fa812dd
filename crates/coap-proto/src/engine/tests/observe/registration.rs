//! How observations begin and end.
use super::*;
use crate::engine::NackReason;
use std::time::Duration;

#[test]
fn a_registration_is_answered_with_a_number_and_notified_with_the_next() {
    let (mut pair, resource) = observing(0);
    change(&mut pair, resource);
    let sent = sent(&mut pair);
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].kind(), sent[0].code(), sent[0].token()),
        (MessageType::Non, Code::CONTENT, &b"t"[..])
    );
    assert_eq!(number(&sent[0]), Some(3));
    assert_eq!(sent[0].payload(), b"2");
}

#[test]
fn requests_that_cannot_observe_are_answered_without_a_number() {
    let (mut pair, resource) = observing(0);
    pair.server.resources_mut().get_mut(resource).unwrap().observable = false;
    let mut post = register(&mut pair, b"p");
    post.set_code(Code::POST);
    let get = register(&mut pair, b"g");
    for request in [post, get] {
        pair.send(request);
    }
    pair.server.resources_mut().get_mut(resource).unwrap().observable = true;
    let mut post = register(&mut pair, b"p");
    post.set_code(Code::POST);
    let strange = observe_request(&mut pair, b"s", 7);
    for request in [post, strange] {
        pair.send(request);
    }
    assert!(sent(&mut pair).iter().all(|response| number(response).is_none()));
    assert_eq!(pair.server.observers.len(), 1, "the first one");
}

#[test]
fn a_later_block_cannot_be_observed() {
    let (mut pair, _) = observing(0);
    let mut request = register(&mut pair, b"b");
    request.insert_option(option::BLOCK2, &[0x12]).unwrap();
    assert_eq!(pair.ask(request), Some(Code::BAD_REQUEST));
}

#[test]
fn the_same_request_with_observe_1_ends_it() {
    let (mut pair, resource) = observing(0);
    let unknown = observe_request(&mut pair, b"u", 1);
    assert_eq!(pair.ask(unknown), Some(Code::CONTENT));
    assert_eq!(pair.server.observers.len(), 1);
    let mut cancel = observe_request(&mut pair, b"t", 1);
    cancel.set_kind(MessageType::Non);
    assert_eq!(pair.ask(cancel), Some(Code::CONTENT));
    assert!(sent(&mut pair).iter().all(|response| number(response).is_none()));
    assert!(!pair.server.notify(pair.now, resource), "nobody is left");
    assert_eq!(pair.server.resources().get(resource).unwrap().observe_number(), 2, "nobody to count for");
}

#[test]
fn what_was_not_acknowledged_is_not_repeated_after_the_end() {
    let (mut pair, resource) = observing(crate::resource::flags::NOTIFY_CON);
    pair.lose = 1;
    change(&mut pair, resource);
    assert!(pair.server.pending());
    let cancel = observe_request(&mut pair, b"t", 1);
    pair.send(cancel);
    assert!(!pair.server.pending());
}

#[test]
fn observations_of_other_resources_stay() {
    let (mut pair, resource) = observing(0);
    observable(&mut pair, "other", 0);
    let mut cancel = observe_request(&mut pair, b"t", 1);
    cancel.remove_option(option::URI_PATH);
    cancel.insert_option(option::URI_PATH, b"other").unwrap();
    pair.send(cancel);
    assert!(pair.server.notify(pair.now, resource));
}

#[test]
fn a_fetch_observes_what_its_payload_asks_for() {
    let (mut pair, resource) = observing(0);
    for payload in ["x", "y", "x"] {
        let mut fetch = register(&mut pair, payload.as_bytes());
        fetch.set_code(Code::FETCH);
        fetch.insert_option(option::CONTENT_FORMAT, b"").unwrap();
        fetch.set_payload(payload.as_bytes()).unwrap();
        assert_eq!(pair.ask(fetch), Some(Code::CONTENT));
    }
    assert_eq!(pair.server.observers.len(), 3);
    pair.handler = Box::new(|request, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(request.payload()).unwrap();
    });
    pair.wire.clear();
    change(&mut pair, resource);
    let sent = sent(&mut pair);
    let seen: Vec<_> = sent.iter().map(|pdu| (pdu.token(), pdu.payload())).collect();
    // Who came last is first; the third request was the first one again.
    assert_eq!(seen, [(&b"y"[..], &b"y"[..]), (b"x", b"x"), (b"t", b"")]);
}

#[test]
fn a_reset_ends_it_whether_or_not_the_notification_was_confirmable() {
    for flags in [0, crate::resource::flags::NOTIFY_CON] {
        let (mut pair, resource) = observing(flags);
        pair.lose = 1;
        assert!(pair.server.notify(pair.now, resource));
        serve(&mut pair);
        let mid = sent(&mut pair)[0].mid();
        from_client(&mut pair, empty(MessageType::Rst, mid.wrapping_add(1)));
        assert_eq!(pair.server.observers.len(), 1, "of another message");
        from_client(&mut pair, empty(MessageType::Rst, mid));
        assert_eq!(pair.server.observers.len(), 0);
        pair.pump();
        let nacks = pair.server_told.iter().filter(|told| matches!(told, Told::Nack(NackReason::Rst, _)));
        assert_eq!(nacks.count(), 1);
        assert!(!pair.server.pending());
    }
}

#[test]
fn a_reset_counts_however_many_other_messages_were_sent_since() {
    let (mut pair, resource) = observing(0);
    assert!(pair.server.notify(pair.now, resource));
    serve(&mut pair);
    let mid = sent(&mut pair)[0].mid();
    let id = pair.server_session();
    for other in 0..100 {
        let mut pdu = Pdu::new(MessageType::Non, Code::CONTENT, mid.wrapping_add(1000 + other), 0);
        pdu.set_token(b"o").unwrap();
        pair.server.send(pair.now, id, pdu).unwrap();
    }
    from_client(&mut pair, empty(MessageType::Rst, mid));
    assert_eq!(pair.server.observers.len(), 0);
}

#[test]
fn a_lost_confirmable_notification_ends_it() {
    let (mut pair, resource) = observing(crate::resource::flags::NOTIFY_CON);
    pair.lose = usize::MAX;
    assert!(pair.server.notify(pair.now, resource));
    pair.wait(Duration::from_secs(100));
    assert_eq!(sent(&mut pair).len(), 5, "the notification and its retransmissions");
    assert_eq!(pair.server.observers.len(), 0);
    assert!(pair.server_told.iter().any(|told| matches!(told, Told::Nack(NackReason::TooManyRetries, _))));
}

#[test]
fn a_handler_that_fails_ends_it_and_says_so() {
    let (mut pair, resource) = observing(0);
    pair.handler = Box::new(|_, response| response.set_code(Code::FORBIDDEN));
    change(&mut pair, resource);
    let sent = sent(&mut pair);
    assert_eq!((sent[0].code(), number(&sent[0]), sent.len()), (Code::FORBIDDEN, None, 1));
    assert!(!pair.server.notify(pair.now, resource));
    let request = register(&mut pair, b"n");
    assert_eq!(pair.ask(request), Some(Code::FORBIDDEN));
    assert_eq!(pair.server.observers.len(), 0);
}

#[test]
fn observers_of_a_resource_that_goes_are_told() {
    let (mut pair, resource) = observing(crate::resource::flags::NOTIFY_CON);
    pair.server.remove_resource(pair.now, resource).unwrap();
    pair.pump();
    let sent = sent(&mut pair);
    assert_eq!(
        (sent[0].kind(), sent[0].code(), sent[0].token()),
        (MessageType::Non, Code::NOT_FOUND, &b"t"[..])
    );
    assert_eq!(pair.server.observers.len(), 0);
    let (mut pair, resource) = observing(0);
    let (_, replaced) = pair.server.add_resource(pair.now, Resource::new(b"temp", 0));
    assert_eq!(replaced.unwrap().0, resource);
    assert_eq!(pair.server.observers.len(), 0);
    let (mut pair, _) = observing(0);
    pair.server.shut_down(pair.now);
    pair.pump();
    assert_eq!(super::sent(&mut pair)[0].code(), Code::NOT_FOUND);
}

#[test]
fn a_session_is_kept_while_it_observes_and_forgets_when_it_ends() {
    let (mut pair, resource) = observing(0);
    pair.wait(Duration::from_secs(3600));
    assert_eq!(pair.server.sessions().count(), 1);
    pair.server.close_endpoint(pair.now, pair.endpoint);
    assert_eq!(pair.server.observers.len(), 0);
    assert!(!pair.server.notify(pair.now, resource));
    let (mut pair, _) = observing(0);
    let cancel = observe_request(&mut pair, b"t", 1);
    pair.send(cancel);
    pair.wait(Duration::from_secs(3600));
    assert_eq!(pair.server.sessions().count(), 0, "nothing keeps it any more");
}

#[test]
fn a_disconnected_session_observes_no_more() {
    let (mut pair, _) = observing(0);
    let id = pair.server_session();
    pair.server.disconnect(pair.now, id, NackReason::IcmpIssue);
    assert_eq!(pair.server.observers.len(), 1, "a hint only");
    pair.server.disconnect(pair.now, id, NackReason::NotDeliverable);
    assert_eq!(pair.server.observers.len(), 0);
}
