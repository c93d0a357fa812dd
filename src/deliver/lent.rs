//! PDUs that callbacks get.
use crate::{
    block::bodies,
    keys::Key,
    pdu_handle::{self, AtHand, Loan, Part},
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
    /// Until the call is over.
    at_hand: Option<AtHand>,
}

impl Lent {
    /// Takes the PDU away. `None` when C holds too many already: then it stays.
    pub(super) fn new(pdu: &mut Pdu, session: Key) -> Option<Self> {
        Self::with_part(pdu, session, None)
    }
    /// As [`Lent::new`], with the place of its payload in a body.
    pub(super) fn at(pdu: &mut Pdu, session: Key, Extent { offset, total }: Extent) -> Option<Self> {
        Self::with_part(pdu, session, Some(Part { offset, total }))
    }
    /// What was sent, of which the program is told the end. A null pointer where there is none.
    pub(super) fn sent(pdu: Option<Pdu>, session: Key) -> Self {
        let lent = pdu.and_then(|mut pdu| Self::new(&mut pdu, session));
        let Some(mut lent) = lent else {
            return Self { loan: None, pointer: ptr::null_mut(), at_hand: None };
        };
        lent.at_hand = lent.loan.as_ref().map(|loan| loan.at_hand(session));
        lent
    }
    fn with_part(pdu: &mut Pdu, session: Key, part: Option<Part>) -> Option<Self> {
        let loan = pdu_handle::lend(pdu, Some(session), part)?;
        let pointer = loan.pointer();
        Some(Self { loan: Some(loan), pointer, at_hand: None })
    }
    /// `None` when the program deleted it or sent it off.
    pub(super) fn back(self) -> Option<Pdu> {
        let mut pdu = Pdu::default();
        bodies::discard(self.back_to(&mut pdu)?);
        Some(pdu)
    }
    /// As [`Lent::back`]: it goes where it was, and what it does not bear itself of a large body is returned.
    pub(super) fn back_to(mut self, pdu: &mut Pdu) -> Option<Option<Box<LargeBody>>> {
        self.loan.take()?.back_to(pdu)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(loan) = self.loan.take() {
            bodies::discard(loan.back_to(&mut Pdu::default()).flatten());
        }
    }
}
