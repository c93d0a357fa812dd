//! A session that lives long: message IDs come round again, memory does not grow.
use coap_proto::wire::Code;
use coap_sim::Network;
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// More than there are message IDs.
const REQUESTS: usize = 70_000;

#[test]
fn a_session_outlives_its_message_ids_without_growing() {
    let mut net = Network::new(1);
    let server = net.add_node();
    net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
    let peer = net.add_client(server);
    let mut heap = Vec::new();
    for n in 1..=REQUESTS {
        let request = net.get(peer, "hello");
        net.settle();
        assert_eq!(net.code(&request), Code::CONTENT, "request {n}");
        net.clear_log(peer.node);
        net.clear_log(server);
        if n.is_multiple_of(REQUESTS / 2) {
            heap.push(HEAP.current_usage());
        }
    }
    assert!(heap[1] < heap[0] + 10_000, "{heap:?} bytes after half and after all requests");
}
