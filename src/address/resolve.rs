//! From host names to addresses, one for each URI scheme asked for.
use super::{UNIX_PATH_MAX, coap_address_equals, coap_address_set_port, unix_domain};
use crate::{entry::entry, log, mem, raw, sockaddr, types::*};
use coap_net::resolve;
use coap_proto::wire::uri::{Scheme, is_unix_host};
use std::{ffi::c_int, ptr};

/// Frees what [`coap_resolve_address_info`] returned. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_free_address_info(info_list: *mut coap_addr_info_t) {
    entry((), || {
        let mut next = info_list;
        // SAFETY: null or a list of ours, which the caller gives back.
        while let Some(info) = unsafe { raw::read(next) } {
            // SAFETY: read for the last time above.
            unsafe { mem::free(COAP_STRING, next.cast()) };
            next = info.next;
        }
        Some(())
    })
}

/// The schemes that this library can do, a bit for each `coap_uri_scheme_t`: secure ones if the program has a
/// PSK or PKI, WebSockets if it wants them. With `use_unix_proto` it is the one of that protocol.
#[unsafe(no_mangle)]
pub extern "C" fn coap_get_available_scheme_hint_bits(
    have_pki_psk: c_int,
    ws_check: c_int,
    use_unix_proto: coap_proto_t,
) -> u32 {
    let of_proto = |scheme: &Scheme| use_unix_proto != COAP_PROTO_NONE && proto(*scheme) == use_unix_proto;
    if let Some(scheme) = Scheme::ALL.into_iter().find(of_proto) {
        return 1 << scheme as u32;
    }
    let wanted = |scheme: &Scheme| {
        scheme.protocol().is_some()
            && (!scheme.is_secure() || have_pki_psk != 0)
            && (!matches!(scheme, Scheme::CoapWs | Scheme::CoapsWs) || ws_check != 0)
    };
    let schemes = Scheme::ALL.into_iter().filter(wanted).filter(|scheme| available(*scheme));
    schemes.fold(0, |bits, scheme| bits | 1 << scheme as u32)
}

/// The addresses of a host, each for every scheme in `scheme_hint_bits` that this library can do, in the order of
/// the system's resolver. `ai_hints_flags` are its `AI_` flags; without an address it is `localhost`.
///
/// A port of 0 becomes the scheme's own one for [`COAP_RESOLVE_TYPE_LOCAL`]. A Unix domain path gives one address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resolve_address_info(
    address: *const coap_str_const_t,
    port: u16,
    secure_port: u16,
    ws_port: u16,
    ws_secure_port: u16,
    ai_hints_flags: c_int,
    scheme_hint_bits: c_int,
    type_: coap_resolve_type_t,
) -> *mut coap_addr_info_t {
    entry(ptr::null_mut(), || {
        // SAFETY: null or a string, as documented.
        let host =
            unsafe { raw::read(address).map(|host| raw::bytes(host.s, host.length)) }.unwrap_or_default();
        let asked = Scheme::ALL.into_iter().filter(|scheme| scheme_hint_bits & 1 << *scheme as u32 != 0);
        if is_unix_host(host) {
            return unix_domain_info(host, asked.take(1).find(|scheme| available(*scheme))?);
        }
        let with_port = |scheme: Scheme| {
            let port = match scheme {
                Scheme::CoapWs => ws_port,
                Scheme::CoapsWs => ws_secure_port,
                _ if scheme.is_secure() => secure_port,
                _ => port,
            };
            let fill_in = port == 0 && type_ == COAP_RESOLVE_TYPE_LOCAL;
            (scheme, if fill_in { scheme.default_port() } else { port })
        };
        let asked: Vec<_> = asked.filter(|scheme| available(*scheme)).map(with_port).collect();
        let mut list = List { first: ptr::null_mut(), last: ptr::null_mut() };
        for address in look_up(host, ai_hints_flags)? {
            for &(scheme, port) in &asked {
                list.append(scheme, port, address);
            }
        }
        Some(list.first)
    })
}

