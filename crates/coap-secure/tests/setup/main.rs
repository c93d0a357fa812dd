//! Credentials are checked when they are made.
#[path = "../common/mod.rs"]
mod common;

use coap_secure::{
    Alike, Certificates, Settings,
    certificates::{Part, Parts, Policy, SetupError, Source},
};
use common::pki::{Authority, CLOCK, Own, parts};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

fn make(parts: &Parts) -> Result<Certificates, SetupError> {
    Certificates::new(parts, Policy::default(), CLOCK, &Settings::default())
}

fn message(parts: &Parts) -> String {
    make(parts).unwrap_err().to_string()
}

fn pem(text: &str) -> Option<Source> {
    Some(Source::Pem(text.as_bytes().to_vec()))
}

/// A directory of this test's own.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn openssl(directory: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(directory).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn own() -> (Authority, Own) {
    let ca = Authority::new("ca.test");
    let own = ca.issues("good.test");
    (ca, own)
}

#[test]
fn the_same_from_files_and_from_memory() {
    let (ca, own) = own();
    let path = directory("forms");
    for (name, text) in [("own.pem", &own.pem), ("key.pem", &own.key), ("ca.pem", &ca.pem)] {
        fs::write(path.join(name), text).unwrap();
    }
    let file = |name| Some(Source::File(path.join(name)));
    let from_files =
        Parts { chain: file("own.pem"), key: file("key.pem"), ca: file("ca.pem"), roots: vec![] };
    make(&from_files).unwrap().check_dtls_server().unwrap();
    let with_zero = Parts { chain: pem(&(own.pem.clone() + "\0garbage")), ..from_files.clone() };
    make(&with_zero).unwrap();
    openssl(&path, "pkey -in key.pem -outform DER -out key.der");
    openssl(&path, "ec -in key.pem -outform DER -out sec1.der");
    openssl(&path, "ec -in key.pem -out sec1.pem");
    for key in ["key.der", "sec1.der"] {
        let der = Some(Source::Der(fs::read(path.join(key)).unwrap()));
        let from_der = Parts { chain: Some(Source::Der(own.der.clone())), key: der, ..from_files.clone() };
        make(&from_der).unwrap().check_dtls_server().unwrap();
    }
    make(&Parts { key: file("sec1.pem"), ..from_files.clone() }).unwrap().check_dtls_server().unwrap();
    let directory = Parts { ca: None, roots: vec![Source::Directory(path.clone())], ..from_files };
    assert_eq!(make(&directory).unwrap().limits(), []);
}

#[test]
fn what_is_alike() {
    let (ca, own) = own();
    let usual = make(&parts(Some(&ca.pem), Some(&own))).unwrap();
    let beside = |ca: &str, own: &Own| usual.beside(&parts(Some(ca), Some(own))).unwrap();
    assert!(usual.is_alike(&beside(&ca.pem, &own)));
    assert!(!usual.is_alike(&beside(&ca.pem, &ca.issues("good.test"))), "another certificate of that name");
    assert!(!usual.is_alike(&beside(&Authority::new("ca.test").pem, &own)), "another CA");
    let lenient = Policy { allow_expired: true, ..Policy::default() };
    let parts = parts(Some(&ca.pem), Some(&own));
    assert!(!usual.is_alike(&Certificates::new(&parts, lenient, CLOCK, &Settings::default()).unwrap()));
}

/// A new name of a server, or a new CA, does not read again what is known.
#[test]
fn what_is_known_is_not_read_again() {
    let (ca, own) = own();
    let path = directory("again");
    for (name, text) in
        [("own.pem", &own.pem), ("key.pem", &own.key), ("ca.pem", &ca.pem), ("root.pem", &ca.pem)]
    {
        fs::write(path.join(name), text).unwrap();
    }
    let file = |name| Source::File(path.join(name));
    let parts = Parts {
        chain: Some(file("own.pem")),
        key: Some(file("key.pem")),
        ca: Some(file("ca.pem")),
        roots: vec![file("root.pem")],
    };
    let usual = make(&parts).unwrap();
    for name in ["ca.pem", "root.pem"] {
        fs::remove_file(path.join(name)).unwrap();
    }
    assert!(usual.is_alike(&usual.beside(&parts).unwrap()));
    let others = Parts { roots: vec![file("elsewhere.pem")], ..parts.clone() };
    assert!(matches!(usual.beside(&others), Err(SetupError::Read { part: Part::Ca, .. })));
    for name in ["own.pem", "key.pem"] {
        fs::remove_file(path.join(name)).unwrap();
    }
    let others = Parts { ca: pem(&ca.pem), roots: vec![], ..parts };
    let trusting = usual.trusting(&others).unwrap();
    trusting.check_dtls_server().unwrap();
    assert!(!usual.is_alike(&trusting));
}

#[test]
fn what_is_missing() {
    let (ca, own) = own();
    let whole = parts(Some(&ca.pem), Some(&own));
    let missing = Some(Source::File("/nonexistent/file.pem".into()));
    for (part, parts) in [
        ("certificate", Parts { chain: missing.clone(), ..whole.clone() }),
        ("private key", Parts { key: missing.clone(), ..whole.clone() }),
        ("CA certificate", Parts { ca: missing, ..whole.clone() }),
    ] {
        let message = message(&parts);
        assert!(message.starts_with(&format!("{part} /nonexistent/file.pem: ")), "{message}");
    }
    assert!(matches!(make(&Parts { key: None, ..whole.clone() }), Err(SetupError::NoKey)));
    assert!(matches!(make(&Parts { chain: None, ..whole.clone() }), Err(SetupError::NoCertificate)));
    let nothing = make(&Parts::default()).unwrap();
    assert!(matches!(nothing.check_dtls_server(), Err(SetupError::NoCertificate)));
    assert!(nothing.check_dtls_client().is_ok());
    assert!(matches!(std::sync::Arc::new(nothing).tls_server(), Err(SetupError::NoCertificate)));
    let swapped = Parts { chain: pem(&own.key), ..whole.clone() };
    assert!(matches!(make(&swapped), Err(SetupError::Absent { part: Part::Certificate, .. })));
    let swapped = Parts { key: pem(&own.pem), ..whole };
    assert!(matches!(make(&swapped), Err(SetupError::Absent { part: Part::PrivateKey, .. })));
}

