//! C's side of a secured session.
use super::{calls::Hook, node};
use crate::{
    context::Context,
    exposed::{Graves, ShownBinary},
    types::*,
};
use coap_proto::engine::SessionId;

/// What C sees of a session's keys, and the functions that the program has set for this session.
#[derive(Default)]
pub(crate) struct SecurityFace {
    hint: ShownBinary,
    identity: ShownBinary,
    key: ShownBinary,
    pub(super) on_hint: Hook<coap_dtls_ih_callback_t>,
    pub(super) on_certificate: Hook<coap_dtls_cn_callback_t>,
}

impl SecurityFace {
    /// The session ends.
    pub(crate) fn hide(&mut self, graves: &Graves) {
        [&mut self.hint, &mut self.identity, &mut self.key].into_iter().for_each(|shown| shown.hide(graves));
    }
}

/// Which of the three a getter is about.
pub(crate) enum Shown {
    Hint,
    Identity,
    Key,
}

/// Where C finds it; `None` if the session has none.
pub(crate) fn show(
    context: &mut Context,
    session: SessionId,
    what: &Shown,
) -> Option<*const coap_bin_const_t> {
    let info = node::channel_info(&context.node, session)?;
    let face = &mut context.sessions.get_mut(session.slot())?.security;
    let graves = &context.cell.graves;
    match what {
        Shown::Hint => Some(face.hint.show(&info.hint?, graves)),
        Shown::Identity => Some(face.identity.show(&info.identity?, graves)),
        Shown::Key => Some(face.key.show(info.key?.as_bytes(), graves)),
    }
}
