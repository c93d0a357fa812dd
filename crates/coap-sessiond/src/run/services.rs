//! What a node offers itself: service 0 sends everything back.
use super::Daemon;
use crate::protocol::TunnelId;
use std::time::Instant;

/// The number of the service that sends everything back.
pub(super) const ECHO: u32 = 0;

impl Daemon {
    /// Sends back what has come, as much as there is room for.
    pub(super) fn echo(&mut self, now: Instant, tunnel: TunnelId) {
        loop {
            let room = self.core.room(tunnel);
            let [first, _] = self.core.readable(tunnel);
            let count = first.len().min(room);
            if count == 0 {
                return;
            }
            let piece = first[..count].to_vec();
            let taken = self.core.local_data(now, tunnel, &piece);
            self.core.local_taken(now, tunnel, taken);
            if taken == 0 {
                return;
            }
        }
    }
}
