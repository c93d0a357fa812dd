//! How many proxies a message may still pass (RFC 8768).
use crate::Address;
use crate::wire::{Code, Pdu, option, uint};
use std::net::IpAddr;

/// What a response 5.08 starts with on its way back: this library's proxies count it down, too.
const RETURN_LIMIT: u64 = 255;

/// Counts a request's Hop-Limit down, if it has one (RFC 8768 section 3): with 0, it may be served but not go on. A
/// number that it must not be is answered with the code.
pub(super) fn count_down(request: &mut Pdu) -> Result<(), Code> {
    let Some(option) = request.option(option::HOP_LIMIT) else { return Ok(()) };
    match option.uint() {
        Some(limit @ 1..=255) => {
            // The value does not get longer: this cannot fail.
            let _ = request.update_option(option::HOP_LIMIT, &uint::encode(limit - 1));
            Ok(())
        }
        _ => Err(Code::BAD_REQUEST),
    }
}

/// Whether a request that was counted may go on to another node; otherwise the code of the answer.
pub(super) fn check_onward(request: &Pdu) -> Result<(), Code> {
    match request.option(option::HOP_LIMIT).map(|option| option.uint()) {
        Some(Some(0)) => Err(Code::HOP_LIMIT_REACHED),
        _ => Ok(()),
    }
}

/// Puts this node's address in front of the diagnostic payload of a 5.08 that leaves it (RFC 8768 section 4),
/// as far as there is room. Otherwise says why the response must not leave.
pub(super) fn sign(response: &mut Pdu, local: &Address) -> Result<(), String> {
    let Some(address) = local.ip() else { return Ok(()) };
    let address = address.ip().to_canonical();
    let shown = |response: &Pdu| String::from_utf8_lossy(response.payload()).into_owned();
    match response.option(option::HOP_LIMIT).map(|limit| limit.uint()) {
        None if names(response.payload(), address) => {
            Err(format!("Proxy loop detected '{}'", shown(response)))
        }
        Some(Some(1)) => Err(format!("Proxy loop detected '{}'", shown(response))),
        Some(Some(limit @ 2..=255)) => {
            let _ = response.update_option(option::HOP_LIMIT, &uint::encode(limit - 1));
            // One information per proxy, however often it comes by.
            if !names(response.payload(), address) {
                prepend(response, &address.to_string());
            }
            Ok(())
        }
        Some(limit) => Err(format!("Proxy return has bad hop limit count '{}'", limit.unwrap_or(u64::MAX))),
        None => {
            prepend(response, &address.to_string());
            Ok(())
        }
    }
}

fn names(payload: &[u8], address: IpAddr) -> bool {
    let address = address.to_string();
    payload.split(|byte| *byte == b' ').any(|word| word == address.as_bytes())
}

fn prepend(response: &mut Pdu, address: &str) {
    let room = match response.max_size() {
        0 => usize::MAX,
        limit => limit.saturating_sub(response.len()),
    };
    if address.len() >= room {
        return;
    }
    let mut payload = address.as_bytes().to_vec();
    if response.payload().is_empty() {
        let _ = response.insert_option(option::HOP_LIMIT, &uint::encode(RETURN_LIMIT));
    } else {
        payload.push(b' ');
        payload.extend_from_slice(response.payload());
        response.clear_payload();
    }
    let _ = response.set_payload(&payload);
}
