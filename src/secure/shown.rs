//! C's side of a secured session.
use super::{binary::ShownBinary, hook::Hook};
use crate::{context::Context, exposed::Graves, types::*};
use coap_proto::engine::SessionId;

/// What C sees of a session's keys, and the functions that the program has set for this session. Most sessions have
/// none of that and hold a pointer.
#[derive(Default)]
pub(crate) struct SecurityFace(Option<Box<Parts>>);

#[derive(Default)]
struct Parts {
    hint: ShownBinary,
    identity: ShownBinary,
    key: ShownBinary,
    hooks: Hooks,
}

/// The functions that the handshake of a client session asks.
#[derive(Clone, Copy, Default)]
pub(super) struct Hooks {
    pub(super) on_hint: Hook<coap_dtls_ih_callback_t>,
    pub(super) on_certificate: Hook<coap_dtls_cn_callback_t>,
}

impl SecurityFace {
    /// That of a client session.
    pub(super) fn asking(hooks: Hooks) -> Self {
        Self(Some(Box::new(Parts { hooks, ..Parts::default() })))
    }

    pub(super) fn hooks(&self) -> Hooks {
        self.0.as_ref().map(|parts| parts.hooks).unwrap_or_default()
    }

    /// The session ends.
    pub(crate) fn hide(&mut self, graves: &Graves) {
        let Some(parts) = &mut self.0 else { return };
        [&mut parts.hint, &mut parts.identity, &mut parts.key].into_iter().for_each(|it| it.hide(graves));
    }
}

impl Parts {
    fn part(&mut self, what: &Shown) -> &mut ShownBinary {
        match what {
            Shown::Hint => &mut self.hint,
            Shown::Identity => &mut self.identity,
            Shown::Key => &mut self.key,
        }
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
    let face = &mut context.sessions.get_mut(session.slot())?.security.0;
    let Some(info) = context.node.channel_info(session) else { return face.as_mut()?.part(what).shown() };
    let current = match what {
        Shown::Hint => info.hint?,
        Shown::Identity => info.psk?.identity,
        Shown::Key => info.psk.map(|psk| psk.key).or_else(|| context.node.usual_key(session))?.as_bytes(),
    };
    Some(face.get_or_insert_default().part(what).show(current, &context.cell.graves))
}
