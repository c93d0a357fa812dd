//! Handshakes with certificates.
use crate::common::{
    pki::{
        Authority, Own, asking, ca_params, certificates, for_clients_only, params, parts, self_signed, server,
    },
    world::{World, server_address},
};
use coap_secure::{
    Answer, Certificates, Settings,
    certificates::{Limit, Policy, Revocation, SetupError},
    dtls::Dtls,
};
use rcgen::{Issuer, KeyPair};
use std::sync::Arc;

/// What the two say in the end, over DTLS 1.2 or 1.3.
fn story(server_side: &Arc<Certificates>, client_side: &Arc<Certificates>, dtls13: bool) -> [String; 2] {
    let mut world = World::new(1, server(server_side));
    world.set_dtls13(dtls13);
    let client = world.client(|now| Dtls::client(client_side.clone(), now));
    world.run_for(1);
    if world.story(client).iter().any(|line| line.starts_with("established"))
        && world.server.channels.len() == 1
    {
        assert!(world.echoes(client, b"hello"));
    } else {
        world.run_for(60);
    }
    assert_eq!(world.server.listener.handshakes(), 0);
    [world.server_story(client).join(", "), world.story(client).join(", ")]
}

struct Pair {
    ca: Authority,
    server: Own,
    client: Own,
}

fn pair() -> Pair {
    let ca = Authority::new("ca.test");
    let [server, client] = ["good.test", "client.test"].map(|name| ca.issues(name));
    Pair { ca, server, client }
}

#[test]
fn both_prove_themselves() {
    let Pair { ca, server, client } = pair();
    let server = certificates(Some(&ca.pem), Some(&server), Policy::default());
    let client = certificates(Some(&ca.pem), Some(&client), Policy::default());
    assert_eq!(story(&server, &client, false), ["established DTLS 1.2"; 2]);
    assert_eq!(story(&server, &client, true), ["established DTLS 1.3"; 2]);
}

#[test]
fn the_application_has_the_last_word() {
    let Pair { ca, server, client } = pair();
    let bad = certificates(Some(&ca.pem), Some(&ca.issues("bad.test")), asking());
    let server = certificates(Some(&ca.pem), Some(&server), Policy::default());
    let client = certificates(Some(&ca.pem), Some(&client), asking());
    for (dtls13, version) in [(false, "DTLS 1.2"), (true, "DTLS 1.3")] {
        let [_, heard] = story(&server, &client, dtls13);
        assert_eq!(heard, format!("certificate 0:good.test:true 1:ca.test:true?, established {version}"));
        let [_, heard] = story(&bad, &client, dtls13);
        let question = "certificate 0:bad.test:true 1:ca.test:true?";
        assert_eq!(heard, format!("{question}, failed Authentication Some(Sent(Alert(42)))"));
        // The server asks about its client, which is not the one that is wanted either.
        let [heard, _] =
            story(&bad, &certificates(Some(&ca.pem), Some(&ca.issues("x.test")), Policy::default()), dtls13);
        assert!(heard.contains("0:x.test:true") && heard.contains("failed Authentication"), "{heard}");
    }
}

/// While the application thinks, nothing is sent that the other side could take for a yes.
#[test]
fn nothing_goes_out_before_the_answer() {
    let Pair { ca, server: own, client } = pair();
    let ours = certificates(Some(&ca.pem), Some(&own), Policy::default());
    let theirs = certificates(Some(&ca.pem), Some(&client), asking());
    for dtls13 in [false, true] {
        let mut world = World::new(1, server(&ours));
        world.set_dtls13(dtls13);
        let client = world.client(|now| Dtls::client(theirs.clone(), now));
        world.clients[client].thinks = true;
        world.run_for(2);
        assert_eq!(world.story(client), ["certificate 0:good.test:true 1:ca.test:true?"]);
        assert!(world.server_story(client).is_empty());
        let peer = world.clients[client].address;
        let sent = world.sent.iter().filter(|(from, ..)| *from == peer).count();
        assert_eq!(sent, 2, "the two hellos");
        world.speak_up(client, Answer::Accept);
        world.run_for(5);
        assert_eq!(world.server_story(client).len(), 1);
        assert!(world.echoes(client, b"hello"));
    }
}

#[test]
fn a_client_without_a_certificate() {
    let Pair { ca, server, .. } = pair();
    let lenient = Policy { verify_peer: false, ..Policy::default() };
    let strict = certificates(Some(&ca.pem), Some(&server), Policy::default());
    let lenient = certificates(None, Some(&server), lenient);
    let client = certificates(Some(&ca.pem), None, Policy::default());
    for (dtls13, version) in [(false, "established DTLS 1.2"), (true, "established DTLS 1.3")] {
        assert_eq!(story(&lenient, &client, dtls13), [version; 2]);
        let [theirs, ours] = story(&strict, &client, dtls13);
        assert!(ours.starts_with("failed Authentication"), "{ours}");
        assert!(theirs.starts_with("failed"), "{theirs}");
    }
}

