//! An engine that is asked.
use coap_proto::{
    Address,
    engine::{Config, EndpointId, Engine, Event, Path, Via},
    resource::{MethodMask, Resource},
    wire::{Code, Protocol},
};
use std::{
    hint::black_box,
    net::{Ipv4Addr, SocketAddr},
    time::Instant,
};

/// A server that answers `GET /t` with 11 bytes.
pub(crate) struct Node {
    pub(crate) engine: Engine,
    pub(crate) now: Instant,
    endpoint: EndpointId,
    local: Address,
}

impl Node {
    pub(crate) fn new() -> Self {
        let (now, local) = (Instant::now(), address(Ipv4Addr::new(192, 0, 2, 2), 5683));
        let mut engine = Engine::new(Config::default(), now, [1; 32]);
        let endpoint = engine.open_endpoint(local, Protocol::Udp).expect("an endpoint");
        let mut resource = Resource::new(b"t", 0);
        resource.methods = MethodMask::ALL;
        engine.resources_mut().add(resource);
        Self { engine, now, endpoint, local }
    }

    /// A server that so many peers have asked.
    pub(crate) fn with_peers(peers: u32) -> Self {
        let mut node = Self::new();
        for peer in 0..peers {
            node.ask(peer, 1);
        }
        node
    }

    /// A peer asks and is answered.
    pub(crate) fn ask(&mut self, peer: u32, mid: u16) {
        self.take(peer, &get(mid));
        while let Some(event) = self.engine.poll_event() {
            let Event::Request(mut event) = event else { continue };
            event.response.set_code(Code::CONTENT);
            event.response.set_payload(b"hello world").expect("room for a payload");
            self.engine.finish_request(self.now, event);
        }
        assert_eq!(self.drain(), 1);
    }

    /// A datagram comes.
    pub(crate) fn take(&mut self, peer: u32, datagram: &[u8]) {
        let path = Path::new(self.local, peer_address(peer), 1);
        self.engine.handle_datagram(self.now, Via::Endpoint(self.endpoint), path, datagram);
    }

    /// What goes out is gone; how much it was.
    pub(crate) fn drain(&mut self) -> usize {
        let mut count = 0;
        while let Some(transmit) = self.engine.poll_transmit() {
            self.engine.reuse_datagram(black_box(transmit).bytes);
            count += 1;
        }
        count
    }
}

/// Confirmable, a token of four; GET; Uri-Path: t.
fn get(mid: u16) -> [u8; 10] {
    let [high, low] = mid.to_be_bytes();
    [0x44, 0x01, high, low, b'n', b'e', b'x', b't', 0xb1, b't']
}

pub(crate) fn peer_address(peer: u32) -> Address {
    address(Ipv4Addr::from(0x0a00_0000 + peer), 40_000)
}

fn address(ip: Ipv4Addr, port: u16) -> Address {
    Address::Ip(SocketAddr::from((ip, port)))
}
