//! What happens when time passes.
use super::exchange::{Exchange, ExchangeId, Phase};
use super::log::log;
use super::q_block::QBlock;
use super::{Engine, Nack, NackReason, SessionEvent};
use std::time::{Duration, Instant};

/// So many deadlines of a kind are served before others get their turn.
const TURN: usize = 1024;

impl Engine {
    /// When [`Engine::handle_timeout`] has something to do. `None`: only after something else has happened.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let idle = self.sessions.longest_idle().map(|(_, since)| since + self.config.session_timeout);
        // One after the other: asked for several times a turn, and most of them have none.
        let next = earlier(idle, self.next_ping());
        let next = earlier(next, self.has_work().then_some(self.now));
        let next = earlier(next, self.exchanges.next_timer());
        let next = earlier(next, self.transfers.next_timer());
        let next = earlier(next, self.asyncs.next_timer());
        let next = earlier(next, self.caches.next_timer());
        let next = earlier(next, self.forwards.next_timer());
        let next = earlier(next, self.upstreams.next_timer());
        earlier(next, self.streams.next_timer())
    }

    /// Serves the deadlines that are over.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance_clock(now);
        while let Some(session) = self.sessions.pop_left() {
            self.drop_lost_questions(session);
            self.settle(session);
        }
        for _ in 0..TURN {
            let Some(exchange) = self.exchanges.pop_due(self.now) else { break };
            self.serve_exchange(exchange);
        }
        self.serve_streams();
        self.serve_observers();
        for _ in 0..TURN {
            let Some(transfer) = self.transfers.pop_due(self.now) else { break };
            self.serve_transfer(transfer);
        }
        for _ in 0..TURN {
            let Some(request) = self.asyncs.pop_due(self.now) else { break };
            self.serve_async(request);
        }
        for _ in 0..TURN {
            let Some(entry) = self.caches.pop_due(self.now) else { break };
            self.end_cache_entry(entry);
        }
        self.serve_forwards();
        for _ in 0..TURN {
            self.sessions.pass_over_working();
            let silent = self.sessions.longest_idle();
            if silent.is_none_or(|(_, since)| since + self.config.session_timeout > self.now) {
                break;
            }
            self.drop_longest_idle();
        }
        for _ in 0..TURN {
            if self.next_ping().is_none_or(|at| at > self.now) {
                break;
            }
            self.keep_longest_silent_alive();
        }
    }

    /// Whether something is to be done without any deadline.
    fn has_work(&self) -> bool {
        self.observers.has_work()
            || self.forwards.has_due()
            || self.streams.has_work()
            || self.sessions.has_left()
    }

    /// A retransmission waits no longer than the keep-alive time, or a dead peer would be noticed too late.
    pub(super) fn cap_by_keepalive(&mut self, wait: Duration) -> Duration {
        const SPREAD: Duration = Duration::from_millis(255);
        match self.config.keepalive {
            Some(limit) if wait > limit => limit.saturating_sub(self.random.part(SPREAD)),
            _ => wait,
        }
    }

    fn serve_exchange(&mut self, id: ExchangeId) {
        let Some(exchange) = self.exchanges.get_mut(id) else { return };
        let session = exchange.session;
        match exchange.phase {
            Phase::Delayed => {
                self.flush(session);
                self.settle(session);
            }
            Phase::Leisure => {
                if let Some(exchange) = self.take_exchange(id) {
                    self.transmit(session, exchange.pdu);
                    self.settle(session);
                }
            }
            Phase::InFlight => {
                let limit = self.sessions.get(session).map_or(0, |session| session.parameters.max_retransmit);
                if exchange.attempts < limit {
                    exchange.attempts += 1;
                    self.tell(session, SessionEvent::MessageRetransmitted);
                    self.transmit_exchange(id);
                } else if let Some(exchange) = self.take_exchange(id) {
                    let (mid, attempts) = (exchange.pdu.mid(), exchange.attempts);
                    let name = self.name(session);
                    log!(self, Warn, "** {name}: mid=0x{mid:04x}: give up after {attempts} attempts");
                    self.give_up(exchange, NackReason::TooManyRetries);
                }
            }
        }
    }

    /// Tells that a message which was taken out will not be answered; whoever waits for its place may go.
    pub(super) fn give_up(&mut self, exchange: Exchange, reason: NackReason) {
        let (session, hidden) = (exchange.session, exchange.hidden);
        let mid = exchange.pdu.mid();
        if self.asks_for_q_block(session, mid) {
            self.learn_q_block(session, QBlock::Denied);
        } else if hidden {
            self.learn_nothing(session);
        } else {
            self.notification_failed(&exchange);
            self.payload_failed(&exchange);
            self.tell_nack(Nack { session, sent: Some(exchange.pdu), reason, mid });
        }
        self.flush(session);
        self.settle(session);
    }

    fn next_ping(&self) -> Option<Instant> {
        let interval = self.config.keepalive.filter(|interval| !interval.is_zero())?;
        self.sessions.longest_silent_client().map(|(_, since)| since + interval)
    }

    /// Pings the client session that has been silent for longest, unless its peer is expected to say
    /// something anyway. That the last ping was not answered is told now.
    fn keep_longest_silent_alive(&mut self) {
        let Some((id, _)) = self.sessions.longest_silent_client() else { return };
        self.sessions.touch(id, self.now);
        let Some(mid) = self.ping(self.now, id) else { return };
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.rare.make_mut().unanswered_ping.replace(mid).is_some() {
            self.tell(id, SessionEvent::KeepaliveFailed);
        }
    }
}

/// The earlier of two deadlines, if there are any.
#[inline]
fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (_, None) => one,
        (Some(one), Some(other)) if one <= other => Some(one),
        (_, other) => other,
    }
}
