//! Raw datagrams to the same C server on the distribution's libcoap and on ours: the answers are equal, byte by byte,
//! and so are the calls of the handlers.
//!
//! After each datagram a request for the resource "sync" goes out from the same port; its answer says that everything
//! before it has been handled. (A ping would not do: the original leaves some unanswered after a malformed message.)

mod support;

use std::{collections::BTreeMap, fmt::Write as _, net::UdpSocket, time::Duration};
use support::{
    Program,
    differences::assert_same_output,
    library::Library,
    message::{ACK, CON, GET, Message, NON, POST, PUT, RST, message},
    udp,
};

const LIMIT: Duration = Duration::from_secs(5);

/// A name and a datagram. Datagrams of one list go out from one port.
type Datagrams = Vec<(String, Vec<u8>)>;

#[test]
fn requests() {
    replay("wire requests", "plain", &ordinary_requests());
}

#[test]
fn requests_with_unknown_and_proxy_resources() {
    replay("wire open", "open", &ordinary_requests());
}

#[test]
fn every_code() {
    let mut datagrams = Datagrams::new();
    for code in 0..=255_u8 {
        for kind in [CON, NON] {
            let mid = u16::from(code) * 2 + u16::from(kind);
            let name = format!("{} {}.{:02}", kind_name(kind), code >> 5, code & 31);
            datagrams.push((name, message(kind, code, mid, b"t").path("a").bytes()));
        }
    }
    replay("wire codes", "plain", &datagrams);
}

#[test]
fn every_option() {
    let mut datagrams = Datagrams::new();
    let mut mid = 0;
    let values: [&[u8]; 4] = [b"", b"\x01", b"\xff\xff\xff\xff", &[b'v'; 300]];
    let numbers =
        (0..=70).chain([128, 252, 253, 258, 259, 292, 293, 2048, 2049, 2050, 65000, 65001, 65534, 65535]);
    for number in numbers.filter(|number| *number != 11) {
        for value in values {
            for kind in [CON, NON] {
                mid += 1;
                let start = message(kind, GET, mid, b"to");
                let whole = if number < 11 {
                    start.option(number, value).path("a")
                } else {
                    start.path("a").option(number, value)
                };
                datagrams.push((
                    format!("{} option {number} of {} bytes", kind_name(kind), value.len()),
                    whole.bytes(),
                ));
            }
        }
    }
    replay("wire options", "plain", &datagrams);
}

#[test]
fn truncated_and_mutated() {
    let whole = message(CON, PUT, 0x0100, b"token")
        .option(3, b"localhost")
        .path("a")
        .option(12, &[40])
        .option(60, &[0x01, 0x02, 0x03])
        .payload(b"a payload")
        .bytes();
    let mut datagrams = Datagrams::new();
    for length in 0..whole.len() {
        datagrams.push((format!("first {length} bytes"), whole[..length].to_vec()));
    }
    for place in 0..whole.len() {
        for change in [0x01, 0x0f, 0xf0, 0x80, 0xff] {
            let mut copy = whole.clone();
            copy[place] ^= change;
            datagrams.push((format!("byte {place} ^ {change:02x}"), copy));
        }
    }
    // Each is a message of its own, not a duplicate of the one before.
    for (index, (_, bytes)) in datagrams.iter_mut().enumerate() {
        if bytes.len() >= 4 {
            bytes[2] = 0x20 + (index >> 8) as u8;
            bytes[3] = index as u8;
        }
    }
    replay("wire mutations", "plain", &datagrams);
}

