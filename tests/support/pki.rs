//! Certificates for tests, made on the spot as files.
use super::process::spawn;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, RevokedCertParams, SerialNumber, date_time_ymd,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

/// A directory with, in PEM,
///
/// | file | what |
/// |---|---|
/// | `ca.pem`, `ca.key` | the CA of all but the stranger |
/// | `server.pem`, `server.key` | `localhost` |
/// | `rsa.pem`, `rsa.key` | `localhost`, with an RSA key |
/// | `expired.pem`, `expired.key` | `localhost`, until 2021 |
/// | `elsewhere.pem`, `elsewhere.key` | `elsewhere.test` |
/// | `client.pem`, `client.key` | `client.test` |
/// | `other.pem` | another CA |
/// | `stranger.pem`, `stranger.key` | `localhost`, signed by the other CA |
/// | `revoked.pem`, `revoked.key` | `localhost`, which the lists of `ca.pem` name |
/// | `ca-list.pem` | `ca.pem` and its revocation list |
/// | `ca-old-list.pem` | `ca.pem` and a list that was good until 2021 |
/// | `far.pem`, `far.key` | `localhost`, signed by a CA that another has signed, and that one by `ca.pem`: all three |
/// | `far-ca.pem` | `ca.pem` and the two below it, for those who are not sent them |
///
/// Names are both common names and DNS names. All but the expired one are valid from 2020 to 2040.
pub fn directory() -> &'static Path {
    static MADE: LazyLock<PathBuf> = LazyLock::new(make);
    &MADE
}

/// The variable of the environment by which C programs find it.
pub fn variable() -> (&'static str, &'static str) {
    ("FERROCOAP_PKI", directory().to_str().expect("a path in UTF-8"))
}

/// The path of one of the files.
pub fn file(name: &str) -> String {
    directory().join(name).to_string_lossy().into_owned()
}

fn make() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pki-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory for certificates");
    let put = |name: &str, text: String| fs::write(directory.join(name), text).expect("a file");
    let (ca, ca_pem, ca_key) = authority("ca.test");
    put("ca.pem", ca_pem);
    put("ca.key", ca_key);
    let (other, other_pem, _) = authority("other.test");
    put("other.pem", other_pem);
    for (file, name, issuer, until) in [
        ("server", "localhost", &ca, 2040),
        ("expired", "localhost", &ca, 2021),
        ("elsewhere", "elsewhere.test", &ca, 2040),
        ("client", "client.test", &ca, 2040),
        ("stranger", "localhost", &other, 2040),
    ] {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let certificate = params(name, until).signed_by(&key, issuer).expect("a certificate");
        put(&format!("{file}.pem"), certificate.pem());
        put(&format!("{file}.key"), key.serialize_pem());
    }
    make_rsa(&directory);
    make_lists(&directory, &ca);
    make_chain(&directory, &ca);
    directory
}

/// A certificate that is revoked, and the CA with a list that says so.
fn make_lists(directory: &Path, ca: &Issuer<'_, KeyPair>) {
    let put = |name: &str, text: &str| fs::write(directory.join(name), text).expect("a file");
    let serial = || SerialNumber::from(vec![42]);
    let mut revoked = params("localhost", 2040);
    revoked.serial_number = Some(serial());
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    put("revoked.pem", &revoked.signed_by(&key, ca).expect("a certificate").pem());
    put("revoked.key", &key.serialize_pem());
    let ca_pem = fs::read_to_string(directory.join("ca.pem")).expect("the CA");
    for (name, until) in [("ca-list.pem", 2040), ("ca-old-list.pem", 2021)] {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: SerialNumber::from(vec![1]),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: serial(),
                revocation_time: date_time_ymd(2020, 2, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(ca).and_then(|list| list.pem()).expect("a list");
        put(name, &[&*ca_pem, &list].concat());
    }
}

/// A certificate two CAs away from the one that is trusted.
fn make_chain(directory: &Path, ca: &Issuer<'_, KeyPair>) {
    let put = |name: &str, text: &str| fs::write(directory.join(name), text).expect("a file");
    let ca_pem = fs::read_to_string(directory.join("ca.pem")).expect("the CA");
    let (upper, upper_pem) = authority_below("upper.test", ca);
    let (lower, lower_pem) = authority_below("lower.test", &upper);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    let pem = params("localhost", 2040).signed_by(&key, &lower).expect("a certificate").pem();
    put("far.pem", &[&*pem, &lower_pem, &upper_pem].concat());
    put("far.key", &key.serialize_pem());
    put("far-ca.pem", &[&*ca_pem, &upper_pem, &lower_pem].concat());
}

fn params(name: &str, until: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name of DNS");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name, 2040);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn authority_below(name: &str, ca: &Issuer<'_, KeyPair>) -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    let params = authority_params(name);
    let pem = params.signed_by(&key, ca).expect("a certificate").pem();
    (Issuer::new(params, key), pem)
}

fn authority(name: &str) -> (Issuer<'static, KeyPair>, String, String) {
    let key = KeyPair::generate().expect("a key");
    let params = authority_params(name);
    let pem = params.self_signed(&key).expect("a certificate").pem();
    let text = key.serialize_pem();
    (Issuer::new(params, key), pem, text)
}

/// Nobody here makes RSA keys but OpenSSL.
fn make_rsa(directory: &Path) {
    let mut command = Command::new("openssl");
    command
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3000", "-subj", "/CN=localhost"])
        .args(["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "rsa.key", "-out", "rsa.pem"])
        .current_dir(directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = spawn(&mut command).and_then(Child::wait_with_output).expect("openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
