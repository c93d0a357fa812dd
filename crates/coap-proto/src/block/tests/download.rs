use super::{block, content, message};
use crate::block::{Arrival, BadBlock, Download};
use crate::wire::{BlockValue, Code, Pdu, option};

fn response(block: BlockValue, body: &[u8], options: &[(u16, &[u8])]) -> Pdu {
    let payload = &body[block.offset()..body.len().min(block.offset() + block.size())];
    message(Code::CONTENT, options, payload)
}

#[test]
fn the_server_may_send_smaller_blocks_than_asked_for() {
    let body = content(100);
    let mut download = Download::new(true);
    let sent = [block(0, true, 2), block(4, true, 0), block(5, true, 0), block(6, false, 0)];
    for (out, expected) in sent.into_iter().zip([Some(1), Some(5), Some(6), None]) {
        let arrival = download.take(&response(out, &body, &[]), out, 1000);
        let szx = if out.num == 0 { 2 } else { 0 };
        assert_eq!(arrival, Ok(expected.map_or(Arrival::Last, |num| Arrival::More(block(num, false, szx)))));
    }
    assert_eq!(download.take_bytes(), body);
}

#[test]
fn what_was_not_asked_for_is_known_or_bad() {
    let body = content(100);
    let mut download = Download::new(true);
    let mut take = |out: BlockValue| download.take(&response(out, &body, &[]), out, 1000);
    assert_eq!(take(block(1, true, 0)), Err(BadBlock::OutOfOrder(1)));
    assert_eq!(take(block(0, true, 0)), Ok(Arrival::More(block(1, false, 0))));
    assert_eq!(take(block(1, true, 0)), Ok(Arrival::More(block(2, false, 0))));
    assert_eq!(take(block(0, true, 0)), Ok(Arrival::Duplicate));
    assert_eq!(take(block(3, true, 0)), Err(BadBlock::OutOfOrder(3)));
}

#[test]
fn an_etag_is_compared_as_bytes() {
    let body = content(100);
    let mut download = Download::new(true);
    let out = block(0, true, 0);
    let first = response(out, &body, &[(option::ETAG, &[0, 1])]);
    assert_eq!(download.take(&first, out, 1000), Ok(Arrival::More(block(1, false, 0))));
    let out = block(1, true, 0);
    let second = response(out, &body, &[(option::ETAG, &[1])]);
    assert_eq!(download.take(&second, out, 1000), Ok(Arrival::Changed(block(0, false, 0))));
    assert!(!download.is_fresh(), "a body is still expected");
    assert_eq!((download.expected().num, download.take_bytes()), (0, Vec::new()));
    assert_eq!(download.take(&first, block(0, true, 0), 1000), Ok(Arrival::More(block(1, false, 0))));
    assert_eq!(download.take(&response(out, &body, &[]), out, 1000), Err(BadBlock::EtagMissing));
}

#[test]
fn blocks_of_one_body_have_one_content_format() {
    let (first, second) = (block(0, true, 0), block(1, true, 0));
    let of = |out, format: &[u8]| response(out, &content(100), &[(option::CONTENT_FORMAT, format)]);
    for (known, others) in [(&[60][..], [&[50][..], &[]]), (&[], [&[60], &[50]])] {
        let mut download = Download::new(true);
        assert_eq!(download.take(&of(first, known), first, 1000), Ok(Arrival::More(block(1, false, 0))));
        for other in others {
            assert_eq!(download.take(&of(second, other), second, 1000), Err(BadBlock::ContentFormat));
        }
        assert_eq!(download.take(&of(second, known), second, 1000), Ok(Arrival::More(block(2, false, 0))));
    }
}

#[test]
fn nothing_is_held_beyond_the_limit() {
    let mut download = Download::new(true);
    let out = block(0, true, 0);
    let announced = response(out, &content(100), &[(option::SIZE2, &[101])]);
    assert_eq!(download.take(&announced, out, 100), Err(BadBlock::TooLarge(100)));
    let mut download = Download::new(true);
    for num in 0..6 {
        let out = block(num, true, 0);
        let taken = download.take(&response(out, &content(200), &[]), out, 100);
        assert_eq!(taken, Ok(Arrival::More(block(num + 1, false, 0))));
    }
    let out = block(6, true, 0);
    let taken = download.take(&response(out, &content(200), &[]), out, 100);
    assert_eq!(taken, Err(BadBlock::TooLarge(100)));
}
