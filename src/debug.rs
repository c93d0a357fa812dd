//! `coap_debug.h`: the log, messages as text, and lost packets for tests.
use crate::{address, dtls::IS_BUILT, entry::entry, log, pdu_handle, raw, types::*};
use coap_proto::wire::{
    Pdu, Protocol,
    display::{self, Payloads},
};
use std::{
    ffi::{CStr, c_char, c_int, c_uchar},
    net::{IpAddr, Ipv4Addr},
    ptr,
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

mod loss;

pub(crate) use loss::{Lost, lose_packet};
pub use loss::{coap_debug_set_packet_fail, coap_debug_set_packet_loss};

/// Puts all settings for debugging back to their defaults.
pub(crate) fn reset() {
    log::set_level(COAP_LOG_WARN);
    SHOW_PRINTS.store(true, Relaxed);
    SHOW_DATA.store(true, Relaxed);
    loss::reset();
}

/// The log level of the (D)TLS library.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_get_log_level() -> coap_log_t {
    DTLS_LEVEL.load(Relaxed)
}

/// Sets the log level of the (D)TLS library, for [`coap_dtls_get_log_level`].
///
/// Not yet: an effect on what is logged, which `coap_set_log_level` alone decides.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_set_log_level(level: coap_log_t) {
    DTLS_LEVEL.store(level, Relaxed);
}

/// The log level: lines above it are not made. At first `COAP_LOG_WARN`.
#[unsafe(no_mangle)]
pub extern "C" fn coap_get_log_level() -> coap_log_t {
    log::level()
}

/// The build that this is.
#[unsafe(no_mangle)]
pub extern "C" fn coap_package_build() -> *const c_char {
    PACKAGE_BUILD.as_ptr()
}

/// The name of the interface.
#[unsafe(no_mangle)]
pub extern "C" fn coap_package_name() -> *const c_char {
    c"libcoap".as_ptr()
}

/// Name and version of the interface.
#[unsafe(no_mangle)]
pub extern "C" fn coap_package_version() -> *const c_char {
    PACKAGE_VERSION.as_ptr()
}

/// Writes an address with its port as text; returns its length. What does not fit is cut off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_print_addr(
    address: *const coap_address_t,
    buffer: *mut c_uchar,
    size: usize,
) -> usize {
    entry(0, || {
        // SAFETY: an address or null, as documented.
        let address = unsafe { raw::read(address) }?;
        let port = || address::ip(&address).map_or(0, |address| address.port());
        let text = match ip_text(&address) {
            Some(ip) if ip.contains(':') => format!("[{ip}]:{}", port()).into_bytes(),
            Some(ip) => format!("{ip}:{}", port()).into_bytes(),
            None => other_text(&address),
        };
        // SAFETY: writable for `size` bytes, as documented.
        unsafe { raw::write_text(buffer, size, &text) }
    })
}

/// Writes an IP address as text and returns the buffer. An address for which it is too small leaves it empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_print_ip_addr(
    address: *const coap_address_t,
    buffer: *mut c_char,
    size: usize,
) -> *const c_char {
    entry(ptr::null(), || {
        // SAFETY: an address or null, as documented.
        let address = unsafe { raw::read(address) }?;
        // libcoap wants room for the longest address of the family: C's INET_ADDRSTRLEN and INET6_ADDRSTRLEN.
        let needed = if address::family(&address) == libc::AF_INET6 { 46 } else { 16 };
        let text = match ip_text(&address) {
            Some(ip) if size >= needed => ip.into_bytes(),
            Some(_) => Vec::new(),
            None => other_text(&address),
        };
        // SAFETY: writable for `size` bytes, as documented.
        unsafe { raw::write_text(buffer.cast(), size, &text) }.map(|_| buffer.cast_const())
    })
}

/// Sends log lines to `handler`, their end included, instead of to the program's output; null: back again.
///
/// It runs with no lock of the library held.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_log_handler(handler: coap_log_handler_t) {
    entry((), || {
        log::set_handler(handler);
        Some(())
    })
}

/// Sets the log level; more than `COAP_LOG_OSCORE` counts as that.
#[unsafe(no_mangle)]
pub extern "C" fn coap_set_log_level(level: coap_log_t) {
    log::set_level(level);
}

/// Whether [`coap_show_pdu`] prints to `stdout` (not 0, the default) or logs.
#[unsafe(no_mangle)]
pub extern "C" fn coap_set_show_pdu_output(use_fprintf: c_int) {
    SHOW_PRINTS.store(use_fprintf != 0, Relaxed);
}

/// Whether messages are shown with their payload (not 0, the default) or with its length only, by [`coap_show_pdu`] and
/// in the log.
#[unsafe(no_mangle)]
pub extern "C" fn coap_enable_pdu_data_output(enable_data: c_int) {
    SHOW_DATA.store(enable_data != 0, Relaxed);
}

/// Shows a message as text, if lines of this level are made.
#[unsafe(no_mangle)]
pub extern "C" fn coap_show_pdu(level: coap_log_t, pdu: *const coap_pdu_t) {
    entry((), || {
        if !log::enabled(level) {
            return Some(());
        }
        let protocol = pdu_handle::session(pdu)
            .map_or(COAP_PROTO_UDP, |session| crate::session::coap_session_get_proto(session.pointer()));
        let pdu = pdu_handle::read(pdu, |pdu| pdu.clone())?; // logging may run the program's handler
        show(level, &pdu, wire_protocol(protocol));
        Some(())
    })
}

