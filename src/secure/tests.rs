//! What C's structures say, and what C reads. Without cryptography, so that Miri runs it.
#[cfg(not(miri))]
mod roots;

use super::{CopiedBinary, binary::ShownBinary, pki, psk};
use crate::{exposed::Graves, raw, types::*};
use coap_secure::certificates::{Policy, Revocation, Source};
use std::{ffi::CStr, ptr};

fn setup() -> coap_dtls_pki_t {
    // SAFETY: all zeros are numbers of 0, null pointers and no functions.
    unsafe { std::mem::zeroed() }
}

/// A field of C's and what becomes of it.
type Case = (fn(&mut coap_dtls_pki_t), fn(&mut Policy));

#[test]
fn each_flag_of_the_setup_is_one_of_the_policy() {
    let cases: [Case; 9] = [
        (|c| c.check_common_ca = 1, |p| p.common_ca = true),
        (|c| c.allow_self_signed = 1, |p| p.allow_self_signed = true),
        (|c| c.allow_expired_certs = 1, |p| p.allow_expired = true),
        (|c| (c.cert_chain_validation, c.cert_chain_verify_depth) = (1, 3), |p| p.depth = Some(3)),
        (|c| c.check_cert_revocation = 1, |p| p.revocation = Some(Revocation::default())),
        (
            |c| (c.check_cert_revocation, c.allow_no_crl) = (1, 1),
            |p| p.revocation = Some(Revocation { allow_missing: true, allow_expired: false }),
        ),
        (
            |c| (c.check_cert_revocation, c.allow_expired_crl) = (1, 1),
            |p| p.revocation = Some(Revocation { allow_missing: false, allow_expired: true }),
        ),
        (|c| c.allow_bad_md_hash = 1, |p| p.allow_weak_digests = true),
        (|c| c.allow_short_rsa_length = 1, |p| p.allow_short_rsa = true),
    ];
    for (number, (in_c, expected)) in cases.into_iter().enumerate() {
        let (mut c, mut policy) = (setup(), Policy { verify_peer: true, ..Policy::default() });
        c.verify_peer_cert = 1;
        in_c(&mut c);
        expected(&mut policy);
        assert_eq!(pki::policy(&c, false), policy, "case {number}");
        c.verify_peer_cert = 0;
        let unchecked = Policy { verify_peer: false, ..Policy::default() };
        assert_eq!(
            pki::policy(&c, false),
            unchecked,
            "case {number}: nothing counts without verify_peer_cert"
        );
    }
}

#[test]
fn the_depth_counts_only_where_the_chain_is_checked() {
    let mut c = setup();
    (c.verify_peer_cert, c.cert_chain_verify_depth) = (1, 3);
    assert_eq!(pki::policy(&c, false).depth, None);
    assert!(pki::policy(&c, true).ask);
}

fn key(key_type: coap_pki_key_t, key: coap_dtls_key_union) -> coap_dtls_key_t {
    coap_dtls_key_t { key_type, key }
}

