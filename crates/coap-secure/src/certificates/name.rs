//! What a certificate calls its owner.
use x509_cert::{
    Certificate,
    der::{
        Decode,
        asn1::{Ia5StringRef, PrintableStringRef, TeletexStringRef, Utf8StringRef},
        oid::db::rfc4519::COMMON_NAME,
    },
    ext::pkix::{SubjectAltName, name::GeneralName},
};

/// The first DNS name of subjectAltName (RFC 5280 section 4.2.1.6), without one the first common name of the
/// subject. `None` if there is neither, or if it has a byte of zero: C would see another name.
pub(super) fn name(der: &[u8]) -> Option<String> {
    let certificate = Certificate::from_der(der).ok()?;
    let name = alternative_name(&certificate).or_else(|| common_name(&certificate))?;
    (!name.contains('\0')).then_some(name)
}

fn alternative_name(certificate: &Certificate) -> Option<String> {
    let (_, names) = certificate.tbs_certificate().get_extension::<SubjectAltName>().ok()??;
    names.0.iter().find_map(|name| match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        _ => None,
    })
}

fn common_name(certificate: &Certificate) -> Option<String> {
    let attributes = certificate.tbs_certificate().subject().iter();
    let value = &attributes.filter(|attribute| attribute.oid == COMMON_NAME).last()?.value;
    if let Ok(text) = value.decode_as::<Utf8StringRef<'_>>() {
        return Some(text.as_str().to_owned());
    }
    if let Ok(text) = value.decode_as::<PrintableStringRef<'_>>() {
        return Some(text.as_str().to_owned());
    }
    if let Ok(text) = value.decode_as::<Ia5StringRef<'_>>() {
        return Some(text.as_str().to_owned());
    }
    value.decode_as::<TeletexStringRef<'_>>().ok().map(|text| text.as_str().to_owned())
}
