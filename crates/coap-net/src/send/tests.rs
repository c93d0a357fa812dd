use super::*;
use coap_proto::{
    Address,
    engine::{Config, Connect, Engine, Path, SessionId, Via},
    wire::Protocol,
};
use std::{
    net::UdpSocket as Plain,
    time::{Duration, Instant},
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Makes datagrams that belong to some session.
struct Maker(SessionId);

impl Maker {
    fn new() -> Result<Self> {
        let now = Instant::now();
        let remote = Address::Ip("127.0.0.1:5683".parse()?);
        let to = Connect { local: None, remote, protocol: Protocol::Udp };
        Ok(Self(Engine::new(Config::default(), now, [1; 32]).connect(now, to)?))
    }

    fn datagram(&self, local: SocketAddr, remote: SocketAddr, byte: u8) -> Transmit {
        let path = Path { local: Address::Ip(local), remote: Address::Ip(remote), ifindex: 0 };
        Transmit {
            via: Via::Session(self.0),
            path,
            session: Some(self.0),
            is_plaintext: false,
            bytes: vec![byte; 9].into(),
        }
    }
}

fn plain(at: &str) -> Result<Plain> {
    let socket = Plain::bind(at)?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    Ok(socket)
}

/// The next datagram: its first byte and where it came from.
fn next(socket: &Plain) -> Result<(u8, SocketAddr)> {
    let mut bytes = [0; 100];
    let (length, from) = socket.recv_from(&mut bytes)?;
    assert_eq!(length, 9);
    Ok((bytes[0], from))
}

#[test]
fn many_peers_are_reached_with_one_call_from_the_right_address() -> Result {
    let server = UdpSocket::listen("0.0.0.0:0".parse()?)?;
    let from = SocketAddr::new("127.0.0.2".parse()?, server.local().port());
    let peers = (0..5).map(|_| plain("127.0.0.1:0")).collect::<Result<Vec<_>>>()?;
    let maker = Maker::new()?;
    let mut transmits = Vec::new();
    for (byte, peer) in (0..).zip(peers.iter().cycle().take(40)) {
        transmits.push(maker.datagram(from, peer.local_addr()?, byte));
    }
    assert_eq!(send_some(&server, &transmits)?, BATCH);
    assert_eq!(send_some(&server, &transmits[BATCH..])?, 40 - BATCH);
    for (byte, peer) in (0..).zip(peers.iter().cycle().take(40)) {
        assert_eq!(next(peer)?, (byte, from), "sent from the address that the request came to, in order");
    }
    Ok(())
}

#[test]
fn a_batch_ends_where_the_source_changes() -> Result {
    let server = UdpSocket::listen("0.0.0.0:0".parse()?)?;
    let peer = plain("127.0.0.1:0")?;
    let maker = Maker::new()?;
    let port = server.local().port();
    let sources = ["127.0.0.2", "127.0.0.2", "127.0.0.3", "0.0.0.0"];
    let mut transmits = Vec::new();
    for (byte, source) in (0..).zip(sources) {
        transmits.push(maker.datagram(SocketAddr::new(source.parse()?, port), peer.local_addr()?, byte));
    }
    assert_eq!(send_some(&server, &transmits)?, 2);
    assert_eq!(send_some(&server, &transmits[2..])?, 1);
    assert_eq!(send_some(&server, &transmits[3..])?, 1);
    for (byte, source) in (0..).zip(["127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.1"]) {
        assert_eq!(next(&peer)?, (byte, SocketAddr::new(source.parse()?, port)));
    }
    Ok(())
}

#[test]
fn a_dual_stack_endpoint_answers_both_families_from_the_right_address() -> Result {
    let server = match UdpSocket::listen("[::]:0".parse()?) {
        Ok(server) => server,
        Err(error) => {
            println!("skipped: no IPv6 here: {error}");
            return Ok(());
        }
    };
    let port = server.local().port();
    let (four, six) = (plain("127.0.0.1:0")?, plain("[::1]:0")?);
    let mapped = |ip: IpAddr| match ip {
        IpAddr::V4(four) => IpAddr::V6(four.to_ipv6_mapped()),
        IpAddr::V6(_) => ip,
    };
    let maker = Maker::new()?;
    let to_four = SocketAddr::new(mapped(four.local_addr()?.ip()), four.local_addr()?.port());
    let from_four = SocketAddr::new(mapped("127.0.0.2".parse()?), port);
    let from_six = SocketAddr::new("::1".parse()?, port);
    let transmits = [
        maker.datagram(from_four, to_four, 1),
        maker.datagram(from_four, to_four, 2),
        maker.datagram(from_six, six.local_addr()?, 3),
    ];
    assert_eq!(send_some(&server, &transmits)?, 2);
    assert_eq!(send_some(&server, &transmits[2..])?, 1);
    assert_eq!(next(&four)?, (1, SocketAddr::new("127.0.0.2".parse()?, port)));
    assert_eq!(next(&four)?, (2, SocketAddr::new("127.0.0.2".parse()?, port)));
    assert_eq!(next(&six)?, (3, from_six));
    Ok(())
}

#[test]
fn one_datagram_that_cannot_be_sent_does_not_take_others_along() -> Result {
    let server = UdpSocket::listen("127.0.0.1:0".parse()?)?;
    let peer = plain("127.0.0.1:0")?;
    let maker = Maker::new()?;
    let (from, to) = (server.local(), peer.local_addr()?);
    let transmits = [
        maker.datagram(from, to, 1),
        maker.datagram(from, "[::1]:9".parse()?, 2),
        maker.datagram(from, to, 3),
    ];
    assert_eq!(send_some(&server, &transmits)?, 1);
    assert!(send_some(&server, &transmits[1..]).is_err(), "an IPv6 address on an IPv4 socket");
    assert_eq!(send_some(&server, &transmits[2..])?, 1);
    assert_eq!((next(&peer)?.0, next(&peer)?.0), (1, 3));
    Ok(())
}

#[test]
fn what_was_broadcast_is_answered_from_an_address_of_the_system() -> Result {
    let server = UdpSocket::listen("0.0.0.0:0".parse()?)?;
    let peer = plain("127.0.0.1:0")?;
    let port = server.local().port();
    let answer =
        Maker::new()?.datagram(SocketAddr::new("255.255.255.255".parse()?, port), peer.local_addr()?, 7);
    let refused = send_some(&server, std::slice::from_ref(&answer)).map_err(|error| error.kind());
    assert_eq!(refused, Err(io::ErrorKind::InvalidInput));
    send_from_any(&server, &answer)?;
    assert_eq!(next(&peer)?, (7, SocketAddr::new("127.0.0.1".parse()?, port)));
    Ok(())
}
