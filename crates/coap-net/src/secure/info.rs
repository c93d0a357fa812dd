//! What is known of a channel.
use super::Channels;
use super::entry::Channel;
use coap_proto::engine::SessionId;
use coap_secure::{Secret, Version, certificates::PeerChain};

/// What is known of the channel beneath a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelInfo<'a> {
    /// The version agreed on; `None` while the two shake hands.
    pub version: Option<Version>,
    /// The pre-shared key in use, if that is what the two prove themselves with, and it is known already.
    pub psk: Option<PskInUse<'a>>,
    /// The identity hint: of a server the one that it gives, of a client the one that it was asked about
    /// ([`Question::Hint`](coap_secure::Question::Hint)).
    pub hint: Option<&'a [u8]>,
}

/// A pre-shared key and who has it.
#[derive(Clone, Copy, Debug)]
pub struct PskInUse<'a> {
    /// The client's identity.
    pub identity: &'a [u8],
    /// The key.
    pub key: &'a Secret,
}

impl PartialEq for PskInUse<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity && self.key.as_bytes() == other.key.as_bytes()
    }
}

impl Eq for PskInUse<'_> {}

impl Channels {
    /// What the peer of a session has shown.
    pub(crate) fn peer_chain(&self, session: SessionId) -> Option<PeerChain> {
        match &self.entries.get(&session)?.channel {
            Channel::Dtls(dtls) => dtls.peer_chain(),
            Channel::Tls(tls) => tls.peer_chain(),
        }
    }

    /// The key that was left with the credentials of a session's server.
    pub(crate) fn usual_key(&self, session: SessionId) -> Option<&Secret> {
        match &self.entries.get(&session)?.channel {
            Channel::Dtls(dtls) => dtls.usual_key(),
            Channel::Tls(_) => None,
        }
    }

    /// What is known of a session's channel.
    pub(crate) fn info(&self, session: SessionId) -> Option<ChannelInfo<'_>> {
        let entry = self.entries.get(&session)?;
        let (psk, hint) = match &entry.channel {
            Channel::Dtls(dtls) => (dtls.psk(), dtls.psk_hint()),
            Channel::Tls(_) => (None, None),
        };
        let psk = psk.map(|(identity, key)| PskInUse { identity, key });
        Some(ChannelInfo { version: entry.version, psk, hint })
    }
}
