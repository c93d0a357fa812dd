//! Whether the other node of a link may be gone.
use super::Settings;
use std::time::{Duration, Instant};

/// What speaks against a link. It is forgotten when something comes.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// Since when something waits that is answered at once.
    waits_since: Option<Instant>,
    /// Since when CoAP repeats messages.
    repeats_since: Option<Instant>,
    /// The link is doubtful; when the other node is looked for again.
    next_look: Option<Instant>,
    /// Something has come before.
    has_heard: bool,
}

impl Doubt {
    /// Something was sent that is answered at once.
    pub(super) fn sent(&mut self, now: Instant) {
        self.waits_since.get_or_insert(now);
    }

    /// CoAP has repeated a message. Whether the link becomes doubtful, as CoAP has done so for too long: a single loss
    /// means nothing, and what was acknowledged is not repeated.
    pub(super) fn repeated(&mut self, now: Instant, settings: &Settings) -> bool {
        let since = *self.repeats_since.get_or_insert(now);
        // Of a path on which nothing has come yet nobody knows how long it is.
        self.has_heard && !self.is_doubtful() && now >= since + settings.doubt_repeating
    }

    /// Nothing waits any more that is answered at once.
    pub(super) fn settled(&mut self) {
        self.waits_since = None;
    }

    /// Something came; `waits`: there is more that is answered at once. Whether the link was doubtful.
    pub(super) fn heard(&mut self, now: Instant, waits: bool) -> bool {
        let was_doubtful = self.is_doubtful();
        *self = Self { waits_since: waits.then_some(now), has_heard: true, ..Self::default() };
        was_doubtful
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.next_look.is_some()
    }

    /// Whether anything has ever come.
    pub(super) fn has_heard(&self) -> bool {
        self.has_heard
    }

    /// The link is doubtful from now on.
    pub(super) fn begin(&mut self, now: Instant, settings: &Settings) {
        self.next_look = Some(now + settings.doubt);
    }

    /// When the link becomes doubtful if nothing comes, or when the other node is to be looked for again. `ack_timeout`
    /// is how long CoAP waits for an answer there.
    pub(super) fn next_at(&self, settings: &Settings, ack_timeout: Duration) -> Option<Instant> {
        let patience = match self.has_heard {
            true => settings.doubt.max(2 * ack_timeout),
            false => 2 * settings.doubt,
        };
        self.next_look.or_else(|| self.waits_since.map(|since| since + patience))
    }
}
