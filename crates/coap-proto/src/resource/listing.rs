//! The body of `/.well-known/core` (RFC 6690 section 4).
use super::{Resource, Resources};

/// How a window into a listing was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Bytes written to the buffer.
    pub written: usize,
    /// Length of the whole listing.
    pub total: usize,
    /// The listing goes on behind the window. A window of no length lies before all of it.
    pub truncated: bool,
}

impl Resources {
    /// The links of all plain resources that match `query`, a filter such as `rt=temperature*` (RFC 6690
    /// section 4.1). An empty query matches all.
    pub fn well_known(&self, query: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        self.list(query, |piece| text.extend_from_slice(piece));
        text
    }

    /// Like [`Resources::well_known`], but fills `buffer` with what comes after the first `offset` bytes.
    pub fn print_well_known(&self, query: &[u8], offset: usize, buffer: &mut [u8]) -> Printed {
        let mut window = Window::new(offset, buffer);
        self.list(query, |piece| window.put(piece));
        window.printed()
    }

    fn list(&self, query: &[u8], mut put: impl FnMut(&[u8])) {
        let filter = Filter::parse(query);
        let mut separator: &[u8] = b"";
        for (_, resource) in self.iter().filter(|(_, resource)| filter.matches(resource)) {
            put(separator);
            separator = b",";
            resource.list(&mut put);
        }
    }
}

impl Resource {
    /// Its link, `</path>;attribute=value`, as it is listed.
    pub fn link(&self) -> Vec<u8> {
        let mut text = Vec::new();
        self.list(&mut |piece| text.extend_from_slice(piece));
        text
    }

    /// Like [`Resource::link`], but fills `buffer` with what comes after the first `offset` bytes.
    pub fn print_link(&self, offset: usize, buffer: &mut [u8]) -> Printed {
        let mut window = Window::new(offset, buffer);
        self.list(&mut |piece| window.put(piece));
        window.printed()
    }

    fn list(&self, put: &mut impl FnMut(&[u8])) {
        put(b"</");
        put(self.path());
        put(b">");
        for attribute in self.attributes().iter().rev() {
            put(b";");
            put(&attribute.name);
            if let Some(value) = &attribute.value {
                put(b"=");
                put(value);
            }
        }
        if self.observable {
            put(b";obs");
        }
    }
}

/// Part of a text that is never built as a whole.
struct Window<'a> {
    buffer: &'a mut [u8],
    offset: usize,
    written: usize,
    total: usize,
}

impl<'a> Window<'a> {
    fn new(offset: usize, buffer: &'a mut [u8]) -> Self {
        Self { buffer, offset, written: 0, total: 0 }
    }

    fn put(&mut self, piece: &[u8]) {
        let skipped = self.offset.saturating_sub(self.total).min(piece.len());
        self.total += piece.len();
        let (wanted, room) = (&piece[skipped..], &mut self.buffer[self.written..]);
        let fitting = wanted.len().min(room.len());
        room[..fitting].copy_from_slice(&wanted[..fitting]);
        self.written += fitting;
    }

    fn printed(self) -> Printed {
        let begin = if self.buffer.is_empty() { 0 } else { self.offset };
        let end = begin.saturating_add(self.written);
        Printed { written: self.written, total: self.total, truncated: end < self.total }
    }
}

/// A search for links (RFC 6690 section 4.1).
enum Filter<'a> {
    All,
    Path(Pattern<'a>),
    Attribute { name: &'a [u8], pattern: Pattern<'a> },
}

/// What a value is compared with.
struct Pattern<'a> {
    text: &'a [u8],
    /// It ended in `*`: a value that starts so matches.
    prefix: bool,
    /// The value is a list with spaces between; one of its words must match.
    words: bool,
}

impl<'a> Filter<'a> {
    fn parse(query: &'a [u8]) -> Self {
        let split = query.iter().position(|&byte| byte == b'=');
        let name = &query[..split.unwrap_or(query.len())];
        let value = split.map_or(&b""[..], |at| &query[at + 1..]);
        match name {
            b"" => Self::All,
            b"href" if split.is_some() => {
                Self::Path(Pattern::parse(value.strip_prefix(b"/").unwrap_or(value), false))
            }
            _ => {
                let words = split.is_some() && matches!(name, b"rt" | b"if" | b"rel");
                Self::Attribute { name, pattern: Pattern::parse(value, words) }
            }
        }
    }

    fn matches(&self, resource: &Resource) -> bool {
        match self {
            Self::All => true,
            Self::Path(pattern) => pattern.matches(resource.path()),
            Self::Attribute { name, pattern } => resource
                .find_attribute(name)
                .and_then(|index| resource.attributes()[index].value.as_deref())
                .is_some_and(|value| pattern.matches(unquoted(value))),
        }
    }
}

impl<'a> Pattern<'a> {
    fn parse(text: &'a [u8], words: bool) -> Self {
        let stripped = text.strip_suffix(b"*");
        Self { text: stripped.unwrap_or(text), prefix: stripped.is_some(), words }
    }

    fn matches(&self, value: &[u8]) -> bool {
        if self.words {
            !value.is_empty() && value.split(|&byte| byte == b' ').any(|word| self.matches_one(word))
        } else {
            self.matches_one(value)
        }
    }

    fn matches_one(&self, value: &[u8]) -> bool {
        if self.prefix { value.starts_with(self.text) } else { value == self.text }
    }
}

fn unquoted(value: &[u8]) -> &[u8] {
    let Some(inner) = value.strip_prefix(b"\"") else { return value };
    inner.strip_suffix(b"\"").unwrap_or(inner)
}
