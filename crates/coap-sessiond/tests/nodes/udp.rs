//! Datagrams through tunnels.
use crate::{
    PATIENCE, Result,
    echo::{self, pattern, target},
    gate::Gate,
    node::{Node, chain, config, listen, open_exit, pair},
};
use coap_sessiond::{
    config::{Credentials, Scheme},
    control::CreateError,
    model::{Capabilities, ListenerRequest, Routing, Target, Transport},
    policy::Policy,
};
use socket2::SockRef;
use std::net::{SocketAddr, UdpSocket};

fn client() -> Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// A listener for datagrams to that address, with Retransmission or without.
fn request(exit: &Node, to: SocketAddr, retransmission: bool) -> ListenerRequest {
    ListenerRequest {
        transport: Transport::Udp,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        destination: exit.id,
        routing: Routing::Hops(0),
        target: target(to),
        capabilities: Capabilities { retransmission, ..Capabilities::default() },
    }
}

#[test]
fn each_local_peer_has_a_tunnel_of_its_own() -> Result {
    for scheme in [Scheme::Coap, Scheme::CoapTcp] {
        let (entry, exit) = pair(scheme)?;
        let listener = entry.create(Transport::Udp, exit.id, Routing::Hops(0), target(echo::udp()?))??;
        let at = listener.request.listen;
        let clients = [client()?, client()?, client()?];
        let mut buffer = [0; 2000];
        for round in 0..3 {
            for (number, client) in clients.iter().enumerate() {
                let sent = format!("{number} in round {round}");
                client.send_to(sent.as_bytes(), at)?;
                let (count, from) = client.recv_from(&mut buffer)?;
                assert_eq!((&buffer[..count], from), (sent.as_bytes(), at));
            }
        }
        clients[0].send_to(b"", at)?;
        assert_eq!(clients[0].recv_from(&mut buffer)?, (0, at), "an empty datagram is one");
        let tunnels = &entry.list(Transport::Udp)?[0].tunnels;
        assert_eq!(tunnels.len(), 3, "the one that was opened first is used");
        let mut ends: Vec<_> = tunnels.iter().map(|tunnel| tunnel.ends.to_string()).collect();
        let mut expected =
            clients.iter().map(|it| Ok(it.local_addr()?.to_string())).collect::<Result<Vec<_>>>()?;
        ends.sort();
        expected.sort();
        assert_eq!(ends, expected);
    }
    Ok(())
}

#[test]
fn a_listener_is_there_when_its_first_tunnel_is() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    let nobody = Target::Plain { host: "192.0.2.1".into(), port: 9 };
    let refused = entry.create(Transport::Udp, exit.id, Routing::Hops(0), nobody)?;
    assert!(matches!(&refused, Err(CreateError::NotEstablished(why)) if why.contains("4.03")), "{refused:?}");
    assert!(entry.list(Transport::Udp)?.is_empty());
    let open = entry.create(Transport::Udp, exit.id, Routing::Hops(0), Target::Service(0))??;
    assert_eq!(open.tunnels.len(), 1);
    let client = client()?;
    client.send_to(b"service", open.request.listen)?;
    let mut buffer = [0; 100];
    let (count, _) = client.recv_from(&mut buffer)?;
    assert_eq!(&buffer[..count], b"service");
    Ok(())
}

