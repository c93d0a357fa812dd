//! Echo values that say when and for whom they were made (RFC 9175 section 2.3.1, appendix A, item 2).
use crate::Address;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const TIME: usize = 6;
const CODE: usize = 12;
/// Length of the Echo values made here: small, since they go to peers that are to get little.
pub(super) const LENGTH: usize = TIME + CODE;

/// Who is asked to prove something: it has to come from the same address, to the same endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) remote: Address,
    /// What the endpoint, or the session's own socket, is bound to.
    pub(super) bound: Address,
}

/// Makes and recognises Echo values: a time, and an HMAC-SHA-256 of it and of whom it was made for, cut to 96
/// bits.
pub(in crate::engine) struct EchoKey {
    /// With the key, and nothing else yet.
    code: Hmac<Sha256>,
    /// Times count from here.
    begin: Instant,
}

impl EchoKey {
    /// For an engine with that seed, which begins now.
    pub(in crate::engine) fn new(seed: &[u8; 32], begin: Instant) -> Self {
        // HMAC itself would fill up the key with zeros, too.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&Sha256::new().chain_update(b"Echo option").chain_update(seed).finalize());
        Self { code: Hmac::new(&key.into()), begin }
    }

    pub(super) fn make(&self, now: Instant, asked: Asked) -> [u8; LENGTH] {
        let milliseconds = now.saturating_duration_since(self.begin).as_millis() as u64;
        let mut value = [0; LENGTH];
        value[..TIME].copy_from_slice(&milliseconds.to_be_bytes()[8 - TIME..]);
        let code = self.code(&value[..TIME], asked).finalize().into_bytes();
        value[TIME..].copy_from_slice(&code[..CODE]);
        value
    }

    /// How long ago a value was made here for that peer. `None`: it was not.
    pub(super) fn age(&self, now: Instant, asked: Asked, value: &[u8]) -> Option<Duration> {
        let (time, code) = value.split_at_checked(TIME).filter(|_| value.len() == LENGTH)?;
        // Takes the same time wherever they differ.
        self.code(time, asked).verify_truncated_left(code).ok()?;
        let mut milliseconds = [0; 8];
        milliseconds[8 - TIME..].copy_from_slice(time);
        let made = self.begin.checked_add(Duration::from_millis(u64::from_be_bytes(milliseconds)))?;
        now.checked_duration_since(made)
    }

    fn code(&self, time: &[u8], asked: Asked) -> Hmac<Sha256> {
        let mut code = self.code.clone();
        code.update(time);
        for address in [asked.remote, asked.bound] {
            update_with(&mut code, address);
        }
        code
    }
}

/// Never shows the key.
impl std::fmt::Debug for EchoKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("EchoKey").finish_non_exhaustive()
    }
}

/// Each address with its kind, so that no two give the same bytes.
fn update_with(code: &mut Hmac<Sha256>, address: Address) {
    match address {
        Address::Ip(SocketAddr::V4(address)) => {
            code.update(&[4]);
            code.update(&address.ip().octets());
        }
        Address::Ip(SocketAddr::V6(address)) => {
            code.update(&[6]);
            code.update(&address.ip().octets());
            code.update(&address.scope_id().to_be_bytes());
        }
        Address::Unix(path) => {
            let path = path.as_bytes();
            code.update(&[1, path.len() as u8]);
            code.update(path);
        }
    }
    code.update(&address.port().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(remote: &str, bound: &str) -> Asked {
        let address = |text: &str| Address::Ip(text.parse().unwrap());
        Asked { remote: address(remote), bound: address(bound) }
    }

    #[test]
    fn a_value_is_known_again_with_its_age() {
        let begin = Instant::now();
        let (key, peer) = (EchoKey::new(&[1; 32], begin), asked("192.0.2.1:40000", "192.0.2.2:5683"));
        for made in [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(400 * 86_400)] {
            let value = key.make(begin + made, peer);
            for later in [Duration::ZERO, Duration::from_secs(60)] {
                assert_eq!(key.age(begin + made + later, peer, &value), Some(later));
            }
        }
        let value = key.make(begin + Duration::from_secs(5), peer);
        assert_eq!(key.age(begin, peer, &value), None, "from the future");
    }

    #[test]
    fn a_value_of_somebody_else_or_changed_in_any_bit_is_not_known() {
        let begin = Instant::now();
        let (key, peer) = (EchoKey::new(&[1; 32], begin), asked("192.0.2.1:40000", "192.0.2.2:5683"));
        let value = key.make(begin, peer);
        for other in [
            asked("192.0.2.1:40001", "192.0.2.2:5683"),
            asked("192.0.2.3:40000", "192.0.2.2:5683"),
            asked("192.0.2.1:40000", "192.0.2.2:5684"),
            asked("[::ffff:192.0.2.1]:40000", "192.0.2.2:5683"),
            asked("192.0.2.2:5683", "192.0.2.1:40000"),
        ] {
            assert_eq!(key.age(begin, other, &value), None, "{other:?}");
        }
        assert_eq!(EchoKey::new(&[2; 32], begin).age(begin, peer, &value), None, "another engine's");
        for bit in 0..LENGTH * 8 {
            let mut forged = value;
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.age(begin + Duration::from_secs(1 << 40), peer, &forged), None, "bit {bit}");
        }
        for length in (0..LENGTH).chain([LENGTH + 1, 40, 41]) {
            let mut other = value.to_vec();
            other.resize(length, 0);
            assert_eq!(key.age(begin, peer, &other), None, "{length} bytes");
        }
    }

    #[test]
    fn link_local_peers_behind_two_interfaces_are_two() {
        let begin = Instant::now();
        let key = EchoKey::new(&[1; 32], begin);
        let [one, two] = [1, 2].map(|scope| asked(&format!("[fe80::1%{scope}]:40000"), "[::]:5683"));
        assert_eq!(key.age(begin, two, &key.make(begin, one)), None);
    }

    #[test]
    fn peers_with_unix_domain_paths_are_told_apart() {
        let key = EchoKey::new(&[1; 32], Instant::now());
        let path = |path: &str| Address::Unix(crate::UnixPath::new(path.as_bytes()).unwrap());
        let asked = |remote, bound| Asked { remote: path(remote), bound: path(bound) };
        let begin = key.begin;
        let value = key.make(begin, asked("/a", "/b"));
        assert!(key.age(begin, asked("/a", "/b"), &value).is_some());
        assert_eq!(key.age(begin, asked("/", "a/b"), &value), None);
    }

    #[test]
    fn the_key_is_not_shown() {
        assert_eq!(format!("{:?}", EchoKey::new(&[7; 32], Instant::now())), "EchoKey { .. }");
    }
}
