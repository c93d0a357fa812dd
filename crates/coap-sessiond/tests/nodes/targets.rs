//! Targets and nodes with several addresses.
use crate::{
    PATIENCE, Result,
    echo::connect,
    node::{Node, chain_with},
};
use coap_sessiond::{
    config::Scheme,
    model::{Routing, Target, Transport},
};
use socket2::{Domain, Socket, Type};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

/// A port at which the system answers nobody: it keeps as many connections as it may.
fn silent() -> Result<(Socket, TcpStream, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(0)?;
    let at = socket.local_addr()?.as_socket().ok_or("no address")?;
    Ok((socket, TcpStream::connect(at)?, at))
}

#[test]
fn an_address_that_does_not_answer_leaves_time_for_the_next() -> Result {
    let (_socket, _kept, dead) = silent()?;
    let live = SocketAddr::from(([127, 0, 0, 2], dead.port()));
    let target = TcpListener::bind(live)?;
    let addresses = [dead, live];
    let mut nodes = chain_with(
        &[Scheme::Coap],
        |_, config| config.exit.connect_timeout = Duration::from_secs(3),
        |daemon| daemon.look_up_with(move |_| Ok(addresses.to_vec())),
    )?;
    let exit = nodes.pop().ok_or("no exit")?;
    let entry: Node = nodes.pop().ok_or("no entry")?;
    let aim = Target::Plain { host: "localhost".into(), port: dead.port() };
    let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(0), aim)??;
    let mut client = connect(listener.request.listen)?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(b"hello")?;
    let (mut far, _) = target.accept()?;
    let mut got = [0; 5];
    far.read_exact(&mut got)?;
    assert_eq!(&got, b"hello");
    Ok(())
}

/// Nobody is at the first address of a node: what is opened meanwhile goes by the second, and is not refused.
#[test]
fn a_node_is_reached_at_its_second_address() -> Result {
    let loopback = |last| SocketAddr::from(([127, 0, 0, last], 0));
    for scheme in [Scheme::Coap, Scheme::Coaps, Scheme::CoapTcp] {
        let nodes = chain_with(
            &[scheme],
            |place, config| {
                if place == 0 {
                    config.peers[0].uri.host = "node.example".into();
                } else {
                    config.exit.services = vec![0];
                }
            },
            |daemon| daemon.look_up_with(move |_| Ok(vec![loopback(2), loopback(1)])),
        )?;
        let created = nodes[0].create(Transport::Udp, nodes[1].id, Routing::Hops(0), Target::Service(0))?;
        assert!(created.is_ok(), "{scheme}: {created:?}");
        assert_eq!(nodes[0].status()?.refused, []);
    }
    Ok(())
}
