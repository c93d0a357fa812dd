//! Datagrams of people who mean no good.
use crate::common::{
    KEY, outputs,
    pki::{Authority, certificates, server},
    psk_client, psk_server, reads, server_with,
    world::{World, server_address},
};
use coap_secure::{
    Alert, AlertSeen, Channel, Event, Keys,
    certificates::Policy,
    dtls::{Dtls, ListenerSettings, ServerCredentials},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// A world with one established session.
fn established() -> (World, usize) {
    let mut world = World::new(1, psk_server());
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert!(world.echoes(client, b"before"));
    (world, client)
}

/// The first datagram of a client.
pub(crate) fn first_hello() -> Vec<u8> {
    let mut channel = Dtls::psk_client(psk_client(b"mallory", KEY), Instant::now()).unwrap();
    outputs(&mut channel).remove(0)
}

pub(crate) fn stranger(number: u32) -> SocketAddr {
    let [a, b, c, d] = number.to_be_bytes();
    SocketAddr::from(([10, a, b, c], 1024 + u16::from(d)))
}

#[test]
fn a_hundred_thousand_first_hellos() {
    let (mut world, client) = established();
    let mut hello = first_hello();
    let mut longest = 0;
    for number in 0..100_000_u32 {
        // Another random each.
        hello[13 + 12 + 2..][..4].copy_from_slice(&number.to_be_bytes());
        world.server.input(world.now, stranger(number), &hello);
        longest = world.server.out.drain(..).map(|(_, reply)| reply.len()).fold(longest, usize::max);
    }
    assert!(longest < hello.len(), "no amplification: {longest} for {}", hello.len());
    assert_eq!(world.server.listener.handshakes(), 0);
    assert_eq!(world.server.channels.len(), 1);
    assert!(world.echoes(client, b"after"));
    let late = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert!(world.echoes(late, b"somebody else comes in"));
}

/// The same with their cookies, so at real addresses: as many as may, the oldest give way.
#[test]
fn ten_thousand_who_never_finish() {
    let (mut world, client) = established();
    let (mut hello, mut most) = (first_hello(), 0);
    for number in 0..10_000_u32 {
        hello[13 + 12 + 2..][..4].copy_from_slice(&number.to_be_bytes());
        let peer = stranger(number << 12);
        world.server.input(world.now, peer, &hello);
        let (_, reply) = world.server.out.pop().unwrap();
        let second = with_cookie(&hello, &reply);
        world.server.input(world.now, peer, &second);
        world.server.out.clear();
        most = most.max(world.server.channels.len());
    }
    assert_eq!(world.server.listener.handshakes(), 100);
    assert_eq!(most, 101);
    assert!(world.echoes(client, b"after"));
    let late = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert!(world.echoes(late, b"somebody else comes in"));
}

/// What a client makes of a HelloVerifyRequest.
pub(crate) fn with_cookie(hello: &[u8], request: &[u8]) -> Vec<u8> {
    let cookie = &request[request.len() - 32..];
    let body = &hello[25..];
    let mut with = [&body[..35], &[32], cookie, &body[36..]].concat();
    let length = (with.len() as u32).to_be_bytes();
    let mut message = [&[1], &length[1..], &[0, 1, 0, 0, 0], &length[1..]].concat();
    message.append(&mut with);
    [&hello[..10], &[1], &(message.len() as u16).to_be_bytes(), &message].concat()
}

#[test]
fn one_network_does_not_take_all_seats() {
    let mut world = World::new(1, server_with(Keys::Ask));
    world.server.thinks = Duration::from_secs(30);
    for number in 0..40 {
        let address = SocketAddr::from(([203, 0, 113, 5], 2000 + number));
        world.client_at(address, |now| Dtls::psk_client(psk_client(b"alice", KEY), now));
    }
    world.run_for(1);
    assert_eq!(world.server.listener.handshakes(), 25);
    assert_eq!(world.server_story(0), ["gave way"]);
    let elsewhere = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert_eq!(world.server_story(elsewhere), ["who is alice?"]);
    assert_eq!(world.server.listener.handshakes(), 26);
}

#[test]
fn nobody_gets_in_where_nobody_may() {
    let mut world = World::new(1, psk_server());
    let settings = ListenerSettings { max_handshakes: 0, ..ListenerSettings::default() };
    world.server = crate::common::server::Server::with(world.now, psk_server(), settings);
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(60);
    assert_eq!(world.story(client), ["failed Timeout None"]);
    assert!(world.server_story(client).iter().all(|line| *line == "busy"));
}

/// Whatever is put into the line of an established session, in either direction, it goes on.
#[test]
fn datagrams_that_somebody_else_has_made() {
    let (world, client) = established();
    goes_on(world, client, "DTLS 1.2");
    let ca = Authority::new("ca.test");
    let [ours, theirs] = ["good.test", "client.test"].map(|name| ca.issues(name));
    let ours = certificates(Some(&ca.pem), Some(&ours), Policy::default());
    let theirs = certificates(Some(&ca.pem), Some(&theirs), Policy::default());
    for (dtls13, version) in [(false, "DTLS 1.2"), (true, "DTLS 1.3")] {
        let mut world = World::new(1, server(&ours));
        world.set_dtls13(dtls13);
        let client = world.client(|now| Dtls::client(theirs.clone(), now));
        world.run_for(1);
        assert!(world.echoes(client, b"before"));
        goes_on(world, client, version);
    }
}

fn goes_on(mut world: World, client: usize, version: &str) {
    let peer = world.clients[client].address;
    for datagram in forged(&world.sent) {
        world.inject(peer, server_address(), datagram.clone());
        world.inject(server_address(), peer, datagram);
        world.run_until(world.now + Duration::from_millis(1));
    }
    world.run_for(60);
    assert_eq!(world.server.received, [(peer.port(), b"before".to_vec())], "no replay is taken for new");
    assert!(world.echoes(client, b"after"), "{version}");
    let established = format!("established {version}");
    assert_eq!(world.story(client), [&established]);
    // Hellos that were changed are new handshakes, and come to nothing.
    let story: Vec<_> =
        world.server_story(client).into_iter().filter(|line| !line.starts_with("refused")).collect();
    assert_eq!(story, [&established]);
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (1, 0));
}

