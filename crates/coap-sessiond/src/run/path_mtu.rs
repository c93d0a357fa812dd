//! How long a datagram to a peer may be.
use nix::sys::socket::{getsockopt, sockopt};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// What the loopback interface takes (65,536, but no packet of IPv4 is so long); no other has so much.
const LOOPBACK: usize = 65_535;
/// What may be assumed of any path (RFC 8200 section 5), as long as nobody measures it.
const USUAL: usize = 1280;
/// The longest datagram between nodes of one machine. With the system's own bytes it takes 8 KiB of the room that is
/// kept for a socket; a longer one would take 16 KiB or more, and the socket had room for a few only.
const LONGEST: usize = 7600;

/// The longest datagram, in bytes without the headers of IP and UDP, to send to a peer. Within one machine it is some
/// 8 KB, elsewhere what every path takes; less if the system knows the path to take less.
pub(super) fn longest_datagram(remote: SocketAddr) -> usize {
    let (packet, header) = match remote.ip().to_canonical() {
        IpAddr::V4(address) => (asked((address, remote.port()).into()).unwrap_or(USUAL), 28),
        IpAddr::V6(address) if address.is_loopback() => (LOOPBACK, 48),
        IpAddr::V6(_) => (USUAL, 48),
    };
    if packet >= LOOPBACK { LONGEST } else { packet.min(USUAL) - header }
}

/// What the system knows of the path to an IPv4 address.
fn asked(remote: SocketAddr) -> Option<usize> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(remote).ok()?;
    let mtu = usize::try_from(getsockopt(&socket, sockopt::IpMtu).ok()?).ok()?;
    // Everything takes so much (RFC 791).
    Some(mtu.max(576))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_one_machine_datagrams_are_long_and_elsewhere_short() {
        for here in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(longest_datagram(here.parse().unwrap()), LONGEST, "{here}");
        }
        // Documentation (RFC 5737, RFC 3849); the system may know no way there.
        for (there, most) in [("192.0.2.1:1", 1252), ("[2001:db8::1]:1", 1232)] {
            let found = longest_datagram(there.parse().unwrap());
            assert!((548..=most).contains(&found), "{there}: {found}");
        }
    }
}
