use super::{block, body, content, message};
use crate::block::{Acknowledged, Stride, Upload};
use crate::wire::{BlockValue, Code, Pdu, option};

fn answer(code: Code, block: BlockValue) -> Pdu {
    message(code, &[(option::BLOCK1, &block.encode())], &[])
}

/// The block that goes out now, and its payload.
fn written(upload: &Upload) -> (BlockValue, Vec<u8>) {
    (upload.block(), upload.payload().to_vec())
}

#[test]
fn blocks_follow_each_other_to_the_end() {
    let mut upload = Upload::new(body(40), Stride::of(0));
    let mut sent = Vec::new();
    for num in 0..3 {
        let (out, payload) = written(&upload);
        assert_eq!(out, block(num, num < 2, 0));
        sent.extend(payload);
        let expected = if num < 2 { Acknowledged::Continue } else { Acknowledged::Final };
        assert_eq!(upload.acknowledge(&answer(Code::CONTINUE, out)), expected);
    }
    assert_eq!(sent, content(40));
    assert_eq!(upload.into_body().ticket(), 7);
}

#[test]
fn the_server_may_want_smaller_blocks_but_not_larger_ones() {
    let mut upload = Upload::new(body(4000), Stride::of(4));
    assert_eq!(upload.acknowledge(&answer(Code::CONTINUE, block(0, true, 2))), Acknowledged::Continue);
    assert_eq!(written(&upload), (block(4, true, 2), content(4000)[256..320].to_vec()));
    assert_eq!(upload.acknowledge(&answer(Code::CONTINUE, block(4, true, 6))), Acknowledged::Continue);
    assert_eq!(written(&upload).0, block(5, true, 2));
    assert_eq!(upload.acknowledge(&answer(Code::TOO_LARGE, block(5, true, 0))), Acknowledged::StartOver);
    assert_eq!(written(&upload).0, block(0, true, 0));
    assert_eq!(upload.acknowledge(&answer(Code::TOO_LARGE, block(0, true, 0))), Acknowledged::Final);
}

#[test]
fn what_names_no_block_answers_the_whole_request() {
    let mut upload = Upload::new(body(40), Stride::of(0));
    for code in [Code::CHANGED, Code::CONTINUE, Code::NOT_FOUND, Code::TOO_LARGE] {
        assert_eq!(upload.acknowledge(&message(code, &[], &[])), Acknowledged::Final);
    }
    assert_eq!(upload.acknowledge(&answer(Code::INCOMPLETE, block(0, true, 0))), Acknowledged::Final);
    let reserved = message(Code::CONTINUE, &[(option::BLOCK1, &[7])], &[]);
    assert_eq!(upload.acknowledge(&reserved), Acknowledged::Final);
}
