//! Resident memory of a node whose peers announce much and send little, over TCP and WebSockets. It is measured for the
//! whole process, so it has one of its own.
use coap_net::Node;
use coap_proto::{
    engine::{Config, Event},
    wire::{Code, MessageType, Pdu, Protocol},
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const PEERS: usize = 400;
/// What all of them together may cost, in KiB: some 20 KiB each.
const ALLOWED: usize = 8 * 1024;

const REQUEST: &str = "GET /.well-known/coap HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
                       Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                       Sec-WebSocket-Protocol: coap\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// KiB of this process that are in memory.
fn resident() -> Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn listen(node: &mut Node, protocol: Protocol) -> Result<SocketAddr> {
    let endpoint = node.listen(SocketAddr::from(([127, 0, 0, 1], 0)), protocol)?;
    Ok(node.engine.endpoint(endpoint).and_then(|endpoint| endpoint.local().ip()).ok_or("no address")?)
}

fn run_for(node: &mut Node, time: Duration) -> Result {
    let end = Instant::now() + time;
    while Instant::now() < end {
        node.run_once(Some(Duration::from_millis(5)))?;
        while let Some(event) = node.engine.poll_event() {
            if let Event::Closed { session } = event {
                node.forget(session);
            }
        }
        node.flush(Instant::now());
    }
    Ok(())
}

/// What [`PEERS`] peers that each send `bytes` cost, in KiB, and whether they are still connected.
fn cost(node: &mut Node, at: SocketAddr, bytes: &[u8]) -> Result<(usize, bool)> {
    let before = resident()?;
    let mut peers = Vec::new();
    for _ in 0..PEERS {
        let mut peer = TcpStream::connect(at)?;
        peer.write_all(bytes)?;
        peers.push(peer);
        node.run_once(Some(Duration::ZERO))?;
    }
    run_for(node, Duration::from_millis(300))?;
    let cost = resident()?.saturating_sub(before);
    let last = peers.last_mut().ok_or("no peers")?;
    last.set_read_timeout(Some(Duration::from_millis(50)))?;
    let mut room = [0; 4096];
    let connected = loop {
        match last.read(&mut room) {
            Ok(0) => break false,
            Ok(_) => {}
            Err(_) => break true,
        }
    };
    drop(peers);
    run_for(node, Duration::from_millis(300))?;
    Ok((cost, connected))
}

#[test]
fn memory_follows_what_came_and_not_what_was_announced() -> Result {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most.min(4096), most)?;
    let mut node = Node::new(Config::default(), Instant::now(), [7; 32])?;
    let (tcp, ws) = (listen(&mut node, Protocol::Tcp)?, listen(&mut node, Protocol::Ws)?);
    let csm = Pdu::new(MessageType::Con, Code::CSM, 0, 0).encode_stream().to_vec();
    let announced =
        |length: u32| [&csm[..], &[0xf0], &length.to_be_bytes(), &[2, 0xff], &[b'x'; 500]].concat();
    let cookie = "\r\nCookie: ".to_owned() + &"x".repeat(7000);
    let frame = |length: u64| {
        let header = [&[0x82, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat();
        [REQUEST.as_bytes(), &header, &[0, 2], &[b'x'; 500]].concat()
    };
    // The first peers cost what is made once.
    cost(&mut node, tcp, &csm)?;
    cost(&mut node, ws, REQUEST.as_bytes())?;
    for (what, at, bytes, connected) in [
        ("4 GiB over TCP", tcp, announced(u32::MAX), false),
        ("8 MB over TCP", tcp, announced(8_000_000), true),
        ("garbage over TCP", tcp, vec![0xff; 2000], false),
        ("8 MiB over WebSockets", ws, frame(8 << 20), true),
        ("16 MiB over WebSockets", ws, frame(16 << 20), false),
        ("a head without end", ws, [REQUEST.trim_end().as_bytes(), cookie.as_bytes()].concat(), true),
        ("a line of 100 kB", ws, vec![b'G'; 100_000], false),
    ] {
        let (cost, still_there) = cost(&mut node, at, &bytes)?;
        println!("{what}: {cost} KiB for {PEERS} peers");
        assert!(cost < ALLOWED, "{what}: {cost} KiB");
        assert_eq!(still_there, connected, "{what}");
    }
    assert_eq!(node.engine.sessions().count(), 0);
    Ok(())
}
