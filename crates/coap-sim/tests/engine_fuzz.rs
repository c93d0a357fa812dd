//! Whatever bytes come, to a server or to a client with requests in flight: no panic, bounded memory, and the
//! honest are served in between.
use coap_proto::{
    engine::{Census, Config, Level},
    wire::{Code, MessageType, Pdu, option},
};
use coap_sim::{Mutator, Network, NodeId, Peer};
use peak_alloc::PeakAlloc;
use std::{net::SocketAddr, time::Duration};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const ROUNDS: u32 = 200_000;
/// So many addresses send; each has a session with replies for duplicates.
const STRANGERS: u16 = 500;
const CONFIG_REPLY_CACHE: usize = 1 << 20;

struct Field {
    net: Network,
    server: NodeId,
    client: Peer,
}

impl Field {
    fn new() -> Self {
        let mut net = Network::new(1);
        let config = Config { reply_cache_bytes: CONFIG_REPLY_CACHE, ..Config::default() };
        let server = net.add_node_with(config);
        net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
        net.offer(server, "slow", |_| {});
        let group = "224.0.1.187:5683".parse().expect("an address");
        net.join(server, group);
        let client = net.add_client(server);
        Self { net, server, client }
    }

    fn serves_the_honest(&mut self) {
        let request = self.net.get(self.client, "hello");
        self.net.run_for(Duration::from_millis(50));
        assert_eq!(self.net.code(&request), Code::CONTENT);
        let (client, server) = (self.client.node, self.server);
        self.net.clear_log(client);
        self.net.clear_log(server);
    }
}

#[test]
fn no_datagrams_upset_an_engine() {
    let mut field = Field::new();
    let mut mutator = Mutator::new(2, samples());
    let group: SocketAddr = "224.0.1.187:5683".parse().expect("an address");
    let server = field.net.address(field.server);
    let client = field.net.engine(field.client.node).session(field.client.session);
    let client = client.and_then(|session| session.local().ip()).expect("bound");
    let mut settled = 0;
    for round in 0..ROUNDS {
        let stranger = SocketAddr::new([192, 0, 2, 1].into(), 1 + field.net.rng().u16(..STRANGERS));
        let bytes = mutator.next_message();
        match round % 8 {
            0 => field.net.inject(server, client, &bytes),
            1 => field.net.inject(stranger, client, &bytes),
            2 => field.net.inject(stranger, group, &bytes),
            _ => field.net.inject(stranger, server, &bytes),
        }
        if round % 100 == 0 {
            field.serves_the_honest();
        }
        if round == ROUNDS / 4 {
            settled = HEAP.current_usage();
        }
        if round == ROUNDS / 50 * 49 {
            // The rest is also put into words.
            field.net.engine(field.server).set_log_level(Level::Debug);
        }
    }
    let grown = HEAP.current_usage().saturating_sub(settled);
    assert!(grown < 4 * CONFIG_REPLY_CACHE, "{grown} bytes more than after a quarter of the rounds");
    field.net.run_out();
    assert_eq!(field.net.engine(field.server).census(), Census::default());
}

fn samples() -> Vec<Vec<u8>> {
    let paths: [&[&[u8]]; 4] = [&[b"hello"], &[b"slow"], &[b".well-known", b"core"], &[]];
    let mut samples = vec![vec![0x40, 0, 0, 1], vec![0x60, 0, 0, 1], vec![0x70, 0, 0, 1]];
    for (n, path) in paths.into_iter().enumerate() {
        for code in [Code::GET, Code::FETCH, Code::CONTENT, Code::NOT_FOUND, Code::new(7, 2)] {
            let kind = MessageType::from_bits(n as u8);
            let mut pdu = Pdu::new(kind, code, 0x1000 + n as u16, 0);
            pdu.set_token(&b"a token of some length"[..n * 5]).expect("fits");
            for segment in path {
                pdu.add_option(option::URI_PATH, segment).expect("fits");
            }
            pdu.add_option(option::URI_QUERY, b"rt=a*").expect("fits");
            pdu.add_option(option::HOP_LIMIT, &[2]).expect("fits");
            pdu.add_option(option::NO_RESPONSE, &[n as u8]).expect("fits");
            pdu.set_payload(b"some payload").expect("fits");
            samples.push(pdu.encode_udp().to_vec());
        }
    }
    let mut proxied = Pdu::new(MessageType::Con, Code::GET, 9, 0);
    proxied.add_option(option::URI_HOST, b"host").expect("fits");
    proxied.add_option(option::PROXY_SCHEME, b"coap").expect("fits");
    samples.push(proxied.encode_udp().to_vec());
    samples
}
