//! Which resource a request reaches, and what it is answered when it reaches none (RFC 7252 sections 5.7 to
//! 5.10).
use coap_proto::{
    engine::SendError,
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, option},
};
use coap_sim::{Ending, Network, NodeId, Peer};

const METHODS: [Code; 7] =
    [Code::GET, Code::POST, Code::PUT, Code::DELETE, Code::FETCH, Code::PATCH, Code::IPATCH];
const LINK_FORMAT: &[u8] = &[40];

struct Pair {
    net: Network,
    server: NodeId,
    client: Peer,
}

impl Pair {
    /// A server with a resource "all" for all methods, and a client.
    fn new() -> Self {
        let mut net = Network::new(1);
        let server = net.add_node();
        net.offer(server, "all", |call| call.answer(Code::CHANGED, &[call.request.code().0]));
        let client = net.add_client(server);
        Self { net, server, client }
    }

    /// The response to a request with these options.
    fn ask(&mut self, method: Code, path: &str, options: &[(u16, &[u8])]) -> (Code, Vec<u8>) {
        let mut request = self.net.new_request(self.client, MessageType::Con, method, path);
        for (number, value) in options {
            request.insert_option(*number, value).expect("fits");
        }
        self.response_to(request)
    }

    fn response_to(&mut self, request: Pdu) -> (Code, Vec<u8>) {
        let request = self.net.send(self.client, request);
        self.net.settle();
        match self.net.endings(&request).as_slice() {
            [Ending::Response(code, payload)] => (*code, payload.clone()),
            endings => panic!("not one response: {endings:?}"),
        }
    }

    fn code(&mut self, method: Code, path: &str, options: &[(u16, &[u8])]) -> Code {
        self.ask(method, path, options).0
    }

    fn add(&mut self, mut resource: Resource, methods: MethodMask, name: &'static str) {
        resource.methods = methods;
        self.net.offer_resource(self.server, resource, |call| call.answer(Code::CONTENT, name.as_bytes()));
    }
}

#[test]
fn each_method_reaches_its_handler() {
    let mut pair = Pair::new();
    for method in METHODS {
        // FETCH must say what its payload is (RFC 8132 section 2.3.1).
        assert_eq!(
            pair.ask(method, "all", &[(option::CONTENT_FORMAT, b"")]),
            (Code::CHANGED, vec![method.0])
        );
    }
    assert_eq!(pair.code(Code::FETCH, "all", &[]), Code::UNSUPPORTED_FORMAT);
}

#[test]
fn methods_without_a_handler_are_not_allowed() {
    let mut pair = Pair::new();
    pair.add(Resource::new(b"some", 0), MethodMask::NONE.with(Code::GET).with(Code::DELETE), "some");
    for method in METHODS {
        let allowed = matches!(method, Code::GET | Code::DELETE);
        let expected = if allowed { Code::CONTENT } else { Code::METHOD_NOT_ALLOWED };
        assert_eq!(pair.code(method, "some", &[]), expected, "{method:?}");
    }
}

#[test]
fn paths_are_compared_as_a_whole() {
    let mut pair = Pair::new();
    pair.add(Resource::new(b"a/b", 0), MethodMask::ALL, "a/b");
    pair.add(Resource::new(b"", 0), MethodMask::ALL, "root");
    assert_eq!(pair.ask(Code::GET, "a/b", &[]).1, b"a/b");
    assert_eq!(pair.ask(Code::GET, "", &[]).1, b"root");
    for path in ["a", "b", "a/b/c", "A/b", "ab"] {
        assert_eq!(pair.code(Code::GET, path, &[]), Code::NOT_FOUND, "{path}");
    }
    // One segment that looks like two is not two.
    let mut request = pair.net.new_request(pair.client, MessageType::Con, Code::GET, "");
    request.add_option(option::URI_PATH, b"a/b").expect("fits");
    assert_eq!(pair.response_to(request).0, Code::NOT_FOUND);
}

