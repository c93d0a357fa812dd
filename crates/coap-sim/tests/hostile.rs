//! Datagrams that no honest peer sends: they are dropped or refused, and the server goes on answering others.
use coap_proto::{
    engine::SessionEvent,
    wire::{Code, MessageType, option},
};
use coap_sim::{Ending, Network, NodeId, Outcome, Peer};
use std::net::SocketAddr;

/// What a datagram is answered with.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    /// With nothing.
    Silence,
    /// With a Reset that carries its message ID.
    Reset,
    /// Either may be.
    SilenceOrReset,
    /// With a response.
    Response(Code),
}

struct Town {
    net: Network,
    server: NodeId,
    /// Someone who only wants to be served.
    honest: Peer,
}

fn stranger() -> SocketAddr {
    "192.0.2.66:6666".parse().expect("an address")
}

impl Town {
    fn new() -> Self {
        let mut net = Network::new(1);
        let server = net.add_node();
        net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
        let honest = net.add_client(server);
        net.capture();
        Self { net, server, honest }
    }

    /// Sends bytes from nowhere, and sees that the answer is as it should be and the server still well.
    fn expect(&mut self, name: &str, bytes: &[u8], expected: Answer) {
        let (before, to) = (self.net.captured().len(), self.net.address(self.server));
        self.net.inject(stranger(), to, bytes);
        let replies: Vec<_> = self.net.captured()[before..].iter().map(|capture| capture.message()).collect();
        let mid = bytes.get(2..4).map_or(0, |mid| u16::from_be_bytes([mid[0], mid[1]]));
        let got = match replies.as_slice() {
            [] => Answer::Silence,
            [one] if one.kind() == MessageType::Rst => Answer::Reset,
            [one] => Answer::Response(one.code()),
            _ => panic!("{name}: {replies:?}"),
        };
        let fits = match expected {
            Answer::SilenceOrReset => matches!(got, Answer::Silence | Answer::Reset),
            _ => got == expected,
        };
        assert!(fits, "{name}: {got:?} instead of {expected:?}");
        assert!(replies.iter().all(|reply| reply.mid() == mid || reply.kind() == MessageType::Non), "{name}");
        let request = self.net.get(self.honest, "hello");
        self.net.settle();
        assert_eq!(self.net.code(&request), Code::CONTENT, "after {name}");
    }
}

/// A message of this type, token length and code, with message ID 0x5000 + `n`, and what comes after its
/// header.
fn datagram(kind: MessageType, token_length: u8, code: u8, n: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x40 | (kind as u8) << 4 | token_length, code, 0x50, n];
    bytes.extend_from_slice(rest);
    bytes
}

#[test]
fn what_is_shorter_than_a_header_is_ignored() {
    let mut town = Town::new();
    for length in 0..4 {
        town.expect("cut header", &b"\x40\x01\x12\x34"[..length], Answer::Silence);
    }
}

#[test]
fn other_versions_are_ignored() {
    let mut town = Town::new();
    for version in [0x00, 0x80, 0xc0] {
        town.expect("other version", &[version, 1, 0, version], Answer::Silence);
    }
    assert_eq!(town.net.engine(town.server).sessions().count(), 1, "only the honest have a session");
}

/// Token length, and what comes after the header.
const MALFORMED: &[(&str, u8, &[u8])] = &[
    ("token length 9 with 2 bytes", 9, b"ab"),
    ("token length 12 with 11 bytes", 12, b"elevenbytes"),
    ("token length 13 without its extension", 13, b""),
    ("token length 13 with a cut token", 13, b"\x00twelve bytes"),
    ("token length 14 without its extension", 14, b""),
    ("token length 14 with half its extension", 14, b"\x00"),
    ("token length 14 announcing 65804 bytes", 14, b"\xff\xff"),
    ("token length 15", 15, b"0123456789abcdefghijkl"),
    ("option delta 15", 0, b"\xf0"),
    ("option delta 15 with bytes", 0, b"\xf1abc"),
    ("option length 15", 0, b"\x1fabcdefghijklmnopqrst"),
    ("option delta extension cut off", 0, b"\xd0"),
    ("option delta of two bytes cut off", 0, b"\xe0\x01"),
    ("option length extension cut off", 0, b"\xbd"),
    ("option length of two bytes cut off", 0, b"\xbe\x01"),
    ("both extensions cut off", 0, b"\xee\x01\x01"),
    ("option length 65804", 0, b"\xbe\xff\xffabc"),
    ("option value cut off", 0, b"\xb5hell"),
    ("option number above 65535", 0, b"\xe0\xff\xff\xe0\xff\xff"),
    ("payload marker without payload", 0, b"\xff"),
    ("payload marker after an option", 0, b"\xb5hello\xff"),
];

