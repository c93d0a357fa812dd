//! A flood from addresses that do not exist: memory stays bounded and others are served.
use coap_proto::{
    engine::{Census, Config},
    wire::Code,
};
use coap_sim::{Network, NodeId, Peer};
use peak_alloc::PeakAlloc;
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What a session, its place in the tables and its reply for duplicates may cost: 381 when this was written.
const BYTES_PER_SESSION: usize = 400;

/// Makes the n-th datagram.
type Datagram = fn(u32) -> Vec<u8>;

/// Sends one datagram from each of many addresses, and now and then serves someone honest.
fn flood(net: &mut Network, server: NodeId, honest: Peer, (addresses, datagram): (u32, Datagram)) {
    let to = net.address(server);
    for n in 0..addresses {
        let source = SocketAddr::new(Ipv4Addr::from(0x0b00_0000 + n).into(), 4000);
        net.inject(source, to, &datagram(n));
        if n % 1000 == 0 {
            let request = net.get(honest, "hello");
            net.run_for(Duration::from_millis(20));
            assert_eq!(net.code(&request), Code::CONTENT);
        }
    }
}

fn town(config: Config) -> (Network, NodeId, Peer) {
    let mut net = Network::new(1);
    let server = net.add_node_with(config);
    net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
    let honest = net.add_client(server);
    (net, server, honest)
}

/// One test function: what is measured is the heap of the whole process.
#[test]
fn memory_is_bounded_and_others_are_served() {
    let kinds: [(&str, u32, Datagram); 6] = [
        ("requests", 100_000, |n| vec![0x40, 1, (n >> 8) as u8, n as u8, 0xb5, b'h', b'e', b'l', b'l', b'o']),
        ("bodies of one block", 30_000, |n| {
            let start = vec![0x40, 1, (n >> 8) as u8, n as u8, 0xb5, b'h', b'e', b'l', b'l', b'o'];
            [&start[..], &[0xd0, 3, 0xff, b'x']].concat()
        }),
        ("pings", 30_000, |n| vec![0x40, 0, (n >> 8) as u8, n as u8]),
        ("acknowledgements", 30_000, |n| vec![0x60, 0, (n >> 8) as u8, n as u8]),
        ("malformed requests", 30_000, |n| vec![0x40, 1, (n >> 8) as u8, n as u8, 0xff]),
        ("responses", 30_000, |n| vec![0x50, 0x45, (n >> 8) as u8, n as u8]),
    ];
    for (name, addresses, datagram) in kinds {
        // Nearly a power of two: tables that double have little room to spare.
        let limit = 8_000;
        let (mut net, server, honest) = town(Config { max_idle_sessions: limit, ..Config::default() });
        let before = HEAP.current_usage();
        flood(&mut net, server, honest, (addresses, datagram));
        net.clear_log(server);
        let census = net.engine(server).census();
        assert!(census.sessions <= limit, "{name}: {census:?}");
        let grown = HEAP.current_usage().saturating_sub(before);
        assert!(grown <= limit * BYTES_PER_SESSION, "{name}: {grown} bytes");
        let request = net.get(honest, "hello");
        net.settle();
        assert_eq!(net.code(&request), Code::CONTENT, "{name}");
        net.run_out();
        assert_eq!(net.engine(server).census(), Census::default(), "{name}");
    }
}