#[test]
fn hostile() {
    let mut datagrams = Datagrams::new();
    let mut add = |name: &str, bytes: Vec<u8>| datagrams.push((name.to_owned(), bytes));
    for length in 0..=15_u8 {
        for kind in [CON, NON] {
            let bytes = [&[0x40 | kind << 4 | length, GET, 0x11, kind << 4 | length][..], &[7; 15], b"\xb1a"]
                .concat();
            add(&format!("{} token length {length}", kind_name(kind)), bytes);
        }
    }
    for kind in [CON, NON, ACK, RST] {
        let header = |code, low: u8| vec![0x40 | kind << 4, code, 0x12, kind << 4 | low];
        let name = kind_name(kind);
        add(&format!("{name} with delta 15"), [header(GET, 0), vec![0xf1, b'a']].concat());
        add(&format!("{name} with length 15"), [header(GET, 1), vec![0xbf, b'a']].concat());
        add(&format!("{name} with extended delta cut off"), [header(GET, 2), vec![0xd1]].concat());
        add(&format!("{name} with 16-bit delta cut off"), [header(GET, 3), vec![0xe1, 0]].concat());
        add(&format!("{name} with extended length cut off"), [header(GET, 4), vec![0xbd]].concat());
        add(&format!("{name} with 16-bit length cut off"), [header(GET, 5), vec![0xbe, 0]].concat());
        add(
            &format!("{name} with an option of 65804 bytes"),
            [header(GET, 6), vec![0xbe, 0xff, 0xff]].concat(),
        );
        add(
            &format!("{name} with a marker and no payload"),
            [header(GET, 7), vec![0xb1, b'a', 0xff]].concat(),
        );
        add(
            &format!("{name} with option numbers beyond 65535"),
            [header(GET, 8), vec![0xe0, 0xff, 0xff, 0xe0, 0xff, 0xff]].concat(),
        );
        add(
            &format!("{name}, empty, with a token"),
            [vec![0x42 | kind << 4, 0, 0x13, kind], b"to".to_vec()].concat(),
        );
        add(
            &format!("{name}, empty, with bytes after the header"),
            [header(0, 9), b"\xb1a".to_vec()].concat(),
        );
        add(&format!("{name}, empty"), header(0, 10));
        add(&format!("{name} with a response"), [header(0x45, 11), b"\xffhi".to_vec()].concat());
        add(&format!("{name} with a request"), [header(GET, 12), b"\xb1a".to_vec()].concat());
    }
    for version in [0_u8, 2, 3] {
        add(&format!("version {version}"), vec![version << 6, GET, 0x14, version, 0xb1, b'a']);
    }
    for length in 0..4 {
        add(&format!("{length} bytes"), vec![0x40; length]);
    }
    let options = (0..700).fold(message(CON, GET, 0x1500, b""), |whole, _| whole.option(9, b""));
    add("700 empty critical options", options.bytes());
    let options = (0..250_u16).fold(message(CON, GET, 0x1501, b"").path("a"), |whole, number| {
        whole.option(1000 + 2 * number, b"xy")
    });
    add("250 unknown elective options", options.bytes());
    let options = (0..100).fold(message(CON, GET, 0x1502, b""), |whole, _| whole.path("x"));
    add("100 path segments", options.bytes());
    add("1,400 bytes of 0xff", vec![0xff; 1400]);
    add("1,400 bytes of zero", vec![0; 1400]);
    add(
        "a payload of 60,000 bytes",
        message(NON, POST, 0x1503, b"big").path("code").payload(&[0x45; 60_000]).bytes(),
    );
    replay("wire hostile", "plain", &datagrams);
}

