//! Datagrams between Unix domain sockets.
use crate::{PATIENCE, Result, node, run_until};
use coap_net::{ConnectError, Node};
use coap_proto::{
    Address, UnixPath,
    engine::{Connect, Event, NackReason, SessionId},
    wire::{Code, MessageType, Pdu, Protocol},
};
use std::{
    fs, io,
    os::unix::net::UnixDatagram,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// A path that nothing else uses, removed at the end.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("/tmp/fc{}.{number}", std::process::id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }

    pub(crate) fn address(&self) -> Result<Address> {
        let path = self.0.to_str().ok_or("not UTF-8")?;
        Ok(UnixPath::new(path.as_bytes()).ok_or("too long")?.into())
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn connect(client: &mut Node, local: &Place, remote: &Place) -> Result<SessionId> {
    let (local, remote) = (Some(local.address()?), remote.address()?);
    Ok(client.connect(Instant::now(), Connect { local, remote, protocol: Protocol::Udp })?)
}

/// Runs both until the client hears something, and says what.
fn converse(server: &mut Node, client: &mut Node) -> Result<Event> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        server.run_once(Some(Duration::ZERO))?;
        client.run_once(Some(Duration::from_millis(1)))?;
        while let Some(event) = client.engine.poll_event() {
            if let Event::Response(response) = &event {
                client.engine.finish_response(Instant::now(), response.ticket, true);
            }
            if matches!(event, Event::Response(_) | Event::Nack(_)) {
                return Ok(event);
            }
        }
    }
    Err("it took too long".into())
}

#[test]
fn a_request_is_answered_and_the_files_go_with_their_sockets() -> Result {
    let (at, of_client) = (Place::new(), Place::new());
    let (mut server, mut client) = (node()?, node()?);
    let endpoint = server.listen(at.address()?, Protocol::Udp)?;
    let session = connect(&mut client, &of_client, &at)?;
    crate::get(&mut client, session)?;
    let answer = converse(&mut server, &mut client)?;
    assert!(matches!(answer, Event::Response(event) if event.received.code() == Code::NOT_FOUND));
    let sessions: Vec<_> = server.engine.sessions().collect();
    let peer = server.engine.session(sessions[0]).ok_or("no session")?;
    assert_eq!((*peer.remote(), *peer.local()), (of_client.address()?, at.address()?));

    client.engine.release(Instant::now(), session);
    while let Some(event) = client.engine.poll_event() {
        if matches!(event, Event::Closed { .. }) {
            client.forget(session);
        }
    }
    assert!(!of_client.path().exists());
    server.close_endpoint(Instant::now(), endpoint);
    assert!(!at.path().exists());
    Ok(())
}

#[test]
fn a_client_needs_a_path_of_its_own() -> Result {
    let (at, mut node) = (Place::new(), node()?);
    node.listen(at.address()?, Protocol::Udp)?;
    let to = Connect { local: None, remote: at.address()?, protocol: Protocol::Udp };
    let refused = node.connect(Instant::now(), to);
    assert!(matches!(refused, Err(ConnectError::LocalPathRequired)), "{refused:?}");
    let to = Connect { local: Some(Address::UNSPECIFIED), ..to };
    assert!(matches!(node.connect(Instant::now(), to), Err(ConnectError::FamilyMismatch)));
    Ok(())
}

#[test]
fn a_server_that_went_away_is_noticed_at_once() -> Result {
    let (at, of_client) = (Place::new(), Place::new());
    let (mut server, mut client) = (node()?, node()?);
    let endpoint = server.listen(at.address()?, Protocol::Udp)?;
    let session = connect(&mut client, &of_client, &at)?;
    server.close_endpoint(Instant::now(), endpoint);
    crate::get(&mut client, session)?;
    let answer = converse(&mut server, &mut client)?;
    assert!(matches!(&answer, Event::Nack(nack) if nack.reason == NackReason::IcmpIssue), "{answer:?}");
    Ok(())
}

/// The system blocks a sender for one receiver's full queue; a server must not wait for it.
#[test]
fn a_peer_that_does_not_read_does_not_hold_up_the_others() -> Result {
    let (at, slow, quick) = (Place::new(), Place::new(), Place::new());
    let mut server = node()?;
    server.listen(at.address()?, Protocol::Udp)?;
    let (slow, quick) = (UnixDatagram::bind(slow.path())?, UnixDatagram::bind(quick.path())?);
    slow.set_nonblocking(true)?;
    quick.set_read_timeout(Some(PATIENCE))?;
    let ask = |peer: &UnixDatagram, mid: u16| {
        let sent = peer.send_to(Pdu::new(MessageType::Con, Code::GET, mid, 0).encode_udp(), at.path());
        sent.is_ok()
    };
    for mid in 0..2000 {
        while !ask(&slow, mid) {
            server.run_once(Some(Duration::ZERO))?;
        }
    }
    assert!(ask(&quick, 1));
    run_until(&mut server, |_, turn| turn.received == 0 || !turn.more)?;
    let mut bytes = [0; 100];
    let length = quick.recv(&mut bytes)?;
    assert_eq!(Pdu::decode_udp_header(&bytes[..length]), Some((MessageType::Ack, Code::NOT_FOUND, 1)));
    Ok(())
}

#[test]
fn a_peer_without_a_path_is_not_heard() -> Result {
    let (at, mut server) = (Place::new(), node()?);
    server.listen(at.address()?, Protocol::Udp)?;
    let nameless = UnixDatagram::unbound()?;
    nameless.send_to(Pdu::new(MessageType::Con, Code::GET, 1, 0).encode_udp(), at.path())?;
    run_until(&mut server, |_, turn| turn.received == 1)?;
    assert_eq!(server.engine.sessions().count(), 0);
    nameless.set_nonblocking(true)?;
    let kind = nameless.recv(&mut [0; 10]).map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::WouldBlock));
    Ok(())
}