#[test]
fn a_removed_resource_is_not_found_any_more() {
    let mut pair = Pair::new();
    let resources = pair.net.engine(pair.server).resources_mut();
    let all = resources.find(b"all").expect("there");
    resources.remove(all);
    assert_eq!(pair.code(Code::GET, "all", &[]), Code::NOT_FOUND);
}

#[test]
fn deleting_what_is_not_there_succeeds() {
    let mut pair = Pair::new();
    assert_eq!(pair.code(Code::DELETE, "nowhere", &[]), Code::DELETED);
    assert_eq!(pair.code(Code::PUT, "nowhere", &[]), Code::NOT_FOUND);
}

#[test]
fn the_unknown_resource_stands_for_paths_that_have_none() {
    let mut pair = Pair::new();
    pair.add(Resource::unknown(0), MethodMask::NONE.with(Code::PUT).with(Code::DELETE), "unknown");
    assert_eq!(pair.ask(Code::PUT, "new/one", &[]), (Code::CONTENT, b"unknown".to_vec()));
    assert_eq!(pair.ask(Code::DELETE, "new/one", &[]), (Code::CONTENT, b"unknown".to_vec()));
    assert_eq!(pair.code(Code::GET, "new/one", &[]), Code::NOT_FOUND);
    assert_eq!(pair.code(Code::PUT, "all", &[]), Code::CHANGED);
    assert_eq!(pair.code(Code::PUT, ".well-known/core", &[]), Code::METHOD_NOT_ALLOWED);
}

#[test]
fn what_exists_is_not_created() {
    let mut pair = Pair::new();
    pair.add(Resource::unknown(0), MethodMask::NONE.with(Code::PUT), "unknown");
    assert_eq!(pair.code(Code::PUT, "all", &[(option::IF_NONE_MATCH, b"")]), Code::PRECONDITION_FAILED);
    assert_eq!(pair.code(Code::PUT, "new", &[(option::IF_NONE_MATCH, b"")]), Code::CONTENT);
}

#[test]
fn the_listing_shows_what_the_query_asks_for() {
    let mut pair = Pair::new();
    let mut lamp = Resource::new(b"lamp", 0);
    lamp.add_attribute(b"rt", Some(b"\"light\""));
    lamp.observable = true;
    pair.add(lamp, MethodMask::ALL, "lamp");
    let core = ".well-known/core";
    let all = b"</all>,</lamp>;rt=\"light\";obs";
    assert_eq!(pair.ask(Code::GET, core, &[]), (Code::CONTENT, all.to_vec()));
    let (_, filtered) = pair.ask(Code::GET, core, &[(option::URI_QUERY, b"rt=li*")]);
    assert_eq!(filtered, &all[7..]);
    assert_eq!(pair.ask(Code::GET, core, &[(option::URI_QUERY, b"rt=x")]).1, b"");
}

#[test]
fn the_listing_is_in_link_format_and_fits_into_the_message() {
    let mut pair = Pair::new();
    for n in 0..500 {
        pair.add(Resource::new(format!("resource/{n}").as_bytes(), 0), MethodMask::ALL, "");
    }
    pair.net.capture();
    let (code, listing) = pair.ask(Code::GET, ".well-known/core", &[]);
    assert_eq!(code, Code::CONTENT);
    assert!(listing.starts_with(b"</all>,</resource/0>,") && listing.len() > 1000, "{} bytes", listing.len());
    let reply = pair.net.captured().last().expect("a reply").message();
    assert_eq!(reply.option(option::CONTENT_FORMAT).map(|option| option.value), Some(LINK_FORMAT));
}

#[test]
fn a_resource_may_take_the_listings_place() {
    let mut pair = Pair::new();
    pair.add(Resource::new(b".well-known/core", 0), MethodMask::ALL, "mine");
    assert_eq!(pair.ask(Code::GET, ".well-known/core", &[]).1, b"mine");
}