/// The requests that clients send, and what RFC 7252 says about duplicates.
fn ordinary_requests() -> Datagrams {
    let mut datagrams = Datagrams::new();
    let mut mid = 0x3000;
    let mut both = |name: &str, code: u8, fill: &dyn Fn(Message) -> Message| {
        for kind in [CON, NON] {
            mid += 1;
            datagrams.push((
                format!("{} {name}", kind_name(kind)),
                fill(message(kind, code, mid, b"\xca\xfe")).bytes(),
            ));
        }
    };
    for code in 1..=7 {
        both(&format!("method {code} on a"), code, &|m| m.path("a"));
        both(&format!("method {code} on a with a payload"), code, &|m| {
            m.path("a").option(12, b"").payload(b"body")
        });
        both(&format!("method {code} on nothing"), code, &|m| m.path("nothing"));
        both(&format!("method {code} on what has no handler"), code, &|m| m.path("bare"));
        both(&format!("method {code} on .well-known/core"), code, &|m| m.path(".well-known/core"));
        both(&format!("method {code} on the root"), code, &|m| m);
    }
    both("GET a/b", GET, &|m| m.path("a/b"));
    both("GET a/", GET, &|m| m.path("a/"));
    both("GET with an empty path segment", GET, &|m| m.path(""));
    both("GET with no answer from the handler", GET, &|m| m.path("empty"));
    for query in ["", "x", "x=1", "a&b", "%41", "\u{e9}", "a b", "="] {
        both(&format!("query \"{query}\""), GET, &|m| m.path("q").option(15, query.as_bytes()));
        both(&format!("queries \"{query}\" and more"), GET, &|m| {
            m.path("q").option(15, query.as_bytes()).option(15, b"z")
        });
    }
    for filter in ["rt=light", "rt=none", "rt=l*", "href=/a", "href=/*", "x", "if=*"] {
        both(&format!("discovery of {filter}"), GET, &|m| {
            m.path(".well-known/core").option(15, filter.as_bytes())
        });
    }
    for accept in [0_u8, 40, 41, 60] {
        both(&format!("Accept {accept} on discovery"), GET, &|m| {
            m.path(".well-known/core").option(17, &[accept])
        });
        both(&format!("Accept {accept} on a"), GET, &|m| m.path("a").option(17, &[accept]));
    }
    both("If-Match", PUT, &|m| m.option(1, b"\x01").path("a"));
    both("If-None-Match", PUT, &|m| m.option(5, b"").path("a"));
    both("If-None-Match on nothing", PUT, &|m| m.option(5, b"").path("nothing"));
    both("Uri-Host and Uri-Port", GET, &|m| m.option(3, b"example.org").option(7, &[0x16, 0x33]).path("a"));
    both("Proxy-Uri", GET, &|m| m.option(35, b"coap://elsewhere.example/x"));
    both("Proxy-Uri for us", GET, &|m| m.option(35, b"coap://me.example/a"));
    both("Proxy-Scheme", GET, &|m| m.option(3, b"elsewhere.example").path("x").option(39, b"coap"));
    both("Proxy-Scheme for us", GET, &|m| m.option(3, b"me.example").path("a").option(39, b"coap"));
    for hops in [0_u8, 1, 2, 255] {
        both(&format!("Hop-Limit {hops}"), GET, &|m| m.path("a").option(16, &[hops]));
        both(&format!("Hop-Limit {hops} to a proxy"), GET, &|m| {
            m.option(3, b"elsewhere.example").path("x").option(16, &[hops]).option(39, b"coap")
        });
    }
    for suppressed in [0_u8, 2, 8, 16, 26, 127] {
        both(&format!("No-Response {suppressed} and 2.05"), GET, &|m| m.path("a").option(258, &[suppressed]));
        both(&format!("No-Response {suppressed} and 4.04"), GET, &|m| {
            m.path("nothing").option(258, &[suppressed])
        });
        both(&format!("No-Response {suppressed} and 5.00"), POST, &|m| {
            m.path("code").option(258, &[suppressed]).payload(&[0xa0])
        });
    }
    for code in [0x41, 0x43, 0x5f, 0x80, 0x84, 0xa0, 0xa3, 0x01, 0x20, 0xc0, 0xe1] {
        both(&format!("a handler that answers {code:02x}"), POST, &|m| m.path("code").payload(&[code]));
    }
    both("unknown critical option", GET, &|m| m.path("a").option(4711, b"x"));
    both("two unknown critical options", GET, &|m| m.path("a").option(4711, b"x").option(4713, b"y"));
    both("unknown elective option", GET, &|m| m.path("a").option(4712, b"x"));
    both("registered critical option", GET, &|m| m.path("a").option(2049, b"x"));
    both("critical option on nothing", GET, &|m| m.path("nothing").option(4711, b"x"));
    both("a repeated option that may not repeat", GET, &|m| m.path("a").option(17, &[0]).option(17, &[0]));
    both("Observe on what cannot be observed", GET, &|m| m.option(6, b"").path("a"));
    datagrams.extend(duplicates());
    datagrams
}

