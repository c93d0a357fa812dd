//! Changing the token and the options of a message.
use super::{HEADROOM, MAX_TOKEN_LEN, Pdu, PduError, token_extension_size};
use crate::wire::option::{OptionHead, Presence};
use std::ops::Range;

impl Pdu {
    /// Sets the token, which comes before everything else.
    ///
    /// # Errors
    /// [`PduError::NotFirst`] if anything is there already, [`PduError::BadLength`], [`PduError::TooLarge`].
    pub fn set_token(&mut self, token: &[u8]) -> Result<(), PduError> {
        if self.len() > 0 {
            return Err(PduError::NotFirst);
        }
        let (extension, size) = token_extension(token)?;
        self.check_growth(size + token.len())?;
        let buf = self.with_headroom();
        buf.reserve(size + token.len());
        buf.extend_from_slice(&extension[2 - size..]);
        buf.extend_from_slice(token);
        self.token_len = token.len() as u32;
        Ok(())
    }

    /// Replaces the token; options and payload move.
    ///
    /// # Errors
    /// [`PduError::BadLength`], [`PduError::TooLarge`].
    pub fn update_token(&mut self, token: &[u8]) -> Result<(), PduError> {
        let (extension, size) = token_extension(token)?;
        self.replace(HEADROOM..self.options_start(), &[&extension[2 - size..], token])?;
        self.token_len = token.len() as u32;
        Ok(())
    }

    /// The same message with another message ID and token, in memory that is there already and whose content does not
    /// matter.
    ///
    /// # Errors
    /// [`PduError::BadLength`], [`PduError::TooLarge`].
    pub(crate) fn copied(&self, mut buf: Vec<u8>, mid: u16, token: &[u8]) -> Result<Self, PduError> {
        let (extension, size) = token_extension(token)?;
        let behind = &self.body()[self.options_start() - HEADROOM..];
        let length = size + token.len() + behind.len();
        if self.max_size != 0 && length > self.max_size() {
            return Err(PduError::TooLarge { limit: self.max_size() });
        }
        buf.clear();
        buf.reserve(HEADROOM + length);
        buf.extend_from_slice(&[0; HEADROOM]);
        buf.extend_from_slice(&extension[2 - size..]);
        buf.extend_from_slice(token);
        buf.extend_from_slice(behind);
        Ok(Self { mid, token_len: token.len() as u32, buf, ..*self })
    }

    /// Adds an option behind the others and returns its size in the message.
    ///
    /// # Errors
    /// [`PduError::OutOfOrder`], [`PduError::HasPayload`], [`PduError::BadLength`], [`PduError::TooLarge`].
    pub fn add_option(&mut self, number: u16, value: &[u8]) -> Result<usize, PduError> {
        if self.payload_len > 0 {
            return Err(PduError::HasPayload);
        }
        let Some(delta) = number.checked_sub(self.last_option) else {
            return Err(PduError::OutOfOrder { number });
        };
        let head = head(delta, value.len())?;
        self.check_growth(head.encoded_size())?;
        let buf = self.with_headroom();
        buf.reserve(head.encoded_size());
        match head.encode() {
            [first, ..] if head.size == 1 => buf.push(first),
            bytes => buf.extend_from_slice(&bytes[..head.size]),
        }
        buf.extend_from_slice(value);
        self.last_option = number;
        self.presence = self.presence.with(number);
        Ok(head.encoded_size())
    }

    /// Puts an option at its place: behind those of the same and of lower numbers, before the payload. Returns its
    /// size in the message.
    ///
    /// # Errors
    /// [`PduError::BadLength`], [`PduError::TooLarge`].
    #[inline]
    pub fn insert_option(&mut self, number: u16, value: &[u8]) -> Result<usize, PduError> {
        if number >= self.last_option && self.payload_len == 0 {
            return self.add_option(number, value);
        }
        self.insert_amid(number, value)
    }

    fn insert_amid(&mut self, number: u16, value: &[u8]) -> Result<usize, PduError> {
        let gap = self.gap_after(number);
        let head = head(number - gap.before, value.len())?;
        let next = gap.next.map(|(next, old)| (next - number, old));
        self.put(gap.at..gap.at, Some((head, value)), next)?;
        self.last_option = self.last_option.max(number);
        self.presence = self.presence.with(number);
        Ok(head.encoded_size())
    }

    /// Gives the first option of that number another value, or puts it at its place if there is none. Returns its
    /// size in the message.
    ///
    /// # Errors
    /// [`PduError::BadLength`], [`PduError::TooLarge`].
    pub fn update_option(&mut self, number: u16, value: &[u8]) -> Result<usize, PduError> {
        let Some(found) = self.find(number) else {
            return self.insert_option(number, value);
        };
        let head = head(number - found.before, value.len())?;
        if head.encoded_size() == found.range.len() {
            self.buf[found.range.end - value.len()..found.range.end].copy_from_slice(value);
        } else {
            self.put(found.range, Some((head, value)), None)?;
        }
        Ok(head.encoded_size())
    }

