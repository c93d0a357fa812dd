//! What requests are for, and what is answered to those that cannot be served.
use super::testing::{CLIENT, Pair, SERVER, address};
use crate::block::BlockMode;
use crate::engine::{SessionEvent, error_response};
use crate::resource::{MethodMask, Resource};
use crate::wire::{Code, MessageType, OptionFilter, Pdu, option};

impl Pair {
    fn ask_with(&mut self, code: Code, path: &str, options: &[(u16, &[u8])]) -> Option<Code> {
        let mut request = self.request(MessageType::Con, code, path);
        for (number, value) in options {
            request.insert_option(*number, value).unwrap();
        }
        let before = self.wire.len();
        self.send(request);
        // What was answered, even if a client cannot use it: a 4.02 repeats options that nobody knows.
        let answers = self.wire[before..].iter().filter(|datagram| !datagram.from_client);
        answers.map(|datagram| datagram.pdu().code()).find(|code| !code.is_empty())
    }

    fn last(&self) -> Pdu {
        self.wire.last().unwrap().pdu()
    }
}

#[test]
fn resources_are_found_by_their_path() {
    let mut pair = Pair::new();
    pair.offer("", 0);
    pair.offer("a/b", 0);
    for (path, code) in [
        ("test", Code::CONTENT),
        ("", Code::CONTENT),
        ("a/b", Code::CONTENT),
        ("a", Code::NOT_FOUND),
        ("a/b/c", Code::NOT_FOUND),
    ] {
        assert_eq!(pair.ask_with(Code::GET, path, &[]), Some(code), "{path}");
    }
    assert_eq!(pair.last().payload(), b"Not Found");
    assert_eq!(pair.ask_with(Code::DELETE, "nothing", &[]), Some(Code::DELETED), "RFC 7252 section 5.8.4");
}

#[test]
fn requests_that_cannot_be_served_are_refused_in_a_fixed_order() {
    let mut pair = Pair::new();
    let mut resource = Resource::new(b"some", 0);
    resource.methods = MethodMask::NONE.with(Code::GET).with(Code::FETCH);
    pair.server.resources_mut().add(resource);
    assert_eq!(pair.ask_with(Code::PUT, "some", &[]), Some(Code::METHOD_NOT_ALLOWED));
    assert_eq!(pair.ask_with(Code(30), "some", &[]), Some(Code::METHOD_NOT_ALLOWED));
    let exists: &[(u16, &[u8])] = &[(option::IF_NONE_MATCH, b"")];
    assert_eq!(pair.ask_with(Code::PUT, "some", exists), Some(Code::PRECONDITION_FAILED));
    assert_eq!(pair.ask_with(Code::PUT, "none", exists), Some(Code::NOT_FOUND));
    assert_eq!(
        pair.ask_with(Code::FETCH, "some", &[]),
        Some(Code::UNSUPPORTED_FORMAT),
        "RFC 8132 section 2.3.1"
    );
    assert_eq!(pair.ask_with(Code::FETCH, "some", &[(option::CONTENT_FORMAT, b"")]), Some(Code::CONTENT));
}

#[test]
fn the_unknown_resource_serves_the_methods_it_has() {
    let mut pair = Pair::new();
    let mut unknown = Resource::unknown(0);
    unknown.methods = MethodMask::NONE.with(Code::PUT);
    pair.server.resources_mut().add(unknown);
    let exists: &[(u16, &[u8])] = &[(option::IF_NONE_MATCH, b"")];
    assert_eq!(pair.ask_with(Code::PUT, "new", exists), Some(Code::CONTENT));
    assert_eq!(pair.ask_with(Code::GET, "new", &[]), Some(Code::NOT_FOUND));
    assert_eq!(pair.ask_with(Code::DELETE, "new", &[]), Some(Code::DELETED));
}

