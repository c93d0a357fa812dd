//! Where listeners can be opened.
use crate::{
    PATIENCE, Result,
    node::{chain, pair},
};
use coap_sessiond::{
    config::{Api, Auth, Scheme},
    control::CreateError,
    model::{Routing, Target, Transport},
};
use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    thread,
    time::Instant,
};

#[test]
fn a_port_of_somebody_else_is_in_use() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    let (tcp, udp) = (TcpListener::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    for (transport, taken) in [(Transport::Tcp, tcp.local_addr()?), (Transport::Udp, udp.local_addr()?)] {
        let mut request = entry.create(transport, exit.id, Routing::Hops(0), Target::Service(0))??.request;
        // And one of its own.
        for at in [taken, request.listen] {
            request.listen = at;
            let created = entry.create_as(request.clone())?;
            assert!(matches!(created, Err(CreateError::InUse)), "{transport} {at}: {created:?}");
        }
        assert_eq!(entry.list(transport)?.len(), 1);
    }
    Ok(())
}

#[test]
fn an_address_of_another_machine_is_none() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    for transport in [Transport::Tcp, Transport::Udp] {
        let mut request = entry.create(transport, exit.id, Routing::Hops(0), Target::Service(0))??.request;
        request.listen = SocketAddr::from(([192, 0, 2, 1], 0));
        let created = entry.create_as(request)?;
        assert!(matches!(created, Err(CreateError::Bind(_))), "{transport}: {created:?}");
    }
    Ok(())
}

#[test]
fn ports_that_are_left_open_come_from_the_range() -> Result {
    let holder = TcpListener::bind("127.0.0.1:0")?;
    let only = holder.local_addr()?.port();
    let nodes = chain(&[Scheme::Coap], |_, config| {
        config.api = Some(Api { port_range: Some(only..=only), ..Api::new(Auth::None) });
    })?;
    let create = || nodes[0].create(Transport::Tcp, nodes[1].id, Routing::Hops(0), Target::Service(0));
    let none_is_left = || -> Result<bool> {
        Ok(
            matches!(create()?, Err(CreateError::Bind(why)) if why.to_string() == "no port of the range is free"),
        )
    };
    assert!(none_is_left()?);
    drop(holder);
    // Another test may have the port for a while.
    let deadline = Instant::now() + PATIENCE;
    let opened = loop {
        match create()? {
            Err(_) if Instant::now() < deadline => thread::yield_now(),
            created => break created?,
        }
    };
    assert_eq!(opened.request.listen.port(), only);
    assert!(none_is_left()?);
    Ok(())
}
