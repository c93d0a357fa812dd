//! First messages that are written by hand: what can be made of them, and who is answered what.
use crate::{
    common::{
        KEY, outputs, psk_client, psk_server,
        world::{World, server_address},
    },
    hostile::{first_hello, stranger, with_cookie},
};
use coap_secure::{Alert, dtls::Dtls};
use std::{net::SocketAddr, time::Duration};

/// What the server says to a datagram of that peer.
fn reply_to(world: &mut World, peer: SocketAddr, hello: &[u8]) -> Option<Vec<u8>> {
    world.server.input(world.now, peer, hello);
    let (_, reply) = world.server.out.pop()?;
    Some(reply)
}

fn alert(reply: Option<Vec<u8>>) -> Alert {
    let reply = reply.unwrap();
    assert_eq!((reply[0], reply.len(), reply[13]), (21, 15, 2), "a fatal alert in plain text");
    Alert(reply[14])
}

/// The type of the first handshake message of a datagram.
fn message(datagram: &[u8]) -> u8 {
    assert_eq!(datagram[0], 22);
    datagram[13]
}

const SERVER_HELLO: u8 = 2;
const HELLO_VERIFY_REQUEST: u8 = 3;

/// A hello as `hello`, which also offers a suite of DTLS 1.3 and `versions`.
fn with_versions(hello: &[u8], versions: &[u16]) -> Vec<u8> {
    let suites = hello.windows(2).position(|pair| pair == [0xc0, 0xa8]).unwrap();
    let mut body = hello[25..].to_vec();
    let at = suites - 25;
    body.splice(at - 2..at, [0, body[at - 1] + 2, 0x13, 0x01]);
    let start = 2 + 32 + 1 + 1 + 2 + usize::from(body[at - 1]) + 2;
    let list: Vec<u8> = versions.iter().flat_map(|version| version.to_be_bytes()).collect();
    let length = u16::from_be_bytes([body[start], body[start + 1]]) + 5 + list.len() as u16;
    body.splice(start..start + 2, length.to_be_bytes());
    body.extend([0, 43, 0, list.len() as u8 + 1, list.len() as u8]);
    body.extend(list);
    let length = (body.len() as u32).to_be_bytes();
    let message = [&[1], &length[1..], &[0; 5], &length[1..], &body].concat();
    [&hello[..11], &(message.len() as u16).to_be_bytes(), &message].concat()
}

/// A client that would have DTLS 1.3, or 1.2 with a pre-shared key, at a server that has no certificate: it proves
/// its address, and gets 1.2.
#[test]
fn a_client_that_offers_more_than_there_is() {
    for versions in [&[0xfefc][..], &[0xfefc, 0xfefd]] {
        let mut world = World::new(1, psk_server());
        let peer = stranger(1);
        let mut psk = Dtls::psk_client(psk_client(b"alice", KEY), world.now).unwrap();
        let both = with_versions(&outputs(&mut psk).remove(0), versions);
        let request = reply_to(&mut world, peer, &both).unwrap();
        assert_eq!(message(&request), HELLO_VERIFY_REQUEST);
        assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (0, 0));
        world.server.input(world.now, peer, &with_cookie(&both, &request));
        assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (1, 1));
        let (_, flight) = world.server.out.remove(0);
        assert_eq!(message(&flight), SERVER_HELLO);
        assert_eq!(flight[25..27], [0xfe, 0xfd], "DTLS 1.2");
        let after_session = 25 + 2 + 32 + 1 + usize::from(flight[25 + 34]);
        assert_eq!(flight[after_session..after_session + 2], [0xc0, 0xa8], "with the pre-shared key");
    }
}

/// Messages with the suites, the version or the extension changed that a server cannot do without, and what each is
/// answered.
fn useless(hello: &[u8]) -> [(Vec<u8>, Alert); 4] {
    let suites = hello.windows(2).position(|pair| pair == [0xc0, 0xa8]).unwrap();
    let extension = hello.windows(4).position(|bytes| bytes == [0, 23, 0, 0]).unwrap();
    [
        (13 + 12 + 1, 0xff, Alert::PROTOCOL_VERSION),
        (suites + 1, 0xa9, Alert::HANDSHAKE_FAILURE),
        // One that there are no credentials for.
        (suites + 1, 0x2b, Alert::HANDSHAKE_FAILURE),
        (extension + 1, 24, Alert::HANDSHAKE_FAILURE),
    ]
    .map(|(at, byte, alert)| {
        let mut changed = hello.to_vec();
        changed[at] = byte;
        (changed, alert)
    })
}

#[test]
fn hellos_that_nothing_can_be_made_of() {
    let mut world = World::new(1, psk_server());
    let peer = stranger(1);
    let hello = first_hello();
    for (useless, _) in useless(&hello) {
        let reply = reply_to(&mut world, peer, &useless).unwrap();
        assert_eq!(message(&reply), HELLO_VERIFY_REQUEST, "who has not proven an address hears no more");
    }
    let request = reply_to(&mut world, peer, &hello).unwrap();
    for (useless, expected) in useless(&with_cookie(&hello, &request)) {
        assert_eq!(alert(reply_to(&mut world, peer, &useless)), expected);
    }
    assert_eq!(world.server.channels.len(), 0);
    assert_eq!(world.server.log.last().unwrap().1, "refused NoSharedSuite Some(Sent(Alert(40)))");
}

/// They come in the name of a client that is shaking hands, even with a cookie that it has had for something else:
/// that client hears no alert.
#[test]
fn useless_hellos_in_the_name_of_somebody_who_shakes_hands() {
    let mut world = World::new(1, psk_server());
    let client = world.psk(&psk_client(b"alice", KEY));
    let peer = world.clients[client].address;
    let (hello, other) = (first_hello(), first_hello());
    let request = reply_to(&mut world, peer, &other).unwrap();
    world.run_until(world.now + Duration::from_millis(35));
    assert_eq!(world.server.listener.handshakes(), 1);
    for (useless, _) in useless(&hello).into_iter().chain(useless(&with_cookie(&other, &request))) {
        world.inject(peer, server_address(), useless);
    }
    world.run_for(1);
    assert!(world.sent.iter().all(|(_, to, datagram)| *to != peer || datagram[0] != 21), "no alert");
    let asked = |(_, to, datagram): &&(SocketAddr, SocketAddr, Vec<u8>)| {
        *to == peer && datagram[..].starts_with(&[22]) && message(datagram) == HELLO_VERIFY_REQUEST
    };
    assert_eq!(world.sent.iter().filter(asked).count(), 5, "its own, and four that it ignores");
    assert_eq!(world.story(client), ["established DTLS 1.2"]);
    assert!(world.echoes(client, b"hello"));
}
