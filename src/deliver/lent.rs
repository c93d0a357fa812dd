//! PDUs that callbacks get.
use crate::{
    block::bodies,
    keys::Key,
    pdu_handle::{self, Held, Loan, Part},
    types::*,
};
use coap_proto::{
    block::{Extent, LargeBody},
    wire::Pdu,
};
use std::ptr;

/// A PDU in C's hands for the time of one call; or none, where there is none to be shown.
pub(super) struct Lent {
    loan: Option<Loan>,
    pub(super) pointer: *mut coap_pdu_t,
}

impl Lent {
    /// `None` when C holds too many already.
    pub(super) fn new(pdu: Pdu, session: Key) -> Option<Self> {
        Self::with_part(pdu, session, None)
    }
    /// As [`Lent::new`], with the place of its payload in a body.
    pub(super) fn at(pdu: Pdu, session: Key, Extent { offset, total }: Extent) -> Option<Self> {
        Self::with_part(pdu, session, Some(Part { offset, total }))
    }
    /// A null pointer where there is none.
    pub(super) fn some(pdu: Option<Pdu>, session: Key) -> Self {
        pdu.and_then(|pdu| Self::new(pdu, session)).unwrap_or(Self { loan: None, pointer: ptr::null_mut() })
    }
    fn with_part(pdu: Pdu, session: Key, part: Option<Part>) -> Option<Self> {
        let loan = pdu_handle::lend(Held { pdu, session: Some(session), part, body: None })?;
        let pointer = loan.pointer();
        Some(Self { loan: Some(loan), pointer })
    }
    /// `None` when the program deleted it or sent it off.
    pub(super) fn back(self) -> Option<Pdu> {
        let (pdu, body) = self.back_with_body()?;
        bodies::discard(body);
        Some(pdu)
    }
    /// As [`Lent::back`], with what it does not bear itself of a large body.
    pub(super) fn back_with_body(mut self) -> Option<(Pdu, Option<Box<LargeBody>>)> {
        let held = self.loan.take()?.back()?;
        Some((held.pdu, held.body))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(held) = self.loan.take().and_then(Loan::back) {
            bodies::discard(held.body);
        }
    }
}
