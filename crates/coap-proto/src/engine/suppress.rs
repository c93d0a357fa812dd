//! Which responses are not sent: those that the client does not want (RFC 7967), and most of those to
//! requests that were addressed to a group (RFC 7252 section 8.1, RFC 7390 section 2.7).
use crate::resource::flags;
use crate::wire::{Code, MessageType, Pdu, option};

/// What a response is judged by, besides the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// The request was addressed to a group.
    pub(super) to_group: bool,
    /// Flags of the resource that the request was for.
    pub(super) flags: Option<u32>,
    /// Suppression is up to the resource.
    pub(super) per_resource: bool,
}

/// Whether a response is to be sent. A piggybacked one that the client does not want becomes an empty
/// acknowledgement, so that it does not ask again.
pub(super) fn is_wanted(request: &Pdu, response: &mut Pdu, circumstances: Circumstances) -> bool {
    let code = response.code();
    if code.class() == 0 {
        let says_nothing = code.is_empty() && response.kind() == MessageType::Non;
        let rejects_group_request = circumstances.to_group && response.kind() == MessageType::Rst;
        return !says_nothing && !rejects_group_request;
    }
    // One that is too long is not understood, and being elective, ignored (RFC 7252 section 5.4.3).
    let no_response = request
        .option(option::NO_RESPONSE)
        .filter(|option| option::allows_length(option.number, option.value.len()));
    let unwanted = no_response.map(|option| option.uint().unwrap_or_default());
    match unwanted {
        Some(classes) if classes & (1 << (code.class() - 1)) == 0 => true,
        Some(_) if response.kind() == MessageType::Ack => {
            response.clear();
            response.set_code(Code::EMPTY);
            true
        }
        Some(_) => false,
        None if circumstances.to_group => is_wanted_by_group(response, circumstances),
        None => true,
    }
}

/// Whether the answer to a group request is delayed by a random part of the leisure (RFC 7252 section 8.2).
pub(super) fn is_delayed(circumstances: Circumstances) -> bool {
    let disabled = circumstances.flags.is_some_and(|flags| flags & flags::DISABLE_MCAST_DELAYS != 0);
    circumstances.to_group && !(circumstances.per_resource && disabled)
}

fn is_wanted_by_group(response: &Pdu, circumstances: Circumstances) -> bool {
    let Some(flags) = circumstances.flags.filter(|_| circumstances.per_resource) else {
        return response.code().class() <= 2;
    };
    match response.code().class() {
        2 if flags & flags::SUPPRESS_MCAST_2_XX != 0 => false,
        2 if flags & flags::SUPPRESS_MCAST_2_05 != 0 && response.code() == Code::CONTENT => {
            !response.payload().is_empty()
        }
        4 => flags & flags::ALLOW_MCAST_4_XX != 0,
        5 => flags & flags::ALLOW_MCAST_5_XX != 0,
        _ => true,
    }
}
