//! Keys and tokens, written in the configuration or in files of their own.
use super::{
    note::Notes,
    table::{Table, Value},
};
use crate::files::{ReadError, SecretError, open_secret};
use coap_secure::{MAX_KEY, Secret};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Keys of less bytes can be found by trying.
const SHORT_KEY: usize = 16;
/// What a file of a secret has at most.
const MAX_FILE: u64 = 16 * 1024;

/// Where the configuration is, and who can read it.
pub(super) struct Place {
    /// What paths are relative to.
    pub(super) directory: PathBuf,
    /// Whether everybody can read the configuration.
    pub(super) is_open: bool,
}

impl Place {
    pub(super) fn path(&self, value: &Value<'_>, notes: &mut Notes<'_>) -> Option<PathBuf> {
        Some(self.directory.join(value.text("the name of a file", notes)?))
    }

    /// A file with a private key, which somebody else reads.
    pub(super) fn private(&self, value: &Value<'_>, notes: &mut Notes<'_>) -> Option<PathBuf> {
        let path = self.path(value, notes)?;
        open_secret(&path).map(drop).map_err(|error| notes.error(&value.at, error)).ok()?;
        Some(path)
    }

    /// A pre-shared key: `key`, `key_hex` or `key_file`.
    pub(super) fn key(&self, table: &mut Table<'_>, notes: &mut Notes<'_>) -> Option<Secret> {
        let (text, hex, file) = (table.get("key"), table.get("key_hex"), table.get("key_file"));
        let (value, key) = match (text, hex, file) {
            (Some(value), None, None) => {
                let key = self.inline(&value, notes)?;
                (value, key)
            }
            (None, Some(value), None) => {
                let digits = self.inline(&value, notes)?;
                let Some(key) = from_hex(digits.as_bytes()) else {
                    notes.error(&value.at, "`key_hex` has two hexadecimal digits a byte");
                    return None;
                };
                (value, key)
            }
            (None, None, Some(value)) => {
                let key = self.file(&value, notes)?;
                (value, key)
            }
            (None, None, None) => {
                let text = "a pre-shared key is missing: `key` (text), `key_hex` or `key_file`";
                notes.error(&table.at(), text);
                return None;
            }
            _ => {
                notes.error(&table.at(), "only one of `key`, `key_hex` and `key_file` can be set");
                return None;
            }
        };
        match key.as_bytes().len() {
            0 => notes.error(&value.at, "a key without bytes is none"),
            length if length > MAX_KEY => {
                notes.error(&value.at, format_args!("a key has at most {MAX_KEY} bytes, this has {length}"));
            }
            length if length < SHORT_KEY => notes.warn(
                &value.at,
                format_args!(
                    "a key of {length} bytes can be found by trying; `openssl rand -hex 32` makes one"
                ),
            ),
            _ => {}
        }
        Some(key)
    }

    /// A secret that is written in the configuration.
    pub(super) fn inline(&self, value: &Value<'_>, notes: &mut Notes<'_>) -> Option<Secret> {
        let secret = Secret::from(value.text("a string", notes)?.as_bytes());
        if self.is_open {
            let text =
                "everybody can read this file, and with it the secret; `chmod o= FILE`, or use a file for it";
            notes.warn(&value.at, text);
        }
        Some(secret)
    }

    /// A secret that is a file; a line break at its end does not belong to it.
    pub(super) fn file(&self, value: &Value<'_>, notes: &mut Notes<'_>) -> Option<Secret> {
        let path = self.path(value, notes)?;
        read(&path).map_err(|error| notes.error(&value.at, error)).ok()
    }
}

fn read(path: &Path) -> Result<Secret, SecretError> {
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(1024));
    open_secret(path)?.take(MAX_FILE).read_to_end(&mut bytes).map_err(ReadError::of(path))?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    Ok(Secret::from(line.strip_suffix(b"\r").unwrap_or(line)))
}

fn from_hex(digits: &[u8]) -> Option<Secret> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    digits.chunks(2).map(byte).collect::<Option<_>>().map(Secret::new)
}
