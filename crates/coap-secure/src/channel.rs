//! The trait that both transports have.
use crate::{certificates::PeerChain, failure::Failure, secret::Secret, tls};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use thiserror::Error;

/// One association with one peer.
///
/// After each call that takes `now`, and after [`Channel::answer`], fetch what there is: [`Channel::event`]
/// and [`Channel::output`] until they have nothing more, then [`Channel::deadline`].
pub trait Channel: fmt::Debug + Send {
    /// Bytes came from the peer: one datagram of DTLS, any piece of the stream of TLS. Whatever they are, it
    /// is not an error: noise is dropped, and what ends the association is an [`Event::Failed`].
    fn input(&mut self, now: Instant, bytes: &[u8]);

    /// Appends what is to be sent to `out` and says whether there was anything: one datagram of DTLS, all
    /// there is of TLS.
    fn output(&mut self, out: &mut Vec<u8>) -> bool;

    /// What happened, oldest first.
    fn event(&mut self) -> Option<Event>;

    /// Whether it waits for the answer to this question.
    fn asks(&self, question: QuestionId) -> bool;

    /// Answers a question. If it is not open any more, nothing happens. An answer that does not fit refuses.
    fn answer(&mut self, now: Instant, question: QuestionId, answer: Answer);

    /// Appends what the peer wrote to `data` and says whether there was anything: one record of DTLS, whose
    /// bounds are those of a message, all there is of TLS.
    fn read(&mut self, data: &mut Vec<u8>) -> bool;

    /// Sends `data`; as one record in DTLS, where the caller sees to it that it fits a datagram.
    ///
    /// # Errors
    /// [`WriteError`], and nothing was sent.
    fn write(&mut self, now: Instant, data: &[u8]) -> Result<(), WriteError>;

    /// When [`Channel::timeout`] wants to be called.
    fn deadline(&self) -> Option<Instant>;

    /// Time has passed: flights are sent again, handshakes given up.
    fn timeout(&mut self, now: Instant);

    /// Ends the association: close_notify once it is established, before that an alert where one can be sent.
    /// Fetch the output, then drop the channel. No event tells of it.
    fn close(&mut self, now: Instant);
}

/// What a channel has to say.
#[derive(Debug)]
pub enum Event {
    /// The handshake waits for the application: see [`Channel::answer`].
    Ask(QuestionId, Question),
    /// The handshake is done, [`Channel::write`] works.
    Established(Version),
    /// The same peer has shaken hands anew, and from here on that association counts (DTLS server only,
    /// RFC 6347 section 4.2.8). What was not read of the old one is gone.
    Renewed(Version),
    /// The peer has said close_notify. The channel is over.
    Closed,
    /// The channel is over.
    Failed(Failure),
}

/// Names a question, in the whole process. An answer that comes late never answers another one: it could
/// give a stranger somebody else's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuestionId(u64);

impl QuestionId {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What only the application knows.
#[derive(Clone, Debug)]
pub enum Question {
    /// A client that claims to be `identity` wants to know the key. Answer [`Answer::Key`].
    Identity(Vec<u8>),
    /// The server gave an identity hint. Answer [`Answer::Client`] with what to use, or [`Answer::Accept`]
    /// to go on with what was set.
    Hint(Vec<u8>),
    /// The peer's certificate and its chain are in order as far as the settings ask for it; is it the right
    /// peer? Answer [`Answer::Accept`].
    Certificate(PeerChain),
    /// A client wants TLS with this server; which certificate is it to see? Answer [`Answer::Server`].
    Hello {
        /// The name that it called the server by, if it named one.
        name: Option<String>,
    },
}

/// What [`Channel::answer`] takes. See [`Question`] for which is meant for which.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The key of the identity.
    Key(Secret),
    /// The identity and the key to use with this server.
    Client {
        /// The identity to send.
        identity: Vec<u8>,
        /// Its key.
        key: Secret,
    },
    /// The credentials of the server that the client asked for.
    Server(Arc<tls::ServerCredentials>),
    /// Go on.
    Accept,
    /// No: the handshake ends with an alert.
    Refuse,
}

/// The version of the protocol that the two agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// DTLS 1.2, RFC 6347.
    Dtls12,
    /// DTLS 1.3, RFC 9147.
    Dtls13,
    /// TLS 1.2, RFC 5246.
    Tls12,
    /// TLS 1.3, RFC 8446.
    Tls13,
}

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The handshake is not done.
    #[error("the handshake is not done")]
    NotEstablished,
    /// The channel is over.
    #[error("the channel is closed")]
    Closed,
    /// More than the 16,384 bytes that fit a record.
    #[error("a record holds at most 16384 bytes")]
    TooLong,
    /// The key has protected as many records as it may. Shake hands anew.
    #[error("the key is used up")]
    KeyUsedUp,
}
