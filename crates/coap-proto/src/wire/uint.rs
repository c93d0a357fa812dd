//! Unsigned integers of variable length (RFC 7252 section 3.2): network byte order, no leading zero bytes.

/// An encoded integer: 0 to 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodedUint {
    bytes: [u8; 8],
    start: u8,
}

impl EncodedUint {
    /// The shortest encoding; zero is the empty string.
    pub const fn new(value: u64) -> Self {
        Self { bytes: value.to_be_bytes(), start: (value.leading_zeros() / 8) as u8 }
    }
}

impl std::ops::Deref for EncodedUint {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[usize::from(self.start)..]
    }
}

/// The shortest encoding of `value`, to be used as a byte slice.
pub const fn encode(value: u64) -> EncodedUint {
    EncodedUint::new(value)
}

/// The integer in `bytes`; leading zeros are allowed (RFC 7252 section 3.2 asks receivers to take them).
///
/// `None` if its value needs more than 64 bits.
pub fn decode(bytes: &[u8]) -> Option<u64> {
    let (leading, last) = bytes.split_at(bytes.len().saturating_sub(8));
    if leading.iter().any(|byte| *byte != 0) {
        return None;
    }
    Some(last.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_empty_and_every_width_comes_back() {
        assert_eq!(&*encode(0), b"");
        assert_eq!(&*encode(1), [1]);
        assert_eq!(&*encode(256), [1, 0]);
        assert_eq!(encode(u64::MAX).len(), 8);
        for shift in 0..64 {
            let value = 1u64 << shift;
            assert_eq!(encode(value).len(), shift / 8 + 1);
            assert_eq!(decode(&encode(value)), Some(value));
            assert_eq!(decode(&encode(value - 1)), Some(value - 1));
        }
    }

    #[test]
    fn leading_zeros_are_taken_and_nine_significant_bytes_are_not() {
        assert_eq!(decode(&[0, 0, 0, 7]), Some(7));
        assert_eq!(decode(&[0; 200]), Some(0));
        assert_eq!(decode(&[0, 255, 255, 255, 255, 255, 255, 255, 255]), Some(u64::MAX));
        assert_eq!(decode(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
