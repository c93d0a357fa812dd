//! Many connections at a time. How much they carry is for whole programs, which are optimised (`tests/processes`).
use crate::{
    Result,
    echo::{self, exchange, pattern, target},
    node::chain,
};
use coap_sessiond::{
    config::Scheme,
    model::{Routing, Transport},
};
use std::{thread, time::Instant};

const CONNECTIONS: u64 = 64;
/// Bytes that each sends.
const BYTES: usize = 100_000;

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
        match client.join().map_err(|_| "a client has panicked")? {
            Ok(is_alike) => assert!(is_alike, "what came back is not what was sent"),
            Err(error) => {
                let ends =
                    nodes.iter().map(|node| node.status().map(|status| (status.refused, status.aborted)));
                return Err(format!("{error}: {:?}", ends.collect::<Vec<_>>()).into());
            }
        }
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
