//! What the system may say to a datagram.
use super::*;
use crate::{
    config::Config,
    identity::Identity,
    model::{Capabilities, ListenerRequest, Routing, Target, Transport},
    protocol::{Action, LinkId, LinkUp, Opening, Reply, Request, Settings, Ticket},
    run::listeners::Listener,
};
use coap_proto::wire::Code;
use std::{cell::RefCell, collections::VecDeque};

/// An exit whose tunnel has these datagrams for its target.
fn exit_with(now: Instant, datagrams: &[&[u8]]) -> (Core, TunnelId) {
    let [ours, theirs] = [(); 2].map(|()| Identity::generate().expect("random numbers"));
    let id = ours.peer_id();
    let mut core = Core::new(Settings::default(), Box::new(ours), now, [1; 32]);
    let mut entry = Core::new(Settings::default(), Box::new(theirs), now, [2; 32]);
    let capabilities = Capabilities { retransmission: true, ..Capabilities::default() };
    let (transport, target) = (Transport::Udp, Target::Service(7));
    let opening = Opening { path: vec![id], transport, target, capabilities };
    entry.open(now, &opening).expect("it can be opened");
    let up = |initiated| LinkUp { peer: Some(id), initiated, is_stream: true, max_payload: 1024 };
    entry.link_up(now, up(true));
    let request = std::iter::from_fn(|| entry.poll()).find_map(|action| match action {
        Action::Send { request: Request::Open { .. }, payload, .. } => Some(payload),
        _ => None,
    });
    let link = core.link_up(now, LinkUp { peer: None, ..up(false) });
    let answer = core.open_request(now, link, 4, &request.expect("a request to open"), Ticket(1));
    assert_eq!(answer, None);
    let tunnel = core.tunnels().next().expect("it is being opened");
    core.connected(now, tunnel);
    let records = datagrams.iter().flat_map(|it| [&(it.len() as u16).to_be_bytes()[..], it].concat());
    let frame: Vec<_> = [0; 13].into_iter().chain(records).collect();
    core.frame_request(now, link, &frame);
    while core.poll().is_some() {}
    (core, tunnel)
}

#[test]
fn a_datagram_stays_until_the_system_has_taken_it_or_refuses_it_for_good() {
    let now = Instant::now();
    let (mut core, tunnel) = exit_with(now, &[b"one", b"too long", b"", b"three"]);
    let system = |errno: Errno| Err(io::Error::from(errno));
    let outcomes = RefCell::new(VecDeque::from([
        system(Errno::ECONNREFUSED),
        system(Errno::EINTR),
        system(Errno::EAGAIN),
        Ok(3),
        system(Errno::EMSGSIZE),
        system(Errno::ENOBUFS),
        Ok(0),
        Ok(5),
    ]));
    let tried = RefCell::new(Vec::new());
    let mut readiness = Readiness { writable: true, ..Readiness::default() };
    let write = |readiness: &mut Readiness, core: &mut Core| {
        write_records(now, readiness, core, tunnel, |bytes| {
            tried.borrow_mut().push(String::from_utf8_lossy(bytes).into_owned());
            outcomes.borrow_mut().pop_front().expect("no more is tried")
        })
    };
    assert!(matches!(write(&mut readiness, &mut core), Pumped::Done) && !readiness.writable);
    assert!(matches!(write(&mut readiness, &mut core), Pumped::Done), "it is full");
    readiness.writable = true;
    assert!(matches!(write(&mut readiness, &mut core), Pumped::Rest) && readiness.writable);
    assert!(matches!(write(&mut readiness, &mut core), Pumped::Done) && readiness.writable);
    assert_eq!(*tried.borrow(), ["one", "one", "one", "one", "too long", "", "", "three"]);
    assert_eq!((core.counters().dropped, core.counters().bytes), (1, (0, 8)));
}

#[test]
fn many_datagrams_are_not_written_in_one_turn() {
    let now = Instant::now();
    let (mut core, tunnel) = exit_with(now, &[&b""[..]; 150]);
    let mut readiness = Readiness { writable: true, ..Readiness::default() };
    let mut turns = Vec::new();
    loop {
        let sent = std::cell::Cell::new(0);
        let pumped = write_records(now, &mut readiness, &mut core, tunnel, |_| {
            sent.set(sent.get() + 1);
            Ok(0)
        });
        turns.push(sent.get());
        if let Pumped::Done = pumped {
            break;
        }
    }
    assert_eq!(turns, [TURN, TURN, 150 - 2 * TURN]);
}

