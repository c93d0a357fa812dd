//! Loops that the library runs, in one thread or several.
use super::io::{step, until};
use crate::{
    cell::upcall,
    crew,
    entry::entry,
    home::{Home, on_context},
    interrupts::{self, Running},
    log,
    types::*,
};
use std::{
    ffi::{c_int, c_void},
    time::Instant,
};

/// Runs the loop of a context in this thread and in `thread_count` - 1 others (0 counts as 1), until
/// [`coap_io_process_terminate_loop`] says so. This thread runs `main_loop_code` before each turn, at least every
/// `timeout_ms` (`COAP_IO_WAIT`: whenever something happens; `COAP_IO_NO_WAIT`: all the time). Handlers run in all
/// threads, several at a time.
///
/// Returns 1 when it was told to end; then all its threads have. 0, if there is no such context (any more), or the
/// threads cannot be started: at most 256 beside this one.
///
/// # Safety
/// `main_loop_code` may be called with `main_loop_code_arg` as its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_process_loop(
    context: *mut coap_context_t,
    main_loop_code: coap_io_process_thread_t,
    main_loop_code_arg: *mut c_void,
    timeout_ms: u32,
    thread_count: u32,
) -> c_int {
    const NAME: &str = "coap_io_process_loop";
    entry(0, || {
        let home = on_context(NAME, context, |context| Some(Home::of(context)))?;
        let running = Running::begin();
        interrupts::watch(home)?;
        enlist(NAME, home, thread_count.saturating_sub(1))?;
        let mut alive = Some(());
        while alive.is_some() && !interrupts::loops_end() {
            if let Some(code) = main_loop_code {
                // SAFETY: as the caller promises.
                upcall(|| unsafe { code(main_loop_code_arg) });
            }
            alive = step(NAME, home, until(timeout_ms, Instant::now()), |_| interrupts::loops_end());
        }
        crew::dismiss(home);
        drop(running);
        alive.map(|()| 1)
    })
}

/// Ends all loops that [`coap_io_process_loop`] and [`coap_io_process_configure_threads`] run, and all
/// [`coap_send_recv`](super::coap_send_recv)s, whatever their contexts. If there is no loop the next one ends at once,
/// unless [`coap_startup`](crate::startup::coap_startup) comes before it. Can be called in a signal handler.
#[unsafe(no_mangle)]
pub extern "C" fn coap_io_process_terminate_loop() {
    interrupts::end_loops();
}

/// Starts threads that run the loop of a context, beside those that there are; handlers run in all of them, several at
/// a time. They end with [`coap_io_process_remove_threads`], with the context, and with
/// [`coap_io_process_terminate_loop`].
///
/// Returns 1, or 0 for no context, no threads, or more than 256 of one context, and if the system refuses.
#[unsafe(no_mangle)]
pub extern "C" fn coap_io_process_configure_threads(
    context: *mut coap_context_t,
    thread_count: u32,
) -> c_int {
    const NAME: &str = "coap_io_process_configure_threads";
    entry(0, || {
        let home = on_context(NAME, context, |context| Some(Home::of(context)))?;
        (thread_count > 0).then_some(())?;
        enlist(NAME, home, thread_count).map(|()| 1)
    })
}

/// Ends the threads that run the loop of a context, and waits until they are back from their handlers. A handler in one
/// of them may call this, too: its own thread ends when it returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_io_process_remove_threads(context: *mut coap_context_t) {
    const NAME: &str = "coap_io_process_remove_threads";
    entry((), || crew::dismiss(on_context(NAME, context, |context| Some(Home::of(context)))?))
}

fn enlist(function: &str, home: Home, count: u32) -> Option<()> {
    if count == 0 {
        return Some(());
    }
    crew::enlist(home, count as usize)?
        .inspect_err(|error| log::log(COAP_LOG_ERR, format_args!("{function}: {count} threads: {error}")))
        .ok()
}
