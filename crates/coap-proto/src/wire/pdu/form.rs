//! Messages that differ in little.
use super::{Pdu, PduError};
use std::ops::Range;

/// What many messages are copies of: they have their own message ID and token, and their own value of one option.
#[derive(Debug)]
pub(crate) struct Form {
    pdu: Pdu,
    number: u16,
    /// Where in the buffer that value is, once there is one.
    value: Option<Range<usize>>,
}

impl Form {
    /// For messages like `pdu` whose first option of that number differs.
    pub(crate) fn new(pdu: Pdu, number: u16) -> Self {
        Self { pdu, number, value: None }
    }

    /// Which option differs.
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// Bytes of the message without its header.
    pub(crate) fn len(&self) -> usize {
        self.pdu.len()
    }

    /// A message with this message ID, token and value, in memory that is there already and whose content does not
    /// matter. A value as long as the last one takes its place, so nothing is looked for or moved.
    ///
    /// # Errors
    /// [`PduError::BadLength`], [`PduError::TooLarge`].
    pub(crate) fn fill(
        &mut self,
        buf: Vec<u8>,
        (mid, token): (u16, &[u8]),
        value: &[u8],
    ) -> Result<Pdu, PduError> {
        match &self.value {
            Some(place) if place.len() == value.len() => {
                self.pdu.buf[place.clone()].copy_from_slice(value);
            }
            _ => {
                self.pdu.update_option(self.number, value)?;
                let found = self.pdu.find(self.number);
                self.value = found.map(|found| found.range.end - value.len()..found.range.end);
            }
        }
        self.pdu.copied(buf, mid, token)
    }
}
