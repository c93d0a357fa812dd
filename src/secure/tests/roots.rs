//! Root CAs that come while something else is being set.
use crate::{
    home::on_context,
    net::{coap_context_set_pki, coap_context_set_pki_root_cas},
    tests::{Rig, threads::Shared},
    types::*,
};
use coap_secure::{Alike, Certificates};
use rcgen::{CertificateParams, CertifiedKey, KeyPair, generate_simple_self_signed};
use std::{
    ffi::{CStr, CString},
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
    ptr,
    sync::Arc,
    thread,
};

/// A server's files: what is it, and two further CAs.
struct Files(PathBuf);

impl Files {
    fn make(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("ferrocoap-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let files = Self(directory);
        for name in ["ca", "one", "two"] {
            files.write(&format!("{name}.pem"), &authority(name));
        }
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["good.test".into()]).unwrap();
        files.write("own.pem", &cert.pem());
        files.write("own.key", &signing_key.serialize_pem());
        files
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn path(&self, name: &str) -> CString {
        CString::new(self.0.join(name).to_str().unwrap()).unwrap()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn authority(name: &str) -> String {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

fn set(context: *mut coap_context_t, files: &Files) -> i32 {
    let [ca, own, key] = ["ca.pem", "own.pem", "own.key"].map(|name| files.path(name));
    // SAFETY: all zeros are numbers of 0, null pointers and no functions.
    let mut setup: coap_dtls_pki_t = unsafe { std::mem::zeroed() };
    (setup.version, setup.verify_peer_cert) = (COAP_DTLS_PKI_SETUP_VERSION, 1);
    setup.pki_key.key_type = COAP_PKI_KEY_PEM;
    setup.pki_key.key.pem =
        coap_pki_key_pem_t { ca_file: ca.as_ptr(), public_cert: own.as_ptr(), private_key: key.as_ptr() };
    // SAFETY: a context, and what can be read.
    unsafe { coap_context_set_pki(context, &setup) }
}

fn trust(context: *mut coap_context_t, file: &CStr) -> i32 {
    // SAFETY: a context, a C string and null.
    unsafe { coap_context_set_pki_root_cas(context, file.as_ptr(), ptr::null()) }
}

fn certificates(context: *mut coap_context_t) -> Arc<Certificates> {
    on_context("test", context, |context| context.security.usual().certificates).unwrap()
}

#[test]
fn a_root_ca_comes_when_the_key_is_gone() {
    let (files, rig) = (Files::make("gone"), Rig::new());
    assert_eq!(set(rig.context, &files), 1);
    let before = certificates(rig.context);
    fs::remove_file(files.0.join("own.key")).unwrap();
    assert_eq!(trust(rig.context, &files.path("one.pem")), 1);
    let after = certificates(rig.context);
    after.check_dtls_server().unwrap();
    assert!(!after.is_alike(&before), "another CA");
}

/// What one thread makes takes in what another has set meanwhile: `slow` reads its CA for as long as the other
/// needs.
fn meanwhile(roots: usize, slow: fn(*mut coap_context_t, &Files) -> i32) {
    let (files, rig) = (Files::make(&format!("meanwhile-{roots}")), Rig::new());
    assert_eq!(set(rig.context, &files), 1);
    let ca = files.0.join("ca.pem");
    let text = fs::read_to_string(&ca).unwrap();
    fs::remove_file(&ca).unwrap();
    // SAFETY: a C string.
    assert_eq!(unsafe { libc::mkfifo(files.path("ca.pem").as_ptr(), 0o600) }, 0);
    let context = Shared::new(rig.context);
    thread::scope(|scope| {
        let slow = scope.spawn(|| slow(context.get(), &files));
        // Opens when it is read.
        let mut pipe = OpenOptions::new().write(true).open(&ca).unwrap();
        fs::remove_file(&ca).unwrap();
        files.write("ca.pem", &text);
        assert_eq!(trust(rig.context, &files.path("two.pem")), 1);
        pipe.write_all(text.as_bytes()).unwrap();
        drop(pipe);
        assert_eq!(slow.join().unwrap(), 1);
    });
    let found = certificates(rig.context);
    let known = on_context("test", rig.context, |context| Some(context.security.roots().len()));
    assert_eq!(known, Some(roots));
    // The same, made at leisure.
    assert_eq!(set(rig.context, &files), 1);
    assert!(found.is_alike(&certificates(rig.context)));
}

#[test]
fn two_threads_add_root_cas() {
    meanwhile(2, |context, files| trust(context, &files.path("one.pem")));
}

#[test]
fn a_certificate_is_set_while_a_root_ca_comes() {
    meanwhile(1, set);
}
