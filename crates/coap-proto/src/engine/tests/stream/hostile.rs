//! Peers that do what they must not.
use super::super::testing::{Pair, SERVER, Told, address};
use super::{events, pair};
use crate::engine::{Config, Path, SessionEvent};
use crate::wire::{Code, MessageType, Protocol};
use std::time::Duration;

const CSM: &[u8] = b"\x00\xe1";

/// What the server says to a stranger who writes that; `None` if it does not end the connection.
fn abort_for(bytes: &[u8]) -> Option<String> {
    let mut pair = Pair::over(Protocol::Tcp, Config::default(), Config::default());
    let path = Path::new(address(SERVER), address("192.0.2.9:1"), 0);
    let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
    pair.server.reference(id);
    pair.server.handle_stream(pair.now, id, bytes);
    pair.pump();
    let written = pair.server.stream(id).unwrap_or_default().to_vec();
    assert!(pair.server.census().stream_bytes < 4096 + bytes.len());
    let ended = events(&pair.server_told).contains(&SessionEvent::TcpClosed);
    let text = String::from_utf8_lossy(&written).into_owned();
    ended.then(|| text.rsplit_once('\u{fffd}').map_or(text.clone(), |(_, text)| text.into()))
}

#[test]
fn lengths_beyond_what_was_said_are_refused_before_anything_is_kept() {
    let four_gib = [CSM, b"\xf0\xff\xff\xff\xff\x01"].concat();
    assert_eq!(abort_for(&four_gib).as_deref(), Some("message larger than Max-Message-Size"));
    // One byte more than 8 MiB and 256.
    let length = (8u32 << 20) + 256 - 6 - 65_805 + 1;
    let longer = [CSM, b"\xf0", &length.to_be_bytes(), b"\x01"].concat();
    assert_eq!(abort_for(&longer).as_deref(), Some("message larger than Max-Message-Size"));
    let longest = [CSM, b"\xf0", &(length - 1).to_be_bytes(), b"\x01"].concat();
    assert_eq!(abort_for(&longest), None);
}

#[test]
fn garbage_ends_the_connection() {
    assert_eq!(abort_for(b"\x00\x01").as_deref(), Some("CSM is missing"));
    assert_eq!(abort_for(&[CSM, b"\x0f\x01"].concat()).as_deref(), Some("malformed message"));
    assert_eq!(abort_for(&[CSM, b"\x10\x01\xff"].concat()).as_deref(), Some("malformed message"));
    assert_eq!(abort_for(&[CSM, b"\x00\x20"].concat()).as_deref(), Some("malformed message"), "code 1.00");
    assert_eq!(abort_for(b"GET / HTTP/1.1\r\n\r\n").as_deref(), Some("malformed message"));
    assert_eq!(abort_for(&[CSM, b"\x00\x00", CSM].concat()), None, "empty messages are nothing");
}

#[test]
fn a_message_has_to_be_complete_in_time() {
    let mut pair = pair();
    let id = pair.accepted();
    pair.server.handle_stream(pair.now, id, b"\xe0\x10\x00\x02");
    pair.wait(Duration::from_secs(29));
    assert!(pair.server.session(id).is_some());
    pair.server.handle_stream(pair.now, id, b"\x00");
    pair.wait(Duration::from_secs(1));
    assert!(pair.server.session(id).is_none(), "a byte now and then does not help");
    assert!(pair.client_told.iter().any(|told| matches!(told, Told::Released)));
}

#[test]
fn a_message_that_comes_at_a_bearable_rate_is_waited_for() {
    let mut pair = pair();
    let id = pair.accepted();
    pair.server.handle_stream(pair.now, id, b"\xf0\x00\x02\x00\x00\x02\xff");
    for _ in 0..190 {
        pair.wait(Duration::from_secs(1));
        pair.server.handle_stream(pair.now, id, &[0; 1030]);
    }
    pair.pump();
    assert!(pair.server.session(id).is_some());
    assert_eq!(pair.served(), 0);
    assert!(!events(&pair.server_told).contains(&SessionEvent::BadPacket));
    assert!(pair.server.session(id).is_some(), "190 kB may take 220 s");
}

#[test]
fn what_came_gives_a_second_for_each_kib_and_silence_ends_it_sooner() {
    let start = [b"\xf0\x00\x02\x00\x00\x02\xff".as_slice(), &[0; 5000]].concat();
    for (trickles, lives) in [(true, 33), (false, 29)] {
        let mut pair = pair();
        let id = pair.accepted();
        pair.server.handle_stream(pair.now, id, &start);
        for _ in 0..lives {
            pair.wait(Duration::from_secs(1));
            if trickles {
                pair.server.handle_stream(pair.now, id, &[0]);
            }
        }
        pair.wait(Duration::from_millis(100));
        assert!(pair.server.session(id).is_some());
        pair.wait(Duration::from_secs(2));
        assert!(pair.server.session(id).is_none());
    }
}

