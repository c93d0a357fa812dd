//! Signatures of handshakes, by the keys of certificates.
use dimpl::{
    CertificateError, CryptoError,
    crypto::{
        HashAlgorithm, NamedGroup, SignatureAlgorithm, SignatureVerifier, cert_named_group,
        check_verify_scheme,
    },
};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    EcdsaVerificationAlgorithm, UnparsedPublicKey,
};
use x509_cert::{
    Certificate,
    der::{Decode, asn1::ObjectIdentifier},
};

#[derive(Debug)]
pub(super) struct Verifier;

impl SignatureVerifier for Verifier {
    /// Whose certificate it is, and whether it is any good, is not asked here.
    fn verify_signature(
        &self,
        certificate: &[u8],
        data: &[u8],
        signature: &[u8],
        hash: HashAlgorithm,
        algorithm: SignatureAlgorithm,
    ) -> Result<(), CryptoError> {
        let group = cert_named_group(certificate).map_err(|error| match error {
            CertificateError::ParseFailed => CryptoError::CertificateParseFailed,
            CertificateError::UnsupportedEcCurve => CryptoError::UnsupportedEcCurve,
            _ => CryptoError::UnsupportedPublicKeyAlgorithm,
        })?;
        check_verify_scheme(algorithm, hash, group)?;
        let parsed = Certificate::from_der(certificate).map_err(|_| CryptoError::CertificateParseFailed)?;
        let key = parsed.tbs_certificate().subject_public_key_info();
        if key.algorithm.oid != ID_EC_PUBLIC_KEY {
            return Err(CryptoError::UnsupportedPublicKeyAlgorithm);
        }
        let key = key.subject_public_key.as_bytes().ok_or(CryptoError::InvalidSubjectPublicKey)?;
        let unsupported = CryptoError::UnsupportedSignatureVerification { signature: algorithm, hash, group };
        let scheme = scheme(group, hash).ok_or(unsupported)?;
        let verified = UnparsedPublicKey::new(scheme, key).verify(data, signature);
        verified.map_err(|_| CryptoError::SignatureVerificationFailed { signature: algorithm, hash, group })
    }
}

/// RFC 5480 section 2.1.1.
const ID_EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

fn scheme(curve: NamedGroup, hash: HashAlgorithm) -> Option<&'static EcdsaVerificationAlgorithm> {
    match (curve, hash) {
        (NamedGroup::Secp256r1, HashAlgorithm::SHA256) => Some(&ECDSA_P256_SHA256_ASN1),
        (NamedGroup::Secp256r1, HashAlgorithm::SHA384) => Some(&ECDSA_P256_SHA384_ASN1),
        (NamedGroup::Secp384r1, HashAlgorithm::SHA256) => Some(&ECDSA_P384_SHA256_ASN1),
        (NamedGroup::Secp384r1, HashAlgorithm::SHA384) => Some(&ECDSA_P384_SHA384_ASN1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SigningKey};

    fn own(key: &KeyPair) -> Vec<u8> {
        CertificateParams::default().self_signed(key).unwrap().der().to_vec()
    }

    fn verify(certificate: &[u8], signature: &[u8], hash: HashAlgorithm) -> Result<(), CryptoError> {
        Verifier.verify_signature(certificate, b"said", signature, hash, SignatureAlgorithm::ECDSA)
    }

    #[test]
    fn a_signature_is_its_key_s_alone() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let signature = key.sign(b"said").unwrap();
        assert_eq!(verify(&own(&key), &signature, HashAlgorithm::SHA256), Ok(()));

        let failed = |hash| {
            let (signature, group) = (SignatureAlgorithm::ECDSA, NamedGroup::Secp256r1);
            Err(CryptoError::SignatureVerificationFailed { signature, hash, group })
        };
        let sha256 = HashAlgorithm::SHA256;
        assert_eq!(verify(&own(&other), &signature, sha256), failed(sha256), "another key");
        let not_said = key.sign(b"not said").unwrap();
        assert_eq!(verify(&own(&key), &not_said, sha256), failed(sha256), "another text");
        let sha384 = HashAlgorithm::SHA384;
        assert_eq!(verify(&own(&key), &signature, sha384), failed(sha384), "another hash");
        assert_eq!(verify(&own(&key), &[], sha256), failed(sha256), "no signature");
    }

    #[test]
    fn keys_of_other_kinds_verify_nothing() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let signature = key.sign(b"said").unwrap();
        assert_eq!(verify(&own(&key), &signature, HashAlgorithm::SHA384), Ok(()));
        assert!(verify(&own(&key), &signature, HashAlgorithm::SHA512).is_err(), "a hash that is not offered");

        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let unsupported = Err(CryptoError::UnsupportedPublicKeyAlgorithm);
        assert_eq!(verify(&own(&key), &key.sign(b"said").unwrap(), HashAlgorithm::SHA256), unsupported);
        assert_eq!(verify(b"", &[], HashAlgorithm::SHA256), Err(CryptoError::CertificateParseFailed));
    }
}