/// Whether the scheme's transport is built.
pub(crate) fn available(scheme: Scheme) -> bool {
    match scheme {
        Scheme::Coap => true,
        Scheme::Coaps => crate::dtls::coap_dtls_is_supported() != 0,
        Scheme::CoapTcp | Scheme::Http => crate::io::coap_tcp_is_supported() != 0,
        Scheme::CoapsTcp | Scheme::Https => crate::dtls::coap_tls_is_supported() != 0,
        Scheme::CoapWs => crate::ws::coap_ws_is_supported() != 0,
        Scheme::CoapsWs => crate::ws::coap_wss_is_supported() != 0,
    }
}

/// Its `coap_proto_t`.
fn proto(scheme: Scheme) -> coap_proto_t {
    scheme.protocol().map_or(COAP_PROTO_NONE, |protocol| protocol as coap_proto_t)
}

/// A list for C under construction.
struct List {
    first: *mut coap_addr_info_t,
    last: *mut coap_addr_info_t,
}

impl List {
    /// Adds an address unless it is there for this scheme already. Without memory the list ends early.
    fn append(&mut self, scheme: Scheme, port: u16, addr: coap_address_t) {
        let mut info = info(scheme, addr);
        // SAFETY: the pointer is to a local.
        unsafe { coap_address_set_port(&mut info.addr, port) };
        if self.contains(&info) {
            return;
        }
        if let Some(new) = allocate(info) {
            match self.first.is_null() {
                true => self.first = new,
                // SAFETY: not null: the last entry of a list of ours.
                false => unsafe { (*self.last).next = new },
            }
            self.last = new;
        }
    }

    fn contains(&self, info: &coap_addr_info_t) -> bool {
        let mut next = self.first;
        // SAFETY: null or an entry of this list.
        while let Some(entry) = unsafe { raw::read(next) } {
            // SAFETY: the pointers are to locals.
            let same_address = unsafe { coap_address_equals(&entry.addr, &info.addr) } != 0;
            if same_address && entry.scheme == info.scheme && entry.proto == info.proto {
                return true;
            }
            next = entry.next;
        }
        false
    }
}

fn allocate(info: coap_addr_info_t) -> Option<*mut coap_addr_info_t> {
    let new: *mut coap_addr_info_t = mem::zeroed(COAP_STRING, size_of::<coap_addr_info_t>()).cast();
    // SAFETY: null or a block of this size.
    unsafe { raw::write(new, info) }.map(|()| new)
}

fn info(scheme: Scheme, addr: coap_address_t) -> coap_addr_info_t {
    let (next, proto) = (ptr::null_mut(), proto(scheme));
    coap_addr_info_t { next, scheme: scheme as coap_uri_scheme_t, proto, addr }
}

fn unix_domain_info(host: &[u8], scheme: Scheme) -> Option<*mut coap_addr_info_t> {
    if host.len() >= UNIX_PATH_MAX {
        log::log(COAP_LOG_ERR, format_args!("Unix domain path of {} bytes is too long", host.len()));
        return None;
    }
    allocate(info(scheme, unix_domain(host)))
}

/// The IP addresses of a host without their ports, in the resolver's order.
fn look_up(host: &[u8], flags: c_int) -> Option<Vec<coap_address_t>> {
    let name = if host.is_empty() { b"localhost" } else { host };
    // A longer name is not one (RFC 1035 section 2.3.4).
    let is_name = |name: &&str| name.len() <= 255 && !name.contains('\0');
    let Some(name) = str::from_utf8(name).ok().filter(is_name) else {
        log::log(COAP_LOG_WARN, format_args!("{} bytes that are no host name", name.len()));
        return None;
    };
    match resolve::resolve(name, flags) {
        Ok(found) => Some(found.into_iter().map(|address| sockaddr::to_c(&address.into())).collect()),
        Err(error) => {
            log::log(COAP_LOG_WARN, format_args!("getaddrinfo: {}", error.reason));
            None
        }
    }
}
