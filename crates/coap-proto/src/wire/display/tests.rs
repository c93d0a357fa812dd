use super::*;
use crate::wire::{Code, option::*};

/// The text of a message over UDP. The expected texts in this file are what libcoap 4.3.4 prints.
fn text(pdu: &Pdu) -> String {
    let mut text = String::new();
    write(pdu, Protocol::Udp, &mut text).unwrap();
    text
}

fn request(options: &[(u16, &[u8])], payload: &[u8]) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Con, Code::GET, 0x4d2, 0);
    for (number, value) in options {
        pdu.add_option(*number, value).unwrap();
    }
    pdu.set_payload(payload).unwrap();
    pdu
}

#[test]
fn a_message_is_one_line() {
    let mut pdu = request(&[(URI_PATH, b"time"), (URI_QUERY, b"ticks"), (BLOCK2, &[0x06])], b"");
    pdu.update_token(&[1, 0xab]).unwrap();
    let expected = "v:1 t:CON c:GET i:04d2 {01ab} [ Uri-Path:time, Uri-Query:ticks, Block2:0/_/1024 ]\n";
    assert_eq!(text(&pdu), expected);
    assert_eq!(text(&Pdu::new(MessageType::Rst, Code::EMPTY, 7, 0)), "v:1 t:RST c:0.00 i:0007 {} [ ]\n");
}

#[test]
fn the_header_depends_on_the_transport() {
    let pdu = Pdu::new(MessageType::Con, Code::CONTENT, 1, 0);
    for (protocol, expected) in [
        (Protocol::Dtls, "v:1 t:CON c:2.05 i:0001 {} [ ]\n"),
        (Protocol::Tcp, "v:Reliable c:2.05 {} [ ]\n"),
        (Protocol::Tls, "v:Reliable c:2.05 {} [ ]\n"),
        (Protocol::Ws, "v:WebSocket c:2.05 {} [ ]\n"),
    ] {
        let mut text = String::new();
        write(&pdu, protocol, &mut text).unwrap();
        assert_eq!(text, expected);
    }
}

#[test]
fn each_kind_of_option_value_has_its_own_text() {
    let rows: &[(u16, &[u8], &str)] = &[
        (IF_MATCH, &[0x0a, 0xff], "If-Match:0x0aff"),
        (URI_HOST, b"h\xc3\n", r"Uri-Host:h\xC3\x0A"),
        (IF_NONE_MATCH, b"", "If-None-Match:"),
        (OBSERVE, b"", "Observe:"),
        (OBSERVE, &[1, 0], "Observe:256"),
        (URI_PORT, &[0x16, 0x33], "Uri-Port:5683"),
        (OSCORE, b"", "Oscore:"),
        (OSCORE, &[0x09, 0x14, b'c'], "Oscore:pIV=0x14,kid=0x63"),
        (OSCORE, &[0x39, 0x14, 2, 0xaa, 0xbb, b'c'], "Oscore:grp,pIV=0x14,kc=0xaabb,kid=0x63"),
        (OSCORE, &[0x19, 0x14, 9, 0xaa], "Oscore:pIV=0x14"),
        (CONTENT_FORMAT, &[40], "Content-Format:application/link-format"),
        (CONTENT_FORMAT, &[11], "Content-Format:11"),
        (ACCEPT, b"", "Accept:text/plain"),
        (MAX_AGE, &[0xff, 0xff, 0xff, 0xff], "Max-Age:4294967295"),
        (BLOCK1, &[0x1e], "Block1:1/M/1024"),
        (Q_BLOCK2, &[0xff, 0xff, 0xf7], "Q-Block2:1048575/_/BERT"),
        (ECHO, &[1, 2], "Echo:0x0102"),
        (NO_RESPONSE, &[26], "No-Response:0x1a"),
        (REQUEST_TAG, b"", "Request-Tag:0x"),
        (65_000, b"a\0", r"65000:\x61\x00"),
    ];
    for (number, value, expected) in rows {
        let line = text(&request(&[(*number, value)], b""));
        assert_eq!(line, format!("v:1 t:CON c:GET i:04d2 {{}} [ {expected} ]\n"));
    }
}

#[test]
fn a_bert_block_shows_how_much_it_carries() {
    assert!(text(&request(&[(BLOCK1, &[0x0f])], b"12345")).contains(" [ Block1:0/M/BERT(5) ] :: '12345'\n"));
}

