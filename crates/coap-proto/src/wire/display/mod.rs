//! A message as text for the log, as libcoap writes it: tools parse these lines.
mod line;
mod name;
#[cfg(test)]
mod tests;
mod value;

use super::{MessageType, Pdu, Protocol, option};
use line::{Line, is_printable};
use std::fmt::{self, Write};

/// Writes a message as one line, or as three if its payload is not text. Each ends with a line feed.
///
/// # Errors
/// Those of `out`.
pub fn write(pdu: &Pdu, protocol: Protocol, out: &mut impl Write) -> fmt::Result {
    let mut result = Ok(());
    show(pdu, protocol, |line| {
        if result.is_ok() {
            result = out.write_str(line);
        }
    });
    result
}

/// Hands out a message line by line, for loggers that take one line at a time.
///
/// A line has at most 2,055 bytes; what does not fit is left out.
pub fn show(pdu: &Pdu, protocol: Protocol, put: impl FnMut(&str)) {
    show_with(pdu, protocol, Payloads::Shown, put);
}

/// What is shown of payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payloads {
    /// All that fits.
    Shown,
    /// Their length only.
    Measured,
}

/// As [`show`], with or without what the payload says.
pub fn show_with(pdu: &Pdu, protocol: Protocol, payloads: Payloads, mut put: impl FnMut(&str)) {
    let mut line = Line::new();
    push_header(pdu, protocol, &mut line);
    let is_text = push_options(pdu, &mut line);
    match pdu.payload() {
        [] => {}
        payload if payloads == Payloads::Measured => {
            line.format(format_args!(" :: data length {} (data suppressed)", payload.len()));
        }
        payload @ [first, ..] if is_text && is_printable(*first) => {
            line.push(" :: ");
            line.push_quoted(payload);
        }
        payload => {
            line.format(format_args!(" :: binary data length {}\n", payload.len()));
            put(line.as_str());
            line = Line::new();
            push_dump(payload, &mut line, |byte, line| line.push_hex(&[byte]));
            put(line.end());
            line = Line::new();
            push_dump(payload, &mut line, |byte, line| line.push_character(byte));
        }
    }
    put(line.end());
}

fn push_header(pdu: &Pdu, protocol: Protocol, line: &mut Line) {
    match protocol {
        Protocol::Udp | Protocol::Dtls => line.format(format_args!("v:1 t:{} c:", type_name(pdu.kind()))),
        Protocol::Tcp | Protocol::Tls => line.push("v:Reliable c:"),
        Protocol::Ws | Protocol::Wss => line.push("v:WebSocket c:"),
    }
    match pdu.code().name() {
        Some(name) => line.push(name),
        None => line.format(format_args!("{}", pdu.code())),
    }
    if !protocol.is_reliable() {
        line.format(format_args!(" i:{:04x}", pdu.mid()));
    }
    line.push(" {");
    line.push_hex(pdu.token());
    line.push("}");
}

/// Returns whether a payload beside these options is text.
fn push_options(pdu: &Pdu, line: &mut Line) -> bool {
    let mut is_text = true;
    let mut protected = false;
    line.push(" [");
    for (at, option) in pdu.options().enumerate() {
        line.push(if at == 0 { " " } else { ", " });
        match name::of_option(pdu.code(), option.number) {
            Some(name) => line.push(name),
            None => line.format(format_args!("{}", option.number)),
        }
        line.push(":");
        line.push(value::text(pdu, &option).as_str());
        if !name::has_own_options(pdu.code()) {
            match option.number {
                option::CONTENT_FORMAT | option::ACCEPT => {
                    is_text = name::is_text_format(value::wrapped(option.value));
                }
                option::OSCORE => protected = true,
                _ => {}
            }
        }
    }
    line.push(" ]");
    is_text && !protected
}

fn push_dump(payload: &[u8], line: &mut Line, mut push: impl FnMut(u8, &mut Line)) {
    line.push("<<");
    for byte in payload {
        if line.is_full() {
            return;
        }
        push(*byte, line);
    }
    line.push(">>");
}

fn type_name(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Con => "CON",
        MessageType::Non => "NON",
        MessageType::Ack => "ACK",
        MessageType::Rst => "RST",
    }
}
