//! The requests that clients send, every code, every option.

use super::{Datagrams, kind_name};
use crate::support::message::{CON, GET, Message, NON, POST, PUT, message};

/// The requests that clients send, and what RFC 7252 says about duplicates.
pub(crate) fn ordinary() -> Datagrams {
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

/// Every code there is, confirmable and not.
pub(crate) fn every_code() -> Datagrams {
    let mut datagrams = Datagrams::new();
    for code in 0..=255_u8 {
        for kind in [CON, NON] {
            let mid = u16::from(code) * 2 + u16::from(kind);
            let name = format!("{} {}.{:02}", kind_name(kind), code >> 5, code & 31);
            datagrams.push((name, message(kind, code, mid, b"t").path("a").bytes()));
        }
    }
    datagrams
}

/// Every option number up to 70 and some beyond, with values of up to four lengths that they may have.
pub(crate) fn every_option() -> Datagrams {
    let mut datagrams = Datagrams::new();
    let mut mid = 0;
    let values: [&[u8]; 4] = [b"", b"\x01", b"\xff\xff\xff\xff", &[b'v'; 300]];
    let numbers =
        (0..=70).chain([128, 252, 253, 258, 259, 292, 293, 2048, 2049, 2050, 65000, 65001, 65534, 65535]);
    for number in numbers.filter(|number| *number != 11) {
        for value in values.into_iter().filter(|value| may_be_as_long(number, value.len())) {
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
    datagrams
}

/// Whether an option's value may have that length (RFC 7252 5.10 and the documents that add options); those of a number
/// that nobody knows may.
pub(crate) fn may_be_as_long(number: u16, length: usize) -> bool {
    match number {
        5 | 21 => length == 0,
        258 => length <= 1,
        16 => length == 1,
        7 | 12 | 17 => length <= 2,
        6 | 19 | 23 | 27 | 31 => length <= 3,
        14 | 28 | 60 => length <= 4,
        1 | 292 => length <= 8,
        4 => (1..=8).contains(&length),
        252 => (1..=40).contains(&length),
        8 | 9 | 11 | 15 | 20 => length <= 255,
        3 | 39 => (1..=255).contains(&length),
        35 => (1..=1034).contains(&length),
        _ => true,
    }
}
