//! Option numbers and what their RFCs say about them.

macro_rules! options {
    (@ once) => { false };
    (@ repeated) => { true };
    ($($(#[$doc:meta])* $constant:ident = $number:literal, $name:literal, $format:ident, $min:literal..=$max:literal,
       $times:ident;)*) => {
        $($(#[$doc])* pub const $constant: u16 = $number;)*

        /// What is registered about the options that this library knows, by ascending number.
        pub const DEFINITIONS: &[Definition] = &[$(Definition {
            number: $number,
            name: $name,
            format: Format::$format,
            min: $min,
            max: $max,
            repeatable: options!(@ $times),
        },)*];
    };
}

options! {
    /// If-Match (RFC 7252 section 5.10.8.1).
    IF_MATCH = 1, "If-Match", Opaque, 0..=8, repeated;
    /// Uri-Host (RFC 7252 section 5.10.1).
    URI_HOST = 3, "Uri-Host", Text, 1..=255, once;
    /// ETag (RFC 7252 section 5.10.6).
    ETAG = 4, "ETag", Opaque, 1..=8, repeated;
    /// If-None-Match (RFC 7252 section 5.10.8.2).
    IF_NONE_MATCH = 5, "If-None-Match", Empty, 0..=0, once;
    /// Observe (RFC 7641 section 2).
    OBSERVE = 6, "Observe", Uint, 0..=3, once;
    /// Uri-Port (RFC 7252 section 5.10.1).
    URI_PORT = 7, "Uri-Port", Uint, 0..=2, once;
    /// Location-Path (RFC 7252 section 5.10.7).
    LOCATION_PATH = 8, "Location-Path", Text, 0..=255, repeated;
    /// OSCORE (RFC 8613 section 2).
    OSCORE = 9, "Oscore", Opaque, 0..=255, once;
    /// Uri-Path (RFC 7252 section 5.10.1).
    URI_PATH = 11, "Uri-Path", Text, 0..=255, repeated;
    /// Content-Format (RFC 7252 section 5.10.3).
    CONTENT_FORMAT = 12, "Content-Format", Uint, 0..=2, once;
    /// Max-Age (RFC 7252 section 5.10.5).
    MAX_AGE = 14, "Max-Age", Uint, 0..=4, once;
    /// Uri-Query (RFC 7252 section 5.10.1).
    URI_QUERY = 15, "Uri-Query", Text, 0..=255, repeated;
    /// Hop-Limit (RFC 8768 section 3).
    HOP_LIMIT = 16, "Hop-Limit", Uint, 1..=1, once;
    /// Accept (RFC 7252 section 5.10.4).
    ACCEPT = 17, "Accept", Uint, 0..=2, once;
    /// Q-Block1 (RFC 9177 section 4.1).
    Q_BLOCK1 = 19, "Q-Block1", Uint, 0..=3, once;
    /// Location-Query (RFC 7252 section 5.10.7).
    LOCATION_QUERY = 20, "Location-Query", Text, 0..=255, repeated;
    /// Block2 (RFC 7959 section 2.1).
    BLOCK2 = 23, "Block2", Uint, 0..=3, once;
    /// Block1 (RFC 7959 section 2.1).
    BLOCK1 = 27, "Block1", Uint, 0..=3, once;
    /// Size2 (RFC 7959 section 4).
    SIZE2 = 28, "Size2", Uint, 0..=4, once;
    /// Q-Block2 (RFC 9177 section 4.1).
    Q_BLOCK2 = 31, "Q-Block2", Uint, 0..=3, repeated;
    /// Proxy-Uri (RFC 7252 section 5.10.2).
    PROXY_URI = 35, "Proxy-Uri", Text, 1..=1034, once;
    /// Proxy-Scheme (RFC 7252 section 5.10.2).
    PROXY_SCHEME = 39, "Proxy-Scheme", Text, 1..=255, once;
    /// Size1 (RFC 7252 section 5.10.9, RFC 7959 section 4).
    SIZE1 = 60, "Size1", Uint, 0..=4, once;
    /// Echo (RFC 9175 section 2.2.1).
    ECHO = 252, "Echo", Opaque, 1..=40, once;
    /// No-Response (RFC 7967 section 2).
    NO_RESPONSE = 258, "No-Response", Uint, 0..=1, once;
    /// Request-Tag (RFC 9175 section 3.2.1).
    REQUEST_TAG = 292, "Request-Tag", Opaque, 0..=8, repeated;
}

/// What an option's value is (RFC 7252 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Nothing.
    Empty,
    /// Bytes.
    Opaque,
    /// An unsigned integer of variable length.
    Uint,
    /// UTF-8 text.
    Text,
}

/// What is registered about an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its number.
    pub number: u16,
    /// Its name as log lines write it.
    pub name: &'static str,
    /// What its value is.
    pub format: Format,
    /// Shortest value in bytes.
    pub min: usize,
    /// Longest value in bytes.
    pub max: usize,
    /// Whether it may come more than once in a message.
    pub repeatable: bool,
}

/// The first of [`DEFINITIONS`] by number: each critical option of a message is looked up.
static LOW: [Option<&Definition>; 64] = {
    let (mut low, mut at) = ([None; 64], 0);
    while at < DEFINITIONS.len() && (DEFINITIONS[at].number as usize) < low.len() {
        low[DEFINITIONS[at].number as usize] = Some(&DEFINITIONS[at]);
        at += 1;
    }
    low
};

/// What is registered about option `number`; `None` if this library does not know it.
pub fn definition(number: u16) -> Option<&'static Definition> {
    match LOW.get(usize::from(number)) {
        Some(definition) => *definition,
        None => DEFINITIONS.iter().find(|definition| definition.number == number),
    }
}

/// Whether a value of `length` bytes fits what is registered; unknown options take any length.
///
/// RFC 7252 section 5.4.3: an option outside its lengths is treated like one that is not recognised.
pub fn allows_length(number: u16, length: usize) -> bool {
    definition(number).is_none_or(|definition| (definition.min..=definition.max).contains(&length))
}

/// Whether a receiver must understand the option or reject the message (RFC 7252 section 5.4.1).
pub const fn is_critical(number: u16) -> bool {
    number & 1 != 0
}

/// Whether a proxy must understand the option to forward it (RFC 7252 section 5.4.2).
pub const fn is_unsafe(number: u16) -> bool {
    number & 2 != 0
}

/// Whether the option, although safe to forward, is not part of the cache key (RFC 7252 section 5.4.2).
pub const fn is_no_cache_key(number: u16) -> bool {
    number & 0x1e == 0x1c
}
