//! `coap_option.h`: options in a PDU, options as bytes, sets of option numbers, lists of options.
//!
//! A `coap_opt_t *` points to the first byte of an encoded option (RFC 7252 section 3.1), mostly inside a PDU.
use crate::{entry::entry, pdu_handle, raw, types::*};
use coap_proto::wire::OptionFilter;
use std::{ffi::c_int, ptr};

mod bytes;
mod list;
#[cfg(test)]
mod tests;

pub use bytes::{
    coap_opt_encode, coap_opt_encode_size, coap_opt_length, coap_opt_parse, coap_opt_setheader,
    coap_opt_size, coap_opt_value,
};
pub(crate) use list::new_node;
pub use list::{
    coap_add_optlist_pdu, coap_delete_optlist, coap_insert_optlist, coap_new_optlist, coap_sort_optlist,
};

/// The first option of that number, or null. `oi` is then at it: [`coap_option_next`] finds the next of the number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_check_option(
    pdu: *const coap_pdu_t,
    number: coap_option_num_t,
    oi: *mut coap_opt_iterator_t,
) -> *mut coap_opt_t {
    entry(ptr::null_mut(), || {
        let mut walk = start(pdu, Some(OptionFilter::of(number)));
        // SAFETY: the iterator is at the options of a PDU that is not changed during this call.
        let found = unsafe { next(&mut walk) };
        // SAFETY: writable, as documented.
        unsafe { raw::write(oi, walk) }?;
        found
    })
}

/// Takes all numbers out of a set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_filter_clear(filter: *mut coap_opt_filter_t) {
    // SAFETY: writable, as documented.
    entry((), || unsafe { raw::write(filter, to_c(OptionFilter::EMPTY)) })
}

/// Whether a number is in a set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_filter_get(
    filter: *mut coap_opt_filter_t,
    number: coap_option_num_t,
) -> c_int {
    // SAFETY: a set or null, as documented.
    entry(0, || Some(from_c(unsafe { raw::read(filter) }?).get(number).into()))
}

/// Puts a number into a set; 0 if there is no place left: it holds two numbers above 255 and six others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_filter_set(
    filter: *mut coap_opt_filter_t,
    number: coap_option_num_t,
) -> c_int {
    // SAFETY: a set or null, as documented.
    entry(0, || unsafe { change(filter, |filter| filter.set(number)) })
}

/// Takes a number out of a set; 0 if it was not in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_filter_unset(
    filter: *mut coap_opt_filter_t,
    number: coap_option_num_t,
) -> c_int {
    // SAFETY: a set or null, as documented.
    entry(0, || unsafe { change(filter, |filter| filter.unset(number)) })
}

/// Starts a walk over the options of a PDU: those in `filter`, or all without one. Null if the PDU has no options.
///
/// The walk is over when the PDU is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_iterator_init(
    pdu: *const coap_pdu_t,
    oi: *mut coap_opt_iterator_t,
    filter: *const coap_opt_filter_t,
) -> *mut coap_opt_iterator_t {
    entry(ptr::null_mut(), || {
        // SAFETY: a set or null, as documented.
        let walk = start(pdu, unsafe { raw::read(filter) }.map(from_c));
        // SAFETY: writable, as documented.
        unsafe { raw::write(oi, walk) }?;
        (walk.flags & BAD == 0).then_some(oi)
    })
}

/// The next option of a walk, or null at its end. `oi->number` is its number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_next(oi: *mut coap_opt_iterator_t) -> *mut coap_opt_t {
    entry(ptr::null_mut(), || {
        // SAFETY: an iterator that this call has to itself, or null, as documented.
        let walk = unsafe { oi.as_mut() }?;
        // SAFETY: as documented, the PDU still lives and has not been changed.
        unsafe { next(walk) }
    })
}

/// C's bit-fields in `coap_opt_iterator_t`.
const BAD: u16 = 1;
const FILTERED: u16 = 2;

fn start(pdu: *const coap_pdu_t, filter: Option<OptionFilter>) -> coap_opt_iterator_t {
    let mut walk = coap_opt_iterator_t {
        length: 0,
        number: 0,
        flags: 0,
        next_option: ptr::null_mut(),
        filter: to_c(filter.unwrap_or_default()),
    };
    let behind_token = pdu_handle::read(pdu, |pdu| {
        let options = &pdu.body()[pdu.options().offset()..];
        (options.as_ptr().cast_mut(), options.len())
    });
    if let Some((options, length)) = behind_token {
        (walk.next_option, walk.length) = (options, length);
    }
    if filter.is_some() {
        walk.flags |= FILTERED;
    }
    if walk.length == 0 {
        walk.flags |= BAD;
    }
    walk
}

/// # Safety
/// Unless the walk is over, `next_option` is readable for `length` bytes.
unsafe fn next(walk: &mut coap_opt_iterator_t) -> Option<*mut coap_opt_t> {
    while walk.flags & BAD == 0 {
        let current = walk.next_option;
        // SAFETY: as the caller says.
        match unsafe { step(walk) } {
            None => walk.flags |= BAD,
            Some(number) => {
                walk.number = number;
                if walk.flags & FILTERED == 0 || from_c(walk.filter).get(number) {
                    return Some(current);
                }
            }
        }
    }
    None
}

/// Goes over one option and returns its number.
///
/// # Safety
/// As for [`next`].
unsafe fn step(walk: &mut coap_opt_iterator_t) -> Option<u16> {
    // SAFETY: as the caller says.
    let option = unsafe { bytes::Encoded::at(walk.next_option, walk.length) }?;
    let number = walk.number.checked_add(u16::try_from(option.delta).ok()?)?;
    walk.length = walk.length.checked_sub(option.size())?;
    // SAFETY: the option's bytes are within `length`.
    walk.next_option = unsafe { walk.next_option.add(option.size()) };
    Some(number)
}

/// The set that C passed.
pub(crate) fn from_c(filter: coap_opt_filter_t) -> OptionFilter {
    OptionFilter::from_parts(filter.mask, filter.long_opts, filter.short_opts)
}

fn to_c(filter: OptionFilter) -> coap_opt_filter_t {
    let (mask, long_opts, short_opts) = filter.parts();
    coap_opt_filter_t { mask, long_opts, short_opts }
}

/// # Safety
/// `filter` is null or a set that nobody else uses.
unsafe fn change(
    filter: *mut coap_opt_filter_t,
    change: impl FnOnce(&mut OptionFilter) -> bool,
) -> Option<c_int> {
    // SAFETY: as the caller says.
    let mut set = from_c(unsafe { raw::read(filter) }?);
    let changed = change(&mut set);
    // SAFETY: as above.
    unsafe { raw::write(filter, to_c(set)) }?;
    Some(changed.into())
}
