//! Options as bytes (RFC 7252 section 3.1).
use crate::{entry::entry, log, raw, types::*};
use coap_proto::wire::option::OptionHead;
use std::ptr;

/// Writes an option of `delta` to the option before, and its value unless `val` is null. Returns its size; 0 if
/// `maxlen` bytes are not enough.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_encode(
    opt: *mut coap_opt_t,
    maxlen: usize,
    delta: u16,
    val: *const u8,
    length: usize,
) -> usize {
    entry(0, || {
        let head = OptionHead::new(delta, length).filter(|head| head.encoded_size() <= maxlen);
        let Some(head) = head else { return too_small("coap_opt_encode", maxlen) };
        // SAFETY: writable for `maxlen` bytes, as documented.
        unsafe { write_head(opt, &head) }?;
        if !val.is_null() {
            // SAFETY: the value fits behind its head; `copy_from` allows it to come from the same buffer.
            unsafe { opt.add(head.size).copy_from(val, length) };
        }
        Some(head.encoded_size())
    })
}

/// Bytes of an option of this delta and length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_encode_size(delta: u16, length: usize) -> usize {
    let extension = |value| match value {
        0..13 => 0,
        13..269 => 1,
        _ => 2,
    };
    length.saturating_add(1 + extension(usize::from(delta)) + extension(length))
}

/// Length of an option's value; 0 also for what is not an option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_length(opt: *const coap_opt_t) -> u32 {
    // SAFETY: an option or null, as documented.
    entry(0, || Some(unsafe { Encoded::at(opt, usize::MAX) }?.length as u32))
}

/// Reads the option in the `length` bytes at `opt`. Returns its size; 0 for what is not an option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_parse(
    opt: *const coap_opt_t,
    length: usize,
    result: *mut coap_option_t,
) -> usize {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        let option = unsafe { Encoded::at(opt, length) }.filter(|option| option.size() <= length)?;
        let delta = u16::try_from(option.delta).ok()?;
        // SAFETY: the value is within the option's bytes.
        let value = unsafe { opt.add(option.head) };
        // SAFETY: writable, as documented.
        unsafe { raw::write(result, coap_option_t { delta, length: option.length, value }) }?;
        Some(option.size())
    })
}

/// Writes what stands before an option's value. Returns its size; 0 if `maxlen` bytes are not enough.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_setheader(
    opt: *mut coap_opt_t,
    maxlen: usize,
    delta: u16,
    length: usize,
) -> usize {
    entry(0, || {
        let head = OptionHead::new(delta, length).filter(|head| head.size <= maxlen);
        let Some(head) = head else { return too_small("coap_opt_setheader", maxlen) };
        // SAFETY: writable for `maxlen` bytes, as documented.
        unsafe { write_head(opt, &head) }?;
        Some(head.size)
    })
}

/// Size of an option with its value; 0 for what is not an option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_size(opt: *const coap_opt_t) -> usize {
    // SAFETY: an option or null, as documented.
    entry(0, || Some(unsafe { Encoded::at(opt, usize::MAX) }?.size()))
}

/// Where an option's value starts; null for what is not an option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_value(opt: *const coap_opt_t) -> *const u8 {
    entry(ptr::null(), || {
        // SAFETY: an option or null, as documented.
        let head = unsafe { Encoded::at(opt, usize::MAX) }?.head;
        // SAFETY: the value follows its head.
        Some(unsafe { opt.add(head) })
    })
}

/// What an option's first bytes say. Unlike [`OptionHead`], it is read without knowing where the bytes end.
#[derive(Debug, PartialEq)]
pub(super) struct Encoded {
    /// Difference to the number of the option before; may be more than numbers allow.
    pub(super) delta: usize,
    /// Length of the value.
    pub(super) length: usize,
    /// Bytes before the value.
    pub(super) head: usize,
}

impl Encoded {
    /// Reads no more than `available` bytes; the value itself may need more.
    ///
    /// # Safety
    /// `opt` is null, or readable for `available` bytes or for the head of an option, whatever is less.
    #[inline]
    pub(super) unsafe fn at(opt: *const u8, available: usize) -> Option<Self> {
        if available == 0 {
            return None;
        }
        // SAFETY: null, or at least one byte.
        let first = unsafe { raw::read(opt) }?;
        let (delta, length) = (first >> 4, first & 15);
        if delta < 13 && length < 13 {
            return Some(Self { delta: delta.into(), length: length.into(), head: 1 });
        }
        let (delta_size, length_size) = (extension_size(delta)?, extension_size(length)?);
        let head = 1 + delta_size + length_size;
        if head > available {
            return None;
        }
        // SAFETY: the first byte says that the head is this long.
        let (delta_bytes, length_bytes) = unsafe { raw::bytes(opt, head) }[1..].split_at(delta_size);
        Some(Self { delta: extended(delta, delta_bytes), length: extended(length, length_bytes), head })
    }

    /// Bytes of the whole option.
    pub(super) fn size(&self) -> usize {
        self.head + self.length
    }
}

/// How many bytes extend a nibble; `None` for the reserved one.
fn extension_size(nibble: u8) -> Option<usize> {
    match nibble {
        0..13 => Some(0),
        13 => Some(1),
        14 => Some(2),
        _ => None,
    }
}

fn extended(nibble: u8, extension: &[u8]) -> usize {
    match extension {
        [low] => 13 + usize::from(*low),
        [high, low] => 269 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => usize::from(nibble),
    }
}

/// # Safety
/// `opt` is null or writable for the head.
unsafe fn write_head(opt: *mut u8, head: &OptionHead) -> Option<()> {
    // SAFETY: not null and large enough; our array does not overlap it.
    (!opt.is_null()).then(|| unsafe { opt.copy_from_nonoverlapping(head.encode().as_ptr(), head.size) })
}

fn too_small(function: &str, maxlen: usize) -> Option<usize> {
    log::log(COAP_LOG_DEBUG, format_args!("{function}: no room in {maxlen} bytes"));
    None
}
