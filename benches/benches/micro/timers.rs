//! Timers: setting one, taking it away, letting it run out, among few and among many.
use crate::node::{Node, peer_address};
use coap_proto::{
    engine::{Event, SessionId},
    wire::{Code, MessageType, Pdu},
};
use criterion::{BenchmarkId, Criterion};
use std::{hint::black_box, time::Duration};

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timers");
    // Not more: the number of messages that a server keeps has a bound.
    for timers in [1, 1_000, 30_000] {
        let mut node = Node::with_peers(timers + 1);
        for peer in 1..=timers {
            let session = session_of(&node, peer);
            send(&mut node, session, 1);
        }
        let (first, mut mid) = (session_of(&node, 0), 1);
        group.bench_function(BenchmarkId::new("set and taken away among", timers), |bencher| {
            bencher.iter(|| {
                mid = u16::wrapping_add(mid, 1);
                send(&mut node, first, mid);
                let [high, low] = mid.to_be_bytes();
                node.take(0, &[0x60, 0, high, low]);
            });
        });
        group.bench_function(BenchmarkId::new("a millisecond goes by among", timers), |bencher| {
            bencher.iter(|| pass_time(&mut node));
        });
    }
    group.finish();
}

/// Time goes by: what is due is sent once more, and what nobody acknowledged in all its time is sent anew.
fn pass_time(node: &mut Node) {
    node.now += Duration::from_millis(1);
    node.engine.handle_timeout(node.now);
    node.drain();
    while let Some(event) = node.engine.poll_event() {
        if let Event::Nack(nack) = event {
            send(node, nack.session, nack.mid.wrapping_add(1));
        }
    }
    black_box(node.engine.poll_timeout());
}

/// A confirmable message to a peer, which has a timer until it is acknowledged.
fn send(node: &mut Node, session: SessionId, mid: u16) {
    let message = Pdu::new(MessageType::Con, Code::CONTENT, mid, 0);
    node.engine.send(node.now, session, message).expect("a message that may be sent");
    assert_eq!(node.drain(), 1);
}

fn session_of(node: &Node, peer: u32) -> SessionId {
    node.engine.find_session(&peer_address(peer), 1).expect("a session")
}
