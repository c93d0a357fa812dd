//! The little CBOR (RFC 8949) that openings are written in: integers, byte strings, texts, arrays and maps, all of
//! definite length. Whatever else comes is skipped where a newer node may say more, and malformed elsewhere.

const UINT: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// How deeply what is skipped may be nested.
const MAX_DEPTH: usize = 8;

/// Writes items one behind another.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// A map of so many pairs, which follow.
    pub(super) fn map(&mut self, pairs: u64) -> &mut Self {
        self.head(MAP, pairs)
    }

    /// An array of so many items, which follow.
    pub(super) fn array(&mut self, items: u64) -> &mut Self {
        self.head(ARRAY, items)
    }

    /// An integer.
    pub(super) fn uint(&mut self, value: u64) -> &mut Self {
        self.head(UINT, value)
    }

    /// A byte string.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(BYTES, bytes.len() as u64).raw(bytes)
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.head(TEXT, text.len() as u64).raw(text.as_bytes())
    }

    fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let major = major << 5;
        match value {
            0..24 => self.0.push(major | value as u8),
            24..0x100 => self.0.extend_from_slice(&[major | 24, value as u8]),
            0x100..0x1_0000 => {
                self.0.push(major | 25);
                self.0.extend_from_slice(&(value as u16).to_be_bytes());
            }
            0x1_0000..0x1_0000_0000 => {
                self.0.push(major | 26);
                self.0.extend_from_slice(&(value as u32).to_be_bytes());
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend_from_slice(&value.to_be_bytes());
            }
        }
        self
    }
}

/// Reads items one behind another. `None` everywhere: that is not what comes next.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads these bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether everything was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of pairs of a map.
    pub(super) fn map(&mut self) -> Option<u64> {
        self.value_of(MAP)
    }

    /// The number of items of an array.
    pub(super) fn array(&mut self) -> Option<u64> {
        self.value_of(ARRAY)
    }

    /// An integer that is not negative.
    pub(super) fn uint(&mut self) -> Option<u64> {
        self.value_of(UINT)
    }

    /// A byte string.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.value_of(BYTES)?;
        self.take(length)
    }

    /// A text.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.value_of(TEXT)?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// Passes over one item of any kind.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_nested(MAX_DEPTH)
    }

    fn skip_nested(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let (major, value) = self.head()?;
        match major {
            BYTES | TEXT => self.take(value).map(drop),
            // Each item is a byte at least, so this ends with the input.
            ARRAY => (0..value).try_for_each(|_| self.skip_nested(depth)),
            MAP => (0..value.checked_mul(2)?).try_for_each(|_| self.skip_nested(depth)),
            TAG => self.skip_nested(depth),
            UINT | NEGATIVE => Some(()),
            // Simple values and numbers with a point are all head.
            _ => Some(()),
        }
    }

    fn value_of(&mut self, wanted: u8) -> Option<u64> {
        let (major, value) = self.head()?;
        (major == wanted).then_some(value)
    }

    fn head(&mut self) -> Option<(u8, u64)> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        let (major, short) = (first >> 5, first & 31);
        let size = match short {
            0..24 => return Some((major, short.into())),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            // Indefinite length, or reserved.
            _ => return None,
        };
        let value = self.take(size)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        Some((major, value))
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8949 appendix A.
    #[test]
    fn numbers_are_written_as_the_rfc_does() {
        let known: [(u64, &[u8]); 7] = [
            (0, &[0]),
            (23, &[0x17]),
            (24, &[0x18, 24]),
            (1000, &[0x19, 0x03, 0xe8]),
            (1_000_000, &[0x1a, 0, 0x0f, 0x42, 0x40]),
            (1_000_000_000_000, &[0x1b, 0, 0, 0, 0xe8, 0xd4, 0xa5, 0x10, 0]),
            (u64::MAX, &[0x1b, 255, 255, 255, 255, 255, 255, 255, 255]),
        ];
        for (value, bytes) in known {
            let mut writer = Writer::default();
            writer.uint(value);
            assert_eq!(writer.into_bytes(), bytes);
            assert_eq!(Reader::new(bytes).uint(), Some(value));
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut writer = Writer::default();
        writer.map(2).uint(1).bytes(b"abc").uint(2).array(2).text("d\u{e9}").uint(300);
        let bytes = writer.into_bytes();
        let mut reader = Reader::new(&bytes);
        assert_eq!((reader.map(), reader.uint(), reader.bytes()), (Some(2), Some(1), Some(&b"abc"[..])));
        let mut skipped = reader.clone();
        assert_eq!((reader.uint(), reader.array()), (Some(2), Some(2)));
        assert_eq!((reader.text(), reader.uint(), reader.is_at_end()), (Some("d\u{e9}"), Some(300), true));
        assert_eq!((skipped.skip(), skipped.skip(), skipped.is_at_end()), (Some(()), Some(()), true));
        for cut in 0..bytes.len() {
            assert_eq!(Reader::new(&bytes[..cut]).skip(), None, "{cut} bytes are no item");
        }
    }

    #[test]
    fn hostile_items_are_refused() {
        let deep = [[0x81; 40].as_slice(), &[0]].concat();
        let hostile: [&[u8]; 6] = [
            &deep,
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0xbb, 255, 255, 255, 255, 255, 255, 255, 255, 0],
            &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255, 0],
            &[0x9f, 0xff],
            &[0x1c],
        ];
        for bytes in hostile {
            assert_eq!(Reader::new(bytes).skip(), None, "{bytes:x?}");
        }
    }
}
