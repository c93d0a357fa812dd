//! Key exchange over elliptic curves.
use super::failed;
use dimpl::{
    CryptoError,
    CryptoOperation::{ComputePublicKey, GenerateEphemeralKey},
    crypto::{ActiveKeyExchange, Buf, NamedGroup, SupportedKxGroup},
};
use ring::{
    agreement::{self, EphemeralPrivateKey, UnparsedPublicKey},
    rand::SystemRandom,
};

/// In the order in which they are offered.
pub(super) static GROUPS: &[&dyn SupportedKxGroup] = &[
    &Group(NamedGroup::X25519, &agreement::X25519),
    &Group(NamedGroup::Secp256r1, &agreement::ECDH_P256),
    &Group(NamedGroup::Secp384r1, &agreement::ECDH_P384),
];

#[derive(Debug)]
struct Group(NamedGroup, &'static agreement::Algorithm);

impl SupportedKxGroup for Group {
    fn name(&self) -> NamedGroup {
        self.0
    }

    fn start_exchange(&self, mut public: Buf) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let private = EphemeralPrivateKey::generate(self.1, &SystemRandom::new())
            .map_err(|_| failed(GenerateEphemeralKey))?;
        let computed = private.compute_public_key().map_err(|_| failed(ComputePublicKey))?;
        public.clear();
        public.extend_from_slice(computed.as_ref());
        Ok(Box::new(Exchange { group: self.0, private, public }))
    }
}

/// The half that is ours.
#[derive(Debug)]
struct Exchange {
    group: NamedGroup,
    private: EphemeralPrivateKey,
    public: Buf,
}

impl ActiveKeyExchange for Exchange {
    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    /// ring refuses points that are not on the curve, and secrets of zeros (RFC 7748 section 6.1).
    fn complete(self: Box<Self>, peer: &[u8], secret: &mut Buf) -> Result<(), CryptoError> {
        let peer = UnparsedPublicKey::new(self.private.algorithm(), peer);
        let agreed = agreement::agree_ephemeral(self.private, &peer, |agreed| {
            secret.clear();
            secret.extend_from_slice(agreed);
        });
        agreed.map_err(|_| CryptoError::InvalidPublicKey(self.group))
    }

    fn group(&self) -> NamedGroup {
        self.group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_keys_that_are_none_are_refused() {
        for group in GROUPS {
            let length = group.start_exchange(Buf::new()).unwrap().pub_key().len();
            let zeros = vec![0; length];
            let mut outside = zeros.clone();
            outside[0] = 4; // uncompressed, but on no curve
            for peer in [&zeros[..], &outside[..length - 1], &[]] {
                let exchange = group.start_exchange(Buf::new()).unwrap();
                let completed = exchange.complete(peer, &mut Buf::new());
                assert_eq!(completed, Err(CryptoError::InvalidPublicKey(group.name())), "{peer:?}");
            }
            if group.name() != NamedGroup::X25519 {
                let exchange = group.start_exchange(Buf::new()).unwrap();
                assert!(exchange.complete(&outside, &mut Buf::new()).is_err());
            }
        }
    }
}
