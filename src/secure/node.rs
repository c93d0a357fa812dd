//! TEMPORARY: what floor 4 will have.
use coap_net::Node;
use coap_proto::engine::{Connect, SessionId};
use coap_secure::{Answer, Certificates, PskClient, Question, QuestionId, dtls::ServerCredentials};
use std::{sync::Arc, time::Instant};

#[derive(Clone, Debug)]
pub(crate) enum ClientCredentials {
    Psk(Arc<PskClient>),
    Certificates { certificates: Arc<Certificates>, name: Option<String> },
}
#[derive(Clone, Copy, Debug)]
pub(crate) struct HelloId(pub(crate) u64);
#[derive(Debug)]
pub(crate) enum SecurityQuestion {
    Hello { hello: HelloId, session: Option<SessionId>, name: Option<String>, psk: bool, certificates: bool },
    Ask { session: SessionId, question: QuestionId, what: Question },
}
#[derive(Debug, Default)]
pub(crate) struct ChannelInfo {
    pub(crate) hint: Option<Vec<u8>>,
    pub(crate) identity: Option<Vec<u8>>,
    pub(crate) key: Option<coap_secure::Secret>,
}
pub(crate) fn set_server_credentials(_: &mut Node, _: ServerCredentials, _: bool) {}
pub(crate) fn connect_secure(
    node: &mut Node,
    now: Instant,
    connect: Connect,
    _: ClientCredentials,
) -> Result<SessionId, coap_net::ConnectError> {
    node.connect(now, connect)
}
pub(crate) fn poll_question(_: &mut Node) -> Option<SecurityQuestion> {
    None
}
pub(crate) fn answer_hello(_: &mut Node, _: Instant, _: HelloId, _: Option<ServerCredentials>) {}
pub(crate) fn answer(_: &mut Node, _: Instant, _: SessionId, _: QuestionId, _: Answer) {}
pub(crate) fn channel_info(_: &Node, _: SessionId) -> Option<ChannelInfo> {
    None
}
