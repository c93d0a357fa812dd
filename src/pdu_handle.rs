//! PDUs that C holds: a `coap_pdu_t *` is the address of a slot, used only to look the slot up.
//!
//! Slots live in aligned blocks that are never given back, so no other allocation can equal a stale key, and
//! whether an address is a slot at all is answered by a table of blocks. An emptied slot rests, first in
//! first out, before it serves again: a PDU deleted after `coap_send` took it is refused instead of ending
//! somebody else's PDU.
//!
//! A PDU does not move while C holds it. Pointers into its token, options and payload hold until it is
//! changed.
//!
//! One that was sent is the library's, but programs look at it all the same: for what kept it the slot remembers what
//! it was, and a copy is made for who reads it ([`sent`]).
use crate::{
    block::bodies,
    cell,
    keys::Key,
    log::{self, Lines},
    sparse::BlockTable,
    types::*,
};
use coap_proto::{block::LargeBody, wire::Pdu};
use std::{
    cell::RefCell,
    collections::VecDeque,
    mem, ptr,
    sync::{Mutex, PoisonError},
};

mod sent;

pub(crate) use sent::AtHand;

/// Slots of one thread that rest at least between two uses of the same.
const QUARANTINE: usize = if cfg!(miri) { 32 } else { 1024 };
/// Bytes of a block and its alignment.
const BLOCK: usize = 1 << 14;
const SLOTS: usize = BLOCK / size_of::<Slot>();
const _: () = assert!(size_of::<Slot>() <= 128);
/// Size of the block table. Three quarters of it can be used: with 128-byte slots, 1.5 million PDUs at a
/// time.
const TABLE: usize = if cfg!(miri) { 1 << 8 } else { 1 << 14 };

/// What C holds: the message and what the library remembers with it.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// The message.
    pub(crate) pdu: Pdu,
    /// The session that it was made for or came from, if any.
    pub(crate) session: Option<Key>,
    /// Where the payload belongs in a body of several messages.
    pub(crate) part: Option<Part>,
    /// What it does not bear itself of a large body, to be sent with it.
    pub(crate) body: Option<Box<LargeBody>>,
}

/// A place in a body, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Part {
    /// Where it starts.
    pub(crate) offset: usize,
    /// Length of the whole body, as far as it is known.
    pub(crate) total: usize,
}

/// Hands a PDU to C. Null when there is no room for more.
pub(crate) fn adopt(pdu: Pdu) -> *mut coap_pdu_t {
    adopt_for(pdu, None)
}

/// As [`adopt`], for a PDU of this session.
pub(crate) fn adopt_for(pdu: Pdu, session: Option<Key>) -> *mut coap_pdu_t {
    let mut pdu = pdu;
    lend(&mut pdu, session, None).map_or(ptr::null_mut(), |loan| loan.pointer())
}

/// Hands a PDU to C, to be taken back when a call of C's has ended. `None` when there is no room for more: then it
/// stays where it is.
pub(crate) fn lend(pdu: &mut Pdu, session: Option<Key>, part: Option<Part>) -> Option<Loan> {
    Some(with_magazine(Magazine::vacant)?.lend(pdu, session, part))
}

/// As [`lend`], for two PDUs that one call gets, both or none; the first of them may be a part of a body.
pub(crate) fn lend_both(
    (first, part): (&mut Pdu, Option<Part>),
    second: &mut Pdu,
    session: Option<Key>,
) -> Option<[Loan; 2]> {
    let [one, other] = with_magazine(Magazine::two_vacant)?;
    Some([one.lend(first, session, part), other.lend(second, session, None)])
}

/// A PDU that C has for the time of a call; or until it gives it back itself, if this is dropped.
#[must_use]
pub(crate) struct Loan {
    slot: &'static Slot,
    /// A program that deletes the PDU and makes many others may get one of them in the same slot.
    use_number: u32,
}

impl Loan {
    /// What C gets.
    pub(crate) fn pointer(&self) -> *mut coap_pdu_t {
        ptr::from_ref(self.slot).cast::<coap_pdu_t>().cast_mut()
    }

