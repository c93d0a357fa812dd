//! No peer gets much more than it has sent before it has shown that it is where its messages say it is (RFC
//! 7252 section 11.3, RFC 9175 section 2.4): a forged sender address must not make this node flood others.
use crate::engine::log::log;
use crate::engine::observe::is_registration;
use crate::engine::session::{HEADER_SIZE, Session};
use crate::engine::{Engine, SessionId};
use crate::wire::{Code, Pdu, option};
use std::time::Duration;

/// So many times what a peer has sent may go to it: as in QUIC (RFC 9000 section 8.1).
const FACTOR: u64 = 3;
/// A datagram's headers of IPv4 and UDP: they count on both ways, because it is traffic that hurts.
const HEADERS: u64 = 28;
/// An Echo proves an address for so long: a little longer than a request that is lost at times may take
/// (MAX_TRANSMIT_WAIT, RFC 7252 section 4.8.2).
const PROOF_LIFETIME: Duration = Duration::from_secs(120);
/// A token that nobody can guess has at least so many bytes (RFC 7252 section 5.3.1).
const UNGUESSABLE: usize = 4;

/// How many bytes may go to a peer that is not verified: [`FACTOR`] times what came, less what went.
#[derive(Debug, Default)]
pub(in crate::engine) struct Allowance(u64);

impl Allowance {
    /// That of a peer that is verified.
    const UNLIMITED: u64 = u64::MAX;

    /// That of a peer that needs no proof.
    pub(in crate::engine) const fn verified() -> Self {
        Self(Self::UNLIMITED)
    }

    /// A datagram of so many bytes came.
    pub(in crate::engine) fn receive(&mut self, bytes: usize) {
        self.0 = self.0.saturating_add(FACTOR * (bytes as u64 + HEADERS));
    }

    fn send(&mut self, bytes: usize) {
        if !self.is_verified() {
            self.0 = self.0.saturating_sub(bytes as u64 + HEADERS);
        }
    }

    fn covers(&self, bytes: usize) -> bool {
        bytes as u64 + HEADERS <= self.0
    }

    fn is_verified(&self) -> bool {
        self.0 == Self::UNLIMITED
    }

    fn verify(&mut self) {
        self.0 = Self::UNLIMITED;
    }
}

impl Engine {
    /// A request came: it may prove where its sender is.
    pub(in crate::engine) fn note_proof(&mut self, id: SessionId, request: &Pdu) {
        if !self.is_limited(id) || request.option(option::ECHO).is_none() {
            return;
        }
        if self.echo_age(self.now, id, request).is_some_and(|age| age <= PROOF_LIFETIME) {
            self.verify(id);
        } else {
            log!(self, Debug, "** {}: Echo proves nothing", self.name(id));
        }
    }

    /// The peer has answered a request of this node, which it could not do without having got that.
    pub(in crate::engine) fn note_answer(&mut self, id: SessionId, token: &[u8]) {
        if token.len() >= UNGUESSABLE && self.is_limited(id) {
            self.verify(id);
        }
    }

    /// Whether a request is not to be handled before its sender has proved where it is: what its handler does
    /// could not be taken back if the answer turned out to be too large, and notifications may be many.
    #[inline]
    pub(in crate::engine) fn must_prove_first(&self, id: SessionId, request: &Pdu) -> bool {
        let only_reads = matches!(request.code(), Code::GET | Code::FETCH) && !is_registration(request);
        !only_reads && self.is_limited(id)
    }

    /// Whether a message is more than may go to a peer that is not verified.
    pub(in crate::engine) fn is_too_much(&self, id: SessionId, message: &Pdu) -> bool {
        self.is_limited(id)
            && self.sessions.get(id).is_some_and(|it| !it.allowance.covers(HEADER_SIZE + message.len()))
    }

    /// The answer to a request whose sender has to prove where it is: 4.01 with an Echo.
    pub(in crate::engine) fn proof_demand(&mut self, id: SessionId, request: &Pdu, response: &Pdu) -> Pdu {
        log!(self, Debug, "** {}: address is to be verified", self.name(id));
        let mut demand = Pdu::new(response.kind(), Code::UNAUTHORIZED, response.mid(), 0);
        // Without a size limit, both fit.
        let _ = demand.set_token(request.token());
        let _ = self.ask_for_echo(self.now, id, &mut demand);
        demand
    }

    /// Whether a datagram may go out. It counts then.
    pub(in crate::engine) fn spend_allowance(&mut self, id: SessionId, bytes: usize) -> bool {
        let Some(session) = self.sessions.get_mut(id) else { return false };
        let is_limited = self.config.verify_addresses && session.is_limited();
        let may_go = !is_limited || session.allowance.covers(bytes);
        if may_go {
            session.allowance.send(bytes);
        } else {
            log!(self, Debug, "** {}: not sent, address is not verified", self.name(id));
        }
        may_go
    }

    fn is_limited(&self, id: SessionId) -> bool {
        self.config.verify_addresses && self.sessions.get(id).is_some_and(Session::is_limited)
    }

    fn verify(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.allowance.verify();
            log!(self, Debug, "** {}: address is verified", self.name(id));
        }
    }
}

impl Session {
    /// Whether its peer has not shown where it is.
    fn is_limited(&self) -> bool {
        self.is_of_server() && !self.allowance.is_verified()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_what_came_may_go_headers_included() {
        let mut allowance = Allowance::default();
        assert!(!allowance.covers(0), "nothing came");
        allowance.receive(4);
        assert!(allowance.covers(3 * 32 - 28) && !allowance.covers(3 * 32 - 27));
        allowance.send(30);
        assert!(allowance.covers(3 * 32 - 58 - 28) && !allowance.covers(3 * 32 - 58 - 27), "in all");
        allowance.receive(100);
        assert!(allowance.covers(300));
        allowance.verify();
        allowance.send(1 << 40);
        assert!(allowance.covers(1 << 40));
    }
}