#[test]
fn signalling_messages_have_their_own_options() {
    let rows: &[(Code, u16, &[u8], &str)] = &[
        (Code::CSM, 2, &[0x10, 0], "c:CSM {} [ Max-Message-Size:4096 ]"),
        (Code::CSM, 4, b"", "c:CSM {} [ Block-Wise-Transfer: ]"),
        (Code::CSM, 6, &[8], "c:CSM {} [ Extended-Token-Length:8 ]"),
        (Code::PING, 2, b"", "c:Ping {} [ Custody: ]"),
        (Code::RELEASE, 2, b"host:1", "c:Release {} [ Alternative-Address:host:1 ]"),
        (Code::RELEASE, 4, &[9], "c:Release {} [ Hold-Off:9 ]"),
        (Code::ABORT, 2, &[5], "c:Abort {} [ Bad-CSM-Option:5 ]"),
        (Code::ABORT, 11, b"a", "c:Abort {} [ 11: ]"),
        (Code::new(7, 9), 11, b"a", "c:7.09 {} [ Uri-Path:a ]"),
    ];
    for (code, number, value, expected) in rows {
        let mut pdu = Pdu::new(MessageType::Con, *code, 0, 0);
        pdu.add_option(*number, value).unwrap();
        let mut text = String::new();
        write(&pdu, Protocol::Tcp, &mut text).unwrap();
        assert_eq!(text, format!("v:Reliable {expected}\n"));
    }
}

#[test]
fn a_payload_is_text_unless_something_says_otherwise() {
    for (options, payload, expected) in [
        (&[][..], &b"a\tb'"[..], "[ ] :: 'a\\x09b''\n"),
        (&[(CONTENT_FORMAT, &b""[..])], b"a", "[ Content-Format:text/plain ] :: 'a'\n"),
        (&[], b"\ta", "[ ] :: binary data length 2\n<<0961>>\n<<. a >>\n"),
        (
            &[(CONTENT_FORMAT, &[60][..])],
            b"a",
            "[ Content-Format:application/cbor ] :: binary data length 1\n<<61>>\n<<a >>\n",
        ),
        (&[(OSCORE, &[][..])], b"a", "[ Oscore: ] :: binary data length 1\n<<61>>\n<<a >>\n"),
    ] {
        let text = text(&request(options, payload));
        assert_eq!(text.split_once("{} ").unwrap().1, expected);
    }
}

#[test]
fn long_lines_are_cut_and_still_end() {
    let mut lines = Vec::new();
    show(&request(&[], &[0xee; 60_000]), Protocol::Udp, |line| lines.push(line.to_owned()));
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], "v:1 t:CON c:GET i:04d2 {} [ ] :: binary data length 60000\n");
    for line in &lines[1..] {
        assert_eq!(line.len(), 2055);
        assert!(line.ends_with('\n'));
    }
    let line = text(&request(&[], &[b'x'; 3000]));
    assert_eq!(line.len(), 2055);
    assert!(line.ends_with("xxx\n"));
    let line = text(&request(&[(3000, &[b'x'; 2000])], b""));
    assert_eq!(line.matches("\\x78").count(), 258);

    let mut pdu = Pdu::new(MessageType::Con, Code::GET, 0, 0);
    pdu.set_token(&[7; 65_000]).unwrap();
    for _ in 0..5_000 {
        pdu.insert_option(URI_PATH, &[0; 200]).unwrap();
    }
    assert_eq!(text(&pdu).len(), 2055);
}

#[test]
fn the_closing_quote_needs_five_places() {
    let opened = "v:1 t:CON c:GET i:04d2 {} [ ] :: '".len();
    for (places, end) in [(5, "x'\n"), (4, "xx\n"), (1, "xx\n")] {
        let line = text(&request(&[], &vec![b'x'; 2055 - opened - places]));
        assert!(line.ends_with(end), "{places} places");
    }
}

#[test]
fn what_a_payload_says_can_be_left_out() {
    for payload in [&b"text"[..], &[0xff, 1, 2, 3]] {
        let mut shown = String::new();
        let put = |line: &str| shown.push_str(line);
        show_with(&request(&[], payload), Protocol::Udp, Payloads::Measured, put);
        assert_eq!(shown, "v:1 t:CON c:GET i:04d2 {} [ ] :: data length 4 (data suppressed)\n");
    }
}
