//! Resources that are made when the first request for them comes.
use super::testing::{CLIENT, Pair, SERVER, Told, address};
use crate::engine::Config;
use crate::resource::{MethodMask, Resource};
use crate::wire::{Code, MessageType, uri};

/// A server that makes resources for all paths but `never`, `limit` of them at a time.
fn creating(limit: usize) -> Pair {
    let config = Config { max_dynamic_resources: Some(limit), ..Config::default() };
    let mut pair = Pair::with(Config::default(), config);
    pair.creator = Box::new(|request| {
        let mut resource = Resource::new(&uri::compose_path(request)?, 0);
        resource.methods = MethodMask::NONE.with(Code::GET).with(Code::PUT);
        (resource.path() != b"never").then_some(resource)
    });
    pair
}

/// For which requests the application was asked, and whether it made something.
fn asked(pair: &Pair) -> Vec<bool> {
    let missing = |told: &Told| if let Told::Missing(made) = told { Some(*made) } else { None };
    pair.server_told.iter().filter_map(missing).collect()
}

#[test]
fn a_resource_is_made_for_the_first_request_and_serves_it_and_those_to_come() {
    let mut pair = creating(0);
    for _ in 0..2 {
        let put = pair.request(MessageType::Con, Code::PUT, "new/one");
        assert_eq!(pair.ask(put), Some(Code::CONTENT));
    }
    assert_eq!((asked(&pair), pair.served()), (vec![true], 2));
    assert_eq!(pair.server.resources().dynamic(), 1);
    // What is there answers for itself.
    let post = pair.request(MessageType::Con, Code::POST, "new/one");
    assert_eq!(pair.ask(post), Some(Code::METHOD_NOT_ALLOWED));
    assert_eq!(asked(&pair).len(), 1);
}

#[test]
fn without_a_resource_it_is_not_found() {
    let mut pair = creating(0);
    let get = pair.request(MessageType::Con, Code::GET, "never");
    let again = get.clone().encode_udp().to_vec();
    assert_eq!(pair.ask(get), Some(Code::NOT_FOUND));
    // Duplicates get the same answer, and nobody is asked again.
    pair.inject(address(CLIENT), address(SERVER), &again);
    pair.pump();
    assert_eq!(asked(&pair), [false]);
    let answers: Vec<_> = pair.wire.iter().filter(|it| !it.from_client).map(|it| &it.bytes).collect();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn nobody_is_asked_for_what_is_there_or_to_be_deleted() {
    let mut pair = creating(0);
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
    let core = pair.request(MessageType::Con, Code::GET, ".well-known/core");
    assert_eq!(pair.ask(core), Some(Code::CONTENT));
    let delete = pair.request(MessageType::Con, Code::DELETE, "gone");
    assert_eq!(pair.ask(delete), Some(Code::DELETED));
    assert_eq!(asked(&pair), []);
    let mut never = Pair::new();
    let get = never.request(MessageType::Con, Code::GET, "new");
    assert_eq!(never.ask(get), Some(Code::NOT_FOUND));
    assert_eq!(asked(&never), []);
}

#[test]
fn only_so_many_are_there_at_a_time() {
    let mut pair = creating(2);
    let get = |pair: &mut Pair, path| {
        let get = pair.request(MessageType::Con, Code::GET, path);
        pair.ask(get)
    };
    assert_eq!(get(&mut pair, "a"), Some(Code::CONTENT));
    assert_eq!(get(&mut pair, "b"), Some(Code::CONTENT));
    assert_eq!(get(&mut pair, "c"), Some(Code::NOT_FOUND));
    let first = pair.server.resources().find(b"a").unwrap();
    pair.server.remove_resource(pair.now, first);
    assert_eq!(get(&mut pair, "c"), Some(Code::CONTENT));
    assert_eq!(asked(&pair), [true, true, true]);
}

/// Both requests come before the application has made anything.
#[test]
fn two_that_come_at_once_get_one_resource() {
    let mut pair = creating(1);
    let request = pair.request(MessageType::Con, Code::GET, "new").encode_udp().to_vec();
    let other = "192.0.2.9:7777".parse().unwrap();
    for peer in [address(CLIENT), crate::Address::Ip(other), address(CLIENT)] {
        pair.inject(peer, address(SERVER), &request);
    }
    pair.pump();
    assert_eq!(asked(&pair), [true, false], "the third one is a duplicate of the first");
    assert_eq!(pair.served(), 2);
}