#[test]
fn somebody_elses_ca() {
    let Pair { ca, server, client } = pair();
    let other = Authority::new("ca.test");
    let server = certificates(Some(&ca.pem), Some(&server), Policy::default());
    let client = certificates(Some(&other.pem), Some(&client), Policy::default());
    for dtls13 in [false, true] {
        let [theirs, ours] = story(&server, &client, dtls13);
        assert_eq!(ours, "failed Authentication Some(Sent(Alert(48)))");
        // The server hears it in plain text, and gives it for the reason when nothing more comes.
        assert_eq!(theirs, "failed Alert Some(Received(Alert(48)))");
    }
}

#[test]
fn too_old_too_new_and_for_another_use() {
    let ca = Authority::new("ca.test");
    let check = |own: &Own, policy: &Policy| {
        let server =
            certificates(Some(&ca.pem), Some(own), Policy { verify_peer: false, ..Policy::default() });
        let client = certificates(Some(&ca.pem), None, policy.clone());
        let [_, ours] = story(&server, &client, false);
        ours
    };
    let lenient = Policy { allow_expired: true, ..Policy::default() };
    for (from, to) in [(2020, 2021), (2035, 2036)] {
        let own = ca.signs(&params("good.test", from, to));
        assert_eq!(check(&own, &Policy::default()), "failed Authentication Some(Sent(Alert(45)))");
        assert_eq!(check(&own, &lenient), "established DTLS 1.2");
    }
    let for_clients = ca.signs(&for_clients_only("good.test"));
    assert_eq!(check(&for_clients, &lenient), "failed Authentication Some(Sent(Alert(42)))");
}

#[test]
fn a_ca_that_is_too_old() {
    let ca = Authority::valid("ca.test", 2010, 2020);
    let own = ca.issues("good.test");
    let server = certificates(None, Some(&own), Policy { verify_peer: false, ..Policy::default() });
    let strict = certificates(Some(&ca.pem), None, Policy::default());
    let lenient = certificates(Some(&ca.pem), None, Policy { allow_expired: true, ..Policy::default() });
    assert!(story(&server, &strict, false)[1].starts_with("failed Authentication"));
    assert_eq!(story(&server, &lenient, false)[1], "established DTLS 1.2");
}

#[test]
fn nobody_has_signed_but_itself() {
    let own = self_signed(&params("good.test", 2025, 2030));
    let ca_too = self_signed(&crate::common::pki::ca_params("good.test", 2025, 2030));
    let old = self_signed(&params("good.test", 2020, 2021));
    let lenient = Policy { allow_self_signed: true, ..Policy::default() };
    let common = Policy { common_ca: true, ..lenient.clone() };
    let other = Authority::new("ca.test");
    let ours = |own: &Own, trusted: Option<&str>, policy: &Policy| {
        let server = certificates(None, Some(own), Policy { verify_peer: false, ..Policy::default() });
        story(&server, &certificates(trusted, None, policy.clone()), false)[1].clone()
    };
    for own in [&own, &ca_too] {
        assert_eq!(ours(own, None, &lenient), "established DTLS 1.2");
        assert!(ours(own, None, &Policy::default()).starts_with("failed Authentication"));
        assert!(ours(own, Some(&other.pem), &common).starts_with("failed Authentication"));
        assert_eq!(
            ours(own, Some(&own.pem), &Policy::default()),
            "established DTLS 1.2",
            "it is known itself"
        );
    }
    assert_eq!(ours(&old, None, &lenient), "failed Authentication Some(Sent(Alert(45)))");
    let lenient = Policy { allow_expired: true, ..lenient };
    assert_eq!(ours(&old, None, &lenient), "established DTLS 1.2");
    // Signed by a CA that nobody knows is not self-signed.
    assert!(ours(&other.issues("good.test"), None, &lenient).starts_with("failed Authentication"));
}

