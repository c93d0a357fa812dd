//! Much at a time, through an entry, a relay and an exit: a pre-shared key protects the first link, certificates the
//! second.
use crate::{
    PATIENCE, Result,
    process::{Node, Setup, is_optimised},
};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
    time::Instant,
};

const CONNECTIONS: u64 = 64;
/// Bytes that a program which is not optimised is given: it takes some hundred times as long.
const FEW: u64 = 100_000;
const MANY: u64 = 10_000_000;

/// An entry, a relay and an exit, and where the entry listens for connections to `target`.
struct Path {
    nodes: [Node; 3],
    listener: SocketAddr,
}

impl Path {
    fn to(target: &str) -> Result<Self> {
        let listening =
            |scheme| Setup { listen: Some(format!("{scheme}://127.0.0.1:0")), ..Setup::default() };
        let exit = Node::start(&listening("coaps+tcp"))?;
        let peer = Some(exit.as_peer("coaps+tcp")?);
        let relay = Node::start(&Setup { peer, ..listening("coaps") })?;
        let peer = Some(relay.as_peer("coaps")?);
        let entry = Node::start(&Setup { peer, ..Setup::default() })?;
        let way = format!(r#"{{"IntermediatePath": ["{}"]}}"#, relay.id);
        let listener = entry.open(exit.id, &way, target)?;
        Ok(Self { nodes: [entry, relay, exit], listener })
    }

    /// Waits until no node has a tunnel any more.
    fn settle(&self) -> Result {
        self.nodes.iter().try_for_each(|node| node.wait_for(|report| report.tunnels.is_empty()))
    }
}

/// Bytes of a connection: each eight of them are others than all before and than those of all other connections.
struct Pattern {
    seed: u64,
    at: u64,
}

impl Pattern {
    fn new(connection: u64) -> Self {
        Self { seed: connection << 40, at: 0 }
    }

    /// The next ones; `piece` has a multiple of eight.
    fn fill(&mut self, piece: &mut [u8]) {
        for word in piece.chunks_exact_mut(8) {
            // An odd factor: no two numbers become the same one.
            let mixed = (self.seed | self.at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            word.copy_from_slice(&mixed.to_le_bytes());
            self.at += 1;
        }
    }
}

/// A target that sends back what comes.
fn echo() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let at = listener.local_addr()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || -> io::Result<()> {
                let mut from = stream.try_clone()?;
                io::copy(&mut from, &mut stream)?;
                stream.shutdown(Shutdown::Write)
            });
        }
    });
    Ok(at)
}

/// Sends `count` bytes, reads as many at the same time, and compares each.
fn talk(at: SocketAddr, connection: u64, count: u64) -> Result {
    const PIECE: usize = 1 << 16;
    let pieces = move || (0..count).step_by(PIECE).map(move |at| (count - at).min(PIECE as u64) as usize);
    let mut stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut writer = stream.try_clone()?;
    let sent = thread::spawn(move || -> io::Result<()> {
        let (mut pattern, mut piece) = (Pattern::new(connection), vec![0; PIECE]);
        for length in pieces() {
            pattern.fill(&mut piece);
            writer.write_all(&piece[..length])?;
        }
        writer.shutdown(Shutdown::Write)
    });
    let (mut pattern, mut expected, mut piece) = (Pattern::new(connection), vec![0; PIECE], vec![0; PIECE]);
    for (number, length) in pieces().enumerate() {
        pattern.fill(&mut expected);
        stream.read_exact(&mut piece[..length])?;
        if piece[..length] != expected[..length] {
            return Err(format!("connection {connection}: piece {number} is another one").into());
        }
    }
    let more = stream.read(&mut piece)?;
    sent.join().map_err(|_| "the writer has panicked")??;
    if more == 0 { Ok(()) } else { Err(format!("connection {connection}: bytes behind the last").into()) }
}

