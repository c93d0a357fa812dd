//! Datagrams through tunnels.
use crate::{
    PATIENCE, Result,
    echo::{self, target},
    node::pair,
};
use coap_sessiond::{
    config::Scheme,
    control::CreateError,
    model::{Routing, Target, Transport},
};
use std::net::UdpSocket;

fn client() -> Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
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
        let mut ends: Vec<_> = tunnels.iter().map(|tunnel| tunnel.ends.clone()).collect();
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
