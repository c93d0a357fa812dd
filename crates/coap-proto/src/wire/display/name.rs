//! Names of options and content formats.
use crate::wire::{Code, option};

/// Whether the code gives option numbers its own meaning (RFC 8323 section 5.2).
pub(super) fn has_own_options(code: Code) -> bool {
    matches!(code, Code::CSM | Code::PING | Code::PONG | Code::RELEASE | Code::ABORT)
}

/// Name of an option in a message of that code; `None` if it is not known.
pub(super) fn of_option(code: Code, number: u16) -> Option<&'static str> {
    if has_own_options(code) {
        return of_signaling_option(code, number);
    }
    option::definition(number).map(|definition| definition.name)
}

fn of_signaling_option(code: Code, number: u16) -> Option<&'static str> {
    Some(match (code, number) {
        (Code::CSM, 2) => "Max-Message-Size",
        (Code::CSM, 4) => "Block-Wise-Transfer",
        (Code::CSM, 6) => "Extended-Token-Length",
        (Code::PING | Code::PONG, 2) => "Custody",
        (Code::RELEASE, 2) => "Alternative-Address",
        (Code::RELEASE, 4) => "Hold-Off",
        (Code::ABORT, 2) => "Bad-CSM-Option",
        _ => return None,
    })
}

/// Whether a payload of that content format is shown as text.
pub(super) fn is_text_format(format: u32) -> bool {
    // libcoap takes the highest value for "none given".
    matches!(format, 0 | 40 | 41 | 50 | u32::MAX)
}

/// Media type of a content format (RFC 7252 section 12.3 and the registry that it set up).
pub(super) fn of_content_format(format: u32) -> Option<&'static str> {
    Some(match format {
        0 => "text/plain",
        16 => r#"application/cose; cose-type="cose-encrypt0""#,
        17 => r#"application/cose; cose-type="cose-mac0""#,
        18 => r#"application/cose; cose-type="cose-sign1""#,
        19 => "application/ace+cbor",
        40 => "application/link-format",
        41 => "application/xml",
        42 => "application/octet-stream",
        43 => "application/rdf+xml",
        47 => "application/exi",
        50 => "application/json",
        60 => "application/cbor",
        61 => "application/cwt",
        75 => "application/dcaf+cbor",
        96 => r#"application/cose; cose-type="cose-encrypt""#,
        97 => r#"application/cose; cose-type="cose-mac""#,
        98 => r#"application/cose; cose-type="cose-sign""#,
        101 => "application/cose-key",
        102 => "application/cose-key-set",
        110 => "application/senml+json",
        111 => "application/sensml+json",
        112 => "application/senml+cbor",
        113 => "application/sensml+cbor",
        114 => "application/senml-exi",
        115 => "application/sensml-exi",
        256 => "application/coap-group+json",
        271 => "application/dots+cbor",
        272 => "application/missing-blocks+cbor-seq",
        310 => "application/senml+xml",
        311 => "application/sensml+xml",
        10001 => "application/oscore",
        _ => return None,
    })
}
