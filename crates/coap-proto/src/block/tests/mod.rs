//! The state machines of block-wise transfer, one by one.
mod assembly;
mod bert;
mod download;
mod large;
mod offer;
mod upload;

use super::{Body, Bytes};
use crate::wire::{BlockValue, Code, MessageType, Pdu};
use std::sync::Arc;

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

fn body(length: usize) -> Body {
    let bytes: Bytes = Arc::new(content(length));
    Body::new(bytes, 7)
}

fn block(num: u32, more: bool, szx: u8) -> BlockValue {
    BlockValue { num, more, szx }
}

/// A message with these options and a payload.
fn message(code: Code, options: &[(u16, &[u8])], payload: &[u8]) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Con, code, 1, 0);
    for (number, value) in options {
        pdu.insert_option(*number, value).unwrap();
    }
    pdu.set_payload(payload).unwrap();
    pdu
}
