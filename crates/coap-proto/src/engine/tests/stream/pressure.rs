//! Peers that do not read.
use super::super::testing::{Pair, Told};
use super::{events, pair};
use crate::engine::{Config, SendError, SessionEvent};
use crate::resource::{MethodMask, Resource};
use crate::wire::{Code, MessageType, option};
use std::time::Duration;

fn responses(pair: &Pair) -> usize {
    pair.client_told.iter().filter(|told| matches!(told, Told::Response(..))).count()
}

#[test]
fn a_full_stream_takes_no_more_and_loses_nothing() {
    let client = Config { stream_output_bytes: 10_000, ..Config::default() };
    let mut pair = Pair::tcp(client, Config::default());
    (pair.pipes[0].stalled, pair.pipes[0].capacity) = (true, 5000);
    let mut accepted = 0;
    let refused = loop {
        let mut post = pair.request(MessageType::Con, Code::POST, "test");
        post.set_payload(&[b'x'; 500]).unwrap();
        match pair.client.send(pair.now, pair.session, post) {
            Ok(_) => accepted += 1,
            Err(reason) => break reason,
        }
        pair.pump();
    };
    assert_eq!(refused, SendError::QueueFull);
    assert!((25..40).contains(&accepted), "{accepted}");
    pair.pipes[0].stalled = false;
    pair.pump();
    assert_eq!((pair.served(), responses(&pair)), (accepted, accepted));
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
}

#[test]
fn requests_wait_while_their_answers_are_not_read() {
    let server = Config { stream_output_bytes: 20_000, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[0; 1000]).unwrap();
    });
    (pair.pipes[1].stalled, pair.pipes[1].capacity) = (true, 1000);
    for _ in 0..500 {
        let get = pair.get();
        pair.client.send(pair.now, pair.session, get).unwrap();
    }
    pair.pump();
    let served = pair.served();
    assert!(served < 40, "{served}");
    assert!(!pair.server.reads_stream(pair.accepted()));
    assert!(pair.server.census().stream_bytes < 100_000);
    pair.wait(Duration::from_secs(100));
    assert_eq!(pair.served(), served, "that it waits is not the peer's fault");
    pair.pipes[1].stalled = false;
    pair.pump();
    assert_eq!((pair.served(), responses(&pair)), (500, 500));
    assert!(pair.server.reads_stream(pair.accepted()));
}

#[test]
fn answers_that_are_under_way_are_all_taken() {
    let server = Config { stream_output_bytes: 1000, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[0; 5000]).unwrap();
    });
    pair.pipes[1].capacity = 100;
    let requests: Vec<u8> = (0..30u8)
        .flat_map(|at| {
            let mut get = pair.get();
            get.update_token(&[at]).unwrap();
            get.encode_stream().to_vec()
        })
        .collect();
    pair.pipes[1].stalled = true;
    pair.write_to_server(&requests);
    assert_eq!(pair.served(), 16, "so many at a time");
    let id = pair.accepted();
    assert!(pair.server.session(id).unwrap().is_open());
    pair.pipes[1].stalled = false;
    pair.pump();
    assert_eq!(pair.served(), 30);
    assert!(pair.pipes[1].record.len() > 30 * 5000);
}

#[test]
fn who_asks_for_more_than_there_is_memory_for_is_disconnected() {
    let server = Config { stream_bytes: 200_000, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[0; 100_000]).unwrap();
    });
    (pair.pipes[1].stalled, pair.pipes[1].capacity) = (true, 100);
    for _ in 0..10 {
        let get = pair.get();
        pair.client.send(pair.now, pair.session, get).unwrap();
    }
    pair.pump();
    assert!(events(&pair.server_told).contains(&SessionEvent::TcpClosed));
    assert!(pair.server.census().stream_bytes < 500_000);
}

#[test]
fn requests_wait_while_all_streams_together_hold_much() {
    let server = Config { stream_bytes: 200_000, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[0; 1000]).unwrap();
    });
    (pair.pipes[1].stalled, pair.pipes[1].capacity) = (true, 100);
    for _ in 0..1000 {
        let get = pair.get();
        pair.client.send(pair.now, pair.session, get).unwrap();
    }
    pair.pump();
    let held = pair.server.census().stream_bytes;
    assert!((100_000..300_000).contains(&held), "{held}");
    assert!(pair.served() < 300);
    pair.pipes[1].stalled = false;
    pair.pump();
    assert_eq!((pair.served(), responses(&pair)), (1000, 1000));
}

