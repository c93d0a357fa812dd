//! Judges the certificate of a peer: from it to a CA that is trusted (RFC 5280 section 6).
use super::{Certificates, Part, PeerRole, Revocation, SetupError, name::name};
use crate::{
    alert::Alert,
    failure::{Failure, FailureKind},
};
use rustls::{
    DistinguishedName,
    crypto::{WebPkiSupportedAlgorithms, ring},
    pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime},
};
use sha2::{Digest, Sha256};
use std::time::Duration;
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptions, RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
    anchor_from_trusted_cert,
};
use x509_cert::{
    Certificate, Version,
    crl::CertificateList,
    der::{Decode, Encode},
    ext::pkix::BasicConstraints,
};

/// Why the issuer may be unknown where nobody sees what a peer sends besides its own certificate.
const BETWEEN: &str = "the peer's certificate is of no CA that is trusted; in DTLS, certificates between the two \
                       have to be in the CA's file";

/// A peer's certificate and those that vouch for it, for the application to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerChain {
    /// The peer's own first, the CA last.
    pub certificates: Vec<PeerCertificate>,
}

/// One certificate of a [`PeerChain`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// The certificate in DER.
    pub der: Vec<u8>,
    /// The first DNS name, without one the common name.
    pub name: Option<String>,
    /// How far it is from the peer's own, whose depth is 0.
    pub depth: u8,
    /// Whether everything is in order, as far as the policy asks.
    pub validated: bool,
}

/// Who is trusted.
#[derive(Debug, Default)]
pub(crate) struct Trusted {
    anchors: Vec<TrustAnchor<'static>>,
    /// The certificates of `anchors`.
    certificates: Vec<Authority>,
    /// Certificates that are trusted themselves, and vouch for no others: they are no CA's.
    alone: Vec<CertificateDer<'static>>,
    /// Whose certificates a server asks for.
    subjects: Vec<DistinguishedName>,
    /// Known certificates between a peer's and a CA's; in DTLS nobody sends any.
    between: Vec<CertificateDer<'static>>,
    lists: Vec<CertRevocationList<'static>>,
    /// When the first of them is out of date, in time since 1970.
    lists_until: Option<Duration>,
    /// SHA-256 of all that this was made of.
    digest: [u8; 32],
}

/// A CA.
#[derive(Debug)]
struct Authority {
    der: CertificateDer<'static>,
    valid: Validity,
}

/// From when to when a certificate is valid, in time since 1970.
#[derive(Clone, Copy, Debug)]
struct Validity {
    from: Duration,
    to: Duration,
}

impl Trusted {
    pub(super) fn new(
        ca: Vec<CertificateDer<'static>>,
        roots: Vec<CertificateDer<'static>>,
        lists: &[CertificateRevocationListDer<'static>],
    ) -> Result<Self, SetupError> {
        let mut trusted = Self { digest: digest(&ca, &roots, lists), ..Self::default() };
        for der in ca {
            trusted.add(der).map_err(|reason| malformed(Part::Ca, reason))?;
        }
        // Of many roots, one that cannot be used is no reason to do without the others.
        for der in roots {
            let _ = trusted.add(der);
        }
        for list in lists {
            trusted.note_end(list.as_ref()).map_err(|reason| malformed(Part::RevocationList, reason))?;
            let list = OwnedCertRevocationList::from_der(list.as_ref())
                .map_err(|error| malformed(Part::RevocationList, error.to_string()))?;
            trusted.lists.push(list.into());
        }
        Ok(trusted)
    }

    /// A root becomes an anchor; one that another CA has signed can only be on the way to one.
    fn add(&mut self, der: CertificateDer<'static>) -> Result<(), String> {
        let parsed = Certificate::from_der(&der).map_err(|error| error.to_string())?;
        let anchor = anchor_from_trusted_cert(&der).map_err(|error| error.to_string())?.to_owned();
        if parsed.tbs_certificate().subject() != parsed.tbs_certificate().issuer() {
            self.between.push(der);
            return Ok(());
        }
        self.subjects.push(DistinguishedName::in_sequence(&anchor.subject));
        if may_sign(&parsed)? {
            self.anchors.push(anchor);
            self.certificates.push(Authority { valid: Validity::of(&parsed), der });
        } else {
            self.alone.push(der);
        }
        Ok(())
    }

    /// Whether the two were made of the same.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        self.digest == other.digest
    }

    /// Whether no certificate is trusted.
    pub(super) fn is_empty(&self) -> bool {
        self.anchors.is_empty() && self.alone.is_empty()
    }

