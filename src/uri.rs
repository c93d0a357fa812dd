//! `coap_uri.h`: URIs taken apart and turned into options, and paths and queries of requests as text.
use crate::{entry::entry, log, mem, pdu_handle, raw, string, types::*};
use coap_proto::wire::{
    Scheme, Uri, UriError, option,
    uri::{compose_path, is_unix_host, join_query},
};
use std::{
    borrow::Cow,
    ffi::{c_int, c_uint},
    ptr,
};

mod options;
mod split;
#[cfg(test)]
mod tests;

pub use options::{
    coap_path_into_optlist, coap_path_into_optlist_abbrev, coap_query_into_optlist, coap_upa_client_fallback,
    coap_upa_server_mapping, coap_uri_into_options, coap_uri_into_optlist, coap_uri_into_optlist_abbrev,
};
pub use split::{coap_split_path, coap_split_query};

/// A copy of a URI in one block of memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_clone_uri(uri: *const coap_uri_t) -> *mut coap_uri_t {
    entry(ptr::null_mut(), || {
        // SAFETY: a URI or null, as documented.
        let uri = unsafe { raw::read(uri) }?;
        // SAFETY: as above: its parts are readable for their lengths.
        let parts = unsafe { [bytes(&uri.host), bytes(&uri.path), bytes(&uri.query)] };
        let (block, text) = block(&parts.concat())?;
        // SAFETY: the parts lie behind each other in the new block.
        let [host, path, query] = unsafe {
            let (path, query) = (text.add(parts[0].len()), text.add(parts[0].len() + parts[1].len()));
            [part(text, parts[0]), part(path, parts[1]), part(query, parts[2])]
        };
        // SAFETY: the block starts with room for the URI.
        unsafe { raw::write(block, coap_uri_t { host, path, query, ..uri }) }?;
        Some(block)
    })
}

/// Deletes a URI of [`coap_new_uri`] or [`coap_clone_uri`]. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_uri(uri: *mut coap_uri_t) {
    // SAFETY: the caller owns what it passes.
    entry((), || unsafe { mem::free(COAP_STRING, uri.cast()) })
}

/// The query of a request, for the program to delete; null if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn coap_get_query(request: *const coap_pdu_t) -> *mut coap_string_t {
    entry(ptr::null_mut(), || {
        // As in libcoap, that of a Proxy-Uri is not looked at.
        let query = pdu_handle::read(request, join_query).filter(|query| !query.is_empty())?;
        Some(string::new(&query))
    })
}

/// The path of a request without its leading slash, for the program to delete. Null if it has a Proxy-Uri that is
/// not one.
#[unsafe(no_mangle)]
pub extern "C" fn coap_get_uri_path(request: *const coap_pdu_t) -> *mut coap_string_t {
    entry(ptr::null_mut(), || {
        let path = pdu_handle::read(request, |request| match request.option(option::PROXY_URI) {
            Some(proxy_uri) => split(proxy_uri.value, true).ok().map(|uri| uri.path.to_vec()),
            None => compose_path(request),
        })??;
        Some(string::new(&path))
    })
}

/// Whether a host is an address for LLC (Linux `AF_LLC`), which is not built in: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_host_is_llc(host: *const coap_str_const_t) -> c_int {
    let _ = host;
    0
}

/// Whether a host is the path of a Unix domain socket.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_host_is_unix_domain(host: *const coap_str_const_t) -> c_int {
    // SAFETY: a string or null, as documented.
    entry(0, || Some(is_unix_host(unsafe { bytes(&raw::read(host)?) }).into()))
}

/// A URI with a copy of its text in one block of memory; null if it is not one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_uri(uri: *const u8, length: c_uint) -> *mut coap_uri_t {
    entry(ptr::null_mut(), || {
        // SAFETY: readable for `length` bytes, as documented; null has none.
        let given = unsafe { raw::bytes(uri, length as usize) };
        let (block, text) = block(given)?;
        // SAFETY: the block holds a URI, then the text, which is as long as what was given.
        let split = unsafe { coap_split_uri(text, given.len(), block) };
        if split < 0 {
            // SAFETY: made above, known to nobody else.
            unsafe { coap_delete_uri(block) };
            return None;
        }
        Some(block)
    })
}

/// As [`coap_split_uri`], for a URI that a proxy is asked for: it has a host, and may be one of `http` or `https`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_split_proxy_uri(str_var: *const u8, len: usize, uri: *mut coap_uri_t) -> c_int {
    // SAFETY: readable and writable, as documented.
    entry(-1, || unsafe { split_for_c(str_var, len, uri, true) })
}

/// Takes a URI, or an absolute path with an optional query, apart; the parts point into the text. 0, or less if it is
/// not a URI: -2 without a scheme, -3 without a host, -4 for the port, -5 for a port with a Unix domain path, -1 else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_split_uri(str_var: *const u8, len: usize, uri: *mut coap_uri_t) -> c_int {
    // SAFETY: readable and writable, as documented.
    entry(-1, || unsafe { split_for_c(str_var, len, uri, false) })
}

