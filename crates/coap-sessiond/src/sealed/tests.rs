use super::{LAYER, OVERHEAD, OpenError, SealError, open, open_target, seal, seal_target};
use crate::identity::{Identity, PeerId};
use hpke::{Deserializable, Kem, OpModeR, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256};

fn exit() -> Identity {
    Identity::from_seed(&[7; 32])
}

#[test]
fn what_is_sealed_for_a_node_is_opened_by_it_alone() {
    let message = seal(&exit().peer_id(), LAYER, b"the next node").unwrap();
    assert_eq!(message.len(), OVERHEAD + 13);
    assert_eq!(open(&exit(), LAYER, &message).unwrap().as_slice(), b"the next node");
    assert_eq!(open(&Identity::from_seed(&[8; 32]), LAYER, &message), Err(OpenError::NotForUs));
    // A layer is not taken for a target, which relays are not to read.
    assert_eq!(open_target(&exit(), &message), Err(OpenError::NotForUs));
    // And nobody can tell that the same is sealed again.
    assert_ne!(seal(&exit().peer_id(), LAYER, b"the next node").unwrap(), message);
}

#[test]
fn nothing_that_was_changed_is_opened() {
    let message = seal(&exit().peer_id(), LAYER, b"").unwrap();
    // The highest bit of an X25519 key is not looked at (RFC 7748 section 5), but it goes into the key schedule.
    for bit in 0..message.len() * 8 {
        let mut changed = message.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&exit(), LAYER, &changed), Err(OpenError::NotForUs), "bit {bit}");
    }
    for length in 0..message.len() {
        assert_eq!(open(&exit(), LAYER, &message[..length]), Err(OpenError::Short));
    }
    let longer = [&message[..], &[0]].concat();
    assert_eq!(open(&exit(), LAYER, &longer), Err(OpenError::NotForUs));
}

#[test]
fn keys_of_small_order_are_refused_on_both_sides() {
    // As an X25519 key, 0 makes a secret that everybody knows.
    let message = [0; OVERHEAD];
    assert_eq!(open(&exit(), LAYER, &message), Err(OpenError::NotForUs));
    for key in [[0; 32], std::array::from_fn(|index| u8::from(index == 0))] {
        assert!(matches!(seal(&PeerId(key), LAYER, b""), Err(SealError::Peer(_))));
    }
}

#[test]
fn the_length_of_a_sealed_target_says_nothing_about_short_names() {
    let length = |target: &str| seal_target(&exit().peer_id(), &target.parse().unwrap()).unwrap().len();
    assert_eq!(length("a:1"), OVERHEAD + 50);
    assert_eq!(length(&format!("{}:65535", "a".repeat(44))), OVERHEAD + 50);
    assert_eq!(length(&format!("{}:65535", "a".repeat(45))), OVERHEAD + 51);
}

#[test]
fn a_target_arrives_as_it_was() {
    for target in ["a:1", "[fd00::1]:443", "db.internal.example.org:5432"] {
        let message = seal_target(&exit().peer_id(), &target.parse().unwrap()).unwrap();
        assert_eq!(open_target(&exit(), &message).unwrap().to_string(), target);
    }
    let nonsense = seal(&exit().peer_id(), super::TARGET, b"@@@@").unwrap();
    assert!(matches!(open_target(&exit(), &nonsense), Err(OpenError::Target(_))));
    let nonsense = seal(&exit().peer_id(), super::TARGET, b"\xff:80").unwrap();
    assert!(matches!(open_target(&exit(), &nonsense), Err(OpenError::Target(_))));
}

/// RFC 9180 appendix A.2.1: the suite is what the documents say.
#[test]
fn the_suite_opens_what_rfc_9180_has_sealed() {
    let key = hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
    let enc = hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    let ciphertext = hex(concat!(
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db",
        "21993c62ce81883d2dd1b51a28"
    ));
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &<X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&key).unwrap(),
        &<X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&enc).unwrap(),
        b"Ode on a Grecian Urn",
        &ciphertext,
        b"Count-0",
    );
    assert_eq!(opened.unwrap(), b"Beauty is truth, truth beauty");
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
