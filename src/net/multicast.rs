//! Groups (RFC 7252 section 8).
use crate::{
    entry::entry,
    home::{on_context, on_session},
    log, raw,
    types::*,
};
use coap_net::Group;
use std::ffi::{c_char, c_int};

/// Joins a group, given by name or address, at every endpoint of a context; with an interface name, on that
/// interface. Returns 0, or -1. Name servers may be asked.
///
/// # Safety
/// `groupname` and `ifname` are null or C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_join_mcast_group_intf(
    context: *mut coap_context_t,
    groupname: *const c_char,
    ifname: *const c_char,
) -> c_int {
    entry(-1, || {
        // SAFETY: as the caller promises.
        let (group, interface) = unsafe { (raw::text(groupname)?, raw::text(ifname)) };
        let (group, interface) = (group.to_str().ok()?, interface.map(|name| name.to_string_lossy()));
        // Names are resolved with the lock open.
        let joined = Group::resolve(group, interface.as_deref()).and_then(|groups| {
            on_context("coap_join_mcast_group_intf", context, |context| Some(context.node.join(&groups)))
                .unwrap_or(Err(coap_net::GroupError::NoEndpoint))
        });
        match joined {
            Ok(()) => log::log(COAP_LOG_DEBUG, format_args!("added mcast group {group}")),
            Err(error) => {
                log::log(COAP_LOG_ERR, format_args!("coap_join_mcast_group_intf: {group}: {error}"));
                return None;
            }
        }
        Some(0)
    })
}

/// From now on only resources that say so (`COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT`) serve requests to a
/// group.
#[unsafe(no_mangle)]
pub extern "C" fn coap_mcast_per_resource(context: *mut coap_context_t) {
    entry((), || {
        on_context("coap_mcast_per_resource", context, |context| {
            context.node.engine.config_mut().mcast_per_resource = true;
            Some(())
        })
    })
}

/// How many networks a client session's requests to a group may cross, 0 to 255. Returns 1, or 0 when the
/// session does not send to a group or the system refuses.
#[unsafe(no_mangle)]
pub extern "C" fn coap_mcast_set_hops(session: *mut coap_session_t, hops: usize) -> c_int {
    entry(0, || {
        let set = on_session("coap_mcast_set_hops", session, |context, id| {
            let hops = u32::try_from(hops).unwrap_or(u32::MAX);
            Some(context.node.set_multicast_hops(id, hops))
        })?;
        if let Err(error) = set {
            log::log(COAP_LOG_INFO, format_args!("coap_mcast_set_hops: {hops}: {error}"));
            return None;
        }
        Some(1)
    })
}
