//! What a server offers (RFC 7252 section 5.10, RFC 6690).
