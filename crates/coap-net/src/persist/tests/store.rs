//! Which change goes into which file, and what comes back.
use super::*;
use crate::persist::{Files, Kept, KeptNumber, KeptObserver, KeptResource, Problem, Store};
use coap_proto::{
    Address, UnixPath,
    engine::{Config, Engine, Event, ObserverName, Path as Way, Tracked, Via},
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, Protocol},
};
use std::{num::NonZeroU32, time::Instant};

const FREQUENCY: NonZeroU32 = NonZeroU32::new(10).unwrap();

fn files(directory: &Directory) -> Files {
    let file = |name| Some(directory.file(name));
    Files { resources: file("resources"), observers: file("observers"), numbers: file("numbers") }
}

fn observer(remote: &str, token: &[u8]) -> KeptObserver {
    let address = |text: &str| match text.strip_prefix("unix:") {
        Some(path) => Address::Unix(UnixPath::new(path.as_bytes()).unwrap()),
        None => Address::Ip(text.parse().unwrap()),
    };
    let name = ObserverName {
        protocol: Protocol::Udp,
        listen: address("[::]:5683"),
        remote: address(remote),
        token: token.to_vec(),
    };
    KeptObserver { name, local: address("192.0.2.1:5683"), request: b"request".to_vec() }
}

/// A change as an engine tells it. The ids do not count here.
fn added(observer: &KeptObserver) -> Tracked {
    let now = Instant::now();
    let mut engine = Engine::new(Config { tracking: Some(FREQUENCY), ..Config::default() }, now, [1; 32]);
    let mut resource = Resource::new(b"r", 0);
    (resource.methods, resource.observable) = (MethodMask::ALL, true);
    engine.add_resource(now, resource);
    let endpoint = engine.open_endpoint(observer.name.listen, Protocol::Udp).unwrap();
    let mut request = Pdu::new(MessageType::Non, Code::GET, 1, 0);
    request.set_token(&observer.name.token).unwrap();
    request.add_option(6, b"").unwrap();
    request.add_option(11, b"r").unwrap();
    let way = Way::new(observer.local, observer.name.remote, 0);
    engine.handle_datagram(now, Via::Endpoint(endpoint), way, request.encode_udp());
    let mut events = std::iter::from_fn(|| engine.poll_event());
    let told = events.find_map(|event| match event {
        Event::Tracked(told) => Some(*told),
        _ => None,
    });
    told.unwrap()
}

#[test]
fn everything_comes_back_in_its_order() {
    let directory = Directory::new();
    let files = files(&directory);
    let (mut store, kept) = Store::open(&files, FREQUENCY);
    assert_eq!(kept, Kept::default());
    let observers = [
        observer("[2001:db8::1]:1", b""),
        observer("[::ffff:192.0.2.7]:65535", &[7; 8]),
        observer("192.0.2.7:65535", b"t"),
        observer("unix:/tmp/peer", b"t"),
    ];
    observers.iter().for_each(|observer| store.note(&added(observer)));
    store.add_resource(b"z", Protocol::Udp, b"made z");
    store.add_resource(b"a", Protocol::Udp, b"made a");
    store.add_resource(b"z", Protocol::Udp, b"made z anew");
    drop(store);

    let (mut store, kept) = Store::open(&files, FREQUENCY);
    assert!(store.poll_problem().is_none());
    let names: Vec<_> = kept.observers.iter().map(|observer| &observer.name).collect();
    assert_eq!(names, observers.each_ref().map(|observer| &observer.name));
    assert_eq!(kept.observers[0].local, observers[0].local);
    assert!(Pdu::decode_udp(&kept.observers[0].request).is_ok());
    let made: Vec<_> =
        kept.resources.iter().map(|resource| (&resource.path[..], &resource.request[..])).collect();
    assert_eq!(made, [(&b"z"[..], &b"made z anew"[..]), (b"a", b"made a")]);

    store.note(&Tracked::ResourceRemoved { path: b"z".to_vec() });
    store.forget_observer(&observers[0].name);
    store.flush();
    let left = Store::open(&files, FREQUENCY).1;
    assert_eq!((left.resources.len(), left.observers.len()), (1, 3));
}

#[test]
fn a_kept_number_is_never_below_one_that_was_given_out() {
    let directory = Directory::new();
    let files = files(&directory);
    let (mut store, _) = Store::open(&files, FREQUENCY);
    for (told, kept) in [(2, 9), (9, 9), (10, 19), (19, 19), (20, 29), (0xff_fffe, 0xff_ffff), (0, 9)] {
        store.note(&Tracked::Numbered { path: b"r".to_vec(), number: told });
        store.flush();
        let number = KeptNumber { path: b"r".to_vec(), number: kept };
        assert_eq!(Store::open(&files, FREQUENCY).1.numbers, [number], "told {told}");
        // The next process may tell more or less often.
        let often = Store::open(&files, NonZeroU32::MIN).1.numbers[0].number;
        assert_eq!(often, kept);
        (store, _) = Store::open(&files, FREQUENCY);
    }
}

#[test]
fn one_bad_file_does_not_touch_the_others() {
    let directory = Directory::new();
    let files = files(&directory);
    let (mut store, _) = Store::open(&files, FREQUENCY);
    store.add_resource(b"r", Protocol::Udp, b"made r");
    store.note(&Tracked::Numbered { path: b"r".to_vec(), number: 2 });
    store.close().unwrap();
    fs::write(directory.file("observers"), b"somebody else's").unwrap();
    fs::remove_file(directory.file("numbers")).unwrap();
    fs::create_dir(directory.file("numbers")).unwrap();
    let (mut store, kept) = Store::open(&files, FREQUENCY);
    let resource = KeptResource { path: b"r".to_vec(), protocol: Protocol::Udp, request: b"made r".to_vec() };
    assert_eq!(kept, Kept { resources: vec![resource], ..Kept::default() });
    let problems: Vec<_> = std::iter::from_fn(|| store.poll_problem()).collect();
    let [Problem::Unusable { file, .. }, Problem::Foreign { file: other, .. }] = &problems[..] else {
        panic!("{problems:?}")
    };
    assert_eq!((file, other), (&directory.file("numbers"), &directory.file("observers")));
    store.note(&added(&observer("192.0.2.7:1", b"t")));
    store.flush();
    assert_eq!(Store::open(&files, FREQUENCY).1.observers.len(), 1, "the new file keeps what comes");
}

#[test]
fn records_without_meaning_are_dropped_alone() {
    let directory = Directory::new();
    let files = files(&directory);
    let (mut store, _) = Store::open(&files, FREQUENCY);
    store.note(&added(&observer("192.0.2.7:1", b"t")));
    drop(store);
    let path = directory.file("observers");
    let mut journal = open(&path);
    let (key, value) = entries(&journal).remove(0);
    // Any part of a key or value may be missing, and still have a good checksum.
    for end in 0..key.len() - 1 {
        journal.put(&key[..end], value.clone());
    }
    journal.put(b"\x01", Vec::new());
    drop(journal);
    let (mut store, kept) = Store::open(&files, FREQUENCY);
    assert_eq!(kept.observers.len(), 1);
    let problems: Vec<_> = std::iter::from_fn(|| store.poll_problem()).collect();
    assert!(problems.len() > 10 && problems.iter().all(|it| matches!(it, Problem::Meaningless { .. })));
    drop(store);
    let (mut store, _) = Store::open(&files, FREQUENCY);
    assert!(store.poll_problem().is_none(), "they are gone");
}
