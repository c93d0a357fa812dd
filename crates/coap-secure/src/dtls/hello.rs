//! The first message of a client, read before anything is kept of it.
use super::record::{Fragment, HANDSHAKE, fragments, records};

const CLIENT_HELLO: u8 = 1;
const DTLS_12: u16 = 0xfefd;
const DTLS_13: u16 = 0xfefc;

/// Suites that dimpl has with certificates, DTLS 1.2 (RFC 5289, RFC 7905).
const CERTIFICATE_SUITES: [u16; 3] = [0xc02b, 0xc02c, 0xcca9];
/// `TLS_PSK_WITH_AES_128_CCM_8` (RFC 6655).
const PSK_SUITE: u16 = 0xc0a8;
/// Suites of DTLS 1.3 (RFC 8446 appendix B.4).
const SUITES_13: [u16; 3] = [0x1301, 0x1302, 0x1303];

/// A ClientHello (RFC 5246 section 7.4.1.2, RFC 6347 section 4.2.1). It has to be in one piece: what is put
/// together has to be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientHello<'a> {
    pub(super) random: &'a [u8; 32],
    pub(super) cookie: &'a [u8],
    /// Where in the body the cookie's length is.
    cookie_at: usize,
    version: u16,
    suites: &'a [u8],
    extensions: &'a [u8],
    body: &'a [u8],
    record_sequence: u64,
}

/// How a client can be served, in the order of its wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// DTLS 1.2 with a pre-shared key.
    Psk,
    /// DTLS 1.2 with certificates.
    Certificates,
    /// DTLS 1.3, with certificates.
    Certificates13,
}

impl<'a> ClientHello<'a> {
    /// Reads the datagram of a client that begins; `None` if it is anything else.
    pub(super) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let record = records(datagram).next()?;
        if record.content_type != HANDSHAKE || record.epoch != 0 {
            return None;
        }
        let Fragment { message_type: CLIENT_HELLO, offset: 0, bytes: body, .. } =
            first_whole(record.contents)?
        else {
            return None;
        };
        let mut reader = Reader(body);
        let version = reader.number()?;
        let random = reader.0.first_chunk()?;
        reader.take(32)?;
        reader.short()?;
        let cookie_at = body.len() - reader.0.len();
        let cookie = reader.short()?;
        let suites = reader.long()?;
        reader.short()?;
        let extensions = if reader.0.is_empty() { &[] } else { reader.long()? };
        let well_formed = suites.len() % 2 == 0 && reader.0.is_empty();
        well_formed.then_some(Self {
            random,
            cookie,
            cookie_at,
            version,
            suites,
            extensions,
            body,
            record_sequence: record.sequence,
        })
    }

    /// Whether `datagram` begins with a piece of a ClientHello in plain text.
    pub(super) fn is_one(datagram: &[u8]) -> bool {
        records(datagram).next().is_some_and(|record| {
            record.content_type == HANDSHAKE
                && record.epoch == 0
                && record.contents.first() == Some(&CLIENT_HELLO)
        })
    }

    /// The sequence number of its record, which a HelloVerifyRequest bears too (RFC 6347 section 4.2.1).
    pub(super) fn record_sequence(&self) -> u64 {
        self.record_sequence
    }

    /// Whether the client speaks a version that dimpl has. (The numbers count downwards.)
    pub(super) fn has_version(&self) -> bool {
        self.version <= DTLS_12
    }

    /// Whether nothing of it calls for an alert at once.
    pub(super) fn is_sound(&self) -> bool {
        self.has_version() && self.name().is_ok()
    }

    /// The name of the server that it wants (RFC 6066 section 3). `Err` if there is one that is none.
    pub(super) fn name(&self) -> Result<Option<&'a str>, ()> {
        let Some(mut list) = self.extension(0).map(Reader) else {
            return Ok(None);
        };
        let mut names = Reader(list.long().ok_or(())?);
        let kind = names.take(1).ok_or(())?;
        let name = std::str::from_utf8(names.long().ok_or(())?).map_err(|_| ())?;
        let is_name =
            kind == [0] && (1..=253).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
        if is_name { Ok(Some(name)) } else { Err(()) }
    }

    /// What it could be served with, best first: DTLS 1.3, then the suites in its own order.
    pub(super) fn offers(&self) -> impl Iterator<Item = Offer> {
        let newest = self.suites().any(|suite| SUITES_13.contains(&suite)) && self.offers_13();
        let older = self.has_extended_master_secret();
        let older = self.suites().filter(move |_| older).filter_map(|suite| match suite {
            PSK_SUITE => Some(Offer::Psk),
            suite if CERTIFICATE_SUITES.contains(&suite) => Some(Offer::Certificates),
            _ => None,
        });
        newest.then_some(Offer::Certificates13).into_iter().chain(older)
    }

    /// Whether it brings back a cookie of a HelloRetryRequest (RFC 8446 section 4.2.2).
    pub(super) fn has_retry_cookie(&self) -> bool {
        self.extension(44).is_some()
    }

    /// Whether it can bind keys to the handshake (RFC 7627), without which dimpl does not work.
    pub(super) fn has_extended_master_secret(&self) -> bool {
        self.extension(23).is_some()
    }

    fn suites(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.suites.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
    }

    /// Whether supported_versions (RFC 8446 section 4.2.1) has DTLS 1.3.
    fn offers_13(&self) -> bool {
        let versions = self.extension(43).and_then(|data| Reader(data).short());
        versions.is_some_and(|list| list.chunks_exact(2).any(|pair| *pair == DTLS_13.to_be_bytes()))
    }

    fn extension(&self, wanted: u16) -> Option<&'a [u8]> {
        let mut reader = Reader(self.extensions);
        loop {
            let kind = reader.number()?;
            let data = reader.long()?;
            if kind == wanted {
                return Some(data);
            }
        }
    }

    /// The datagram that this client began with, before it was given a cookie.
    pub(super) fn without_cookie(&self) -> Vec<u8> {
        let mut body = self.body[..self.cookie_at].to_vec();
        body.push(0);
        body.extend(&self.body[self.cookie_at + 1 + self.cookie.len()..]);
        let length = (body.len() as u32).to_be_bytes();
        let mut message = vec![CLIENT_HELLO];
        message.extend(&length[1..]);
        message.extend([0; 5]);
        message.extend(&length[1..]);
        message.extend(body);
        let mut datagram = Vec::new();
        super::record::put_record(HANDSHAKE, DTLS_12, 0, &message, &mut datagram);
        datagram
    }
}

/// The first fragment, if it is a whole message and alone.
fn first_whole(contents: &[u8]) -> Option<Fragment<'_>> {
    let fragment = fragments(contents).next()?;
    let alone = contents.len() == super::record::HANDSHAKE_HEADER + fragment.bytes.len();
    (alone && fragment.bytes.len() == fragment.message_length).then_some(fragment)
}

/// Reads vectors with lengths before them (RFC 5246 section 4.3).
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// A vector of up to 255 bytes.
    fn short(&mut self) -> Option<&'a [u8]> {
        let length = self.take(1)?[0];
        self.take(length.into())
    }

    /// A vector of up to 65,535 bytes.
    fn long(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length.into())
    }
}

#[cfg(test)]
mod tests;