    /// It is a message of ours that the program is told the end of: until what is returned is dropped it can be
    /// read, too, under the pointer under which it was sent.
    pub(crate) fn at_hand(&self, session: Key) -> AtHand {
        AtHand::new(session, self.slot)
    }

    /// The PDU comes to `pdu`; what it does not bear itself of a large body is returned. `None`: the program deleted it
    /// or sent it off.
    pub(crate) fn back_to(self, pdu: &mut Pdu) -> Option<Option<Box<LargeBody>>> {
        let body = self.take_to(pdu)?;
        rest(self.slot);
        Some(body)
    }

    /// As [`Loan::back_to`] for each of two PDUs.
    pub(crate) fn both_back_to(loans: [Self; 2], pdus: [&mut Pdu; 2]) -> [Option<Option<Box<LargeBody>>>; 2] {
        let ([one, other], [first, second]) = (loans, pdus);
        let taken = [one.take_to(first), other.take_to(second)];
        with_magazine(|magazine| {
            let back = [&one, &other].into_iter().zip(&taken).filter(|(_, taken)| taken.is_some());
            back.for_each(|(loan, _)| magazine.rest(loan.slot));
        });
        taken
    }

    /// The slot is to rest then.
    #[inline(always)]
    fn take_to(&self, pdu: &mut Pdu) -> Option<Option<Box<LargeBody>>> {
        let mut content = self.slot.lock();
        if content.use_number != self.use_number || content.state != State::Held {
            return None;
        }
        content.state = State::Vacant;
        *pdu = mem::take(&mut content.held.pdu);
        Some(content.held.body.take())
    }
}

/// Works on a PDU that C holds. `None`, logged unless the pointer is null, if C does not hold it (any more): not under
/// the lock of a context, for which there is [`try_with`].
///
/// The PDU is locked meanwhile: `work` neither logs nor runs anything of the program's.
pub(crate) fn with<R>(pdu: *const coap_pdu_t, work: impl FnOnce(&mut Pdu) -> R) -> Option<R> {
    with_held(pdu, |held| work(&mut held.pdu))
}

/// As [`with`], including what is remembered with the PDU.
pub(crate) fn with_held<R>(pdu: *const coap_pdu_t, work: impl FnOnce(&mut Held) -> R) -> Option<R> {
    known(pdu, try_with_held(pdu, work))
}

/// As [`with`], under the lock of a context: nothing is logged. What comes back goes through [`known`] when the lock is
/// open.
pub(crate) fn try_with<R>(pdu: *const coap_pdu_t, work: impl FnOnce(&mut Pdu) -> R) -> Option<R> {
    try_with_held(pdu, |held| work(&mut held.pdu))
}

fn try_with_held<R>(pdu: *const coap_pdu_t, work: impl FnOnce(&mut Held) -> R) -> Option<R> {
    find(pdu.addr()).and_then(|slot| slot.lock().held().map(work))
}

/// As [`with`], for who changes nothing: also a PDU that was sent can be read while the library keeps it.
pub(crate) fn read<R>(pdu: *const coap_pdu_t, work: impl FnOnce(&Pdu) -> R) -> Option<R> {
    read_held(pdu, |held| work(&held.pdu))
}

/// As [`read`], including what is remembered with the PDU.
pub(crate) fn read_held<R>(pdu: *const coap_pdu_t, work: impl FnOnce(&Held) -> R) -> Option<R> {
    let found = find(pdu.addr()).and_then(|slot| {
        let mut content = slot.lock();
        if content.state == State::Sent {
            drop(content);
            sent::recall(slot);
            content = slot.lock();
        }
        matches!(content.state, State::Held | State::Shown).then(|| work(&content.held))
    });
    known(pdu, found)
}

/// What was found; if nothing, a line in the log. Never called under a lock: the log may run the program's handler.
pub(crate) fn known<R>(pdu: *const coap_pdu_t, found: Option<R>) -> Option<R> {
    cell::assert_open();
    if found.is_none() {
        refuse(pdu);
    }
    found
}