/// Records of all kinds, what was captured, and variations of it.
fn forged(captured: &[(SocketAddr, SocketAddr, Vec<u8>)]) -> Vec<Vec<u8>> {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut forged: Vec<Vec<u8>> = vec![
        vec![],
        vec![21],
        plain(21, &[2, 40]),
        plain(21, &[1, 0]),
        plain(22, &[0; 12]),
        plain(23, b"plain"),
        plain(20, &[1]),
        record(1, 21, &[2, 40]),
        record(1, 23, &[0; 40]),
        record(2, 23, &[0; 40]),
        record(0xffff, 22, &[1; 40]),
        first_hello(),
        [plain(21, &[2, 40]), record(1, 23, &[0; 40])].concat(),
        vec![0x2f; 60],
        vec![0x2c; 3],
        vec![0xff; 1500],
    ];
    for (_, _, datagram) in captured {
        // As it is: a replay. And with a byte changed.
        forged.push(datagram.clone());
        for _ in 0..50 {
            let mut changed = datagram.clone();
            let place = rng.usize(0..changed.len());
            changed[place] ^= rng.u8(1..);
            forged.push(changed);
        }
    }
    forged
}

fn plain(content_type: u8, contents: &[u8]) -> Vec<u8> {
    record(0, content_type, contents)
}

fn record(epoch: u16, content_type: u8, contents: &[u8]) -> Vec<u8> {
    let mut bytes = vec![content_type, 0xfe, 0xfd];
    bytes.extend(epoch.to_be_bytes());
    bytes.extend([0, 0, 0, 0, 9, 9]);
    bytes.extend((contents.len() as u16).to_be_bytes());
    bytes.extend(contents);
    bytes
}

