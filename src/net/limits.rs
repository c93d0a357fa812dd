//! Limits and times of a context.
use crate::{
    entry::entry,
    home::{command_context, on_context},
    stub::warn_unsupported,
    types::*,
};
use coap_proto::engine::Config;
use std::{ffi::c_uint, time::Duration};

/// Shortest Max-Message-Size that a peer may be told (bytes).
const MIN_MESSAGE_SIZE: u32 = 64;
/// Longest tokens that can be agreed on (bytes): from what every node takes to the most there is (RFC 8974).
const TOKEN_SIZES: std::ops::RangeInclusive<usize> = 8..=65_804;

/// What the program set, for it to read again: some values mean "as by default".
#[derive(Clone, Copy, Default)]
pub(crate) struct Limits {
    max_idle_sessions: c_uint,
    session_timeout: c_uint,
    /// Observers are not told that the context goes.
    pub(super) quiet_shutdown: bool,
}

/// Has sessions without traffic pinged after so many seconds; 0: never.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_keepalive(context: *mut coap_context_t, seconds: c_uint) {
    entry((), || {
        command_context("coap_context_set_keepalive", context, |context, _| {
            let keepalive = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
            context.node.engine.config_mut().keepalive = keepalive;
            Some(())
        })
    })
}

/// Longest token, in bytes, of sessions to come: 8 to 65,804; other values change nothing. More than 8
/// announces RFC 8974.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_max_token_size(context: *mut coap_context_t, max_token_size: usize) {
    entry((), || {
        on_context("coap_context_set_max_token_size", context, |context| {
            if TOKEN_SIZES.contains(&max_token_size) {
                context.node.engine.config_mut().max_token_size = max_token_size;
            }
            Some(())
        })
    })
}

/// How many server sessions that nobody holds are kept; when there are more the oldest goes. 0: no limit.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_max_idle_sessions(
    context: *mut coap_context_t,
    max_idle_sessions: c_uint,
) {
    entry((), || {
        on_context("coap_context_set_max_idle_sessions", context, |context| {
            context.limits.max_idle_sessions = max_idle_sessions;
            let limit = if max_idle_sessions == 0 { usize::MAX } else { max_idle_sessions as usize };
            context.node.engine.config_mut().max_idle_sessions = limit;
            Some(())
        })
    })
}

/// What [`coap_context_set_max_idle_sessions`] set; at first 0, which means 200,000 then.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_get_max_idle_sessions(context: *const coap_context_t) -> c_uint {
    entry(0, || {
        on_context("coap_context_get_max_idle_sessions", context, |context| {
            Some(context.limits.max_idle_sessions)
        })
    })
}

/// For how many seconds a server session that nobody holds is kept without traffic; 0: 300.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_session_timeout(context: *mut coap_context_t, session_timeout: c_uint) {
    entry((), || {
        command_context("coap_context_set_session_timeout", context, |context, _| {
            context.limits.session_timeout = session_timeout;
            let timeout = match session_timeout {
                0 => Config::default().session_timeout,
                seconds => Duration::from_secs(seconds.into()),
            };
            context.node.engine.config_mut().session_timeout = timeout;
            Some(())
        })
    })
}

/// Has client sessions that were lost connected again after so many seconds; 0: never, which is how it is.
///
/// Not yet.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_session_reconnect_time(
    context: *mut coap_context_t,
    reconnect_time: c_uint,
) {
    entry((), || reconnect("coap_context_set_session_reconnect_time", context, reconnect_time))
}

/// As [`coap_context_set_session_reconnect_time`], so many times; 0: for ever.
///
/// Not yet.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_session_reconnect_time2(
    context: *mut coap_context_t,
    reconnect_time: c_uint,
    retry_count: u8,
) {
    let _ = retry_count;
    entry((), || reconnect("coap_context_set_session_reconnect_time2", context, reconnect_time))
}

/// How many non-confirmable messages a minute each session may send; 0: no limit. Those that would come earlier wait,
/// and go out in their order.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_rate_limit_ppm(context: *mut coap_context_t, rate_limit_ppm: u64) {
    entry((), || {
        on_context("coap_context_rate_limit_ppm", context, |context| {
            let interval = Duration::from_secs(60).as_nanos() as u64;
            let interval = interval.checked_div(rate_limit_ppm).map(Duration::from_nanos);
            context.node.engine.config_mut().non_interval = interval;
            Some(())
        })
    })
}

