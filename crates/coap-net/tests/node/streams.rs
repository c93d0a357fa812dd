//! CoAP over TCP and Unix domain streams, with plain sockets as peers.
use crate::{PATIENCE, Result, address, loopback, node, run_until, unix::Place};
use coap_net::{Node, Operation};
use coap_proto::{
    Address,
    engine::{Connect, Event, NackReason, SessionEvent, SessionId, SessionState},
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, Protocol, StreamHeader, signal, uint},
};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A peer that knows where messages in a stream begin and end, and nothing more.
struct Plain<S>(S);

impl<S: Read + Write> Plain<S> {
    fn send(&mut self, code: Code, payload: &[u8]) -> io::Result<()> {
        let mut pdu = Pdu::new(MessageType::Con, code, 0, 0);
        pdu.set_payload(payload).map_err(io::Error::other)?;
        self.0.write_all(pdu.encode_stream())
    }

    fn receive(&mut self) -> io::Result<Pdu> {
        let mut bytes = Vec::new();
        loop {
            if let Some(header) = StreamHeader::parse(&bytes).map_err(io::Error::other)? {
                let read = bytes.len();
                bytes.resize(usize::try_from(header.total).map_err(io::Error::other)?, 0);
                // Until the length was known they came one by one; the rest comes in one go.
                self.0.read_exact(&mut bytes[read..])?;
                return Pdu::decode_stream(&bytes).map_err(io::Error::other);
            }
            let mut byte = [0];
            self.0.read_exact(&mut byte)?;
            bytes.extend(byte);
        }
    }
}

fn dial(at: SocketAddr) -> Result<Plain<TcpStream>> {
    let stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(Plain(stream))
}

/// A node that answers GET of `/` with `body`.
fn serve(node: &mut Node, body: &[u8]) -> bool {
    let mut served = false;
    while let Some(event) = node.engine.poll_event() {
        match event {
            Event::Request(mut event) => {
                event.response.set_code(Code::CONTENT);
                let _ = event.response.set_payload(body);
                node.engine.finish_request(Instant::now(), event);
                served = true;
            }
            Event::Closed { session } => node.forget(session),
            _ => {}
        }
    }
    node.flush(Instant::now());
    served
}

pub(crate) fn server() -> Result<Node> {
    let mut node = node()?;
    let mut root = Resource::new(b"", 0);
    root.methods = MethodMask::NONE.with(Code::GET);
    node.engine.resources_mut().add(root);
    Ok(node)
}

/// Runs a node in a thread until dropped.
pub(crate) struct Served {
    stop: Arc<AtomicBool>,
    waker: Arc<coap_net::Waker>,
    thread: Option<thread::JoinHandle<io::Result<Node>>>,
}

impl Served {
    pub(crate) fn start(mut node: Node, body: Vec<u8>) -> Self {
        let (stop, waker) = (Arc::new(AtomicBool::new(false)), node.waker());
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Acquire) {
                node.run_once(Some(Duration::from_millis(100)))?;
                serve(&mut node, &body);
            }
            Ok(node)
        });
        Self { stop, waker, thread: Some(thread) }
    }

    pub(crate) fn end(mut self) -> Result<Node> {
        self.stop.store(true, Ordering::Release);
        self.waker.wake();
        let thread = self.thread.take().ok_or("ended already")?;
        Ok(thread.join().map_err(|_| "the server panicked")??)
    }
}

#[test]
fn a_plain_peer_is_answered_after_both_csm() -> Result {
    let mut node = server()?;
    let endpoint = node.listen(loopback(), Protocol::Tcp)?;
    let at = address(&node, endpoint)?;
    let served = Served::start(node, b"hello".to_vec());
    let mut peer = dial(at)?;
    assert_eq!(peer.receive()?.code(), Code::CSM);
    peer.send(Code::CSM, b"")?;
    for _ in 0..3 {
        peer.send(Code::GET, b"")?;
        let answer = peer.receive()?;
        assert_eq!((answer.code(), answer.payload()), (Code::CONTENT, &b"hello"[..]));
    }
    let node = served.end()?;
    let sessions: Vec<_> = node.engine.sessions().collect();
    let session = node.engine.session(sessions[0]).ok_or("no session")?;
    assert_eq!(*session.remote(), Address::Ip(peer.0.local_addr()?));
    assert_eq!(*session.local(), Address::Ip(at));
    Ok(())
}

