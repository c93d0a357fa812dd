//! Questions in the middle of handshakes: the program's functions answer them with no lock held, and may do there what
//! they like, release the session or free the context included.
use super::{hook::Hook, names::Naming};
use crate::{context::Context, home::Home, keys::Key, types::*};
use coap_net::SecurityQuestion;
use coap_proto::engine::SessionId;
use coap_secure::{Answer, Question, certificates::PeerChain};

/// A question on its way to the program.
pub(crate) struct Asked(SecurityQuestion);

impl Asked {
    /// The next question of a context.
    pub(crate) fn next(context: &mut Context) -> Option<Self> {
        context.node.poll_question().map(Self)
    }

    /// The session that must not go before the question is answered.
    pub(crate) fn session(&self) -> Option<SessionId> {
        match &self.0 {
            SecurityQuestion::Hello { .. } => None,
            SecurityQuestion::Ask { session, .. } => Some(*session),
        }
    }
}

/// Has the program answer. Not under the lock.
pub(crate) fn deliver(home: Home, asked: Asked) -> Option<()> {
    match asked.0 {
        SecurityQuestion::Hello { hello, name, is_proven, offers_psk, offers_certificates, .. } => {
            let naming = home.enter(|context| Naming::of(context))?;
            let name = name.as_deref().unwrap_or_default();
            let answer = naming.choose(home, name, is_proven, offers_psk, offers_certificates);
            home.command(|context, now| context.node.answer_hello(now, hello, answer))
        }
        SecurityQuestion::Ask { session, question, what } => {
            let answer = decide(home, session, what).unwrap_or(Answer::Refuse);
            home.command(|context, now| context.node.answer(now, session, question, answer))
        }
    }?;
    Some(())
}

/// What the program says; `None`: no.
fn decide(home: Home, session: SessionId, question: Question) -> Option<Answer> {
    let asked = home.enter(|context| Askable::of(context, session))??;
    match question {
        Question::Identity(identity) => asked.on_identity.key_of(&identity, asked.key).map(Answer::Key),
        Question::Hint(_) if asked.on_hint.function.is_none() => Some(Answer::Accept),
        Question::Hint(hint) => {
            let (identity, key) = asked.on_hint.identity_for(&hint, asked.key)?;
            Some(Answer::Client { identity, key })
        }
        Question::Certificate(chain) => asked.accept(&chain).then_some(Answer::Accept),
        // It comes as a `SecurityQuestion::Hello`.
        Question::Hello { .. } => None,
    }
}

/// The functions that a session's handshake asks, and C's key of it.
struct Askable {
    key: Key,
    on_identity: Hook<coap_dtls_id_callback_t>,
    on_hint: Hook<coap_dtls_ih_callback_t>,
    on_certificate: Hook<coap_dtls_cn_callback_t>,
}

impl Askable {
    /// A client session has functions of its own, servers have the context's.
    fn of(context: &mut Context, session: SessionId) -> Option<Self> {
        let key = context.session_key(session)?;
        // Whatever part it takes now (`coap_session_set_type_client`): a peer came to an endpoint, or did not.
        let is_client = context.session(session)?.endpoint().is_none();
        let own = context.sessions.get(session.slot())?.security.hooks();
        let of_servers = context.security.on_certificate();
        Some(Self {
            key,
            on_identity: context.security.on_identity(),
            on_hint: own.on_hint,
            on_certificate: if is_client { own.on_certificate } else { of_servers },
        })
    }

    /// From the CA down to the peer's own, as OpenSSL goes; the first no is one.
    fn accept(&self, chain: &PeerChain) -> bool {
        chain.certificates.iter().rev().all(|certificate| self.on_certificate.accepts(certificate, self.key))
    }
}