#[test]
fn malformed_requests_are_refused() {
    let mut town = Town::new();
    let rules = [
        (MessageType::Con, Answer::Reset),
        (MessageType::Non, Answer::SilenceOrReset),
        (MessageType::Ack, Answer::Silence),
        (MessageType::Rst, Answer::Silence),
    ];
    let mut n = 0;
    for (kind, expected) in rules {
        for (name, token_length, rest) in MALFORMED {
            n += 1;
            town.expect(&format!("{kind:?}: {name}"), &datagram(kind, *token_length, 1, n, rest), expected);
        }
    }
    assert_eq!(town.net.served(town.server).count(), usize::from(n), "only the honest were served");
    let told = town.net.session_events(town.server).filter(|&event| event == SessionEvent::BadPacket).count();
    assert!(told > 0, "the application hears of it");
}

#[test]
fn a_kilobyte_of_bad_options_is_refused() {
    let mut town = Town::new();
    town.net.engine(town.server).set_log_level(coap_proto::engine::Level::Debug);
    let rules = [(MessageType::Con, Answer::Reset), (MessageType::Non, Answer::SilenceOrReset)];
    for (n, (kind, expected)) in rules.into_iter().enumerate() {
        let mut rest = b"\x11\xee".repeat(550);
        rest.push(0xff);
        town.expect("1,101 bytes of options", &datagram(kind, 0, 1, n as u8, &rest), expected);
    }
}

#[test]
fn empty_messages_that_are_not_empty_are_refused() {
    let mut town = Town::new();
    let rests: [(u8, &[u8]); 4] = [(0, b"\x00"), (0, b"\xffpayload"), (4, b"toke"), (0, b"\xb5hello")];
    for (n, (token_length, rest)) in rests.into_iter().enumerate() {
        let bytes = datagram(MessageType::Con, token_length, 0, n as u8, rest);
        town.expect("confirmable", &bytes, Answer::Reset);
        let bytes = datagram(MessageType::Non, token_length, 0, 50 + n as u8, rest);
        town.expect("non-confirmable", &bytes, Answer::SilenceOrReset);
        for kind in [MessageType::Ack, MessageType::Rst] {
            town.expect(
                "acknowledgement or reset",
                &datagram(kind, token_length, 0, n as u8, rest),
                Answer::Silence,
            );
        }
    }
}

#[test]
fn codes_of_reserved_classes_are_refused() {
    let mut town = Town::new();
    for (n, code) in [0x20, 0x3f, 0xc0, 0xdf].into_iter().enumerate() {
        town.expect("reserved", &datagram(MessageType::Con, 0, code, n as u8, b""), Answer::Reset);
        town.expect(
            "reserved",
            &datagram(MessageType::Non, 0, code, 9 + n as u8, b""),
            Answer::SilenceOrReset,
        );
        town.expect("reserved", &datagram(MessageType::Ack, 0, code, n as u8, b""), Answer::Silence);
    }
}

#[test]
fn signalling_has_no_place_in_datagrams() {
    let mut town = Town::new();
    for (n, code) in (0xe1..=0xe5).enumerate() {
        town.expect("signalling", &datagram(MessageType::Con, 0, code, n as u8, b""), Answer::Reset);
        town.expect(
            "signalling",
            &datagram(MessageType::Non, 0, code, 9 + n as u8, b""),
            Answer::SilenceOrReset,
        );
    }
}

#[test]
fn a_method_of_no_meaning_is_not_allowed() {
    let mut town = Town::new();
    for code in 8..=31 {
        let bytes = datagram(MessageType::Con, 0, code, code, b"\xb5hello");
        town.expect("method", &bytes, Answer::Response(Code::METHOD_NOT_ALLOWED));
    }
}

