//! Certificates for tests, made on the spot as files.
use super::process::spawn;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
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
    directory
}

fn params(name: &str, until: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name of DNS");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

fn authority(name: &str) -> (Issuer<'static, KeyPair>, String, String) {
    let key = KeyPair::generate().expect("a key");
    let mut params = params(name, 2040);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
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
