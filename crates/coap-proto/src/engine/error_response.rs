//! Responses that say what was wrong.
use crate::wire::{Code, MessageType, OptionFilter, Pdu, option};

/// Longest text of an IP address, as C counts it: room for the diagnostic payload of a 5.08.
const ADDRESS_ROOM: usize = 46;

/// A response with `code` to `request`, to be sent as it is: an acknowledgement for a confirmable request.
///
/// It bears the request's token, its options that are in `unknown`, and what the code means as diagnostic
/// payload (RFC 7252 section 5.5.2). A 5.08 gets this node's address when it is sent (RFC 8768 section 4).
/// Nothing more fits in.
pub fn error_response(request: &Pdu, code: Code, unknown: &OptionFilter) -> Pdu {
    let kind = if request.kind() == MessageType::Con { MessageType::Ack } else { MessageType::Non };
    let mut response = Pdu::new(kind, code, request.mid(), 0);
    // What came in a message fits into another one, in the same order; a phrase is no option.
    let _ = response.set_token(request.token());
    for option in request.options().filter(|option| unknown.get(option.number)) {
        if may_be_echoed(option.number, response.last_option_number()) {
            let _ = response.add_option(option.number, option.value);
        }
    }
    if code == Code::HOP_LIMIT_REACHED {
        response.set_max_size(response.len() + ADDRESS_ROOM);
    } else {
        let _ = response.set_payload(code.phrase().unwrap_or_default().as_bytes());
        response.set_max_size(response.len());
    }
    response
}

/// Content-Format would describe the diagnostic payload, Hop-Limit the response itself; OSCORE is unsafe to
/// repeat. An option that came too often is named once.
fn may_be_echoed(number: u16, last: u16) -> bool {
    let again = number == last && option::definition(number).is_some_and(|definition| !definition.repeatable);
    !again && !matches!(number, option::CONTENT_FORMAT | option::HOP_LIMIT | option::OSCORE)
}