    /// The names of the CAs.
    pub(crate) fn subjects(&self) -> &[DistinguishedName] {
        &self.subjects
    }

    fn note_end(&mut self, list: &[u8]) -> Result<(), String> {
        let list: CertificateList = CertificateList::from_der(list).map_err(|error| error.to_string())?;
        let end = list.tbs_cert_list.next_update.map(|end| end.to_unix_duration());
        self.lists_until = [self.lists_until, end].into_iter().flatten().min();
        Ok(())
    }

    /// The CA that an anchor was made of.
    fn authority(&self, anchor: &TrustAnchor<'_>) -> Option<&Authority> {
        self.anchors.iter().position(|known| known == anchor).map(|place| &self.certificates[place])
    }
}

fn digest(
    ca: &[CertificateDer<'_>],
    roots: &[CertificateDer<'_>],
    lists: &[CertificateRevocationListDer<'_>],
) -> [u8; 32] {
    let mut sha = Sha256::new();
    let mut add = |kind: u8, bytes: &[u8]| {
        sha.update([kind]);
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(bytes);
    };
    ca.iter().for_each(|der| add(0, der));
    roots.iter().for_each(|der| add(1, der));
    lists.iter().for_each(|list| add(2, list.as_ref()));
    sha.finalize().into()
}

/// What webpki is to look up in revocation lists. It cannot be told in one that the whole chain counts, and that
/// a list has to tell of the peer.
struct Revocations<'a> {
    /// For any certificate that a list tells of.
    chain: Option<RevocationOptions<'a>>,
    /// For the peer's own, of which a list has to tell.
    peer: Option<RevocationOptions<'a>>,
}

impl Validity {
    fn of(certificate: &Certificate) -> Self {
        let validity = certificate.tbs_certificate().validity();
        Self { from: validity.not_before.to_unix_duration(), to: validity.not_after.to_unix_duration() }
    }

    fn contains(&self, time: UnixTime) -> bool {
        (self.from.as_secs()..=self.to.as_secs()).contains(&time.as_secs())
    }
}

impl Certificates {
    /// Judges the certificate that a peer has sent, with what came after it; `None`: in DTLS nobody sees that.
    pub(crate) fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        between: Option<&[CertificateDer<'_>]>,
        role: PeerRole,
    ) -> Result<PeerChain, Failure> {
        if !self.policy.verify_peer {
            return Ok(PeerChain { certificates: vec![shown(leaf, 0, false)] });
        }
        let now = self.clock.now();
        let (between, sees_all) = (between.unwrap_or_default(), between.is_some());
        let mut found = self.find_path(leaf, between, role, now);
        let outdated = matches!(found, Err(Error::CertExpired { .. } | Error::CertNotValidYet { .. }));
        if outdated && self.policy.allow_expired && self.lists_are_current(now) {
            found = self.find_path_at_another_time(leaf, between, role);
        }
        let unknown = matches!(found, Err(Error::UnknownIssuer | Error::CaUsedAsEndEntity));
        if unknown && self.stands_alone(leaf, now)? {
            return Ok(PeerChain { certificates: vec![shown(leaf, 0, true)] });
        }
        found.map_err(|error| match error {
            Error::UnknownIssuer if !sees_all => Failure { reason: BETWEEN.into(), ..refusal(&error) },
            error => refusal(&error),
        })
    }

    fn find_path(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        role: PeerRole,
        now: UnixTime,
    ) -> Result<PeerChain, Error> {
        let end_entity = EndEntityCert::try_from(leaf)?;
        let between: Vec<_> = between.iter().chain(&self.trusted.between).cloned().collect();
        let lists: Vec<_> = self.trusted.lists.iter().collect();
        let usage = match role {
            PeerRole::Client => KeyUsage::client_auth(),
            PeerRole::Server => KeyUsage::server_auth(),
        };
        let Revocations { chain, peer } = self.revocations(&lists)?;
        let check_path = |path: &VerifiedPath<'_>| self.check_path(path, now);
        let verify = |revocation| {
            let (algorithms, anchors) = (algorithms().all, &self.trusted.anchors);
            end_entity.verify_for_usage(
                algorithms,
                anchors,
                &between,
                now,
                usage,
                revocation,
                Some(&check_path),
            )
        };
        let path = verify(chain)?;
        // All ways to a CA begin with the same key and name of the one that has signed: what its list says of the
        // peer does not depend on the way.
        if peer.is_some() {
            verify(peer)?;
        }
        Ok(self.show(&path, leaf))
    }

    /// Too old or too new is allowed, and webpki has no setting for it: it is asked for a moment at which the
    /// certificate was right. Those above it have to have been so too.
    fn find_path_at_another_time(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        role: PeerRole,
    ) -> Result<PeerChain, Error> {
        let valid = Certificate::from_der(leaf).map(|leaf| Validity::of(&leaf)).map_err(|_| Error::BadDer)?;
        let at = |time| self.find_path(leaf, between, role, UnixTime::since_unix_epoch(time));
        at(valid.to).or_else(|_| at(valid.from))
    }

    /// Whether revocation lists count, or need not: those of another moment do not tell of now.
    fn lists_are_current(&self, now: UnixTime) -> bool {
        let counts = self.policy.revocation.is_some_and(|revocation| !revocation.allow_expired);
        !counts || self.trusted.lists_until.is_none_or(|until| until.as_secs() >= now.as_secs())
    }

    /// What webpki does not look at: the length, and whether the CA itself is still valid.
    fn check_path(&self, path: &VerifiedPath<'_>, now: UnixTime) -> Result<(), Error> {
        let between = path.intermediate_certificates().count();
        if self.policy.depth.is_some_and(|depth| between > usize::from(depth)) {
            return Err(Error::MaximumPathDepthExceeded);
        }
        match self.trusted.authority(path.anchor()) {
            Some(ca) if !self.policy.allow_expired && !ca.valid.contains(now) => {
                Err(Error::CertExpired { time: now, not_after: UnixTime::since_unix_epoch(ca.valid.to) })
            }
            _ => Ok(()),
        }
    }

    fn revocations<'a>(&self, lists: &'a [&'a CertRevocationList<'a>]) -> Result<Revocations<'a>, Error> {
        let mut revocations = Revocations { chain: None, peer: None };
        let Some(Revocation { allow_missing, allow_expired }) = self.policy.revocation else {
            return Ok(revocations);
        };
        let Ok(builder) = RevocationOptionsBuilder::new(lists) else {
            return if allow_missing { Ok(revocations) } else { Err(Error::UnknownRevocationStatus) };
        };
        let expiration = if allow_expired { ExpirationPolicy::Ignore } else { ExpirationPolicy::Enforce };
        let builder = builder.with_expiration_policy(expiration);
        let [chain, peer] = [
            (RevocationCheckDepth::Chain, UnknownStatusPolicy::Allow),
            (RevocationCheckDepth::EndEntity, UnknownStatusPolicy::Deny),
        ]
        .map(|(depth, status)| builder.with_depth(depth).with_status_policy(status).build());
        revocations.chain = Some(chain);
        revocations.peer = (!allow_missing).then_some(peer);
        Ok(revocations)
    }

    /// Whether a certificate that nobody has vouched for will do: it is trusted itself, or self-signed ones
    /// are allowed.
    fn stands_alone(&self, leaf: &CertificateDer<'_>, now: UnixTime) -> Result<bool, Failure> {
        let parsed = Certificate::from_der(leaf).map_err(|_| refusal(&Error::BadDer))?;
        let known = self.trusted.certificates.iter().any(|ca| ca.der == *leaf)
            || self.trusted.alone.iter().any(|der| der == leaf);
        let allowed =
            self.policy.allow_self_signed && !self.policy.common_ca && is_self_signed(leaf, &parsed);
        if !known && !allowed {
            return Ok(false);
        }
        // No list tells of a certificate that nobody else has signed.
        if self.policy.revocation.is_some_and(|revocation| !revocation.allow_missing) {
            return Err(refusal(&Error::UnknownRevocationStatus));
        }
        let valid = Validity::of(&parsed);
        if !self.policy.allow_expired && !valid.contains(now) {
            let not_after = UnixTime::since_unix_epoch(valid.to);
            return Err(refusal(&Error::CertExpired { time: now, not_after }));
        }
        Ok(true)
    }

    fn show(&self, path: &VerifiedPath<'_>, leaf: &CertificateDer<'_>) -> PeerChain {
        let mut certificates = vec![shown(leaf, 0, true)];
        for certificate in path.intermediate_certificates() {
            certificates.push(shown(&certificate.der(), certificates.len(), true));
        }
        if let Some(ca) = self.trusted.authority(path.anchor()) {
            certificates.push(shown(&ca.der, certificates.len(), true));
        }
        PeerChain { certificates }
    }
}

