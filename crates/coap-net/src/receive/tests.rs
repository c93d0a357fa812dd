use super::*;
use crate::interface;
use nix::sys::socket::{setsockopt, sockopt};
use std::net::{IpAddr, UdpSocket as Plain};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn copy(received: &Received<'_>) -> (Path, Vec<u8>) {
    (received.path, received.bytes.to_vec())
}

/// Everything that waits at a socket.
fn drain(socket: &UdpSocket) -> Result<Vec<(Path, Vec<u8>)>> {
    let (mut receiver, mut all) = (Receiver::default(), Vec::new());
    loop {
        match receiver.receive(socket, BATCH, |batch| all.extend(batch.iter().map(copy))) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(all),
            Err(error) => return Err(error.into()),
        }
    }
}

fn listen(at: &str) -> Result<UdpSocket> {
    Ok(UdpSocket::listen(at.parse()?)?)
}

fn plain(at: &str) -> Result<Plain> {
    Ok(Plain::bind(at)?)
}

#[test]
fn a_batch_comes_with_one_call() -> Result {
    let (server, peer) = (listen("127.0.0.1:0")?, plain("127.0.0.1:0")?);
    for number in 0..72u8 {
        peer.send_to(&[number], server.local())?;
    }
    let mut receiver = Receiver::default();
    let mut seen = Vec::new();
    let take =
        |batch: &[Received<'_>]| seen.extend(batch.iter().map(|it| (it.path.remote, it.bytes.to_vec())));
    assert_eq!(receiver.receive(&server, BATCH, take)?, BATCH);
    let from = Address::Ip(peer.local_addr()?);
    assert_eq!(seen, (0..64u8).map(|number| (from, vec![number])).collect::<Vec<_>>());
    assert_eq!(receiver.receive(&server, 3, |_| {})?, 3, "the limit holds");
    assert_eq!(receiver.receive(&server, BATCH, |_| {})?, 5, "the rest, not more");
    let empty = receiver.receive(&server, BATCH, |_| {}).map_err(|error| error.kind());
    assert_eq!(empty, Err(io::ErrorKind::WouldBlock));
    Ok(())
}

#[test]
fn each_datagram_tells_where_it_was_sent_to() -> Result {
    let (server, peer) = (listen("0.0.0.0:0")?, plain("127.0.0.1:0")?);
    let port = server.local().port();
    let loopback = interface::index("lo")?;
    // Several rounds: what a call leaves behind must not spoil the next.
    for round in 0..3 {
        for to in ["127.0.0.1", "127.0.0.2", "127.1.2.3"] {
            peer.send_to(to.as_bytes(), (to, port))?;
        }
        let all = drain(&server)?;
        assert_eq!(all.len(), 3);
        for (path, bytes) in all {
            let to: IpAddr = std::str::from_utf8(&bytes)?.parse()?;
            assert_eq!(path.local, Address::Ip(SocketAddr::new(to, port)), "round {round}");
            assert_eq!(path.remote, Address::Ip(peer.local_addr()?));
            assert_eq!((path.ifindex, path.is_to_group()), (loopback, false));
        }
    }
    Ok(())
}

#[test]
fn a_datagram_without_packet_info_spoils_none_that_follow() -> Result {
    let (server, peer) = (listen("0.0.0.0:0")?, plain("127.0.0.1:0")?);
    let port = server.local().port();
    for has_info in [true, false, true] {
        setsockopt(&server, sockopt::Ipv4PacketInfo, &has_info)?;
        peer.send_to(b"", ("127.0.0.2", port))?;
        let to = if has_info { "127.0.0.2" } else { "0.0.0.0" };
        let expected = Address::Ip(SocketAddr::new(to.parse()?, port));
        assert_eq!(drain(&server)?.iter().map(|(path, _)| path.local).collect::<Vec<_>>(), [expected]);
    }
    Ok(())
}

#[test]
fn an_ipv6_endpoint_takes_both_families() -> Result {
    let server = match listen("[::]:0") {
        Ok(server) => server,
        Err(error) => {
            println!("skipped: no IPv6 here: {error}");
            return Ok(());
        }
    };
    let port = server.local().port();
    let (four, six) = (plain("127.0.0.1:0")?, plain("[::1]:0")?);
    let loopback = interface::index("lo")?;
    for _ in 0..2 {
        four.send_to(b"four", ("127.0.0.2", port))?;
        six.send_to(b"six", ("::1", port))?;
        let all = drain(&server)?;
        let mapped =
            |text: &str| -> Result<IpAddr> { Ok(IpAddr::V6(text.parse::<Ipv4Addr>()?.to_ipv6_mapped())) };
        let expected = [
            (mapped("127.0.0.2")?, SocketAddr::new(mapped("127.0.0.1")?, four.local_addr()?.port()), "four"),
            ("::1".parse()?, six.local_addr()?, "six"),
        ];
        for ((path, bytes), (local, remote, text)) in all.iter().zip(expected) {
            assert_eq!(bytes, text.as_bytes());
            assert_eq!(path.local, Address::Ip(SocketAddr::new(local, port)));
            assert_eq!((path.remote, path.ifindex), (Address::Ip(remote), loopback));
        }
        assert_eq!(all.len(), 2);
    }
    Ok(())
}

#[test]
fn a_broadcast_is_told_from_what_is_for_this_node_alone() -> Result {
    let broadcast: Ipv4Addr = "127.255.255.255".parse()?;
    let peer = plain("127.0.0.1:0")?;
    peer.set_broadcast(true)?;
    for at in ["0.0.0.0:0", "127.255.255.255:0", "[::]:0"] {
        let server = match listen(at) {
            Err(error) if at.starts_with('[') => {
                println!("skipped: no IPv6 here: {error}");
                continue;
            }
            server => server?,
        };
        let port = server.local().port();
        if server.local().is_ipv6() {
            // These have less to tell: what they leave behind must not spoil the next.
            let six = plain("[::1]:0")?;
            (0..4).try_for_each(|_| six.send_to(b"hello", ("::1", port)).map(drop))?;
            assert!(drain(&server)?.iter().all(|(path, _)| !path.broadcast));
        }
        for to in [Ipv4Addr::LOCALHOST, broadcast, Ipv4Addr::LOCALHOST] {
            peer.send_to(b"hello", (to, port))?;
        }
        let (others, broadcasts): (Vec<_>, Vec<_>) =
            drain(&server)?.into_iter().map(|(path, _)| path).partition(|path| !path.broadcast);
        let locals = |paths: &[Path]| -> Vec<IpAddr> {
            paths.iter().filter_map(|path| Some(path.local.ip()?.ip().to_canonical())).collect()
        };
        let own = if at.starts_with("127") { 0 } else { 2 };
        assert_eq!(locals(&others), vec![IpAddr::V4(Ipv4Addr::LOCALHOST); own], "{at}");
        assert_eq!(locals(&broadcasts), [IpAddr::V4(broadcast)], "{at}");
        assert!(broadcasts.iter().all(|path| path.is_to_group() && path.ifindex != 0), "{at}");
    }
    Ok(())
}

#[test]
fn the_longest_and_the_shortest_datagram_come_whole() -> Result {
    let (server, peer) = (listen("127.0.0.1:0")?, plain("127.0.0.1:0")?);
    let longest: Vec<u8> = (0..65_507u32).map(|i| (i % 251) as u8).collect();
    peer.send_to(&longest, server.local())?;
    peer.send_to(&[], server.local())?;
    let bytes: Vec<Vec<u8>> = drain(&server)?.into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(bytes, [longest, Vec::new()]);
    Ok(())
}

#[test]
fn a_connected_socket_hears_that_the_port_is_closed() -> Result {
    let peer = plain("127.0.0.1:0")?;
    let client = UdpSocket::connect(peer.local_addr()?, None)?;
    peer.send_to(b"still here", client.local())?;
    let all = drain(&client)?;
    let path = all.first().ok_or("nothing came")?.0;
    assert_eq!(path.local, Address::Ip(client.local()), "no wildcard: the address that the system chose");
    assert_eq!((path.remote, path.ifindex), (Address::Ip(peer.local_addr()?), 0));
    drop(peer);
    nix::sys::socket::send(client.as_raw_fd(), b"hello?", MsgFlags::empty())?;
    let mut receiver = Receiver::default();
    let answer = receiver.receive(&client, BATCH, |_| {}).map_err(|error| error.kind());
    assert_eq!(answer, Err(io::ErrorKind::ConnectionRefused));
    Ok(())
}

#[test]
fn a_client_may_share_its_port_and_picks_a_family() -> Result {
    let peer = plain("127.0.0.1:0")?;
    let first = UdpSocket::connect(peer.local_addr()?, Some("127.0.0.1:0".parse()?))?;
    let second = UdpSocket::connect(peer.local_addr()?, Some(first.local()))?;
    assert_eq!(first.local(), second.local());
    let wrong = UdpSocket::connect(peer.local_addr()?, Some("[::1]:0".parse()?));
    assert!(wrong.is_err(), "an IPv4 peer cannot be reached from an IPv6 address");
    Ok(())
}

#[test]
fn room_that_no_datagram_has_reached_costs_no_memory() -> Result {
    /// Resident memory of this process in KiB.
    fn resident() -> Result<usize> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
    let (server, peer) = (listen("127.0.0.1:0")?, plain("127.0.0.1:0")?);
    let before = resident()?;
    let mut receivers = Vec::new();
    for _ in 0..64 {
        peer.send_to(b"short", server.local())?;
        let mut receiver = Receiver::default();
        assert_eq!(receiver.receive(&server, BATCH, |_| {})?, 1);
        receivers.push(receiver);
    }
    // All of it would be 128 MiB.
    let grown = resident()?.saturating_sub(before);
    assert!(grown < 32 << 10, "{grown} KiB");
    Ok(())
}

#[test]
fn a_client_may_read_one_datagram_at_a_time() -> Result {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(peer) = plain(at) else {
            println!("skipped: {at} cannot be had here");
            continue;
        };
        let (remote, mut receiver, mut seen) = (peer.local_addr()?, Receiver::default(), Vec::new());
        let client = UdpSocket::connect(remote, None)?;
        for bytes in ["first", "", "third"] {
            peer.send_to(bytes.as_bytes(), client.local())?;
        }
        for _ in 0..3 {
            assert_eq!(receiver.receive(&client, 1, |batch| seen.extend(batch.iter().map(copy)))?, 1);
        }
        let path = Path::new(client.local().into(), remote.into(), 0);
        assert_eq!(seen, ["first", "", "third"].map(|bytes| (path, bytes.as_bytes().to_vec())));
        let empty = receiver.receive(&client, 1, |_| {}).map_err(|error| error.kind());
        assert_eq!(empty, Err(io::ErrorKind::WouldBlock));
    }
    Ok(())
}
