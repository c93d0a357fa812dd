//! Lists of options, to be put into a PDU in one go.
use crate::{entry::entry, log, mem, pdu, pdu_handle, raw, types::*};
use std::{ffi::c_int, iter, ptr};

/// Puts the options of a list into a PDU, by ascending number; the list is sorted, options of one number stay in
/// their order. 0 if the list is empty or the PDU has a payload.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_optlist_pdu(
    pdu: *mut coap_pdu_t,
    optlist_chain: *mut *mut coap_optlist_t,
) -> c_int {
    entry(0, || {
        // SAFETY: null, or the head of a list of ours, as documented.
        let first = unsafe { sort(optlist_chain) }?;
        if first.is_null() {
            return None;
        }
        pdu_handle::edit(pdu, |pdu, lines| {
            if !pdu.payload().is_empty() {
                lines.add(COAP_LOG_WARN, format_args!("coap_add_optlist_pdu: the PDU has its data already"));
                return None;
            }
            let mut next = first;
            while !next.is_null() {
                // SAFETY: a node of the list; its data may lie in the PDU, which `input` sees to.
                let (node, value) = unsafe {
                    let node = next.read();
                    (node, pdu::input(pdu, node.data, node.length))
                };
                pdu::add_option(pdu, node.number, &value, lines);
                next = node.next;
            }
            Some(1)
        })?
    })
}

/// Deletes a list. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_optlist(optlist_chain: *mut coap_optlist_t) {
    entry((), || {
        let mut next = optlist_chain;
        while !next.is_null() {
            let node = next;
            // SAFETY: null or a list of ours, which the caller gives back.
            unsafe {
                next = (*node).next;
                mem::free(COAP_OPTLIST, node.cast());
            }
        }
        Some(())
    })
}

/// Appends an option to a list, which takes it over. 0 without an option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_insert_optlist(
    optlist_chain: *mut *mut coap_optlist_t,
    optlist: *mut coap_optlist_t,
) -> c_int {
    entry(0, || {
        if optlist.is_null() {
            log::log(COAP_LOG_DEBUG, format_args!("coap_insert_optlist: no option"));
            return None;
        }
        if optlist_chain.is_null() {
            return None;
        }
        // SAFETY: not null: the writable head of a list of ours, as documented; the option is the caller's.
        unsafe {
            let mut end = optlist_chain;
            while !(*end).is_null() {
                end = &raw mut (**end).next;
            }
            (*optlist).next = ptr::null_mut();
            end.write(optlist);
        }
        Some(1)
    })
}

/// An option for a list, with a copy of its value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_optlist(
    number: u16,
    length: usize,
    data: *const u8,
) -> *mut coap_optlist_t {
    // SAFETY: readable for `length` bytes, as documented.
    entry(ptr::null_mut(), || new_node(number, unsafe { raw::bytes(data, length) }))
}

/// An option for a list of C's.
pub(crate) fn new_node(number: u16, value: &[u8]) -> Option<*mut coap_optlist_t> {
    const HEADER: usize = size_of::<coap_optlist_t>();
    let node: *mut coap_optlist_t = mem::block(COAP_OPTLIST, HEADER + value.len()).cast();
    if node.is_null() {
        log::log(COAP_LOG_WARN, format_args!("coap_new_optlist: no memory"));
        return None;
    }
    // SAFETY: the block has room for the header and the value.
    unsafe {
        let data = node.byte_add(HEADER).cast::<u8>();
        data.copy_from_nonoverlapping(value.as_ptr(), value.len());
        node.write(coap_optlist_t { next: ptr::null_mut(), number, length: value.len(), data });
    }
    Some(node)
}

/// Sorts a list by ascending number; options of one number stay in their order. Returns 1, or 0 without a list; an
/// empty one is sorted.
///
/// # Safety
/// `options` is null or points to the head of a list of this library's, which nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_sort_optlist(options: *mut *mut coap_optlist_t) -> c_int {
    // SAFETY: as the caller promises.
    entry(0, || unsafe { sort(options) }.map(|_| 1))
}

/// Sorts a list, and returns its first node, which may be null. `None` without a list.
///
/// # Safety
/// As for [`coap_sort_optlist`].
unsafe fn sort(chain: *mut *mut coap_optlist_t) -> Option<*mut coap_optlist_t> {
    // SAFETY: as the caller promises.
    let first = unsafe { raw::read(chain)? };
    // SAFETY: as above. Most programs add their options in order.
    if unsafe { nodes(first).is_sorted_by_key(|node| (*node).number) } {
        return Some(first);
    }
    // SAFETY: as above.
    let length = unsafe { nodes(first) }.count();
    // The usual list is short: no memory is asked for.
    let (mut few, mut many) = ([ptr::null_mut(); 24], Vec::new());
    let sorted = match few.get_mut(..length) {
        Some(places) => places,
        None => {
            many.resize(length, ptr::null_mut());
            &mut many[..]
        }
    };
    // SAFETY: as above.
    sorted.iter_mut().zip(unsafe { nodes(first) }).for_each(|(place, node)| *place = node);
    // SAFETY: a node of the list.
    sorted.sort_by_key(|&node| unsafe { (*node).number });
    // SAFETY: as above; writable, as the caller promises.
    unsafe {
        let first = relink(sorted);
        raw::write(chain, first)?;
        Some(first)
    }
}

/// The nodes of a list.
///
/// # Safety
/// `first` is null or a list of nodes that nobody else uses while the iterator is.
unsafe fn nodes(first: *mut coap_optlist_t) -> impl Iterator<Item = *mut coap_optlist_t> {
    let some = |node: *mut coap_optlist_t| (!node.is_null()).then_some(node);
    // SAFETY: not null: a node of the list.
    iter::successors(some(first), move |&node| some(unsafe { (*node).next }))
}

/// Links nodes in this order and returns the first.
///
/// # Safety
/// The nodes are those of a list that nobody else uses.
unsafe fn relink(nodes: &[*mut coap_optlist_t]) -> *mut coap_optlist_t {
    let mut next = ptr::null_mut();
    for &node in nodes.iter().rev() {
        // SAFETY: as the caller says.
        unsafe { (*node).next = next };
        next = node;
    }
    next
}