#[test]
fn unknown_critical_options_are_refused_and_named() {
    let mut pair = Pair::new();
    let odd: &[(u16, &[u8])] = &[(9, b"o"), (2047, b"x"), (2049, b"y"), (2048, b"elective")];
    assert_eq!(pair.ask_with(Code::GET, "test", odd), Some(Code::BAD_OPTION));
    let answer = pair.last();
    let named: Vec<_> = answer.options().map(|option| (option.number, option.value.to_vec())).collect();
    assert_eq!(named, [(2047, b"x".to_vec()), (2049, b"y".to_vec())], "but not OSCORE");
    assert_eq!(answer.payload(), b"Bad Option");
    assert_eq!(pair.served(), 0);
    // RFC 7252 section 5.4.3, 5.4.5: a length that cannot be, and one too many.
    assert_eq!(pair.ask_with(Code::GET, "test", &[(option::URI_PORT, b"abc")]), Some(Code::BAD_OPTION));
    let twice: &[(u16, &[u8])] = &[(option::ACCEPT, b""), (option::ACCEPT, b"\x28")];
    assert_eq!(pair.ask_with(Code::GET, "test", twice), Some(Code::BAD_OPTION));
    assert_eq!(pair.last().options().map(|option| option.number).collect::<Vec<_>>(), [option::ACCEPT]);
    let often: &[(u16, &[u8])] =
        &[(option::URI_QUERY, b"a"), (option::URI_QUERY, b"b"), (60_000, b""), (60_000, b"")];
    assert_eq!(pair.ask_with(Code::GET, "test", often), Some(Code::CONTENT));
    let elective: &[(u16, &[u8])] = &[(option::MAX_AGE, b""), (option::MAX_AGE, b"\x01")];
    assert_eq!(pair.ask_with(Code::GET, "test", elective), Some(Code::CONTENT), "the second is ignored");
    pair.server.register_option(2047);
    assert_eq!(pair.ask_with(Code::GET, "test", &[(2047, b"")]), Some(Code::CONTENT));
}

#[test]
fn without_confirmation_an_unknown_critical_option_is_only_rejected() {
    let mut pair = Pair::new();
    let mut request = pair.request(MessageType::Non, Code::GET, "test");
    request.add_option(2047, b"").unwrap();
    pair.send(request);
    assert_eq!(pair.last().kind(), MessageType::Rst);
    assert!(
        pair.server_told
            .iter()
            .any(|told| { matches!(told, super::testing::Told::Session(SessionEvent::BadPacket)) })
    );
}

#[test]
fn codes_that_nobody_knows_are_rejected() {
    let mut pair = Pair::new();
    pair.inject(
        address(CLIENT),
        address(SERVER),
        Pdu::new(MessageType::Con, Code::new(7, 2), 1, 0).encode_udp(),
    );
    pair.pump();
    assert_eq!((pair.last().kind(), pair.last().mid()), (MessageType::Rst, 1));
}

#[test]
fn who_wants_no_response_gets_none() {
    let cases: [(Code, u8, bool); 5] = [
        (Code::CONTENT, 2, false),
        (Code::CONTENT, 24, true),
        (Code::NOT_FOUND, 8, false),
        (Code::NOT_FOUND, 2, true),
        (Code::CONTENT, 0, true),
    ];
    for (code, classes, wanted) in cases {
        for kind in [MessageType::Con, MessageType::Non] {
            let mut pair = Pair::new();
            let path = if code == Code::CONTENT { "test" } else { "none" };
            let mut request = pair.request(kind, Code::GET, path);
            request.add_option(option::NO_RESPONSE, &crate::wire::uint::encode(classes.into())).unwrap();
            pair.send(request);
            let answers: Vec<_> = pair.wire[1..].iter().map(|datagram| datagram.pdu().code()).collect();
            match (wanted, kind) {
                (true, _) => assert_eq!(answers, [code]),
                (false, MessageType::Con) => assert_eq!(answers, [Code::EMPTY], "acknowledged all the same"),
                (false, _) => assert_eq!(answers, []),
            }
            assert!(!pair.client.pending());
        }
    }
}