/// In DTLS nobody sends what is between; who has it beside the CA can do with that.
/// A certificate that is trusted for itself vouches for nobody else.
#[test]
fn somebody_trusted_who_is_no_ca_issues_certificates() {
    let alice = self_signed(&params("alice.test", 2025, 2030));
    let key = KeyPair::from_pem(&alice.key).unwrap();
    let mallory = Issuer::new(params("alice.test", 2025, 2030), key);
    let own = KeyPair::generate().unwrap();
    let forged = params("good.test", 2025, 2030).signed_by(&own, &mallory).unwrap();
    let forged = Own { pem: forged.pem(), key: own.serialize_pem(), der: forged.der().to_vec() };
    let policy = Policy { verify_peer: false, ..Policy::default() };
    let client = certificates(Some(&alice.pem), None, Policy::default());
    let [_, heard] = story(&certificates(None, Some(&alice), policy.clone()), &client, false);
    assert_eq!(heard, "established DTLS 1.2");
    let [_, heard] = story(&certificates(None, Some(&forged), policy), &client, false);
    assert!(heard.starts_with("failed"), "{heard}");
}

/// With revocation asked for, what no list can tell of is refused, and so are lists of another time.
#[test]
fn lists_that_do_not_tell_of_now() {
    let Pair { ca, client, .. } = pair();
    let strict = Some(Revocation { allow_missing: false, allow_expired: false });
    let lonely = self_signed(&params("good.test", 2025, 2030));
    let old = ca.signs(&{
        let mut old = numbered(1);
        (old.not_before, old.not_after) =
            (rcgen::date_time_ymd(2021, 1, 1), rcgen::date_time_ymd(2024, 1, 1));
        old
    });
    for (own, next, revocation, is_taken) in [
        (&lonely, 2030, strict, false),
        (&lonely, 2030, None, true),
        (&old, 2026, strict, false),
        (&old, 2030, strict, true),
    ] {
        let trusted = format!("{}{}", ca.pem, list(&ca, 9, next));
        let policy = Policy { allow_self_signed: true, allow_expired: true, revocation, ..Policy::default() };
        let server =
            certificates(Some(&ca.pem), Some(own), Policy { verify_peer: false, ..Policy::default() });
        let client = certificates(Some(&trusted), Some(&client), policy);
        let [_, heard] = story(&server, &client, false);
        assert_eq!(heard.starts_with("established"), is_taken, "until {next}, {revocation:?}: {heard}");
    }
}

#[test]
fn certificates_between() {
    let root = Authority::new("root.test");
    let below = root.below("below.test");
    let own = below.issues("good.test");
    let server = certificates(None, Some(&own), Policy { verify_peer: false, ..Policy::default() });
    let knows_both = format!("{}{}", root.pem, below.pem);
    let ours =
        |trusted: &str, policy| story(&server, &certificates(Some(trusted), None, policy), false)[1].clone();
    assert!(ours(&root.pem, asking()).starts_with("failed Authentication Some(Sent(Alert(48)))"));
    let question = "certificate 0:good.test:true 1:below.test:true 2:root.test:true?";
    assert_eq!(ours(&knows_both, asking()), format!("{question}, established DTLS 1.2"));
    let depth = |depth| ours(&knows_both, Policy { depth: Some(depth), ..Policy::default() });
    assert_eq!(depth(1), "established DTLS 1.2");
    assert!(depth(0).starts_with("failed Authentication"), "no more than the CA is allowed");
}

#[test]
fn revoked() {
    let ca = Authority::new("ca.test");
    let (good, bad) = (ca.signs(&numbered(1)), ca.signs(&numbered(2)));
    let fresh = format!("{}{}", ca.pem, list(&ca, 2, 2027));
    let stale = format!("{}{}", ca.pem, list(&ca, 2, 2026));
    let verdict = |own: &Own, trusted: &str, allow_missing, allow_expired| {
        let server = certificates(None, Some(own), Policy { verify_peer: false, ..Policy::default() });
        let revocation = Some(Revocation { allow_missing, allow_expired });
        let client = certificates(Some(trusted), None, Policy { revocation, ..Policy::default() });
        story(&server, &client, false)[1].clone()
    };
    assert_eq!(verdict(&good, &fresh, false, false), "established DTLS 1.2");
    assert_eq!(verdict(&bad, &fresh, true, true), "failed Authentication Some(Sent(Alert(44)))");
    assert!(verdict(&good, &ca.pem, false, false).starts_with("failed Authentication"), "no list");
    assert_eq!(verdict(&good, &ca.pem, true, false), "established DTLS 1.2");
    assert!(verdict(&good, &stale, false, false).starts_with("failed Authentication"), "too old");
    assert_eq!(verdict(&good, &stale, false, true), "established DTLS 1.2");
}

