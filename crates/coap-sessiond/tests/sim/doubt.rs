//! Links on which nothing comes any more: what uses them, and what becomes of it.
use crate::node::{peer, tcp};
use crate::over_coap::Stations;
use crate::socket::Socket;
use crate::wires::Wires;
use coap_proto::wire::Code;
use coap_sessiond::protocol::{End, LinkId, Reason, TunnelId};
use coap_sim::Line;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// An entry with an open tunnel to an exit, and its link.
fn connected() -> (Wires, TunnelId, LinkId) {
    let mut net = Wires::new(2);
    let now = net.now;
    let tunnel = net.nodes[0].open(now, &tcp(&[1]), Socket::open());
    net.settle();
    assert!(net.nodes[0].socket(tunnel).is_open);
    let link = net.links_of(0)[0];
    (net, tunnel, link)
}

fn open(net: &mut Wires, from: usize, to: usize) -> TunnelId {
    let now = net.now;
    net.nodes[from].open(now, &tcp(&[to]), Socket::open())
}

/// CoAP repeats what a node has sent, for as long as makes its link doubtful; `between` is before the last time.
fn repeats(net: &mut Wires, node: usize, link: LinkId, between: impl FnOnce(&mut Wires)) {
    net.run_for(SECOND / 2);
    net.repeat(node, link);
    net.run_for(SECOND);
    net.repeat(node, link);
    net.run_for(2 * SECOND);
    between(net);
    net.repeat(node, link);
    net.settle();
}

fn ended(net: &mut Wires, tunnel: TunnelId) -> Option<(End, String)> {
    net.nodes[0].socket(tunnel).ending.clone().map(|ending| (ending.end, ending.text))
}

fn restarted() -> Option<(End, String)> {
    Some((End::Aborted(Reason::Lost), "the next node has restarted".to_owned()))
}

#[test]
fn a_tunnel_to_a_node_that_has_restarted_opens_within_seconds_and_the_old_ones_end() {
    let (mut net, old, link) = connected();
    net.restart(1);
    let new = open(&mut net, 0, 1);
    repeats(&mut net, 0, link, |net| {
        assert!(!net.nodes[0].socket(new).is_open && ended(net, old).is_none(), "it may only be slow");
    });
    assert!(net.nodes[0].socket(new).is_open, "it was opened on another link");
    assert_eq!(ended(&mut net, old), restarted());
    assert_eq!(net.links_of(0).len(), 1);
    assert_eq!(net.nodes[0].core.held().links, 1, "the old link is gone");
    let target = net.nodes[1].connected.clone();
    assert_eq!(target.len(), 1, "once");
}

#[test]
fn a_node_that_has_only_refused_is_known_by_its_boot_number_as_well() {
    let mut net = Wires::new(2);
    net.nodes[1].targets.push_back(Err(Code::FORBIDDEN));
    let refused = open(&mut net, 0, 1);
    net.settle();
    assert!(matches!(ended(&mut net, refused), Some((End::Refused(Code::FORBIDDEN), _))));
    let link = net.links_of(0)[0];
    net.restart(1);
    let new = open(&mut net, 0, 1);
    repeats(&mut net, 0, link, |_| {});
    assert!(net.nodes[0].socket(new).is_open, "it was opened on another link");
    assert_eq!(net.nodes[0].core.held().links, 1, "the old link is gone");
}

#[test]
fn one_loss_and_a_slow_target_need_no_other_link() {
    let (mut net, _, link) = connected();
    // A request to open was lost, repeated, and acknowledged; its target takes its time.
    net.repeat(0, link);
    net.run_for(4 * SECOND);
    let second = open(&mut net, 0, 1);
    net.settle();
    assert!(net.nodes[0].socket(second).is_open);
    assert_eq!(net.links_of(0), [link]);
}

#[test]
fn over_a_path_that_takes_long_tunnels_open_as_well() {
    for delay in [2000, 3000, 4500].map(Duration::from_millis) {
        let mut net = Stations::new(1, 2, false);
        net.net.set_line(Line { delay, ..Line::default() });
        net.at(1, |node, _| node.targets.push_back(Ok(Socket::open())));
        let tunnel = net.at(0, |node, now| node.open(now, &tcp(&[1]), Socket::open()));
        net.run_for(3 * delay);
        let (ending, is_open) =
            net.at(0, |node, _| (node.socket(tunnel).ending.clone(), node.socket(tunnel).is_open));
        assert!(is_open, "{delay:?}: {ending:?}");
    }
}

#[test]
fn a_path_that_is_known_to_take_long_is_not_in_doubt() {
    let mut net = Stations::new(1, 2, false);
    net.net.set_line(Line { delay: 3 * SECOND, ..Line::default() });
    let tunnel = net.at(0, |node, now| node.open(now, &tcp(&[1]), Socket::open()));
    // Much is sent at first, which shows how long it takes; then a little now and then.
    let mut most = 0;
    for second in 0..800 {
        if second < 200 || second % 30 == 0 {
            net.at(0, |node, now| assert_eq!(node.core.local_data(now, tunnel, b"x"), 1));
        }
        net.run_for(SECOND);
        most = if second < 400 { 0 } else { most.max(net.at(0, |node, _| node.core.link_count())) };
    }
    assert_eq!(most, 1);
}

