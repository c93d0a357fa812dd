//! The loop.
use crate::{
    context::Context,
    entry::entry,
    home::{Home, command_context, on_context},
    log,
    types::*,
    waits,
};
use std::{
    ffi::{c_int, c_uint},
    slice,
    time::{Duration, Instant},
};

/// `timeout_ms` of the loop functions: wait until something happens.
const WAIT: u32 = 0;
/// `timeout_ms` of the loop functions: do what there is to do and return.
pub(super) const NO_WAIT: u32 = u32::MAX;

/// Waits up to `timeout_ms` for something to happen and handles it: due timers, datagrams, callbacks.
///
/// Returns the milliseconds spent, -1 when there is no such context (any more). A signal, and a call from
/// another thread that gives the loop something to do, end the wait.
#[unsafe(no_mangle)]
pub extern "C" fn coap_io_process(context: *mut coap_context_t, timeout_ms: u32) -> c_int {
    entry(-1, || process("coap_io_process", context, timeout_ms))
}

/// Handles what there is to handle, then says whether anything is under way: 1, or 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_io_pending(context: *mut coap_context_t) -> c_int {
    entry(0, || {
        process("coap_io_pending", context, NO_WAIT)?;
        on_context("coap_io_pending", context, |context| Some(context.node.engine.pending().into()))
    })
}

/// Whether nothing waits to be sent or acknowledged: 1, or 0. A context that is none has nothing to send.
#[unsafe(no_mangle)]
pub extern "C" fn coap_can_exit(context: *mut coap_context_t) -> c_int {
    entry(1, || on_context("coap_can_exit", context, |context| Some(context.node.engine.can_exit().into())))
}

/// A descriptor for the program's own event loop, or -1: readable when [`coap_io_process`] has something to
/// do.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_get_coap_fd(context: *const coap_context_t) -> c_int {
    entry(-1, || {
        on_context("coap_context_get_coap_fd", context, |context| context.node.fd(Instant::now()).ok())
    })
}

/// Handles what is due and says in how many milliseconds something will be due next; 0: nothing is foreseen.
///
/// There are no single sockets to wait for: `*num_sockets` becomes 0. See [`coap_context_get_coap_fd`].
///
/// # Safety
/// `num_sockets` is null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_prepare_io(
    context: *mut coap_context_t,
    sockets: *mut *mut coap_socket_t,
    max_sockets: c_uint,
    num_sockets: *mut c_uint,
    now: coap_tick_t,
) -> c_uint {
    let _ = (sockets, max_sockets, now); // the sockets are not single, and the clock is our own
    entry(0, || {
        // SAFETY: as the caller promises.
        if let Some(number) = unsafe { num_sockets.as_mut() } {
            *number = 0;
        }
        prepare("coap_io_prepare_io", context)
    })
}

/// As [`coap_io_prepare_io`], for programs that watch [`coap_context_get_coap_fd`]: the descriptor also
/// becomes readable when something is due.
#[unsafe(no_mangle)]
pub extern "C" fn coap_io_prepare_epoll(context: *mut coap_context_t, now: coap_tick_t) -> c_uint {
    let _ = now; // the clock is our own
    entry(0, || {
        let wait = prepare("coap_io_prepare_epoll", context)?;
        on_context("coap_io_prepare_epoll", context, |context| context.node.fd(Instant::now()).ok())?;
        Some(wait)
    })
}

/// Handles what came in, without waiting.
#[unsafe(no_mangle)]
pub extern "C" fn coap_io_do_io(context: *mut coap_context_t, now: coap_tick_t) {
    let _ = now; // the clock is our own
    entry((), || process("coap_io_do_io", context, NO_WAIT).map(|_| ()))
}

/// Handles what the program's `epoll_wait` on [`coap_context_get_coap_fd`] reported.
///
/// # Safety
/// `events` points to `nevents` reports, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_do_epoll(
    context: *mut coap_context_t,
    events: *mut libc::epoll_event,
    nevents: usize,
) {
    entry((), || {
        let events = match events.is_null() {
            true => &[],
            // SAFETY: as the caller promises.
            false => unsafe { slice::from_raw_parts(events, nevents) },
        };
        command_context("coap_io_do_epoll", context, |context, now| {
            events.iter().for_each(|event| context.node.note_event(event.u64, event.events));
            context.node.turn(now);
            Some(())
        })
    })
}

/// Until when a loop function waits; `None`: for ever.
pub(super) fn until(timeout_ms: u32, now: Instant) -> Option<Instant> {
    match timeout_ms {
        WAIT => None,
        NO_WAIT => Some(now),
        _ => Some(now + Duration::from_millis(timeout_ms.into())),
    }
}

/// Handles what is due. Timers come before waiting, as they may make something that is worth waiting for.
pub(super) fn run_due(context: &mut Context, now: Instant) {
    if context.node.engine.poll_timeout().is_some_and(|at| at <= now) {
        context.node.engine.handle_timeout(now);
    }
}

fn process(function: &str, context: *mut coap_context_t, timeout_ms: u32) -> Option<c_int> {
    let before = Instant::now();
    let home = command_context(function, context, |context, now| {
        run_due(context, now);
        Some(Home::of(context))
    })?;
    if let Err(error) = waits::wait(home, until(timeout_ms, before))? {
        log::log(COAP_LOG_ERR, format_args!("{function}: {error}"));
        return None;
    }
    home.command(|context, now| context.node.turn(now))?;
    // A callback may have ended the context.
    home.enter(|_| c_int::try_from(before.elapsed().as_millis()).unwrap_or(c_int::MAX))
}

fn prepare(function: &str, context: *mut coap_context_t) -> Option<c_uint> {
    let home = command_context(function, context, |context, now| {
        run_due(context, now);
        Some(Home::of(context))
    })?;
    let next = home.enter(|context| {
        if context.node.has_work() { Some(Instant::now()) } else { context.node.engine.poll_timeout() }
    })?;
    // Rounded up, so that waiting so long is enough; never 0, which means "nothing".
    let wait = next?.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000).max(1);
    Some(c_uint::try_from(wait).unwrap_or(c_uint::MAX))
}