#[test]
fn proxies_count_hops_and_the_last_one_signs() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|request, response| {
        assert_eq!(request.option(option::HOP_LIMIT).and_then(|limit| limit.uint()), Some(4));
        response.set_code(Code::CONTENT);
    });
    assert_eq!(pair.ask_with(Code::GET, "test", &[(option::HOP_LIMIT, &[5])]), Some(Code::CONTENT));
    for wrong in [&[0u8][..], &[], &[1, 0]] {
        assert_eq!(pair.ask_with(Code::GET, "test", &[(option::HOP_LIMIT, wrong)]), Some(Code::BAD_REQUEST));
    }
    pair.handler = Box::new(|_, response| response.set_code(Code::CONTENT));
    let last = [(option::HOP_LIMIT, &[1u8][..])];
    assert_eq!(pair.ask_with(Code::GET, "test", &last), Some(Code::CONTENT), "this is where it was to go");
    let mut unknown = Resource::unknown(0);
    unknown.methods = MethodMask::NONE.with(Code::GET);
    pair.server.resources_mut().add(unknown);
    assert_eq!(pair.ask_with(Code::GET, "elsewhere", &last), Some(Code::HOP_LIMIT_REACHED));
    let answer = pair.last();
    assert_eq!(answer.payload(), b"192.0.2.2", "RFC 8768 section 4");
    assert_eq!(answer.option(option::HOP_LIMIT).and_then(|limit| limit.uint()), Some(255));
    // A handler passes on what it got; each proxy on the way back adds itself once.
    for (came, limit, leaves) in [
        ("192.0.2.77", None, Some("192.0.2.2 192.0.2.77")),
        ("192.0.2.2", None, None),
        ("192.0.2.22 192.0.2.2 192.0.2.77", None, None),
        ("192.0.2.22", Some(9u8), Some("192.0.2.2 192.0.2.22")),
        ("192.0.2.22 192.0.2.2", Some(9), Some("192.0.2.22 192.0.2.2")),
        ("192.0.2.22", Some(1), None),
    ] {
        pair.handler = Box::new(move |_, response| {
            response.set_code(Code::HOP_LIMIT_REACHED);
            if let Some(limit) = limit {
                response.add_option(option::HOP_LIMIT, &[limit]).unwrap();
            }
            response.set_payload(came.as_bytes()).unwrap();
        });
        let before = pair.wire.len();
        let request = pair.request(MessageType::Non, Code::GET, "test");
        pair.send(request);
        let left = pair.wire.get(before + 1).map(|datagram| datagram.pdu().payload().to_vec());
        assert_eq!(left.as_deref(), leaves.map(str::as_bytes), "{came}");
    }
    // Who does not want to be named passes on what it got, also what it might have named itself in.
    pair.server.config_mut().names_hops = false;
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::HOP_LIMIT_REACHED);
        response.set_payload(b"192.0.2.2 192.0.2.77").unwrap();
    });
    assert_eq!(pair.ask_with(Code::GET, "test", &[]), Some(Code::HOP_LIMIT_REACHED));
    assert_eq!(pair.last().payload(), b"192.0.2.2 192.0.2.77");
}

#[test]
fn requests_for_elsewhere_need_a_proxy_and_are_answered_separately() {
    let mut pair = Pair::new();
    let there: &[(u16, &[u8])] = &[(option::PROXY_URI, b"coap://there/test")];
    let scheme: &[(u16, &[u8])] = &[(option::PROXY_SCHEME, b"coap"), (option::URI_HOST, b"there")];
    assert_eq!(pair.ask_with(Code::GET, "", there), Some(Code::PROXYING_NOT_SUPPORTED));
    let mut proxy = Resource::proxy(vec![b"here".to_vec()], 0);
    proxy.methods = MethodMask::NONE.with(Code::GET);
    pair.server.resources_mut().add(proxy);
    for options in [there, scheme] {
        let before = pair.wire.len();
        assert_eq!(pair.ask_with(Code::GET, "test", options), Some(Code::CONTENT));
        let kinds: Vec<_> = pair.wire[before..].iter().map(|datagram| datagram.pdu().kind()).collect();
        assert_eq!(kinds, [MessageType::Con, MessageType::Ack, MessageType::Con, MessageType::Ack]);
    }
    assert_eq!(pair.ask_with(Code::PUT, "test", there), Some(Code::PROXYING_NOT_SUPPORTED));
    assert_eq!(
        pair.ask_with(Code::GET, "", &[(option::PROXY_URI, b"nonsense")]),
        Some(Code::PROXYING_NOT_SUPPORTED)
    );
    assert_eq!(pair.ask_with(Code::GET, "test", &[(option::PROXY_SCHEME, b"coap")]), Some(Code::BAD_OPTION));
    // For this node itself nothing is forwarded: the path counts.
    for here in ["coap://here/test", "coap://HERE/test", "coap://h%65re/test"] {
        assert_eq!(
            pair.ask_with(Code::PUT, "", &[(option::PROXY_URI, here.as_bytes())]),
            Some(Code::CONTENT)
        );
        assert_eq!(pair.last().kind(), MessageType::Ack, "{here}");
    }
    // Options that are safe to forward need not be understood by the proxy, but by the origin server.
    let (safe, unsafe_one) = (2049, 2051);
    assert_eq!(pair.ask_with(Code::GET, "", &[there[0], (safe, b"")]), Some(Code::CONTENT));
    assert_eq!(pair.ask_with(Code::GET, "", &[there[0], (unsafe_one, b"")]), Some(Code::BAD_OPTION));
    assert_eq!(
        pair.ask_with(Code::GET, "", &[(option::PROXY_URI, b"coap://here/test"), (safe, b"")]),
        Some(Code::BAD_OPTION)
    );
}

