//! `coap_subscribe.h`: observers (RFC 7641), and how they and their resources live on over a restart.
use crate::{
    entry::entry,
    home::{Home, command_context, on_context, on_resource},
    keys::Key,
    log,
    persistence::{Trackers, startup},
    raw,
    resource::notify,
    sockaddr,
    types::*,
    user_data::UserData,
};
use coap_net::persist::{Files, Store};
use coap_proto::{
    Address,
    engine::{Engine, ObserverName},
    wire::Protocol,
};
use std::{
    ffi::{OsStr, c_char, c_int, c_void},
    num::NonZeroU32,
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    ptr,
};

/// A peer observes since before the program began: what a `coap_observe_added_t` function was told brings it back.
/// A session with the peer is made, if there is none; notifications have the token of the request in `raw_packet`.
/// Null, logged, if nothing listens at `e_listen_addr`, if that is no request that registers, or its resource is
/// not there or cannot be observed. UDP only.
///
/// What comes back is a name for the program to use; no function takes it.
///
/// Not yet: `oscore_info`, which is not looked at.
///
/// # Safety
/// The pointers are null or point to what their types say, the addresses with their family set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_persist_observe_add(
    context: *mut coap_context_t,
    e_proto: coap_proto_t,
    e_listen_addr: *const coap_address_t,
    s_addr_info: *const coap_addr_tuple_t,
    raw_packet: *const coap_bin_const_t,
    oscore_info: *const coap_bin_const_t,
) -> *mut coap_subscription_t {
    const NAME: &str = "coap_persist_observe_add";
    let _ = oscore_info;
    entry(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let (listen, (remote, local)) =
            unsafe { (sockaddr::from_c(e_listen_addr)?, addresses(s_addr_info)?) };
        // SAFETY: as above.
        let request = unsafe { raw::read(raw_packet).map(|packet| raw::bytes(packet.s, packet.length)) }?;
        if e_proto != COAP_PROTO_UDP {
            return None;
        }
        let name = ObserverName { protocol: Protocol::Udp, listen, remote, token: Vec::new() };
        let restored = command_context(NAME, context, |context, now| {
            track(&mut context.node.engine);
            let restored = context.node.engine.restore_observer(now, &name, local, request);
            Some(restored.map(|observer| context.subscription_key(observer)))
        })?;
        let logged = restored.inspect_err(|error| log::log(COAP_LOG_WARN, format_args!("{NAME}: {error}")));
        logged.ok().flatten().map(Key::pointer)
    })
}

/// Sets the number that the resource's notifications count up from; 24 bits of it count.
#[unsafe(no_mangle)]
pub extern "C" fn coap_persist_set_observe_num(resource: *mut coap_resource_t, observe_num: u32) {
    entry((), || {
        on_resource("coap_persist_set_observe_num", resource, |here| {
            here.resource.set_observe_number(observe_num);
            Some(())
        })
    })
}

/// Keeps over restarts: in `dyn_resource_save_file`, resources that the handler for unknown paths adds; in
/// `observe_save_file`, who observes; in `obs_cnt_save_file`, the numbers of notifications, every `save_freq` of
/// them. A null pointer leaves a file out; no two may be the same. What the files keep comes back first: resources
/// by running the handler once more with the request that made them, in a session to nobody. So resources, handlers
/// and endpoints have to be there. What a file keeps is no longer told to the functions of
/// [`coap_persist_track_funcs`]. A second call takes the place of the first.
///
/// Every change is written at once, so that nothing is lost when the process ends, however it ends. The files are
/// not libcoap's: see docs/transport.md. One that is none of ours, or damaged, is kept beside itself (`.rejected`)
/// and logged.
///
/// Returns 1; 0 if a file cannot be used at all, which is logged and does not concern the others.
///
/// # Safety
/// The file names are null or C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_persist_startup(
    context: *mut coap_context_t,
    dyn_resource_save_file: *const c_char,
    observe_save_file: *const c_char,
    obs_cnt_save_file: *const c_char,
    save_freq: u32,
) -> c_int {
    entry(0, || {
        // SAFETY: as the caller promises.
        let file =
            |name| unsafe { raw::text(name) }.map(|it| PathBuf::from(OsStr::from_bytes(it.to_bytes())));
        let (resources, observers) = (file(dyn_resource_save_file), file(observe_save_file));
        let files = Files { resources, observers, numbers: file(obs_cnt_save_file) };
        let home = on_context("coap_persist_startup", context, |context| Some(Home::of(context)))?;
        let frequency =
            files.numbers.is_some().then(|| NonZeroU32::new(save_freq).unwrap_or(NonZeroU32::MIN));
        startup::start(home, &files, frequency)
    })
}

