//! The loop.
use crate::{
    context::Context,
    entry::entry,
    home::{Home, command_context, on_context},
    log, raw,
    types::*,
    waits,
};
use std::{
    ffi::{c_int, c_uint},
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
/// There are no single sockets to wait for, but one that stands for all of them: the first of `sockets`, if
/// `max_sockets` has room for it; then `*num_sockets` becomes 1. Wait until [`coap_socket_get_fd`] of it is readable,
/// then call [`coap_io_do_io`].
///
/// # Safety
/// `sockets` is null or can be written to for `max_sockets` pointers; `num_sockets` is null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_prepare_io(
    context: *mut coap_context_t,
    sockets: *mut *mut coap_socket_t,
    max_sockets: c_uint,
    num_sockets: *mut c_uint,
    now: coap_tick_t,
) -> c_uint {
    const NAME: &str = "coap_io_prepare_io";
    let _ = now; // the clock is our own
    entry(0, || {
        // SAFETY: as the caller promises.
        unsafe { raw::write(num_sockets, 0) };
        let wait = prepare(NAME, context);
        let key = on_context(NAME, context, |context| Some(context.key))?;
        if max_sockets > 0 {
            // SAFETY: as the caller promises.
            unsafe { raw::write(sockets, key.pointer()).and_then(|()| raw::write(num_sockets, 1)) };
        }
        wait
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
        // SAFETY: as the caller promises.
        let events = unsafe { raw::slice(events, nevents) };
        command_context("coap_io_do_epoll", context, |context, now| {
            events.iter().for_each(|event| context.node.note_event(event.u64, event.events));
            context.turn(now);
            Some(())
        })
    })
}

/// Has the sockets of a context waited for as one, by programs with a loop of their own: `read_fds` gets the context's
/// descriptor (see [`coap_context_get_coap_fd`]), of which `*have_read_fds` becomes 1, and `*have_write_fds` 0: the
/// descriptor is readable also when a socket takes more. `*rem_timeout_ms` becomes how many milliseconds to wait at
/// most, 0: for ever. Then call [`coap_io_process`] with `COAP_IO_NO_WAIT`.
///
/// Returns 1, or 0 if there is no such context or no room for the descriptor.
///
/// # Safety
/// `read_fds` is null or can be written to for `max_read_fds` descriptors; the numbers are null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_get_fds(
    context: *mut coap_context_t,
    read_fds: *mut coap_fd_t,
    have_read_fds: *mut c_uint,
    max_read_fds: c_uint,
    write_fds: *mut coap_fd_t,
    have_write_fds: *mut c_uint,
    max_write_fds: c_uint,
    rem_timeout_ms: *mut c_uint,
) -> c_uint {
    const NAME: &str = "coap_io_get_fds";
    let _ = (write_fds, max_write_fds); // there is none to be written to
    entry(0, || {
        // SAFETY: as the caller promises.
        unsafe {
            raw::write(have_read_fds, 0);
            raw::write(have_write_fds, 0);
        }
        let wait = prepare(NAME, context).unwrap_or(0);
        let fd = on_context(NAME, context, |context| context.node.fd(Instant::now()).ok())?;
        (max_read_fds > 0).then_some(())?;
        // SAFETY: as the caller promises.
        unsafe {
            raw::write(read_fds, fd)?;
            raw::write(have_read_fds, 1);
            raw::write(rem_timeout_ms, wait);
        }
        Some(1)
    })
}

/// The descriptor of a socket that [`coap_io_prepare_io`] named: it stands for all of the context's
/// ([`coap_context_get_coap_fd`]); -1 if it is none.
#[unsafe(no_mangle)]
pub extern "C" fn coap_socket_get_fd(socket: *mut coap_socket_t) -> coap_fd_t {
    entry(-1, || {
        on_context("coap_socket_get_fd", socket.cast(), |context| context.node.fd(Instant::now()).ok())
    })
}

/// What a socket that [`coap_io_prepare_io`] named is and waits for, in libcoap's bits: always 0x0013, it is there,
/// bound and to be read from; 0 if it is none.
#[unsafe(no_mangle)]
pub extern "C" fn coap_socket_get_flags(socket: *mut coap_socket_t) -> coap_socket_flags_t {
    entry(0, || {
        let waits = COAP_SOCKET_NOT_EMPTY | COAP_SOCKET_BOUND | COAP_SOCKET_WANT_READ;
        on_context("coap_socket_get_flags", socket.cast(), |_| Some(waits))
    })
}

/// Says what a socket can do now, in libcoap's bits (0x0100: be read from). [`coap_io_do_io`] looks for itself: nothing
/// depends on it.
#[unsafe(no_mangle)]
pub extern "C" fn coap_socket_set_flags(socket: *mut coap_socket_t, flags: coap_socket_flags_t) {
    let _ = flags;
    entry((), || on_context("coap_socket_set_flags", socket.cast(), |_| Some(())))
}

/// A socket is there.
const COAP_SOCKET_NOT_EMPTY: coap_socket_flags_t = 0x0001;
/// It is bound to an address.
const COAP_SOCKET_BOUND: coap_socket_flags_t = 0x0002;
/// It is to be read from when something has come.
const COAP_SOCKET_WANT_READ: coap_socket_flags_t = 0x0010;

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
    let home = on_context(function, context, |context| Some(Home::of(context)))?;
    step(function, home, until(timeout_ms, before), |_| false)?;
    Some(milliseconds(before))
}

/// One turn of the loop; without waiting if the caller is `done`. `None`: the context is gone, or the system cannot
/// wait, which is logged.
pub(crate) fn step(
    function: &str,
    home: Home,
    until: Option<Instant>,
    done: impl Fn(&Context) -> bool,
) -> Option<()> {
    if home.enter(|context| context.is_behind(Instant::now()))? {
        home.command(run_due)?;
    }
    if let Err(error) = waits::wait_unless(home, until, done)? {
        log::log(COAP_LOG_ERR, format_args!("{function}: {error}"));
        return None;
    }
    home.turn()?;
    // A callback may have ended the context.
    home.enter(|_| ())
}

/// How many milliseconds ago that was.
pub(super) fn milliseconds(before: Instant) -> c_int {
    c_int::try_from(before.elapsed().as_millis()).unwrap_or(c_int::MAX)
}

fn prepare(function: &str, context: *mut coap_context_t) -> Option<c_uint> {
    let home = command_context(function, context, |context, now| {
        run_due(context, now);
        Some(Home::of(context))
    })?;
    let next = home.enter(|context| match context.node.is_busy() {
        true => Some(Instant::now()),
        false => context.node.deadline(),
    })?;
    // Rounded up, so that waiting so long is enough; never 0, which means "nothing".
    let wait = next?.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000).max(1);
    Some(c_uint::try_from(wait).unwrap_or(c_uint::MAX))
}
