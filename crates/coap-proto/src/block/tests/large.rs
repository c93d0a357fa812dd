use super::{block, body, content, message};
use crate::block::large::{self, LargeError, Representation, Terms};
use crate::block::{LARGEST, block_option};
use crate::wire::{Code, MessageType, Pdu, option};

const TERMS: Terms = Terms { splits: true, keeps: true, max_szx: LARGEST, quick: false, knows_bert: false };
const TEXT: Representation = Representation { content_format: 0, max_age: Some(5), etag: 0 };
/// What is left of a message of 1,148 bytes with a token of four when room for an Echo option is kept.
const ROOM: usize = 1148 - 4 - 43 - 4;

fn empty(code: Code, max_size: usize) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Con, code, 1, max_size);
    pdu.set_token(b"abcd").unwrap();
    pdu
}

fn put(length: usize, block1: Option<&[u8]>, terms: Terms) -> (Pdu, Result<bool, LargeError>) {
    let mut request = empty(Code::PUT, 1148);
    if let Some(value) = block1 {
        request.add_option(option::BLOCK1, value).unwrap();
    }
    let large = large::request(&mut request, body(length), terms, || 9).map(|large| large.is_some());
    (request, large)
}

#[test]
fn a_request_is_split_when_it_must_be() {
    let (request, large) = put(ROOM, None, TERMS);
    assert_eq!((large, request.payload().len()), (Ok(false), ROOM));
    assert_eq!(request.options().count(), 0);
    let (request, large) = put(ROOM + 1, None, TERMS);
    assert_eq!((large, request.payload().len()), (Ok(true), 1024));
    assert_eq!(block_option(&request, option::BLOCK1), Ok(Some(block(0, true, 6))));
    assert_eq!(request.option(option::SIZE1).unwrap().uint(), Some(ROOM as u64 + 1));
    assert_eq!(request.option(option::REQUEST_TAG).unwrap().value, [9]);
    let (_, large) = put(ROOM + 1, None, Terms { splits: false, ..TERMS });
    assert_eq!(large, Ok(false), "without blocks it has to fit");
    let (_, large) = put(2000, None, Terms { splits: false, ..TERMS });
    assert_eq!(large, Err(LargeError::NoRoom));
}

#[test]
fn the_application_may_choose_the_size_or_the_very_block() {
    let (request, large) = put(100, Some(&[2]), TERMS);
    assert_eq!((large, request.payload()), (Ok(true), &content(100)[..64]));
    let (request, large) = put(64, Some(&[2]), TERMS);
    assert_eq!((large, request.payload()), (Ok(false), &content(64)[..]));
    assert_eq!(block_option(&request, option::BLOCK1), Ok(Some(block(0, false, 2))));
    let (request, large) = put(100, Some(&[0x12]), TERMS);
    assert_eq!((large, request.payload()), (Ok(false), &content(100)[64..]));
    let (_, large) = put(100, Some(&[7]), TERMS);
    assert_eq!(large, Err(LargeError::NoSuchBlock), "size exponent 7");
}

#[test]
fn little_room_makes_small_blocks_and_none_makes_an_error() {
    let put = |max_size| {
        let mut request = empty(Code::PUT, max_size);
        let large = large::request(&mut request, body(500), TERMS, || 9);
        (large.map(|large| large.is_some()), request.payload().len(), request.len() <= max_size)
    };
    assert_eq!(put(200), (Ok(true), 128, true));
    assert_eq!(put(120), (Ok(true), 32, true));
    assert_eq!(put(66), (Err(LargeError::NoRoom), 0, true));
}

#[test]
fn a_response_serves_the_block_that_was_asked_for() {
    let get = |value: &[u8], length| {
        let request = message(Code::GET, &[(option::BLOCK2, value)], &[]);
        let mut response = empty(Code::CONTENT, 1148);
        let keep = large::response(&request, &mut response, &body(length), Some(&TEXT), (TERMS, || 0x1234));
        (response, keep.map(|split| split.keep))
    };
    let (response, keep) = get(&[2], 100);
    assert_eq!((keep, response.payload()), (Ok(true), &content(100)[..64]));
    assert_eq!(response.option(option::ETAG).unwrap().value, [0x12, 0x34]);
    assert_eq!(response.option(option::SIZE2).unwrap().value, [100]);
    assert_eq!(response.option(option::MAX_AGE).unwrap().value, [5]);
    let (response, keep) = get(&[0x12], 100);
    assert_eq!((keep, response.payload()), (Ok(false), &content(100)[64..]));
    assert_eq!(block_option(&response, option::BLOCK2), Ok(Some(block(1, false, 2))));
    let (response, keep) = get(&[2], 64);
    assert_eq!((keep, response.payload()), (Ok(false), &content(64)[..]));
    assert!(response.option(option::ETAG).is_none(), "nothing is split");
    for (value, length) in [(&[0x22][..], 100), (&[0x12], 64), (&[7], 64)] {
        let (response, keep) = get(value, length);
        assert_eq!((keep, response.code()), (Err(LargeError::NoSuchBlock), Code::BAD_REQUEST));
        assert_eq!(response.payload(), b"Bad Request");
    }
}

#[test]
fn a_response_has_the_etag_that_it_is_given_unless_blocks_are_the_application_s_own_business() {
    let etag = |splits| {
        let request = message(Code::GET, &[], &[]);
        let mut response = empty(Code::CONTENT, 1148);
        let (what, terms) = (Representation { etag: 7, ..TEXT }, Terms { splits, keeps: splits, ..TERMS });
        large::response(&request, &mut response, &body(10), Some(&what), (terms, || 9)).unwrap();
        response.option(option::ETAG).map(|etag| etag.value.to_vec())
    };
    assert_eq!((etag(true), etag(false)), (Some(vec![7]), None));
}

#[test]
fn who_asks_for_a_block_gets_it_although_blocks_are_the_application_s_own_business() {
    let request = message(Code::GET, &[(option::BLOCK2, &[0x12])], &[]);
    let (mut response, terms) = (empty(Code::CONTENT, 1148), Terms { splits: false, keeps: false, ..TERMS });
    let split = large::response(&request, &mut response, &body(3000), Some(&TEXT), (terms, || 9)).unwrap();
    assert_eq!((split.keep, response.payload()), (false, &content(3000)[64..128]));
    assert_eq!(block_option(&response, option::BLOCK2), Ok(Some(block(1, true, 2))));
    assert_eq!(response.option(option::ETAG).unwrap().value, [9]);
    assert_eq!(response.option(option::SIZE2).unwrap().uint(), Some(3000));
}
