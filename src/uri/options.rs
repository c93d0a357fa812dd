//! URIs turned into lists of options (RFC 7252 section 6.4).
use super::{bytes, split::fitting};
use crate::{debug, entry::entry, log, mem, option, raw, stub::warn_unsupported, types::*};
use coap_proto::wire::{
    Scheme,
    option::{URI_HOST, URI_PATH, URI_PORT, URI_QUERY},
    uint,
    uri::{is_unix_host, path_segments, percent_decode, query_arguments},
};
use std::ffi::{c_int, c_uint};

/// Appends what a request for a URI carries to a list: Uri-Host and Uri-Port if `create_port_host_opt` is set and
/// they do not follow from the destination, Uri-Path and Uri-Query. 0 when done.
///
/// `buf` is not needed any more; its size still limits path and query, each as encoded options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_uri_into_options(
    uri: *const coap_uri_t,
    dst: *const coap_address_t,
    optlist_chain: *mut *mut coap_optlist_t,
    create_port_host_opt: c_int,
    _buf: *mut u8,
    buflen: usize,
) -> c_int {
    entry(-1, || {
        // SAFETY: as documented; null is refused.
        unsafe { append_uri(uri, dst, optlist_chain, create_port_host_opt != 0, buflen) }.map(|()| 0)
    })
}

/// Appends the segments of a path to a list as options of number `optnum`; 0 if it is not percent-encoded properly.
///
/// `.` is left out, and `..` takes the option before with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_path_into_optlist(
    path: *const u8,
    length: usize,
    optnum: coap_option_num_t,
    optlist_chain: *mut *mut coap_optlist_t,
) -> c_int {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        let path = unsafe { raw::bytes(path, length) };
        let end = path.iter().position(|byte| b"?#".contains(byte)).unwrap_or(path.len());
        for segment in path[..end].split(|&byte| byte == b'/') {
            let segment = percent_decode(segment).ok()?;
            // SAFETY: null or the head of a list of ours, as documented.
            unsafe {
                match &*segment {
                    b"." => {}
                    b".." => remove_last(optlist_chain, optnum)?,
                    value => append(optlist_chain, optnum, value)?,
                }
            }
        }
        Some(1)
    })
}

/// Appends the arguments of a query to a list as options of number `optnum`; 0 if it is not percent-encoded properly.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_query_into_optlist(
    query: *const u8,
    length: usize,
    optnum: coap_option_num_t,
    optlist_chain: *mut *mut coap_optlist_t,
) -> c_int {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        for argument in query_arguments(unsafe { raw::bytes(query, length) }) {
            // SAFETY: null or the head of a list of ours, as documented.
            unsafe { append(optlist_chain, optnum, &percent_decode(argument).ok()?) }?;
        }
        Some(1)
    })
}

/// As [`coap_uri_into_options`], without a limit; 1 when done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_uri_into_optlist(
    uri: *const coap_uri_t,
    dst: *const coap_address_t,
    optlist_chain: *mut *mut coap_optlist_t,
    create_port_host_opt: c_int,
) -> c_int {
    entry(0, || {
        // SAFETY: as documented; null is refused.
        unsafe {
            let parts = raw::read(uri)?;
            append_host_and_port(&parts, dst, optlist_chain, create_port_host_opt != 0)?;
            let (path, query) = (bytes(&parts.path), bytes(&parts.query));
            let done = (path.is_empty()
                || coap_path_into_optlist(path.as_ptr(), path.len(), URI_PATH, optlist_chain) != 0)
                && (query.is_empty()
                    || coap_query_into_optlist(query.as_ptr(), query.len(), URI_QUERY, optlist_chain) != 0);
            Some(done.into())
        }
    })
}

/// As [`coap_path_into_optlist`]. `mapping` has `count` abbreviations of paths (draft-ietf-core-uri-path-abbrev).
///
/// Not yet: abbreviations; the path is written in full, which is always right.
///
/// # Safety
/// As for [`coap_path_into_optlist`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_path_into_optlist_abbrev(
    path: *const u8,
    length: usize,
    optnum: coap_option_num_t,
    optlist_chain: *mut *mut coap_optlist_t,
    _mapping: *const coap_upa_abbrev_t,
    _count: c_uint,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { coap_path_into_optlist(path, length, optnum, optlist_chain) }
}