#[test]
fn error_responses_bear_token_options_and_phrase() {
    let mut request = Pdu::new(MessageType::Con, Code::PUT, 7, 0);
    request.set_token(b"tok").unwrap();
    for (number, value) in [(12, &b"\x2a"[..]), (16, b"\x05"), (2047, b"a"), (2047, b"b")] {
        request.add_option(number, value).unwrap();
    }
    let mut filter = OptionFilter::EMPTY;
    [12, 16, 2047].into_iter().for_each(|number| assert!(filter.set(number)));
    let mut response = error_response(&request, Code::BAD_OPTION, &filter);
    assert_eq!((response.kind(), response.mid(), response.token()), (MessageType::Ack, 7, &b"tok"[..]));
    assert_eq!(response.options().map(|option| option.number).collect::<Vec<_>>(), [2047, 2047]);
    assert!(response.insert_option(2048, b"").is_err(), "nothing more fits in");
    request.set_kind(MessageType::Non);
    assert_eq!(error_response(&request, Code::NOT_FOUND, &OptionFilter::EMPTY).kind(), MessageType::Non);
}

#[test]
fn the_m_bit_of_block2_is_cleared_in_requests() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|request, response| {
        assert_eq!(request.option(option::BLOCK2).map(|block| block.value.to_vec()), Some(vec![0x16]));
        response.set_code(Code::CONTENT);
    });
    assert_eq!(pair.ask_with(Code::GET, "test", &[(option::BLOCK2, &[0x1e])]), Some(Code::CONTENT));
}

#[test]
fn requests_get_tags_when_asked_for() {
    let mut pair = Pair::new();
    let tag =
        |pair: &Pair, nth: usize| pair.wire[nth].pdu().option(option::REQUEST_TAG).and_then(|tag| tag.uint());
    let config = pair.client.config().clone();
    pair.client.config_mut().block_mode = BlockMode::USE_LIBCOAP;
    let to = crate::engine::Connect {
        local: Some(address("192.0.2.1:40001")),
        remote: address(SERVER),
        protocol: crate::wire::Protocol::Udp,
    };
    pair.session = pair.client.connect(pair.now, to).unwrap();
    *pair.client.config_mut() = config;
    for code in [Code::GET, Code::PUT, Code::DELETE] {
        let request = pair.request(MessageType::Non, code, "test");
        pair.client.send(pair.now, pair.session, request).unwrap();
    }
    let mut request = pair.request(MessageType::Non, Code::GET, "test");
    request.insert_option(option::REQUEST_TAG, b"own").unwrap();
    pair.client.send(pair.now, pair.session, request).unwrap();
    pair.pump();
    let first = tag(&pair, 0).unwrap();
    assert_eq!(tag(&pair, 1), Some(first + 1));
    assert_eq!(tag(&pair, 2), None);
    assert_eq!(tag(&pair, 3), Some(0x6f776e));
}

#[test]
fn a_handler_that_rejects_a_request_sends_an_empty_message() {
    for kind in [MessageType::Con, MessageType::Non] {
        let mut pair = Pair::new();
        pair.handler = Box::new(|_, response| response.set_kind(MessageType::Rst));
        let request = pair.request(kind, Code::GET, "test");
        pair.send(request);
        let answer = pair.wire.iter().find(|datagram| !datagram.from_client).unwrap().pdu();
        // RFC 7252 section 4.1: no token, or it is malformed.
        assert_eq!((answer.kind(), answer.code(), answer.len()), (MessageType::Rst, Code::EMPTY, 0));
    }
}
