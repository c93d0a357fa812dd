//! Why a channel ended before its time.
use crate::alert::Alert;
use std::fmt;

/// A channel that failed. It is over; what it still has to send (an alert) can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// The alert that came or went, if there was one.
    pub alert: Option<AlertSeen>,
    /// For the log: what happened, in words.
    pub reason: String,
}

/// The kinds of failures that an application may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The peer ended it with a fatal alert.
    Alert,
    /// The peer did not answer in time.
    Timeout,
    /// One of the two did not prove to be who it should be: key, certificate, identity, or the application's
    /// veto.
    Authentication,
    /// The two have no version, suite or algorithm in common.
    NoSharedSuite,
    /// The peer does not follow the protocol.
    Protocol,
    /// Something on this side.
    Internal,
}

/// An alert and which way it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertSeen {
    /// The peer sent it.
    Received(Alert),
    /// It was or will be sent to the peer.
    Sent(Alert),
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, alert: Option<AlertSeen>, reason: impl Into<String>) -> Self {
        Self { kind, alert, reason: reason.into() }
    }

    pub(crate) fn sending(kind: FailureKind, alert: Alert, reason: impl Into<String>) -> Self {
        Self::new(kind, Some(AlertSeen::Sent(alert)), reason)
    }

    pub(crate) fn received(alert: Alert) -> Self {
        let reason = format!("the peer sent {alert}");
        Self::new(FailureKind::Alert, Some(AlertSeen::Received(alert)), reason)
    }

    /// The alert to send to the peer, if one is.
    pub(crate) fn to_send(&self) -> Option<Alert> {
        match self.alert {
            Some(AlertSeen::Sent(alert)) => Some(alert),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}
