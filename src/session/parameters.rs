//! Transmission parameters of a session (RFC 7252 section 4.8, RFC 9177 section 7.2), its message sizes
//! included.
//!
//! Fixed-point values are `integer_part` and thousandths. A value that makes no sense (0, or a fraction of
//! 1000 and more) changes nothing; what is set holds for messages sent from then on.
use crate::{entry::entry, home::on_session, log, types::*};
use coap_proto::engine::{FixedPoint, Parameters};
use std::{ffi::c_uint, fmt::Display};

/// Smallest MTU (bytes) that can be set.
const MIN_MTU: usize = 64;

/// Largest datagram of the session in bytes, header included; at least 64.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_mtu(session: *mut coap_session_t, mtu: c_uint) {
    entry((), || {
        on_session("coap_session_set_mtu", session, |context, id| {
            context.node.engine.session_mut(id)?.set_mtu((mtu as usize).max(MIN_MTU));
            Some(())
        })
    })
}

/// How many bytes of token, options and payload fit into a message of the session. Answers at once: as long as a peer
/// over TCP or WebSockets has not said what it takes (CSM, RFC 8323), with what this node takes.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_max_pdu_size(session: *const coap_session_t) -> usize {
    entry(0, || {
        on_session("coap_session_max_pdu_size", session, |context, id| {
            let engine = &context.node.engine;
            Some(engine.session(id)?.room_for_message(engine.config()))
        })
    })
}

/// How long to wait for the first acknowledgement, in seconds; at first 2.000.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_ack_timeout(session: *const coap_session_t) -> coap_fixed_point_t {
    get_fixed("coap_session_get_ack_timeout", session, |parameters| parameters.ack_timeout)
}

/// Sets what [`coap_session_get_ack_timeout`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_ack_timeout(session: *mut coap_session_t, value: coap_fixed_point_t) {
    set_fixed("ack_timeout", session, value, |parameters| &mut parameters.ack_timeout);
}

/// By what factor that wait is longer at most; at first 1.500.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_ack_random_factor(session: *const coap_session_t) -> coap_fixed_point_t {
    get_fixed("coap_session_get_ack_random_factor", session, |parameters| parameters.ack_random_factor)
}

/// Sets what [`coap_session_get_ack_random_factor`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_ack_random_factor(
    session: *mut coap_session_t,
    value: coap_fixed_point_t,
) {
    set_fixed("ack_random_factor", session, value, |parameters| &mut parameters.ack_random_factor);
}

/// How often a confirmable message is sent again at most; at first 4.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_max_retransmit(session: *const coap_session_t) -> u16 {
    get("coap_session_get_max_retransmit", session, |parameters| parameters.max_retransmit)
}

/// Sets what [`coap_session_get_max_retransmit`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_max_retransmit(session: *mut coap_session_t, value: u16) {
    set("max_retransmit", session, value, |parameters| &mut parameters.max_retransmit);
}

/// How many confirmable messages may be under way at a time; at first 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_nstart(session: *const coap_session_t) -> u16 {
    get("coap_session_get_nstart", session, |parameters| parameters.nstart)
}

/// Sets what [`coap_session_get_nstart`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_nstart(session: *mut coap_session_t, value: u16) {
    set("nstart", session, value, |parameters| &mut parameters.nstart);
}

/// Within how many seconds a request to a group is answered; at first 5.000.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_default_leisure(session: *const coap_session_t) -> coap_fixed_point_t {
    get_fixed("coap_session_get_default_leisure", session, |parameters| parameters.default_leisure)
}

/// Sets what [`coap_session_get_default_leisure`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_default_leisure(session: *mut coap_session_t, value: coap_fixed_point_t) {
    set_fixed("default_leisure", session, value, |parameters| &mut parameters.default_leisure);
}

/// How many bytes a second go to a peer that does not answer; at first 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_probing_rate(session: *const coap_session_t) -> u32 {
    get("coap_session_get_probing_rate", session, |parameters| parameters.probing_rate)
}

/// Sets what [`coap_session_get_probing_rate`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_probing_rate(session: *mut coap_session_t, value: u32) {
    set("probing_rate", session, value, |parameters| &mut parameters.probing_rate);
}