/// A hello in somebody else's name: he gets no more than was sent in his name, however long it goes on.
#[test]
fn hellos_of_dtls_13_are_not_amplified() {
    let own = Authority::new("ca.test").issues("good.test");
    let nobody = Policy { verify_peer: false, ..Policy::default() };
    let ours = server(&certificates(None, Some(&own), nobody.clone()));
    let mut world = World::new(1, ours);
    let mut theirs = Dtls::client(certificates(None, None, nobody), world.now).unwrap();
    let hello = outputs(&mut theirs).remove(0);
    let sent = hello.len();
    world.inject(stranger(1), server_address(), hello.clone());
    world.run_for(60);
    let replies: Vec<_> = world.sent.iter().map(|(_, _, datagram)| datagram.len()).collect();
    assert_eq!(replies.len(), 1);
    assert!(replies[0] < sent, "{replies:?} for {sent}");
    assert_eq!(world.server.listener.handshakes(), 0);
    // Should the reply be lost, the next hello gets another one.
    world.inject(stranger(2), server_address(), hello.clone());
    world.run_for(3);
    world.inject(stranger(2), server_address(), hello);
    world.run_for(3);
    assert_eq!(world.sent.len(), 3);
}

/// A hello in the name of a client that is shaking hands is no reason to forget that client.
#[test]
fn a_forged_hello_of_dtls_13_does_not_end_a_handshake() {
    let own = Authority::new("ca.test").issues("good.test");
    let nobody = Policy { verify_peer: false, ..Policy::default() };
    let theirs = certificates(None, None, nobody.clone());
    let mut world = World::new(1, server(&certificates(None, Some(&own), nobody)));
    let client = world.client(|now| Dtls::client(theirs.clone(), now));
    let peer = world.clients[client].address;
    world.run_until(world.now + Duration::from_millis(35));
    let mut forged = Dtls::client(theirs, world.now).unwrap();
    let forged = outputs(&mut forged).remove(0);
    world.inject(peer, server_address(), forged.clone());
    world.run_for(1);
    assert_eq!(world.story(client), ["established DTLS 1.3"]);
    // Nor the session, later.
    world.inject(peer, server_address(), forged);
    world.run_for(1);
    assert!(world.echoes(client, b"hello"));
    world.run_for(60);
    assert!(world.echoes(client, b"and again"));
    assert_eq!(world.server_story(client), ["established DTLS 1.3"]);
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (1, 0));
}

/// Alerts in plain text, which anybody can write, alone and behind other records, in the name of a client that shakes
/// hands.
#[test]
fn forged_alerts_do_not_end_a_handshake() {
    let own = Authority::new("ca.test").issues("good.test");
    let nobody = Policy { verify_peer: false, ..Policy::default() };
    let (ours, theirs) = (certificates(None, Some(&own), nobody.clone()), certificates(None, None, nobody));
    let of_all = ServerCredentials { psk: server_with(Keys::Ask).psk, ..server(&ours) };
    let alerts = [
        plain(21, &[2, 40]),
        plain(21, &[1, 0]),
        plain(21, &[2]),
        [plain(22, &[0; 12]), plain(21, &[2, 40])].concat(),
        [vec![0x2c, 0, 0, 0, 1, 7], plain(21, &[2, 40])].concat(),
        // Records that are dropped alone: of TLS, and of no type, with what would be a length elsewhere.
        [vec![22, 3, 3, 0, 0, 0, 0, 0, 0, 9, 8, 0, 0], plain(21, &[2, 40])].concat(),
        [record(23, 0x2c, &[]), plain(21, &[2, 40])].concat(),
    ];
    for (dtls13, with_psk) in [(false, true), (false, false), (true, false)] {
        for moment in 0..8 {
            let mut world = World::new(moment, of_all.clone());
            world.set_dtls13(dtls13);
            world.server.thinks = Duration::from_millis(20);
            let client = match with_psk {
                true => world.psk(&psk_client(b"alice", KEY)),
                false => world.client(|now| Dtls::client(theirs.clone(), now)),
            };
            let peer = world.clients[client].address;
            world.run_until(world.now + Duration::from_millis(moment * 10 + 1));
            for alert in &alerts {
                world.inject(peer, server_address(), alert.clone());
            }
            world.run_for(3);
            assert_eq!(
                world.story(client).len(),
                1,
                "{dtls13} {with_psk} {moment}: {:?}",
                world.story(client)
            );
            assert!(world.echoes(client, b"hello"), "{dtls13} {with_psk} {moment}");
        }
    }
}

