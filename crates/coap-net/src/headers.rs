//! What the system is told about each datagram of a batch, kept for the next one.
//!
//! nix makes that in some 7,000 instructions for 64 datagrams. It holds addresses of memory, so it cannot go with a
//! node to another thread: each thread has its own.
use crate::receive::BATCH;
use nix::{
    cmsg_space, libc,
    sys::socket::{MultiHeaders, SockaddrIn, SockaddrIn6, SockaddrLike},
};
use std::{cell::Cell, thread::LocalKey};

/// What a thread keeps for one family of addresses.
pub(crate) struct Kept<S> {
    reading: Cell<Option<MultiHeaders<S>>>,
    /// For datagrams whose source is chosen here.
    writing: Cell<Option<MultiHeaders<S>>>,
    /// For datagrams whose source the system chooses.
    writing_plain: Cell<Option<MultiHeaders<S>>>,
}

impl<S> Kept<S> {
    const fn new() -> Self {
        Self { reading: Cell::new(None), writing: Cell::new(None), writing_plain: Cell::new(None) }
    }
}

thread_local! {
    static V4: Kept<SockaddrIn> = const { Kept::new() };
    static V6: Kept<SockaddrIn6> = const { Kept::new() };
}

/// A family of internet addresses, as the system has them.
pub(crate) trait Family: SockaddrLike + Copy + Sized + 'static {
    /// What this thread keeps.
    fn kept() -> &'static LocalKey<Kept<Self>>;
    /// Room for exactly the packet info of a datagram: the system refuses to send what has more.
    fn room() -> Vec<u8>;
}

impl Family for SockaddrIn {
    fn kept() -> &'static LocalKey<Kept<Self>> {
        &V4
    }

    fn room() -> Vec<u8> {
        cmsg_space!(libc::in_pktinfo)
    }
}

impl Family for SockaddrIn6 {
    fn kept() -> &'static LocalKey<Kept<Self>> {
        &V6
    }

    fn room() -> Vec<u8> {
        cmsg_space!(libc::in6_pktinfo)
    }
}

/// What headers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// To read IPv4 datagrams that come with packet info. A call leaves in each header how much of its room was used:
    /// who finds a datagram without packet info does not [`keep`] them. With IPv6 sockets it differs.
    Reading,
    /// To write, with packet info or without.
    Writing { info: bool },
}

/// Headers for [`BATCH`] datagrams. Who is done with them gives them back by [`keep`].
pub(crate) fn take<S: Family>(purpose: Use) -> MultiHeaders<S> {
    // A thread that ends may have none any more.
    let kept = S::kept().try_with(|kept| cell(kept, purpose).take()).ok().flatten();
    let has_info = purpose != Use::Writing { info: false };
    kept.unwrap_or_else(|| MultiHeaders::preallocate(BATCH, has_info.then(S::room)))
}

/// Keeps headers for the next batch.
pub(crate) fn keep<S: Family>(purpose: Use, headers: MultiHeaders<S>) {
    let _ = S::kept().try_with(|kept| cell(kept, purpose).set(Some(headers)));
}

fn cell<S>(kept: &Kept<S>, purpose: Use) -> &Cell<Option<MultiHeaders<S>>> {
    match purpose {
        Use::Reading => &kept.reading,
        Use::Writing { info: true } => &kept.writing,
        Use::Writing { info: false } => &kept.writing_plain,
    }
}
