//! The examples of RFC 7641 (section 1.2 and appendix A.1) as conversations, each role against a peer that sends
//! bytes. The messages of figures 3 and 4 are compared to the byte in the engine's own tests, where message IDs and
//! numbers can be chosen; here those are read from the wire.
use coap_proto::{
    block::BlockMode,
    engine::Config,
    resource::flags::NOTIFY_CON,
    wire::{
        Code, MessageType, Pdu,
        option::{ETAG, MAX_AGE, OBSERVE, URI_PATH},
        uint,
    },
};
use coap_sim::{Network, NodeId, Outcome, Peer};
use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};

/// "xyzzy", the ETag of the examples' second state.
const XYZZY: &[u8] = &[0x78, 0x79, 0x7a, 0x7a, 0x79];
const SECOND: Duration = Duration::from_secs(1);

/// A state of the thermometer and what tells it from others.
type State = (&'static str, &'static [u8]);

/// A thermometer that knows the states it had, and a client that is a socket.
struct Thermometer {
    net: Network,
    node: NodeId,
    client: SocketAddr,
    state: Rc<RefCell<State>>,
}

impl Thermometer {
    fn new(state: State, flags: u32) -> Self {
        let (mut net, state) = (Network::new(1), Rc::new(RefCell::new(state)));
        let node = net.add_node();
        let shown = Rc::clone(&state);
        net.offer_observable(node, "temperature", flags, move |call| {
            let (text, etag) = *shown.borrow();
            let known =
                !etag.is_empty() && call.request.options().any(|it| it.number == ETAG && it.value == etag);
            call.response.insert_option(MAX_AGE, &[15]).unwrap();
            if !etag.is_empty() {
                call.response.insert_option(ETAG, etag).unwrap();
            }
            if known {
                call.response.set_code(Code::VALID);
            } else {
                call.answer(Code::CONTENT, text.as_bytes());
            }
        });
        net.capture();
        Self { net, node, client: "10.9.9.9:1000".parse().unwrap(), state }
    }

    /// Sends bytes; returns what comes back.
    fn gets(&mut self, bytes: &[u8]) -> Vec<Pdu> {
        let before = self.net.captured().len();
        self.net.inject(self.client, self.net.address(self.node), bytes);
        self.net.run_for(Duration::ZERO);
        self.net.captured()[before..].iter().map(|it| it.message()).collect()
    }

    /// The state changes; returns the notifications.
    fn becomes(&mut self, state: State) -> Vec<Pdu> {
        let before = self.net.captured().len();
        *self.state.borrow_mut() = state;
        self.net.notify(self.node, "temperature");
        self.net.run_for(SECOND);
        self.net.captured()[before..].iter().map(|it| it.message()).collect()
    }

    fn observers(&mut self) -> usize {
        self.net.engine(self.node).census().observers
    }
}

/// The bytes of a message with Max-Age 15, as all of the examples have it.
fn bytes_of(sent: &Pdu, code: Code, token: u8, etag: &[u8], payload: &str) -> Vec<u8> {
    let mut expected = Pdu::new(sent.kind(), code, sent.mid(), 0);
    expected.set_token(&[token]).unwrap();
    let number = sent.option(OBSERVE).expect("a notification has a number");
    expected.insert_option(OBSERVE, number.value).unwrap();
    expected.insert_option(MAX_AGE, &[15]).unwrap();
    if !etag.is_empty() {
        expected.insert_option(ETAG, etag).unwrap();
    }
    expected.set_payload(payload.as_bytes()).unwrap();
    expected.encode_udp().to_vec()
}

fn number(pdu: &Pdu) -> u64 {
    pdu.option(OBSERVE).and_then(|it| it.uint()).expect("a notification has a number")
}

#[test]
fn figures_2_and_3_a_server_notifies_of_each_state() {
    let mut server = Thermometer::new(("22.9 Cel", b""), 0);
    let mut all = server.gets(b"\x41\x01\x16\x33\x4a\x60\x5btemperature");
    assert_eq!((all[0].kind(), all[0].mid()), (MessageType::Ack, 0x1633), "piggybacked");
    all.extend(server.becomes(("22.8 Cel", b"")));
    all.extend(server.becomes(("23.1 Cel", b"")));
    assert_eq!(all.len(), 3);
    for (mut sent, text) in all.clone().into_iter().zip(["22.9 Cel", "22.8 Cel", "23.1 Cel"]) {
        assert_eq!(sent.encode_udp().to_vec(), bytes_of(&sent, Code::CONTENT, 0x4a, b"", text));
    }
    assert!(all.is_sorted_by(|before, after| number(before) < number(after)));
    assert!(all[1..].iter().all(|sent| sent.kind() == MessageType::Non), "type 0x51");
}

