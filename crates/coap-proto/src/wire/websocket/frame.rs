//! Frames (RFC 6455 section 5).
use thiserror::Error;

/// Length of the longest frame header in bytes.
pub const MAX_HEADER: usize = 14;

/// The most that a control frame carries, in bytes (RFC 6455 section 5.5).
pub const MAX_CONTROL: usize = 125;

/// Who sent a frame. Clients mask theirs, servers do not (RFC 6455 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The side that opened the connection.
    Client,
    /// The side that accepted it.
    Server,
}

/// What a frame is (RFC 6455 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// A later part of a message.
    Continuation = 0,
    /// Text, or its first part. CoAP has none (RFC 8323 section 4.2).
    Text = 1,
    /// A binary message, or its first part.
    Binary = 2,
    /// The end; its payload says why.
    Close = 8,
    /// To be answered with a Pong of the same payload.
    Ping = 9,
    /// The answer to a Ping, or unasked.
    Pong = 10,
}

impl Opcode {
    /// Close, Ping and Pong: short, never in parts, allowed between the parts of a message.
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    const fn from_bits(bits: u8) -> Option<Self> {
        match bits & 15 {
            0 => Some(Self::Continuation),
            1 => Some(Self::Text),
            2 => Some(Self::Binary),
            8 => Some(Self::Close),
            9 => Some(Self::Ping),
            10 => Some(Self::Pong),
            _ => None,
        }
    }
}

/// Why a connection is closed (RFC 6455 section 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The peer goes down.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// Data of a kind that is not taken: text.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// Text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// A message that is too large.
    pub const TOO_BIG: Self = Self(1009);

    /// Whether it may stand in a Close frame: not those that only a program tells itself, nor those nobody
    /// registered (RFC 6455 section 7.4.1, and the registry it begins).
    pub const fn is_sendable(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

/// What stands in front of a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The last part of its message.
    pub fin: bool,
    /// What it is.
    pub opcode: Opcode,
    /// What its payload is masked with.
    pub mask: Option<[u8; 4]>,
    /// Length of the payload in bytes.
    pub payload_len: usize,
}

/// What is wrong with a frame. The connection is to be closed ([`FrameError::close_code`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A reserved bit is set, though no extension was agreed on.
    #[error("a reserved bit is set")]
    ReservedBit,
    /// An opcode that nobody has defined.
    #[error("opcode {0} is reserved")]
    ReservedOpcode(u8),
    /// A client's frame that is not masked, a server's that is.
    #[error("masked by a server, or not masked by a client")]
    Masking,
    /// A length in more bytes than it needs, or of 2^63 and more.
    #[error("malformed length")]
    Length,
    /// A control frame in parts, or of more than 125 bytes.
    #[error("control frame in parts or too long")]
    Control,
    /// A Close frame of one byte, or with a code that may not be sent.
    #[error("malformed close frame")]
    Close,
    /// The reason in a Close frame is not UTF-8.
    #[error("the reason for closing is not UTF-8")]
    Reason,
    /// A payload larger than is taken.
    #[error("a payload of {length} bytes is more than the {limit} taken")]
    TooBig {
        /// What the header announces, in bytes.
        length: u64,
        /// What is taken, in bytes.
        limit: usize,
    },
}

impl FrameError {
    /// What to close the connection with.
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::TooBig { .. } => CloseCode::TOO_BIG,
            Self::Reason => CloseCode::INVALID_DATA,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}

