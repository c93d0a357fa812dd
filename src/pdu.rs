//! `coap_pdu.h`: making, filling and reading messages.
//!
//! A `coap_pdu_t *` is a key, see [`crate::pdu_handle`]. Pointers into a message hold until it is changed.
use crate::{
    entry::entry,
    home::on_session,
    keys::Key,
    log::{self, Lines},
    pdu_handle, raw,
    types::*,
};
use coap_proto::wire::{
    Code, DecodeError, MessageType, Pdu, PduError,
    option::{self, OptionRef},
    signal,
};
use std::{
    borrow::Cow,
    ffi::{CString, c_char, c_int, c_uchar},
    ptr,
    sync::OnceLock,
};

mod data;
#[cfg(test)]
mod tests;

pub use data::{coap_add_data, coap_add_data_after, coap_get_data, coap_get_data_large};

/// Adds an option. Returns its size in the message; 0 if there is a payload, no room, or one of a number that may
/// come only once. A number below those that are there is put at its place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_option(
    pdu: *mut coap_pdu_t,
    number: coap_option_num_t,
    len: usize,
    data: *const u8,
) -> usize {
    entry(0, || {
        pdu_handle::edit(pdu, |pdu, lines| {
            if !pdu.payload().is_empty() {
                lines.add(COAP_LOG_WARN, format_args!("coap_add_option: the PDU has its data already"));
                return 0;
            }
            // SAFETY: readable for `len` bytes, as documented.
            let value = unsafe { input(pdu, data, len) };
            add_option(pdu, number, &value, lines)
        })
    })
}

/// Sets the token, which comes first; 0 if something else is there already, or no room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_token(pdu: *mut coap_pdu_t, len: usize, data: *const u8) -> c_int {
    entry(0, || {
        pdu_handle::edit(pdu, |pdu, lines| {
            // SAFETY: readable for `len` bytes, as documented.
            let token = unsafe { input(pdu, data, len) };
            accepted("coap_add_token", pdu.set_token(&token), lines).into()
        })
    })
}

/// Deletes a PDU. Null is fine; one that was sent or deleted already is refused.
#[unsafe(no_mangle)]
pub extern "C" fn coap_delete_pdu(pdu: *mut coap_pdu_t) {
    entry((), || pdu_handle::take(pdu).map(drop))
}

/// A message for a session, with its next message ID and room for what the session allows.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_pdu(
    type_: coap_pdu_type_t,
    code: coap_pdu_code_t,
    session: *mut coap_session_t,
) -> *mut coap_pdu_t {
    entry(ptr::null_mut(), || {
        let (mid, max_size) = session_facts("coap_new_pdu", session)?;
        new(type_, code, mid.into(), max_size, Some(Key::of(session)))
    })
}

/// A copy of type, code and options for a session, with its next message ID and a token of its own. Without payload,
/// and without the options in `drop_options`; with such a set, options are added as by [`coap_add_option`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_duplicate(
    old_pdu: *const coap_pdu_t,
    session: *mut coap_session_t,
    token_length: usize,
    token: *const u8,
    drop_options: *mut coap_opt_filter_t,
) -> *mut coap_pdu_t {
    entry(ptr::null_mut(), || {
        let (mid, max_size) = session_facts("coap_pdu_duplicate", session)?;
        // SAFETY: a set or null, as documented.
        let dropped = unsafe { raw::read(drop_options) }.map(crate::option::from_c).unwrap_or_default();
        let copy = pdu_handle::read(old_pdu, |old| {
            let mut copy = Pdu::new(old.kind(), old.code(), mid, max_size.max(old.max_size()));
            // SAFETY: readable for `token_length` bytes, as documented.
            copy.set_token(unsafe { raw::bytes(token, token_length) })?;
            for OptionRef { number, value, .. } in old.options().filter(|option| !dropped.get(option.number))
            {
                if !drop_options.is_null() {
                    give_hop_limit(&mut copy, number);
                }
                copy.add_option(number, value)?;
            }
            Ok::<_, PduError>(copy)
        })?;
        match copy {
            Ok(copy) => Some(pdu_handle::adopt_for(copy, Some(Key::of(session)))),
            Err(error) => refused("coap_pdu_duplicate", &error),
        }
    })
}

/// The code.
#[unsafe(no_mangle)]
pub extern "C" fn coap_pdu_get_code(pdu: *const coap_pdu_t) -> coap_pdu_code_t {
    entry(0, || pdu_handle::read(pdu, |pdu| pdu.code().0.into()))
}

/// The message ID.
#[unsafe(no_mangle)]
pub extern "C" fn coap_pdu_get_mid(pdu: *const coap_pdu_t) -> coap_mid_t {
    entry(COAP_INVALID_MID, || pdu_handle::read(pdu, |pdu| pdu.mid().into()))
}