/// As [`with`], for work that has something to say: it collects lines, which are logged when the PDU is
/// unlocked.
pub(crate) fn edit<R>(pdu: *const coap_pdu_t, work: impl FnOnce(&mut Pdu, &mut Lines) -> R) -> Option<R> {
    let mut lines = Lines::default();
    let done = with(pdu, |pdu| work(pdu, &mut lines));
    lines.log();
    done
}

/// Takes a PDU back from C, not to be sent; its key is refused from now on. Not under a lock: the program may
/// be told that its data is no longer needed.
pub(crate) fn take(pdu: *const coap_pdu_t) -> Option<Pdu> {
    let held = take_held(pdu)?;
    bodies::discard(held.body);
    Some(held.pdu)
}

/// As [`take`], including what is remembered with the PDU.
pub(crate) fn take_held(pdu: *const coap_pdu_t) -> Option<Held> {
    let slot = find(pdu.addr());
    // The lock ends with this statement: what is refused is logged without it.
    let held = slot.and_then(|slot| slot.lock().take());
    if let (Some(slot), Some(_)) = (slot, &held) {
        rest(slot);
    }
    known(pdu, held)
}

/// As [`take_held`], to be sent in a session: it can be read for as long as the library keeps it.
pub(crate) fn take_to_send(pdu: *const coap_pdu_t, session: Key) -> Option<Held> {
    let slot = find(pdu.addr());
    let held = slot.and_then(|slot| slot.lock().take_to_send(session));
    if let (Some(slot), Some(_)) = (slot, &held) {
        rest(slot);
    }
    known(pdu, held)
}

/// The session that the PDU belongs to, if any.
pub(crate) fn session(pdu: *const coap_pdu_t) -> Option<Key> {
    read_held(pdu, |held| held.session)?
}

#[cold]
fn refuse(pdu: *const coap_pdu_t) {
    if !pdu.is_null() {
        log::log(COAP_LOG_WARN, format_args!("PDU {pdu:p}: not one, or already sent or deleted"));
    }
}

/// Aligned as malloc's memory: programs may check or tag the low bits of a pointer.
#[derive(Debug)]
#[repr(align(16))]
struct Slot(Mutex<Content>);

/// What the slot is for C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing.
    Vacant,
    /// A PDU that is C's.
    Held,
    /// One that was sent: what is held is its session and its message ID, and nothing else.
    Sent,
    /// One that was sent, and that was read since: what is held is a copy, for reading only.
    Shown,
}

#[derive(Debug)]
struct Content {
    held: Held,
    state: State,
    /// Counts what the slot has served.
    use_number: u32,
}

impl Content {
    fn held(&mut self) -> Option<&mut Held> {
        (self.state == State::Held).then_some(&mut self.held)
    }

    fn take(&mut self) -> Option<Held> {
        let held = self.held().map(mem::take)?;
        self.state = State::Vacant;
        Some(held)
    }

    /// What was sent cannot be read any more.
    #[cold]
    #[inline(never)]
    fn forget_sent(&mut self) {
        self.held.pdu = Pdu::default();
    }

    fn take_to_send(&mut self, session: Key) -> Option<Held> {
        let held = self.take()?;
        self.held.session = Some(session);
        self.held.pdu.set_mid(held.pdu.mid());
        self.state = State::Sent;
        Some(held)
    }
}

