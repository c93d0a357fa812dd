//! One message in one contiguous buffer.
//!
//! The buffer holds, after room for the header of any transport, the token (with its RFC 8974 extension), the
//! options and the payload exactly as they go over the wire, so that positions in it can be handed out.
mod edit;
mod error;
mod form;
mod layout;
mod stream;
#[cfg(test)]
mod tests;
mod udp;

pub use error::{DecodeError, PduError};
pub(crate) use form::Form;
pub use stream::StreamHeader;

use super::{
    Code, MessageType,
    option::{OptionRef, Options, PAYLOAD_MARKER, Presence},
};

/// The longest token in bytes (RFC 8974 section 2.1).
pub const MAX_TOKEN_LEN: usize = 269 + 0xffff;

/// Room for the largest header, that of CoAP over TCP (RFC 8323 section 3.2).
const HEADROOM: usize = 6;

/// What a new message has room for without growing: most requests and acknowledgements.
const CAPACITY: usize = 64;

/// A CoAP message.
#[derive(Clone, Debug)]
pub struct Pdu {
    kind: MessageType,
    code: Code,
    mid: u16,
    /// Number of the last option, 0 without options.
    last_option: u16,
    /// Numbers of all options.
    presence: Presence,
    /// Limit on [`Pdu::len`]; 0 is no limit.
    max_size: u32,
    /// Without the bytes of its extended length.
    token_len: u32,
    /// Without its marker, which is there if and only if this is not 0.
    payload_len: usize,
    /// Headroom, then the body; or nothing at all, as long as there is no body.
    buf: Vec<u8>,
}

/// An empty confirmable message with the message ID 0, which takes no memory.
impl Default for Pdu {
    fn default() -> Self {
        Self {
            kind: MessageType::Con,
            code: Code::EMPTY,
            mid: 0,
            last_option: 0,
            presence: Presence::NONE,
            max_size: 0,
            token_len: 0,
            payload_len: 0,
            buf: Vec::new(),
        }
    }
}

impl Pdu {
    /// A message without token, options and payload. `max_size` limits [`Pdu::len`]; 0 is no limit.
    pub fn new(kind: MessageType, code: Code, mid: u16, max_size: usize) -> Self {
        Self::new_in(Vec::new(), kind, code, mid, max_size)
    }

    /// The same in memory that is there already, whose content does not matter.
    pub(crate) fn new_in(mut buf: Vec<u8>, kind: MessageType, code: Code, mid: u16, max_size: usize) -> Self {
        buf.clear();
        buf.reserve(CAPACITY);
        buf.extend_from_slice(&[0; HEADROOM]);
        let (presence, max_size) = (Presence::NONE, narrow(max_size));
        Self { kind, code, mid, last_option: 0, presence, max_size, token_len: 0, payload_len: 0, buf }
    }

    /// A message of code 0.00 with the message ID and token of `request`, in memory that is there already. `None` if
    /// the token is too large.
    pub(crate) fn answering(
        request: &Self,
        kind: MessageType,
        max_size: usize,
        mut buf: Vec<u8>,
    ) -> Option<Self> {
        let token = &request.body()[..request.options_start() - HEADROOM];
        if max_size != 0 && token.len() > max_size {
            return None;
        }
        buf.clear();
        buf.reserve(CAPACITY.max(HEADROOM + token.len()));
        buf.extend_from_slice(&[0; HEADROOM]);
        buf.extend_from_slice(token);
        let (code, last_option, presence, payload_len) = (Code::EMPTY, 0, Presence::NONE, 0);
        let max_size = narrow(max_size);
        Some(Self { kind, code, last_option, presence, max_size, payload_len, buf, ..*request })
    }

    /// The memory that it is in, to be used for something else.
    pub(crate) fn into_memory(self) -> Vec<u8> {
        self.buf
    }

    /// The type. Over reliable transports it has no meaning.
    pub fn kind(&self) -> MessageType {
        self.kind
    }

    /// Sets the type.
    pub fn set_kind(&mut self, kind: MessageType) {
        self.kind = kind;
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Sets the code.
    pub fn set_code(&mut self, code: Code) {
        self.code = code;
    }

    /// The message ID. Over reliable transports it has no meaning.
    pub fn mid(&self) -> u16 {
        self.mid
    }

    /// Sets the message ID.
    pub fn set_mid(&mut self, mid: u16) {
        self.mid = mid;
    }

    /// The limit on [`Pdu::len`] in bytes; 0 is no limit.
    pub fn max_size(&self) -> usize {
        self.max_size as usize
    }

    /// Sets the limit for changes to come; a message that is larger stays as it is.
    pub fn set_max_size(&mut self, max_size: usize) {
        self.max_size = narrow(max_size);
    }

    /// Bytes of the message without its header: token with its extended length, options, marker and payload.
    #[allow(clippy::len_without_is_empty)] // an empty message is one of code 0.00
    pub fn len(&self) -> usize {
        self.buf.len().saturating_sub(HEADROOM)
    }

    /// Token, options, marker and payload as on the wire.
    pub fn body(&self) -> &[u8] {
        self.buf.get(HEADROOM..).unwrap_or_default()
    }

    /// The token.
    pub fn token(&self) -> &[u8] {
        let end = self.options_start();
        self.buf.get(end - self.token_len as usize..end).unwrap_or_default()
    }

    /// The options in their order.
    pub fn options(&self) -> Options<'_> {
        Options::new(self.body(), self.options_start() - HEADROOM)
    }

