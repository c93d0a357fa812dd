//! Requests for paths without resource: the program may make one.
use super::Lent;
use crate::{
    cell::upcall,
    home::Home,
    keys::Key,
    resource::{self, coap_delete_resource},
    types::*,
};
use coap_proto::{engine::MissingEvent, wire::Pdu};
use std::{ptr, time::Instant};

/// The request waits for the end of this, whatever becomes of the program's function.
pub(super) fn deliver(home: Home, event: MissingEvent) -> Option<()> {
    let MissingEvent { session, request, ticket } = event;
    let called = home.enter(|context| {
        let wanted = context.node.engine.start_creation(ticket, &request);
        let create = context.handlers.create.filter(|_| wanted)?;
        Some((create, context.session_key(session)?))
    });
    let request = match called? {
        Some((create, key)) => ask(home, create, key, request.clone()).unwrap_or(request),
        None => request,
    };
    home.enter(|context| context.node.engine.finish_creation(Instant::now(), ticket, request))
}

/// Has the program make a resource, and adds it. The request comes back, unless the program has deleted it.
fn ask(
    home: Home,
    create: unsafe extern "C" fn(*mut coap_session_t, *const coap_pdu_t) -> *mut coap_resource_t,
    session: Key,
    mut request: Pdu,
) -> Option<Pdu> {
    let request = Lent::new(&mut request, session)?;
    // SAFETY: the program registered this function for such calls; the PDU is its until the call ends.
    let made = upcall(|| unsafe { create(session.pointer(), request.pointer) });
    if resource::add_made(home, made).is_none() {
        // The context went meanwhile.
        coap_delete_resource(ptr::null_mut(), made);
    }
    request.back()
}
