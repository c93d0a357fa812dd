//! Options: their encoding (RFC 7252 section 3.1), their numbers and what is registered about them.
mod filter;
mod number;
mod presence;
#[cfg(test)]
mod tests;

pub use filter::OptionFilter;
pub use number::*;
pub use presence::Presence;

use super::uint;
use thiserror::Error;

/// The longest value that an option can carry, in bytes.
pub const MAX_VALUE_LEN: usize = 269 + 0xffff;

/// The byte between the options and the payload.
pub const PAYLOAD_MARKER: u8 = 0xff;

/// An option in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionRef<'a> {
    /// Its number.
    pub number: u16,
    /// Its value.
    pub value: &'a [u8],
    /// Where its first byte (the one with delta and length) is in [`Pdu::body`](super::Pdu::body).
    pub offset: usize,
}

impl<'a> OptionRef<'a> {
    /// The value as an unsigned integer; `None` if that needs more than 64 bits.
    pub fn uint(&self) -> Option<u64> {
        uint::decode(self.value)
    }

    /// The value as text; `None` if it is not UTF-8.
    pub fn as_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value).ok()
    }
}

/// Iterator over the options of a message, in their order. It ends at the payload marker, at the end of the bytes
/// or at the first byte that is not an option.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// From the next option on.
    rest: &'a [u8],
    /// Where that ends.
    end: usize,
    number: u16,
}

impl<'a> Options<'a> {
    /// Options from `offset` on in `body`; their [`OptionRef::offset`] count from the start of `body`.
    #[inline]
    pub fn new(body: &'a [u8], offset: usize) -> Self {
        let rest = body.get(offset..).unwrap_or_default();
        Self { rest, end: offset + rest.len(), number: 0 }
    }

    /// Where the next option, the payload marker or the end is in the bytes.
    #[inline]
    pub fn offset(&self) -> usize {
        self.end - self.rest.len()
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = OptionRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<OptionRef<'a>> {
        let (delta, length, behind) = read_head(self.rest).ok()?;
        let number = self.number.checked_add(delta)?;
        let (value, rest) = behind.split_at_checked(length)?;
        let offset = self.offset();
        (self.rest, self.number) = (rest, number);
        Some(OptionRef { number, value, offset })
    }
}

/// Why bytes are not an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeadError {
    /// Fewer bytes than the head needs or says.
    #[error("option cut short")]
    Truncated,
    /// Delta or length 15, a delta above 65,535.
    #[error("reserved delta or length")]
    Reserved,
}

/// What stands before the value of an option: number (as difference to the option before) and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionHead {
    /// Difference to the number of the option before.
    pub delta: u16,
    /// Length of the value in bytes.
    pub length: usize,
    /// Length of this head itself, 1 to 5 bytes.
    pub size: usize,
}

impl OptionHead {
    /// The head of an option; `None` if `length` is more than [`MAX_VALUE_LEN`].
    pub const fn new(delta: u16, length: usize) -> Option<Self> {
        if length > MAX_VALUE_LEN {
            return None;
        }
        Some(Self { delta, length, size: 1 + extension_size(delta as usize) + extension_size(length) })
    }

    /// Reads the head at the start of `bytes` and checks that the value is there too.
    ///
    /// # Errors
    /// See [`HeadError`]; the payload marker is reserved.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        let (delta, length, rest) = read_head(bytes)?;
        if length > rest.len() {
            return Err(HeadError::Truncated);
        }
        Ok(Self { delta, length, size: bytes.len() - rest.len() })
    }

    /// Its bytes: the first [`OptionHead::size`] of the array.
    #[inline]
    pub fn encode(&self) -> [u8; 5] {
        let mut bytes = [0; 5];
        if self.delta < 13 && self.length < 13 {
            bytes[0] = (self.delta as u8) << 4 | self.length as u8;
            return bytes;
        }
        let (delta, after_delta) = write_extension(usize::from(self.delta), &mut bytes, 1);
        let (length, _) = write_extension(self.length, &mut bytes, after_delta);
        bytes[0] = delta << 4 | length;
        bytes
    }

    /// Bytes of the whole option.
    pub const fn encoded_size(&self) -> usize {
        self.size + self.length
    }
}

/// How many bytes follow the nibble for `value`.
const fn extension_size(value: usize) -> usize {
    match value {
        0..13 => 0,
        13..269 => 1,
        _ => 2,
    }
}

/// Delta and length, and what is behind the head.
#[inline]
fn read_head(bytes: &[u8]) -> Result<(u16, usize, &[u8]), HeadError> {
    let (&first, rest) = bytes.split_first().ok_or(HeadError::Truncated)?;
    let (delta, rest) = read_extension(first >> 4, rest)?;
    let (length, rest) = read_extension(first & 15, rest)?;
    let delta = u16::try_from(delta).map_err(|_| HeadError::Reserved)?;
    Ok((delta, length, rest))
}

#[inline]
fn read_extension(nibble: u8, rest: &[u8]) -> Result<(usize, &[u8]), HeadError> {
    match (nibble, rest) {
        (0..13, _) => Ok((usize::from(nibble), rest)),
        (13, [low, rest @ ..]) => Ok((13 + usize::from(*low), rest)),
        (14, [high, low, rest @ ..]) => Ok((269 + usize::from(u16::from_be_bytes([*high, *low])), rest)),
        (15.., _) => Err(HeadError::Reserved),
        _ => Err(HeadError::Truncated),
    }
}

/// Writes what follows the nibble at `at`; returns the nibble and the place behind.
fn write_extension(value: usize, bytes: &mut [u8; 5], at: usize) -> (u8, usize) {
    match value {
        0..13 => (value as u8, at),
        13..269 => {
            bytes[at] = (value - 13) as u8;
            (13, at + 1)
        }
        _ => {
            bytes[at..at + 2].copy_from_slice(&((value - 269) as u16).to_be_bytes());
            (14, at + 2)
        }
    }
}
