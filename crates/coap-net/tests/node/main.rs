//! A node on the loopback interface: real sockets, bounded time, no sleeps.
mod broadcast;
mod budget;
mod exchange;
mod outside;
mod proxy;
mod restart;
#[cfg(feature = "tls")]
mod secure;
mod sockets;
mod streams;
mod threads;
mod unix;
mod unreachable;
mod websocket;

use coap_net::{Node, Turn};
use coap_proto::{
    engine::{Config, Connect, EndpointId, SessionId},
    wire::{Code, MessageType, Pdu, Protocol},
};
use std::{
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A test that takes longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn node() -> Result<Node> {
    Ok(Node::new(Config::default(), Instant::now(), [7; 32])?)
}

pub(crate) fn plain(at: &str) -> Result<UdpSocket> {
    let socket = UdpSocket::bind(at)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Where an endpoint listens.
pub(crate) fn address(node: &Node, id: EndpointId) -> Result<SocketAddr> {
    Ok(node.engine.endpoint(id).and_then(|endpoint| endpoint.local().ip()).ok_or("no such endpoint")?)
}

/// Runs turns until `done`.
pub(crate) fn run_until(node: &mut Node, mut done: impl FnMut(&mut Node, Turn) -> bool) -> Result {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("it took too long".into());
        }
        let turn = node.run_once(Some(left))?;
        if done(node, turn) {
            return Ok(());
        }
    }
}

/// A client session with a peer.
pub(crate) fn connect(node: &mut Node, to: SocketAddr) -> Result<SessionId> {
    let to = Connect { local: None, remote: to.into(), protocol: Protocol::Udp };
    Ok(node.connect(Instant::now(), to)?)
}

/// Asks the peer of a session for its root, confirmably, and says which message that was.
pub(crate) fn get(node: &mut Node, session: SessionId) -> Result<u16> {
    let mid = node.engine.new_mid(session).ok_or("no message ID")?;
    let mut request = Pdu::new(MessageType::Con, Code::GET, mid, 0);
    request.set_token(node.engine.new_token(session).ok_or("no token")?.as_ref())?;
    node.engine.send(Instant::now(), session, request)?;
    node.flush(Instant::now());
    Ok(mid)
}
