//! Datagrams that no client means to send.

use super::{Datagrams, kind_name, requests::may_be_as_long};
use crate::support::message::{ACK, CON, GET, NON, POST, PUT, RST, message};

/// Wrong in one way each.
pub(crate) fn crafted() -> Datagrams {
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
        add(&format!("{name} with a response"), [header(0x45, 11), b"\xffhi".to_vec()].concat());
        add(&format!("{name} with a request"), [header(GET, 12), b"\xb1a".to_vec()].concat());
    }
    datagrams
}

/// Wrong versions and lengths, and more of everything than anyone needs.
pub(crate) fn excessive() -> Datagrams {
    let mut datagrams = Datagrams::new();
    let mut add = |name: &str, bytes: Vec<u8>| datagrams.push((name.to_owned(), bytes));
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
    datagrams
}

/// Known options with values of lengths that they cannot have, and whether they are critical.
pub(crate) fn wrong_lengths() -> Vec<(u16, usize, Vec<u8>)> {
    let mut datagrams = Vec::new();
    for number in [1, 3, 4, 5, 6, 7, 8, 12, 14, 15, 17, 20, 23, 27, 28, 35, 39, 60, 252, 258, 292] {
        for length in
            [0, 1, 3, 9, 50, 300, 1200].into_iter().filter(|length| !may_be_as_long(number, *length))
        {
            let start = message(CON, GET, 0x5000 + datagrams.len() as u16, b"to");
            let value = vec![b'v'; length];
            let whole = if number < 11 {
                start.option(number, &value).path("a")
            } else {
                start.path("a").option(number, &value)
            };
            datagrams.push((number, length, whole.bytes()));
        }
    }
    datagrams
}

/// A sound message cut off at every length and changed in every byte.
pub(crate) fn mutated() -> Datagrams {
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
    datagrams
}

/// `count` sound messages with a few bytes changed, cut off or added at random; the same ones for the same seed.
pub(crate) fn random(seed: u64, count: u16) -> Datagrams {
    let mut state = seed;
    // The xorshift generator of Marsaglia: nothing here needs a better one.
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit.max(1) as u64) as usize
    };
    let sound = |mid| {
        message(CON, PUT, mid, b"token").option(3, b"host").path("a/b").option(15, b"x=y").payload(b"payload")
    };
    let one = |mid: u16| {
        let mut bytes = sound(mid).bytes();
        for _ in 0..1 + below(4) {
            let (place, value) = (below(bytes.len()), below(256) as u8);
            match below(4) {
                0 => bytes.truncate(place),
                1 => bytes.insert(place, value),
                2 => bytes.extend(vec![value; below(700)]),
                _ if bytes.is_empty() => {}
                _ => bytes[place] = value,
            }
        }
        (format!("random {mid} of seed {seed}"), bytes)
    };
    (0..count).map(one).collect()
}