#[test]
fn certificates_come_in_four_forms() {
    let name = |text: &'static CStr| text.as_ptr();
    let pem = coap_pki_key_pem_t { ca_file: name(c""), public_cert: name(c"cert"), private_key: ptr::null() };
    // SAFETY: C strings and null.
    let own = unsafe { pki::Own::read(&key(COAP_PKI_KEY_PEM, coap_dtls_key_union { pem })) }.unwrap();
    assert!(matches!(&own.parts().chain, Some(Source::File(path)) if path.as_os_str() == "cert"));
    assert!(own.parts().ca.is_none() && own.parts().key.is_none(), "an empty name is none");

    let text = b"text";
    let pem_buf = coap_pki_key_pem_buf_t {
        ca_cert: ptr::null(),
        public_cert: text.as_ptr(),
        private_key: text.as_ptr(),
        ca_cert_len: 9,
        public_cert_len: 4,
        private_key_len: 0,
    };
    // SAFETY: readable for these lengths, or null.
    let mut own =
        unsafe { pki::Own::read(&key(COAP_PKI_KEY_PEM_BUF, coap_dtls_key_union { pem_buf })) }.unwrap();
    assert!(matches!(&own.parts().chain, Some(Source::Pem(bytes)) if bytes == text));
    assert!(own.parts().ca.is_none() && own.parts().key.is_none());
    own.wipe();
    assert!(
        matches!(&own.parts().chain, Some(Source::Pem(bytes)) if bytes.is_empty()),
        "a key can be there, too"
    );

    let asn1 = coap_pki_key_asn1_t {
        ca_cert: text.as_ptr(),
        public_cert: ptr::null(),
        private_key: text.as_ptr(),
        ca_cert_len: 2,
        public_cert_len: 0,
        private_key_len: 4,
        private_key_type: COAP_ASN1_PKEY_EC,
    };
    // SAFETY: as above.
    let own = unsafe { pki::Own::read(&key(COAP_PKI_KEY_ASN1, coap_dtls_key_union { asn1 })) }.unwrap();
    assert!(matches!(&own.parts().ca, Some(Source::Der(bytes)) if bytes == b"te"));
    assert!(matches!(&own.parts().key, Some(Source::Der(bytes)) if bytes == text));

    let uri = name(c"pkcs11:x");
    let pkcs11 = coap_pki_key_pkcs11_t { ca: uri, public_cert: uri, private_key: uri, user_pin: ptr::null() };
    // SAFETY: C strings and null.
    let own = unsafe { pki::Own::read(&key(COAP_PKI_KEY_PKCS11, coap_dtls_key_union { pkcs11 })) }.unwrap();
    assert!(matches!(&own.parts().key, Some(Source::Pkcs11(uri)) if uri == "pkcs11:x"));

    // SAFETY: nothing is read.
    let other = unsafe { pki::Own::read(&key(COAP_PKI_KEY_DEFINE, coap_dtls_key_union { pem })) };
    assert_eq!(other.err().unwrap().to_string(), "key_type 4 is not supported");
}

#[test]
fn keys_without_bytes_are_none() {
    let binary = |s: *const u8, length| coap_bin_const_t { length, s };
    // SAFETY: null, or readable for the length.
    unsafe {
        assert!(psk::secret(binary(ptr::null(), 7)).is_none());
        assert!(psk::secret(binary(b"key".as_ptr(), 0)).is_none());
        assert_eq!(psk::secret(binary(b"key".as_ptr(), 3)).unwrap().as_bytes(), b"key");
        assert_eq!(psk::bytes(binary(b"k\0y".as_ptr(), 3)), b"k\0y");
        assert!(psk::bytes(binary(ptr::null(), 3)).is_empty());
    }
}

/// The bytes that C finds, and the one behind them.
fn seen(shown: *const coap_bin_const_t) -> Vec<u8> {
    // SAFETY: shown by this library, and not let go of yet.
    unsafe { raw::read(shown).map(|shown| raw::bytes(shown.s, shown.length + 1)) }.unwrap().to_vec()
}

#[test]
fn what_is_shown_stays_until_it_changes_and_is_wiped_then() {
    let graves = Graves::new();
    let mut shown = ShownBinary::default();
    assert_eq!(shown.shown(), None);
    let first = shown.show(b"key", &graves);
    assert_eq!((seen(first), shown.show(b"key", &graves)), (b"key\0".to_vec(), first));
    let second = shown.show(b"longer key", &graves);
    assert_ne!(second, first);
    assert_eq!(seen(first), [0; 4], "who reads too late finds zeros");
    assert_eq!((seen(second), shown.shown()), (b"longer key\0".to_vec(), Some(second)));
    shown.hide(&graves);
    assert_eq!((seen(second), shown.shown()), (vec![0; 11], None));
}

#[test]
fn what_a_function_is_handed_ends_with_zero() {
    assert_eq!(seen(CopiedBinary::new(b"").pointer()), b"\0");
}
