use super::*;

const LIMIT: usize = 1 << 20;

fn parse(bytes: &[u8], sender: Sender) -> Result<Option<(FrameHeader, usize)>, FrameError> {
    FrameHeader::parse(bytes, sender, LIMIT)
}

/// RFC 6455 section 5.7.
#[test]
fn the_examples_of_the_rfc_are_read_and_written() {
    let mut unmasked = Vec::new();
    write_frame(&mut unmasked, Opcode::Text, None, b"Hello");
    assert_eq!(unmasked, b"\x81\x05Hello");
    let mut masked = Vec::new();
    write_frame(&mut masked, Opcode::Text, Some([0x37, 0xfa, 0x21, 0x3d]), b"Hello");
    assert_eq!(masked, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);

    let (header, at) = parse(&masked, Sender::Client).unwrap().unwrap();
    assert_eq!((header.fin, header.opcode, header.payload_len, at), (true, Opcode::Text, 5, 6));
    apply_mask(header.mask.unwrap(), 0, &mut masked[at..]);
    assert_eq!(&masked[at..], b"Hello");

    let first = parse(&[0x01, 0x03, 0x48, 0x65, 0x6c], Sender::Server).unwrap().unwrap().0;
    assert!(!first.fin && first.opcode == Opcode::Text);
    let last = parse(&[0x80, 0x02, 0x6c, 0x6f], Sender::Server).unwrap().unwrap().0;
    assert!(last.fin && last.opcode == Opcode::Continuation);
    let ping = parse(&[0x89, 0x05], Sender::Server).unwrap().unwrap().0;
    assert_eq!((ping.opcode, ping.payload_len), (Opcode::Ping, 5));
    assert_eq!(parse(&[0x82, 0x7e, 1, 0], Sender::Server).unwrap().unwrap().0.payload_len, 256);
    assert_eq!(
        parse(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], Sender::Server).unwrap().unwrap().0.payload_len,
        65_536
    );
}

#[test]
fn headers_of_all_lengths_come_back_whole_and_wait_for_their_last_byte() {
    for payload_len in [0, 1, 125, 126, 127, 255, 256, 0xffff, 0x1_0000, LIMIT] {
        for (sender, mask) in [(Sender::Client, Some([1, 2, 3, 4])), (Sender::Server, None)] {
            let header = FrameHeader { fin: payload_len % 2 == 0, opcode: Opcode::Binary, mask, payload_len };
            let mut bytes = Vec::new();
            header.write(&mut bytes);
            assert!(bytes.len() <= MAX_HEADER);
            assert_eq!(parse(&bytes, sender), Ok(Some((header, bytes.len()))));
            for cut in 0..bytes.len() {
                assert_eq!(parse(&bytes[..cut], sender), Ok(None), "{cut} bytes of {header:?}");
            }
        }
    }
}

#[test]
fn masking_does_not_depend_on_how_a_payload_is_cut() {
    let (key, plain) = ([9, 8, 7, 6], (0..41).collect::<Vec<u8>>());
    let mut whole = plain.clone();
    apply_mask(key, 0, &mut whole);
    assert_ne!(whole, plain);
    for cut in 0..plain.len() {
        let mut parts = whole.clone();
        let (head, tail) = parts.split_at_mut(cut);
        apply_mask(key, 0, head);
        apply_mask(key, cut, tail);
        assert_eq!(parts, plain, "cut at {cut}");
    }
}

#[test]
fn frames_that_break_the_protocol_are_refused_at_once() {
    let rows: [(&[u8], Sender, FrameError); 11] = [
        (&[0xc2], Sender::Server, FrameError::ReservedBit),
        (&[0x92], Sender::Server, FrameError::ReservedBit),
        (&[0x83], Sender::Server, FrameError::ReservedOpcode(3)),
        (&[0x8b], Sender::Server, FrameError::ReservedOpcode(11)),
        (&[0x09], Sender::Server, FrameError::Control),
        (&[0x89, 126], Sender::Server, FrameError::Control),
        (&[0x82, 0x01], Sender::Client, FrameError::Masking),
        (&[0x82, 0x81], Sender::Server, FrameError::Masking),
        (&[0x82, 126, 0, 125], Sender::Server, FrameError::Length),
        (&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], Sender::Server, FrameError::Length),
        (&[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], Sender::Server, FrameError::Length),
    ];
    for (bytes, sender, error) in rows {
        assert_eq!(parse(bytes, sender), Err(error), "{bytes:x?}");
        assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
    }
    assert_eq!(parse(&[0x82, 0], Sender::Client), Err(FrameError::Masking), "before its length is looked at");
}

#[test]
fn eight_mebibytes_are_refused_by_their_announcement() {
    let frame = [0x82, 0xff, 0, 0, 0, 0, 0, 0x80, 0, 0];
    let error = FrameHeader::parse(&frame, Sender::Client, 8192).unwrap_err();
    assert_eq!(error, FrameError::TooBig { length: 8 << 20, limit: 8192 });
    assert_eq!(error.close_code(), CloseCode::TOO_BIG);
    assert!(FrameHeader::parse(&[0x89, 125], Sender::Server, 10).unwrap().is_some(), "a control frame");
}

#[test]
fn close_frames_say_why_or_are_refused() {
    let mut frame = Vec::new();
    write_close(&mut frame, None, CloseCode::NORMAL);
    assert_eq!(frame, [0x88, 2, 0x03, 0xe8]);
    assert_eq!(close_code(&[]), Ok(None));
    assert_eq!(close_code(b"\x03\xe9bye"), Ok(Some(CloseCode::GOING_AWAY)));
    assert_eq!(close_code(&[3]), Err(FrameError::Close));
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2999, 5000, 0xffff] {
        assert_eq!(close_code(&code.to_be_bytes()), Err(FrameError::Close), "{code}");
    }
    assert_eq!(close_code(b"\x03\xe8\xff").unwrap_err().close_code(), CloseCode::INVALID_DATA);
}
