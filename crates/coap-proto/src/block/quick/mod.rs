//! Bodies in blocks that do not wait for each other (RFC 9177, "Q-Block"), as state machines that know nothing of
//! sessions and clocks.
//!
//! * [`Pace`] is what both senders have in common: which block goes out next, and when to pause. [`QuickUpload`]
//!   is a request body that is being sent (Q-Block1), [`QuickOffer`] a response body (Q-Block2).
//! * [`Reception`] is what both receivers have in common: when to say that all came so far, and when to ask for
//!   what did not. [`QuickIntake`] is a request body that is being received, [`QuickDownload`] a response body.
mod download;
mod intake;
mod offer;
mod pace;
mod reception;
#[cfg(test)]
mod tests;
mod upload;

pub use download::{QuickArrival, QuickDownload};
pub use intake::{Progress, QuickIntake};
pub use offer::{Asked, Payload, QuickOffer};
pub use pace::Pace;
pub use reception::{Reception, Step};
pub use upload::{QuickUpload, Said};
pub(crate) use upload::{is_about_body, lists_missing_blocks};

use crate::wire::Pdu;
use crate::wire::option::{self, Presence};

const QUICK: Presence = Presence::NONE.with(option::Q_BLOCK1).with(option::Q_BLOCK2);
const STEPWISE: Presence = Presence::NONE.with(option::BLOCK1).with(option::BLOCK2);

/// Whether a message has a Q-Block option.
pub fn is_quick(pdu: &Pdu) -> bool {
    pdu.presence().meets(QUICK)
}

/// Whether a message has a Block option.
pub fn is_stepwise(pdu: &Pdu) -> bool {
    pdu.presence().meets(STEPWISE)
}