/// As `nc -N` does: all is written in one go, then nothing more is.
#[test]
fn who_only_reads_any_more_gets_the_answers() -> Result {
    let body = vec![b'x'; 4 << 20];
    let mut node = server()?;
    let endpoint = node.listen(loopback(), Protocol::Tcp)?;
    let at = address(&node, endpoint)?;
    let served = Served::start(node, body.clone());
    for goodbye in [None, Some(Code::RELEASE)] {
        let mut peer = dial(at)?;
        let mut csm = Pdu::new(MessageType::Con, Code::CSM, 0, 0);
        csm.add_option(signal::MAX_MESSAGE_SIZE, &uint::encode(8 << 20))?;
        let mut bytes = csm.encode_stream().to_vec();
        for code in [Some(Code::GET), goodbye].into_iter().flatten() {
            bytes.extend(Pdu::new(MessageType::Con, code, 0, 0).encode_stream());
        }
        peer.0.write_all(&bytes)?;
        if goodbye.is_none() {
            peer.0.shutdown(Shutdown::Write)?;
        }
        assert_eq!(peer.receive()?.code(), Code::CSM);
        assert!(peer.receive()?.payload() == body, "all of it");
        assert_eq!(peer.0.read(&mut [0])?, 0, "then the server closes, too");
    }
    let node = served.end()?;
    assert_eq!(node.engine.census().sessions, 0);
    Ok(())
}

#[test]
fn an_end_that_was_there_with_the_last_bytes_is_read() -> Result {
    let mut node = server()?;
    let endpoint = node.listen(loopback(), Protocol::Tcp)?;
    let mut peer = dial(address(&node, endpoint)?)?;
    peer.0.write_all(Pdu::new(MessageType::Con, Code::CSM, 0, 0).encode_stream())?;
    peer.0.shutdown(Shutdown::Write)?;
    // The system reports all of it at once, and nothing afterwards.
    let served = Served::start(node, Vec::new());
    assert_eq!(peer.receive()?.code(), Code::CSM);
    assert_eq!(peer.0.read(&mut [0])?, 0);
    served.end()?;
    Ok(())
}

#[test]
fn bytes_may_come_one_by_one() -> Result {
    let mut node = server()?;
    let endpoint = node.listen(loopback(), Protocol::Tcp)?;
    let at = address(&node, endpoint)?;
    let served = Served::start(node, b"hello".to_vec());
    let mut peer = dial(at)?;
    for code in [Code::CSM, Code::GET] {
        let mut pdu = Pdu::new(MessageType::Con, code, 0, 0);
        pdu.set_token(b"token")?;
        for byte in pdu.encode_stream() {
            peer.0.write_all(&[*byte])?;
        }
    }
    assert_eq!(peer.receive()?.code(), Code::CSM);
    let answer = peer.receive()?;
    assert_eq!((answer.token(), answer.payload()), (&b"token"[..], &b"hello"[..]));
    served.end()?;
    Ok(())
}