/// As [`coap_uri_into_optlist`]. `mapping` has `count` abbreviations of paths (draft-ietf-core-uri-path-abbrev).
///
/// Not yet: abbreviations; the path is written in full, which is always right.
///
/// # Safety
/// As for [`coap_uri_into_optlist`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_uri_into_optlist_abbrev(
    uri: *const coap_uri_t,
    dst: *const coap_address_t,
    optlist_chain: *mut *mut coap_optlist_t,
    create_port_host_opt: c_int,
    _mapping: *const coap_upa_abbrev_t,
    _count: c_uint,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { coap_uri_into_optlist(uri, dst, optlist_chain, create_port_host_opt) }
}

/// Sets what paths a client writes in full again after a server did not know their abbreviation.
#[unsafe(no_mangle)]
pub extern "C" fn coap_upa_client_fallback(mapping: *const coap_upa_abbrev_t, count: c_uint) {
    let _ = (mapping, count);
    entry((), || warn_unsupported("coap_upa_client_fallback", "Uri-Path-Abbrev"))
}

/// Sets which paths a server knows by an abbreviation.
#[unsafe(no_mangle)]
pub extern "C" fn coap_upa_server_mapping(mapping: *const coap_upa_abbrev_t, count: c_uint) {
    let _ = (mapping, count);
    entry((), || warn_unsupported("coap_upa_server_mapping", "Uri-Path-Abbrev"))
}

/// # Safety
/// `uri` is null or a URI, `dst` null or an address, `chain` null or the head of a list of ours.
unsafe fn append_uri(
    uri: *const coap_uri_t,
    dst: *const coap_address_t,
    chain: *mut *mut coap_optlist_t,
    host_and_port: bool,
    room: usize,
) -> Option<()> {
    // SAFETY: as the caller says.
    let (path, query) = unsafe {
        let uri = raw::read(uri)?;
        append_host_and_port(&uri, dst, chain, host_and_port)?;
        (bytes(&uri.path), bytes(&uri.query))
    };
    for (name, text) in [("path", path), ("query", query)] {
        if text.len() > room {
            log::log(COAP_LOG_WARN, format_args!("URI {name} will be truncated (max buffer {room})"));
        }
    }
    let segments = path_segments(path).filter(|_| !path.is_empty());
    for (_, value) in fitting(segments, room) {
        // SAFETY: as the caller says.
        unsafe { append(chain, URI_PATH, &value) }?;
    }
    let arguments = query_arguments(query).filter(|_| !query.is_empty());
    for (_, value) in fitting(arguments, room) {
        // SAFETY: as the caller says.
        unsafe { append(chain, URI_QUERY, &value) }?;
    }
    Some(())
}

/// # Safety
/// As for [`append_uri`].
unsafe fn append_host_and_port(
    uri: &coap_uri_t,
    dst: *const coap_address_t,
    chain: *mut *mut coap_optlist_t,
    wanted: bool,
) -> Option<()> {
    // SAFETY: as the caller says.
    let (host, dst) = unsafe { (bytes(&uri.host), raw::read(dst)) };
    if !wanted || is_unix_host(host) {
        return Some(());
    }
    if let Some(dst) = dst.filter(|_| !host.is_empty()) {
        // The zone behind an IPv6 address is no part of its text.
        let end = host.iter().position(|&byte| byte == b'%').unwrap_or(host.len());
        if debug::address_text(&dst) != host[..end] {
            // SAFETY: as the caller says.
            unsafe { append(chain, URI_HOST, host) }?;
        }
    }
    let scheme = Scheme::ALL.get(uri.scheme as usize).copied().unwrap_or(Scheme::Coap);
    if uri.port != scheme.default_port() {
        // SAFETY: as the caller says.
        unsafe { append(chain, URI_PORT, &uint::encode(uri.port.into())) }?;
    }
    Some(())
}

/// # Safety
/// `chain` is null or the head of a list of ours.
unsafe fn append(chain: *mut *mut coap_optlist_t, number: u16, value: &[u8]) -> Option<()> {
    // SAFETY: as the caller says; the new node is the list's.
    (!chain.is_null() && unsafe { option::coap_insert_optlist(chain, option::new_node(number, value)?) } != 0)
        .then_some(())
}

/// Takes the last option out of a list, if it has this number.
///
/// # Safety
/// `chain` is null or the head of a list of ours.
unsafe fn remove_last(chain: *mut *mut coap_optlist_t, number: u16) -> Option<()> {
    let mut link = chain;
    // SAFETY: as the caller says: null, or where a node is linked in.
    unsafe {
        if raw::read(link)?.is_null() {
            return Some(());
        }
        while !(**link).next.is_null() {
            link = &raw mut (**link).next;
        }
        if (**link).number == number {
            mem::free(COAP_OPTLIST, (*link).cast());
            link.write(std::ptr::null_mut());
        }
    }
    Some(())
}
