//! What handshakes want to know: whether a certificate is that of the node that was called.
use super::Daemon;
use crate::config::Credentials;
use coap_net::SecurityQuestion;
use coap_proto::engine::SessionId;
use coap_secure::{Answer, Question, certificates::PeerChain};
use pki_types::{CertificateDer, ServerName};
use std::time::Instant;
use webpki::EndEntityCert;

impl Daemon {
    /// Answers what handshakes wait for.
    pub(super) fn answer_questions(&mut self, now: Instant) {
        while let Some(asked) = self.node.poll_question() {
            let SecurityQuestion::Ask { session, question, what } = asked else { continue };
            let answer = match what {
                Question::Certificate(chain) => self.judge(session, &chain),
                // Keys are in a table, and hints are of no interest: nothing else is asked.
                _ => Answer::Refuse,
            };
            self.node.answer(now, session, question, answer);
        }
    }

    fn judge(&mut self, session: SessionId, chain: &PeerChain) -> Answer {
        let peer = self.links.get(session).and_then(|session| session.peer);
        let peer = peer.and_then(|peer| self.config.peer(&peer));
        let Some(Credentials::Certificates { name, .. }) = peer.map(|peer| &peer.credentials) else {
            return Answer::Refuse;
        };
        let own = chain.certificates.first();
        if own.is_some_and(|own| own.validated && is_for(&own.der, name)) {
            return Answer::Accept;
        }
        let trouble = format!("its certificate is not for {name}");
        self.note_session_trouble(session, &trouble);
        Answer::Refuse
    }
}

/// Whether a certificate is for a name or an address (RFC 9525).
fn is_for(certificate: &[u8], name: &str) -> bool {
    let certificate = CertificateDer::from(certificate);
    let Ok(name) = ServerName::try_from(name) else { return false };
    EndEntityCert::try_from(&certificate)
        .is_ok_and(|certificate| certificate.verify_is_valid_for_subject_name(&name).is_ok())
}
