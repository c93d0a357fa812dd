//! One observation by a peer.
use crate::engine::list::{Links, Member};
use crate::engine::{ObserverId, Path, ResourceId, SessionId};
use crate::wire::{MessageType, Pdu};
use std::time::Instant;

/// A peer's request that is answered again whenever its resource changes (RFC 7641 section 4.1).
#[derive(Debug)]
pub(super) struct Observer {
    pub(super) session: SessionId,
    pub(super) resource: ResourceId,
    /// The request that registered.
    pub(super) request: Pdu,
    /// The way it came: notifications come from the address that it was sent to.
    pub(super) path: Path,
    pub(super) stage: Stage,
    /// The last change of its resource that it was told about.
    pub(super) told: u64,
    /// Non-confirmable notifications since the last confirmable one.
    pub(super) unconfirmed: u8,
    /// When a confirmable notification was last sent; at first, when it registered.
    pub(super) confirmed_at: Instant,
    /// Message ID of the last notification.
    pub(super) mid: Option<u16>,
    of_resource: Links,
    of_session: Links,
    waiting: Links,
}

/// How far the next notification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// None is on its way.
    Resting,
    /// It is to be made soon.
    Due,
    /// It has to be confirmable, and as many messages as may be are in flight to that peer (RFC 7641 section
    /// 4.5.1).
    Held,
    /// The handler runs.
    Running,
    /// It is to be acknowledged.
    Unacknowledged,
}

/// What a request whose handler runs has to do with an observation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) enum Observes {
    /// Nothing.
    #[default]
    No,
    /// It registered.
    Registers(ObserverId),
    /// It did so before: the response is a notification.
    Notified(ObserverId, Envelope),
}

/// How a notification is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Envelope {
    pub(super) kind: MessageType,
    pub(super) mid: u16,
}

/// Lists of observers: those of one resource.
#[derive(Debug)]
pub(super) enum OfResource {}
/// Lists of observers: those of one session.
#[derive(Debug)]
pub(super) enum OfSession {}
/// Lists of observers: those that are due, or held in one session.
#[derive(Debug)]
pub(super) enum Waiting {}

impl Observer {
    pub(super) fn new(
        (session, resource): (SessionId, ResourceId),
        request: Pdu,
        path: Path,
        now: Instant,
    ) -> Self {
        let (of_resource, of_session, waiting) = Default::default();
        Self {
            session,
            resource,
            request,
            path,
            stage: Stage::Resting,
            told: 0,
            unconfirmed: 0,
            confirmed_at: now,
            mid: None,
            of_resource,
            of_session,
            waiting,
        }
    }
}

impl Member<OfResource> for Observer {
    fn links(&self) -> &Links {
        &self.of_resource
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_resource
    }
}

impl Member<OfSession> for Observer {
    fn links(&self) -> &Links {
        &self.of_session
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_session
    }
}

impl Member<Waiting> for Observer {
    fn links(&self) -> &Links {
        &self.waiting
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.waiting
    }
}