    /// Adds all options of another message, each at its place.
    ///
    /// # Errors
    /// [`PduError::TooLarge`]: some may be there already.
    pub(crate) fn add_options_of(&mut self, other: &Self) -> Result<(), PduError> {
        if self.presence != Presence::NONE || self.payload_len > 0 {
            return other.options().try_for_each(|it| self.insert_option(it.number, it.value).map(drop));
        }
        let options = other.buf.get(other.options_start()..other.options_end()).unwrap_or_default();
        self.check_growth(options.len())?;
        self.with_headroom().extend_from_slice(options);
        (self.last_option, self.presence) = (other.last_option, other.presence);
        Ok(())
    }

    /// Takes the first option of that number out; `false` if there is none.
    pub fn remove_option(&mut self, number: u16) -> bool {
        let Some(found) = self.find(number) else {
            return false;
        };
        let before = found.before;
        let next = self.head_at(found.range.end).map(|head| (number - before + head.delta, head));
        // The message gets shorter, so no limit stands against it: two heads become one.
        if self.put(found.range, None, next).is_err() {
            return false;
        }
        if next.is_none() {
            self.last_option = before;
        }
        self.presence = self.options().fold(Presence::NONE, |found, option| found.with(option.number));
        true
    }

    /// Replaces what is in `range` by an option, and the head behind it by one with another delta.
    fn put(
        &mut self,
        range: Range<usize>,
        option: Option<(OptionHead, &[u8])>,
        next: Option<(u16, OptionHead)>,
    ) -> Result<(), PduError> {
        let (head_bytes, head_size, value) = match option {
            Some((head, value)) => (head.encode(), head.size, value),
            None => ([0; 5], 0, &[][..]),
        };
        let (next_bytes, next_size, old_size) = match next {
            Some((delta, old)) => {
                let new = head(delta, old.length)?;
                (new.encode(), new.size, old.size)
            }
            None => ([0; 5], 0, 0),
        };
        let parts = [&head_bytes[..head_size], value, &next_bytes[..next_size]];
        self.replace(range.start..range.end + old_size, &parts)
    }

    /// Replaces bytes of the buffer; what is behind them moves.
    fn replace(&mut self, range: Range<usize>, parts: &[&[u8]]) -> Result<(), PduError> {
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let old_len = self.with_headroom().len();
        let new_len = old_len - range.len() + size;
        if new_len > old_len {
            self.check_growth(new_len - old_len)?;
            self.buf.resize(new_len, 0);
        }
        self.buf.copy_within(range.end..old_len, range.start + size);
        self.buf.truncate(new_len);
        let mut at = range.start;
        for part in parts {
            self.buf[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        Ok(())
    }

    /// The place behind all options whose number is `number` or lower.
    fn gap_after(&self, number: u16) -> Gap {
        let mut gap = Gap { at: self.options_end(), before: self.last_option, next: None };
        if number >= self.last_option {
            return gap;
        }
        gap.before = 0;
        for option in self.options() {
            if option.number > number {
                gap.at = HEADROOM + option.offset;
                gap.next = self.head_at(gap.at).map(|head| (option.number, head));
                break;
            }
            gap.before = option.number;
        }
        gap
    }

    /// The first option of that number.
    pub(super) fn find(&self, number: u16) -> Option<Found> {
        if !self.presence.may_have(number) {
            return None;
        }
        let mut before = 0;
        let mut options = self.options();
        loop {
            let option = options.next().filter(|option| option.number <= number)?;
            if option.number == number {
                return Some(Found { range: HEADROOM + option.offset..HEADROOM + options.offset(), before });
            }
            before = option.number;
        }
    }

    fn head_at(&self, at: usize) -> Option<OptionHead> {
        OptionHead::parse(&self.buf[at..self.options_end()]).ok()
    }
}

/// A place between two options.
struct Gap {
    /// Where in the buffer.
    at: usize,
    /// Number of the option before, 0 if none.
    before: u16,
    /// Number and head of the option behind.
    next: Option<(u16, OptionHead)>,
}

/// An option that is there.
pub(super) struct Found {
    /// Where in the buffer.
    pub(super) range: Range<usize>,
    /// Number of the option before, 0 if none.
    before: u16,
}

/// The extended length of a token, in the last bytes of the array, and how many of them.
fn token_extension(token: &[u8]) -> Result<([u8; 2], usize), PduError> {
    let extension = match token.len() {
        length if length > MAX_TOKEN_LEN => return Err(PduError::BadLength { length }),
        length @ ..269 => [0, length.saturating_sub(13) as u8],
        length => ((length - 269) as u16).to_be_bytes(),
    };
    Ok((extension, token_extension_size(token.len() as u32)))
}

fn head(delta: u16, length: usize) -> Result<OptionHead, PduError> {
    OptionHead::new(delta, length).ok_or(PduError::BadLength { length })
}
