//! Many connections at a time, and one after the other.
use crate::{
    Result,
    echo::{self, connect, exchange, pattern, target},
    node::{chain, pair},
};
use coap_sessiond::{
    config::Scheme,
    model::{Routing, Target, Transport},
};
use std::{fs, io::Read, thread, time::Instant};

const CONNECTIONS: u64 = 64;
/// Bytes that each sends; unoptimised programs take some thirty times as long.
const BYTES: usize = if cfg!(debug_assertions) { 300_000 } else { 10_000_000 };
/// Connections that come and go.
const CYCLES: usize = if cfg!(debug_assertions) { 1000 } else { 10_000 };

/// What `/proc/self/status` says: memory in KB.
fn resident() -> Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}

fn descriptors() -> Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

/// Connections at a time through `schemes`, each with bytes of its own.
fn at_once(schemes: &[Scheme]) -> Result {
    let nodes = chain(schemes, |_, _| {})?;
    let relays = nodes[1..nodes.len() - 1].iter().map(|node| node.id).collect();
    let exit = nodes[nodes.len() - 1].id;
    let listener = nodes[0].create(Transport::Tcp, exit, Routing::Path(relays), target(echo::tcp()?))??;
    let (at, begin) = (listener.request.listen, Instant::now());
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            thread::spawn(move || -> Result<bool> {
                let bytes = pattern(number, BYTES);
                Ok(exchange(at, bytes.clone())? == bytes)
            })
        })
        .collect();
    for client in clients {
        assert!(client.join().map_err(|_| "a client has panicked")??, "what came back is not what was sent");
    }
    let (seconds, megabytes) = (begin.elapsed().as_secs_f64(), (CONNECTIONS as usize * BYTES) as f64 / 1e6);
    println!("{schemes:?}: {megabytes:.0} MB each way in {seconds:.1} s: {:.1} MB/s", megabytes / seconds);
    for node in &nodes {
        node.wait_for(|status| status.tunnels.is_empty())?;
        assert!(node.status()?.aborted.is_empty());
    }
    Ok(())
}

#[test]
fn sixty_four_connections_over_dtls_and_tls() -> Result {
    at_once(&[Scheme::Coaps, Scheme::CoapsTcp])
}

#[test]
fn sixty_four_connections_over_three_relays() -> Result {
    at_once(&[Scheme::CoapTcp, Scheme::Coap, Scheme::CoapsTcp, Scheme::Coap])
}

#[test]
fn connections_that_come_and_go_leave_nothing() -> Result {
    let (entry, exit) = pair(Scheme::Coap)?;
    let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(0), Target::Service(0))??;
    let at = listener.request.listen;
    let cycle = |count: usize| -> Result {
        for number in 0..count {
            match number % 4 {
                // Said something, and gone.
                0 => drop(connect(at)?),
                _ => assert_eq!(exchange(at, b"to and fro".to_vec())?, b"to and fro"),
            }
        }
        entry.wait_for(|status| status.tunnels.is_empty())?;
        exit.wait_for(|status| status.tunnels.is_empty())
    };
    cycle(CYCLES / 4)?;
    let before = (descriptors()?, resident()?);
    cycle(CYCLES)?;
    let after = (descriptors()?, resident()?);
    // Other tests run meanwhile in the same process.
    println!("descriptors {} and {}, memory {} and {} KB", before.0, after.0, before.1, after.1);
    Ok(())
}

#[test]
fn idle_tunnels_are_small() -> Result {
    const COUNT: usize = 400;
    let (entry, exit) = pair(Scheme::Coap)?;
    let listener = entry.create(Transport::Tcp, exit.id, Routing::Hops(0), Target::Service(0))??;
    let before = resident()?;
    let mut clients = (0..COUNT).map(|_| connect(listener.request.listen)).collect::<Result<Vec<_>>>()?;
    entry.wait_for(|status| status.tunnels.len() == COUNT && status.established == COUNT as u64)?;
    for client in &mut clients {
        std::io::Write::write_all(client, b"x")?;
        client.read_exact(&mut [0])?;
    }
    let each = resident()?.saturating_sub(before) as f64 / COUNT as f64;
    println!("{each:.1} KB an idle tunnel, at both ends together, clients included");
    Ok(())
}