#[test]
fn figure_5_a_server_names_a_state_that_the_client_has_stored() {
    let mut server = Thermometer::new(("20.0 Cel", b"other"), 0);
    // The client names by its ETag what it has.
    let mut register = Pdu::new(MessageType::Con, Code::GET, 0x1635, 0);
    register.set_token(&[0xf9]).unwrap();
    register.insert_option(ETAG, XYZZY).unwrap();
    register.insert_option(OBSERVE, b"").unwrap();
    register.insert_option(URI_PATH, b"temperature").unwrap();
    let mut answer = server.gets(register.encode_udp()).remove(0);
    assert_eq!(answer.encode_udp().to_vec(), bytes_of(&answer, Code::CONTENT, 0xf9, b"other", "20.0 Cel"));
    let mut stored = server.becomes(("19.7 Cel", XYZZY)).remove(0);
    assert_eq!(stored.encode_udp().to_vec(), bytes_of(&stored, Code::VALID, 0xf9, XYZZY, ""));
    assert!(number(&stored) > number(&answer));
    assert_eq!(server.observers(), 1, "2.03 goes on observing");
}

#[test]
fn figure_6_a_client_rejects_a_notification_and_is_told_no_more() {
    for flags in [0, NOTIFY_CON] {
        let mut server = Thermometer::new(("19.7 Cel", b""), flags);
        server.gets(b"\x41\x01\x16\x33\xf9\x60\x5btemperature");
        let notification = server.becomes(("19.3 Cel", b"")).remove(0);
        let [high, low] = notification.mid().to_be_bytes();
        assert!(server.gets(&[0x70, 0, high, low]).is_empty());
        assert_eq!(server.observers(), 0);
        assert!(server.becomes(("19.5 Cel", b"")).is_empty());
    }
}

/// A client that observes, and a server that is a socket.
struct Observer {
    net: Network,
    peer: Peer,
    server: SocketAddr,
}

impl Observer {
    fn new() -> Self {
        let mode = BlockMode::USE_LIBCOAP.with(BlockMode::NO_PREEMPTIVE_RTAG);
        let mut net = Network::new(1);
        let node = net.add_node_with(Config { block_mode: mode, ..Config::default() });
        let server = "10.9.9.9:5683".parse().unwrap();
        let peer = net.connect_to(node, server);
        net.capture();
        Self { net, peer, server }
    }

    /// Registers; returns the request as it went out.
    fn registers(&mut self, token: u8, mid: u16, etag: &[u8]) -> Vec<u8> {
        let mut request = self.net.new_request(self.peer, MessageType::Con, Code::GET, "temperature");
        request.update_token(&[token]).unwrap();
        request.set_mid(mid);
        request.insert_option(OBSERVE, b"").unwrap();
        if !etag.is_empty() {
            request.insert_option(ETAG, etag).unwrap();
        }
        self.net.send(self.peer, request);
        self.net.run_for(Duration::ZERO);
        self.net.captured().last().unwrap().bytes.clone()
    }

    /// Sends bytes to the client; returns what comes back.
    fn gets(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let before = self.net.captured().len();
        let to = self.net.captured()[0].from;
        self.net.inject(self.server, to, bytes);
        self.net.run_for(Duration::ZERO);
        self.net.captured()[before..].iter().map(|it| it.bytes.clone()).collect()
    }

    /// Code, number and payload of what the application got.
    fn seen(&self) -> Vec<(Code, Option<u64>, String)> {
        let response = |entry: &coap_sim::Entry| match &entry.outcome {
            Outcome::Response { received, .. } => {
                let text = String::from_utf8_lossy(received.payload()).into_owned();
                Some((received.code(), received.option(OBSERVE).and_then(|it| it.uint()), text))
            }
            _ => None,
        };
        self.net.log(self.peer.node).iter().filter_map(response).collect()
    }
}

