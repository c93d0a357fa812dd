//! Messages of the smaller RFCs at a server: FETCH, PATCH and iPATCH (RFC 8132), No-Response (RFC 7967), Hop-Limit
//! (RFC 8768), Request-Tag (RFC 9175). What each shows goes over the wire as bytes.
use coap_proto::{
    block::BlockMode,
    engine::{Config, Route, Server},
    wire::{Code, option, uri::Scheme},
};
use coap_sim::{Network, NodeId};
use std::time::Duration;

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);

fn serving(path: &str, handler: impl FnMut(&mut coap_sim::Call<'_>) + 'static) -> (Network, NodeId) {
    let mut net = Network::new(1);
    let node = net.add_node_with(Config { block_mode: WHOLE, ..Config::default() });
    net.offer(node, path, handler);
    net.capture();
    (net, node)
}

/// Sends bytes to a node; returns the bytes that come back.
fn answers(net: &mut Network, node: NodeId, bytes: &[u8]) -> Vec<Vec<u8>> {
    let before = net.captured().len();
    net.inject("10.9.9.9:1000".parse().unwrap(), net.address(node), bytes);
    net.run_for(Duration::from_secs(10));
    net.captured()[before..].iter().map(|it| it.bytes.clone()).collect()
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn rfc_8132_a_part_of_an_object_is_fetched_and_patched() {
    let mut seen = Vec::new();
    let (mut net, node) = serving("object", move |call| {
        let format = call.request.option(option::CONTENT_FORMAT).and_then(|it| it.uint());
        seen.push(call.request.code());
        match (call.request.code(), format, call.request.payload()) {
            (Code::FETCH, Some(50), br#"["foo"]"#) => {
                call.response.insert_option(option::CONTENT_FORMAT, &[50]).unwrap();
                call.answer(Code::CONTENT, br#"{"foo":["bar","baz"]}"#);
            }
            (Code::PATCH, Some(51), br#"[{"op":"replace","path":"x-coord","value":45}]"#)
            | (Code::IPATCH, Some(52), br#"{"x-coord":45}"#) => call.answer(Code::CHANGED, b""),
            other => panic!("{other:?}"),
        }
    });
    // Code 0.05, Uri-Path, Content-Format 50, Accept 50; the answer has Content-Format 50.
    let fetch = joined(&[b"\x41\x05\x00\x01t\xb6object\x11\x32\x51\x32\xff", br#"["foo"]"#]);
    let found = joined(&[b"\x61\x45\x00\x01t\xc1\x32\xff", br#"{"foo":["bar","baz"]}"#]);
    assert_eq!(answers(&mut net, node, &fetch), [found]);
    let json_patch = br#"[{"op":"replace","path":"x-coord","value":45}]"#;
    let patch = joined(&[b"\x41\x06\x00\x02t\xb6object\x11\x33\xff", json_patch]);
    assert_eq!(answers(&mut net, node, &patch), [b"\x61\x44\x00\x02t"]);
    let ipatch = joined(&[b"\x41\x07\x00\x03t\xb6object\x11\x34\xff", br#"{"x-coord":45}"#]);
    assert_eq!(answers(&mut net, node, &ipatch), [b"\x61\x44\x00\x03t"]);
    // Section 2.3.1: a payload without Content-Format.
    let unsaid = joined(&[b"\x41\x05\x00\x04t\xb6object\xff", br#"["foo"]"#]);
    assert_eq!(answers(&mut net, node, &unsaid)[0][..5], *b"\x61\x8f\x00\x04t", "4.15");
}

/// A vehicle tells where it is and wants no answer, whatever it is: 26 stands for all three classes.
#[test]
fn rfc_7967_an_update_that_wants_no_response() {
    const WHERE: &[u8] = b"VehID=00&RouteID=DN47&Lat=22.5658745&Long=88.4107966667&Time=2013-01-13T11:24:31";
    // Uri-Path, Content-Format text/plain, No-Response of the given value.
    let put = |mid: u8, classes: &[u8]| {
        // No-Response is 258, Content-Format 12: a delta of 246.
        let option = [&[0xd0 | classes.len() as u8, 233][..], classes].concat();
        joined(&[&[0x51, 3, 0x7d, mid, 0x53], b"\xbd\x02vehicle-stat-00\x10", &option, b"\xff", WHERE])
    };
    for code in [Code::CHANGED, Code::BAD_REQUEST, Code::INTERNAL_ERROR] {
        let (mut net, node) = serving("vehicle-stat-00", move |call| {
            assert_eq!(call.request.payload(), WHERE);
            call.answer(code, b"");
        });
        assert!(answers(&mut net, node, &put(0x38, &[26])).is_empty(), "{code}");
        assert_eq!(net.served(node).count(), 1, "the request is done");
        // 2: no 2.xx, but errors are wanted; no value: whatever it is.
        assert_eq!(answers(&mut net, node, &put(0x39, &[2])).is_empty(), code == Code::CHANGED);
        assert_eq!(answers(&mut net, node, &put(0x3a, &[])).len(), 1);
    }
}

/// Each node takes one off; the proxy that has none left says so, and who it is (sections 3 and 4). The server that a
/// request is for does not care.
#[test]
fn rfc_8768_hops_are_counted() {
    let (mut net, node) = serving("far", |call| {
        let left = call.request.option(option::HOP_LIMIT).map(|it| it.value.to_vec());
        call.answer(Code::CONTENT, &left.unwrap_or_default());
    });
    let get = |mid: u8, limit: u8| joined(&[&[0x41, 1, 0, mid], b"t\xb3far\x51", &[limit]]);
    assert_eq!(answers(&mut net, node, &get(1, 16)), [b"\x61\x45\x00\x01t\xff\x0f"]);
    assert_eq!(answers(&mut net, node, &get(4, 1)), [b"\x61\x45\x00\x04t"]);
    let route = Route { server: Some(Server::new(Scheme::Coap, b"10.8.8.8", 5683)), ..Route::default() };
    net.offer_reverse_proxy(node, route);
    let reached = answers(&mut net, node, b"\x41\x01\x00\x02t\xb5other\x51\x01").remove(0);
    assert_eq!(reached[..5], *b"\x61\xa8\x00\x02t", "5.08");
    let diagnosis = net.address(node).ip().to_string();
    assert!(reached.ends_with(diagnosis.as_bytes()), "{reached:02x?}");
    assert_eq!(answers(&mut net, node, &get(3, 0))[0][..5], *b"\x61\x80\x00\x03t", "0 is malformed");
}

/// Two operations on one resource at a time, told apart by their tags (section 3.3); without, the second one takes the
/// place of the first.
#[test]
fn rfc_9175_bodies_with_tags_do_not_mix() {
    let (mut net, node) = serving("store", |call| call.answer(Code::CHANGED, b""));
    let put = |mid: u8, block: u8, tag: &[u8], letter: u8, length: usize| {
        let tag = match tag {
            [] => Vec::new(),
            // Request-Tag is 292, Block1 27: a delta of 265.
            tag => [&[0xd0 | tag.len() as u8, 252][..], tag].concat(),
        };
        joined(&[&[0x41, 3, 0, mid], b"t\xb5store\xd1\x03", &[block], &tag, b"\xff", &vec![letter; length]])
    };
    let bodies = |net: &Network| net.served(node).map(|it| it.payload().to_vec()).collect::<Vec<_>>();
    let code = |answers: Vec<Vec<u8>>| answers[0][1];
    assert_eq!(code(answers(&mut net, node, &put(1, 0x08, b"1", b'a', 16))), 0x5f);
    assert_eq!(code(answers(&mut net, node, &put(2, 0x08, b"2", b'b', 16))), 0x5f);
    assert_eq!(code(answers(&mut net, node, &put(3, 0x08, b"", b'c', 16))), 0x5f);
    assert_eq!(code(answers(&mut net, node, &put(4, 0x10, b"2", b'b', 4))), 0x44);
    assert_eq!(code(answers(&mut net, node, &put(5, 0x10, b"1", b'a', 4))), 0x44);
    assert_eq!(code(answers(&mut net, node, &put(6, 0x10, b"", b'c', 4))), 0x44);
    assert_eq!(bodies(&net), [[b'b'; 20], [b'a'; 20], [b'c'; 20]]);
    assert_eq!(code(answers(&mut net, node, &put(7, 0x08, b"", b'd', 16))), 0x5f);
    assert_eq!(code(answers(&mut net, node, &put(8, 0x08, b"", b'e', 16))), 0x5f);
    assert_eq!(code(answers(&mut net, node, &put(9, 0x10, b"", b'e', 4))), 0x44);
    assert_eq!(bodies(&net)[3..], [[b'e'; 20]]);
    assert_eq!(net.engine(node).census().body_bytes, 0);
}
