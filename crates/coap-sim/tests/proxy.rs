//! A client, a proxy and a server (RFC 7252 section 5.7).
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, Route, Server},
    wire::{Code, MessageType, Pdu, option, uri::Scheme},
};
use coap_sim::{Call, Ending, Line, Network, NodeId, Peer, Sent, for_each_seed};
use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };

fn config() -> Config {
    Config { block_mode: WHOLE, ..Config::default() }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// A client, a forward proxy, and a server that is called "server".
struct Story {
    net: Network,
    proxy: NodeId,
    server: NodeId,
    peer: Peer,
}

impl Story {
    fn new(seed: u64) -> Self {
        Self::with(seed, config(), Route::default())
    }

    fn with(seed: u64, proxy: Config, route: Route) -> Self {
        let mut net = Network::new(seed);
        let server = net.add_node_with(config());
        let proxy = net.add_node_with(proxy);
        net.set_name("server", server);
        net.offer_proxy(proxy, "proxy", route);
        let client = net.add_node_with(config());
        let peer = net.connect(client, proxy);
        Self { net, proxy, server, peer }
    }

    fn another_client(&mut self) -> Peer {
        let client = self.net.add_node_with(config());
        self.net.connect(client, self.proxy)
    }

    fn request(&mut self, kind: MessageType, code: Code, uri: &str) -> Pdu {
        self.request_of(self.peer, kind, code, uri)
    }

    fn request_of(&mut self, peer: Peer, kind: MessageType, code: Code, uri: &str) -> Pdu {
        let mut request = self.net.new_request(peer, kind, code, "");
        request.insert_option(option::PROXY_URI, uri.as_bytes()).unwrap();
        request
    }

    fn get(&mut self, uri: &str) -> Sent {
        let request = self.request(MessageType::Con, Code::GET, uri);
        self.net.send(self.peer, request)
    }

    /// Asks and waits.
    fn ask(&mut self, uri: &str) -> Ending {
        let sent = self.get(uri);
        self.only_ending(&sent)
    }

    fn only_ending(&mut self, sent: &Sent) -> Ending {
        self.net.run_for(seconds(300));
        let [ending] = <[Ending; 1]>::try_from(self.net.endings(sent)).expect("one ending");
        ending
    }

    fn code(&mut self, uri: &str) -> Code {
        self.ask(uri).code().expect("a response")
    }

    fn served(&self) -> usize {
        self.net.served(self.server).count()
    }

    fn observe(&mut self, peer: Peer, uri: &str) -> Sent {
        let mut request = self.request_of(peer, MessageType::Con, Code::GET, uri);
        request.insert_option(option::OBSERVE, b"").unwrap();
        self.net.send(peer, request)
    }

    /// The states that a client has seen.
    fn seen(&self, sent: &Sent) -> Vec<String> {
        let payload = |ending| match ending {
            Ending::Response(Code::CONTENT, payload) => String::from_utf8(payload).unwrap(),
            other => format!("{other:?}"),
        };
        self.net.endings(sent).into_iter().map(payload).collect()
    }

    fn offer_state(&mut self) -> Rc<Cell<u32>> {
        let state = Rc::new(Cell::new(0));
        let shown = Rc::clone(&state);
        self.net.offer_observable(self.server, "state", 0, move |call| {
            call.answer(Code::CONTENT, shown.get().to_string().as_bytes());
        });
        state
    }

    fn change(&mut self, state: &Cell<u32>) {
        state.set(state.get() + 1);
        self.net.notify(self.server, "state");
        self.net.run_for(seconds(1));
    }

    fn observers(&mut self) -> usize {
        self.net.engine(self.server).census().observers
    }

    fn forwards(&mut self) -> usize {
        self.net.engine(self.proxy).census().forwards
    }
}

fn hello(call: &mut Call<'_>) {
    call.answer(Code::CONTENT, b"hello");
}

fn said(text: &[u8]) -> Ending {
    Ending::Response(Code::CONTENT, text.to_vec())
}

#[test]
fn a_request_goes_by_proxy_uri_and_its_response_comes_back() {
    let mut story = Story::new(1);
    story.net.offer(story.server, "a/b", |call| {
        let options: Vec<_> = call.request.options().map(|it| (it.number, it.value.to_vec())).collect();
        let expected = [
            (option::URI_HOST, b"server".to_vec()),
            (option::URI_PATH, b"a".to_vec()),
            (option::URI_PATH, b"b".to_vec()),
            (option::URI_QUERY, b"q=1".to_vec()),
            (option::HOP_LIMIT, vec![15]),
        ];
        let rest = options.into_iter().filter(|(number, _)| *number != option::REQUEST_TAG);
        assert_eq!(rest.collect::<Vec<_>>(), expected);
        call.answer(Code::CONTENT, b"hello");
    });
    assert_eq!(story.ask("coap://server/a/b?q=1"), said(b"hello"));
    assert_eq!(story.code("coap://server/none"), Code::NOT_FOUND);
    assert_eq!(story.forwards(), 0);
}

#[test]
fn a_request_goes_by_proxy_scheme_and_uri_host() {
    let mut story = Story::new(2);
    story.net.offer(story.server, "a", hello);
    let mut request = story.net.new_request(story.peer, MessageType::Con, Code::GET, "a");
    request.insert_option(option::URI_HOST, b"SERVER").unwrap();
    request.insert_option(option::PROXY_SCHEME, b"coap").unwrap();
    let sent = story.net.send(story.peer, request);
    assert_eq!(story.only_ending(&sent), said(b"hello"));
}

#[test]
fn preconditions_and_options_that_are_safe_reach_the_server() {
    let mut story = Story::new(3);
    story.net.offer(story.server, "a", |call| {
        let option = |number| call.request.option(number).map(|it| it.value.to_vec());
        assert_eq!(option(option::IF_MATCH), Some(b"e".to_vec()));
        assert_eq!(option(2052), Some(b"safe".to_vec()));
        assert_eq!(option(option::PROXY_URI), None);
        call.response.insert_option(2056, b"safe, too").unwrap();
        call.response.insert_option(option::LOCATION_PATH, b"there").unwrap();
        call.answer(Code::CHANGED, b"");
    });
    let mut request = story.request(MessageType::Non, Code::PUT, "coap://server/a");
    request.insert_option(option::IF_MATCH, b"e").unwrap();
    request.insert_option(2052, b"safe").unwrap();
    let sent = story.net.send(story.peer, request);
    assert_eq!(story.only_ending(&sent), Ending::Response(Code::CHANGED, Vec::new()));
    let received = story.net.log(story.peer.node).iter().find_map(|entry| match &entry.outcome {
        coap_sim::Outcome::Response { received, .. } => Some(received.clone()),
        _ => None,
    });
    let received = received.unwrap();
    assert_eq!(received.option(2056).map(|it| it.value), Some(&b"safe, too"[..]));
    assert_eq!(received.option(option::LOCATION_PATH).map(|it| it.value), Some(&b"there"[..]));
}

#[test]
fn options_that_are_not_known_and_unsafe_are_not_forwarded() {
    let mut story = Story::new(4);
    story.net.offer(story.server, "a", |call| {
        call.response.insert_option(2054, b"unsafe").unwrap();
        call.answer(Code::CONTENT, b"x");
    });
    let mut request = story.request(MessageType::Con, Code::GET, "coap://server/a");
    request.insert_option(2054, b"unsafe").unwrap();
    let sent = story.net.send(story.peer, request);
    assert_eq!(story.only_ending(&sent).code(), Some(Code::BAD_OPTION));
    assert_eq!(story.served(), 0);
    assert_eq!(story.code("coap://server/a"), Code::BAD_GATEWAY, "the response has one");
    let proxy = story.proxy;
    story.net.engine(proxy).register_option(2054);
    assert_eq!(story.code("coap://server/a"), Code::CONTENT, "the application knows it");
}

#[test]
fn critical_options_that_are_safe_pass_in_both_directions() {
    let mut story = Story::new(5);
    let (server, client) = (story.server, story.peer.node);
    story.net.engine(server).register_option(2053);
    story.net.engine(client).register_option(2057);
    story.net.offer(story.server, "a", |call| {
        assert_eq!(call.request.option(2053).map(|it| it.value), Some(&b"critical"[..]));
        call.response.insert_option(2057, b"critical").unwrap();
        call.answer(Code::CONTENT, b"x");
    });
    let mut request = story.request(MessageType::Con, Code::GET, "coap://server/a");
    request.insert_option(2053, b"critical").unwrap();
    let sent = story.net.send(story.peer, request);
    assert_eq!(story.only_ending(&sent), said(b"x"));
}

#[test]
fn who_asks_for_nonsense_is_told() {
    let mut story = Story::new(6);
    for (uri, code) in [
        ("gopher://server/a", Code::PROXYING_NOT_SUPPORTED),
        ("coaps://server/a", Code::PROXYING_NOT_SUPPORTED),
        ("http://server/a", Code::PROXYING_NOT_SUPPORTED),
        ("coap:", Code::PROXYING_NOT_SUPPORTED),
        ("coap://[::1", Code::PROXYING_NOT_SUPPORTED),
        ("coap://server/%zz", Code::PROXYING_NOT_SUPPORTED),
        ("coap://224.0.1.187/a", Code::PROXYING_NOT_SUPPORTED),
        ("coap://nobody/a", Code::BAD_GATEWAY),
    ] {
        assert_eq!(story.code(uri), code, "{uri}");
    }
    assert_eq!(story.served(), 0);
    assert_eq!(story.forwards(), 0);
}

#[test]
fn a_server_that_is_silent_is_a_gateway_timeout() {
    let mut story = Story::new(7);
    let (proxy, server) = (story.proxy, story.server);
    story.net.set_line_between(proxy, server, Line::dead());
    let sent = story.get("coap://server/a");
    story.net.run_for(seconds(44));
    assert_eq!(story.net.endings(&sent), [], "it is still tried");
    assert_eq!(story.only_ending(&sent).code(), Some(Code::GATEWAY_TIMEOUT));
    let request = story.request(MessageType::Non, Code::GET, "coap://server/a");
    let sent = story.net.send(story.peer, request);
    assert_eq!(story.only_ending(&sent).code(), Some(Code::GATEWAY_TIMEOUT));
    assert_eq!(story.forwards(), 0);
}

#[test]
fn a_server_that_promises_and_does_not_answer_is_a_gateway_timeout() {
    let mut story = Story::new(8);
    story.net.offer(story.server, "a", |_| {});
    let sent = story.get("coap://server/a");
    story.net.run_for(seconds(119));
    assert_eq!(story.net.endings(&sent), []);
    assert_eq!(story.only_ending(&sent).code(), Some(Code::GATEWAY_TIMEOUT));
}

#[test]
fn a_server_that_is_not_there_is_a_bad_gateway_at_once() {
    let mut story = Story::new(9);
    story.net.report_unreachable();
    let sent = story.get("coap://10.0.99.99/a");
    story.net.run_for(seconds(1));
    assert_eq!(story.net.code(&sent), Code::BAD_GATEWAY);
}

#[test]
fn who_does_not_want_a_response_gets_none_not_even_a_timeout() {
    let mut story = Story::new(10);
    story.net.offer(story.server, "a", |call| call.answer(Code::CHANGED, b""));
    let mut request = story.request(MessageType::Non, Code::PUT, "coap://server/a");
    request.insert_option(option::NO_RESPONSE, &[2]).unwrap();
    let sent = story.net.send(story.peer, request);
    story.net.run_for(seconds(300));
    assert_eq!((story.served(), story.net.endings(&sent)), (1, Vec::new()));
    assert_eq!(story.forwards(), 0);
}

#[test]
fn two_proxies_that_forward_to_each_other_end_at_the_hop_limit() {
    let mut net = Network::new(11);
    let (one, two) = (net.add_node_with(config()), net.add_node_with(config()));
    let to = |net: &Network, node| {
        let address = net.address(node);
        let server = Server::new(Scheme::Coap, address.ip().to_string().as_bytes(), address.port());
        Route { server: Some(server), strip: false, ..Route::default() }
    };
    let (first, second) = (to(&net, two), to(&net, one));
    net.offer_proxy(one, "one", first);
    net.offer_proxy(two, "two", second);
    let peer = net.add_client(one);
    let mut request = net.new_request(peer, MessageType::Con, Code::GET, "");
    request.insert_option(option::PROXY_URI, b"coap://elsewhere/a").unwrap();
    let sent = net.send(peer, request);
    net.run_for(seconds(300));
    let endings = net.endings(&sent);
    let [Ending::Response(Code::HOP_LIMIT_REACHED, path)] = endings.as_slice() else {
        panic!("it goes round for ever, or comes to nothing: {endings:?}");
    };
    // Each says once that it was there (RFC 8768 section 4).
    assert_eq!(std::str::from_utf8(path), Ok("10.0.0.1 10.0.0.2"));
    let rounds = net.served(one).count() + net.served(two).count();
    assert_eq!(rounds, 16);
    assert_eq!(net.engine(one).census().forwards + net.engine(two).census().forwards, 0);
}

#[test]
fn a_reverse_proxy_answers_as_if_it_were_the_server() {
    let mut net = Network::new(12);
    let (server, proxy) = (net.add_node_with(config()), net.add_node_with(config()));
    net.set_name("inside", server);
    net.offer(server, "a", |call| {
        assert_eq!(call.request.option(option::URI_HOST).map(|it| it.value), Some(&b"inside"[..]));
        call.answer(Code::CONTENT, b"from inside");
    });
    net.offer(proxy, "own", hello);
    let inside = Some(Server::new(Scheme::Coap, b"inside", 5683));
    net.offer_reverse_proxy(proxy, Route { server: inside, ..Route::default() });
    let peer = net.add_client(proxy);
    let mut asked = Vec::new();
    for path in ["a", "own", "none"] {
        let mut request = net.new_request(peer, MessageType::Con, Code::GET, path);
        request.insert_option(option::URI_HOST, b"outside").unwrap();
        asked.push(net.send(peer, request));
        net.settle();
    }
    assert_eq!(net.endings(&asked[0]), [said(b"from inside")]);
    assert_eq!(net.endings(&asked[1]), [said(b"hello")]);
    assert_eq!(net.code(&asked[2]), Code::NOT_FOUND);
}

fn send_body(story: &mut Story, mut request: Pdu, body: &[u8]) -> Sent {
    let (now, peer, token) = (story.net.now(), story.peer, request.token().to_vec());
    let engine = story.net.engine(peer.node);
    let body = Body::new(Arc::new(body.to_vec()), 1);
    let large = engine.large_request(peer.session, &mut request, body).unwrap().expect("it is large");
    let mid = engine.send_body(now, peer.session, request, large).unwrap();
    Sent { peer, mid, token }
}

#[test]
fn large_bodies_pass_in_both_directions_whatever_the_network_does() {
    for_each_seed(0..20, |seed| {
        let mut story = Story::new(seed);
        let line = Line { loss: 0.1, duplication: 0.1, jitter: Duration::from_millis(30), ..Line::default() };
        story.net.set_line(line);
        story.net.offer(story.server, "echo", |call| {
            let body = call.request.payload().to_vec();
            assert_eq!(body.len(), 100_000);
            call.answer_large(&body, 7, &TEXT);
        });
        let request = story.request(MessageType::Con, Code::POST, "coap://server/echo");
        let sent = send_body(&mut story, request, &content(100_000));
        story.net.run_for(seconds(3600));
        assert!(story.net.endings(&sent) == [said(&content(100_000))]);
        assert_eq!(story.served(), 1);
        story.net.run_out();
        let census = story.net.engine(story.proxy).census();
        assert_eq!((census.forwards, census.transfers, census.body_bytes), (0, 0, 0));
    });
}

#[test]
fn blocks_pass_one_by_one_where_nobody_joins_them() {
    let plain = Config::default();
    let mut story = Story::with(13, plain, Route::default());
    story.net.offer(story.server, "echo", |call| {
        let body = call.request.payload().to_vec();
        call.answer_large(&body, 7, &TEXT);
    });
    let request = story.request(MessageType::Con, Code::POST, "coap://server/echo");
    let sent = send_body(&mut story, request, &content(5_000));
    assert!(story.only_ending(&sent) == said(&content(5_000)));
}

#[test]
fn notifications_pass_until_the_client_cancels() {
    let mut story = Story::new(14);
    let state = story.offer_state();
    let sent = story.observe(story.peer, "coap://server/state");
    story.net.run_for(seconds(1));
    for _ in 0..3 {
        story.change(&state);
    }
    assert_eq!(story.seen(&sent), ["0", "1", "2", "3"]);
    assert_eq!((story.observers(), story.forwards()), (1, 1));
    let (now, peer) = (story.net.now(), story.peer);
    story.net.engine(peer.node).cancel_observe(now, peer.session, &sent.token, MessageType::Con).unwrap();
    story.net.run_for(seconds(1));
    story.change(&state);
    assert_eq!(story.seen(&sent), ["0", "1", "2", "3", "3"], "the last is the answer to the cancellation");
    assert_eq!((story.observers(), story.forwards()), (0, 0));
}

#[test]
fn each_client_observes_for_itself() {
    let mut story = Story::new(15);
    let state = story.offer_state();
    let other = story.another_client();
    let sent = [story.observe(story.peer, "coap://server/state"), story.observe(other, "coap://server/state")];
    story.net.run_for(seconds(1));
    story.change(&state);
    assert!(sent.iter().all(|sent| story.seen(sent) == ["0", "1"]));
    // One goes without a word: the server still notifies the other one.
    let (proxy, gone) = (story.proxy, story.peer.node);
    story.net.set_line_between(proxy, gone, Line::dead());
    story.change(&state);
    story.net.run_for(seconds(300));
    story.change(&state);
    assert_eq!(story.seen(&sent[1]), ["0", "1", "2", "3"]);
    assert_eq!((story.observers(), story.forwards()), (1, 1), "who does not acknowledge observes no more");
}

#[test]
fn a_client_that_rejects_a_notification_observes_no_more() {
    let mut story = Story::new(16);
    let state = story.offer_state();
    let sent = story.observe(story.peer, "coap://server/state");
    story.net.run_for(seconds(1));
    story.net.reject_responses(story.peer.node);
    story.change(&state);
    assert_eq!(story.seen(&sent), ["0", "1"]);
    assert_eq!((story.observers(), story.forwards()), (0, 0));
}

#[test]
fn a_slow_client_gets_the_newest_state() {
    let mut story = Story::new(17);
    let state = story.offer_state();
    let sent = story.observe(story.peer, "coap://server/state");
    story.net.run_for(seconds(1));
    let (proxy, client) = (story.proxy, story.peer.node);
    story.net.set_line_between(proxy, client, Line::dead());
    for _ in 0..5 {
        state.set(state.get() + 1);
        story.net.notify(story.server, "state");
        story.net.run_for(Duration::from_millis(200));
    }
    story.net.set_line_between(proxy, client, Line::default());
    story.net.run_for(seconds(20));
    let seen = story.seen(&sent);
    assert_eq!(seen.last().map(String::as_str), Some("5"), "{seen:?}");
    assert!(seen.len() <= 3, "nothing piles up: {seen:?}");
}

#[test]
fn observing_through_a_rough_network_ends_with_the_last_state() {
    for_each_seed(0..50, |seed| {
        let mut story = Story::new(seed);
        let state = story.offer_state();
        let line = Line { loss: 0.1, duplication: 0.1, jitter: Duration::from_millis(50), ..Line::default() };
        story.net.set_line(line);
        let sent = story.observe(story.peer, "coap://server/state");
        story.net.run_for(seconds(100));
        for _ in 0..20 {
            story.change(&state);
        }
        // Non-confirmable notifications of the server may be lost; one of six is confirmable.
        for _ in 0..6 {
            story.net.notify(story.server, "state");
            story.net.run_for(seconds(100));
        }
        let seen: Vec<u32> = story.seen(&sent).iter().map(|state| state.parse().unwrap()).collect();
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen.last(), Some(&20), "{seen:?}");
    });
}

#[test]
fn an_observed_server_that_goes_is_told() {
    let mut story = Story::new(18);
    let state = story.offer_state();
    let sent = story.observe(story.peer, "coap://server/state");
    story.net.run_for(seconds(1));
    let (now, server) = (story.net.now(), story.server);
    let engine = story.net.engine(server);
    let resource = engine.resources().find(b"state").unwrap();
    engine.remove_resource(now, resource);
    story.net.run_for(seconds(1));
    let codes: Vec<_> = story.net.endings(&sent).iter().filter_map(Ending::code).collect();
    assert_eq!(codes, [Code::CONTENT, Code::NOT_FOUND]);
    assert_eq!(story.forwards(), 0);
    drop(state);
}
