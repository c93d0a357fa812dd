//! Cookies (RFC 6347 section 4.2.1): who sends one back receives at the address that it claims. Nothing is
//! kept of those that were given out.
use crate::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};
use subtle::ConstantTimeEq;

/// A cookie is good in the period in which it was made and in the next one.
const PERIOD: Duration = Duration::from_secs(60);

/// Makes cookies and knows them again.
#[derive(Debug)]
pub(super) struct Cookies {
    secret: Secret,
    start: Instant,
}

impl Cookies {
    pub(super) fn new(now: Instant, secret: Secret) -> Self {
        Self { secret, start: now }
    }

    /// The cookie for a client at `peer` that says `random`.
    pub(super) fn make(&self, now: Instant, peer: SocketAddr, random: &[u8; 32]) -> [u8; 32] {
        self.of_period(self.period(now), peer, random)
    }

    /// Whether `cookie` was made for this client less than two periods ago.
    pub(super) fn is_good(&self, now: Instant, peer: SocketAddr, random: &[u8; 32], cookie: &[u8]) -> bool {
        let period = self.period(now);
        let is = |period| bool::from(self.of_period(period, peer, random).ct_eq(cookie));
        cookie.len() == 32 && (is(period) || period > 0 && is(period - 1))
    }

    fn period(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.start).as_secs() / PERIOD.as_secs()
    }

    fn of_period(&self, period: u64, peer: SocketAddr, random: &[u8; 32]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(&period.to_be_bytes());
        match peer.ip() {
            IpAddr::V4(ip) => mac.update(&ip.octets()),
            IpAddr::V6(ip) => mac.update(&ip.octets()),
        }
        mac.update(&peer.port().to_be_bytes());
        mac.update(random);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_good_for_its_client_and_not_for_long() {
        let now = Instant::now();
        let cookies = Cookies::new(now, Secret::new(vec![1; 32]));
        let peer = SocketAddr::from(([192, 0, 2, 1], 5684));
        let cookie = cookies.make(now, peer, &[2; 32]);
        assert!(cookies.is_good(now, peer, &[2; 32], &cookie));
        assert!(cookies.is_good(now + Duration::from_secs(119), peer, &[2; 32], &cookie));
        assert!(!cookies.is_good(now + Duration::from_secs(120), peer, &[2; 32], &cookie));
        let other_port = SocketAddr::from(([192, 0, 2, 1], 5685));
        let other_host = SocketAddr::from(([192, 0, 2, 2], 5684));
        assert!(!cookies.is_good(now, other_port, &[2; 32], &cookie));
        assert!(!cookies.is_good(now, other_host, &[2; 32], &cookie));
        assert!(!cookies.is_good(now, peer, &[3; 32], &cookie));
        assert!(!cookies.is_good(now, peer, &[2; 32], &cookie[..31]));
        let elsewhere = Cookies::new(now, Secret::new(vec![3; 32]));
        assert!(!elsewhere.is_good(now, peer, &[2; 32], &cookie));
    }
}
