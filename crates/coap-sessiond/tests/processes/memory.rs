//! What nodes hold: little for each tunnel, however it is used, and nothing when it is over.
use crate::{
    PATIENCE, Result,
    process::{Node, Setup},
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream, UdpSocket},
    thread,
    time::{Duration, Instant},
};

/// An entry and an exit.
fn two(scheme: &str) -> Result<(Node, Node)> {
    let exit = Node::start(&Setup { listen: Some(format!("{scheme}://127.0.0.1:0")), ..Setup::default() })?;
    let entry = Node::start(&Setup { peer: Some(exit.as_peer(scheme)?), ..Setup::default() })?;
    Ok((entry, exit))
}

fn connect(at: std::net::SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

#[test]
fn a_client_that_does_not_read_costs_no_more_than_the_buffers() -> Result {
    /// Two buffers of 256 KiB, what is under way on links, and what the allocator keeps.
    const MOST_KB: usize = 6 << 10;
    for scheme in ["coap", "coap+tcp"] {
        let (entry, exit) = two(scheme)?;
        let target = TcpListener::bind("127.0.0.1:0")?;
        let aim = format!(r#"{{"Plain": "{}"}}"#, target.local_addr()?);
        let listener = entry.open(exit.id, r#"{"Hops": 0}"#, &aim)?;
        let mut client = connect(listener)?;
        let (mut far, _) = target.accept()?;
        client.write_all(b"x")?;
        far.read_exact(&mut [0])?;
        let before = [entry.resident()?, exit.resident()?];
        // The target sends until nothing is taken for a while.
        far.set_nonblocking(true)?;
        let piece: Vec<u8> = (0..65_521_u32).map(|at| at as u8).collect();
        let (mut sent, mut last) = (0, Instant::now());
        while last.elapsed() < Duration::from_secs(1) {
            match far.write(&piece[sent % piece.len()..]) {
                Ok(count) => (sent, last) = (sent + count, Instant::now()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    thread::sleep(Duration::from_millis(5))
                }
                Err(error) => return Err(error.into()),
            }
        }
        let after = [entry.resident()?, exit.resident()?];
        for (before, after) in before.into_iter().zip(after) {
            let grown = after.saturating_sub(before);
            assert!(grown < MOST_KB, "{scheme}: {grown} KB more, with {sent} bytes on their way");
        }
        // Nothing is missing when it reads at last.
        far.shutdown(Shutdown::Write)?;
        let mut received = Vec::new();
        client.read_to_end(&mut received)?;
        assert_eq!(received.len(), sent);
        assert!(received.chunks(piece.len()).all(|chunk| chunk == &piece[..chunk.len()]));
    }
    Ok(())
}

#[test]
fn datagrams_that_nobody_takes_do_not_harm_the_connections_beside_them() -> Result {
    /// More than the system's buffers and ours hold together.
    const BYTES: usize = 40 << 20;
    const MOST_KB: usize = 12 << 10;
    let (entry, exit) = two("coap+tcp")?;
    let hops = r#"{"Hops": 0}"#;
    let connections = entry.open(exit.id, hops, r#"{"Service": 0}"#)?;
    let datagrams = entry.open_for("udp", exit.id, hops, r#"{"Service": 0}"#)?;
    let mut client = connect(connections)?;
    client.write_all(b"before")?;
    client.read_exact(&mut [0; 6])?;
    let before = entry.resident()?;
    exit.set_running(false)?;
    let flood = UdpSocket::bind("127.0.0.1:0")?;
    for _ in 0..BYTES / 16_000 {
        flood.send_to(&[1; 16_000], datagrams)?;
        // The entry is to be faster, or the system drops them before.
        thread::sleep(Duration::from_micros(200));
    }
    client.write_all(b"meanwhile")?;
    entry.wait_for(|report| report.dropped > 0)?;
    let grown = entry.resident()?.saturating_sub(before);
    exit.set_running(true)?;
    let mut answer = [0; 9];
    client.read_exact(&mut answer)?;
    assert_eq!(&answer, b"meanwhile");
    assert!(grown < MOST_KB, "{grown} KB more");
    Ok(())
}

#[test]
fn an_idle_tunnel_is_small() -> Result {
    const COUNT: usize = 400;
    /// The goal of the project.
    const MOST_KB: usize = 64;
    let (entry, exit) = two("coap+tcp")?;
    let listener = entry.open(exit.id, r#"{"Hops": 0}"#, r#"{"Service": 0}"#)?;
    let open = |count: usize| -> Result<Vec<TcpStream>> {
        let mut clients = (0..count).map(|_| connect(listener)).collect::<Result<Vec<_>>>()?;
        // Each has been used.
        for client in &mut clients {
            client.write_all(&[7; 20_000])?;
            client.read_exact(&mut [0; 20_000])?;
        }
        Ok(clients)
    };
    let _first = open(10)?;
    let before = [entry.resident()?, exit.resident()?];
    let _clients = open(COUNT)?;
    for (node, before) in [&entry, &exit].into_iter().zip(before) {
        let each = (node.resident()?.saturating_sub(before)) as f64 / COUNT as f64;
        println!("{each:.1} KB");
        assert!(each < MOST_KB as f64, "{each:.1} KB a tunnel");
    }
    Ok(())
}
