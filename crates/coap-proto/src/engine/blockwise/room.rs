//! How much bodies may take.
use super::store::{Kind, TransferId};
use crate::block::Assembly;
use crate::engine::log::log;
use crate::engine::{Engine, SessionEvent, SessionId};

/// Requests of a session that were not answered yet and whose response might come in blocks. More than that
/// are answered, too, but more blocks are not asked for.
const MAX_CLIENTS: usize = 1024;

impl Engine {
    /// The longest body that a session may receive.
    pub(super) fn body_limit(&self) -> usize {
        let limits = [self.config.max_body_size, self.config.session_body_bytes, self.config.body_bytes];
        limits.into_iter().filter(|limit| *limit > 0).min().unwrap_or(usize::MAX)
    }

    /// Whether a session may hold `more` bytes. Bodies that other peers have left unfinished make room.
    pub(in crate::engine) fn make_room(
        &mut self,
        id: SessionId,
        more: usize,
        but: Option<TransferId>,
    ) -> bool {
        let Some(session) = self.sessions.get(id) else { return false };
        let more = Assembly::cost_of(more);
        let limit = self.config.session_body_bytes;
        if limit > 0 && session.rare.transfers.bytes() + more > limit {
            return false;
        }
        let limit = self.config.body_bytes;
        while limit > 0 && self.transfers.bytes() + more > limit {
            match self.transfers.oldest_served().filter(|oldest| Some(*oldest) != but) {
                Some(oldest) => self.drop_unfinished(oldest),
                None => return false,
            }
        }
        true
    }

    /// How long a response's body may get, if `more` bytes come now.
    pub(super) fn download_limit(&mut self, at: TransferId, more: usize) -> usize {
        let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) else { return 0 };
        if self.make_room(session, more, None) { self.body_limit() } else { 0 }
    }

    /// A body that is kept for a peer takes room away from those that are kept for longer.
    pub(super) fn make_room_for_offer(&mut self, offer: TransferId) {
        let Some(session) = self.transfers.get(offer).map(|transfer| transfer.session) else { return };
        let limit = self.config.session_body_bytes;
        while limit > 0
            && let Some(kept) = self.sessions.get(session).map(|session| &session.rare.transfers)
            && kept.bytes() > limit
            && let Some(oldest) = kept.first_offer().filter(|oldest| *oldest != offer)
        {
            self.drop_unfinished(oldest);
        }
        self.make_room(session, 0, Some(offer));
    }

    /// Makes a place for one more request of a session.
    pub(super) fn make_place(&mut self, id: SessionId) {
        let Some(kept) = self.sessions.get(id).map(|session| &session.rare.transfers) else { return };
        let Some(oldest) = kept.first_client().filter(|_| kept.clients() >= MAX_CLIENTS) else { return };
        if self.transfers.client(oldest).is_some_and(|client| client.is_idle()) {
            self.transfers.remove(&mut self.sessions, oldest);
        } else {
            self.transfers.touch(&mut self.sessions, oldest);
        }
    }

    fn drop_unfinished(&mut self, id: TransferId) {
        let Some(transfer) = self.transfers.remove(&mut self.sessions, id) else { return };
        let session = transfer.session;
        log!(self, Debug, "** {}: unfinished body dropped to make room", self.name(session));
        let all_sent = matches!(&transfer.kind, Kind::QuickOffer(_, offer) if offer.all_sent());
        self.recall_payloads(session, transfer.in_flight);
        match transfer.kind {
            Kind::Intake(..) | Kind::QuickIntake(..) => self.tell(session, SessionEvent::PartialBlock),
            Kind::Received(_) => {}
            kind => self.release_offered(session, kind.into_body(), all_sent),
        }
    }
}