/// Printed whether or not the test fails: what was done is part of what `make check` says.
fn say(text: &str) -> Result {
    let hint = if is_optimised() { "" } else { " (not optimised: `make load-session` does all of it)" };
    Ok(writeln!(io::stderr(), "coap-sessiond: {text}{hint}")?)
}

#[test]
fn sixty_four_connections_move_ten_megabytes_each_way() -> Result {
    let path = Path::to(&format!(r#"{{"Plain": "{}"}}"#, echo()?))?;
    let (at, count) = (path.listener, if is_optimised() { MANY } else { FEW });
    let begin = Instant::now();
    let clients: Vec<_> =
        (0..CONNECTIONS).map(|connection| thread::spawn(move || talk(at, connection, count))).collect();
    for client in clients {
        if let Err(error) = client.join().map_err(|_| "a client has panicked")? {
            let reports = path.nodes.iter().map(|node| node.status().map(|it| (it.refused, it.aborted)));
            return Err(format!("{error}: {:?}", reports.collect::<Vec<_>>()).into());
        }
    }
    let (seconds, megabytes) = (begin.elapsed().as_secs_f64(), (CONNECTIONS * count) as f64 / 1e6);
    path.settle()?;
    for node in &path.nodes {
        let report = node.status()?;
        assert!(report.aborted.is_empty() && report.refused.is_empty(), "{report:?}");
        assert_eq!(report.established, CONNECTIONS);
    }
    say(&format!(
        "{CONNECTIONS} connections at a time over DTLS and TLS, every byte compared: {megabytes:.0} MB each way in \
         {seconds:.1} s, {:.1} MB/s each way",
        megabytes / seconds
    ))
}

#[test]
fn what_came_and_went_leaves_nothing() -> Result {
    /// What an allocator may keep of them.
    const LEFT_KB: usize = 1 << 10;
    let cycles = if is_optimised() { 10_000 } else { 1000 };
    let path = Path::to(r#"{"Service": 0}"#)?;
    cycle(&path, cycles / 4)?;
    let held = || -> Result<Vec<_>> {
        let of = |node: &Node| Ok((node.descriptors()?, node.resident()?, node.status()?.held));
        path.nodes.iter().map(of).collect()
    };
    let (before, begin) = (held()?, Instant::now());
    cycle(&path, cycles)?;
    let seconds = begin.elapsed().as_secs_f64();
    let after = held()?;
    for ((before, after), node) in before.iter().zip(&after).zip(["entry", "relay", "exit"]) {
        // Connections of the REST interface may still be closing.
        assert!(after.0 <= before.0 + 2, "the {node} has {} descriptors, then {}", before.0, after.0);
        assert!(after.1 <= before.1 + LEFT_KB, "the {node} has {} KB, then {}", before.1, after.1);
        assert_eq!(after.2, before.2, "what the {node} holds");
    }
    let shown = |all: &[(usize, usize, _)]| {
        all.iter()
            .map(|(descriptors, kb, _)| format!("{descriptors} + {kb} KB"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    say(&format!(
        "{cycles} connections came and went in {seconds:.1} s; descriptors and memory of entry, relay and exit: \
         {} before, {} after",
        shown(&before),
        shown(&after)
    ))
}

/// Opens and closes `count` connections: some are gone at once, some without an end, and the others as it should be.
fn cycle(path: &Path, count: u64) -> Result {
    for number in 0..count {
        let mut client = TcpStream::connect(path.listener)?;
        client.set_read_timeout(Some(PATIENCE))?;
        match number % 5 {
            0 => {}
            1 => client.write_all(b"and gone")?,
            _ => {
                client.write_all(b"to and fro")?;
                client.shutdown(Shutdown::Write)?;
                let mut answer = Vec::new();
                client.read_to_end(&mut answer)?;
                assert_eq!(answer, b"to and fro");
            }
        }
    }
    path.settle()?;
    // Answers that nobody waits for any more are still on their way.
    let is_quiet = |node: &Node| node.wait_for(|report| report.held.messages == 0 && report.held.queued == 0);
    path.nodes.iter().try_for_each(is_quiet)?;
    Ok(())
}