#[test]
fn two_who_ask_each_other_without_end_do_not_block() {
    let config = || Config { stream_output_bytes: 4000, ..Config::default() };
    let mut pair = Pair::tcp(config(), config());
    for pipe in &mut pair.pipes {
        pipe.capacity = 100;
    }
    for _ in 0..50 {
        for _ in 0..20 {
            let get = pair.get();
            let _ = pair.client.send(pair.now, pair.session, get);
        }
        pair.pump();
    }
    assert_eq!(responses(&pair), 1000);
}

#[test]
fn who_never_reads_is_disconnected_when_idle() {
    let mut pair = pair();
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[0; 1000]).unwrap();
    });
    (pair.pipes[1].stalled, pair.pipes[1].capacity) = (true, 10);
    for _ in 0..2000 {
        let get = pair.get();
        pair.client.send(pair.now, pair.session, get).unwrap();
    }
    pair.pump();
    assert_eq!(pair.server.census().sessions, 1);
    pair.wait(Duration::from_secs(301));
    assert_eq!(pair.server.census().sessions, 0);
    assert!(events(&pair.server_told).ends_with(&[SessionEvent::ServerDeleted]));
}

#[test]
fn observers_that_do_not_read_get_the_newest_state_later() {
    let server = Config { stream_output_bytes: 4000, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    let mut resource = Resource::new(b"time", 0);
    (resource.methods, resource.observable) = (MethodMask::ALL, true);
    let (time, _) = pair.server.add_resource(pair.now, resource);
    let mut count = 0u32;
    pair.handler = Box::new(move |_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[&count.to_be_bytes()[..], &[0; 500]].concat()).unwrap();
        count += 1;
    });
    for query in 0..10 {
        let mut get = pair.request(MessageType::Con, Code::GET, "time");
        get.insert_option(option::OBSERVE, &[]).unwrap();
        get.insert_option(option::URI_QUERY, &[b'0' + query]).unwrap();
        pair.send(get);
    }
    (pair.pipes[1].stalled, pair.pipes[1].capacity) = (true, 100);
    for _ in 0..1000 {
        pair.server.notify(pair.now, time);
        pair.wait(Duration::from_millis(10));
    }
    assert!(pair.server.census().stream_bytes < 4000 + 16 * 600, "{}", pair.server.census().stream_bytes);
    let served = pair.served();
    assert!(served < 100, "{served}");
    pair.pipes[1].stalled = false;
    pair.wait(Duration::from_secs(1));
    let seen: Vec<u32> = pair
        .client_told
        .iter()
        .filter_map(|told| match told {
            Told::Response(_, it) => Some(u32::from_be_bytes(it.payload()[..4].try_into().unwrap())),
            _ => None,
        })
        .collect();
    assert_eq!(seen.len(), pair.served());
    assert!(seen.len() >= served + 10, "all ten got the newest state: {served} {seen:?}");
    assert_eq!(pair.server.census().observers, 10);
}

#[test]
fn who_never_reads_is_disconnected_whoever_keeps_the_session() {
    let mut pair = pair();
    let mut resource = Resource::new(b"time", 0);
    (resource.methods, resource.observable) = (MethodMask::ALL, true);
    let (time, _) = pair.server.add_resource(pair.now, resource);
    let mut get = pair.request(MessageType::Con, Code::GET, "time");
    get.insert_option(option::OBSERVE, &[]).unwrap();
    pair.send(get);
    (pair.pipes[1].stalled, pair.pipes[1].capacity) = (true, 10);
    let id = pair.accepted();
    pair.server.reference(id);
    for _ in 0..59 {
        pair.server.notify(pair.now, time);
        pair.wait(Duration::from_secs(5));
    }
    assert_eq!(pair.server.census().observers, 1);
    // A few bytes now and then are enough.
    pair.pipes[1].capacity = 20;
    pair.wait(Duration::from_secs(299));
    assert_eq!(pair.server.census().observers, 1);
    pair.wait(Duration::from_secs(2));
    assert_eq!(pair.server.census().observers, 0);
    assert!(events(&pair.server_told).contains(&SessionEvent::TcpClosed));
    pair.wait(Duration::from_secs(6));
    assert_eq!(pair.server.stream(id), None);
}
