//! Records in plain text (RFC 6347 section 4.1), as far as they have to be read and written before or beside
//! the DTLS library.
use crate::alert::Alert;

/// Bytes before a record's contents.
pub(super) const HEADER: usize = 13;
/// Bytes before a handshake fragment's contents.
pub(super) const HANDSHAKE_HEADER: usize = 12;

/// Content types (RFC 5246 section 6.2.1).
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;

/// A record of DTLS 1.2, or one in plain text of 1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) content_type: u8,
    pub(super) epoch: u16,
    pub(super) sequence: u64,
    pub(super) contents: &'a [u8],
}

impl Record<'_> {
    fn is_plain_alert(&self) -> bool {
        self.content_type == ALERT && self.epoch == 0
    }

    /// The alert, if it is a fatal one.
    pub(super) fn fatal(&self) -> Option<Alert> {
        match *self.contents {
            [2, alert] => Some(Alert(alert)),
            _ => None,
        }
    }
}

/// The records of a datagram, up to the first that is not one.
pub(super) fn records(mut datagram: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (header, rest) = datagram.split_first_chunk::<HEADER>()?;
        if header[1] != 0xfe {
            return None;
        }
        let contents = rest.get(..usize::from(u16::from_be_bytes([header[11], header[12]])))?;
        datagram = &rest[contents.len()..];
        Some(Record {
            content_type: header[0],
            epoch: u16::from_be_bytes([header[3], header[4]]),
            sequence: header[5..11].iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
            contents,
        })
    })
}

/// A piece of a handshake message (RFC 6347 section 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fragment<'a> {
    pub(super) message_type: u8,
    pub(super) message_length: usize,
    pub(super) offset: usize,
    pub(super) bytes: &'a [u8],
}

/// The fragments of a handshake record, up to the first that is not one.
pub(super) fn fragments(mut contents: &[u8]) -> impl Iterator<Item = Fragment<'_>> {
    std::iter::from_fn(move || {
        let (header, rest) = contents.split_first_chunk::<HANDSHAKE_HEADER>()?;
        let fragment = Fragment {
            message_type: header[0],
            message_length: number24(&header[1..4]),
            offset: number24(&header[6..9]),
            bytes: rest.get(..number24(&header[9..12]))?,
        };
        contents = &rest[fragment.bytes.len()..];
        (fragment.offset + fragment.bytes.len() <= fragment.message_length).then_some(fragment)
    })
}

fn number24(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Appends a record in plain text.
pub(super) fn put_record(content_type: u8, version: u16, sequence: u64, contents: &[u8], out: &mut Vec<u8>) {
    out.push(content_type);
    out.extend(version.to_be_bytes());
    out.extend([0; 2]);
    out.extend(&sequence.to_be_bytes()[2..]);
    out.extend((contents.len() as u16).to_be_bytes());
    out.extend(contents);
}

/// Appends a fatal alert in plain text.
pub(super) fn put_alert(alert: Alert, sequence: u64, out: &mut Vec<u8>) {
    put_record(ALERT, 0xfefd, sequence, &[2, alert.0], out);
}

/// The fatal alert in plain text that `datagram` begins with.
pub(super) fn fatal_alert(datagram: &[u8]) -> Option<Alert> {
    records(datagram).next().filter(Record::is_plain_alert).and_then(|record| record.fatal())
}

/// The first alert in plain text of `datagram`, wherever in it: protected records of DTLS 1.3 may come before.
pub(super) fn plain_alert(mut datagram: &[u8]) -> Option<Record<'_>> {
    loop {
        if let Some(rest) = after_protected_13(datagram) {
            datagram = rest;
            continue;
        }
        let record = records(datagram).next()?;
        if record.is_plain_alert() {
            return Some(record);
        }
        datagram = &datagram[HEADER + record.contents.len()..];
    }
}

/// What follows the protected record of DTLS 1.3 that `datagram` begins with (RFC 9147 section 4). Without a
/// length, it ends the datagram.
fn after_protected_13(datagram: &[u8]) -> Option<&[u8]> {
    let flags = *datagram.first().filter(|flags| **flags & 0xe0 == 0x20)?;
    let header = if flags & 8 == 0 { 2 } else { 3 };
    if flags & 4 == 0 {
        return None;
    }
    let length = datagram.get(header..header + 2)?;
    datagram.get(header + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]))..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let mut datagram = Vec::new();
        put_alert(Alert::HANDSHAKE_FAILURE, 5, &mut datagram);
        assert_eq!(fatal_alert(&datagram), Some(Alert::HANDSHAKE_FAILURE));
        assert_eq!(records(&datagram).next().unwrap().sequence, 5);
        assert_eq!(records(&datagram).count(), 1);
    }

    #[test]
    fn an_alert_is_found_behind_records_of_both_kinds() {
        let mut alert = Vec::new();
        put_alert(Alert::HANDSHAKE_FAILURE, 5, &mut alert);
        let mut plain = Vec::new();
        put_record(HANDSHAKE, 0xfefd, 0, &[1; 20], &mut plain);
        let found = |parts: &[&[u8]]| plain_alert(&parts.concat()).and_then(|record| record.fatal());
        for before in [&b""[..], &plain, &[0x24, 9, 0, 2, 1, 2], &[0x2c, 9, 9, 0, 1, 7]] {
            assert_eq!(found(&[before, &alert]), Some(Alert::HANDSHAKE_FAILURE), "{before:?}");
            assert_eq!(found(&[&plain, before, before, &alert]), Some(Alert::HANDSHAKE_FAILURE));
            assert_eq!(found(&[before]), None);
        }
        // Without a length, the record is all that is left.
        assert_eq!(found(&[&[0x20, 9], &alert]), None);
        let protected = [&[ALERT, 0xfe, 0xfd, 0, 1], &alert[5..]].concat();
        assert_eq!(found(&[&protected]), None);
    }

    #[test]
    fn records_and_fragments_that_are_cut_short_end_the_reading() {
        let mut datagram = Vec::new();
        put_record(HANDSHAKE, 0xfefd, 0, &[1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4], &mut datagram);
        assert_eq!(
            fragments(records(&datagram).next().unwrap().contents).next().unwrap().bytes,
            [1, 2, 3, 4]
        );
        for length in 0..datagram.len() {
            assert_eq!(records(&datagram[..length]).count(), 0);
            let contents = datagram.get(HEADER..length).unwrap_or_default();
            assert_eq!(fragments(contents).count(), 0);
        }
    }

    #[test]
    fn a_fragment_does_not_go_beyond_its_message() {
        let contents = [1, 0, 0, 4, 0, 0, 0, 0, 1, 0, 0, 4, 1, 2, 3, 4];
        assert_eq!(fragments(&contents).count(), 0);
    }
}
