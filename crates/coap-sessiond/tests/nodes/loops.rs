//! Paths that come to a node again.
use crate::{
    PATIENCE, Result,
    echo::{self, exchange, pattern, target},
    node::{Node, config, listen, open_exit},
};
use coap_sessiond::{
    config::{Config, Credentials, Listen, Peer, Scheme, Uri},
    control::CreateError,
    identity::Identity,
    model::{Routing, Target, Transport},
    run::StartError,
};
use std::{
    io,
    net::{SocketAddr, UdpSocket},
    thread,
    time::Instant,
};

/// An entry and an exit, and between them two relays that know each other.
struct Loop {
    entry: Node,
    relays: [Node; 2],
    exit: Node,
}

impl Loop {
    /// `way`: how the entry reaches the first relay, which is at this address.
    fn new(way: impl Fn(SocketAddr) -> Result<SocketAddr>) -> Result<Self> {
        let node = |config: Config, peers| Node::start(Config { peers, ..config });
        let listening = |mut config: Config, address: SocketAddr| {
            config.node.listen = vec![Listen { scheme: Scheme::Coap, address }];
            config
        };
        let anywhere = listen(Scheme::Coap).address;
        let mut of_exit = listening(config()?, anywhere);
        open_exit(&mut of_exit)?;
        let exit = node(of_exit, Vec::new())?;
        // The first relay knows the second before that is there: meanwhile somebody else may take its port.
        let [first, second] = loop {
            let identity = Identity::generate()?;
            let address = UdpSocket::bind(anywhere)?.local_addr()?;
            let uri = Uri { scheme: Scheme::Coap, host: address.ip().to_string(), port: address.port() };
            let second = Peer { id: identity.peer_id(), uri, credentials: Credentials::None, relay: true };
            let peers = vec![second, exit.as_peer(Credentials::None)];
            let first = node(listening(config()?, anywhere), peers)?;
            let peers = vec![first.as_peer(Credentials::None)];
            match node(listening(Config::new(identity), address), peers) {
                Ok(second) => break [first, second],
                Err(error) if matches!(error.downcast_ref(), Some(StartError::Listen { .. })) => {}
                Err(error) => return Err(error),
            }
        };
        let mut peer = first.as_peer(Credentials::None);
        peer.uri.port = way(first.listens[0].address)?.port();
        let entry = node(config()?, vec![peer])?;
        Ok(Self { entry, relays: [first, second], exit })
    }
}

/// Passes datagrams to `to` and back, and makes Hop-Limits of 4 in requests to open such of 2: as if two nodes had
/// passed them on before.
fn two_hops_less(to: SocketAddr) -> Result<SocketAddr> {
    /// The options Content-Format, 60, and Hop-Limit, 4.
    const OPTIONS: [u8; 4] = [0x11, 60, 0x41, 4];
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let at = socket.local_addr()?;
    thread::spawn(move || -> io::Result<()> {
        let (mut buffer, mut client) = (vec![0; 65_536], to);
        loop {
            let (count, from) = socket.recv_from(&mut buffer)?;
            let datagram = &mut buffer[..count];
            if from == to {
                socket.send_to(datagram, client)?;
                continue;
            }
            client = from;
            if let Some(found) = datagram.windows(4).position(|bytes| bytes == OPTIONS) {
                datagram[found + 3] = 2;
            }
            socket.send_to(datagram, to)?;
        }
    });
    Ok(at)
}

#[test]
fn a_node_may_be_on_a_path_twice() -> Result {
    let Loop { entry, relays, exit } = Loop::new(Ok)?;
    let way = Routing::Path([&relays[0], &relays[1], &relays[0]].map(|node| node.id).to_vec());
    let listener = entry.create(Transport::Tcp, exit.id, way, target(echo::tcp()?))??;
    let bytes = pattern(9, 300_000);
    assert!(exchange(listener.request.listen, bytes.clone())? == bytes);
    assert_eq!(relays.each_ref().map(|node| node.status().map(|it| it.established).ok()), [Some(2), Some(1)]);
    let [first, second] = relays;
    for node in [entry, first, second, exit] {
        node.wait_for(|status| status.tunnels.is_empty())?;
    }
    Ok(())
}

/// What it says is what the last node said: nobody has put names of nodes in front of it, which the others do not know
/// from each other, nor thrown it away because it has come by before (all are at one address here).
#[test]
fn a_path_whose_hops_are_spent_is_refused_at_once() -> Result {
    let Loop { entry, relays, exit } = Loop::new(two_hops_less)?;
    let way = Routing::Path([&relays[0], &relays[1], &relays[0]].map(|node| node.id).to_vec());
    let begin = Instant::now();
    match entry.create(Transport::Udp, exit.id, way, Target::Service(0))? {
        Err(CreateError::NotEstablished(why)) => assert_eq!(why, "5.08 too many hops"),
        other => return Err(format!("{other:?}").into()),
    }
    assert!(begin.elapsed() < PATIENCE / 4, "{:?}", begin.elapsed());
    for node in [&entry, &relays[0], &relays[1]] {
        assert_eq!(node.status()?.refused, [("5.08".to_owned(), 1)]);
    }
    Ok(())
}
