//! Nodes that are killed, restarted, or asked to stop.
use crate::{
    PATIENCE, Result,
    process::{Node, Setup},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

/// Peers are asked after a second of silence.
const QUICK: &str = "[limits]\nkeep_alive = 1\n";
/// Within this, everybody knows: the keep-alive time, and what a busy machine takes.
const SOON: Duration = Duration::from_secs(15);

/// An entry, a relay and an exit; what is between them.
struct Three {
    entry: Node,
    relay: Node,
    exit: Node,
    path: String,
}

fn three(first: &str, second: &str) -> Result<Three> {
    let exit = Node::start(&listening(second))?;
    let mut setup = listening(first);
    setup.peer = Some(exit.as_peer(second)?);
    let relay = Node::start(&setup)?;
    let peer = Some(relay.as_peer(first)?);
    let entry = Node::start(&Setup { peer, more: QUICK.into(), ..Setup::default() })?;
    let path = format!(r#"{{"IntermediatePath": ["{}"]}}"#, relay.id);
    Ok(Three { entry, relay, exit, path })
}

fn listening(scheme: &str) -> Setup {
    Setup { listen: Some(format!("{scheme}://127.0.0.1:0")), more: QUICK.into(), ..Setup::default() }
}

/// A connection through nodes: the client's end and the target's.
fn connection(listener: SocketAddr, target: &TcpListener) -> Result<(TcpStream, TcpStream)> {
    let mut client = TcpStream::connect(listener)?;
    let (mut far, _) = target.accept()?;
    for stream in [&client, &far] {
        stream.set_read_timeout(Some(PATIENCE))?;
    }
    client.write_all(b"here")?;
    far.read_exact(&mut [0; 4])?;
    Ok((client, far))
}

/// Whether a stream was cut off, and soon.
fn was_cut(stream: &mut TcpStream, who: &str, since: Instant) -> Result {
    match stream.read(&mut [0; 16]) {
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        outcome => return Err(format!("{who}: {outcome:?} instead of a reset").into()),
    }
    let elapsed = since.elapsed();
    if elapsed < SOON { Ok(()) } else { Err(format!("{who}: told after {elapsed:?}").into()) }
}

fn plain(target: &TcpListener) -> Result<String> {
    Ok(format!(r#"{{"Plain": "{}"}}"#, target.local_addr()?))
}

#[test]
fn a_killed_relay_ends_its_tunnels_at_both_ends() -> Result {
    // The relay is the client of the second link: over datagrams its end would be noticed after a minute.
    let all =
        [("coap", "coap+tcp"), ("coap+tcp", "coap+tcp"), ("coaps", "coaps+tcp"), ("coaps+tcp", "coaps+tcp")];
    for schemes in all {
        let target = TcpListener::bind("127.0.0.1:0")?;
        let mut nodes = three(schemes.0, schemes.1)?;
        let listener = nodes.entry.open(nodes.exit.id, &nodes.path, &plain(&target)?)?;
        let (mut client, mut far) = connection(listener, &target)?;
        let begin = Instant::now();
        nodes.relay.kill()?;
        was_cut(&mut client, "client", begin)?;
        was_cut(&mut far, "target", begin)?;
        nodes.entry.wait_for(|report| report.tunnels.is_empty() && report.aborted["node lost"] == 1)?;
        nodes.exit.wait_for(|report| report.tunnels.is_empty() && report.aborted["node lost"] == 1)?;
    }
    Ok(())
}

#[test]
fn a_killed_exit_ends_its_tunnels() -> Result {
    let all = [("coap", "coap"), ("coap", "coap+tcp"), ("coaps+tcp", "coaps"), ("coaps", "coaps+tcp")];
    for schemes in all {
        let target = TcpListener::bind("127.0.0.1:0")?;
        let mut nodes = three(schemes.0, schemes.1)?;
        let listener = nodes.entry.open(nodes.exit.id, &nodes.path, &plain(&target)?)?;
        let (mut client, _far) = connection(listener, &target)?;
        let begin = Instant::now();
        nodes.exit.kill()?;
        was_cut(&mut client, "client", begin)?;
        nodes.relay.wait_for(|report| report.tunnels.is_empty())?;
    }
    Ok(())
}

#[test]
fn a_restarted_exit_knows_nothing_of_old_tunnels_and_serves_new_ones() -> Result {
    let target = TcpListener::bind("127.0.0.1:0")?;
    let setup = listening("coap");
    let mut exit = Node::start(&setup)?;
    let peer = Some(exit.as_peer("coap")?);
    let entry = Node::start(&Setup { peer, more: QUICK.into(), ..Setup::default() })?;
    let listener = entry.open(exit.id, r#"{"Hops": 0}"#, &plain(&target)?)?;
    let (mut client, _far) = connection(listener, &target)?;
    let begin = Instant::now();
    exit.kill()?;
    exit.restart(&setup, "coap")?;
    was_cut(&mut client, "client", begin)?;
    entry.wait_for(|report| report.tunnels.is_empty())?;
    connection(listener, &target)?;
    Ok(())
}

#[test]
fn who_is_asked_to_stop_tells_everybody_and_ends_well() -> Result {
    for place in 0..3 {
        let target = TcpListener::bind("127.0.0.1:0")?;
        let mut nodes = three("coap", "coap")?;
        let listener = nodes.entry.open(nodes.exit.id, &nodes.path, &plain(&target)?)?;
        let (mut client, mut far) = connection(listener, &target)?;
        let begin = Instant::now();
        let node = [&mut nodes.entry, &mut nodes.relay, &mut nodes.exit].into_iter().nth(place);
        let ended = node.ok_or("three nodes")?.terminate()?;
        assert!(ended.success(), "{ended}");
        was_cut(&mut client, "client", begin)?;
        was_cut(&mut far, "target", begin)?;
    }
    Ok(())
}
