//! How many may be shaking hands at a time.
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
};

/// Where a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer<S> {
    /// The socket that it has come to, by a name that the caller gives.
    pub socket: S,
    /// Its address.
    pub address: SocketAddr,
}

/// A handshake that is counted. Its channel holds it, [`super::Listener::settle`] takes it back.
#[derive(Debug, PartialEq, Eq)]
pub struct Seat(Rank);

/// Who gives way first: those whose address is not proven, then the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    proven: bool,
    serial: u64,
}

/// Addresses that are likely to be of one owner: /24 of IPv4, /56 of IPv6.
type Prefix = [u8; 7];

/// The handshakes under way. Each operation takes logarithmic time.
#[derive(Debug)]
pub(super) struct Seats<S> {
    limit: usize,
    limit_of_prefix: usize,
    serial: u64,
    taken: BTreeMap<Rank, Peer<S>>,
    prefixes: BTreeMap<Prefix, BTreeSet<Rank>>,
}

impl<S: Copy> Seats<S> {
    pub(super) fn new(limit: usize, limit_of_prefix: usize) -> Self {
        Self { limit, limit_of_prefix, serial: 0, taken: BTreeMap::new(), prefixes: BTreeMap::new() }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes a seat for `peer`. If there is none left, the oldest handshake gives way; but who has not
    /// proven an address does not drive away who has.
    pub(super) fn take(&mut self, peer: Peer<S>, proven: bool) -> Option<(Seat, Option<Peer<S>>)> {
        let gives_way = self.who_gives_way(peer)?;
        if gives_way.is_some_and(|rank| rank.proven && !proven) {
            return None;
        }
        let leaving = gives_way.and_then(|rank| self.remove(rank));
        self.serial += 1;
        let rank = Rank { proven, serial: self.serial };
        self.taken.insert(rank, peer);
        self.prefixes.entry(prefix(peer.address)).or_default().insert(rank);
        Some((Seat(rank), leaving))
    }

    /// Who would have to leave for `peer` to come in; `None` if nobody may.
    fn who_gives_way(&self, peer: Peer<S>) -> Option<Option<Rank>> {
        let of_prefix = self.prefixes.get(&prefix(peer.address));
        if of_prefix.is_some_and(|ranks| ranks.len() >= self.limit_of_prefix) {
            return of_prefix?.first().map(|rank| Some(*rank));
        }
        if self.limit == 0 || self.limit_of_prefix == 0 {
            return None;
        }
        let first = || self.taken.keys().next().copied();
        Some(if self.taken.len() >= self.limit { first() } else { None })
    }

    /// The peer of this seat was shown to be where it says.
    pub(super) fn prove(&mut self, seat: &mut Seat) {
        let Some(peer) = self.remove(seat.0) else {
            return;
        };
        seat.0.proven = true;
        self.taken.insert(seat.0, peer);
        self.prefixes.entry(prefix(peer.address)).or_default().insert(seat.0);
    }

    /// The handshake is over. Of one that had to give way, nothing is left to do.
    pub(super) fn leave(&mut self, seat: Seat) {
        self.remove(seat.0);
    }

    pub(super) fn taken(&self) -> usize {
        self.taken.len()
    }

    fn remove(&mut self, rank: Rank) -> Option<Peer<S>> {
        let peer = self.taken.remove(&rank)?;
        let of_prefix = self.prefixes.get_mut(&prefix(peer.address))?;
        of_prefix.remove(&rank);
        if of_prefix.is_empty() {
            self.prefixes.remove(&prefix(peer.address));
        }
        Some(peer)
    }
}

fn prefix(address: SocketAddr) -> Prefix {
    let mut prefix = [0; 7];
    match address.ip().to_canonical() {
        // No address of IPv6 in use begins with 4 bits of one and then 4 of zero.
        IpAddr::V4(ip) => {
            prefix[0] = 0xf0;
            prefix[1..4].copy_from_slice(&ip.octets()[..3]);
        }
        IpAddr::V6(ip) => prefix.copy_from_slice(&ip.octets()[..7]),
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: SocketAddr) -> Peer<u8> {
        Peer { socket: 0, address }
    }

    fn peer(net: u8, host: u8) -> Peer<u8> {
        at(SocketAddr::from(([10, 0, net, host], 1000)))
    }

    #[test]
    fn the_oldest_gives_way() {
        let mut seats = Seats::new(2, 9);
        let (first, none) = seats.take(peer(1, 1), true).unwrap();
        assert_eq!(none, None);
        seats.take(peer(2, 1), true).unwrap();
        assert_eq!(seats.take(peer(3, 1), true).unwrap().1, Some(peer(1, 1)));
        seats.leave(first);
        assert_eq!(seats.taken(), 2, "one that gave way does not leave twice");
    }

    #[test]
    fn all_sockets_count_together() {
        let mut seats = Seats::new(2, 9);
        let elsewhere = Peer { socket: 1, ..peer(1, 1) };
        seats.take(peer(1, 1), true).unwrap();
        seats.take(elsewhere, true).unwrap();
        assert_eq!(seats.take(peer(3, 1), true).unwrap().1, Some(peer(1, 1)));
        assert_eq!(seats.take(peer(4, 1), true).unwrap().1, Some(elsewhere));
    }

    #[test]
    fn who_is_proven_stays() {
        let mut seats = Seats::new(2, 9);
        let (mut first, _) = seats.take(peer(1, 1), false).unwrap();
        seats.take(peer(2, 1), true).unwrap();
        seats.prove(&mut first);
        assert!(seats.take(peer(3, 1), false).is_none());
        seats.leave(first);
        assert_eq!(seats.take(peer(4, 1), false).unwrap().1, None);
        assert_eq!(seats.take(peer(5, 1), true).unwrap().1, Some(peer(4, 1)));
    }

    #[test]
    fn a_prefix_has_a_limit_of_its_own() {
        let mut seats = Seats::new(100, 3);
        for host in 1..=3 {
            assert_eq!(seats.take(peer(1, host), true).unwrap().1, None);
        }
        assert_eq!(seats.take(peer(2, 1), true).unwrap().1, None);
        assert_eq!(seats.take(peer(1, 4), true).unwrap().1, Some(peer(1, 1)));
        let mapped = at(SocketAddr::new("::ffff:10.0.1.9".parse().unwrap(), 1));
        assert_eq!(seats.take(mapped, true).unwrap().1, Some(peer(1, 2)));
        let neighbour =
            |last: u8| at(SocketAddr::new(format!("2001:db8:1:2{last:02x}::1").parse().unwrap(), 1));
        for last in 0..3 {
            assert_eq!(seats.take(neighbour(last), true).unwrap().1, None);
        }
        assert_eq!(seats.take(neighbour(3), true).unwrap().1, Some(neighbour(0)));
    }

    #[test]
    fn nothing_is_left_when_all_have_gone() {
        let mut seats = Seats::new(10, 10);
        let all: Vec<_> =
            (0..10).map(|host| seats.take(peer(host, host), host % 2 == 0).unwrap().0).collect();
        all.into_iter().for_each(|seat| seats.leave(seat));
        assert!(seats.taken.is_empty() && seats.prefixes.is_empty());
        assert!(Seats::new(0, 1).take(peer(1, 1), true).is_none());
    }
}
