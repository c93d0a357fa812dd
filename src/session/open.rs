//! Opening client sessions.
use crate::{
    dtls,
    entry::entry,
    home::command_context,
    log, raw,
    secure::{self, ClientSetup},
    sockaddr,
    stub::warn_unsupported,
    types::*,
    user_data::AppData,
    ws,
};
use coap_proto::{engine::Connect, wire::Protocol};
use std::{
    ffi::{c_char, c_uint, c_void},
    ptr,
};

/// Opens a session to a server, with one reference for the program. `local_if` is where to bind to, or null;
/// port 0 of `server` is the protocol's default port. Null when the system refuses, or the same session
/// exists already.
///
/// Over a stream the session is being connected then, and messages wait; the event handler learns what becomes of it. A
/// Unix domain socket for datagrams needs a path of its own in `local_if`.
///
/// Over DTLS, TLS and secure WebSockets it has no certificate of its own, and the server's is checked with the root
/// CAs of the context, too old or self-signed ones being good enough, as in libcoap: see
/// [`coap_new_client_session_pki`].
///
/// # Safety
/// The addresses are null or point to one whose family is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
) -> *mut coap_session_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        let call = Call { function: "coap_new_client_session", context: ctx, local: local_if, server, proto };
        call.open(None, AppData::default(), ptr::null())
    })
}

/// As [`coap_new_client_session`], with a pointer of the program's and the function to be told when it is no longer
/// needed (see [`coap_session_set_app_data2`](super::coap_session_set_app_data2)): the session has it before its first
/// event comes. Without a session the data stays the program's. `ws_host` is the Host of WebSockets, or null.
///
/// # Safety
/// As for [`coap_new_client_session`]; `callback` may be called as its type says until the session ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    let data = AppData::new(app_data, callback);
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        let call =
            Call { function: "coap_new_client_session3", context: ctx, local: local_if, server, proto };
        call.open(None, data, ws_host)
    })
}

/// As [`coap_new_client_session`], over DTLS, TLS or secure WebSockets with certificates. Everything in `setup_data` is
/// read and copied before this returns; null if something cannot be used or cannot be honoured, which the log names.
///
/// * A client may do without a certificate of its own. In DTLS its key has to be an ECDSA one (P-256 or P-384).
/// * `validate_cn_call_back` is asked about each certificate of the server, from its CA down to its own; a certificate
///   without a name has an empty one. It counts for this session alone.
/// * `client_sni` is told to servers over TLS. In DTLS no name is sent, which the log says (`COAP_LOG_INFO`).
/// * `additional_tls_setup_call_back` has to be null: there is no TLS library of C's to hand to it.
///
/// A session without (D)TLS is opened as well, if `setup_data` is in order.
///
/// Not yet: RSA keys, certificates between the peer's and its CA, and `client_sni` over DTLS; PKCS #11, raw public
/// keys.
///
/// # Safety
/// As for [`coap_new_client_session`]; `setup_data` is null or points to a structure whose strings and buffers are
/// readable, and whose functions may be called as their types say until the session ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_pki(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_pki_t,
) -> *mut coap_session_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        let call =
            Call { function: "coap_new_client_session_pki", context: ctx, local: local_if, server, proto };
        let setup = ClientSetup::certificates(call.function, ctx, setup_data);
        let setup = secure::accepted(call.function, setup)?;
        call.open(Some(setup), AppData::default(), ptr::null())
    })
}

/// As [`coap_new_client_session_pki`] and [`coap_new_client_session3`].
///
/// Not yet: RSA keys, certificates between the peer's and its CA, and `client_sni` over DTLS; PKCS #11, raw public
/// keys.
///
/// # Safety
/// As for both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_pki3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_pki_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    let data = AppData::new(app_data, callback);
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        let call =
            Call { function: "coap_new_client_session_pki3", context: ctx, local: local_if, server, proto };
        let setup = ClientSetup::certificates(call.function, ctx, setup_data);
        let setup = secure::accepted(call.function, setup)?;
        call.open(Some(setup), data, ws_host)
    })
}

/// As [`coap_new_client_session_psk2`], with nothing but an identity and its key.
///
/// Not yet: TLS and secure WebSockets, which work with certificates alone.
///
/// # Safety
/// As for [`coap_new_client_session`]; `identity` is null or a C string, `key` null or readable for `key_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_psk(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    identity: *const c_char,
    key: *const u8,
    key_len: c_uint,
) -> *mut coap_session_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        let call =
            Call { function: "coap_new_client_session_psk", context: ctx, local: local_if, server, proto };
        let setup = cpsk(identity, key, key_len);
        let setup = secure::accepted(call.function, ClientSetup::psk(&setup))?;
        call.open(Some(setup), AppData::default(), ptr::null())
    })
}

/// As [`coap_new_client_session`], over DTLS with a pre-shared key. Everything in `setup_data` is copied before this
/// returns; null if identity or key are missing or too long. TLS works with certificates alone.
///
/// * `validate_ih_call_back` is asked about the hint of the server, if there is one, and answers with identity and key
///   to use. Another identity than that of `psk_info` has the handshake begin again.
/// * `client_sni` is not sent: see [`coap_new_client_session_pki`].
///
/// A session without (D)TLS is opened as well, if `setup_data` is in order.
///
/// Not yet: TLS and secure WebSockets, which work with certificates alone; `client_sni`.
///
/// # Safety
/// As for [`coap_new_client_session`]; `setup_data` is null or points to a structure whose string and binaries are
/// readable. Its function may be called as its type says until the session ends, and what it returns is readable until
/// it is called again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_psk2(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_cpsk_t,
) -> *mut coap_session_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        let call =
            Call { function: "coap_new_client_session_psk2", context: ctx, local: local_if, server, proto };
        let setup = secure::accepted(call.function, ClientSetup::psk(setup_data))?;
        call.open(Some(setup), AppData::default(), ptr::null())
    })
}

