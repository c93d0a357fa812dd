//! What the application is asked in the middle of handshakes.
use coap_proto::{
    Address,
    engine::{EndpointId, SessionId},
    wire::Protocol,
};
use coap_secure::{Question, QuestionId};

/// Names a client that waits for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HelloId(pub(super) u64);

/// What only the application knows.
#[derive(Clone, Debug)]
pub enum SecurityQuestion {
    /// A client wants to be served; with which credentials? Answer with
    /// [`Node::answer_hello`](crate::Node::answer_hello). Comes only if
    /// [`Node::ask_about_names`](crate::Node::ask_about_names) says so.
    Hello {
        /// Names the client in the answer.
        hello: HelloId,
        /// Where it came to. There is no session yet over DTLS.
        endpoint: EndpointId,
        /// What it wants to speak.
        protocol: Protocol,
        /// Who it is.
        peer: Address,
        /// Whether it has shown that it receives there. Whoever can write a datagram can have the application asked
        /// about one that has not, up to 10 times a second: remember nothing of those. It is so of clients that
        /// speak DTLS 1.3 alone; those that speak 1.2 as well have to show it first.
        is_proven: bool,
        /// The name that it calls the server by: 1 to 253 visible ASCII characters, as they came.
        name: Option<String>,
        /// Whether it could be served with a pre-shared key.
        offers_psk: bool,
        /// Whether it could be served with a certificate.
        offers_certificates: bool,
    },
    /// A session's handshake waits. Answer with [`Node::answer`](crate::Node::answer).
    Ask {
        /// Whose.
        session: SessionId,
        /// Names the question in the answer.
        question: QuestionId,
        /// What is to be known. [`Question::Hello`] never comes here.
        what: Question,
    },
}
