//! Which requests are forwarded, as what, and what comes back.
use super::*;

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
    assert_eq!(std::str::from_utf8(path), Ok("10.0.0.2 10.0.0.1"));
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
