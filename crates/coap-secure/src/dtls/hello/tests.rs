use super::*;
use crate::dtls::record::put_record;

/// A ClientHello with these suites and extensions.
fn datagram(cookie: &[u8], suites: &[u16], extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend([9; 32]);
    body.push(0);
    body.push(cookie.len() as u8);
    body.extend(cookie);
    body.extend((suites.len() as u16 * 2).to_be_bytes());
    body.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
    body.extend([1, 0]);
    let mut data = Vec::new();
    for (kind, contents) in extensions {
        data.extend(kind.to_be_bytes());
        data.extend((contents.len() as u16).to_be_bytes());
        data.extend(*contents);
    }
    body.extend((data.len() as u16).to_be_bytes());
    body.extend(data);
    let length = (body.len() as u32).to_be_bytes();
    let mut message = vec![CLIENT_HELLO];
    message.extend(&length[1..]);
    message.extend([0, 1, 0, 0, 0]);
    message.extend(&length[1..]);
    message.extend(body);
    let mut datagram = Vec::new();
    put_record(HANDSHAKE, 0xfeff, 7, &message, &mut datagram);
    datagram
}

const EXTENDED: (u16, &[u8]) = (23, &[]);

#[test]
fn the_order_of_the_client_counts() {
    let bytes = datagram(&[], &[0x1301, 0xc02c, 0xc0a8, 0x002f], &[EXTENDED]);
    let hello = ClientHello::parse(&bytes).unwrap();
    assert_eq!(hello.offers().collect::<Vec<_>>(), [Offer::Certificates, Offer::Psk]);
    assert!(hello.has_version());
    let bytes = datagram(&[], &[0xc0a8, 0x1301], &[(43, &[2, 0xfe, 0xfc]), EXTENDED]);
    let hello = ClientHello::parse(&bytes).unwrap();
    assert_eq!(hello.offers().collect::<Vec<_>>(), [Offer::Certificates13, Offer::Psk]);
}

#[test]
fn without_extended_master_secret_there_is_nothing_to_offer_in_1_2() {
    let bytes = datagram(&[], &[0xc0a8, 0xc02b], &[]);
    assert_eq!(ClientHello::parse(&bytes).unwrap().offers().count(), 0);
}

#[test]
fn names() {
    let name = |contents: &[u8]| {
        let bytes = datagram(&[], &[0xc0a8], &[(0, contents)]);
        ClientHello::parse(&bytes).unwrap().name().map(|name| name.map(str::to_owned))
    };
    assert_eq!(name(b"\x00\x09\x00\x00\x06a.test"), Ok(Some("a.test".into())));
    assert_eq!(name(b"\x00\x09\x00\x00\x06a test"), Err(()), "a blank");
    assert_eq!(name(b"\x00\x09\x00\x00\x06a\0test"), Err(()), "a zero byte");
    assert_eq!(name(b"\x00\x03\x00\x00\x00"), Err(()), "nothing");
    assert_eq!(name(b"\x00\x09\x00\x00\x07a.test"), Err(()), "too short");
    assert_eq!(name(b""), Err(()));
    let bytes = datagram(&[], &[0xc0a8], &[]);
    assert_eq!(ClientHello::parse(&bytes).unwrap().name(), Ok(None));
}

#[test]
fn the_first_hello_is_the_second_without_its_cookie() {
    let second = datagram(&[4; 32], &[0xc0a8], &[EXTENDED]);
    let first = ClientHello::parse(&second).unwrap().without_cookie();
    let first = ClientHello::parse(&first).unwrap();
    assert_eq!((first.cookie, first.record_sequence()), (&[][..], 0));
    assert_eq!(first.offers().collect::<Vec<_>>(), [Offer::Psk]);
    assert_eq!(ClientHello::parse(&second).unwrap().record_sequence(), 7);
}

#[test]
fn anything_else_is_none() {
    let bytes = datagram(&[], &[0xc0a8], &[EXTENDED]);
    for length in 0..bytes.len() {
        assert!(ClientHello::parse(&bytes[..length]).is_none());
    }
    for place in [0, 1, 4, 13, 13 + 3, 13 + 8, 13 + 11] {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        assert!(ClientHello::parse(&bytes).is_none(), "byte {place}");
    }
}
