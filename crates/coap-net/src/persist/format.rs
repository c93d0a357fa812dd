//! The bytes of a journal. Numbers are in network byte order.
//!
//! | header | |
//! |---|---|
//! | 8 bytes | [`MAGIC`] |
//! | 1 | version, 1 |
//! | 1 | [`Content`] |
//! | 2 | zero |
//! | 4 | CRC-32 of the 12 bytes before |
//!
//! | record | |
//! |---|---|
//! | 4 bytes | length of all after the checksum, at most [`MAX_RECORD`] |
//! | 2 | lower half of their CRC-32: a damaged length is not taken for a record that ends behind the file |
//! | 4 | CRC-32 of those four bytes and of all after the checksum |
//! | 1 | 1: the key has this value from now on; 2: the key is gone, there is no value |
//! | 2 | length of the key |
//! | | key, value |
use std::io::{self, ErrorKind, Read};

/// How a journal begins. A transfer as text would change it.
const MAGIC: [u8; 8] = *b"\x89FCkept\n";
const VERSION: u8 = 1;
pub(super) const HEADER_LEN: u64 = 16;
const HEAD_LEN: usize = 10;
/// Largest record, without what stands before it. A file cannot make its reader take more memory at a time.
pub(super) const MAX_RECORD: usize = 1 << 20;

const PUT: u8 = 1;
const DELETE: u8 = 2;

/// What a journal keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Content {
    Resources = 1,
    Observers = 2,
    Numbers = 3,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Put { key: Vec<u8>, value: Vec<u8> },
    Delete { key: Vec<u8> },
}

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A record, and how many bytes it takes.
    Record(Record, u64),
    /// Nothing.
    End,
    /// The file ends within a record.
    Torn,
    /// Something that was never written so.
    Damaged,
}

pub(super) fn header(content: Content) -> [u8; HEADER_LEN as usize] {
    let mut header = [0; HEADER_LEN as usize];
    header[..8].copy_from_slice(&MAGIC);
    (header[8], header[9]) = (VERSION, content as u8);
    let sum = checksum([&header[..12]]);
    header[12..].copy_from_slice(&sum.to_be_bytes());
    header
}

/// Reads the header of a file that is not empty. `Err` inside: why it is not one of that content.
pub(super) fn read_header(input: &mut impl Read, content: Content) -> io::Result<Result<(), &'static str>> {
    let mut found = [0; HEADER_LEN as usize];
    let length = read_up_to(input, &mut found)?;
    let expected = header(content);
    Ok(if found == expected {
        Ok(())
    } else if length < found.len() || found[..8] != MAGIC {
        Err("not a file of kept state")
    } else if checksum([&found[..12]]).to_be_bytes() != found[12..] {
        Err("its header is damaged")
    } else if found[8] != VERSION {
        Err("of another version")
    } else {
        Err("it keeps something else")
    })
}

/// The bytes of a record; `None` if it is too large to be kept.
pub(super) fn encode(key: &[u8], value: Option<&[u8]>) -> Option<Vec<u8>> {
    let key_length = u16::try_from(key.len()).ok()?.to_be_bytes();
    let operation = if value.is_some() { PUT } else { DELETE };
    let value = value.unwrap_or_default();
    let length = 3 + key.len() + value.len();
    if length > MAX_RECORD {
        return None;
    }
    let length_bytes = (length as u32).to_be_bytes();
    let length_sum = length_sum(length_bytes);
    let sum = checksum([&length_bytes[..], &[operation], &key_length, key, value]).to_be_bytes();
    let mut record = Vec::with_capacity(HEAD_LEN + length);
    for part in [&length_bytes[..], &length_sum, &sum, &[operation], &key_length, key, value] {
        record.extend_from_slice(part);
    }
    Some(record)
}

/// How many bytes [`encode`] makes of a key and its value.
pub(super) fn encoded_len(key: &[u8], value: &[u8]) -> u64 {
    (HEAD_LEN + 3 + key.len() + value.len()) as u64
}

/// Reads what comes next.
pub(super) fn read_record(input: &mut impl Read) -> io::Result<Next> {
    let mut head = [0; HEAD_LEN];
    match read_up_to(input, &mut head)? {
        0 => return Ok(Next::End),
        HEAD_LEN => {}
        _ => return Ok(Next::Torn),
    }
    let [l0, l1, l2, l3, s0, s1, sum @ ..] = head;
    let length = u32::from_be_bytes([l0, l1, l2, l3]);
    let damaged = length_sum(length.to_be_bytes()) != [s0, s1];
    let length = length as usize;
    if damaged || length > MAX_RECORD {
        return Ok(Next::Damaged);
    }
    let mut body = vec![0; length];
    if read_up_to(input, &mut body)? < length {
        return Ok(Next::Torn);
    }
    if checksum([&head[..4], &body]) != u32::from_be_bytes(sum) {
        return Ok(Next::Damaged);
    }
    Ok(parse(&body).map_or(Next::Damaged, |record| Next::Record(record, (HEAD_LEN + length) as u64)))
}

fn parse(body: &[u8]) -> Option<Record> {
    let [operation, high, low, rest @ ..] = body else { return None };
    let (key, value) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
    let (key, value) = (key.to_vec(), value.to_vec());
    match *operation {
        PUT => Some(Record::Put { key, value }),
        DELETE if value.is_empty() => Some(Record::Delete { key }),
        _ => None,
    }
}

/// Reads until `buffer` is full or the file ends; how many bytes came.
fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match input.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

fn length_sum(length: [u8; 4]) -> [u8; 2] {
    (checksum([&length[..]]) as u16).to_be_bytes()
}

/// CRC-32 (ISO 3309) of the parts, one behind the other.
fn checksum<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    const TABLE: [u32; 256] = table();
    let step = |sum: u32, byte: &u8| TABLE[usize::from(sum as u8 ^ byte)] ^ (sum >> 8);
    !parts.into_iter().flatten().fold(!0, step)
}

const fn table() -> [u32; 256] {
    let (mut table, mut index) = ([0; 256], 0);
    while index < 256 {
        let (mut sum, mut bit) = (index as u32, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_everybody_knows() {
        assert_eq!(checksum([&b"1234"[..], b"56789"]), 0xcbf4_3926);
    }

    #[test]
    fn a_file_begins_as_documented() {
        assert_eq!(header(Content::Observers)[..12], *b"\x89FCkept\n\x01\x02\x00\x00");
        let record = encode(b"k", Some(b"value")).unwrap();
        assert_eq!((&record[..4], &record[10..]), (&[0, 0, 0, 9][..], &b"\x01\x00\x01kvalue"[..]));
        assert_eq!(encode(b"k", None).unwrap()[10..], *b"\x02\x00\x01k");
    }

    #[test]
    fn what_is_too_large_is_not_written_and_not_read() {
        assert!(encode(&[0; 1 << 16], None).is_none());
        assert!(encode(b"", Some(&vec![0; MAX_RECORD])).is_none());
        let largest = encode(b"", Some(&vec![0; MAX_RECORD - 3])).unwrap();
        assert!(matches!(read_record(&mut &largest[..]), Ok(Next::Record(..))));
        let mut larger = largest;
        let length = (MAX_RECORD as u32 + 1).to_be_bytes();
        larger[..4].copy_from_slice(&length);
        larger[4..6].copy_from_slice(&length_sum(length));
        assert_eq!(read_record(&mut &larger[..]).unwrap(), Next::Damaged);
    }
}