fn shown(der: &CertificateDer<'_>, depth: usize, validated: bool) -> PeerCertificate {
    PeerCertificate {
        der: der.to_vec(),
        name: name(der),
        depth: depth.try_into().unwrap_or(u8::MAX),
        validated,
    }
}

fn algorithms() -> WebPkiSupportedAlgorithms {
    ring::default_provider().signature_verification_algorithms
}

/// Whether a certificate is a CA's (RFC 5280 section 4.2.1.3, 4.2.1.9). Those of the first version do not say.
fn may_sign(parsed: &Certificate) -> Result<bool, String> {
    let tbs = parsed.tbs_certificate();
    if tbs.version() != Version::V3 {
        return Ok(true);
    }
    let constraints = tbs.get_extension::<BasicConstraints>().map_err(|error| error.to_string())?;
    let usage = tbs.get_extension::<x509_cert::ext::pkix::KeyUsage>().map_err(|error| error.to_string())?;
    let is_ca = constraints.is_some_and(|(_, constraints)| constraints.ca);
    Ok(is_ca && usage.is_none_or(|(_, usage)| usage.key_cert_sign()))
}

/// Whether its own key has signed it.
fn is_self_signed(der: &CertificateDer<'_>, parsed: &Certificate) -> bool {
    let tbs = parsed.tbs_certificate();
    let (Ok(end_entity), Ok(signed), Ok(algorithm)) =
        (EndEntityCert::try_from(der), tbs.to_der(), parsed.signature_algorithm().to_der())
    else {
        return false;
    };
    let Some(algorithm) = algorithm_contents(&algorithm[..]) else {
        return false;
    };
    tbs.subject() == tbs.issuer()
        && algorithms()
            .all
            .iter()
            .filter(|known| *known.signature_alg_id().as_ref() == *algorithm)
            .any(|known| end_entity.verify_signature(*known, &signed, parsed.signature().raw_bytes()).is_ok())
}

