//! C's side of a secured session.
use super::{binary::ShownBinary, calls::Hook};
use crate::{context::Context, exposed::Graves, types::*};
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

/// Where C finds it; `None` if the session has none. When the channel is gone, what was shown last is shown.
pub(crate) fn show(
    context: &mut Context,
    session: SessionId,
    what: &Shown,
) -> Option<*const coap_bin_const_t> {
    let face = &mut context.sessions.get_mut(session.slot())?.security;
    let shown = match what {
        Shown::Hint => &mut face.hint,
        Shown::Identity => &mut face.identity,
        Shown::Key => &mut face.key,
    };
    let Some(info) = context.node.channel_info(session) else { return shown.shown() };
    let current = match what {
        Shown::Hint => info.hint?,
        Shown::Identity => info.psk?.identity,
        Shown::Key => info.psk.map(|psk| psk.key).or_else(|| context.node.usual_key(session))?.as_bytes(),
    };
    Some(shown.show(current, &context.cell.graves))
}
