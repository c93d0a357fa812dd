//! Keys and certificates of C programs: from the structures of `coap_dtls.h` to the credentials of floor 3, and from
//! the questions of a handshake to the program's functions.
//!
//! Everything that a program hands over is copied and checked at once: what cannot be used, or cannot be honoured, is
//! refused there with a line in the log ([`Refusal`]), not in the middle of a handshake.
mod ask;
mod binary;
mod client;
mod hook;
mod names;
mod pki;
mod psk;
mod refusal;
mod server;
mod shown;
#[cfg(test)]
mod tests;

pub(crate) use ask::{Asked, deliver};
pub(crate) use binary::CopiedBinary;
pub(crate) use client::{ClientSetup, connect};
pub(crate) use refusal::Refusal;
pub(crate) use server::{
    Security, accepted, add_root_cas, may_listen, set_certificates, set_pre_shared_keys, trust_system,
};
pub(crate) use shown::{SecurityFace, Shown, show};

use crate::{log, types::*};
use coap_secure::{Certificates, certificates::WallClock};
use std::time::SystemTime;

/// The clock that certificates are judged by.
const CLOCK: WallClock = WallClock(SystemTime::now);

/// What is done in a narrower way than the program asked for. Not under a lock.
fn log_limits(function: &str, certificates: &Certificates) {
    for limit in certificates.limits() {
        log::log(COAP_LOG_WARN, format_args!("{function}: {limit}"));
    }
}