impl FrameHeader {
    /// Reads the header of a frame from that side, and says how many bytes it has. `None`: there is more to come.
    ///
    /// What can be seen to be wrong is told as soon as its bytes are there, so nothing needs to be kept of a frame
    /// whose payload exceeds `limit` (bytes; control frames have their own limit).
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn parse(bytes: &[u8], sender: Sender, limit: usize) -> Result<Option<(Self, usize)>, FrameError> {
        let Some(&first) = bytes.first() else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(FrameError::ReservedBit);
        }
        let opcode = Opcode::from_bits(first).ok_or(FrameError::ReservedOpcode(first & 15))?;
        let fin = first & 0x80 != 0;
        if opcode.is_control() && !fin {
            return Err(FrameError::Control);
        }
        let Some(&second) = bytes.get(1) else { return Ok(None) };
        let masked = second & 0x80 != 0;
        if masked != (sender == Sender::Client) {
            return Err(FrameError::Masking);
        }
        if opcode.is_control() && usize::from(second & 0x7f) > MAX_CONTROL {
            return Err(FrameError::Control);
        }
        let Some((length, at)) = length(second & 0x7f, &bytes[2..])? else { return Ok(None) };
        let too_big = FrameError::TooBig { length, limit };
        let payload_len = usize::try_from(length).map_err(|_| too_big)?;
        if !opcode.is_control() && payload_len > limit {
            return Err(too_big);
        }
        let at = 2 + at;
        if !masked {
            return Ok(Some((Self { fin, opcode, mask: None, payload_len }, at)));
        }
        let Some(&mask) = bytes[at..].first_chunk() else { return Ok(None) };
        Ok(Some((Self { fin, opcode, mask: Some(mask), payload_len }, at + mask.len())))
    }

    /// Appends the header.
    pub fn write(&self, out: &mut Vec<u8>) {
        let masked = u8::from(self.mask.is_some()) << 7;
        out.push(u8::from(self.fin) << 7 | self.opcode as u8);
        match self.payload_len {
            length @ ..=125 => out.push(masked | length as u8),
            length @ 126..=0xffff => {
                out.push(masked | 126);
                out.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                out.push(masked | 127);
                out.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        out.extend(self.mask.into_iter().flatten());
    }
}

/// Appends a whole message in one frame, masked if there is a mask.
pub fn write_frame(out: &mut Vec<u8>, opcode: Opcode, mask: Option<[u8; 4]>, payload: &[u8]) {
    out.reserve(MAX_HEADER + payload.len());
    FrameHeader { fin: true, opcode, mask, payload_len: payload.len() }.write(out);
    let start = out.len();
    out.extend_from_slice(payload);
    if let Some(key) = mask {
        apply_mask(key, 0, &mut out[start..]);
    }
}

/// Appends a Close frame.
pub fn write_close(out: &mut Vec<u8>, mask: Option<[u8; 4]>, code: CloseCode) {
    write_frame(out, Opcode::Close, mask, &code.0.to_be_bytes());
}

/// Masks bytes, or unmasks them, that stand at `offset` in their frame's payload (RFC 6455 section 5.3).
pub fn apply_mask(key: [u8; 4], offset: usize, bytes: &mut [u8]) {
    let mut key = key;
    key.rotate_left(offset % 4);
    let mut chunks = bytes.chunks_exact_mut(4);
    for chunk in &mut chunks {
        for (byte, key) in chunk.iter_mut().zip(key) {
            *byte ^= key;
        }
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(key) {
        *byte ^= key;
    }
}

/// What the (unmasked) payload of a Close frame says, `None` if it says nothing.
///
/// # Errors
/// [`FrameError::Close`], [`FrameError::Reason`].
pub fn close_code(payload: &[u8]) -> Result<Option<CloseCode>, FrameError> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => {
            let code = CloseCode(u16::from_be_bytes([*high, *low]));
            if !code.is_sendable() {
                return Err(FrameError::Close);
            }
            str::from_utf8(reason).map(|_| Some(code)).map_err(|_| FrameError::Reason)
        }
        [_] => Err(FrameError::Close),
    }
}

/// The length in its shortest form, and how many bytes it takes behind the first seven bits.
fn length(short: u8, bytes: &[u8]) -> Result<Option<(u64, usize)>, FrameError> {
    let (length, least, at) = match short {
        126 => match bytes.first_chunk::<2>() {
            Some(length) => (u64::from(u16::from_be_bytes(*length)), 126, 2),
            None => return Ok(None),
        },
        127 => match bytes.first_chunk::<8>() {
            Some(length) => (u64::from_be_bytes(*length), 0x1_0000, 8),
            None => return Ok(None),
        },
        short => (u64::from(short), 0, 0),
    };
    match length < least || length >> 63 != 0 {
        true => Err(FrameError::Length),
        false => Ok(Some((length, at))),
    }
}

#[cfg(test)]
mod tests;