#[test]
fn requests_to_be_forwarded_need_a_proxy() {
    let mut pair = Pair::new();
    let uri: &[(u16, &[u8])] = &[(option::PROXY_URI, b"coap://elsewhere/all")];
    let scheme: &[(u16, &[u8])] = &[(option::URI_HOST, b"elsewhere"), (option::PROXY_SCHEME, b"coap")];
    assert_eq!(pair.code(Code::GET, "", uri), Code::PROXYING_NOT_SUPPORTED);
    assert_eq!(pair.code(Code::GET, "all", scheme), Code::PROXYING_NOT_SUPPORTED);
    pair.add(Resource::proxy(vec![b"here".to_vec()], 0), MethodMask::NONE.with(Code::GET), "proxy");
    assert_eq!(pair.ask(Code::GET, "all", scheme).1, b"proxy");
    assert_eq!(pair.code(Code::POST, "all", scheme), Code::PROXYING_NOT_SUPPORTED, "no handler");
    // For this very node nothing is forwarded.
    let here: &[(u16, &[u8])] = &[(option::URI_HOST, b"here"), (option::PROXY_SCHEME, b"coap")];
    assert_eq!(pair.code(Code::GET, "all", here), Code::CHANGED);
    let without_host: &[(u16, &[u8])] = &[(option::PROXY_SCHEME, b"coap")];
    assert_eq!(pair.code(Code::GET, "all", without_host), Code::BAD_OPTION);
}

#[test]
fn hops_are_counted() {
    let mut pair = Pair::new();
    assert_eq!(pair.code(Code::GET, "all", &[(option::HOP_LIMIT, &[5])]), Code::CHANGED);
    let seen = pair.net.served(pair.server).last().expect("served");
    assert_eq!(seen.option(option::HOP_LIMIT).map(|option| option.value.to_vec()), Some(vec![4]));
    assert_eq!(
        pair.code(Code::GET, "all", &[(option::HOP_LIMIT, &[1])]),
        Code::CHANGED,
        "it has come to its end"
    );
    assert_eq!(pair.code(Code::GET, "all", &[(option::HOP_LIMIT, &[0])]), Code::BAD_REQUEST);
}

#[test]
fn the_asker_may_have_no_use_for_a_response() {
    let mut pair = Pair::new();
    // RFC 7967 section 2.1: 2 is no 2.xx, 8 is no 4.xx.
    let mut ask = |path: &str, classes: u8| {
        let mut request = pair.net.new_request(pair.client, MessageType::Con, Code::GET, path);
        request.add_option(option::NO_RESPONSE, &[classes]).expect("fits");
        let request = pair.net.send(pair.client, request);
        pair.net.settle();
        pair.net.endings(&request)
    };
    assert_eq!(ask("all", 2), [], "acknowledged only");
    assert_eq!(ask("all", 8).len(), 1);
    assert_eq!(ask("nowhere", 8), []);
    assert_eq!(ask("nowhere", 2).len(), 1);
    assert_eq!(ask("all", 26), []);
}

#[test]
fn a_response_that_the_application_cannot_use_is_rejected() {
    let mut pair = Pair::new();
    pair.net.reject_responses(pair.client.node);
    pair.net.offer(pair.server, "slow", |_| {});
    pair.net.capture();
    let request = pair.net.get_non(pair.client, "all");
    pair.net.settle();
    assert_eq!(pair.net.endings(&request).len(), 1);
    let kinds: Vec<_> = pair.net.captured().iter().map(|capture| capture.header().0).collect();
    assert_eq!(kinds, [MessageType::Non, MessageType::Non, MessageType::Rst]);
}

#[test]
fn a_message_is_as_large_as_its_maker_allows_and_no_datagram_larger_than_any_can_be() {
    let mut pair = Pair::new();
    let mut request = pair.net.new_request(pair.client, MessageType::Con, Code::PUT, "all");
    assert!(request.set_payload(&[0; 1200]).is_err(), "the message knows the session's limit");
    request.set_max_size(0);
    request.set_payload(&[0; 1200]).expect("no limit");
    assert_eq!(pair.response_to(request).0, Code::CHANGED);
    let mut request = pair.net.new_request(pair.client, MessageType::Con, Code::PUT, "all");
    request.set_max_size(0);
    request.set_payload(&[0; 65_500]).expect("no limit");
    assert!(matches!(pair.net.try_send(pair.client, request), Err(SendError::TooLarge { .. })));
}
