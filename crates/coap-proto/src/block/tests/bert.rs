//! BERT: many blocks of 1,024 bytes in a message (RFC 8323 section 6).
use super::{block, body, content, message};
use crate::block::{
    Acknowledged, Arrival, BadBlock, Download, Extent, Intake, Offer, Received, Stride, Upload, check_size,
};
use crate::wire::{BlockValue, Code, Pdu, option};
use std::time::Instant;

const BERT: u8 = BlockValue::BERT;

fn block2(pdu: &Pdu) -> BlockValue {
    BlockValue::decode(pdu.option(option::BLOCK2).unwrap().value).unwrap()
}

#[test]
fn an_upload_goes_in_steps_of_several_blocks() {
    let (length, mut taken) = (20_000, Intake::new(&message(Code::PUT, &[], &[])));
    let mut upload = Upload::new(body(length), Stride::shown(block(0, true, BERT), 8 * 1024));
    for (num, more, size) in [(0, true, 8192), (8, true, 8192), (16, false, 20_000 - 16_384)] {
        let out = upload.block();
        let request = message(Code::PUT, &[(option::BLOCK1, &out.encode())], upload.payload());
        assert_eq!((out, request.payload().len()), (block(num, more, BERT), size));
        assert_eq!(check_size(&request, out), Ok(()));
        assert_eq!(taken.take(&request, out), Ok(if more { Received::More } else { Received::Whole }));
        let answer = message(Code::CONTINUE, &[(option::BLOCK1, &out.encode())], &[]);
        let expected = if more { Acknowledged::Continue } else { Acknowledged::Final };
        assert_eq!(upload.acknowledge(&answer), expected);
    }
    let mut request = message(Code::PUT, &[], &[]);
    taken.complete(&mut request);
    assert_eq!(request.payload(), content(length));
}

#[test]
fn the_server_may_want_single_blocks() {
    let mut upload = Upload::new(body(20_000), Stride::shown(block(0, true, BERT), 8 * 1024));
    let mut answer = |code, szx: u8| {
        let answer = message(code, &[(option::BLOCK1, &block(0, true, szx).encode())], &[]);
        let acknowledged = upload.acknowledge(&answer);
        (acknowledged, upload.block())
    };
    assert_eq!(answer(Code::CONTINUE, 6), (Acknowledged::Continue, block(8, true, 6)));
    assert_eq!(answer(Code::CONTINUE, 4), (Acknowledged::Continue, block(36, true, 4)));
    assert_eq!(answer(Code::TOO_LARGE, 2), (Acknowledged::StartOver, block(0, true, 2)));
}

#[test]
fn a_message_bears_as_many_blocks_as_fit() {
    let now = Instant::now();
    let mut offer = Offer::new(body(100_000), &message(Code::CONTENT, &[], &[]), None);
    for (room, asked, shown, size) in [
        (10_000, block(0, false, BERT), block(0, true, BERT), 9 * 1024),
        (10_000, block(9, false, BERT), block(9, true, BERT), 9 * 1024),
        (10_000, block(90, false, BERT), block(90, false, BERT), 100_000 - 90 * 1024),
        (10_000, block(9, false, 6), block(9, true, 6), 1024),
        (0, block(0, false, BERT), block(0, true, BERT), 64 * 1024),
        (1040, block(5, false, BERT), block(5, true, BERT), 1024),
        (1000, block(5, false, BERT), block(10, true, 5), 512),
    ] {
        let mut response = Pdu::new(crate::wire::MessageType::Ack, Code::EMPTY, 1, room);
        assert_eq!(offer.write(asked, &mut response, now), Ok(!shown.more), "{asked:?} in {room}");
        assert_eq!((block2(&response), response.payload().len()), (shown, size), "{asked:?} in {room}");
        assert_eq!(response.payload(), &content(100_000)[shown.offset()..][..size]);
    }
}

#[test]
fn a_download_asks_for_what_follows() {
    let mut download = Download::new(true);
    let arrive = |download: &mut Download, shown: BlockValue, start: usize, size: usize| {
        let payload = &content(30_000)[start..start + size];
        let pdu = message(Code::CONTENT, &[(option::BLOCK2, &shown.encode())], payload);
        download.take(&pdu, shown, usize::MAX)
    };
    let first = arrive(&mut download, block(0, true, BERT), 0, 4096);
    assert_eq!(first, Ok(Arrival::More(block(4, false, BERT))));
    let second = arrive(&mut download, block(4, true, BERT), 4096, 10 * 1024);
    assert_eq!(second, Ok(Arrival::More(block(14, false, BERT))), "as many blocks as it likes");
    assert_eq!(
        arrive(&mut download, block(14, true, 6), 14 * 1024, 1024),
        Ok(Arrival::More(block(15, false, 6)))
    );
    let rest = 30_000 - 15 * 1024;
    assert_eq!(arrive(&mut download, block(15, false, BERT), 15 * 1024, rest), Ok(Arrival::Last));
    assert_eq!(download.take_bytes(), content(30_000));
}

#[test]
fn all_but_the_last_message_have_whole_blocks() {
    for (length, more, is_right) in [
        (0, true, false),
        (1000, true, false),
        (1024, true, true),
        (1025, true, false),
        (5 * 1024, true, true),
        (0, false, true),
        (70_001, false, true),
    ] {
        let pdu = message(Code::PUT, &[], &content(length));
        assert_eq!(check_size(&pdu, block(0, more, BERT)).is_ok(), is_right, "{length}, more: {more}");
        let taken = Download::new(true).take(&pdu, block(0, more, BERT), usize::MAX);
        assert_eq!(taken == Err(BadBlock::Size(0)), !is_right, "{length}, more: {more}");
    }
    let pdu = message(Code::PUT, &[], &content(2048));
    assert_eq!(Extent::of_block(&pdu, block(3, true, BERT), None), Extent { offset: 3072, total: 5121 });
}
