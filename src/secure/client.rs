//! Client sessions with keys or certificates.
use super::{Refusal, SecurityFace, pki::Wanted, psk::ClientKeys, shown::Hooks};
use crate::{context::Context, home::on_context, log, raw, types::*};
use coap_net::{ClientCredentials, ConnectError};
use coap_proto::{
    engine::{Connect, SessionId},
    wire::Protocol,
};
use coap_secure::Certificates;
use std::{sync::Arc, time::Instant};

/// What a client session is to be secured with, checked.
pub(crate) struct ClientSetup(With);

enum With {
    Psk(ClientKeys),
    Certificates(Wanted, Arc<Certificates>),
}

impl ClientSetup {
    /// # Safety
    /// `setup` is null or points to a structure of which everything that it points to is readable.
    pub(crate) unsafe fn psk(setup: *const coap_dtls_cpsk_t) -> Result<Self, Refusal> {
        // SAFETY: as the caller promises.
        unsafe { ClientKeys::read(&raw::read(setup).ok_or(Refusal::NoSetup)?) }
            .map(|keys| Self(With::Psk(keys)))
    }

    /// # Safety
    /// As for [`ClientSetup::psk`].
    pub(crate) unsafe fn certificates(
        function: &str,
        context: *const coap_context_t,
        setup: *const coap_dtls_pki_t,
    ) -> Result<Self, Refusal> {
        // SAFETY: as the caller promises.
        let wanted = unsafe { Wanted::read(&raw::read(setup).ok_or(Refusal::NoSetup)?) }?;
        Self::of(function, context, wanted)
    }

    /// What a session has whose program has not said anything: certificates of servers are checked as libcoap does
    /// then.
    pub(crate) fn nothing(function: &str, context: *const coap_context_t) -> Result<Self, Refusal> {
        Self::of(function, context, Wanted::nothing())
    }

    fn of(function: &str, context: *const coap_context_t, wanted: Wanted) -> Result<Self, Refusal> {
        let roots = on_context(function, context, |context| Some(context.security.roots()));
        let made = wanted.make(&roots.unwrap_or_default())?;
        Ok(Self(With::Certificates(wanted, made)))
    }

    /// Whether a session of this protocol can use it; what it cannot do is logged. Not under the lock.
    pub(crate) fn check(&self, function: &str, protocol: Protocol) -> Result<(), Refusal> {
        let is_dtls = protocol == Protocol::Dtls;
        let has_name = match &self.0 {
            With::Psk(_) if !is_dtls => return Err(Refusal::PskOverTls),
            With::Psk(keys) => keys.has_name,
            With::Certificates(wanted, certificates) => {
                if is_dtls {
                    certificates.check_dtls_client()?;
                }
                super::log_limits(function, certificates);
                wanted.name.is_some()
            }
        };
        if is_dtls && has_name {
            log::log(COAP_LOG_INFO, format_args!("{function}: client_sni is not sent in DTLS"));
        }
        Ok(())
    }
}

/// Opens a session that is secured. Under the lock.
pub(crate) fn connect(
    context: &mut Context,
    now: Instant,
    connect: Connect,
    setup: ClientSetup,
) -> Result<(SessionId, SecurityFace), ConnectError> {
    let mut hooks = Hooks::default();
    let credentials = match setup.0 {
        With::Psk(keys) => {
            hooks.on_hint = keys.on_hint;
            ClientCredentials::Psk(keys.credentials)
        }
        With::Certificates(wanted, certificates) => {
            hooks.on_certificate = wanted.on_certificate;
            ClientCredentials::Certificates { certificates, name: wanted.name.clone() }
        }
    };
    let id = context.node.connect_secure(now, connect, credentials)?;
    Ok((id, SecurityFace::asking(hooks)))
}
