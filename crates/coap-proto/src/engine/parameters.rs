//! Transmission parameters of a session (RFC 7252 section 4.8, RFC 9177 section 7.2).
use super::seldom::Usual;
use std::time::Duration;

/// A number with thousandths, as libcoap's `coap_fixed_point_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedPoint {
    /// Whole part.
    pub integer: u16,
    /// Thousandths, 0 to 999.
    pub thousandths: u16,
}

impl FixedPoint {
    /// `integer.thousandths`.
    pub const fn new(integer: u16, thousandths: u16) -> Self {
        Self { integer, thousandths }
    }
    /// Read as seconds.
    pub const fn as_duration(self) -> Duration {
        Duration::from_millis(self.in_thousandths())
    }

    /// All of it in thousandths.
    const fn in_thousandths(self) -> u64 {
        self.integer as u64 * 1000 + self.thousandths as u64
    }
}

/// Transmission parameters of a session. The defaults are those of the RFCs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// First wait for an acknowledgement, in seconds. Default 2.
    pub ack_timeout: FixedPoint,
    /// The first wait is up to this much longer. Default 1.5.
    pub ack_random_factor: FixedPoint,
    /// Retransmissions of a confirmable message. Default 4.
    pub max_retransmit: u16,
    /// Confirmable messages in flight. Default 1.
    pub nstart: u16,
    /// Longest delay of an answer to a multicast request, in seconds. Default 5.
    pub default_leisure: FixedPoint,
    /// Bytes a second to a peer that does not answer. Default 1.
    pub probing_rate: u32,
    /// Q-Block: payloads in a burst. Default 10.
    pub max_payloads: u16,
    /// Q-Block: retransmissions of a request for missing payloads. Default 4.
    pub non_max_retransmit: u16,
    /// Q-Block: time between bursts, in seconds. Default 2.
    pub non_timeout: FixedPoint,
    /// Q-Block: wait for missing payloads, in seconds. Default 4.
    pub non_receive_timeout: FixedPoint,
}

/// How long a datagram may be under way (RFC 7252 section 4.8.2), in microseconds.
const MAX_LATENCY: u64 = 100_000_000;
/// No wait is longer than this, whatever the parameters say.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

impl Parameters {
    /// MAX_TRANSMIT_SPAN: from the first transmission of a confirmable message to its last (RFC 7252 section
    /// 4.8.2).
    pub fn max_transmit_span(&self) -> Duration {
        Duration::from_micros(self.transmit_span())
    }

    /// MAX_TRANSMIT_WAIT: from the first transmission of a confirmable message to the end of the wait for its
    /// acknowledgement.
    pub fn max_transmit_wait(&self) -> Duration {
        let waits = self.max_retransmit.saturating_add(1);
        Duration::from_micros(sum_of_doubling(self.stretch(self.ack_timeout), waits))
    }

    /// EXCHANGE_LIFETIME: for how long the message ID of a confirmable message is taken.
    pub fn exchange_lifetime(&self) -> Duration {
        let ack_timeout = self.ack_timeout.in_thousandths() * 1000;
        Duration::from_micros(self.transmit_span() + 2 * MAX_LATENCY + ack_timeout)
    }

    /// NON_LIFETIME: for how long the message ID of a non-confirmable message is taken.
    pub fn non_lifetime(&self) -> Duration {
        Duration::from_micros(self.transmit_span() + MAX_LATENCY)
    }

    /// NON_PARTIAL_TIMEOUT: for how long a body is kept of which blocks are missing (RFC 9177 section 7.2).
    pub fn non_partial_timeout(&self) -> Duration {
        let span = sum_of_doubling(self.stretch(self.non_timeout), self.non_max_retransmit);
        Duration::from_micros(span + 2 * MAX_LATENCY) + self.non_timeout.as_duration()
    }

    /// How long missing blocks are waited for that were asked for `retries` times: NON_RECEIVE_TIMEOUT, doubling.
    pub(super) fn non_receive_wait(&self, retries: u16) -> Duration {
        let doublings = 1u32.checked_shl(retries.into()).unwrap_or(u32::MAX);
        self.non_receive_timeout.as_duration().saturating_mul(doublings).min(FOREVER)
    }

    /// The longest NON_TIMEOUT_RANDOM: NON_TIMEOUT * ACK_RANDOM_FACTOR.
    pub(super) fn longest_non_timeout(&self) -> Duration {
        Duration::from_micros(self.stretch(self.non_timeout))
    }

    /// The first wait for an acknowledgement (RFC 7252 section 4.2): from ACK_TIMEOUT, for 0, to nearly
    /// ACK_TIMEOUT * ACK_RANDOM_FACTOR, for 65,535.
    pub(super) fn first_wait(&self, random: u16) -> Duration {
        let shortest = self.ack_timeout.in_thousandths() * 1000;
        let spread = self.stretch(self.ack_timeout) - shortest;
        Duration::from_micros(shortest + ((u128::from(spread) * u128::from(random)) >> 16) as u64)
    }

    /// MAX_TRANSMIT_SPAN in microseconds. Lifetimes are asked for once a message, and quicker made of one number.
    fn transmit_span(&self) -> u64 {
        sum_of_doubling(self.stretch(self.ack_timeout), self.max_retransmit)
    }

    /// So many seconds and a random part at most, in microseconds.
    fn stretch(&self, time: FixedPoint) -> u64 {
        time.in_thousandths() * self.ack_random_factor.in_thousandths().max(1000)
    }
}

impl Parameters {
    const fn of_the_rfcs() -> Self {
        Self {
            ack_timeout: FixedPoint::new(2, 0),
            ack_random_factor: FixedPoint::new(1, 500),
            max_retransmit: 4,
            nstart: 1,
            default_leisure: FixedPoint::new(5, 0),
            probing_rate: 1,
            max_payloads: 10,
            non_max_retransmit: 4,
            non_timeout: FixedPoint::new(2, 0),
            non_receive_timeout: FixedPoint::new(4, 0),
        }
    }
}

/// What so many waits take together, the first of which is `first`, and each of the others twice the one before. In
/// microseconds.
fn sum_of_doubling(first: u64, count: u16) -> u64 {
    let waits = 1u64.checked_shl(count.into()).unwrap_or(u64::MAX) - 1;
    first.saturating_mul(waits).min(FOREVER.as_micros() as u64)
}

impl Default for Parameters {
    fn default() -> Self {
        Self::of_the_rfcs()
    }
}

impl Usual for Parameters {
    const USUAL: &'static Self = &Self::of_the_rfcs();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7252 section 4.8.2, RFC 9177 section 7.2 (table 3).
    #[test]
    fn the_defaults_are_those_of_the_rfcs() {
        let parameters = Parameters::default();
        let seconds = [
            (parameters.max_transmit_span(), 45),
            (parameters.max_transmit_wait(), 93),
            (parameters.exchange_lifetime(), 247),
            (parameters.non_lifetime(), 145),
            (parameters.longest_non_timeout(), 3),
            (parameters.non_partial_timeout(), 247),
            (parameters.non_receive_wait(0), 4),
            (parameters.non_receive_wait(4), 64),
        ];
        for (duration, expected) in seconds {
            assert_eq!(duration, Duration::from_secs(expected));
        }
        assert_eq!(parameters.non_receive_wait(u16::MAX), FOREVER, "no number is too large");
    }
}