/// # Safety
/// `text` is null or readable for `length` bytes, `uri` null or writable.
unsafe fn split_for_c(text: *const u8, length: usize, uri: *mut coap_uri_t, proxy: bool) -> Option<c_int> {
    // SAFETY: as the caller says.
    let text = unsafe { raw::bytes(text, length) };
    let result = split(text, proxy);
    if let Err(error) = &result {
        error.log(text);
    }
    let (c, code) = match &result {
        Ok(uri) => (to_c(uri), 0),
        Err(error) => (to_c(&NO_URI), error.code()),
    };
    // SAFETY: as the caller says.
    unsafe { raw::write(uri, c) }.map(|()| code)
}

/// Why a URI is not taken.
#[derive(Debug)]
enum SplitError {
    /// It is not a URI.
    Malformed(UriError),
    /// A path, where a host is needed.
    NoHost,
    /// Only proxies are asked for it.
    ForProxies(Scheme),
    /// Its transport is not built.
    NotSupported(Scheme),
}

impl SplitError {
    /// What libcoap returns.
    fn code(&self) -> c_int {
        match self {
            Self::Malformed(UriError::NoScheme) => -2,
            Self::Malformed(UriError::BadHost) => -3,
            Self::Malformed(UriError::BadPort) => -4,
            Self::Malformed(UriError::UnixPort) => -5,
            _ => -1,
        }
    }

    /// Says what is wrong with the scheme of a text, which is not seen from the number.
    fn log(&self, text: &[u8]) {
        let (name, problem) = match self {
            Self::Malformed(UriError::UnknownScheme) => {
                let name = text.split(|&byte| byte == b':').next().unwrap_or_default();
                (name.escape_ascii().to_string().into(), "unknown")
            }
            Self::ForProxies(scheme) => (Cow::Borrowed(scheme.name()), "not enabled (not a proxy)"),
            Self::NotSupported(scheme) => (Cow::Borrowed(scheme.name()), "not supported"),
            Self::Malformed(_) | Self::NoHost => return,
        };
        log::log(COAP_LOG_ERR, format_args!("{name} URI scheme {problem}"));
    }
}

fn split(text: &[u8], proxy: bool) -> Result<Uri<'_>, SplitError> {
    let uri = Uri::parse(text).map_err(SplitError::Malformed)?;
    if proxy && uri.host.is_empty() {
        return Err(SplitError::NoHost);
    }
    match uri.scheme.protocol() {
        None if !proxy => Err(SplitError::ForProxies(uri.scheme)),
        // Who proxies to it makes the connection.
        None => Ok(uri),
        Some(_) if crate::address::available(uri.scheme) => Ok(uri),
        Some(_) => Err(SplitError::NotSupported(uri.scheme)),
    }
}

/// What a failed call leaves.
const NO_URI: Uri<'static> = Uri { scheme: Scheme::Coap, host: b"", port: 5683, path: b"", query: None };

fn to_c(uri: &Uri<'_>) -> coap_uri_t {
    let part = |bytes: &[u8]| match bytes {
        [] => ABSENT,
        _ => coap_str_const_t { length: bytes.len(), s: bytes.as_ptr() },
    };
    coap_uri_t {
        host: part(uri.host),
        port: uri.port,
        path: part(uri.path),
        query: uri.query.map_or(ABSENT, |query| coap_str_const_t { length: query.len(), s: query.as_ptr() }),
        scheme: uri.scheme as coap_uri_scheme_t,
    }
}

const ABSENT: coap_str_const_t = coap_str_const_t { length: 0, s: ptr::null() };

/// # Safety
/// The string's bytes are readable while the result is used.
unsafe fn bytes<'a>(string: &coap_str_const_t) -> &'a [u8] {
    // SAFETY: as the caller says.
    unsafe { raw::bytes(string.s, string.length) }
}

fn part(at: *const u8, bytes: &[u8]) -> coap_str_const_t {
    if bytes.is_empty() { ABSENT } else { coap_str_const_t { length: bytes.len(), s: at } }
}

/// A block with room for a URI, and the text behind it, which a NUL follows.
fn block(text: &[u8]) -> Option<(*mut coap_uri_t, *const u8)> {
    const HEADER: usize = size_of::<coap_uri_t>();
    let block: *mut coap_uri_t = mem::zeroed(COAP_STRING, HEADER + text.len() + 1).cast();
    if block.is_null() {
        return None;
    }
    // SAFETY: the block is this large, and new.
    unsafe {
        let copy = block.byte_add(HEADER).cast::<u8>();
        copy.copy_from_nonoverlapping(text.as_ptr(), text.len());
        Some((block, copy))
    }
}