/// An entry that has a reliable UDP listener, and a link to the exit.
fn entry(now: Instant) -> (Daemon, SocketId, LinkId) {
    let [ours, theirs] = [(); 2].map(|()| Identity::generate().expect("random numbers"));
    let (mut config, exit) = (Config::new(ours), theirs.peer_id());
    let uri = "coap://127.0.0.1:9".parse().expect("an address");
    config.peers = vec![crate::config::Peer {
        id: exit,
        uri,
        credentials: crate::config::Credentials::None,
        relay: true,
    }];
    let mut daemon = Daemon::new(config).expect("an event loop");
    let up = LinkUp { peer: Some(exit), initiated: true, is_stream: true, max_payload: 1024 };
    let link = daemon.core.link_up(now, up);
    let request = ListenerRequest {
        transport: Transport::Udp,
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        destination: exit,
        routing: Routing::Hops(0),
        target: Target::Service(0),
        capabilities: Capabilities { retransmission: true, ..Capabilities::default() },
    };
    let listener = Listener::bind(request).expect("a free port");
    let id = daemon.sockets.insert(Socket::Listener(Box::new(listener))).expect("a socket");
    (daemon, id, link)
}

/// A local peer sends for the first time: its tunnel, which the exit takes.
fn peer(daemon: &mut Daemon, now: Instant, id: SocketId, link: LinkId) -> (std::net::UdpSocket, TunnelId) {
    let at = daemon.sockets.listener(id).expect("it is there").request.listen;
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.set_nonblocking(true).expect("as every socket can");
    let before: Vec<_> = daemon.core.tunnels().collect();
    socket.send_to(b"", at).expect("sent");
    daemon.sockets.get_mut(id).expect("it is there").1.readable = true;
    daemon.serve_listener(now, id);
    let tunnel = daemon.core.tunnels().find(|tunnel| !before.contains(tunnel)).expect("it is being opened");
    while let Some(action) = daemon.core.poll() {
        let Action::Send { message: Some(message), .. } = action else { continue };
        let payload = [&[0xa2, 2, 0x48][..], &[7; 8], &[4, 0]].concat();
        let accepted = Reply { code: Code::CREATED, payload, max_age: None };
        daemon.core.response(now, link, message, &accepted);
    }
    (socket, tunnel)
}

#[test]
fn local_peers_of_a_full_socket_wait_and_then_take_turns() {
    let now = Instant::now();
    let (mut daemon, id, link) = entry(now);
    let peers = [(); 2].map(|()| peer(&mut daemon, now, id, link));
    // Many for the first, few for the second, of a byte each.
    for (number, count) in [(0, 100), (1, 2)] {
        let records = [0, 1, b'x'].repeat(count);
        let frame = [&[0, 0x80, 0, 0, number][..], &[0; 8], &records].concat();
        assert_eq!(daemon.core.frame_request(now, link, &frame).code, Code::CHANGED);
        while let Some(action) = daemon.core.poll() {
            if let Action::Deliver { tunnel } = action {
                daemon.queue_for_peer(id, tunnel);
            }
        }
    }
    let set_writable = |daemon: &mut Daemon, is_writable| {
        daemon.sockets.get_mut(id).expect("it is there").1.writable = is_writable;
    };
    let got = |peer: &std::net::UdpSocket| std::iter::from_fn(|| peer.recv(&mut [0; 10]).ok()).count();
    set_writable(&mut daemon, false);
    assert!(!daemon.write_to_peers(now, id));
    assert_eq!([&peers[0].0, &peers[1].0].map(got), [0, 0], "nothing is lost, it waits");
    set_writable(&mut daemon, true);
    assert!(daemon.write_to_peers(now, id), "there is more");
    assert_eq!([&peers[0].0, &peers[1].0].map(got), [TURN - 2, 2], "who has few is not behind who has many");
    assert!(!daemon.write_to_peers(now, id));
    assert_eq!([&peers[0].0, &peers[1].0].map(got), [100 - TURN + 2, 0]);
    assert_eq!((daemon.core.counters().dropped, daemon.core.counters().bytes.1), (0, 102));
}

#[test]
fn a_socket_that_rests_is_woken_once() {
    let now = Instant::now();
    let (mut daemon, id, _) = entry(now);
    for milli in 0..50 {
        daemon.rest(now + Duration::from_millis(milli), id);
    }
    assert_eq!(daemon.timers.next_at(), Some(now + super::REST));
    assert!(daemon.timers.pop(now + super::REST).is_some());
    assert_eq!(daemon.timers.next_at(), None, "once, however often it was to rest meanwhile");
    daemon.rest(now + super::REST, id);
    assert_eq!(daemon.timers.next_at(), Some(now + 2 * super::REST), "and again when it still has nothing");
}
