//! Connections through tunnels.
use crate::{
    PATIENCE, Result,
    echo::{self, connect, exchange, pattern, target},
    node::pair,
};
use coap_sessiond::{
    config::Scheme,
    control::CreateError,
    model::{PeerId, Routing, Target, Transport},
};
use socket2::{Domain, SockRef, Socket, Type};
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener},
    time::Duration,
};

#[test]
fn a_connection_goes_through_two_nodes_and_back() -> Result {
    for scheme in [Scheme::Coap, Scheme::CoapTcp] {
        let (entry, exit) = pair(scheme)?;
        let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(0), target(echo::tcp()?))??;
        for length in [0, 1, 1000, 3_000_000] {
            let bytes = pattern(7, length);
            assert!(exchange(listener.request.listen, bytes.clone())? == bytes, "{scheme}: {length} bytes");
        }
        assert_eq!(entry.status()?.established, 4);
    }
    Ok(())
}

#[test]
fn closing_a_listener_ends_its_connections_at_both_ends() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    let aim = TcpListener::bind("127.0.0.1:0")?;
    let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(0), target(aim.local_addr()?))??;
    let at = listener.request.listen;
    let mut client = connect(at)?;
    let (mut far, _) = aim.accept()?;
    client.write_all(b"here")?;
    let mut buffer = [0; 4];
    far.read_exact(&mut buffer)?;
    assert_eq!(entry.list(Transport::Tcp)?[0].tunnels.len(), 1);
    assert_eq!(entry.close(Transport::Udp, at)?, 0, "there is no such UDP listener");
    assert_eq!(entry.close(Transport::Tcp, at)?, 1);
    assert!(entry.list(Transport::Tcp)?.is_empty());
    for (stream, end) in [(&mut client, "client"), (&mut far, "target")] {
        let ended = stream.read(&mut buffer).map_err(|error| error.kind());
        assert_eq!(ended, Err(std::io::ErrorKind::ConnectionReset), "{end}");
    }
    assert!(connect(at).is_err(), "nobody listens");
    Ok(())
}

#[test]
fn each_direction_ends_for_itself() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    let aim = TcpListener::bind("127.0.0.1:0")?;
    let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(0), target(aim.local_addr()?))??;
    for client_first in [true, false] {
        let client = connect(listener.request.listen)?;
        let (far, _) = aim.accept()?;
        let (mut first, mut second) = if client_first { (client, far) } else { (far, client) };
        first.write_all(b"the last words")?;
        first.shutdown(Shutdown::Write)?;
        let mut heard = String::new();
        second.read_to_string(&mut heard)?;
        assert_eq!(heard, "the last words");
        second.write_all(b"an answer after that")?;
        drop(second);
        heard.clear();
        first.read_to_string(&mut heard)?;
        assert_eq!(heard, "an answer after that");
    }
    Ok(())
}

#[test]
fn a_reset_behind_the_end_of_a_stream_is_noticed() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    let aim = TcpListener::bind("127.0.0.1:0")?;
    let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(0), target(aim.local_addr()?))??;
    for client_resets in [true, false] {
        let client = connect(listener.request.listen)?;
        let (far, _) = aim.accept()?;
        far.set_read_timeout(Some(PATIENCE))?;
        let (mut first, mut second) = if client_resets { (client, far) } else { (far, client) };
        first.write_all(b"the last words")?;
        first.shutdown(Shutdown::Write)?;
        second.read_to_end(&mut Vec::new())?;
        // Nothing is there to be read or written any more at the one end, and the other one says nothing.
        SockRef::from(&first).set_linger(Some(Duration::ZERO))?;
        drop(first);
        for node in [&entry, &exit] {
            node.wait_for(|status| status.tunnels.is_empty())?;
        }
        assert!(second.write(b"anybody?").is_err(), "it is told");
    }
    Ok(())
}

#[test]
fn a_target_that_refuses_or_is_not_allowed_ends_the_connection() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    // A port that is taken, so that no other test listens there, and at which nobody listens.
    let taken = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    taken.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    let nobody = taken.local_addr()?.as_socket().ok_or("no address")?;
    let forbidden = Target::Plain { host: "192.0.2.1".into(), port: 80 };
    let no_name = Target::Plain { host: "localhost".into(), port: nobody.port() };
    let cases =
        [(target(nobody), "5.02"), (forbidden, "4.03"), (no_name, "5.02"), (Target::Service(9), "4.04")];
    for (aim, code) in cases {
        let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(0), aim)??;
        let mut client = connect(listener.request.listen)?;
        assert!(client.read(&mut [0]).is_err(), "{code}: a reset");
        let refused = entry.status()?.refused;
        assert!(refused.iter().any(|(known, count)| known == code && *count > 0), "{code}: {refused:?}");
    }
    Ok(())
}

#[test]
fn a_way_that_is_not_known_is_none() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    let stranger = coap_sessiond::identity::Identity::generate()?.peer_id();
    let own = entry.id;
    let ways: [(PeerId, Routing); 4] = [
        (stranger, Routing::Hops(0)),
        (exit.id, Routing::Hops(1)),
        (exit.id, Routing::Path(vec![stranger])),
        (own, Routing::Hops(0)),
    ];
    for (to, routing) in ways {
        let created = entry.create(Transport::Tcp, to, routing, Target::Service(0))?;
        assert!(matches!(created, Err(CreateError::NoPath(_))), "{created:?}");
    }
    Ok(())
}

#[test]
fn a_node_that_stops_says_so_to_everybody() -> Result {
    for stops_entry in [true, false] {
        let (mut entry, mut exit) = pair(Scheme::Coap)?;
        let aim = TcpListener::bind("127.0.0.1:0")?;
        let listener =
            entry.create(Transport::Tcp, exit.id, Routing::Hops(0), target(aim.local_addr()?))??;
        let mut client = connect(listener.request.listen)?;
        let (mut far, _) = aim.accept()?;
        client.write_all(b"here")?;
        far.read_exact(&mut [0; 4])?;
        if stops_entry {
            entry.stop()
        } else {
            exit.stop()
        }
        assert!(client.read(&mut [0]).is_err() && far.read(&mut [0]).is_err());
    }
    Ok(())
}
