//! The simulator itself: runs repeat, lines behave as they are described.
use coap_proto::wire::Code;
use coap_sim::{Burst, Fate, Line, Network, for_each_seed};
use std::time::Duration;

/// Some traffic over a rough line; everything that can be seen of it.
fn run(seed: u64) -> (u64, String) {
    let mut net = Network::new(seed);
    net.capture();
    let line = Line::rough(net.rng());
    net.set_line(line);
    let server = net.add_node();
    net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
    let peers: Vec<_> = (0..3).map(|_| net.add_client(server)).collect();
    for _ in 0..3 {
        for &peer in &peers {
            net.get(peer, "hello");
        }
        net.run_for(Duration::from_secs(3));
    }
    net.settle();
    let logs: Vec<_> = peers.iter().map(|peer| net.log(peer.node)).collect();
    (net.digest(), format!("{:?}\n{:?}\n{logs:?}", net.captured(), net.log(server)))
}

#[test]
fn one_seed_gives_one_run() {
    for_each_seed(0..20, |seed| {
        let (first, second) = (run(seed), run(seed));
        assert_eq!(first.0, second.0);
        assert!(first.1 == second.1, "the same datagrams, but something else differs");
    });
}

#[test]
fn other_seeds_give_other_runs() {
    let mut digests: Vec<_> = (0..50).map(|seed| run(seed).0).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 50);
}

/// How many of 10,000 small datagrams arrive how often.
fn arrivals(line: Line) -> [usize; 3] {
    let mut net = Network::new(1);
    net.capture();
    net.set_line(line);
    let server = net.add_node();
    net.offer(server, "hello", |_| {});
    let peer = net.add_client(server);
    for _ in 0..10_000 {
        net.get_non(peer, "hello");
    }
    net.run_for(Duration::ZERO);
    let mut counts = [0; 3];
    for capture in net.captured() {
        match capture.fate {
            Fate::Carried(copies) => counts[copies] += 1,
            _ => counts[0] += 1,
        }
    }
    counts
}

#[test]
fn lines_lose_and_duplicate_as_they_should() {
    assert_eq!(arrivals(Line::default()), [0, 10_000, 0]);
    assert_eq!(arrivals(Line::dead()), [10_000, 0, 0]);
    assert_eq!(arrivals(Line { mtu: 10, ..Line::default() }), [10_000, 0, 0]);
    let [lost, once, twice] = arrivals(Line { loss: 0.2, duplication: 0.1, ..Line::default() });
    assert!((1850..2150).contains(&lost), "{lost}");
    assert!((7000..7400).contains(&once), "{once}");
    assert_eq!(lost + once + twice, 10_000);
    // Half of the time bad, and then nothing comes through.
    let burst = Some(Burst { begin: 0.1, end: 0.1, loss: 1.0 });
    let [lost, ..] = arrivals(Line { burst, ..Line::default() });
    assert!((4500..5500).contains(&lost), "{lost}");
}

#[test]
fn time_passes_without_happenings() {
    let mut net = Network::new(1);
    net.add_node();
    net.run_for(Duration::from_secs(86_400));
    assert_eq!(net.elapsed(), Duration::from_secs(86_400));
}
