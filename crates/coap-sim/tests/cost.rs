//! The work for one packet does not grow with what else the engine holds.
//!
//! Measured as this thread's processor time, the least of many tries: what other programs take does not count. What is
//! compared is a small and a large engine; a scan over the large one would take hundreds of times as long, so that the
//! test may be generous to caches.
use coap_proto::{
    Address,
    engine::{Config, Connect, EndpointId, Engine, Event, Path, Via},
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, Protocol, option},
};
use nix::time::{ClockId, clock_gettime};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

const SMALL: u32 = 10;
const LARGE: u32 = 30_000;
const ALLOWED_GROWTH: u32 = 10;

struct Node {
    engine: Engine,
    endpoint: EndpointId,
    now: Instant,
}

fn peer(n: u32) -> Address {
    SocketAddr::new(Ipv4Addr::from(0x0a00_0000 + n).into(), 5683).into()
}

fn request(mid: u16, kind: MessageType, path: &str) -> Vec<u8> {
    let mut pdu = Pdu::new(kind, Code::GET, mid, 0);
    pdu.add_option(option::URI_PATH, path.as_bytes()).expect("fits");
    pdu.encode_udp().to_vec()
}

/// How long this thread has run.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("threads have such a clock").into()
}

impl Node {
    fn new() -> Self {
        let now = Instant::now();
        let mut engine = Engine::new(Config::default(), now, [1; 32]);
        let local = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5683).into();
        let endpoint = engine.open_endpoint(local, Protocol::Udp).expect("UDP endpoints can be opened");
        let mut node = Self { engine, endpoint, now };
        node.add_resource("hello");
        node
    }

    fn add_resource(&mut self, path: &str) {
        let mut resource = Resource::new(path.as_bytes(), 0);
        resource.methods = MethodMask::ALL;
        self.engine.resources_mut().add(resource);
    }

    fn receive(&mut self, from: u32, datagram: &[u8]) {
        let local = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5683).into();
        let path = Path::new(local, peer(from), 1);
        self.engine.handle_datagram(self.now, Via::Endpoint(self.endpoint), path, datagram);
        self.drain();
    }

    /// Handles what came of it, as an application does.
    fn drain(&mut self) {
        while let Some(event) = self.engine.poll_event() {
            match event {
                Event::Request(mut event) => {
                    event.response.set_code(Code::CONTENT);
                    self.engine.finish_request(self.now, event);
                }
                Event::Closed { session } => self.engine.forget(session),
                _ => {}
            }
        }
        while self.engine.poll_transmit().is_some() {}
        self.engine.poll_timeout();
    }

    /// The least time that a request and its response take, from someone who is known and with a new message
    /// ID.
    fn time_of_a_request(&mut self) -> Duration {
        let mut mids = 0..;
        let mut least = Duration::MAX;
        for _ in 0..30 {
            let requests: Vec<_> =
                mids.by_ref().take(20).map(|mid| request(mid, MessageType::Con, "hello")).collect();
            self.now += Duration::from_millis(10);
            let begin = processor_time();
            requests.iter().for_each(|request| self.receive(0xff_ffff, request));
            self.engine.handle_timeout(self.now);
            least = least.min(processor_time() - begin);
        }
        least
    }
}

/// Compares engines that hold few and many of something.
fn assert_constant(what: &str, hold: impl Fn(&mut Node, u32)) {
    let time = |count| {
        let mut node = Node::new();
        hold(&mut node, count);
        node.drain();
        node.time_of_a_request()
    };
    let (few, many) = (time(SMALL), time(LARGE));
    assert!(many < few * ALLOWED_GROWTH, "{what}: {few:?} with {SMALL}, {many:?} with {LARGE}");
}

#[test]
fn the_number_of_server_sessions_does_not_matter() {
    assert_constant("server sessions", |node, count| {
        let ping = request(1, MessageType::Non, "hello");
        (0..count).for_each(|n| node.receive(n, &ping));
    });
}

#[test]
fn the_number_of_resources_does_not_matter() {
    assert_constant("resources", |node, count| (0..count).for_each(|n| node.add_resource(&format!("r/{n}"))));
}

#[test]
fn the_number_of_messages_in_flight_does_not_matter() {
    assert_constant("messages in flight", |node, count| {
        for n in 0..count {
            let to = Connect { local: None, remote: peer(n), protocol: Protocol::Udp };
            let session = node.engine.connect(node.now, to).expect("UDP sessions can be opened");
            let message = Pdu::new(MessageType::Con, Code::GET, n as u16, 0);
            node.engine.send(node.now, session, message).expect("sent");
            node.drain();
        }
    });
}

#[test]
fn the_number_of_messages_that_wait_for_their_turn_does_not_matter() {
    assert_constant("delayed messages", |node, count| {
        let to = Connect { local: None, remote: peer(1), protocol: Protocol::Udp };
        let session = node.engine.connect(node.now, to).expect("UDP sessions can be opened");
        for n in 0..count {
            let message = Pdu::new(MessageType::Con, Code::GET, n as u16, 0);
            node.engine.send(node.now, session, message).expect("queued");
        }
    });
}

#[test]
fn the_number_of_replies_kept_for_duplicates_does_not_matter() {
    assert_constant("replies", |node, count| {
        for n in 0..count {
            node.receive(n / 100, &request(n as u16, MessageType::Con, "hello"));
        }
    });
}

#[test]
fn a_flood_of_one_session_does_not_slow_down_another() {
    assert_constant("messages of one session", |node, count| {
        for n in 0..count {
            node.receive(7, &request(n as u16, MessageType::Con, "hello"));
        }
    });
}
