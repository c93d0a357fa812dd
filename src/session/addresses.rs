//! Where a session's ends are. What these functions return can be read while the session lives; when an
//! address changes, the next call returns another pointer.
use crate::{
    context::SessionFace, entry::entry, exposed::ShownAddress, home::on_context, home::on_session, sockaddr,
    types::*,
};
use coap_proto::{Address, engine::Session};
use std::{ffi::c_int, ptr};

/// The peer's address. For a session to a group: that of the member that answered last, the group's again
/// after the next request. Null if there is no such session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_addr_remote(session: *const coap_session_t) -> *const coap_address_t {
    let remote = |session: &Session| Some(*session.remote());
    show("coap_session_get_addr_remote", session, remote, |face| &mut face.remote)
}

/// This node's address in the session. Null if there is no such session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_addr_local(session: *const coap_session_t) -> *const coap_address_t {
    let local = |session: &Session| Some(*session.local());
    show("coap_session_get_addr_local", session, local, |face| &mut face.local)
}

/// The group that a client session was opened to. Null if it was opened to a single peer.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_addr_mcast(session: *const coap_session_t) -> *const coap_address_t {
    let group = |session: &Session| session.multicast().copied();
    show("coap_session_get_addr_mcast", session, group, |face| &mut face.multicast)
}

/// Index of the network interface that the peer's last datagram came in by; 0 if it is not known, -1 if there
/// is no such session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_ifindex(session: *const coap_session_t) -> c_int {
    entry(-1, || {
        on_session("coap_session_get_ifindex", session, |context, id| {
            c_int::try_from(context.session(id)?.ifindex()).ok()
        })
    })
}

/// The session with this peer (or group) by this interface, or null. Adds no reference.
///
/// # Safety
/// `remote_addr` is null or points to an address whose family is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_by_peer(
    context: *const coap_context_t,
    remote_addr: *const coap_address_t,
    ifindex: c_int,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let remote = unsafe { sockaddr::from_c(remote_addr) }?;
        let ifindex = u32::try_from(ifindex).ok()?;
        on_context("coap_session_get_by_peer", context, |context| {
            let id = context.node.engine.find_session(&remote, ifindex)?;
            context.session_key(id).map(|key| key.pointer())
        })
    })
}

fn show(
    function: &str,
    session: *const coap_session_t,
    address: impl FnOnce(&Session) -> Option<Address>,
    shown: impl FnOnce(&mut SessionFace) -> &mut ShownAddress,
) -> *const coap_address_t {
    entry(ptr::null(), || {
        on_session(function, session, |context, id| {
            let address = address(context.session(id)?)?;
            let graves = &context.cell.graves;
            Some(shown(context.sessions.get_mut(id.slot())?).show(&address, graves))
        })
    })
}