/// What is in the SEQUENCE of an AlgorithmIdentifier, which is how webpki writes them.
fn algorithm_contents(der: &[u8]) -> Option<&[u8]> {
    match der {
        [0x30, length, contents @ ..] if usize::from(*length) == contents.len() => Some(contents),
        _ => None,
    }
}

fn refusal(error: &Error) -> Failure {
    let alert = match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } | Error::InvalidCertValidity => {
            Alert::CERTIFICATE_EXPIRED
        }
        Error::CertRevoked => Alert::CERTIFICATE_REVOKED,
        // A CA of that name is known, but it has another key: it is another CA.
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey | Error::MaximumPathDepthExceeded => {
            Alert::UNKNOWN_CA
        }
        Error::UnsupportedCertVersion
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Alert::UNSUPPORTED_CERTIFICATE,
        _ => Alert::BAD_CERTIFICATE,
    };
    Failure::sending(FailureKind::Authentication, alert, format!("the peer's certificate {}", words(error)))
}

/// What is wrong with a certificate, for people.
fn words(error: &Error) -> String {
    match error {
        Error::CertExpired { .. } => "is out of date".into(),
        Error::CertNotValidYet { .. } => "is not valid yet".into(),
        Error::CertRevoked => "is revoked".into(),
        Error::CrlExpired { .. } => "cannot be checked: the revocation list of its CA is out of date".into(),
        Error::UnknownRevocationStatus => "cannot be checked: there is no revocation list of its CA".into(),
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => "is of no CA that is trusted".into(),
        Error::MaximumPathDepthExceeded => "is too far from a CA that is trusted".into(),
        other => format!("cannot be used: {other}"),
    }
}

fn malformed(part: Part, reason: String) -> SetupError {
    SetupError::Malformed { part, from: "the trusted certificates".into(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        certificates::{Parts, Policy, WallClock},
        settings::Settings,
    };

    #[test]
    fn in_dtls_an_unknown_issuer_may_be_known_to_the_peer_alone() {
        let (parts, clock) = (Parts::default(), WallClock(std::time::SystemTime::now));
        let ours = Certificates::new(&parts, Policy::default(), clock, &Settings::default()).unwrap();
        let theirs = rcgen::generate_simple_self_signed(["good.test".into()]).unwrap();
        let judge = |between| ours.judge(theirs.cert.der(), between, PeerRole::Server).unwrap_err().reason;
        let unknown = "the peer's certificate is of no CA that is trusted";
        assert_eq!(judge(Some(&[])), unknown);
        assert_eq!(
            judge(None).strip_prefix(unknown),
            Some("; in DTLS, certificates between the two have to be in the CA's file")
        );
    }
}
