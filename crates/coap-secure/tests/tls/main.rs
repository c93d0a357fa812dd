//! TLS channels.
#[path = "../common/mod.rs"]
mod common;

use coap_secure::{
    Answer, Certificates, Channel, Event, Question, Settings, WriteError,
    certificates::Policy,
    tls::{Inside, Tls},
};
use common::{
    line, outputs,
    pki::{Authority, Own, asking, certificates, params},
    reads,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Two channels and a stream between them that is cut into pieces.
struct Pair {
    now: Instant,
    rng: fastrand::Rng,
    sides: [Side; 2],
}

struct Side {
    channel: Tls,
    log: Vec<String>,
    received: Vec<u8>,
    answer: Box<dyn Fn(&Question) -> Answer>,
}

const CLIENT: usize = 0;
const SERVER: usize = 1;

impl Pair {
    fn new(server: &Arc<Certificates>, client: &Arc<Certificates>, name: Option<&str>) -> Self {
        let now = Instant::now();
        let credentials = server.tls_server().unwrap();
        let choose = move |question: &Question| match question {
            Question::Hello { name } if name.as_deref() == Some("nobody.test") => Answer::Refuse,
            Question::Hello { .. } => Answer::Server(credentials.clone()),
            question => common::answer(question),
        };
        let side = |channel, answer| Side { channel, log: Vec::new(), received: Vec::new(), answer };
        let client = Tls::client(client, name, Inside::Coap, now).unwrap();
        let server = Tls::server(Inside::Coap, &Settings::default(), now);
        let sides = [side(client, Box::new(common::answer) as Box<_>), side(server, Box::new(choose))];
        Self { now, rng: fastrand::Rng::with_seed(1), sides }
    }

    /// Moves bytes to and fro until nothing moves any more.
    fn run(&mut self) -> [String; 2] {
        let mut moved = true;
        while moved {
            moved = false;
            for from in [CLIENT, SERVER] {
                self.follow(from);
                let stream = outputs(&mut self.sides[from].channel).concat();
                moved |= !stream.is_empty();
                let mut rest = &stream[..];
                while !rest.is_empty() {
                    let (piece, after) = rest.split_at(self.rng.usize(1..=rest.len().min(700)));
                    self.sides[1 - from].channel.input(self.now, piece);
                    rest = after;
                }
                self.follow(1 - from);
            }
        }
        [CLIENT, SERVER].map(|side| self.sides[side].log.join(", "))
    }

    fn follow(&mut self, side: usize) {
        let side = &mut self.sides[side];
        while let Some(event) = side.channel.event() {
            side.log.push(line(&event));
            if let Event::Ask(id, question) = &event {
                side.channel.answer(self.now, *id, (side.answer)(question));
            }
        }
        side.received.extend(reads(&mut side.channel).concat());
    }

    fn says(&mut self, side: usize, data: &[u8]) -> bool {
        self.sides[1 - side].received.clear();
        self.sides[side].channel.write(self.now, data).unwrap();
        self.run();
        self.sides[1 - side].received == data
    }
}

fn no_client_certificates() -> Policy {
    Policy { verify_peer: false, ..Policy::default() }
}

fn good() -> (Authority, Own, Own) {
    let ca = Authority::new("ca.test");
    let [server, client] = ["good.test", "client.test"].map(|name| ca.issues(name));
    (ca, server, client)
}

#[test]
fn both_prove_themselves() {
    let (ca, server, client) = good();
    let server = certificates(Some(&ca.pem), Some(&server), Policy::default());
    let client = certificates(Some(&ca.pem), Some(&client), asking());
    let mut pair = Pair::new(&server, &client, Some("good.test"));
    let [ours, theirs] = pair.run();
    assert_eq!(ours, "certificate 0:good.test:true 1:ca.test:true?, established TLS 1.3");
    assert_eq!(theirs, "hello good.test?, established TLS 1.3");
    assert!(pair.says(CLIENT, b"hello") && pair.says(SERVER, b"and hello"));
    let long: Vec<u8> = (0..1_000_000_u32).map(|number| number as u8).collect();
    assert!(pair.says(CLIENT, &long) && pair.says(SERVER, &long), "a megabyte each way");
    assert!(pair.sides.iter().all(|side| side.channel.deadline().is_none()));
}

#[test]
fn certificates_between_are_sent() {
    let root = Authority::new("root.test");
    let below = root.below("below.test");
    let mut own = below.issues("good.test");
    own.pem += &below.pem;
    let server = certificates(None, Some(&own), no_client_certificates());
    let client = certificates(Some(&root.pem), None, asking());
    let [ours, _] = Pair::new(&server, &client, None).run();
    let question = "certificate 0:good.test:true 1:below.test:true 2:root.test:true?";
    assert_eq!(ours, format!("{question}, established TLS 1.3"));
    let shallow = certificates(Some(&root.pem), None, Policy { depth: Some(0), ..Policy::default() });
    assert!(Pair::new(&server, &shallow, None).run()[0].starts_with("failed Authentication"));
}

#[test]
fn the_name_of_the_server_is_told_unless_it_is_an_address() {
    let (_, server, _) = good();
    let server = certificates(None, Some(&server), no_client_certificates());
    let client = certificates(None, None, no_client_certificates());
    let cases = [
        (Some("a.test"), "a.test"),
        (Some("192.0.2.1"), "-"),
        (Some("::1"), "-"),
        (Some("a b"), "-"),
        (None, "-"),
    ];
    for (name, seen) in cases {
        let [_, theirs] = Pair::new(&server, &client, name).run();
        assert_eq!(theirs, format!("hello {seen}?, established TLS 1.3"));
    }
    let [ours, theirs] = Pair::new(&server, &client, Some("nobody.test")).run();
    assert_eq!(ours, "failed Alert Some(Received(Alert(112)))");
    assert_eq!(theirs, "hello nobody.test?, failed Authentication Some(Sent(Alert(112)))");
}

#[test]
fn certificates_that_will_not_do() {
    let (ca, server, client) = good();
    let other = Authority::new("ca.test");
    let old = ca.signs(&params("good.test", 2020, 2021));
    let verdict = |server: &Own, ca: &str| {
        let server = certificates(None, Some(server), no_client_certificates());
        Pair::new(&server, &certificates(Some(ca), Some(&client), Policy::default()), None).run()
    };
    let [ours, theirs] = verdict(&server, &other.pem);
    assert_eq!(ours, "failed Authentication Some(Sent(Alert(48)))");
    assert_eq!(theirs, "hello -?, failed Alert Some(Received(Alert(48)))");
    let [ours, theirs] = verdict(&old, &ca.pem);
    assert_eq!(ours, "failed Authentication Some(Sent(Alert(45)))");
    assert_eq!(theirs, "hello -?, failed Alert Some(Received(Alert(45)))");
    assert_eq!(verdict(&server, &ca.pem)[0], "established TLS 1.3");
}

#[test]
fn the_application_refuses() {
    let (ca, _, client) = good();
    let bad = certificates(None, Some(&ca.issues("bad.test")), no_client_certificates());
    let asks = certificates(Some(&ca.pem), None, asking());
    let mut pair = Pair::new(&bad, &asks, None);
    let [ours, theirs] = pair.run();
    let question = "certificate 0:bad.test:true 1:ca.test:true?";
    assert_eq!(ours, format!("{question}, failed Authentication Some(Sent(Alert(0)))"));
    assert!(theirs.starts_with("hello -?") && theirs.ends_with("closed"), "{theirs}");
    let strict = certificates(Some(&ca.pem), Some(&ca.issues("good.test")), asking());
    let client = certificates(Some(&ca.pem), Some(&client), Policy::default());
    let [_, theirs] = Pair::new(&strict, &client, None).run();
    assert!(theirs.contains("0:client.test:true"), "{theirs}");
    assert!(theirs.ends_with("failed Authentication Some(Sent(Alert(0)))"), "{theirs}");
}

#[test]
fn a_client_without_a_certificate() {
    let (ca, server, _) = good();
    let strict = certificates(Some(&ca.pem), Some(&server), Policy::default());
    let client = certificates(Some(&ca.pem), None, Policy::default());
    let [_, theirs] = Pair::new(&strict, &client, None).run();
    assert_eq!(theirs, "hello -?, failed Authentication Some(Sent(Alert(40)))");
}

/// Names with blanks, zero bytes, in other alphabets, or of a kind that is not a DNS name.
#[test]
fn odd_names() {
    let ca = Authority::new("ca.test");
    let odd = |name: &str| {
        let mut params = params("x.test", 2025, 2030);
        params.subject_alt_names.clear();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        ca.signs(&params)
    };
    let seen = |own: &Own| {
        let server = certificates(None, Some(own), no_client_certificates());
        let client = certificates(Some(&ca.pem), None, asking());
        Pair::new(&server, &client, None).run()[0].clone()
    };
    assert!(seen(&odd("ein Name")).starts_with("certificate 0:ein Name:true"));
    assert!(seen(&odd("имя")).starts_with("certificate 0:имя:true"));
    assert!(seen(&odd("good.test\0.evil")).starts_with("certificate 0:-:true"), "C would read good.test");
    assert!(seen(&odd("")).starts_with("certificate 0:"));
    assert!(seen(&odd(&"n".repeat(3000))).starts_with("certificate 0:nnn"));
    let mut nameless = params("x.test", 2025, 2030);
    nameless.subject_alt_names.clear();
    nameless.distinguished_name = rcgen::DistinguishedName::new();
    assert!(seen(&ca.signs(&nameless)).starts_with("certificate 0:-:true"));
    let mut address = params("x.test", 2025, 2030);
    address.subject_alt_names = vec![rcgen::SanType::IpAddress([192, 0, 2, 1].into())];
    assert!(seen(&ca.signs(&address)).starts_with("certificate 0:common x.test:true"));
}

#[test]
fn goodbye() {
    let (_, server, _) = good();
    let server = certificates(None, Some(&server), no_client_certificates());
    let client = certificates(None, None, no_client_certificates());
    let mut pair = Pair::new(&server, &client, None);
    pair.run();
    let now = pair.now;
    pair.sides[CLIENT].channel.write(now, b"last words").unwrap();
    pair.sides[CLIENT].channel.close(now);
    let [ours, theirs] = pair.run();
    assert_eq!(
        (ours.as_str(), theirs.as_str()),
        ("established TLS 1.3", "hello -?, established TLS 1.3, closed")
    );
    assert_eq!(pair.sides[SERVER].received, b"last words");
    for side in &mut pair.sides {
        assert!(side.channel.is_over());
        assert_eq!(side.channel.write(now, b"?"), Err(WriteError::Closed));
    }
}

/// Somebody connects and sends one byte every second, or nothing.
#[test]
fn slow_handshakes_are_ended() {
    let (_, server, _) = good();
    let client = certificates(None, Some(&server), no_client_certificates());
    let start = Instant::now();
    let mut hello = Vec::new();
    Tls::client(&client, None, Inside::Coap, start).unwrap().output(&mut hello);
    for bytes in [&hello[..], &[]] {
        let mut channel = Tls::server(Inside::Coap, &Settings::default(), start);
        for (second, byte) in bytes.iter().take(39).enumerate() {
            let now = start + Duration::from_secs(second as u64);
            channel.input(now, &[*byte]);
            channel.timeout(now);
            assert!(channel.event().is_none());
        }
        assert_eq!(channel.deadline(), Some(start + Duration::from_secs(40)));
        channel.timeout(start + Duration::from_secs(40));
        let event = channel.event().map(|event| line(&event));
        assert_eq!(event.as_deref(), Some("failed Timeout None"));
        assert!(channel.is_over() && channel.deadline().is_none());
    }
}

/// An application that does not answer either.
#[test]
fn unanswered_questions_are_ended_and_bounded() {
    let (_, server, _) = good();
    let client = certificates(None, Some(&server), no_client_certificates());
    let now = Instant::now();
    let mut hello = Vec::new();
    Tls::client(&client, None, Inside::Coap, now).unwrap().output(&mut hello);
    let mut channel = Tls::server(Inside::Coap, &Settings::default(), now);
    channel.input(now, &hello);
    assert_eq!(channel.event().map(|event| line(&event)).as_deref(), Some("hello -?"));
    for _ in 0..70 {
        channel.input(now, &[0; 1000]);
    }
    assert_eq!(channel.event().map(|event| line(&event)).as_deref(), Some("failed Protocol None"));
}

#[test]
fn garbage_is_answered_by_an_alert() {
    let now = Instant::now();
    for seed in 0..500 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut channel = Tls::server(Inside::Coap, &Settings::default(), now);
        let mut garbage: Vec<u8> = (0..rng.usize(1..600)).map(|_| rng.u8(..)).collect();
        if seed % 2 == 0 {
            garbage.splice(..garbage.len().min(3), [22, 3, 1]);
        }
        channel.input(now, &garbage);
        if let Some(event) = channel.event() {
            assert!(line(&event).starts_with("failed Protocol"), "{event:?}");
            assert!(channel.is_over());
        }
    }
}

