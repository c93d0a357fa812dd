//! A build without DTLS and TLS: what `secure` is otherwise.
use crate::{context::Context, exposed::Graves, home::Home, log, stub::warn_unsupported, types::*};
use coap_net::ConnectError;
use coap_proto::{
    engine::{Connect, SessionId},
    wire::Protocol,
};
use std::{
    convert::Infallible,
    ffi::{c_char, c_int},
    time::Instant,
};

/// Nothing can be set in a context.
#[derive(Default)]
pub(crate) struct Security {}

/// A session has no keys to show.
#[derive(Default)]
pub(crate) struct SecurityFace {}

impl SecurityFace {
    pub(crate) fn hide(&mut self, _: &Graves) {}
}

/// What a getter is about.
pub(crate) enum Shown {
    Hint,
    Identity,
    Key,
}

pub(crate) fn show(_: &mut Context, _: SessionId, _: &Shown) -> Option<*const coap_bin_const_t> {
    None
}

/// There are no handshakes to ask questions in.
pub(crate) struct Asked(Infallible);

impl Asked {
    pub(crate) fn next(_: &mut Context) -> Option<Self> {
        None
    }
    pub(crate) fn session(&self) -> Option<SessionId> {
        match self.0 {}
    }
}

pub(crate) fn deliver(_: Home, asked: Asked) -> Option<()> {
    match asked.0 {}
}

/// Keys and certificates are of no use, and not looked at.
pub(crate) struct ClientSetup;

impl ClientSetup {
    pub(crate) unsafe fn psk(_: *const coap_dtls_cpsk_t) -> Result<Self, Infallible> {
        Ok(Self)
    }
    pub(crate) unsafe fn certificates(
        _: &str,
        _: *const coap_context_t,
        _: *const coap_dtls_pki_t,
    ) -> Result<Self, Infallible> {
        Ok(Self)
    }
    pub(crate) fn nothing(_: &str, _: *const coap_context_t) -> Result<Self, Infallible> {
        Ok(Self)
    }
    pub(crate) fn check(&self, _: &str, _: Protocol) -> Result<(), Infallible> {
        Ok(())
    }
}

pub(crate) fn connect(
    context: &mut Context,
    now: Instant,
    connect: Connect,
    _: ClientSetup,
) -> Result<(SessionId, SecurityFace), ConnectError> {
    context.node.connect(now, connect).map(|id| (id, SecurityFace {}))
}

pub(crate) fn accepted<R>(function: &str, made: Result<R, Infallible>) -> Option<R> {
    made.inspect_err(|never| log::log(COAP_LOG_WARN, format_args!("{function}: {never}"))).ok()
}

pub(crate) fn may_listen(_: &str, _: *const coap_context_t, _: Protocol) -> Option<()> {
    Some(())
}

pub(crate) unsafe fn set_pre_shared_keys(
    function: &str,
    _: *mut coap_context_t,
    _: *const coap_dtls_spsk_t,
) -> Option<c_int> {
    warn_unsupported(function, "PSK")
}

pub(crate) unsafe fn set_certificates(
    function: &str,
    _: *mut coap_context_t,
    _: *const coap_dtls_pki_t,
) -> Option<c_int> {
    warn_unsupported(function, "PKI")
}

pub(crate) unsafe fn add_root_cas(
    function: &str,
    _: *mut coap_context_t,
    _: *const c_char,
    _: *const c_char,
) -> Option<c_int> {
    warn_unsupported(function, "PKI")
}

pub(crate) fn trust_system(function: &str, _: *mut coap_context_t) -> Option<c_int> {
    warn_unsupported(function, "PKI")
}
