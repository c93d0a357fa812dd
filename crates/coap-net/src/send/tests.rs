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
        let path = Path::new(Address::Ip(local), Address::Ip(remote), 0);
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
    for (byte, peer) in (0..).zip(peers.iter().cycle().take(100)) {
        transmits.push(maker.datagram(from, peer.local_addr()?, byte));
    }
    assert_eq!(send_some(&server, &transmits)?, BATCH);
    assert_eq!(send_some(&server, &transmits[BATCH..])?, 100 - BATCH);
    for (byte, peer) in (0..).zip(peers.iter().cycle().take(100)) {
        assert_eq!(next(peer)?, (byte, from), "sent from the address that the request came to, in order");
    }
    Ok(())
}

#[test]
fn a_run_of_one_size_for_one_peer_leaves_as_one() -> Result {
    let (peer, other) = (plain("127.0.0.1:0")?, plain("127.0.0.1:0")?);
    let maker = Maker::new()?;
    let endpoint = UdpSocket::listen("0.0.0.0:0".parse()?)?;
    let connected = UdpSocket::connect(peer.local_addr()?, None)?;
    if !endpoint.cuts_datagrams() {
        println!("skipped: this system does not cut datagrams");
        return Ok(());
    }
    for server in [endpoint, connected] {
        let from = SocketAddr::new("127.0.0.1".parse()?, server.local().port());
        let mut transmits: Vec<_> =
            (0..41).map(|byte| maker.datagram(from, peer.local_addr().unwrap_or(from), byte)).collect();
        transmits[20].bytes = vec![20; 5].into();
        transmits.push(maker.datagram(from, other.local_addr()?, 41));
        assert_eq!(send_some(&server, &transmits)?, 21, "up to one that is shorter");
        assert_eq!(send_some(&server, &transmits[21..])?, 20, "up to one for somebody else");
        assert!(server.cuts_datagrams());
        let mut bytes = [0; 100];
        for byte in 0..41 {
            let (length, sender) = peer.recv_from(&mut bytes)?;
            assert_eq!((bytes[0], sender), (byte, from), "each by itself, in order");
            assert_eq!(length, if byte == 20 { 5 } else { 9 });
        }
    }
    Ok(())
}

#[test]
fn what_cannot_leave_as_one_leaves_one_by_one() -> Result {
    let (server, peer) = (UdpSocket::listen("127.0.0.1:0".parse()?)?, plain("127.0.0.1:0")?);
    let maker = Maker::new()?;
    let of = |length: usize| {
        let mut transmit = maker.datagram(server.local(), peer.local_addr().unwrap(), 1);
        transmit.bytes = vec![1; length].into();
        transmit
    };
    let run = |lengths: &[usize]| {
        let transmits: Vec<_> = lengths.iter().map(|length| of(*length)).collect();
        segments::run(&server, &transmits).map(<[Transmit]>::len)
    };
    assert_eq!(run(&[9]), None, "there is one only");
    assert_eq!(run(&[9, 10]), None, "the second is longer");
    assert_eq!(run(&[0, 0]), None, "there is nothing to be cut");
    assert_eq!(run(&[9, 0]), None, "an empty piece would be none");
    assert_eq!(run(&[1201, 1201]), None, "it might not fit into a packet");
    assert_eq!(run(&[9; 70]), server.cuts_datagrams().then_some(64), "more than the system takes");
    assert_eq!(run(&[1200; 64]), server.cuts_datagrams().then_some(54), "more than a datagram takes");
    server.stop_cutting();
    assert_eq!(run(&[9, 9]), None, "this system does not do it");
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
    let maker = Maker::new()?;
    for (number, from) in [(7, "255.255.255.255"), (8, "127.255.255.255"), (9, "224.0.1.187")] {
        let from = SocketAddr::new(from.parse()?, port);
        let mut answer = maker.datagram(from, peer.local_addr()?, number);
        answer.path.broadcast = number == 8;
        assert_eq!(send_some(&server, std::slice::from_ref(&answer))?, 1);
        assert_eq!(next(&peer)?, (number, SocketAddr::new("127.0.0.1".parse()?, port)), "{from}");
    }
    Ok(())
}

#[test]
fn an_address_that_this_node_has_no_more_is_no_source() -> Result {
    let Ok(server) = UdpSocket::listen("[::]:0".parse()?) else {
        println!("skipped: no IPv6 here");
        return Ok(());
    };
    let peer = plain("[::1]:0")?;
    let port = server.local().port();
    let gone = SocketAddr::new("2001:db8::77".parse()?, port);
    let answer = Maker::new()?.datagram(gone, peer.local_addr()?, 7);
    let refused = send_some(&server, std::slice::from_ref(&answer)).map_err(|error| error.kind());
    assert_eq!(refused, Err(io::ErrorKind::InvalidInput));
    send_from_any(&server, &answer)?;
    assert_eq!(next(&peer)?, (7, SocketAddr::new("::1".parse()?, port)));
    Ok(())
}