/// As [`coap_new_client_session_psk2`] and [`coap_new_client_session3`].
///
/// Not yet: TLS and secure WebSockets, which work with certificates alone; `client_sni`.
///
/// # Safety
/// As for both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_psk3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_cpsk_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    let data = AppData::new(app_data, callback);
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        let call =
            Call { function: "coap_new_client_session_psk3", context: ctx, local: local_if, server, proto };
        let setup = secure::accepted(call.function, ClientSetup::psk(setup_data))?;
        call.open(Some(setup), data, ws_host)
    })
}

/// What the functions here have in common.
struct Call<'a> {
    function: &'a str,
    context: *mut coap_context_t,
    local: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
}

impl Call<'_> {
    /// Opens the session. `setup`: `None` where the program has said nothing.
    ///
    /// # Safety
    /// As for [`coap_new_client_session3`].
    unsafe fn open(
        self,
        setup: Option<ClientSetup>,
        data: AppData,
        ws_host: *const coap_str_const_t,
    ) -> Option<*mut coap_session_t> {
        let Self { function, context, local, server, proto } = self;
        let protocol = supported(function, proto)?;
        let setup = if dtls::is_secure(protocol) { self.setup(protocol, setup)? } else { None };
        // SAFETY: as the caller promises.
        let (bind, remote) = unsafe { (sockaddr::from_c(local), sockaddr::from_c(server)) };
        // SAFETY: as the caller promises.
        let host = unsafe { ws::host_text(ws_host) };
        let host = host.filter(|_| matches!(protocol, Protocol::Ws | Protocol::Wss));
        let (local, remote) = match remote {
            Some(remote) if bind.is_some() || local.is_null() => (bind, remote),
            _ => return warn_unsupported(function, "the family of the address"),
        };
        let opened = command_context(function, context, |context, now| {
            let connect = Connect { local, remote, protocol };
            let opened = match setup {
                Some(setup) => secure::connect(context, now, connect, setup),
                None => context.node.connect(now, connect).map(|id| (id, Default::default())),
            };
            Some(match opened {
                Ok((id, security)) => {
                    let refused = host.is_some_and(|host| !context.node.engine.set_websocket_host(id, &host));
                    let key = context.session_key(id);
                    if key.is_none() {
                        context.node.engine.release(now, id);
                    }
                    let (key, face) = (key?, context.sessions.get_mut(id.slot())?);
                    (face.app_data, face.security) = (data, security);
                    Ok((key, refused))
                }
                Err(error) => Err(error),
            })
        })?;
        match opened {
            Ok((key, host_refused)) => {
                if host_refused {
                    log::log(COAP_LOG_WARN, format_args!("{function}: the text cannot be a host"));
                }
                Some(key.pointer())
            }
            Err(error) => {
                log::log(COAP_LOG_WARN, format_args!("{function}: {error}"));
                None
            }
        }
    }

    /// What a secured session is opened with; `None`, logged, if it cannot be.
    fn setup(&self, protocol: Protocol, setup: Option<ClientSetup>) -> Option<Option<ClientSetup>> {
        let setup = match setup {
            Some(setup) => setup,
            None => secure::accepted(self.function, ClientSetup::nothing(self.function, self.context))?,
        };
        secure::accepted(self.function, setup.check(self.function, protocol))?;
        Some(Some(setup))
    }
}

/// # Safety
/// `identity` is null or a C string.
unsafe fn cpsk(identity: *const c_char, key: *const u8, key_len: c_uint) -> coap_dtls_cpsk_t {
    // SAFETY: as the caller promises.
    let length = unsafe { raw::text(identity) }.map_or(0, |identity| identity.count_bytes());
    coap_dtls_cpsk_t {
        version: COAP_DTLS_CPSK_SETUP_VERSION,
        reserved: [0; 7],
        validate_ih_call_back: None,
        ih_call_back_arg: ptr::null_mut(),
        client_sni: ptr::null_mut(),
        psk_info: coap_dtls_cpsk_info_t {
            identity: coap_bin_const_t { length, s: identity.cast() },
            key: coap_bin_const_t { length: key_len as usize, s: key },
        },
    }
}

/// The transport of this number, if it is built in; else a line in the log.
pub(super) fn supported(function: &str, protocol: coap_proto_t) -> Option<Protocol> {
    let found = match protocol {
        COAP_PROTO_UDP => Protocol::Udp,
        COAP_PROTO_DTLS => Protocol::Dtls,
        COAP_PROTO_TCP => Protocol::Tcp,
        COAP_PROTO_TLS => Protocol::Tls,
        COAP_PROTO_WS => Protocol::Ws,
        COAP_PROTO_WSS => Protocol::Wss,
        _ => return warn_unsupported(function, "the protocol"),
    };
    if dtls::is_secure(found) && !dtls::IS_BUILT {
        return warn_unsupported(function, found.name());
    }
    Some(found)
}
