//! Proxies between datagrams and streams.
use crate::*;
use coap_proto::wire::{Protocol, uint};
use coap_sim::{End, Flow};

/// A proxy whose clients and servers are reached by any protocol.
struct Between {
    story: Story,
    scheme: &'static str,
}

fn between(seed: u64, client: Protocol, server: Protocol) -> Between {
    let mut story = Story::new(seed);
    story.net.set_flow(Flow { chunk: 100, ..Flow::default() });
    if server.is_reliable() {
        story.net.listen(story.server, server);
    }
    if client.is_reliable() {
        story.peer = story.net.connect_stream(story.peer.node, story.proxy, client);
    }
    let scheme = match server {
        Protocol::Tcp => "coap+tcp",
        Protocol::Ws => "coap+ws",
        _ => "coap",
    };
    Between { story, scheme }
}

impl Between {
    fn uri(&self, path: &str) -> String {
        format!("{}://server:5683/{path}", self.scheme)
    }
}

const PAIRS: [(Protocol, Protocol); 5] = [
    (Protocol::Udp, Protocol::Tcp),
    (Protocol::Tcp, Protocol::Udp),
    (Protocol::Tcp, Protocol::Tcp),
    (Protocol::Udp, Protocol::Ws),
    (Protocol::Ws, Protocol::Tcp),
];

#[test]
fn requests_and_errors_pass_between_all_protocols() {
    for (client, server) in PAIRS {
        for_each_seed(0..5, |seed| {
            let mut it = between(seed, client, server);
            it.story.net.offer(it.story.server, "a", hello);
            let uri = it.uri("a");
            assert_eq!(it.story.ask(&uri), said(b"hello"), "{client:?} to {server:?}");
            let uri = it.uri("b");
            assert_eq!(it.story.code(&uri), Code::NOT_FOUND);
            assert_eq!(it.story.served(), 1);
        });
    }
}

#[test]
fn bodies_pass_between_all_protocols() {
    for (client, server) in PAIRS {
        for_each_seed(0..3, |seed| {
            let mut it = between(seed, client, server);
            it.story.net.offer(it.story.server, "a", |call| {
                let content = call.request.payload().to_vec();
                call.answer_large(&content, 1, &TEXT);
            });
            let uri = it.uri("a");
            let body = content(5000);
            let mut request = it.story.request(MessageType::Con, Code::POST, &uri);
            let sent = if client.is_reliable() {
                // It goes in one message.
                it.story.net.run_for(seconds(1));
                request.set_max_size(0);
                request.set_payload(&body).unwrap();
                it.story.net.send(it.story.peer, request)
            } else {
                send_body(&mut it.story, request, &body)
            };
            assert_eq!(it.story.only_ending(&sent), said(&body), "{client:?} to {server:?}");
        });
    }
}

