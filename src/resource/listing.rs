//! Resources in link format (RFC 6690).
use crate::{
    entry::entry,
    home::{on_context, on_resource},
    raw,
    types::*,
};
use std::ffi::c_uchar;

/// Status of printing: nothing can be said.
const ERROR: coap_print_status_t = 0x8000_0000;
/// Status of printing: there is more than fitted.
const TRUNCATED: coap_print_status_t = 0x4000_0000;
/// Longest output that a status can tell.
const MAX: usize = 0x0fff_ffff;

/// Prints the link of a resource, less the first `*offset` bytes. `*len` says how much room there is and
/// becomes the length of the whole link; `*offset` becomes what is left to be skipped. Returns the bytes
/// written, with a flag if that was not all.
///
/// # Safety
/// `buf` is null or can be written to for `*len` bytes; `len` and `offset` are null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_print_link(
    resource: *const coap_resource_t,
    buf: *mut c_uchar,
    len: *mut usize,
    offset: *mut usize,
) -> coap_print_status_t {
    entry(ERROR, || {
        // SAFETY: as the caller promises.
        let skip = unsafe { raw::read(offset) }?;
        let text = on_resource("coap_print_link", resource, |here| Some(here.resource.link()))?;
        // SAFETY: as above.
        unsafe {
            raw::write(offset, skip - skip.min(text.len()));
            print(&text, skip, buf, len)
        }
    })
}

/// Prints the links of all resources that match the filter, less the first `offset` bytes. `*buflen` says how
/// much room there is and becomes the length of the whole listing. Returns the bytes written, with a flag if
/// that was not all.
///
/// # Safety
/// `buf` is null or can be written to for `*buflen` bytes, and so can `buflen`; `query_filter` is null or a
/// string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_print_wellknown(
    context: *mut coap_context_t,
    buf: *mut c_uchar,
    buflen: *mut usize,
    offset: usize,
    query_filter: *const coap_string_t,
) -> coap_print_status_t {
    entry(ERROR, || {
        // SAFETY: as the caller promises.
        let query = unsafe { raw::string(query_filter.cast()) };
        let text = on_context("coap_print_wellknown", context, |context| {
            Some(context.node.engine.resources().well_known(query))
        })?;
        // SAFETY: as above.
        unsafe { print(&text, offset, buf, buflen) }
    })
}

/// Copies what of `text` comes after `skip` bytes into a buffer.
///
/// # Safety
/// As for [`coap_print_wellknown`].
unsafe fn print(text: &[u8], skip: usize, buf: *mut c_uchar, len: *mut usize) -> Option<coap_print_status_t> {
    // SAFETY: as the caller promises.
    let room = if buf.is_null() { 0 } else { unsafe { raw::read(len) }? };
    let rest = text.get(skip..).unwrap_or_default();
    let written = rest.len().min(room);
    if written > 0 {
        // SAFETY: not null and room for as many; a text of ours does not overlap C's buffer.
        unsafe { buf.copy_from_nonoverlapping(rest.as_ptr(), written) };
    }
    // SAFETY: as the caller promises.
    unsafe { raw::write(len, text.len()) }?;
    let status = (written <= MAX).then_some(written as coap_print_status_t)?;
    Some(if written < rest.len() { status | TRUNCATED } else { status })
}
