//! Packets that are not sent on purpose, so that programs can test retransmission.
use crate::{entry::entry, log, raw, types::*};
use coap_net::random;
use std::{
    ffi::{c_char, c_int},
    ops::RangeInclusive,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// Drops packets on sending: `"10%"` at random, `"1,3-5"` the first, third, fourth and fifth from now on. 0 if the
/// text says neither; at most nine ranges.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_debug_set_packet_loss(loss_level: *const c_char) -> c_int {
    entry(0, || {
        // SAFETY: null or a C string, as documented.
        let percent = LOSS.set(unsafe { raw::text(loss_level) }?.to_bytes())?;
        if let Some(percent) = percent {
            log::log(COAP_LOG_DEBUG, format_args!("packet loss level set to {percent}%"));
        }
        Some(1)
    })
}

/// Has the sending of packets fail, as if the system refused them: they are lost, and the log says so. Takes the same
/// texts as [`coap_debug_set_packet_loss`], and counts for itself.
///
/// # Safety
/// `fail_level` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_debug_set_packet_fail(fail_level: *const c_char) -> c_int {
    entry(0, || {
        // SAFETY: as the caller promises.
        let percent = FAILURE.set(unsafe { raw::text(fail_level) }?.to_bytes())?;
        if let Some(percent) = percent {
            log::log(COAP_LOG_DEBUG, format_args!("packet fail level set to {percent}%"));
        }
        Some(1)
    })
}

/// A packet that is not sent, and its number since the setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lost {
    /// As in a network.
    Dropped(u32),
    /// As if the system refused it.
    Failed(u32),
}

/// What happens to the packet that is about to be sent, if anything. Counts it. Runs no code of the program's.
pub(crate) fn lose_packet() -> Option<Lost> {
    let failed = FAILURE.hit().map(Lost::Failed);
    let dropped = LOSS.hit().map(Lost::Dropped);
    failed.or(dropped)
}

/// Back to no loss.
pub(crate) fn reset() {
    LOSS.reset();
    FAILURE.reset();
}

static LOSS: Setting = Setting::new();
static FAILURE: Setting = Setting::new();

/// Which packets are hit.
struct Setting {
    /// Whether anything was ever asked for: most programs never do.
    active: AtomicBool,
    rule: Mutex<Rule>,
}

struct Rule {
    percent: u32,
    packets: Vec<RangeInclusive<u32>>,
    /// Packets since the setting.
    sent: u32,
}

impl Rule {
    const NONE: Self = Self { percent: 0, packets: Vec::new(), sent: 0 };
}

impl Setting {
    const fn new() -> Self {
        Self { active: AtomicBool::new(false), rule: Mutex::new(Rule::NONE) }
    }

    fn rule(&self) -> MutexGuard<'_, Rule> {
        self.rule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the percentage, if it is one; the outer `None`: the text says nothing.
    fn set(&self, text: &[u8]) -> Option<Option<u32>> {
        let parsed = parse(text)?;
        let mut rule = self.rule();
        rule.sent = 0;
        self.active.store(true, Relaxed);
        Some(match parsed {
            Parsed::Percent(percent) => {
                rule.percent = percent;
                Some(percent)
            }
            Parsed::Packets(packets) => {
                rule.packets = packets;
                None
            }
        })
    }

    /// Counts a packet; its number, if it is hit.
    fn hit(&self) -> Option<u32> {
        if self.active.load(Relaxed) { self.count() } else { None }
    }

    #[cold]
    fn count(&self) -> Option<u32> {
        let mut rule = self.rule();
        rule.sent = rule.sent.wrapping_add(1);
        let listed = rule.packets.iter().any(|range| range.contains(&rule.sent));
        (listed || unlucky(rule.percent)).then_some(rule.sent)
    }

    fn reset(&self) {
        self.active.store(false, Relaxed);
        *self.rule() = Rule::NONE;
    }
}

fn unlucky(percent: u32) -> bool {
    let mut random = [0; 2];
    percent > 0
        && random::fill(&mut random).is_ok()
        && u32::from(u16::from_ne_bytes(random)) < percent * 65536 / 100
}

#[derive(Debug, PartialEq)]
enum Parsed {
    Percent(u32),
    Packets(Vec<RangeInclusive<u32>>),
}

fn parse(text: &[u8]) -> Option<Parsed> {
    let (first, mut rest) = number(text)?;
    if rest.starts_with(b"%") {
        return Some(Parsed::Percent(first.min(100)));
    }
    let mut packets = Vec::new();
    let mut start = first;
    while start > 0 && packets.len() < 9 {
        let mut end = start;
        if let [b'-', after @ ..] = rest {
            (end, rest) = number(after).filter(|(end, _)| *end > 0)?;
        }
        packets.push(start..=end);
        match rest {
            [] => return Some(Parsed::Packets(packets)),
            [b',', after @ ..] => (start, rest) = number(after)?,
            _ => return None,
        }
    }
    None
}

/// A decimal number at the start of the text, and what follows it.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let text = text.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    Some((number, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_and_lists_are_read() {
        assert_eq!(parse(b"10%"), Some(Parsed::Percent(10)));
        assert_eq!(parse(b"250%"), Some(Parsed::Percent(100)));
        assert_eq!(parse(b"0%"), Some(Parsed::Percent(0)));
        assert_eq!(parse(b"1,3-5, 7"), Some(Parsed::Packets(vec![1..=1, 3..=5, 7..=7])));
        for text in [&b""[..], b"0", b"x", b"1,", b"1-", b"1-0", b"1;2", b"-1%", b"1,2,3,4,5,6,7,8,9,10"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn listed_packets_are_dropped_and_counted_anew() {
        for _ in 0..2 {
            // SAFETY: a C string.
            assert_eq!(unsafe { coap_debug_set_packet_loss(c"2,4-5".as_ptr()) }, 1);
            let dropped: Vec<_> = (0..6).map(|_| lose_packet().is_some()).collect();
            assert_eq!(dropped, [false, true, false, true, true, false]);
        }
        // SAFETY: as above.
        assert_eq!(unsafe { coap_debug_set_packet_loss(c"nonsense".as_ptr()) }, 0);
        // SAFETY: as above.
        unsafe {
            assert_eq!(coap_debug_set_packet_loss(c"1-2".as_ptr()), 1);
            assert_eq!(coap_debug_set_packet_fail(c"2-3".as_ptr()), 1);
            assert_eq!(coap_debug_set_packet_fail(c"2-".as_ptr()), 0);
        }
        let lost = [(); 4].map(|()| lose_packet());
        assert_eq!(lost, [Some(Lost::Dropped(1)), Some(Lost::Failed(2)), Some(Lost::Failed(3)), None]);
        reset();
        assert_eq!(lose_packet(), None);
    }
}