    /// The first option of that number.
    #[inline]
    pub fn option(&self, number: u16) -> Option<OptionRef<'_>> {
        if self.presence.may_have(number) { self.look_for(number) } else { None }
    }

    fn look_for(&self, number: u16) -> Option<OptionRef<'_>> {
        self.options().take_while(|option| option.number <= number).find(|option| option.number == number)
    }

    /// Which options there are, at a glance.
    pub fn presence(&self) -> Presence {
        self.presence
    }

    /// Number of the last option; 0 if there is none.
    pub fn last_option_number(&self) -> u16 {
        self.last_option
    }

    /// The payload, empty if there is none.
    pub fn payload(&self) -> &[u8] {
        &self.buf[self.buf.len() - self.payload_len..]
    }

    /// The payload, to be changed in place.
    pub fn payload_mut(&mut self) -> &mut [u8] {
        let start = self.buf.len() - self.payload_len;
        &mut self.buf[start..]
    }

    /// Sets the payload. An empty one is no payload: nothing happens.
    ///
    /// # Errors
    /// [`PduError::HasPayload`], [`PduError::TooLarge`].
    pub fn set_payload(&mut self, payload: &[u8]) -> Result<(), PduError> {
        if !payload.is_empty() {
            self.start_payload(payload.len())?;
            self.buf.extend_from_slice(payload);
        }
        Ok(())
    }

    /// Makes a payload of `len` zero bytes, to be filled in place.
    ///
    /// # Errors
    /// [`PduError::HasPayload`], [`PduError::TooLarge`].
    pub fn add_payload(&mut self, len: usize) -> Result<&mut [u8], PduError> {
        if len > 0 {
            self.start_payload(len)?;
            self.buf.resize(self.buf.len() + len, 0);
        }
        let start = self.buf.len() - len;
        Ok(&mut self.buf[start..])
    }

    /// Takes the payload and its marker away.
    pub fn clear_payload(&mut self) {
        self.buf.truncate(self.options_end());
        self.payload_len = 0;
    }

    /// Where its payload starts in its memory, or would.
    pub(crate) fn front(&self) -> usize {
        self.options_end() + 1
    }

    /// Takes over `memory`, whose bytes from `front` on become the payload instead of the one that there is. If `front`
    /// is [`Pdu::front`], none of them moves.
    pub(crate) fn adopt_payload(&mut self, mut memory: Vec<u8>, front: usize) {
        self.clear_payload();
        let (head, length) = (self.front(), memory.len() - front);
        if length == 0 {
            return;
        }
        if head != front {
            memory.splice(..front, std::iter::repeat_n(0, head));
        }
        memory[..head - 1].copy_from_slice(&self.buf);
        memory[head - 1] = PAYLOAD_MARKER;
        self.payload_len = length;
        self.buf = memory;
    }

    /// The same message without its payload, which is not copied.
    pub fn without_payload(&self) -> Self {
        let mut buf = Vec::with_capacity(self.options_end());
        buf.extend_from_slice(&self.buf[..self.options_end()]);
        Self { payload_len: 0, buf, ..*self }
    }

    /// Takes token, options and payload away.
    pub fn clear(&mut self) {
        self.buf.truncate(HEADROOM);
        self.token_len = 0;
        self.payload_len = 0;
        self.last_option = 0;
        self.presence = Presence::NONE;
    }

    /// Checks that a payload of `len` bytes may come and writes its marker.
    #[inline]
    fn start_payload(&mut self, len: usize) -> Result<(), PduError> {
        if self.payload_len > 0 {
            return Err(PduError::HasPayload);
        }
        self.check_growth(len.saturating_add(1))?;
        let buf = self.with_headroom();
        buf.reserve(len + 1);
        buf.push(PAYLOAD_MARKER);
        self.payload_len = len;
        Ok(())
    }

    fn check_growth(&self, bytes: usize) -> Result<(), PduError> {
        if self.max_size != 0 && self.len().saturating_add(bytes) > self.max_size() {
            return Err(PduError::TooLarge { limit: self.max_size() });
        }
        Ok(())
    }

    /// The buffer, to be added to.
    fn with_headroom(&mut self) -> &mut Vec<u8> {
        if self.buf.is_empty() {
            self.buf.resize(HEADROOM, 0);
        }
        &mut self.buf
    }

    /// Where the options start in the buffer.
    fn options_start(&self) -> usize {
        HEADROOM + token_extension_size(self.token_len) + self.token_len as usize
    }

    /// Where the options end in the buffer.
    fn options_end(&self) -> usize {
        match self.payload_len {
            0 => self.buf.len(),
            len => self.buf.len() - len - 1,
        }
    }
}

/// Limits are kept in 32 bits. There are no larger messages.
fn narrow(max_size: usize) -> u32 {
    u32::try_from(max_size).unwrap_or(u32::MAX)
}

/// Bytes of extended length in front of a token of `len` bytes (RFC 8974 section 2.1).
const fn token_extension_size(len: u32) -> usize {
    match len {
        0..13 => 0,
        13..269 => 1,
        _ => 2,
    }
}