#[test]
fn figures_3_to_5_a_client_sees_each_state() {
    let mut client = Observer::new();
    assert_eq!(client.registers(0x4a, 0x1633, b""), b"\x41\x01\x16\x33\x4a\x60\x5btemperature");
    assert!(client.gets(b"\x61\x45\x16\x33\x4a\x61\x09\x81\x0f\xff18.5 Cel").is_empty());
    client.net.run_for(SECOND * 7);
    assert!(client.gets(b"\x51\x45\x7b\x50\x4a\x61\x10\x81\x0f\xff19.2 Cel").is_empty());
    // The next one is lost, Max-Age ends, the client registers again.
    client.net.run_for(SECOND * 22);
    assert_eq!(client.registers(0xb2, 0x1634, b""), b"\x41\x01\x16\x34\xb2\x60\x5btemperature");
    let answer = b"\x61\x45\x16\x34\xb2\x45\x78\x79\x7a\x7a\x79\x21\x2c\x81\x0f\xff19.7 Cel";
    assert!(client.gets(answer).is_empty());
    // And once more, with the ETag of what it has stored.
    client.net.run_for(SECOND * 20);
    let again = client.registers(0xf9, 0x1635, XYZZY);
    assert_eq!(again, b"\x41\x01\x16\x35\xf9\x45\x78\x79\x7a\x7a\x79\x20\x5btemperature");
    let other = b"\x61\x45\x16\x35\xf9\x45other\x21\x3d\x81\x0f\xff20.0 Cel";
    assert!(client.gets(other).is_empty());
    client.net.run_for(SECOND * 8);
    let stored = b"\x51\x43\xaa\x0c\xf9\x45\x78\x79\x7a\x7a\x79\x21\x7b\x81\x0f";
    assert!(client.gets(stored).is_empty());
    let text = |text: &str| text.to_owned();
    let expected = [
        (Code::CONTENT, Some(9), text("18.5 Cel")),
        (Code::CONTENT, Some(16), text("19.2 Cel")),
        (Code::CONTENT, Some(44), text("19.7 Cel")),
        (Code::CONTENT, Some(61), text("20.0 Cel")),
        (Code::VALID, Some(123), text("")),
    ];
    assert_eq!(client.seen(), expected);
}

#[test]
fn figure_6_a_client_that_observes_no_more_rejects_what_comes() {
    let mut client = Observer::new();
    client.registers(0xf9, 0x1633, b"");
    client.gets(b"\x61\x45\x16\x33\xf9\x61\x09\x81\x0f\xff19.7 Cel");
    let (now, peer) = (client.net.now(), client.peer);
    assert!(
        client.net.engine(peer.node).cancel_observe(now, peer.session, &[0xf9], MessageType::Con).is_some()
    );
    client.net.run_for(Duration::ZERO);
    let cancel = client.net.captured().last().unwrap().message();
    assert_eq!((cancel.token(), number(&cancel)), (&[0xf9][..], 1), "the token of the registration");
    let mut answer = Pdu::new(MessageType::Ack, Code::CONTENT, cancel.mid(), 0);
    answer.set_token(cancel.token()).unwrap();
    answer.set_payload(b"19.7 Cel").unwrap();
    client.gets(answer.encode_udp());
    let late = |kind: u8| [&[kind, 0x45, 0xaa, kind, 0xf9][..], b"\x61\x0a\x81\x0f\xff19.3 Cel"].concat();
    assert_eq!(client.gets(&late(0x41)), [vec![0x70, 0, 0xaa, 0x41]], "confirmable: a Reset");
    assert_eq!(client.gets(&late(0x51)), [vec![0x70, 0, 0xaa, 0x51]], "non-confirmable: a Reset too");
    assert!(client.seen().iter().all(|(_, _, text)| text != "19.3 Cel"));
}

/// RFC 7641 section 3.4: which of two notifications is newer, by numbers (24 bits) and the time between them.
#[test]
fn section_3_4_the_order_of_numbers() {
    const HALF: u64 = 1 << 23;
    let late = Duration::from_secs(129);
    let cases = [
        (5, 6, Duration::ZERO, true),
        (6, 5, Duration::ZERO, false),
        (5, 5 + HALF - 1, Duration::ZERO, true),
        (5, 5 + HALF, Duration::ZERO, false),
        (HALF + 5, 4, Duration::ZERO, true),
        (HALF + 4, 5, Duration::ZERO, false),
        ((1 << 24) - 1, 0, Duration::ZERO, true),
        (6, 5, Duration::from_secs(127), false),
        (6, 5, late, true),
    ];
    for (first, second, pause, is_newer) in cases {
        let mut client = Observer::new();
        client.registers(0x4a, 0x1633, b"");
        let notification = |kind, mid, number: u64| {
            let mut pdu = Pdu::new(kind, Code::CONTENT, mid, 0);
            pdu.set_token(&[0x4a]).unwrap();
            pdu.insert_option(OBSERVE, &uint::encode(number)).unwrap();
            pdu.encode_udp().to_vec()
        };
        client.gets(&notification(MessageType::Ack, 0x1633, first));
        client.net.run_for(pause);
        client.gets(&notification(MessageType::Non, 0x7b50, second));
        assert_eq!(client.seen().len() == 2, is_newer, "{first}, then {second} after {pause:?}");
    }
}
