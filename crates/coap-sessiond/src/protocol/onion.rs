//! Layers, each readable for one node of the path only.
use super::opening::{Layer, MAX_HOST, MAX_SEALED, Step};
use super::{OpenError, Opening};
use crate::model::{PeerId, Target};
use thiserror::Error;

/// Nodes of a path at most, the exit among them.
pub(super) const MAX_PATH: usize = 4;

/// The keys that layers are encrypted with (HPKE, `docs/session-protocol.md`).
pub trait Keyring {
    /// Encrypts a layer for a node.
    ///
    /// # Errors
    /// If its key is not valid.
    fn seal(&mut self, to: &PeerId, layer: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Decrypts a layer for this node; `None`: it is for somebody else, or somebody has changed it.
    fn open(&mut self, sealed: &[u8]) -> Option<Vec<u8>>;
}

/// A key that nothing can be encrypted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the key is not valid")]
pub struct SealError;

/// The layer for the first node of a path.
pub(super) fn build(keyring: &mut dyn Keyring, opening: &Opening) -> Result<Vec<u8>, OpenError> {
    let Opening { path, transport, target, capabilities } = opening;
    let is_too_long = match target {
        Target::Plain { host, .. } => host.len() > MAX_HOST,
        Target::Sealed(bytes) => bytes.len() > MAX_SEALED,
        Target::Service(_) => false,
    };
    if is_too_long {
        return Err(OpenError::Target);
    }
    let (exit, relays) =
        path.split_last().filter(|(_, relays)| relays.len() < MAX_PATH).ok_or(OpenError::Path)?;
    let mut seal = |to: &PeerId, step| {
        let layer = Layer { transport: *transport, capabilities: *capabilities, step };
        keyring.seal(to, &layer.encode()).map_err(|SealError| OpenError::Key(*to))
    };
    let innermost = (seal(exit, Step::Exit(target.clone()))?, exit);
    let (layer, _) = relays.iter().rev().try_fold(innermost, |(layer, next), relay| {
        Ok((seal(relay, Step::Relay { next: *next, layer })?, relay))
    })?;
    Ok(layer)
}

/// What a layer for this node says; `None`: it is for somebody else, or malformed.
pub(super) fn peel(keyring: &mut dyn Keyring, layer: &[u8]) -> Option<Layer> {
    Layer::decode(&keyring.open(layer)?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{Capabilities, Transport};

    /// Encrypts nothing, but tells whose layer it is.
    #[derive(Debug)]
    pub(in crate::protocol) struct Envelopes(pub(in crate::protocol) PeerId);

    impl Keyring for Envelopes {
        fn seal(&mut self, to: &PeerId, layer: &[u8]) -> Result<Vec<u8>, SealError> {
            if *to == PeerId([0xff; 32]) { Err(SealError) } else { Ok([&to.0, layer].concat()) }
        }

        fn open(&mut self, sealed: &[u8]) -> Option<Vec<u8>> {
            sealed.strip_prefix(&self.0.0).map(<[u8]>::to_vec)
        }
    }

    fn opening(path: Vec<PeerId>) -> Opening {
        let target = Target::Plain { host: "localhost".into(), port: 80 };
        let capabilities = Capabilities::usual(Transport::Tcp);
        Opening { path, transport: Transport::Tcp, target, capabilities }
    }

    #[test]
    fn each_node_finds_the_next_and_the_last_the_target() {
        let path: Vec<_> = (1..=4).map(|node| PeerId([node; 32])).collect();
        let opening = opening(path.clone());
        let mut layer = build(&mut Envelopes(PeerId([0; 32])), &opening).expect("sound");
        for (node, after) in path.iter().zip(&path[1..]) {
            assert_eq!(peel(&mut Envelopes(*after), &layer), None, "for somebody else");
            let peeled = peel(&mut Envelopes(*node), &layer).expect("for this one");
            let Step::Relay { next, layer: inner } = peeled.step else { panic!("no exit") };
            assert_eq!((next, peeled.capabilities), (*after, opening.capabilities));
            layer = inner;
        }
        let last = peel(&mut Envelopes(path[3]), &layer).expect("for the exit");
        assert_eq!(last.step, Step::Exit(opening.target));
    }

    #[test]
    fn what_cannot_be_built_says_why() {
        let mut keyring = Envelopes(PeerId([0; 32]));
        assert_eq!(build(&mut keyring, &opening(vec![])), Err(OpenError::Path));
        assert_eq!(build(&mut keyring, &opening(vec![PeerId([1; 32]); 5])), Err(OpenError::Path));
        let bad = PeerId([0xff; 32]);
        assert_eq!(build(&mut keyring, &opening(vec![bad])), Err(OpenError::Key(bad)));
        let mut long = opening(vec![PeerId([1; 32])]);
        long.target = Target::Plain { host: "x".repeat(256), port: 1 };
        assert_eq!(build(&mut keyring, &long), Err(OpenError::Target));
    }
}
