//! Raw CoAP messages, right and wrong ones (RFC 7252 3).

/// Message type: confirmable.
pub const CON: u8 = 0;
/// Message type: non-confirmable.
pub const NON: u8 = 1;
/// Message type: acknowledgement.
pub const ACK: u8 = 2;
/// Message type: reset.
pub const RST: u8 = 3;

/// The code of a GET; POST, PUT, DELETE, FETCH, PATCH and iPATCH follow.
pub const GET: u8 = 1;
/// The code of a POST.
pub const POST: u8 = 2;
/// The code of a PUT.
pub const PUT: u8 = 3;

/// Bytes of a message in the making. Nothing is checked: options go out in the order given, as the delta to the last.
#[derive(Clone)]
pub struct Message {
    bytes: Vec<u8>,
    last_option: u16,
}

/// A message with the given type, code, message ID and token. A token longer than 15 bytes gets extended lengths.
pub fn message(kind: u8, code: u8, mid: u16, token: &[u8]) -> Message {
    let mut bytes = vec![0x40 | kind << 4, code];
    bytes.extend(mid.to_be_bytes());
    let (nibble, extension) = extended(token.len());
    bytes[0] |= nibble;
    bytes.extend(extension);
    bytes.extend(token);
    Message { bytes, last_option: 0 }
}

impl Message {
    /// Appends an option.
    pub fn option(mut self, number: u16, value: &[u8]) -> Self {
        let (delta, delta_bytes) = extended(usize::from(number.saturating_sub(self.last_option)));
        let (length, length_bytes) = extended(value.len());
        self.bytes.push(delta << 4 | length);
        self.bytes.extend(delta_bytes);
        self.bytes.extend(length_bytes);
        self.bytes.extend(value);
        self.last_option = number;
        self
    }

    /// Appends a Uri-Path option for each segment.
    pub fn path(self, path: &str) -> Self {
        path.split('/').fold(self, |message, segment| message.option(11, segment.as_bytes()))
    }

    /// Appends the payload marker and a payload.
    pub fn payload(self, payload: &[u8]) -> Self {
        self.raw(&[0xff]).raw(payload)
    }

    /// Appends bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// The whole message.
    pub fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Nibble and following bytes of a number as options and extended token lengths write it (RFC 7252 3.1, RFC 8974 2.1).
fn extended(number: usize) -> (u8, Vec<u8>) {
    match number {
        0..13 => (number as u8, Vec::new()),
        13..269 => (13, vec![(number - 13) as u8]),
        _ => (14, ((number - 269) as u16).to_be_bytes().to_vec()),
    }
}
