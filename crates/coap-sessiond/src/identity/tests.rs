use super::{Identity, LoadError, PeerId, PeerIdError, SecretError};
use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
};

/// Key pairs of others: seed, public key, peer ID. RFC 8032 section 7.1 (test 1); the secret and the ID of "Alice" in
/// Substrate's documents.
const PAIRS: [(&str, &str, &str); 2] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "12D3KooWQK1wnefoLrcVHbbnf5tLzbopUd3K3bFAoJpA7YJgL5pV",
    ),
    (
        "c12b6d18942f5ee8528c8e2baf4e147b5c5c18710926ea492d09cbd9f6c9f82a",
        "",
        "12D3KooWBmAwcd4PJNJvfV89HwE48nwkRmAgo8Vy3uQEyNNHBox2",
    ),
];

/// What OpenSSL 3.0 makes of the first (`openssl pkey`).
const PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

fn key(hex: &str) -> [u8; 32] {
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

/// A directory that is removed again.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("coap-sessiond-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[test]
fn keys_and_ids_are_those_of_others() {
    for (seed, public, id) in PAIRS {
        let identity = Identity::from_seed(&key(seed));
        assert_eq!(identity.peer_id().to_string(), id);
        assert_eq!(id.parse(), Ok(identity.peer_id()));
        assert!(public.is_empty() || identity.peer_id().0 == key(public));
    }
    // From the tests of rust-libp2p.
    let id = PeerId(key("da91decf6f4c769327ca8ff03986e66fcfe6c59dca63d68c5ee359e52f8dc6e6"));
    assert_eq!(id.to_string(), "12D3KooWQXa4AdCEZWe9QwoHnrANyMAXirozBdroNHkkvTMhT8bf");
    // libp2p's specification of peer IDs, and js-libp2p's documents.
    for id in [
        "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
        "12D3KooWRm8J3iL796zPFi2EtGGtUJn58AG67gcqzMFHZnnsTzqD",
    ] {
        assert_eq!(id.parse::<PeerId>().unwrap().to_string(), id);
    }
}

#[test]
fn what_is_wrong_with_an_id_is_said() {
    let good = PAIRS[0].2;
    let error = |text: &str| text.parse::<PeerId>().unwrap_err();
    assert_eq!(error("12D3KooW0"), PeerIdError::Character { character: '0', position: 9 });
    assert_eq!(error("12D3 KooW"), PeerIdError::Character { character: ' ', position: 5 });
    assert_eq!(error("12D3Koo\u{434}"), PeerIdError::Character { character: '\u{434}', position: 8 });
    for length in [0, 7, 8, 51] {
        assert_eq!(error(&good[..length]), PeerIdError::Length(length));
    }
    assert_eq!(error(&format!("{good}1")), PeerIdError::Length(53));
    // The ID of an RSA key, and of one of secp256k1, from libp2p's specification.
    assert_eq!(error("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"), PeerIdError::OtherKey);
    assert_eq!(error("16Uiu2HAmE1zdG92om3Y49m3ZeT5T3jAZCZ1w7JGWi93NWGRbjmW1"), PeerIdError::OtherKey);
    let address = "0x9e820e8d6f35a7a5b1a4f0c9a5dd2b1e0f1d2c3b";
    assert_eq!(error(address), PeerIdError::Address(address.to_owned()));
    assert!(error(address).to_string().contains("12D3KooW"));
}

#[test]
fn keys_that_are_none_are_not_called_anything() {
    // Half of all numbers are not the ordinate of a point.
    let strange = (0..=255).filter(|last| PeerId::from_key(std::array::from_fn(|_| *last)).is_err()).count();
    assert!((100..160).contains(&strange), "{strange} of 256");
    // All points of small order (RFC 7748 section 7), and such as are written in more ways than one.
    let high = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    for weak in [
        "0000000000000000000000000000000000000000000000000000000000000000".into(),
        "0000000000000000000000000000000000000000000000000000000000000080".into(),
        "0100000000000000000000000000000000000000000000000000000000000000".into(),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".into(),
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".into(),
        format!("ecff{high}"),
        format!("edff{high}"),
        format!("eeff{high}"),
    ] {
        let id = PeerId(key(&weak));
        assert_eq!(id.to_string().parse::<PeerId>(), Err(PeerIdError::Key), "{weak}");
    }
}

#[test]
fn a_file_is_what_openssl_writes() {
    let directory = Directory::new("openssl");
    let identity = Identity::from_seed(&key(PAIRS[0].0));
    let path = directory.0.join("node.key");
    identity.store(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), PEM);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(Identity::load(&path).unwrap().peer_id(), identity.peer_id());
    // With a comment, with line ends of Windows.
    for text in [format!("Node 1\n\n{PEM}\n\n"), PEM.replace('\n', "\r\n")] {
        fs::write(&path, text).unwrap();
        assert_eq!(Identity::load(&path).unwrap().peer_id(), identity.peer_id());
    }
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let directory = Directory::new("overwrite");
    let path = directory.0.join("node.key");
    let first = Identity::generate().unwrap();
    first.store(&path).unwrap();
    let error = Identity::generate().unwrap().store(&path).unwrap_err();
    assert_eq!(error.source.kind(), ErrorKind::AlreadyExists);
    assert_eq!(Identity::load(&path).unwrap().peer_id(), first.peer_id());
}

#[test]
fn a_key_that_everybody_can_read_is_refused() {
    let directory = Directory::new("readable");
    let path = directory.0.join("node.key");
    Identity::generate().unwrap().store(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Identity::load(&path), Err(LoadError::File(SecretError::Open(_)))));
    // A group of those who run it may: that is what containers are given.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
    Identity::load(&path).unwrap();
}

#[test]
fn what_is_no_key_is_said() {
    let directory = Directory::new("nokey");
    let path = directory.0.join("node.key");
    assert!(matches!(Identity::load(&path), Err(LoadError::File(SecretError::Read(_)))));
    let x25519 = PEM.replace("VwBC", "VuBC");
    let halves_that_differ = "-----BEGIN PRIVATE KEY-----
MFECAQEwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMRERcVpezJpGXA7rAMcrn9g
gSEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
-----END PRIVATE KEY-----
";
    for text in ["", "MC4CAQ", &PEM[..60], &PEM.replace("MC4C", "MC5C"), &x25519, halves_that_differ] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Identity::load(&path), Err(LoadError::NotAKey { .. })), "{text}");
    }
}

#[test]
fn the_secret_does_not_show_itself() {
    let identity = Identity::from_seed(&key(PAIRS[0].0));
    assert_eq!(format!("{identity:?}"), format!("Identity({})", PAIRS[0].2));
}
