//! A client, a proxy and a server (RFC 7252 section 5.7).
mod bodies;
mod caching;
mod forwarding;
mod limits;
mod observing;
mod streams;

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

fn send_body(story: &mut Story, mut request: Pdu, body: &[u8]) -> Sent {
    let (now, peer, token) = (story.net.now(), story.peer, request.token().to_vec());
    let engine = story.net.engine(peer.node);
    let body = Body::new(Arc::new(body.to_vec()), 1);
    let large = engine.large_request(peer.session, &mut request, body).unwrap().expect("it is large");
    let mid = engine.send_body(now, peer.session, request, large).unwrap();
    Sent { peer, mid, token }
}
