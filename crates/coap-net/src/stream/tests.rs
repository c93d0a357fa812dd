use super::table::Kind;
use crate::{Node, poller::Report};
use coap_proto::{
    engine::{Config, Connect, EndpointId},
    wire::Protocol,
};
use mio::Token;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use thunderdome::Index;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn listening() -> Result<(Node, EndpointId, Index)> {
    let mut node = Node::new(Config::default(), Instant::now(), [1; 32])?;
    let endpoint = node.listen(SocketAddr::from(([127, 0, 0, 1], 0)), Protocol::Tcp)?;
    let index = node.streams.of_endpoint(endpoint).ok_or("no listener")?;
    Ok((node, endpoint, index))
}

#[test]
fn a_listener_that_the_system_gives_up_does_not_spin_the_loop() -> Result {
    let (mut node, _, index) = listening()?;
    let Some(Kind::Listener(listener, _)) = node.streams.get(index).map(|entry| &entry.kind) else {
        return Err("no listener".into());
    };
    listener.shut_down()?;
    node.run_once(Some(Duration::from_secs(1)))?;
    assert!(node.poll_notice().is_some(), "it was tried");
    assert!(!node.has_work(), "and is not tried again at once");
    assert!(node.streams.retry_at().is_some());
    Ok(())
}

#[test]
fn a_datagram_socket_that_is_closed_feeds_listeners_that_starve() -> Result {
    let (mut node, endpoint, index) = listening()?;
    let now = Instant::now();
    let remote = node.engine.endpoint(endpoint).map(|endpoint| *endpoint.local()).ok_or("no endpoint")?;
    let session = node.connect(now, Connect { local: None, remote, protocol: Protocol::Udp })?;
    let report = Report { readable: true, writable: false, has_ended: false };
    node.streams.report(Token(index.slot() as usize | super::STREAM), report);
    assert_eq!(node.streams.next_ready(), Some(index));
    node.streams.starve(now, index);
    assert!(!node.streams.has_work());
    node.engine.release(now, session);
    node.forget(session);
    assert!(node.streams.has_work());
    Ok(())
}
