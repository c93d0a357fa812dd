//! Option values as text.
use super::{Line, name};
use crate::wire::{Code, OptionRef, Pdu, option};

/// The value of an option of `pdu`.
pub(super) fn text(pdu: &Pdu, option: &OptionRef<'_>) -> Line {
    let mut text = Line::value();
    if name::has_own_options(pdu.code()) {
        push_signaling(pdu.code(), option, &mut text);
    } else {
        push(pdu, option, &mut text);
    }
    text
}

/// The value as libcoap computes it: the last four bytes count.
pub(super) fn wrapped(value: &[u8]) -> u32 {
    value.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn push_signaling(code: Code, option: &OptionRef<'_>, text: &mut Line) {
    match (code, option.number) {
        (Code::CSM, 2 | 6) | (Code::RELEASE, 4) | (Code::ABORT, 2) => push_uint(option.value, text),
        (Code::RELEASE, 2) => text.push_readable(option.value),
        _ => {}
    }
}

fn push(pdu: &Pdu, option: &OptionRef<'_>, text: &mut Line) {
    match option.number {
        option::CONTENT_FORMAT | option::ACCEPT => {
            let format = wrapped(option.value);
            match name::of_content_format(format) {
                Some(name) => text.push(name),
                None => text.format(format_args!("{}", format as i32)),
            }
        }
        option::BLOCK1 | option::BLOCK2 | option::Q_BLOCK1 | option::Q_BLOCK2 => {
            push_block(option.value, pdu.payload().len(), text);
        }
        option::URI_PORT
        | option::MAX_AGE
        | option::OBSERVE
        | option::SIZE1
        | option::SIZE2
        | option::HOP_LIMIT => {
            if !option.value.is_empty() {
                push_uint(option.value, text);
            }
        }
        option::IF_MATCH | option::ETAG | option::ECHO | option::NO_RESPONSE | option::REQUEST_TAG => {
            text.push("0x");
            text.push_hex(option.value);
        }
        option::OSCORE => push_oscore(option.value, text),
        option::URI_HOST
        | option::URI_PATH
        | option::URI_QUERY
        | option::LOCATION_PATH
        | option::LOCATION_QUERY
        | option::PROXY_URI
        | option::PROXY_SCHEME => text.push_readable(option.value),
        _ => text.push_all_escaped(option.value),
    }
}

fn push_uint(value: &[u8], text: &mut Line) {
    text.format(format_args!("{}", wrapped(value)));
}

/// Number, more flag and size of a block; in a BERT block the size of the payload, if there is one.
fn push_block(value: &[u8], payload_len: usize, text: &mut Line) {
    let last = value.last().copied().unwrap_or(0);
    let before = &value[..value.len().saturating_sub(1)];
    let num = wrapped(before) << 4 | u32::from(last >> 4);
    let more = if last & 8 != 0 { 'M' } else { '_' };
    match (last & 7, payload_len) {
        (7, 0) => text.format(format_args!("{num}/{more}/BERT")),
        (7, length) => text.format(format_args!("{num}/{more}/BERT({length})")),
        (szx, _) => text.format(format_args!("{num}/{more}/{}", 16 << szx)),
    }
}

/// The fields of an OSCORE option (RFC 8613 section 6.1) as far as they are there.
fn push_oscore(value: &[u8], text: &mut Line) {
    let Some((flags, rest)) = value.split_first() else { return };
    if flags & 0x20 != 0 {
        text.push("grp");
    }
    push_oscore_fields(*flags, rest, text);
}

/// Partial IV, kid context and kid; `None` at the first that is cut off.
fn push_oscore_fields(flags: u8, mut rest: &[u8], text: &mut Line) -> Option<()> {
    if flags & 0x07 != 0 {
        let (partial_iv, behind) = rest.split_at_checked(usize::from(flags & 0x07))?;
        push_oscore_field("pIV", partial_iv, text);
        rest = behind;
    }
    if flags & 0x10 != 0 {
        let (length, behind) = rest.split_first()?;
        let (context, behind) = behind.split_at_checked(usize::from(*length))?;
        push_oscore_field("kc", context, text);
        rest = behind;
    }
    if flags & 0x08 != 0 && !rest.is_empty() {
        push_oscore_field("kid", rest, text);
    }
    Some(())
}

fn push_oscore_field(name: &str, value: &[u8], text: &mut Line) {
    if !text.as_str().is_empty() {
        text.push(",");
    }
    text.format(format_args!("{name}=0x"));
    text.push_hex(value);
}
