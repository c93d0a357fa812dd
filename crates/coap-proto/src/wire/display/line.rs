//! A line of bounded length.
use std::fmt::{self, Write};

/// The longest line in bytes.
const LINE_LIMIT: usize = 2055;

/// The longest text of an option's value in bytes.
const VALUE_LIMIT: usize = 1034;

/// ASCII text that stops to grow at its limit.
pub(super) struct Line {
    text: String,
    limit: usize,
}

impl Line {
    /// An empty line.
    pub(super) fn new() -> Self {
        Self { text: String::new(), limit: LINE_LIMIT }
    }

    /// An empty text for an option's value.
    pub(super) fn value() -> Self {
        Self { text: String::new(), limit: VALUE_LIMIT }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// The line with its line feed, for which the last character gives way if there is no room.
    pub(super) fn end(&mut self) -> &str {
        if self.is_full() {
            self.text.pop();
        }
        self.text.push('\n');
        &self.text
    }

    /// Adds text, or as much of it as there is room for.
    pub(super) fn push(&mut self, text: &str) {
        debug_assert!(text.is_ascii());
        self.text.push_str(&text[..text.len().min(self.room())]);
    }

    /// Adds formatted text like [`Line::push`].
    pub(super) fn format(&mut self, arguments: fmt::Arguments<'_>) {
        // It has no error to report: what does not fit is left out.
        let _ = self.write_fmt(arguments);
    }

    /// Adds two digits a byte.
    pub(super) fn push_hex(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.is_full() {
                return;
            }
            self.format(format_args!("{byte:02x}"));
        }
    }

    /// Adds a character with the width of its two digits, a dot for what cannot be printed.
    pub(super) fn push_character(&mut self, byte: u8) {
        let character = if is_printable(byte) { char::from(byte) } else { '.' };
        self.format(format_args!("{character} "));
    }

    /// Adds bytes as characters, those that cannot be printed as `\x00`. Ends at the first that does not fit.
    pub(super) fn push_readable(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let fits = match is_printable(byte) {
                true => self.push_whole(format_args!("{}", char::from(byte)), 1),
                false => self.push_escaped(byte),
            };
            if !fits {
                return;
            }
        }
    }

    /// Adds all bytes as `\x00`. Ends at the first that does not fit.
    pub(super) fn push_all_escaped(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if !self.push_escaped(byte) {
                return;
            }
        }
    }

    /// Adds readable bytes between quotes; the closing one may be missing at the end of a full line.
    pub(super) fn push_quoted(&mut self, bytes: &[u8]) {
        self.push("'");
        self.push_readable(bytes);
        if self.room() > 4 {
            self.push("'");
        }
    }

    fn push_escaped(&mut self, byte: u8) -> bool {
        self.push_whole(format_args!("\\x{byte:02X}"), 4)
    }

    /// Adds text of `size` bytes if there is room for all of it.
    fn push_whole(&mut self, arguments: fmt::Arguments<'_>, size: usize) -> bool {
        let fits = size <= self.room();
        if fits {
            self.format(arguments);
        }
        fits
    }

    fn room(&self) -> usize {
        self.limit - self.text.len()
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

/// Printable in the C locale.
pub(super) fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}