#[test]
fn two_thousand_connections_half_of_them_stalled() -> Result {
    const PAIRS: usize = 1000;
    let mut node = server()?;
    let endpoint = node.listen(loopback(), Protocol::Tcp)?;
    let at = address(&node, endpoint)?;
    raise_descriptor_limit()?;
    let served = Served::start(node, b"hello".to_vec());
    let (mut stalled, mut lively) = (Vec::new(), Vec::new());
    for number in 0..PAIRS {
        let mut peer = dial(at)?;
        match number % 4 {
            // Not a byte.
            0 => {}
            // Half a message, before or after the CSM.
            1 => peer.0.write_all(&[0xd0])?,
            2 => {
                peer.send(Code::CSM, b"")?;
                peer.0.write_all(&[0xe0, 0xff, 0xff])?;
            }
            // Asks and asks, and never reads.
            _ => {
                peer.send(Code::CSM, b"")?;
                for _ in 0..100 {
                    peer.send(Code::GET, b"")?;
                }
            }
        }
        stalled.push(peer);
        let mut peer = dial(at)?;
        peer.send(Code::CSM, b"")?;
        lively.push(peer);
    }
    let begin = Instant::now();
    for peer in &mut lively {
        assert_eq!(peer.receive()?.code(), Code::CSM);
    }
    for _ in 0..3 {
        for peer in &mut lively {
            peer.send(Code::GET, b"")?;
        }
        for peer in &mut lively {
            assert_eq!(peer.receive()?.payload(), b"hello");
        }
    }
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    let node = served.end()?;
    assert_eq!(node.engine.sessions().count(), 2 * PAIRS);
    Ok(())
}

/// Test programs get 1,024 descriptors on many machines.
fn raise_descriptor_limit() -> Result {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most.min(16_384), most)?;
    Ok(())
}

/// It is not read from either while its answers pile up, so what it can make the node keep has an end.
#[test]
fn a_peer_that_never_reads_stops_being_read() -> Result {
    let mut node = server()?;
    let endpoint = node.listen(loopback(), Protocol::Tcp)?;
    let at = address(&node, endpoint)?;
    let served = Served::start(node, vec![b'x'; 1000]);
    let mut greedy = dial(at)?;
    greedy.send(Code::CSM, b"")?;
    greedy.0.set_write_timeout(Some(Duration::from_secs(1)))?;
    let mut sent = 0_u64;
    while greedy.send(Code::GET, b"").is_ok() {
        sent += 1;
        assert!(sent < 50_000_000, "it is read on and on");
    }
    let mut other = dial(at)?;
    other.send(Code::CSM, b"")?;
    assert_eq!(other.receive()?.code(), Code::CSM);
    other.send(Code::GET, b"")?;
    assert_eq!(other.receive()?.payload().len(), 1000);
    // When it reads after all, everything that was accepted is answered.
    assert_eq!(greedy.receive()?.code(), Code::CSM);
    for _ in 0..sent.min(5000) {
        assert_eq!(greedy.receive()?.payload().len(), 1000);
    }
    served.end()?;
    Ok(())
}

pub(crate) fn open(client: &mut Node, remote: Address, local: Option<Address>) -> Result<SessionId> {
    Ok(client.connect(Instant::now(), Connect { local, remote, protocol: Protocol::Tcp })?)
}

/// What happened to a client until `done`.
pub(crate) fn events_until(client: &mut Node, done: impl Fn(&[String]) -> bool) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    run_until(client, |client, _| {
        while let Some(event) = client.engine.poll_event() {
            match event {
                Event::Session { event, .. } => seen.push(format!("{event:?}")),
                Event::Nack(nack) => seen.push(format!("nack {:?}", nack.reason)),
                Event::Response(response) => {
                    seen.push(String::from_utf8_lossy(response.received.payload()).into_owned());
                    client.engine.finish_response(Instant::now(), response.ticket, true);
                }
                _ => {}
            }
        }
        done(&seen)
    })?;
    Ok(seen)
}