#[test]
fn what_is_broken() {
    let (ca, own) = own();
    let whole = parts(Some(&ca.pem), Some(&own));
    let broken = |text: &str| pem(&text.replacen("MI", "!!", 1));
    for parts in [
        Parts { chain: broken(&own.pem), ..whole.clone() },
        Parts { key: broken(&own.key), ..whole.clone() },
        Parts { ca: broken(&ca.pem), ..whole.clone() },
        Parts { chain: Some(Source::Der(vec![0x30, 3, 1, 2, 3])), ..whole.clone() },
        Parts { ca: Some(Source::Der(vec![0x30, 3, 1, 2, 3])), ..whole.clone() },
        Parts { key: Some(Source::Der(b"not a key".to_vec())), ..whole.clone() },
    ] {
        let error = make(&parts).unwrap_err();
        assert!(matches!(error, SetupError::Malformed { .. }), "{error}");
    }
    let cut = &own.der[..own.der.len() - 1];
    assert!(make(&Parts { chain: Some(Source::Der(cut.to_vec())), ..whole }).is_err());
}

#[test]
fn keys_that_cannot_be_used() {
    let (ca, own) = own();
    let whole = parts(Some(&ca.pem), Some(&own));
    let path = directory("keys");
    fs::write(path.join("key.pem"), &own.key).unwrap();
    let file = |name: &str| Some(Source::File(path.join(name)));
    let encrypted = |name: &str| make(&Parts { key: file(name), ..whole.clone() }).unwrap_err();
    openssl(&path, "pkcs8 -topk8 -in key.pem -out pkcs8.pem -passout pass:secret");
    openssl(&path, "ec -in key.pem -out old.pem -aes128 -passout pass:secret");
    for name in ["pkcs8.pem", "old.pem"] {
        assert!(matches!(encrypted(name), SetupError::EncryptedKey(_)), "{name}");
    }
    let other = Parts { key: pem(&ca.issues("other.test").key), ..whole.clone() };
    assert!(matches!(make(&other), Err(SetupError::KeyMismatch)));
    openssl(&path, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out curve.pem");
    openssl(&path, "genrsa -out short.pem 1024");
    for name in ["curve.pem", "short.pem"] {
        let error = encrypted(name);
        assert!(matches!(error, SetupError::UnusableKey { .. }), "{name}: {error}");
    }
    let pkcs11 = Parts { key: Some(Source::Pkcs11("pkcs11:object=key".into())), ..whole };
    assert_eq!(message(&pkcs11), "PKCS #11 is not supported: pkcs11:object=key");
}

/// Made by openssl, as certificates usually are.
fn by_openssl(path: &Path, kind: &str) -> Parts {
    openssl(
        path,
        &format!("req -x509 -newkey {kind} -nodes -keyout key.pem -out own.pem -days 30 -subj /CN=x"),
    );
    let file = |name: &str| Some(Source::File(path.join(name)));
    Parts { chain: file("own.pem"), key: file("key.pem"), ca: file("own.pem"), roots: vec![] }
}

/// They are fine for TLS, so it is DTLS alone that refuses them, and says why.
#[test]
fn keys_that_dtls_cannot_use() {
    for (kind, name) in [("rsa:2048", "RSA"), ("ed25519", "Ed25519")] {
        let found = std::sync::Arc::new(make(&by_openssl(&directory(name), kind)).unwrap());
        found.tls_server().unwrap();
        for error in [found.check_dtls_client(), found.check_dtls_server()] {
            let message = error.unwrap_err().to_string();
            assert_eq!(
                message,
                format!("{name} keys are not supported in DTLS, only ECDSA with P-256 or P-384")
            );
        }
    }
    let p384 = by_openssl(&directory("p384"), "ec -pkeyopt ec_paramgen_curve:P-384");
    make(&p384).unwrap().check_dtls_server().unwrap();
}

#[test]
fn what_is_asked_for_in_vain() {
    let (_, own) = own();
    let policy = |policy| Certificates::new(&parts(None, Some(&own)), policy, CLOCK, &Settings::default());
    let weak = Policy { allow_weak_digests: true, ..Policy::default() };
    assert!(matches!(policy(weak.clone()), Err(SetupError::WeakDigests)));
    policy(Policy { verify_peer: false, ..weak }).unwrap();
    let common = Policy { common_ca: true, ..Policy::default() };
    assert!(matches!(policy(common), Err(SetupError::NoCommonCa)));
    let tiny = Settings { mtu: 1, ..Settings::default() };
    let found = Certificates::new(&parts(None, Some(&own)), Policy::default(), CLOCK, &tiny).unwrap();
    assert!(matches!(found.check_dtls_server(), Err(SetupError::Backend(_))));
}

/// What is made of certificates does not keep them for ever.
#[test]
fn certificates_go_with_the_last_who_has_them() {
    let (ca, own) = own();
    let certificates = Arc::new(make(&parts(Some(&ca.pem), Some(&own))).unwrap());
    let seen = Arc::downgrade(&certificates);
    let credentials = certificates.tls_server().unwrap();
    drop(certificates);
    assert!(seen.upgrade().is_some(), "a server has them");
    drop(credentials);
    assert!(seen.upgrade().is_none());
}