/// The token.
#[unsafe(no_mangle)]
pub extern "C" fn coap_pdu_get_token(pdu: *const coap_pdu_t) -> coap_bin_const_t {
    entry(coap_bin_const_t { length: 0, s: ptr::null() }, || {
        pdu_handle::read(pdu, |pdu| {
            let token = pdu.token();
            coap_bin_const_t { length: token.len(), s: token.as_ptr() }
        })
    })
}

/// The type.
#[unsafe(no_mangle)]
pub extern "C" fn coap_pdu_get_type(pdu: *const coap_pdu_t) -> coap_pdu_type_t {
    entry(0, || pdu_handle::read(pdu, |pdu| pdu.kind() as coap_pdu_type_t))
}

/// A message of at most `size` bytes of token, options and payload; 0: without limit.
#[unsafe(no_mangle)]
pub extern "C" fn coap_pdu_init(
    type_: coap_pdu_type_t,
    code: coap_pdu_code_t,
    mid: coap_mid_t,
    size: usize,
) -> *mut coap_pdu_t {
    entry(ptr::null_mut(), || new(type_, code, mid, size, None))
}

/// Makes the PDU what `data` says: one message as it goes over `proto`, header included. 0 if it is not a message, or
/// larger than the PDU may be: the PDU is then as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_parse(
    proto: coap_proto_t,
    data: *const u8,
    length: usize,
    pdu: *mut coap_pdu_t,
) -> c_int {
    entry(0, || {
        let decode = match proto {
            COAP_PROTO_UDP | COAP_PROTO_DTLS => Pdu::decode_udp,
            COAP_PROTO_TCP | COAP_PROTO_TLS => Pdu::decode_stream,
            COAP_PROTO_WS | COAP_PROTO_WSS => Pdu::decode_websocket,
            _ => return None,
        };
        pdu_handle::edit(pdu, |pdu, lines| {
            // SAFETY: readable for `length` bytes, as documented.
            let message = unsafe { input(pdu, data, length) };
            match parse(decode(&message), pdu.max_size()) {
                Ok(parsed) => *pdu = parsed,
                Err(why) => {
                    lines.add(COAP_LOG_DEBUG, format_args!("coap_pdu_parse: {why}"));
                    return 0;
                }
            }
            1
        })
    })
}

/// Sets the code, 0 to 255.
#[unsafe(no_mangle)]
pub extern "C" fn coap_pdu_set_code(pdu: *mut coap_pdu_t, code: coap_pdu_code_t) {
    entry((), || {
        let code = Code(u8::try_from(code).ok()?);
        pdu_handle::with(pdu, |pdu| pdu.set_code(code))
    })
}

/// Sets the message ID, 0 to 65,535.
#[unsafe(no_mangle)]
pub extern "C" fn coap_pdu_set_mid(pdu: *mut coap_pdu_t, mid: coap_mid_t) {
    entry((), || {
        let mid = u16::try_from(mid).ok()?;
        pdu_handle::with(pdu, |pdu| pdu.set_mid(mid))
    })
}

/// Sets the type.
#[unsafe(no_mangle)]
pub extern "C" fn coap_pdu_set_type(pdu: *mut coap_pdu_t, type_: coap_pdu_type_t) {
    entry((), || {
        let kind = kind(type_)?;
        pdu_handle::with(pdu, |pdu| pdu.set_kind(kind))
    })
}

/// What a response code means; null for one that is not registered.
#[unsafe(no_mangle)]
pub extern "C" fn coap_response_phrase(code: c_uchar) -> *const c_char {
    static PHRASES: [OnceLock<CString>; 256] = [const { OnceLock::new() }; 256];
    entry(ptr::null(), || {
        let phrase = Code(code).phrase()?;
        // A phrase holds no NUL.
        Some(PHRASES[usize::from(code)].get_or_init(|| CString::new(phrase).unwrap_or_default()).as_ptr())
    })
}

/// Adds an option as [`coap_add_option`] says, but also in front of a payload.
pub(crate) fn add_option(pdu: &mut Pdu, number: u16, value: &[u8], lines: &mut Lines) -> usize {
    if number == pdu.last_option_number() && !may_repeat(number, lines) {
        return 0;
    }
    give_hop_limit(pdu, number);
    if number < pdu.last_option_number() {
        lines.add(COAP_LOG_DEBUG, format_args!("option {number} comes after higher ones"));
    }
    match pdu.insert_option(number, value) {
        Ok(size) => size,
        Err(error) => {
            lines.add(COAP_LOG_WARN, format_args!("option {number} not added: {error}"));
            0
        }
    }
}