/// How many payloads go out in a burst (Q-Block); at first 10.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_max_payloads(session: *const coap_session_t) -> u16 {
    get("coap_session_get_max_payloads", session, |parameters| parameters.max_payloads)
}

/// Sets what [`coap_session_get_max_payloads`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_max_payloads(session: *mut coap_session_t, value: u16) {
    set("max_payloads", session, value, |parameters| &mut parameters.max_payloads);
}

/// How often missing payloads are asked for at most (Q-Block); at first 4.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_non_max_retransmit(session: *const coap_session_t) -> u16 {
    get("coap_session_get_non_max_retransmit", session, |parameters| parameters.non_max_retransmit)
}

/// Sets what [`coap_session_get_non_max_retransmit`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_non_max_retransmit(session: *mut coap_session_t, value: u16) {
    set("non_max_retransmit", session, value, |parameters| &mut parameters.non_max_retransmit);
}

/// How many seconds lie between two bursts (Q-Block); at first 2.000.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_non_timeout(session: *const coap_session_t) -> coap_fixed_point_t {
    get_fixed("coap_session_get_non_timeout", session, |parameters| parameters.non_timeout)
}

/// Sets what [`coap_session_get_non_timeout`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_non_timeout(session: *mut coap_session_t, value: coap_fixed_point_t) {
    set_fixed("non_timeout", session, value, |parameters| &mut parameters.non_timeout);
}

/// After how many seconds missing payloads are asked for (Q-Block); at first 4.000.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_non_receive_timeout(session: *const coap_session_t) -> coap_fixed_point_t {
    get_fixed("coap_session_get_non_receive_timeout", session, |parameters| parameters.non_receive_timeout)
}

/// Sets what [`coap_session_get_non_receive_timeout`] returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_non_receive_timeout(
    session: *mut coap_session_t,
    value: coap_fixed_point_t,
) {
    set_fixed("non_receive_timeout", session, value, |parameters| &mut parameters.non_receive_timeout);
}

fn get<T: Default>(
    function: &str,
    session: *const coap_session_t,
    field: impl FnOnce(&Parameters) -> T,
) -> T {
    entry(T::default(), || {
        on_session(function, session, |context, id| Some(field(context.session(id)?.parameters())))
    })
}

fn get_fixed(
    function: &str,
    session: *const coap_session_t,
    field: impl FnOnce(&Parameters) -> FixedPoint,
) -> coap_fixed_point_t {
    let zero = coap_fixed_point_t { integer_part: 0, fractional_part: 0 };
    entry(zero, || {
        on_session(function, session, |context, id| {
            let FixedPoint { integer, thousandths } = field(context.session(id)?.parameters());
            Some(coap_fixed_point_t { integer_part: integer, fractional_part: thousandths })
        })
    })
}

fn set<T: Copy + Default + PartialEq + Display>(
    name: &str,
    session: *mut coap_session_t,
    value: T,
    field: impl FnOnce(&mut Parameters) -> &mut T,
) {
    store(name, session, value != T::default(), value, |parameters| *field(parameters) = value);
}

fn set_fixed(
    name: &str,
    session: *mut coap_session_t,
    value: coap_fixed_point_t,
    field: impl FnOnce(&mut Parameters) -> &mut FixedPoint,
) {
    let coap_fixed_point_t { integer_part, fractional_part } = value;
    let text = format_args!("{integer_part}.{fractional_part:03}");
    let value = FixedPoint::new(integer_part, fractional_part);
    store(name, session, integer_part > 0 && fractional_part < 1000, text, |parameters| {
        *field(parameters) = value;
    });
}

/// Changes the parameters of a session, if the value makes sense.
fn store(
    name: &str,
    session: *mut coap_session_t,
    sensible: bool,
    value: impl Display,
    change: impl FnOnce(&mut Parameters),
) {
    entry((), || {
        let which = on_session("coap_session_set_*", session, |context, id| {
            let session = context.node.engine.session_mut(id)?;
            if sensible {
                change(session.parameters_mut());
            }
            Some((sensible && log::enabled(COAP_LOG_DEBUG)).then(|| session.describe()))
        })?;
        log::log(COAP_LOG_DEBUG, format_args!("***{}: session {name} set to {value}", which?));
        Some(())
    })
}
