//! Paths and queries cut into options, encoded behind each other in a buffer of the program's.
use crate::{entry::entry, log, raw, types::*};
use coap_proto::wire::{
    option::OptionHead,
    uri::{path_segments, percent_decode, query_arguments},
};
use std::ffi::{c_int, c_uchar};

/// Writes the segments of a path as options of delta 0 into `buf` and returns how many; `buflen` is its size before
/// and what is used of it afterwards. What does not fit and what is not percent-encoded properly is left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_split_path(
    s: *const u8,
    length: usize,
    buf: *mut c_uchar,
    buflen: *mut usize,
) -> c_int {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        let segments = path_segments(unsafe { raw::bytes(s, length) });
        // SAFETY: writable for `*buflen` bytes, as documented.
        unsafe { write(segments, buf, buflen) }
    })
}

/// As [`coap_split_path`], for the arguments of a query.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_split_query(
    s: *const u8,
    length: usize,
    buf: *mut c_uchar,
    buflen: *mut usize,
) -> c_int {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        let arguments = query_arguments(unsafe { raw::bytes(s, length) });
        // SAFETY: writable for `*buflen` bytes, as documented.
        unsafe { write(arguments, buf, buflen) }
    })
}

/// The decoded pieces that fit as options into a buffer of `room` bytes, with their heads.
pub(super) fn fitting<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    mut room: usize,
) -> impl Iterator<Item = (OptionHead, std::borrow::Cow<'a, [u8]>)> {
    pieces.filter_map(move |piece| {
        let value = percent_decode(piece).ok()?;
        let head = OptionHead::new(0, value.len())?;
        let Some(left) = room.checked_sub(head.encoded_size()) else {
            log::log(COAP_LOG_DEBUG, format_args!("no room for a piece of {} bytes", value.len()));
            return None;
        };
        room = left;
        Some((head, value))
    })
}

/// # Safety
/// `buflen` is null or writable, `buf` null or writable for `*buflen` bytes.
unsafe fn write<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    buf: *mut u8,
    buflen: *mut usize,
) -> Option<c_int> {
    // SAFETY: as the caller says.
    let room = unsafe { raw::read(buflen) }?;
    let (mut used, mut count) = (0, 0);
    for (head, value) in fitting(pieces, if buf.is_null() { 0 } else { room }) {
        // SAFETY: `fitting` has seen to the room. The text may lie in the buffer.
        unsafe {
            let at = buf.add(used);
            at.copy_from_nonoverlapping(head.encode().as_ptr(), head.size);
            at.add(head.size).copy_from(value.as_ptr(), value.len());
        }
        used += head.encoded_size();
        count += 1;
    }
    // SAFETY: as the caller says.
    unsafe { raw::write(buflen, used) }.map(|()| count)
}
