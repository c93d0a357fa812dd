//! Values of the block options (RFC 7959 section 2.2, RFC 9177 section 4.1).
use super::uint::{self, EncodedUint};

/// What a Block1, Block2, Q-Block1 or Q-Block2 option says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockValue {
    /// Number of the block, 0 to [`BlockValue::MAX_NUM`].
    pub num: u32,
    /// More blocks follow; in requests for blocks it has other meanings or none.
    pub more: bool,
    /// Size exponent, 0 to 7; blocks have 2 ^ (`szx` + 4) bytes. 7 is BERT (RFC 8323 section 6).
    pub szx: u8,
}

impl BlockValue {
    /// The highest block number, 20 bits.
    pub const MAX_NUM: u32 = 0xf_ffff;

    /// The size exponent that means BERT: 1,024 bytes a block, any number of blocks in a message.
    pub const BERT: u8 = 7;

    /// Reads an option's value; `None` if it has more than three bytes.
    pub fn decode(value: &[u8]) -> Option<Self> {
        if value.len() > 3 {
            return None;
        }
        let bits = uint::decode(value)? as u32;
        Some(Self { num: bits >> 4, more: bits & 8 != 0, szx: (bits & 7) as u8 })
    }

    /// The option's value. Higher bits than the fields have are cut off.
    pub const fn encode(&self) -> EncodedUint {
        let num = (self.num & Self::MAX_NUM) as u64;
        uint::encode(num << 4 | (self.more as u64) << 3 | (self.szx & 7) as u64)
    }

    /// Bytes of one block.
    pub const fn size(&self) -> usize {
        let szx = self.szx & 7;
        16 << if szx == Self::BERT { 6 } else { szx }
    }

    /// Where the block starts in the body, in bytes.
    pub const fn offset(&self) -> usize {
        self.num as usize * self.size()
    }

    /// The size exponent for blocks of at most `size` bytes, never BERT; `None` below 16 bytes.
    pub const fn szx_for(size: usize) -> Option<u8> {
        match size {
            0..16 => None,
            16..1024 => Some((size.ilog2() - 4) as u8),
            _ => Some(6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_rfc_7959_section_2_2_come_back() {
        for (bytes, num, more, szx) in [
            (&b""[..], 0, false, 0),
            (&[0x08], 0, true, 0),
            (&[0x1e], 1, true, 6),
            (&[0x33], 3, false, 3),
            (&[0x0f], 0, true, 7),
            (&[0x01, 0x02], 16, false, 2),
            (&[0xff, 0xff, 0xff], 0xf_ffff, true, 7),
        ] {
            let value = BlockValue { num, more, szx };
            assert_eq!(BlockValue::decode(bytes), Some(value));
            assert_eq!(&*value.encode(), bytes);
        }
        assert_eq!(BlockValue::decode(&[0; 4]), None);
    }

    #[test]
    fn sizes_and_offsets() {
        let sizes = [16, 32, 64, 128, 256, 512, 1024, 1024];
        for (szx, size) in (0..).zip(sizes) {
            let value = BlockValue { num: BlockValue::MAX_NUM, more: false, szx };
            assert_eq!(value.size(), size);
            assert_eq!(value.offset(), 0xf_ffff * size);
        }
        assert_eq!(BlockValue::szx_for(15), None);
        assert_eq!(BlockValue::szx_for(16), Some(0));
        assert_eq!(BlockValue::szx_for(31), Some(0));
        assert_eq!(BlockValue::szx_for(1023), Some(5));
        assert_eq!(BlockValue::szx_for(1024), Some(6));
        assert_eq!(BlockValue::szx_for(usize::MAX), Some(6));
    }
}