/// CoAP without the name `coap` is fine, with another name it is not (RFC 8323 section 8.2).
#[test]
fn protocols() {
    let (_, server, _) = good();
    let server = certificates(None, Some(&server), no_client_certificates());
    let client = certificates(None, None, no_client_certificates());
    let verdict = |ours, theirs| {
        let mut pair = Pair::new(&server, &client, None);
        pair.sides[CLIENT].channel = Tls::client(&client, None, ours, pair.now).unwrap();
        pair.sides[SERVER].channel = Tls::server(theirs, &Settings::default(), pair.now);
        pair.run()[SERVER].clone()
    };
    for (ours, theirs) in [
        (Inside::WebSocket, Inside::Coap),
        (Inside::Coap, Inside::WebSocket),
        (Inside::WebSocket, Inside::WebSocket),
    ] {
        assert_eq!(verdict(ours, theirs), "hello -?, established TLS 1.3");
    }
}

#[test]
fn writing_before_its_time() {
    let client = certificates(None, None, no_client_certificates());
    let now = Instant::now();
    let mut channel = Tls::client(&client, None, Inside::Coap, now).unwrap();
    assert_eq!(channel.write(now, b"early"), Err(WriteError::NotEstablished));
    channel.close(now);
    assert_eq!(channel.write(now, b"late"), Err(WriteError::Closed));
    assert!(!outputs(&mut channel).is_empty());
}
