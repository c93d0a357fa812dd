//! The payload of a message.
use super::{accepted, input};
use crate::{
    entry::entry,
    pdu_handle::{self, Part},
    raw,
    types::*,
};
use std::{ffi::c_int, ptr};

/// Sets the payload; 0 if there is one already, or no room. No bytes are no payload: nothing happens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data(pdu: *mut coap_pdu_t, len: usize, data: *const u8) -> c_int {
    entry(0, || {
        if len == 0 {
            return Some(1);
        }
        if data.is_null() {
            return None;
        }
        pdu_handle::edit(pdu, |pdu, lines| {
            // SAFETY: readable for `len` bytes, as documented.
            let payload = unsafe { input(pdu, data, len) };
            accepted("coap_add_data", pdu.set_payload(&payload), lines).into()
        })
    })
}

/// Makes a payload of `len` bytes and returns where it is to be written; null if there is one already, or no room.
#[unsafe(no_mangle)]
pub extern "C" fn coap_add_data_after(pdu: *mut coap_pdu_t, len: usize) -> *mut u8 {
    entry(ptr::null_mut(), || {
        if len == 0 {
            return None;
        }
        pdu_handle::edit(pdu, |pdu, lines| {
            let added = pdu.add_payload(len).map(|_| ());
            accepted("coap_add_data", added, lines).then(|| pdu.payload_mut().as_mut_ptr())
        })?
    })
}

/// The payload; 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_data(
    pdu: *const coap_pdu_t,
    len: *mut usize,
    data: *mut *const u8,
) -> c_int {
    // SAFETY: as this function's own caller promises.
    unsafe { coap_get_data_large(pdu, len, data, ptr::null_mut(), ptr::null_mut()) }
}

/// The payload and its place in a body of several messages: `offset` of `total` bytes. 0 if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_data_large(
    pdu: *const coap_pdu_t,
    len: *mut usize,
    data: *mut *const u8,
    offset: *mut usize,
    total: *mut usize,
) -> c_int {
    entry(0, || {
        let found = pdu_handle::read_held(pdu, |held| match held.pdu.payload() {
            [] => None,
            payload => Some((payload.len(), payload.as_ptr(), held.part)),
        });
        let (length, start, part) = found.flatten().unwrap_or((0, ptr::null(), None));
        let part = part.unwrap_or(Part { offset: 0, total: length });
        // SAFETY: writable or null, as documented.
        unsafe {
            raw::write(len, length);
            raw::write(data, start);
            raw::write(offset, part.offset);
            raw::write(total, part.total);
        }
        Some((length > 0).into())
    })
}