fn duplicates() -> Datagrams {
    let first = message(CON, GET, 0x4001, b"d1").path("count").bytes();
    let other = message(CON, GET, 0x4002, b"d2").path("count").bytes();
    let non = message(NON, GET, 0x4003, b"d3").path("count").bytes();
    let refused = message(CON, GET, 0x4004, b"d4").path("nothing").bytes();
    let empty = message(CON, GET, 0x4005, b"d5").path("empty").bytes();
    [
        ("CON duplicate, first", &first),
        ("CON duplicate, second", &first),
        ("CON, another", &other),
        ("CON duplicate, third, after another", &first),
        ("NON duplicate, first", &non),
        ("NON duplicate, second", &non),
        ("CON to nothing, first", &refused),
        ("CON to nothing, second", &refused),
        ("CON without an answer, first", &empty),
        ("CON without an answer, second", &empty),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes.clone()))
    .into()
}

fn replay(name: &str, mode: &str, datagrams: &Datagrams) {
    let (reference, ours) = (Library::reference(), Library::ours());
    let program = Program::compile("c-tests/wire/server.c", &reference);
    let version = support::version(&reference);
    let theirs = answers(&program, &reference, mode, datagrams);
    let ours = answers(&program, &ours, mode, datagrams);
    assert_same_output(name, &version, &theirs, &ours);
}

/// A line for each datagram with its answers, then a line for each kind of call that handlers got.
fn answers(program: &Program, library: &Library, mode: &str, datagrams: &Datagrams) -> String {
    let mut server = program.start(library, &[mode]);
    let port = server.wait_for_line(LIMIT, |line| line.starts_with("port "));
    let port = port["port ".len()..].trim().parse().expect("a port");
    let socket = udp::socket();
    socket.connect(("127.0.0.1", port)).expect("a connected socket");
    let mut text = String::new();
    for (index, (name, bytes)) in datagrams.iter().enumerate() {
        let answers = exchange(&socket, bytes, 0xf000 | index as u16)
            .unwrap_or_else(|| panic!("{}: no answer after {name}", library.tag()));
        let answers: Vec<String> = answers.iter().map(|answer| show(answer)).collect();
        let _ = writeln!(
            text,
            "{name} -> {}",
            if answers.is_empty() { "nothing".into() } else { answers.join(" and ") }
        );
    }
    server.close_input();
    let finished = server.finish(LIMIT);
    assert!(
        finished.status.success(),
        "{}: the server ended with {}\n{}",
        library.tag(),
        finished.status,
        finished.stderr
    );
    let mut calls = BTreeMap::new();
    for call in finished.stdout.lines().skip(1) {
        *calls.entry(call).or_insert(0) += 1;
    }
    for (call, count) in calls {
        let _ = writeln!(text, "{count} x {call}");
    }
    text
}

/// Sends a datagram and a request for "sync"; returns what comes before the answer to that, if it comes.
fn exchange(socket: &UdpSocket, bytes: &[u8], mid: u16) -> Option<Vec<Vec<u8>>> {
    socket.send(bytes).expect("a datagram can be sent");
    let sync = message(CON, GET, mid, b"sync").path("sync").bytes();
    socket.send(&sync).expect("a datagram can be sent");
    let mut answers = Vec::new();
    loop {
        let answer = udp::receive(socket, LIMIT)?;
        if answer[2..].starts_with(&sync[2..8]) {
            return Some(answers);
        }
        answers.push(answer);
    }
}

/// An answer in hexadecimal. Message IDs that the server chose are left out.
fn show(answer: &[u8]) -> String {
    let own_mid = answer.first().is_some_and(|byte| byte >> 4 & 3 < ACK);
    let hex = |(index, byte): (usize, &u8)| match index {
        2 | 3 if own_mid => "..".to_owned(),
        _ => format!("{byte:02x}"),
    };
    answer.iter().enumerate().map(hex).collect::<Vec<_>>().join(" ")
}

fn kind_name(kind: u8) -> &'static str {
    ["CON", "NON", "ACK", "RST"][usize::from(kind)]
}