/// A reliable tunnel through which nothing goes on for a while: the exit reads no more from its target than there is
/// room for, and drops nothing.
#[test]
fn what_a_reliable_tunnel_has_no_room_for_waits_at_the_target() -> Result {
    const LENGTH: usize = 60_000;
    let mut of_exit = config()?;
    of_exit.node.listen = vec![listen(Scheme::CoapTcp)];
    open_exit(&mut of_exit)?;
    let mut of_entry = config()?;
    (of_exit.limits.buffer, of_entry.limits.buffer) = (128 << 10, 128 << 10);
    let exit = Node::start(of_exit)?;
    let (gate, at) = Gate::before(exit.listens[0].address)?;
    let mut peer = exit.as_peer(Credentials::None);
    peer.uri.port = at.port();
    of_entry.peers = vec![peer];
    let entry = Node::start(of_entry)?;

    let (client, remote) = (client()?, client()?);
    // All of it has room here.
    SockRef::from(&client).set_recv_buffer_size(1 << 20)?;
    let listener = entry.create_as(request(&exit, remote.local_addr()?, true))??;
    let mut buffer = vec![0; 65_536];
    client.send_to(b"hello", listener.request.listen)?;
    let (_, socket_of_exit) = remote.recv_from(&mut buffer)?;
    // Neither answers nor credit get through: the exit sends 128 KiB, and keeps as much.
    gate.set_closed(true);
    let sent: Vec<_> = (0..6).map(|seed| pattern(seed, LENGTH)).collect();
    for (number, datagram) in sent.iter().enumerate() {
        remote.send_to(datagram, socket_of_exit)?;
        if number < 4 {
            exit.wait_for(|status| status.bytes.0 == ((number + 1) * LENGTH) as u64)?;
        }
    }
    // Answered in a turn of its loop each, in which it would have read its sockets.
    for _ in 0..3 {
        let status = exit.status()?;
        assert_eq!((status.bytes.0, status.dropped), (4 * LENGTH as u64, 0));
    }
    gate.set_closed(false);
    for datagram in &sent {
        let (count, _) = client.recv_from(&mut buffer)?;
        assert!(buffer[..count] == *datagram, "all of them, in order");
    }
    assert_eq!((exit.status()?.dropped, entry.status()?.dropped), (0, 0));
    Ok(())
}

#[test]
fn a_name_that_is_not_found_is_not_told_on_the_way() -> Result {
    let policy = Policy::new(vec!["nothing.invalid:9".parse()?]);
    let nodes = chain(&[Scheme::Coap], |_, config| config.exit.allow = policy.clone())?;
    let (entry, exit) = (&nodes[0], &nodes[1]);
    let nowhere = Target::Plain { host: "nothing.invalid".into(), port: 9 };
    let refused = entry.create(Transport::Udp, exit.id, Routing::Hops(0), nowhere)?;
    let Err(CreateError::NotEstablished(why)) = refused else { panic!("{refused:?}") };
    assert_eq!(why, "5.02 the target's name is unknown", "the resolver's reason may name what was sealed");
    Ok(())
}

/// A DNS resolver that uses a new port for each question.
#[test]
fn who_comes_takes_the_place_of_who_is_silent_for_longest() -> Result {
    const PEERS: usize = 3;
    let nodes = chain(&[Scheme::Coap], |_, config| config.limits.udp_peers = PEERS)?;
    let (entry, exit) = (&nodes[0], &nodes[1]);
    for retransmission in [false, true] {
        let remote = client()?;
        let at = entry.create_as(request(exit, remote.local_addr()?, retransmission))??.request.listen;
        let mut buffer = [0; 100];
        // Asks and is answered; from where the target was asked.
        let mut ask = |client: &UdpSocket| -> Result<SocketAddr> {
            client.send_to(b"question", at)?;
            let (_, from) = remote.recv_from(&mut buffer)?;
            remote.send_to(b"answer", from)?;
            assert_eq!(client.recv_from(&mut buffer)?, (6, at));
            Ok(from)
        };
        let (talker, hearer) = (client()?, client()?);
        let (of_talker, of_hearer) = (ask(&talker)?, ask(&hearer)?);
        for round in 0..20 {
            ask(&client()?)?;
            assert_eq!(ask(&talker)?, of_talker, "who speaks all the time keeps its tunnel, round {round}");
            remote.send_to(b"news", of_hearer)?;
            assert_eq!(hearer.recv_from(&mut [0; 100])?, (4, at), "so does who is spoken to");
        }
        assert_eq!(entry.list(Transport::Udp)?[0].tunnels.len(), PEERS);
        exit.wait_for(|status| status.tunnels.len() == PEERS)?;
        assert_eq!((entry.status()?.dropped, exit.status()?.dropped), (0, 0));
        entry.close(Transport::Udp, at)?;
        exit.wait_for(|status| status.tunnels.is_empty())?;
    }
    let (of_entry, of_exit) = (entry.status()?.aborted, exit.status()?.aborted);
    assert_eq!(of_entry, of_exit, "each is told why");
    assert_eq!(of_entry.len(), 1, "nothing but closed: {of_entry:?}");
    Ok(())
}