/// Adds Hop-Limit in front of an option that a proxy goes by, unless it is there.
fn give_hop_limit(pdu: &mut Pdu, next: u16) {
    let for_a_proxy = matches!(next, option::PROXY_URI | option::PROXY_SCHEME);
    if for_a_proxy && pdu.code().is_request() && pdu.option(option::HOP_LIMIT).is_none() {
        // RFC 8768 section 3 recommends the initial value 16.
        let _ = pdu.insert_option(option::HOP_LIMIT, &[16]);
    }
}

/// Bytes that fit behind the options, a payload marker that is still to come included, as libcoap counts.
pub(crate) fn payload_room(pdu: &Pdu) -> usize {
    match pdu.max_size() {
        0 => usize::MAX,
        limit => limit.saturating_sub(pdu.len() - pdu.payload().len()),
    }
}

/// What C passed as input for `pdu`: copied first if it lies in the PDU itself.
///
/// # Safety
/// As for [`raw::bytes`]; the result is not used after the call of the library in progress.
pub(crate) unsafe fn input<'a>(pdu: &Pdu, data: *const u8, length: usize) -> Cow<'a, [u8]> {
    let inside = pdu.body().as_ptr_range();
    // SAFETY: as the caller says.
    let bytes = unsafe { raw::bytes(data, length) };
    if bytes.as_ptr_range().end > inside.start && bytes.as_ptr() < inside.end {
        return Cow::Owned(bytes.to_vec());
    }
    Cow::Borrowed(bytes)
}

/// Whether an option may come again. Numbers that are not registered may: programs have their own.
fn may_repeat(number: u16, lines: &mut Lines) -> bool {
    let repeatable = option::definition(number).map(|definition| definition.repeatable);
    if repeatable != Some(true) {
        let dropped = if repeatable.is_some() { " - dropped" } else { "" };
        lines
            .add(COAP_LOG_INFO, format_args!("Option number {number} is not defined as repeatable{dropped}"));
    }
    repeatable.unwrap_or(true)
}

fn kind(type_: coap_pdu_type_t) -> Option<MessageType> {
    u8::try_from(type_).ok().filter(|&bits| bits <= 3).map(MessageType::from_bits)
}

fn new(
    type_: coap_pdu_type_t,
    code: coap_pdu_code_t,
    mid: coap_mid_t,
    max_size: usize,
    session: Option<Key>,
) -> Option<*mut coap_pdu_t> {
    let (code, mid) = (Code(u8::try_from(code).ok()?), u16::try_from(mid).ok()?);
    Some(pdu_handle::adopt_for(Pdu::new(kind(type_)?, code, mid, max_size), session))
}

/// The session's next message ID and the size that its messages may have; `None` if there is no such session.
fn session_facts(function: &str, session: *mut coap_session_t) -> Option<(u16, usize)> {
    on_session(function, session, |context, id| {
        let engine = &mut context.node.engine;
        let max_size = engine.session(id)?.room_for_message(engine.config());
        Some((engine.new_mid(id)?, max_size))
    })
}

fn parse(decoded: Result<Pdu, DecodeError>, max_size: usize) -> Result<Pdu, String> {
    let mut parsed = decoded.map_err(|error| error.to_string())?;
    if max_size != 0 && parsed.len() > max_size {
        return Err(PduError::TooLarge { limit: max_size }.to_string());
    }
    let code = parsed.code();
    if code.is_empty() && parsed.len() != 0 {
        return Err("an empty message that is not empty".into());
    }
    if let Some(OptionRef { number, value, .. }) = parsed.options().find(|option| !fits(code, option)) {
        return Err(format!("option {number} of {} bytes", value.len()));
    }
    parsed.set_max_size(max_size);
    Ok(parsed)
}

/// Whether an option may stand in a message with that code as it is. Signalling messages have options of their own, and
/// none that is critical besides.
fn fits(code: Code, OptionRef { number, value, .. }: &OptionRef<'_>) -> bool {
    match code {
        Code::CSM | Code::PING | Code::PONG | Code::RELEASE | Code::ABORT => {
            let is_known = signal::allows_option(code, *number) || !option::is_critical(*number);
            is_known && signal::allows_length(code, *number, value.len())
        }
        code => code.is_signaling() || option::allows_length(*number, value.len()),
    }
}

/// Whether a change was made; says why not.
fn accepted(function: &str, change: Result<(), PduError>, lines: &mut Lines) -> bool {
    if let Err(error) = &change {
        lines.add(COAP_LOG_WARN, format_args!("{function}: {error}"));
    }
    change.is_ok()
}

fn refused<R>(function: &str, error: &PduError) -> Option<R> {
    log::log(COAP_LOG_WARN, format_args!("{function}: {error}"));
    None
}