/// A CA between the peer and the root is on the root's list; the list of that CA itself is there or is not.
#[test]
fn revoked_between() {
    let root = Authority::new("root.test");
    let below = root.below_with(&numbered_ca(3));
    let own = below.signs(&numbered(1));
    let verdict = |lists: &[String], allow_missing| {
        let server = certificates(None, Some(&own), Policy { verify_peer: false, ..Policy::default() });
        let revocation = Some(Revocation { allow_missing, allow_expired: false });
        let trusted = format!("{}{}{}", root.pem, below.pem, lists.concat());
        let client = certificates(Some(&trusted), None, Policy { revocation, ..Policy::default() });
        story(&server, &client, false)[1].clone()
    };
    let of_root = |revoked| list(&root, revoked, 2027);
    let of_below = list(&below, 9, 2027);
    let (taken, refused) = ("established DTLS 1.2", "failed Authentication Some(Sent(Alert(44)))");
    for allow_missing in [true, false] {
        assert_eq!(verdict(&[of_root(9), of_below.clone()], allow_missing), taken, "{allow_missing}");
        assert_eq!(verdict(&[of_root(3), of_below.clone()], allow_missing), refused, "{allow_missing}");
        assert_eq!(
            verdict(&[of_root(3)], allow_missing),
            refused,
            "{allow_missing}, no list tells of the peer"
        );
        assert_eq!(
            verdict(std::slice::from_ref(&of_below), allow_missing),
            taken,
            "{allow_missing}, none of the CA between"
        );
    }
    assert_eq!(verdict(&[of_root(9)], true), taken);
    assert_ne!(verdict(&[of_root(9)], false), taken, "no list tells of the peer");
}

fn numbered_ca(number: u8) -> rcgen::CertificateParams {
    let mut params = ca_params("below.test", 2020, 2048);
    params.serial_number = Some(vec![number].into());
    params
}

fn numbered(number: u8) -> rcgen::CertificateParams {
    let mut params = params("good.test", 2025, 2030);
    params.serial_number = Some(vec![number].into());
    params
}

/// A list of the revoked, which is to be renewed in January of that year.
fn list(ca: &Authority, revoked: u8, next: i32) -> String {
    let params = rcgen::CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2025, 1, 1),
        next_update: rcgen::date_time_ymd(next, 1, 1),
        crl_number: vec![1].into(),
        issuing_distribution_point: None,
        revoked_certs: vec![rcgen::RevokedCertParams {
            serial_number: vec![revoked].into(),
            revocation_time: rcgen::date_time_ymd(2025, 2, 1),
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    params.signed_by(ca.issuer()).unwrap().pem().unwrap()
}

/// The peer shows a certificate whose key it does not have.
#[test]
fn somebody_elses_certificate() {
    let Pair { ca, server, client } = pair();
    // dimpl signs with what it is given; set-up refuses to pair them, so the thief signs with a key of its
    // own.
    let stolen = Own { key: client.key, ..server };
    let error = Certificates::new(
        &parts(Some(&ca.pem), Some(&stolen)),
        Policy::default(),
        crate::common::pki::CLOCK,
        &Settings::default(),
    );
    assert!(matches!(error, Err(SetupError::KeyMismatch)));
}

#[test]
fn what_is_done_in_a_narrower_way_is_said() {
    let root = Authority::new("root.test");
    let below = root.below("below.test");
    let mut own = below.issues("good.test");
    own.pem += &below.pem;
    let policy = Policy { allow_short_rsa: true, ..Policy::default() };
    let found = certificates(None, Some(&own), policy);
    assert_eq!(found.limits(), [Limit::ChainNotSentInDtls(1), Limit::ShortRsa, Limit::NobodyTrusted]);
    assert!(found.limits().iter().all(|limit| !limit.to_string().is_empty()));
}

/// The line to some clients takes short datagrams only: what the server sends is cut up.
#[test]
fn flights_in_short_datagrams() {
    let Pair { ca, server: own, client } = pair();
    let ours = certificates(Some(&ca.pem), Some(&own), Policy::default());
    let theirs = certificates(Some(&ca.pem), Some(&client), Policy::default());
    for (dtls13, version) in [(false, "established DTLS 1.2"), (true, "established DTLS 1.3")] {
        for mtu in [300, 600, 1152] {
            let mut world = World::new(1, server(&ours));
            world.set_dtls13(dtls13);
            world.server.mtu = mtu;
            let client = world.client(|now| Dtls::client(theirs.clone(), now));
            world.run_for(5);
            assert_eq!(world.story(client), [version], "{mtu}");
            let from_server = world.sent.iter().filter(|(from, ..)| *from == server_address());
            let longest = from_server.map(|(_, _, datagram)| datagram.len()).max().unwrap();
            assert!(longest <= mtu, "{longest} bytes of {mtu}");
            assert!(world.echoes(client, b"hello"));
        }
    }
}