impl Slot {
    fn empty() -> Self {
        Self(Mutex::new(Content { held: Held::default(), state: State::Vacant, use_number: 0 }))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Content> {
        // A panic failed one call; the next goes on with what it left.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a PDU that C is to have. The slot is vacant.
    #[inline(always)]
    fn lend(&'static self, pdu: &mut Pdu, session: Option<Key>, part: Option<Part>) -> Loan {
        let mut content = self.lock();
        if content.state != State::Vacant {
            content.forget_sent();
        }
        content.use_number = content.use_number.wrapping_add(1);
        content.state = State::Held;
        (content.held.session, content.held.part) = (session, part);
        mem::swap(&mut content.held.pdu, pdu);
        Loan { slot: self, use_number: content.use_number }
    }
}

#[repr(align(16384))]
struct Block([Slot; SLOTS]);
const _: () = assert!(align_of::<Block>() == BLOCK && size_of::<Block>() == BLOCK);

static BLOCKS: BlockTable<Block, TABLE> = BlockTable::new();

/// The slot at an address, if there is one.
fn find(addr: usize) -> Option<&'static Slot> {
    let (number, at) = (addr / BLOCK, addr % BLOCK);
    if number == 0 || !at.is_multiple_of(size_of::<Slot>()) {
        return None;
    }
    BLOCKS.find(number)?.0.get(at / size_of::<Slot>())
}

/// Slots without a PDU that belong to no thread, and the number of blocks made.
struct Pool {
    slots: VecDeque<&'static Slot>,
    blocks: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { slots: VecDeque::new(), blocks: 0 });

impl Pool {
    fn lock() -> std::sync::MutexGuard<'static, Self> {
        POOL.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to a block's worth of slots: rested ones if there are enough, else new ones.
    #[inline(never)] // a new block is made on the stack first
    fn draw(&mut self, to: &mut Vec<&'static Slot>) {
        if self.slots.len() >= QUARANTINE + SLOTS {
            to.extend(self.slots.drain(..SLOTS));
        } else if let Some(block) = self.grow() {
            to.extend(&block.0);
        } else {
            to.extend(self.slots.pop_front());
        }
    }

    fn grow(&mut self) -> Option<&'static Block> {
        if self.blocks >= BlockTable::<Block, TABLE>::LIMIT {
            return None;
        }
        self.blocks += 1;
        let block: &'static Block = Box::leak(Box::new(Block(std::array::from_fn(|_| Slot::empty()))));
        BLOCKS.add(ptr::from_ref(block).addr() / BLOCK, block);
        Some(block)
    }
}

/// One thread's vacant slots, so that the usual adopt and take need no shared lock.
#[derive(Default)]
struct Magazine {
    resting: VecDeque<&'static Slot>,
    fresh: Vec<&'static Slot>,
}

thread_local!(static MAGAZINE: RefCell<Magazine> = RefCell::default());

impl Magazine {
    fn vacant(&mut self) -> Option<&'static Slot> {
        if self.resting.len() > QUARANTINE {
            return self.resting.pop_front();
        }
        if self.fresh.is_empty() {
            Pool::lock().draw(&mut self.fresh);
        }
        self.fresh.pop()
    }

    fn two_vacant(&mut self) -> Option<[&'static Slot; 2]> {
        let one = self.vacant()?;
        let other = self.vacant();
        if other.is_none() {
            self.fresh.push(one);
        }
        Some([one, other?])
    }

    /// Where one thread adopts and another takes, what is left over goes back through the pool.
    fn rest(&mut self, slot: &'static Slot) {
        self.resting.push_back(slot);
        if self.resting.len() > 2 * QUARANTINE {
            Pool::lock().slots.extend(self.resting.drain(..QUARANTINE));
        }
    }
}

impl Drop for Magazine {
    fn drop(&mut self) {
        let mut pool = Pool::lock();
        pool.slots.extend(self.fresh.drain(..));
        pool.slots.extend(self.resting.drain(..));
    }
}

fn rest(slot: &'static Slot) {
    with_magazine(|magazine| magazine.rest(slot));
}

/// Works on this thread's magazine; while the thread ends, on one that goes back to the pool at once.
#[inline]
fn with_magazine<R>(work: impl Fn(&mut Magazine) -> R) -> R {
    let done = MAGAZINE.try_with(|magazine| work(&mut magazine.borrow_mut()));
    done.unwrap_or_else(|_| work(&mut Magazine::default()))
}

#[cfg(test)]
mod tests;