/// Has [`coap_free_context`](super::coap_free_context) end observations without a word; otherwise observers are told
/// that their resource is gone (4.04).
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_shutdown_no_observe(context: *mut coap_context_t) {
    entry((), || {
        on_context("coap_context_set_shutdown_no_observe", context, |context| {
            context.limits.quiet_shutdown = true;
            Some(())
        })
    })
}

/// What [`coap_context_set_session_timeout`] set; at first 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_get_session_timeout(context: *const coap_context_t) -> c_uint {
    entry(0, || {
        on_context("coap_context_get_session_timeout", context, |context| {
            Some(context.limits.session_timeout)
        })
    })
}

/// How many security handshakes may be under way at a time; 0: as by default.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_max_handshake_sessions(
    context: *mut coap_context_t,
    max_handshake_sessions: c_uint,
) {
    entry((), || {
        on_context("coap_context_set_max_handshake_sessions", context, |context| {
            context.node.engine.config_mut().max_handshake_sessions = max_handshake_sessions as usize;
            Some(())
        })
    })
}

/// What [`coap_context_set_max_handshake_sessions`] set; at first 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_get_max_handshake_sessions(context: *const coap_context_t) -> c_uint {
    entry(0, || {
        on_context("coap_context_get_max_handshake_sessions", context, |context| {
            c_uint::try_from(context.node.engine.config().max_handshake_sessions).ok()
        })
    })
}

/// For how many seconds a session waits for the peer's CSM (RFC 8323 section 5.3), server sessions too; 0: for ever.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_csm_timeout(context: *mut coap_context_t, csm_timeout: c_uint) {
    entry((), || {
        on_context("coap_context_set_csm_timeout", context, |context| {
            context.node.engine.config_mut().csm_timeout = Duration::from_secs(csm_timeout.into());
            Some(())
        })
    })
}

/// What [`coap_context_set_csm_timeout`] set, in whole seconds; at first 30.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_get_csm_timeout(context: *const coap_context_t) -> c_uint {
    entry(0, || {
        on_context("coap_context_get_csm_timeout", context, |context| {
            c_uint::try_from(context.node.engine.config().csm_timeout.as_secs()).ok()
        })
    })
}

/// As [`coap_context_set_csm_timeout`], in milliseconds.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_csm_timeout_ms(context: *mut coap_context_t, csm_timeout_ms: c_uint) {
    entry((), || {
        on_context("coap_context_set_csm_timeout_ms", context, |context| {
            context.node.engine.config_mut().csm_timeout = Duration::from_millis(csm_timeout_ms.into());
            Some(())
        })
    })
}

/// As [`coap_context_get_csm_timeout`], in milliseconds.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_get_csm_timeout_ms(context: *const coap_context_t) -> c_uint {
    entry(0, || {
        on_context("coap_context_get_csm_timeout_ms", context, |context| {
            let timeout = context.node.engine.config().csm_timeout.as_millis();
            Some(c_uint::try_from(timeout).unwrap_or(c_uint::MAX))
        })
    })
}

/// Longest message, in bytes, that peers over reliable transports are told they may send (RFC 8323 section
/// 5.3.1); less than 64 changes nothing.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_csm_max_message_size(
    context: *mut coap_context_t,
    csm_max_message_size: u32,
) {
    entry((), || {
        on_context("coap_context_set_csm_max_message_size", context, |context| {
            if csm_max_message_size >= MIN_MESSAGE_SIZE {
                context.node.engine.config_mut().csm_max_message_size = csm_max_message_size;
            }
            Some(())
        })
    })
}

/// What [`coap_context_set_csm_max_message_size`] set; at first 8 MiB and 256 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_get_csm_max_message_size(context: *const coap_context_t) -> u32 {
    entry(0, || {
        on_context("coap_context_get_csm_max_message_size", context, |context| {
            Some(context.node.engine.config().csm_max_message_size)
        })
    })
}

fn reconnect(function: &str, context: *mut coap_context_t, seconds: c_uint) -> Option<()> {
    on_context(function, context, |_| Some(()))?;
    if seconds > 0 { warn_unsupported(function, "connecting sessions again") } else { Some(()) }
}
