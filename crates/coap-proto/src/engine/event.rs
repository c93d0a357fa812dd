//! What an engine tells the application.
use super::replies::ReplyId;
use super::{AsyncId, CacheEntryId, Level, Path, ResourceId, SessionId, Tracked, observe::Observes};
use crate::block::Extent;
use crate::wire::{BlockValue, MessageType, Pdu, Protocol};

/// Something for the application, in the order in which it happened.
///
/// An event may name a session that ended since: commands on it are then refused, nothing else happens.
#[derive(Debug)]
pub enum Event {
    /// A request came: run the handler of its resource, which fills in the response, then give it back by
    /// [`Engine::finish_request`](super::Engine::finish_request). That is also to be done after its session's
    /// [`Closed`](Self::Closed).
    Request(Box<RequestEvent>),
    /// A request came for a path without resource: add one, if there is to be one, then call
    /// [`Engine::finish_creation`](super::Engine::finish_creation). Comes only if
    /// [`Config::max_dynamic_resources`](super::Config::max_dynamic_resources) says so.
    Missing(Box<MissingEvent>),
    /// A response came; when looked at, call [`Engine::finish_response`](super::Engine::finish_response).
    Response(Box<ResponseEvent>),
    /// A message will not be answered.
    Nack(Box<Nack>),
    /// An empty confirmable message came ("CoAP ping"); the engine has answered it.
    Ping {
        /// From whom.
        session: SessionId,
        /// The message.
        received: Box<Pdu>,
    },
    /// The answer to a ping of ours.
    Pong {
        /// From whom.
        session: SessionId,
        /// The message.
        received: Box<Pdu>,
    },
    /// The peer ends the connection of a stream, by Release or Abort (RFC 8323 section 5.5, 5.6): it is closed.
    /// The message may say where else to go and when (Release), or what was wrong (Abort, its payload).
    Released {
        /// Who.
        session: SessionId,
        /// The message.
        received: Box<Pdu>,
    },
    /// A session came, changed or is about to go.
    Session {
        /// Which.
        session: SessionId,
        /// What happened to it.
        event: SessionEvent,
    },
    /// A request is no longer put off: it was answered or forgotten, or its session ended. Its id names nothing any
    /// more.
    AsyncEnded {
        /// Which.
        request: AsyncId,
    },
    /// A cache entry is gone: it was idle for too long, or its session ended. Its id stays taken until
    /// [`Engine::forget_cache_entry`](super::Engine::forget_cache_entry).
    CacheEntryEnded {
        /// Which.
        entry: CacheEntryId,
    },
    /// Something changed that is to be known after a restart. Told only while
    /// [`Config::tracking`](super::Config::tracking) is set.
    Tracked(Box<Tracked>),
    /// A request that was forwarded has ended, and [`Engine::forward_response`](super::Engine::forward_response)
    /// has not given its last response to the client.
    ForwardEnded {
        /// The application's name for it ([`Route::tag`](super::Route::tag)), which is not 0.
        tag: u64,
    },
    /// The last event of a session. It takes no more commands and its socket, if it has its own, can be
    /// closed; it can still be looked at until [`Engine::forget`](super::Engine::forget).
    Closed {
        /// Which.
        session: SessionId,
    },
    /// A body that the application gave away is no longer needed.
    BodyReleased {
        /// With whose message.
        session: SessionId,
        /// What the application calls it ([`Body::new`](crate::block::Body::new)).
        ticket: u64,
    },
    /// A line for the log. Only lines of the level asked for are made.
    Log {
        /// How important.
        level: Level,
        /// The line, without its end.
        text: String,
    },
    /// A message that came, went or was dropped, to be shown in the log. Given out only when [`Level::Debug`]
    /// is asked for.
    Shown {
        /// The message.
        pdu: Box<Pdu>,
        /// What carries it.
        protocol: Protocol,
    },
}

/// A request for a handler: one that came, or one whose client observes the resource and is to be notified
/// (RFC 7641).
#[derive(Debug)]
pub struct RequestEvent {
    /// From whom.
    pub session: SessionId,
    /// For which resource; it has a handler for the request's method.
    pub resource: ResourceId,
    /// The request. One whose body was joined has all of it as payload and no Block1.
    pub request: Pdu,
    /// Where its payload belongs in its body.
    pub extent: Extent,
    /// The response to fill in: token and type are set, the code is empty. Left so, it means "no answer yet".
    pub response: Pdu,
    /// What the engine knows of it besides.
    pub ticket: RequestTicket,
}

