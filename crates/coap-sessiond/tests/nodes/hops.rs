//! Tunnels over relays, and over every kind of link.
use crate::{
    Result,
    authority::Authority,
    echo::{self, exchange, pattern, target},
    node::{Node, chain, config, listen, of_client, open_exit},
};
use coap_sessiond::{
    config::{Credentials, Scheme},
    model::{ListenerRequest, PeerId, Role, Routing, Target, Transport},
    sealed::seal_target,
};
use std::{io::Read, net::UdpSocket};

const ALL: [Scheme; 4] = [Scheme::Coaps, Scheme::CoapsTcp, Scheme::Coap, Scheme::CoapTcp];

fn relays(nodes: &[Node]) -> Vec<PeerId> {
    nodes[1..nodes.len() - 1].iter().map(|node| node.id).collect()
}

#[test]
fn up_to_three_relays_pass_a_tunnel_on() -> Result {
    let (tcp, udp) = (echo::tcp()?, echo::udp()?);
    for hops in 0..=3 {
        let nodes = chain(&ALL[..=hops], |_, _| {})?;
        let (entry, exit) = (&nodes[0], &nodes[hops + 1]);
        let path = Routing::Path(relays(&nodes));
        let listener = entry.create(Transport::Tcp, exit.id, path.clone(), target(tcp))??;
        let bytes = pattern(hops as u64, 500_000);
        assert!(exchange(listener.request.listen, bytes.clone())? == bytes, "{hops} relays");

        let listener = entry.create(Transport::Udp, exit.id, path, target(udp))??;
        let client = UdpSocket::bind("127.0.0.1:0")?;
        client.set_read_timeout(Some(crate::PATIENCE))?;
        client.send_to(b"datagram", listener.request.listen)?;
        let mut buffer = [0; 100];
        assert_eq!(client.recv_from(&mut buffer)?, (8, listener.request.listen));
        for (place, node) in nodes.iter().enumerate() {
            let expected = match place {
                0 => Role::Entry,
                _ if place == hops + 1 => Role::Exit,
                _ => Role::Relay,
            };
            // The connection has finished, the datagrams may go on.
            node.wait_for(|status| status.tunnels.len() == 1)?;
            let status = node.status()?;
            assert!(status.tunnels.iter().all(|tunnel| tunnel.role == expected), "{status:?}");
        }
    }
    Ok(())
}

#[test]
fn relays_are_drawn_where_only_their_number_is_said() -> Result {
    let mut of_exit = config()?;
    of_exit.node.listen = vec![listen(Scheme::Coap)];
    open_exit(&mut of_exit)?;
    let exit = Node::start(of_exit)?;
    let relay = |next: &Node| -> Result<Node> {
        let mut made = config()?;
        made.node.listen = vec![listen(Scheme::Coap)];
        made.peers = vec![next.as_peer(Credentials::None)];
        Node::start(made)
    };
    let relays = [relay(&exit)?, relay(&exit)?];
    let mut of_entry = config()?;
    of_entry.peers = relays.iter().map(|it| it.as_peer(Credentials::None)).collect();
    let entry = Node::start(of_entry)?;
    let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(1), target(echo::tcp()?))??;
    for round in 0..40 {
        assert_eq!(exchange(listener.request.listen, vec![round; 10])?, [round; 10]);
        let used: Vec<_> = relays.iter().map(|it| Ok(it.status()?.established > 0)).collect::<Result<_>>()?;
        if used == [true, true] {
            return Ok(());
        }
    }
    Err("one of two relays was never drawn".into())
}

#[test]
fn a_sealed_target_is_known_to_its_exit_alone() -> Result {
    let nodes = chain(&[Scheme::Coap, Scheme::Coap], |_, _| {})?;
    let exit = &nodes[2];
    let aim: coap_sessiond::target::HostPort = echo::tcp()?.to_string().parse()?;
    let sealed = Target::Sealed(seal_target(&exit.id, &aim)?);
    let listener = nodes[0].create(Transport::Tcp, exit.id, Routing::Path(relays(&nodes)), sealed)??;
    assert_eq!(exchange(listener.request.listen, b"for the exit".to_vec())?, b"for the exit");
    let foreign = Target::Sealed(seal_target(&nodes[1].id, &aim)?);
    let listener = nodes[0].create(Transport::Tcp, exit.id, Routing::Path(relays(&nodes)), foreign)??;
    assert!(exchange(listener.request.listen, Vec::new()).is_err());
    assert_eq!(nodes[0].status()?.refused, [("4.00".to_owned(), 1)]);
    Ok(())
}

#[test]
fn who_is_no_relay_refuses() -> Result {
    let nodes = chain(&[Scheme::Coap, Scheme::Coap], |place, config| config.node.relay = place != 1)?;
    let path = Routing::Path(relays(&nodes));
    let listener = nodes[0].create(Transport::Tcp, nodes[2].id, path, Target::Service(0))??;
    let mut client = echo::connect(listener.request.listen)?;
    assert!(client.read(&mut [0]).is_err());
    assert_eq!(nodes[0].status()?.refused, [("4.03".to_owned(), 1)]);
    Ok(())
}

#[test]
fn who_cannot_prove_who_it_is_gets_no_link() -> Result {
    let stranger = Authority::new()?;
    let wrong_key = Credentials::Psk { identity: b"me".to_vec(), key: b"guess of 16 bytes"[..].into() };
    let cases: [(Scheme, Option<Credentials>); 3] = [
        (Scheme::Coaps, Some(wrong_key)),
        // Of another CA.
        (Scheme::CoapsTcp, Some(of_client(&stranger, Scheme::CoapsTcp)?)),
        (Scheme::CoapsTcp, None),
    ];
    for (scheme, credentials) in cases {
        let nodes = chain(&[scheme], |place, config| {
            if place == 0 {
                match (&credentials, &mut config.peers[0].credentials) {
                    (Some(given), own) => *own = given.clone(),
                    (None, Credentials::Certificates { name, .. }) => *name = "somebody.example".into(),
                    (None, _) => {}
                }
            }
        })?;
        let made = nodes[0].create(Transport::Udp, nodes[1].id, Routing::Hops(0), Target::Service(0))?;
        let why = format!("{:?}", made.map(|_: coap_sessiond::model::Listener| ()));
        assert!(why.contains("NotEstablished"), "{scheme}: {why}");
        assert_eq!(nodes[1].status()?.links, 0);
    }
    Ok(())
}

#[test]
fn a_link_is_shared_and_closed_when_nobody_needs_it() -> Result {
    let nodes = chain(&[Scheme::CoapsTcp], |_, config| {
        config.limits.link_idle_timeout = std::time::Duration::from_millis(300);
    })?;
    let request: ListenerRequest =
        nodes[0].create(Transport::Tcp, nodes[1].id, Routing::Hops(0), Target::Service(0))??.request;
    let clients: Vec<_> = (0..5).map(|_| echo::connect(request.listen)).collect::<Result<_>>()?;
    nodes[0].wait_for(|status| status.established == 5)?;
    assert_eq!(nodes[0].status()?.links, 1);
    drop(clients);
    for node in &nodes {
        node.wait_for(|status| status.links == 0)?;
    }
    assert_eq!(exchange(request.listen, b"again".to_vec())?, b"again");
    Ok(())
}
