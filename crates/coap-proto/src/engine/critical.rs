//! Which options a message may not have (RFC 7252 section 5.4).
use super::log::log;
use super::request::FOR_PROXIES;
use super::{Engine, SessionId};
use crate::block::quick;
use crate::wire::option::{self, Presence};
use crate::wire::{BlockValue, OptionFilter, OptionRef, Pdu};

/// What the options of a message mean for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All that must be understood is.
    Understood,
    /// Something is not, but a proxy may forward it (RFC 7252 section 5.4.2).
    ForwardOnly,
    /// Some are not understood, or come too often (section 5.4.5): these.
    Refused(OptionFilter),
}

/// The critical options that the engine or its handlers understand.
const KNOWN: Presence = Presence::NONE
    .with(option::IF_MATCH)
    .with(option::URI_HOST)
    .with(option::IF_NONE_MATCH)
    .with(option::URI_PORT)
    .with(option::URI_PATH)
    .with(option::URI_QUERY)
    .with(option::ACCEPT)
    .with(option::BLOCK2)
    .with(option::BLOCK1)
    .with(option::PROXY_URI)
    .with(option::PROXY_SCHEME);

/// Options that are never refused but for their length: they are elective, or understood and may be repeated.
const UNDOUBTED: Presence = Presence::ELECTIVE.with(option::URI_PATH).with(option::URI_QUERY);
/// A value in a message of at most so many bytes is not too long for them.
const SHORT: usize = 255;

impl Engine {
    pub(super) fn check_options(&mut self, id: SessionId, pdu: &Pdu) -> Verdict {
        if pdu.presence().is_within(UNDOUBTED) && pdu.len() <= SHORT {
            return Verdict::Understood;
        }
        let q_block = quick::is_quick(pdu) && self.allows_q_block(id, pdu);
        let mut unknown = OptionFilter::EMPTY;
        let mut forward_only = false;
        let mut previous = None;
        for option in pdu.options().filter(|option| option::is_critical(option.number)) {
            let number = option.number;
            let repeated = previous.replace(number) == Some(number);
            let is_usual = !repeated && KNOWN.may_have(number);
            if is_usual && option::allows_length(number, option.value.len())
                || self.understands(&option, repeated, q_block)
            {
                continue;
            }
            if self.may_forward(id, pdu, number) {
                forward_only = true;
                continue;
            }
            log!(self, Debug, "unknown critical option {number}");
            // When there is no room left to name them all, some are enough.
            if !unknown.set(number) {
                break;
            }
        }
        match forward_only {
            _ if !unknown.is_empty() => Verdict::Refused(unknown),
            true => Verdict::ForwardOnly,
            false => Verdict::Understood,
        }
    }

    /// One that comes too often, or with a length that it cannot have, is treated like an unknown one (RFC
    /// 7252 section 5.4.3, 5.4.5).
    fn understands(&mut self, option: &OptionRef<'_>, repeated: bool, q_block: bool) -> bool {
        let OptionRef { number, value, .. } = *option;
        if matches!(number, option::Q_BLOCK1 | option::Q_BLOCK2) && !self.known_options.contains(&number) {
            return q_block
                && option::allows_length(number, value.len())
                && !(repeated && number == option::Q_BLOCK1);
        }
        if repeated && option::definition(number).is_some_and(|definition| !definition.repeatable) {
            log!(self, Info, "Option number {number} is not defined as repeatable - dropped");
            return false;
        }
        KNOWN.may_have(number) && option::allows_length(number, value.len())
            || self.known_options.contains(&number)
    }

    /// Whether a message may have the Q-Block options that it has: the session must know them, no Block options may
    /// be there too, and only requests for blocks have several (RFC 9177 section 4.1).
    fn allows_q_block(&self, id: SessionId, pdu: &Pdu) -> bool {
        let count = || pdu.options().filter(|option| option.number == option::Q_BLOCK2).count();
        self.tries_q_block(id) && !quick::is_stepwise(pdu) && (pdu.code().is_request() || count() <= 1)
    }

    fn may_forward(&self, id: SessionId, pdu: &Pdu, number: u16) -> bool {
        if option::is_unsafe(number) || KNOWN.may_have(number) {
            return false;
        }
        if pdu.code().is_response() {
            // It is for a client of this node's.
            return self.sessions.get(id).is_some_and(|session| session.rare.upstream.is_some());
        }
        pdu.code().is_request() && self.resources.proxy().is_some() && pdu.presence().meets(FOR_PROXIES)
    }
}

/// In a request, the M bit of Block2 has no meaning and is cleared (RFC 7959 section 2.2).
pub(super) fn clear_request_more(pdu: &mut Pdu) {
    let block = pdu.option(option::BLOCK2).and_then(|block| BlockValue::decode(block.value));
    if let Some(block) = block.filter(|block| block.more) {
        // The value does not get longer: this cannot fail.
        let _ = pdu.update_option(option::BLOCK2, &BlockValue { more: false, ..block }.encode());
    }
}
