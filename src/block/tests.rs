use super::*;
use crate::{
    pdu::{coap_add_data, coap_add_option, coap_delete_pdu, coap_pdu_init},
    pdu_handle,
};
use coap_proto::wire::{Code, Pdu, option as number};
use std::ffi::{c_uint, c_void};

/// A body whose bytes tell their place.
fn body(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 16) as u8).collect()
}

fn request_for(block: Option<(c_uint, u8)>) -> *mut coap_pdu_t {
    // SAFETY: pointers to locals and objects of this library.
    unsafe {
        let request = coap_pdu_init(0, 1, 1, 0);
        if let Some((num, szx)) = block {
            let mut block = coap_block_t { num, bits: c_uint::from(szx) << 1 };
            assert_eq!(coap_write_block_opt(&mut block, number::BLOCK2, request, usize::MAX), 1);
        }
        request
    }
}

/// What a response without memory looks like, from the program's side.
fn blocked(asked: Option<(c_uint, u8)>, limit: usize, body: &[u8]) -> Pdu {
    // SAFETY: objects of this library; the body lives through the call.
    unsafe {
        let (request, response) = (request_for(asked), coap_pdu_init(2, 0, 1, limit));
        coap_add_data_blocked_response(request, response, 40, 60, body.len(), body.as_ptr());
        coap_delete_pdu(request);
        pdu_handle::take(response).unwrap()
    }
}

#[test]
fn blocks_of_a_body_put_together_are_the_body() {
    let whole = body(1000);
    let mut collected = Vec::new();
    for num in 0.. {
        let response = blocked(Some((num, 2)), 1152, &whole);
        let mut block = coap_block_t { num: 0, bits: 0 };
        // SAFETY: pointers to locals.
        unsafe {
            let pdu = pdu_handle::adopt(response.clone());
            assert_eq!(coap_get_block(pdu, number::BLOCK2, &mut block), 1);
            coap_delete_pdu(pdu);
        }
        assert_eq!((response.code(), block.num), (Code::CONTENT, num));
        assert_eq!(response.option(number::SIZE2).unwrap().uint(), Some(1000));
        collected.extend_from_slice(response.payload());
        if block.bits & 1 == 0 {
            break;
        }
    }
    assert_eq!(collected, whole);
    assert_eq!(blocked(Some((16, 2)), 1152, &whole).code(), Code::BAD_REQUEST);
}

#[test]
fn a_block_shrinks_until_it_fits() {
    let whole = body(5000);
    let response = blocked(Some((3, 6)), 200, &whole);
    let block = value::Block::decode(response.option(number::BLOCK2).unwrap().value).unwrap();
    assert_eq!((block.num, block.szx, block.more), (3 * 8, 3, true));
    assert_eq!(response.payload(), &whole[3 * 1024..3 * 1024 + 128]);
    assert_eq!(blocked(Some((0, 0)), 30, &whole).code(), Code::INTERNAL_ERROR);
}

#[test]
fn what_fits_is_sent_whole() {
    let response = blocked(None, 1152, b"small");
    assert_eq!(response.payload(), b"small");
    assert!(response.option(number::BLOCK2).is_none());
    let response = blocked(None, 1152, &body(2000));
    assert_eq!(response.payload().len(), 1024);
    assert_eq!(response.option(number::BLOCK2).unwrap().value, [0x0e]);
}

#[test]
fn malformed_block_options_are_refused() {
    // SAFETY: pointers to locals and objects of this library.
    unsafe {
        for value in [&b"\x07"[..], b"\x00\x00\x00\x08", b"\x01\x02\x03\x04\x05"] {
            let pdu = coap_pdu_init(0, 1, 1, 0);
            coap_add_option(pdu, number::BLOCK1, value.len(), value.as_ptr());
            let mut block = coap_block_b_t { num: 1, bits: 1, chunk_size: 1 };
            assert_eq!(coap_get_block_b(ptr::null(), pdu, number::BLOCK1, &mut block), 0);
            assert_eq!((block.num, block.bits, block.chunk_size), (0, 0, 0));
            coap_delete_pdu(pdu);
        }
        let mut block = coap_block_t { num: 0, bits: 0 };
        assert_eq!(coap_get_block(ptr::null(), number::BLOCK1, &mut block), 0);
        assert_eq!(coap_write_block_opt(ptr::null_mut(), number::BLOCK1, ptr::null_mut(), 0), -3);
        let pdu = coap_pdu_init(0, 1, 1, 0);
        assert_eq!(coap_add_block(pdu, 16, b"0123456789abcdef".as_ptr(), u32::MAX, 255), 0);
        coap_delete_pdu(pdu);
    }
}

#[test]
fn the_smallest_block_says_how_large_it_is() {
    let mut block = coap_block_b_t { num: 0, bits: 0, chunk_size: 0 };
    // SAFETY: pointers to locals and objects of this library, or null.
    unsafe {
        let pdu = coap_pdu_init(0, 1, 1, 0);
        assert_eq!(coap_write_block_b_opt(ptr::null_mut(), &mut block, number::BLOCK2, pdu, 7), 1);
        coap_delete_pdu(pdu);
    }
    assert_eq!((block.num, block.bits, block.chunk_size), (0, 0, 16));
}

#[test]
fn a_body_is_built_from_blocks_in_any_order() {
    let whole = body(100);
    // SAFETY: binaries of this library, handed over from call to call.
    unsafe {
        let mut built = ptr::null_mut();
        for offset in [64, 0, 32, 96] {
            let part = &whole[offset..whole.len().min(offset + 32)];
            // The size said at first is too small: the body grows, and what is there stays.
            built = coap_block_build_body(built, part.len(), part.as_ptr(), offset, 50);
        }
        assert_eq!(raw::bytes((*built).s, (*built).length), whole);
        assert!(coap_block_build_body(ptr::null_mut(), 1, ptr::null(), 0, 10).is_null());
        assert!(coap_block_build_body(ptr::null_mut(), 1, whole.as_ptr(), 0, 0).is_null());
        assert!(coap_block_build_body(built, 1, whole.as_ptr(), usize::MAX, 10).is_null());
    }
}

unsafe extern "C" fn count(_: *mut coap_session_t, counter: *mut c_void) {
    // SAFETY: the test passes a counter.
    unsafe { *counter.cast::<u32>() += 1 };
}

#[test]
fn data_is_released_once_even_when_the_call_is_refused() {
    let mut released = 0_u32;
    let counter = (&raw mut released).cast();
    // SAFETY: pointers to locals, or null.
    unsafe {
        let pdu = coap_pdu_init(0, 1, 1, 0);
        coap_add_data(pdu, 1, b"x".as_ptr());
        let session = ptr::null_mut();
        assert_eq!(coap_add_data_large_request(session, pdu, 1, b"x".as_ptr(), Some(count), counter), 0);
        let (resource, query) = (ptr::null_mut(), ptr::null());
        let done = coap_add_data_large_response(
            resource,
            session,
            pdu,
            pdu,
            query,
            0,
            -1,
            0,
            1,
            b"x".as_ptr(),
            Some(count),
            counter,
        );
        assert_eq!(done, 0);
        coap_delete_pdu(pdu);
    }
    assert_eq!(released, 2);
}
