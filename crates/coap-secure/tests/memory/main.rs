//! What a peer costs a server, in bytes of heap. `docs/security.md` has the figures; run with `--nocapture`
//! to see them.
#[path = "../common/mod.rs"]
mod common;

use coap_secure::{
    Answer, Certificates, Channel, Event, Settings,
    certificates::{Parts, Policy, Source},
    dtls::{Dtls, ListenerSettings, ServerCredentials},
    tls::{Inside, Tls},
};
use common::{
    KEY, outputs,
    pki::{Authority, CLOCK, Own, certificates, parts, server},
    psk_client, psk_server, reads,
    server::Server,
};
use peak_alloc::PeakAlloc;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Instant,
};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// One measures at a time: the heap is everybody's.
static TURN: Mutex<()> = Mutex::new(());

const PEERS: usize = 200;

fn peer(number: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, (number >> 8) as u8, number as u8], 5000))
}

fn roomy(credentials: ServerCredentials, dtls13: bool) -> Server {
    let settings = ListenerSettings { max_handshakes: 1000, max_handshakes_of_prefix: 1000, dtls13 };
    Server::with(Instant::now(), credentials, settings)
}

/// Moves datagrams to and fro, at most `rounds` times.
fn shake(server: &mut Server, from: SocketAddr, client: &mut Dtls, rounds: usize) {
    let now = Instant::now();
    for _ in 0..rounds {
        for datagram in outputs(client) {
            server.input(now, from, &datagram);
        }
        for (_, datagram) in server.out.drain(..) {
            client.input(now, &datagram);
        }
        while client.event().is_some() {}
    }
}

/// Bytes per peer after `rounds` round trips.
fn per_peer(
    credentials: &ServerCredentials,
    dtls13: bool,
    rounds: usize,
    client: &dyn Fn() -> Dtls,
) -> usize {
    let mut server = roomy(credentials.clone(), dtls13);
    let run = |server: &mut Server, number| {
        let mut client = client();
        shake(server, peer(number), &mut client, rounds);
        if rounds > 5 {
            client.write(Instant::now(), b"hello").unwrap();
            shake(server, peer(number), &mut client, 1);
            assert_eq!(reads(&mut client), [b"hello"]);
        }
        server.log.clear();
        server.received.clear();
    };
    // What is made once is not counted.
    run(&mut server, PEERS);
    server.channels.reserve(2 * PEERS);
    let before = HEAP.current_usage();
    (0..PEERS).for_each(|number| run(&mut server, number));
    let used = (HEAP.current_usage() - before) / PEERS;
    assert_eq!(server.channels.len(), PEERS + 1);
    assert_eq!(server.listener.handshakes() == 0, rounds > 5);
    used + size_of::<Dtls>()
}

#[track_caller]
fn check(what: &str, used: usize, most: usize) {
    println!("{what}: {used} bytes");
    assert!(used <= most, "{what}: {used} bytes, more than {most}");
}

#[test]
fn dtls_with_pre_shared_keys() {
    let _turn = TURN.lock().unwrap();
    let psk = psk_client(b"alice", KEY);
    let client = || Dtls::psk_client(psk.clone(), Instant::now()).unwrap();
    check("PSK, DTLS 1.2, half-open", per_peer(&psk_server(), false, 2, &client), 8_000);
    check("PSK, DTLS 1.2, established", per_peer(&psk_server(), false, 6, &client), 12_000);
}

#[test]
fn dtls_with_certificates() {
    let _turn = TURN.lock().unwrap();
    let ca = Authority::new("ca.test");
    let [ours, theirs] = ["good.test", "client.test"].map(|name| ca.issues(name));
    let ours = server(&certificates(Some(&ca.pem), Some(&ours), Policy::default()));
    let theirs = certificates(Some(&ca.pem), Some(&theirs), Policy::default());
    let client = || Dtls::client(theirs.clone(), Instant::now()).unwrap();
    check("certificates, DTLS 1.2, half-open", per_peer(&ours, false, 2, &client), 16_000);
    check("certificates, DTLS 1.2, established", per_peer(&ours, false, 8, &client), 24_000);
    check("certificates, DTLS 1.3, not proven", per_peer(&ours, true, 1, &client), 16_000);
    check("certificates, DTLS 1.3, half-open", per_peer(&ours, true, 2, &client), 24_000);
    check("certificates, DTLS 1.3, established", per_peer(&ours, true, 8, &client), 24_000);
}

