//! Requests that are put off, over lines that lose, repeat and reorder (RFC 7252 section 5.2.2).
use coap_proto::wire::Code;
use coap_sim::{Ending, Line, Network, NodeId, Peer, for_each_seed};
use std::{cell::Cell, rc::Rc, time::Duration};

/// A server whose handler puts each request off for that long, and answers when it runs again. How often it put
/// one off, and how often it answered.
fn slow_server(net: &mut Network, delay: Duration) -> (NodeId, Peer, Rc<[Cell<usize>; 2]>) {
    let counts = Rc::new([Cell::new(0), Cell::new(0)]);
    let server = net.add_node();
    let counted = Rc::clone(&counts);
    net.offer(server, "slow", move |call| {
        let put_off = call.engine.find_async(call.session, call.request.token());
        let count = &counted[usize::from(put_off.is_some())];
        count.set(count.get() + 1);
        if put_off.is_some() {
            call.response.set_code(Code::CONTENT);
            call.response.set_payload(b"at last").expect("fits");
        } else {
            let done = call.engine.register_async(call.now, call.session, call.request, Some(delay));
            done.expect("it is the first time");
        }
    });
    let peer = net.add_client(server);
    (server, peer, counts)
}

#[test]
fn each_is_answered_once_over_a_good_line() {
    let mut net = Network::new(1);
    let (server, peer, counts) = slow_server(&mut net, Duration::from_secs(20));
    let request = net.get(peer, "slow");
    net.run_for(Duration::from_secs(19));
    assert_eq!((net.endings(&request), counts[0].get()), (vec![], 1), "acknowledged, so not repeated");
    net.run_for(Duration::from_secs(2));
    net.settle();
    assert_eq!(net.endings(&request), [Ending::Response(Code::CONTENT, b"at last".to_vec())]);
    assert_eq!((counts[0].get(), counts[1].get(), net.engine(server).census().asyncs), (1, 1, 0));
}

#[test]
fn each_is_worked_on_and_answered_at_most_once_over_a_rough_line() {
    for_each_seed(0..200, |seed| {
        let mut net = Network::new(seed);
        let line = Line::rough(net.rng());
        net.set_line(line);
        // Shorter and longer than a client's retransmissions.
        let (server, peer, counts) = slow_server(&mut net, Duration::from_secs(seed % 30 + 1));
        let request = net.get(peer, "slow");
        net.run_for(Duration::from_secs(130));
        net.settle();
        let endings = net.endings(&request);
        let answers = endings.iter().filter(|ending| ending.code() == Some(Code::CONTENT)).count();
        assert!(counts[0].get() <= 1 && counts[1].get() <= counts[0].get(), "{counts:?}");
        assert!(answers <= counts[1].get(), "{endings:?}");
        assert_eq!(net.engine(server).census().asyncs, 0);
    });
}