/// 33 of them are enough to hold all of the memory for hours, a KiB a second each.
#[test]
fn peers_that_trickle_do_not_keep_the_memory_from_others() {
    let server = Config { stream_bytes: 1 << 20, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    let start = [CSM, b"\xf0", &(1u32 << 20).to_be_bytes(), b"\x02\xff", &[0; 200_000]].concat();
    let mut tricklers = Vec::new();
    for port in 1..=20 {
        let path = Path::new(address(SERVER), address(&format!("192.0.2.9:{port}")), 0);
        let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
        pair.server.handle_stream(pair.now, id, &start);
        tricklers.push(id);
    }
    for _ in 0..5 {
        pair.wait(Duration::from_secs(1));
        for id in &tricklers {
            pair.server.handle_stream(pair.now, *id, &[0; 1024]);
        }
        let mut post = pair.request(MessageType::Con, Code::POST, "test");
        post.set_payload(&vec![7; 800_000]).unwrap();
        pair.pipes[0].cut = 10_000;
        assert_eq!(pair.ask(post), Some(Code::CONTENT), "who sends at a decent pace is served");
    }
    assert!(pair.server.census().stream_bytes <= 2 << 20);
}

#[test]
fn memory_follows_what_came_not_what_was_announced() {
    let mut pair = pair();
    let id = pair.accepted();
    let length = (8u32 << 20) - 65_805;
    pair.server.handle_stream(pair.now, id, &[b"\xf0", &length.to_be_bytes()[..], b"\x02\xff"].concat());
    assert_eq!(pair.server.census().stream_bytes, 7);
    pair.server.handle_stream(pair.now, id, &[0; 1000]);
    assert_eq!(pair.server.census().stream_bytes, 1007);
}

#[test]
fn all_streams_together_hold_only_so_much() {
    let server = Config { stream_bytes: 300_000, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    let start = [b"\xf0".as_slice(), &(1u32 << 20).to_be_bytes(), b"\x02\xff"].concat();
    let mut ids = Vec::new();
    for port in 1..=10 {
        let path = Path::new(address(SERVER), address(&format!("192.0.2.9:{port}")), 0);
        let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
        pair.server.handle_stream(pair.now, id, &[CSM, &start, &[0; 60_000]].concat());
        pair.server.handle_stream(pair.now, id, &[0; 100_000]);
        ids.push(id);
    }
    pair.pump();
    let left = ids.iter().filter(|id| pair.server.session(**id).is_some()).count();
    assert_eq!(left, 3, "each has 64 KiB of its own");
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
    assert!(pair.server.census().stream_bytes <= 300_000 + 3 * 65_536);
}

#[test]
fn responses_to_nobody_are_dropped() {
    let mut pair = pair();
    pair.write_to_server(b"\x01\x45\x07");
    pair.write_to_server(b"\x00\x45");
    assert!(!pair.server_told.iter().any(|told| matches!(told, Told::Response(..))));
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
}

#[test]
fn a_flood_of_pings_does_not_fill_the_memory() {
    let server = Config { stream_output_bytes: 1000, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    let path = Path::new(address(SERVER), address("192.0.2.9:1"), 0);
    let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
    let pings = [CSM, &b"\x08\xe2token678".repeat(1000)].concat();
    pair.server.handle_stream(pair.now, id, &pings);
    pair.pump();
    assert!(!pair.server.reads_stream(id));
    assert!(pair.server.stream(id).unwrap().len() < 600);
    let written = |pair: &Pair| pair.server.stream(id).unwrap().len();
    let mut pongs = 0;
    while written(&pair) > 0 {
        let count = written(&pair);
        pongs += count;
        pair.server.stream_written(pair.now, id, count);
        pair.pump();
    }
    assert!(pongs > 10_000, "when it reads again, all are answered");
}

#[test]
fn a_flood_of_what_is_only_told_does_not_fill_the_memory() {
    // Pong, a signal that nobody knows, a response to nobody.
    for message in [b"\x00\xe3", b"\x00\xe6", b"\x00\x45"] {
        let mut pair = pair();
        let id = pair.accepted();
        pair.server.session_mut(id).unwrap().requested = true;
        pair.server.handle_stream(pair.now, id, &message.repeat(10_000));
        assert!(pair.server.events.len() < 100, "{}", pair.server.events.len());
        assert!(!pair.server.reads_stream(id));
        // What is cut off in the middle of it is heard in its turn.
        pair.server.handle_stream(pair.now, id, &message[..1]);
        pair.server.handle_stream(pair.now, id, &message[1..]);
        assert!(pair.server.events.len() < 100);
        let before = pair.server_told.len();
        pair.pump();
        assert_eq!(pair.server_told.len() - before, 10_001, "all of it is told in the end");
        assert!(pair.server.reads_stream(id));
        let get = pair.get();
        assert_eq!(pair.ask(get), Some(Code::CONTENT));
    }
}