/// Strangers without a cookie cost nothing.
#[test]
fn first_hellos_cost_nothing() {
    let _turn = TURN.lock().unwrap();
    let mut server = roomy(psk_server(), false);
    let mut client = Dtls::psk_client(psk_client(b"alice", KEY), Instant::now()).unwrap();
    let mut hello = outputs(&mut client).remove(0);
    let now = Instant::now();
    server.input(now, peer(0), &hello);
    let before = HEAP.current_usage();
    for number in 0..100_000_u32 {
        hello[13 + 12 + 2..][..4].copy_from_slice(&number.to_be_bytes());
        server.input(now, peer(number as usize), &hello);
        server.out.clear();
    }
    assert!(HEAP.current_usage() <= before + 1000);
}

fn tls_pair(server: &Arc<Certificates>, client: &Arc<Certificates>, rounds: usize) -> Tls {
    let now = Instant::now();
    let credentials = server.tls_server().unwrap();
    let mut ours = Tls::server(Inside::Coap, &Settings::default(), now);
    let mut theirs = Tls::client(client, None, Inside::Coap, now).unwrap();
    for _ in 0..rounds {
        ours.input(now, &outputs(&mut theirs).concat());
        while let Some(event) = ours.event() {
            if let Event::Ask(id, _) = event {
                ours.answer(now, id, Answer::Server(credentials.clone()));
            }
        }
        theirs.input(now, &outputs(&mut ours).concat());
        while theirs.event().is_some() {}
    }
    ours
}

#[test]
fn tls() {
    let _turn = TURN.lock().unwrap();
    let ca = Authority::new("ca.test");
    let [ours, theirs] = ["good.test", "client.test"].map(|name| ca.issues(name));
    let ours = certificates(Some(&ca.pem), Some(&ours), Policy::default());
    let theirs = certificates(Some(&ca.pem), Some(&theirs), Policy::default());
    for (what, rounds, most) in [("TLS 1.3, half-open", 1, 32_000), ("TLS 1.3, established", 4, 32_000)] {
        drop(tls_pair(&ours, &theirs, rounds));
        let mut all = Vec::with_capacity(PEERS);
        let before = HEAP.current_usage();
        all.extend((0..PEERS).map(|_| tls_pair(&ours, &theirs, rounds)));
        check(what, (HEAP.current_usage() - before) / PEERS + size_of::<Tls>(), most);
        assert!(all.iter().all(|channel| channel.is_handshaking() == (rounds == 1)));
    }
}

/// A certificate for another name of a server costs itself, not all that the server trusts.
#[test]
fn names_of_one_server() {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let ca = Authority::new("ca.test");
    let roots: String = (0..50).map(|number| Authority::new(&format!("{number}.test")).pem).collect();
    let with = |own: &Own| Parts {
        roots: vec![Source::Pem(roots.clone().into_bytes())],
        ..parts(Some(&ca.pem), Some(own))
    };
    let [own, other] = ["good.test", "other.test"].map(|name| with(&ca.issues(name)));
    let usual = Certificates::new(&own, Policy::default(), CLOCK, &Settings::default()).unwrap();
    usual.check_dtls_server().unwrap();
    let before = HEAP.current_usage();
    let beside = usual.beside(&other).unwrap();
    beside.check_dtls_server().unwrap();
    let taken = HEAP.current_usage().saturating_sub(before);
    println!("a certificate for another name: {taken}");
    assert!(taken < 6_000, "{taken} bytes");
}
