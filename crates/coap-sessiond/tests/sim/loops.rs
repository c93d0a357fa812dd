//! Paths that come to a node again.
use crate::node::tcp;
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_proto::wire::Code;
use coap_sessiond::protocol::{End, Request};

#[test]
fn a_path_comes_to_a_node_again_until_its_hops_are_spent() {
    let mut wires = Wires { record: Some(Vec::new()), ..Wires::new(3) };
    let now = wires.now;
    // The second node is relay and exit.
    let way = tcp(&[1, 2, 1, 2]);
    let tunnel = wires.nodes[0].open(now, &way, Socket::sending(bytes(1, 5000)));
    wires.settle();
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Finished));
    let hops = wires.record.take().unwrap_or_default().into_iter().filter_map(|(request, _)| match request {
        Request::Open { hop_limit } => Some(hop_limit),
        _ => None,
    });
    assert_eq!(hops.collect::<Vec<_>>(), [4, 3, 2, 1]);
    // As if two nodes had passed it on before: the second one is the last that it reaches.
    wires.spent = 2;
    let tunnel = wires.nodes[0].open(now, &way, Socket::open());
    wires.settle();
    let ending = wires.nodes[0].socket(tunnel).ending.clone().expect("refused");
    assert_eq!((ending.end, &*ending.text), (End::Refused(Code::HOP_LIMIT_REACHED), "too many hops"));
    for node in &wires.nodes {
        assert_eq!(node.core.counters().refused.get(&Code::HOP_LIMIT_REACHED), Some(&1), "each once");
        assert!(node.core.is_idle());
    }
}