#[test]
fn a_new_link_on_which_nothing_comes_is_given_up() {
    let mut net = Wires { mute: Some(1), loses_openings: true, ..Wires::new(2) };
    let first = open(&mut net, 0, 1);
    net.run_for(9 * SECOND);
    assert_eq!(ended(&mut net, first), None, "the path may be long");
    net.run_for(2 * SECOND);
    assert!(matches!(ended(&mut net, first), Some((End::Refused(Code::GATEWAY_TIMEOUT), _))));
}

#[test]
fn an_idle_tunnel_to_a_node_that_has_restarted_ends_with_the_next_question() {
    let (mut net, old, _) = connected();
    net.restart(1);
    net.run_for(15 * SECOND);
    assert_eq!(ended(&mut net, old), None);
    net.run_for(6 * SECOND);
    assert_eq!(ended(&mut net, old), restarted());
}

#[test]
fn a_node_that_comes_back_late_is_found_then() {
    let (mut net, old, _) = connected();
    net.dead.push(1);
    net.run_for(40 * SECOND);
    assert_eq!(ended(&mut net, old), None, "it may come back");
    net.dead.clear();
    net.restart(1);
    net.run_for(6 * SECOND);
    assert_eq!(ended(&mut net, old), restarted());
}

#[test]
fn who_comes_again_with_another_boot_number_has_lost_its_old_tunnels() {
    let (mut net, _, _) = connected();
    net.restart(0);
    let new = open(&mut net, 0, 1);
    net.settle();
    assert!(net.nodes[0].socket(new).is_open);
    let end = net.nodes[1].target(0).ending.clone();
    assert_eq!(end.map(|ending| (ending.end, ending.text)), restarted());
    assert_eq!(net.nodes[1].target(1).ending, None);
}

#[test]
fn who_comes_again_with_the_same_boot_number_keeps_them() {
    let (mut net, old, _) = connected();
    let back = open(&mut net, 1, 0);
    net.settle();
    // The exit uses the link that there is; with a second one between the same processes nothing ends.
    net.nodes[1].socket(back);
    let cut: Vec<_> = net.ends.drain().collect();
    net.run_for(21 * SECOND);
    assert_eq!(net.links_of(0).len(), 1, "another link was tried");
    assert_eq!(ended(&mut net, old), None);
    // What was sent before comes late.
    for (from, to) in cut {
        net.ends.insert(from, to);
    }
    let target = net.nodes[1].connected[0];
    let now = net.now;
    net.nodes[1].core.local_data(now, target, b"still here");
    net.settle();
    assert_eq!(net.nodes[0].socket(old).got, b"still here");
}

#[test]
fn a_doubtful_link_that_answers_is_used_again() {
    let (mut net, old, link) = connected();
    net.dead.push(1);
    let first = open(&mut net, 0, 1);
    repeats(&mut net, 0, link, |_| {});
    let second = open(&mut net, 0, 1);
    net.settle();
    assert_eq!(
        ended(&mut net, second),
        Some((End::Refused(coap_proto::wire::Code::GATEWAY_TIMEOUT), "it is dead".to_owned()))
    );
    net.dead.clear();
    let (now, target) = (net.now, net.nodes[1].connected[0]);
    net.nodes[1].core.local_data(now, target, b"here");
    net.settle();
    assert_eq!(net.nodes[0].socket(old).got, b"here");
    let third = open(&mut net, 0, 1);
    net.settle();
    assert!(net.nodes[0].socket(third).is_open);
    assert_eq!(net.links_of(0), [link], "no other link was needed");
    assert_eq!(ended(&mut net, first), None, "it waits for its answer");
}

#[test]
fn a_link_that_was_doubtful_is_used_again_when_the_next_one_goes() {
    let (mut net, _, link) = connected();
    let cut: Vec<_> = net.ends.drain().collect();
    net.run_for(21 * SECOND);
    let next = net.links_of(0);
    assert_eq!(next.len(), 1, "another link was tried");
    for (from, to) in cut {
        net.ends.insert(from, to);
    }
    let (now, target) = (net.now, net.nodes[1].connected[0]);
    net.nodes[1].core.local_data(now, target, b"still here");
    net.settle();
    net.nodes[0].core.link_lost(now, next[0]);
    let new = open(&mut net, 0, 1);
    net.settle();
    assert!(net.nodes[0].socket(new).is_open);
    assert_eq!(net.nodes[0].core.link(link).map(|it| it.tunnels), Some(2), "both are there");
}

#[test]
fn a_doubtful_link_is_better_than_none() {
    let (mut net, _, _) = connected();
    let link = net.links_of(1)[0];
    // The exit has a tunnel of its own to the entry, which it could not reach by itself.
    net.unreachable = Some(peer(0));
    open(&mut net, 1, 0);
    net.settle();
    net.dead.push(0);
    repeats(&mut net, 1, link, |_| {});
    net.dead.clear();
    let late = open(&mut net, 1, 0);
    net.settle();
    assert!(net.nodes[1].socket(late).is_open);
    assert_eq!(net.links_of(1), [link]);
}
