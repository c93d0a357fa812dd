//! An exit that is killed and starts again, over links that its successor knows nothing of.
use crate::{
    PATIENCE, Result,
    passing::Passing,
    process::{Node, Setup},
};
use coap_sessiond::identity::Identity;
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Within this an exit is of use again, and who had tunnels to its predecessor is told.
const SOON: Duration = Duration::from_secs(10);

/// An exit, how it is set up, and an entry that knows it.
fn pair(scheme: &str) -> Result<(Node, Setup, Node)> {
    let setup = Setup { listen: Some(format!("{scheme}://127.0.0.1:0")), ..Setup::default() };
    let exit = Node::start(&setup)?;
    let entry = Node::start(&Setup { peer: Some(exit.as_peer(scheme)?), ..Setup::default() })?;
    Ok((exit, setup, entry))
}

/// A connection through the nodes that carries something, if there is one at once.
fn connect(listener: SocketAddr) -> Result<Option<TcpStream>> {
    let mut client = TcpStream::connect(listener)?;
    client.set_read_timeout(Some(PATIENCE))?;
    let outcome = client.write_all(b"here").and_then(|()| client.read_exact(&mut [0; 4]));
    match outcome {
        Ok(()) => Ok(Some(client)),
        Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[test]
fn a_restarted_exit_is_of_use_within_seconds_and_old_connections_end() -> Result {
    for scheme in ["coap", "coaps"] {
        let (mut exit, setup, entry) = pair(scheme)?;
        let listener = entry.open(exit.id, r#"{"Hops": 0}"#, r#"{"Service": 0}"#)?;
        let mut old = connect(listener)?.ok_or("no connection")?;
        exit.kill()?;
        exit.restart(&setup, scheme)?;
        let begin = Instant::now();
        // It may be refused while nobody knows what has happened; it must not hang.
        let mut tries = 1;
        while connect(listener)?.is_none() {
            tries += 1;
        }
        let after = begin.elapsed();
        assert!(after < SOON, "{scheme}: a connection after {after:?} and {tries} tries");
        let end = old.read(&mut [0]);
        assert!(
            end.as_ref().is_err_and(|error| error.kind() == ErrorKind::ConnectionReset),
            "{scheme}: {end:?}"
        );
        assert!(begin.elapsed() < SOON, "{scheme}: told after {:?}", begin.elapsed());
        let report = entry.status()?;
        assert_eq!(report.links, 1, "{scheme}: the old link is gone");
    }
    Ok(())
}

#[test]
fn a_node_that_refuses_is_not_tried_for_each_connection() -> Result {
    let refuses = TcpListener::bind("127.0.0.1:0")?;
    let at = refuses.local_addr()?;
    let tries = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&tries);
    // It ends with the process.
    thread::spawn(move || {
        for stream in refuses.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    let peer = (Identity::generate()?.peer_id(), format!("coap+tcp://{at}"));
    let entry = Node::start(&Setup { peer: Some(peer.clone()), ..Setup::default() })?;
    let listener = entry.open(peer.0, r#"{"Hops": 0}"#, r#"{"Service": 0}"#)?;
    let begin = Instant::now();
    for _ in 0..200 {
        assert!(connect(listener)?.is_none());
    }
    // A second after the first one, two after the second, and so on.
    let most = 2 + begin.elapsed().as_secs();
    let tries = tries.load(Ordering::SeqCst);
    assert!((1..=most).contains(&tries), "{tries} tries for 200 connections in {:?}", begin.elapsed());
    // Nor does each of them get a line.
    entry.wait_for_line(&["more like this were left out", "a tunnel was refused", "count"])?;
    Ok(())
}

#[test]
fn one_word_that_nobody_is_there_does_not_end_a_link() -> Result {
    // What the entry takes for the exit passes everything on; when it is closed, the system says that nobody is there.
    let (exit, _, _) = pair("coaps")?;
    let behind = exit.address.ok_or("no address")?;
    let mut passing = Passing::start(behind)?;
    let peer = Some((exit.id, format!("coaps://{}", passing.at)));
    let entry = Node::start(&Setup { peer, ..Setup::default() })?;
    let target = TcpListener::bind("127.0.0.1:0")?;
    let aim = format!(r#"{{"Plain": "{}"}}"#, target.local_addr()?);
    let listener = entry.open(exit.id, r#"{"Hops": 0}"#, &aim)?;
    let mut client = TcpStream::connect(listener)?;
    let (mut far, _) = target.accept()?;
    far.set_read_timeout(Some(PATIENCE))?;
    client.write_all(b"before")?;
    far.read_exact(&mut [0; 6])?;
    passing.pause(|| {
        let before = unreachable_messages()?;
        client.write_all(b"meanwhile")?;
        let deadline = Instant::now() + PATIENCE;
        while unreachable_messages()? == before {
            if Instant::now() > deadline {
                return Err("the system says nothing".into());
            }
            thread::yield_now();
        }
        Ok(())
    })?;
    let mut got = [0; 9];
    far.read_exact(&mut got)?;
    assert_eq!(&got, b"meanwhile");
    Ok(())
}

/// How often the system has said that nobody listens at some port (ICMP, type 3).
fn unreachable_messages() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/net/snmp")?;
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Icmp: "));
    let (names, values) = (lines.next().ok_or("no names")?, lines.next().ok_or("no values")?);
    let place = names.split(' ').position(|name| name == "OutDestUnreachs").ok_or("not counted")?;
    Ok(values.split(' ').nth(place).ok_or("no value")?.parse()?)
}