/// Floods of such hellos do not drive away a client that has answered.
#[test]
fn who_has_answered_stays() {
    let own = Authority::new("ca.test").issues("good.test");
    let nobody = Policy { verify_peer: false, ..Policy::default() };
    let theirs = certificates(None, None, nobody.clone());
    let mut world = World::new(1, server(&certificates(None, Some(&own), nobody)));
    let client = world.client(|now| Dtls::client(theirs.clone(), now));
    // The hello with the cookie arrives after 30 ms.
    world.run_until(world.now + Duration::from_millis(35));
    let mut channel = Dtls::client(theirs, world.now).unwrap();
    let mut hello = outputs(&mut channel).remove(0);
    for number in 0..500_u32 {
        hello[13 + 12 + 2..][..4].copy_from_slice(&number.to_be_bytes());
        world.server.input(world.now, stranger(number << 12), &hello);
    }
    world.server.out.clear();
    assert_eq!(world.server.listener.handshakes(), 100);
    assert!(!world.server_story(client).contains(&"gave way"));
}

/// Strangers who send anything but a ClientHello get nothing and leave nothing.
#[test]
fn garbage_from_strangers() {
    let (mut world, client) = established();
    let mut rng = fastrand::Rng::with_seed(3);
    let captured = world.sent.clone();
    for number in 0..5_000 {
        let (_, _, mut datagram) = captured[rng.usize(0..captured.len())].clone();
        for _ in 0..rng.usize(1..4) {
            let place = rng.usize(0..datagram.len());
            datagram[place] = rng.u8(..);
        }
        world.server.input(world.now, stranger(number), &datagram);
        for (_, reply) in world.server.out.drain(..) {
            assert!(reply.len() <= datagram.len());
        }
    }
    assert_eq!(world.server.channels.len(), 1);
    assert!(world.echoes(client, b"after"));
}

/// Fragments that say different things of the same bytes: the handshake may fail, and somebody else's goes
/// on.
#[test]
fn fragments_that_overlap() {
    for seed in 0..100 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (mut world, client) = established();
        let victim = world.psk(&psk_client(b"alice", KEY));
        let peer = world.clients[victim].address;
        for _ in 0..20 {
            let length = rng.u8(1..80);
            let from = rng.u8(0..length);
            let part = rng.u8(0..=length - from);
            let kind = [1, 2, 12, 14, 16, 20][rng.usize(0..6)];
            let mut message = vec![kind, 0, 0, length, 0, rng.u8(0..4), 0, 0, from, 0, 0, part];
            message.extend((0..part).map(|_| rng.u8(..)));
            world.inject(peer, server_address(), plain(22, &message));
            world.inject(server_address(), peer, plain(22, &message));
            world.run_until(world.now + Duration::from_millis(rng.u64(0..6)));
        }
        world.run_for(60);
        assert!(!world.clients[victim].channel.is_handshaking());
        assert_eq!(world.server.listener.handshakes(), 0);
        assert!(world.echoes(client, b"after"), "seed {seed}");
    }
}

/// A client begins anew from the same address. Until its new handshake is done, the old session lives;
/// afterwards the new one is there and nothing of the old.
#[test]
fn the_same_address_begins_anew() {
    let (mut world, client) = established();
    let address = world.clients[client].address;
    let again = world.client_at(address, |now| Dtls::psk_client(psk_client(b"alice", KEY), now));
    world.run_for(1);
    assert_eq!(world.story(again), ["established DTLS 1.2"]);
    assert_eq!(world.server_story(client), ["established DTLS 1.2", "renewed DTLS 1.2"]);
    assert!(world.echoes(again, b"hello"));
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (1, 0));
}