#[test]
fn acknowledgements_and_resets_for_nobody_do_nothing() {
    let mut town = Town::new();
    for n in 0..100 {
        town.expect("ACK", &datagram(MessageType::Ack, 0, 0, n, b""), Answer::Silence);
        town.expect("RST", &datagram(MessageType::Rst, 0, 0, n, b""), Answer::Silence);
        town.expect(
            "ACK with a request",
            &datagram(MessageType::Ack, 0, 1, n, b"\xb5hello"),
            Answer::Silence,
        );
        town.expect(
            "RST with a request",
            &datagram(MessageType::Rst, 0, 1, n, b"\xb5hello"),
            Answer::Silence,
        );
        town.expect(
            "ACK with a response",
            &datagram(MessageType::Ack, 1, 0x45, n, b"t\xffx"),
            Answer::Silence,
        );
    }
    assert_eq!(town.net.served(town.server).count(), 500, "only the honest were served");
    let nack =
        |entry: &coap_sim::Entry| matches!(entry.outcome, Outcome::Nack { .. } | Outcome::Response { .. });
    assert_eq!(town.net.count(town.server, nack), 0, "the application is not bothered");
}

#[test]
fn guessed_acknowledgements_and_resets_do_not_end_the_requests_of_others() {
    let mut town = Town::new();
    let (server, client) = (town.server, town.honest.node);
    town.net.set_line_between(client, server, coap_sim::Line::dead());
    let request = town.net.get(town.honest, "hello");
    town.net.run_for(std::time::Duration::from_secs(1));
    let session = town.net.engine(client).session(town.honest.session).expect("alive");
    let (local, peer) = (session.local().ip().expect("bound"), session.remote().ip().expect("known"));
    let [high, low] = request.mid.to_be_bytes();
    // From another address with the right message ID, from the right one with others.
    for kind in [0x60, 0x70] {
        town.net.inject(stranger(), local, &[kind, 0, high, low]);
        town.net.inject(peer, local, &[kind, 0, high, low.wrapping_add(1)]);
        town.net.inject(peer, local, &[kind, 0, high ^ 0x80, low]);
    }
    let mut forged = vec![0x62, 0x45, high, low ^ 1];
    forged.extend_from_slice(b"xx\xffforged");
    town.net.inject(peer, local, &forged);
    assert_eq!(town.net.endings(&request), []);
    town.net.set_line_between(client, server, coap_sim::Line::default());
    town.net.settle();
    assert_eq!(town.net.endings(&request), [Ending::Response(Code::CONTENT, b"world".to_vec())]);
}

#[test]
fn a_piggybacked_response_with_another_token_is_not_taken_for_the_answer() {
    let mut town = Town::new();
    let (server, client) = (town.server, town.honest.node);
    town.net.set_line_between(client, server, coap_sim::Line::dead());
    let request = town.net.get(town.honest, "hello");
    town.net.run_for(std::time::Duration::from_secs(1));
    let session = town.net.engine(client).session(town.honest.session).expect("alive");
    let (local, peer) = (session.local().ip().expect("bound"), session.remote().ip().expect("known"));
    let [high, low] = request.mid.to_be_bytes();
    let mut forged = vec![0x64, 0x45, high, low];
    forged.extend_from_slice(b"fake\xffforged");
    town.net.inject(peer, local, &forged);
    assert_eq!(town.net.endings(&request), []);
    town.net.set_line_between(client, server, coap_sim::Line::default());
    town.net.settle();
    assert_eq!(town.net.endings(&request), [Ending::Response(Code::CONTENT, b"world".to_vec())]);
}

#[test]
fn responses_to_nobody_are_refused() {
    let mut town = Town::new();
    let response = |kind, n| datagram(kind, 1, 0x45, n, b"t\xffx");
    town.expect("confirmable", &response(MessageType::Con, 1), Answer::SilenceOrReset);
    town.expect("non-confirmable", &response(MessageType::Non, 2), Answer::SilenceOrReset);
}