#[test]
fn a_request_that_comes_before_the_connection_waits_for_it() -> Result {
    let mut node = server()?;
    let endpoint = node.listen(loopback(), Protocol::Tcp)?;
    let at = address(&node, endpoint)?;
    let served = Served::start(node, b"hello".to_vec());
    let mut client = crate::node()?;
    let session = open(&mut client, at.into(), None)?;
    assert_eq!(client.engine.session(session).map(|session| session.state()), Some(SessionState::Connecting));
    crate::get(&mut client, session)?;
    let seen = events_until(&mut client, |seen| seen.iter().any(|event| event == "hello"))?;
    assert_eq!(
        seen,
        [
            format!("{:?}", SessionEvent::TcpConnected),
            format!("{:?}", SessionEvent::Connected),
            "hello".into()
        ]
    );
    let local = client.engine.session(session).map(|session| *session.local()).ok_or("no session")?;
    assert!(local.ip().is_some_and(|local| local.port() != 0 && local.ip().is_loopback()), "{local}");
    served.end()?;
    Ok(())
}

#[test]
fn a_refused_connection_is_told_with_what_waited() -> Result {
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut client = node()?;
    let session = open(&mut client, closed.into(), None)?;
    crate::get(&mut client, session)?;
    let seen = events_until(&mut client, |seen| seen.len() == 3)?;
    assert_eq!(seen[0], format!("{:?}", SessionEvent::TcpFailed));
    assert!(seen.contains(&format!("nack {:?}", NackReason::NotDeliverable)), "{seen:?}");
    let notice = client.poll_notice().ok_or("nothing for the log")?;
    assert_eq!((notice.session, notice.operation), (Some(session), Operation::Connect));
    assert_eq!(notice.error.kind(), io::ErrorKind::ConnectionRefused);
    Ok(())
}

#[test]
fn unix_streams_need_no_path_of_the_client() -> Result {
    let place = Place::new();
    let mut node = server()?;
    let endpoint = node.listen(place.address()?, Protocol::Tcp)?;
    let served = Served::start(node, b"hello".to_vec());
    for _ in 0..2 {
        // Both come from no address at all, and are two sessions.
        let stream = UnixStream::connect(place.path())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut peer = Plain(stream);
        peer.send(Code::CSM, b"")?;
        assert_eq!(peer.receive()?.code(), Code::CSM);
        peer.send(Code::GET, b"")?;
        assert_eq!(peer.receive()?.payload(), b"hello");
    }
    let mut client = crate::node()?;
    let session = open(&mut client, place.address()?, None)?;
    crate::get(&mut client, session)?;
    let seen = events_until(&mut client, |seen| seen.iter().any(|event| event == "hello"))?;
    assert_eq!(seen[0], format!("{:?}", SessionEvent::TcpConnected), "{seen:?}");
    let mut node = served.end()?;
    node.close_endpoint(Instant::now(), endpoint);
    assert!(!place.path().exists());
    Ok(())
}

/// More than a turn writes.
#[test]
fn a_session_that_is_forgotten_writes_what_the_socket_takes() -> Result {
    const BODY: usize = 600_000;
    let listener = TcpListener::bind(loopback())?;
    let at = listener.local_addr()?;
    let peer = thread::spawn(move || -> io::Result<usize> {
        let mut peer = Plain(listener.accept()?.0);
        let mut csm = Pdu::new(MessageType::Con, Code::CSM, 0, 0);
        csm.add_option(signal::MAX_MESSAGE_SIZE, &uint::encode(8 << 20)).map_err(io::Error::other)?;
        peer.0.write_all(csm.encode_stream())?;
        let (mut room, mut count) = (vec![0; 1 << 16], 0);
        loop {
            match peer.0.read(&mut room)? {
                0 => return Ok(count),
                length => count += length,
            }
        }
    });
    let mut client = node()?;
    let session = open(&mut client, at.into(), None)?;
    events_until(&mut client, |seen| seen.iter().any(|event| event == "Connected"))?;
    let mut post = Pdu::new(MessageType::Con, Code::POST, 1, 0);
    post.set_payload(&vec![7; BODY])?;
    let now = Instant::now();
    client.engine.send(now, session, post)?;
    client.engine.disconnect(now, session, NackReason::NotDeliverable);
    client.engine.release(now, session);
    client.forget(session);
    let count = peer.join().map_err(|_| "the peer panicked")??;
    assert!(count > BODY, "{count}");
    Ok(())
}