#[test]
fn a_second_handshake_that_fails_leaves_the_first_alone() {
    let (mut world, client) = established();
    let address = world.clients[client].address;
    let again = world.client_at(address, |now| Dtls::psk_client(psk_client(b"alice", b"wrong"), now));
    world.run_for(1);
    assert_eq!(world.story(again), ["failed Alert Some(Received(Alert(51)))"]);
    world.clients.pop();
    world.run_for(60);
    assert!(world.echoes(client, b"still there"));
    assert_eq!(world.server_story(client), ["established DTLS 1.2"]);
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (1, 0));
}

#[test]
fn a_second_handshake_that_stops_leaves_the_first_alone() {
    let (mut world, client) = established();
    let address = world.clients[client].address;
    world.client_at(address, |now| Dtls::psk_client(psk_client(b"alice", KEY), now));
    world.run_until(world.now + Duration::from_millis(35));
    assert_eq!(world.server.listener.handshakes(), 1);
    world.clients.pop();
    assert!(world.echoes(client, b"while it is under way"));
    world.run_for(60);
    assert!(world.echoes(client, b"afterwards"));
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (1, 0));
}

/// It has to give way to others, and the session that it was to replace is none of theirs.
#[test]
fn a_second_handshake_that_gives_way_leaves_the_first_alone() {
    let (mut world, client) = established();
    let address = world.clients[client].address;
    world.client_at(address, |now| Dtls::psk_client(psk_client(b"alice", KEY), now));
    world.run_until(world.now + Duration::from_millis(35));
    world.clients.pop();
    for number in 0..30 {
        let address = SocketAddr::from(([198, 51, 100, 9], 3000 + number));
        world.client_at(address, |now| Dtls::psk_client(psk_client(b"alice", b"wrong"), now));
    }
    world.run_until(world.now + Duration::from_millis(35));
    assert_eq!(world.server.listener.handshakes(), 25);
    assert!(world.echoes(client, b"still there"));
    assert_eq!(world.server_story(client), ["established DTLS 1.2"]);
}

/// The client has lost everything in the middle of its handshake.
#[test]
fn beginning_anew_in_the_middle() {
    let mut world = World::new(1, psk_server());
    let first = world.psk(&psk_client(b"alice", KEY));
    world.run_until(world.now + Duration::from_millis(35));
    let address = world.clients[first].address;
    world.clients.clear();
    world.lose_what_is_under_way();
    let again = world.client_at(address, |now| Dtls::psk_client(psk_client(b"alice", KEY), now));
    world.run_for(2);
    assert!(world.echoes(again, b"hello"));
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (1, 0));
}

/// What comes while a client waits for the first answer, and is none.
#[test]
fn a_client_that_waits_is_not_put_off() {
    for credentials in ["psk", "certificates"] {
        let now = Instant::now();
        let nothing = certificates(None, None, Policy::default());
        let mut channel = match credentials {
            "psk" => Dtls::psk_client(psk_client(b"alice", KEY), now).unwrap(),
            _ => Dtls::client(nothing, now).unwrap(),
        };
        outputs(&mut channel);
        for noise in
            [vec![0; 100], vec![0xff; 3], plain(23, b"x"), plain(21, &[1, 90]), record(1, 22, &[2; 50])]
        {
            channel.input(now, &noise);
        }
        assert!(channel.event().is_none() && channel.is_handshaking(), "{credentials}");
        channel.input(now, &plain(21, &[2, 40]));
        let Some(Event::Failed(failure)) = channel.event() else { panic!("an alert ends it") };
        assert_eq!(failure.alert, Some(AlertSeen::Received(Alert::HANDSHAKE_FAILURE)));
        assert!(reads(&mut channel).is_empty());
    }
}