#[test]
fn what_is_observed_over_a_stream_has_numbers_for_datagrams() {
    let mut it = between(1, Protocol::Udp, Protocol::Tcp);
    let mut count = 0u8;
    it.story.net.offer_observable(it.story.server, "a", 0, move |call| {
        count += 1;
        call.answer(Code::CONTENT, &[count]);
        // As a server may that leaves the order to TCP (RFC 8323 section 7.1).
        if call.response.option(option::OBSERVE).is_some() {
            call.response.update_option(option::OBSERVE, b"").unwrap();
        }
    });
    it.story.net.capture();
    let uri = it.uri("a");
    let mut request = it.story.request(MessageType::Con, Code::GET, &uri);
    request.insert_option(option::OBSERVE, &uint::encode(0)).unwrap();
    let sent = it.story.net.send(it.story.peer, request);
    it.story.net.run_for(seconds(1));
    for _ in 0..5 {
        it.story.net.notify(it.story.server, "a");
        it.story.net.run_for(seconds(1));
    }
    let seen: Vec<_> = it.story.net.endings(&sent);
    assert_eq!(seen, (1..=6).map(|count| said(&[count])).collect::<Vec<_>>());
    let number = |bytes: &[u8]| Pdu::decode_udp(bytes).unwrap().option(option::OBSERVE)?.uint();
    let captured = it.story.net.captured().iter();
    let mut numbers: Vec<_> = captured.filter_map(|it| number(&it.bytes)).filter(|it| *it > 0).collect();
    numbers.dedup();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_client_that_does_not_read_gets_the_newest_later() {
    let proxy = Config { stream_output_bytes: 3000, ..config() };
    let mut story = Story::with(2, proxy, Route::default());
    story.net.set_flow(Flow { window: 1000, ..Flow::default() });
    story.peer = story.net.connect_stream(story.peer.node, story.proxy, Protocol::Tcp);
    let mut count = 0u16;
    story.net.offer_observable(story.server, "a", 0, move |call| {
        count += 1;
        let state = [&count.to_be_bytes()[..], &[0; 500]].concat();
        call.answer(Code::CONTENT, &state);
    });
    let mut request = story.request(MessageType::Con, Code::GET, "coap://server/a");
    request.insert_option(option::OBSERVE, &uint::encode(0)).unwrap();
    let sent = story.net.send(story.peer, request);
    story.net.run_for(seconds(1));
    let stream = story.net.stream_of(story.peer);
    story.net.stall(stream, End::Caller, true);
    for _ in 0..50 {
        story.net.notify(story.server, "a");
        story.net.run_for(seconds(1));
    }
    let proxy = story.proxy;
    assert!(story.net.engine(proxy).census().stream_bytes < 4000);
    story.net.stall(stream, End::Caller, false);
    story.net.run_for(seconds(1));
    let states: Vec<u16> = story
        .net
        .endings(&sent)
        .iter()
        .map(|ending| match ending {
            Ending::Response(_, state) => u16::from_be_bytes([state[0], state[1]]),
            Ending::Nack(reason) => panic!("{reason:?}"),
        })
        .collect();
    assert_eq!(states.last(), Some(&51), "{states:?}");
    assert!(states.len() < 12 && states.is_sorted());
}

#[test]
fn a_server_that_is_not_there_or_goes_is_a_bad_gateway() {
    let mut it = between(3, Protocol::Udp, Protocol::Tcp);
    it.scheme = "coap+ws";
    let uri = it.uri("a");
    assert_eq!(it.story.code(&uri), Code::BAD_GATEWAY, "nobody listens for WebSockets");
    it.scheme = "coap+tcp";
    let uri = it.uri("a");
    it.story.net.offer(it.story.server, "a", |_| {});
    let sent = it.story.get(&uri);
    it.story.net.run_for(seconds(1));
    let upstream = it.story.net.engine(it.story.proxy).sessions().last().unwrap();
    let stream = it.story.net.stream_of(Peer { node: it.story.proxy, session: upstream });
    it.story.net.break_stream(stream);
    assert_eq!(it.story.only_ending(&sent).code(), Some(Code::BAD_GATEWAY));
    it.story.net.offer(it.story.server, "a", hello);
    assert_eq!(it.story.ask(&uri), said(b"hello"), "the next request connects anew");
}

/// Nothing keeps its session but the request that was forwarded, which is no reason to end it too early.
#[test]
fn the_end_of_a_client_that_waits_is_told_in_order() {
    let mut it = between(3, Protocol::Tcp, Protocol::Udp);
    it.story.net.offer(it.story.server, "a", |_| {});
    let uri = it.uri("a");
    it.story.get(&uri);
    it.story.net.run_for(seconds(1));
    let stream = it.story.net.stream_of(it.story.peer);
    let session = it.story.net.peer_at(stream, End::Called).unwrap().session;
    it.story.net.break_stream(stream);
    let told = it.story.net.log(it.story.proxy).iter().filter(|entry| entry.session == session);
    let told: Vec<_> = told.map(|entry| format!("{:?}", entry.outcome)).collect();
    let [.., closed, disconnected, deleted, end] = &told[..] else { panic!("{told:?}") };
    assert_eq!([closed, disconnected], ["Session(TcpClosed)", "Session(Disconnected)"]);
    assert_eq!([deleted, end], ["Session(ServerDeleted)", "Closed"]);
}

/// RFC 8323 section 5.5.
#[test]
fn what_is_forwarded_is_answered_before_the_client_may_go() {
    for (observes, releases) in [(false, true), (false, false), (true, true)] {
        let mut story = Story::new(5);
        story.net.offer_observable(story.server, "a", 0, hello);
        let stream = story.net.connect_from_outside(story.proxy, Protocol::Tcp);
        let message = |code| Pdu::new(MessageType::Con, code, 0, 0);
        let mut get = message(Code::GET);
        get.set_token(b"t").unwrap();
        if observes {
            get.insert_option(option::OBSERVE, &[]).unwrap();
        }
        get.insert_option(option::PROXY_URI, b"coap://server/a").unwrap();
        let mut bytes = [message(Code::CSM).encode_stream(), get.encode_stream()].concat();
        if releases {
            bytes.extend(message(Code::RELEASE).encode_stream());
        }
        story.net.write(stream, &bytes);
        if !releases {
            story.net.half_close(stream);
        }
        story.net.run_for(seconds(2));
        let mut answer = message(Code::CONTENT);
        answer.set_token(b"t").unwrap();
        answer.set_payload(b"hello").unwrap();
        let written = story.net.written(stream, End::Called);
        assert!(observes || written.ends_with(answer.encode_stream()), "{written:?}");
        assert!(written.ends_with(b"\xffhello"), "{written:?}");
        assert!(story.net.is_closed(stream, End::Called), "observations do not keep it");
    }
}
