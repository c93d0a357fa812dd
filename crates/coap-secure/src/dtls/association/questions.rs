//! What only the application knows: keys, what hints mean, whose certificate it is. Until it has answered, the
//! association stands still.
use super::{Association, State};
use crate::{
    alert::Alert,
    certificates::PeerRole,
    channel::{Answer, Event, Question, QuestionId},
    dtls::{
        credentials::Credentials,
        datagrams::Datagrams,
        error::{internal, refused, unknown_identity},
        record::put_alert,
    },
    psk::{Keys, PskClient, check_key},
    secret::Secret,
};
use rustls::pki_types::CertificateDer;
use std::{sync::Arc, time::Instant};

/// What the application was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dtls) enum Asked {
    Identity,
    Hint,
    Certificate,
}

impl Association {
    /// Whether the datagram brings what a key is looked up by. Sets the key if it is known; what has to be
    /// asked is returned.
    pub(super) fn key_wanted(&mut self, datagram: &[u8]) -> Option<Question> {
        let found = self.peek.as_mut()?.look(datagram)?;
        self.peek = None;
        let Credentials::PskServer(psk) = &self.credentials else {
            self.hint = Some(found.clone());
            return Some(Question::Hint(found));
        };
        self.identity.clone_from(&found);
        let key = match &psk.keys {
            Keys::Ask => return Some(Question::Identity(found)),
            Keys::Same(key) => Some(key.clone()),
            Keys::Table(table) => table.get(&found).cloned(),
        };
        match key {
            Some(key) => self.stage.psk = Some((found, key)),
            None => self.fail(unknown_identity()),
        }
        None
    }

    pub(super) fn ask(&mut self, question: Question) {
        let asked = match question {
            Question::Identity(_) => Asked::Identity,
            Question::Hint(_) => Asked::Hint,
            Question::Certificate(_) | Question::Hello { .. } => Asked::Certificate,
        };
        let id = QuestionId::new();
        self.state = State::Asking(id, asked);
        self.events.push_back(Event::Ask(id, question));
    }

    pub(in crate::dtls) fn asks(&self, question: QuestionId) -> bool {
        matches!(self.state, State::Asking(id, _) if id == question)
    }

    pub(in crate::dtls) fn answer(&mut self, now: Instant, question: QuestionId, answer: Answer) {
        let asked = match self.state {
            State::Asking(id, asked) if id == question => asked,
            _ => return,
        };
        self.state = State::Handshaking;
        match (asked, answer) {
            (Asked::Identity, Answer::Key(key)) if check_key(&key).is_ok() => {
                self.stage.psk = Some((self.identity.clone(), key));
            }
            (Asked::Identity, _) => self.fail(unknown_identity()),
            (Asked::Hint, Answer::Client { identity, key }) => self.use_instead(now, identity, key),
            (Asked::Hint | Asked::Certificate, Answer::Accept) => {}
            (Asked::Hint, _) => self.fail(refused(Alert::HANDSHAKE_FAILURE, "the hint")),
            (Asked::Certificate, _) => self.fail(refused(Alert::BAD_CERTIFICATE, "the certificate")),
        }
        self.after_answer(now);
    }

    /// What waited goes on.
    fn after_answer(&mut self, now: Instant) {
        self.establish();
        let mut datagram = Vec::new();
        let mut waiting = std::mem::take(&mut self.parked);
        while waiting.pop(&mut datagram) {
            self.input(now, &datagram);
            datagram.clear();
        }
    }

    /// Another key, or another identity: dimpl has that one in its configuration, so the handshake begins
    /// again, after an alert that lets the server forget the first one.
    fn use_instead(&mut self, now: Instant, identity: Vec<u8>, key: Secret) {
        let Credentials::PskClient(psk) = &self.credentials else {
            return;
        };
        if identity == psk.identity && check_key(&key).is_ok() {
            self.stage.psk = Some((identity, key));
            return;
        }
        if self.restarted {
            return self.fail(internal("the hint leads from identity to identity"));
        }
        let again = PskClient::new(identity, key, &psk.settings)
            .map_err(internal)
            .and_then(|psk| Self::client(Credentials::PskClient(Arc::new(psk)), now));
        match again {
            Ok(mut again) => {
                let mut datagram = Vec::new();
                put_alert(Alert::HANDSHAKE_FAILURE, self.plain_sequence + 1, &mut datagram);
                let mut sending = Datagrams::default();
                sending.push(&datagram);
                datagram.clear();
                while again.sending.pop(&mut datagram) {
                    sending.push(&datagram);
                    datagram.clear();
                }
                let events = std::mem::take(&mut self.events);
                let hint = self.hint.take();
                *self = Self { sending, events, hint, restarted: true, ..again };
            }
            Err(failure) => self.fail(failure),
        }
    }

    pub(super) fn judge(&mut self, der: &CertificateDer<'_>) {
        let (certificates, role) = match &self.credentials {
            Credentials::Client(certificates) => (certificates, PeerRole::Server),
            Credentials::Server(certificates) => (certificates, PeerRole::Client),
            Credentials::PskClient(_) | Credentials::PskServer(_) => return,
        };
        let asks = certificates.policy.verify_peer && certificates.policy.ask;
        match certificates.judge(der, None, role) {
            Ok(chain) => {
                self.peer = Some(der.as_ref().into());
                if asks {
                    self.ask(Question::Certificate(chain));
                }
            }
            Err(failure) => self.fail(failure),
        }
    }
}