#[test]
fn critical_options_that_nobody_knows_are_refused() {
    let mut town = Town::new();
    // Option 2,047 and the path; option 2,048 is elective.
    let critical = b"\xb5hello\xe0\x06\xe7";
    let elective = b"\xb5hello\xe0\x06\xe8";
    let bad_option = Answer::Response(Code::BAD_OPTION);
    let content = Answer::Response(Code::CONTENT);
    town.expect("critical", &datagram(MessageType::Con, 0, 1, 1, critical), bad_option);
    town.expect("critical", &datagram(MessageType::Non, 0, 1, 2, critical), Answer::SilenceOrReset);
    town.expect("elective", &datagram(MessageType::Con, 0, 1, 3, elective), content);
    town.net.engine(town.server).register_option(2047);
    town.expect("registered", &datagram(MessageType::Con, 0, 1, 4, critical), content);
}

#[test]
fn options_that_come_too_often_count_as_unknown() {
    let mut town = Town::new();
    let two_hosts = b"\x31h\x01h\x85hello";
    let bad_option = Answer::Response(Code::BAD_OPTION);
    town.expect("two hosts", &datagram(MessageType::Con, 0, 1, 1, two_hosts), bad_option);
    town.expect("two hosts", &datagram(MessageType::Non, 0, 1, 2, two_hosts), Answer::SilenceOrReset);
}

#[test]
fn options_of_wrong_length_or_number_are_handled_by_the_book() {
    let mut town = Town::new();
    let refused = [Answer::Reset, Answer::Response(Code::BAD_OPTION), Answer::Response(Code::BAD_REQUEST)];
    let mut too_long_host = vec![0x3d, 243];
    too_long_host.extend([b'h'; 256]);
    let rows: [(&str, Vec<u8>); 4] = [
        ("empty Uri-Host", b"\x30\x85hello".to_vec()),
        ("Uri-Host of 256 bytes", too_long_host),
        ("Uri-Port of 3 bytes", b"\x73abc\x45hello".to_vec()),
        ("Accept of 3 bytes", b"\xb5hello\x63abc".to_vec()),
    ];
    for (n, (name, rest)) in rows.into_iter().enumerate() {
        let before = town.net.captured().len();
        let to = town.net.address(town.server);
        town.net.inject(stranger(), to, &datagram(MessageType::Con, 0, 1, n as u8, &rest));
        let reply = town.net.captured()[before..].first().map(|capture| capture.message()).expect(name);
        let got =
            if reply.kind() == MessageType::Rst { Answer::Reset } else { Answer::Response(reply.code()) };
        assert!(refused.contains(&got), "{name}: {got:?}");
    }
}

#[test]
fn odd_paths_and_queries_are_not_found() {
    let mut town = Town::new();
    let segments: [&[u8]; 10] =
        [b"%", b"%A", b"%zz", b"..", b".", b"\0", b"a\0b", b"\xff\xfe", b"hello/", &[b'x'; 255]];
    for (n, segment) in segments.into_iter().enumerate() {
        let mut pdu = coap_proto::wire::Pdu::new(MessageType::Con, Code::GET, 0x6000 + n as u16, 0);
        pdu.add_option(option::URI_PATH, segment).expect("fits");
        pdu.add_option(option::URI_PATH, b"").expect("fits");
        pdu.add_option(option::URI_QUERY, segment).expect("fits");
        let not_found = Answer::Response(Code::NOT_FOUND);
        town.expect(&format!("segment {segment:02x?}"), pdu.encode_udp(), not_found);
    }
}

#[test]
fn odd_filters_of_the_listing_are_harmless() {
    let mut town = Town::new();
    let queries: [&[u8]; 9] =
        [b"=", b"rt", b"rt=", b"rt=*", b"href=", b"href=/*", b"*", b"\0=\0", &[b'='; 255]];
    for (n, query) in queries.into_iter().enumerate() {
        let mut pdu = coap_proto::wire::Pdu::new(MessageType::Con, Code::GET, 0x6000 + n as u16, 0);
        pdu.add_option(option::URI_PATH, b".well-known").expect("fits");
        pdu.add_option(option::URI_PATH, b"core").expect("fits");
        pdu.add_option(option::URI_QUERY, query).expect("fits");
        let content = Answer::Response(Code::CONTENT);
        town.expect(&format!("query {query:02x?}"), pdu.encode_udp(), content);
    }
}
