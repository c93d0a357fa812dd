//! Which requests share a key.
use super::CacheKey;
use crate::arena::Arena;
use crate::engine::SessionId;
use crate::wire::{Code, MessageType, Pdu, option};

type Options<'a> = &'a [(u16, &'a [u8])];

const PATH: (u16, &[u8]) = (option::URI_PATH, b"a");

fn request(code: Code, options: Options<'_>, payload: &[u8]) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Con, code, 0, 0);
    for (number, value) in options {
        pdu.insert_option(*number, value).unwrap();
    }
    pdu.set_payload(payload).unwrap();
    pdu
}

fn key(options: Options<'_>) -> CacheKey {
    CacheKey::of(&request(Code::GET, options, b""), None, &[])
}

#[test]
fn type_message_id_token_and_method_do_not_count() {
    let mut other = Pdu::new(MessageType::Non, Code::PUT, 77, 0);
    other.set_token(b"token").unwrap();
    other.add_option(PATH.0, PATH.1).unwrap();
    other.set_payload(b"what a PUT brings").unwrap();
    assert_eq!(CacheKey::of(&other, None, &[]), key(&[PATH]));
}

#[test]
fn options_count_each_by_number_value_and_order() {
    let different: [Options<'_>; 7] = [
        &[],
        &[PATH],
        &[PATH, (option::URI_PATH, b"b")],
        &[(option::URI_PATH, b"b"), PATH],
        &[(option::URI_PATH, b"ab")],
        &[PATH, (option::URI_QUERY, b"b")],
        &[PATH, (option::ACCEPT, b"")],
    ];
    for (at, one) in different.iter().enumerate() {
        for (other, two) in different.iter().enumerate() {
            assert_eq!(key(one) == key(two), at == other, "{at} {other}");
        }
    }
}

#[test]
fn observe_and_options_marked_no_cache_key_do_not_count() {
    for number in [option::OBSERVE, option::SIZE1, option::SIZE2] {
        assert_eq!(key(&[PATH, (number, b"\x01")]), key(&[PATH]), "{number}");
    }
    // 0b1_1100 of any other: RFC 7252 section 5.4.6.
    assert_eq!(key(&[PATH, (0x7fc, b"x")]), key(&[PATH]));
    assert_ne!(key(&[PATH, (0x7f8, b"x")]), key(&[PATH]));
}

#[test]
fn the_application_can_ignore_more() {
    let block = (option::BLOCK1, &b"\x08"[..]);
    let with_block = request(Code::PUT, &[PATH, block], b"");
    assert_ne!(CacheKey::of(&with_block, None, &[]), key(&[PATH]));
    assert_eq!(CacheKey::of(&with_block, None, &[option::BLOCK1, option::BLOCK2]), key(&[PATH]));
}

#[test]
fn the_payload_counts_for_fetch_only() {
    let of = |code, payload: &[u8]| CacheKey::of(&request(code, &[PATH], payload), None, &[]);
    assert_ne!(of(Code::FETCH, b"x"), of(Code::FETCH, b"y"));
    assert_eq!(of(Code::FETCH, b""), of(Code::GET, b""));
    assert_eq!(of(Code::POST, b"x"), of(Code::POST, b"y"));
}

#[test]
fn a_key_of_a_session_is_no_others() {
    let mut sessions = Arena::new();
    let first = SessionId(sessions.insert(()));
    sessions.remove(first.0);
    let in_its_place = SessionId(sessions.insert(()));
    let get = request(Code::GET, &[PATH], b"");
    let of = |session| CacheKey::of(&get, session, &[]);
    assert_eq!(of(Some(first)), of(Some(first)));
    assert_ne!(of(Some(first)), of(None));
    assert_ne!(of(Some(first)), of(Some(in_its_place)));
}

#[test]
fn a_key_survives_its_way_through_bytes() {
    assert_eq!(CacheKey::from_bytes(*key(&[PATH]).as_bytes()), key(&[PATH]));
}