/// A request for a path where no resource is.
#[derive(Debug)]
pub struct MissingEvent {
    /// From whom.
    pub session: SessionId,
    /// The request.
    pub request: Pdu,
    /// Names this request to [`Engine::finish_creation`](super::Engine::finish_creation).
    pub ticket: MissingTicket,
}

/// Names a request for a path where no resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingTicket {
    /// Where the request came from.
    pub origin: Origin,
}

/// Which message the application works on: its session, the way it came, and what is kept for its duplicates.
///
/// The session is kept until the message is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    pub(super) session: SessionId,
    pub(super) path: Path,
    pub(super) reply: Option<ReplyId>,
}

/// What the engine knows of a request whose handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestTicket {
    /// Where the request came from.
    pub origin: Origin,
    /// The block of its body that the response acknowledges (RFC 7959 section 2.3).
    pub(super) block1: Option<BlockValue>,
    pub(super) observes: Observes,
    /// It was acknowledged already: the response will be separate (RFC 7252 section 5.2.2).
    pub(super) acknowledged: bool,
    /// It was put off, and its time has come.
    pub(super) asynchronous: Option<AsyncId>,
}

impl RequestTicket {
    /// Whether no request came: a client that observes the resource is to be notified (RFC 7641).
    pub fn is_notification(&self) -> bool {
        matches!(self.observes, Observes::Notified(..))
    }
}

/// Names a response that the application looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseTicket {
    /// Where the response came from.
    pub origin: Origin,
    pub(super) kind: MessageType,
    pub(super) mid: u16,
}

/// A response for the application.
#[derive(Debug)]
pub struct ResponseEvent {
    /// From whom.
    pub session: SessionId,
    /// The request, if it was still waiting for its acknowledgement.
    pub sent: Option<Pdu>,
    /// The response. One whose body was joined has all of it as payload and no Block2.
    pub received: Pdu,
    /// Where its payload belongs in its body.
    pub extent: Extent,
    /// Names this response to [`Engine::finish_response`](super::Engine::finish_response).
    pub ticket: ResponseTicket,
}

/// A message that will not be answered.
#[derive(Debug)]
pub struct Nack {
    /// To whom it was sent.
    pub session: SessionId,
    /// The message, where it is still known.
    pub sent: Option<Pdu>,
    /// Why.
    pub reason: NackReason,
    /// Its message ID.
    pub mid: u16,
}

/// Why a message will not be answered (values are libcoap's `coap_nack_reason_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum NackReason {
    /// No acknowledgement after the last retransmission.
    TooManyRetries = 0,
    /// The session ended first, or the message was cancelled with it, or gave way to newer ones
    /// ([`Config::max_server_messages`](super::Config::max_server_messages)).
    NotDeliverable = 1,
    /// The peer answered with a Reset.
    Rst = 2,
    /// The security handshake failed.
    TlsFailed = 3,
    /// The network said that the peer cannot be reached.
    IcmpIssue = 4,
    /// The response could not be used.
    BadResponse = 5,
    /// The layer under (D)TLS failed.
    TlsLayerFailed = 6,
    /// The layer under WebSockets failed.
    WsLayerFailed = 7,
    /// The WebSocket itself failed.
    WsFailed = 8,
}

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// A server session was made for a new peer.
    ServerNew,
    /// A server session is about to go; its application data can still be read.
    ServerDeleted,
    /// A message came that cannot be used.
    BadPacket,
    /// A confirmable message was sent again.
    MessageRetransmitted,
    /// Nothing was heard from the peer within the keep-alive time.
    KeepaliveFailed,
    /// A stream is connected; the peer's CSM is awaited.
    TcpConnected,
    /// A stream that was connected is not any more.
    TcpClosed,
    /// A stream could not be connected.
    TcpFailed,
    /// A session over a stream is established: the peer's CSM has come.
    Connected,
    /// A session over a stream that was established is so no more.
    Disconnected,
    /// A session over a stream ended before it was established.
    Failed,
    /// The WebSocket handshake succeeded.
    WsConnected,
    /// The WebSocket is closed.
    WsClosed,
    /// The handshake of DTLS or TLS is done.
    DtlsConnected,
    /// DTLS or TLS beneath a session is over.
    DtlsClosed,
    /// DTLS or TLS has failed: keys, certificates or messages are wrong, or an alert says so.
    DtlsError,
    /// The peer has shaken hands anew (DTLS).
    DtlsRenegotiated,
    /// A WebSocket frame came that is too long.
    WsPacketSize,
    /// A body that was being received has changed, or is not received to its end.
    PartialBlock,
    /// A body that was being sent is not sent to its end.
    XmitBlockFail,
}
