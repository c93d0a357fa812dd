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
}

/// What an alert with these contents says, if it is a fatal one.
pub(super) fn fatal(contents: &[u8]) -> Option<Alert> {
    match *contents {
        [2, alert] => Some(Alert(alert)),
        _ => None,
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
    records(datagram).next().filter(Record::is_plain_alert).and_then(|record| fatal(record.contents))
}

/// What the library below takes for the header of a record. It goes from one to the next by their lengths, whatever
/// else is in them: a record that it cannot use is dropped alone, and the next one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// 13 bytes (RFC 6347 section 4.1).
    Dtls12,
    /// Or, with 001 for its first bits, the unified header of a protected record (RFC 9147 section 4).
    Dtls13,
}

/// The contents of the first alert in plain text of `datagram`, wherever in it, and whatever version its header and
/// those before it speak of.
pub(super) fn plain_alert(mut datagram: &[u8], framing: Framing) -> Option<&[u8]> {
    loop {
        let first = *datagram.first()?;
        if framing == Framing::Dtls13 && first & 0xe0 == 0x20 {
            datagram = after_protected_13(datagram, first)?;
            continue;
        }
        let (header, rest) = datagram.split_first_chunk::<HEADER>()?;
        let (contents, rest) = rest.split_at_checked(u16::from_be_bytes([header[11], header[12]]).into())?;
        if first == ALERT && header[3..5] == [0; 2] {
            return Some(contents);
        }
        datagram = rest;
    }
}

/// What follows the protected record of DTLS 1.3 that `datagram` begins with. `None`: it ends the datagram, since it
/// has no length, or a connection ID of unknown length.
fn after_protected_13(datagram: &[u8], flags: u8) -> Option<&[u8]> {
    const CONNECTION_ID: u8 = 0x10;
    const LONG_SEQUENCE: u8 = 8;
    const LENGTH: u8 = 4;
    if flags & CONNECTION_ID != 0 || flags & LENGTH == 0 {
        return None;
    }
    let header = if flags & LONG_SEQUENCE == 0 { 2 } else { 3 };
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
    fn an_alert_is_found_behind_whatever_the_library_below_goes_past() {
        let mut alert = Vec::new();
        put_alert(Alert::HANDSHAKE_FAILURE, 5, &mut alert);
        let found = |framing, parts: &[&[u8]]| {
            plain_alert(&parts.concat(), framing)
                .and_then(fatal)
                .is_some_and(|it| it == Alert::HANDSHAKE_FAILURE)
        };
        let (mut plain, mut of_tls, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        put_record(HANDSHAKE, 0xfefd, 0, &[1; 20], &mut plain);
        put_record(HANDSHAKE, 0x0303, 0x0908, &[], &mut of_tls);
        put_record(99, 0xfefd, 0, &[1; 3], &mut unknown);
        let in_both: [&[u8]; 4] = [b"", &plain, &of_tls, &unknown];
        // A type of 0x2c and epoch 23 in DTLS 1.2; in 1.3 it would be a record of 23 bytes.
        let odd = [0x2c, 0xfe, 0xfd, 0, 23, 0, 0, 0, 0, 9, 8, 0, 0];
        let unified: [&[u8]; 2] = [&[0x24, 9, 0, 2, 1, 2], &[0x2c, 9, 9, 0, 1, 7]];
        let cases = [(Framing::Dtls12, vec![&odd[..]]), (Framing::Dtls13, unified.to_vec())];
        for (framing, own) in cases {
            for before in in_both.into_iter().chain(own) {
                assert!(found(framing, &[before, &alert]), "{framing:?} {before:?}");
                assert!(found(framing, &[&plain, before, before, &alert]), "{framing:?} {before:?}");
                assert!(!found(framing, &[before]));
            }
            let of_another_version = [&[ALERT, 3, 3], &alert[3..]].concat();
            assert!(found(framing, &[&of_another_version]));
            let protected = [&[ALERT, 0xfe, 0xfd, 0, 1], &alert[5..]].concat();
            assert!(!found(framing, &[&protected]));
        }
        // Without a length, or with a connection ID, the record is all that is left.
        assert!(!found(Framing::Dtls13, &[&[0x20, 9], &alert]));
        assert!(!found(Framing::Dtls13, &[&[0x34, 9, 0, 0], &alert]));
        assert!(found(Framing::Dtls13, &[&alert, &[0x34, 9, 0, 0]]));
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
