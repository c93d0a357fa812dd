//! Lists of missing blocks (RFC 9177 section 5): `application/missing-blocks+cbor-seq`, which is CBOR unsigned
//! integers (RFC 8949 section 3.1) one after the other.
use super::BlockValue;

/// The Content-Format of such a list (RFC 9177 section 12.3).
pub const CONTENT_FORMAT: u16 = 272;

/// A list of the first of `numbers` that fit into `room` bytes. They must ascend.
pub fn encode(numbers: impl IntoIterator<Item = u32>, room: usize) -> Vec<u8> {
    let mut list = Vec::new();
    for number in numbers {
        let [a, b, c, d] = number.to_be_bytes();
        let bytes: &[u8] = match number {
            0..24 => &[d],
            24..0x100 => &[24, d],
            0x100..0x1_0000 => &[25, c, d],
            _ => &[26, a, b, c, d],
        };
        if list.len() + bytes.len() > room {
            break;
        }
        list.extend_from_slice(bytes);
    }
    list
}

/// The first `limit` numbers of a list. Repetitions are passed over.
///
/// `None` if it is no such list: empty, something else than unsigned integers, numbers that no block has, or that
/// descend. What is behind the first `limit` numbers is not looked at.
pub fn decode(mut list: &[u8], limit: usize) -> Option<Vec<u32>> {
    let mut numbers: Vec<u32> = Vec::new();
    while numbers.len() < limit && !list.is_empty() {
        let number;
        (number, list) = decode_one(list)?;
        let number = u32::try_from(number).ok().filter(|number| *number <= BlockValue::MAX_NUM)?;
        match numbers.last() {
            Some(last) if *last > number => return None,
            Some(last) if *last == number => {}
            _ => numbers.push(number),
        }
    }
    (!numbers.is_empty()).then_some(numbers)
}

/// The unsigned integer at the start, in a form of any length, and what follows it.
fn decode_one(list: &[u8]) -> Option<(u64, &[u8])> {
    let (&head, rest) = list.split_first()?;
    let length = match head {
        0..24 => return Some((head.into(), rest)),
        24..28 => 1 << (head - 24),
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(length)?;
    Some((bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_come_back_in_their_shortest_form() {
        let numbers = [0, 1, 23, 24, 255, 256, 0xffff, 0x1_0000, 0xf_ffff];
        let list = encode(numbers, usize::MAX);
        let bytes =
            b"\x00\x01\x17\x18\x18\x18\xff\x19\x01\x00\x19\xff\xff\x1a\x00\x01\x00\x00\x1a\x00\x0f\xff\xff";
        assert_eq!(list, bytes);
        assert_eq!(decode(&list, 99).unwrap(), numbers);
        assert_eq!(decode(&list, 4).unwrap(), numbers[..4], "as many as are wanted");
    }

    #[test]
    fn a_list_has_as_many_numbers_as_there_is_room_for() {
        assert_eq!(encode([1, 30, 31], 4), [1, 24, 30]);
        assert_eq!(encode([1, 30, 31], 5), [1, 24, 30, 24, 31]);
        assert_eq!(encode([1], 0), []);
    }

    #[test]
    fn longer_forms_and_repetitions_are_taken() {
        let list = [0x19, 0, 2, 0x1b, 0, 0, 0, 0, 0, 0, 0, 2, 0x18, 3];
        assert_eq!(decode(&list, 10).unwrap(), [2, 3]);
    }

    #[test]
    fn what_is_no_list_is_none() {
        for garbage in [
            &b""[..],
            b"\x18",                                 // cut
            b"\x01\x1a\x00\x00\x00",                 // cut
            b"\x1a\x00\x10\x00\x00",                 // 2 ^ 20: no block has that number
            b"\x1b\x01\x00\x00\x00\x00\x00\x00\x00", // far too large
            b"\x05\x04",                             // descending
            b"\x20",                                 // -1
            b"\x81\x01",                             // an array
            b"\x1c\x1f",                             // reserved
            b"missing",
        ] {
            assert_eq!(decode(garbage, 10), None, "{garbage:?}");
        }
    }
}
