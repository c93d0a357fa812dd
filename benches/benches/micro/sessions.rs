//! Sessions: finding one, and a request to one, among few and among many.
use crate::node::{Node, peer_address};
use criterion::{BenchmarkId, Criterion};
use std::hint::black_box;

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sessions");
    for peers in [1, 1_000, 100_000] {
        let mut node = Node::with_peers(peers);
        let mut peer = 0;
        let mut next = move || {
            peer = (peer + 1) % peers;
            peer
        };
        group.bench_function(BenchmarkId::new("find one among", peers), |bencher| {
            bencher.iter(|| node.engine.find_session(black_box(&peer_address(next())), 1));
        });
        let mut mid = 1;
        group.bench_function(BenchmarkId::new("a request and its answer among", peers), |bencher| {
            bencher.iter(|| {
                mid = u16::wrapping_add(mid, 1);
                node.ask(next(), mid);
            });
        });
    }
    group.bench_function("a new one", |bencher| {
        let (mut node, mut peer) = (Node::new(), 0);
        bencher.iter(|| {
            // The table of sessions has the same size again and again.
            if peer == 100_000 {
                (node, peer) = (Node::new(), 0);
            }
            node.ask(peer, 1);
            peer += 1;
        });
    });
    group.finish();
}
