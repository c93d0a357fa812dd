//! (D)TLS: libraries, roles and keys.
use c_enum::c_enum;

/// Which end of a (D)TLS session this is.
#[c_enum]
#[repr(C)]
pub enum coap_dtls_role_t {
    /// Client.
    COAP_DTLS_ROLE_CLIENT = 0,
    /// Server.
    COAP_DTLS_ROLE_SERVER = 1,
}

/// The TLS library underneath, as `coap_get_tls_library_version()` reports it.
#[c_enum]
#[repr(C)]
pub enum coap_tls_library_t {
    /// None.
    COAP_TLS_LIBRARY_NOTLS = 0,
    /// TinyDTLS.
    COAP_TLS_LIBRARY_TINYDTLS = 1,
    /// OpenSSL.
    COAP_TLS_LIBRARY_OPENSSL = 2,
    /// GnuTLS.
    COAP_TLS_LIBRARY_GNUTLS = 3,
    /// Mbed TLS.
    COAP_TLS_LIBRARY_MBEDTLS = 4,
    /// wolfSSL.
    COAP_TLS_LIBRARY_WOLFSSL = 5,
    /// Ferrocoap's own, which libcoap does not know: nothing of it can be reached from C.
    COAP_TLS_LIBRARY_FERROCOAP = 1000,
}

/// The kind of a private key in DER. The names are OpenSSL's.
#[c_enum]
#[repr(C)]
pub enum coap_asn1_privatekey_type_t {
    /// Not stated.
    COAP_ASN1_PKEY_NONE = 0,
    /// RSA.
    COAP_ASN1_PKEY_RSA = 1,
    /// RSA under its second object identifier.
    COAP_ASN1_PKEY_RSA2 = 2,
    /// DSA.
    COAP_ASN1_PKEY_DSA = 3,
    /// DSA, alias 1.
    COAP_ASN1_PKEY_DSA1 = 4,
    /// DSA, alias 2.
    COAP_ASN1_PKEY_DSA2 = 5,
    /// DSA, alias 3.
    COAP_ASN1_PKEY_DSA3 = 6,
    /// DSA, alias 4.
    COAP_ASN1_PKEY_DSA4 = 7,
    /// Diffie-Hellman.
    COAP_ASN1_PKEY_DH = 8,
    /// Diffie-Hellman, X9.42.
    COAP_ASN1_PKEY_DHX = 9,
    /// Elliptic curve.
    COAP_ASN1_PKEY_EC = 10,
    /// HMAC key.
    COAP_ASN1_PKEY_HMAC = 11,
    /// CMAC key.
    COAP_ASN1_PKEY_CMAC = 12,
    /// TLS 1 pseudo-random function.
    COAP_ASN1_PKEY_TLS1_PRF = 13,
    /// HKDF.
    COAP_ASN1_PKEY_HKDF = 14,
}

/// How certificates and keys are handed over: which member of
/// [`coap_dtls_key_t`](crate::types::coap_dtls_key_t)'s union holds them.
#[c_enum]
#[repr(C)]
pub enum coap_pki_key_t {
    /// `pem`: names of PEM files.
    COAP_PKI_KEY_PEM = 0,
    /// `asn1`: DER in memory.
    COAP_PKI_KEY_ASN1 = 1,
    /// `pem_buf`: PEM in memory.
    COAP_PKI_KEY_PEM_BUF = 2,
    /// `pkcs11`: PKCS#11 URIs.
    COAP_PKI_KEY_PKCS11 = 3,
    /// Of libcoap 4.3.5, whose larger key structure is not taken here: refused.
    COAP_PKI_KEY_DEFINE = 4,
}