/// Logs which TLS library is used.
#[unsafe(no_mangle)]
pub extern "C" fn coap_show_tls_version(level: coap_log_t) {
    entry((), || {
        log::log(level, format_args!("{TLS_VERSION}"));
        Some(())
    })
}

/// Writes which security there is and returns the buffer. What does not fit is cut off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_string_tls_support(buffer: *mut c_char, bufsize: usize) -> *mut c_char {
    entry(buffer, || {
        // SAFETY: writable for `bufsize` bytes, as documented.
        unsafe { raw::write_text(buffer.cast(), bufsize, TLS_SUPPORT.as_bytes()) }.map(|_| buffer)
    })
}

/// Writes which TLS library is used and returns the buffer. What does not fit is cut off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_string_tls_version(buffer: *mut c_char, bufsize: usize) -> *mut c_char {
    entry(buffer, || {
        // SAFETY: writable for `bufsize` bytes, as documented.
        unsafe { raw::write_text(buffer.cast(), bufsize, TLS_VERSION.as_bytes()) }.map(|_| buffer)
    })
}

/// The four letters of a level in log lines.
#[unsafe(no_mangle)]
pub extern "C" fn coap_log_level_desc(level: coap_log_t) -> *const c_char {
    log::level_name(level).unwrap_or(c"????").as_ptr()
}

/// Version and name of the interface that this library offers.
const PACKAGE_VERSION: &CStr = c"libcoap 4.3.4";
const PACKAGE_BUILD: &CStr = PACKAGE_VERSION;

const TLS_VERSION: &str = if IS_BUILT {
    concat!("TLS Library: Ferrocoap - runtime ", env!("CARGO_PKG_VERSION"), ", with dimpl and rustls")
} else {
    "TLS Library: None"
};
const TLS_SUPPORT: &str = if IS_BUILT {
    "(DTLS and TLS support; PSK, PKI, no PKCS11, and no RPK support)\n(No OSCORE)\n(Have WebSockets)"
} else {
    "(No DTLS or TLS support)"
};

static DTLS_LEVEL: AtomicU32 = AtomicU32::new(COAP_LOG_EMERG);
static SHOW_PRINTS: AtomicBool = AtomicBool::new(true);
static SHOW_DATA: AtomicBool = AtomicBool::new(true);

/// Shows a message where the program wants it. May run its log handler.
pub(crate) fn show(level: coap_log_t, pdu: &Pdu, protocol: Protocol) {
    let payloads = if SHOW_DATA.load(Relaxed) { Payloads::Shown } else { Payloads::Measured };
    display::show_with(pdu, protocol, payloads, |line| match SHOW_PRINTS.load(Relaxed) {
        true => log::print_plain(line.as_bytes()),
        false => log::log(level, format_args!("{}", line.trim_end_matches('\n'))),
    });
}

fn wire_protocol(protocol: coap_proto_t) -> Protocol {
    match protocol {
        COAP_PROTO_TCP | COAP_PROTO_TLS => Protocol::Tcp,
        COAP_PROTO_WS | COAP_PROTO_WSS => Protocol::Ws,
        _ => Protocol::Udp,
    }
}

/// An IP address as C's `inet_ntop` writes it; `None` if it is not one.
fn ip_text(address: &coap_address_t) -> Option<String> {
    match address::ip(address)?.ip() {
        IpAddr::V6(v6) if matches!(v6.segments(), [0, 0, 0, 0, 0, 0, high, _] if high != 0) => {
            let [.., a, b, c, d] = v6.octets();
            Some(format!("::{}", Ipv4Addr::new(a, b, c, d)))
        }
        ip => Some(ip.to_string()),
    }
}

/// An address without its port as text.
pub(crate) fn address_text(address: &coap_address_t) -> Vec<u8> {
    ip_text(address).map_or_else(|| other_text(address), String::into_bytes)
}

/// What stands for an address that is not an IP one.
fn other_text(address: &coap_address_t) -> Vec<u8> {
    match address::unix_path(address) {
        Some(path) => [b"'", &path[..], b"'"].concat(),
        None => b"(unknown address type)".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(address: &str, size: usize) -> String {
        let address = crate::sockaddr::to_c(&coap_proto::Address::Ip(address.parse().unwrap()));
        let mut buffer = [b'x'; 80];
        // SAFETY: `size` is at most the buffer's.
        let length = unsafe { coap_print_addr(&address, buffer.as_mut_ptr(), size) };
        assert_eq!(buffer[length], 0);
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn addresses_are_printed_as_inet_ntop_does() {
        assert_eq!(printed("10.0.0.1:5683", 80), "10.0.0.1:5683");
        assert_eq!(printed("[fe80::1%7]:1", 80), "[fe80::1]:1");
        assert_eq!(printed("[::ffff:1.2.3.4]:5", 80), "[::ffff:1.2.3.4]:5");
        assert_eq!(printed("[::1.2.3.4]:5", 80), "[::1.2.3.4]:5");
        assert_eq!(printed("[::1]:5", 80), "[::1]:5");
        assert_eq!(printed("10.0.0.1:5683", 6), "10.0.");
    }
}
