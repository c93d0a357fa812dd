//! Nodes that are killed and start again at once: their peers find out.
use crate::node::{opening, tcp};
use crate::over_coap::Stations;
use crate::socket::{Socket, bytes};
use coap_sessiond::model::{Capabilities, Transport};
use coap_sessiond::protocol::{End, Reason};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_idle_tunnel_over_a_relay_that_has_restarted_ends_soon() {
    for (transport, reliable) in [(Transport::Tcp, true), (Transport::Udp, false)] {
        let mut net = Stations::new(1, 3, false);
        let capabilities = Capabilities { retransmission: reliable, ..Default::default() };
        let opening = opening(&[1, 2], transport, capabilities);
        let tunnel = net.at(0, |node, now| node.open(now, &opening, Socket::open()));
        net.run_for(SECOND);
        assert!(net.at(0, |node, _| node.socket(tunnel).is_open));
        net.restart(1);
        net.run_for(20 * SECOND);
        let lost = Some(End::Aborted(Reason::Lost));
        assert_eq!(net.at(0, |node, _| node.socket(tunnel).end()), lost, "the boot number has changed");
        // The relay's socket, from which it had opened its link to the exit, is gone: CoAP has to give up first.
        net.run_for(80 * SECOND);
        assert_eq!(net.with_target(2, 0, |socket| socket.end()), lost);
    }
}

#[test]
fn who_sends_to_a_relay_that_has_restarted_hears_of_it_at_once() {
    let mut net = Stations::new(2, 3, false);
    let tunnel = net.at(0, |node, now| node.open(now, &tcp(&[1, 2]), Socket::open()));
    net.run_for(SECOND);
    net.restart(1);
    net.at(0, |node, _| node.socket(tunnel).sends = b"hello".to_vec());
    net.run_for(SECOND);
    assert_eq!(net.at(0, |node, _| node.socket(tunnel).end()), Some(End::Aborted(Reason::Lost)));
}

#[test]
fn a_new_tunnel_shows_that_the_old_ones_are_lost() {
    let mut net = Stations::new(3, 2, false);
    let old = net.at(0, |node, now| node.open(now, &tcp(&[1]), Socket::open()));
    net.run_for(SECOND);
    net.restart(1);
    let sent = bytes(1, 10_000);
    let new = net.at(0, |node, now| node.open(now, &tcp(&[1]), Socket::sending(sent.clone())));
    net.run_for(2 * SECOND);
    assert_eq!(net.at(0, |node, _| node.socket(old).end()), Some(End::Aborted(Reason::Lost)));
    let (end, got) = net.at(0, |node, _| (node.socket(new).end(), node.socket(new).got.clone()));
    assert!(got == sent && end == Some(End::Finished), "{end:?}");
}

#[test]
fn an_entry_that_has_restarted_leaves_no_tunnels_at_others() {
    let mut net = Stations::new(4, 3, false);
    net.at(0, |node, now| node.open(now, &tcp(&[1, 2]), Socket::open()));
    net.run_for(SECOND);
    net.restart(0);
    net.run_for(200 * SECOND);
    for node in [1, 2] {
        assert_eq!(net.at(node, |node, _| node.core.held().tunnels), 0);
    }
}
