//! What happened at a node.
use coap_proto::{
    block::Extent,
    engine::{NackReason, ResourceId, SessionEvent, SessionId},
    wire::{Code, Pdu},
};
use std::time::Duration;

/// Something that happened at a node.
#[derive(Debug)]
pub struct Entry {
    /// When, counted from the start of the network.
    pub at: Duration,
    /// In which of the node's sessions.
    pub session: SessionId,
    /// What.
    pub outcome: Outcome,
}

/// What happened.
#[derive(Debug)]
pub enum Outcome {
    /// A request handler ran.
    Served {
        /// Whose.
        resource: ResourceId,
        /// What was asked.
        request: Pdu,
        /// Where its payload belongs in its body.
        extent: Extent,
        /// What it answered; empty if it left the answer for later.
        answer: Code,
    },
    /// A response came.
    Response {
        /// The request, if it was still waiting for its acknowledgement.
        sent: Option<Pdu>,
        /// The response.
        received: Pdu,
        /// Where its payload belongs in its body.
        extent: Extent,
    },
    /// A message will not be answered.
    Nack {
        /// Why.
        reason: NackReason,
        /// Its message ID.
        mid: u16,
        /// The message, where it was still known.
        sent: Option<Pdu>,
    },
    /// The peer sent a ping.
    Ping,
    /// The peer answered a ping.
    Pong,
    /// The peer ended the connection by Release or Abort, with this code.
    Released(Code),
    /// A body is no longer needed.
    BodyReleased(u64),
    /// The session came, changed, or is about to go.
    Session(SessionEvent),
    /// The session ended.
    Closed,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a response.
    Response(Code, Vec<u8>),
    /// Without.
    Nack(NackReason),
}

impl Ending {
    /// The response's code; `None` for a request that was not answered.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Response(code, _) => Some(*code),
            Self::Nack(_) => None,
        }
    }
}

impl Entry {
    /// How this ends the request with `token`, if it does.
    pub(crate) fn ending_of(&self, token: &[u8]) -> Option<Ending> {
        match &self.outcome {
            Outcome::Response { received, .. } if received.token() == token => {
                Some(Ending::Response(received.code(), received.payload().to_vec()))
            }
            Outcome::Nack { reason, sent: Some(sent), .. } if sent.token() == token => {
                Some(Ending::Nack(*reason))
            }
            _ => None,
        }
    }
}