/// The files of [`coap_persist_startup`] stay as they are now, and the functions of [`coap_persist_track_funcs`]
/// are not called any more: what ends with the context comes back after a restart. Observers are no longer told
/// that a resource is deleted. Waits for the disk.
#[unsafe(no_mangle)]
pub extern "C" fn coap_persist_stop(context: *mut coap_context_t) {
    const NAME: &str = "coap_persist_stop";
    entry((), || {
        let store = on_context(NAME, context, |context| {
            let config = context.node.engine.config_mut();
            (config.tracking, config.keeps_observers) = (None, true);
            Some(context.persistence.stop())
        })?;
        if let Err(error) = store.map_or(Ok(()), Store::close) {
            log::log(COAP_LOG_WARN, format_args!("{NAME}: {error}"));
        }
        Some(())
    })
}

/// Sets the functions that are told what has to be known after a restart, for a program that stores it by itself:
/// `observe_added` and `observe_deleted` of observers, `track_observe_value` of the numbers of notifications that
/// `save_freq` divides (0: of all) and those in answers to registrations, `dyn_resource_added` of resources that
/// the handler for unknown paths adds, `resource_deleted` of all that are deleted. Each may be null. They take the
/// place of those before, and of the files of [`coap_persist_startup`]. What they return does not count.
///
/// # Safety
/// The functions may be called as their types say until the context ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_persist_track_funcs(
    context: *mut coap_context_t,
    observe_added: coap_observe_added_t,
    observe_deleted: coap_observe_deleted_t,
    track_observe_value: coap_track_observe_value_t,
    dyn_resource_added: coap_dyn_resource_added_t,
    resource_deleted: coap_resource_deleted_t,
    save_freq: u32,
    user_data: *mut c_void,
) {
    entry((), || {
        let trackers = Trackers {
            observer_added: observe_added,
            observer_deleted: observe_deleted,
            number: track_observe_value,
            resource_added: dyn_resource_added,
            resource_deleted,
            data: UserData(user_data),
        };
        let files = on_context("coap_persist_track_funcs", context, |context| {
            let frequency = NonZeroU32::new(save_freq).unwrap_or(NonZeroU32::MIN);
            context.node.engine.config_mut().tracking = Some(frequency);
            context.persistence.trackers = trackers;
            Some(context.persistence.store.take())
        })?;
        drop(files); // with the lock open: they may have something left to write
        Some(())
    })
}

/// The resource has changed: its observers are notified, in the loop. Its handler runs for each of them; one
/// who cannot follow gets the newest state only. `query` is not looked at. Returns 1, or 0 if there are no
/// observers.
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_notify_observers(
    resource: *mut coap_resource_t,
    query: *const coap_string_t,
) -> c_int {
    let _ = query;
    entry(0, || notify("coap_resource_notify_observers", resource))
}

/// Whether observers may register. The listing of resources says so (`obs`). With 0, those that did are kept,
/// but not notified.
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_set_get_observable(resource: *mut coap_resource_t, mode: c_int) {
    entry((), || {
        on_resource("coap_resource_set_get_observable", resource, |here| {
            here.resource.observable = mode != 0;
            Some(())
        })
    })
}

/// Notifies observers whose resources changed, without waiting for the loop; if there are many, only some of
/// them.
#[unsafe(no_mangle)]
pub extern "C" fn coap_check_notify(context: *mut coap_context_t) {
    entry((), || {
        command_context("coap_check_notify", context, |context, now| {
            context.node.engine.notify_some(now);
            Some(())
        })
    })
}

/// The ends of observers are to be told: C's keys of them end then.
fn track(engine: &mut Engine) {
    engine.config_mut().tracking.get_or_insert(NonZeroU32::MAX);
}

/// The peer's address and this node's.
///
/// # Safety
/// As for [`coap_persist_observe_add`].
unsafe fn addresses(tuple: *const coap_addr_tuple_t) -> Option<(Address, Address)> {
    // SAFETY: as the caller promises.
    let tuple = unsafe { tuple.as_ref() }?;
    // SAFETY: as above.
    Some(unsafe { (sockaddr::from_c(&raw const tuple.remote)?, sockaddr::from_c(&raw const tuple.local)?) })
}
