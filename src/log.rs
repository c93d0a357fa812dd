//! Lines for the log: to the program's handler, or to C's `stdout` and `stderr`.
//!
//! A line goes through C's own `FILE`, so that it keeps its place among what the program prints itself. A handler is C
//! code: it runs with no lock of the library held, which means that nobody logs from inside a lock.
use crate::{
    cell::{self, upcall},
    types::*,
};
use std::{
    ffi::{CStr, CString, c_char},
    fmt,
    io::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// The most detailed level that can be asked for; (D)TLS libraries have a level of their own.
const HIGHEST: coap_log_t = COAP_LOG_OSCORE;

static LEVEL: AtomicU32 = AtomicU32::new(COAP_LOG_WARN);
static HANDLER: Mutex<coap_log_handler_t> = Mutex::new(None);

unsafe extern "C" {
    static stdout: *mut libc::FILE;
    static stderr: *mut libc::FILE;
}

/// Lines above this level are not made.
pub(crate) fn level() -> coap_log_t {
    LEVEL.load(Relaxed)
}

/// Whether a line of this level would be seen.
pub(crate) fn enabled(level: coap_log_t) -> bool {
    level <= self::level()
}

/// Sets the level; values above [`HIGHEST`] count as that.
pub(crate) fn set_level(level: coap_log_t) {
    LEVEL.store(level.min(HIGHEST), Relaxed);
}

/// From now on lines go to `handler`; `None`: to `stdout` and `stderr` again.
pub(crate) fn set_handler(handler: coap_log_handler_t) {
    *HANDLER.lock().unwrap_or_else(PoisonError::into_inner) = handler;
}

/// Logs one line, given without its end. May run the program's handler.
pub(crate) fn log(level: coap_log_t, text: fmt::Arguments<'_>) {
    cell::assert_open();
    if enabled(level) {
        emit(level, format!("{text}\n").as_bytes());
    }
}

/// Lines that come up where nothing may be logged, because something is locked; they are logged afterwards.
#[derive(Debug, Default)]
pub(crate) struct Lines(Vec<(coap_log_t, String)>);

impl Lines {
    /// Keeps a line, if lines of its level are made.
    pub(crate) fn add(&mut self, level: coap_log_t, text: fmt::Arguments<'_>) {
        if enabled(level) {
            self.0.push((level, text.to_string()));
        }
    }

    /// Logs them.
    #[inline]
    pub(crate) fn log(self) {
        if !self.0.is_empty() {
            self.log_all();
        }
    }

    #[cold]
    fn log_all(self) {
        self.0.iter().for_each(|(level, text)| log(*level, format_args!("{text}")));
    }
}

/// Text that a C program formatted (`coap_log_impl`), verbatim; its macros have looked at the level.
///
/// # Safety
/// `text` is null or points to a C string.
#[unsafe(no_mangle)]
unsafe extern "C" fn ferrocoap_log_line(level: coap_log_t, text: *const c_char) {
    crate::entry::entry((), || {
        // SAFETY: not null; the caller's C string is only read during this call.
        let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })?;
        emit(level, text.to_bytes());
        Some(())
    })
}

fn emit(level: coap_log_t, text: &[u8]) {
    let handler = *HANDLER.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(handler) = handler else { return upcall(|| print(level, text)) };
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    if let Ok(text) = CString::new(&text[..end]) {
        // SAFETY: the program registered this function for such calls; the string outlives the call.
        upcall(|| unsafe { handler(level, text.as_ptr()) });
    }
}

/// Writes `<time> <level> <text>`: the two stay together however many threads log.
fn print(level: coap_log_t, text: &[u8]) {
    let mut line = Vec::with_capacity(text.len() + 32);
    timestamp(&mut line);
    // Writing to a Vec does not fail.
    let _ = match level_name(level) {
        Some(name) => write!(line, "{} ", name.to_string_lossy()),
        None => write!(line, "{level:4} "),
    };
    line.extend_from_slice(text);
    write_out(level <= COAP_LOG_CRIT, &line);
}

/// Writes through C's `stderr` or `stdout` and flushes it.
fn write_out(to_stderr: bool, text: &[u8]) {
    if cfg!(miri) {
        return eprint!("{}", String::from_utf8_lossy(text)); // there is no C library there
    }
    // SAFETY: C sets both at start and never changes them afterwards but by the program's own hand.
    let file = unsafe { if to_stderr { stderr } else { stdout } };
    if !file.is_null() {
        // SAFETY: an open C stream; `text` is readable for its length. Streams lock themselves.
        unsafe {
            libc::fwrite(text.as_ptr().cast(), 1, text.len(), file);
            libc::fflush(file);
        }
    }
}

/// Writes to C's `stdout` without time and level, unflushed, as the program's own `printf` would.
pub(crate) fn print_plain(text: &[u8]) {
    if cfg!(miri) {
        return print!("{}", String::from_utf8_lossy(text));
    }
    // SAFETY: as in `write_out`.
    unsafe {
        if !stdout.is_null() {
            libc::fwrite(text.as_ptr().cast(), 1, text.len(), stdout);
        }
    }
}

/// Local time with milliseconds, as in `Nov 22 05:30:01.123 `. The month's name follows the program's locale.
fn timestamp(line: &mut Vec<u8>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if cfg!(miri) {
        return;
    }
    let Ok(seconds) = libc::time_t::try_from(now.as_secs()) else { return };
    let mut text = [0_u8; 32];
    // SAFETY: an all-zero `tm` is a valid one.
    let mut calendar: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to locals that live through the call.
    if unsafe { libc::localtime_r(&seconds, &mut calendar) }.is_null() {
        return;
    }
    // SAFETY: `text` is writable for the length given; the format is a C string.
    let length = unsafe {
        libc::strftime(text.as_mut_ptr().cast(), text.len(), c"%b %d %H:%M:%S".as_ptr(), &calendar)
    };
    line.extend_from_slice(&text[..length]);
    let _ = write!(line, ".{:03} ", now.subsec_millis());
}

/// The four letters of a level as they stand in a line. Those of the (D)TLS library follow `COAP_LOG_OSCORE`.
pub(crate) fn level_name(level: coap_log_t) -> Option<&'static CStr> {
    const NAMES: [&CStr; 17] = [
        c"EMRG", c"ALRT", c"CRIT", c"ERR ", c"WARN", c"NOTE", c"INFO", c"DEBG", c"OSC ", c"Emrg", c"Alrt",
        c"Crit", c"Err ", c"Warn", c"Note", c"Info", c"Debg",
    ];
    NAMES.get(level as usize).copied()
}
